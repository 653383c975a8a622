//! What may happen to a request that starts work, and to the records. One table for every form: whatever happens, one
//! operation runs.

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

/// One scenario of the matrix.
pub(crate) struct Scenario {
    /// What happens to the answer of each request that starts work.
    start: Value,
    /// What happens to each read.
    reads: Value,
    /// How long lost records are waited for, where nothing was started.
    pub(crate) patience: Option<&'static str>,
}

/// The scenario of that name.
pub(crate) fn scenario(name: &str) -> Scenario {
    let start = |start: Value| Scenario { start, reads: Value::Null, patience: Some("4s") };
    let lost = || json!({"reset": true, "when": "after"});
    match name {
        "a reset before acceptance" => start(json!({"reset": true})),
        "a reset after acceptance" => start(lost()),
        "an answer that comes after the request timeout" => start(json!({"delay_ms": 3000, "when": "after"})),
        "a 500 before acceptance" => start(json!({"status": 500})),
        "a 500 after acceptance" => start(json!({"status": 500, "when": "after"})),
        "a 504 after acceptance" => start(json!({"status": 504, "when": "after"})),
        // An answer of CBR without a body cannot be cut: what is announced there is nothing at all.
        "a truncated answer" => start(json!({"truncate": 7})),
        "a 429 with Retry-After" => start(json!({"status": 429, "retry_after": 1})),
        "a lost answer and records that appear 20 seconds late" => {
            Scenario { start: lost(), reads: json!({"records_late_seconds": 20.0}), patience: None }
        }
        "a lost answer and stale lists" => {
            Scenario { start: lost(), reads: json!({"stale_seconds": 4.0}), patience: None }
        }
        "stale lists alone" => Scenario { start: Value::Null, reads: json!({"stale_seconds": 3.0}), patience: None },
        name => panic!("no scenario {name:?}"),
    }
}

impl Scenario {
    /// The faults for requests to these paths.
    pub(crate) fn faults(&self, paths: &[String]) -> Vec<Fault> {
        let mut faults = on_each_start(&self.start, paths);
        if !self.reads.is_null() {
            let on = |service: Service| json!({"method": "GET", "service": service.key()});
            faults.extend(Service::of_operations().map(|service| fault(&self.reads, on(service))));
        }
        faults
    }

    /// How many requests to so many paths are struck.
    pub(crate) fn strikes(&self, paths: usize) -> usize {
        if self.start.is_null() { 0 } else { paths }
    }
}

/// One fault for the first request to each of these paths.
pub(crate) fn on_each_start(effect: &Value, paths: &[String]) -> Vec<Fault> {
    if effect.is_null() {
        return Vec::new();
    }
    paths.iter().map(|path| fault(effect, json!({"method": "POST", "path": path, "count": 1}))).collect()
}

fn fault(effect: &Value, on: Value) -> Fault {
    let mut value = effect.clone();
    value.as_object_mut().unwrap().extend(on.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}
