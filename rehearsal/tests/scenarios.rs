//! `SCENARIOS.md` is the format: its examples parse, and no key is missing from it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly, also in its helpers"
)]

use rehearsal::{Fault, Scenario, Service, World};
use serde_json::{Value, json};

const PAGE: &str = include_str!("../SCENARIOS.md");

#[test]
fn every_example_parses() {
    let examples: Vec<&str> = PAGE.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 5);
    for (index, example) in examples.iter().enumerate() {
        if let Err(problem) = Scenario::parse(example, &format!("example {}", index + 1)) {
            panic!("{problem}\n{example}");
        }
    }
}

#[test]
fn every_key_is_described() {
    let world = serde_json::to_value(World::default()).unwrap();
    for service in Service::ALL.iter().map(|service| service.key()) {
        let (_, section) = PAGE.split_once(&format!("\n## {}\n", service.to_uppercase())).unwrap();
        let section = section.split("\n## ").next().unwrap();
        for part in ["switches", "durations"] {
            for key in world[service][part].as_object().unwrap().keys() {
                assert!(section.contains(&format!("`{key}`")), "{service}.{part}.{key} is missing");
            }
        }
        for (list, records) in world[service].as_object().unwrap() {
            for key in keys(records) {
                let mentioned = section.contains(&format!("`{key}`")) || section.contains(&format!("{key}:"));
                assert!(mentioned, "{service}.{list}: {key} is missing");
            }
        }
    }
}

#[test]
fn every_fault_key_is_described() {
    let every_key = json!({
        "service": "dcs", "method": "GET", "path": "/", "after": 1, "count": 1, "probability": 0.5, "seed": 1,
        "when": "after", "delay_ms": 1, "status": 500, "body": {}, "headers": {"a": "b"}, "retry_after": 1,
        "reset": true, "truncate": 1, "html": 200, "empty_body": true, "wrong_content": {}, "stale_seconds": 1,
        "records_late_seconds": 1, "expired_token": true, "expired_keys": true, "rate_limit": 1,
        "clock_skew_seconds": 1, "refuse_aksk": true, "fail_operation": {"code": "x"},
    });
    let fault: Fault = serde_json::from_value(every_key.clone()).unwrap();
    let written = serde_json::to_value(fault).unwrap();
    assert_eq!(written.as_object().unwrap().len(), every_key.as_object().unwrap().len());
    for key in written.as_object().unwrap().keys() {
        assert!(PAGE.contains(&format!("`{key}`")), "{key} is missing");
    }
}

/// The keys of the first record of a list.
fn keys(records: &Value) -> Vec<&String> {
    records.get(0).and_then(Value::as_object).map(|record| record.keys().collect()).unwrap_or_default()
}
