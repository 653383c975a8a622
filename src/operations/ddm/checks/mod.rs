//! DDM: can the source be recovered as of that moment, into that target, onto those data nodes?

mod nodes;
mod warning;

use std::collections::BTreeMap;
use std::future::Future;

use cloud::ddm::{self, Instance, Interval, RelatedDataNodes, TargetDataNode, TargetInstance};
use cloud::{Error, Scope};
use tf::Value;

use crate::operations::checks::{Finding, Place, Read, Written, is_no_such_thing, no_such_thing};
use crate::operations::common::is_id;
use crate::operations::databases::times;
use crate::operations::words::{capitalised, counted, named};
use engine::lists::Lists;
use engine::work::{Freshness, Readiness};

pub use nodes::{check_nodes, derive};
pub use warning::overwrite_warning;

/// The earliest engine versions that take part (DDM user manual, restoring data to a new instance).
const SOURCE_VERSION: &str = "2.3.2.11";
const TARGET_VERSION: &str = "3.0.8";

/// What makes moments to recover to.
const MAKES: &str = "A backup policy of its data nodes makes such times.";

/// What a restore asks for, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The DDM instance whose data is recovered.
    pub source: Option<String>,
    /// The DDM instance that is overwritten.
    pub target: Option<String>,
    /// The moment, in epoch milliseconds.
    pub restore_time: Option<i64>,
    /// Which data node goes to which.
    pub relations: Written,
}

impl Asked {
    /// What a body asks for.
    pub fn of(body: &Value) -> Asked {
        let text = |name: &str| body.get(name).as_str().map(str::to_owned);
        Asked {
            source: text("source_instance_id"),
            target: text("target_instance_id"),
            restore_time: match body.get("restore_time") {
                Value::Number(number) => number.as_i64(),
                _ => None,
            },
            relations: Written::of(body.get("data_node_relation"), "source_instance_id", "target_instance_id"),
        }
    }
}

/// What is known. `None` is what could not even be asked for, because an argument is not known.
#[derive(Default)]
pub struct Facts {
    /// The source.
    pub source: Option<Read<Instance>>,
    /// The target.
    pub target: Option<Read<Instance>>,
    /// When the source can be recovered to.
    pub intervals: Option<Read<Vec<Interval>>>,
    /// The source's data nodes at the moment.
    pub related: Option<Read<RelatedDataNodes>>,
    /// What the service says about possible targets.
    pub targets: Option<Read<Vec<TargetInstance>>>,
    /// What the service says about possible data nodes, by source data node.
    pub candidates: BTreeMap<String, Read<Vec<TargetDataNode>>>,
}

impl Facts {
    /// Reads all that the known arguments let be asked for, at once where the service does not want an order.
    pub async fn read(lists: &Lists, scope: &Scope, asked: &Asked, freshness: Freshness) -> Facts {
        let reader = Reader { lists, scope, freshness };
        let (source, target) = (asked.source.as_deref(), asked.target.as_deref());
        let (source_read, target_read, intervals, related, targets) = futures::join!(
            optional(source.map(|id| reader.instance(id))),
            optional(target.map(|id| reader.instance(id))),
            optional(source.map(|id| reader.intervals(id))),
            optional(source.zip(asked.restore_time).map(|(id, time)| reader.related(id, time))),
            optional(source.map(|id| reader.targets(id))),
        );
        let mut facts = Facts {
            source: source_read,
            target: target_read,
            intervals,
            related,
            targets,
            candidates: BTreeMap::new(),
        };
        // The service wants to be asked for the intervals before it is asked for target data nodes.
        if let (Some(source), Some(target), Some(time)) = (source, target, asked.restore_time)
            && !facts.target_is_busy()
        {
            let kinds = facts.source_nodes();
            let reads = kinds
                .iter()
                .filter_map(|alike| alike.first())
                .map(|node| reader.candidates(source, target, node, time));
            let reads = futures::future::join_all(reads).await;
            let told = kinds
                .iter()
                .zip(reads)
                .flat_map(|(alike, read)| alike.iter().map(move |node| (node.clone(), read.clone())));
            facts.candidates = told.collect();
        }
        facts
    }

    /// The data nodes of the source, those together that have one answer about possible target data nodes.
    fn source_nodes(&self) -> Vec<Vec<String>> {
        let nodes = self.related.as_ref().and_then(|read| read.as_ref().ok()).map(|related| related.nodes.as_slice());
        nodes::alike(nodes.unwrap_or_default())
    }

    /// Whether the target has something going on. What the service says about data nodes then does not last.
    pub fn target_is_busy(&self) -> bool {
        matches!(self.target.as_ref(), Some(Ok(instance)) if matches!(readiness(instance), Readiness::Busy(_) | Readiness::Occupied(_)))
    }

    /// The failures of reads, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Error> {
        fn failed<T>(read: &Option<Read<T>>) -> Option<&Error> {
            read.as_ref().and_then(|read| read.as_ref().err())
        }
        let fixed = [
            failed(&self.intervals),
            failed(&self.related),
            failed(&self.targets),
            failed(&self.target),
            failed(&self.source),
        ];
        fixed.into_iter().flatten().chain(self.candidates.values().filter_map(|read| read.as_ref().err()))
    }
}

