//! `recovery_dcs_backup` from apply to destroy.

use rehearsal::Service;
use serde_json::json;

use crate::support::{BACKUP, INSTANCE, Story};

fn backup(arguments: &str) -> String {
    format!(
        r#"
resource "recovery_dcs_backup" "b" {{
  instance_id = "{INSTANCE}"
{arguments}
}}
"#
    )
}

/// Applies once, finds nothing more to do, destroys; one POST and one DELETE of the same backup were sent.
fn one_backup(arguments: &str, version: &str, body: &serde_json::Value) {
    let Some(story) = Story::begin(&backup(arguments)) else { return };
    story.apply().success().says("1 added");
    let values = story.values("recovery_dcs_backup.b");
    let id = values["backup_id"].as_str().unwrap().to_owned();
    assert_eq!(values["id"], format!("{INSTANCE}/{id}"));
    assert_eq!(values["status"], "succeed");
    assert_eq!(values["restorable"], true);
    assert_eq!(values["pending_operation"], json!(null));

    let post = story.sent_once();
    let project = &story.cloud.connection.credentials.project_id;
    assert_eq!(post.method, "POST");
    assert_eq!(post.path, format!("/{version}/{project}/instances/{INSTANCE}/backups"));
    assert_eq!(post.body.as_ref(), Some(body));
    assert_eq!(post.started.as_deref(), Some(id.as_str()));

    story.plan_is_empty();
    assert_eq!(story.sent().len(), 1, "a plan sends nothing");
    story.destroy().success().says("1 destroyed");
    let delete = &story.sent()[1..];
    assert_eq!(delete.len(), 1);
    assert_eq!(delete[0].method, "DELETE");
    assert_eq!(delete[0].path, format!("{}/{id}", post.path));
}

#[test]
fn the_example_of_the_v2_page_is_what_is_sent() {
    let arguments = "  remark = \"Backup instances\"\n  backup_format = \"aof\"";
    one_backup(arguments, "v2", &json!({"remark": "Backup instances", "backup_format": "aof"}));
}

#[test]
fn the_example_of_the_v1_page_is_what_is_sent() {
    let arguments = "  api_version = \"v1.0\"\n  remark = \"Backup instances\"";
    one_backup(arguments, "v1.0", &json!({"remark": "Backup instances"}));
}

#[test]
fn what_is_not_set_is_not_sent() {
    one_backup("", "v2", &json!({}));
}

#[test]
fn an_imported_backup_plans_empty() {
    for arguments in ["", "  api_version = \"v1.0\""] {
        let Some(story) = Story::begin(&backup(arguments)) else { return };
        story.import("recovery_dcs_backup.b", &format!("{INSTANCE}/{BACKUP}")).success();
        let first = story.apply().success();
        assert!(first.has("0 added") && first.has("0 destroyed"), "{first}");
        story.plan_is_empty();
        assert_eq!(story.values("recovery_dcs_backup.b")["backup_id"], BACKUP);
        assert_eq!(story.sent().len(), 0);
    }
}

#[test]
fn an_import_of_the_configured_backup_plans_empty_at_once() {
    let Some(story) = Story::begin(&backup("")) else { return };
    story.import("recovery_dcs_backup.b", &format!("{INSTANCE}/{BACKUP}")).success();
    story.plan_is_empty();
}

#[test]
fn a_malformed_import_id_says_what_is_expected() {
    let Some(story) = Story::begin(&backup("")) else { return };
    for id in [INSTANCE, "/", "a/b/c", "a/ b"] {
        story.import("recovery_dcs_backup.b", id).failure().says("<instance_id>/<backup_id>");
    }
    let asked = story.cloud.journal().iter().any(|entry| entry.service == Service::Dcs);
    assert!(!asked, "nothing is asked about an id that cannot be one");
}

#[test]
fn other_triggers_make_another_backup() {
    let triggered = |text: &str| backup(&format!("  triggers = {{ release = \"{text}\" }}"));
    let Some(story) = Story::begin(&triggered("1")) else { return };
    story.apply().success();
    let first = story.values("recovery_dcs_backup.b")["backup_id"].clone();
    story.configure(&triggered("2"));
    story.apply().success().says("1 added, 0 changed, 1 destroyed");
    assert_ne!(story.values("recovery_dcs_backup.b")["backup_id"], first);
    let methods: Vec<_> = story.sent().into_iter().map(|entry| entry.method).collect();
    assert_eq!(methods, ["POST", "DELETE", "POST"]);
}

#[test]
fn without_waiting_the_end_is_recorded_later() {
    let Some(story) = Story::begin(&backup("  wait = false")) else { return };
    story.apply().success();
    let values = story.values("recovery_dcs_backup.b");
    assert_eq!(values["pending_operation"], values["backup_id"]);
    let status = || {
        story.core(&["apply", "-refresh-only", "-auto-approve", "-input=false"]).success();
        let values = story.values("recovery_dcs_backup.b");
        (values["status"] == "succeed" && values["pending_operation"].is_null()).then_some(())
    };
    crate::support::eventually("the end of the backup", std::time::Duration::from_secs(20), status);
    story.sent_once();
    story.plan_is_empty();
}
