//! Restores of an instance onto itself, and their tasks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::instances::{check_idle, find};
use super::world::World;
use crate::dbs::{
    self, ApiError, Instance, Job, Page, body, instant, integer, object, owned, required, required_string, string,
};
use crate::formats;
use crate::service::{Platform, Request, Response};

/// `POST /instances/recovery`.
pub(super) fn restore(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body(request)?;
    let (from, to) = (object(&body, "source")?, object(&body, "target")?);
    let (source, target) = (required_string(from, "instance_id")?, required_string(to, "instance_id")?);
    if source != target && !world.switches.other_target {
        return Err(ApiError::parameter("The target must be the original DB instance."));
    }
    let instance = find(world, request, &target)?.clone();
    let (backup, time) = match string(from, "type")?.as_deref() {
        None | Some("backup") => (required_string(from, "backup_id")?, None),
        Some("timestamp") => {
            if from.get("restore_time").is_some_and(Value::is_number) && !world.switches.numbers_as_moments {
                return Err(ApiError::parameter("restore_time must be a string."));
            }
            let time = integer(from, "restore_time", true)?;
            (String::new(), Some(time.ok_or_else(|| ApiError::parameter("restore_time is missing."))?))
        }
        Some(_) => return Err(ApiError::parameter("type must be backup or timestamp.")),
    };
    match time {
        Some(time) => check_moment(world, &instance, time, request.now)?,
        None => check_backup(world, request, &backup, &source)?,
    }
    check_idle(world, &instance, request.now)?;
    let id = world.fresh_id("job", "", request.now);
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    let durations = &world.durations;
    let name = if time.is_some() { "MongodbPitr2CurrentInstance" } else { "MongodbRestoreData2CurrentInstance" };
    world.jobs.push(Job {
        id: id.clone(),
        name: name.to_owned(),
        project_id: Some(request.project_id.clone()),
        source_id: source,
        target_id: target,
        backup_id: backup,
        restore_time: time,
        created: request.now,
        listed: after(durations.task_listed),
        shown: after(durations.job_shown),
        ended: after(durations.restore),
        busy_from: after(durations.target_flip),
        target_ready: after(durations.restore + durations.target_release),
        failure: request.fail_operation.clone().or_else(|| world.switches.restore_end.clone()),
        ..Job::default()
    });
    Ok(Response::json(200, json!({ "job_id": id })).started(id))
}

fn check_moment(world: &World, instance: &Instance, time: i64, now: Timestamp) -> Result<(), ApiError> {
    let takes = instance.mode == "ReplicaSet" || instance.mode == "Sharding" && world.switches.clusters_to_moments;
    if !takes {
        return Err(ApiError::parameter("restore_time takes effect only for replica set instances."));
    }
    let moment = Timestamp::from_millisecond(time).ok();
    let times = dbs::restorable(instance, world.durations.restorable_lag, None, now);
    let fits = moment.zip(times).is_some_and(|(moment, (start, end))| start <= moment && moment <= end);
    if fits { Ok(()) } else { Err(ApiError::parameter("restore_time lies in no restorable time range.")) }
}

fn check_backup(world: &World, request: &Request, id: &str, source: &str) -> Result<(), ApiError> {
    let is_it = |backup: &&dbs::Backup| backup.id == id && owned(backup.project_id.as_ref(), request);
    let backup = world.backups.iter().find(is_it).filter(|backup| backup.exists(request.now));
    let backup = backup.ok_or_else(|| ApiError::new(400, 201_214, "The backup does not exist."))?;
    match backup.instance_id == source && backup.is_restorable(request.now) {
        true => Ok(()),
        false => Err(ApiError::parameter("The backup cannot be restored to this DB instance.")),
    }
}

/// `GET /jobs?id=`.
pub(super) fn show(world: &World, request: &Request) -> Result<Response, ApiError> {
    let id = required(request, "id")?;
    let visible = |job: &&Job| {
        is_kept(world, job, request)
            && job.shown.unwrap_or(job.created) <= request.now
            && (world.switches.job_knows_restores || job.kind != "restore")
    };
    let found = world.jobs.iter().filter(visible).find(|job| job.id == id);
    let job = found.ok_or_else(|| ApiError::new(400, 200_543, "The job does not exist."))?;
    let over = job.has_ended(request.now);
    let ended = job.ended.filter(|_| over || world.switches.end_time_while_running).map(instant);
    Ok(Response::json(
        200,
        json!({ "job": {
            "id": job.id,
            "name": job.name,
            "status": job.status(request.now),
            "created": instant(job.created),
            "ended": ended.unwrap_or_default(),
            "progress": if over { String::new() } else { format!("{}%", job.progress(request.now)) },
            "instance": { "id": job.target_id, "name": name_of(world, &job.target_id) },
            "fail_reason": job.reason(request.now),
        } }),
    ))
}

/// `GET /v3.1/…/jobs`: the tasks of a window of time, of the whole project. Huawei Cloud only.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    if world.platform != Platform::Huaweicloud {
        return Err(ApiError::no_such_api());
    }
    let page = Page::read(request, 100, 100)?;
    let bound = |name: &str| -> Result<Timestamp, ApiError> {
        let text = required(request, name)?;
        formats::parse_instant(text).ok_or_else(|| ApiError::parameter(format!("{name} must be yyyy-mm-ddThh:mm:ssZ.")))
    };
    let (start, end) = (bound("start_time")?, bound("end_time")?);
    if end.duration_since(start).as_secs() > 30 * 86_400 {
        return Err(ApiError::parameter("start_time and end_time must not be more than 30 days apart."));
    }
    let wanted = |job: &&Job| {
        is_kept(world, job, request)
            && job.listed.unwrap_or(job.created) <= request.now
            && start <= job.created
            && job.created <= end
    };
    let mut jobs: Vec<&Job> = world.jobs.iter().filter(wanted).collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.created));
    let row = |job: &Job| {
        let over = job.has_ended(request.now);
        json!({
            "id": job.id,
            "name": job.name,
            "instance_id": job.target_id,
            "instance_name": name_of(world, &job.target_id),
            "status": job.status(request.now),
            "progress": if over { "100%".to_owned() } else { format!("{}%", job.progress(request.now)) },
            "fail_reason": job.reason(request.now),
            "created_at": instant(job.created),
            "ended_at": job.ended.filter(|_| over).map(instant).unwrap_or_default(),
        })
    };
    Ok(page.answer("jobs", jobs.into_iter().map(row).collect()))
}

fn name_of<'a>(world: &'a World, id: &str) -> &'a str {
    world.instance(id).map_or("", |instance| &instance.name)
}

fn is_kept(world: &World, job: &Job, request: &Request) -> bool {
    let kept_since = formats::earlier(request.now, world.durations.job_retention);
    (kept_since..=request.now).contains(&job.created) && owned(job.project_id.as_ref(), request)
}
