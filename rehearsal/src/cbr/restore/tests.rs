use super::super::testing::{Cloud, list_of, text};
use super::super::world::{Resource, Vault};
use super::super::*;
use crate::service::OperationFailure;
use serde_json::{Value, json};

const NOBODY: &str = "12345678-0000-4000-8000-000000000000";

fn server_order() -> Value {
    json!({ "restore": {
        "server_id": SERVER_ID,
        "mappings": [
            { "backup_id": SYSTEM_CHILD_ID, "volume_id": SYSTEM_DISK_ID },
            { "backup_id": DATA_CHILD_ID, "volume_id": DATA_DISK_ID },
        ],
        "power_on": false,
    } })
}

fn spare_order() -> Value {
    json!({ "restore": {
        "server_id": SPARE_SERVER_ID,
        "mappings": [
            { "backup_id": SYSTEM_CHILD_ID, "volume_id": SPARE_SYSTEM_DISK_ID },
            { "backup_id": DATA_CHILD_ID, "volume_id": SPARE_DATA_DISK_ID },
        ],
    } })
}

fn disk_order() -> Value {
    json!({ "restore": { "volume_id": DISK_ID, "mappings": [], "power_on": false } })
}

fn path(backup: &str) -> String {
    format!("backups/{backup}/restore")
}

fn restore_disk(cloud: &mut Cloud) -> String {
    let response = cloud.post(&path(DISK_BACKUP_ID), disk_order());
    assert_eq!(response.status, 202, "{response:?}");
    response.started.unwrap()
}

/// Status, progress and code of a log.
fn log(cloud: &mut Cloud, id: &str) -> (String, u64, String) {
    let log = cloud.get_ok(&format!("operation-logs/{id}"))["operation_log"].clone();
    let progress = log["extra_info"]["common"]["progress"].as_u64().unwrap();
    (text(&log, "/status"), progress, text(&log, "/error_info/code"))
}

#[test]
fn a_server_restore_runs_to_success() {
    let mut cloud = Cloud::new();
    let response = cloud.post(&path(SERVER_BACKUP_ID), server_order());
    assert_eq!((response.status, response.body), (202, None));
    let id = response.started.unwrap();

    cloud.get_refused(&format!("operation-logs/{id}"), 404, "BackupService.6500");
    assert_eq!(cloud.backup_status(SERVER_BACKUP_ID), "available");
    cloud.wait(1.0);
    assert_eq!(log(&mut cloud, &id), ("waiting".to_owned(), 0, String::new()));
    assert_eq!(cloud.backup_status(SERVER_BACKUP_ID), "waiting_restore");
    cloud.wait(40.0);
    assert_eq!(log(&mut cloud, &id), ("running".to_owned(), 50, String::new()));
    assert_eq!(cloud.backup_status(SERVER_BACKUP_ID), "restoring");
    let vault = cloud.get_ok(&format!("vaults/{SERVER_VAULT_ID}"));
    assert_eq!(text(&vault, "/vault/resources/0/protect_status"), "restoring");
    assert_eq!(text(&vault, "/vault/resources/1/protect_status"), "available");
    cloud.wait(39.0);
    assert_eq!(log(&mut cloud, &id), ("success".to_owned(), 100, String::new()));
    assert_eq!(cloud.backup_status(SERVER_BACKUP_ID), "restoring");
    cloud.wait(1.0);
    assert_eq!(cloud.backup_status(SERVER_BACKUP_ID), "available");

    let record = cloud.get_ok(&format!("operation-logs/{id}"))["operation_log"].clone();
    let expected = json!({
        "backup_id": SERVER_BACKUP_ID,
        "backup_name": "web-nightly",
        "target_resource_id": SERVER_ID,
        "target_resource_name": "web",
    });
    assert_eq!(record["extra_info"]["restore"], expected);
    assert_eq!(text(&record, "/created_at"), "2026-11-21T08:00:00.000+00:00");
    assert_eq!(text(&record, "/ended_at"), "2026-11-21T08:01:20.000+00:00");
    assert_eq!(text(&record, "/vault_id"), SERVER_VAULT_ID);
    assert_eq!(cloud.world.logs[0].power_on, Some(false));
}

