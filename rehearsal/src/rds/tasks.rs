//! Tasks: one by its identifier, the list of a window of time, and what tasks of SQL Server were asked for.

use serde_json::{Value, json};

use super::instances::find;
use super::world::World;
use crate::dbs::{ApiError, Job, Page, instant, owned, required};
use crate::formats;
use crate::service::{Platform, Request, Response};

/// `GET /jobs?id=`.
pub(super) fn show(world: &World, request: &Request) -> Result<Response, ApiError> {
    let id = required(request, "id")?;
    let knows = world.switches.job_knows_restores.unwrap_or(world.platform == Platform::Huaweicloud);
    let visible = |job: &&Job| {
        is_kept(world, job, request)
            && job.shown.unwrap_or(job.created) <= request.now
            && (knows || job.kind != "restore")
            && (world.switches.job_knows_creations || job.kind != "create")
    };
    let found = world.jobs.iter().filter(visible).find(|job| job.id == id);
    let job = found.ok_or_else(|| ApiError::new(400, 200_543, "The job does not exist."))?;
    let instance_id = named_instance(world, job);
    let body = json!({
        "id": job.id,
        "name": job.name,
        "status": status(world, job, request),
        "created": instant(job.created),
        "ended": end_time(job, request),
        "process": process(job, request),
        "instance": { "id": instance_id, "name": instance_name(world, instance_id) },
        "entities": {},
        "fail_reason": job.reason(request.now),
    });
    Ok(Response::json(200, json!({ "job": body })))
}

/// `GET /tasklist`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 10, 50)?;
    let (start, end) = (millis(request, "start_time")?, millis(request, "end_time")?);
    if world.platform == Platform::Huaweicloud && start.is_some() && end.is_none() {
        return Err(ApiError::parameter("end_time is missing."));
    }
    let wanted = |job: &&Job| {
        let created = job.created.as_millisecond();
        is_kept(world, job, request)
            && job.listed.unwrap_or(job.created) <= request.now
            && start.is_none_or(|start| start <= created)
            && end.is_none_or(|end| created <= end)
            && request.query("instance_id").is_none_or(|id| named_instance(world, job) == id)
            && request.query("id").is_none_or(|id| job.id == id)
    };
    let mut jobs: Vec<&Job> = world.jobs.iter().filter(wanted).collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.created));
    let rows = jobs.into_iter().map(|job| row(world, job, request)).collect();
    Ok(page.answer("tasks", rows))
}

/// `GET /instances/{instance_id}/tasklist/detail`.
pub(super) fn details(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let start = millis(request, "start_time")?.ok_or_else(|| ApiError::parameter("start_time is missing."))?;
    if instance.engine != "SQLServer" {
        return Err(ApiError::new(400, 200_040, "The DB engine does not support this operation."));
    }
    let wanted = |job: &&Job| {
        is_kept(world, job, request)
            && job.listed.unwrap_or(job.created) <= request.now
            && job.created.as_millisecond() >= start
            && named_instance(world, job) == id
    };
    let detail = |job: &Job| {
        let mut row = row(world, job, request);
        let order = json!({
            "sourceInstanceId": job.source_id,
            "targetInstanceId": job.target_id,
            "backupId": job.backup_id,
            "restoreTime": job.restore_time.map(|time| time.to_string()).unwrap_or_default(),
            "type": if job.backup_id.is_empty() { "timestamp" } else { "backup" },
            "dbNames": [],
        });
        if let Some(fields) = row.as_object_mut() {
            fields.insert("task_detail".to_owned(), json!(order.to_string()));
        }
        row
    };
    let rows: Vec<Value> = world.jobs.iter().filter(wanted).map(detail).collect();
    Ok(Response::json(200, json!({ "count": rows.len(), "jobs": rows })))
}

fn row(world: &World, job: &Job, request: &Request) -> Value {
    let instance_id = named_instance(world, job);
    let status_of = |instance| world.instance_status(instance, request.now);
    json!({
        "id": job.id,
        "name": job.name,
        "instance_id": instance_id,
        "instance_name": instance_name(world, instance_id),
        "instance_status": world.instance(instance_id).map(status_of).unwrap_or_default(),
        "order_id": "",
        "process": process(job, request),
        "fail_reason": job.reason(request.now),
        "create_time": instant(job.created),
        "end_time": end_time(job, request),
        "status": status(world, job, request),
    })
}

fn is_kept(world: &World, job: &Job, request: &Request) -> bool {
    let kept_since = formats::earlier(request.now, world.durations.job_retention);
    (kept_since..=request.now).contains(&job.created) && owned(job.project_id.as_ref(), request)
}

fn status<'a>(world: &World, job: &'a Job, request: &Request) -> &'a str {
    match job.status(request.now) {
        "Completed" if world.switches.complete_without_d => "Complete",
        status => status,
    }
}

fn named_instance<'a>(world: &World, job: &'a Job) -> &'a str {
    if world.switches.task_names_source && job.kind == "restore" { &job.source_id } else { &job.target_id }
}

fn instance_name<'a>(world: &'a World, id: &str) -> &'a str {
    world.instance(id).map_or("", |instance| &instance.name)
}

fn end_time(job: &Job, request: &Request) -> String {
    job.ended.filter(|ended| *ended <= request.now).map(instant).unwrap_or_default()
}

/// The documents have three forms; this is the one that is hardest to read.
fn process(job: &Job, request: &Request) -> String {
    if job.has_ended(request.now) { String::new() } else { format!("{}% ", job.progress(request.now)) }
}

fn millis(request: &Request, name: &str) -> Result<Option<i64>, ApiError> {
    let read =
        |text: &str| text.parse().map_err(|_| ApiError::parameter(format!("{name} must be epoch milliseconds.")));
    request.query(name).map(read).transpose()
}
