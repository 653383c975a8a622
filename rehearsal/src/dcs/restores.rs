//! Restore records: create and list. There is nothing else: no cancel, no get-one, no delete.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::switches::Version;
use super::world::{Phase, Restore, World};
use super::{backups, instances, lists, object_body, optional_text};
use crate::formats::later;
use crate::ids;
use crate::instants::{millis, plus_seconds, seconds_between};
use crate::service::{Request, Response};

pub(super) fn create(world: &mut World, request: &Request, instance_id: &str) -> Result<Response, ApiError> {
    let fields = object_body(request)?;
    let remark = optional_text(&fields, "remark")?;
    let backup_id = optional_text(&fields, "backup_id")?
        .filter(|id| !id.is_empty())
        .ok_or_else(|| ApiError::bad(4063, "Invalid parameter backup_id."))?;
    let instance = instances::find(world, request, instance_id)?;
    instances::check_idle(world, request, instance)?;
    let backup = backups::find(world, request, instance_id, &backup_id)?;
    if backup.status(request.now) != "succeed" {
        return Err(ApiError::bad(4087, "The backup record is not in a state that allows a restoration."));
    }
    if !backup.is_support_restore {
        return Err(ApiError::bad(
            world.switches.code_not_restorable,
            "The backup record does not support restoration.",
        ));
    }

    let created = request.now;
    let (durations, switches) = (&world.durations, &world.switches);
    let waiting = if switches.skip_waiting { 0.0 } else { durations.waiting_seconds };
    let ended = later(created, durations.restore_seconds, request.speed);
    let restore = Restore {
        id: ids::uuid(),
        instance_id: instance_id.to_owned(),
        backup_id,
        name: String::new(),
        backup_name: backup.name(),
        backup_remark: backup.remark.clone(),
        remark,
        source_instance_id: Some(backup.instance_id.clone()),
        created_at: created,
        listed_at: Some(later(created, switches.listed_after_seconds, request.speed)),
        started_at: Some(later(created, waiting, request.speed)),
        ended_at: Some(ended),
        settled_at: Some(plus_seconds(ended, durations.settle_seconds / request.speed.max(f64::MIN_POSITIVE))),
        failure: request.fail_operation.clone(),
    };
    let id = restore.id.clone();
    world.restores.push(restore);
    Ok(Response::json(200, json!({"restore_id": id})).started(id))
}

pub(super) fn list(
    world: &World,
    request: &Request,
    version: Version,
    instance_id: &str,
) -> Result<Response, ApiError> {
    instances::find(world, request, instance_id)?;
    let shown = |restore: &&Restore| restore.instance_id == instance_id && restore.listed(request.now);
    let restores = world.restores.iter().filter(shown).collect();
    let print = |restore: &&Restore| print(world, request, version, restore);
    let created_at = |restore: &&Restore| restore.created_at;
    lists::records(&world.switches, request, version, "restore_record_response", restores, created_at, print)
}

fn print(world: &World, request: &Request, version: Version, restore: &Restore) -> Value {
    let now = request.now;
    let ended = restore.phase(now) == Phase::Ended;
    let failure = restore.failure.as_ref().filter(|_| ended).map(|failure| failure.code.clone());
    let mut record = json!({
        "restore_id": restore.id,
        "restore_name": restore.name(),
        "backup_id": restore.backup_id,
        "backup_name": restore.backup_name,
        "restore_remark": restore.remark,
        "backup_remark": restore.backup_remark,
        "status": restore.status(now),
        "progress": progress(world, restore, now),
        "created_at": millis(restore.created_at),
        "updated_at": lists::updated_at(&world.switches, restore.created_at, restore.ended_at(), now),
        "error_code": failure,
    });
    if let (Version::V1, Value::Object(fields)) = (version, &mut record) {
        let source = restore.source_instance_id.as_ref().unwrap_or(&restore.instance_id);
        let name = world.instances.iter().find(|instance| instance.id == *source).map(super::Instance::name);
        fields.insert("sourceInstanceId".into(), json!(source));
        fields.insert("sourceInstanceName".into(), json!(name));
    }
    record
}

fn progress(world: &World, restore: &Restore, now: jiff::Timestamp) -> String {
    // A failed operation stops on its way.
    let half = seconds_between(restore.started_at(), restore.ended_at()) / 2.0;
    let seen = if restore.failure.is_some() { now.min(plus_seconds(restore.started_at(), half)) } else { now };
    lists::progress(&world.switches, restore.started_at(), restore.ended_at(), seen)
}
