//! Vaults: E9 to E12.

use super::switches::CountForm;
use super::wire::{ApiError, Page, array, owned, query_allows, string};
use super::world::{Backup, DISK, Member, SERVER, TURBO, Tag, Vault, World};
use crate::formats;
use crate::service::{Platform, Request, Response};
use serde_json::{Map, Value, json};

/// `GET /vaults/{id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let vault = find(world, request, id)?;
    Ok(Response::json(200, json!({ "vault": write(world, vault, request) })))
}

/// `GET /vaults`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 0)?;
    let found = visible(world, request).filter(|vault| accepts(vault, request));
    let vaults = found.map(|vault| write(world, vault, request)).collect();
    let count: CountForm = world.switches.count;
    Ok(page.answer("vaults", vaults, count))
}

/// `GET /vaults/summary`: the capacity of all vaults and what of it is used, in GB.
pub(super) fn summary(world: &World, request: &Request) -> Response {
    let size = formats::total(visible(world, request).map(|vault| vault.size_gb));
    let used = formats::total(visible(world, request).map(|vault| vault.used_mb.div_ceil(1024)));
    Response::json(200, json!({ "size": size, "used_size": used }))
}

/// `POST /vaults/{id}/addresources`.
pub(super) fn add_resources(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    find(world, request, id)?;
    let body = body(request)?;
    let entries = array(&body, "resources")?.ok_or_else(|| ApiError::parameter("resources is missing."))?;
    let members: Vec<Member> = entries.iter().map(|entry| member(world, request, entry)).collect::<Result<_, _>>()?;
    let ids: Vec<String> = members.iter().map(|member| member.id.clone()).collect();
    if let Some(vault) = world.vaults.iter_mut().find(|vault| vault.id == id) {
        for member in members {
            let known = vault.members.iter().any(|old| old.id == member.id && old.is_protected(request.now));
            if !known {
                vault.members.push(member);
            }
        }
    }
    Ok(Response::json(200, json!({ "add_resource_ids": ids })))
}

/// `POST /vaults/{id}/removeresources`.
pub(super) fn remove_resources(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    find(world, request, id)?;
    let body = body(request)?;
    let entries = array(&body, "resource_ids")?.ok_or_else(|| ApiError::parameter("resource_ids is missing."))?;
    let ids: Vec<&str> = entries.iter().filter_map(Value::as_str).collect();
    let Some(vault) = world.vaults.iter_mut().find(|vault| vault.id == id) else { return Err(no_vault()) };
    let is_member =
        |id: &&str| vault.members.iter().any(|member| member.id == **id && member.is_protected(request.now));
    if let Some(stranger) = ids.iter().find(|id| !is_member(id)) {
        return Err(ApiError::new(6135, format!("The resource {stranger} is not in the vault.")));
    }
    let named = |member: &&mut Member| member.is_protected(request.now) && ids.contains(&member.id.as_str());
    for member in vault.members.iter_mut().filter(named) {
        member.removed_at = Some(request.now);
    }
    Ok(Response::json(200, json!({ "remove_resource_ids": ids })))
}

/// The visible backups of one resource in one vault.
pub(super) fn backups_of<'a>(world: &'a World, vault: &str, resource: &str, request: &Request) -> Vec<&'a Backup> {
    let of_resource = |backup: &&Backup| backup.vault_id == vault && backup.resource_id == resource;
    world.backups.iter().filter(of_resource).filter(|backup| backup.exists(request.now)).collect()
}

pub(super) fn visible<'a>(world: &'a World, request: &Request) -> impl Iterator<Item = &'a Vault> {
    world
        .vaults
        .iter()
        .filter(move |vault| vault.created_at <= request.now && owned(vault.project_id.as_ref(), request))
}

pub(super) fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Vault, ApiError> {
    visible(world, request).find(|vault| vault.id == id).ok_or_else(no_vault)
}

pub(super) fn no_vault() -> ApiError {
    ApiError::new(6105, "The vault does not exist.")
}

fn accepts(vault: &Vault, request: &Request) -> bool {
    let pairs = [
        ("id", vault.id.as_str()),
        ("name", &vault.name),
        ("cloud_type", "public"),
        ("protect_type", &vault.protect_type),
        ("object_type", &vault.object_type),
        ("status", &vault.status),
    ];
    let protects = |ids: &str| {
        let is_member =
            |id: &str| vault.members.iter().any(|member| member.id == id && member.is_protected(request.now));
        ids.split(',').any(|id| is_member(id.trim()))
    };
    pairs.iter().all(|(name, value)| query_allows(request, name, value))
        && request.query("policy_id").is_none_or(|policy| vault.policy_ids.iter().any(|known| known == policy))
        && request.query("resource_ids").is_none_or(protects)
        && matches!(request.query("enterprise_project_id"), None | Some("0" | "all_granted_eps"))
}

