//! `recovery_dds_backup` and `recovery_dds_restore` from apply to destroy, and the cloud that keeps no list of restores.

use rehearsal::{Fault, Service, When, dds};
use serde_json::{Value, json};

use crate::support::Story;

fn backup(lines: &str) -> String {
    format!(
        "resource \"recovery_dds_backup\" \"b\" {{\n  instance_id = \"{}\"\n  name = \"before-42\"\n{lines}\n}}\n",
        dds::INSTANCE_ID
    )
}

fn restore(instance: &str, lines: &str) -> String {
    format!("resource \"recovery_dds_restore\" \"r\" {{\n  instance_id = \"{instance}\"\n{lines}\n}}\n")
}

fn of_backup() -> String {
    format!("  backup_id = \"{}\"", dds::BACKUP_ID)
}

const HUAWEI: &str = "provider \"recovery\" {\n  platform = \"huaweicloud\"\n}\n";

/// The answer to the restore is lost, before or after it was accepted.
fn lost(when: When) -> Fault {
    Fault {
        method: Some("POST".into()),
        service: Some(Service::Dds),
        count: Some(1),
        reset: true,
        when,
        ..Fault::default()
    }
}

#[test]
fn a_backup_is_made_once_and_deleted() {
    let Some(story) = Story::begin(&backup("  description = \"by Terraform\"")) else { return };
    story.apply().success().says("1 added");
    let values = story.values("recovery_dds_backup.b");
    let id = values["backup_id"].as_str().unwrap().to_owned();
    assert_eq!(values["id"], format!("{}/{id}", dds::INSTANCE_ID));
    assert_eq!((&values["status"], &values["restorable"]), (&json!("COMPLETED"), &json!(true)));
    assert!(values["job_id"].is_string(), "{values:#}");
    let body = json!({"backup": {"instance_id": dds::INSTANCE_ID, "name": "before-42", "description": "by Terraform"}});
    assert_eq!(story.sent_once().body, Some(body));
    story.plan_is_empty();
    story.destroy().success().says("1 destroyed");
    assert_eq!(story.sent().remove(1).method, "DELETE");
    assert!(story.cloud.world().dds.backups.iter().any(|backup| backup.id == id && backup.gone.is_some()));
}

#[test]
fn a_backup_whose_answer_is_lost_is_found_by_its_name() {
    let Some(story) = Story::begin(&backup("")) else { return };
    let story = story.struck_by(vec![lost(When::After)]);
    story.apply().success();
    story.sent_once();
    story.plan_is_empty();
}

#[test]
fn an_imported_backup_plans_empty() {
    let text = backup("").replace("before-42", "sessions-before-release");
    let Some(story) = Story::begin(&text) else { return };
    story.import("recovery_dds_backup.b", &format!("{}/{}", dds::INSTANCE_ID, dds::BACKUP_ID)).success();
    story.plan_is_empty();
    assert_eq!(story.sent().len(), 0);
}

#[test]
fn a_restore_is_made_once_on_both_clouds_and_destroy_forgets_it() {
    for (platform, scenario) in [("", "{}"), (HUAWEI, "{ platform: huaweicloud }")] {
        let text = format!("{platform}{}", restore(dds::INSTANCE_ID, &of_backup()));
        let Some(story) = Story::in_scenario(&text, scenario) else { return };
        let plan = story.plan().success().says("Everything written to it after 2025-01-01 00:00 UTC is lost");
        plan.keeps_quiet_about("Not everything could be checked");
        story.apply().success().says("1 added");
        let values = story.values("recovery_dds_restore.r");
        let job = values["job_id"].as_str().unwrap();
        assert_eq!(values["id"], format!("{}/{job}", dds::INSTANCE_ID));
        assert_eq!((&values["status"], &values["pending_operation"]), (&json!("Completed"), &Value::Null));
        let source = json!({"instance_id": dds::INSTANCE_ID, "type": "backup", "backup_id": dds::BACKUP_ID});
        let body = json!({"source": source, "target": {"instance_id": dds::INSTANCE_ID}});
        assert_eq!(story.sent_once().body, Some(body));
        story.plan_is_empty();
        let id = values["id"].as_str().unwrap().to_owned();
        story.core(&["state", "rm", "recovery_dds_restore.r"]).success();
        story.import("recovery_dds_restore.r", &id).success();
        story.apply().success().says("0 added");
        story.plan_is_empty();
        story.destroy().success().says("the data stays as it was restored");
        story.sent_once();
    }
}

