//! A restore onto a database instance that exists, for every service that has it.

use std::marker::PhantomData;
use std::time::Duration;

use async_trait::async_trait;
use cloud::dbs::{self, Instance};
use cloud::{Error, Scope};
use tf::{Attribute, Diagnostic, Diagnostics, Value};

use super::tasks::{self, Ends};
use super::{Asked, Order, Point, Product, Reader, called, checks, lane, moment};
use crate::operations::checks::{self as preflight, Place};
use crate::operations::common::{self, is_id};
use crate::operations::{Definition, Found, IdParts, Operation};
use crate::report;
use crate::runtime::Runtime;
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Progress, Readiness, Record, Results, Sent, Silence, Work};

/// The operation, for a service.
pub struct DatabaseRestore<P>(pub PhantomData<P>);

#[async_trait]
impl<P: Product> Operation for DatabaseRestore<P> {
    fn name(&self) -> &'static str {
        P::RESTORE.resource
    }

    fn definition(&self) -> Definition {
        Definition {
            description: P::RESTORE.description,
            arguments: (P::RESTORE.arguments)(),
            results: vec![
                Attribute::computed("job_id", "The service's ID of the task."),
                Attribute::computed(
                    "restore_point",
                    "The moment that the data goes back to, RFC 3339 in UTC: `restore_time`, or the beginning of the backup.",
                ),
                common::progress(),
                Attribute::computed("created_at", "When the task began, RFC 3339."),
                Attribute::computed("ended_at", "When the task ended, RFC 3339."),
                Attribute::computed("fail_reason", "The service's words if the task failed."),
            ],
            blocks: Vec::new(),
        }
    }

    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn id(&self) -> &'static IdParts {
        P::RESTORE.id
    }

    fn verdict(&self, status: &str) -> Progress {
        tasks::verdict(status, None)
    }

    fn planned_results(&self) -> &'static [&'static str] {
        &["restore_point"]
    }

    fn overwrites(&self, body: &Value) -> Option<String> {
        let order = P::asked(body).order()?;
        let from = match &order.point {
            Point::Backup(backup) => format!("backup {backup}"),
            Point::Time(time) => cloud::time::rfc3339(cloud::time::from_millis(*time)?),
        };
        let (target, source) = (called::<P>(&order.target), called::<P>(&order.source));
        let databases: Vec<&str> = order.names.keys().map(String::as_str).collect();
        let what = if databases.is_empty() { String::new() } else { format!(", databases {}", databases.join(", ")) };
        Some(format!("{target} with {source} as of {from}{what}"))
    }

    fn default_timeout(&self) -> Duration {
        Duration::from_secs(12 * 60 * 60)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        check_one_point(config)
    }

    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work> {
        let asked = P::asked(body);
        Box::new(RestoreWork::<P> { scope: scope.clone(), checks, asked, target: None, product: PhantomData })
    }

    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Results, Diagnostics) {
        let (asked, place) = (P::asked(body), Place::from(scope));
        let lists = &runtime.engine.lists;
        let read = |freshness| checks::Facts::read::<P>(lists, scope, &asked, freshness);
        let (facts, findings) = preflight::judged(read, |facts| checks::check::<P>(facts, &asked, &place)).await;
        let known = restore_point(&facts, &asked);
        let open: &[&str] = if known.is_empty() && asked.backup.is_some() { &["restore_point"] } else { &[] };
        let target = called::<P>(asked.target.as_deref().unwrap_or("not known yet"));
        let mut diagnostics = preflight::plan_diagnostics(&findings, &format!("restore of {target}"), open);
        if !diagnostics.has_error() {
            diagnostics.push(checks::overwrite_warning::<P>(&facts, &asked, &place, cloud::time::now()));
        }
        (known, diagnostics)
    }

    async fn find(&self, lists: &Lists, scope: &Scope, target: &str, job_id: &str) -> Result<Found, Diagnostics> {
        let record = match look::<P>(scope, lists, target, job_id).await {
            Ok(Some(record)) => record,
            Ok(None) => {
                return Err(Diagnostic::error(
                    "No record of this restore is left",
                    format!(
                        "The service does not know task {job_id}. It keeps tasks for about a month; a restore older than that cannot be imported, \
                         and need not be: nothing about it can change any more."
                    ),
                )
                .into());
            }
            Err(error) => return Err(report::call_failed(format!("Task {job_id} could not be read"), &error).into()),
        };
        let name = record.mark("name");
        if !P::is_restore(name) {
            let named = if name.is_empty() { "(no name)" } else { name };
            let detail = format!("Task {job_id} is a {named:?}, which does not restore onto an existing instance.");
            return Err(Diagnostic::error("Not a restore", detail).into());
        }
        Ok(Found { record, body: Results::new(), unlearned: P::RESTORE.unlearned })
    }
}

