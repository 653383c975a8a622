//! The fault matrix: each of the source APIs under each fault. Whatever happens to the request or to the records, one
//! restore runs, its ID is in the state, and the second plan is empty. One run per fault covers all APIs.

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

use crate::support::all::{ALL, Started, story};

/// How long lost records are waited for in stories where nothing was started.
const PATIENCE: &str = "4s";

fn fault(value: Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

/// One fault for the request that starts each of them.
fn on_each_start(effect: &Value) -> Vec<Fault> {
    let strike = |started: &Started| {
        let mut value = effect.clone();
        value["method"] = "POST".into();
        value["service"] = started.service.key().into();
        value["path"] = started.path().into();
        value["count"] = 1.into();
        fault(value)
    };
    ALL.iter().map(strike).collect()
}

/// One fault for every read of each service.
fn on_reads(effect: &Value) -> Vec<Fault> {
    let strike = |service: Service| {
        let mut value = effect.clone();
        value["method"] = "GET".into();
        value["service"] = service.key().into();
        fault(value)
    };
    Service::of_operations().map(strike).collect()
}

/// Applies everything under the faults: one run each, its ID in the state, nothing left to do.
#[track_caller]
fn each_runs_once_under(faults: Vec<Fault>, patience: Option<&str>) {
    let Some(mut story) = story(&ALL, "", 1.5) else { return };
    if let Some(patience) = patience {
        story = story.with("RECOVERY_REHEARSAL_PATIENCE", patience);
    }
    let armed = faults.iter().filter(|fault| fault.method.as_deref() == Some("POST")).count();
    let story = story.struck_by(faults);
    story.apply().success().says("9 added");
    story.each_ran_once(&ALL);
    let struck = story.sent().iter().filter(|entry| !entry.faults.is_empty()).count();
    assert_eq!(struck, armed, "{:#?}", story.sent());
    story.cloud.set_faults(Vec::new()).unwrap();
    story.plan_is_empty();
    story.each_ran_once(&ALL);
}

#[test]
fn a_reset_before_acceptance() {
    each_runs_once_under(on_each_start(&json!({"reset": true})), Some(PATIENCE));
}

#[test]
fn a_reset_after_acceptance() {
    each_runs_once_under(on_each_start(&json!({"reset": true, "when": "after"})), Some(PATIENCE));
}

#[test]
fn an_answer_that_comes_after_the_request_timeout() {
    each_runs_once_under(on_each_start(&json!({"delay_ms": 3000, "when": "after"})), Some(PATIENCE));
}

#[test]
fn a_500_before_acceptance() {
    each_runs_once_under(on_each_start(&json!({"status": 500})), Some(PATIENCE));
}

#[test]
fn a_500_after_acceptance() {
    each_runs_once_under(on_each_start(&json!({"status": 500, "when": "after"})), Some(PATIENCE));
}

#[test]
fn a_504_after_acceptance() {
    each_runs_once_under(on_each_start(&json!({"status": 504, "when": "after"})), Some(PATIENCE));
}

#[test]
fn a_truncated_answer() {
    // An answer of CBR without a body cannot be cut: what is announced there is nothing at all.
    each_runs_once_under(on_each_start(&json!({"truncate": 7})), Some(PATIENCE));
}

#[test]
fn a_429_with_retry_after() {
    each_runs_once_under(on_each_start(&json!({"status": 429, "retry_after": 1})), Some(PATIENCE));
}

#[test]
fn a_lost_answer_and_records_that_appear_20_seconds_late() {
    let mut faults = on_each_start(&json!({"reset": true, "when": "after"}));
    faults.extend(on_reads(&json!({"records_late_seconds": 20.0})));
    each_runs_once_under(faults, None);
}

#[test]
fn a_lost_answer_and_stale_lists() {
    let mut faults = on_each_start(&json!({"reset": true, "when": "after"}));
    faults.extend(on_reads(&json!({"stale_seconds": 4.0})));
    each_runs_once_under(faults, None);
}

#[test]
fn stale_lists_alone() {
    each_runs_once_under(on_reads(&json!({"stale_seconds": 3.0})), None);
}

#[test]
fn records_that_cannot_be_read_until_the_deadline_leave_an_entry_that_the_next_apply_adopts() {
    let Some(story) = story(&ALL, "timeouts {\ncreate = \"8s\"\n}", 1.5) else { return };
    // The look before the request works; the answer is lost, and so is every look after it.
    let reads = [
        "/v*/*/instances/*/backups",
        "/v*/*/instances/*/restores",
        "/v3/*/operation-logs",
        "/v3/*/jobs",
        "/v3/*/tasklist",
        "/v3/*/backups",
    ];
    let story = story.struck_by(on_each_start(&json!({"delay_ms": 4000, "when": "after"})));
    let running = story.begin_apply();
    story.wait_until_each(&ALL, false);
    let blind = reads.map(|path| fault(json!({"method": "GET", "path": path, "status": 503})));
    story.cloud.set_faults(blind.to_vec()).unwrap();
    let outcome = running.end().failure();
    let in_doubt = ALL.iter().filter(|started| story.values(started.address)["status"] == "unknown").count();
    assert!(in_doubt >= 1, "{outcome}");
    for started in ALL {
        let values = story.values(started.address);
        assert!(values["pending_operation"].is_string(), "{}: {values:#}", started.address);
    }
    story.cloud.set_faults(Vec::new()).unwrap();
    story.apply().success();
    story.each_ran_once(&ALL);
    story.plan_is_empty();
}