/// Reads each fact once for all who ask for it: plans, and data sources.
pub struct Reader<'a> {
    /// Where the answers are kept.
    pub lists: &'a Lists,
    /// Region and project.
    pub scope: &'a Scope,
    /// How old an answer may be.
    pub freshness: Freshness,
}

impl Reader<'_> {
    fn key(&self, rest: &str) -> String {
        format!("ddm/{}/{}/{rest}", self.scope.region, self.scope.project_id)
    }

    async fn instance(&self, id: &str) -> Read<Instance> {
        let key = self.key(&format!("instance/{id}"));
        self.lists.get(&key, self.freshness, ddm::instance(self.scope, id)).await
    }

    /// When the instance can be restored to.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn intervals(&self, id: &str) -> Read<Vec<Interval>> {
        let key = self.key(&format!("{id}/intervals"));
        self.lists.get(&key, self.freshness, ddm::restorable_intervals(self.scope, id)).await
    }

    /// The data nodes that the instance had at a moment (epoch milliseconds).
    ///
    /// # Errors
    /// Those of the call.
    pub async fn related(&self, id: &str, time: i64) -> Read<RelatedDataNodes> {
        let key = self.key(&format!("{id}/nodes/{time}"));
        self.lists.get(&key, self.freshness, ddm::related_data_nodes(self.scope, id, time)).await
    }

    /// The instances that could receive a restore of this one.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn targets(&self, id: &str) -> Read<Vec<TargetInstance>> {
        let key = self.key(&format!("{id}/targets"));
        self.lists.get(&key, self.freshness, ddm::target_instances(self.scope, id)).await
    }

    /// The data nodes that could receive the data of this one of the source, as of a moment (epoch milliseconds).
    ///
    /// # Errors
    /// Those of the call.
    pub async fn candidates(&self, source: &str, target: &str, node: &str, time: i64) -> Read<Vec<TargetDataNode>> {
        let key = self.key(&format!("{source}/candidates/{target}/{node}/{time}"));
        self.lists.get(&key, self.freshness, ddm::target_data_nodes(self.scope, source, target, node, time)).await
    }
}

async fn optional<F: Future>(read: Option<F>) -> Option<F::Output> {
    match read {
        Some(read) => Some(read.await),
        None => None,
    }
}

/// Everything that can be told, in the order of the arguments.
pub fn check(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(read), Some(id)) = (&facts.source, &asked.source) {
        findings.extend(check_source(read, id, place));
    }
    let source_is_there = !matches!(&facts.source, Some(Err(error)) if is_no_such_thing(error));
    if !source_is_there {
        return findings;
    }
    if let (Some(read), Some(time), Some(id)) = (&facts.intervals, asked.restore_time, &asked.source) {
        findings.extend(times::check(read, time, &format!("DDM instance {id}"), MAKES));
    }
    findings.extend(check_target(facts, asked, place));
    // What the service says about data nodes depends on the moment and on the target.
    if !crate::operations::checks::is_broken(&findings) {
        findings.extend(check_nodes(facts, asked));
    }
    findings
}

/// Whether the instance is usable now; unknown words are "in progress" (DDM API, status description).
pub fn readiness(instance: &Instance) -> Readiness {
    match instance.status.as_deref().unwrap_or_default() {
        "" => Readiness::Unclear("the service tells no status of the instance".to_owned()),
        "RUNNING" => Readiness::Ready,
        status @ ("ERROR" | "CREATEFAILED" | "FROZEN" | "DELETED" | "FREEZING_FAILED" | "UNFREEZING_FAILED"
        | "RESIZE_ROLL_FAILED" | "data_disk_full") => {
            let why = instance.error_msg.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            Readiness::Broken(format!("its status is {status}{why}, which does not pass by itself"))
        }
        other => Readiness::Busy(format!("status {other}")),
    }
}

fn check_source(read: &Read<Instance>, id: &str, place: &Place) -> Vec<Finding> {
    let what = format!("DDM instance {id}");
    let instance = match read {
        Ok(instance) => instance,
        Err(error) if is_no_such_thing(error) => {
            return vec![no_such_thing("source_instance_id", &what, place, error)];
        }
        Err(error) => {
            return vec![Finding::unread(format!("whether the source {what} exists, and its version"), error)];
        }
    };
    let mut findings = Vec::new();
    if let Readiness::Broken(why) | Readiness::Busy(why) | Readiness::Occupied(why) | Readiness::Unclear(why) =
        readiness(instance)
    {
        findings.push(Finding::unchecked(
            format!("whether the source {what} can be recovered now"),
            format!("{why}, and no document says which status the source needs"),
        ));
    }
    findings.extend(check_version(instance, id, "source_instance_id", SOURCE_VERSION));
    findings
}

