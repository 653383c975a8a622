//! `POST /backups/{backup_id}/restore`.

mod checks;
mod order;

use super::backups::find;
use super::switches::RestoreAnswer;
use super::wire::{ApiError, code_text};
use super::world::{Backup, DISK, Log, Named, World};
use crate::formats;
use crate::service::{OperationFailure, Platform, Request, Response};
use jiff::Timestamp;
use order::Order;
use serde_json::json;

/// The most foreign restores that one restore can bring along: whoever writes a scenario may mistype.
const MOST_FOREIGN_LOGS: u32 = 1000;

/// Accepts or refuses a restore.
pub(super) fn restore(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let order = Order::read(world, request)?;
    let backup = find(world, request, id)?.clone();
    let target = order.target(world, &backup)?;
    checks::vault(world, &backup)?;
    checks::conflicts(world, &backup, &target.named(), request.now)?;
    let failure = match checks::target(world, &backup, &order, &target) {
        Err(ApiError::Service { code, message }) if world.switches.target_checks_in_log => {
            Some(OperationFailure { status: None, code: code_text(code), message })
        }
        checked => {
            checked?;
            request.fail_operation.clone().or_else(|| world.switches.restore_end.clone())
        }
    };
    let target = target.named();
    let log = start(world, request, &backup, &order, target, failure);
    Ok(answer(world, &log).started(log))
}

/// Writes the logs of a restore and gives back the identifier of the main one.
fn start(
    world: &mut World,
    request: &Request,
    backup: &Backup,
    order: &Order,
    target: Named,
    failure: Option<OperationFailure>,
) -> String {
    let log = Log {
        power_on: order.power_on,
        destination_path: order.destination_path.clone(),
        mappings: order.mappings.clone(),
        ..new_log(world, request, backup, target, failure)
    };
    let id = log.id.clone();
    if world.switches.child_logs {
        let children = child_logs(world, backup, &log, request.now);
        world.logs.extend(children);
    }
    for _ in 0..world.switches.foreign_logs.min(MOST_FOREIGN_LOGS) {
        let foreign = foreign_log(world, &log, request.now);
        world.logs.push(foreign);
    }
    world.logs.push(log);
    id
}

fn new_log(
    world: &mut World,
    request: &Request,
    backup: &Backup,
    target: Named,
    failure: Option<OperationFailure>,
) -> Log {
    let after = |seconds: f64| formats::later(request.now, seconds, request.speed);
    let id = world.fresh_id("log", request.now);
    let request_id = world.fresh_id("request", request.now);
    let durations = &world.durations;
    let ended_at = after(duration(world, backup));
    let end_status = failure.as_ref().map_or("success", |failure| failure.status.as_deref().unwrap_or("failed"));
    let touched = failure.is_some() && !matches!(end_status, "success" | "skipped");
    Log {
        id,
        project_id: Some(request.project_id.clone()),
        end_status: end_status.to_owned(),
        error_code: failure.as_ref().map_or_else(String::new, |failure| failure.code.clone()),
        error_message: failure.as_ref().map_or_else(String::new, |failure| failure.message.clone()),
        created_at: request.now,
        listed_at: Some(after(durations.log_listed)),
        shown_at: Some(after(durations.log_shown)),
        running_at: Some(after(durations.waiting).min(ended_at)),
        ended_at: Some(ended_at),
        progress_stuck: world.switches.progress_stuck,
        request_id: format!("req-{request_id}"),
        source: backup.source(),
        target,
        backup: backup.named(),
        vault_id: Some(backup.vault_id.clone()).filter(|id| !id.is_empty()),
        checkpoint_id: Some(backup.checkpoint_id.clone()).filter(|id| !id.is_empty()),
        flips_at: world.switches.backup_flip_visible.then(|| after(durations.backup_flip)),
        released_at: Some(formats::later(ended_at, durations.backup_release, request.speed)),
        backup_after: touched.then(|| world.switches.backup_after_failed_restore.clone()),
        ..Log::default()
    }
}

fn duration(world: &World, backup: &Backup) -> f64 {
    match () {
        () if backup.is_server() => world.durations.restore_server,
        () if backup.resource_type == DISK => world.durations.restore_disk,
        () => world.durations.restore_other,
    }
}

/// The logs that a server restore writes for its disks, where the service does so.
fn child_logs(world: &mut World, backup: &Backup, log: &Log, now: Timestamp) -> Vec<Log> {
    let mut logs = Vec::new();
    for mapping in &log.mappings {
        let Some(child) = backup.children.iter().find(|child| child.id == mapping.backup_id) else { continue };
        let name = world.disk(&mapping.volume_id).map_or_else(String::new, |(disk, _)| disk.name.clone());
        logs.push(Log {
            id: world.fresh_id("log", now),
            source: child.source(),
            target: Named::new(&mapping.volume_id, &name, DISK),
            backup: child.named(),
            flips_at: None,
            backup_after: None,
            mappings: Vec::new(),
            ..log.clone()
        });
    }
    logs
}

/// A restore of another backup of the same vault that someone else starts at the same instant.
fn foreign_log(world: &mut World, log: &Log, now: Timestamp) -> Log {
    let mut named = |what: &str| Named::new(&world.fresh_id(what, now), &format!("foreign-{what}"), &log.source.kind);
    let (resource, backup) = (named("resource"), named("backup"));
    Log {
        id: world.fresh_id("log", now),
        source: resource.clone(),
        target: resource,
        backup,
        mappings: Vec::new(),
        backup_after: None,
        ..log.clone()
    }
}

/// The 202.
fn answer(world: &World, log: &str) -> Response {
    let usual = match world.platform {
        Platform::Otc => RestoreAnswer::Empty,
        Platform::Huaweicloud => RestoreAnswer::JobId,
    };
    match world.switches.restore_answer.unwrap_or(usual) {
        RestoreAnswer::Empty => Response::empty(202),
        RestoreAnswer::Object => Response::json(202, json!({})),
        RestoreAnswer::JobId => Response::json(202, json!({ "job_id": log })),
        RestoreAnswer::Text => Response::text(202, "Accepted"),
    }
}

#[cfg(test)]
mod tests;
