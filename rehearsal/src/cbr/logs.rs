//! The operation log: E7 and E8, and the timeline.

use super::switches::CountForm;
use super::wire::{ApiError, Page, owned, query_allows, query_instant};
use super::world::{Backup, Checkpoint, DISK, Log, Named, TURBO, World};
use crate::formats;
use crate::service::{Operation, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::borrow::Cow;

/// `GET /operation-logs`.
pub(super) fn list(world: &World, request: &Request) -> Result<Response, ApiError> {
    let page = Page::read(request, world.switches.log_offset_minimum)?;
    let filter = Filter::read(request)?;
    let mut logs = known(world, request);
    logs.retain(|log| log.listed_at.unwrap_or(log.created_at) <= request.now && filter.accepts(world, log));
    logs.sort_by_key(|log| log.created_at);
    if !world.switches.log_oldest_first {
        logs.reverse();
    }
    let logs = logs.iter().map(|log| write(world, log, request)).collect();
    let count: CountForm = world.switches.count;
    Ok(page.answer("operation_logs", logs, count))
}

/// `GET /operation-logs/{id}`.
pub(super) fn show(world: &World, request: &Request, id: &str) -> Result<Response, ApiError> {
    world.check_id(id)?;
    let mut logs = known(world, request).into_iter();
    let found = logs.find(|log| log.id == id && log.shown_at.unwrap_or(log.created_at) <= request.now);
    let log = found.ok_or_else(|| ApiError::new(6500, "The operation log does not exist."))?;
    Ok(Response::json(200, json!({ "operation_log": write(world, &log, request) })))
}

/// Every operation, oldest first.
pub(super) fn operations(world: &World, now: Timestamp) -> Vec<Operation> {
    let checkpoints = world.checkpoints.iter().filter(|checkpoint| is_asked_for(checkpoint, now));
    let logs = world.logs.iter().filter(|log| log.created_at <= now);
    let mut operations: Vec<Operation> = checkpoints
        .map(|checkpoint| checkpoint_operation(checkpoint, now))
        .chain(logs.map(|log| log_operation(log, now)))
        .collect();
    operations.sort_by_key(|operation| operation.started);
    operations
}

/// Restore points of the built-in world, or of a scenario, are no operations of this run.
fn is_asked_for(checkpoint: &Checkpoint, now: Timestamp) -> bool {
    checkpoint.ready_at.is_some() && checkpoint.created_at <= now
}

fn checkpoint_operation(checkpoint: &Checkpoint, now: Timestamp) -> Operation {
    let ended = checkpoint.ready_at.filter(|ready| *ready <= now);
    Operation {
        service: "cbr".to_owned(),
        kind: "checkpoint".to_owned(),
        id: checkpoint.id.clone(),
        target: checkpoint.vault_id.clone(),
        started: checkpoint.created_at,
        ended,
        status: if ended.is_some() { checkpoint.status.clone() } else { "protecting".to_owned() },
    }
}

fn log_operation(log: &Log, now: Timestamp) -> Operation {
    Operation {
        service: "cbr".to_owned(),
        kind: log.operation_type.clone(),
        id: log.id.clone(),
        target: log.resource(false).id.clone(),
        started: log.created_at,
        ended: log.ended_at.filter(|ended| *ended <= now),
        status: log.status(now).to_owned(),
    }
}

/// The logs that this caller can know of, in the order in which they were written.
fn known<'a>(world: &'a World, request: &Request) -> Vec<Cow<'a, Log>> {
    let kept_since = world.durations.log_retention.map(|seconds| formats::earlier(request.now, seconds));
    let with_old = if world.switches.old_logs { world.backups.as_slice() } else { &[] };
    let old = with_old.iter().map(|backup| Cow::Owned(old_log(backup)));
    let logs = old.chain(world.logs.iter().map(Cow::Borrowed));
    let seen = |log: &Log| log.created_at <= request.now && kept_since.is_none_or(|since| since <= log.created_at);
    logs.filter(|log| seen(log) && owned(log.project_id.as_ref(), request)).collect()
}

/// A successful restore that took place soon after the backup was made.
fn old_log(backup: &Backup) -> Log {
    let created_at = formats::later(backup.created_at, 3500.0, 1.0);
    Log {
        id: formats::uuid(&backup.id, 0, backup.created_at),
        project_id: backup.project_id.clone(),
        created_at,
        ended_at: Some(formats::later(created_at, 100.0, 1.0)),
        request_id: format!("req-{}", formats::uuid(&backup.id, 1, backup.created_at)),
        source: backup.source(),
        target: backup.source(),
        backup: backup.named(),
        vault_id: Some(backup.vault_id.clone()),
        checkpoint_id: Some(backup.checkpoint_id.clone()),
        ..Log::default()
    }
}