fn check_version(instance: &Instance, id: &str, attribute: &'static str, least: &str) -> Vec<Finding> {
    let Some(version) = instance.engine_version.as_deref() else { return Vec::new() };
    if is_older(version, least) != Some(true) {
        return Vec::new();
    }
    vec![Finding::broken(
        attribute,
        format!("DDM instance {} has too old an engine", named(instance.name.as_deref(), id)),
        format!(
            "Its engine version is {version}; as {} it needs {least} or later.",
            if least == TARGET_VERSION { "target" } else { "source" }
        ),
    )]
}

/// Whether a dotted version comes before another; `None` when either is no such version.
fn is_older(version: &str, than: &str) -> Option<bool> {
    let parts = |text: &str| -> Option<Vec<u32>> { text.trim().split('.').map(|part| part.parse().ok()).collect() };
    Some(parts(version)? < parts(than)?)
}

fn check_target(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let (Some(id), Some(read)) = (&asked.target, &facts.target) else { return Vec::new() };
    let what = format!("DDM instance {id}");
    let mut findings = Vec::new();
    let mut busy = false;
    match read {
        Err(error) if is_no_such_thing(error) => return vec![no_such_thing("target_instance_id", &what, place, error)],
        Err(error) => findings.push(Finding::unread(format!("the status and version of the target {what}"), error)),
        Ok(instance) => {
            findings.extend(check_version(instance, id, "target_instance_id", TARGET_VERSION));
            match readiness(instance) {
                Readiness::Ready => {}
                Readiness::Unclear(why) => {
                    findings.push(Finding::unchecked(format!("whether the target {what} can be restored to"), why));
                }
                Readiness::Busy(why) | Readiness::Occupied(why) => {
                    busy = true;
                    findings.push(target_busy(&named(instance.name.as_deref(), id), &why));
                }
                Readiness::Broken(why) => {
                    findings.push(Finding::broken(
                        "target_instance_id",
                        format!("DDM instance {} cannot be restored to", named(instance.name.as_deref(), id)),
                        format!(
                            "{}. What passes is a RUNNING instance without data nodes, schemas and accounts.",
                            capitalised(&why)
                        ),
                    ));
                    return findings;
                }
            }
        }
    }
    if !busy && let Some(offered) = &facts.targets {
        findings.extend(check_offered(offered, id, asked.source.as_deref().unwrap_or_default()));
    }
    findings
}

/// What the service itself says about the target.
fn check_offered(offered: &Read<Vec<TargetInstance>>, id: &str, source: &str) -> Vec<Finding> {
    let offered = match offered {
        Ok(offered) => offered,
        Err(error) => {
            return vec![Finding::unread(format!("whether the service offers DDM instance {id} as a target"), error)];
        }
    };
    let Some(target) = offered.iter().find(|target| is_id(target.instance_id.as_deref(), id)) else {
        return vec![Finding::broken(
            "target_instance_id",
            format!("DDM instance {id} is not offered as a target for {source}"),
            format!(
                "The service lists {} with a word on whether {source} could be restored to it, and this is not among them. What passes is an \
                 instance of the same region without data nodes, schemas and accounts.{}",
                counted(offered.len(), "instance"),
                available(offered)
            ),
        )];
    };
    let what = named(target.instance_name.as_deref(), id);
    let reason = target.unavailable_reason.as_deref().unwrap_or("(no reason given)");
    match target.available {
        Some(true) => Vec::new(),
        Some(false) if speaks_of_work(reason) => vec![target_busy(&what, &format!("the service says: {reason}"))],
        Some(false) => vec![Finding::broken(
            "target_instance_id",
            format!("DDM instance {what} cannot be restored to"),
            format!(
                "The service says: {reason}\n\nWhat passes is a RUNNING instance without data nodes, schemas and accounts.{}",
                available(offered)
            ),
        )],
        None => vec![Finding::unchecked(
            format!("whether DDM instance {id} can be restored to"),
            "the service lists it without saying whether it is available",
        )],
    }
}

fn available(offered: &[TargetInstance]) -> String {
    let names: Vec<String> = offered
        .iter()
        .filter(|target| target.available == Some(true))
        .take(5)
        .map(|target| named(target.instance_name.as_deref(), target.instance_id.as_deref().unwrap_or("?")))
        .collect();
    if names.is_empty() { " It offers none now.".to_owned() } else { format!(" Available now: {}.", names.join(", ")) }
}

fn target_busy(what: &str, why: &str) -> Finding {
    Finding::target_busy(
        "target_instance_id",
        format!("DDM instance {what} is busy ({why})"),
        "It can be restored to once it is RUNNING and nothing else runs on it. That passes by itself: apply waits for it, within timeouts.create.",
    )
}

/// Whether a reason means that something is under way. The texts are not documented, their causes are: one of them is
/// that another action runs.
pub fn speaks_of_work(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    [
        "another operation",
        "another action",
        "another task",
        "being performed",
        "in progress",
        "being restored",
        "being backed up",
    ]
    .iter()
    .any(|sign| reason.contains(sign))
}

#[cfg(test)]
mod tests;
