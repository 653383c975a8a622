//! Metadata backups: the list, one, and deleting one.

use super::instances::find as find_instance;
use super::wire::{ApiError, Page, instant, owned};
use super::world::{Backup, Job, World};
use crate::formats;
use crate::service::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

/// `GET /backups`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let accepts = |backup: &&Backup| {
        let name = instance_name(world, backup);
        let pairs = [
            ("instance_id", backup.instance_id.as_str()),
            ("instance_name", name),
            ("backup_name", backup.name.as_str()),
        ];
        pairs.iter().all(|(key, value)| request.query(key).is_none_or(|wanted| wanted == *value))
    };
    let found = visible(world, request).filter(accepts);
    Ok(page.answer("backups", found.map(|backup| row(world, backup, request)).collect()))
}

/// `GET /instances/{instance_id}/backups/{backup_id}`.
pub(super) fn show(world: &World, request: &Request, instance_id: &str, id: &str) -> Result<Response, ApiError> {
    find_instance(world, request, instance_id)?;
    let backup = find(world, request, id)?;
    if backup.instance_id != instance_id {
        return Err(unknown());
    }
    let node = |id: &String| {
        let name = world.data_node(id).map_or("", |node| &node.name);
        json!({ "instance_id": id, "instance_name": name })
    };
    Ok(Response::json(
        200,
        json!({
            "id": backup.id,
            "name": backup.name,
            "instance_id": backup.instance_id,
            "instance_name": instance_name(world, backup),
            "related_data_nodes": backup.data_node_ids.iter().map(node).collect::<Vec<Value>>(),
        }),
    ))
}

/// `DELETE /backups/{backup_id}`.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance_id = find(world, request, id)?.instance_id.clone();
    let ended = formats::later(request.now, world.durations.delete_backup, request.speed);
    let job = Job {
        id: world.fresh_id("job", request.now),
        name: "deleteConsistentBackup".to_owned(),
        project_id: Some(request.project_id.clone()),
        source_id: instance_id,
        created: request.now,
        ended: Some(ended),
        failure: request.fail_operation.clone(),
        ..Job::default()
    };
    let job_id = job.id.clone();
    world.jobs.push(job);
    if request.fail_operation.is_none()
        && let Some(backup) = world.backups.iter_mut().find(|backup| backup.id == id)
    {
        backup.deleted = Some(ended);
    }
    Ok(Response::json(202, json!({ "job_id": job_id })).started(job_id))
}

impl Backup {
    /// Whether the record exists at this instant.
    pub(super) fn exists(&self, now: Timestamp) -> bool {
        self.created <= now && self.deleted.is_none_or(|deleted| now < deleted)
    }
}

fn visible<'a>(world: &'a World, request: &Request) -> impl Iterator<Item = &'a Backup> {
    let seen = |backup: &&Backup| backup.exists(request.now) && owned(backup.project_id.as_ref(), request);
    world.backups.iter().filter(seen)
}

fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Backup, ApiError> {
    visible(world, request).find(|backup| backup.id == id).ok_or_else(unknown)
}

fn unknown() -> ApiError {
    ApiError::new(300_375, "The parameter backup_id is invalid.")
}

fn instance_name<'a>(world: &'a World, backup: &Backup) -> &'a str {
    world.instance(&backup.instance_id).map_or("", |instance| &instance.name)
}

fn row(world: &World, backup: &Backup, request: &Request) -> Value {
    let instance = world.instance(&backup.instance_id);
    json!({
        "id": backup.id,
        "name": backup.name,
        "description": backup.description,
        "status": backup.status,
        "instance_id": backup.instance_id,
        "instance_name": instance_name(world, backup),
        "instance_status": instance.map(|instance| world.instance_status(instance, request.now)).unwrap_or_default(),
        "file_size": backup.file_size,
        "created": instant(backup.created),
        "updated": instant(backup.created),
        "backup_type": backup.backup_type,
    })
}

#[cfg(test)]
mod tests;
