//! Restore points: E2 and E3.

use super::backups::making_log;
use super::vaults::backups_of;
use super::wire::{ApiError, array, body_object, boolean, checked_name, code_text, string};
use super::world::{Backup, Checkpoint, DISK, Log, Member, SERVER, Skipped, Vault, World};
use crate::formats;
use crate::service::{Request, Response};
use serde_json::{Map, Value, json};

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 255;
/// The most entries of `resource_details`.
const MOST_DETAILS: usize = 256;

/// `POST /checkpoints`.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let order = CheckpointRequest::read(world, request)?;
    world.check_id(&order.vault_id)?;
    let vault = world.vault(&order.vault_id).ok_or_else(|| ApiError::new(6105, "The vault does not exist."))?.clone();
    check_vault(&vault)?;
    let members = order.members(&vault, request)?;
    let (members, skipped) = divide(world, members)?;
    check_free(world, &members, request)?;
    let checkpoint = start(world, request, &order, &vault, members, skipped);
    let body = json!({ "checkpoint": write(world, &checkpoint, request, true) });
    let id = checkpoint.id.clone();
    world.checkpoints.push(checkpoint);
    Ok(Response::json(200, body).started(id))
}

/// `GET /checkpoints/{id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let found = world.checkpoints.iter().find(|checkpoint| checkpoint.id == id);
    let exists = found.filter(|checkpoint| world.checkpoint_status(checkpoint, request.now).is_some());
    let checkpoint = exists.ok_or_else(|| ApiError::new(6217, "The restore point does not exist."))?;
    let with_skipped = world.switches.skipped_in_show;
    Ok(Response::json(200, json!({ "checkpoint": write(world, checkpoint, request, with_skipped) })))
}

/// The fields of the request.
struct CheckpointRequest {
    vault_id: String,
    name: String,
    description: String,
    incremental: bool,
    auto_trigger: bool,
    retention_days: i64,
    /// The resources named, with the disks to leave out; none named means all.
    resources: Vec<(String, Vec<String>)>,
}

impl CheckpointRequest {
    fn read(world: &World, request: &Request) -> Result<CheckpointRequest, ApiError> {
        let body = body_object(request, "checkpoint")?;
        if !world.switches.misplaced_checkpoint_fields_ignored {
            check_places(request, &body)?;
        }
        let parameters = match body.get("parameters") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(parameters)) => parameters.clone(),
            Some(_) => return Err(ApiError::parameter("parameters must be an object.")),
        };
        Ok(CheckpointRequest {
            vault_id: string(&body, "vault_id")?.ok_or_else(|| ApiError::parameter("vault_id is missing."))?,
            name: name(&parameters)?,
            description: description(&parameters)?,
            incremental: boolean(&parameters, "incremental")?.unwrap_or(true),
            auto_trigger: boolean(&parameters, "auto_trigger")?.unwrap_or(false),
            retention_days: retention(&parameters)?,
            resources: resources(&parameters)?,
        })
    }

    /// The members of the vault that are asked for.
    fn members(&self, vault: &Vault, request: &Request) -> Result<Vec<Member>, ApiError> {
        let protected: Vec<&Member> = vault.members.iter().filter(|member| member.is_protected(request.now)).collect();
        if self.resources.is_empty() {
            let all: Vec<Member> = protected.into_iter().cloned().collect();
            return if all.is_empty() { Err(ApiError::new(1, "The vault has nothing to back up.")) } else { Ok(all) };
        }
        let member = |(id, excluded): &(String, Vec<String>)| match protected.iter().find(|member| member.id == *id) {
            Some(found) if excluded.is_empty() => Ok((*found).clone()),
            Some(found) => Ok(Member { exclude_volumes: excluded.clone(), ..(*found).clone() }),
            None => Err(ApiError::new(6135, format!("The resource {id} is not in the vault."))),
        };
        self.resources.iter().map(member).collect()
    }
}

