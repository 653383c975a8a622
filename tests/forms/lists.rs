//! Lists: newest first, no further than the limit, and each entry is what an import of it would be.

use plugin_client::{Client, Listed};
use rehearsal::dcs::{Backup, Order};
use rehearsal::{Service, cbr, dds, rds};
use serde_json::{Value, json};

use crate::stage::{BACKUP, INSTANCE, Stage, operations, with};

const EMPTY_INSTANCE: &str = "3b9d5e71-0c2f-4f68-a1d7-e84b6c05f932";

/// What the operations of the list's own kind take as a filter.
fn lists() -> [(&'static str, Value); 5] {
    [
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE })),
        ("recovery_dcs_restore", json!({ "instance_id": INSTANCE })),
        ("recovery_cbr_restore", json!({})),
        ("recovery_dds_backup", json!({ "instance_id": dds::CLUSTER_ID })),
        ("recovery_rds_backup", json!({ "instance_id": rds::TARGET_ID, "type": "manual" })),
    ]
}

async fn list(client: &mut Client, name: &str, config: Value, limit: i64) -> Vec<Listed> {
    let (listed, said) = client.list(name, config, limit, true).await.unwrap();
    assert_eq!(said, [], "{name}");
    listed
}

/// The moments in the objects, as they were listed.
fn moments(listed: &[Listed]) -> Vec<String> {
    let moment = |listed: &Listed| {
        let object = &listed.object;
        let names = ["created_at", "started_at", "begin_time"];
        names.iter().find_map(|name| object[name].as_str()).unwrap_or_default().to_owned()
    };
    listed.iter().map(moment).collect()
}

/// A cloud in which each kind of operation has run twice.
async fn after_two_runs() -> Stage {
    let stage = Stage::new(0.5).await;
    let (_process, mut client) = stage.provider().await;
    for (name, service, arguments) in operations() {
        if service != Service::Ddm {
            for number in 0..2 {
                // No backup of a database has a name twice.
                let arguments = match arguments.get("name") {
                    Some(_) => with(arguments.clone(), json!({ "name": format!("by-hand-{number}") })),
                    None => arguments.clone(),
                };
                assert_eq!(client.invoke(name, arguments).await.unwrap().ends, [vec![]], "{name}");
            }
        }
    }
    stage
}

#[tokio::test]
async fn what_is_listed_is_what_an_import_gives() {
    let stage = after_two_runs().await;
    for (name, config) in lists() {
        // A walk of its own, as a core would do it.
        let (_process, mut client) = stage.provider().await;
        let listed = list(&mut client, name, config.clone(), 100).await;
        assert!(listed.len() >= 2, "{name}: {listed:#?}");
        let moments = moments(&listed);
        assert!(moments.is_sorted_by(|one, other| one >= other), "{name}: {moments:#?}");
        for entry in &listed {
            let imported = client.import(name, "", entry.identity.clone()).await.unwrap().object().unwrap();
            assert_eq!(imported.state, entry.object, "{name}");
            assert_eq!(imported.identity, entry.identity, "{name}");
            let (status, id) = (entry.object["status"].as_str().unwrap(), entry.object["id"].as_str().unwrap());
            assert!(
                entry.display_name.contains(status) && entry.display_name.contains("UTC"),
                "{}",
                entry.display_name
            );
            let parts: Vec<&str> = id.split('/').collect();
            assert!(parts.iter().all(|part| entry.identity.to_string().contains(part)), "{name}: {entry:#?}");
        }
        let (bare, _) = client.list(name, config, 100, false).await.unwrap();
        assert_eq!(bare.len(), listed.len(), "{name}");
        assert!(bare.iter().all(|entry| entry.object.is_null()), "{name}");
    }
    assert!(stage.sent().iter().all(|entry| entry.method == "POST"), "a list changes nothing");
}

#[tokio::test]
async fn filters_narrow_it_down() {
    let stage = after_two_runs().await;
    stage.fail(Service::Cbr);
    let (_process, mut client) = stage.provider().await;
    let server = json!({ "backup_id": cbr::SERVER_BACKUP_ID, "server_id": cbr::SERVER_ID });
    client.invoke("recovery_cbr_restore", server).await.unwrap();
    let elsewhere = "0a000000-0000-4000-8000-000000000001";
    let cases: [(&str, Value, usize); 12] = [
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE, "backup_type": "auto" }), 2),
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE, "status": "expired" }), 1),
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE, "status": "failed" }), 0),
        ("recovery_dcs_restore", json!({ "instance_id": EMPTY_INSTANCE }), 0),
        ("recovery_cbr_restore", json!({ "status": "failed" }), 1),
        ("recovery_cbr_restore", json!({ "backup_id": cbr::SERVER_BACKUP_ID.to_uppercase() }), 3),
        ("recovery_cbr_restore", json!({ "server_id": cbr::SERVER_ID, "status": "success" }), 2),
        ("recovery_cbr_restore", json!({ "volume_id": elsewhere }), 0),
        ("recovery_cbr_restore", json!({ "backup_id": elsewhere }), 0),
        // An automated one is beside it, which nobody can import.
        ("recovery_rds_backup", json!({ "instance_id": rds::SOURCE_ID }), 1),
        ("recovery_rds_backup", json!({ "instance_id": rds::TARGET_ID, "type": "manual" }), 2),
        ("recovery_dds_backup", json!({ "instance_id": dds::CLUSTER_ID }), 2),
    ];
    for (name, config, expected) in cases {
        let listed = list(&mut client, name, config.clone(), 100).await;
        assert_eq!(listed.len(), expected, "{name} {config}: {listed:#?}");
    }
}

