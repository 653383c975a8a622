//! The world that exists when a scenario names none.

use super::world::{Backup, DataNode, Instance, Membership};
use super::{
    BACKUP_ID, BUILT_IN_SINCE, EXPIRED_BACKUP_ID, FRESH_NODE_IDS, SOURCE_ID, SOURCE_NODE_IDS, TARGET_ID, WIDE_NODES,
    WIDE_SOURCE_ID, WIDE_TARGET_ID,
};
use crate::formats;
use jiff::Timestamp;

/// The network of everything that names no other.
pub(super) const VPC_ID: &str = "59000000-0000-4000-8000-000000000001";
/// The name of that network.
pub(super) const VPC_NAME: &str = "vpc-rehearsal";
/// The network of the wide pair.
const WIDE_VPC_ID: &str = "59000000-0000-4000-8000-000000000002";
/// The name of that network.
const WIDE_VPC_NAME: &str = "vpc-wide";

/// Identifier of a data node of the built-in world: `data_node_id(301)` is the first of the wide source.
pub fn data_node_id(number: u32) -> String {
    format!("da{number:030}in01")
}

/// When everything was made.
pub(super) fn since() -> Timestamp {
    BUILT_IN_SINCE.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn instances() -> Vec<Instance> {
    let wide_members = (301..301 + WIDE_NODES).map(|number| Membership::of(&data_node_id(number))).collect();
    vec![
        source(SOURCE_ID, "orders", SOURCE_NODE_IDS.map(Membership::of).to_vec()),
        Instance { id: TARGET_ID.to_owned(), name: "orders-restored".to_owned(), ..Instance::default() },
        in_wide_network(source(WIDE_SOURCE_ID, "events", wide_members)),
        in_wide_network(Instance {
            id: WIDE_TARGET_ID.to_owned(),
            name: "events-restored".to_owned(),
            ..Instance::default()
        }),
    ]
}

fn source(id: &str, name: &str, members: Vec<Membership>) -> Instance {
    Instance { id: id.to_owned(), name: name.to_owned(), members, schemas: 1, accounts: 1, ..Instance::default() }
}

fn in_wide_network(instance: Instance) -> Instance {
    Instance { vpc_id: WIDE_VPC_ID.to_owned(), vpc_name: WIDE_VPC_NAME.to_owned(), ..instance }
}

pub(super) fn data_nodes() -> Vec<DataNode> {
    let mut nodes = vec![
        node(SOURCE_NODE_IDS[0], "orders-dn-1"),
        node(SOURCE_NODE_IDS[1], "orders-dn-2"),
        node(FRESH_NODE_IDS[0], "orders-fresh-1"),
        node(FRESH_NODE_IDS[1], "orders-fresh-2"),
    ];
    for (first, name) in [(301, "events-dn"), (401, "events-fresh")] {
        nodes.extend((0..WIDE_NODES).map(|position| DataNode {
            vpc_id: WIDE_VPC_ID.to_owned(),
            vpc_name: WIDE_VPC_NAME.to_owned(),
            ..node(&data_node_id(first + position), &format!("{name}-{:02}", position + 1))
        }));
    }
    nodes
}

fn node(id: &str, name: &str) -> DataNode {
    DataNode { id: id.to_owned(), name: name.to_owned(), ..DataNode::default() }
}

pub(super) fn backups() -> Vec<Backup> {
    let backup = |id: &str, name: &str| Backup {
        id: id.to_owned(),
        name: name.to_owned(),
        instance_id: SOURCE_ID.to_owned(),
        data_node_ids: SOURCE_NODE_IDS.map(str::to_owned).to_vec(),
        ..Backup::default()
    };
    let week = 7.0 * 86_400.0;
    let expired = Backup {
        status: "deleted".to_owned(),
        created: formats::earlier(since(), week),
        ..backup(EXPIRED_BACKUP_ID, "orders-metadata-old")
    };
    vec![backup(BACKUP_ID, "orders-metadata"), expired]
}
