use super::super::testing::{Cloud, list_of, text};
use super::super::world::Backup;
use super::super::*;
use crate::service::OperationFailure;
use jiff::SignedDuration;
use serde_json::json;

fn many(count: u8) -> Cloud {
    let mut cloud = Cloud::new();
    cloud.world.backups = (1..=count)
        .map(|n| Backup {
            id: format!("bbbbbbbb-0000-4000-8000-0000000001{n:02}"),
            name: format!("backup-{}", n % 3),
            vault_id: DISK_VAULT_ID.to_owned(),
            resource_id: DISK_ID.to_owned(),
            created_at: cloud.now - SignedDuration::from_hours(i64::from(count - n) + 1),
            status: if n == 2 { "error" } else { "available" }.to_owned(),
            incremental: n != 3,
            ..Backup::default()
        })
        .collect();
    cloud
}

fn listed(cloud: &mut Cloud, query: &str) -> Vec<u8> {
    let body = cloud.get_ok(&format!("backups?{query}"));
    list_of(&body, "backups").iter().map(|backup| text(backup, "/id")[34..].parse().unwrap()).collect()
}

#[test]
fn the_list_is_filtered_sorted_and_paged() {
    let mut cloud = many(5);
    for (query, expected) in [
        ("", vec![5, 4, 3, 2, 1]),
        ("sort=created_at:asc", vec![1, 2, 3, 4, 5]),
        ("sort=name:asc,created_at", vec![3, 4, 1, 5, 2]),
        ("sort=id", vec![5, 4, 3, 2, 1]),
        ("sort=status:asc,id:asc", vec![1, 3, 4, 5, 2]),
        ("status=error", vec![2]),
        ("status=available&status=error", vec![5, 4, 3, 2, 1]),
        ("name=backup-1", vec![4, 1]),
        ("limit=2", vec![5, 4]),
        ("limit=2&offset=4", vec![1]),
        ("offset=9", vec![]),
        ("marker=bbbbbbbb-0000-4000-8000-000000000104", vec![3, 2, 1]),
        ("marker=bbbbbbbb-0000-4000-8000-000000000104&limit=1", vec![3]),
        ("start_time=2026-11-21T05:00:00Z", vec![5, 4, 3]),
        ("end_time=2026-11-21T05:00:00Z", vec![3, 2, 1]),
        ("vault_id=nobody", vec![]),
        ("resource_type=OS::Nova::Server", vec![]),
        ("resource_id=dddddddd-0000-4000-8000-000000000021", vec![5, 4, 3, 2, 1]),
        ("own_type=shared", vec![]),
        ("own_type=all_granted&member_status=accepted", vec![5, 4, 3, 2, 1]),
        ("used_percent=100", vec![]),
        ("used_percent=1&limit=1", vec![]),
        ("dec=true", vec![]),
        ("incremental=true&enterprise_project_id=0", vec![5, 4, 2, 1]),
    ] {
        assert_eq!(listed(&mut cloud, query), expected, "{query}");
    }
    for query in
        ["sort=size", "sort=name:up", "limit=0", "limit=1001", "own_type=mine", "used_percent=0", "start_time=x"]
    {
        cloud.get_refused(&format!("backups?{query}"), 400, "BackupService.9900");
    }
    let long = "name,".repeat(60);
    cloud.get_refused(&format!("backups?sort={long}"), 400, "BackupService.9900");
}

#[test]
fn children_come_by_id_and_by_parent() {
    let mut cloud = Cloud::new();
    let shown = cloud.get_ok(&format!("backups/{SERVER_BACKUP_ID}"));
    let children = list_of(&shown["backup"], "children");
    assert_eq!(children.len(), 2);
    assert_eq!(text(&children[0], "/id"), SYSTEM_CHILD_ID);
    assert_eq!(text(&children[0], "/parent_id"), SERVER_BACKUP_ID);
    assert_eq!(text(&children[1], "/resource_id"), DATA_DISK_ID);
    assert_eq!(children[1]["resource_size"], json!(100));

    let child = cloud.get_ok(&format!("backups/{SYSTEM_CHILD_ID}"));
    assert_eq!(text(&child, "/backup/parent_id"), SERVER_BACKUP_ID);

    let body = cloud.get_ok("backups");
    assert_eq!(list_of(&body, "backups").len(), 2);
    assert!(list_of(&body, "backups").iter().all(|backup| backup["children"] == json!([])));
    let body = cloud.get_ok(&format!("backups?parent_id={SERVER_BACKUP_ID}"));
    assert_eq!(list_of(&body, "backups").len(), 2);

    cloud.world.switches.children_in_list = true;
    let body = cloud.get_ok("backups?resource_type=OS::Nova::Server");
    assert_eq!(list_of(&body["backups"][0], "children").len(), 2);
    cloud.world.switches.child_backups_listed = true;
    assert_eq!(list_of(&cloud.get_ok("backups"), "backups").len(), 4);
}

