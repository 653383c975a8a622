use super::super::testing::Cloud;
use super::super::*;
use serde_json::{Value, json};

#[test]
fn offers_have_the_values_of_the_pages() {
    let mut cloud = Cloud::new();
    for (path, pointer, expected) in [
        ("replication-capabilities", "/regions/0/replication_destinations", json!(["eu-nl"])),
        ("protectables/server/instances", "/total_count", json!(2)),
        ("protectables/disk/instances", "/total_count", json!(5)),
        ("protectables/disk/instances?limit=1", "/instances/1", Value::Null),
        ("protectables/disk/instances?name=archive", "/instances/0/id", json!(DISK_ID)),
        ("protectables/disk/instances?name=archive", "/instances/0/protectable/vault/id", json!(DISK_VAULT_ID)),
        ("protectables/disk/instances?name=web-data", "/instances/0/protectable/result", json!(true)),
        ("protectables/server/instances?name=web", "/instances/0/size", json!(140)),
    ] {
        let body = cloud.get_ok(path);
        assert_eq!(body.pointer(pointer).cloned().unwrap_or_default(), expected, "{path} {pointer}: {body}");
    }
    let one = cloud.get_ok(&format!("protectables/server/instances/{SERVER_ID}"));
    assert_eq!(one["instance"]["children"].as_array().unwrap().len(), 2);
    for (path, status, code) in [
        ("cbr-features", 404, "APIGW.0101"),
        ("cbr-features/replication.enable", 404, "APIGW.0101"),
        ("protectables/tape/instances", 400, "BackupService.9900"),
        ("protectables/disk/instances?limit=0", 400, "BackupService.9900"),
        ("protectables/disk/instances/12345678-0000-4000-8000-000000000000", 404, "BackupService.6302"),
    ] {
        cloud.get_refused(path, status, code);
    }
}

#[test]
fn features_are_those_of_one_cloud() {
    let mut cloud = Cloud::new();
    cloud.world.platform = Platform::Huaweicloud;
    assert_eq!(cloud.get_ok("cbr-features")["replication.enable"], true);
    let one = cloud.get_ok("cbr-features/replication.source_region");
    assert_eq!(one, json!({ "replication.source_region": "cn-north-4" }));
    cloud.get_refused("cbr-features/flying", 400, "BackupService.9900");
}

#[test]
fn a_backup_is_renamed_on_one_cloud() {
    let mut cloud = Cloud::new();
    let path = format!("backups/{DISK_BACKUP_ID}");
    assert_eq!(cloud.call("PUT", &path, Some(json!({ "backup": { "name": "mine" } }))).status, 404);
    cloud.world.platform = Platform::Huaweicloud;
    let answer = cloud.call("PUT", &path, Some(json!({ "backup": { "name": "before-the-move" } })));
    assert_eq!((answer.status, &answer.body.unwrap()["backup"]["name"]), (200, &json!("before-the-move")));
    assert_eq!(cloud.get_ok("backups?name=before-the-move")["count"], 1);
    let refused = cloud.call("PUT", &path, Some(json!({ "backup": { "name": "a b" } })));
    assert_eq!(refused.status, 400);
}
