//! What may happen to a request that starts work, and to the records. One table for every form: whatever happens, one
//! operation runs.

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

/// One scenario of the matrix.
pub(crate) struct Scenario {
    /// What happens to the answer of each request that starts work.
    pub(crate) start: Value,
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
    /// The faults for requests that start work: by service and path.
    pub(crate) fn faults(&self, starts: &[(Service, String)]) -> Vec<Fault> {
        let mut faults = on_each_start(&self.start, starts);
        if !self.reads.is_null() {
            let on = |service: Service| fault(&self.reads, json!({"method": "GET", "service": service.key()}));
            faults.extend(Service::of_operations().map(on));
        }
        faults
    }

    /// How many of so many requests that start work are struck.
    pub(crate) fn strikes(&self, starts: usize) -> usize {
        if self.start.is_null() { 0 } else { starts }
    }
}

/// One fault for the first of each of these requests.
pub(crate) fn on_each_start(effect: &Value, starts: &[(Service, String)]) -> Vec<Fault> {
    if effect.is_null() {
        return Vec::new();
    }
    let on = |(service, path): &(Service, String)| {
        fault(effect, json!({"method": "POST", "service": service.key(), "path": path, "count": 1}))
    };
    starts.iter().map(on).collect()
}

fn fault(effect: &Value, on: Value) -> Fault {
    let mut value = effect.clone();
    value.as_object_mut().unwrap().extend(on.as_object().unwrap().clone());
    serde_json::from_value(value).unwrap()
}
