//! Backup records: create, list, delete, download links.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::switches::{DeleteWhileRunning, FormatCase, Version};
use super::world::{Backup, Phase, World};
use super::{instances, lists, object_body, optional_text};
use crate::formats::later;
use crate::ids;
use crate::instants::{millis, plus_seconds};
use crate::service::{OperationFailure, Request, Response};

pub(super) fn create(
    world: &mut World,
    request: &Request,
    version: Version,
    instance_id: &str,
) -> Result<Response, ApiError> {
    let fields = object_body(request)?;
    let remark = optional_text(&fields, "remark")?;
    let format = match version {
        Version::V1 => None,
        Version::V2 => optional_text(&fields, "backup_format")?,
    };
    let instance = instances::find(world, request, instance_id)?;
    let format = backup_format(world, &instance.engine_version, format)?;
    instances::check_idle(world, request, instance)?;

    let created = request.now;
    let (durations, switches) = (&world.durations, &world.switches);
    let waiting = if switches.skip_waiting { 0.0 } else { durations.waiting_seconds };
    let backup = Backup {
        id: ids::uuid(),
        instance_id: instance_id.to_owned(),
        backup_format: format,
        remark,
        created_at: created,
        listed_at: Some(later(created, switches.listed_after_seconds, request.speed)),
        started_at: Some(later(created, waiting, request.speed)),
        ended_at: Some(later(created, durations.backup_seconds, request.speed)),
        failure: request.fail_operation.clone(),
        ..Backup::default()
    };
    let id = backup.id.clone();
    world.backups.push(backup);
    drop_oldest(world, request, instance_id);
    Ok(Response::json(200, json!({"backup_id": id})).started(id))
}

pub(super) fn list(
    world: &World,
    request: &Request,
    version: Version,
    instance_id: &str,
) -> Result<Response, ApiError> {
    instances::find(world, request, instance_id)?;
    let shown = |backup: &&Backup| {
        backup.instance_id == instance_id
            && backup.listed(request.now)
            && (world.switches.expired_listed || backup.status(request.now) != "expired")
    };
    let backups = world.backups.iter().filter(shown).collect();
    let print = |backup: &&Backup| print(world, request, version, backup);
    lists::records(
        &world.switches,
        request,
        version,
        "backup_record_response",
        backups,
        |backup| backup.created_at,
        print,
    )
}

pub(super) fn delete(
    world: &mut World,
    request: &Request,
    version: Version,
    instance_id: &str,
    backup_id: &str,
) -> Result<Response, ApiError> {
    let now = request.now;
    instances::find(world, request, instance_id)?;
    let unknown = world.switches.code_unknown_backup_on_delete;
    let running = world.switches.delete_while_running;
    let lingers = later(now, world.switches.deleted_lingers_seconds, request.speed);
    let backup = world
        .backups
        .iter_mut()
        .find(|backup| backup.id == backup_id && backup.instance_id == instance_id && backup.listed(now))
        .filter(|backup| backup.status(now) != "deleted")
        .ok_or_else(|| ApiError::bad(unknown, "The backup file does not exist."))?;
    if backup.phase(now).is_open() {
        match running {
            DeleteWhileRunning::Refuse => return Err(ApiError::bad(4096, "The DCS instance is being backed up.")),
            DeleteWhileRunning::Abort => {
                backup.ended_at = Some(now);
                backup.failure.get_or_insert_with(aborted);
                return Ok(deleted(version));
            }
            DeleteWhileRunning::Allow => {}
        }
    }
    backup.ended_at = Some(backup.ended_at().min(now));
    backup.deleted_at = Some(now);
    backup.unlisted_at = Some(lingers);
    Ok(deleted(version))
}

pub(super) fn links(
    world: &World,
    request: &Request,
    instance_id: &str,
    backup_id: &str,
) -> Result<Response, ApiError> {
    let fields = object_body(request)?;
    instances::find(world, request, instance_id)?;
    let expiration = expiration(fields.get("expiration"))?;
    let backup = find(world, request, instance_id, backup_id)?;
    if backup.status(request.now) != "succeed" {
        return Err(ApiError::bad(4087, "The backup record is not in a state that allows this operation."));
    }
    let expires = plus_seconds(request.now, expiration).as_second();
    let (bucket, path) = (format!("dcs-backup-{}", request.project_id), format!("{instance_id}/{backup_id}/"));
    let file_name = format!("{}.{}", backup.name(), backup.backup_format);
    // The domain `.invalid` never resolves: nothing of a rehearsal leads out.
    let link = format!(
        "https://{bucket}.obs.rehearsal.invalid:443/{path}{file_name}?AWSAccessKeyId={}&Expires={expires}&Signature={}",
        ids::letters(20).to_uppercase(),
        ids::letters(28),
    );
    let links = [json!({"file_name": file_name, "link": link})];
    Ok(Response::json(200, json!({"bucket_name": bucket, "file_path": path, "links": links})))
}

