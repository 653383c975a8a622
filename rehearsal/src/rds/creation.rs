//! The call that restores to a new instance, and the one that deletes an instance.

use serde_json::{Map, Value, json};

use super::instances::find;
use super::recovery::{self, Order, capitalised};
use super::world::World;
use crate::dbs::{ApiError, Instance, Job, body, integer, object, required_string, string};
use crate::formats;
use crate::service::{Platform, Request, Response};

/// `POST /instances` with `restore_point`. The password is looked for, and kept nowhere.
pub(super) fn create(world: &mut World, request: &Request) -> Result<Response, ApiError> {
    let body = body(request)?;
    if !body.contains_key("restore_point") {
        return Err(ApiError::parameter("This cloud makes instances of a restore_point only."));
    }
    let order = Order::of(object(&body, "restore_point")?)?;
    let wanted = Wanted::read(&body)?;
    check_password(world, &body)?;
    recovery::check_point(world, request, &order)?;
    let (engine, version) = engine_of(world, &order)?;
    check_fit(world, &order, &wanted, &engine)?;
    if world.platform == Platform::Huaweicloud && engine != "MySQL" {
        required_string(&body, "region")?;
    }
    let is_taken = |instance: &Instance| instance.name == wanted.name && instance.is_listed(request.now);
    if world.switches.instance_names_unique && world.instances.iter().any(is_taken) {
        return Err(ApiError::new(409, 200_022, "The DB instance name already exists."));
    }
    let instance = instance(world, request, &order, &wanted, (engine, version));
    let job = job(world, request, order, &instance);
    if world.switches.backs_up_afterwards && instance.engine != "SQLServer" && job.failure.is_none() {
        recovery::back_up_afterwards(world, request, &instance, &job);
    }
    let mut answer = json!({ "instance": {
        "id": instance.id, "name": instance.name, "status": "BUILD", "flavor_ref": wanted.flavor,
        "vpc_id": instance.vpc_id, "subnet_id": instance.subnet_id, "volume": { "type": wanted.volume_type, "size": wanted.size },
    } });
    if let (Some(fields), true) = (answer.as_object_mut(), world.switches.creation_tells_job) {
        fields.insert("job_id".to_owned(), json!(job.id));
    }
    let started = instance.id.clone();
    world.jobs.push(job);
    world.instances.push(instance);
    Ok(Response::json(202, answer).started(started))
}

/// The instance as it will be; until then its status is `BUILD`.
fn instance(
    world: &mut World,
    request: &Request,
    order: &Order,
    wanted: &Wanted,
    (engine, version): (String, String),
) -> Instance {
    let tail = order.source.get(order.source.len().saturating_sub(4)..).unwrap_or("in01").to_owned();
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    let (listed, ready) = (world.durations.instance_listed, world.durations.create + world.durations.create_release);
    Instance {
        id: world.fresh_id("instance", &tail, request.now),
        name: wanted.name.clone(),
        project_id: Some(request.project_id.clone()),
        status: "ACTIVE".to_owned(),
        mode: if wanted.is_ha { "Ha" } else { "Single" }.to_owned(),
        engine,
        version,
        size: wanted.size,
        vpc_id: wanted.vpc_id.clone(),
        subnet_id: wanted.subnet_id.clone(),
        created: request.now,
        restorable_from: None,
        listed: after(listed),
        ready: after(ready),
        failure: request.fail_operation.clone(),
        gone: None,
    }
}

/// The task that makes it.
fn job(world: &mut World, request: &Request, order: Order, instance: &Instance) -> Job {
    let kind = if instance.mode == "Ha" { "HA" } else { "Single" };
    let id = world.fresh_id("job", "", request.now);
    let after = |seconds: f64| Some(formats::later(request.now, seconds, request.speed));
    Job {
        id,
        name: format!("Create{}{kind}Instance", capitalised(&instance.engine)),
        kind: "create".to_owned(),
        project_id: Some(request.project_id.clone()),
        source_id: order.source,
        target_id: instance.id.clone(),
        backup_id: order.backup.unwrap_or_default(),
        restore_time: order.time,
        created: request.now,
        listed: after(world.durations.task_listed),
        shown: after(world.durations.job_shown),
        ended: after(world.durations.create),
        target_ready: instance.ready,
        failure: instance.failure.clone(),
        ..Job::default()
    }
}

