//! `recovery_ddm_restore`: recovers a DDM instance into another one as of a moment (API v3, "Restoring Data to a New
//! Instance").

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::ddm::{self, DataNodeRelation, Job, NewRecovery};
use cloud::{Error, Scope};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Mode, NestedBlock, Nesting, Type, Value};

use super::checks::{self, Asked};
use crate::operations::checks::{self as preflight, Place, Weight, Written};
use crate::operations::common::{self, is_id, required, string_map, string_or_null};
use crate::operations::databases::moment::{self, check_restore_time, restore_time};
use crate::operations::databases::tasks::{self, Ends};
use crate::operations::{Definition, Found, IdParts, Operation, Pairs};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Work};

/// The operation.
pub struct DdmRestore;

/// Which source data node goes to which target data node.
const PAIRS: Pairs =
    Pairs { block: "data_node_relation", from: "source_instance_id", to: "target_instance_id", sent: "node_pairs" };

/// The task name of a restoration (DDM API, status description).
const TASK: &str = "RestoreInstance";

#[async_trait]
impl Operation for DdmRestore {
    fn name(&self) -> &'static str {
        "recovery_ddm_restore"
    }

    fn definition(&self) -> Definition {
        Definition {
            description: "Recovers a DDM instance, with its data nodes, into another DDM instance as of a moment, once, and keeps the ID of the task. \
             Everything on the target and on its data nodes is overwritten. Destroying the resource undoes nothing.",
            arguments: vec![
                Attribute::required("source_instance_id", "The DDM instance whose data is recovered.")
                    .replaces()
                    .check(tf::validate::check_path_part),
                Attribute::required(
                    "restore_time",
                    "The moment that the data goes back to, in whole milliseconds since 1970-01-01 UTC.",
                )
                .of(Type::Number)
                .replaces()
                .check(check_restore_time),
                Attribute::required(
                    "target_instance_id",
                    "The DDM instance that is overwritten: a new one, or one without schemas and accounts.",
                )
                .replaces()
                .check(tf::validate::check_path_part),
            ],
            results: vec![
                Attribute::computed("job_id", "The service's ID of the task."),
                Attribute::new(
                    "node_pairs",
                    Type::map(Type::String),
                    Mode::Computed,
                    "Which source data node goes to which target data node, as it is sent.",
                ),
                Attribute::computed("restore_point", "`restore_time` as RFC 3339 in UTC."),
                common::progress(),
                Attribute::computed("created_at", "When the task began, RFC 3339."),
                Attribute::computed("ended_at", "When the task ended, RFC 3339."),
                Attribute::computed("fail_reason", "The service's words if the task failed."),
            ],
            blocks: vec![NestedBlock {
                name: "data_node_relation",
                nesting: Nesting::Set,
                block: Block {
                    description: "Which data node of the source goes to which data node of the target: one block for each source node. Without \
                                  any, fresh nodes that are alike are paired in the order of their names. Their order means nothing.",
                    attributes: vec![
                        Attribute::required("source_instance_id", "A data node of the source, as of `restore_time`.")
                            .check(tf::validate::check_path_part),
                        Attribute::required("target_instance_id", "The data node that is overwritten.")
                            .check(tf::validate::check_path_part),
                    ],
                    blocks: Vec::new(),
                },
                min_items: 0,
                max_items: 0,
                replaces: true,
            }],
        }
    }

    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn id(&self) -> &'static IdParts {
        &IdParts { parent: "source_instance_id", operation: "job_id", lasting: false }
    }

    fn verdict(&self, status: &str) -> Progress {
        tasks::verdict(status, None)
    }

    fn pairs(&self) -> Option<&'static Pairs> {
        Some(&PAIRS)
    }

    fn planned_results(&self) -> &'static [&'static str] {
        &["restore_point", "node_pairs"]
    }

    /// Derived pairs: data nodes that are fit to receive something, which they are not meanwhile.
    fn results_of_an_idle_target(&self) -> &'static [&'static str] {
        &["node_pairs"]
    }

    fn overwrites(&self, body: &Value) -> Option<String> {
        let (source, target) = (body.get("source_instance_id").as_str()?, body.get("target_instance_id").as_str()?);
        let moment = cloud::time::from_millis(restore_time(body)?).map(cloud::time::rfc3339)?;
        Some(format!("DDM instance {target} with DDM instance {source} as of {moment}"))
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let (source, target) = (config.get("source_instance_id"), config.get("target_instance_id"));
        if source == target && source.as_str().is_some() {
            diagnostics.push(
                Diagnostic::error(
                    "Source and target are the same instance",
                    "The target must be a new DDM instance, or one without data nodes, schemas and accounts.",
                )
                .at("target_instance_id"),
            );
        }
        check_relations(config, &mut diagnostics);
        diagnostics
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        Box::new(RestoreWork {
            scope: scope.clone(),
            checks,
            source: required(body, "source_instance_id"),
            target: required(body, "target_instance_id"),
            restore_time: restore_time(body).unwrap_or_default(),
            pairs: PAIRS.known(body),
        })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let (asked, place) = (Asked::of(body), Place::from(scope));
        let lists = &runtime.engine.lists;
        let read = |freshness| checks::Facts::read(lists, scope, &asked, freshness);
        let (facts, findings) = preflight::judged(read, |facts| checks::check(facts, &asked, &place)).await;
        let pairs = planned_pairs(&facts, &asked);
        let mut known = moment::restore_point(restore_time(body));
        let mut open: &[&str] = &[];
        match &pairs {
            Some(pairs) => {
                known.insert("node_pairs", string_map(pairs));
            }
            None if asked.relations == Written::Nothing && facts.failures().next().is_some() => open = &["node_pairs"],
            None => {}
        }
        let target = asked.target.as_deref().unwrap_or("not known yet");
        let mut diagnostics =
            preflight::plan_diagnostics(&findings, &format!("restore of DDM instance {target}"), open);
        if !diagnostics.has_error() {
            diagnostics.push(checks::overwrite_warning(&facts, &asked, pairs.as_ref(), &place, cloud::time::now()));
        }
        (known, diagnostics)
    }

    async fn find(&self, _lists: &Lists, scope: &Scope, source: &str, job_id: &str) -> Result<Found, Diagnostics> {
        let job = match ddm::job(scope, job_id).await {
            Ok(job) => job,
            Err(error) if error.is_not_found() => {
                return Err(Diagnostic::error(
                    "No record of this restore is left",
                    format!(
                        "The service does not know task {job_id}. It keeps tasks for about 30 days; a restore older than that cannot be \
                         imported, and need not be: nothing about it can change any more.\n\n{}",
                        report::facts_of(&error)
                    ),
                )
                .into());
            }
            Err(error) => return Err(report::call_failed(format!("Task {job_id} could not be read"), &error).into()),
        };
        if job.name.as_deref() != Some(TASK) {
            return Err(Diagnostic::error(
                "Not a restore",
                format!("Task {job_id} is a {:?}, not a {TASK}.", job.name.as_deref().unwrap_or("(no name)")),
            )
            .into());
        }
        // The task names one instance; no document says whether source or target. Only the other one can be the target.
        let target = job.instance_id().filter(|instance| !tf::same_id(instance, source));
        let body = Results::from([("target_instance_id", string_or_null(target))]);
        let unlearned = &["restore_time", "target_instance_id", "data_node_relation"];
        Ok(Found { record: tasks::record(&job), body, unlearned })
    }
}

