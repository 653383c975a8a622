//! Backups: create, list, delete.

use serde_json::{Map, Value, json};

use super::instances::find;
use super::world::World;
use crate::dbs::{ApiError, Backup, Page, body, instant, owned, required, required_string, string};
use crate::formats;
use crate::service::{Platform, Request, Response};

/// `POST /backups`.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body(request)?;
    let (instance_id, name) = (required_string(&body, "instance_id")?, required_string(&body, "name")?);
    check_name(&name)?;
    let description = string(&body, "description")?.unwrap_or_default();
    if description.chars().count() > 256 || description.contains(['>', '!', '<', '"', '&', '\'', '=']) {
        return Err(ApiError::new(400, 280_127, "Invalid description."));
    }
    let databases = databases(&body)?;
    let instance = find(world, request, &instance_id)?.clone();
    if instance.mode == "Replica" {
        return Err(ApiError::new(400, 201_207, "Read replicas do not support manual backup creation."));
    }
    if !databases.is_empty() && !takes_databases(world.platform, &instance.engine) {
        return Err(ApiError::parameter("databases can be chosen for SQL Server only."));
    }
    let is_taken = |backup: &Backup| {
        backup.exists(request.now)
            && backup.name == name
            && (world.switches.names_unique_in_project || backup.instance_id == instance_id)
    };
    if world.backups.iter().any(is_taken) {
        return Err(ApiError::new(409, 201_201, "The object already exists."));
    }
    world.check_idle(&instance, request.now)?;
    let id = world.fresh_id("backup", &format!("br{}", tail(&instance.id)), request.now);
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    let answer = json!({
        "id": id, "instance_id": instance_id, "name": name, "description": description,
        "begin_time": request.now.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "status": "BUILDING", "type": "manual",
    });
    world.backups.push(Backup {
        id: id.clone(),
        name,
        description,
        project_id: Some(request.project_id.clone()),
        instance_id,
        databases,
        engine: instance.engine,
        version: instance.version,
        created: request.now,
        listed: after(world.durations.backup_listed),
        ended: after(world.durations.backup),
        failure: request.fail_operation.clone(),
        ..Backup::default()
    });
    Ok(Response::json(200, json!({ "backup": answer })).started(id))
}

/// `GET /backups`: of one instance.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 100, 100)?;
    let instance_id = required(request, "instance_id")?;
    let wanted = |backup: &&Backup| {
        backup.instance_id == instance_id
            && owned(backup.project_id.as_ref(), request)
            && backup.is_listed(request.now)
            && request.query("backup_id").is_none_or(|id| backup.id == id)
            && request.query("backup_type").is_none_or(|kind| backup.kind == kind)
    };
    let mut backups: Vec<&Backup> = world.backups.iter().filter(wanted).collect();
    backups.sort_by_key(|backup| backup.created);
    if !world.switches.oldest_first {
        backups.reverse();
    }
    Ok(page.answer("backups", backups.into_iter().map(|backup| row(world, backup, request)).collect()))
}

/// `DELETE /backups/{backup_id}`.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let gone = formats::later(request.now, world.durations.delete, request.speed);
    let (unknown, automated) = (world.switches.unknown_backup_code, world.switches.automated_delete_code);
    let in_use = world.jobs.iter().any(|job| job.backup_id == id && job.is_active(request.now));
    let found = world
        .backups
        .iter_mut()
        .find(|backup| backup.id == id && backup.exists(request.now) && owned(backup.project_id.as_ref(), request));
    let backup = found
        .filter(|backup| backup.deleting.is_none())
        .ok_or_else(|| ApiError::new(404, unknown, "The backup does not exist."))?;
    if !backup.is_manual() {
        return Err(ApiError::new(400, automated, "Automated backups cannot be deleted."));
    }
    if in_use {
        return Err(ApiError::new(409, 200_054, "The backup is in use."));
    }
    if backup.is_active(request.now) {
        return Err(ApiError::new(409, 201_205, "The backup is in progress."));
    }
    backup.deleting = Some(request.now);
    backup.gone = Some(gone);
    Ok(Response::empty(200))
}

/// Four to 64 letters, digits, hyphens and underscores, a letter first.
fn check_name(name: &str) -> Result<(), ApiError> {
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    match fits && begins && (4..=64).contains(&name.len()) {
        true => Ok(()),
        false => Err(ApiError::new(400, 280_277, "Invalid backup name.")),
    }
}

fn databases(body: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let Some(value) = body.get("databases").filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let wrong = || ApiError::parameter("databases must hold objects with a name.");
    let name = |item: &Value| item.get("name").and_then(Value::as_str).map(str::to_owned).ok_or_else(wrong);
    value.as_array().ok_or_else(wrong)?.iter().map(name).collect()
}

fn takes_databases(platform: Platform, engine: &str) -> bool {
    engine == "SQLServer" || engine == "PostgreSQL" && platform == Platform::Huaweicloud
}

/// The two digits by which identifiers of an engine end.
fn tail(instance_id: &str) -> &str {
    instance_id.get(instance_id.len().saturating_sub(2)..).unwrap_or("01")
}

/// Neither cloud shows the description.
fn row(world: &World, backup: &Backup, request: &Request) -> Value {
    let done = backup.has_ended(request.now);
    let mut row = json!({
        "id": backup.id,
        "name": backup.name,
        "type": backup.kind,
        "size": if done { backup.size } else { 0 },
        "status": backup.status(request.now, "DELETING"),
        "begin_time": instant(backup.created),
        "end_time": if done { instant(backup.ended.unwrap_or(backup.created)) } else { String::new() },
        "datastore": { "type": backup.engine, "version": backup.version },
        "instance_id": backup.instance_id,
    });
    if let Some(fields) = row.as_object_mut() {
        if !backup.databases.is_empty() {
            let names: Vec<Value> = backup.databases.iter().map(|name| json!({ "name": name })).collect();
            fields.insert("databases".to_owned(), json!(names));
        }
        if world.platform == Platform::Huaweicloud {
            fields.insert("associated_with_ddm".to_owned(), json!(backup.associated_with_ddm));
        }
    }
    row
}