/// So many backups of the instance, beside those that are there.
fn add_backups(stage: &Stage, number: u32) {
    stage.cloud.change_world(|world| {
        world.dcs.switches.kept_backups = 10_000;
        let template = world.dcs.backups.iter().find(|backup| backup.id == BACKUP).unwrap().clone();
        world.dcs.backups.extend((0..number).map(|number| Backup {
            id: format!("0b000000-0000-4000-8000-{number:012}"),
            created_at: template.created_at - jiff_hours(number),
            ..template.clone()
        }));
    });
}

fn jiff_hours(hours: u32) -> std::time::Duration {
    std::time::Duration::from_secs(u64::from(hours) * 3600)
}

/// The queries of the list calls so far.
fn read(stage: &Stage) -> Vec<String> {
    let lists = stage.cloud.journal().into_iter().filter(|entry| entry.path.ends_with("/backups"));
    lists.map(|entry| entry.query).collect()
}

#[tokio::test]
async fn pages_are_read_only_as_far_as_the_limit_asks() {
    let stage = Stage::new(1.0).await;
    add_backups(&stage, 60);
    let (_process, mut client) = stage.provider().await;
    for (limit, found, pages) in [
        (1, 1, vec!["limit=10&offset=0"]),
        (25, 25, vec!["limit=25&offset=0"]),
        // A short page whose total claims no more is the last.
        (100, 63, vec!["limit=100&offset=0"]),
        // Without a limit.
        (0, 63, vec!["limit=1000&offset=0"]),
    ] {
        stage.cloud.clear_journal();
        let listed = list(&mut client, "recovery_dcs_backup", json!({ "instance_id": INSTANCE }), limit).await;
        assert_eq!((listed.len(), read(&stage)), (found, pages.into_iter().map(str::to_owned).collect()), "{limit}");
    }
    // A filter makes it read on until enough have passed.
    stage.cloud.clear_journal();
    let config = json!({ "instance_id": INSTANCE, "status": "expired" });
    assert_eq!(list(&mut client, "recovery_dcs_backup", config, 5).await.len(), 1);
    assert!(read(&stage).len() > 3, "{:?}", read(&stage));
}

#[tokio::test]
async fn a_service_with_another_order_is_read_to_its_end_and_sorted() {
    let stage = Stage::new(1.0).await;
    add_backups(&stage, 30);
    stage.cloud.change_world(|world| world.dcs.switches.order = Order::OldestFirst);
    let (_process, mut client) = stage.provider().await;
    let listed = list(&mut client, "recovery_dcs_backup", json!({ "instance_id": INSTANCE }), 12).await;
    let found = moments(&listed);
    assert_eq!(found.len(), 12);
    assert!(found.is_sorted_by(|one, other| one >= other), "{found:#?}");
    let newest = stage.cloud.world().dcs.backups.iter().map(|backup| backup.created_at).max().unwrap();
    assert!(found[0].starts_with(&newest.to_string()[..19]), "{} {newest}", found[0]);
}

#[tokio::test]
async fn what_is_wrong_is_an_error_in_place_of_entries() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    let unknown = json!({ "instance_id": "0a000000-0000-4000-8000-000000000001" });
    let cases = [
        ("recovery_dcs_backup", json!({}), "instance_id"),
        ("recovery_dcs_backup", json!({ "instance_id": INSTANCE, "status": "done" }), "status"),
        ("recovery_dcs_restore", unknown, "instance_id"),
        ("recovery_cbr_restore", json!({ "status": "done" }), "status"),
    ];
    for (name, config, blamed) in cases {
        let (listed, said) = client.list(name, config, 100, true).await.unwrap();
        assert!(listed.is_empty(), "{name}");
        assert!(said[0].is_error && said[0].attribute == blamed, "{name}: {said:#?}");
    }
    let fault = json!({ "method": "GET", "service": "dcs", "status": 403 });
    stage.cloud.set_faults(vec![serde_json::from_value(fault).unwrap()]).unwrap();
    let config = json!({ "instance_id": INSTANCE });
    let (_, said) = client.list("recovery_dcs_backup", config, 100, false).await.unwrap();
    assert!(said[0].is_error && said[0].detail.contains("403"), "{said:#?}");
}
