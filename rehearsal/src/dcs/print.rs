//! How an instance is printed: alone, and in the lists, which have less of it.

use serde_json::{Map, Value, json};

use super::catalogue::{CPU_TYPE, DEFAULT_WINDOW, PRODUCT_TYPE, ZONES, spec_code, type_codes};
use super::status::{status, task};
use super::switches::Version;
use super::world::{Instance, World};
use crate::instants::{millis, plus_seconds};
use crate::service::Request;

/// The address of every instance.
pub(super) const IP: &str = "192.168.0.41";
/// The port of every instance.
pub(super) const PORT: u16 = 6379;

/// What the list page of v1.0 has, which is less than an instance shown alone has.
const LISTED_V1: [&str; 40] = [
    "name",
    "engine",
    "capacity",
    "ip",
    "domainName",
    "port",
    "status",
    "max_memory",
    "used_memory",
    "instance_id",
    "resource_spec_code",
    "engine_version",
    "internal_version",
    "charging_mode",
    "capacity_minor",
    "vpc_id",
    "vpc_name",
    "created_at",
    "error_code",
    "user_id",
    "user_name",
    "maintain_begin",
    "maintain_end",
    "no_password_access",
    "access_user",
    "enable_publicip",
    "publicip_address",
    "publicip_id",
    "enable_ssl",
    "service_upgrade",
    "service_task_id",
    "security_group_id",
    "tags",
    "spec_code",
    "domain_name",
    "readonlyDomainName",
    "readonly_domain_name",
    "freeze_scene",
    "update_at",
    "subnet_id",
];

/// The same of v2.
const LISTED_V2: [&str; 41] = [
    "publicip_id",
    "vpc_name",
    "charging_mode",
    "vpc_id",
    "subnet_id",
    "security_group_id",
    "created_at",
    "updated_at",
    "enable_ssl",
    "max_memory",
    "used_memory",
    "publicip_address",
    "capacity",
    "capacity_minor",
    "order_id",
    "maintain_begin",
    "maintain_end",
    "engine",
    "engine_version",
    "service_upgrade",
    "no_password_access",
    "service_task_id",
    "ip",
    "access_user",
    "instance_id",
    "enable_publicip",
    "port",
    "user_id",
    "user_name",
    "domain_name",
    "readonly_domain_name",
    "name",
    "spec_code",
    "status",
    "tags",
    "enterprise_project_id",
    "description",
    "cpu_type",
    "az_codes",
    "features",
    "sub_status",
];

/// An instance in a list: only what the page of the list has, so that a client that reads more from it fails here as it
/// would against the real cloud.
pub(super) fn listed(world: &World, request: &Request, version: Version, instance: &Instance) -> Value {
    let mut record = shown(world, request, version, instance);
    let Value::Object(fields) = &mut record else { return record };
    match version {
        Version::V1 => fields.retain(|name, _| LISTED_V1.contains(&name.as_str())),
        Version::V2 => {
            // The list alone has this name for it.
            let updated = fields.get("update_at").cloned().unwrap_or_default();
            fields.insert("updated_at".into(), updated);
            fields.retain(|name, _| LISTED_V2.contains(&name.as_str()));
        }
    }
    record
}

/// An instance shown alone.
pub(super) fn shown(world: &World, request: &Request, version: Version, instance: &Instance) -> Value {
    let mut fields = Map::new();
    let of_version = match version {
        Version::V1 => v1_fields(instance, task(world, instance, request.now)),
        Version::V2 => v2_fields(instance),
    };
    for part in
        [common_fields(world, request, instance), network_fields(instance), fixed_fields(world, instance), of_version]
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
    // Small instances report 0 and the fraction in a field of its own, which larger ones do not have.
    let (capacity, minor) = if instance.capacity < 1.0 {
        (0, Some(instance.capacity.to_string().trim_start_matches('0').to_owned()))
    } else {
        (instance.capacity as u64, None)
    };
    let spec = spec_code(instance.cache_mode, instance.capacity);
    json!({
        "instance_id": instance.id,
        "name": instance.name(),
        "description": "",
        "status": status(world, instance, now),
        "task": task(world, instance, now),
        "engine": "Redis",
        "engine_version": instance.engine_version,
        "cache_mode": instance.cache_mode.word(),
        "capacity": capacity,
        "capacity_minor": minor,
        "max_memory": instance.megabytes(),
        "used_memory": 4,
        "spec_code": spec,
        "inquery_spec_code": spec,
        "created_at": millis(made),
        "launched_at": millis(plus_seconds(made, 240.0)),
        "update_at": millis(plus_seconds(made, 240.0)),
        "instance_backup_policy": policy(request, instance),
        "sharding_count": instance.shards(),
        "replica_count": instance.replicas(),
    })
}

fn network_fields(instance: &Instance) -> Value {
    json!({
        "ip": IP,
        "port": PORT,
        "domain_name": domain_name(instance),
        "readonly_domain_name": null,
        "vpc_id": "5ea3a4fe-1c26-4e2d-8a4c-9a2fb8a5d0e7",
        "vpc_name": "vpc-rehearsal",
        "subnet_id": "ec2f34b9-20eb-4872-85bd-bea9fc943128",
        "subnet_name": "subnet-rehearsal",
        "subnet_cidr": "192.168.0.0/24",
        "security_group_id": "not support",
        "security_group_name": null,
        "az_codes": ZONES,
        "available_zones": ZONES,
        "enable_publicip": false,
        "publicip_id": null,
        "publicip_address": null,
        "enable_ssl": false,
        "backend_addrs": null,
    })
}

/// What no operation of the rehearsal depends on.
fn fixed_fields(world: &World, instance: &Instance) -> Value {
    let (service_type, resource_type) = type_codes(world.platform);
    json!({
        "user_id": "0b8a53f6ca0f4d52a37a4f55f3d6d111",
        "user_name": "rehearsal",
        "access_user": null,
        "order_id": null,
        "maintain_begin": format!("{:02}:00:00", DEFAULT_WINDOW.0),
        "maintain_end": format!("{:02}:00:00", DEFAULT_WINDOW.1),
        "no_password_access": "true",
        "charging_mode": 0,
        "service_upgrade": false,
        "service_task_id": "",
        "enterprise_project_id": "0",
        "tags": instance.tags,
        "db_number": 256,
        "product_type": PRODUCT_TYPE,
        "cpu_type": CPU_TYPE,
        "features": {"support_acl": true, "support_transparent_client_ip": false, "support_ssl": true, "support_audit_log": false},
        "crr_role": null,
        "cloud_service_type_code": service_type,
        "cloud_resource_type_code": resource_type,
        "support_slow_log_flag": "yes",
    })
}

pub(super) fn domain_name(instance: &Instance) -> String {
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
        "resource_spec_code": format!("dcs.{}", instance.cache_mode.word()),
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