#[test]
fn records_made_later_are_invisible() {
    let mut cloud = Cloud::new();
    let before = cloud.now;
    restore_disk(&mut cloud);
    cloud.wait(10.0);
    assert_eq!(list_of(&cloud.get_ok("operation-logs"), "operation_logs").len(), 1);
    cloud.now = before.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
    assert_eq!(list_of(&cloud.get_ok("operation-logs"), "operation_logs").len(), 0);
    assert_eq!(cloud.world.operations(cloud.now).len(), 0);
}

#[test]
fn the_answer_is_a_switch() {
    for (platform, switch, expected) in [
        (Platform::Otc, None, None),
        (Platform::Otc, Some(RestoreAnswer::Object), Some(json!({}))),
        (Platform::Huaweicloud, None, Some(json!("id"))),
        (Platform::Huaweicloud, Some(RestoreAnswer::Empty), None),
        (Platform::Otc, Some(RestoreAnswer::Text), Some(json!("Accepted"))),
    ] {
        let mut cloud = Cloud::new();
        cloud.world.platform = platform;
        cloud.world.switches.restore_answer = switch;
        let response = cloud.post(&path(DISK_BACKUP_ID), disk_order());
        let id = response.started.unwrap();
        let body = response.body.map(|mut body| {
            let job = body.get("job_id").cloned();
            assert!(job.is_none() || job == Some(json!(id)));
            if job.is_some() {
                body = json!("id");
            }
            body
        });
        assert_eq!(body, expected, "{platform:?} {switch:?}");
        cloud.wait(50.0);
        assert_eq!(log(&mut cloud, &id).0, "success");
    }
}

#[test]
fn malformed_orders_are_refused() {
    let without = |key: &str| {
        let mut order = server_order();
        order["restore"].as_object_mut().unwrap().remove(key);
        order
    };
    let with = |key: &str, value: Value| {
        let mut order = server_order();
        order["restore"][key] = value;
        order
    };
    let pair = |child: &str, disk: &str| json!({ "backup_id": child, "volume_id": disk });
    for (order, why) in [
        (json!({}), "no restore"),
        (json!({ "restore": [] }), "no object"),
        (without("server_id"), "no server"),
        (without("mappings"), "no mappings"),
        (with("mappings", json!([])), "empty mappings"),
        (with("mappings", json!([{ "backup_id": SYSTEM_CHILD_ID }])), "half a mapping"),
        (with("mappings", json!([pair(SERVER_BACKUP_ID, SYSTEM_DISK_ID)])), "the backup itself"),
        (with("mappings", json!([pair(NOBODY, SYSTEM_DISK_ID)])), "a stranger"),
        (
            with("mappings", json!([pair(SYSTEM_CHILD_ID, SYSTEM_DISK_ID), pair(SYSTEM_CHILD_ID, DATA_DISK_ID)])),
            "a child twice",
        ),
        (
            with("mappings", json!([pair(SYSTEM_CHILD_ID, SYSTEM_DISK_ID), pair(DATA_CHILD_ID, SYSTEM_DISK_ID)])),
            "a disk twice",
        ),
        (with("power_on", json!("true")), "a word"),
        (with("server_id", json!(7)), "a number"),
        (with("server_id", json!("web")), "a name"),
    ] {
        let mut cloud = Cloud::new();
        let response = cloud.post(&path(SERVER_BACKUP_ID), order);
        let body = response.body.unwrap();
        assert_eq!((response.status, body["error_code"].as_str().unwrap()), (400, "BackupService.9900"), "{why}");
        assert!(cloud.world.logs.is_empty(), "{why}");
    }
    let mut cloud = Cloud::new();
    cloud.post_refused(&path(DISK_BACKUP_ID), server_order(), 400, "BackupService.9900");
    cloud.post_refused(&path("archive"), disk_order(), 400, "BackupService.9900");
    cloud.post_refused(&path(NOBODY), disk_order(), 404, "BackupService.6200");
    cloud.world.switches.partial_mappings = false;
    let order = with("mappings", json!([pair(SYSTEM_CHILD_ID, SYSTEM_DISK_ID)]));
    cloud.post_refused(&path(SERVER_BACKUP_ID), order.clone(), 400, "BackupService.9900");
    cloud.world.switches.partial_mappings = true;
    assert_eq!(cloud.post(&path(SERVER_BACKUP_ID), order).status, 202);
}

