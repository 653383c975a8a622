//! Cloud Backup and Recovery, API v3: restores of server and disk backups, checkpoints, operation logs.
//!
//! A restore is accepted with 202 and, by the documents, no body at all. Its outcome lives in the operation log only;
//! the backup's status is no verdict.

mod checkpoint;
mod first;
mod model;
pub(crate) mod service;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::error::Error;
use crate::json;
use crate::paging::{Page, Pager, Unique, size_for};
use crate::time::{self, Timestamp};

pub use service::SERVICE;

pub use checkpoint::*;
pub use first::FirstBackups;
pub use model::*;

use first::Bounded;

/// What a restore is to do. The service overwrites the target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewRestore {
    /// Which disk backup goes to which disk; mandatory for a server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mappings: Vec<Mapping>,
    /// Whether the server runs afterwards; the service's default is true, so "unset" sends nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_on: Option<bool>,
    /// Target server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_id: Option<String>,
    /// Target disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_id: Option<String>,
    /// Target of another type; Huawei Cloud only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Details of a file restore; Huawei Cloud only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<RestoreDetails>,
}

/// One disk backup and the disk that receives its data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// Id of a child of the server backup, not of the server backup itself.
    pub backup_id: String,
    /// The disk that is overwritten.
    pub volume_id: String,
}

/// Details of a file restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RestoreDetails {
    /// Where the files go, 1 to 255 characters.
    pub destination_path: String,
}

/// The answer to an accepted restore.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accepted {
    /// Id of the operation log, as the live Huawei service answers it; the documented answer has none.
    pub job_id: Option<String>,
    /// The service's clock at acceptance, from the `Date` header: a reference for searching its log.
    pub date: Option<Timestamp>,
    /// Request id of the answer.
    pub request_id: Option<String>,
}

/// Which backups to list. Empty: all of the project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Made by this checkpoint.
    pub checkpoint_id: Option<String>,
    /// In this vault.
    pub vault_id: Option<String>,
    /// Of this server or disk.
    pub resource_id: Option<String>,
    /// Of resources with this name.
    pub resource_name: Option<String>,
    /// Of this type, such as `OS::Nova::Server`.
    pub resource_type: Option<String>,
    /// With this name.
    pub name: Option<String>,
    /// In one of these statuses.
    pub status: Vec<String>,
    /// `backup` or `replication`.
    pub image_type: Option<String>,
    /// Children of this backup.
    pub parent_id: Option<String>,
    /// `private` (the default), `shared` or `all_granted`.
    pub own_type: Option<String>,
    /// Created at or after.
    pub start_time: Option<Timestamp>,
    /// Created at or before.
    pub end_time: Option<Timestamp>,
}

/// Which operation logs to list. There is no filter by backup id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogFilter {
    /// `restore`, `backup`, …
    pub operation_type: Option<String>,
    /// `running`, `success`, …
    pub status: Option<String>,
    /// Of this resource; for a restore it is not documented whether source or target.
    pub resource_id: Option<String>,
    /// Of resources with this name.
    pub resource_name: Option<String>,
    /// Of this vault; logs of restores may lack it.
    pub vault_id: Option<String>,
    /// Of vaults with this name.
    pub vault_name: Option<String>,
    /// Of this kind of provider.
    pub provider_id: Option<String>,
    /// From this second on, by the service's clock.
    pub start_time: Option<Timestamp>,
    /// Up to this second.
    pub end_time: Option<Timestamp>,
}

/// Starts a restore. Acceptance only; empty, odd and unreadable bodies of a 2xx answer are all fine, except for pages.
///
/// Sent once. An error says by [`Error::outcome`] whether the restore may have been started.
pub async fn restore(scope: &Scope, backup_id: &str, new: &NewRestore) -> Result<Accepted, Error> {
    let answer = scope.send(restore_call(&scope.project_id, backup_id, new)).await?;
    let started = json::read::<Started>(&answer.body).unwrap_or_default();
    Ok(Accepted { job_id: started.job_id, date: answer.date, request_id: answer.request_id })
}

/// One backup, with its children.
pub async fn backup(scope: &Scope, backup_id: &str) -> Result<Backup, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "backups", backup_id]);
    scope.ask_for(call, |answer: OneBackup| answer.backup, "backup").await
}

/// All backups that pass the filter: paged, without duplicates. Their children may be missing; see [`backup`].
pub async fn list_backups(scope: &Scope, filter: &Filter) -> Result<Vec<Backup>, Error> {
    let call = |position| list_backups_call(&scope.project_id, filter, (position, PAGE));
    let records = |page: ManyBackups| (page.backups, page.count);
    scope.walk(Pager::new(PAGE), call, records, |backup: &Backup| backup.id.clone()).await
}

