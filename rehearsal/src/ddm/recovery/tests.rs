use super::super::testing::{Cloud, assert_refused, list_of, text};
use super::super::world::{DataNode, Membership, Relation};
use super::super::*;
use crate::service::OperationFailure;
use serde_json::{Value, json};

/// 2026-11-20T08:00:00Z, a day before the tests' now.
const TIME: i64 = 1_795_161_600_000;

fn pairs() -> Value {
    json!([
        { "source_instance_id": SOURCE_NODE_IDS[0], "target_instance_id": FRESH_NODE_IDS[0] },
        { "source_instance_id": SOURCE_NODE_IDS[1], "target_instance_id": FRESH_NODE_IDS[1] },
    ])
}

fn order() -> Value {
    json!({
        "source": { "instance_id": SOURCE_ID, "restore_time": TIME },
        "target": { "instance_id": TARGET_ID },
        "data_node_relations": pairs(),
    })
}

fn path(id: &str) -> String {
    format!("v3/instances/{id}/backups/recovery")
}

fn restore(cloud: &mut Cloud) -> String {
    let response = cloud.post(&path(SOURCE_ID), order());
    assert_eq!(response.status, 202, "{response:?}");
    let id = text(&response.body.unwrap(), "/job_id");
    assert_eq!(response.started, Some(id.clone()));
    id
}

#[test]
fn a_restore_runs_to_its_end() {
    let mut cloud = Cloud::new();
    let id = restore(&mut cloud);
    cloud.get_refused(&format!("v3/jobs/{id}"), 400, "DBS.300400");
    assert!(cloud.jobs().is_empty());
    assert_eq!(cloud.status(TARGET_ID), "RUNNING");
    cloud.wait(60.0);
    assert_eq!(cloud.job(&id), ("Running".to_owned(), "50%".to_owned()));
    assert_eq!(cloud.status(TARGET_ID), "RESTORE");
    assert_eq!(cloud.status(SOURCE_ID), "RUNNING");
    assert_refused(&cloud.post(&path(SOURCE_ID), order()), "busy", 409, "DBS.200019");
    cloud.wait(60.0);
    assert_eq!(cloud.job(&id), ("Completed".to_owned(), String::new()));
    assert_eq!(cloud.status(TARGET_ID), "RESTORE");
    assert_refused(&cloud.post(&path(SOURCE_ID), order()), "still busy", 409, "DBS.200019");
    cloud.wait(5.0);
    assert_eq!(cloud.status(TARGET_ID), "RUNNING");
    assert_refused(&cloud.post(&path(SOURCE_ID), order()), "used", 400, "DBS.300372");

    let jobs = cloud.jobs();
    assert_eq!(text(&jobs[0], "/id"), id);
    assert_eq!(text(&jobs[0], "/name"), "RestoreInstance");
    assert_eq!(text(&jobs[0], "/instance_id"), TARGET_ID);
    assert_eq!(text(&jobs[0], "/created_time"), "2026-11-21T08:00:00+0000");
    assert_eq!(text(&jobs[0], "/end_time"), "2026-11-21T08:02:00+0000");
    assert_eq!(text(&jobs[0], "/fail_reason"), "");
    let operation = &cloud.world.operations(cloud.now)[0];
    assert_eq!((operation.kind.as_str(), operation.target.as_str()), ("restore", TARGET_ID));

    let time = cloud.now.as_millisecond();
    let nodes = cloud.get_ok(&format!("v3/instances/{TARGET_ID}/backups/related-dn?restore_time={time}"));
    let ids: Vec<String> =
        list_of(&nodes, "related_data_nodes").iter().map(|node| text(node, "/instance_id")).collect();
    assert_eq!(ids, FRESH_NODE_IDS);
}

