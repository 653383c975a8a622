//! Instances: list, show, counts, delete; and whether one can take an operation.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::lists::Page;
use super::switches::Version;
use super::world::{CacheMode, Instance, World};
use crate::formats::is_uuid;
use crate::instants::{millis, plus_seconds};
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
    let page = match version {
        Version::V1 => Page::of(request, version, 1000, 2000)?,
        Version::V2 => Page::of(request, version, 10, 1000)?,
    };
    let fits =
        |instance: &&Instance| instance.visible(&request.project_id, request.now) && filter(world, request, instance);
    let mut fitting: Vec<&Instance> = world.instances.iter().filter(fits).collect();
    fitting.sort_by_key(|instance| std::cmp::Reverse(instance.created_at));
    let all = fitting.len();
    let print = |instance: &Instance| print(world, request, version, instance);
    let printed: Vec<Value> = page.cut(fitting).into_iter().map(print).collect();
    Ok(Response::json(200, json!({"instances": printed, "instance_num": all})))
}

pub(super) fn show(world: &World, request: &Request, version: Version, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    Ok(Response::json(200, print(world, request, version, instance)))
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

/// v2 matches parts of names unless `name_equal=true`, v1.0 likewise unless `exactMatchName=true`.
fn filter(world: &World, request: &Request, instance: &Instance) -> bool {
    let given = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let exact = [given("name_equal"), given("exactMatchName")].into_iter().flatten().any(|flag| flag == "true");
    let own_name = instance.name();
    given("name").is_none_or(|name| if exact { own_name == name } else { own_name.contains(name) })
        && given("instance_id").or(given("id")).is_none_or(|id| instance.id == id)
        && given("status").is_none_or(|wanted| status(world, instance, request.now).eq_ignore_ascii_case(wanted))
        && given("cache_mode").is_none_or(|wanted| cache_mode(instance.cache_mode) == wanted)
}

fn status(world: &World, instance: &Instance, now: Timestamp) -> String {
    if let Some(restore) = world.running_restore(&instance.id, now) {
        let queued = now < restore.started_at() && world.switches.running_while_waiting;
        return if queued { instance.status.clone() } else { "RESTORING".into() };
    }
    let failed = world.last_restore(&instance.id, now).is_some_and(|restore| restore.failure.is_some());
    if failed { world.switches.status_after_failed_restore.clone() } else { instance.status.clone() }
}

fn task(world: &World, instance: &Instance, now: Timestamp) -> Option<String> {
    if world.running_restore(&instance.id, now).is_some() {
        return world.switches.task_while_restoring.clone();
    }
    // The status stays RUNNING during a backup; only the task tells.
    let backing_up = world.running_backup(&instance.id, now).map(|_| "BACKUPING".to_owned());
    backing_up.or_else(|| instance.task.clone())
}

fn cache_mode(mode: CacheMode) -> &'static str {
    match mode {
        CacheMode::Single => "single",
        CacheMode::Ha => "ha",
        CacheMode::Cluster => "cluster",
        CacheMode::Proxy => "proxy",
        CacheMode::HaRwSplit => "ha_rw_split",
    }
}

fn print(world: &World, request: &Request, version: Version, instance: &Instance) -> Value {
    let mut fields = Map::new();
    let of_version = match version {
        Version::V1 => v1_fields(instance, task(world, instance, request.now)),
        Version::V2 => v2_fields(instance),
    };
    for part in [common_fields(world, request, instance), network_fields(instance), fixed_fields(instance), of_version]
    {
        if let Value::Object(part) = part {
            fields.extend(part);
        }
    }
    Value::Object(fields)
}