/// The backup as a restore or link request of this instance may use it.
pub(super) fn find<'world>(
    world: &'world World,
    request: &Request,
    instance_id: &str,
    backup_id: &str,
) -> Result<&'world Backup, ApiError> {
    let any_instance = world.switches.cross_instance_restore;
    let usable = |backup: &&Backup| {
        backup.id == backup_id && (any_instance || backup.instance_id == instance_id) && backup.listed(request.now)
    };
    let unknown = || ApiError::bad(world.switches.code_unknown_backup, "Invalid parameter backup_id.");
    world.backups.iter().find(usable).ok_or_else(unknown)
}

fn backup_format(world: &World, engine_version: &str, format: Option<String>) -> Result<String, ApiError> {
    match (engine_version, format.as_deref()) {
        ("3.0", None | Some("aof")) => Ok("aof".into()),
        ("3.0", _) => Err(ApiError::bad(world.switches.code_wrong_format, "Invalid parameter backup_format.")),
        (_, None) => Ok("rdb".into()),
        (_, Some(format @ ("rdb" | "aof"))) => Ok(format.into()),
        _ => Err(ApiError::bad(world.switches.code_wrong_format, "Invalid parameter backup_format.")),
    }
}

/// Only the newest backups of an instance are kept; the oldest goes without a word.
fn drop_oldest(world: &mut World, request: &Request, instance_id: &str) {
    let kept = world.switches.kept_backups;
    let now = request.now;
    let mut own: Vec<&mut Backup> = world
        .backups
        .iter_mut()
        .filter(|backup| {
            backup.instance_id == instance_id && backup.unlisted_at.is_none() && backup.deleted_at.is_none()
        })
        .collect();
    own.sort_by_key(|backup| backup.created_at);
    let surplus = own.len().saturating_sub(kept);
    for backup in own.into_iter().take(surplus) {
        backup.deleted_at = Some(now);
        backup.unlisted_at = Some(now);
    }
}

fn print(world: &World, request: &Request, version: Version, backup: &Backup) -> Value {
    let (switches, now) = (&world.switches, request.now);
    let ended = backup.phase(now) == Phase::Ended;
    let good = ended && backup.failure.is_none();
    let status = backup.status(now);
    let restorable = backup.is_support_restore && status == "succeed";
    let format = match switches.format_case.of(version) {
        FormatCase::Upper => backup.backup_format.to_uppercase(),
        FormatCase::Lower => backup.backup_format.to_lowercase(),
    };
    let failure = backup.failure.as_ref().filter(|_| ended).map(|failure| failure.code.clone());
    let begun = backup.started_at() <= now;
    json!({
        "backup_id": backup.id,
        "backup_name": backup.name(),
        "instance_id": backup.instance_id,
        "status": status,
        "progress": progress(world, backup, now),
        "size": if good { backup.size } else { 0 },
        "backup_type": backup.backup_type,
        "backup_format": format,
        "is_support_restore": if restorable { "TRUE" } else { "FALSE" },
        "remark": backup.remark,
        "period": backup.period,
        "error_code": failure,
        "created_at": millis(backup.created_at),
        "updated_at": lists::updated_at(switches, backup.created_at, backup.ended_at(), now),
        "execution_at": begun.then(|| millis(backup.started_at())),
    })
}

fn progress(world: &World, backup: &Backup, now: jiff::Timestamp) -> String {
    // A failed operation stops on its way.
    let seen = if backup.failure.is_some() { now.min(middle(backup)) } else { now };
    lists::progress(&world.switches, backup.started_at(), backup.ended_at(), seen)
}

fn middle(backup: &Backup) -> jiff::Timestamp {
    let half = crate::instants::seconds_between(backup.started_at(), backup.ended_at()) / 2.0;
    plus_seconds(backup.started_at(), half)
}

fn expiration(value: Option<&Value>) -> Result<f64, ApiError> {
    // The older version types it as a text in its table and as a number in its example.
    let seconds = match value {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    match seconds {
        Some(seconds @ 300..=86_400) => Ok(seconds as f64),
        _ => Err(ApiError::bad(4063, "Invalid parameter expiration.")),
    }
}

fn aborted() -> OperationFailure {
    OperationFailure { status: None, code: "dcs.08.0002".into(), message: "The backup was stopped.".into() }
}

fn deleted(version: Version) -> Response {
    match version {
        Version::V1 => Response::json(200, json!({"message": ""})),
        Version::V2 => Response::empty(204),
    }
}