/// All backups of the project, if they are on so many pages at the most; else those on the pages that tell that they are not.
pub async fn list_backups_within(scope: &Scope, most_pages: usize) -> Result<FirstBackups, Error> {
    let mut backups = Unique::new(|backup: &Backup| backup.id.clone());
    let mut walk = Bounded::new(PAGE, most_pages);
    while let Some(position) = walk.next() {
        let call = list_backups_call(&scope.project_id, &Filter::default(), (position, PAGE));
        let page: ManyBackups = scope.ask_page(call, walk.pager()).await?;
        let found = page.backups.len();
        walk.turn(found, backups.add(page.backups), page.count);
    }
    Ok(FirstBackups { backups: backups.into_vec(), is_whole: walk.is_whole(), pages: walk.pages() })
}

/// Deletes a backup. Asynchronous: it is gone when [`backup`] answers not found.
pub async fn delete_backup(scope: &Scope, backup_id: &str) -> Result<(), Error> {
    scope.send(Call::delete(SERVICE, ["v3", &scope.project_id, "backups", backup_id])).await.map(|_| ())
}

/// One operation log. Right after a POST it may not be found yet (`BackupService.6500`).
pub async fn operation_log(scope: &Scope, operation_log_id: &str) -> Result<OperationLog, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "operation-logs", operation_log_id]);
    scope.ask_for(call, |answer: OneLog| answer.operation_log, "operation_log").await
}

/// All operation logs that pass the filter: paged, without duplicates, in no promised order.
pub async fn list_operation_logs(scope: &Scope, filter: &LogFilter) -> Result<Vec<OperationLog>, Error> {
    let call = |position| list_operation_logs_call(&scope.project_id, filter, (position, PAGE));
    let records = |page: ManyLogs| (page.operation_logs, page.count);
    scope.walk(Pager::new(PAGE), call, records, |log: &OperationLog| log.id.clone()).await
}

/// One page of the operation logs that pass the filter, in no promised order, for about so many as are wanted.
pub async fn operation_logs_page(
    scope: &Scope,
    filter: &LogFilter,
    position: usize,
    wanted: usize,
) -> Result<Page<OperationLog>, Error> {
    let size = size_for(wanted, PAGE);
    let call = list_operation_logs_call(&scope.project_id, filter, (position, size));
    let page: ManyLogs = scope.ask_page(call, &mut Pager::new(size)).await?;
    Ok(Page::of(page.operation_logs, position, size, page.count))
}

/// One vault, with its resources.
pub async fn vault(scope: &Scope, vault_id: &str) -> Result<Vault, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "vaults", vault_id]);
    scope.ask_for(call, |answer: OneVault| answer.vault, "vault").await
}