fn check_relations(config: &Value, diagnostics: &mut Diagnostics) {
    let Value::List(blocks) = config.get("data_node_relation") else { return };
    for (name, what) in [("source_instance_id", "source"), ("target_instance_id", "target")] {
        let mut seen = BTreeSet::new();
        for value in blocks.iter().filter_map(|block| block.get(name).as_str()) {
            if !seen.insert(value) {
                diagnostics.push(
                    Diagnostic::error(
                        format!("A {what} data node appears twice"),
                        format!("{value}: source and target data nodes are paired one to one."),
                    )
                    .at("data_node_relation"),
                );
            }
        }
    }
}

/// The pairs that will be sent, as far as a plan knows them: written out, or derived.
fn planned_pairs(facts: &checks::Facts, asked: &Asked) -> Option<BTreeMap<String, String>> {
    match &asked.relations {
        Written::Nothing => checks::derive(facts, asked).ok(),
        written => written.known(),
    }
}

struct RestoreWork {
    scope: Scope,
    checks: bool,
    source: String,
    target: String,
    restore_time: i64,
    /// Written out, or derived by `prepare`.
    pairs: Option<BTreeMap<String, String>>,
}

impl RestoreWork {
    async fn jobs(&self, lists: &Lists, freshness: Freshness) -> Result<Arc<Vec<Job>>, Error> {
        let key = format!("ddm/{}/{}/jobs", self.scope.region, self.scope.project_id);
        let (since, until) = tasks::window();
        lists.get(&key, freshness, ddm::list_jobs(&self.scope, since, until)).await
    }

