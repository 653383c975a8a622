//! Backups: create, list, delete.

use serde_json::{Value, json};

use super::instances::{check_idle, find};
use super::world::World;
use crate::dbs::{ApiError, Backup, Page, blank_instant, body, object, owned, required_string, string};
use crate::formats;
use crate::service::{Request, Response};

/// `POST /backups`.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body(request)?;
    let fields = object(&body, "backup")?;
    let (instance_id, name) = (required_string(fields, "instance_id")?, required_string(fields, "name")?);
    if !(4..=64).contains(&name.len()) || !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return Err(ApiError::new(400, 280_277, "Invalid backup name."));
    }
    let description = string(fields, "description")?.unwrap_or_default();
    let instance = find(world, request, &instance_id)?.clone();
    let is_taken = |backup: &Backup| backup.exists(request.now) && backup.name == name;
    if world.backups.iter().any(is_taken) {
        return Err(ApiError::new(400, 201_201, "The backup already exists."));
    }
    check_idle(world, &instance, request.now)?;
    let id = world.fresh_id("backup", "br02", request.now);
    let job_id = world.fresh_id("job", "", request.now);
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    world.backups.push(Backup {
        id: id.clone(),
        name,
        description,
        project_id: Some(request.project_id.clone()),
        instance_id,
        kind: "Manual".to_owned(),
        engine: instance.engine,
        version: instance.version,
        created: request.now,
        listed: after(world.durations.backup_listed),
        ended: after(world.durations.backup),
        failure: request.fail_operation.clone(),
        ..Backup::default()
    });
    Ok(Response::json(200, json!({ "job_id": job_id, "backup_id": id })).started(id))
}

/// `GET /backups`: of an instance, or of the project.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 100, 100)?;
    let wanted = |backup: &&Backup| {
        owned(backup.project_id.as_ref(), request)
            && backup.is_listed(request.now)
            && request.query("instance_id").is_none_or(|id| backup.instance_id == id)
            && request.query("backup_id").is_none_or(|id| backup.id == id)
            && request.query("backup_type").is_none_or(|kind| backup.kind == kind)
    };
    let mut backups: Vec<&Backup> = world.backups.iter().filter(wanted).collect();
    backups.sort_by_key(|backup| std::cmp::Reverse(backup.created));
    Ok(page.answer("backups", backups.into_iter().map(|backup| row(world, backup, request)).collect()))
}

/// `DELETE /backups/{backup_id}`.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let gone = formats::later(request.now, world.durations.delete, request.speed);
    let unknown = world.switches.unknown_backup_code;
    let in_use = world.jobs.iter().any(|job| job.backup_id == id && job.is_active(request.now));
    let job_id = world.fresh_id("job", "", request.now);
    let found = world
        .backups
        .iter_mut()
        .find(|backup| backup.id == id && backup.exists(request.now) && owned(backup.project_id.as_ref(), request));
    let backup = found
        .filter(|backup| backup.deleting.is_none())
        .ok_or_else(|| ApiError::new(400, unknown, "The backup does not exist."))?;
    if in_use || backup.is_active(request.now) {
        return Err(ApiError::new(400, 201_319, "The backup is in use."));
    }
    if !backup.is_manual() {
        return Err(ApiError::parameter("Automated backups cannot be deleted."));
    }
    backup.deleting = Some(request.now);
    backup.gone = Some(gone);
    Ok(Response::json(200, json!({ "job_id": job_id })))
}

fn row(world: &World, backup: &Backup, request: &Request) -> Value {
    let done = backup.has_ended(request.now);
    let deleting = if world.switches.disabled_while_deleting { "DISABLED" } else { "DELETING" };
    json!({
        "id": backup.id,
        "name": backup.name,
        "instance_id": backup.instance_id,
        "instance_name": world.instance(&backup.instance_id).map_or("", |instance| &instance.name),
        "datastore": { "type": backup.engine, "version": backup.version },
        "type": backup.kind,
        "begin_time": blank_instant(backup.created),
        "end_time": if done { blank_instant(backup.ended.unwrap_or(backup.created)) } else { String::new() },
        "status": backup.status(request.now, deleting),
        "size": if done { backup.size } else { 0 },
        "description": backup.description,
    })
}
