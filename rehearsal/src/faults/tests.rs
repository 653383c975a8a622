use bytes::Bytes;
use serde_json::json;

use super::*;

/// Two services of the table; which ones is no matter.
const ONE: Service = Service::ALL[0];
const OTHER: Service = Service::ALL[1];

fn call(method: &str, path: &str) -> Call {
    let (method, path) = (method.into(), path.into());
    Call { method, path, query: String::new(), headers: Vec::new(), body: Bytes::new() }
}

fn set(faults: Value) -> FaultSet {
    FaultSet::new(serde_json::from_value(faults).unwrap()).unwrap()
}

#[test]
fn globs() {
    for (pattern, path, expected) in [
        ("/v2/*/instances/*/restores", "/v2/p/instances/i/restores", true),
        ("/v2/*/instances/*/restores", "/v2/p/instances/i/backups", false),
        ("/v2/*/instances", "/v2/p/x/instances", false),
        ("/v3/**", "/v3/p/backups/b/restore", true),
        ("**/restores", "/v1.0/p/instances/i/restores", true),
        ("/v2/p*", "/v2/pq", true),
        ("*", "/v2", false),
        ("**", "", true),
    ] {
        assert_eq!(glob(pattern.as_bytes(), path.as_bytes()), expected, "{pattern} {path}");
    }
}

#[test]
fn after_and_count_bound_the_strikes() {
    let mut faults = set(json!([{"method": "POST", "after": 1, "count": 2, "reset": true, "when": "after"}]));
    let now = Timestamp::now();
    let struck: Vec<bool> = (0..5).map(|_| faults.strike(ONE, &call("POST", "/x"), now).after.is_some()).collect();
    assert_eq!(struck, [false, true, true, false, false]);
    assert!(faults.strike(ONE, &call("GET", "/x"), now).after.is_none());
    assert_eq!(faults.report()[0]["applied"], json!(2));
    assert_eq!(faults.report()[0]["matched"], json!(5));
}

#[test]
fn a_rate_limit_counts_per_service_and_refills() {
    let mut faults = set(json!([{"rate_limit": 2, "retry_after": 1}]));
    let now = Timestamp::now();
    let mut refused = |service, now| faults.strike(service, &call("GET", "/"), now).before.is_some();
    assert_eq!([refused(ONE, now), refused(ONE, now), refused(ONE, now)], [false, false, true]);
    assert!(!refused(OTHER, now));
    assert!(!refused(ONE, crate::instants::plus_seconds(now, 0.6)));
}

#[test]
fn a_seeded_chance_repeats() {
    let draw = || {
        let mut faults = set(json!([{"probability": 0.5, "seed": 7, "delay_ms": 1}]));
        let now = Timestamp::now();
        (0..32).map(|_| faults.strike(ONE, &call("GET", "/"), now).delay_before_ms).collect::<Vec<_>>()
    };
    assert_eq!(draw(), draw());
    assert!(draw().contains(&0) && draw().contains(&1));
}

#[test]
fn delays_add_to_what_follows_and_the_first_answer_wins() {
    let mut faults = set(json!([
        {"delay_ms": 5},
        {"status": 503, "body": {"a": 1}},
        {"status": 500},
    ]));
    let effects = faults.strike(ONE, &call("GET", "/"), Timestamp::now());
    assert_eq!(effects.delay_before_ms, 5);
    assert_eq!(effects.names, ["delay_ms 5", "status 503"]);
    assert!(matches!(effects.before, Some(Interference::Status { status: 503, .. })));
}

#[test]
fn contradictory_faults_are_refused_with_their_place() {
    for (fault, part) in [
        (json!({}), "no effect"),
        (json!({"reset": true, "html": 200}), "more than one effect: reset, html"),
        (json!({"reset": true, "body": {}}), "go with status"),
        (json!({"status": 42}), "200 and 599"),
        (json!({"delay_ms": 1, "probability": 2.0}), "between 0 and 1"),
        (json!({"rate_limit": 0}), "above 0"),
    ] {
        let list: Vec<Fault> = serde_json::from_value(json!([{"delay_ms": 1}, fault])).unwrap();
        let error = FaultSet::new(list).unwrap_err();
        assert_eq!(error.index, 1);
        assert!(error.to_string().contains(part), "{error}");
    }
}