#[test]
fn a_malformed_id_can_look_like_an_authentication_problem() {
    let mut cloud = Cloud::new();
    cloud.world.switches.malformed_id = MalformedId::Unauthorized;
    let response = cloud.post(&path("archive"), disk_order());
    assert_eq!(response.status, 401);
    assert_eq!(text(&response.body.unwrap(), "/unauthorized/message"), "Malformed request url");
}

#[test]
fn targets_that_cannot_take_the_data_are_refused() {
    type Change = fn(&mut World);
    let cases: [(&str, u16, &str, Change); 17] = [
        ("2001", 400, "disk too small", |world| world.servers[0].disks[1].size_gb = 99),
        ("2003", 400, "other server forbidden", |world| {
            world.switches.other_server = false;
            world.backups[0].resource_id = SPARE_SERVER_ID.to_owned();
        }),
        ("2005", 400, "broken backup", |world| world.backups[0].status = "error".to_owned()),
        ("2007", 400, "terminated", |world| world.servers[0].status = "DELETED".to_owned()),
        ("2008", 400, "faulty", |world| world.servers[0].status = "ERROR".to_owned()),
        ("2009", 400, "disk type", |world| world.servers[0].disks[0].restorable = false),
        ("2011", 400, "faulty disk", |world| world.servers[0].disks[0].status = Some("error".to_owned())),
        ("2012", 400, "disk of another server", |world| {
            let disk = world.servers[0].disks.remove(1);
            world.servers[1].disks.push(disk);
        }),
        ("2013", 400, "data to system disk", |world| world.servers[0].disks[1].system = true),
        ("2014", 400, "bare metal to virtual", |world| {
            world.backups[0].resource_type = "OS::Ironic::BareMetalServer".to_owned();
        }),
        ("2015", 400, "architecture", |world| world.servers[0].architecture = "arm".to_owned()),
        ("7114", 400, "operating system", |world| world.servers[0].os = "windows".to_owned()),
        ("7117", 400, "disaster recovery", |world| world.servers[0].disaster_recovery = true),
        ("7008", 400, "disaster recovery disk", |world| world.servers[0].disks[0].disaster_recovery = true),
        ("7000", 404, "no such disk", |world| drop(world.servers[0].disks.remove(1))),
        ("7100", 404, "no such server", |world| drop(world.servers.remove(0))),
        ("6202", 400, "frozen vault", |world| world.vaults[0].status = "frozen".to_owned()),
    ];
    for (code, status, why, change) in cases {
        let mut cloud = Cloud::new();
        change(&mut cloud.world);
        let response = cloud.post(&path(SERVER_BACKUP_ID), server_order());
        let body = response.body.unwrap_or_default();
        let expected = format!("BackupService.{code}");
        assert_eq!((response.status, body["error_code"].as_str()), (status, Some(expected.as_str())), "{why}: {body}");
    }
}

#[test]
fn disks_are_restored_only_when_detached_and_to_themselves() {
    let mut cloud = Cloud::new();
    cloud.world.disks[0].status = Some("in-use".to_owned());
    cloud.post_refused(&path(DISK_BACKUP_ID), disk_order(), 400, "BackupService.2011");

    let mut cloud = Cloud::new();
    let disk = cloud.world.disks.remove(0);
    cloud.world.servers[0].disks.push(disk);
    cloud.post_refused(&path(DISK_BACKUP_ID), disk_order(), 400, "BackupService.2011");

    let mut cloud = Cloud::new();
    cloud.world.ensure_disk(NOBODY);
    let order = json!({ "restore": { "volume_id": NOBODY } });
    cloud.post_refused(&path(DISK_BACKUP_ID), order.clone(), 400, "BackupService.2012");
    cloud.world.switches.other_disk = true;
    assert_eq!(cloud.post(&path(DISK_BACKUP_ID), order).status, 202);
}

