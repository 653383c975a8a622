//! `recovery_rds_backup` and `recovery_rds_restore` from apply to destroy.

use rehearsal::{Fault, Service, When, rds};
use serde_json::{Value, json};

use crate::support::{Story, TERRAFORM_DATA};

fn backup(lines: &str) -> String {
    format!(
        "resource \"recovery_rds_backup\" \"b\" {{\n  instance_id = \"{}\"\n  name = \"before-42\"\n{lines}\n}}\n",
        rds::SOURCE_ID
    )
}

fn restore(source: &str, target: &str, lines: &str) -> String {
    format!(
        "resource \"recovery_rds_restore\" \"r\" {{\n  source_instance_id = \"{source}\"\n  target_instance_id = \"{target}\"\n{lines}\n}}\n"
    )
}

fn of_backup(backup: &str) -> String {
    format!("  backup_id = \"{backup}\"")
}

const HUAWEI: &str = "provider \"recovery\" {\n  platform = \"huaweicloud\"\n}\n";

#[test]
fn a_backup_is_made_once_and_deleted() {
    let Some(story) = Story::begin(&backup("  description = \"by Terraform\"")) else { return };
    story.apply().success().says("1 added");
    let values = story.values("recovery_rds_backup.b");
    let id = values["backup_id"].as_str().unwrap().to_owned();
    assert_eq!(values["id"], format!("{}/{id}", rds::SOURCE_ID));
    assert_eq!((&values["status"], &values["restorable"]), (&json!("COMPLETED"), &json!(true)));
    assert_eq!((&values["size"], &values["engine"]), (&json!(2803 * 1024), &json!("MySQL")));
    assert_eq!(values["pending_operation"], Value::Null);
    let post = story.sent_once();
    let body = json!({"instance_id": rds::SOURCE_ID, "name": "before-42", "description": "by Terraform"});
    assert_eq!((post.body, post.started.as_deref()), (Some(body), Some(id.as_str())));
    story.plan_is_empty();
    story.destroy().success().says("1 destroyed");
    let delete = story.sent().remove(1);
    assert!(delete.method == "DELETE" && delete.path.ends_with(&format!("/backups/{id}")), "{delete:?}");
    assert!(story.cloud.world().rds.backups.iter().any(|backup| backup.id == id && backup.gone.is_some()));
}

#[test]
fn imported_backups_plan_empty_and_automated_ones_are_refused() {
    let text = backup("").replace("before-42", "shop-before-release");
    let Some(story) = Story::begin(&text) else { return };
    story
        .import("recovery_rds_backup.b", &format!("{}/5b000000000000000000000000000009br01", rds::SOURCE_ID))
        .failure();
    story.import("recovery_rds_backup.b", &format!("{}/nothing", rds::SOURCE_ID)).failure().says("No such backup");
    story.import("recovery_rds_backup.b", &format!("{}/{}", rds::SOURCE_ID, rds::BACKUP_ID)).success();
    story.plan_is_empty();
    // The list has no description: the configuration tells it once.
    story.configure(&text.replace("\n\n}", "\n  description = \"by hand\"\n}"));
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    story.plan_is_empty();
    assert_eq!(story.sent().len(), 0);
}

#[test]
fn a_restore_is_made_once_and_destroy_forgets_it() {
    let text = restore(rds::SOURCE_ID, rds::SOURCE_ID, &of_backup(rds::BACKUP_ID));
    let Some(story) = Story::begin(&text) else { return };
    let plan = story.plan().success();
    let plan = plan.says("will be overwritten with backup shop-before-release").says("Everything written to it after");
    plan.says("2025-01-01T00:00:00Z");
    story.apply().success().says("1 added");
    let values = story.values("recovery_rds_restore.r");
    let job = values["job_id"].as_str().unwrap();
    assert_eq!(values["id"], format!("{}/{job}", rds::SOURCE_ID));
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("Completed"), &Value::Null));
    assert_eq!((&values["progress"], &values["restore_point"]), (&json!(100), &json!("2025-01-01T00:00:00Z")));
    let post = story.sent_once();
    assert!(post.path.starts_with("/v3/") && post.path.ends_with("/instances/recovery"), "{}", post.path);
    let source = json!({"instance_id": rds::SOURCE_ID, "type": "backup", "backup_id": rds::BACKUP_ID});
    assert_eq!(post.body, Some(json!({"source": source, "target": {"instance_id": rds::SOURCE_ID}})));
    story.plan_is_empty();
    // Into an empty plan, as long as the task is listed.
    let id = values["id"].as_str().unwrap().to_owned();
    story.core(&["state", "rm", "recovery_rds_restore.r"]).success();
    story.plan().success().says("The same restore ended lately").says(&id);
    story.import("recovery_rds_restore.r", &id).success();
    story.apply().success().says("0 added");
    story.plan_is_empty();
    // The service has forgotten the task: that is not "gone".
    story.cloud.change_world(|world| world.rds.jobs.clear());
    story.plan_is_empty();
    story.destroy().success().says("the data stays as it was restored");
    story.sent_once();
}

