//! Every code that a page of facts lists has its kind here: a code that comes into a page and not into this table fails, and
//! so does a kind that does not do what the page says a caller can do.

use std::collections::BTreeMap;

use crate::Outcome::{self, NotStarted, Unknown};
use crate::answer::Refusal;
use crate::call::Call;
use crate::kind::Kind::{
    self, Busy, Depends, Forbidden, Invalid, Misdirected, NotFound, Refused, Throttled, Unauthorized, Unavailable,
};
use crate::service::Service;
use crate::time;

/// The pages: their service, and what stands before the digits of a code.
const PAGES: [(&str, Service, &str); 6] = [
    ("dcs", crate::dcs::service::SERVICE, "DCS."),
    ("cbr", crate::cbr::service::SERVICE, "BackupService."),
    ("ddm", crate::ddm::service::SERVICE, "DBS."),
    ("rds", crate::rds::service::SERVICE, "DBS."),
    ("dds", crate::dds::service::SERVICE, "DBS."),
    ("iam", crate::iam::service::SERVICE, "IAM."),
];

/// Page, HTTP status, codes, what a caller can do, and what became of a request that was to start work.
type Row = (&'static str, u16, &'static str, Kind, Outcome);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("dcs", 400, "4096 4097 4017 4111 4113 4114 4115 4116 4117 4118 4108 4104 4121 4231 4975 CBC.99003651", Busy, NotStarted),
    ("dcs", 400, "4026 4049 4087 4031", Depends, NotStarted),
    ("dcs", 400, "4120 4107 4086 4094 4095 4027", Refused, NotStarted),
    ("dcs", 400, "4098 4002 4004 4005 4061 4062 4063 4070 4800 4072 4073 4074 4075 4076", Invalid, NotStarted),
    ("dcs", 400, "4119", NotFound, NotStarted),
    ("dcs", 401, "1001 1002 1003 1004", Unauthorized, NotStarted),
    ("dcs", 403, "2003 3003 2007 3002", Forbidden, NotStarted),
    ("dcs", 404, "3022", NotFound, NotStarted),
    ("dcs", 404, "4001", Misdirected, NotStarted),
    ("dcs", 404, "5101", Busy, NotStarted),
    ("dcs", 405, "5001", Misdirected, NotStarted),
    ("dcs", 500, "4069", Busy, NotStarted),
    ("dcs", 500, "4101 4842 5000 5006 5078 5079 5082 5083 5090 5091 5092 5095", Unavailable, Unknown),

    ("cbr", 400, "2002 2010 6125 6203 6130 6134 7200 7203 7302 6201 6216 6206", Busy, NotStarted),
    ("cbr", 500, "0002 7009", Busy, NotStarted),
    ("cbr", 400, "2005 6202 6112 6113 6215 7003 7101", Depends, NotStarted),
    ("cbr", 400, "2008 2011 2001 2003 2007 2009 2012 2013 2014 2015 7004 7008 7110 7114 7115 7117", Refused, NotStarted),
    ("cbr", 400, "6204 6220 0001 6102 6114 6135 6142", Refused, NotStarted),
    ("cbr", 404, "6200 7000 7100 6302 6105 6217 6500 6501", NotFound, NotStarted),
    ("cbr", 403, "8600", Forbidden, NotStarted),
    ("cbr", 400, "9900", Invalid, NotStarted),
    ("cbr", 500, "9910", Unavailable, Unknown),
    ("cbr", 500, "9998", Unauthorized, NotStarted),

    ("ddm", 400, "280001 300375", Invalid, NotStarted),
    ("ddm", 500, "280001", Invalid, Unknown),
    ("ddm", 400, "300372 300360", Refused, NotStarted),
    ("ddm", 400, "300323", Depends, NotStarted),
    ("ddm", 400, "300400", NotFound, NotStarted),
    ("ddm", 404, "200002", NotFound, NotStarted),
    ("ddm", 409, "200019 212033 200011 200047", Busy, NotStarted),
    ("ddm", 403, "212033", Busy, NotStarted),
    ("ddm", 400, "300002 300356 300335 300408 300117 300116 300125 300120 300322 300005", Unavailable, Unknown),
    ("ddm", 500, "200412", Unavailable, Unknown),

    ("rds", 409, "200011 200019 200047 201202 201205 212006 200018 200076 200080 200452 200463 200611 201015 201206 280011 280343 280816", Busy, NotStarted),
    ("rds", 403, "212033", Busy, NotStarted),
    ("rds", 500, "280036", Busy, NotStarted),
    ("rds", 400, "201014 200086 200054", Depends, NotStarted),
    ("rds", 404, "200002 200013 200045 200408 200602 201028 290005 290011 201010", NotFound, NotStarted),
    ("rds", 400, "201203 280214 200543", NotFound, NotStarted),
    ("rds", 403, "200044 201003 280015", Forbidden, NotStarted),
    ("rds", 409, "201201 200316", Refused, NotStarted),
    ("rds", 413, "200046 290003", Refused, NotStarted),
    ("rds", 400, "280449 200040 201207 280238", Refused, NotStarted),
    ("rds", 500, "108000 108002 108005 200005 213004 290006 290015", Unavailable, Unknown),

    ("dds", 403, "200011 200018 200019 200076 201000 201015", Busy, NotStarted),
    ("dds", 400, "200047 201202 200998", Busy, NotStarted),
    ("dds", 403, "201014", Depends, NotStarted),
    ("dds", 400, "201204 201319", Depends, NotStarted),
    ("dds", 400, "280110 201501 201502 201214 280124 280016", NotFound, NotStarted),
    ("dds", 400, "201201", Refused, NotStarted),
    ("dds", 429, "280443", Throttled, NotStarted),
    ("dds", 500, "280005", Unavailable, Unknown),

    ("iam", 401, "0001 0062 0063 0067 0061 0066", Unauthorized, NotStarted),
    ("iam", 403, "0002 0003 0080 0081 0082 0083", Forbidden, NotStarted),
    ("iam", 404, "0004", NotFound, NotStarted),
    ("iam", 409, "0005", Refused, NotStarted),
    ("iam", 500, "0006", Unavailable, Unknown),
    ("iam", 410, "0020", Unavailable, Unknown),
    ("iam", 429, "0012", Throttled, NotStarted),
    ("iam", 401, "0064", Forbidden, NotStarted),
    ("iam", 400, "0007 0009 0011 0072 0073 1101 1102 1103", Invalid, NotStarted),
    ("iam", 400, "1104 1105 1106 1107 1108", Unauthorized, NotStarted),
    ("iam", 400, "1109", NotFound, NotStarted),
    ("iam", 404, "APIGW.0101", Misdirected, NotStarted),
    ("iam", 400, "APIGW.0201", Invalid, NotStarted),
    ("iam", 413, "APIGW.0201", Invalid, NotStarted),
    ("iam", 414, "APIGW.0201", Invalid, NotStarted),
    ("iam", 494, "APIGW.0201", Invalid, NotStarted),
    ("iam", 502, "APIGW.0201", Unavailable, Unknown),
    ("iam", 504, "APIGW.0201", Unavailable, Unknown),
    ("iam", 401, "APIGW.0301 APIGW.0303 APIGW.0307", Unauthorized, NotStarted),
    ("iam", 403, "APIGW.0302 APIGW.0310", Forbidden, NotStarted),
    ("iam", 429, "APIGW.0308", Throttled, NotStarted),
];

