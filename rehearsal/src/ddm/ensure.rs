//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use super::built_in::since;
use super::world::{DataNode, Instance, Membership, Relation, World};
use crate::formats;
use crate::service::{Lookup, Planned, text};
use serde_json::Value;

/// How many data nodes a source gets when a configuration names none.
const USUAL_NODES: usize = 2;

/// What restores name, and instances that were read and not found.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for restore in planned.iter().filter(|resource| resource.type_name == "recovery_ddm_restore") {
        let ends = restore.text("source_instance_id").zip(restore.text("target_instance_id"));
        if let Some((source, target)) = ends {
            world.ensure_restore(source, target, &relations(restore));
        }
    }
    for path in lookups {
        if let [_version, _project, kind, id, ..] = path.as_slice()
            && kind == "instances"
        {
            world.ensure_source(id, &[]);
        }
    }
}

fn relations(restore: &Planned) -> Vec<Relation> {
    let relation = |block: &Value| {
        let named = |name| text(block, name).map(str::to_owned);
        Some(Relation {
            source_instance_id: named("source_instance_id")?,
            target_instance_id: named("target_instance_id")?,
        })
    };
    restore.blocks("data_node_relation").iter().filter_map(relation).collect()
}

impl World {
    /// Adds the source, the target and the data nodes of a restore, so that it would be accepted. Without relations,
    /// the target's network gets as many fresh data nodes as the source has.
    pub fn ensure_restore(&mut self, source_id: &str, target_id: &str, relations: &[Relation]) {
        let sources: Vec<&str> = relations.iter().map(|relation| relation.source_instance_id.as_str()).collect();
        self.ensure_source(source_id, &sources);
        self.ensure_target(target_id, source_id);
        for relation in relations {
            self.ensure_data_node(&relation.target_instance_id, target_id);
        }
        if relations.is_empty() {
            self.ensure_fresh_nodes(source_id, target_id);
        }
    }

    /// Adds an instance with these data nodes, or with two of its own.
    pub fn ensure_source(&mut self, id: &str, data_nodes: &[&str]) {
        if id.is_empty() || self.instance(id).is_some() {
            return;
        }
        let own: Vec<String> = (1..=USUAL_NODES).map(|number| derived_node_id(id, "dn", number)).collect();
        let nodes = if data_nodes.is_empty() { own.iter().map(String::as_str).collect() } else { data_nodes.to_vec() };
        let instance =
            Instance { id: id.to_owned(), name: label("ddm", id), schemas: 1, accounts: 1, ..Instance::default() };
        self.instances.push(instance);
        for node in &nodes {
            self.ensure_data_node(node, id);
        }
        let members = nodes.into_iter().map(Membership::of).collect();
        if let Some(instance) = self.instances.iter_mut().find(|instance| instance.id == id) {
            instance.members = members;
        }
    }

    /// Adds a fresh instance in the network of `source_id`.
    pub fn ensure_target(&mut self, id: &str, source_id: &str) {
        if id.is_empty() || self.instance(id).is_some() {
            return;
        }
        let like = self.instance(source_id).cloned().unwrap_or_default();
        self.instances.push(Instance {
            id: id.to_owned(),
            name: label("ddm", id),
            vpc_id: like.vpc_id,
            vpc_name: like.vpc_name,
            ..Instance::default()
        });
    }

    /// Adds a data node in the network of an instance, associated with nothing.
    pub fn ensure_data_node(&mut self, id: &str, instance_id: &str) {
        if id.is_empty() || self.data_node(id).is_some() {
            return;
        }
        let like = self.instance(instance_id).cloned().unwrap_or_default();
        self.data_nodes.push(DataNode {
            id: id.to_owned(),
            name: label("node", id),
            vpc_id: like.vpc_id,
            vpc_name: like.vpc_name,
            ..DataNode::default()
        });
    }

    /// Adds fresh data nodes to the target's network until the source's could be paired with them.
    fn ensure_fresh_nodes(&mut self, source_id: &str, target_id: &str) {
        let (Some(source), Some(target)) = (self.instance(source_id), self.instance(target_id)) else { return };
        let held = |id: &str| {
            let mut members = self.instances.iter().flat_map(|instance| &instance.members);
            members.any(|member| member.data_node_id == id)
        };
        let needed = source.members.len();
        let fresh = self.data_nodes.iter().filter(|node| node.vpc_id == target.vpc_id && !held(&node.id)).count();
        for number in fresh + 1..=needed {
            self.ensure_data_node(&derived_node_id(target_id, "fresh", number), target_id);
        }
    }
}

/// A name that shows where the record comes from.
fn label(kind: &str, id: &str) -> String {
    format!("{kind}-{}", id.get(..8).unwrap_or(id))
}

/// An identifier that follows from an instance's, the same in every run.
fn derived_node_id(instance_id: &str, kind: &str, number: usize) -> String {
    format!("{}in01", formats::hex_id(&format!("{instance_id}/{kind}/{number}"), 0, since()))
}

#[cfg(test)]
mod tests;
