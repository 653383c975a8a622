use cloud::Platform;
use cloud::dbs::{Backup, Instance, Job, Volume};
use std::sync::Arc;

use super::*;
use crate::operations::checks::Weight;
use crate::operations::databases::checks::Facts;

fn body(more: &[(&str, Value)]) -> Value {
    let mut body = Value::object([
        ("source_instance_id", Value::from("s")),
        ("backup_id", Value::from("b")),
        ("name", Value::from("drill")),
        ("flavor", Value::from("f")),
        ("availability_zones", Value::List(vec!["eu-de-01".into()])),
        ("vpc_id", Value::from("v")),
        ("subnet_id", Value::from("n")),
        ("volume_type", Value::from("CLOUDSSD")),
        ("volume_size", Value::from(100)),
        ("password", Value::from("hunter2")),
    ]);
    for (name, value) in more {
        body.set(name, value.clone());
    }
    body
}

fn facts(size: f64, status: &str) -> Facts {
    let source = Instance {
        id: Some("s".into()),
        status: Some("FAILED".into()),
        volume: Volume { size: Some(size), ..Volume::default() },
        ..Instance::default()
    };
    let backup = Backup { id: Some("b".into()), status: Some(status.into()), ..Backup::default() };
    Facts { source: Some(Ok(Arc::new(source))), backups: Some(Ok(Arc::new(vec![backup]))), ..Facts::default() }
}

fn place(platform: Platform) -> Place {
    Place { project_id: "p".into(), region: "r".into(), platform }
}

#[test]
fn what_stands_against_a_new_instance() {
    let size = |size: i64| [("volume_size", Value::from(size))];
    let none = [("password", Value::Null)];
    let unknown = [("password", Value::Unknown), ("volume_size", Value::Unknown)];
    let otc = Platform::Otc;
    for (platform, more, of, status, blamed) in [
        // A broken source is no hindrance: it is a reason.
        (otc, &[][..], 100.0, "COMPLETED", ""),
        (otc, &size(200)[..], 100.0, "COMPLETED", ""),
        (otc, &unknown[..], 100.0, "COMPLETED", ""),
        (otc, &size(90)[..], 100.0, "COMPLETED", "volume_size"),
        (otc, &size(105)[..], 100.0, "COMPLETED", "volume_size"),
        (otc, &size(4010)[..], 100.0, "COMPLETED", "volume_size"),
        (Platform::Huawei, &size(105)[..], 100.0, "COMPLETED", ""),
        (otc, &none[..], 100.0, "COMPLETED", "password"),
        (Platform::Huawei, &none[..], 100.0, "COMPLETED", ""),
        (otc, &[][..], 100.0, "FAILED", "backup_id"),
    ] {
        let wanted = Wanted::of(&body(more));
        let found = checks::check(&facts(of, status), &wanted, &place(platform));
        let broken = found.iter().find(|finding| finding.weight == Weight::Broken);
        assert_eq!(
            broken.map_or("", |finding| finding.attribute),
            blamed,
            "{platform:?} {more:?} {of} {status}: {found:?}"
        );
    }
}

#[test]
fn the_warning_names_the_cost_and_what_a_destroy_does() {
    let warning = |more: &[(&str, Value)]| {
        let wanted = Wanted::of(&body(more));
        checks::cost_warning(&facts(100.0, "COMPLETED"), &wanted, &place(Platform::Otc), cloud::time::now())
    };
    let kept = warning(&[]);
    assert!(kept.detail.contains("Nothing is overwritten") && kept.detail.contains("does not delete the instance"));
    assert!(warning(&[("delete_with_resource", Value::from(true))]).detail.contains("deletes the instance with all"));
    assert!(!format!("{kept:?}").contains("hunter2"));
}

#[test]
fn a_new_instance_is_as_far_as_both_its_task_and_itself_say() {
    let instance = |status: &str| Instance { status: Some(status.into()), ..Instance::default() };
    let task = |status: &str| Job {
        id: Some("j".into()),
        status: Some(status.into()),
        created_time: Some("2026-01-01T01:00:00+0000".into()),
        end_time: Some("2026-01-01T01:20:00+0000".into()),
        ..Job::default()
    };
    let failed = Progress::Failed(engine::work::Failure::default());
    for (status, job, progress, shown) in [
        (Some("BUILD"), Some("Running"), Progress::Running, "BUILD"),
        // The two may disagree for a moment.
        (Some("ACTIVE"), Some("Running"), Progress::Running, "ACTIVE"),
        (Some("BUILD"), Some("Completed"), Progress::Running, "BUILD"),
        (None, Some("Completed"), Progress::Running, ""),
        (Some("ACTIVE"), Some("Completed"), Progress::Succeeded, "ACTIVE"),
        (Some("BACKING UP"), Some("Completed"), Progress::Succeeded, "BACKING UP"),
        (Some("ACTIVE"), None, Progress::Succeeded, "ACTIVE"),
        (Some("BUILD"), None, Progress::Running, "BUILD"),
        (Some("CREATE FAIL"), None, failed.clone(), "CREATE FAIL"),
        (Some("ACTIVE"), Some("Failed"), failed.clone(), "Failed"),
        (None, Some("Failed"), failed.clone(), "Failed"),
        (Some("a newer word"), None, Progress::Unrecognised, "a newer word"),
    ] {
        let record = task::record("i", status.map(instance).as_ref(), job.map(task).as_ref()).unwrap();
        assert_eq!((&record.progress, record.status.as_str()), (&progress, shown), "{status:?} {job:?}");
        let ready = progress == Progress::Succeeded && job.is_some();
        assert_eq!(record.results["ready_at"].is_null(), !ready, "{status:?} {job:?}");
    }
    assert_eq!(task::record("i", None, None), None);
}

#[test]
fn a_destroy_leaves_the_instance_unless_it_is_told_otherwise() {
    let stays = |more: &[(&str, Value)]| RdsRestoredInstance.stays(&body(more));
    let made = ("instance_id", Value::from("i"));
    assert!(
        stays(std::slice::from_ref(&made))
            .unwrap()
            .contains("terraform import opentelekomcloud_rds_instance_v3.NAME i")
    );
    assert_eq!(stays(&[made, ("delete_with_resource", Value::from(true))]), None);
    // Of an attempt nothing can be deleted, whatever was asked for.
    assert!(stays(&[("delete_with_resource", Value::from(true))]).unwrap().contains("\"drill\""));
}

#[test]
fn zones_go_with_the_kind_of_instance() {
    let zones = |count: usize| ("availability_zones", Value::List(vec!["z".into(); count]));
    let ha = ("ha_replication_mode", Value::from("async"));
    let open = ("ha_replication_mode", Value::Unknown);
    for (more, wrong) in [
        (vec![zones(1)], 0),
        (vec![zones(2)], 1),
        (vec![zones(0)], 1),
        (vec![zones(2), ha.clone()], 0),
        (vec![zones(1), ha], 1),
        (vec![zones(2), open], 0),
        (vec![("availability_zones", Value::Unknown)], 0),
    ] {
        assert_eq!(RdsRestoredInstance.validate(&body(&more)).0.len(), wrong, "{more:?}");
    }
}