#[test]
fn a_locked_vault_restores_unless_told_otherwise() {
    let mut cloud = Cloud::new();
    cloud.world.vaults[1].status = "lock".to_owned();
    cloud.world.switches.locked_vault_restores = false;
    cloud.post_refused(&path(DISK_BACKUP_ID), disk_order(), 400, "BackupService.6202");
    cloud.world.switches.locked_vault_restores = true;
    restore_disk(&mut cloud);
}

#[test]
fn a_second_restore_is_busy() {
    for (conflict, exclusion, order, code) in [
        (Conflict::Resource, Exclusion::Resource, server_order(), "BackupService.2010"),
        (Conflict::Backup, Exclusion::Resource, server_order(), "BackupService.2005"),
        (Conflict::Resource, Exclusion::Resource, spare_order(), "BackupService.2005"),
        (Conflict::Resource, Exclusion::Vault, spare_order(), "BackupService.2010"),
        (Conflict::Resource, Exclusion::Project, spare_order(), "BackupService.2010"),
    ] {
        let mut cloud = Cloud::new();
        cloud.world.switches.conflict = conflict;
        cloud.world.switches.exclusion = exclusion;
        assert_eq!(cloud.post(&path(SERVER_BACKUP_ID), server_order()).status, 202);
        for wait in [0.0, 5.0] {
            cloud.wait(wait);
            cloud.post_refused(&path(SERVER_BACKUP_ID), order.clone(), 400, code);
        }
        cloud.wait(81.0);
        assert_eq!(cloud.post(&path(SERVER_BACKUP_ID), order).status, 202);
    }
}

#[test]
fn another_target_runs_beside_it() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.post(&path(SERVER_BACKUP_ID), spare_order()).status, 202);
    restore_disk(&mut cloud);
}

#[test]
fn a_restore_while_the_resource_is_backed_up() {
    let mut cloud = Cloud::new();
    let checkpoint = json!({ "checkpoint": { "vault_id": DISK_VAULT_ID } });
    assert_eq!(cloud.post("checkpoints", checkpoint).status, 200);
    cloud.post_refused(&path(DISK_BACKUP_ID), disk_order(), 400, "BackupService.2002");
    cloud.wait(60.0);
    restore_disk(&mut cloud);
}

#[test]
fn failures_show_in_the_log() {
    let failure = |status: Option<&str>| OperationFailure {
        status: status.map(str::to_owned),
        code: "BackupService.2011".to_owned(),
        message: "The disk was attached.".to_owned(),
    };
    for (status, after, expected) in [
        (None, "available", ("failed", "available")),
        (None, "error", ("failed", "error")),
        (Some("timeout"), "error", ("timeout", "error")),
        (Some("skipped"), "error", ("skipped", "available")),
        (Some("evaporated"), "available", ("evaporated", "available")),
    ] {
        let mut cloud = Cloud::new();
        cloud.fail_operation = Some(failure(status));
        cloud.world.switches.backup_after_failed_restore = after.to_owned();
        let id = restore_disk(&mut cloud);
        cloud.wait(30.0);
        assert_eq!(log(&mut cloud, &id).2, "");
        cloud.wait(30.0);
        assert_eq!(log(&mut cloud, &id), (expected.0.to_owned(), 50, "BackupService.2011".to_owned()));
        assert_eq!(cloud.backup_status(DISK_BACKUP_ID), expected.1);
    }
    let mut cloud = Cloud::new();
    cloud.world.switches.restore_end = Some(failure(None));
    let id = restore_disk(&mut cloud);
    cloud.wait(60.0);
    assert_eq!(log(&mut cloud, &id).0, "failed");
}

