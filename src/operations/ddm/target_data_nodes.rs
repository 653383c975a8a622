//! `recovery_ddm_target_data_nodes`: the data nodes that could receive the data of one of the source's (API v3, data
//! nodes available to restore).

use async_trait::async_trait;
use cloud::Scope;
use cloud::ddm::TargetDataNode;
use tf::{Attribute, Diagnostic, Value};

use super::data_nodes::restore_time_argument;
use super::restore_times::{reader, source_instance_id};
use super::target_instances::{available_only, is_wanted};
use crate::operations::common::required;
use crate::operations::databases::moment::restore_time;
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DdmTargetDataNodes;

#[async_trait]
impl Lookup for DdmTargetDataNodes {
    fn type_name(&self) -> &'static str {
        "recovery_ddm_target_data_nodes"
    }

    fn description(&self) -> &'static str {
        "The data nodes that could receive the data of one data node of the source, in the order of their names, with the service's reason for \
         those that cannot. One data source for each data node of the source."
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            source_instance_id(),
            Attribute::required("target_instance_id", "ID of the DDM instance that receives the restore.")
                .check(tf::validate::check_id),
            Attribute::required(
                "source_data_node_id",
                "ID of the data node of the source, from `recovery_ddm_data_nodes`.",
            )
            .check(tf::validate::check_id),
            restore_time_argument(),
            available_only(),
            member::list_attribute(
                "data_nodes",
                "The data nodes, in the order of their names and then of their IDs.",
                &members(),
            ),
            member::ids_attribute("The IDs of `data_nodes`, in the same order."),
        ]
    }

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let [source, target, node] =
            ["source_instance_id", "target_instance_id", "source_data_node_id"].map(|name| required(config, name));
        // The API page asks for the time range to be read first. Whether the service insists is not documented, so a
        // failure here is left to the call that matters.
        let reader = reader(runtime, scope);
        let _ = reader.intervals(&source).await;
        match reader.candidates(&source, &target, &node, restore_time(config).unwrap_or_default()).await {
            Ok(nodes) => Ok(found(config, &node, &nodes)),
            Err(error) => {
                let what =
                    format!("The data nodes of DDM instance {target} to restore data node {node} of {source} to");
                Err(unreadable(
                    &error,
                    scope,
                    &what,
                    &format!("One of DDM instances {source} and {target}, or data node {node},"),
                    "source_data_node_id",
                ))
            }
        }
    }
}

fn found(config: &Value, source_node: &str, nodes: &[TargetDataNode]) -> Results {
    let mut nodes: Vec<&TargetDataNode> = nodes.iter().filter(|node| is_wanted(config, node.available)).collect();
    nodes.sort_by_key(|node| (node.instance_name.as_deref(), node.instance_id.as_deref()));
    Results::from([
        ("id", Value::from(source_node)),
        ("ids", member::ids(nodes.iter().map(|node| node.instance_id.as_deref()))),
        ("data_nodes", member::objects(&members(), nodes)),
    ])
}

fn members() -> Vec<Member<TargetDataNode>> {
    vec![
        Member::text("instance_id", "ID of the data node.", |node| node.instance_id.as_deref()),
        Member::text("instance_name", "Name.", |node| node.instance_name.as_deref()),
        Member::text("engine_name", "Engine, such as `mysql`.", |node| node.engine_name.as_deref()),
        Member::text("status", "Status as the service spells it, such as `normal`.", |node| node.status.as_deref()),
        Member::flag("available", "Whether it can receive the data.", |node| node.available),
        Member::text("unavailable_reason", "Why it cannot, in the service's words.", |node| {
            node.unavailable_reason.as_deref()
        }),
        Member::text("vpc_name", "Name of its VPC.", |node| node.vpc_name.as_deref()),
        Member::text("private_ip", "Its private address.", |node| node.private_ip.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    #[test]
    fn nodes_stand_in_the_order_of_their_names() {
        let node = |id: &str, name: &str, available: bool| TargetDataNode {
            instance_id: Some(id.into()),
            instance_name: Some(name.into()),
            available: Some(available),
            private_ip: Some("192.168.0.7".into()),
            ..TargetDataNode::default()
        };
        let nodes = vec![node("2", "b", true), node("3", "a", false), node("1", "b", true)];
        let all = found(&Value::object([("available_only", Value::from(false))]), "dn", &nodes);
        assert_fits(&DdmTargetDataNodes, &all);
        assert_eq!(column(&all, "data_nodes", "instance_id"), ["3", "1", "2"]);
        let available = found(&Value::object([("available_only", Value::from(true))]), "dn", &nodes);
        assert_eq!(available["ids"], Value::List(["1", "2"].map(Value::from).to_vec()));
    }

    #[test]
    fn what_is_absent_is_null() {
        let facts = found(&Value::Null, "dn", &[TargetDataNode::default()]);
        assert_fits(&DdmTargetDataNodes, &facts);
        let Value::List(nodes) = &facts["data_nodes"] else { panic!("no list") };
        let Value::Object(node) = &nodes[0] else { panic!("no object") };
        assert!(node.values().all(Value::is_null), "{node:?}");
    }
}