/// Refuses fields that stand where the API does not look for them.
fn check_places(request: &Request, checkpoint: &Map<String, Value>) -> Result<(), ApiError> {
    let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    let beside = body.keys().filter(|key| *key != "checkpoint").map(String::as_str);
    let inside = checkpoint.keys().map(String::as_str).filter(|key| !matches!(*key, "vault_id" | "parameters"));
    match beside.chain(inside).next() {
        Some(key) => Err(ApiError::parameter(format!(
            "the API does not know {key} there: what is backed up and how it is named stands in checkpoint.parameters."
        ))),
        None => Ok(()),
    }
}

fn name(parameters: &Map<String, Value>) -> Result<String, ApiError> {
    string(parameters, "name")?.map_or(Ok(String::new()), checked_name)
}

fn description(parameters: &Map<String, Value>) -> Result<String, ApiError> {
    let text = string(parameters, "description")?.unwrap_or_default();
    if text.chars().count() > LONGEST_DESCRIPTION {
        return Err(ApiError::parameter(format!(
            "description must not be longer than {LONGEST_DESCRIPTION} characters."
        )));
    }
    Ok(text)
}

fn retention(parameters: &Map<String, Value>) -> Result<i64, ApiError> {
    let days = match parameters.get("retention_duration_days") {
        None | Some(Value::Null) => return Ok(-1),
        Some(value) => value.as_i64(),
    };
    let valid = days.filter(|days| *days == -1 || (1..=36500).contains(days));
    valid.ok_or_else(|| ApiError::parameter("retention_duration_days must be -1 or 1 to 36500."))
}

fn resources(parameters: &Map<String, Value>) -> Result<Vec<(String, Vec<String>)>, ApiError> {
    let details = array(parameters, "resource_details")?.map_or(&[][..], Vec::as_slice);
    if details.len() > MOST_DETAILS {
        return Err(ApiError::parameter(format!("resource_details must not have more than {MOST_DETAILS} entries.")));
    }
    let mut found: Vec<(String, Vec<String>)> = details.iter().map(detail).collect::<Result<_, _>>()?;
    for id in array(parameters, "resources")?.map_or(&[][..], Vec::as_slice) {
        let id = id.as_str().ok_or_else(|| ApiError::parameter("resources must hold strings."))?;
        if !found.iter().any(|(known, _)| known == id) {
            found.push((id.to_owned(), Vec::new()));
        }
    }
    Ok(found)
}

