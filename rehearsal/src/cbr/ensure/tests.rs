use super::super::testing::{Cloud, list_of, text};
use super::super::*;
use serde_json::{Value, json};

const BACKUP: &str = "10000000-0000-4000-8000-000000000001";
const TARGET: &str = "20000000-0000-4000-8000-000000000001";

fn child_mappings(cloud: &mut Cloud, backup: &str) -> Vec<Value> {
    let shown = cloud.get_ok(&format!("backups/{backup}"));
    let mapping = |child: &Value| json!({ "backup_id": child["id"], "volume_id": child["resource_id"] });
    list_of(&shown["backup"], "children").iter().map(mapping).collect()
}

#[test]
fn a_server_restore_without_mappings_gets_children() {
    let mut cloud = Cloud::new();
    cloud.plan_restore(json!({ "backup_id": BACKUP, "server_id": TARGET }));
    let once = serde_json::to_string(&cloud.world).unwrap();
    cloud.plan_restore(json!({ "backup_id": BACKUP, "server_id": TARGET }));
    assert_eq!(serde_json::to_string(&cloud.world).unwrap(), once, "ensuring twice changes nothing");
    let mappings = child_mappings(&mut cloud, BACKUP);
    assert_eq!(mappings.len(), 1);
    let body = json!({ "restore": { "server_id": TARGET, "mappings": mappings } });
    assert_eq!(cloud.post(&format!("backups/{BACKUP}/restore"), body).status, 202);
    let vault = cloud.get_ok(&format!("vaults?resource_ids={TARGET}"));
    assert_eq!(text(&vault, "/vaults/0/id"), SERVER_VAULT_ID);
}

#[test]
fn a_known_server_gets_the_backup_of_its_disks() {
    let mut cloud = Cloud::new();
    cloud.plan_restore(json!({ "backup_id": BACKUP, "server_id": SERVER_ID }));
    let mappings = child_mappings(&mut cloud, BACKUP);
    assert_eq!(mappings.len(), 2);
    let body = json!({ "restore": { "server_id": SERVER_ID, "mappings": mappings } });
    assert_eq!(cloud.post(&format!("backups/{BACKUP}/restore"), body).status, 202);
}

#[test]
fn a_disk_restore_gets_disk_and_backup() {
    let mut cloud = Cloud::new();
    cloud.world.vaults.clear();
    cloud.plan_restore(json!({ "backup_id": BACKUP, "volume_id": TARGET }));
    let body = json!({ "restore": { "volume_id": TARGET } });
    assert_eq!(cloud.post(&format!("backups/{BACKUP}/restore"), body).status, 202);
    let checkpoint = text(&cloud.get_ok(&format!("backups/{BACKUP}")), "/backup/checkpoint_id");
    let shown = cloud.get_ok(&format!("checkpoints/{checkpoint}"));
    assert_eq!(text(&shown, "/checkpoint/vault/id"), DISK_VAULT_ID);
}

#[test]
fn vaults_and_lone_backups() {
    let mut cloud = Cloud::new();
    cloud.world.ensure_vault(TARGET);
    cloud.world.ensure_backup(BACKUP);
    let response = cloud.post("checkpoints", json!({ "checkpoint": { "vault_id": TARGET } }));
    assert_eq!(response.status, 200);
    assert_eq!(child_mappings(&mut cloud, BACKUP).len(), 1);
}

#[test]
fn what_was_read_and_not_found_is_created() {
    let mut cloud = Cloud::new();
    let path = |kind: &str, id: &str| ["v3", "p1", kind, id].map(str::to_owned).to_vec();
    let lookups = [path("backups", BACKUP), path("vaults", TARGET), path("checkpoints", TARGET)];
    super::ensure(&mut cloud.world, &[], &lookups);
    assert_eq!(text(&cloud.get_ok(&format!("backups/{BACKUP}")), "/backup/status"), "available");
    assert_eq!(text(&cloud.get_ok(&format!("vaults/{TARGET}")), "/vault/id"), TARGET);
    cloud.get_refused(&format!("checkpoints/{TARGET}"), 404, "BackupService.6217");
}

#[test]
fn named_pairs_become_children() {
    let mut cloud = Cloud::new();
    let pair =
        json!([{ "backup_id": "30000000-0000-4000-8000-000000000001", "volume_id": DISK_ID }, { "backup_id": "x" }]);
    cloud.plan_restore(json!({ "backup_id": BACKUP, "server_id": TARGET, "mapping": pair }));
    let mappings = child_mappings(&mut cloud, BACKUP);
    assert_eq!(mappings, [json!({ "backup_id": "30000000-0000-4000-8000-000000000001", "volume_id": DISK_ID })]);
}

#[test]
fn nonsense_is_left_to_the_service() {
    let mut cloud = Cloud::new();
    let before = serde_json::to_string(&cloud.world).unwrap();
    cloud.plan_restore(json!({ "backup_id": "b", "volume_id": "v" }));
    cloud.world.ensure_vault("v");
    cloud.world.ensure_backup("b");
    assert_eq!(serde_json::to_string(&cloud.world).unwrap(), before);
}
