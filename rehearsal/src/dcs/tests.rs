//! Backups and restores of DCS under a clock that only moves when told.

use serde_json::{Value, json};

use super::testing::{BACKUP, Cloud, INSTANCE, NOBODY, OTHER_BACKUP, SINGLE, code};
use super::*;
use crate::instants::plus_seconds;
use crate::service::OperationFailure;

#[test]
fn a_backup_waits_runs_and_succeeds_while_the_instance_only_shows_a_task() {
    let mut cloud = Cloud::new();
    let id = cloud.back_up(INSTANCE);
    let record = cloud.backup(&id);
    assert_eq!((record["status"].as_str(), record["size"].as_u64()), (Some("waiting"), Some(0)));
    assert_eq!(cloud.state(), ("RUNNING".into(), json!("BACKUPING")));
    cloud.wait(30.0);
    let record = cloud.backup(&id);
    assert_eq!((record["status"].as_str(), record["progress"].as_str()), (Some("backuping"), Some("45.00")));
    assert!(record["updated_at"].is_null() && record["error_code"].is_null());
    assert_eq!(record["is_support_restore"], "FALSE");
    cloud.wait(31.0);
    let record = cloud.backup(&id);
    assert_eq!((record["status"].as_str(), record["progress"].as_str()), (Some("succeed"), Some("100.00")));
    assert_eq!(record["is_support_restore"], "TRUE");
    assert_eq!(record["backup_type"], "manual");
    assert!(record["backup_name"].as_str().unwrap().starts_with("backup_20"));
    assert!(record["updated_at"].is_string() && record["size"].as_u64() > Some(0));
    assert_eq!(cloud.state(), ("RUNNING".into(), Value::Null));
}

#[test]
fn a_restore_blocks_the_instance_a_little_longer_than_its_record() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.restore(INSTANCE, BACKUP).status, 200);
    assert_eq!(cloud.newest_restore()["status"], "waiting");
    assert_eq!(cloud.state(), ("RUNNING".into(), json!("RESTORING")));
    cloud.wait(10.0);
    assert_eq!(cloud.newest_restore()["status"], "restoring");
    assert_eq!(cloud.state(), ("RESTORING".into(), json!("RESTORING")));
    cloud.wait(36.0);
    assert_eq!(cloud.newest_restore()["status"], "succeed");
    assert_eq!(cloud.state().0, "RESTORING");
    cloud.wait(2.0);
    assert_eq!(cloud.state(), ("RUNNING".into(), Value::Null));
}

#[test]
fn one_operation_at_a_time() {
    let mut cloud = Cloud::new();
    let backups = format!("v2/instances/{INSTANCE}/backups");
    cloud.back_up(INSTANCE);
    assert_eq!(code(&cloud.call("POST", &backups, json!({}))), "400 DCS.4096");
    assert_eq!(code(&cloud.restore(INSTANCE, BACKUP)), "400 DCS.4096");
    let old = backups.replace("v2", "v1.0");
    assert_eq!(code(&cloud.call("POST", &old, json!({}))), "400 111400096");
    cloud.wait(61.0);
    assert_eq!(cloud.restore(INSTANCE, BACKUP).status, 200);
    assert_eq!(code(&cloud.call("POST", &backups, json!({}))), "400 DCS.4097");
    cloud.wait(46.0);
    assert_eq!(
        code(&cloud.call("POST", &backups, json!({}))),
        "400 DCS.4097",
        "the record ended, the instance not yet"
    );
    cloud.wait(2.0);
    cloud.back_up(INSTANCE);
}

