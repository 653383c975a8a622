//! Backups shared with other projects.

use super::backups::find as find_backup;
use super::vaults::body;
use super::wire::{ApiError, array};
use super::world::{Share, World};
use crate::service::{Request, Response};
use serde_json::{Value, json};

/// `GET /backups/{id}/members`.
pub(super) fn list(world: &World, request: &Request, backup: &str) -> Result<Response, ApiError> {
    world.check_id(backup)?;
    find_backup(world, request, backup)?;
    let shares = world.shares.iter().filter(|share| share.backup_id == backup && share.created_at <= request.now);
    let shares: Vec<Value> = shares.map(|share| write(world, share)).collect();
    Ok(Response::json(200, json!({ "count": shares.len(), "members": shares })))
}

/// `GET /backups/{id}/members/{project}`.
pub(super) fn show(world: &World, request: &Request, backup: &str, project: &str) -> Result<Response, ApiError> {
    world.check_id(backup)?;
    find_backup(world, request, backup)?;
    let share = world.shares.iter().find(|share| share.backup_id == backup && share.dest_project_id == project);
    let share = share.ok_or_else(no_share)?;
    Ok(Response::json(200, json!({ "member": write(world, share) })))
}

/// `POST /backups/{id}/members`.
pub(super) fn add(world: &mut World, request: &Request, backup: &str) -> Result<Response, ApiError> {
    world.check_id(backup)?;
    let shared = find_backup(world, request, backup)?;
    if !shared.is_server() {
        return Err(ApiError::new(6700, "Only cloud server backups can be shared."));
    }
    let body = body(request)?;
    let projects = array(&body, "members")?.ok_or_else(|| ApiError::parameter("members is missing."))?;
    let mut made = Vec::new();
    for project in projects {
        let project = project.as_str().ok_or_else(|| ApiError::parameter("members must hold strings."))?;
        if world.shares.iter().any(|share| share.backup_id == backup && share.dest_project_id == project) {
            return Err(ApiError::new(6714, "A shared backup cannot be shared to the same member again."));
        }
        let share = Share {
            id: world.fresh_id("share", request.now),
            backup_id: backup.to_owned(),
            dest_project_id: project.to_owned(),
            created_at: request.now,
            ..Share::default()
        };
        made.push(write(world, &share));
        world.shares.push(share);
    }
    Ok(Response::json(200, json!({ "members": made })))
}

/// `DELETE /backups/{id}/members/{project}`.
pub(super) fn remove(world: &mut World, request: &Request, backup: &str, project: &str) -> Result<Response, ApiError> {
    show(world, request, backup, project)?;
    world.shares.retain(|share| share.backup_id != backup || share.dest_project_id != project);
    Ok(Response::empty(204))
}

fn no_share() -> ApiError {
    ApiError::new(6705, "The share member does not exist.")
}

fn write(world: &World, share: &Share) -> Value {
    json!({
        "id": share.id,
        "backup_id": share.backup_id,
        "dest_project_id": share.dest_project_id,
        "status": share.status,
        "image_id": null,
        "vault_id": null,
        "created_at": world.instant(share.created_at),
        "updated_at": world.instant(share.created_at),
    })
}

#[cfg(test)]
mod tests;