/// `DELETE /instances/{instance_id}`: its automated backups go with it, manual ones stay.
pub(super) fn delete(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?.clone();
    if instance.gone.is_some() || !instance.is_built(request.now) {
        return Err(ApiError::new(409, 200_019, "Another operation is being performed on the DB instance."));
    }
    world.check_idle(&instance, request.now)?;
    let gone = formats::later(request.now, world.durations.delete_instance, request.speed);
    let job = world.fresh_id("job", "", request.now);
    world.instances.iter_mut().filter(|instance| instance.id == id).for_each(|instance| instance.gone = Some(gone));
    let automated = world.backups.iter_mut().filter(|backup| backup.instance_id == id && !backup.is_manual());
    automated.for_each(|backup| backup.gone = Some(gone));
    Ok(Response::json(202, json!({ "job_id": job })))
}

/// The fields of a new instance.
struct Wanted {
    name: String,
    flavor: String,
    vpc_id: String,
    subnet_id: String,
    volume_type: String,
    size: u64,
    is_ha: bool,
}

impl Wanted {
    fn read(body: &Map<String, Value>) -> Result<Wanted, ApiError> {
        let name = required_string(body, "name")?;
        let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !fits || !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) || !(4..=64).contains(&name.len()) {
            return Err(ApiError::parameter("The name must have 4 to 64 letters, digits, - and _."));
        }
        let volume = object(body, "volume")?;
        let size = integer(volume, "size", false)?.and_then(|size| u64::try_from(size).ok());
        let is_ha = body.get("ha").is_some_and(Value::is_object);
        let zones = required_string(body, "availability_zone")?.split(',').count();
        if zones != if is_ha { 2 } else { 1 } {
            return Err(ApiError::parameter("availability_zone does not fit ha."));
        }
        if string(body, "port")?.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(ApiError::parameter("port must be a port."));
        }
        Ok(Wanted {
            name,
            flavor: required_string(body, "flavor_ref")?,
            vpc_id: required_string(body, "vpc_id")?,
            subnet_id: required_string(body, "subnet_id")?,
            volume_type: required_string(volume, "type")?,
            size: size.ok_or_else(|| ApiError::parameter("volume.size is missing."))?,
            is_ha,
        })
    }
}

fn check_password(world: &World, body: &Map<String, Value>) -> Result<(), ApiError> {
    match string(body, "password")? {
        None if world.platform == Platform::Otc => Err(ApiError::parameter("password is missing.")),
        Some(password) if !(8..=32).contains(&password.len()) => {
            Err(ApiError::new(400, 280_216, "The password does not meet the requirements."))
        }
        _ => Ok(()),
    }
}

/// Of the source, or of the backup where the source is gone.
fn engine_of(world: &World, order: &Order) -> Result<(String, String), ApiError> {
    if let Some(source) = world.instance(&order.source) {
        return Ok((source.engine.clone(), source.version.clone()));
    }
    let backup = world.backups.iter().find(|backup| Some(&backup.id) == order.backup.as_ref());
    let backup = backup.ok_or_else(|| ApiError::new(404, 200_013, "The original DB instance does not exist."))?;
    Ok((backup.engine.clone(), backup.version.clone()))
}

fn check_fit(world: &World, order: &Order, wanted: &Wanted, engine: &str) -> Result<(), ApiError> {
    if world.instance(&order.source).is_some_and(|source| wanted.size < source.size) {
        return Err(recovery::refused("The storage of the new DB instance is smaller than that of the original one."));
    }
    let fits = wanted.size.is_multiple_of(10) && (40..=4000).contains(&wanted.size);
    match fits || world.platform != Platform::Otc {
        true => Ok(()),
        false => Err(ApiError::parameter(format!("The storage of {engine} must be 40 to 4000 GB, in steps of 10."))),
    }
}
