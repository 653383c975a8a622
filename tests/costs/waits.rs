//! Waiting that is hidden: what does not depend on each other is asked for side by side, and nothing is asked for twice or too
//! soon. A gate, not a clock, tells what was under way together.

use std::time::Duration;

use rehearsal::{Service, dcs};
use tf::codec;
use tokio::time::timeout;

use crate::gate::Gate;
use crate::stage::{Credentials, Stage, instance_id, refresh_all, uuid};

const KIND: &str = "recovery_dcs_backup";

/// Whoever waits longer than this waits for ever.
const EVER: Duration = Duration::from_secs(120);

#[test]
fn lists_of_different_instances_are_read_side_by_side() {
    let stage = Stage::new(42);
    let objects = stage.existing(42, 24);
    let gate = stage.here.block_on(Gate::before(&stage.cloud.connection.endpoints.dcs, 0, 8));
    stage.configure(Credentials::Password, Some(&gate.url));
    let resource = stage.resource(KIND);
    let read = stage.here.block_on(async { timeout(EVER, refresh_all(resource.as_ref(), &objects)).await });
    assert_eq!(read.expect("eight lists are asked for at once").len(), 42 * 24);
    let lists = stage.requests().into_iter().filter(|entry| entry.service == Service::Dcs);
    assert_eq!(lists.count(), 42, "one list for each instance");
}

#[test]
fn pages_that_a_list_tells_of_are_read_side_by_side() {
    let stage = Stage::new(1);
    let objects = stage.existing(1, 3_500);
    // The first page tells how many records there are. The other three come together.
    let gate = stage.here.block_on(Gate::before(&stage.cloud.connection.endpoints.dcs, 1, 3));
    stage.configure(Credentials::Password, Some(&gate.url));
    let resource = stage.resource(KIND);
    let read = stage.here.block_on(async { timeout(EVER, refresh_all(resource.as_ref(), &objects[3_490..])).await });
    let read = read.expect("three pages are asked for at once");
    let block = &resource.schema().block;
    for object in &read {
        let state = codec::decode_msgpack(block, &object.state).unwrap();
        assert_eq!(state.get("restorable"), &tf::Value::from(true), "each was found: {state:?}");
    }
    let mut queries: Vec<String> = stage.requests().into_iter().map(|entry| entry.query).collect();
    queries.retain(|query| query.contains("offset"));
    queries.sort();
    let expected = ["offset=0", "offset=1000", "offset=2000", "offset=3000"];
    assert_eq!(queries.len(), expected.len(), "{queries:?}");
    assert!(queries.iter().zip(expected).all(|(query, offset)| query.contains(offset)), "{queries:?}");
}

#[test]
fn a_service_that_counts_the_page_alone_is_read_to_its_end() {
    let stage = Stage::new(1);
    let objects = stage.existing(1, 2_500);
    stage.cloud.change_world(|world| {
        let mut switches = serde_json::to_value(&world.dcs.switches).unwrap();
        switches["total_num"] = "page".into();
        world.dcs.switches = serde_json::from_value::<dcs::Switches>(switches).unwrap();
    });
    stage.configure(Credentials::Password, None);
    let resource = stage.resource(KIND);
    stage.here.block_on(refresh_all(resource.as_ref(), &objects[2_490..]));
    let lists = stage.requests().into_iter().filter(|entry| entry.service == Service::Dcs);
    assert_eq!(lists.count(), 3);
}

#[test]
fn credentials_and_project_are_asked_for_once_and_not_before_they_are_needed() {
    for (credentials, asked) in [
        (Credentials::Password, vec!["POST /v3/auth/tokens"]),
        (Credentials::Keys, vec!["GET /v3/projects"]),
        (Credentials::Token, vec!["GET /v3/auth/tokens"]),
    ] {
        let stage = Stage::new(20);
        let objects = stage.existing(20, 5);
        stage.configure(credentials, None);
        let resource = stage.resource(KIND);
        for object in &objects {
            resource.observe(&codec::decode_msgpack(&resource.schema().block, &object.state).unwrap());
        }
        assert!(stage.requests().is_empty(), "{credentials:?}: nobody has asked for anything yet");
        for walk in 0..2 {
            stage.here.block_on(refresh_all(resource.as_ref(), &objects));
            let of_identity = stage.requests().into_iter().filter(|entry| entry.service == Service::Iam);
            let lines: Vec<String> = of_identity.map(|entry| format!("{} {}", entry.method, entry.path)).collect();
            let expected = if walk == 0 { asked.clone() } else { Vec::new() };
            assert_eq!(lines, expected, "{credentials:?}");
        }
    }
}

#[test]
fn the_stage_has_what_it_is_asked_for() {
    let stage = Stage::new(2);
    assert_eq!(stage.existing(2, 3).len(), 6);
    let world = stage.cloud.world().dcs;
    let of_last: Vec<&str> =
        world.backups.iter().filter(|backup| backup.instance_id == instance_id(1)).map(|b| b.id.as_str()).collect();
    assert_eq!(of_last, [uuid(0xb, 3), uuid(0xb, 4), uuid(0xb, 5)]);
}
