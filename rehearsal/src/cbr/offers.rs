//! What the service offers in this region: replication, features, and resources that it could protect.

use super::wire::{ApiError, Page};
use super::world::{DISK, Disk, SERVER, Server, World};
use crate::formats;
use crate::service::{Platform, Request, Response};
use serde_json::{Map, Value, json};

/// Where backups can be replicated to, from and to.
fn regions(world: &World) -> (&'static str, &'static str) {
    match world.platform {
        Platform::Otc => ("eu-de", "eu-nl"),
        Platform::Huaweicloud => ("cn-north-4", "cn-east-3"),
    }
}

/// `GET /replication-capabilities`.
pub(super) fn replication(world: &World) -> Response {
    let (from, to) = regions(world);
    Response::json(200, json!({ "regions": [{ "name": from, "replication_destinations": [to] }] }))
}

fn all_features(world: &World) -> Map<String, Value> {
    let (from, to) = regions(world);
    let features = [
        ("replication.enable", json!(true)),
        ("replication.source_region", json!(from)),
        ("replication.destination_regions", json!([to])),
        ("replication.destination_dgw_regions", json!([])),
        ("features.backup_double_az", json!(false)),
    ];
    features.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// `GET /cbr-features`.
pub(super) fn features(world: &World) -> Response {
    Response::json(200, Value::Object(all_features(world)))
}

/// `GET /cbr-features/{key}`.
pub(super) fn feature(world: &World, key: &str) -> Result<Response, ApiError> {
    let value = all_features(world).remove(key).ok_or_else(|| ApiError::parameter("the feature key is unknown."))?;
    Ok(Response::json(200, json!({ key: value })))
}

/// `GET /protectables/{type}/instances`.
pub(super) fn protectables(world: &World, request: &Request, kind: &str) -> Result<Response, ApiError> {
    let page = Page::read(request, 0)?;
    let all = all_protectables(world, kind)?;
    let wanted = |item: &Value| {
        let fits = |name: &str| request.query(name).is_none_or(|wanted| item[name] == wanted);
        fits("id") && fits("name") && fits("status")
    };
    let found: Vec<Value> = all.into_iter().filter(wanted).collect();
    let (total, instances) = (found.len(), formats::window(found, page.offset, page.limit));
    Ok(Response::json(200, json!({ "instances": instances, "total_count": total })))
}

/// `GET /protectables/{type}/instances/{id}`.
pub(super) fn protectable(world: &World, kind: &str, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let found = all_protectables(world, kind)?.into_iter().find(|item| item["id"] == id);
    let instance = found.ok_or_else(|| ApiError::new(6302, "The resource does not exist."))?;
    Ok(Response::json(200, json!({ "instance": instance })))
}

fn all_protectables(world: &World, kind: &str) -> Result<Vec<Value>, ApiError> {
    match kind {
        "server" => Ok(world.servers.iter().map(|server| print_server(world, server)).collect()),
        "disk" => {
            let attached = world.servers.iter().flat_map(|server| &server.disks);
            Ok(attached.chain(&world.disks).map(|disk| print_disk(world, disk)).collect())
        }
        _ => Err(ApiError::parameter("the type must be server or disk.")),
    }
}

fn print_server(world: &World, server: &Server) -> Value {
    let disks: Vec<Value> = server.disks.iter().map(|disk| print_disk(world, disk)).collect();
    json!({
        "id": server.id,
        "name": server.name,
        "type": SERVER,
        "size": formats::total(server.disks.iter().map(|disk| disk.size_gb)),
        "status": server.status,
        "children": disks,
        "detail": { "OS-EXT-STS:vm_state": server.status.to_lowercase() },
        "protectable": protectability(world, &server.id),
    })
}

fn print_disk(world: &World, disk: &Disk) -> Value {
    json!({
        "id": disk.id,
        "name": disk.name,
        "type": DISK,
        "size": disk.size_gb,
        "status": disk.status.as_deref().unwrap_or("available"),
        "children": null,
        "detail": null,
        "protectable": protectability(world, &disk.id),
    })
}

/// A resource can be protected by one vault at a time.
fn protectability(world: &World, id: &str) -> Value {
    let holder = world.vaults.iter().find(|vault| vault.members.iter().any(|member| member.id == id));
    json!({
        "code": "",
        "reason": "",
        "result": holder.is_none(),
        "vault": holder.map(|vault| json!({ "id": vault.id, "name": vault.name })),
        "message": "",
    })
}

#[cfg(test)]
mod tests;
