//! Instances: list, show, counts, delete; and whether one can take an operation.

use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::lists::Page;
use super::print;
use super::status::status;
use super::switches::Version;
use super::world::{CacheMode, Instance, World};
use crate::formats::is_uuid;
use crate::service::{Request, Response};

/// The instance, or the refusal for an id that is malformed or unknown.
pub(super) fn find<'world>(world: &'world World, request: &Request, id: &str) -> Result<&'world Instance, ApiError> {
    let error = || if is_uuid(id) { ApiError::no_instance() } else { ApiError::bad(4061, "Invalid DCS instance ID.") };
    world.instance(id, &request.project_id, request.now).ok_or_else(error)
}

/// Whether an instance can take a backup or a restore now.
pub(super) fn check_idle(world: &World, request: &Request, instance: &Instance) -> Result<(), ApiError> {
    if instance.cache_mode == CacheMode::Single {
        let code = world.switches.code_single_node;
        return Err(ApiError::bad(code, "Only master/standby and cluster DCS instances support this operation."));
    }
    if world.running_backup(&instance.id, request.now).is_some() {
        return Err(ApiError::bad(4096, "The DCS instance is being backed up. Try again later."));
    }
    if world.running_restore(&instance.id, request.now).is_some() {
        return Err(ApiError::bad(4097, "The DCS instance is being restored. Try again later."));
    }
    if instance.node_fault {
        return Err(ApiError::bad(4104, "The DCS instance is recovering from an internal fault."));
    }
    match status(world, instance, request.now).as_str() {
        "RUNNING" => Ok(()),
        "RESTARTING" => Err(ApiError::bad(4111, "The DCS instance is being restarted.")),
        "EXTENDING" => Err(ApiError::bad(4113, "The DCS instance is being scaled.")),
        "UPGRADING" => Err(ApiError::bad(4116, "The DCS instance is being upgraded.")),
        "ROLLBACKING" => Err(ApiError::bad(4117, "The DCS instance is being rolled back.")),
        "CREATING" => Err(ApiError::bad(4118, "The DCS instance is being created.")),
        "FLUSHING" => Err(ApiError::bad(4026, "This operation is not allowed in the current state.")),
        _ => Err(ApiError::bad(4049, "The DCS instance is not running.")),
    }
}

pub(super) fn list(world: &World, request: &Request, version: Version) -> Result<Response, ApiError> {
    let page = Page::of_instances(request, version)?;
    let fits =
        |instance: &&Instance| instance.visible(&request.project_id, request.now) && filter(world, request, instance);
    let mut fitting: Vec<&Instance> = world.instances.iter().filter(fits).collect();
    fitting.sort_by_key(|instance| std::cmp::Reverse(instance.created_at));
    let all = fitting.len();
    let print = |instance: &Instance| print::listed(world, request, version, instance);
    let printed: Vec<Value> = page.cut(fitting).into_iter().map(print).collect();
    Ok(Response::json(200, json!({"instances": printed, "instance_num": all})))
}

pub(super) fn show(world: &World, request: &Request, version: Version, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    Ok(Response::json(200, print::shown(world, request, version, instance)))
}

/// Deletes an instance, and its backups with it.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let now = request.now;
    let found = find(world, request, id)?;
    if found.cache_mode != CacheMode::Single {
        check_idle(world, request, found)?;
    }
    for instance in world.instances.iter_mut().filter(|instance| instance.id == id) {
        instance.deleted_at = Some(now);
    }
    for backup in world.backups.iter_mut().filter(|backup| backup.instance_id == id && backup.unlisted_at.is_none()) {
        backup.deleted_at.get_or_insert(now);
        backup.unlisted_at = Some(now);
    }
    Ok(Response::empty(204))
}

/// The statuses that have a count, whether or not an instance is in them.
const COUNTED: [&str; 13] = [
    "paying",
    "freezing",
    "migrating",
    "flushing",
    "upgrading",
    "restoring",
    "extending",
    "creating",
    "running",
    "error",
    "frozen",
    "createfailed",
    "restarting",
];

pub(super) fn counts(world: &World, request: &Request) -> Response {
    let visible = world.instances.iter().filter(|instance| instance.visible(&request.project_id, request.now));
    let none: Map<String, Value> = COUNTED.iter().map(|name| (format!("{name}_count"), json!(0))).collect();
    let mut counts = none.clone();
    for instance in visible {
        let name = format!("{}_count", status(world, instance, request.now).to_lowercase());
        let count = counts.get(&name).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(name, json!(count + 1));
    }
    let mut body = counts.clone();
    body.insert("redis".into(), Value::Object(counts));
    body.insert("memcached".into(), Value::Object(none));
    Response::json(200, Value::Object(body))
}

/// What monitoring says of the instances that run; nobody works on them here, so that all of them idle.
pub(super) fn statistics(world: &World, request: &Request) -> Response {
    let running = world.instances.iter().filter(|instance| {
        instance.visible(&request.project_id, request.now) && status(world, instance, request.now) == "RUNNING"
    });
    let statistics: Vec<Value> = running
        .map(|instance| {
            json!({
                "instance_id": instance.id, "keys": 0, "used_memory": 4, "max_memory": instance.megabytes(),
                "cmd_get_count": 0, "cmd_set_count": 0, "used_cpu": "0.0", "input_kbps": "0.0", "output_kbps": "0.0",
            })
        })
        .collect();
    Response::json(200, json!({"statistics": statistics}))
}

/// v2 matches parts of names unless `name_equal=true`, v1.0 likewise unless `exactMatchName=true`.
fn filter(world: &World, request: &Request, instance: &Instance) -> bool {
    let given = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let exact = [given("name_equal"), given("exactMatchName")].into_iter().flatten().any(|flag| flag == "true");
    let own_name = instance.name();
    given("name").is_none_or(|name| if exact { own_name == name } else { own_name.contains(name) })
        && given("instance_id").or(given("id")).is_none_or(|id| instance.id == id)
        && given("status").is_none_or(|wanted| status(world, instance, request.now).eq_ignore_ascii_case(wanted))
        && given("cache_mode").is_none_or(|wanted| instance.cache_mode.word() == wanted)
        && given("tags").is_none_or(|tags| tags.split(',').all(|tag| has_tag(instance, tag)))
}

/// Whether an instance has the tag of a filter, `key=value`.
fn has_tag(instance: &Instance, wanted: &str) -> bool {
    let (key, value) = wanted.split_once('=').unwrap_or((wanted, ""));
    instance.tags.iter().any(|tag| tag.key == key && tag.value == value)
}

#[cfg(test)]
mod tests;
