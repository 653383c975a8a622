//! The fault matrix of the resources, on actions: the same scenarios, the same single request that takes effect.

use rehearsal::{Service, cbr, ddm, dds, rds};
use serde_json::{Value, json};

use crate::faults::scenario;
use crate::stage::{BACKUP, INSTANCE, Stage};

/// Operations on targets that do not exclude each other, with the path of the request that starts each.
fn all() -> Vec<(&'static str, Value, String)> {
    let other = "f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640";
    let cluster = "3b9d5e71-0c2f-4f68-a1d7-e84b6c05f932";
    vec![
        (
            "recovery_dcs_backup",
            json!({ "instance_id": other, "api_version": "v1.0" }),
            format!("/v1.0/*/*/{other}/**"),
        ),
        ("recovery_dcs_backup", json!({ "instance_id": cluster }), format!("/v2/*/*/{cluster}/**")),
        (
            "recovery_dcs_restore",
            json!({ "instance_id": INSTANCE, "backup_id": BACKUP }),
            format!("/v2/*/*/{INSTANCE}/**"),
        ),
        ("recovery_cbr_checkpoint", json!({ "vault_id": cbr::DISK_VAULT_ID }), "/v3/*/checkpoints".to_owned()),
        (
            "recovery_cbr_restore",
            json!({ "backup_id": cbr::SERVER_BACKUP_ID, "server_id": cbr::SERVER_ID }),
            format!("/v3/*/*/{}/**", cbr::SERVER_BACKUP_ID),
        ),
        (
            "recovery_ddm_restore",
            json!({
                "source_instance_id": ddm::SOURCE_ID,
                "target_instance_id": ddm::TARGET_ID,
                "restore_time": 1_747_732_352_076_i64
            }),
            format!("/v3/*/*/{}/**", ddm::SOURCE_ID),
        ),
        (
            "recovery_dds_backup",
            json!({ "instance_id": dds::CLUSTER_ID, "name": "by-hand" }),
            "/v3/*/backups".to_owned(),
        ),
        (
            "recovery_rds_backup",
            json!({ "instance_id": rds::TARGET_ID, "name": "by-hand" }),
            "/v3/*/backups".to_owned(),
        ),
        (
            "recovery_rds_restore",
            json!({
                "source_instance_id": rds::SOURCE_ID,
                "target_instance_id": rds::SOURCE_ID,
                "backup_id": rds::BACKUP_ID
            }),
            "/v3/*/instances/recovery".to_owned(),
        ),
    ]
}

/// The service of an operation: the second word of its name.
fn service_of(name: &str) -> Service {
    let key = name.split('_').nth(1).unwrap();
    Service::of_operations().find(|service| service.key() == key).unwrap()
}

/// Invokes everything at once under the faults of a scenario.
async fn each_runs_once_under(name: &str) {
    let scenario = scenario(name);
    let all = all();
    let stage = Stage::new(1.5).await;
    let (_process, client) = match scenario.patience {
        Some(patience) => stage.patient_provider(patience).await,
        None => stage.provider_as_shipped().await,
    };
    let starts: Vec<(Service, String)> = all.iter().map(|(name, _, path)| (service_of(name), path.clone())).collect();
    stage.cloud.set_faults(scenario.faults(&starts)).unwrap();
    let invocations = all.iter().map(|(action, arguments, _)| {
        let (mut client, action, arguments) = (client.clone(), *action, arguments.clone());
        tokio::spawn(async move { client.invoke(action, arguments).await.unwrap() })
    });
    let mut told = Vec::new();
    for invocation in invocations.collect::<Vec<_>>() {
        let said = invocation.await.unwrap();
        assert_eq!(said.ends, [vec![]], "{name}: {said:#?}");
        told.push(said.lines[0].1.clone());
    }
    let ran = stage.ran();
    assert_eq!(ran.len(), all.len(), "{name}: {ran:#?}");
    for line in told {
        assert_eq!(ran.iter().filter(|id| line.contains(*id)).count(), 1, "{name}: {line}");
    }
    let struck = stage.sent().iter().filter(|entry| !entry.faults.is_empty()).count();
    assert_eq!(struck, scenario.strikes(all.len()), "{name}: {:#?}", stage.sent());
}

#[tokio::test]
async fn a_reset_before_acceptance() {
    each_runs_once_under("a reset before acceptance").await;
}

#[tokio::test]
async fn a_reset_after_acceptance() {
    each_runs_once_under("a reset after acceptance").await;
}

#[tokio::test]
async fn an_answer_that_comes_after_the_request_timeout() {
    each_runs_once_under("an answer that comes after the request timeout").await;
}

#[tokio::test]
async fn a_500_before_acceptance() {
    each_runs_once_under("a 500 before acceptance").await;
}

#[tokio::test]
async fn a_500_after_acceptance() {
    each_runs_once_under("a 500 after acceptance").await;
}

#[tokio::test]
async fn a_504_after_acceptance() {
    each_runs_once_under("a 504 after acceptance").await;
}

#[tokio::test]
async fn a_truncated_answer() {
    each_runs_once_under("a truncated answer").await;
}

#[tokio::test]
async fn a_429_with_retry_after() {
    each_runs_once_under("a 429 with Retry-After").await;
}

#[tokio::test]
async fn a_lost_answer_and_records_that_appear_20_seconds_late() {
    each_runs_once_under("a lost answer and records that appear 20 seconds late").await;
}

#[tokio::test]
async fn a_lost_answer_and_stale_lists() {
    each_runs_once_under("a lost answer and stale lists").await;
}

#[tokio::test]
async fn stale_lists_alone() {
    each_runs_once_under("stale lists alone").await;
}
