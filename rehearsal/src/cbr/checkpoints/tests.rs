use super::super::testing::{Cloud, list_of, text};
use super::super::*;
use crate::service::OperationFailure;
use serde_json::{Value, json};

fn order(vault: &str, parameters: Value) -> Value {
    json!({ "checkpoint": { "vault_id": vault, "parameters": parameters } })
}

fn create(cloud: &mut Cloud, vault: &str, parameters: Value) -> Value {
    let response = cloud.post("checkpoints", order(vault, parameters));
    assert_eq!(response.status, 200, "{response:?}");
    let body = response.body.unwrap();
    assert_eq!(response.started.unwrap(), text(&body, "/checkpoint/id"));
    body["checkpoint"].clone()
}

fn backups(cloud: &mut Cloud, checkpoint: &Value) -> Vec<Value> {
    let body = cloud.get_ok(&format!("backups?checkpoint_id={}&sort=name:asc", text(checkpoint, "/id")));
    list_of(&body, "backups").to_vec()
}

#[test]
fn a_vault_is_backed_up() {
    let mut cloud = Cloud::new();
    let parameters =
        json!({ "name": "before-upgrade", "description": "d", "auto_trigger": false, "incremental": true });
    let checkpoint = create(&mut cloud, SERVER_VAULT_ID, parameters);
    assert_eq!(text(&checkpoint, "/status"), "protecting");
    assert_eq!(text(&checkpoint, "/created_at"), "2026-11-21T08:00:00.000000");
    assert_eq!(text(&checkpoint, "/vault/resources/0/resource_size"), "140");
    assert_eq!(text(&checkpoint, "/vault/resources/0/protect_status"), "protecting");
    assert_eq!(checkpoint["vault"]["skipped_resources"], json!([]));

    let made = backups(&mut cloud, &checkpoint);
    assert_eq!(text(&made[0], "/name"), "before-upgrade-0001");
    assert_eq!(text(&made[1], "/name"), "before-upgrade-0002");
    assert_eq!(text(&made[0], "/status"), "waiting_protect");
    cloud.wait(60.0);
    let made = backups(&mut cloud, &checkpoint);
    assert_eq!(text(&made[1], "/status"), "available");
    let shown = cloud.get_ok(&format!("checkpoints/{}", text(&checkpoint, "/id")));
    assert_eq!(text(&shown, "/checkpoint/status"), "available");
    assert!(shown["checkpoint"]["vault"].get("skipped_resources").is_none());

    let one = cloud.get_ok(&format!("backups/{}", text(&made[0], "/id")));
    let children = list_of(&one["backup"], "children");
    assert_eq!(text(&children[0], "/resource_id"), SYSTEM_DISK_ID);
    assert_eq!(text(&children[0], "/status"), "available");

    let logs = cloud.get_ok("operation-logs?operation_type=backup&status=success");
    assert_eq!(list_of(&logs, "operation_logs").len(), 2);
    assert_eq!(text(&logs, "/operation_logs/0/extra_info/backup/incremental"), "true");
    let operations = cloud.world.operations(cloud.now);
    let kinds: Vec<&str> = operations.iter().map(|operation| operation.kind.as_str()).collect();
    assert_eq!(kinds, ["checkpoint", "backup", "backup"]);
    assert_eq!((operations[0].target.as_str(), operations[0].status.as_str()), (SERVER_VAULT_ID, "available"));
}

#[test]
fn one_resource_keeps_the_plain_name() {
    let mut cloud = Cloud::new();
    let checkpoint = create(&mut cloud, SERVER_VAULT_ID, json!({ "name": "one", "resources": [SPARE_SERVER_ID] }));
    let made = backups(&mut cloud, &checkpoint);
    assert_eq!(made.len(), 1);
    assert_eq!(text(&made[0], "/name"), "one");
    let unnamed = create(&mut cloud, DISK_VAULT_ID, json!({}));
    assert!(text(&backups(&mut cloud, &unnamed)[0], "/name").starts_with("manualbk_"));
}

#[test]
fn excluded_disks_are_left_out() {
    let mut cloud = Cloud::new();
    let detail =
        json!({ "id": SERVER_ID, "type": "OS::Nova::Server", "extra_info": { "exclude_volumes": [DATA_DISK_ID] } });
    let checkpoint = create(&mut cloud, SERVER_VAULT_ID, json!({ "resource_details": [detail] }));
    let id = text(&backups(&mut cloud, &checkpoint)[0], "/id");
    let one = cloud.get_ok(&format!("backups/{id}"));
    assert_eq!(list_of(&one["backup"], "children").len(), 1);
}

