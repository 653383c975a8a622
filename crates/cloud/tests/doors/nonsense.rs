//! Services and files that say anything at all: every call ends with a value or an error, never with a panic, and never
//! takes more memory than its bounds allow. Seeded and bounded, so that every run is the same.

use cloud::{Arguments, Config, Environment, Error, Outcome, Scope, cbr, dbs, dcs, ddm, dds, rds};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};

use crate::door;
use crate::peer::{Peer, Reply};

fn runner(cases: u32) -> TestRunner {
    let seed = RngSeed::Fixed(20_250_527);
    TestRunner::new(ProptestConfig { cases, rng_seed: seed, failure_persistence: None, ..ProptestConfig::default() })
}

/// Fields that the services' answers have, so that nonsense meets decoders and not only unknown fields.
const FIELDS: [&str; 40] = [
    "backup_id",
    "status",
    "size",
    "progress",
    "created_at",
    "is_support_restore",
    "backup_record_response",
    "restore_record_response",
    "total_num",
    "error_code",
    "error_msg",
    "error",
    "code",
    "message",
    "errCode",
    "externalMessage",
    "backup",
    "backups",
    "children",
    "resource_id",
    "extend_info",
    "incremental",
    "operation_log",
    "operation_logs",
    "error_info",
    "extra_info",
    "vault",
    "resources",
    "billing",
    "checkpoint",
    "job",
    "jobs",
    "job_id",
    "instances",
    "token",
    "expires_at",
    "catalog",
    "endpoints",
    "project",
    "count",
];

/// Any JSON, made of the services' own fields and of values that are hard to read.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just("\"\"".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("JSON", |number| number.is_finite()).prop_map(|number| number.to_string()),
        "[0-9]{1,40}(\\.[0-9]{0,3}0)?([eE][+-]?[0-9]{1,4})?",
        "\"[ -!#-\\[\\]-~ü]{0,24}\"",
        Just("\"2025-05-27T02:38:15+0000\"".to_owned()),
        Just("\"99999-99-99T99:99:99Z\"".to_owned()),
        Just("\"\\ud800\"".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let field = prop_oneof![proptest::sample::select(&FIELDS[..]).prop_map(str::to_owned), "[a-z_]{1,8}"];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec((field, inner), 0..6).prop_map(|pairs| {
                let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
                format!("{{{}}}", pairs.join(","))
            }),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => json().prop_map(String::into_bytes),
        1 => (json(), any::<prop::sample::Index>()).prop_map(|(text, index)| {
            let end = if text.is_empty() { 0 } else { index.index(text.len()) };
            text.into_bytes()[..end].to_vec()
        }),
        1 => vec(any::<u8>(), 0..200),
        1 => "<html>[ -~]{0,60}</html>".prop_map(String::into_bytes),
        1 => (1..20_000_usize, "[\\[{]").prop_map(|(depth, open)| {
            if open == "[" { "[".repeat(depth).into_bytes() } else { "{\"backup\":".repeat(depth).into_bytes() }
        }),
    ]
}

/// A whole answer: status, headers that the client reads, body. Not all of them are HTTP at all.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let status = prop_oneof![
        4 => Just(200_u16),
        2 => 200..207_u16,
        4 => 300..600_u16,
        1 => any::<u16>(),
    ];
    let name = prop::sample::select(vec![
        "date",
        "retry-after",
        "x-request-id",
        "location",
        "content-type",
        "x-subject-token",
        "content-encoding",
        "transfer-encoding",
        "set-cookie",
    ]);
    let value = prop_oneof!["[ -~]{0,40}", Just("999999999999".to_owned()), Just("http://[::".to_owned())];
    let whole = (status, vec((name, value), 0..4), body()).prop_map(|(status, headers, body)| {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
        [head.into_bytes(), body].concat()
    });
    prop_oneof![8 => whole, 1 => vec(any::<u8>(), 0..80)]
}

