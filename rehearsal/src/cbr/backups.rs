//! Backups: E4, E5 and E6.

mod query;

use super::logs::provider_id;
use super::wire::{ApiError, body_object, checked_name, owned, required};
use super::world::{Backup, Deletion, Log, Named, World};
use crate::formats;
use crate::service::{Platform, Request, Response};
use jiff::Timestamp;
use query::Query;
use serde_json::{Value, json};

/// `GET /backups/{id}`; also finds the children of a server backup.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let backup = find(world, request, id)?;
    let parent = world.backups.iter().find(|parent| parent.children.iter().any(|child| child.id == backup.id));
    let writer = Writer { world, request };
    Ok(Response::json(200, json!({ "backup": writer.write(backup, parent, true) })))
}

/// `GET /backups`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let query = Query::read(request)?;
    let writer = Writer { world, request };
    let mut rows: Vec<Row> = visible(world, request).map(|backup| writer.row(backup, None)).collect();
    if world.switches.child_backups_listed || request.query("parent_id").is_some() {
        for parent in visible(world, request) {
            rows.extend(parent.children.iter().map(|child| writer.row(child, Some(parent))));
        }
    }
    rows.retain(|row| query.accepts(world, row));
    query.sort(&mut rows);
    let rows = query.after_marker(rows);
    let with_children = world.switches.children_in_list;
    let records = rows.into_iter().map(|row| writer.write(row.backup, row.parent, with_children)).collect();
    Ok(query.page.answer("backups", records, world.switches.count))
}

/// `PUT /backups/{id}`: another name. Only one of the clouds documents it.
pub(super) fn rename(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    find(world, request, id)?;
    let name = checked_name(required(&body_object(request, "backup")?, "name")?)?;
    if let Some(backup) = world.backups.iter_mut().find(|backup| backup.id == id) {
        backup.name = name;
    }
    show(world, request, id)
}

/// `DELETE /backups/{id}`.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let now = request.now;
    let backup = find(world, request, id)?.clone();
    check_deletable(world, &backup, now)?;
    let failure = request.fail_operation.clone();
    let gone_at = formats::later(now, world.durations.delete, request.speed);
    let log = Log {
        id: world.fresh_id("log", now),
        project_id: Some(request.project_id.clone()),
        operation_type: "delete".to_owned(),
        end_status: failure
            .as_ref()
            .map_or("success", |failure| failure.status.as_deref().unwrap_or("failed"))
            .to_owned(),
        error_code: failure.as_ref().map_or_else(String::new, |failure| failure.code.clone()),
        error_message: failure.as_ref().map_or_else(String::new, |failure| failure.message.clone()),
        created_at: now,
        ended_at: Some(gone_at),
        request_id: format!("req-{}", world.fresh_id("request", now)),
        source: backup.source(),
        backup: backup.named(),
        vault_id: Some(backup.vault_id.clone()),
        checkpoint_id: Some(backup.checkpoint_id.clone()),
        ..Log::default()
    };
    let started = log.id.clone();
    world.logs.push(log);
    if failure.is_none()
        && let Some(record) = world.backups.iter_mut().find(|record| record.id == backup.id)
    {
        record.deletion = Some(Deletion { asked_at: now, gone_at });
    }
    Ok(Response::empty(204).started(started))
}

fn check_deletable(world: &World, backup: &Backup, now: Timestamp) -> Result<(), ApiError> {
    let status = world.backup_status(backup, now);
    let restoring = world.restores_of(&backup.id, now).any(|log| log.is_active(now));
    if restoring || !matches!(status.as_str(), "available" | "error") {
        return Err(ApiError::new(6216, format!("The backup is in use (status {status}).")));
    }
    if !backup.images.is_empty() {
        return Err(ApiError::new(6204, "The backup has an image and cannot be deleted."));
    }
    let locked = world.vault(&backup.vault_id).is_some_and(|vault| vault.locked);
    if locked && backup.auto_trigger {
        return Err(ApiError::new(6220, "An automatic backup of a locked vault cannot be deleted."));
    }
    if !world.backups.iter().any(|record| record.id == backup.id) {
        return Err(ApiError::new(6201, "A disk backup of a server backup cannot be deleted alone."));
    }
    Ok(())
}

/// The backup or child with this identifier, if the caller can see it.
pub(super) fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Backup, ApiError> {
    let all = visible(world, request).flat_map(|backup| std::iter::once(backup).chain(&backup.children));
    let mut found = all.filter(|backup| backup.id.eq_ignore_ascii_case(id));
    found.next().ok_or_else(|| ApiError::new(6200, "The backup does not exist."))
}

