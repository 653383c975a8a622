//! Making, changing and deleting vaults, and which policies they follow.

use super::tags;
use super::vaults::{body, find, member, no_vault, write};
use super::wire::{ApiError, array, body_object, boolean, checked_name, required, string};
use super::world::{Member, Tag, Vault, World};
use crate::service::{Request, Response};
use serde_json::{Map, Value, json};

/// The kinds of vaults, by what they protect.
const OBJECT_TYPES: &str = "server, disk, turbo, workspace, vmware, rds, file";
/// The largest vault, in GB.
const LARGEST: u64 = 10_485_760;

/// `POST /vaults`.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body_object(request, "vault")?;
    let billing = billing(&body)?;
    let object_type = required(billing, "object_type")?;
    let protect_type = required(billing, "protect_type")?;
    if !OBJECT_TYPES.split(", ").any(|known| known == object_type) {
        return Err(ApiError::parameter(format!("billing.object_type must be one of {OBJECT_TYPES}.")));
    }
    if !matches!(protect_type.as_str(), "backup" | "replication" | "hybrid") {
        return Err(ApiError::parameter("billing.protect_type must be backup or replication."));
    }
    let entries = array(&body, "resources")?.map_or(&[][..], Vec::as_slice);
    let members: Vec<Member> = entries.iter().map(|entry| member(world, request, entry)).collect::<Result<_, _>>()?;
    let entries = array(&body, "tags")?.map_or(&[][..], Vec::as_slice);
    let tags: Vec<Tag> = entries.iter().map(tags::read).collect::<Result<_, _>>()?;
    let policies = string(&body, "backup_policy_id")?.into_iter().collect();
    let vault = Vault {
        id: world.fresh_id("vault", request.now),
        name: checked_name(required(&body, "name")?)?,
        description: string(&body, "description")?.unwrap_or_default(),
        project_id: Some(request.project_id.clone()),
        object_type,
        protect_type,
        size_gb: size(billing)?.ok_or_else(|| ApiError::parameter("billing.size is missing."))?,
        used_mb: 0,
        locked: boolean(&body, "locked")?.unwrap_or(false),
        auto_expand: boolean(&body, "auto_expand")?.unwrap_or(false),
        created_at: request.now,
        policy_ids: policies,
        tags,
        members,
        ..Vault::default()
    };
    let answer = json!({ "vault": write(world, &vault, request) });
    world.vaults.push(vault);
    Ok(Response::json(200, answer))
}

/// `PUT /vaults/{id}`.
pub(super) fn update(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    find(world, request, id)?;
    let body = body_object(request, "vault")?;
    let size = if body.contains_key("billing") { size(billing(&body)?)? } else { None };
    let name = string(&body, "name")?.map(checked_name).transpose()?;
    let (locked, auto_expand) = (boolean(&body, "locked")?, boolean(&body, "auto_expand")?);
    let vault = world.vaults.iter_mut().find(|vault| vault.id == id).ok_or_else(no_vault)?;
    vault.name = name.unwrap_or_else(|| vault.name.clone());
    vault.size_gb = size.unwrap_or(vault.size_gb);
    vault.locked = locked.unwrap_or(vault.locked);
    vault.auto_expand = auto_expand.unwrap_or(vault.auto_expand);
    let changed = find(world, request, id)?;
    Ok(Response::json(200, json!({ "vault": write(world, changed, request) })))
}

/// `DELETE /vaults/{id}`: its backups and restore points go with it.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let vault = find(world, request, id)?;
    let busy = |member: &&Member| {
        ["backup", "restore"].iter().any(|operation| world.runs_on(operation, &member.id, request.now))
    };
    if let Some(member) = vault.members.iter().find(busy) {
        return Err(ApiError::new(6203, format!("The resource {} is being backed up or restored.", member.id)));
    }
    world.vaults.retain(|vault| vault.id != id);
    world.backups.retain(|backup| backup.vault_id != id);
    world.checkpoints.retain(|checkpoint| checkpoint.vault_id != id);
    Ok(Response::empty(204))
}

/// `POST /vaults/{id}/associatepolicy`.
pub(super) fn associate(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let policy = policy_of(world, request, id)?;
    if !world.policies.iter().any(|known| known.id == policy) {
        return Err(ApiError::new(6000, "The policy does not exist."));
    }
    let vault = world.vaults.iter_mut().find(|vault| vault.id == id).ok_or_else(no_vault)?;
    vault.policy_ids.retain(|known| *known != policy);
    vault.policy_ids.push(policy.clone());
    Ok(Response::json(200, json!({ "associate_policy": { "vault_id": id, "policy_id": policy } })))
}

/// `POST /vaults/{id}/dissociatepolicy`.
pub(super) fn dissociate(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let policy = policy_of(world, request, id)?;
    let vault = world.vaults.iter_mut().find(|vault| vault.id == id).ok_or_else(no_vault)?;
    if !vault.policy_ids.contains(&policy) {
        return Err(ApiError::new(6002, "The vault is not applied with the policy."));
    }
    vault.policy_ids.retain(|known| *known != policy);
    Ok(Response::json(200, json!({ "dissociate_policy": { "vault_id": id, "policy_id": policy } })))
}

fn policy_of(world: &World, request: &Request, vault_id: &str) -> Result<String, ApiError> {
    world.check_id(vault_id)?;
    find(world, request, vault_id)?;
    required(&body(request)?, "policy_id")
}

fn billing(vault: &Map<String, Value>) -> Result<&Map<String, Value>, ApiError> {
    vault.get("billing").and_then(Value::as_object).ok_or_else(|| ApiError::parameter("billing must be an object."))
}

fn size(billing: &Map<String, Value>) -> Result<Option<u64>, ApiError> {
    let Some(size) = billing.get("size") else { return Ok(None) };
    let valid = size.as_u64().filter(|size| (1..=LARGEST).contains(size));
    valid.map(Some).ok_or_else(|| ApiError::parameter(format!("billing.size must be between 1 and {LARGEST}.")))
}

#[cfg(test)]
mod tests;
