//! The fault matrix: each of the source APIs under each fault. Whatever happens to the request or to the records, one
//! restore runs, its ID is in the state, and the second plan is empty. One run per fault covers all APIs. What takes more
//! than one run to go wrong stands in `never_twice`, over the same tables of operations.

pub(crate) mod faults;

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

use crate::support::all::{ALL, story};
use faults::{on_each_start, scenario};

fn fault(value: Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

fn starts() -> Vec<(Service, String)> {
    ALL.iter().map(|started| (started.service, started.path())).collect()
}

/// Applies everything under the faults of a scenario: one run each, its ID in the state, nothing left to do.
#[track_caller]
fn each_runs_once_under(name: &str) {
    let scenario = scenario(name);
    let Some(mut story) = story(&ALL, "", 1.5) else { return };
    if let Some(patience) = scenario.patience {
        story = story.with("RECOVERY_REHEARSAL_PATIENCE", patience);
    }
    let story = story.struck_by(scenario.faults(&starts()));
    story.apply().success().says("9 added");
    story.each_ran_once(&ALL);
    let struck = story.sent().iter().filter(|entry| !entry.faults.is_empty()).count();
    assert_eq!(struck, scenario.strikes(ALL.len()), "{:#?}", story.sent());
    story.cloud.set_faults(Vec::new()).unwrap();
    story.plan_is_empty();
    story.each_ran_once(&ALL);
}

#[test]
fn a_reset_before_acceptance() {
    each_runs_once_under("a reset before acceptance");
}

#[test]
fn a_reset_after_acceptance() {
    each_runs_once_under("a reset after acceptance");
}

#[test]
fn an_answer_that_comes_after_the_request_timeout() {
    each_runs_once_under("an answer that comes after the request timeout");
}

#[test]
fn a_500_before_acceptance() {
    each_runs_once_under("a 500 before acceptance");
}

#[test]
fn a_500_after_acceptance() {
    each_runs_once_under("a 500 after acceptance");
}

#[test]
fn a_504_after_acceptance() {
    each_runs_once_under("a 504 after acceptance");
}

#[test]
fn a_truncated_answer() {
    each_runs_once_under("a truncated answer");
}

#[test]
fn a_429_with_retry_after() {
    each_runs_once_under("a 429 with Retry-After");
}

#[test]
fn a_lost_answer_and_records_that_appear_20_seconds_late() {
    each_runs_once_under("a lost answer and records that appear 20 seconds late");
}

#[test]
fn a_lost_answer_and_stale_lists() {
    each_runs_once_under("a lost answer and stale lists");
}

#[test]
fn stale_lists_alone() {
    each_runs_once_under("stale lists alone");
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
    let story = story.struck_by(on_each_start(&json!({"delay_ms": 4000, "when": "after"}), &starts()));
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