/// Where the kind does something else than the page's words: asking again prolongs the lock of an account, so nobody does.
const OTHERWISE: [&str; 1] = ["IAM.0061"];

/// Section 4 of a page.
fn section(page: &str) -> String {
    let path = format!("{}/../../facts/{page}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (_, rest) = text.split_once("\n## 4 ").unwrap();
    rest.split("\n## 5 ").next().unwrap().to_owned()
}

/// The codes of a text, written out: `2012 to 2015` are four.
fn codes(text: &str, prefix: &str) -> Vec<String> {
    let digits = if prefix == "DBS." { 6 } else { 4 };
    let mut found: Vec<String> = Vec::new();
    let mut range = false;
    for word in text.split_whitespace() {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric() && letter != '…');
        let number = word.strip_prefix(prefix).unwrap_or(word);
        if word.starts_with("APIGW.") || word.starts_with("CBC.") {
            found.push(word.to_owned());
        } else if number.len() == digits && number.bytes().all(|byte| byte.is_ascii_digit()) {
            let last: u32 = number.parse().unwrap();
            let first = match (range, found.last().and_then(|code| code.strip_prefix(prefix))) {
                (true, Some(first)) => first.parse::<u32>().unwrap() + 1,
                _ => last,
            };
            found.extend((first..=last).map(|number| format!("{prefix}{number:0digits$}")));
        }
        range = word == "to";
    }
    found
}

