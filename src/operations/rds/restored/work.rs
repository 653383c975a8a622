//! One restore to a new instance, bound to its place.

use std::sync::OnceLock;

use async_trait::async_trait;
use cloud::dbs;
use cloud::rds::{self, SERVICE};
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::{Blocked, Effect, Freshness, Readiness, Record, Results, Sent, Work};

use super::{Rds, Wanted, checks, task};
use crate::operations::checks::{self as preflight, Place};
use crate::operations::common;
use crate::operations::databases::checks::Facts;
use crate::operations::databases::restore::{no_one_point, restore_point};
use crate::operations::databases::{Product, moment};

pub(super) struct RestoredWork {
    scope: Scope,
    wanted: Wanted,
    checks: bool,
    /// The task, once the request is answered or the state tells it.
    job: OnceLock<String>,
}

impl RestoredWork {
    pub(super) fn new(scope: &Scope, wanted: Wanted, job: Option<String>, checks: bool) -> RestoredWork {
        let known = OnceLock::new();
        if let Some(job) = job {
            // A new lock is empty: this cannot fail.
            let _ = known.set(job);
        }
        RestoredWork { scope: scope.clone(), wanted, checks, job: known }
    }

    fn source(&self) -> &str {
        self.wanted.asked.source.as_deref().unwrap_or_default()
    }

    fn name(&self) -> &str {
        &self.wanted.new.name
    }
}

#[async_trait]
impl Work for RestoredWork {
    fn effect(&self) -> Effect {
        Effect::Builds
    }

    fn target(&self) -> String {
        format!("RDS instance {} to the new instance {:?}", self.source(), self.name())
    }

    /// Two of one name run one after the other: what a lost request has made is then told from the other's.
    fn lane(&self) -> String {
        format!("rds/{}/new/{}", self.scope.project_id, self.name())
    }

    fn record_place(&self) -> String {
        format!("the RDS instances with the name {:?}", self.name())
    }

    async fn prepare(&mut self, lists: &Lists) -> Result<Results, Blocked> {
        if self.wanted.new.point.is_none() {
            return Err(no_one_point());
        }
        if !self.checks {
            return Ok(moment::restore_point(self.wanted.asked.time));
        }
        let facts = Facts::read::<Rds>(lists, &self.scope, &self.wanted.asked, Freshness::Now).await;
        if let Some(error) = facts.failures().find(|error| error.is_transient()) {
            return Err(Blocked::Unreadable(error.clone()));
        }
        let findings = checks::check(&facts, &self.wanted, &Place::from(&self.scope));
        match preflight::refusal(&findings, self.effect().overwrites()) {
            Some(refusal) => Err(refusal),
            None => Ok(restore_point(&facts, &self.wanted.asked)),
        }
    }

    async fn records(&self, lists: &Lists, freshness: Freshness) -> Result<Vec<Record>, Error> {
        let key = format!("rds/{}/{}/named/{}", self.scope.region, self.scope.project_id, self.name());
        let listed = lists.get(&key, freshness, rds::instances_named(&self.scope, self.name())).await?;
        let record = |instance: &dbs::Instance| task::record(instance.id.as_deref()?, Some(instance), None);
        Ok(listed.iter().filter_map(record).collect())
    }

    /// A name alone may be somebody else's: the network and the storage tell, where the list has them.
    fn started(&self, record: &Record) -> bool {
        let new = &self.wanted.new;
        let fits = |mark: &str, own: &str| record.marks.get(mark).is_none_or(|told| tf::same_id(told, own));
        self.is_same(record)
            && fits("vpc", &new.vpc_id)
            && fits("subnet", &new.subnet_id)
            && fits("size", &new.volume_size.to_string())
    }

    fn blind_spot(&self) -> &'static str {
        " The list tells neither the source nor the moment of the data: make sure that it is the instance you mean."
    }

    fn is_same(&self, record: &Record) -> bool {
        record.mark("name") == self.name()
    }

    async fn send(&self) -> Result<Sent, Error> {
        let started = rds::create_instance(&self.scope, &self.wanted.new).await?;
        if let Some(job) = started.job {
            // A request is sent a second time only if the first one started nothing.
            let _ = self.job.set(job);
        }
        Ok(Sent::Id(started.id))
    }

    async fn look(&self, _lists: &Lists, operation: &str, _freshness: Freshness) -> Result<Option<Record>, Error> {
        let instance = match dbs::instance(&self.scope, SERVICE, operation).await {
            Ok(instance) => Some(instance),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let job = task::find(&self.scope, operation, self.job.get().map(String::as_str)).await?;
        let mut record = task::record(operation, instance.as_ref(), job.as_ref());
        if let (Some(record), Some(job)) = (&mut record, self.job.get()) {
            record.results.insert("job_id", job.as_str().into());
        }
        Ok(record)
    }

    async fn settled(&self, _lists: &Lists, record: &Record) -> Result<Readiness, Error> {
        let read = dbs::instance(&self.scope, SERVICE, &record.operation).await;
        common::unless_forbidden(read.map(|instance| Rds::usable(&instance)))
    }

    /// The source is all that could show the work. A backup needs no source, and a broken one is a reason to restore.
    async fn ready(&self, _lists: &Lists) -> Result<Readiness, Error> {
        match dbs::instance(&self.scope, SERVICE, self.source()).await {
            Ok(source) => Ok(match Rds::readiness(&source) {
                busy @ (Readiness::Busy(_) | Readiness::Occupied(_)) => busy,
                Readiness::Ready | Readiness::Broken(_) | Readiness::Unclear(_) => Readiness::Ready,
            }),
            Err(error) if error.is_not_found() => Ok(Readiness::Ready),
            Err(error) => Err(error),
        }
    }

    fn consequence(&self) -> String {
        "Nothing was overwritten, and the source is as it was. What there is of the new instance may go on costing: look for it in the console."
            .to_owned()
    }
}
