//! Jobs: one by its identifier, and the list of a window of time.

use super::wire::{ApiError, Page, instant, owned, required_instant};
use super::world::{Job, RESTORE_JOB, World};
use crate::formats;
use crate::service::{Operation, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

/// How much older than the retention the window of a list may start, in seconds: the caller's clock may be behind.
const SLACK: f64 = 60.0;

/// `GET /jobs/{job_id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let visible = |job: &&Job| is_kept(world, job, request) && job.shown.unwrap_or(job.created) <= request.now;
    let found = world.jobs.iter().filter(visible).find(|job| job.id == id);
    let job = found.ok_or_else(ApiError::unknown_job)?;
    let instance_id = named_instance(world, job);
    let body = json!({
        "id": job.id,
        "name": job.name,
        "status": job.status(request.now),
        "created_time": instant(job.created),
        "end_time": end_time(world, job, request.now),
        "process": process(job, request.now),
        "instance": { "id": instance_id, "name": instance_name(world, instance_id) },
    });
    Ok(Response::json(200, json!({ "job": body })))
}

/// `GET /jobs`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(world, request)?;
    let start = required_instant(world, request, "start_time")?;
    let end = required_instant(world, request, "end_time")?;
    if start < formats::earlier(request.now, world.durations.job_retention + SLACK) {
        return Err(ApiError::parameter("start_time must not be earlier than 30 days ago."));
    }
    let visible = |job: &&Job| {
        is_kept(world, job, request)
            && job.listed.unwrap_or(job.created) <= request.now
            && start <= job.created
            && job.created <= end
    };
    let mut jobs: Vec<&Job> = world.jobs.iter().filter(visible).collect();
    jobs.sort_by_key(|job| job.created);
    if !world.switches.jobs_oldest_first {
        jobs.reverse();
    }
    Ok(page.answer("jobs", jobs.into_iter().map(|job| row(world, job, request.now)).collect()))
}

/// Every job, oldest first.
pub(super) fn operations(world: &World, now: Timestamp) -> Vec<Operation> {
    let mut jobs: Vec<&Job> = world.jobs.iter().filter(|job| job.created <= now).collect();
    jobs.sort_by_key(|job| job.created);
    let operation = |job: &Job| Operation {
        service: "ddm".to_owned(),
        kind: if job.name == RESTORE_JOB { "restore" } else { &job.name }.to_owned(),
        id: job.id.clone(),
        target: if job.target_id.is_empty() { &job.source_id } else { &job.target_id }.clone(),
        started: job.created,
        ended: job.ended.filter(|ended| *ended <= now),
        status: job.status(now).to_owned(),
    };
    jobs.into_iter().map(operation).collect()
}

fn is_kept(world: &World, job: &Job, request: &Request) -> bool {
    let kept_since = formats::earlier(request.now, world.durations.job_retention);
    (kept_since..=request.now).contains(&job.created) && owned(job.project_id.as_ref(), request)
}

/// The list alone has the reason of a failure.
fn row(world: &World, job: &Job, now: Timestamp) -> Value {
    let failure = job.failure.as_ref().filter(|_| job.has_ended(now));
    let instance_id = named_instance(world, job);
    json!({
        "id": job.id,
        "name": job.name,
        "status": job.status(now),
        "created_time": instant(job.created),
        "end_time": end_time(world, job, now),
        "process": process(job, now),
        "instance_id": instance_id,
        "instance_name": instance_name(world, instance_id),
        "fail_reason": failure.map(|failure| reason(&failure.code, &failure.message)).unwrap_or_default(),
        "database_name": "",
        "operations": [],
    })
}

fn reason(code: &str, message: &str) -> String {
    [code, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
}

fn named_instance<'a>(world: &World, job: &'a Job) -> &'a str {
    if world.switches.job_names_source || job.target_id.is_empty() { &job.source_id } else { &job.target_id }
}

fn instance_name<'a>(world: &'a World, id: &str) -> &'a str {
    world.instance(id).map_or("", |instance| &instance.name)
}

fn end_time(world: &World, job: &Job, now: Timestamp) -> String {
    let shown = job.ended.filter(|ended| *ended <= now || world.switches.end_time_while_running);
    shown.map(instant).unwrap_or_default()
}

fn process(job: &Job, now: Timestamp) -> String {
    if job.has_ended(now) { String::new() } else { format!("{}%", job.progress(now)) }
}

#[cfg(test)]
mod tests;
