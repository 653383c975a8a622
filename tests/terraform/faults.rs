//! Bad days: lost answers, failures and sudden deaths. Nothing is started twice, and no ID is lost.

use std::time::Duration;

use rehearsal::service::OperationFailure;
use rehearsal::{Entry, Fault, Scenario, Service, When, cbr, ddm};
use serde_json::json;

use crate::support::{BACKUP, INSTANCE, Story, eventually};

/// One resource of each kind, by address, with the attribute that holds its operation.
const EVERY_KIND: [(&str, &str, &str); 5] = [
    ("recovery_dcs_backup.x", "backup_id", ""),
    ("recovery_dcs_backup.x", "backup_id", "  api_version = \"v1.0\"\n"),
    ("recovery_dcs_restore.x", "restore_id", ""),
    ("recovery_cbr_restore.x", "operation_id", ""),
    ("recovery_ddm_restore.x", "job_id", ""),
];

fn configuration(address: &str, more: &str) -> String {
    let arguments = match address.split('.').next().unwrap() {
        "recovery_dcs_backup" => format!("  instance_id = \"{INSTANCE}\"\n"),
        "recovery_dcs_restore" => format!("  instance_id = \"{INSTANCE}\"\n  backup_id = \"{BACKUP}\"\n"),
        "recovery_cbr_restore" => {
            format!("  backup_id = \"{}\"\n  server_id = \"{}\"\n", cbr::SERVER_BACKUP_ID, cbr::SERVER_ID)
        }
        _ => format!(
            "  source_instance_id = \"{}\"\n  target_instance_id = \"{}\"\n  restore_time = 1747732352076\n",
            ddm::SOURCE_ID,
            ddm::TARGET_ID
        ),
    };
    format!("resource \"{}\" \"x\" {{\n{arguments}{more}}}\n", address.split('.').next().unwrap())
}

/// A fault that strikes one POST.
fn first_post() -> Fault {
    Fault { method: Some("POST".into()), count: Some(1), ..Fault::default() }
}

/// The fault on each of the services that have work to start; tokens are got with a POST, too.
fn on_first_post(fault: &Fault) -> Vec<Fault> {
    let on = |service| Fault { service: Some(service), ..fault.clone() };
    Service::of_operations().map(on).collect()
}

/// Requests that started work.
fn started(story: &Story) -> Vec<Entry> {
    story.sent().into_iter().filter(|entry| entry.started.is_some() && entry.method == "POST").collect()
}

/// Whatever the answer suffers: the work was started, is found, and is not started again.
fn looked_up_after(fault: &Fault) {
    for (address, attribute, more) in EVERY_KIND {
        let Some(story) = Story::begin(&configuration(address, more)) else { return };
        let story = story.struck_by(on_first_post(fault));
        story.apply().success();
        let started = started(&story);
        assert_eq!(started.len(), 1, "{address}: {started:#?}");
        assert!(!started[0].faults.is_empty(), "{address}: the answer was not struck");
        assert_eq!(story.values(address)[attribute], json!(started[0].started), "{address}");
        story.plan_is_empty();
    }
}

#[test]
fn a_connection_lost_after_acceptance_starts_nothing_twice() {
    looked_up_after(&Fault { reset: true, when: When::After, ..first_post() });
}

#[test]
fn a_gateway_timeout_after_acceptance_starts_nothing_twice() {
    looked_up_after(&Fault { status: Some(504), when: When::After, ..first_post() });
}

#[test]
fn a_refusal_says_why_and_leaves_nothing() {
    for (address, _, more) in EVERY_KIND {
        let Some(story) = Story::begin(&configuration(address, more)) else { return };
        let fault = Fault { status: Some(403), ..first_post() };
        let story = story.struck_by(on_first_post(&fault));
        let outcome = story.apply().failure();
        let request = story.sent_once().request_id;
        assert!(outcome.has("403") && outcome.has(&request), "{address}: {outcome}");
        assert!(story.resource(address).is_null(), "{address}");
        // The fault was for one request; the next run is as the first one should have been.
        story.apply().success();
        assert_eq!(started(&story).len(), 1, "{address}");
        story.plan_is_empty();
    }
}

