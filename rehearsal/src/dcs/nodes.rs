//! What an instance is built of, and its certificate and tags: read by clients, changed by nothing here.

use serde_json::{Value, json};

use super::catalogue::ZONES;
use super::errors::ApiError;
use super::instances::find;
use super::lists::Page;
use super::print::{PORT, domain_name};
use super::switches::Version;
use super::world::{Instance, World};
use crate::formats::{hex_id, uuid};
use crate::ids;
use crate::instants::plus_seconds;
use crate::service::{Request, Response};

/// How long a link to a file is good, in seconds.
const LINK_SECONDS: f64 = 3600.0;

/// One Redis server of an instance.
struct Node {
    shard: u32,
    is_master: bool,
    /// Position among all nodes of the instance.
    number: u32,
    /// Names the node in identifiers: the same in every answer.
    seed: String,
}

fn nodes(instance: &Instance) -> Vec<Node> {
    let (shards, replicas) = (instance.shards(), instance.replicas());
    let node = |number: u32| {
        let seed = format!("{}/{number}", instance.id);
        Node { shard: number / replicas, is_master: number.is_multiple_of(replicas), number, seed }
    };
    (0..shards * replicas).map(node).collect()
}

impl Node {
    fn id(&self, kind: &str) -> String {
        hex_id(&format!("{kind}/{}", self.seed), 0, jiff::Timestamp::UNIX_EPOCH)
    }

    fn uuid(&self, kind: &str) -> String {
        uuid(&format!("{kind}/{}", self.seed), 0, jiff::Timestamp::UNIX_EPOCH)
    }

    fn role(&self) -> &'static str {
        if self.is_master { "master" } else { "slave" }
    }

    fn ip(&self) -> String {
        format!("192.168.0.{}", 42 + self.number)
    }

    fn zone(&self) -> &'static str {
        ZONES.get(usize::from(!self.is_master)).copied().unwrap_or_default()
    }

    fn dimensions(&self, instance: &Instance) -> Value {
        json!([
            {"name": "dcs_instance_id", "value": instance.id},
            {"name": "dcs_cluster_redis_node", "value": self.id("redis")},
        ])
    }
}

/// The identifier of a shard, which its nodes share.
fn shard_id(instance: &Instance, shard: u32) -> String {
    uuid(&format!("shard/{}/{shard}", instance.id), 0, jiff::Timestamp::UNIX_EPOCH)
}

/// The shards of an instance with their nodes.
pub(super) fn shards(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let all = nodes(instance);
    let shard = |number: u32| {
        let own = all.iter().filter(|node| node.shard == number).map(|node| {
            json!({
                "replication_id": node.uuid("replication"),
                "replication_role": node.role(),
                "replication_ip": node.ip(),
                "is_replication": !node.is_master,
                "node_id": node.id("node"),
                "status": "Active",
                "az_code": node.zone(),
                "dimensions": node.dimensions(instance),
            })
        });
        json!({
            "group_id": shard_id(instance, number),
            "group_name": format!("group-{number}"),
            "replication_list": own.collect::<Vec<_>>(),
        })
    };
    let groups: Vec<Value> = (0..instance.shards()).map(shard).collect();
    Ok(Response::json(200, json!({"group_count": groups.len(), "group_list": groups})))
}

/// The nodes of all instances, a page of instances at a time.
pub(super) fn of_all(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::of_instances(request, Version::V2)?;
    let visible = |instance: &&Instance| instance.visible(&request.project_id, request.now);
    let instances: Vec<&Instance> = world.instances.iter().filter(visible).collect();
    let count = instances.len();
    let instances: Vec<Value> = page.cut(instances).into_iter().map(print_nodes).collect();
    Ok(Response::json(200, json!({"count": count, "instances": instances})))
}

fn print_nodes(instance: &Instance) -> Value {
    let print = |node: &Node| {
        let role = if node.is_master { "(master)" } else { "(replica)" };
        json!({
            "logical_node_id": node.id("logical"),
            "name": format!("{role}{}", node.ip()),
            "status": "Active",
            "az_code": node.zone(),
            "node_role": "redis-server",
            "node_type": node.role(),
            "node_ip": node.ip(),
            "node_port": PORT.to_string(),
            "node_id": node.id("node"),
            "priority_weight": 100,
            "is_access": true,
            "group_id": shard_id(instance, node.shard),
            "group_name": format!("group-{}", node.shard),
            "is_remove_ip": false,
            "replication_id": node.uuid("replication"),
            "dimensions": node.dimensions(instance),
        })
    };
    let nodes: Vec<Value> = nodes(instance).iter().map(print).collect();
    json!({"instance_id": instance.id, "node_count": nodes.len(), "nodes": nodes})
}

/// Whether an instance is reached with TLS: none is.
pub(super) fn ssl(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let body = json!({
        "enabled": false,
        "ip": super::print::IP,
        "port": PORT.to_string(),
        "domain_name": format!("{}:{PORT}", domain_name(instance)),
        "ssl_expired_at": null,
        "ssl_validated": false,
    });
    Ok(Response::json(200, body))
}

/// A link to the certificate. The domain `.invalid` never resolves: nothing of a rehearsal leads out.
pub(super) fn certificate(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    find(world, request, id)?;
    let (bucket, file) = (format!("dcs-ssl-{}", request.project_id), "ca.zip");
    let expires = plus_seconds(request.now, LINK_SECONDS).as_second();
    let link = format!(
        "https://{bucket}.obs.rehearsal.invalid:443/ssl/{file}?AWSAccessKeyId={}&Expires={expires}&Signature={}",
        ids::letters(20).to_uppercase(),
        ids::letters(28),
    );
    Ok(Response::json(200, json!({"bucket_name": bucket, "file_name": file, "link": link})))
}

/// The tags of one instance.
pub(super) fn tags(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    Ok(Response::json(200, json!({"tags": instance.tags})))
}

/// The tags of all instances, each key with its values.
pub(super) fn tags_of_all(world: &World, request: &Request) -> Response {
    let visible = |instance: &&Instance| instance.visible(&request.project_id, request.now);
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for tag in world.instances.iter().filter(visible).flat_map(|instance| &instance.tags) {
        match keys.iter_mut().find(|(key, _)| *key == tag.key) {
            Some((_, values)) if values.contains(&tag.value) => {}
            Some((_, values)) => values.push(tag.value.clone()),
            None => keys.push((tag.key.clone(), vec![tag.value.clone()])),
        }
    }
    let tags: Vec<Value> = keys.into_iter().map(|(key, values)| json!({"key": key, "values": values})).collect();
    Response::json(200, json!({"tags": tags}))
}
