//! What the database services have in common: backups that are read by id, restores that are a task, the codes `DBS.*`.
//!
//! RDS and DDS speak nearly the same API; DDM shares the tasks, the intervals and the codes. The differences (bodies, lists of
//! tasks) are in the folder of each service. Sources: facts/rds.md, facts/dds.md, facts/ddm.md.

pub(crate) mod codes;
mod model;

use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::error::Error;
use crate::json;
use crate::kind::Kind;
use crate::paging::{Page, Pager, size_for};
use crate::service::Service;

pub use model::*;

/// A backup that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewBackup {
    /// The primary instance to back up.
    pub instance_id: String,
    /// Unique; what a lost request's backup is found by.
    pub name: String,
    /// Text kept with the backup.
    pub description: Option<String>,
    /// Databases to back up, where the engine can leave some out; all if empty.
    pub databases: Vec<String>,
}

/// A backup that was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartedBackup {
    /// Its id.
    pub id: String,
    /// The task that makes it, where the service tells one.
    pub job: Option<String>,
}

/// What an instance goes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Point {
    /// A backup, by id.
    Backup(String),
    /// A moment, in epoch milliseconds.
    Time(i64),
}

/// Whether a request was refused because its name is taken: for a backup, whose name is unique (facts/rds.md 2.2 and 4,
/// facts/dds.md 2.2 and 4).
pub fn is_name_taken(refusal: &Error) -> bool {
    refusal.code().and_then(codes::number).is_some_and(codes::means_taken)
}

/// All backups of an instance, of every type.
///
/// # Errors
/// The list could not be read to its end.
pub async fn backups(scope: &Scope, service: Service, instance_id: &str) -> Result<Vec<Backup>, Error> {
    let call = |position| backups_call(service, &scope.project_id, instance_id, (position, PAGE));
    let records = |page: Backups| (page.backups, page.total_count);
    scope.walk(Pager::new(PAGE), call, records, |backup: &Backup| backup.id.clone()).await
}

/// One page of the backups of an instance, in the service's order, for about so many as are wanted.
///
/// # Errors
/// The page could not be read.
pub async fn backups_page(
    scope: &Scope,
    service: Service,
    instance_id: &str,
    position: usize,
    wanted: usize,
) -> Result<Page<Backup>, Error> {
    let size = size_for(wanted, PAGE);
    let call = backups_call(service, &scope.project_id, instance_id, (position, size));
    let page: Backups = scope.ask_page(call, &mut Pager::new(size)).await?;
    Ok(Page::of(page.backups, position, size, page.total_count))
}

/// Deletes a manual backup. Acceptance only: it is gone once the list does not have it.
///
/// # Errors
/// Refused or not answered. An unknown backup is "not found".
pub async fn delete_backup(scope: &Scope, service: Service, backup_id: &str) -> Result<(), Error> {
    scope.send(Call::delete(service, ["v3", &scope.project_id, "backups", backup_id])).await.map(|_| ())
}

/// One instance. Both services have a list only, so that an instance which is not in it is "not found".
///
/// # Errors
/// Not found, or not answered.
pub async fn instance(scope: &Scope, service: Service, instance_id: &str) -> Result<Instance, Error> {
    let call = Call::get(service, ["v3", &scope.project_id, "instances"]).query("id", instance_id);
    call_names(&call, instance_id)?;
    let name = call.name();
    let listed: Instances = scope.ask(call).await?;
    let is_it = |instance: &Instance| instance.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(instance_id));
    listed.instances.into_iter().find(is_it).ok_or_else(|| {
        let message = format!("the list of instances does not have {instance_id}");
        Error::before_sending(Kind::NotFound, message).of_call(service, name)
    })
}

/// The stretches of time that an instance can be restored to; of one day (`yyyy-mm-dd`) if it is given.
///
/// # Errors
/// Not found, or not answered.
pub async fn restore_times(
    scope: &Scope,
    service: Service,
    instance_id: &str,
    date: Option<&str>,
) -> Result<Vec<Interval>, Error> {
    let call = Call::get(service, ["v3", &scope.project_id, "instances", instance_id, "restore-time"]);
    let times: RestoreTimes = scope.ask(call.maybe("date", date)).await?;
    Ok(times.restore_time)
}

/// One task. Right after a POST it may not be found yet, and after about a month it is gone; neither says anything about
/// the target.
///
/// # Errors
/// Not found, or not answered.
pub async fn job(scope: &Scope, service: Service, job_id: &str) -> Result<Job, Error> {
    let call = Call::get(service, ["v3", &scope.project_id, "jobs"]).query("id", job_id);
    call_names(&call, job_id)?;
    scope.ask_for(call, |answer: OneJob| answer.job, "job").await
}

/// Identifiers in a query are held to the same rules as those of a path.
fn call_names(call: &Call, id: &str) -> Result<(), Error> {
    match crate::address::identifier_problem(id) {
        None => Ok(()),
        Some(problem) => Err(Error::before_sending(Kind::Invalid, problem).of_call(call.service, call.name())),
    }
}

fn backups_call(service: Service, project_id: &str, instance_id: &str, (position, size): (usize, usize)) -> Call {
    Call::get(service, ["v3", project_id, "backups"])
        .query("instance_id", instance_id)
        .query("offset", position)
        .query("limit", size)
}

/// The documented maximum of a page of backups.
const PAGE: usize = 100;

/// The answer to what started a restore.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Started {
    #[serde(deserialize_with = "json::filled")]
    pub(crate) job_id: Option<String>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Backups {
    #[serde(deserialize_with = "json::list")]
    backups: Vec<Backup>,
    #[serde(default, deserialize_with = "json::whole")]
    total_count: Option<i64>,
}

/// A list that has to be there, as above.
#[derive(Default, Deserialize)]
struct Instances {
    #[serde(deserialize_with = "json::list")]
    instances: Vec<Instance>,
}

/// A list that has to be there, as above.
#[derive(Default, Deserialize)]
struct RestoreTimes {
    #[serde(deserialize_with = "json::list")]
    restore_time: Vec<Interval>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneJob {
    job: Option<Job>,
}

/// `source` of a restore, where the moment is a number.
#[derive(Serialize)]
pub(crate) struct Source<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backup_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restore_time: Option<i64>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(instance_id: &'a str, point: &'a Point) -> Source<'a> {
        match point {
            Point::Backup(id) => Source { instance_id, r#type: "backup", backup_id: Some(id), restore_time: None },
            Point::Time(time) => {
                Source { instance_id, r#type: "timestamp", backup_id: None, restore_time: Some(*time) }
            }
        }
    }
}

/// `target` of a restore.
#[derive(Serialize)]
pub(crate) struct Target<'a> {
    pub(crate) instance_id: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rds::SERVICE;

    #[test]
    fn backups_are_listed_by_instance_in_pages() {
        let path = "GET /v3/p/backups?instance_id=i&offset=100&limit=100";
        assert_eq!(backups_call(SERVICE, "p", "i", (100, PAGE)).shown().0, path);
    }
}
