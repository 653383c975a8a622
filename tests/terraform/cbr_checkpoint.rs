//! A backup of a vault on demand: each member's own backup counts, and what is left of it is kept.

use rehearsal::{Fault, Scenario, Service, When, cbr};
use serde_json::{Value, json};

use crate::support::Story;

const ADDRESS: &str = "recovery_cbr_checkpoint.c";

fn configuration(lines: &str) -> String {
    format!(
        "resource \"recovery_cbr_checkpoint\" \"c\" {{\n  vault_id = \"{}\"\n  name     = \"before-release\"\n{lines}}}\n",
        cbr::SERVER_VAULT_ID
    )
}

/// A story in which a backup takes a second.
fn story(lines: &str) -> Option<Story> {
    let text = "durations:\n  cbr: { backup: 1 }\n";
    Story::at_speed(&configuration(lines), Scenario::parse(text, "quick").unwrap(), 1.0)
}

/// The spare server is gone, and the vault does not know it yet.
fn without_the_spare_server(story: &Story) {
    story.cloud.change_world(|world| world.cbr.servers.retain(|server| server.id != cbr::SPARE_SERVER_ID));
}

fn posts(story: &Story) -> usize {
    story.sent().iter().filter(|entry| entry.method == "POST").count()
}

fn backups(story: &Story) -> Value {
    story.values(ADDRESS)["backups"].clone()
}

/// Backups of the checkpoint that the cloud really has.
fn there(story: &Story, checkpoint: &str) -> usize {
    let now = jiff_now();
    let is_there = |backup: &&cbr::Backup| {
        backup.checkpoint_id == checkpoint && backup.deletion.is_none_or(|deletion| deletion.gone_at > now)
    };
    story.cloud.world().cbr.backups.iter().filter(is_there).count()
}

fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[test]
fn it_is_made_read_imported_and_deleted() {
    let Some(story) = story("  description = \"of a test\"\n  incremental = false\n") else { return };
    story.apply().success();
    let sent = story.sent_once();
    let expected = json!({"checkpoint": {
        "vault_id": cbr::SERVER_VAULT_ID,
        "parameters": {"name": "before-release", "description": "of a test", "incremental": false}
    }});
    assert_eq!(sent.body, Some(expected));
    let values = story.values(ADDRESS);
    let id = sent.started.unwrap();
    assert_eq!(values["checkpoint_id"], json!(id));
    assert_eq!(values["id"], json!(format!("{}/{id}", cbr::SERVER_VAULT_ID)));
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("available"), &Value::Null));
    let members = values["backups"].as_object().unwrap();
    assert!(members.contains_key(cbr::SERVER_ID) && members.contains_key(cbr::SPARE_SERVER_ID), "{values:#}");
    assert_eq!((members.len(), &values["skipped"]), (2, &json!({})));
    story.plan_is_empty();

    story.core(&["state", "rm", ADDRESS]).success();
    story.import(ADDRESS, values["id"].as_str().unwrap()).success();
    // What the records tell needs no change, and what they cannot tell is taken over once.
    story.configure(&configuration("  description = \"of a test\"\n"));
    story.plan_is_empty();
    story.configure(&configuration("  description = \"of a test\"\n  incremental = false\n"));
    story.plan().success().keeps_quiet_about("must be replaced");
    story.apply().success();
    story.plan_is_empty();
    assert_eq!(posts(&story), 1);

    story.destroy().success();
    assert_eq!(there(&story, &id), 0);
    assert_eq!(story.sent().iter().filter(|entry| entry.method == "DELETE").count(), 2);
}

