//! `recovery_ddm_data_nodes`: the data nodes that a DDM instance had at a moment (API v3, associated data nodes).

use async_trait::async_trait;
use cloud::Scope;
use cloud::ddm::{DataNode, RelatedDataNodes};
use tf::{Attribute, Diagnostic, Type, Value};

use super::restore_times::{reader, source_instance_id};
use crate::operations::common::required;
use crate::operations::databases::moment::{check_restore_time, restore_time};
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DdmDataNodes;

#[async_trait]
impl Lookup for DdmDataNodes {
    fn type_name(&self) -> &'static str {
        "recovery_ddm_data_nodes"
    }

    fn description(&self) -> &'static str {
        "The data nodes that a DDM instance had at a moment, in the order of their names: each needs a `data_node_relation` in \
         `recovery_ddm_restore`, unless the pairs are derived."
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            source_instance_id(),
            restore_time_argument(),
            member::list_attribute(
                "data_nodes",
                "The data nodes, in the order of their names and then of their IDs.",
                &members(),
            ),
            member::ids_attribute("The IDs of `data_nodes`, in the same order."),
            Attribute::computed(
                "latest_restorable_time",
                "The latest moment that can be restored to, RFC 3339 in UTC, as the service says.",
            ),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let source = required(config, "source_instance_id");
        match reader(runtime, scope).related(&source, restore_time(config).unwrap_or_default()).await {
            Ok(related) => Ok(found(&source, &related)),
            Err(error) => {
                let of = format!("DDM instance {source}");
                Err(unreadable(&error, scope, &format!("The data nodes of {of}"), &of, "source_instance_id"))
            }
        }
    }
}

/// The moment that decides which data nodes there are.
pub(super) fn restore_time_argument() -> Attribute {
    Attribute::required("restore_time", "The moment to restore to, in whole milliseconds since 1970-01-01 UTC.")
        .of(Type::Number)
        .check(check_restore_time)
}

fn found(source: &str, related: &RelatedDataNodes) -> Results {
    let mut nodes: Vec<&DataNode> = related.nodes.iter().collect();
    nodes.sort_by_key(|node| (node.instance_name.as_deref(), node.instance_id.as_deref()));
    Results::from([
        ("id", Value::from(source)),
        ("ids", member::ids(nodes.iter().map(|node| node.instance_id.as_deref()))),
        ("data_nodes", member::objects(&members(), nodes)),
        ("latest_restorable_time", member::time(related.latest_restorable_time.as_deref())),
    ])
}

fn members() -> Vec<Member<DataNode>> {
    vec![
        Member::text("instance_id", "ID of the data node.", |node| node.instance_id.as_deref()),
        Member::text("instance_name", "Name.", |node| node.instance_name.as_deref()),
        Member::text("instance_status", "Status as the service spells it, such as `normal`.", |node| {
            node.instance_status.as_deref()
        }),
        Member::text("engine_name", "Engine, such as `mysql`.", |node| node.engine_name.as_deref()),
        Member::text("version", "Version of the engine, such as `8.0.32`.", |node| node.version.as_deref()),
        Member::whole("data_volume_size", "Size of its storage in bytes.", |node| node.data_volume_size),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    #[test]
    fn nodes_stand_in_the_order_of_their_names() {
        let node = |id: &str, name: Option<&str>| DataNode {
            instance_id: Some(id.into()),
            instance_name: name.map(str::to_owned),
            data_volume_size: Some(40_000_000_000),
            ..DataNode::default()
        };
        let nodes = vec![node("3", Some("b")), node("2", Some("a")), node("1", Some("b")), node("4", None)];
        let facts =
            found("s", &RelatedDataNodes { nodes, latest_restorable_time: Some("2026-01-04T00:00:05+0000".into()) });
        assert_fits(&DdmDataNodes, &facts);
        assert_eq!(column(&facts, "data_nodes", "instance_id"), ["4", "2", "1", "3"]);
        assert_eq!(facts["ids"], Value::List(["4", "2", "1", "3"].map(Value::from).to_vec()));
        assert_eq!(facts["latest_restorable_time"], Value::from("2026-01-04T00:00:05Z"));
    }

    #[test]
    fn what_is_absent_is_null() {
        let facts = found("s", &RelatedDataNodes { nodes: vec![DataNode::default()], latest_restorable_time: None });
        assert_fits(&DdmDataNodes, &facts);
        let Value::List(nodes) = &facts["data_nodes"] else { panic!("no list") };
        let Value::Object(node) = &nodes[0] else { panic!("no object") };
        assert!(node.values().all(Value::is_null) && facts["latest_restorable_time"].is_null(), "{facts:?}");
    }
}