    fn ends(&self) -> Ends<'_> {
        Ends { source: &self.source, target: &self.target }
    }

    async fn target_readiness(&self) -> Result<Readiness, Error> {
        Ok(match checks::readiness(&ddm::instance(&self.scope, &self.target).await?) {
            Readiness::Broken(why) => Readiness::Broken(format!("DDM instance {}: {why}", self.target)),
            other => other,
        })
    }

    fn asked(&self) -> Asked {
        Asked {
            source: Some(self.source.clone()),
            target: Some(self.target.clone()),
            restore_time: Some(self.restore_time),
            relations: self.pairs.as_ref().map_or(Written::Nothing, Written::from),
        }
    }

    /// What stands against the restore now.
    fn refusal(&self, facts: &checks::Facts, asked: &Asked) -> Option<Blocked> {
        if let Some(error) = facts.failures().find(|error| error.is_transient()) {
            return Some(Blocked::Unreadable(error.clone()));
        }
        preflight::refusal(&checks::check(facts, asked, &Place::from(&self.scope)), self.effect().overwrites())
    }

    /// The pairs of nodes that are alike. Without this there is nothing to send, with and without checks.
    fn derive(&self, facts: &checks::Facts, asked: &Asked) -> Result<BTreeMap<String, String>, Blocked> {
        // While something runs on the target, no data node counts as free. Only other work than this restore can be
        // met here: a running twin was looked for when this was planned.
        if facts.target_is_busy() {
            return Err(Blocked::Later(format!("{} is busy", self.target())));
        }
        checks::derive(facts, asked).map_err(|finding| match (finding.weight, facts.failures().next()) {
            (Weight::Unchecked, Some(error)) => Blocked::Unreadable(error.clone()),
            _ => preflight::refusal(&[*finding], true)
                .unwrap_or(Blocked::Later("the data nodes are not known yet".to_owned())),
        })
    }
}

#[async_trait]
impl Work for RestoreWork {
    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn target(&self) -> String {
        format!("DDM instance {}", self.target)
    }

    fn lane(&self) -> String {
        // By source: the records may name the source only, and two restores of one source could not be told apart.
        format!("ddm/{}/{}", self.scope.project_id, self.source)
    }

