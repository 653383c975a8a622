//! The two calls that start a restore: of data to a new instance, and of metadata alone.

use super::instances::find;
use super::status::{SOURCE_VERSION, is_older};
use super::switches::TargetReady;
use super::wire::{ApiError, array, body, object, required_string, restore_time, string};
use super::world::{DataNode, Instance, Job, Relation, World};
use crate::formats;
use crate::service::{OperationFailure, Platform, Request, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// `POST /instances/{instance_id}/backups/recovery`.
pub(super) fn restore(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let order = Order::read(world, request, id)?;
    let source = find(world, request, id)?;
    check_source(world, source, order.time, request.now)?;
    let target = find_target(world, request, &order.target_id)?;
    if world.is_busy(target, request.now) {
        return Err(ApiError::busy("the target instance"));
    }
    let late = world.switches.target_checks_in_job;
    let failure = match check_target(world, source, target, &order, request.now) {
        Err(error) if late => Some(error),
        checked => {
            checked?;
            let sizes = check_sizes(world, &order);
            if world.switches.storage_checked_by_job || late { sizes.err() } else { sizes.map(|()| None)? }
        }
    };
    let failure = failure.or_else(|| mixed_versions(world, &order)).map(as_failure);
    let job = Job { relations: order.relations, ..new_job(world, request, id, &order.target_id, failure) };
    let job = Job { restore_time: Some(order.time.as_millisecond()), ..job };
    Ok(accept(world, job))
}

/// `POST /instances/{instance_id}/backups/metadata-recovery`.
pub(super) fn restore_metadata(world: &mut World, request: &Request, id: &str) -> Result<Response, ApiError> {
    let body = body(request)?;
    let from = object(&body, "source")?;
    let time = restore_time(world, from)?;
    let backup_id = string(from, "backup_id")?;
    if time.is_some() == backup_id.is_some() {
        return Err(ApiError::parameter("source must have either restore_time or backup_id."));
    }
    let to = object(&body, "target")?;
    let target_id = required_string(to, "instance_id")?;
    let nodes: Vec<String> = array(to, "data_nodes")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let source = find(world, request, id)?;
    if let Some(time) = time {
        check_source(world, source, time, request.now)?;
    }
    if backup_id.is_some_and(|backup_id| !has_backup(world, &backup_id, id, request.now)) {
        return Err(ApiError::new(300_375, "The parameter backup_id is invalid."));
    }
    let target = find_target(world, request, &target_id)?;
    if world.is_busy(target, request.now) {
        return Err(ApiError::busy("the target instance"));
    }
    check_eligible(world, target, request.now)?;
    check_metadata_nodes(world, source, time.unwrap_or(request.now), &nodes, request.now)?;
    let ended = formats::later(request.now, world.durations.metadata_restore, request.speed);
    let relation = |node: String| Relation { source_instance_id: node.clone(), target_instance_id: node };
    let job = Job {
        name: world.switches.metadata_job_name.clone(),
        relations: nodes.into_iter().map(relation).collect(),
        restore_time: time.map(Timestamp::as_millisecond),
        ended: Some(ended),
        target_ready: Some(ended),
        ..new_job(world, request, id, &target_id, None)
    };
    Ok(accept(world, job))
}

/// The fields of a restore.
struct Order {
    time: Timestamp,
    target_id: String,
    relations: Vec<Relation>,
}

impl Order {
    fn read(world: &World, request: &Request, path_id: &str) -> Result<Order, ApiError> {
        let body = body(request)?;
        let source = object(&body, "source")?;
        check_source_id(world, string(source, "instance_id")?.as_deref(), path_id)?;
        let time = restore_time(world, source)?.ok_or_else(|| ApiError::parameter("restore_time is missing."))?;
        let target_id = required_string(object(&body, "target")?, "instance_id")?;
        let relations = array(&body, "data_node_relations")?.iter().map(relation).collect::<Result<_, _>>()?;
        Ok(Order { time, target_id, relations })
    }
}

fn relation(entry: &Value) -> Result<Relation, ApiError> {
    let entry: &Map<String, Value> =
        entry.as_object().ok_or_else(|| ApiError::parameter("data_node_relations must hold objects."))?;
    Ok(Relation {
        source_instance_id: required_string(entry, "source_instance_id")?,
        target_instance_id: required_string(entry, "target_instance_id")?,
    })
}

/// One cloud demands `source.instance_id`, the other does not document it.
fn check_source_id(world: &World, id: Option<&str>, path_id: &str) -> Result<(), ApiError> {
    let switches = &world.switches;
    let required = switches.source_id_required.unwrap_or(world.platform == Platform::Otc);
    match id {
        None if required => Err(ApiError::parameter("source.instance_id is missing.")),
        Some(_) if switches.source_id_refused => Err(ApiError::parameter("source.instance_id is not known.")),
        Some(id) if switches.source_id_must_match && id != path_id => {
            Err(ApiError::new(300_375, "The parameter source.instance_id is invalid."))
        }
        _ => Ok(()),
    }
}

fn check_source(world: &World, source: &Instance, time: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    if world.switches.source_must_run && world.instance_status(source, now) != "RUNNING" {
        return Err(ApiError::busy("the source instance"));
    }
    let gives = |job: &Job| job.source_id == source.id && !job.target_id.is_empty() && job.is_active(now);
    if world.switches.source_is_busy && world.jobs.iter().any(gives) {
        return Err(ApiError::busy("the source instance"));
    }
    if is_older(&source.engine_version, SOURCE_VERSION) {
        return Err(ApiError::new(300_360, "The instance version does not support this operation."));
    }
    if !world.is_restorable(source, time, now) {
        return Err(ApiError::new(
            300_375,
            "The parameter restore_time is invalid: it lies in no restorable interval.",
        ));
    }
    Ok(())
}

fn find_target<'a>(world: &'a World, request: &Request, id: &str) -> Result<&'a Instance, ApiError> {
    find(world, request, id).map_err(|_| invalid_target("it does not exist"))
}