/// Check across arguments: exactly one of `backup_id` and `restore_time`.
pub fn check_one_point(config: &Value) -> Diagnostics {
    let (backup, time) = (config.get("backup_id"), config.get("restore_time"));
    let problem = match (backup.is_null(), time.is_null()) {
        (true, true) => "One of backup_id and restore_time has to say what the instance goes back to; neither does.",
        (false, false) if !backup.is_unknown() && !time.is_unknown() => {
            "Only one of backup_id and restore_time can say what the instance goes back to; both do."
        }
        _ => return Diagnostics::new(),
    };
    Diagnostic::error("A restore needs one of backup_id and restore_time", problem).at("backup_id").into()
}

/// Why a restore without exactly one point must not be sent.
pub fn no_one_point() -> Blocked {
    let diagnostic = Diagnostic::error(
        "A restore needs one of backup_id and restore_time",
        "Exactly one of them has to be known by now; the configuration gives both or neither. Nothing was sent.",
    );
    Blocked::Final(Box::new(diagnostic.at("backup_id")))
}

/// The result that a plan may already show.
pub fn restore_point(facts: &checks::Facts, asked: &Asked) -> Results {
    let begun = facts.backup(asked).and_then(|backup| backup.begin_time.as_deref()).and_then(cloud::time::parse);
    moment::restore_point(asked.time.or_else(|| begun.map(cloud::time::millis)))
}

/// A task by its id. Whether a restore is found in this way is not documented everywhere: where it is not, the list may have it.
async fn look<P: Product>(scope: &Scope, lists: &Lists, target: &str, job_id: &str) -> Result<Option<Record>, Error> {
    match dbs::job(scope, P::SERVICE, job_id).await {
        Ok(job) => return Ok(Some(tasks::record(&job))),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    let records = P::restores(scope, lists, &[target], Freshness::Within(Duration::from_millis(200))).await?;
    Ok(records.into_iter().find(|record| is_id(Some(&record.operation), job_id)))
}

struct RestoreWork<P> {
    scope: Scope,
    checks: bool,
    asked: Asked,
    /// Read by `prepare`: what is sent depends on its engine.
    target: Option<Instance>,
    product: PhantomData<P>,
}

impl<P: Product> RestoreWork<P> {
    fn ends(&self) -> Ends<'_> {
        let (source, target) = (self.asked.source.as_deref(), self.asked.target.as_deref());
        Ends { source: source.unwrap_or_default(), target: target.unwrap_or_default() }
    }

    async fn instance(&self) -> Result<Instance, Error> {
        dbs::instance(&self.scope, P::SERVICE, self.ends().target).await
    }

    fn named(&self, readiness: Readiness) -> Readiness {
        match readiness {
            Readiness::Broken(why) => Readiness::Broken(format!("{}: {why}", self.target())),
            other => other,
        }
    }

    /// The order, or the error of one that is incomplete.
    fn order(&self) -> Result<Order, Blocked> {
        self.asked.order().ok_or_else(no_one_point)
    }

    /// Whether a record is of another backup or moment than this one, by what the service tells of it.
    fn differs(&self, record: &Record) -> bool {
        let other = |mark: &str, own: Option<&str>| {
            record.marks.get(mark).is_some_and(|told| !own.is_some_and(|own| tf::same_id(told, own)))
        };
        let time = self.asked.time.map(|time| time.to_string());
        other("source", self.asked.source.as_deref())
            || other("backup", self.asked.backup.as_deref())
            || other("time", time.as_deref())
    }
}

#[async_trait]
impl<P: Product> Work for RestoreWork<P> {
    fn effect(&self) -> Effect {
        Effect::Overwrites
    }

    fn target(&self) -> String {
        called::<P>(self.ends().target)
    }

    fn lane(&self) -> String {
        lane::<P>(&self.scope, self.ends().target)
    }