#[test]
fn a_failed_operation_tells_its_code_and_runs_again_with_the_next_apply() {
    for (address, attribute, more) in EVERY_KIND {
        let Some(story) = Story::begin(&configuration(address, more)) else { return };
        let failure = OperationFailure { status: None, code: "X.4711".into(), message: "out of luck".into() };
        let fault = Fault { fail_operation: Some(failure), ..first_post() };
        let story = story.struck_by(on_first_post(&fault));
        let outcome = story.apply().failure();
        let first = started(&story)[0].started.clone().unwrap();
        assert!(outcome.has(&first), "{address}: {outcome}");
        assert!(outcome.has("X.4711") || outcome.has("out of luck"), "{address}: {outcome}");
        let request = &started(&story)[0].request_id;
        assert!(outcome.has(&format!("Request:   {request}")), "{address}: {outcome}");
        let resource = story.resource(address);
        assert_eq!(resource["values"][attribute], first, "{address}");
        assert_eq!(resource["tainted"], true, "{address}");
        assert_eq!(resource["values"]["pending_operation"], json!(null), "{address}: its end is on record");

        story.apply().success();
        assert_eq!(started(&story).len(), 2, "{address}");
        assert_ne!(story.values(address)[attribute], first, "{address}");
        story.plan_is_empty();
    }
}

/// A restore that takes some seconds, and the moment at which the service has accepted it.
fn under_way() -> Option<(Story, crate::support::Play, String)> {
    let restore = configuration("recovery_dcs_restore.x", "");
    let story = Story::at_speed(&restore, Scenario::default(), 6.0)?;
    let play = story.begin_apply();
    let id = eventually("the restore is accepted", Duration::from_secs(20), || {
        started(&story).into_iter().find(|entry| entry.status.is_some()).and_then(|entry| entry.started)
    });
    std::thread::sleep(Duration::from_millis(300));
    Some((story, play, id))
}

#[test]
fn a_restore_that_outlived_terraform_is_joined() {
    let Some((story, play, id)) = under_way() else { return };
    play.kill();
    play.end().failure();
    assert!(story.resource("recovery_dcs_restore.x").is_null(), "nothing could be saved");
    story.plan().success().says(&id);
    story.apply().success();
    assert_eq!(started(&story).len(), 1);
    assert_eq!(story.values("recovery_dcs_restore.x")["restore_id"], id);
    story.plan_is_empty();
}

#[test]
#[cfg(target_os = "linux")]
fn a_restore_that_outlived_the_provider_is_joined() {
    let Some((story, play, id)) = under_way() else { return };
    for provider in story.providers() {
        crate::support::kill(provider);
    }
    play.end().failure();
    story.apply().success();
    assert_eq!(started(&story).len(), 1);
    assert_eq!(story.values("recovery_dcs_restore.x")["restore_id"], id);
    story.plan_is_empty();
}

#[test]
fn a_restore_that_ended_while_nobody_watched_is_adopted() {
    let Some((story, play, id)) = under_way() else { return };
    play.interrupt();
    play.end().failure();
    eventually("the restore ends", Duration::from_secs(20), || {
        story.cloud.operations().iter().all(|entry| entry.operation.ended.is_some()).then_some(())
    });
    story.apply().success();
    assert_eq!(started(&story).len(), 1);
    let resource = story.resource("recovery_dcs_restore.x");
    assert_eq!(resource["values"]["restore_id"], id);
    assert!(resource.get("tainted").is_none());
    story.plan_is_empty();
}

#[test]
fn a_finished_restore_runs_again_when_a_replacement_is_asked_for() {
    let Some(story) = Story::begin(&configuration("recovery_dcs_restore.x", "")) else { return };
    story.apply().success();
    story.core(&["apply", "-auto-approve", "-input=false", "-replace=recovery_dcs_restore.x"]).success();
    assert_eq!(started(&story).len(), 2);
    story.plan_is_empty();
}

#[test]
fn two_restores_that_mean_the_same_share_one() {
    let one = configuration("recovery_dcs_restore.x", "");
    let Some(story) = Story::begin(&format!("{one}{}", one.replace("\"x\"", "\"y\""))) else { return };
    story.apply().success();
    assert_eq!(started(&story).len(), 1);
    let (x, y) = (story.values("recovery_dcs_restore.x"), story.values("recovery_dcs_restore.y"));
    assert_eq!(x["restore_id"], y["restore_id"]);
    story.plan_is_empty();
}

