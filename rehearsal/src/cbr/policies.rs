//! Policies: kept and shown; nothing runs by them.

use super::vaults::visible;
use super::wire::{ApiError, body_object, boolean, checked_name, owned, query_allows, required, string};
use super::world::{Policy, Vault, World};
use crate::formats;
use crate::service::{Request, Response};
use serde_json::{Map, Value, json};

/// `GET /policies`.
pub(super) fn list(world: &World, request: &Request) -> Response {
    let followed_by = |policy: &Policy, vault: &str| {
        visible(world, request).any(|own| own.id == vault && own.policy_ids.contains(&policy.id))
    };
    let fits = |policy: &&Policy| {
        seen(policy, request)
            && query_allows(request, "operation_type", &policy.operation_type)
            && request.query("vault_id").is_none_or(|vault| followed_by(policy, vault))
    };
    let policies: Vec<Value> = world.policies.iter().filter(fits).map(|policy| write(world, policy, request)).collect();
    Response::json(200, json!({ "count": policies.len(), "policies": policies }))
}

/// `GET /policies/{id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let policy = find(world, request, id)?;
    Ok(Response::json(200, json!({ "policy": write(world, policy, request) })))
}

/// `POST /policies`.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body_object(request, "policy")?;
    let operation_type = required(&body, "operation_type")?;
    if !matches!(operation_type.as_str(), "backup" | "replication") {
        return Err(ApiError::new(6117, "Unknown policy type."));
    }
    let policy = Policy {
        id: world.fresh_id("policy", request.now),
        name: checked_name(required(&body, "name")?)?,
        project_id: Some(request.project_id.clone()),
        operation_type,
        enabled: boolean(&body, "enabled")?.unwrap_or(true),
        operation_definition: definition(&body)?
            .ok_or_else(|| ApiError::parameter("operation_definition must be an object."))?,
        pattern: pattern(&body)?.ok_or_else(|| ApiError::parameter("trigger.properties.pattern is missing."))?,
        created_at: request.now,
    };
    let answer = json!({ "policy": write(world, &policy, request) });
    world.policies.push(policy);
    Ok(Response::json(200, answer))
}

/// `PUT /policies/{id}`.
pub(super) fn update(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    find(world, request, id)?;
    let body = body_object(request, "policy")?;
    let name = string(&body, "name")?.map(checked_name).transpose()?;
    let (enabled, definition, pattern) = (boolean(&body, "enabled")?, definition(&body)?, pattern(&body)?);
    let policy = world.policies.iter_mut().find(|policy| policy.id == id).ok_or_else(no_policy)?;
    policy.name = name.unwrap_or_else(|| policy.name.clone());
    policy.enabled = enabled.unwrap_or(policy.enabled);
    policy.operation_definition = definition.unwrap_or_else(|| policy.operation_definition.clone());
    policy.pattern = pattern.unwrap_or_else(|| policy.pattern.clone());
    show(world, request, id)
}

/// `DELETE /policies/{id}`: vaults no longer follow it.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    find(world, request, id)?;
    world.policies.retain(|policy| policy.id != id);
    for vault in &mut world.vaults {
        vault.policy_ids.retain(|policy| policy != id);
    }
    Ok(Response::empty(204))
}

fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Policy, ApiError> {
    world.check_id(id)?;
    world.policies.iter().find(|policy| policy.id == id && seen(policy, request)).ok_or_else(no_policy)
}

fn no_policy() -> ApiError {
    ApiError::new(6000, "The policy does not exist.")
}

fn seen(policy: &Policy, request: &Request) -> bool {
    policy.created_at <= request.now && owned(policy.project_id.as_ref(), request)
}

fn definition(body: &Map<String, Value>) -> Result<Option<Value>, ApiError> {
    match body.get("operation_definition") {
        None | Some(Value::Null) => Ok(None),
        Some(definition @ Value::Object(_)) => Ok(Some(definition.clone())),
        Some(_) => Err(ApiError::parameter("operation_definition must be an object.")),
    }
}

fn pattern(body: &Map<String, Value>) -> Result<Option<Vec<String>>, ApiError> {
    let Some(trigger) = body.get("trigger") else { return Ok(None) };
    let rules = trigger.pointer("/properties/pattern").and_then(Value::as_array);
    let rules = rules.ok_or_else(|| ApiError::parameter("trigger.properties.pattern must be an array."))?;
    let rule = |rule: &Value| rule.as_str().map(str::to_owned);
    let rules: Option<Vec<String>> = rules.iter().map(rule).collect();
    rules.map(Some).ok_or_else(|| ApiError::parameter("trigger.properties.pattern must hold strings."))
}

fn write(world: &World, policy: &Policy, request: &Request) -> Value {
    let follows = |vault: &&Vault| vault.policy_ids.contains(&policy.id);
    let vault = |vault: &Vault| json!({ "vault_id": vault.id, "destination_vault_id": null });
    let vaults: Vec<Value> = visible(world, request).filter(follows).map(vault).collect();
    json!({
        "id": policy.id,
        "name": policy.name,
        "enabled": policy.enabled,
        "operation_type": policy.operation_type,
        "operation_definition": policy.operation_definition,
        "associated_vaults": vaults,
        "trigger": {
            "id": formats::uuid(&policy.id, 0, policy.created_at),
            "name": "default",
            "type": "time",
            "properties": { "pattern": policy.pattern, "start_time": world.instant(policy.created_at) },
        },
    })
}

#[cfg(test)]
mod tests;
