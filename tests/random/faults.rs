//! What goes wrong, and how often.

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

/// How late answers and records usually are.
const LATE_SECONDS: f64 = 1.6;
/// How late records are at the most. The engine's patience in this run stands for ten minutes; measured by that, this is
/// more than eight.
const VERY_LATE_SECONDS: f64 = 3.0;

/// How long tasks are hidden where only the target told of them: for longer than two walks take.
const HIDDEN_SECONDS: f64 = 90.0;

/// Faults for every request that starts work and for every read.
pub(crate) fn all(seed: u64) -> Vec<Fault> {
    let mut faults = on_starts();
    faults.extend(on_reads());
    seeded(faults, seed)
}

/// Faults for requests that start work. Reads pass.
pub(crate) fn of_starts(seed: u64) -> Vec<Fault> {
    seeded(on_starts(), seed)
}

/// Faults for requests that start work, and a service that lists no task of the last seconds. Whoever did not learn the id of a
/// restore has nothing to go by but that its target was busy; so no answer takes longer than a restore does.
pub(crate) fn of_starts_with_hidden_tasks(seed: u64) -> Vec<Fault> {
    let mut quick: Vec<Value> = on_starts().into_iter().filter(|fault| fault["delay_ms"].is_null()).collect();
    quick.push(with(json!({"reset": true, "when": "after"}), "POST", 0.3));
    let mut faults = seeded(quick, seed);
    let hidden = json!({"service": "rds", "path": "/v3/*/tasklist", "records_late_seconds": HIDDEN_SECONDS});
    faults.push(serde_json::from_value(with(hidden, "GET", 1.0)).unwrap());
    faults
}

fn on_starts() -> Vec<Value> {
    let effects = [
        (0.04, json!({"reset": true})),
        (0.05, json!({"reset": true, "when": "after"})),
        (0.02, json!({"status": 500})),
        (0.03, json!({"status": 500, "when": "after"})),
        (0.02, json!({"status": 503})),
        (0.02, json!({"status": 503, "when": "after"})),
        (0.02, json!({"status": 504})),
        (0.04, json!({"status": 504, "when": "after"})),
        (0.02, json!({"status": 429, "retry_after": 1})),
        (0.03, json!({"truncate": 8})),
        (0.01, json!({"html": 502})),
        (0.01, json!({"html": 200, "when": "after"})),
        (0.02, json!({"empty_body": true})),
        (0.01, json!({"wrong_content": {}})),
        (0.02, json!({"delay_ms": 2600})),
        (0.03, json!({"delay_ms": 2600, "when": "after"})),
        (0.06, json!({"fail_operation": {"code": "dcs.08.0007", "message": "drawn"}})),
    ];
    effects.into_iter().map(|(chance, effect)| with(effect, "POST", chance)).collect()
}

fn on_reads() -> Vec<Value> {
    let effects = [
        (0.02, json!({"reset": true})),
        (0.02, json!({"status": 500})),
        (0.02, json!({"status": 503})),
        (0.01, json!({"status": 504})),
        (0.02, json!({"status": 429, "retry_after": 1})),
        (0.01, json!({"status": 403})),
        (0.02, json!({"truncate": 20})),
        (0.01, json!({"html": 200, "when": "after"})),
        (0.01, json!({"empty_body": true})),
        (0.01, json!({"wrong_content": {}})),
        (0.03, json!({"delay_ms": 300})),
        (0.01, json!({"delay_ms": 2600})),
        (0.05, json!({"stale_seconds": LATE_SECONDS})),
        (0.06, json!({"records_late_seconds": LATE_SECONDS})),
        (0.03, json!({"records_late_seconds": VERY_LATE_SECONDS})),
        (0.002, json!({"expired_token": true})),
    ];
    effects.into_iter().map(|(chance, effect)| with(effect, "GET", chance)).collect()
}

fn with(mut effect: Value, method: &str, chance: f64) -> Value {
    effect["method"] = method.into();
    effect["probability"] = chance.into();
    effect
}

fn seeded(faults: Vec<Value>, seed: u64) -> Vec<Fault> {
    // Tokens and projects are looked up once per process: what goes wrong there is another test's.
    let each = Service::of_operations().flat_map(|service| faults.iter().map(move |fault| (service, fault.clone())));
    let number = |(index, (service, mut fault)): (usize, (Service, Value))| {
        fault["service"] = service.key().into();
        fault["seed"] = seed.wrapping_add(index as u64 * 7919).into();
        serde_json::from_value(fault).unwrap()
    };
    each.enumerate().map(number).collect()
}
