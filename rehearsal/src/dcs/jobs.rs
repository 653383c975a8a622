//! Background tasks and jobs: asked for by clients, no sign of an operation's end.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::world::World;
use super::{instances, lists};
use crate::service::{Operation, Platform, Request, Response};

/// No name of a backup or restore task is documented, so neither is listed.
pub(super) fn tasks_of_instance(world: &World, request: &Request, instance_id: &str) -> Result<Response, ApiError> {
    instances::find(world, request, instance_id)?;
    no_tasks(request)
}

/// The filter is checked all the same: a client that writes it wrong is told here as in the list of backups.
pub(super) fn no_tasks(request: &Request) -> Result<Response, ApiError> {
    lists::check_window(request)?;
    Ok(Response::json(200, json!({"task_count": "0", "tasks": []})))
}

/// The result of a job. The documents of Huawei Cloud name jobs of backups and restores, which are found here by the ids
/// of their records; those of Open Telekom Cloud name none, so that no client may wait for one there.
pub(super) fn show(world: &World, request: &Request, job_id: &str) -> Result<Response, ApiError> {
    let now = request.now;
    let named = |operation: &Operation| operation.id == job_id && world.platform == Platform::Huaweicloud;
    let operation = super::operations(world, now).into_iter().find(named);
    let operation = operation.ok_or_else(|| ApiError::bad(4070, "Invalid task ID."))?;
    let status = match (operation.status.as_str(), operation.ended) {
        ("failed", _) => "FAIL",
        ("waiting", _) => "INIT",
        (_, None) => "RUNNING",
        _ => "SUCCESS",
    };
    let millis = |instant: jiff::Timestamp| Value::String(instant.as_millisecond().to_string());
    let job_type = if operation.kind == "backup" { "backupDCSInstance" } else { "restoreDCSInstance" };
    let fail_reason = (status == "FAIL").then(|| format!("{} failed", operation.kind));
    let body = json!({
        "job_id": operation.id,
        "job_type": job_type,
        "status": status,
        "begin_time": millis(operation.started),
        "end_time": operation.ended.map(millis),
        "fail_reason": fail_reason,
    });
    Ok(Response::json(200, body))
}
