//! Distributed Database Middleware, API v3 (and v1 for one instance): restore of a point in time to another instance.
//!
//! The work is a task; its result is read by id for about a month. Times in requests are epoch milliseconds, in answers
//! texts with offsets like `+0000` (see [`crate::time::parse`]).

mod model;
pub(crate) mod service;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::cloud::Scope;
use crate::dbs;
use crate::error::Error;
use crate::json;
use crate::paging::Pager;
use crate::platform::Platform;

pub use service::SERVICE;

pub use crate::dbs::{Interval, Job};
pub use model::*;

/// What a restore is to do. The target instance and its data nodes are overwritten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRecovery {
    /// The moment that the data goes back to, in epoch milliseconds.
    pub restore_time: i64,
    /// The DDM instance that receives it.
    pub target_instance_id: String,
    /// One pair per data node of the source.
    pub data_node_relations: Vec<DataNodeRelation>,
}

/// A data node of the source and the one that receives its data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DataNodeRelation {
    /// Data node of the source, as listed by [`related_data_nodes`].
    pub source_instance_id: String,
    /// Data node of the target, as listed by [`target_data_nodes`].
    pub target_instance_id: String,
}

/// Starts a restore of a source instance's data and answers the task's id. Acceptance only: the task tells how it ends.
///
/// OTC needs the source's id in the body too, Huawei Cloud has no such field; this follows the platform.
/// Sent once. An error says by [`Error::outcome`] whether the restore may have been started.
pub async fn recover(scope: &Scope, source_instance_id: &str, new: &NewRecovery) -> Result<String, Error> {
    let call = recover_call(scope.platform(), &scope.project_id, source_instance_id, new);
    scope.started(call, |answer: dbs::Started| answer.job_id, "job_id").await
}

/// Intervals of time that the source can be restored to; they may be disjoint.
pub async fn restorable_intervals(scope: &Scope, source_instance_id: &str) -> Result<Vec<Interval>, Error> {
    let call = backups_call(&scope.project_id, source_instance_id, "restorable-time-interval");
    let records = |page: Intervals| (page.restorable_time_intervals, page.total);
    walk(scope, call, records, |interval: &Interval| Some(format!("{interval:?}"))).await
}

/// Data nodes that the source had at a moment (epoch milliseconds).
pub async fn related_data_nodes(
    scope: &Scope,
    source_instance_id: &str,
    restore_time: i64,
) -> Result<RelatedDataNodes, Error> {
    let call = backups_call(&scope.project_id, source_instance_id, "related-dn").query("restore_time", restore_time);
    let mut latest_restorable_time = None;
    let records = |page: DataNodes| {
        latest_restorable_time = latest_restorable_time.take().or(page.latest_restorable_time);
        (page.related_data_nodes, page.total)
    };
    let nodes = walk(scope, call, records, |node: &DataNode| node.instance_id.clone()).await?;
    Ok(RelatedDataNodes { nodes, latest_restorable_time })
}

/// Instances that could receive a restore of the source, with the reason why not for those that cannot.
pub async fn target_instances(scope: &Scope, source_instance_id: &str) -> Result<Vec<TargetInstance>, Error> {
    let call = backups_call(&scope.project_id, source_instance_id, "restorable-instances");
    let records = |page: TargetInstances| (page.instances, page.total);
    walk(scope, call, records, |target: &TargetInstance| target.instance_id.clone()).await
}

/// Data nodes that could receive one data node of the source, with the reason why not for those that cannot.
///
/// `restore_time` in epoch milliseconds. The service asks to read [`restorable_intervals`] first.
pub async fn target_data_nodes(
    scope: &Scope,
    source_instance_id: &str,
    target_instance_id: &str,
    source_data_node_id: &str,
    restore_time: i64,
) -> Result<Vec<TargetDataNode>, Error> {
    let call = backups_call(&scope.project_id, source_instance_id, "restorable-data-node")
        .query("target_instance_id", target_instance_id)
        .query("source_dn_instance_id", source_data_node_id)
        .query("restore_time", restore_time);
    let records = |page: TargetDataNodes| (page.target_data_nodes, page.total);
    walk(scope, call, records, |node: &TargetDataNode| node.instance_id.clone()).await
}

/// One task. Right after a POST it may not be found yet, and after about 30 days it is gone; neither says anything
/// about the target. A failure's reason is only in [`list_jobs`].
pub async fn job(scope: &Scope, job_id: &str) -> Result<Job, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "jobs", job_id]);
    scope.ask_for(call, |answer: OneJob| answer.job, "job").await
}

/// All tasks of the project between two moments (epoch milliseconds; the start at most 30 days ago).
pub async fn list_jobs(scope: &Scope, start_time: i64, end_time: i64) -> Result<Vec<Job>, Error> {
    let call = Call::get(SERVICE, ["v3", &scope.project_id, "jobs"])
        .query("start_time", start_time)
        .query("end_time", end_time);
    let records = |page: Jobs| (page.jobs, page.total);
    walk(scope, call, records, |job: &Job| job.id.clone()).await
}