fn invalid_target(why: &str) -> ApiError {
    ApiError::new(300_372, format!("The destination DDM instance is invalid. Create a new one. ({why})"))
}

fn check_eligible(world: &World, target: &Instance, now: Timestamp) -> Result<(), ApiError> {
    world.target_reason(target, now).map_or(Ok(()), |reason| Err(invalid_target(reason)))
}

/// Everything about the target but the size of its data nodes.
fn check_target(
    world: &World,
    source: &Instance,
    target: &Instance,
    order: &Order,
    now: Timestamp,
) -> Result<(), ApiError> {
    check_eligible(world, target, now)?;
    let nodes = world.nodes_of(source, order.time, now);
    check_pairs(&nodes, order)?;
    for relation in &order.relations {
        let from = nodes.iter().find(|node| node.id == relation.source_instance_id);
        let to = world.data_node(&relation.target_instance_id);
        let (Some(from), Some(to)) = (from, to) else {
            return Err(ApiError::new(300_323, "The associated RDS instance is unavailable: it does not exist."));
        };
        if let Some(reason) = world.node_reason(to, from, target, now) {
            return Err(ApiError::new(
                300_323,
                format!("The associated RDS instance {} is unavailable. {reason}", to.id),
            ));
        }
    }
    Ok(())
}

/// As many pairs as the source has data nodes, each of them once, no target twice.
fn check_pairs(nodes: &[&DataNode], order: &Order) -> Result<(), ApiError> {
    let relations = &order.relations;
    let sources: HashSet<&str> = relations.iter().map(|relation| relation.source_instance_id.as_str()).collect();
    let targets: HashSet<&str> = relations.iter().map(|relation| relation.target_instance_id.as_str()).collect();
    let held: HashSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    if relations.len() != nodes.len() {
        let (needed, given) = (nodes.len(), relations.len());
        return Err(ApiError::parameter(format!("The instance has {needed} data nodes, data_node_relations {given}.")));
    }
    if sources != held {
        return Err(ApiError::parameter("data_node_relations must name each data node of the source once."));
    }
    if targets.len() != relations.len() {
        return Err(ApiError::parameter("data_node_relations must not name a target twice."));
    }
    Ok(())
}