#[test]
fn refusals() {
    for (method, target, body, expected) in [
        ("POST", format!("v2/instances/{SINGLE}/backups"), "{}", "400 DCS.4086"),
        ("POST", format!("v1.0/instances/{SINGLE}/backups"), "{}", "400 111400086"),
        ("POST", format!("v2/instances/{NOBODY}/backups"), "{}", "404 DCS.3022"),
        ("GET", format!("v1.0/instances/{NOBODY}"), "", "404 111404022"),
        ("GET", "v2/instances/x".into(), "", "400 DCS.4061"),
        ("POST", format!("v2/instances/{INSTANCE}/backups"), "", "400 DCS.4004"),
        ("POST", format!("v2/instances/{INSTANCE}/backups"), "[]", "400 DCS.4005"),
        ("POST", format!("v2/instances/{INSTANCE}/backups"), r#"{"backup_format":"zip"}"#, "400 DCS.4063"),
        ("POST", format!("v2/instances/{INSTANCE}/restores"), "{}", "400 DCS.4063"),
        ("POST", format!("v2/instances/{INSTANCE}/restores"), r#"{"backup_id":7}"#, "400 DCS.4063"),
        ("DELETE", format!("v2/instances/{INSTANCE}/backups/{NOBODY}"), "", "400 DCS.4031"),
        ("GET", format!("v2/instances/{INSTANCE}/backups?limit=0"), "", "400 DCS.4063"),
        ("GET", format!("v2/instances/{INSTANCE}/backups?offset=x"), "", "400 DCS.4063"),
        ("GET", format!("v1.0/instances/{INSTANCE}/backups?start=0"), "", "400 111400063"),
        ("GET", format!("v2/instances/{INSTANCE}/backups?begin_time=2026"), "", "400 DCS.4063"),
        ("PUT", format!("v2/instances/{INSTANCE}/backups"), "{}", "405 DCS.5001"),
        ("GET", format!("v2/instances/{INSTANCE}/backups/{BACKUP}"), "", "404 DCS.4001"),
        ("GET", format!("v1.0/instances/{INSTANCE}/tasks"), "", "404 111400001"),
        ("GET", format!("v2/jobs/{NOBODY}"), "", "400 DCS.4070"),
    ] {
        let response = Cloud::new().raw(method, &target, body);
        assert_eq!(code(&response), expected, "{method} {target} {body}");
    }
    let long = json!({"remark": "é".repeat(129)});
    assert_eq!(code(&Cloud::new().call("POST", &format!("v2/instances/{INSTANCE}/backups"), long)), "400 DCS.4098");
    let fits = json!({"remark": "é".repeat(128)});
    assert_eq!(Cloud::new().call("POST", &format!("v2/instances/{INSTANCE}/backups"), fits).status, 200);
}

#[test]
fn states_of_the_instance_that_allow_nothing() {
    for (status, expected) in [
        ("RESTARTING", "400 DCS.4111"),
        ("EXTENDING", "400 DCS.4113"),
        ("CREATING", "400 DCS.4118"),
        ("FROZEN", "400 DCS.4049"),
        ("ERROR", "400 DCS.4049"),
        ("FLUSHING", "400 DCS.4026"),
    ] {
        let mut cloud = Cloud::with(|world| world.instances[0].status = status.into());
        assert_eq!(code(&cloud.restore(INSTANCE, BACKUP)), expected, "{status}");
    }
    let mut cloud = Cloud::with(|world| world.instances[0].node_fault = true);
    assert_eq!(code(&cloud.restore(INSTANCE, BACKUP)), "400 DCS.4104");
    assert_eq!(cloud.state().0, "RUNNING");
}

#[test]
fn what_can_be_restored() {
    let mut cloud = Cloud::new();
    assert_eq!(code(&cloud.restore(INSTANCE, NOBODY)), "400 DCS.4063");
    assert_eq!(code(&cloud.restore(INSTANCE, OTHER_BACKUP)), "400 DCS.4063", "another instance's");
    let expired = "d94b6f02-81c7-4e0b-b6a3-5f1e7c2d8a43";
    assert_eq!(cloud.backup(expired)["status"], "expired");
    assert_eq!(code(&cloud.restore(INSTANCE, expired)), "400 DCS.4087");
    cloud.world.switches.cross_instance_restore = true;
    assert_eq!(cloud.restore(INSTANCE, OTHER_BACKUP).status, 200);
    let v1 = cloud.get(&format!("v1.0/instances/{INSTANCE}/restores"));
    assert_eq!(v1["restore_record_response"][0]["sourceInstanceName"], "dcs-sessions");
    let mut cloud = Cloud::with(|world| world.backups.iter_mut().for_each(|backup| backup.is_support_restore = false));
    assert_eq!(code(&cloud.restore(INSTANCE, BACKUP)), "400 DCS.4087");
}

#[test]
fn both_versions_page_in_their_own_way() {
    let mut cloud = Cloud::new();
    for _ in 0..5 {
        cloud.back_up(INSTANCE);
        cloud.wait(61.0);
    }
    let path = format!("instances/{INSTANCE}/backups");
    let all: Vec<Value> = cloud.get(&format!("v2/{path}"))["backup_record_response"].as_array().unwrap().clone();
    assert_eq!(all.len(), 8);
    for (target, from, to) in [
        (format!("v2/{path}?offset=0&limit=3"), 0, 3),
        (format!("v2/{path}?offset=3&limit=3"), 3, 6),
        (format!("v2/{path}?offset=6&limit=3"), 6, 8),
        (format!("v2/{path}?offset=9"), 8, 8),
        (format!("v1.0/{path}?start=1&limit=3"), 0, 3),
        (format!("v1.0/{path}?start=4&limit=3"), 3, 6),
        (format!("v1.0/{path}?beginTime=&endTime="), 0, 8),
    ] {
        let page = cloud.get(&target);
        let ids = |records: &[Value]| records.iter().map(|record| record["backup_id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(page["backup_record_response"].as_array().unwrap()), ids(&all[from..to]), "{target}");
        assert_eq!(page["total_num"], 8, "{target}");
    }
    let oldest_first = {
        cloud.world.switches.order = Order::OldestFirst;
        cloud.get(&format!("v2/{path}"))["backup_record_response"][0].clone()
    };
    assert_eq!(oldest_first["backup_id"], all[7]["backup_id"]);
}

#[test]
fn time_filters_bound_the_creation() {
    let mut cloud = Cloud::new();
    let made = cloud.now;
    let id = cloud.back_up(INSTANCE);
    let digits = |offset| crate::instants::digits(plus_seconds(made, offset));
    for (version, begin, end, count) in [
        ("v2", "begin_time", digits(0.0), 1),
        ("v2", "begin_time", digits(2.0), 0),
        ("v1.0", "beginTime", digits(0.0), 1),
        ("v1.0", "beginTime", digits(2.0), 0),
        ("v1.0", "begin_time", digits(2.0), 4),
    ] {
        let list = cloud.get(&format!("{version}/instances/{INSTANCE}/backups?{begin}={end}"));
        assert_eq!(list["total_num"], count, "{version} {begin}={end}");
    }
    let until = cloud.get(&format!("v2/instances/{INSTANCE}/backups?end_time={}", digits(-1.0)));
    assert_eq!(until["total_num"], 3);
    let within = cloud.get(&format!("v2/instances/{INSTANCE}/backups?end_time={}", digits(0.0)));
    assert_eq!(within["backup_record_response"][0]["backup_id"], id.as_str(), "the last second counts whole");
}

#[test]
fn only_the_newest_backups_are_kept() {
    let mut cloud = Cloud::new();
    let first = cloud.back_up(INSTANCE);
    for made in 1..25 {
        cloud.wait(61.0);
        assert_ne!(cloud.backup(&first), Value::Null, "{made} more");
        cloud.back_up(INSTANCE);
    }
    assert_eq!(cloud.backup(&first), Value::Null);
    assert_eq!(cloud.get(&format!("v2/instances/{INSTANCE}/backups"))["total_num"], 24);
    let other = cloud.get("v2/instances/f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640/backups");
    assert_eq!(other["total_num"], 1, "each instance counts its own");
}

#[test]
fn deleting_backups() {
    let path = format!("instances/{INSTANCE}/backups/{BACKUP}");
    let mut cloud = Cloud::new();
    let gone = cloud.call("DELETE", &format!("v1.0/{path}"), Value::Null);
    assert_eq!((gone.status, gone.body), (200, Some(json!({"message": ""}))));
    assert_eq!(cloud.backup(BACKUP), Value::Null);
    assert_eq!(code(&cloud.call("DELETE", &format!("v2/{path}"), Value::Null)), "400 DCS.4031");

    let mut cloud = Cloud::with(|world| world.switches.deleted_lingers_seconds = 10.0);
    let gone = cloud.call("DELETE", &format!("v2/{path}"), Value::Null);
    assert_eq!((gone.status, gone.body), (204, None));
    assert_eq!(cloud.backup(BACKUP)["status"], "deleted");
    cloud.wait(11.0);
    assert_eq!(cloud.backup(BACKUP), Value::Null);
}

#[test]
fn deleting_a_backup_that_runs() {
    for (switch, expected, afterwards) in [
        (DeleteWhileRunning::Refuse, 400, "waiting"),
        (DeleteWhileRunning::Abort, 204, "failed"),
        (DeleteWhileRunning::Allow, 204, "gone"),
    ] {
        let mut cloud = Cloud::with(|world| world.switches.delete_while_running = switch);
        let id = cloud.back_up(INSTANCE);
        let response = cloud.call("DELETE", &format!("v2/instances/{INSTANCE}/backups/{id}"), Value::Null);
        assert_eq!(response.status, expected, "{switch:?}");
        assert_eq!(cloud.backup(&id)["status"].as_str().unwrap_or("gone"), afterwards, "{switch:?}");
        let busy = cloud.state().1 == json!("BACKUPING");
        assert_eq!(busy, switch == DeleteWhileRunning::Refuse);
    }
}

#[test]
fn a_failed_operation_says_why_in_its_record() {
    let mut cloud = Cloud::with(|world| world.switches.status_after_failed_restore = "ERROR".into());
    cloud.fail = Some(OperationFailure { status: None, code: "dcs.08.0007".into(), message: String::new() });
    cloud.restore(INSTANCE, BACKUP);
    cloud.wait(44.0);
    assert!(cloud.newest_restore()["error_code"].is_null());
    cloud.wait(10.0);
    let record = cloud.newest_restore();
    assert_eq!((record["status"].as_str(), record["error_code"].as_str()), (Some("failed"), Some("dcs.08.0007")));
    assert_eq!(record["progress"], "50.00");
    assert_eq!(cloud.state().0, "ERROR");
}

#[test]
fn an_earlier_now_shows_what_was() {
    let mut cloud = Cloud::new();
    let id = cloud.back_up(INSTANCE);
    cloud.wait(70.0);
    assert_eq!(cloud.backup(&id)["status"], "succeed");
    cloud.wait(-40.0);
    assert_eq!(cloud.backup(&id)["status"], "backuping");
    cloud.wait(-31.0);
    assert_eq!(cloud.backup(&id), Value::Null);
}

#[test]
fn switches_of_lists() {
    let restores = format!("v2/instances/{INSTANCE}/restores");
    let mut cloud = Cloud::with(|world| world.switches.empty_list_status = 204);
    assert_eq!(cloud.call("GET", &restores, Value::Null).status, 204);
    assert_eq!(cloud.get(&restores.replace("v2", "v1.0"))["total_num"], 0, "v1.0 knows no 204");

    let backups = format!("v2/instances/{INSTANCE}/backups");
    let mut cloud = Cloud::with(|world| world.switches.total_num = TotalNum::Page);
    assert_eq!(cloud.get(&format!("{backups}?limit=2"))["total_num"], 2);

    let mut cloud = Cloud::with(|world| world.switches.listed_after_seconds = 20.0);
    let id = cloud.back_up(INSTANCE);
    assert_eq!(cloud.backup(&id), Value::Null);
    cloud.wait(21.0);
    assert_eq!(cloud.backup(&id)["status"], "backuping");

    let mut cloud = Cloud::with(|world| world.switches.expired_listed = false);
    assert_eq!(cloud.get(&backups)["total_num"], 2);

    for (nulls, expected) in [
        (Nulls::Null, Some(Value::Null)),
        (Nulls::EmptyObject, Some(json!({}))),
        (Nulls::EmptyString, Some(json!(""))),
        (Nulls::Absent, None),
    ] {
        let mut cloud = Cloud::with(|world| world.switches.nulls.v2 = nulls);
        assert_eq!(cloud.backup(BACKUP).get("error_code"), expected.as_ref(), "{nulls:?}");
    }
}

#[test]
fn switches_of_records() {
    let mut cloud = Cloud::with(|world| {
        world.switches.skip_waiting = true;
        world.switches.progress_steps = 4;
        world.switches.updated_at_while_running = WhileRunning::Created;
        world.switches.format_case.v2 = FormatCase::Upper;
    });
    let id = cloud.back_up(INSTANCE);
    cloud.wait(20.0);
    let record = cloud.backup(&id);
    assert_eq!((record["status"].as_str(), record["progress"].as_str()), (Some("backuping"), Some("25.00")));
    assert_eq!(record["updated_at"], record["created_at"]);
    assert_eq!(record["backup_format"], "RDB");

    let mut cloud = Cloud::with(|world| {
        world.switches.task_while_restoring = None;
        world.switches.running_while_waiting = false;
        world.durations.settle_seconds = -5.0;
    });
    cloud.restore(INSTANCE, BACKUP);
    assert_eq!(cloud.state(), ("RESTORING".into(), Value::Null));
    cloud.wait(41.0);
    assert_eq!((cloud.newest_restore()["status"].as_str(), cloud.state().0.as_str()), (Some("restoring"), "RUNNING"));
}

#[test]
fn switches_of_errors() {
    let mut cloud = Cloud::with(|world| {
        world.switches.code_single_node = 4095;
        world.switches.code_family.v2 = CodeFamily::Digits;
        world.switches.error_shape.v2 = ErrorShape::Nested;
    });
    let refused = cloud.call("POST", &format!("v2/instances/{SINGLE}/backups"), json!({}));
    assert_eq!(refused.body.unwrap()["error"]["code"], "111400095");
}

#[test]
fn formats_follow_the_engine() {
    for (engine, format, expected) in [
        ("5.0", Value::Null, Some("rdb")),
        ("5.0", json!("aof"), Some("aof")),
        ("3.0", Value::Null, Some("aof")),
        ("3.0", json!("rdb"), None),
    ] {
        let mut cloud = Cloud::with(|world| world.instances[0].engine_version = engine.into());
        let made = cloud.call("POST", &format!("v2/instances/{INSTANCE}/backups"), json!({"backup_format": format}));
        let id = made.body.unwrap()["backup_id"].as_str().map(str::to_owned);
        assert_eq!(id.is_some(), expected.is_some(), "{engine} {format}");
        if let Some(id) = id {
            assert_eq!(cloud.backup(&id)["backup_format"].as_str(), expected);
        }
    }
}

#[test]
fn links_never_lead_out() {
    let path = |version: &str| format!("{version}/instances/{INSTANCE}/backups/{BACKUP}/links");
    for (version, expiration, status) in [
        ("v2", json!(300), 200),
        ("v1.0", json!("86400"), 200),
        ("v2", json!(299), 400),
        ("v2", json!(86401), 400),
        ("v2", Value::Null, 400),
    ] {
        let response = Cloud::new().call("POST", &path(version), json!({"expiration": expiration}));
        assert_eq!(response.status, status, "{expiration}");
        if status == 200 {
            let link = response.body.unwrap()["links"][0]["link"].as_str().unwrap().to_owned();
            let host = link.split('/').nth(2).unwrap().to_owned();
            assert!(host.ends_with(".rehearsal.invalid:443"), "{link}");
            assert!(link.contains("Signature="));
        }
    }
}
