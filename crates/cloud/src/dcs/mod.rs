//! Distributed Cache Service, API v1.0 and v2: backups and restores of Redis instances.
//!
//! A POST answers at once with an id; the outcome lives in a **record** that can be read only through a list. Statuses
//! are open strings, in the service's own irregular spelling (`backuping`, `succeed`).

mod model;
pub(crate) mod service;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::error::Error;
use crate::json;
use crate::paging::{Page, Pager, size_for};

pub use model::*;
pub use service::SERVICE;

/// Version of the API. Both start backups and restores; v1.0 is outdated but served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/v1.0/…`
    V1,
    /// `/v2/…`
    V2,
}

impl Version {
    /// The first part of the path.
    pub fn segment(self) -> &'static str {
        match self {
            Version::V1 => "v1.0",
            Version::V2 => "v2",
        }
    }
}

/// What a new backup is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewBackup {
    /// Up to 128 bytes of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// `rdb` or `aof`; API v2 only, never sent with v1.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_format: Option<String>,
}

/// What a new restore is to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewRestore {
    /// Up to 128 bytes of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// The backup whose data replaces everything on the instance.
    pub backup_id: String,
}

/// Starts a backup and answers its id. Acceptance only: the record tells how it ends.
///
/// Sent once. An error says by [`Error::outcome`] whether the backup may have been started.
pub async fn create_backup(
    scope: &Scope,
    version: Version,
    instance_id: &str,
    new: &NewBackup,
) -> Result<String, Error> {
    let call = create_backup_call(&scope.project_id, version, instance_id, new);
    scope.started(call, |answer: BackupStarted| answer.backup_id, "backup_id").await
}

/// All backup records of an instance: paged, without duplicates, in the service's order.
pub async fn list_backups(scope: &Scope, version: Version, instance_id: &str) -> Result<Vec<Backup>, Error> {
    let call = |position| list_call(&scope.project_id, version, instance_id, "backups", (position, page_size(version)));
    let records = |page: Backups| (page.backup_record_response, page.total_num);
    scope.walk(pager(version), call, records, |record: &Backup| record.backup_id.clone()).await
}

/// One page of the backup records of an instance, in the service's order, for about so many as are wanted. API v2.
pub async fn backups_page(
    scope: &Scope,
    instance_id: &str,
    position: usize,
    wanted: usize,
) -> Result<Page<Backup>, Error> {
    let size = size_for(wanted, page_size(Version::V2));
    let call = list_call(&scope.project_id, Version::V2, instance_id, "backups", (position, size));
    let page: Backups = scope.ask_page(call, &mut Pager::new(size)).await?;
    Ok(Page::of(page.backup_record_response, position, size, page.total_num))
}

/// Deletes a backup. Asynchronous: the record may linger as `deleted`.
///
/// "Already gone" is an error that says so ([`Error::is_not_found`]); code `DCS.4031` with status 400 may mean it too
/// and is [`Kind::Depends`](crate::Kind::Depends): look at the list.
pub async fn delete_backup(scope: &Scope, version: Version, instance_id: &str, backup_id: &str) -> Result<(), Error> {
    scope.send(delete_backup_call(&scope.project_id, version, instance_id, backup_id)).await.map(|_| ())
}

/// Makes download links of a backup, valid for so many seconds (300 to 86400). API v2.
pub async fn backup_links(scope: &Scope, instance_id: &str, backup_id: &str, expiration: u32) -> Result<Links, Error> {
    scope.ask(backup_links_call(&scope.project_id, instance_id, backup_id, expiration)).await
}

/// Starts a restore that overwrites the instance, and answers its id. Acceptance only: the record tells how it ends.
///
/// Sent once. An error says by [`Error::outcome`] whether the restore may have been started.
pub async fn create_restore(
    scope: &Scope,
    version: Version,
    instance_id: &str,
    new: &NewRestore,
) -> Result<String, Error> {
    let call = create_restore_call(&scope.project_id, version, instance_id, new);
    scope.started(call, |answer: RestoreStarted| answer.restore_id, "restore_id").await
}

