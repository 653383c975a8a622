//! `recovery_cbr_restore` from apply to destroy.

use rehearsal::Needs;
use rehearsal::cbr;
use serde_json::json;

use crate::support::Story;

/// The ids of the API page's example.
const PAGE_BACKUP: &str = "a5200268-74a5-4806-acc6-95793ab0228b";
const PAGE_CHILD: &str = "5d822633-2bbf-4af8-a16e-5ab1c7705235";
const PAGE_VOLUME: &str = "eccbcfdd-f843-4bbb-b2c0-a5ce861f9376";
const PAGE_SERVER: &str = "94eba8b2-acc9-4d82-badc-127144cc5526";

#[test]
fn the_example_of_the_page_is_what_is_sent() {
    let text = format!(
        r#"
resource "recovery_cbr_restore" "r" {{
  backup_id = "{PAGE_BACKUP}"
  server_id = "{PAGE_SERVER}"
  power_on  = true

  mapping {{
    backup_id = "{PAGE_CHILD}"
    volume_id = "{PAGE_VOLUME}"
  }}
}}
"#
    );
    let Some(story) = Story::begin(&text) else { return };
    let mapping = json!([{"backup_id": PAGE_CHILD, "volume_id": PAGE_VOLUME}]);
    let arguments = json!({"backup_id": PAGE_BACKUP, "server_id": PAGE_SERVER, "mapping": mapping});
    let story = story.needing(&Needs::resource("recovery_cbr_restore", arguments));
    story.apply().success().says("1 added");
    let post = story.sent_once();
    let project = &story.cloud.connection.credentials.project_id;
    assert_eq!(post.method, "POST");
    assert_eq!(post.path, format!("/v3/{project}/backups/{PAGE_BACKUP}/restore"));
    let mapping = json!({"backup_id": PAGE_CHILD, "volume_id": PAGE_VOLUME});
    let restore = json!({"mappings": [mapping], "power_on": true, "server_id": PAGE_SERVER});
    assert_eq!(post.body, Some(json!({"restore": restore})));
    assert_eq!(post.status, Some(202));

    let values = story.values("recovery_cbr_restore.r");
    let operation = values["operation_id"].as_str().unwrap();
    assert_eq!(post.started.as_deref(), Some(operation));
    assert_eq!(values["id"], format!("{PAGE_BACKUP}/{operation}"));
    assert_eq!(values["volume_pairs"], json!({PAGE_CHILD: PAGE_VOLUME}));
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("success"), &json!(null)));
    story.plan_is_empty();
    story.destroy().success().says("the data stays as it was restored");
    story.sent_once();
}

fn own_server() -> String {
    let (backup, server) = (cbr::SERVER_BACKUP_ID, cbr::SERVER_ID);
    format!("resource \"recovery_cbr_restore\" \"r\" {{\n  backup_id = \"{backup}\"\n  server_id = \"{server}\"\n}}\n")
}

#[test]
fn without_mappings_each_disk_gets_its_own_data() {
    let Some(story) = Story::begin(&own_server()) else { return };
    story.apply().success();
    let values = story.values("recovery_cbr_restore.r");
    let pairs = json!({cbr::SYSTEM_CHILD_ID: cbr::SYSTEM_DISK_ID, cbr::DATA_CHILD_ID: cbr::DATA_DISK_ID});
    assert_eq!(values["volume_pairs"], pairs);
    assert_eq!(values["restore_point"], cbr::BACKUP_CREATED_AT);
    let body = story.sent_once().body.unwrap();
    assert_eq!(body["restore"]["mappings"].as_array().unwrap().len(), 2);
    assert!(body["restore"].get("power_on").is_none(), "{body}");

    // Writing the derived pairs out is no change.
    let block = |child, disk| format!("  mapping {{\n    backup_id = \"{child}\"\n    volume_id = \"{disk}\"\n  }}\n");
    let blocks = block(cbr::DATA_CHILD_ID, cbr::DATA_DISK_ID) + &block(cbr::SYSTEM_CHILD_ID, cbr::SYSTEM_DISK_ID);
    story.configure(&own_server().replace("}\n", &format!("\n{blocks}}}\n")));
    story.apply().success().says("0 added").says("0 destroyed");
    story.plan_is_empty();
    story.sent_once();
}

#[test]
fn a_disk_is_restored_without_mappings() {
    let (backup, disk) = (cbr::DISK_BACKUP_ID, cbr::DISK_ID);
    let text = format!(
        "resource \"recovery_cbr_restore\" \"r\" {{\n  backup_id = \"{backup}\"\n  volume_id = \"{disk}\"\n}}\n"
    );
    let Some(story) = Story::begin(&text) else { return };
    story.apply().success();
    assert_eq!(story.sent_once().body, Some(json!({"restore": {"volume_id": disk}})));
    story.plan_is_empty();
}

#[test]
fn no_form_of_the_answer_loses_the_operation() {
    for answer in ["empty", "object", "job_id", "text"] {
        let scenario = format!("{{ switches: {{ cbr: {{ restore_answer: {answer} }} }} }}");
        let Some(story) = Story::in_scenario(&own_server(), &scenario) else { return };
        story.apply().success();
        let post = story.sent_once();
        assert_eq!(story.values("recovery_cbr_restore.r")["operation_id"], post.started.unwrap(), "{answer}");
    }
}

#[test]
fn a_disk_that_was_replaced_is_named_with_the_way_out() {
    let Some(story) = Story::begin(&own_server()) else { return };
    story.cloud.change_world(|world| world.cbr.servers[0].disks.retain(|disk| disk.id != cbr::DATA_DISK_ID));
    let said = story.apply().failure().says("The disk does not exist").says("mapping blocks");
    for id in [cbr::DATA_DISK_ID, cbr::DATA_CHILD_ID] {
        assert!(said.has(id), "{id}: {said}");
    }
}