/// The documented maximum of a page.
const PAGE: usize = 1000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Started {
    #[serde(deserialize_with = "json::filled")]
    job_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneBackup {
    backup: Option<Backup>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct ManyBackups {
    #[serde(deserialize_with = "json::list")]
    backups: Vec<Backup>,
    #[serde(default, deserialize_with = "json::whole")]
    count: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneLog {
    operation_log: Option<OperationLog>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct ManyLogs {
    #[serde(deserialize_with = "json::list")]
    operation_logs: Vec<OperationLog>,
    #[serde(default, deserialize_with = "json::whole")]
    count: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneVault {
    vault: Option<Vault>,
}

#[derive(Serialize)]
struct RestoreBody<'a> {
    restore: &'a NewRestore,
}

fn restore_call(project_id: &str, backup_id: &str, new: &NewRestore) -> Call {
    Call::start(SERVICE, ["v3", project_id, "backups", backup_id, "restore"], &RestoreBody { restore: new })
}

fn list_backups_call(project_id: &str, filter: &Filter, part: (usize, usize)) -> Call {
    let mut call = Call::get(SERVICE, ["v3", project_id, "backups"])
        .maybe("checkpoint_id", filter.checkpoint_id.as_deref())
        .maybe("vault_id", filter.vault_id.as_deref())
        .maybe("resource_id", filter.resource_id.as_deref())
        .maybe("resource_name", filter.resource_name.as_deref())
        .maybe("resource_type", filter.resource_type.as_deref())
        .maybe("name", filter.name.as_deref())
        .maybe("image_type", filter.image_type.as_deref())
        .maybe("parent_id", filter.parent_id.as_deref())
        .maybe("own_type", filter.own_type.as_deref())
        .maybe("start_time", filter.start_time.map(time::whole_seconds))
        .maybe("end_time", filter.end_time.map(time::whole_seconds));
    for status in &filter.status {
        call = call.query("status", status);
    }
    page(call, part)
}

fn list_operation_logs_call(project_id: &str, filter: &LogFilter, part: (usize, usize)) -> Call {
    let call = Call::get(SERVICE, ["v3", project_id, "operation-logs"])
        .maybe("operation_type", filter.operation_type.as_deref())
        .maybe("status", filter.status.as_deref())
        .maybe("resource_id", filter.resource_id.as_deref())
        .maybe("resource_name", filter.resource_name.as_deref())
        .maybe("vault_id", filter.vault_id.as_deref())
        .maybe("vault_name", filter.vault_name.as_deref())
        .maybe("provider_id", filter.provider_id.as_deref())
        .maybe("start_time", filter.start_time.map(time::whole_seconds))
        .maybe("end_time", filter.end_time.map(time::whole_seconds));
    page(call, part)
}

fn page(call: Call, (position, size): (usize, usize)) -> Call {
    // One page of the documents sets the minimum of `offset` to 1, so the first page goes without.
    call.query("limit", size).maybe("offset", (position > 0).then_some(position))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // The example of the API page "Restoring a Backup".
    #[test]
    fn the_restore_equals_the_page() {
        let new = NewRestore {
            mappings: vec![Mapping {
                backup_id: "5d822633-2bbf-4af8-a16e-5ab1c7705235".to_owned(),
                volume_id: "eccbcfdd-f843-4bbb-b2c0-a5ce861f9376".to_owned(),
            }],
            power_on: Some(true),
            server_id: Some("94eba8b2-acc9-4d82-badc-127144cc5526".to_owned()),
            ..NewRestore::default()
        };
        let call = restore_call("f841e01fd2b14e7fa41b6ae7aa6b0594", "a5200268-74a5-4806-acc6-95793ab0228b", &new);
        let path = "/v3/f841e01fd2b14e7fa41b6ae7aa6b0594/backups/a5200268-74a5-4806-acc6-95793ab0228b/restore";
        let body = json!({"restore": {
            "mappings": [{
                "backup_id": "5d822633-2bbf-4af8-a16e-5ab1c7705235",
                "volume_id": "eccbcfdd-f843-4bbb-b2c0-a5ce861f9376"
            }],
            "power_on": true,
            "server_id": "94eba8b2-acc9-4d82-badc-127144cc5526"
        }});
        assert_eq!(call.shown(), (format!("POST {path}"), body));
    }

    #[test]
    fn what_is_unset_is_not_sent_and_false_is() {
        let disk = NewRestore { volume_id: Some("v".to_owned()), ..NewRestore::default() };
        assert_eq!(restore_call("p", "b", &disk).shown().1, json!({"restore": {"volume_id": "v"}}));
        let off = NewRestore { power_on: Some(false), ..disk };
        assert_eq!(restore_call("p", "b", &off).shown().1["restore"]["power_on"], json!(false));
        let files = NewRestore {
            resource_id: Some("r".to_owned()),
            details: Some(RestoreDetails { destination_path: "/d".to_owned() }),
            ..NewRestore::default()
        };
        let want = json!({"restore": {"resource_id": "r", "details": {"destination_path": "/d"}}});
        assert_eq!(restore_call("p", "b", &files).shown().1, want);
    }

    #[test]
    fn lists_filter_and_page() {
        let filter = LogFilter {
            operation_type: Some("restore".to_owned()),
            start_time: time::parse("2026-01-02T03:04:05.678Z"),
            ..LogFilter::default()
        };
        let path = "GET /v3/p/operation-logs?operation_type=restore&start_time=2026-01-02T03:04:05Z&limit=1000";
        assert_eq!(list_operation_logs_call("p", &filter, (0, PAGE)).shown().0, path);
        assert_eq!(list_operation_logs_call("p", &filter, (7, PAGE)).shown().0, format!("{path}&offset=7"));
        let filter = Filter { status: vec!["available".to_owned(), "error".to_owned()], ..Filter::default() };
        let path = "GET /v3/p/backups?status=available&status=error&limit=1000";
        assert_eq!(list_backups_call("p", &filter, (0, PAGE)).shown().0, path);
    }

    #[test]
    fn every_body_of_an_accepted_restore_is_fine() {
        for (body, want) in [
            ("", None),
            ("{}", None),
            ("accepted", None),
            ("[]", None),
            (r#"{"job_id":"j"}"#, Some("j")),
            (r#"{"job_id":""}"#, None),
        ] {
            let started = json::read::<Started>(body.as_bytes()).unwrap_or_default();
            assert_eq!(started.job_id.as_deref(), want, "{body}");
        }
    }
}