/// One instance, by API v1: v3 has no such call.
pub async fn instance(scope: &Scope, instance_id: &str) -> Result<Instance, Error> {
    scope.ask(Call::get(SERVICE, ["v1", &scope.project_id, "instances", instance_id])).await
}

/// Reads the list that a call asks for to its end.
async fn walk<P: DeserializeOwned + Default, T>(
    scope: &Scope,
    call: Call,
    records: impl FnMut(P) -> (Vec<T>, Option<i64>),
    id: impl Fn(&T) -> Option<String>,
) -> Result<Vec<T>, Error> {
    scope.walk(Pager::new(PAGE), |position| turn(call.clone(), position), records, id).await
}

/// The documented maximum of a page.
const PAGE: usize = 128;

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Intervals {
    #[serde(deserialize_with = "json::list")]
    restorable_time_intervals: Vec<Interval>,
    #[serde(default, deserialize_with = "json::whole")]
    total: Option<i64>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct DataNodes {
    #[serde(deserialize_with = "json::list")]
    related_data_nodes: Vec<DataNode>,
    #[serde(default, deserialize_with = "json::filled")]
    latest_restorable_time: Option<String>,
    #[serde(default, deserialize_with = "json::whole")]
    total: Option<i64>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct TargetInstances {
    #[serde(deserialize_with = "json::list")]
    instances: Vec<TargetInstance>,
    #[serde(default, deserialize_with = "json::whole")]
    total: Option<i64>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct TargetDataNodes {
    #[serde(deserialize_with = "json::list")]
    target_data_nodes: Vec<TargetDataNode>,
    #[serde(default, deserialize_with = "json::whole")]
    total: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OneJob {
    job: Option<Job>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Jobs {
    #[serde(deserialize_with = "json::list")]
    jobs: Vec<Job>,
    #[serde(default, deserialize_with = "json::whole")]
    total: Option<i64>,
}

#[derive(Serialize)]
struct RecoveryBody<'a> {
    source: RecoverySource<'a>,
    target: RecoveryTarget<'a>,
    data_node_relations: &'a [DataNodeRelation],
}

#[derive(Serialize)]
struct RecoverySource<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<&'a str>,
    restore_time: i64,
}

#[derive(Serialize)]
struct RecoveryTarget<'a> {
    instance_id: &'a str,
}

fn recover_call(platform: Platform, project_id: &str, source_instance_id: &str, new: &NewRecovery) -> Call {
    let instance_id = (platform == Platform::Otc).then_some(source_instance_id);
    let body = RecoveryBody {
        source: RecoverySource { instance_id, restore_time: new.restore_time },
        target: RecoveryTarget { instance_id: &new.target_instance_id },
        data_node_relations: &new.data_node_relations,
    };
    Call::start(SERVICE, ["v3", project_id, "instances", source_instance_id, "backups", "recovery"], &body)
}

fn backups_call(project_id: &str, source_instance_id: &str, what: &str) -> Call {
    Call::get(SERVICE, ["v3", project_id, "instances", source_instance_id, "backups", what])
}

fn turn(call: Call, position: usize) -> Call {
    call.query("offset", position).query("limit", PAGE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> NewRecovery {
        let node = || "f4e2949e9b9b4d60b42c89ed39bfe34cin01".to_owned();
        NewRecovery {
            restore_time: 1_747_732_352_076,
            target_instance_id: "2f0324a93859487eb5566d75951fcd2din09".to_owned(),
            data_node_relations: vec![DataNodeRelation { source_instance_id: node(), target_instance_id: node() }],
        }
    }

    // The example of the API page "Restoring Data to a New Instance (a V3 API)" of Huawei Cloud.
    #[test]
    fn the_recovery_equals_the_page() {
        let path = "POST /v3/p/instances/s/backups/recovery".to_owned();
        let mut body = json!({
            "source": {"restore_time": 1_747_732_352_076_i64},
            "target": {"instance_id": "2f0324a93859487eb5566d75951fcd2din09"},
            "data_node_relations": [{
                "source_instance_id": "f4e2949e9b9b4d60b42c89ed39bfe34cin01",
                "target_instance_id": "f4e2949e9b9b4d60b42c89ed39bfe34cin01"
            }]
        });
        assert_eq!(recover_call(Platform::Huawei, "p", "s", &example()).shown(), (path.clone(), body.clone()));
        body["source"]["instance_id"] = json!("s");
        assert_eq!(recover_call(Platform::Otc, "p", "s", &example()).shown(), (path, body));
    }

    #[test]
    fn the_time_is_a_whole_number_on_the_wire() {
        let call = recover_call(Platform::Huawei, "p", "s", &example());
        let body = String::from_utf8(call.body.unwrap().0).unwrap();
        assert!(body.contains(r#""restore_time":1747732352076}"#), "{body}");
    }

    #[test]
    fn lists_page() {
        let call = backups_call("p", "s", "related-dn").query("restore_time", 5);
        let path = "GET /v3/p/instances/s/backups/related-dn?restore_time=5&offset=128&limit=128";
        assert_eq!(turn(call, 128).shown().0, path);
    }
}
