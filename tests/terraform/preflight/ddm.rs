//! The checks of DDM restores.

use rehearsal::ddm::{self, FRESH_NODE_IDS, Instance, SOURCE_ID, SOURCE_NODE_IDS, TARGET_ID};
use rehearsal::{Service, World};

use super::{Case, asked, refused, told, warned};
use crate::support::Story;

const MOMENT: i64 = 1_747_732_352_076;

fn copy(world: &World, of: &str, id: &str, change: impl FnOnce(&mut Instance)) -> Instance {
    let mut instance = world.ddm.instances.iter().find(|instance| instance.id == of).unwrap().clone();
    instance.id = id.to_owned();
    instance.name = format!("copy-{id}");
    change(&mut instance);
    instance
}

/// Instances in every state that matters.
fn world(world: &mut World) {
    let copies = [
        copy(world, SOURCE_ID, "ancient", |instance| instance.engine_version = "2.3.2.10".into()),
        copy(world, SOURCE_ID, "empty", |instance| instance.members.clear()),
        copy(world, TARGET_ID, "used", |instance| instance.accounts = 1),
        copy(world, TARGET_ID, "faulty", |instance| instance.status = "ERROR".into()),
        copy(world, TARGET_ID, "young", |instance| instance.engine_version = "3.0.7".into()),
        copy(world, TARGET_ID, "busy", |instance| instance.status = "RESTARTING".into()),
    ];
    world.ddm.instances.extend(copies);
}

fn body(source: &str, target: &str, time: i64, relations: &[(&str, &str)]) -> String {
    let block = |(from, to): &(&str, &str)| {
        format!(
            "\n  data_node_relation {{\n    source_instance_id = \"{from}\"\n    target_instance_id = \"{to}\"\n  }}\n"
        )
    };
    let blocks: String = relations.iter().map(block).collect();
    format!(
        "  source_instance_id = \"{source}\"\n  target_instance_id = \"{target}\"\n  restore_time = {time}\n{blocks}"
    )
}