#[test]
fn each_cloud_has_its_fields() {
    let mut cloud = Cloud::new();
    let backup = cloud.get_ok(&format!("backups/{DISK_BACKUP_ID}"))["backup"].clone();
    assert_eq!(text(&backup, "/created_at"), "2025-01-01T02:00:00.000+00:00");
    assert!(backup.get("incremental").is_none() && backup.get("scheduled_operation_id").is_none());
    assert_eq!(backup["extend_info"]["incremental"], json!(true));
    assert_eq!(text(&backup, "/provider_id"), "d1603440-187d-4516-af25-121250c7cc97");
    assert_eq!(backup["extend_info"]["supported_restore_mode"], json!(null));
    cloud.world.platform = Platform::Huaweicloud;
    let backup = cloud.get_ok(&format!("backups/{DISK_BACKUP_ID}"))["backup"].clone();
    assert_eq!(text(&backup, "/created_at"), "2025-01-01T02:00:00.000000");
    assert_eq!((&backup["incremental"], &backup["scheduled_operation_id"]), (&json!(true), &json!(null)));
    let info = &backup["extend_info"];
    assert!(info.get("incremental").is_none(), "it stands at the top");
    assert_eq!(info["is_multi_az"], json!(false));
    cloud.world.switches.timestamps = Some(TimeForm::Zulu);
    let backup = cloud.get_ok(&format!("backups/{DISK_BACKUP_ID}"))["backup"].clone();
    assert_eq!(text(&backup, "/created_at"), "2025-01-01T02:00:00Z");
}

#[test]
fn a_backup_is_deleted_in_the_background() {
    let mut cloud = Cloud::new();
    let path = format!("backups/{DISK_BACKUP_ID}");
    let response = cloud.call("DELETE", &path, None);
    assert_eq!((response.status, response.body), (204, None));
    let id = response.started.unwrap();
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "waiting_delete");
    cloud.wait(4.0);
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "deleting");
    let again = cloud.call("DELETE", &path, None);
    assert_eq!(again.body.unwrap()["error_code"], "BackupService.6216");
    cloud.wait(1.0);
    cloud.get_refused(&path, 404, "BackupService.6200");
    cloud.get_refused(&format!("checkpoints/{DISK_CHECKPOINT_ID}"), 404, "BackupService.6217");
    let log = cloud.get_ok(&format!("operation-logs/{id}"));
    assert_eq!(text(&log, "/operation_log/status"), "success");
    assert_eq!(text(&log, "/operation_log/operation_type"), "delete");
}

#[test]
fn deletions_that_cannot_be() {
    type Change = fn(&mut World);
    let cases: [(&str, Change); 4] = [
        ("6204", |world| world.backups[1].images = vec!["image".to_owned()]),
        ("6220", |world| {
            world.vaults[1].locked = true;
            world.backups[1].auto_trigger = true;
        }),
        ("6216", |world| world.backups[1].status = "restoring".to_owned()),
        ("6200", |world| world.backups[1].project_id = Some("another".to_owned())),
    ];
    for (code, change) in cases {
        let mut cloud = Cloud::new();
        change(&mut cloud.world);
        let response = cloud.call("DELETE", &format!("backups/{DISK_BACKUP_ID}"), None);
        assert_eq!(response.body.unwrap()["error_code"], format!("BackupService.{code}"));
    }
    let mut cloud = Cloud::new();
    let response = cloud.call("DELETE", &format!("backups/{SYSTEM_CHILD_ID}"), None);
    assert_eq!(response.body.unwrap()["error_code"], "BackupService.6201");
    let code = "BackupService.6201".to_owned();
    cloud.fail_operation = Some(OperationFailure { status: None, code, message: String::new() });
    assert_eq!(cloud.call("DELETE", &format!("backups/{DISK_BACKUP_ID}"), None).status, 204);
    cloud.wait(10.0);
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "available");
}