/// All calls of all services; each ends, and one that starts work never claims that it was not started unless it was
/// refused.
async fn call_everything(scope: &Scope) -> Vec<Error> {
    let (v1, v2) = (dcs::Version::V1, dcs::Version::V2);
    let mut errors = Vec::new();
    let mut note = |result: Result<(), Error>| errors.extend(result.err());
    note(dcs::instance(scope, v2, "i").await.map(drop));
    note(dcs::list_backups(scope, v1, "i").await.map(drop));
    note(dcs::list_restores(scope, v2, "i").await.map(drop));
    note(dcs::backup_links(scope, "i", "b", 60).await.map(drop));
    note(dcs::delete_backup(scope, v2, "i", "b").await.map(drop));
    note(cbr::backup(scope, "b").await.map(drop));
    note(cbr::list_backups(scope, &cbr::Filter::default()).await.map(drop));
    note(cbr::operation_log(scope, "l").await.map(drop));
    note(cbr::list_operation_logs(scope, &cbr::LogFilter::default()).await.map(drop));
    note(cbr::vault(scope, "v").await.map(drop));
    note(cbr::checkpoint(scope, "c").await.map(drop));
    note(ddm::restorable_intervals(scope, "i").await.map(drop));
    note(ddm::target_instances(scope, "i").await.map(drop));
    note(ddm::job(scope, "j").await.map(drop));
    note(ddm::list_jobs(scope, 0, 1).await.map(drop));
    note(ddm::instance(scope, "i").await.map(drop));
    for service in [rds::SERVICE, dds::SERVICE] {
        note(dbs::backups(scope, service, "i").await.map(drop));
        note(dbs::instance(scope, service, "i").await.map(drop));
        note(dbs::restore_times(scope, service, "i", None).await.map(drop));
        note(dbs::job(scope, service, "j").await.map(drop));
    }
    note(rds::tasks(scope, "i", 0, 1).await.map(drop));
    note(rds::task_details(scope, "i", 0).await.map(drop));
    errors
}

fn settings(peer: &Peer) -> Arguments {
    let url = peer.url.as_str();
    let addresses = [
        "auth_url",
        "endpoints.iam",
        "endpoints.dcs",
        "endpoints.cbr",
        "endpoints.ddm",
        "endpoints.rds",
        "endpoints.dds",
    ];
    let base = [("region", "eu-de"), ("project_id", "p1"), ("max_retries", "0"), ("request_timeout", "5s")];
    door::with(Arguments::default(), &[&base[..], &addresses.map(|name| (name, url))].concat())
}

const TOKEN: &[(&str, &str)] = &[("token", "t")];
const PASSWORD: &[(&str, &str)] = &[("user_id", "u"), ("password", "p")];
const AGENCY: &[(&str, &str)] = &[("token", "t"), ("agency_name", "a"), ("agency_domain_id", "d")];
const KEYS: &[(&str, &str)] = &[
    ("platform", "huaweicloud"),
    ("access_key", "A"),
    ("secret_key", "s"),
    ("agency_name", "a"),
    ("agency_domain_id", "d"),
];

#[test]
fn services_may_answer_anything() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let result = runner(150).run(&answer(), |answer| {
        runtime.block_on(async {
            let said = answer.clone();
            let peer = Peer::start(move |_| Reply::Raw(said.clone())).await;
            let scope = door::scope(&door::with(settings(&peer), TOKEN)).await;
            for error in call_everything(&scope).await {
                // However long the answer was, what is kept of it is short, and one line for a terminal.
                let text = error.to_string();
                prop_assert!(text.len() < 8192 && !text.contains(['\n', '\u{1b}']), "{}", text);
            }
            let started = dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await;
            let posts = peer.requests().into_iter().filter(|request| request.method == "POST");
            let sent = posts.filter(|request| request.path.ends_with("/instances/i/backups")).count();
            prop_assert_eq!(sent, 1, "work is asked for once");
            if let Err(error) = started {
                let refused = error.status().is_some_and(|status| (300..500).contains(&status));
                let in_words = error.code().is_some();
                let open = error.outcome() == Outcome::Unknown;
                prop_assert!(open || refused || in_words, "{:?}", error);
            }
            // The same nonsense in place of tokens, keys and lookups.
            for who in [PASSWORD, AGENCY, KEYS] {
                let handle = door::connect(&door::with(settings(&peer), who), &Environment::default()).unwrap();
                let _ = door::read(&handle).await;
                let by_name = Arguments { project_id: None, ..door::with(settings(&peer), who) };
                let _ = door::read(&door::connect(&by_name, &Environment::default()).unwrap()).await;
            }
            Ok::<(), TestCaseError>(())
        })
    });
    result.unwrap();
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = {
        let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"backups\":[\"".to_vec();
        bytes.resize(40 << 20, b'x');
        bytes
    };
    let peer = Peer::start(move |_| Reply::Raw(endless.clone())).await;
    let scope = door::scope(&door::with(settings(&peer), TOKEN)).await;
    let error = cbr::list_backups(&scope, &cbr::Filter::default()).await.unwrap_err();
    assert!(error.message().contains("larger than 16 MiB"), "{error}");
}

