//! The call that restores to an existing instance, in its two versions.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::instances::find;
use super::switches::TargetReady;
use super::world::World;
use crate::dbs::{self, ApiError, Backup, Instance, Job, body, integer, object, owned, required_string, string};
use crate::formats;
use crate::service::{Platform, Request, Response};

/// The version of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V3,
    V31,
}

/// `POST /instances/recovery`.
pub(super) fn restore(world: &mut World, request: &Request, version: Version) -> Result<Response, ApiError> {
    let order = Order::read(request)?;
    let target = find(world, request, &order.target)?.clone();
    check_target(world, &target, &order, version)?;
    check_point(world, request, &order)?;
    world.check_idle(&target, request.now)?;
    let job = job(world, request, order, &target);
    let id = job.id.clone();
    if world.switches.backs_up_afterwards && target.engine != "SQLServer" && job.failure.is_none() {
        back_up_afterwards(world, request, &target, &job);
    }
    world.jobs.push(job);
    let usual = if version == Version::V3 { 200 } else { 202 };
    Ok(Response::json(world.switches.restore_status.unwrap_or(usual), json!({ "job_id": id })).started(id))
}

/// The fields of a restore.
pub(super) struct Order {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) backup: Option<String>,
    pub(super) time: Option<i64>,
    /// Which databases, if that is said: names, or all.
    names: bool,
    all: bool,
}

impl Order {
    fn read(request: &Request) -> Result<Order, ApiError> {
        let body = body(request)?;
        let to = object(&body, "target")?;
        Ok(Order { target: required_string(to, "instance_id")?, ..Order::of(object(&body, "source")?)? })
    }

    /// What is to be restored, onto nothing yet.
    pub(super) fn of(from: &Map<String, Value>) -> Result<Order, ApiError> {
        let (backup, time) = match string(from, "type")?.as_deref() {
            None | Some("backup") => (Some(required_string(from, "backup_id")?), None),
            Some("timestamp") => {
                let time = integer(from, "restore_time", false)?;
                (None, Some(time.ok_or_else(|| ApiError::parameter("restore_time is missing."))?))
            }
            Some(_) => return Err(ApiError::parameter("type must be backup or timestamp.")),
        };
        Ok(Order {
            source: required_string(from, "instance_id")?,
            target: String::new(),
            backup,
            time,
            names: from
                .get("database_name")
                .and_then(Value::as_object)
                .is_some_and(|names: &Map<_, _>| !names.is_empty()),
            all: from.get("restore_all_database") == Some(&Value::Bool(true)),
        })
    }
}

pub(super) fn refused(message: &str) -> ApiError {
    ApiError::new(400, 280_238, message)
}

fn check_target(world: &World, target: &Instance, order: &Order, version: Version) -> Result<(), ApiError> {
    let engine = target.engine.as_str();
    let huawei = world.platform == Platform::Huaweicloud;
    if engine == "PostgreSQL" && order.source == order.target {
        return Err(refused("PostgreSQL cannot be restored to the original DB instance."));
    }
    if engine == "PostgreSQL" && version == Version::V3 && huawei {
        return Err(refused("The API does not support PostgreSQL."));
    }
    if engine != "SQLServer" && order.names {
        return Err(ApiError::parameter("database_name is for SQL Server only."));
    }
    // The default of restore_all_database is false: nothing would be restored.
    if engine == "SQLServer" && version == Version::V31 && !order.names && !order.all {
        return Err(ApiError::parameter("Neither database_name nor restore_all_database is given."));
    }
    let Some(source) = world.instance(&order.source) else { return Ok(()) };
    if source.engine != target.engine || formats::compare_versions(&target.version, &source.version).is_lt() {
        return Err(refused("Engine or version of the target DB instance does not fit."));
    }
    match target.size < source.size {
        true => Err(refused("The storage of the target DB instance is smaller than that of the original one.")),
        false => Ok(()),
    }
}

pub(super) fn check_point(world: &World, request: &Request, order: &Order) -> Result<(), ApiError> {
    if let Some(id) = &order.backup {
        let is_it = |backup: &&Backup| backup.id == *id && owned(backup.project_id.as_ref(), request);
        let backup = world.backups.iter().find(is_it).filter(|backup| backup.exists(request.now));
        let backup = backup.ok_or_else(|| ApiError::new(404, 201_010, "The backup does not exist."))?;
        if backup.instance_id != order.source {
            return Err(ApiError::parameter("The backup does not belong to the source DB instance."));
        }
        return match backup.is_restorable(request.now) {
            true => Ok(()),
            false => Err(ApiError::new(400, 280_214, "The backup cannot be restored.")),
        };
    }
    let source = find(world, request, &order.source)
        .map_err(|_| ApiError::new(404, 200_013, "The original DB instance does not exist."))?;
    let moment = order.time.and_then(|time| Timestamp::from_millisecond(time).ok());
    let times = dbs::restorable(source, world.durations.restorable_lag, None, request.now);
    let fits = moment.zip(times).is_some_and(|(moment, (start, end))| start <= moment && moment <= end);
    if fits { Ok(()) } else { Err(ApiError::parameter("restore_time lies in no restorable time range.")) }
}

fn job(world: &mut World, request: &Request, order: Order, target: &Instance) -> Job {
    let id = world.fresh_id("job", "", request.now);
    let durations = &world.durations;
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    let ready = match world.switches.target_ready {
        TargetReady::After => durations.restore + durations.target_release,
        TargetReady::With => durations.restore,
        TargetReady::Before => durations.restore - durations.target_release,
    };
    let usual_name = format!("Restore{}InInstance", capitalised(&target.engine));
    Job {
        id,
        name: world.switches.restore_task_name.clone().unwrap_or(usual_name),
        project_id: Some(request.project_id.clone()),
        source_id: order.source,
        target_id: order.target,
        backup_id: order.backup.unwrap_or_default(),
        restore_time: order.time,
        created: request.now,
        listed: after(durations.task_listed),
        shown: after(durations.job_shown),
        ended: after(durations.restore),
        busy_from: after(durations.target_flip),
        target_ready: after(ready),
        failure: request.fail_operation.clone().or_else(|| world.switches.restore_end.clone()),
        ..Job::default()
    }
}

/// `Mysql`, `Postgresql`, `Sqlserver`: as names of tasks have them.
pub(super) fn capitalised(engine: &str) -> String {
    let lower = engine.to_lowercase();
    let mut letters = lower.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The full backup that MySQL and PostgreSQL make of themselves once their data is there.
pub(super) fn back_up_afterwards(world: &mut World, request: &Request, target: &Instance, job: &Job) {
    let begin = job.target_ready.or(job.ended).unwrap_or(request.now);
    let id = world.fresh_id("backup", "br01", request.now);
    world.backups.push(Backup {
        name: format!("{}-{}", target.name, crate::instants::digits(begin)),
        id,
        project_id: target.project_id.clone(),
        instance_id: target.id.clone(),
        kind: "auto".to_owned(),
        engine: target.engine.clone(),
        version: target.version.clone(),
        created: begin,
        ended: Some(formats::later(begin, world.durations.own_backup, request.speed)),
        ..Backup::default()
    });
}