#[test]
fn target_checks_can_come_late() {
    let mut cloud = Cloud::new();
    cloud.world.switches.target_checks_in_log = true;
    cloud.world.disks[0].size_gb = 1;
    let id = restore_disk(&mut cloud);
    cloud.wait(60.0);
    assert_eq!(log(&mut cloud, &id), ("failed".to_owned(), 50, "BackupService.2001".to_owned()));
}

#[test]
fn the_flip_and_the_log_can_lag_or_stay_away() {
    let mut cloud = Cloud::new();
    cloud.world.durations.log_listed = 20.0;
    cloud.world.durations.log_shown = 5.0;
    cloud.world.durations.backup_flip = 10.0;
    let id = restore_disk(&mut cloud);
    cloud.wait(4.0);
    cloud.get_refused(&format!("operation-logs/{id}"), 404, "BackupService.6500");
    cloud.wait(5.0);
    assert_eq!(log(&mut cloud, &id).0, "running");
    assert_eq!(list_of(&cloud.get_ok("operation-logs"), "operation_logs").len(), 0);
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "available");
    cloud.wait(11.0);
    assert_eq!(list_of(&cloud.get_ok("operation-logs"), "operation_logs").len(), 1);
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "restoring");

    let mut cloud = Cloud::new();
    cloud.world.switches.backup_flip_visible = false;
    cloud.world.switches.progress_stuck = Some(7);
    let id = restore_disk(&mut cloud);
    cloud.wait(20.0);
    assert_eq!(cloud.backup_status(DISK_BACKUP_ID), "available");
    assert_eq!(log(&mut cloud, &id).1, 7);
}

#[test]
fn other_logs_can_stand_beside_it() {
    let mut cloud = Cloud::new();
    cloud.world.switches.child_logs = true;
    cloud.world.switches.foreign_logs = 3;
    cloud.world.switches.log_vault_null = true;
    cloud.world.switches.log_resource_is_source = true;
    let id = cloud.post(&path(SERVER_BACKUP_ID), spare_order()).started.unwrap();
    cloud.wait(2.0);
    let body = cloud.get_ok("operation-logs?operation_type=restore");
    let logs = list_of(&body, "operation_logs");
    let backups: Vec<String> = logs.iter().map(|log| text(log, "/extra_info/restore/backup_id")).collect();
    assert_eq!(logs.len(), 6);
    assert_eq!(backups.iter().filter(|backup| *backup == SERVER_BACKUP_ID).count(), 1);
    assert!(backups.iter().any(|backup| backup == SYSTEM_CHILD_ID));
    assert!(logs.iter().all(|log| log["vault_id"].is_null() && log["vault_name"].is_null()));
    let own = logs.iter().find(|log| log["id"] == json!(id)).unwrap();
    assert_eq!(text(own, "/extra_info/resource/id"), SERVER_ID);
    assert_eq!(text(own, "/extra_info/restore/target_resource_id"), SPARE_SERVER_ID);
}

#[test]
fn resource_id_belongs_to_one_cloud() {
    let desktop = "77777777-0000-4000-8000-000000000001";
    let backup = "77777777-0000-4000-8000-000000000002";
    let order = |path: &str| json!({ "restore": { "resource_id": desktop, "details": { "destination_path": path } } });
    let mut cloud = Cloud::new();
    cloud.plan_restore(json!({ "backup_id": backup, "resource_id": desktop }));
    cloud.post_refused(&path(backup), order("/tmp"), 400, "BackupService.9900");
    cloud.world.platform = Platform::Huaweicloud;
    cloud.post_refused(&path(backup), order(""), 400, "BackupService.9900");
    cloud.post_refused(&path(backup), order(&"x".repeat(256)), 400, "BackupService.9900");
    let response = cloud.post(&path(backup), order("/tmp"));
    assert_eq!(response.status, 202);
    assert_eq!(cloud.world.logs[0].destination_path.as_deref(), Some("/tmp"));
    cloud.world.resources = Vec::<Resource>::new();
    cloud.wait(100.0);
    cloud.post_refused(&path(backup), order("/tmp"), 404, "BackupService.6302");
}

