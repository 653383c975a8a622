//! Instances, what runs on them, and the times that they can be restored to.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world::World;
use crate::dbs::{self, ApiError, Instance, Page, instant, owned, required};
use crate::service::{Request, Response};

/// `GET /instances`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 100, 100)?;
    let wanted = |instance: &&Instance| {
        request.query("id").is_none_or(|id| instance.id == id)
            && request.query("name").is_none_or(|name| instance.name == name)
            && request.query("mode").is_none_or(|mode| instance.mode == mode)
    };
    let rows = visible(world, request).filter(wanted).map(|instance| row(world, instance, request.now)).collect();
    Ok(page.answer("instances", rows))
}

/// `GET /instances/{instance_id}/restore-time`: of one day, which has to be named.
pub(super) fn restore_times(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let date = required(request, "date")?;
    let date: Date = date.parse().map_err(|_| ApiError::parameter("date must be yyyy-mm-dd."))?;
    let times = dbs::restorable(instance, world.durations.restorable_lag, Some(date), request.now);
    let row = |(start, end): (Timestamp, Timestamp)| json!({ "start_time": start.as_millisecond(), "end_time": end.as_millisecond() });
    let times: Vec<Value> = times.into_iter().map(row).collect();
    Ok(Response::json(200, json!({ "restore_time": times })))
}

/// `DELETE /instances/{instance_id}`: automated backups go with it, manual ones stay.
pub(super) fn delete_instance(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?.clone();
    check_idle(world, &instance, request.now)?;
    world.instances.retain(|instance| instance.id != id);
    world.backups.retain(|backup| backup.instance_id != id || backup.is_manual());
    let job = world.fresh_id("job", "", request.now);
    Ok(Response::json(202, json!({ "job_id": job })))
}

/// The instance with this identifier, if the caller can see it.
pub(super) fn find<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Instance, ApiError> {
    let mut found = visible(world, request).filter(|instance| instance.id == id);
    found.next().ok_or_else(|| ApiError::new(404, 200_002, "The DB instance does not exist."))
}

fn visible<'a>(world: &'a World, request: &Request) -> impl Iterator<Item = &'a Instance> {
    let seen = |instance: &&Instance| instance.created <= request.now && owned(instance.project_id.as_ref(), request);
    world.instances.iter().filter(seen)
}

/// What an instance does: the status does not tell.
pub(super) fn actions(world: &World, instance: &Instance, now: Timestamp) -> Vec<String> {
    let jobs = || world.jobs.iter().filter(|job| job.target_id == instance.id && job.created <= now);
    let mut actions = Vec::new();
    if jobs().any(|job| job.is_shown_on_target(now)) && !world.switches.action.is_empty() {
        actions.push(world.switches.action.clone());
    }
    if world.backups.iter().any(|backup| backup.instance_id == instance.id && backup.is_active(now)) {
        actions.push("BACKUP".to_owned());
    }
    let last = jobs().rfind(|job| job.has_ended(now));
    if world.switches.hangs_after_failure && actions.is_empty() && last.is_some_and(|job| job.failure.is_some()) {
        actions.push("RESTORE_FAILED_HANGUP".to_owned());
    }
    actions
}

/// Refuses work on an instance that is busy or broken: both with 403.
pub(super) fn check_idle(world: &World, instance: &Instance, now: Timestamp) -> Result<(), ApiError> {
    let active = world.jobs.iter().any(|job| job.target_id == instance.id && job.is_active(now));
    if instance.status != "normal" && instance.status != "creating" {
        return Err(ApiError::new(403, 201_014, "The operation is not allowed by the status of the DB instance."));
    }
    match active || instance.status == "creating" || !actions(world, instance, now).is_empty() {
        true => Err(ApiError::new(403, 200_019, "Another operation is being performed on the DB instance.")),
        false => Ok(()),
    }
}

fn row(world: &World, instance: &Instance, now: Timestamp) -> Value {
    json!({
        "id": instance.id,
        "name": instance.name,
        "status": instance.status,
        "mode": instance.mode,
        "datastore": { "type": instance.engine, "version": instance.version },
        "actions": actions(world, instance, now),
        "vpc_id": instance.vpc_id,
        "created": instant(instance.created),
        "updated": instant(instance.created),
        "groups": [],
    })
}