#[test]
fn an_earlier_now_gives_a_stale_answer() {
    let mut cloud = Cloud::new();
    let before = cloud.now;
    let id = restore(&mut cloud);
    cloud.wait(200.0);
    assert_eq!(cloud.job(&id).0, "Completed");
    cloud.now = before.checked_add(jiff::SignedDuration::from_secs(30)).unwrap();
    assert_eq!(cloud.job(&id).0, "Running");
    assert_eq!(cloud.status(TARGET_ID), "RESTORE");
    cloud.now = before.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap();
    assert!(cloud.jobs().is_empty());
    assert_eq!(cloud.status(TARGET_ID), "RUNNING");
    assert!(cloud.world.operations(cloud.now).is_empty());
}

#[test]
fn failures_show_in_the_list_alone() {
    let failure = |status: Option<&str>| OperationFailure {
        status: status.map(str::to_owned),
        code: "DBS.300005".to_owned(),
        message: "Processing failed.".to_owned(),
    };
    for (status, after) in [(None, "RUNNING"), (None, "ERROR"), (Some("Evaporated"), "RUNNING")] {
        let mut cloud = Cloud::new();
        cloud.world.switches.target_after_failed_restore = after.to_owned();
        cloud.fail_operation = Some(failure(status));
        let id = restore(&mut cloud);
        cloud.wait(125.0);
        assert_eq!(cloud.job(&id).0, status.unwrap_or("Failed"));
        assert_eq!(text(&cloud.jobs()[0], "/fail_reason"), "DBS.300005: Processing failed.");
        assert_eq!(cloud.status(TARGET_ID), after);
        cloud.fail_operation = None;
        let again = cloud.post(&path(SOURCE_ID), order());
        assert_eq!(again.status, if after == "ERROR" { 400 } else { 202 });
    }
    let mut cloud = Cloud::new();
    cloud.world.switches.restore_end = Some(failure(None));
    let id = restore(&mut cloud);
    cloud.wait(125.0);
    assert_eq!(cloud.job(&id).0, "Failed");
}

#[test]
fn malformed_orders_are_refused() {
    let with = |pointer: &str, value: Value| {
        let mut order = order();
        *order.pointer_mut(pointer).unwrap() = value;
        order
    };
    let pair = |from: &str, to: &str| json!({ "source_instance_id": from, "target_instance_id": to });
    let (a, b) = (SOURCE_NODE_IDS[0], SOURCE_NODE_IDS[1]);
    let (x, y) = (FRESH_NODE_IDS[0], FRESH_NODE_IDS[1]);
    for (order, why) in [
        (json!([]), "no object"),
        (with("/source", json!(null)), "no source"),
        (with("/source/instance_id", json!(null)), "no source id"),
        (with("/source/instance_id", json!(1)), "a number as id"),
        (with("/source/restore_time", json!(null)), "no time"),
        (with("/source/restore_time", json!(TIME.to_string())), "a time as text"),
        (with("/source/restore_time", json!(-1)), "a negative time"),
        (with("/target/instance_id", json!("")), "no target"),
        (with("/data_node_relations", json!(null)), "no relations"),
        (with("/data_node_relations", json!([])), "too few relations"),
        (with("/data_node_relations", json!([pair(a, x)])), "one relation"),
        (with("/data_node_relations", json!([pair(a, x), pair(a, y)])), "a source twice"),
        (with("/data_node_relations", json!([pair(a, x), pair(b, x)])), "a target twice"),
        (with("/data_node_relations", json!([pair(a, x), pair(x, y)])), "a stranger"),
        (with("/data_node_relations", json!([pair(a, x), { "source_instance_id": b }])), "half a relation"),
        (with("/data_node_relations", json!(["a", "b"])), "texts"),
    ] {
        let mut cloud = Cloud::new();
        assert_refused(&cloud.post(&path(SOURCE_ID), order), why, 400, "DBS.280001");
        assert!(cloud.world.jobs.is_empty(), "{why}");
    }
}

