//! `recovery_rds_restored_instance` from apply to destroy: nothing is overwritten, nothing is made twice, and nobody reads the
//! password.

use rehearsal::{Fault, Service, When, rds};
use serde_json::{Value, json};

use crate::support::{Outcome, Story, WRITE_ONLY};

const ADDRESS: &str = "recovery_rds_restored_instance.drill";
const PASSWORD: &str = "Rehearsed-4711-secret";

/// A restore of the MySQL instance of the built-in world, with further lines.
fn drill(lines: &str) -> String {
    block("drill", &format!("  password           = \"{PASSWORD}\"\n{lines}"))
}

fn block(name: &str, lines: &str) -> String {
    format!(
        r#"resource "recovery_rds_restored_instance" "{name}" {{
  source_instance_id = "{}"
  backup_id          = "{}"
  name               = "shop-drill"
  flavor             = "rds.mysql.c2.large"
  availability_zones = ["eu-de-01"]
  vpc_id             = "59000000-0000-4000-8000-000000000001"
  subnet_id          = "58000000-0000-4000-8000-000000000001"
  volume_type        = "CLOUDSSD"
  volume_size        = 100
{lines}
}}
"#,
        rds::SOURCE_ID,
        rds::BACKUP_ID
    )
}

fn lost(count: Option<u64>) -> Fault {
    Fault {
        method: Some("POST".into()),
        service: Some(Service::Rds),
        count,
        reset: true,
        when: When::After,
        ..Fault::default()
    }
}

fn exists(story: &Story, id: &str) -> bool {
    let now = jiff::Timestamp::now();
    story.cloud.world().rds.instances.iter().any(|one| one.id == id && one.gone.is_none_or(|gone| gone > now))
}

fn posts(story: &Story) -> usize {
    story.sent().iter().filter(|entry| entry.method == "POST").count()
}