pub(super) fn body(request: &Request) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(&request.body).map_err(|_| ApiError::parameter("the body is not a JSON object."))
}

pub(super) fn member(world: &World, request: &Request, entry: &Value) -> Result<Member, ApiError> {
    let object = entry.as_object().ok_or_else(|| ApiError::parameter("resources must hold objects."))?;
    let required =
        |key: &str| string(object, key)?.ok_or_else(|| ApiError::parameter(format!("resources.{key} is missing.")));
    let (id, kind) = (required("id")?, required("type")?);
    let unknown = || ApiError::new(6302, format!("The resource {id} does not exist."));
    let (name, size_gb) = match kind.as_str() {
        DISK => world.disk(&id).map(|(disk, _)| (disk.name.clone(), disk.size_gb)).ok_or_else(unknown)?,
        SERVER => {
            let server = world.server(&id).ok_or_else(unknown)?;
            (server.name.clone(), formats::total(server.disks.iter().map(|disk| disk.size_gb)))
        }
        _ => (string(object, "name")?.unwrap_or_default(), 0),
    };
    let excluded =
        entry.pointer("/extra_info/exclude_volumes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let exclude_volumes = excluded.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Member { id, name, kind, size_gb, exclude_volumes, added_at: request.now, ..Member::default() })
}

pub(super) fn write(world: &World, vault: &Vault, request: &Request) -> Value {
    let members = vault.members.iter().filter(|member| member.is_protected(request.now));
    let resources: Vec<Value> = members.clone().map(|member| resource(world, vault, member, request)).collect();
    let allocated = formats::total(members.map(|member| member.size_gb));
    let mut record = json!({
        "id": vault.id,
        "name": vault.name,
        "description": vault.description,
        "project_id": request.project_id,
        "provider_id": super::logs::provider_id(protected_type(vault)),
        "user_id": null,
        "created_at": world.instant(vault.created_at),
        "auto_bind": false,
        "auto_expand": vault.auto_expand,
        "locked": vault.locked,
        "bind_rules": { "tags": [] },
        "tags": tags(vault),
        "enterprise_project_id": world.enterprise_project(),
        "billing": {
            "allocated": allocated,
            "charging_mode": "post_paid",
            "cloud_type": "public",
            "consistent_level": "crash_consistent",
            "object_type": vault.object_type,
            "order_id": null,
            "product_id": null,
            "protect_type": vault.protect_type,
            "size": vault.size_gb,
            "spec_code": spec_code(vault),
            "status": vault.status,
            "storage_unit": null,
            "used": vault.used_mb,
            "frozen_scene": null,
        },
        "resources": resources,
    });
    if world.platform == Platform::Huaweicloud
        && let Some(record) = record.as_object_mut()
    {
        record.insert("smn_notify".to_owned(), json!(true));
        record.insert("threshold".to_owned(), json!(80));
        record.insert("sys_lock_source_service".to_owned(), Value::Null);
        record.insert("availability_zone".to_owned(), Value::Null);
    }
    record
}

/// Disks are volumes there.
fn spec_code(vault: &Vault) -> String {
    let kind = if vault.object_type == "disk" { "volume" } else { &vault.object_type };
    format!("vault.{}.{kind}.normal", vault.protect_type)
}

fn protected_type(vault: &Vault) -> &'static str {
    match vault.object_type.as_str() {
        "disk" => DISK,
        "turbo" => TURBO,
        _ => SERVER,
    }
}

fn resource(world: &World, vault: &Vault, member: &Member, request: &Request) -> Value {
    let backups = backups_of(world, &vault.id, &member.id, request);
    let mut record = json!({
        "id": member.id,
        "name": member.name,
        "type": member.kind,
        "protect_status": world.protect_status(member, request.now),
        "size": member.size_gb,
        "backup_size": formats::total(backups.iter().map(|backup| backup.resource_size)),
        "backup_count": backups.len(),
        "extra_info": { "exclude_volumes": member.exclude_volumes },
    });
    if world.platform == Platform::Huaweicloud
        && let Some(record) = record.as_object_mut()
    {
        record.insert("auto_protect".to_owned(), json!(false));
    }
    record
}

pub(super) fn tags(vault: &Vault) -> Vec<Value> {
    vault.tags.iter().map(|Tag { key, value }| json!({ "key": key, "value": value })).collect()
}

#[cfg(test)]
mod tests;