    fn record_place(&self) -> String {
        format!("the restore tasks of {} in the task list", self.target())
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        self.order()?;
        if !self.checks {
            let reader = Reader { lists, scope: &self.scope, freshness: Freshness::Now };
            let target = reader.instance::<P>(self.ends().target).await.map_err(Blocked::Unreadable)?;
            self.target = Some((*target).clone());
            return Ok(moment::restore_point(self.asked.time));
        }
        let facts = checks::Facts::read::<P>(lists, &self.scope, &self.asked, Freshness::Now).await;
        if let Some(error) = facts.failures().find(|error| error.is_transient()) {
            return Err(Blocked::Unreadable(error.clone()));
        }
        let findings = checks::check::<P>(&facts, &self.asked, &Place::from(&self.scope));
        if let Some(refusal) = preflight::refusal(&findings, self.effect().overwrites()) {
            return Err(refusal);
        }
        match facts.target.as_ref() {
            Some(Ok(target)) => self.target = Some((**target).clone()),
            Some(Err(error)) => return Err(Blocked::Unreadable(error.clone())),
            None => {}
        }
        Ok(restore_point(&facts, &self.asked))
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let ends = self.ends();
        let instances = if ends.source == ends.target { vec![ends.target] } else { vec![ends.target, ends.source] };
        let mut records = P::restores(&self.scope, lists, &instances, freshness).await?;
        records.retain(|record| P::is_restore(record.mark("name")) && ends.concern(record));
        // A task that names the source could be about another target: the target's own state tells.
        if ends.source != ends.target && records.iter().any(|record| ends.is_open(record)) {
            let restoring = P::is_restoring(&self.instance().await?);
            ends.mark(&mut records, restoring);
        }
        Ok(records)
    }

    fn started(&self, record: &Record) -> bool {
        // A task that names the source alone may be about another target: it is no more than similar.
        self.ends().names_target(record) && !self.differs(record)
    }

    fn blind_spot(&self) -> &'static str {
        P::RESTORE.blind_spot
    }

    fn is_same(&self, record: &Record) -> bool {
        self.ends().is_same(record) && !self.differs(record)
    }

    fn occupies(&self, record: &Record) -> bool {
        self.ends().names_target(record)
    }

    async fn send(&self) -> Result<Sent, Error> {
        match (self.asked.order(), &self.target) {
            (Some(order), Some(target)) => P::restore(&self.scope, &order, target).await.map(Sent::Id),
            // `prepare` refuses an incomplete order, and nothing is sent without it.
            _ => Err(Error::not_sent("the restore was not prepared")),
        }
    }

    async fn look(&self, lists: &Lists, operation: &str, _freshness: Freshness) -> Result<Option<Record>, Error> {
        look::<P>(&self.scope, lists, self.ends().target, operation).await
    }

    async fn settled(&self, _lists: &Lists, _record: &Record) -> Result<Readiness, Error> {
        common::unless_forbidden(self.instance().await.map(|instance| self.named(P::usable(&instance))))
    }

    async fn ready(&self, lists: &Lists) -> Result<Readiness, Error> {
        let instance = self.instance().await?;
        let readiness = self.named(P::readiness(&instance));
        let Readiness::Busy(why) = readiness else { return Ok(readiness) };
        // Where the instance says that it is restored, the records tell by which task; else a backup that somebody asked for
        // may keep it busy. One that the service makes by itself may be the consequence of this very restore.
        if P::is_restoring(&instance) {
            let records = self.records(lists, Freshness::Now).await?;
            let mut running = records.iter().filter(|record| record.progress == Progress::Running);
            let other = running.find(|record| self.ends().names_target(record) && self.differs(record));
            return Ok(match other {
                Some(other) => Readiness::Occupied(format!("{why}: restore {} runs", other.operation)),
                None => Readiness::Busy(why),
            });
        }
        let backups = dbs::backups(&self.scope, P::SERVICE, self.ends().target).await?;
        let runs = |backup: &&dbs::Backup| backup.is_manual() && backup.status.as_deref() == Some("BUILDING");
        Ok(match backups.iter().find(runs).and_then(|backup| backup.id.as_deref()) {
            Some(backup) => Readiness::Occupied(format!("{why}: backup {backup} is being made")),
            None => Readiness::Busy(why),
        })
    }

    fn silence(&self) -> Silence {
        if P::lists_restores(self.scope.platform()) { Silence::Strict } else { Silence::Mute }
    }

    fn consequence(&self) -> String {
        format!(
            "What {} holds now is not certain. Restore it again, from this or another backup, before it is used; or restore to a new instance.",
            self.target()
        )
    }
}