#[test]
fn a_new_instance_is_made_once_and_a_destroy_leaves_it() {
    let Some(story) = Story::begin(&drill("")) else { return };
    let plan = story.plan().success();
    let plan = plan.says("Nothing is overwritten").says("shop-before-release").says("2025-01-01T00:00:00Z");
    plan.says("does not delete the instance");
    story.apply().success().says("1 added");
    let values = story.values(ADDRESS);
    let id = values["instance_id"].as_str().unwrap().to_owned();
    assert_eq!(values["id"], format!("{}/{id}", rds::SOURCE_ID));
    assert_eq!(
        (&values["restore_point"], &values["pending_operation"]),
        (&json!("2025-01-01T00:00:00Z"), &Value::Null)
    );
    assert_eq!(values["private_ips"], json!(["192.168.0.30"]));
    assert!(["ACTIVE", "BACKING UP"].contains(&values["status"].as_str().unwrap()), "{values:#}");
    let moment = |name: &str| values[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(moment("started_at") < moment("ready_at"), "{values:#}");
    let post = story.sent_once();
    assert_eq!(post.started.as_deref(), Some(id.as_str()));
    let body = post.body.unwrap();
    assert_eq!(
        body["restore_point"],
        json!({"instance_id": rds::SOURCE_ID, "type": "backup", "backup_id": rds::BACKUP_ID})
    );
    assert_eq!((&body["volume"], &body["password"]), (&json!({"type": "CLOUDSSD", "size": 100}), &json!("***")));
    assert!(body.get("region").is_none() && body.get("ha").is_none(), "{body}");
    story.plan_is_empty();
    let said = story.destroy().success().says("leaves the instance where it is").says("costs until it is deleted");
    said.says(&format!("terraform import opentelekomcloud_rds_instance_v3.NAME {id}"));
    story.sent_once();
    assert!(exists(&story, &id));
}

#[test]
fn for_a_drill_destroy_deletes_the_instance() {
    let Some(story) = Story::begin(&drill("")) else { return };
    story.apply().success();
    let id = story.values(ADDRESS)["instance_id"].as_str().unwrap().to_owned();
    // Recorded in place, whenever it occurs to somebody.
    story.configure(&drill("  delete_with_resource = true"));
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    story.plan_is_empty();
    story.destroy().success().says("1 destroyed");
    let delete = story.sent().remove(1);
    assert!(delete.method == "DELETE" && delete.path.ends_with(&format!("/instances/{id}")), "{delete:?}");
    assert!(!exists(&story, &id));
}

#[test]
fn an_instance_that_was_deleted_elsewhere_is_told_and_not_made_again() {
    let Some(story) = Story::begin(&drill("  delete_with_resource = true")) else { return };
    story.apply().success();
    let id = story.values(ADDRESS)["instance_id"].as_str().unwrap().to_owned();
    story.cloud.change_world(|world| {
        world.rds.instances.iter_mut().filter(|one| one.id == id).for_each(|one| one.gone = Some(one.created));
    });
    story.core(&["plan", "-input=false", "-no-color"]).success().says("is not there any more");
    story.apply().success().says("0 added");
    assert_eq!(story.values(ADDRESS)["status"], "deleted");
    assert_eq!(posts(&story), 1);
    story.destroy().success();
}

#[test]
fn a_lost_answer_is_found_by_the_name() {
    let Some(story) = Story::begin(&drill("")) else { return };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(vec![lost(Some(1))]);
    story.apply().success().says("1 added");
    let values = story.values(ADDRESS);
    let made = story.sent_once().started.unwrap();
    assert_eq!(values["instance_id"], json!(made));
    // The answer would have told it; the tasks of the instance do.
    assert!(values["job_id"].is_string() && values["ready_at"].is_string(), "{values:#}");
    story.plan_is_empty();
}

#[test]
fn what_nothing_tells_apart_stops_the_run_with_the_ways_out() {
    let Some(story) = Story::begin(&drill("  timeouts {\n    create = \"40s\"\n  }")) else { return };
    let lost = Fault { delay_ms: Some(40_000), reset: false, ..lost(Some(1)) };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(vec![lost]);
    let running = story.begin_apply();
    crate::support::eventually("the request", std::time::Duration::from_secs(30), || {
        story.cloud.world().rds.jobs.iter().any(|job| job.kind == "create").then_some(())
    });
    // Somebody else makes another one of that name at the same time, in the same network.
    story.cloud.change_world(|world| {
        let mut other = world.rds.instances.last().cloned().unwrap();
        other.id = "5d0000000000000000000000000000ffin01".to_owned();
        world.rds.instances.push(other);
    });
    let outcome = running.end().failure();
    assert!(outcome.has("several new records match") && outcome.has("terraform state rm"), "{outcome}");
    assert_eq!(posts(&story), 1);
    assert_eq!(story.values(ADDRESS)["status"], "unknown");
    // Destroying the entry deletes nothing, and says what may be there.
    story.destroy().success().says("look for an instance with the name");
}

#[test]
fn a_failure_is_told_and_the_next_apply_makes_a_new_one() {
    let Some(story) = Story::begin(&drill("")) else { return };
    let fail: Fault = serde_json::from_value(json!({
        "method": "POST", "service": "rds", "count": 1,
        "fail_operation": {"code": "DBS.200316", "message": "no storage is left"},
    }))
    .unwrap();
    let story = story.struck_by(vec![fail]);
    story.apply().failure().says("no storage is left").says("may go on costing");
    let failed = story.values(ADDRESS)["instance_id"].as_str().unwrap().to_owned();
    story.apply().success().says("leaves the instance where it is").says("1 added");
    assert_ne!(story.values(ADDRESS)["instance_id"], json!(failed));
    assert!(exists(&story, &failed), "nobody asked to delete it");
    assert_eq!(posts(&story), 2);
    story.plan_is_empty();
}

#[test]
fn a_replacement_is_asked_for_and_the_old_one_goes_only_where_that_is_said() {
    for (line, kept) in [("", true), ("  delete_with_resource = true", false)] {
        let Some(story) = Story::begin(&drill(line)) else { return };
        story.apply().success();
        let first = story.values(ADDRESS)["instance_id"].as_str().unwrap().to_owned();
        let triggered = format!("{line}\n  triggers = {{ month = \"2026-12\" }}");
        story.configure(&drill(&triggered));
        let said = if kept { "is made beside the old one" } else { "is deleted first" };
        story.plan().success().says("runs AGAIN because triggers").says(said);
        story.apply().success().says("1 added, 0 changed, 1 destroyed");
        assert_eq!(exists(&story, &first), kept, "{line}");
        story.plan_is_empty();
        let replaced = format!("-replace={ADDRESS}");
        story.core(&["apply", "-input=false", "-no-color", "-auto-approve", &replaced]).success().says("1 added");
        assert_eq!(posts(&story), 3, "{line}");
        story.plan_is_empty();
    }
}

#[test]
fn a_plan_file_that_is_applied_twice_makes_one_instance() {
    let Some(story) = Story::begin(&drill("")) else { return };
    story.core(&["plan", "-input=false", "-no-color", "-out=p"]).success();
    let apply = ["apply", "-input=false", "-no-color", "p"];
    story.core(&apply).success();
    std::fs::remove_file(story.directory().join("terraform.tfstate")).unwrap();
    let again = story.core(&apply).failure();
    assert!(again.has("inconsistent final plan") || again.has("stale"), "{again}");
    assert_eq!(posts(&story), 1);
    // A new plan says that there is one.
    let id = story.sent().remove(0).started.unwrap();
    story
        .plan()
        .success()
        .says("looks the same already")
        .says(&format!("terraform import {}.NAME", "recovery_rds_restored_instance"));
    story.import(ADDRESS, &format!("{}/{id}", rds::SOURCE_ID)).success();
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    story.plan_is_empty();
    assert_eq!(posts(&story), 1);
}

#[test]
fn a_plan_that_replaces_a_drill_and_deletes_it_is_applied_once() {
    let lines = |run: &str| format!("  delete_with_resource = true\n  triggers = {{ month = \"{run}\" }}");
    let Some(story) = Story::begin(&drill(&lines("1"))) else { return };
    story.apply().success();
    let state = story.directory().join("terraform.tfstate");
    let before = std::fs::read(&state).unwrap();
    story.configure(&drill(&lines("2")));
    story.core(&["plan", "-input=false", "-no-color", "-out=p"]).success();
    let apply = ["apply", "-input=false", "-no-color", "p"];
    story.core(&apply).success();
    let made = story.values(ADDRESS)["instance_id"].as_str().unwrap().to_owned();
    // The runner died before the state was written, and applies its plan once more.
    std::fs::write(&state, &before).unwrap();
    let again = story.core(&apply).failure().says("is gone already, and this plan was to replace it");
    let line = format!("terraform import recovery_rds_restored_instance.NAME {}/{made}", rds::SOURCE_ID);
    again.says(&line).says("Nothing was sent");
    assert_eq!(posts(&story), 2);
    // The lines help.
    story.core(&["state", "rm", ADDRESS]).success();
    story.import(ADDRESS, &format!("{}/{made}", rds::SOURCE_ID)).success();
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    story.plan_is_empty();
    assert_eq!(posts(&story), 2);
}

/// Of an instance that is really gone a new plan knows, and replaces it.
#[test]
fn a_drill_that_is_gone_is_replaced_when_that_is_asked_for() {
    let lines = "  delete_with_resource = true";
    let Some(story) = Story::begin(&drill(lines)) else { return };
    story.apply().success();
    story.cloud.change_world(|world| world.rds.instances.retain(|one| one.name != "shop-drill"));
    story.configure(&drill(&format!("{lines}\n  triggers = {{ month = \"2\" }}")));
    story.apply().success().says("1 added");
    assert_eq!(posts(&story), 2);
    story.plan_is_empty();
}

#[test]
fn two_blocks_of_different_names_are_two_instances() {
    let password = format!("  password           = \"{PASSWORD}\"");
    let two =
        format!("{}{}", block("a", &password), block("b", &password).replace("\"shop-drill\"", "\"shop-drill-2\""));
    let Some(story) = Story::begin(&two) else { return };
    story.apply().success().says("2 added");
    assert_eq!(posts(&story), 2);
    let of = |name: &str| story.values(&format!("recovery_rds_restored_instance.{name}"))["instance_id"].clone();
    assert_ne!(of("a"), of("b"));
    story.plan_is_empty();
}

#[test]
fn each_engine_cloud_and_point_gets_what_its_documents_name() {
    let huawei = "provider \"recovery\" {\n  platform = \"huaweicloud\"\n}\n";
    let ha = "  ha_replication_mode = \"semisync\"\n  security_group_id = \"g\"\n  parameter_group_id = \"c\"\n  port = 3307";
    let moment = |text: String| {
        text.replace(&format!("backup_id          = \"{}\"", rds::BACKUP_ID), "restore_time = 1747732352076")
    };
    for (scenario, text, sent) in [
        (
            "{}",
            moment(drill(ha)).replace("[\"eu-de-01\"]", "[\"eu-de-01\", \"eu-de-02\"]"),
            json!({"availability_zone": "eu-de-01,eu-de-02", "ha": {"mode": "Ha", "replication_mode": "semisync"},
                "port": "3307", "configuration_id": "c", "security_group_id": "g"}),
        ),
        // No password is wanted there, and a region is.
        (
            "{ platform: huaweicloud }",
            format!("{huawei}{}", block("drill", "")),
            json!({"password": null, "region": "cn-north-4"}),
        ),
    ] {
        let Some(story) = Story::in_scenario(&text, scenario) else { return };
        story.apply().success().says("1 added");
        let body = story.sent_once().body.unwrap();
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&body[name], value, "{body:#}");
        }
        story.plan_is_empty();
    }
}