#[test]
fn each_engine_and_cloud_gets_the_call_that_its_documents_name() {
    let moment = "  restore_time = 1747732352076";
    let all = json!({"restore_all_database": true});
    let named = "  database_names = { ledger = \"ledger2\" }";
    for (platform, source, target, point, version, more) in [
        ("", rds::POSTGRES_ID, rds::POSTGRES_TARGET_ID, of_backup(rds::POSTGRES_BACKUP_ID), "/v3/", json!({})),
        (HUAWEI, rds::POSTGRES_ID, rds::POSTGRES_TARGET_ID, moment.to_owned(), "/v3.1/", json!({})),
        (HUAWEI, rds::SOURCE_ID, rds::TARGET_ID, of_backup(rds::BACKUP_ID), "/v3.1/", json!({})),
        ("", rds::SQLSERVER_ID, rds::SQLSERVER_ID, of_backup(rds::SQLSERVER_BACKUP_ID), "/v3.1/", all),
        (
            "",
            rds::SQLSERVER_ID,
            rds::SQLSERVER_ID,
            format!("{}\n{named}", of_backup(rds::SQLSERVER_BACKUP_ID)),
            "/v3.1/",
            json!({"database_name": {"ledger": "ledger2"}}),
        ),
    ] {
        let text = format!("{platform}{}", restore(source, target, &point));
        let scenario = if platform.is_empty() { "{}" } else { "{ platform: huaweicloud }" };
        let Some(story) = Story::in_scenario(&text, scenario) else { return };
        story.apply().success().says("1 added");
        let post = story.sent_once();
        assert!(post.path.starts_with(version), "{}: {target}", post.path);
        let sent = post.body.unwrap()["source"].clone();
        for name in ["restore_all_database", "database_name"] {
            assert_eq!(sent[name], more[name], "{target}: {sent}");
        }
        story.plan_is_empty();
    }
}

#[test]
fn whatever_the_documents_leave_open_one_restore_runs_and_is_followed() {
    let text = restore(rds::SOURCE_ID, rds::TARGET_ID, &of_backup(rds::BACKUP_ID));
    for switches in [
        "{ job_knows_restores: true, complete_without_d: true }",
        "{ target_ready: before, backs_up_afterwards: false }",
        "{ target_ready: with, restore_status: 201, restore_task_name: SomeRestoreOfTomorrow }",
        "{ task_names_source: true, job_knows_restores: true }",
    ] {
        let scenario = format!("{{ switches: {{ rds: {switches} }} }}");
        let Some(story) = Story::in_scenario(&text, &scenario) else { return };
        story.apply().success();
        assert_eq!(story.values("recovery_rds_restore.r")["pending_operation"], Value::Null, "{switches}");
        story.sent_once();
        story.plan_is_empty();
    }
}

#[test]
fn a_task_that_names_the_source_alone_is_not_taken_for_one_s_own() {
    let text = restore(rds::SOURCE_ID, rds::TARGET_ID, &of_backup(rds::BACKUP_ID));
    let text = text.replace("\n}\n", "\n  timeouts {\n    create = \"30s\"\n  }\n}\n");
    let scenario = "{ switches: { rds: { task_names_source: true } } }";
    let Some(story) = Story::in_scenario(&text, scenario) else { return };
    let lost = Fault {
        method: Some("POST".into()),
        service: Some(Service::Rds),
        count: Some(1),
        reset: true,
        when: When::After,
        ..Fault::default()
    };
    let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(vec![lost]);
    story.apply().failure().says("it may be its own").says("terraform state rm");
    assert_eq!(story.values("recovery_rds_restore.r")["status"], "unknown");
    story.sent_once();
}

#[test]
fn a_name_that_is_taken_is_told_and_nothing_is_made() {
    let text = backup("").replace("before-42", "shop-before-release");
    let Some(story) = Story::begin(&text) else { return };
    story.apply().failure().says("DBS.201201").says("Nothing was started");
}

#[test]
fn contradictions_are_errors_before_anything_is_asked() {
    let both = format!("{}\n  restore_time = 1747732352076", of_backup(rds::BACKUP_ID));
    for (text, said) in [
        (restore("s", "t", &both), "both do"),
        (restore("s", "t", ""), "neither does"),
        (restore("s", "t", "  backup_id = null"), "neither does"),
        (restore("s", "t", "  restore_time = 1747732352"), "1747732352000"),
        (backup("").replace("before-42", "42"), "4 to 64"),
        (backup("  description = \"a=b\""), "none of"),
    ] {
        let Some(story) = Story::begin(&text) else { return };
        story.validate().failure().says(said);
        assert!(story.cloud.journal().is_empty(), "{said}");
    }
}

#[test]
fn a_point_that_turns_out_to_be_none_is_an_error_before_anything_is_sent() {
    let text = format!(
        "resource \"terraform_data\" \"none\" {{\n  input = null\n}}\n{}",
        restore(rds::SOURCE_ID, rds::SOURCE_ID, "  backup_id = terraform_data.none.output")
    );
    let Some(story) = Story::begin(&text) else { return };
    if !story.core.can(&TERRAFORM_DATA) {
        return;
    }
    story.apply().failure().says("one of backup_id and restore_time");
    assert_eq!(story.sent().len(), 0);
}
