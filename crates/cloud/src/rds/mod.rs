//! Relational Database Service, API v3 and v3.1: backups, restores to an existing instance, tasks.
//!
//! What it shares with its sisters (backups, instances, restorable times, one task) is in [`crate::dbs`].

mod instances;
pub(crate) mod service;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::dbs::{self, Job, NewBackup, Point, StartedBackup};
use crate::error::Error;
use crate::json;
use crate::paging::Pager;

pub use instances::{Ha, NewInstance, StartedInstance, create_instance, delete_instance, instances_named};
pub use service::SERVICE;

/// Asks for a backup and answers its id. Acceptance only: the list of backups tells how it ends.
///
/// Sent once.
///
/// # Errors
/// [`Error::outcome`] says whether the backup may have been started.
pub async fn create_backup(scope: &Scope, new: &NewBackup) -> Result<StartedBackup, Error> {
    let call = backup_call(&scope.project_id, new);
    let unwrap = |answer: BackupStarted| Some(StartedBackup { id: answer.backup.id?, job: None });
    scope.started(call, unwrap, "backup.id").await
}

/// Version of the call that restores to an existing instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// API v3.
    V3,
    /// API v3.1: the one for SQL Server, and for all engines of Huawei Cloud.
    V31,
}

impl Version {
    fn segment(self) -> &'static str {
        match self {
            Version::V3 => "v3",
            Version::V31 => "v3.1",
        }
    }
}

/// What a restore is to do. The target is overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRestore {
    /// The instance that the backup belongs to, or that the moment is of.
    pub source: String,
    /// The instance that is overwritten; may be the source.
    pub target: String,
    /// What it goes back to.
    pub point: Point,
    /// SQL Server: which databases, and what they are called on the target.
    pub databases: Databases,
}

/// Which databases a restore brings back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Databases {
    /// The engine has no choice: nothing is said.
    #[default]
    Whole,
    /// All of them, said expressly: version 3.1 restores none otherwise (SQL Server).
    All,
    /// These, by their names and the names that they get (SQL Server).
    Some(BTreeMap<String, String>),
}

/// Starts a restore to an existing instance and answers the task's id. Acceptance only: the task tells how it ends.
///
/// Sent once.
///
/// # Errors
/// [`Error::outcome`] says whether the restore may have been started.
pub async fn restore(scope: &Scope, version: Version, new: &NewRestore) -> Result<String, Error> {
    let call = restore_call(&scope.project_id, version, new);
    scope.started(call, |answer: dbs::Started| answer.job_id, "job_id").await
}

/// All tasks of an instance between two moments (epoch milliseconds).
///
/// # Errors
/// The list could not be read to its end.
pub async fn tasks(scope: &Scope, instance_id: &str, start_time: i64, end_time: i64) -> Result<Vec<Job>, Error> {
    let call = |position| tasks_call(&scope.project_id, instance_id, (start_time, end_time), position);
    let records = |page: Tasks| (page.tasks, page.total_count);
    scope.walk(Pager::new(PAGE), call, records, |job: &Job| job.id.clone()).await
}

/// What the tasks of an instance of SQL Server were asked for, from a moment on (epoch milliseconds). Other engines have none.
///
/// # Errors
/// The list could not be read.
pub async fn task_details(scope: &Scope, instance_id: &str, start_time: i64) -> Result<Vec<TaskDetail>, Error> {
    let segments = ["v3", &scope.project_id, "instances", instance_id, "tasklist", "detail"];
    let listed: Details = scope.ask(Call::get(SERVICE, segments).query("start_time", start_time)).await?;
    Ok(listed.jobs)
}

/// A task of SQL Server, with what it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TaskDetail {
    /// Id of the task.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// A JSON text: see [`TaskDetail::order`].
    #[serde(deserialize_with = "json::text")]
    pub task_detail: Option<String>,
}

impl TaskDetail {
    /// What a restore was asked for; `None` for a text that cannot be read.
    pub fn order(&self) -> Option<TaskOrder> {
        json::read(self.task_detail.as_deref()?.as_bytes()).ok()
    }
}

/// What a restore of SQL Server was asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TaskOrder {
    /// The instance that the data is from.
    #[serde(deserialize_with = "json::filled")]
    pub source_instance_id: Option<String>,
    /// The instance that is overwritten.
    #[serde(deserialize_with = "json::filled")]
    pub target_instance_id: Option<String>,
    /// The backup.
    #[serde(deserialize_with = "json::filled")]
    pub backup_id: Option<String>,
    /// The moment, in epoch milliseconds.
    #[serde(deserialize_with = "json::filled")]
    pub restore_time: Option<String>,
}

