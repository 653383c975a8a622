use super::super::testing::{Cloud, list_of, text};
use super::super::*;
use super::RestoreNeeds;
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
    let needs =
        RestoreNeeds { backup_id: BACKUP.to_owned(), server_id: Some(TARGET.to_owned()), ..RestoreNeeds::default() };
    cloud.world.ensure_restore(&needs);
    let once = serde_json::to_string(&cloud.world).unwrap();
    cloud.world.ensure_restore(&needs);
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
    let needs =
        RestoreNeeds { backup_id: BACKUP.to_owned(), server_id: Some(SERVER_ID.to_owned()), ..RestoreNeeds::default() };
    cloud.world.ensure_restore(&needs);
    let mappings = child_mappings(&mut cloud, BACKUP);
    assert_eq!(mappings.len(), 2);
    let body = json!({ "restore": { "server_id": SERVER_ID, "mappings": mappings } });
    assert_eq!(cloud.post(&format!("backups/{BACKUP}/restore"), body).status, 202);
}

#[test]
fn a_disk_restore_gets_disk_and_backup() {
    let mut cloud = Cloud::new();
    cloud.world.vaults.clear();
    let needs =
        RestoreNeeds { backup_id: BACKUP.to_owned(), volume_id: Some(TARGET.to_owned()), ..RestoreNeeds::default() };
    cloud.world.ensure_restore(&needs);
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
fn nonsense_is_left_to_the_service() {
    let mut cloud = Cloud::new();
    let before = serde_json::to_string(&cloud.world).unwrap();
    let needs = RestoreNeeds { backup_id: "b".to_owned(), volume_id: Some("v".to_owned()), ..RestoreNeeds::default() };
    cloud.world.ensure_restore(&needs);
    cloud.world.ensure_vault("v");
    cloud.world.ensure_backup("b");
    assert_eq!(serde_json::to_string(&cloud.world).unwrap(), before);
}