#[test]
fn members_are_named_and_disks_left_out() {
    let lines = format!(
        "  member {{\n    id = \"{}\"\n    exclude_volumes = [\"{}\"]\n  }}\n",
        cbr::SERVER_ID,
        cbr::DATA_DISK_ID
    );
    let Some(story) = story(&lines) else { return };
    story.apply().success();
    let body = story.sent_once().body.unwrap();
    let expected = json!([{
        "id": cbr::SERVER_ID,
        "type": "OS::Nova::Server",
        "extra_info": {"exclude_volumes": [cbr::DATA_DISK_ID]}
    }]);
    assert_eq!(body["checkpoint"]["parameters"]["resource_details"], expected);
    assert_eq!(backups(&story).as_object().unwrap().len(), 1);
    story.plan_is_empty();
    // Another member is another checkpoint.
    story.configure(&configuration(&format!("  member {{\n    id = \"{}\"\n  }}\n", cbr::SPARE_SERVER_ID)));
    story.plan().success().says("AGAIN");
}

#[test]
fn a_skipped_member_is_an_error_that_names_it_unless_it_is_allowed() {
    let Some(story) = story("") else { return };
    without_the_spare_server(&story);
    story.apply().failure().says(cbr::SPARE_SERVER_ID).says("was skipped").says("BackupService.7100");
    let values = story.values(ADDRESS);
    assert_eq!(values["backups"].as_object().unwrap().len(), 1, "the other one stays: {values:#}");
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("incomplete"), &Value::Null));
    let first = values["checkpoint_id"].as_str().unwrap().to_owned();
    assert_eq!(there(&story, &first), 1);

    story.configure(&configuration("  allow_skipped = true\n"));
    story.apply().success();
    let values = story.values(ADDRESS);
    assert!(values["skipped"][cbr::SPARE_SERVER_ID].as_str().unwrap().contains("BackupService.7100"), "{values:#}");
    assert_eq!((values["backups"].as_object().unwrap().len(), &values["status"]), (1, &json!("available")));
    story.plan_is_empty();
    // What is only recorded sends nothing.
    story.configure(&configuration("  allow_skipped = false\n"));
    story.apply().success();
    story.plan_is_empty();
    assert_eq!(posts(&story), 2);
}

#[test]
fn a_member_that_fails_is_named_with_the_services_reason() {
    let Some(story) = story("") else { return };
    story.cloud.change_world(|world| world.cbr.switches.failing_members = vec![cbr::SPARE_SERVER_ID.to_owned()]);
    story.apply().failure().says("web-spare").says("BackupService.7101").says("can be restored");
    let values = story.values(ADDRESS);
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("error"), &Value::Null));
    // A failed one is made anew; what it had made goes with it.
    let first = values["checkpoint_id"].as_str().unwrap().to_owned();
    story.cloud.change_world(|world| world.cbr.switches.failing_members.clear());
    story.apply().success();
    assert_ne!(story.values(ADDRESS)["checkpoint_id"], json!(first));
    assert_eq!(there(&story, &first), 0);
    story.plan_is_empty();
}

#[test]
fn a_backup_that_is_deleted_outside_only_leaves_the_map() {
    let Some(story) = story("") else { return };
    story.apply().success();
    let id = story.values(ADDRESS)["checkpoint_id"].as_str().unwrap().to_owned();
    let lost = backups(&story)[cbr::SERVER_ID].as_str().unwrap().to_owned();
    let sent = story.sent().len();
    story.cloud.change_world(|world| {
        world.cbr.backups.retain(|backup| backup.id != lost);
        // Long enough ago that it is no list that lags.
        for checkpoint in world.cbr.checkpoints.iter_mut().filter(|checkpoint| checkpoint.id == id) {
            checkpoint.created_at -= std::time::Duration::from_secs(3600);
        }
    });
    // The state knows the moment, too.
    let state = story.directory().join("terraform.tfstate");
    let text = std::fs::read_to_string(&state).unwrap();
    let created = story.values(ADDRESS)["created_at"].as_str().unwrap().to_owned();
    std::fs::write(&state, text.replace(&created, "2026-01-01T00:00:00Z")).unwrap();

    let refresh = ["apply", "-refresh-only", "-auto-approve", "-input=false", "-no-color"];
    story.core(&refresh).success().says(&lost).says("Nothing is made anew");
    let left = backups(&story);
    assert_eq!(left.as_object().unwrap().keys().collect::<Vec<_>>(), [cbr::SPARE_SERVER_ID]);
    story.plan_is_empty();
    story.apply().success();
    assert_eq!((story.sent().len(), there(&story, &id)), (sent, 1));
    story.destroy().success();
    assert_eq!(there(&story, &id), 0);
}

