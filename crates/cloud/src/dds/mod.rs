//! Document Database Service, API v3: backups, restores onto the instance itself, and the task list of Huawei Cloud.
//!
//! What it shares with its sisters (backups, instances, restorable times, one task) is in [`crate::dbs`].

pub(crate) mod service;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::dbs::{self, Job, NewBackup, Point, StartedBackup};
use crate::error::Error;
use crate::json;
use crate::paging::Pager;
use crate::time::{Timestamp, whole_seconds};

pub use service::SERVICE;

/// Asks for a backup and answers its id. Acceptance only: the list of backups tells how it ends.
///
/// Sent once.
///
/// # Errors
/// [`Error::outcome`] says whether the backup may have been started.
pub async fn create_backup(scope: &Scope, new: &NewBackup) -> Result<StartedBackup, Error> {
    let unwrap = |answer: BackupStarted| Some(StartedBackup { id: answer.backup_id?, job: answer.job_id });
    scope.started(backup_call(&scope.project_id, new), unwrap, "backup_id").await
}

/// Starts a restore of an instance onto itself and answers the task's id. Acceptance only: the task tells how it ends.
///
/// Sent once.
///
/// # Errors
/// [`Error::outcome`] says whether the restore may have been started.
pub async fn restore(scope: &Scope, instance_id: &str, point: &Point) -> Result<String, Error> {
    let call = restore_call(&scope.project_id, instance_id, point);
    scope.started(call, |answer: dbs::Started| answer.job_id, "job_id").await
}

/// All tasks of the project between two moments, at most 30 days apart. Huawei Cloud only.
///
/// # Errors
/// The list could not be read to its end.
pub async fn tasks(scope: &Scope, since: Timestamp, until: Timestamp) -> Result<Vec<Job>, Error> {
    let call = |position| tasks_call(&scope.project_id, (since, until), position);
    let records = |page: Tasks| (page.jobs, page.total_count);
    scope.walk(Pager::new(PAGE), call, records, |job: &Job| job.id.clone()).await
}

/// The documented maximum of a page of tasks.
const PAGE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackupStarted {
    #[serde(deserialize_with = "json::filled")]
    backup_id: Option<String>,
    #[serde(deserialize_with = "json::filled")]
    job_id: Option<String>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Tasks {
    #[serde(deserialize_with = "json::list")]
    jobs: Vec<Job>,
    #[serde(default, deserialize_with = "json::whole")]
    total_count: Option<i64>,
}

#[derive(Serialize)]
struct BackupBody<'a> {
    backup: BackupFields<'a>,
}

#[derive(Serialize)]
struct BackupFields<'a> {
    instance_id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct RestoreBody<'a> {
    source: RestoreSource<'a>,
    target: dbs::Target<'a>,
}

/// The moment is a text by the table of the page; only its examples print a number.
#[derive(Serialize)]
struct RestoreSource<'a> {
    instance_id: &'a str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_time: Option<String>,
}

fn backup_call(project_id: &str, new: &NewBackup) -> Call {
    let backup =
        BackupFields { instance_id: &new.instance_id, name: &new.name, description: new.description.as_deref() };
    Call::start(SERVICE, ["v3", project_id, "backups"], &BackupBody { backup })
}

fn restore_call(project_id: &str, instance_id: &str, point: &Point) -> Call {
    let (kind, backup_id, restore_time) = match point {
        Point::Backup(id) => ("backup", Some(id.as_str()), None),
        Point::Time(time) => ("timestamp", None, Some(time.to_string())),
    };
    let source = RestoreSource { instance_id, r#type: kind, backup_id, restore_time };
    let body = RestoreBody { source, target: dbs::Target { instance_id } };
    Call::start(SERVICE, ["v3", project_id, "instances", "recovery"], &body)
}

fn tasks_call(project_id: &str, (since, until): (Timestamp, Timestamp), position: usize) -> Call {
    Call::get(SERVICE, ["v3.1", project_id, "jobs"])
        .query("start_time", whole_seconds(since))
        .query("end_time", whole_seconds(until))
        .query("offset", position)
        .query("limit", PAGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_equal_the_pages() {
        let new = NewBackup { instance_id: "i".into(), name: "before-42".into(), ..NewBackup::default() };
        let body = json!({"backup": {"instance_id": "i", "name": "before-42"}});
        assert_eq!(backup_call("p", &new).shown(), ("POST /v3/p/backups".into(), body));
        for (point, source) in [
            (Point::Backup("b".into()), json!({"instance_id": "i", "type": "backup", "backup_id": "b"})),
            (Point::Time(1), json!({"instance_id": "i", "type": "timestamp", "restore_time": "1"})),
        ] {
            let body = json!({"source": source, "target": {"instance_id": "i"}});
            assert_eq!(restore_call("p", "i", &point).shown(), ("POST /v3/p/instances/recovery".into(), body));
        }
        let window = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let path = "GET /v3.1/p/jobs?start_time=1970-01-01T00:00:00Z&end_time=1970-01-01T00:00:00Z&offset=0&limit=100";
        assert_eq!(tasks_call("p", window, 0).shown().0, path);
    }
}
