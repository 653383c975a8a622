//! The look-ups before a restore: times, data nodes of the source, instances and data nodes to restore to.

use super::instances::find;
use super::wire::{ApiError, Page, instant, owned, required, required_instant};
use super::world::{DataNode, Instance, World};
use crate::service::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

/// `GET /instances/{instance_id}/backups/restorable-time-interval`.
pub(super) fn intervals(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let source = find(world, request, id)?;
    let interval = |(start, end)| json!({ "start_time": instant(start), "end_time": instant(end) });
    let intervals = world.intervals(source, request.now).into_iter().map(interval).collect();
    Ok(page.answer("restorable_time_intervals", intervals))
}

/// `GET /instances/{instance_id}/backups/related-dn`.
pub(super) fn related_nodes(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let source = find(world, request, id)?;
    let time = restore_time(world, request, source)?;
    let nodes = world.nodes_of(source, time, request.now);
    let mut body = page.body("related_data_nodes", nodes.into_iter().map(|node| related(world, node)).collect());
    let latest = world.intervals(source, request.now).into_iter().map(|(_, end)| end).max();
    body.insert("latest_restorable_time".to_owned(), json!(latest.map(instant).unwrap_or_default()));
    Ok(Response::json(200, Value::Object(body)))
}

/// `GET /instances/{instance_id}/backups/restorable-instances`.
pub(super) fn targets(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    find(world, request, id)?;
    let candidates = world.instances.iter().filter(|instance| {
        instance.id != id && instance.created <= request.now && owned(instance.project_id.as_ref(), request)
    });
    let candidate = |instance: &Instance| {
        let reason = world.target_reason(instance, request.now);
        json!({
            "instance_id": instance.id,
            "instance_name": instance.name,
            "status": display_status(world, instance, request.now),
            "available": reason.is_none(),
            "unavailable_reason": reason.unwrap_or_default(),
            "vpc_name": instance.vpc_name,
        })
    };
    Ok(page.answer("instances", candidates.map(candidate).collect()))
}

/// `GET /instances/{instance_id}/backups/restorable-data-node`.
pub(super) fn target_nodes(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let source = find(world, request, id)?;
    restore_time(world, request, source)?;
    let target = find(world, request, required(request, "target_instance_id")?)?;
    let source_node = world.data_node(required(request, "source_dn_instance_id")?);
    let source_node =
        source_node.ok_or_else(|| ApiError::new(300_375, "The parameter source_dn_instance_id is invalid."))?;
    let candidate = |node: &DataNode| {
        let reason = world.node_reason(node, source_node, target, request.now);
        json!({
            "instance_id": node.id,
            "instance_name": node.name,
            "engine_name": node.engine_name,
            "status": node.status,
            "available": reason.is_none(),
            "unavailable_reason": reason.unwrap_or_default(),
            "vpc_name": node.vpc_name,
            "private_ip": node.private_ip,
        })
    };
    let nodes = world.data_nodes.iter().filter(|node| owned(node.project_id.as_ref(), request));
    Ok(page.answer("target_data_nodes", nodes.map(candidate).collect()))
}

fn restore_time(world: &World, request: &Request, source: &Instance) -> Result<Timestamp, ApiError> {
    let time = required_instant(world, request, "restore_time")?;
    if world.switches.lookups_check_time && !world.is_restorable(source, time, request.now) {
        return Err(ApiError::new(300_375, "The parameter restore_time is invalid."));
    }
    Ok(time)
}

fn related(world: &World, node: &DataNode) -> Value {
    let size = match world.switches.volume_size_is_string {
        true => json!(node.data_volume_size.to_string()),
        false => json!(node.data_volume_size),
    };
    json!({
        "instance_id": node.id,
        "instance_name": node.name,
        "instance_status": node.status,
        "engine_name": node.engine_name,
        "version": node.version,
        "data_volume_size": size,
    })
}

/// The sample of this call has `normal` where the instance calls have `RUNNING`.
fn display_status(world: &World, instance: &Instance, now: Timestamp) -> String {
    match world.instance_status(instance, now) {
        status if status == "RUNNING" => "normal".to_owned(),
        status => status,
    }
}

#[cfg(test)]
mod tests;