fn visible<'a>(world: &'a World, request: &Request) -> impl Iterator<Item = &'a Backup> {
    world.backups.iter().filter(move |backup| backup.exists(request.now) && owned(backup.project_id.as_ref(), request))
}

/// A backup on its way into a list.
struct Row<'a> {
    backup: &'a Backup,
    parent: Option<&'a Backup>,
    status: String,
}

struct Writer<'a> {
    world: &'a World,
    request: &'a Request,
}

impl Writer<'_> {
    fn row<'b>(&self, backup: &'b Backup, parent: Option<&'b Backup>) -> Row<'b> {
        Row { backup, parent, status: self.status(backup, parent) }
    }

    fn status(&self, backup: &Backup, parent: Option<&Backup>) -> String {
        match parent {
            Some(parent) => self.world.child_status(backup, parent, self.request.now),
            None => self.world.backup_status(backup, self.request.now),
        }
    }

    fn write(&self, backup: &Backup, parent: Option<&Backup>, with_children: bool) -> Value {
        let children = if with_children { backup.children.as_slice() } else { &[] };
        let children: Vec<Value> = children.iter().map(|child| self.write(child, Some(backup), false)).collect();
        let world = self.world;
        let updated_at = backup.ready_at.filter(|ready| *ready <= self.request.now).unwrap_or(backup.created_at);
        let mut record = json!({
            "id": backup.id,
            "checkpoint_id": backup.checkpoint_id,
            "vault_id": backup.vault_id,
            "project_id": self.request.project_id,
            "provider_id": provider_id(&parent.unwrap_or(backup).resource_type),
            "name": backup.name,
            "description": backup.description,
            "status": self.status(backup, parent),
            "resource_id": backup.resource_id,
            "resource_name": backup.resource_name,
            "resource_type": backup.resource_type,
            "resource_az": backup.resource_az,
            "resource_size": backup.resource_size,
            "image_type": backup.image_type,
            "parent_id": parent.map(|parent| parent.id.clone()),
            "children": children,
            "created_at": world.instant(backup.created_at),
            "updated_at": world.instant(updated_at),
            "protected_at": world.instant(updated_at),
            "expired_at": world.instant_or_null(backup.expired_at),
            "extend_info": self.extend_info(backup),
        });
        if world.platform == Platform::Huaweicloud
            && let Some(record) = record.as_object_mut()
        {
            record.insert("incremental".to_owned(), json!(backup.incremental));
            record.insert("enterprise_project_id".to_owned(), world.enterprise_project());
            record.insert("replication_records".to_owned(), json!([]));
            record.insert("scheduled_operation_id".to_owned(), Value::Null);
            record.insert("version".to_owned(), json!(3));
        }
        record
    }

    fn extend_info(&self, backup: &Backup) -> Value {
        let images: Vec<Value> = backup.images.iter().map(|id| json!({ "image_id": id })).collect();
        let mut info = json!({
            "auto_trigger": backup.auto_trigger,
            "bootable": backup.system_disk,
            "snapshot_id": null,
            "support_lld": true,
            "supported_restore_mode": backup.supported_restore_mode,
            "os_images_data": if images.is_empty() { Value::Null } else { Value::Array(images) },
            "contain_system_disk": backup.system_disk || backup.children.iter().any(|child| child.system_disk),
            "encrypted": backup.encrypted,
            "system_disk": backup.system_disk,
        });
        // The other cloud has this one beside `extend_info`.
        let (name, value) = match self.world.platform {
            Platform::Otc => ("incremental", backup.incremental),
            Platform::Huaweicloud => ("is_multi_az", false),
        };
        if let Some(info) = info.as_object_mut() {
            info.insert(name.to_owned(), json!(value));
        }
        info
    }
}

/// The operation log entry of making a backup.
pub(super) fn making_log(id: String, request_id: String, backup: &Backup, now: Timestamp) -> Log {
    Log {
        id,
        request_id: format!("req-{request_id}"),
        operation_type: "backup".to_owned(),
        created_at: now,
        ended_at: backup.ready_at,
        source: backup.source(),
        target: Named::default(),
        backup: backup.named(),
        vault_id: Some(backup.vault_id.clone()),
        checkpoint_id: Some(backup.checkpoint_id.clone()),
        incremental: backup.incremental,
        ..Log::default()
    }
}

#[cfg(test)]
mod tests;
