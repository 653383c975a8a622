//! The fault matrix: each of the source APIs under each fault. Whatever happens to the request or to the records, one
//! restore runs, its ID is in the state, and the second plan is empty. One run per fault covers all APIs. What takes more
//! than one run to go wrong stands in `never_twice`, over the same tables of operations.

pub(crate) mod faults;

use rehearsal::{Fault, Service};
use serde_json::{Value, json};

use crate::support::Story;
use crate::support::all::{ALL, DDS_RESTORE, Started, configuration, story};
use faults::{Scenario, on_each_start, scenario};

fn fault(value: Value) -> Fault {
    serde_json::from_value(value).unwrap()
}

fn starts(of: &[Started]) -> Vec<(Service, String)> {
    of.iter().map(|started| (started.service, started.path())).collect()
}

/// Applies everything under the faults of a scenario: one run each, its ID in the state, nothing left to do.
///
/// A restore of DDS on Open Telekom Cloud is different: no list has it. Where its answer is lost, the run stops with the ways out,
/// and no later one sends it again by itself. Where nobody shortens the ten minutes for that, it is left out.
#[track_caller]
fn each_runs_once_under(name: &str) {
    let scenario = scenario(name);
    let (lost, patient) = (loses_answers(&scenario), scenario.patience.is_none());
    let unlisted: &[Started] = if lost && patient { &[] } else { &[DDS_RESTORE] };
    let stops = lost && !unlisted.is_empty();
    let of = [&ALL, unlisted].concat();
    let Some(mut story) = story(&of, "", 1.5) else { return };
    if let Some(patience) = scenario.patience {
        story = story.with("RECOVERY_REHEARSAL_PATIENCE", patience);
    }
    let story = story.struck_by(scenario.faults(&starts(&of)));
    let outcome = story.apply();
    match stops {
        false => drop(outcome.success().says(&format!("{} added", of.len()))),
        true => drop(outcome.failure().says("DDS instance").says("terraform state rm recovery_dds_restore")),
    }
    story.each_ran_once(&ALL);
    let struck = story.sent().iter().filter(|entry| !entry.faults.is_empty()).count();
    assert_eq!(struck, scenario.strikes(of.len()), "{:#?}", story.sent());
    story.cloud.set_faults(Vec::new()).unwrap();
    if stops {
        stays_unknown(&story, usize::from(accepts(&scenario)));
    }
    story.plan_is_empty();
    story.each_ran_once(&ALL);
}

/// Whether the answer to a request that starts work does not tell what became of it.
fn loses_answers(scenario: &Scenario) -> bool {
    !scenario.start.is_null() && scenario.start["status"] != 429
}

/// Whether the work runs all the same.
fn accepts(scenario: &Scenario) -> bool {
    scenario.start["when"] == "after" || !scenario.start["truncate"].is_null()
}

/// The restore that no list has ran so often, and runs no more until somebody decides: here, to forget it.
#[track_caller]
fn stays_unknown(story: &Story, ran: usize) {
    assert_eq!(story.values(DDS_RESTORE.address)["status"], "unknown");
    story.apply().failure().says("terraform state rm recovery_dds_restore");
    story.each_ran(&[DDS_RESTORE], ran);
    story.core(&["state", "rm", DDS_RESTORE.address]).success();
    story.configure(&configuration(&ALL, ""));
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
        "/v3/*/instances",
    ];
    let story = story.struck_by(on_each_start(&json!({"delay_ms": 4000, "when": "after"}), &starts(&ALL)));
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