/// All restore records of an instance: paged, without duplicates, in the service's order.
pub async fn list_restores(scope: &Scope, version: Version, instance_id: &str) -> Result<Vec<Restore>, Error> {
    let call =
        |position| list_call(&scope.project_id, version, instance_id, "restores", (position, page_size(version)));
    let records = |page: Restores| (page.restore_record_response, page.total_num);
    scope.walk(pager(version), call, records, |record: &Restore| record.restore_id.clone()).await
}

/// One page of the restore records of an instance, in the service's order, for about so many as are wanted. API v2.
pub async fn restores_page(
    scope: &Scope,
    instance_id: &str,
    position: usize,
    wanted: usize,
) -> Result<Page<Restore>, Error> {
    let size = size_for(wanted, page_size(Version::V2));
    let call = list_call(&scope.project_id, Version::V2, instance_id, "restores", (position, size));
    let page: Restores = scope.ask_page(call, &mut Pager::new(size)).await?;
    Ok(Page::of(page.restore_record_response, position, size, page.total_num))
}

/// One instance.
pub async fn instance(scope: &Scope, version: Version, instance_id: &str) -> Result<Instance, Error> {
    scope.ask(Call::get(SERVICE, [version.segment(), &scope.project_id, "instances", instance_id])).await
}

/// Records asked for at once: the documented maximum of v2; v1.0 names none, so a modest number is safer there.
fn page_size(version: Version) -> usize {
    match version {
        Version::V1 => 100,
        Version::V2 => 1000,
    }
}

