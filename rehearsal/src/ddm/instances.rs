//! Instances: one and the list of API v1, the list of API v3.

use super::wire::{ApiError, Page, instant, owned};
use super::world::{Instance, World};
use crate::service::{Platform, Request, Response};
use serde_json::{Value, json};

/// The most middleware nodes that an answer lists.
pub(super) const MOST_NODES: u32 = 128;

/// The zone of everything.
pub(super) const ZONE: &str = "eu-de-01";
/// The node class of every instance.
pub(super) const FLAVOR: &str = "ddm.8xlarge.2";

/// The account that every instance has.
const ADMINISTRATOR: &str = "root";

/// `GET /v1/{project_id}/instances/{instance_id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let mut body = base(world, instance, request);
    if let Some(body) = body.as_object_mut() {
        let nodes: Vec<Value> =
            (1..=instance.node_count.min(MOST_NODES)).map(|number| node(instance, number)).collect();
        body.insert("nodes".to_owned(), json!(nodes));
        body.insert("admin_user_name".to_owned(), json!(ADMINISTRATOR));
    }
    Ok(Response::json(200, body))
}

/// `GET /v1/{project_id}/instances`.
pub(super) fn list_v1(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let instances = rows(world, request);
    let total = instances.len() as u64;
    let instances = page.cut(instances);
    Ok(Response::json(
        200,
        json!({
            "instance_num": instances.len(),
            "instances": instances,
            "page_no": (page.offset / page.limit).saturating_add(1),
            "page_size": page.limit,
            "total_record": total,
            "total_page": total.div_ceil(page.limit),
        }),
    ))
}

/// `GET /v3/{project_id}/instances`.
pub(super) fn list_v3(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let mut instances = rows(world, request);
    for instance in instances.iter_mut().filter_map(Value::as_object_mut) {
        instance.remove("created");
        instance.insert("description".to_owned(), json!(""));
        instance.insert("maintenance_time".to_owned(), json!("02:00-06:00"));
        instance.insert("tags".to_owned(), json!([]));
        instance.insert("admin_user_name".to_owned(), json!(ADMINISTRATOR));
    }
    let total = instances.len() as u64;
    let instances = page.cut(instances);
    Ok(Response::json(
        200,
        json!({
            "instance_num": instances.len(),
            "instances": instances,
            "page_no": (page.offset / page.limit).saturating_add(1),
            "page_size": page.limit,
            "total": total,
            "total_page": total.div_ceil(page.limit),
        }),
    ))
}

/// The instance with this identifier, if the caller can see it.
pub(super) fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Instance, ApiError> {
    let mut found = visible(world, request).filter(|instance| instance.id == id);
    found.next().ok_or_else(ApiError::no_such_instance)
}

fn visible<'a>(world: &'a World, request: &Request) -> impl Iterator<Item = &'a Instance> {
    let seen = |instance: &&Instance| instance.created <= request.now && owned(instance.project_id.as_ref(), request);
    world.instances.iter().filter(seen)
}

/// The lists of Open Telekom Cloud have no order: nothing there is paid for in advance.
fn rows(world: &World, request: &Request) -> Vec<Value> {
    let mut rows: Vec<Value> = visible(world, request).map(|instance| base(world, instance, request)).collect();
    if world.platform == Platform::Otc {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            row.remove("order_id");
        }
    }
    rows
}

fn base(world: &World, instance: &Instance, request: &Request) -> Value {
    let status = world.instance_status(instance, request.now);
    let abnormal = matches!(status.as_str(), "ERROR" | "CREATEFAILED");
    let mut body = json!({
        "id": instance.id,
        "status": status,
        "name": instance.name,
        "created": instant(instance.created),
        "updated": instant(instance.created),
        "available_zone": ZONE,
        "vpc_id": instance.vpc_id,
        "subnet_id": instance.subnet_id,
        "security_group_id": instance.security_group_id,
        "node_count": instance.node_count,
        "access_ip": instance.access_ip,
        "access_port": "5066",
        "node_status": "normal",
        "core_count": "8",
        "ram_capacity": "16",
        "project_id": request.project_id,
        "engine_version": instance.engine_version,
        "flavor_ref": FLAVOR,
        "enable_ssl": false,
        "order_id": null,
    });
    if abnormal && let Some(body) = body.as_object_mut() {
        body.insert("error_msg".to_owned(), json!(instance.error_msg));
    }
    if world.platform == Platform::Huaweicloud
        && let Some(body) = body.as_object_mut()
    {
        body.insert("enterprise_project_id".to_owned(), json!("0"));
    }
    body
}

pub(super) fn node(instance: &Instance, number: u32) -> Value {
    json!({
        "status": "normal",
        "port": "5066",
        "ip": instance.access_ip,
        "group_id": group_id(instance),
        "node_id": node_id(instance, number),
    })
}

/// The identifier of the group that all nodes of an instance are in.
pub(super) fn group_id(instance: &Instance) -> String {
    format!("{}0001gr09", stem(instance))
}

/// The identifier of a node.
pub(super) fn node_id(instance: &Instance, number: u32) -> String {
    format!("{}{number:04}no09", stem(instance))
}

/// What the identifiers of an instance's parts begin with.
fn stem(instance: &Instance) -> &str {
    instance.id.get(..28).unwrap_or(&instance.id)
}