#[test]
fn a_backup_that_has_gone_is_never_remade_silently() {
    let Some(story) = Story::begin(&configuration("recovery_dcs_backup.x", "")) else { return };
    story.apply().success();
    let id = started(&story)[0].started.clone().unwrap();
    story.cloud.change_world(|world| {
        let backup = world.dcs.backups.iter_mut().find(|backup| backup.id == id).unwrap();
        backup.deleted_at = backup.ended_at;
    });
    story.core(&["apply", "-refresh-only", "-auto-approve", "-input=false"]).success().says("cannot be restored");
    let values = story.values("recovery_dcs_backup.x");
    assert_eq!((&values["status"], &values["restorable"]), (&json!("deleted"), &json!(false)));
    story.plan_is_empty();
    assert_eq!(started(&story).len(), 1);
    story.destroy().success();
}

#[test]
fn a_restore_outlives_its_records() {
    let restore = configuration("recovery_dcs_restore.x", "");
    let Some(story) = Story::begin(&restore) else { return };
    story.apply().success();
    let before = story.values("recovery_dcs_restore.x");
    story.cloud.change_world(|world| {
        world.dcs.restores.clear();
        world.dcs.backups.clear();
        world.dcs.instances.clear();
    });
    story.plan_is_empty();
    assert_eq!(story.values("recovery_dcs_restore.x"), before);
    story.destroy().success();
    assert_eq!(started(&story).len(), 1);
}

#[test]
fn a_later_run_that_learns_of_the_failure_names_the_request_that_started_the_work() {
    for (case, wait) in
        [("tainted by its timeout", "timeouts {\n    create = \"2s\"\n  }\n"), ("not waited for", "wait = false\n")]
    {
        let Some(story) = Story::at_speed(&configuration("recovery_dcs_restore.x", wait), Scenario::default(), 4.0)
        else {
            return;
        };
        let failure = OperationFailure { status: None, code: "X.4711".into(), message: "out of luck".into() };
        let fault = Fault { fail_operation: Some(failure), ..first_post() };
        let story = story.struck_by(on_first_post(&fault));
        let outcome = story.apply();
        assert!(!outcome.has("Request:"), "{case}: the operation has not failed yet: {outcome}");
        let request = started(&story)[0].request_id.clone();
        let line = format!("Request:   {request}");
        let planned = eventually("the operation fails", Duration::from_secs(60), || {
            Some(story.plan()).filter(|outcome| outcome.has("X.4711"))
        });
        assert!(planned.has(&line), "{case}: {planned}");
        // The id is no part of the object.
        assert!(!story.state()["values"].to_string().contains(&request), "{case}");
    }
}

#[test]
fn work_that_a_resumed_create_sees_fail_names_its_request_and_imported_work_says_that_there_is_none() {
    let more = "timeouts {\n    create = \"2s\"\n  }\n";
    let Some(story) = Story::at_speed(&configuration("recovery_dcs_restore.x", more), Scenario::default(), 2.0) else {
        return;
    };
    let failure = OperationFailure { status: None, code: "X.4711".into(), message: "out of luck".into() };
    let fault = Fault { fail_operation: Some(failure), ..first_post() };
    let story = story.struck_by(on_first_post(&fault));
    story.apply().failure().says("did not end within 2s");
    let request = started(&story)[0].request_id.clone();
    let id = story.values("recovery_dcs_restore.x")["id"].as_str().unwrap().to_owned();
    story.configure(&configuration("recovery_dcs_restore.x", ""));
    let outcome = story.apply().failure();
    assert!(outcome.has("X.4711") && outcome.has(&format!("Request:   {request}")), "{outcome}");
    assert_eq!(started(&story).len(), 1, "{outcome}");

    // What is imported while it runs was started by nobody knows which request.
    let Some(story) =
        Story::at_speed(&configuration("recovery_dcs_restore.x", "wait = false\n"), Scenario::default(), 2.0)
    else {
        return;
    };
    let failure = OperationFailure { status: None, code: "X.4711".into(), message: "out of luck".into() };
    let story = story.struck_by(on_first_post(&Fault { fail_operation: Some(failure), ..first_post() }));
    story.apply().success();
    let own = story.values("recovery_dcs_restore.x")["id"].as_str().unwrap().to_owned();
    assert_ne!(own, id);
    story.core(&["state", "rm", "recovery_dcs_restore.x"]).success();
    story.import("recovery_dcs_restore.x", &own).success();
    story.configure(&configuration("recovery_dcs_restore.x", ""));
    let outcome = story.apply().failure();
    assert!(outcome.has("X.4711") && outcome.has("no id is known: it was imported or joined"), "{outcome}");
}