struct Filter<'a> {
    request: &'a Request,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl<'a> Filter<'a> {
    fn read(request: &'a Request) -> Result<Filter<'a>, ApiError> {
        let start = query_instant(request, "start_time")?;
        let end = query_instant(request, "end_time")?;
        Ok(Filter { request, start, end })
    }

    fn accepts(&self, world: &World, log: &Log) -> bool {
        let resource = log.resource(world.switches.log_resource_is_source);
        let vault_id = world.log_vault(log).unwrap_or_default();
        let vault_name = world.vault(vault_id).map_or("", |vault| vault.name.as_str());
        let pairs = [
            ("operation_type", log.operation_type.as_str()),
            ("status", log.status(self.request.now)),
            ("provider_id", provider_id(&log.source.kind)),
            ("resource_id", &resource.id),
            ("resource_name", &resource.name),
            ("vault_id", vault_id),
            ("vault_name", vault_name),
        ];
        // The window has whole seconds.
        let second = log.created_at.as_second();
        pairs.iter().all(|(name, value)| query_allows(self.request, name, value))
            && self.start.is_none_or(|start| start.as_second() <= second)
            && self.end.is_none_or(|end| second <= end.as_second())
    }
}

impl Log {
    /// The resource that the log is about.
    fn resource(&self, source: bool) -> &Named {
        if self.operation_type == "restore" && !source { &self.target } else { &self.source }
    }
}

impl World {
    /// The vault that a log shows.
    fn log_vault<'a>(&self, log: &'a Log) -> Option<&'a str> {
        let hidden = log.operation_type == "restore" && self.switches.log_vault_null;
        log.vault_id.as_deref().filter(|_| !hidden)
    }
}

/// The identifier of the part of the service that handles a resource type.
pub(super) fn provider_id(kind: &str) -> &'static str {
    match kind {
        DISK => "d1603440-187d-4516-af25-121250c7cc97",
        TURBO => "3f3c3220-245c-4805-b811-758870015881",
        // All kinds of servers share one.
        _ => "0daac4c5-6707-4851-97ba-169e36266b66",
    }
}

fn write(world: &World, log: &Log, request: &Request) -> Value {
    let now = request.now;
    let vault_id = world.log_vault(log);
    let failed = log.has_ended(now) && !log.succeeds();
    let (code, message) = if failed { (log.error_code.as_str(), log.error_message.as_str()) } else { ("", "") };
    json!({
        "id": log.id,
        "project_id": request.project_id,
        "operation_type": log.operation_type,
        "status": log.status(now),
        "created_at": world.instant(log.created_at),
        "started_at": world.instant(log.created_at),
        "updated_at": world.instant(log.updated_at(now)),
        "ended_at": world.instant_or_null(log.ended_at.filter(|ended| *ended <= now)),
        "checkpoint_id": log.checkpoint_id,
        "policy_id": null,
        "provider_id": provider_id(&log.source.kind),
        "vault_id": vault_id,
        "vault_name": vault_id.and_then(|id| world.vault(id)).map(|vault| vault.name.clone()),
        "error_info": { "code": code, "message": message },
        "extra_info": extra_info(world, log, now),
    })
}