/// Text that is nearly YAML or JSON of the files that users have.
fn file() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "clouds",
        "c",
        "auth",
        "token",
        "ak",
        "sk",
        "password",
        "username",
        "profile",
        "cloud",
        "region_name",
        "verify",
        "auth_type",
        "aksk",
        "current",
        "profiles",
        "name",
        "mode",
        "SSO",
        "accessKeyId",
        "ssoAuth",
        "stsToken",
        "p",
        "null",
        "true",
        "1e999",
        "0x1",
        "~",
        "2025-01-01",
        "dcs_endpoint_override",
        "auth_url",
        "http://127.0.0.1",
    ]);
    let mark = prop::sample::select(vec![
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "&a ",
        "*a",
        "|",
        ">",
        "!!binary ",
        "<<: ",
        "---\n",
        "? ",
        "%",
        "\t",
        "#",
        "\u{feff}",
        "\u{0}",
    ]);
    let token = prop_oneof![word.prop_map(str::to_owned), mark.prop_map(str::to_owned)];
    let loose = vec(token, 0..60).prop_map(|tokens| tokens.concat());
    let near =
        json().prop_map(|value| format!("clouds: {{c: {value}}}\nprofiles: [{{name: p, accessKeyId: {value}}}]\n"));
    let deeper = json().prop_map(|value| {
        format!("clouds: {{c: {{profile: {value}, auth: {value}, region_name: {value}, verify: {value}}}}}\ncurrent: {value}\nprofiles: {value}\n")
    });
    prop_oneof![loose, near, deeper, "\\PC{0,200}"]
}

#[test]
fn files_may_say_anything() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().display().to_string();
    let result = runner(300).run(&file(), |text| {
        for name in [
            ".config/openstack/clouds.yaml",
            ".config/openstack/secure.yaml",
            ".config/openstack/clouds-public.yaml",
            ".hcloud/config.json",
        ] {
            door::write(home.path(), name, &text);
        }
        for settings in
            [&[("cloud", "c")][..], &[("profile", "p")], &[("shared_config_file", "~/.hcloud/config.json")], &[]]
        {
            let environment = door::environment(&[("HOME", &path), ("OS_CLOUD", "c"), ("HW_PROFILE", "p")]);
            match Config::resolve(&door::with(Arguments::default(), settings), &environment) {
                Ok(config) => {
                    drop(door::connect(&door::with(Arguments::default(), settings), &environment).map(|_| config))
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn files_that_grow_when_they_are_read_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().display().to_string();
    // Each line doubles the one before ten times: a few hundred bytes would be gigabytes.
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", ")));
    }
    laughs.push_str("clouds: {c: {auth: {token: *a11}}}\n");
    let huge = format!("clouds: {{c: {{auth: {{token: t}}}}}}\n#{}", "x".repeat(2 << 20));
    let deep = format!("clouds: {}", "[".repeat(100_000));
    for (what, text) in [("aliases", laughs), ("size", huge), ("depth", deep)] {
        door::write(home.path(), ".config/openstack/clouds.yaml", &text);
        let arguments = door::with(Arguments::default(), &[("cloud", "c")]);
        let error = Config::resolve(&arguments, &door::environment(&[("HOME", &path)])).unwrap_err();
        assert_eq!(error.argument.as_deref(), Some("cloud"), "{what}: {error}");
    }
}