#[test]
fn restores_that_cannot_be_are_refused() {
    type Change = fn(&mut World);
    fn fresh(world: &mut World) -> &mut DataNode {
        world.data_nodes.iter_mut().find(|node| node.id == FRESH_NODE_IDS[1]).unwrap()
    }
    let cases: [(u16, &str, &str, Change); 21] = [
        (404, "200002", "no source", |world| drop(world.instances.remove(0))),
        (400, "300372", "no target", |world| drop(world.instances.remove(1))),
        (400, "300360", "old source", |world| world.instances[0].engine_version = "2.3.2.10".to_owned()),
        (400, "300375", "no interval", |world| world.instances[0].intervals.clear()),
        (400, "300372", "old target", |world| world.instances[1].engine_version = "3.0.7".to_owned()),
        (400, "300372", "accounts", |world| world.instances[1].accounts = 1),
        (400, "300372", "schemas", |world| world.instances[1].schemas = 1),
        (400, "300372", "data nodes", |world| world.instances[1].members = vec![Membership::of(FRESH_NODE_IDS[0])]),
        (400, "300372", "frozen", |world| world.instances[1].status = "FROZEN".to_owned()),
        (400, "300372", "faulty", |world| world.instances[1].status = "ERROR".to_owned()),
        (409, "200019", "restarting", |world| world.instances[1].status = "RESTARTING".to_owned()),
        (400, "300323", "no such node", |world| world.data_nodes.retain(|node| node.id != FRESH_NODE_IDS[1])),
        (400, "300323", "another network", |world| fresh(world).vpc_id = "elsewhere".to_owned()),
        (400, "300323", "abnormal", |world| fresh(world).status = "abnormal".to_owned()),
        (400, "300323", "another engine", |world| fresh(world).engine_name = "postgresql".to_owned()),
        (400, "300323", "older node", |world| fresh(world).version = "8.0.31".to_owned()),
        (400, "300323", "read-only", |world| fresh(world).read_only = true),
        (400, "300323", "smaller", |world| fresh(world).data_volume_size = 1),
        (400, "300323", "held elsewhere", |world| {
            world.instances[2].members.push(Membership::of(FRESH_NODE_IDS[1]));
        }),
        (409, "200019", "busy source", |world| {
            world.switches.source_must_run = true;
            world.instances[0].status = "BACKUP".to_owned();
        }),
        (400, "300375", "source id differs", |world| {
            world.switches.source_id_must_match = true;
            let moved = world.instances[0].id.replace("0001in09", "0009in09");
            world.instances[0].id = moved;
        }),
    ];
    for (status, code, why, change) in cases {
        let mut cloud = Cloud::new();
        change(&mut cloud.world);
        let id = if why == "source id differs" { cloud.world.instances[0].id.clone() } else { SOURCE_ID.to_owned() };
        assert_refused(&cloud.post(&path(&id), order()), why, status, &format!("DBS.{code}"));
    }
}

#[test]
fn a_data_node_takes_one_restore_at_a_time() {
    let mut cloud = Cloud::new();
    cloud.world.ensure_target("second", SOURCE_ID);
    restore(&mut cloud);
    let mut order = order();
    order["target"]["instance_id"] = json!("second");
    assert_refused(&cloud.post(&path(SOURCE_ID), order.clone()), "nodes in use", 400, "DBS.300323");
    cloud.world.switches.source_is_busy = true;
    assert_refused(&cloud.post(&path(SOURCE_ID), order), "source in use", 409, "DBS.200019");
}

#[test]
fn checks_can_come_late() {
    let mut cloud = Cloud::new();
    cloud.world.switches.target_checks_in_job = true;
    cloud.world.instances[1].accounts = 1;
    let id = restore(&mut cloud);
    cloud.wait(125.0);
    assert_eq!(cloud.job(&id).0, "Failed");
    assert!(text(&cloud.jobs()[0], "/fail_reason").starts_with("DBS.300372"));

    let mut cloud = Cloud::new();
    cloud.world.switches.storage_checked_by_job = true;
    cloud.world.data_nodes[2].data_volume_size = 1;
    let id = restore(&mut cloud);
    cloud.wait(125.0);
    assert_eq!(cloud.job(&id).0, "Failed");

    let mut cloud = Cloud::new();
    cloud.world.data_nodes[2].version = "8.0.35".to_owned();
    let id = restore(&mut cloud);
    cloud.wait(125.0);
    assert_eq!(cloud.job(&id).0, "Failed", "data nodes of different versions");
}

