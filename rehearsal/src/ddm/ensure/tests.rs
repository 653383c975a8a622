use super::super::testing::{Cloud, list_of, text};
use super::super::world::Relation;
use super::super::*;
use serde_json::{Value, json};

const SOURCE: &str = "11111111111111111111111111111111in09";
const TARGET: &str = "22222222222222222222222222222222in09";
const TIME: i64 = 1_795_161_600_000;

fn post(cloud: &mut Cloud, source: &str, target: &str, relations: &[Relation]) -> u16 {
    let body = json!({
        "source": { "instance_id": source, "restore_time": TIME },
        "target": { "instance_id": target },
        "data_node_relations": relations,
    });
    cloud.post(&format!("v3/instances/{source}/backups/recovery"), body).status
}

fn relation(from: &str, to: &str) -> Relation {
    Relation { source_instance_id: from.to_owned(), target_instance_id: to.to_owned() }
}

#[test]
fn what_a_configuration_names_is_made() {
    let mut cloud = Cloud::new();
    let relations = [relation("a", "x"), relation("b", "y"), relation("c", "z")];
    cloud.world.ensure_restore(SOURCE, TARGET, &relations);
    let once = serde_json::to_string(&cloud.world).unwrap();
    cloud.world.ensure_restore(SOURCE, TARGET, &relations);
    assert_eq!(serde_json::to_string(&cloud.world).unwrap(), once, "ensuring twice changes nothing");
    assert_eq!(post(&mut cloud, SOURCE, TARGET, &relations), 202);
}

/// Pairs as a client derives them: each data node of the source with the next available candidate.
fn derived(cloud: &mut Cloud, source: &str, target: &str) -> Vec<Relation> {
    let ids = |items: &[Value]| -> Vec<String> {
        let usable = items.iter().filter(|item| item["available"] != json!(false));
        usable.map(|item| text(item, "/instance_id")).collect()
    };
    let root = format!("v3/instances/{source}/backups");
    let body = cloud.get_ok(&format!("{root}/related-dn?limit=128&restore_time={TIME}"));
    let from = ids(list_of(&body, "related_data_nodes"));
    let query = format!("limit=128&restore_time={TIME}&target_instance_id={target}&source_dn_instance_id={}", from[0]);
    let body = cloud.get_ok(&format!("{root}/restorable-data-node?{query}"));
    let to = ids(list_of(&body, "target_data_nodes"));
    from.iter().zip(&to).map(|(from, to)| relation(from, to)).collect()
}

#[test]
fn without_relations_there_are_enough_fresh_nodes() {
    for (source, target, count) in [(SOURCE, TARGET, 2), (WIDE_SOURCE_ID, TARGET, 12), (SOURCE_ID, TARGET, 2)] {
        let mut cloud = Cloud::new();
        cloud.world.ensure_restore(source, target, &[]);
        let relations = derived(&mut cloud, source, target);
        assert_eq!(relations.len(), count, "{source}");
        assert_eq!(post(&mut cloud, source, target, &relations), 202, "{source}");
    }
}

#[test]
fn what_exists_stays_as_it_is() {
    let mut cloud = Cloud::new();
    let before = serde_json::to_string(&cloud.world).unwrap();
    cloud.world.ensure_restore(SOURCE_ID, TARGET_ID, &[]);
    cloud.world.ensure_source(SOURCE_ID, &["another"]);
    cloud.world.ensure_restore("", "", &[]);
    assert_eq!(serde_json::to_string(&cloud.world).unwrap(), before);
}

#[test]
fn resources_and_lookups_are_read() {
    let mut cloud = Cloud::new();
    let pairs = json!([relation("a", "x"), { "source_instance_id": "b" }]);
    let arguments = json!({ "source_instance_id": SOURCE, "target_instance_id": TARGET, "data_node_relation": pairs });
    let planned = Planned { type_name: "recovery_ddm_restore".to_owned(), arguments };
    let lookup = ["v1", "p1", "instances", "33333333333333333333333333333333in09"].map(str::to_owned).to_vec();
    super::ensure(&mut cloud.world, &[planned], &[lookup]);
    assert_eq!(post(&mut cloud, SOURCE, TARGET, &[relation("a", "x")]), 202);
    let shown = cloud.get_ok("v1/instances/33333333333333333333333333333333in09");
    assert_eq!(text(&shown, "/status"), "RUNNING");
}