#[test]
fn whatever_the_documents_leave_open_one_instance_is_made_and_followed() {
    for switches in [
        "{ job_knows_creations: false }",
        "{ creation_tells_job: false }",
        "{ backs_up_afterwards: false, complete_without_d: true }",
        "{ instance_names_unique: true }",
    ] {
        let scenario = format!("{{ switches: {{ rds: {switches} }} }}");
        let Some(story) = Story::in_scenario(&drill(""), &scenario) else { return };
        story.apply().success();
        let values = story.values(ADDRESS);
        assert!(values["ready_at"].is_string() && values["job_id"].is_string(), "{switches}: {values:#}");
        story.sent_once();
        story.plan_is_empty();
    }
}

#[test]
fn what_would_fail_is_an_error_of_the_plan() {
    let small = drill("").replace("= 100", "= 90");
    let without = block("drill", "");
    let other = drill("").replace(rds::BACKUP_ID, rds::POSTGRES_BACKUP_ID);
    for (text, said) in [
        (small, "too little storage: 90 GB"),
        (drill("").replace("= 100", "= 105"), "in steps of 10"),
        (without, "has no password"),
        (other, "is not one of"),
        (drill("  restore_time = 1747732352076"), "both do"),
        (drill("").replace("[\"eu-de-01\"]", "[]"), "0 zones, not 1"),
        (drill("").replace("shop-drill", "42"), "4 to 64"),
    ] {
        let Some(story) = Story::begin(&text) else { return };
        let outcome = story.plan().failure().says(said);
        hidden(&outcome);
        assert_eq!(story.sent().len(), 0, "{said}");
    }
}

