//! `recovery_dcs_restore` from apply to destroy.

use serde_json::json;

use crate::support::{BACKUP, INSTANCE, OTHER_BACKUP, OTHER_INSTANCE, Story};

fn restore(arguments: &str) -> String {
    format!(
        r#"
resource "recovery_dcs_restore" "r" {{
  instance_id = "{INSTANCE}"
  backup_id   = "{BACKUP}"
  remark      = "restore instance"
{arguments}
}}
"#
    )
}

fn one_restore(arguments: &str, version: &str) {
    let Some(story) = Story::begin(&restore(arguments)) else { return };
    story.apply().success().says("1 added");
    let values = story.values("recovery_dcs_restore.r");
    let id = values["restore_id"].as_str().unwrap().to_owned();
    assert_eq!(values["id"], format!("{INSTANCE}/{id}"));
    assert_eq!(values["status"], "succeed");
    assert_eq!(values["pending_operation"], json!(null));
    assert!(values["restore_point"].is_string());

    let post = story.sent_once();
    let project = &story.cloud.connection.credentials.project_id;
    assert_eq!(post.method, "POST");
    assert_eq!(post.path, format!("/{version}/{project}/instances/{INSTANCE}/restores"));
    assert_eq!(post.body, Some(json!({"remark": "restore instance", "backup_id": BACKUP})));
    assert_eq!(post.started.as_deref(), Some(id.as_str()));

    story.plan_is_empty();
    story.destroy().success().says("1 destroyed").says("the data stays as it was restored");
    story.sent_once();
}

#[test]
fn the_v2_api_restores_once() {
    one_restore("", "v2");
}

#[test]
fn the_example_of_the_v1_page_is_what_is_sent() {
    one_restore("  api_version = \"v1.0\"", "v1.0");
}

#[test]
fn a_recorded_argument_changes_in_place_and_sends_nothing() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.apply().success();
    let before = story.values("recovery_dcs_restore.r");
    story.configure(&restore("  api_version = \"v1.0\""));
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    let after = story.values("recovery_dcs_restore.r");
    assert_eq!(before["restore_id"], after["restore_id"]);
    story.sent_once();
    story.plan_is_empty();
}

#[test]
fn another_backup_restores_again_and_the_plan_says_so() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.apply().success();
    // The other instance's backup is no matter here; only the plan is asked for.
    story.configure(&restore("").replace(BACKUP, OTHER_BACKUP));
    story.plan().says("AGAIN").says(BACKUP).says(OTHER_BACKUP);
    story.sent_once();
}

#[test]
fn a_backup_made_in_the_same_run_is_restored() {
    let text = format!(
        r#"
resource "recovery_dcs_backup" "b" {{
  instance_id = "{OTHER_INSTANCE}"
}}
resource "recovery_dcs_restore" "r" {{
  instance_id = recovery_dcs_backup.b.instance_id
  backup_id   = recovery_dcs_backup.b.backup_id
}}
"#
    );
    let Some(story) = Story::begin(&text) else { return };
    story.apply().success().says("2 added");
    let (backup, restore) = (story.values("recovery_dcs_backup.b"), story.values("recovery_dcs_restore.r"));
    assert_eq!(backup["backup_id"], restore["backup_id"]);
    assert_eq!(restore["restore_point"], backup["created_at"]);
    story.plan_is_empty();
    story.destroy().success().says("2 destroyed");
}

#[test]
fn an_imported_restore_takes_the_rest_from_the_configuration_once() {
    let Some(story) = Story::begin(&restore("")) else { return };
    story.apply().success();
    let values = story.values("recovery_dcs_restore.r");
    story.core(&["state", "rm", "recovery_dcs_restore.r"]).success();
    story.import("recovery_dcs_restore.r", values["id"].as_str().unwrap()).success();
    // Triggers that are as good as none teach it nothing, and end the learning all the same.
    story.configure(&restore("triggers = {}"));
    story.apply().success().says("0 added").says("0 destroyed");
    story.plan_is_empty();
    story.sent_once();
    story.configure(&restore("triggers = { a = \"1\" }"));
    story.plan().success().says("AGAIN").keeps_quiet_about("and run nothing");
}

#[test]
fn triggers_that_an_import_is_told_of_run_nothing_and_are_named() {
    let Some(story) = Story::begin(&restore("triggers = { a = \"1\" }")) else { return };
    story.apply().success();
    let values = story.values("recovery_dcs_restore.r");
    story.core(&["state", "rm", "recovery_dcs_restore.r"]).success();
    story.import("recovery_dcs_restore.r", values["id"].as_str().unwrap()).success();
    story.apply().success().says("and run nothing").says("0 added").says("0 destroyed");
    story.plan_is_empty();
    story.sent_once();
    story.configure(&restore("triggers = { a = \"2\" }"));
    story.plan().success().says("AGAIN").keeps_quiet_about("and run nothing");
}
