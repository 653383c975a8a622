//! Error bodies of all shapes, read into the same few facts.
//!
//! Seen: flat (`error_code`, `error_msg`), nested under `error` (DCS v1.0, IAM), `errCode` with `externalMessage` (DDM),
//! the gateway's with its own `request_id`, one nested under `unauthorized` (CBR), HTML of a proxy, and nothing at all.

use serde_json::{Map, Value};

/// What an error body says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
}

/// Code and message fields that belong together, in the order in which they are tried.
const PAIRS: [(&str, &str); 5] = [
    ("error_code", "error_msg"),
    ("errorCode", "errorMsg"),
    ("errCode", "externalMessage"),
    ("code", "message"),
    ("error_code", "error_message"),
];

/// Objects nested deeper than this are not looked into.
const DEPTH: usize = 4;

/// Characters of a service's text that are kept.
const LONGEST_TEXT: usize = 1024;

/// Reads an error body. Never fails: an unknown form becomes a shortened text.
pub(crate) fn read(body: &[u8]) -> Complaint {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(fields)) => {
            let mut complaint = find(&fields, DEPTH).unwrap_or_default();
            complaint.request_id = text(&fields, "request_id").or_else(|| text(&fields, "requestId"));
            if complaint.code.is_none() && complaint.message.is_none() {
                complaint.message = plain(&String::from_utf8_lossy(body));
            }
            complaint
        }
        _ => Complaint { message: plain(&String::from_utf8_lossy(body)), ..Complaint::default() },
    }
}

fn find(fields: &Map<String, Value>, depth: usize) -> Option<Complaint> {
    for (code, message) in PAIRS {
        let complaint = Complaint { code: text(fields, code), message: text(fields, message), request_id: None };
        if complaint.code.is_some() || (complaint.message.is_some() && message != "message") {
            return Some(complaint);
        }
    }
    let nested = fields.values().filter_map(Value::as_object);
    let found = nested.take_while(|_| depth > 0).find_map(|nested| find(nested, depth - 1));
    found
        .or_else(|| text(fields, "message").map(|message| Complaint { message: Some(message), ..Complaint::default() }))
}

/// A text or number field, trimmed; codes are printed with stray blanks at times.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match fields.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(shorten(&text)).filter(|text| !text.is_empty())
}

/// The readable part of a body that is no JSON object: HTML without its tags, other text as it is.
fn plain(body: &str) -> Option<String> {
    let without_tags = if body.trim_start().starts_with('<') { strip_tags(body) } else { body.to_owned() };
    let words: Vec<&str> = without_tags.split_whitespace().take(200).collect();
    Some(shorten(&words.join(" "))).filter(|text| !text.is_empty())
}

fn strip_tags(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars().take(8 * LONGEST_TEXT) {
        match character {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            other if !inside => text.push(other),
            _ => {}
        }
    }
    text
}

/// A text without the queries of the addresses in it: of a presigned link, the query is what lets in.
fn without_queries(text: &str) -> String {
    let mut hidden = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>');
        let (address, after) = address.split_at(address.find(ends).unwrap_or(address.len()));
        hidden.push_str(before);
        match address.split_once('?') {
            Some((place, _)) => hidden.push_str(&format!("{place}?(hidden)")),
            None => hidden.push_str(address),
        }
        rest = after;
    }
    hidden + rest
}

/// A text in one line, without what would garble a terminal or lets in, and not too long. Breaks become blanks: they mean
/// nothing.
fn shorten(text: &str) -> String {
    let in_one_line = without_queries(text).replace(['\n', '\r', '\t'], " ");
    outside::short(&in_one_line, LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_keeps_what_lets_in() {
        for (text, kept) in [
            ("see https://a/b?Signature=s&x=1 now", "see https://a/b?(hidden) now"),
            (
                r#"{"links":"https://a/b?Signature=s","c":"http://d?e"}"#,
                r#"{"links":"https://a/b?(hidden)","c":"http://d?(hidden)"}"#,
            ),
            ("https://a/b and c?d=e", "https://a/b and c?d=e"),
            ("://?", "://?(hidden)"),
            ("no address", "no address"),
        ] {
            assert_eq!(without_queries(text), kept);
        }
        let complaint = read(br#"{"error_code":"X","error_msg":"cannot read https://a/b?Signature=s"}"#);
        assert_eq!(complaint.message.as_deref(), Some("cannot read https://a/b?(hidden)"));
    }

    #[test]
    fn every_shape_is_read() {
        for (body, code, message) in [
            (r#"{"error_code":"DCS.4872","error_msg":"m","error_ext_msg":null}"#, "DCS.4872", "m"),
            (r#"{"error":{"code":"111400075","message":"m","ext_message":null}}"#, "111400075", "m"),
            (r#"{"error":{"code":400,"message":"m","title":"Bad Request"}}"#, "400", "m"),
            (r#"{"errCode":"DBS.300101","externalMessage":"m"}"#, "DBS.300101", "m"),
            (r#"{"errorCode":"X.1","errorMsg":"m"}"#, "X.1", "m"),
            (r#"{"unauthorized":{"code":"401","message":"Malformed request url"}}"#, "401", "Malformed request url"),
            (r#"{"error_code":"DCS.4855 ","error_msg":" m "}"#, "DCS.4855", "m"),
            (r#"{"message":"m","code":"C"}"#, "C", "m"),
            (r#"{"a":{"b":{"error_code":"D","error_msg":"m"}}}"#, "D", "m"),
            (r#"{"error":{"message":"m"}}"#, "", "m"),
            (r#"{"error_msg":"m"}"#, "", "m"),
            ("<html><head><title>502</title></head><body>Bad <b>Gateway</b></body></html>", "", "502 Bad Gateway"),
            ("plain\ntext", "", "plain text"),
            ("[]", "", "[]"),
            ("{}", "", "{}"),
            ("", "", ""),
        ] {
            let complaint = read(body.as_bytes());
            assert_eq!(complaint.code.as_deref().unwrap_or_default(), code, "{body}");
            assert_eq!(complaint.message.as_deref().unwrap_or_default(), message, "{body}");
        }
    }

    #[test]
    fn the_gateway_names_its_request() {
        let complaint = read(br#"{"request_id":"r","error_code":"APIGW.0201","error_msg":"m"}"#);
        assert_eq!(complaint.request_id.as_deref(), Some("r"));
        assert_eq!(complaint.code.as_deref(), Some("APIGW.0201"));
    }

    #[test]
    fn long_and_odd_bodies_are_cut() {
        let long = "x".repeat(5000);
        let complaint = read(format!(r#"{{"error_code":"C","error_msg":"{long}"}}"#).as_bytes());
        assert_eq!(complaint.message.unwrap().chars().count(), LONGEST_TEXT + 1);
        let deep = format!("{}{}", r#"{"a":"#.repeat(100), "1".to_owned() + &"}".repeat(100));
        assert_eq!(read(deep.as_bytes()).code, None);
        assert_eq!(read(&[0xff, 0xfe]).message.as_deref(), Some("\u{fffd}\u{fffd}"));
    }
}