fn lost_answer() -> Fault {
    Fault {
        service: Some(Service::Cbr),
        method: Some("POST".into()),
        count: Some(1),
        reset: true,
        when: When::After,
        ..Fault::default()
    }
}

#[test]
fn a_lost_answer_is_found_by_its_own_records() {
    let Some(story) = story("") else { return };
    let story = story.struck_by(vec![lost_answer()]);
    story.apply().success();
    let id = story.sent_once().started.unwrap();
    let values = story.values(ADDRESS);
    assert_eq!((&values["checkpoint_id"], &values["pending_operation"]), (&json!(id), &Value::Null));
    assert_eq!(values["backups"].as_object().unwrap().len(), 2);
    story.plan_is_empty();
}

#[test]
fn whom_a_lost_answer_would_have_named_is_not_forgotten() {
    let Some(story) = story("") else { return };
    without_the_spare_server(&story);
    let story = story.struck_by(vec![lost_answer()]);
    story.apply().failure().says(cbr::SPARE_SERVER_ID).says("was skipped").says("the answer that tells why was lost");
    story.sent_once();
}

#[test]
fn an_interrupted_wait_is_taken_up_again() {
    let text = "durations:\n  cbr: { backup: 6 }\n";
    let lines = "  timeouts {\n    create = \"2s\"\n  }\n";
    let Some(story) = Story::at_speed(&configuration(lines), Scenario::parse(text, "slow").unwrap(), 1.0) else {
        return;
    };
    story.apply().failure().says("did not end within");
    let id = story.sent_once().started.unwrap();
    story.configure(&configuration(""));
    story.plan().success().says(&id);
    story.apply().success();
    story.sent_once();
    assert_eq!(story.values(ADDRESS)["checkpoint_id"], json!(id));
    story.plan_is_empty();
}

#[test]
fn what_cannot_be_deleted_is_named_and_stays() {
    let Some(story) = story("") else { return };
    story.apply().success();
    let id = story.values(ADDRESS)["checkpoint_id"].as_str().unwrap().to_owned();
    let held = backups(&story)[cbr::SERVER_ID].as_str().unwrap().to_owned();
    let refusal = Fault {
        method: Some("DELETE".into()),
        path: Some(format!("/**/backups/{held}")),
        status: Some(400),
        body: Some(json!({"error_code": "BackupService.6204", "error_msg": "The backup has an image."})),
        ..Fault::default()
    };
    story.cloud.set_faults(vec![refusal]).unwrap();
    story.destroy().failure().says(&held).says("BackupService.6204");
    assert_eq!(there(&story, &id), 1);
    assert!(!story.resource(ADDRESS).is_null(), "it stays in the state");
    story.cloud.set_faults(Vec::new()).unwrap();
    story.destroy().success();
    assert_eq!(there(&story, &id), 0);
}

#[test]
fn what_would_fail_is_an_error_of_the_plan() {
    let elsewhere = "0a000000-0000-4000-8000-000000000001";
    let Some(story) = story(&format!("  member {{\n    id = \"{elsewhere}\"\n  }}\n")) else { return };
    story.plan().failure().says(&format!("{elsewhere} is not in CBR vault"));
    story.configure(&configuration("").replace(cbr::SERVER_VAULT_ID, elsewhere));
    story.plan().failure().says("does not exist");
    story.configure(&configuration("").replace("before-release", "before release"));
    story.plan().failure().says("The name does not fit");
    let twice = format!(
        "  member {{\n    id = \"{0}\"\n  }}\n  member {{\n    id = \"{0}\"\n    exclude_volumes = []\n  }}\n",
        cbr::SERVER_ID
    );
    story.configure(&configuration(&twice));
    story.plan().failure().says("A member appears twice");
    assert!(story.sent().is_empty());
}