#[test]
fn whatever_the_documents_leave_open_one_restore_runs_and_is_followed() {
    let hour_ago = jiff::Timestamp::now().as_millisecond() - 3_600_000;
    let to_a_moment = format!("  restore_time = {hour_ago}");
    for (switches, point) in [
        ("{ numbers_as_moments: false }", &to_a_moment),
        ("{ action: \"\", end_time_while_running: false }", &of_backup()),
        ("{ action: RESTORE_CHECK, disabled_while_deleting: false }", &of_backup()),
    ] {
        let scenario = format!("{{ switches: {{ dds: {switches} }} }}");
        let Some(story) = Story::in_scenario(&restore(dds::INSTANCE_ID, point), &scenario) else { return };
        story.apply().success();
        assert_eq!(story.values("recovery_dds_restore.r")["pending_operation"], Value::Null, "{switches}");
        story.sent_once();
        story.plan_is_empty();
    }
}

#[test]
fn where_no_list_is_kept_a_lost_answer_is_never_answered_by_a_second_restore() {
    // Accepted or not, over before anybody looked, or seen while it ran: none of it is proof.
    for (when, action, said) in [
        (When::After, "RESTORE", "perhaps with this very request"),
        (When::After, "", "keeps no list of such work"),
        (When::Before, "RESTORE", "keeps no list of such work"),
    ] {
        let scenario = format!(
            "{{ durations: {{ dds: {{ restore: 240, target_flip: 0, target_release: 0 }} }}, switches: {{ dds: {{ action: {action:?} }} }} }}"
        );
        let Some(story) = Story::in_scenario(&restore(dds::INSTANCE_ID, &of_backup()), &scenario) else { return };
        let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(vec![lost(when)]);
        let ran = usize::from(when == When::After);
        for _ in 0..2 {
            story.apply().failure().says(said).says("terraform state rm").says("triggers");
            assert_eq!(story.cloud.operations().len(), ran, "{when:?} {action}");
            story.sent_once();
            assert_eq!(story.values("recovery_dds_restore.r")["status"], "unknown");
        }
        // The ways out lead out.
        story.core(&["state", "rm", "recovery_dds_restore.r"]).success();
        story.apply().success();
        assert_eq!(story.cloud.operations().len(), ran + 1);
        story.plan_is_empty();
    }
}

#[test]
fn where_a_list_is_kept_a_lost_answer_is_looked_up() {
    let text = format!("{HUAWEI}{}", restore(dds::INSTANCE_ID, &of_backup()));
    for when in [When::After, When::Before] {
        let Some(story) = Story::in_scenario(&text, "{ platform: huaweicloud }") else { return };
        let story = story.with("RECOVERY_REHEARSAL_PATIENCE", "3s").struck_by(vec![lost(when)]);
        story.apply().success();
        assert_eq!(story.cloud.operations().len(), 1, "{when:?}");
        assert_eq!(story.values("recovery_dds_restore.r")["status"], "Completed");
        story.plan_is_empty();
    }
}

/// Huawei Cloud tells of the restore that the plan has run; Open Telekom Cloud tells of none, and the page of the resource says so.
#[test]
fn a_saved_plan_runs_once_where_a_list_tells() {
    let text = format!("{HUAWEI}{}", restore(dds::INSTANCE_ID, &of_backup()));
    let Some(story) = Story::in_scenario(&text, "{ platform: huaweicloud }") else { return };
    let apply = ["apply", "-input=false", "-no-color", "saved"];
    story.core(&["plan", "-input=false", "-no-color", "-out=saved"]).success();
    story.core(&apply).success();
    std::fs::remove_file(story.directory().join("terraform.tfstate")).unwrap();
    story.core(&apply).failure().says("inconsistent final plan").says("previous_restore");
    story.sent_once();
}

#[test]
fn backups_and_times_are_looked_up() {
    let text = format!(
        "data \"recovery_dds_backups\" \"b\" {{\n  instance_id = \"{0}\"\n  backup_type = \"manual\"\n}}\n\
         data \"recovery_dds_backups\" \"none\" {{\n  instance_id = \"{0}\"\n  status = \"FAILED\"\n}}\n\
         data \"recovery_dds_restore_times\" \"t\" {{\n  instance_id = \"{0}\"\n}}\n",
        dds::INSTANCE_ID
    );
    let Some(story) = Story::begin(&text) else { return };
    story.apply().success();
    assert_eq!(story.values("data.recovery_dds_backups.b")["ids"], json!([dds::BACKUP_ID]));
    assert_eq!(story.values("data.recovery_dds_backups.none")["backups"], json!([]));
    assert!(story.values("data.recovery_dds_restore_times.t")["latest"].is_number());
}