    fn record_place(&self) -> String {
        format!("the {TASK} tasks of DDM instances {} and {} in the task list", self.source, self.target)
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        if self.checks || self.pairs.is_none() {
            let asked = self.asked();
            let facts = checks::Facts::read(lists, &self.scope, &asked, Freshness::Now).await;
            // A busy target does not end the preparation (`refusal` knows): what runs may be the restore to join.
            if self.checks
                && let Some(refusal) = self.refusal(&facts, &asked)
            {
                return Err(refusal);
            }
            if self.pairs.is_none() {
                self.pairs = Some(self.derive(&facts, &asked)?);
            }
        }
        let mut facts = Results::from([("node_pairs", string_map(&self.pairs.clone().unwrap_or_default()))]);
        facts.extend(moment::restore_point(Some(self.restore_time)));
        Ok(facts)
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let jobs = self.jobs(lists, freshness).await?;
        let ends = self.ends();
        let mut records: Vec<Record> = jobs.iter().map(tasks::record).collect();
        records.retain(|record| record.mark("name") == TASK && ends.concern(record));
        // A task that names the source could be about another target: the target's own state tells.
        if records.iter().any(|record| ends.is_open(record)) {
            let target = ddm::instance(&self.scope, &self.target).await?;
            ends.mark(&mut records, target.status.as_deref() == Some("RESTORE"));
        }
        Ok(records)
    }

    fn started(&self, _record: &Record) -> bool {
        // The records are those of source and target alone, and nothing else tells one task from another. The target's
        // state must not decide here: it changes while the task runs.
        true
    }

    fn blind_spot(&self) -> &'static str {
        " The task list tells neither the moment nor the pairs of data nodes, and only one of the two instances: make sure \
         that it is the restore you mean."
    }

    fn is_same(&self, record: &Record) -> bool {
        self.ends().is_same(record)
    }

    async fn send(&self) -> Result<Sent, Error> {
        let new = NewRecovery {
            restore_time: self.restore_time,
            target_instance_id: self.target.clone(),
            data_node_relations: self
                .pairs
                .iter()
                .flatten()
                .map(|(source, target)| DataNodeRelation {
                    source_instance_id: source.clone(),
                    target_instance_id: target.clone(),
                })
                .collect(),
        };
        ddm::recover(&self.scope, &self.source, &new).await.map(Sent::Id)
    }

    async fn look(&self, _lists: &Lists, operation: &str, _freshness: Freshness) -> Result<Option<Record>, Error> {
        match ddm::job(&self.scope, operation).await {
            Ok(job) => Ok(Some(tasks::record(&job))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn explain(&self, failed: &mut Record) {
        let Ok(jobs) = self.jobs(&Lists::default(), Freshness::Now).await else { return };
        let Some(job) = jobs.iter().find(|job| is_id(job.id.as_deref(), failed.operation.as_str())) else { return };
        if job.fail_reason.is_some() {
            let status = failed.status.clone();
            failed.progress = tasks::verdict(&status, job.fail_reason.as_deref());
            failed.results.insert("fail_reason", string_or_null(job.fail_reason.as_deref()));
        }
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        common::unless_forbidden(self.target_readiness().await)
    }

    async fn ready(&self, lists: &Lists) -> Result<Readiness, Error> {
        let readiness = self.target_readiness().await?;
        let Readiness::Busy(why) = readiness else { return Ok(readiness) };
        let jobs = self.jobs(lists, Freshness::Now).await?;
        let other = jobs.iter().map(tasks::record).find(|job| {
            job.mark("name") != TASK && tf::same_id(job.mark("instance"), &self.target) && !job.progress.is_over()
        });
        Ok(match other {
            Some(job) => {
                Readiness::Occupied(format!("{why}: task {} ({}) runs on it", job.operation, job.mark("name")))
            }
            None => Readiness::Busy(why),
        })
    }

    async fn surroundings(&self, lists: &Lists) -> Result<Readiness, Error> {
        // 300323 speaks of data nodes (facts/ddm.md 4.1).
        let asked = self.asked();
        let facts = checks::Facts::read(lists, &self.scope, &asked, Freshness::Now).await;
        Ok(preflight::readiness(&checks::check(&facts, &asked, &Place::from(&self.scope))))
    }

    fn consequence(&self) -> String {
        format!(
            "What DDM instance {} and its data nodes hold now is not certain. The source {} is not touched. Empty the target or make a new \
             one before the next attempt: the service takes only targets without schemas and accounts.",
            self.target, self.source
        )
    }
}