fn detail(detail: &Value) -> Result<(String, Vec<String>), ApiError> {
    let object = detail.as_object().ok_or_else(|| ApiError::parameter("resource_details must hold objects."))?;
    let required = |key: &str| {
        string(object, key)?.ok_or_else(|| ApiError::parameter(format!("resource_details.{key} is missing.")))
    };
    required("type")?;
    let excluded =
        detail.pointer("/extra_info/exclude_volumes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let excluded = excluded.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok((required("id")?, excluded))
}

fn check_vault(vault: &Vault) -> Result<(), ApiError> {
    if vault.status != "available" {
        return Err(ApiError::new(6113, format!("The vault status {} does not allow backups.", vault.status)));
    }
    if vault.used_mb >= vault.size_gb.saturating_mul(1024) && !vault.auto_expand {
        return Err(ApiError::new(6114, "The vault capacity is exceeded."));
    }
    Ok(())
}

/// Divides the members into those that still exist and those that do not.
fn divide(world: &World, members: Vec<Member>) -> Result<(Vec<Member>, Vec<Skipped>), ApiError> {
    let (present, gone): (Vec<Member>, Vec<Member>) = members.into_iter().partition(|member| world.has(member));
    if !gone.is_empty() && world.switches.vanished_member_refuses {
        return Err(ApiError::new(6302, "A resource of the vault does not exist."));
    }
    let skipped = |member: Member| Skipped {
        code: code_text(if member.kind == DISK { 7000 } else { 7100 }),
        reason: "The resource does not exist.".to_owned(),
        id: member.id,
        kind: member.kind,
        name: member.name,
    };
    Ok((present, gone.into_iter().map(skipped).collect()))
}

fn check_free(world: &World, members: &[Member], request: &Request) -> Result<(), ApiError> {
    members.iter().try_for_each(|member| match () {
        () if world.runs_on("backup", &member.id, request.now) => {
            Err(ApiError::new(6125, format!("The resource {} is being backed up.", member.id)))
        }
        () if world.runs_on("restore", &member.id, request.now) => {
            Err(ApiError::new(2010, format!("The resource {} is being restored.", member.id)))
        }
        () => Ok(()),
    })
}

impl World {
    /// Whether the protected resource still exists.
    fn has(&self, member: &Member) -> bool {
        match member.kind.as_str() {
            DISK => self.disk(&member.id).is_some(),
            SERVER => self.server(&member.id).is_some_and(|server| server.status != "DELETED"),
            _ => true,
        }
    }
}

/// Writes the backups and their logs; gives back the restore point, not yet stored.
fn start(
    world: &mut World,
    request: &Request,
    order: &CheckpointRequest,
    vault: &Vault,
    members: Vec<Member>,
    skipped: Vec<Skipped>,
) -> Checkpoint {
    let id = world.fresh_id("checkpoint", request.now);
    let ready_at = formats::later(request.now, world.durations.backup, request.speed);
    let name = if order.name.is_empty() {
        format!("manualbk_{}", id.get(..4).unwrap_or_default())
    } else {
        order.name.clone()
    };
    let several = members.len() + skipped.len() > 1;
    let fails =
        |member: &Member| request.fail_operation.is_some() || world.switches.failing_members.contains(&member.id);
    let failing: Vec<bool> = members.iter().map(fails).collect();
    let status = if members.is_empty() || failing.contains(&true) { "error" } else { "available" };
    for (position, (member, fails)) in members.iter().zip(failing).enumerate() {
        let name = if several { format!("{name}-{:04}", position + 1) } else { name.clone() };
        let mut backup = backup_of(world, request, vault, member);
        backup.name = name;
        backup.description = Some(order.description.clone());
        backup.checkpoint_id.clone_from(&id);
        backup.incremental = order.incremental;
        backup.auto_trigger = order.auto_trigger;
        backup.ready_at = Some(ready_at);
        backup.expired_at = expiry(request, order.retention_days);
        if fails { "error" } else { "available" }.clone_into(&mut backup.status);
        for child in &mut backup.children {
            child.checkpoint_id.clone_from(&id);
            child.incremental = order.incremental;
            child.ready_at = Some(ready_at);
        }
        let log = log_of(world, request, &backup, fails);
        world.logs.push(log);
        world.backups.push(backup);
    }
    Checkpoint {
        id,
        name: order.name.clone(),
        description: order.description.clone(),
        vault_id: vault.id.clone(),
        members,
        skipped,
        status: status.to_owned(),
        created_at: request.now,
        ready_at: Some(ready_at),
    }
}

fn expiry(request: &Request, retention_days: i64) -> Option<jiff::Timestamp> {
    // At most 36500 days, so the conversion is exact.
    (retention_days > 0).then(|| formats::later(request.now, retention_days as f64 * 86400.0, 1.0))
}

fn backup_of(world: &mut World, request: &Request, vault: &Vault, member: &Member) -> Backup {
    let server = world.server(&member.id).cloned();
    let disks = server.as_ref().map_or(&[][..], |server| server.disks.as_slice());
    let backed_up: Vec<_> = disks.iter().filter(|disk| !member.exclude_volumes.contains(&disk.id)).collect();
    let base = Backup {
        project_id: Some(request.project_id.clone()),
        vault_id: vault.id.clone(),
        created_at: request.now,
        ..Backup::default()
    };
    let mut children = Vec::new();
    for disk in backed_up {
        children.push(Backup {
            id: world.fresh_id("backup", request.now),
            name: disk.name.clone(),
            resource_id: disk.id.clone(),
            resource_name: disk.name.clone(),
            resource_size: disk.size_gb,
            system_disk: disk.system,
            ..base.clone()
        });
    }
    let disk = world.disk(&member.id).map(|(disk, _)| disk.clone());
    Backup {
        id: world.fresh_id("backup", request.now),
        resource_type: member.kind.clone(),
        resource_id: member.id.clone(),
        resource_name: member.name.clone(),
        resource_size: disk.as_ref().map_or(member.size_gb, |disk| disk.size_gb),
        system_disk: disk.is_some_and(|disk| disk.system),
        supported_restore_mode: server.as_ref().map(|_| "backup".to_owned()),
        architecture: server.as_ref().map_or_else(|| base.architecture.clone(), |server| server.architecture.clone()),
        os: server.as_ref().map_or_else(|| base.os.clone(), |server| server.os.clone()),
        children,
        ..base
    }
}

fn log_of(world: &mut World, request: &Request, backup: &Backup, fails: bool) -> Log {
    let id = world.fresh_id("log", request.now);
    let request_id = world.fresh_id("request", request.now);
    let log = making_log(id, request_id, backup, request.now);
    match &request.fail_operation {
        None if fails => Log {
            end_status: "failed".to_owned(),
            error_code: code_text(7101),
            error_message: "The server status does not allow the backup.".to_owned(),
            ..log
        },
        None => log,
        Some(failure) => Log {
            end_status: failure.status.clone().unwrap_or_else(|| "failed".to_owned()),
            error_code: failure.code.clone(),
            error_message: failure.message.clone(),
            ..log
        },
    }
}

fn write(world: &World, checkpoint: &Checkpoint, request: &Request, with_skipped: bool) -> Value {
    let resources: Vec<Value> =
        checkpoint.members.iter().map(|member| resource(world, checkpoint, member, request)).collect();
    let vault_name = world.vault(&checkpoint.vault_id).map(|vault| vault.name.clone());
    let mut vault = json!({ "id": checkpoint.vault_id, "name": vault_name, "resources": resources });
    if with_skipped && let Some(vault) = vault.as_object_mut() {
        let skipped = |skipped: &Skipped| {
            json!({
                "id": skipped.id,
                "type": skipped.kind,
                "name": skipped.name,
                "code": skipped.code,
                "reason": skipped.reason,
            })
        };
        vault.insert("skipped_resources".to_owned(), checkpoint.skipped.iter().map(skipped).collect());
    }
    json!({
        "id": checkpoint.id,
        "project_id": request.project_id,
        "status": world.checkpoint_status(checkpoint, request.now).unwrap_or_else(|| "protecting".to_owned()),
        "created_at": world.checkpoint_instant(checkpoint.created_at),
        "vault": vault,
        "extra_info": { "name": checkpoint.name, "description": checkpoint.description, "retention_duration": -1 },
    })
}

fn resource(world: &World, checkpoint: &Checkpoint, member: &Member, request: &Request) -> Value {
    let backups = backups_of(world, &checkpoint.vault_id, &member.id, request);
    let used = formats::total(backups.iter().map(|backup| backup.resource_size));
    let number = |value: u64| match world.switches.checkpoint_sizes_are_numbers {
        true => json!(value),
        false => json!(value.to_string()),
    };
    json!({
        "id": member.id,
        "name": member.name,
        "type": member.kind,
        "protect_status": world.protect_status(member, request.now),
        "resource_size": number(member.size_gb),
        "backup_size": number(used),
        "backup_count": number(backups.len() as u64),
        "extra_info": null,
    })
}

#[cfg(test)]
mod tests;
