use super::super::testing::{Cloud, text};
use super::super::*;
use serde_json::json;

#[test]
fn a_server_backup_is_shared_once_with_a_project() {
    let mut cloud = Cloud::new();
    let path = format!("backups/{SERVER_BACKUP_ID}/members");
    assert_eq!(cloud.get_ok(&path), json!({ "count": 0, "members": [] }));
    let made = cloud.post(&path, json!({ "members": ["their-project"] })).body.unwrap();
    assert_eq!(text(&made, "/members/0/status"), "pending");
    assert_eq!(cloud.get_ok(&path)["count"], 1);
    assert_eq!(text(&cloud.get_ok(&format!("{path}/their-project")), "/member/backup_id"), SERVER_BACKUP_ID);
    cloud.post_refused(&path, json!({ "members": ["their-project"] }), 400, "BackupService.6714");
    cloud.post_refused(&path, json!({ "members": [7] }), 400, "BackupService.9900");
    cloud.post_refused(&path, json!({}), 400, "BackupService.9900");
    let disk = format!("backups/{DISK_BACKUP_ID}/members");
    cloud.post_refused(&disk, json!({ "members": ["their-project"] }), 400, "BackupService.6700");
    assert_eq!(cloud.call("DELETE", &format!("{path}/their-project"), None).status, 204);
    cloud.get_refused(&format!("{path}/their-project"), 404, "BackupService.6705");
}