#[track_caller]
fn hidden(outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains(PASSWORD), "the password is seen: {text}");
    }
}

#[test]
fn the_password_is_nowhere() {
    // What is written into a configuration stands in plan files for that: an ephemeral value does not.
    let drill = |lines: &str| {
        let variable = "variable \"password\" {\n  type      = string\n  ephemeral = true\n}\n";
        format!("{variable}{}", block("drill", &format!("  password = var.password\n{lines}")))
    };
    let Some(story) = Story::begin("") else { return };
    if !story.core.can(&WRITE_ONLY) {
        return;
    }
    story.configure(&drill("  timeouts {\n    create = \"2s\"\n  }"));
    let story = story.with("TF_LOG", "TRACE").with("TF_VAR_password", PASSWORD);
    // The way with the most words: lost, timed out, tainted, taken up, refreshed, replaced, destroyed.
    let story = story.struck_by(vec![lost(Some(1))]);
    let mut outcomes = vec![story.apply().failure()];
    assert!(outcomes[0].stderr.contains("provider.terraform-provider-recovery"));
    let states = || {
        let files = std::fs::read_dir(story.directory()).unwrap().flatten();
        let files = files.filter(|file| !file.file_name().to_string_lossy().ends_with(".tf") && file.path().is_file());
        files.map(|file| String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned()).collect::<Vec<_>>()
    };
    let mut kept = states();
    story.configure(&drill(""));
    outcomes.push(story.core(&["plan", "-input=false", "-no-color", "-out=p"]).success());
    let shown = story.core(&["show", "-json", "p"]).success();
    outcomes.push(shown);
    outcomes.push(story.core(&["apply", "-input=false", "-no-color", "p"]).success());
    kept.extend(states());
    story.configure(&drill("  password_version = 2"));
    outcomes.push(story.apply().success().says("runs AGAIN because password_version"));
    outcomes.push(story.core(&["show", "-json"]).success());
    kept.extend(states());
    outcomes.push(story.destroy().success());
    outcomes.iter().for_each(hidden);
    assert!(kept.len() >= 5 && kept.iter().all(|text| !text.contains(PASSWORD)), "a file has the password");
    let journal = serde_json::to_string(&story.cloud.journal()).unwrap();
    assert!(journal.contains("\"***\"") && !journal.contains(PASSWORD));
    assert!(!serde_json::to_string(&story.cloud.world()).unwrap().contains(PASSWORD));
}

#[test]
fn a_changed_password_alone_changes_nothing() {
    let Some(story) = Story::begin(&drill("")) else { return };
    if !story.core.can(&WRITE_ONLY) {
        return;
    }
    story.apply().success();
    story.configure(&drill("").replace(PASSWORD, "Another-4711"));
    story.plan_is_empty();
    story.sent_once();
}