#[test]
fn the_target_can_be_ready_at_other_times() {
    for (ready, at_110, at_118, at_122) in [
        (TargetReady::After, "RESTORE", "RESTORE", "RESTORE"),
        (TargetReady::With, "RESTORE", "RESTORE", "RUNNING"),
        (TargetReady::Before, "RESTORE", "RUNNING", "RUNNING"),
    ] {
        let mut cloud = Cloud::new();
        cloud.world.switches.target_ready = ready;
        restore(&mut cloud);
        cloud.wait(110.0);
        assert_eq!(cloud.status(TARGET_ID), at_110, "{ready:?}");
        cloud.wait(8.0);
        assert_eq!(cloud.status(TARGET_ID), at_118, "{ready:?}");
        cloud.wait(4.0);
        assert_eq!(cloud.status(TARGET_ID), at_122, "{ready:?}");
    }
}

#[test]
fn the_restore_shows_where_the_switch_says() {
    for (shown, source, target) in [
        (RestoreShownOn::Target, "RUNNING", "RESTORE"),
        (RestoreShownOn::Both, "BACKUP", "RESTORE"),
        (RestoreShownOn::None, "RUNNING", "RUNNING"),
    ] {
        let mut cloud = Cloud::new();
        cloud.world.switches.restore_shown_on = shown;
        restore(&mut cloud);
        cloud.wait(10.0);
        assert_eq!((cloud.status(SOURCE_ID).as_str(), cloud.status(TARGET_ID).as_str()), (source, target));
        assert_refused(&cloud.post(&path(SOURCE_ID), order()), "busy", 409, "DBS.200019");
    }
}

#[test]
fn source_id_is_needed_by_one_cloud() {
    let mut without = order();
    without["source"].as_object_mut().unwrap().remove("instance_id");
    let mut other = order();
    other["source"]["instance_id"] = json!("733c000000000000000000000000in09");
    for (platform, refused, body, status) in [
        (Platform::Otc, false, &without, 400),
        (Platform::Otc, false, &other, 202),
        (Platform::Huaweicloud, false, &without, 202),
        (Platform::Huaweicloud, false, &other, 202),
        (Platform::Huaweicloud, true, &other, 400),
        (Platform::Huaweicloud, true, &without, 202),
    ] {
        let mut cloud = Cloud::new();
        cloud.world.platform = platform;
        cloud.world.switches.source_id_refused = refused;
        assert_eq!(cloud.post(&path(SOURCE_ID), body.clone()).status, status, "{platform:?} {refused}");
    }
}

#[test]
fn the_ends_of_an_interval_count_in_whole_seconds() {
    let end = "2026-11-20T08:00:00.400Z".parse::<jiff::Timestamp>().unwrap();
    for (exact, offset, status) in
        [(false, -1000, 202), (false, 0, 202), (false, 500, 202), (false, 600, 400), (true, -1, 202), (true, 0, 400)]
    {
        let mut cloud = Cloud::new();
        cloud.world.switches.exact_intervals = exact;
        cloud.world.instances[0].intervals = vec![Interval { end: Some(end), ..Interval::default() }];
        let mut order = order();
        order["source"]["restore_time"] = json!(end.as_millisecond() + offset);
        assert_eq!(cloud.post(&path(SOURCE_ID), order).status, status, "{exact} {offset}");
    }
}

#[test]
fn the_wide_pair_takes_twelve_relations() {
    let mut cloud = Cloud::new();
    let pair =
        |n: u32| json!({ "source_instance_id": data_node_id(301 + n), "target_instance_id": data_node_id(401 + n) });
    let order = json!({
        "source": { "instance_id": WIDE_SOURCE_ID, "restore_time": 1747732352076.0 },
        "target": { "instance_id": WIDE_TARGET_ID },
        "data_node_relations": (0..WIDE_NODES).map(pair).collect::<Vec<Value>>(),
    });
    assert_eq!(cloud.post(&path(WIDE_SOURCE_ID), order).status, 202);
}