/// Every code of a page, with what its rows say that a caller can do; prose says nothing that could be compared.
fn listed(page: &str, prefix: &str) -> BTreeMap<String, Vec<String>> {
    let text = section(page);
    let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut above = String::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [codes_of @ .., _meaning, words] = cells.as_slice() else {
            if page == "dds" {
                for code in codes(line, prefix) {
                    listed.entry(code).or_default();
                }
            }
            continue;
        };
        if *words != "the same" {
            above = (*words).to_owned();
        }
        for code in codes(&codes_of.join(" "), prefix) {
            listed.entry(code).or_default().push(above.clone());
        }
    }
    listed
}

/// Whether a kind does what a row says.
fn does(kind: Kind, outcome: Outcome, words: &str) -> bool {
    let waits = matches!(kind, Busy | Throttled);
    if words.contains("outcome unknown") {
        return outcome == Unknown;
    }
    match words.split([' ', ',', ':', ';', '.']).next().unwrap_or_default() {
        "passes" => waits,
        // Before a busy one is waited for, the target is looked at, too: a faulty one is not.
        "read" => kind == Depends || kind == Busy && words.contains("Passes unless the instance is faulty"),
        "final" | "user" => !waits && !matches!(kind, Depends | Unavailable),
        _ => true,
    }
}

fn answered(service: Service, status: u16, code: &str) -> crate::Error {
    // This one code means two things, which its words tell apart.
    let message = if code == "DBS.200054" { "The backup is in use." } else { "" };
    let body = serde_json::json!({ "error_code": code, "error_msg": message }).to_string();
    let refusal = Refusal {
        status,
        body: body.as_bytes(),
        request_id: None,
        retry_after: None,
        location: None,
        date: None,
        now: time::now(),
    };
    refusal.to_error(&Call::start(service, ["v3", "p"], &()))
}

/// The rows of a page, a code each.
fn classified(page: &str, prefix: &str) -> Vec<(u16, String, Kind, Outcome)> {
    let rows = ROWS.iter().filter(|row| row.0 == page);
    let whole = |code: &str| if code.contains('.') { code.to_owned() } else { format!("{prefix}{code}") };
    rows.flat_map(|&(_, status, codes, kind, outcome)| {
        codes.split(' ').map(move |code| (status, whole(code), kind, outcome)).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn every_code_of_the_facts_is_classified_and_no_other() {
    for (page, _, prefix) in PAGES {
        let listed = listed(page, prefix);
        let classified = classified(page, prefix);
        assert!(listed.len() >= 15, "{page}: the page is not read as it is written: {listed:?}");
        for code in listed.keys() {
            assert!(
                classified.iter().any(|row| row.1 == *code),
                "facts/{page}.md 4 has {code}, and nobody says what a caller can do"
            );
        }
        for (_, code, ..) in &classified {
            assert!(listed.contains_key(code), "{code} stands in no table of facts/{page}.md 4");
        }
    }
}

#[test]
fn every_code_is_what_its_row_says() {
    for (page, service, prefix) in PAGES {
        let listed = listed(page, prefix);
        for (status, code, kind, outcome) in classified(page, prefix) {
            let error = answered(service, status, &code);
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{page}: {status} {code}");
            let words = &listed[&code];
            let agrees = words.is_empty() || words.iter().any(|words| does(kind, outcome, words));
            assert!(
                agrees || OTHERWISE.contains(&code.as_str()),
                "facts/{page}.md 4 says {words:?} of {code}, which is {kind:?}"
            );
        }
    }
}

#[test]
fn codes_are_read_as_the_pages_write_them() {
    for (text, prefix, want) in [
        (
            "2001, 2012 to 2014, 400",
            "BackupService.",
            "BackupService.2001 BackupService.2012 BackupService.2013 BackupService.2014",
        ),
        ("IAM.1101, 1102, **1103**, 400", "IAM.", "IAM.1101 IAM.1102 IAM.1103"),
        ("IAM.0004, 404 / 0005, 409", "IAM.", "IAM.0004 IAM.0005"),
        ("4121, `CBC.99003651`", "DCS.", "DCS.4121 CBC.99003651"),
        ("500 5095, `1115…`", "DCS.", "DCS.5095"),
        ("200019 (409); *seen*: 212033 (403)", "DBS.", "DBS.200019 DBS.212033"),
        ("APIGW.0201, 502", "IAM.", "APIGW.0201"),
    ] {
        assert_eq!(codes(text, prefix).join(" "), want, "{text}");
    }
}