fn pager(version: Version) -> Pager {
    match version {
        Version::V1 => Pager::of_any_size(page_size(version)),
        Version::V2 => Pager::new(page_size(version)),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackupStarted {
    #[serde(deserialize_with = "json::filled")]
    backup_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RestoreStarted {
    #[serde(deserialize_with = "json::filled")]
    restore_id: Option<String>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Backups {
    #[serde(default, deserialize_with = "json::whole")]
    total_num: Option<i64>,
    #[serde(deserialize_with = "json::list")]
    backup_record_response: Vec<Backup>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Restores {
    #[serde(default, deserialize_with = "json::whole")]
    total_num: Option<i64>,
    #[serde(deserialize_with = "json::list")]
    restore_record_response: Vec<Restore>,
}

fn create_backup_call(project_id: &str, version: Version, instance_id: &str, new: &NewBackup) -> Call {
    let mut new = new.clone();
    if version == Version::V1 {
        new.backup_format = None;
    }
    Call::start(SERVICE, [version.segment(), project_id, "instances", instance_id, "backups"], &new)
}

fn create_restore_call(project_id: &str, version: Version, instance_id: &str, new: &NewRestore) -> Call {
    Call::start(SERVICE, [version.segment(), project_id, "instances", instance_id, "restores"], new)
}

fn delete_backup_call(project_id: &str, version: Version, instance_id: &str, backup_id: &str) -> Call {
    Call::delete(SERVICE, [version.segment(), project_id, "instances", instance_id, "backups", backup_id])
}

fn backup_links_call(project_id: &str, instance_id: &str, backup_id: &str, expiration: u32) -> Call {
    let body = serde_json::json!({ "expiration": expiration });
    Call::ask(SERVICE, ["v2", project_id, "instances", instance_id, "backups", backup_id, "links"], &body)
}

fn list_call(
    project_id: &str,
    version: Version,
    instance_id: &str,
    what: &str,
    (position, size): (usize, usize),
) -> Call {
    let call = Call::get(SERVICE, [version.segment(), project_id, "instances", instance_id, what]);
    let call = match version {
        // v1.0 counts from one.
        Version::V1 => call.query("start", position + 1),
        Version::V2 => call.query("offset", position),
    };
    call.query("limit", size)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // The examples of the API pages: v1.0 backup, v1.0 restore, v2 backup.
    #[test]
    fn requests_equal_the_pages() {
        let remark = || Some("Backup instances".to_owned());
        let new = NewBackup { remark: remark(), backup_format: Some("aof".to_owned()) };
        assert_eq!(
            create_backup_call("p", Version::V1, "i", &new).shown(),
            ("POST /v1.0/p/instances/i/backups".to_owned(), json!({"remark": "Backup instances"})),
        );
        assert_eq!(
            create_backup_call("p", Version::V2, "i", &new).shown(),
            (
                "POST /v2/p/instances/i/backups".to_owned(),
                json!({"remark": "Backup instances", "backup_format": "aof"})
            ),
        );
        let new = NewRestore {
            remark: Some("restore instance".to_owned()),
            backup_id: "8ba256cb-e5ac-44f6-a3da-c03d8f0e5029".to_owned(),
        };
        let body = json!({"remark": "restore instance", "backup_id": "8ba256cb-e5ac-44f6-a3da-c03d8f0e5029"});
        for (version, path) in [(Version::V1, "v1.0"), (Version::V2, "v2")] {
            let want = (format!("POST /{path}/p/instances/i/restores"), body.clone());
            assert_eq!(create_restore_call("p", version, "i", &new).shown(), want);
        }
    }

    #[test]
    fn nothing_to_say_is_an_empty_object() {
        // Code DCS.4004 exists for an empty body.
        for version in [Version::V1, Version::V2] {
            assert_eq!(create_backup_call("p", version, "i", &NewBackup::default()).shown().1, json!({}));
        }
    }

    #[test]
    fn reads_and_deletes() {
        let list =
            |version, position| list_call("p", version, "i", "backups", (position, page_size(version))).shown().0;
        assert_eq!(list(Version::V1, 0), "GET /v1.0/p/instances/i/backups?start=1&limit=100");
        assert_eq!(list(Version::V2, 10), "GET /v2/p/instances/i/backups?offset=10&limit=1000");
        let delete = delete_backup_call("p", Version::V1, "i", "b").shown().0;
        assert_eq!(delete, "DELETE /v1.0/p/instances/i/backups/b");
        let links = backup_links_call("p", "i", "b", 300);
        assert_eq!(links.shown(), ("POST /v2/p/instances/i/backups/b/links".to_owned(), json!({"expiration": 300})));
    }

    #[test]
    fn records_are_read_in_both_spellings() {
        let page = r#"{"total_num":1,"backup_record_response":[{"backup_id":"b","status":"succeed","progress":"100.00",
            "size":880232,"backup_format":"AOF","is_support_restore":"TRUE","remark":null,"error_code":{},"period":{}}]}"#;
        let page: Backups = json::read(page.as_bytes()).unwrap();
        let backup = page.backup_record_response.first().unwrap();
        assert_eq!((backup.size, backup.is_support_restore), (Some(880_232), Some(true)));
        assert_eq!((backup.error_code.as_deref(), backup.backup_format.as_deref()), (None, Some("AOF")));
        for name in ["sourceInstanceID", "sourceInstanceId"] {
            let restore: Restore = json::read(format!(r#"{{"{name}":"i"}}"#).as_bytes()).unwrap();
            assert_eq!(restore.source_instance_id.as_deref(), Some("i"), "{name}");
        }
    }

    #[test]
    fn any_task_that_is_not_empty_counts() {
        for (body, want) in [
            ("null", None),
            ("\"\"", None),
            ("{}", None),
            ("\"BACKUPING\"", Some("BACKUPING")),
            (r#"{"name":"x"}"#, Some(r#"{"name":"x"}"#)),
        ] {
            let instance: Instance = json::read(format!(r#"{{"task":{body}}}"#).as_bytes()).unwrap();
            assert_eq!(instance.task.as_deref(), want, "{body}");
        }
        assert_eq!(json::read::<Instance>(b"{}").unwrap().task, None);
    }

    #[test]
    fn links_do_not_print() {
        let links: Links = json::read(br#"{"links":[{"file_name":"f","link":"https://obs/x?Signature=s"}]}"#).unwrap();
        assert!(!format!("{links:?}").contains("Signature"));
        assert_eq!(links.links[0].link.reveal(), "https://obs/x?Signature=s");
    }
}
