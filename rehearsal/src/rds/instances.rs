//! Instances, and the times that they can be restored to.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::world::World;
use crate::dbs::{self, ApiError, Instance, Page, instant, owned};
use crate::service::{Platform, Request, Response};

/// `GET /instances`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, 100, 100)?;
    let wanted = |instance: &&Instance| {
        request.query("id").is_none_or(|id| instance.id == id)
            && request.query("name").is_none_or(|name| instance.name == name)
            && request.query("datastore_type").is_none_or(|engine| instance.engine == engine)
    };
    let rows = visible(world, request).filter(wanted).map(|instance| row(world, instance, request)).collect();
    Ok(page.answer("instances", rows))
}

/// `GET /instances/{instance_id}/restore-time`.
pub(super) fn restore_times(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?;
    let date = match request.query("date") {
        None => None,
        Some(text) => Some(text.parse::<Date>().map_err(|_| ApiError::parameter("date must be yyyy-mm-dd."))?),
    };
    let times = dbs::restorable(instance, world.durations.restorable_lag, date, request.now);
    let row = |(start, end): (jiff::Timestamp, jiff::Timestamp)| json!({ "start_time": start.as_millisecond(), "end_time": end.as_millisecond() });
    let times: Vec<Value> = times.into_iter().map(row).collect();
    Ok(Response::json(200, json!({ "restore_time": times })))
}

/// `DELETE /instances/{instance_id}`: automated backups go with it, manual ones stay.
pub(super) fn delete_instance(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let instance = find(world, request, id)?.clone();
    world.check_idle(&instance, request.now)?;
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

fn row(world: &World, instance: &Instance, request: &Request) -> Value {
    let datastore = match world.platform {
        Platform::Otc => json!({ "type": instance.engine, "version": instance.version }),
        Platform::Huaweicloud => json!({
            "type": instance.engine,
            "version": instance.version,
            "complete_version": format!("{}.0", instance.version),
        }),
    };
    json!({
        "id": instance.id,
        "name": instance.name,
        "status": world.instance_status(instance, request.now),
        "type": instance.mode,
        "datastore": datastore,
        "volume": { "type": "CLOUDSSD", "size": instance.size },
        "vpc_id": instance.vpc_id,
        "created": instant(instance.created),
        "updated": instant(instance.created),
        "region": "eu-de",
        "private_ips": ["192.168.0.30"],
        "nodes": [],
    })
}