/// The documented maximum of a page of tasks.
const PAGE: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackupStarted {
    #[serde(deserialize_with = "json::object")]
    backup: BackupId,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BackupId {
    #[serde(deserialize_with = "json::filled")]
    id: Option<String>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Tasks {
    #[serde(deserialize_with = "json::list")]
    tasks: Vec<Job>,
    #[serde(default, deserialize_with = "json::whole")]
    total_count: Option<i64>,
}

/// A list that has to be there, as above.
#[derive(Default, Deserialize)]
struct Details {
    #[serde(deserialize_with = "json::list")]
    jobs: Vec<TaskDetail>,
}

#[derive(Serialize)]
struct BackupBody<'a> {
    instance_id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    databases: Vec<DatabaseName<'a>>,
}

#[derive(Serialize)]
struct DatabaseName<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct RestoreBody<'a> {
    source: RestoreSource<'a>,
    target: dbs::Target<'a>,
}

#[derive(Serialize)]
struct RestoreSource<'a> {
    #[serde(flatten)]
    point: dbs::Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_name: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restore_all_database: Option<bool>,
}

fn backup_call(project_id: &str, new: &NewBackup) -> Call {
    let body = BackupBody {
        instance_id: &new.instance_id,
        name: &new.name,
        description: new.description.as_deref(),
        databases: new.databases.iter().map(|name| DatabaseName { name }).collect(),
    };
    Call::start(SERVICE, ["v3", project_id, "backups"], &body)
}

fn restore_call(project_id: &str, version: Version, new: &NewRestore) -> Call {
    let (database_name, restore_all_database) = match &new.databases {
        Databases::Whole => (None, None),
        Databases::All => (None, Some(true)),
        Databases::Some(names) => (Some(names), None),
    };
    let source =
        RestoreSource { point: dbs::Source::new(&new.source, &new.point), database_name, restore_all_database };
    let body = RestoreBody { source, target: dbs::Target { instance_id: &new.target } };
    Call::start(SERVICE, [version.segment(), project_id, "instances", "recovery"], &body)
}

fn tasks_call(project_id: &str, instance_id: &str, (start_time, end_time): (i64, i64), position: usize) -> Call {
    Call::get(SERVICE, ["v3", project_id, "tasklist"])
        .query("instance_id", instance_id)
        .query("start_time", start_time)
        .query("end_time", end_time)
        .query("offset", position)
        .query("limit", PAGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_backup_is_asked_for_with_what_is_given() {
        let mut new = NewBackup { instance_id: "i".into(), name: "before-42".into(), ..NewBackup::default() };
        let path = "POST /v3/p/backups".to_owned();
        assert_eq!(backup_call("p", &new).shown(), (path.clone(), json!({"instance_id": "i", "name": "before-42"})));
        new.description = Some("d".into());
        new.databases = vec!["a".into(), "b".into()];
        let body = json!({"instance_id": "i", "name": "before-42", "description": "d",
            "databases": [{"name": "a"}, {"name": "b"}]});
        assert_eq!(backup_call("p", &new).shown(), (path, body));
    }

    // The examples of "Restoring Data to an Existing DB Instance", with shorter ids.
    #[test]
    fn restores_equal_the_pages() {
        let new = |point, databases| NewRestore { source: "s".into(), target: "t".into(), point, databases };
        let backup = || Point::Backup("b".into());
        let names = BTreeMap::from([("old".to_owned(), "new".to_owned())]);
        for (version, new, path, source) in [
            (
                Version::V3,
                new(backup(), Databases::Whole),
                "POST /v3/p/instances/recovery",
                json!({"instance_id": "s", "type": "backup", "backup_id": "b"}),
            ),
            (
                Version::V31,
                new(Point::Time(1_532_001_446_987), Databases::All),
                "POST /v3.1/p/instances/recovery",
                json!({"instance_id": "s", "type": "timestamp", "restore_time": 1_532_001_446_987_i64,
                    "restore_all_database": true}),
            ),
            (
                Version::V31,
                new(backup(), Databases::Some(names)),
                "POST /v3.1/p/instances/recovery",
                json!({"instance_id": "s", "type": "backup", "backup_id": "b", "database_name": {"old": "new"}}),
            ),
        ] {
            let body = json!({"source": source, "target": {"instance_id": "t"}});
            assert_eq!(restore_call("p", version, &new).shown(), (path.to_owned(), body));
        }
    }

    #[test]
    fn tasks_are_listed_by_instance_and_time() {
        let path = "GET /v3/p/tasklist?instance_id=i&start_time=1&end_time=2&offset=50&limit=50";
        assert_eq!(tasks_call("p", "i", (1, 2), 50).shown().0, path);
    }

    #[test]
    fn a_detail_is_a_text_of_its_own() {
        let detail = TaskDetail {
            task_detail: Some(
                r#"{"sourceInstanceId":"s","targetInstanceId":"t","backupId":"b","restoreTime":""}"#.into(),
            ),
            ..TaskDetail::default()
        };
        let order = detail.order().unwrap();
        assert_eq!((order.source_instance_id.as_deref(), order.backup_id.as_deref()), (Some("s"), Some("b")));
        assert_eq!(order.restore_time, None);
        assert_eq!(TaskDetail { task_detail: Some("{".into()), ..TaskDetail::default() }.order(), None);
    }
}
