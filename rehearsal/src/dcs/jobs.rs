//! Background tasks, jobs and maintenance windows: asked for by clients, no sign of an operation's end.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::instances;
use super::world::World;
use crate::service::{Request, Response};

/// No name of a backup or restore task is documented, so neither is listed.
pub(super) fn tasks_of_instance(world: &World, request: &Request, instance_id: &str) -> Result<Response, ApiError> {
    instances::find(world, request, instance_id)?;
    Ok(no_tasks())
}

pub(super) fn no_tasks() -> Response {
    Response::json(200, json!({"task_count": "0", "tasks": []}))
}

/// The result of a job. Backups and restores are found by the ids of their records.
pub(super) fn show(world: &World, request: &Request, job_id: &str) -> Result<Response, ApiError> {
    let now = request.now;
    let operation = super::operations(world, now).into_iter().find(|operation| operation.id == job_id);
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

/// The six windows of four hours; this address has no project in its path.
pub(super) fn maintain_windows() -> Response {
    let window = |seq: u32| {
        let begin = (20 + 4 * seq) % 24;
        json!({"seq": seq, "begin": format!("{begin:02}"), "end": format!("{:02}", (begin + 4) % 24), "default": seq == 1})
    };
    Response::json(200, json!({"maintain_windows": (1..=6).map(window).collect::<Vec<_>>()}))
}