fn extra_info(world: &World, log: &Log, now: Timestamp) -> Value {
    let resource = log.resource(world.switches.log_resource_is_source);
    let mut extra = json!({
        "common": { "progress": log.progress(now), "request_id": log.request_id, "task_id": log.id },
        "resource": { "id": resource.id, "type": resource.kind, "name": resource.name, "extra_info": {} },
    });
    let detail = match log.operation_type.as_str() {
        "restore" => json!({
            "backup_id": log.backup.id,
            "backup_name": log.backup.name,
            "target_resource_id": log.target.id,
            "target_resource_name": log.target.name,
        }),
        "backup" => json!({
            "backup_id": log.backup.id,
            "backup_name": log.backup.name,
            "incremental": log.incremental.to_string(),
        }),
        "delete" => json!({ "backup_id": log.backup.id, "backup_name": log.backup.name }),
        _ => return extra,
    };
    if let Some(extra) = extra.as_object_mut() {
        extra.insert(log.operation_type.clone(), detail);
    }
    extra
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Cloud, list_of, text};
    use super::*;
    use crate::cbr::{DISK_BACKUP_ID, DISK_ID, SERVER_BACKUP_ID};

    fn log(id: u8, second: i64) -> Log {
        Log {
            id: format!("99999999-0000-4000-8000-0000000000{id:02}"),
            created_at: Timestamp::from_second(1_790_000_000 + second).unwrap(),
            ended_at: Some(Timestamp::from_second(1_790_000_010 + second).unwrap()),
            source: Named::new(DISK_ID, "archive", DISK),
            target: Named::new(DISK_ID, "archive", DISK),
            backup: Named::new(DISK_BACKUP_ID, "archive-nightly", DISK),
            ..Log::default()
        }
    }

    fn cloud() -> Cloud {
        let mut cloud = Cloud::new();
        cloud.world.logs = vec![log(1, 0), log(2, 60), Log { operation_type: "delete".to_owned(), ..log(3, 120) }];
        cloud
    }

    fn ids(cloud: &mut Cloud, query: &str) -> Vec<String> {
        let body = cloud.get_ok(&format!("operation-logs?{query}"));
        list_of(&body, "operation_logs").iter().map(|log| text(log, "/id")[34..].to_owned()).collect()
    }

    #[test]
    fn the_list_is_filtered_ordered_and_paged() {
        let mut cloud = cloud();
        for (query, expected) in [
            ("", vec!["03", "02", "01"]),
            ("operation_type=restore", vec!["02", "01"]),
            ("status=success&limit=1", vec!["03"]),
            ("offset=1&limit=1", vec!["02"]),
            ("offset=0", vec!["03", "02", "01"]),
            ("start_time=2026-09-21T14:14:20Z", vec!["03", "02"]),
            ("end_time=2026-09-21T14:14:20Z", vec!["02", "01"]),
            ("resource_id=nobody", vec![]),
            ("vault_id=nobody", vec![]),
            ("provider_id=d1603440-187d-4516-af25-121250c7cc97", vec!["03", "02", "01"]),
        ] {
            assert_eq!(ids(&mut cloud, query), expected, "{query}");
        }
        cloud.world.switches.log_oldest_first = true;
        assert_eq!(ids(&mut cloud, ""), ["01", "02", "03"]);
    }

    #[test]
    fn count_is_the_total_or_the_page() {
        let mut cloud = cloud();
        assert_eq!(cloud.get_ok("operation-logs?limit=2")["count"], 3);
        cloud.world.switches.count = CountForm::Page;
        assert_eq!(cloud.get_ok("operation-logs?limit=2")["count"], 2);
    }

    #[test]
    fn bad_queries_are_refused() {
        let mut cloud = cloud();
        cloud.world.switches.log_offset_minimum = 1;
        for query in ["limit=0", "limit=1001", "limit=x", "offset=0", "offset=-1", "start_time=yesterday"] {
            cloud.get_refused(&format!("operation-logs?{query}"), 400, "BackupService.9900");
        }
    }

    #[test]
    fn one_log_is_shown_or_unknown() {
        let mut cloud = cloud();
        let body = cloud.get_ok("operation-logs/99999999-0000-4000-8000-000000000003");
        assert_eq!(text(&body, "/operation_log/extra_info/delete/backup_id"), DISK_BACKUP_ID);
        cloud.get_refused("operation-logs/99999999-0000-4000-8000-000000000009", 404, "BackupService.6500");
        cloud.get_refused("operation-logs/9", 400, "BackupService.9900");
    }

    #[test]
    fn old_logs_and_retention() {
        let mut cloud = cloud();
        cloud.world.switches.old_logs = true;
        let body = cloud.get_ok("operation-logs");
        let backups: Vec<&str> = list_of(&body, "operation_logs")
            .iter()
            .filter_map(|log| log.pointer("/extra_info/restore/backup_id")?.as_str())
            .collect();
        assert!(backups.contains(&SERVER_BACKUP_ID), "{backups:?}");
        cloud.world.durations.log_retention = Some(0.0);
        assert_eq!(ids(&mut cloud, ""), Vec::<String>::new());
    }

    #[test]
    fn the_timeline_is_oldest_first() {
        let cloud = cloud();
        let operations = operations(&cloud.world, cloud.now);
        assert_eq!(operations.len(), 3);
        assert_eq!((operations[0].kind.as_str(), operations[0].status.as_str()), ("restore", "success"));
        assert_eq!(operations[2].kind, "delete");
    }
}