/// Each target data node has to have the same or more storage.
fn check_sizes(world: &World, order: &Order) -> Result<(), ApiError> {
    let too_small = |relation: &&Relation| {
        let size = |id: &str| world.data_node(id).map(|node| node.data_volume_size);
        size(&relation.target_instance_id) < size(&relation.source_instance_id)
    };
    match order.relations.iter().find(too_small) {
        Some(relation) => Err(ApiError::new(
            300_323,
            format!("The associated RDS instance {} has too little storage.", relation.target_instance_id),
        )),
        None => Ok(()),
    }
}

/// An instance cannot have data nodes of different versions; the service finds out when it restores the metadata.
fn mixed_versions(world: &World, order: &Order) -> Option<ApiError> {
    let targets = order.relations.iter().filter_map(|relation| world.data_node(&relation.target_instance_id));
    let versions: HashSet<&str> = targets.map(|node| node.version.as_str()).collect();
    (versions.len() > 1).then(|| ApiError::new(300_005, "The data nodes have different versions."))
}

fn check_metadata_nodes(
    world: &World,
    source: &Instance,
    time: Timestamp,
    nodes: &[String],
    now: Timestamp,
) -> Result<(), ApiError> {
    let needed = world.nodes_of(source, time, now).len();
    let distinct: HashSet<&str> = nodes.iter().map(String::as_str).collect();
    if nodes.len() != needed || distinct.len() != needed {
        return Err(ApiError::parameter(format!("The instance has {needed} data nodes, data_nodes {}.", nodes.len())));
    }
    match nodes.iter().find(|id| world.data_node(id).is_none()) {
        Some(_) => Err(ApiError::new(300_323, "The associated RDS instance is unavailable: it does not exist.")),
        None => Ok(()),
    }
}

fn has_backup(world: &World, backup_id: &str, instance_id: &str, now: Timestamp) -> bool {
    let matches = |backup: &super::Backup| backup.id == backup_id && backup.instance_id == instance_id;
    world.backups.iter().any(|backup| matches(backup) && backup.exists(now))
}

fn as_failure(error: ApiError) -> OperationFailure {
    OperationFailure { status: None, code: error.code_text(), message: error.message }
}

fn new_job(
    world: &mut World,
    request: &Request,
    source_id: &str,
    target_id: &str,
    failure: Option<OperationFailure>,
) -> Job {
    let id = world.fresh_id("job", request.now);
    let durations = &world.durations;
    let after = |seconds: f64| formats::later(request.now, seconds, request.speed);
    let target_ready = match world.switches.target_ready {
        TargetReady::After => durations.restore + durations.target_release,
        TargetReady::With => durations.restore,
        TargetReady::Before => durations.restore - durations.target_release,
    };
    Job {
        id,
        project_id: Some(request.project_id.clone()),
        source_id: source_id.to_owned(),
        target_id: target_id.to_owned(),
        created: request.now,
        listed: Some(after(durations.job_listed)),
        shown: Some(after(durations.job_shown)),
        ended: Some(after(durations.restore)),
        busy_from: Some(after(durations.target_flip)),
        target_ready: Some(after(target_ready)),
        failure: failure.or_else(|| request.fail_operation.clone()).or_else(|| world.switches.restore_end.clone()),
        progress_stuck: world.switches.progress_stuck,
        ..Job::default()
    }
}

fn accept(world: &mut World, job: Job) -> Response {
    let id = job.id.clone();
    world.jobs.push(job);
    Response::json(202, json!({ "job_id": id })).started(id)
}

#[cfg(test)]
mod tests;
