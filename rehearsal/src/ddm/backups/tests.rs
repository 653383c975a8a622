use super::super::testing::{Cloud, assert_refused, list_of, text};
use super::super::*;
use crate::service::OperationFailure;

#[test]
fn backups_are_listed_and_shown() {
    let mut cloud = Cloud::new();
    for (query, length) in
        [("", 1), ("instance_name=orders&backup_name=orders-metadata", 1), ("instance_id=unknown", 0), ("offset=1", 0)]
    {
        assert_eq!(list_of(&cloud.get_ok(&format!("v3/backups?{query}")), "backups").len(), length, "{query}");
    }
    let body = cloud.get_ok("v3/backups");
    assert_eq!(text(&body, "/backups/0/instance_status"), "RUNNING");
    assert_eq!(text(&body, "/backups/0/status"), "normal");
    let one = cloud.get_ok(&format!("v3/instances/{SOURCE_ID}/backups/{BACKUP_ID}"));
    assert_eq!(text(&one, "/related_data_nodes/1/instance_name"), "orders-dn-2");
    cloud.get_refused(&format!("v3/instances/{TARGET_ID}/backups/{BACKUP_ID}"), 400, "DBS.300375");
    cloud.get_refused(&format!("v3/instances/{SOURCE_ID}/backups/unknown"), 400, "DBS.300375");
}

#[test]
fn a_backup_is_deleted_by_a_job() {
    let mut cloud = Cloud::new();
    let path = format!("v3/backups/{BACKUP_ID}");
    cloud.fail_operation =
        Some(OperationFailure { status: None, code: "DBS.300005".to_owned(), message: String::new() });
    assert_eq!(cloud.call("DELETE", &path, None).status, 202);
    cloud.wait(11.0);
    assert_eq!(text(&cloud.jobs()[0], "/fail_reason"), "DBS.300005");
    cloud.fail_operation = None;
    let response = cloud.call("DELETE", &path, None);
    assert_eq!(response.status, 202);
    let job = response.started.unwrap();
    cloud.wait(9.0);
    assert_eq!(list_of(&cloud.get_ok("v3/backups"), "backups").len(), 1);
    cloud.wait(1.0);
    assert!(list_of(&cloud.get_ok("v3/backups"), "backups").is_empty());
    assert_eq!(cloud.job(&job).0, "Completed");
    assert_eq!(text(&cloud.jobs()[0], "/name"), "deleteConsistentBackup");
    assert_refused(&cloud.call("DELETE", &path, None), "gone", 400, "DBS.300375");
}