fn case(body: String, blamed: &'static str, title: &str, says: &'static [&'static str]) -> Case {
    Case { kind: "recovery_ddm_restore", body, blamed, title: title.to_owned(), says }
}

fn pairs() -> [(&'static str, &'static str); 2] {
    [(SOURCE_NODE_IDS[0], FRESH_NODE_IDS[0]), (SOURCE_NODE_IDS[1], FRESH_NODE_IDS[1])]
}

#[test]
fn what_would_fail_is_an_error_on_its_line() {
    let cases = [
        case(
            body("nowhere", TARGET_ID, MOMENT, &pairs()),
            "source_instance_id",
            "DDM instance nowhere does not exist",
            &["region eu-de"],
        ),
        case(
            body("ancient", TARGET_ID, MOMENT, &pairs()),
            "source_instance_id",
            "DDM instance copy-ancient (ancient) has too old an engine",
            &["2.3.2.11 or later"],
        ),
        case(
            body("empty", TARGET_ID, MOMENT, &[]),
            "source_instance_id",
            "DDM instance empty has no data nodes as of 2025-05-20 09:12 UTC",
            &[],
        ),
        case(
            body(SOURCE_ID, TARGET_ID, 1_547_732_352_076, &pairs()),
            "restore_time",
            &format!("DDM instance {SOURCE_ID} cannot be recovered to 2019-01-17 13:39:12 UTC"),
            &["lies in none of the times that the service offers", "Choose a moment within one of these"],
        ),
        case(
            body(SOURCE_ID, "nowhere", MOMENT, &pairs()),
            "target_instance_id",
            "DDM instance nowhere does not exist",
            &[],
        ),
        case(
            body(SOURCE_ID, "used", MOMENT, &pairs()),
            "target_instance_id",
            "DDM instance copy-used (used) cannot be restored to",
            &["The service says: The instance has a common account.", "Available now: "],
        ),
        case(
            body(SOURCE_ID, "faulty", MOMENT, &pairs()),
            "target_instance_id",
            "DDM instance copy-faulty (faulty) cannot be restored to",
            &["Its status is ERROR"],
        ),
        case(
            body(SOURCE_ID, "young", MOMENT, &pairs()),
            "target_instance_id",
            "DDM instance copy-young (young) has too old an engine",
            &["it needs 3.0.8 or later"],
        ),
        case(
            body(SOURCE_ID, TARGET_ID, MOMENT, &pairs()[..1]),
            "data_node_relation",
            "1 of the 2 source data nodes have no target",
            &["orders-dn-2", "RECOVERY_PREFLIGHT=false", "plans a create first"],
        ),
        case(
            body(SOURCE_ID, TARGET_ID, MOMENT, &[pairs()[0], pairs()[1], ("stranger", "other")]),
            "data_node_relation",
            "stranger is not a data node of the source",
            &["orders-dn-1"],
        ),
        case(
            body(SOURCE_ID, TARGET_ID, MOMENT, &[pairs()[0], (SOURCE_NODE_IDS[1], "elsewhere")]),
            "data_node_relation",
            &format!("Data node elsewhere is not offered for orders-dn-2 ({})", SOURCE_NODE_IDS[1]),
            &["orders-fresh-2"],
        ),
    ];
    refused(&cases, "", world);
}

#[test]
fn a_data_node_that_does_not_fit_is_refused_with_the_services_words() {
    let title =
        format!("Data node orders-fresh-1 ({}) cannot receive orders-dn-1 ({})", FRESH_NODE_IDS[0], SOURCE_NODE_IDS[0]);
    let cases = [case(
        body(SOURCE_ID, TARGET_ID, MOMENT, &pairs()),
        "data_node_relation",
        &title,
        &["The service says: The data node is read-only."],
    )];
    refused(&cases, "", |world| {
        let node = world.ddm.data_nodes.iter_mut().find(|node| node.id == FRESH_NODE_IDS[0]).unwrap();
        node.read_only = true;
    });
}

#[test]
fn nodes_that_are_not_alike_are_not_paired_and_the_candidates_are_named() {
    let title = "The data nodes cannot be paired without data_node_relation blocks";
    let says: &[&str] = &[
        "there are 2 source data nodes and 3 target data nodes that fit",
        "orders-dn-1",
        "orders-fresh-1",
        "one-too-many",
    ];
    refused(&[case(body(SOURCE_ID, TARGET_ID, MOMENT, &[]), "target_instance_id", title, says)], "", |world| {
        let fresh = world.ddm.data_nodes.iter().find(|node| node.id == FRESH_NODE_IDS[0]).unwrap().clone();
        world.ddm.data_nodes.push(ddm::DataNode { id: "extra".into(), name: "one-too-many".into(), ..fresh });
    });
}

#[test]
fn a_busy_target_is_a_warning() {
    let title = "Apply waits: DDM instance copy-busy (busy) is busy (status RESTARTING)";
    warned(
        &[case(body(SOURCE_ID, "busy", MOMENT, &pairs()), "target_instance_id", title, &["within timeouts.create"])],
        world,
    );
}

#[test]
fn the_status_of_the_source_is_not_documented() {
    let text =
        format!("resource \"recovery_ddm_restore\" \"r\" {{\n{}}}\n", body(SOURCE_ID, TARGET_ID, MOMENT, &pairs()));
    let Some(story) = Story::begin(&text) else { return };
    story.cloud.change_world(|world| {
        world.ddm.instances.iter_mut().find(|instance| instance.id == SOURCE_ID).unwrap().status = "RESIZING".into();
    });
    story.plan().success().says("status RESIZING, and no document says which status the source needs");
}

#[test]
fn a_restore_names_target_source_moment_and_nodes() {
    let title = format!(
        "DDM instance orders-restored ({TARGET_ID}) will be overwritten with DDM instance orders ({SOURCE_ID}) as of 2025-05-20 09:12 UTC"
    );
    let says: &[&str] = &[
        "everything written to the source after 2025-05-20 09:12 UTC is not in what they get",
        "orders-fresh-1",
        "receives orders-dn-1",
        "+ restore_point = \"2025-05-20T09:12:32.076Z\"",
        "+ node_pairs = {",
    ];
    told(
        "Warning",
        0,
        &[case(body(SOURCE_ID, TARGET_ID, MOMENT, &[]), "target_instance_id", &title, says)],
        "",
        |_| {},
    );
}

#[test]
fn twelve_data_nodes_are_paired_from_four_lines() {
    let text = format!(
        "resource \"recovery_ddm_restore\" \"r\" {{\n{}}}\n",
        body(ddm::WIDE_SOURCE_ID, ddm::WIDE_TARGET_ID, MOMENT, &[])
    );
    let Some(story) = Story::begin(&text) else { return };
    story.apply().success().says("1 added");
    assert_eq!(story.values("recovery_ddm_restore.r")["node_pairs"].as_object().unwrap().len(), 12);
    story.plan_is_empty();
}

#[test]
fn sixty_four_data_nodes_are_asked_about_once_for_each_kind() {
    let text = format!("resource \"recovery_ddm_restore\" \"r\" {{\n{}}}\n", body(SOURCE_ID, TARGET_ID, MOMENT, &[]));
    // Two kinds of data nodes cannot be paired by themselves, so that pairs are written out for them.
    let pairs: Vec<(String, String)> =
        (0..64).map(|number| (format!("old-{number}"), format!("new-{number}"))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let written =
        format!("resource \"recovery_ddm_restore\" \"r\" {{\n{}}}\n", body(SOURCE_ID, TARGET_ID, MOMENT, &pairs));
    for (case, text, kinds) in [("one kind", text, 1), ("two kinds, written out", written, 2)] {
        let Some(story) = Story::begin(&text) else { return };
        story.cloud.change_world(|world| sixty_four(world, kinds));
        story.plan().success();
        let asked_about = |story: &Story| {
            asked(story, Service::Ddm).iter().filter(|entry| entry.path.ends_with("/restorable-data-node")).count()
        };
        // 64 nodes on each side are one page and a bit of the project's data nodes.
        let pages = 2;
        assert_eq!(asked_about(&story), kinds * pages, "{case}: a plan");
        let planned = asked(&story, Service::Ddm).len();
        assert!(planned < 16, "{case}: {planned} requests for a plan");
        story.cloud.clear_journal();
        story.apply().success();
        // Once for its plan, once for that plan in the process that applies it, and once, anew, right before it is sent.
        assert_eq!(asked_about(&story), 3 * kinds * pages, "{case}: an apply");
        assert_eq!(story.values("recovery_ddm_restore.r")["node_pairs"].as_object().unwrap().len(), 64, "{case}");
    }
}

/// Gives the source 64 data nodes in so many sizes, and the target as many to receive them.
fn sixty_four(world: &mut World, kinds: usize) {
    let fresh = world.ddm.data_nodes.iter().find(|node| node.id == FRESH_NODE_IDS[0]).unwrap().clone();
    let kept = |id: &str| !FRESH_NODE_IDS.contains(&id) && !SOURCE_NODE_IDS.contains(&id);
    world.ddm.data_nodes.retain(|node| kept(&node.id));
    let source = world.ddm.instances.iter_mut().find(|instance| instance.id == SOURCE_ID).unwrap();
    source.members.clear();
    for number in 0..64 {
        // Of one version, as an instance's data nodes have to be: the kinds differ in storage.
        let smaller = if number % kinds == 0 { 0 } else { 1 };
        let [old, new] = [("old", smaller), ("new", 0)].map(|(side, smaller)| ddm::DataNode {
            id: format!("{side}-{number}"),
            name: format!("{side}-{number:02}"),
            data_volume_size: fresh.data_volume_size - smaller,
            ..fresh.clone()
        });
        source.members.push(ddm::Membership { data_node_id: old.id.clone(), ..ddm::Membership::default() });
        world.ddm.data_nodes.extend([old, new]);
    }
}