fn common_fields(world: &World, request: &Request, instance: &Instance) -> Value {
    let now = request.now;
    let made = instance.created_at;
    let megabytes = (instance.capacity * 1024.0) as u64;
    // Small instances report 0 and the fraction in a field of its own.
    let (capacity, minor) = if instance.capacity < 1.0 {
        (0, instance.capacity.to_string().trim_start_matches('0').to_owned())
    } else {
        (instance.capacity as u64, String::new())
    };
    let shards = if matches!(instance.cache_mode, CacheMode::Cluster | CacheMode::Proxy) { 3 } else { 1 };
    let replicas = if instance.cache_mode == CacheMode::Single { 1 } else { 2 };
    let spec = format!("redis.{}.au1.large.r2.{}", cache_mode(instance.cache_mode), instance.capacity);
    json!({
        "instance_id": instance.id,
        "name": instance.name(),
        "description": "",
        "status": status(world, instance, now),
        "task": task(world, instance, now),
        "engine": "Redis",
        "engine_version": instance.engine_version,
        "cache_mode": cache_mode(instance.cache_mode),
        "capacity": capacity,
        "capacity_minor": minor,
        "max_memory": megabytes,
        "used_memory": 4,
        "spec_code": spec,
        "inquery_spec_code": spec,
        "created_at": millis(made),
        "launched_at": millis(plus_seconds(made, 240.0)),
        "update_at": millis(plus_seconds(made, 240.0)),
        "instance_backup_policy": policy(request, instance),
        "sharding_count": shards,
        "replica_count": replicas,
    })
}

fn network_fields(instance: &Instance) -> Value {
    json!({
        "ip": "192.168.0.41",
        "port": 6379,
        "domain_name": domain_name(instance),
        "readonly_domain_name": null,
        "vpc_id": "5ea3a4fe-1c26-4e2d-8a4c-9a2fb8a5d0e7",
        "vpc_name": "vpc-rehearsal",
        "subnet_id": "ec2f34b9-20eb-4872-85bd-bea9fc943128",
        "subnet_name": "subnet-rehearsal",
        "subnet_cidr": "192.168.0.0/24",
        "security_group_id": "not support",
        "security_group_name": null,
        "az_codes": ["eu-de-01", "eu-de-02"],
        "available_zones": ["eu-de-01", "eu-de-02"],
        "enable_publicip": false,
        "publicip_id": null,
        "publicip_address": null,
        "enable_ssl": false,
        "backend_addrs": null,
    })
}

/// What no operation of the rehearsal depends on.
fn fixed_fields(instance: &Instance) -> Value {
    json!({
        "user_id": "0b8a53f6ca0f4d52a37a4f55f3d6d111",
        "user_name": "rehearsal",
        "access_user": null,
        "order_id": null,
        "maintain_begin": "02:00:00",
        "maintain_end": "06:00:00",
        "no_password_access": "true",
        "charging_mode": 0,
        "service_upgrade": false,
        "service_task_id": "",
        "enterprise_project_id": "0",
        "tags": [],
        "db_number": 256,
        "product_type": if instance.cache_mode == CacheMode::Single { "basic" } else { "generic" },
        "cpu_type": "x86_64",
        "features": {"support_acl": true, "support_transparent_client_ip": false, "support_ssl": true},
        "crr_role": null,
        "cloud_service_type_code": "hws.service.type.dcs",
        "cloud_resource_type_code": "hws.resource.type.dcs3",
        "support_slow_log_flag": "yes",
    })
}

fn domain_name(instance: &Instance) -> String {
    format!("redis-{}.dcs.rehearsal.invalid", instance.id.get(..7).unwrap_or("0000000"))
}

fn v2_fields(instance: &Instance) -> Value {
    json!({
        "sub_status": if instance.node_fault { "abnormal" } else { "normal" },
        "bandwidth_info": {
            "bandwidth": 384, "begin_time": null, "current_time": null, "end_time": null,
            "expand_count": 0, "expand_effect_time": null, "expand_interval_time": null,
            "max_expand_count": null, "next_expand_time": null, "task_running": false,
        },
        "is_free": "false",
        "transparent_client_ip_enable": false,
        "tasks": null,
    })
}

fn v1_fields(instance: &Instance, task: Option<String>) -> Value {
    let task_status = if task.is_some() { "RUNNING" } else { "" };
    json!({
        // The older version types the task as a text.
        "task": task.unwrap_or_default(),
        "task_status": task_status,
        "freeze_scene": null,
        "error_code": null,
        "resource_spec_code": format!("dcs.{}", cache_mode(instance.cache_mode)),
        "internal_version": null,
        "domainName": domain_name(instance),
        "readonlyDomainName": null,
        "product_id": "00301-30501-0--0",
        "ipv6": null,
        "is_free": false,
        "free": false,
        "libos": false,
    })
}

fn policy(request: &Request, instance: &Instance) -> Value {
    let mut policy = instance.backup_policy.clone().unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut policy {
        fields.insert("tenant_id".into(), json!(request.project_id));
    }
    policy
}