#[test]
fn unknown_fields_are_ignored_or_refused() {
    let order = json!({ "restore": { "volume_id": DISK_ID, "colour": "red" } });
    let mut cloud = Cloud::new();
    cloud.world.switches.refuse_unknown_fields = true;
    cloud.post_refused(&path(DISK_BACKUP_ID), order.clone(), 400, "BackupService.9900");
    cloud.world.switches.refuse_unknown_fields = false;
    assert_eq!(cloud.post(&path(DISK_BACKUP_ID), order).status, 202);
}

/// The request of the API page "Restoring a Backup", in a world that has what it names.
#[test]
fn the_request_of_the_api_page_is_accepted() {
    let backup = "a5200268-74a5-4806-acc6-95793ab0228b";
    let body = json!({
        "restore": {
            "mappings": [{
                "backup_id": "5d822633-2bbf-4af8-a16e-5ab1c7705235",
                "volume_id": "eccbcfdd-f843-4bbb-b2c0-a5ce861f9376",
            }],
            "power_on": true,
            "server_id": "94eba8b2-acc9-4d82-badc-127144cc5526",
        }
    });
    let mut cloud = Cloud::new();
    cloud.post_refused(&path(backup), body.clone(), 404, "BackupService.6200");
    cloud.plan_restore(json!({
        "backup_id": backup,
        "server_id": "94eba8b2-acc9-4d82-badc-127144cc5526",
        "mapping": body["restore"]["mappings"],
    }));
    let response = cloud.post(&path(backup), body);
    assert_eq!((response.status, response.body), (202, None));
}

#[test]
fn speed_divides_the_durations() {
    let Cloud { mut world, now, .. } = Cloud::new();
    let request = Request {
        method: "POST".to_owned(),
        path: ["v3", "p1", "backups", DISK_BACKUP_ID, "restore"].map(str::to_owned).to_vec(),
        query: Vec::new(),
        body: disk_order().to_string().into_bytes(),
        project_id: "p1".to_owned(),
        now,
        speed: 50.0,
        fail_operation: None,
    };
    assert_eq!(handle(&mut world, &request).status, 202);
    let operation = &world.operations(now + jiff::SignedDuration::from_secs(1))[0];
    assert_eq!(
        (operation.kind.as_str(), operation.target.as_str(), operation.status.as_str()),
        ("restore", DISK_ID, "success")
    );
    assert_eq!(operation.ended, Some(now + jiff::SignedDuration::from_secs(1)));
}

/// Numbers of a scenario that fit nowhere, and bodies that mean nothing, are no reason to panic.
#[test]
fn nonsense_is_answered() {
    let mut cloud = Cloud::new();
    cloud.world.serial = u64::MAX;
    cloud.world.durations.restore_disk = f64::INFINITY;
    cloud.world.vaults[0].members[0].size_gb = u64::MAX;
    cloud.world.vaults[0].used_mb = u64::MAX;
    cloud.world.backups[0].resource_size = u64::MAX;
    cloud.world.backups[0].children[0].resource_size = u64::MAX;
    cloud.get_ok("vaults");
    cloud.get_ok("backups?used_percent=100");
    cloud.get_ok("operation-logs?offset=18446744073709551615");
    restore_disk(&mut cloud);
    cloud.post_refused(&path(SERVER_BACKUP_ID), server_order(), 400, "BackupService.2001");
    for body in [json!(null), json!([]), json!("x"), json!({ "restore": { "mappings": [null] } })] {
        for call in [path(SERVER_BACKUP_ID), "checkpoints".to_owned(), format!("vaults/{SERVER_VAULT_ID}/addresources")]
        {
            let response = cloud.post(&call, body.clone());
            assert_eq!(response.status, 400, "{call} {body}");
        }
    }
}

#[test]
fn a_vault_of_another_project_does_not_hinder() {
    let mut cloud = Cloud::new();
    cloud.world.vaults = Vec::<Vault>::new();
    restore_disk(&mut cloud);
    cloud.get_refused(&format!("vaults/{DISK_VAULT_ID}"), 404, "BackupService.6105");
}