/// The request of the API page "Restoring Data to a New Instance (a V3 API)", where one data node is both source and
/// target, in a world that has what it names.
#[test]
fn the_request_of_the_api_page_is_accepted() {
    let target = "2f0324a93859487eb5566d75951fcd2din09";
    let node = "f4e2949e9b9b4d60b42c89ed39bfe34cin01";
    let body = json!({
        "source": { "restore_time": 1_747_732_352_076_i64 },
        "target": { "instance_id": target },
        "data_node_relations": [{ "source_instance_id": node, "target_instance_id": node }],
    });
    let source = "1f5c0000000000000000000000000001in09";
    let relation = Relation { source_instance_id: node.to_owned(), target_instance_id: node.to_owned() };
    let mut cloud = Cloud::new();
    cloud.world.platform = Platform::Huaweicloud;
    assert_refused(&cloud.post(&path(source), body.clone()), "empty world", 404, "DBS.200002");
    cloud.world.ensure_restore(source, target, &[relation]);
    assert_refused(&cloud.post(&path(source), body.clone()), "strict", 400, "DBS.300323");
    cloud.world.switches.source_node_as_target = true;
    let response = cloud.post(&path(source), body);
    assert_eq!(response.status, 202);
    assert_eq!(text(&response.body.unwrap(), "/job_id").len(), 32);
}

#[test]
fn metadata_alone_can_be_restored() {
    let path = format!("v3/instances/{SOURCE_ID}/backups/metadata-recovery");
    let order = |source: Value, nodes: Value| json!({ "source": source, "target": { "instance_id": TARGET_ID, "data_nodes": nodes } });
    let nodes = json!(FRESH_NODE_IDS);
    for (source, nodes, code) in [
        (json!({}), nodes.clone(), "DBS.280001"),
        (json!({ "restore_time": TIME, "backup_id": BACKUP_ID }), nodes.clone(), "DBS.280001"),
        (json!({ "backup_id": "unknown" }), nodes.clone(), "DBS.300375"),
        (json!({ "restore_time": 1 }), nodes.clone(), "DBS.300375"),
        (json!({ "backup_id": BACKUP_ID }), json!([FRESH_NODE_IDS[0]]), "DBS.280001"),
        (json!({ "backup_id": BACKUP_ID }), json!([FRESH_NODE_IDS[0], "unknown"]), "DBS.300323"),
    ] {
        let mut cloud = Cloud::new();
        assert_refused(&cloud.post(&path, order(source, nodes)), code, 400, code);
    }
    for source in [json!({ "restore_time": TIME }), json!({ "backup_id": BACKUP_ID })] {
        let mut cloud = Cloud::new();
        let response = cloud.post(&path, order(source, nodes.clone()));
        assert_eq!(response.status, 202, "{response:?}");
        cloud.wait(30.0);
        assert_eq!(cloud.status(TARGET_ID), "RESTORE");
        cloud.wait(30.0);
        assert_eq!(cloud.status(TARGET_ID), "RUNNING");
        assert_eq!(text(&cloud.jobs()[0], "/name"), "RestoreMetadata");
        assert_eq!(text(&cloud.jobs()[0], "/status"), "Completed");
        assert_refused(
            &cloud.post(&path, order(json!({ "backup_id": BACKUP_ID }), nodes.clone())),
            "used",
            400,
            "DBS.300372",
        );
    }
}

#[test]
fn a_world_survives_its_own_text() {
    let mut cloud = Cloud::new();
    restore(&mut cloud);
    let text = serde_json::to_string(&cloud.world).unwrap();
    let back: World = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    let partial: World = serde_json::from_str(r#"{ "switches": { "target_ready": "before" } }"#).unwrap();
    assert_eq!(partial.switches.target_ready, TargetReady::Before);
    assert_eq!(partial.instances.len(), 4);
    assert!(serde_json::from_str::<World>(r#"{ "instnaces": [] }"#).is_err());
}