#[test]
fn a_vanished_member_is_skipped_or_refuses() {
    let mut cloud = Cloud::new();
    cloud.world.servers.remove(1);
    cloud.world.switches.checkpoint_sizes_are_numbers = true;
    let checkpoint = create(&mut cloud, SERVER_VAULT_ID, json!({ "name": "n" }));
    let skipped = list_of(&checkpoint["vault"], "skipped_resources");
    assert_eq!(text(&skipped[0], "/id"), SPARE_SERVER_ID);
    assert_eq!(text(&skipped[0], "/code"), "BackupService.7100");
    assert_eq!(checkpoint["vault"]["resources"][0]["resource_size"], json!(140));
    assert_eq!(text(&backups(&mut cloud, &checkpoint)[0], "/name"), "n-0001");
    cloud.world.switches.skipped_in_show = true;
    let shown = cloud.get_ok(&format!("checkpoints/{}", text(&checkpoint, "/id")));
    assert_eq!(list_of(&shown["checkpoint"]["vault"], "skipped_resources").len(), 1);
    cloud.world.switches.vanished_member_refuses = true;
    cloud.post_refused("checkpoints", order(SERVER_VAULT_ID, json!({})), 404, "BackupService.6302");
}

#[test]
fn refusals() {
    type Change = fn(&mut World);
    let cases: [(&str, u16, Value, Change); 12] = [
        ("9900", 400, json!({}), |_| {}),
        ("9900", 400, order("servers", json!({})), |_| {}),
        ("9900", 400, order(SERVER_VAULT_ID, json!({ "name": "" })), |_| {}),
        ("9900", 400, order(SERVER_VAULT_ID, json!({ "name": "a b" })), |_| {}),
        ("9900", 400, order(SERVER_VAULT_ID, json!({ "description": "x".repeat(256) })), |_| {}),
        ("9900", 400, order(SERVER_VAULT_ID, json!({ "retention_duration_days": 0 })), |_| {}),
        ("6105", 404, order(SERVER_ID, json!({})), |_| {}),
        ("6135", 400, order(SERVER_VAULT_ID, json!({ "resources": [DISK_ID] })), |_| {}),
        ("0001", 400, order(SERVER_VAULT_ID, json!({})), |world| world.vaults[0].members.clear()),
        ("6113", 400, order(SERVER_VAULT_ID, json!({})), |world| world.vaults[0].status = "lock".to_owned()),
        ("6114", 400, order(SERVER_VAULT_ID, json!({})), |world| world.vaults[0].used_mb = 500 * 1024),
        ("9900", 400, order(SERVER_VAULT_ID, json!({ "resources": "all" })), |_| {}),
    ];
    for (code, status, body, change) in cases {
        let mut cloud = Cloud::new();
        change(&mut cloud.world);
        cloud.post_refused("checkpoints", body, status, &format!("BackupService.{code}"));
    }
    let mut cloud = Cloud::new();
    create(&mut cloud, DISK_VAULT_ID, json!({}));
    cloud.post_refused("checkpoints", order(DISK_VAULT_ID, json!({})), 400, "BackupService.6125");
    cloud.get_refused("checkpoints/aaaaaaaa-0000-4000-8000-00000000000f", 404, "BackupService.6217");
}

#[test]
fn a_failed_backup_shows_everywhere() {
    let mut cloud = Cloud::new();
    let code = "BackupService.7101".to_owned();
    cloud.fail_operation = Some(OperationFailure { status: None, code, message: "m".to_owned() });
    let checkpoint = create(&mut cloud, DISK_VAULT_ID, json!({}));
    cloud.wait(60.0);
    assert_eq!(text(&backups(&mut cloud, &checkpoint)[0], "/status"), "error");
    let shown = cloud.get_ok(&format!("checkpoints/{}", text(&checkpoint, "/id")));
    assert_eq!(text(&shown, "/checkpoint/status"), "error");
    assert_eq!(text(&shown, "/checkpoint/vault/resources/0/protect_status"), "error");
    let log = cloud.get_ok("operation-logs?status=failed");
    assert_eq!(text(&log, "/operation_logs/0/error_info/code"), "BackupService.7101");
}

#[test]
fn a_restore_of_a_fresh_backup() {
    let mut cloud = Cloud::new();
    let checkpoint = create(&mut cloud, DISK_VAULT_ID, json!({ "retention_duration_days": 7 }));
    let backup = backups(&mut cloud, &checkpoint)[0].clone();
    assert_eq!(text(&backup, "/expired_at"), "2026-11-28T08:00:00.000+00:00");
    let path = format!("backups/{}/restore", text(&backup, "/id"));
    let body = json!({ "restore": { "volume_id": DISK_ID } });
    cloud.post_refused(&path, body.clone(), 400, "BackupService.2005");
    cloud.wait(60.0);
    assert_eq!(cloud.post(&path, body).status, 202);
}

#[test]
fn fields_in_the_wrong_place_are_refused_and_nothing_is_backed_up() {
    for body in [
        json!({ "checkpoint": { "vault_id": SERVER_VAULT_ID, "name": "mine" } }),
        json!({ "checkpoint": { "vault_id": SERVER_VAULT_ID, "resources": [SERVER_ID] } }),
        json!({ "checkpoint": { "vault_id": SERVER_VAULT_ID }, "parameters": { "name": "mine" } }),
    ] {
        let mut cloud = Cloud::new();
        let before = cloud.world.backups.len();
        cloud.post_refused("checkpoints", body.clone(), 400, "BackupService.9900");
        assert_eq!(cloud.world.backups.len(), before);
        cloud.world.switches.misplaced_checkpoint_fields_ignored = true;
        assert_eq!(cloud.post("checkpoints", body).status, 200);
    }
}
