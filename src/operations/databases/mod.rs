//! What the database services have in common: RDS and DDS in nearly everything, DDM in its tasks and moments.
//!
//! **Invariants.** Knows no service by name: each of them is a [`Product`] in its own folder, and says there what it calls
//! its things and what its words mean. Backups and restores are written once, here.

pub mod backup;
pub mod backups;
pub mod checks;
pub mod deletion;
pub mod listing;
pub mod moment;
pub mod restore;
pub mod restore_times;
pub mod status;
pub mod tasks;
pub mod times;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::dbs::{self, Backup, Instance, Interval, NewBackup, Point, StartedBackup};
use cloud::{Error, Platform, Scope};
use engine::lists::Lists;
use engine::work::{Freshness, Readiness, Record};
use tf::{Attribute, Value};

use crate::operations::IdParts;
use crate::operations::checks::Finding;
use crate::operations::common::{self, text};

/// The handle of a service, by which its calls are made.
pub type Service = cloud::Service;

/// A database service, as far as it differs from its sisters.
#[async_trait]
pub trait Product: Send + Sync + 'static {
    /// The service.
    const SERVICE: Service;
    /// Its name in messages: `RDS`.
    const NAME: &'static str;
    /// The backup as a resource.
    const BACKUP: BackupNames;
    /// The restore as a resource.
    const RESTORE: RestoreNames;

    /// Arguments of a backup beyond those that all have.
    fn backup_arguments() -> Vec<Attribute>;

    /// What an instance must be besides idle to be backed up; `None` where nothing stands against it.
    fn not_to_be_backed_up(instance: &Instance) -> Option<String>;

    /// Whether the instance can take work now.
    fn readiness(instance: &Instance) -> Readiness;

    /// Whether the instance is usable after a restore: what it does for itself then is no hindrance.
    fn usable(instance: &Instance) -> Readiness;

    /// Whether the instance shows that it is being restored.
    fn is_restoring(instance: &Instance) -> bool;

    /// Asks for a backup, and answers its id and, where the service has one, its task's.
    ///
    /// # Errors
    /// Refused, or of unknown outcome.
    async fn create_backup(scope: &Scope, new: &NewBackup) -> Result<StartedBackup, Error>;

    /// What the body of a restore asks for.
    fn asked(body: &Value) -> Asked;

    /// What stands against a restore by the rules of this service alone.
    fn check_restore(asked: &Asked, facts: &checks::Facts) -> Vec<Finding>;

    /// Starts a restore, and answers the id of the task. What is sent may depend on the engine of the target.
    ///
    /// # Errors
    /// Refused, or of unknown outcome.
    async fn restore(scope: &Scope, order: &Order, target: &Instance) -> Result<String, Error>;

    /// Whether a task of this name overwrites an existing instance.
    fn is_restore(name: &str) -> bool;

    /// Whether the service keeps a list of restores. Without one, silence about a lost request proves nothing.
    fn lists_restores(platform: Platform) -> bool;

    /// The restores on record that name one of these instances. Complete, or an error.
    ///
    /// # Errors
    /// The records could not be read.
    async fn restores(
        scope: &Scope,
        lists: &Lists,
        instances: &[&str],
        freshness: Freshness,
    ) -> Result<Vec<Record>, Error>;
}

/// What a backup is called.
pub struct BackupNames {
    /// What users type.
    pub resource: &'static str,
    /// The look-up that lists them.
    pub lookup: &'static str,
    /// Published text.
    pub description: &'static str,
    /// Whether the answer to the request has a task, which becomes the result `job_id`.
    pub has_job: bool,
    /// What the list of backups may leave out, for an import.
    pub unlearned: &'static [&'static str],
}

/// What a restore is called.
pub struct RestoreNames {
    /// What users type.
    pub resource: &'static str,
    /// The look-up that lists the moments.
    pub times: &'static str,
    /// Published text.
    pub description: &'static str,
    /// The arguments, in the order in which users read them.
    pub arguments: fn() -> Vec<Attribute>,
    /// The argument with the instance that is overwritten.
    pub target: &'static str,
    /// The argument with the instance that the data is from; may be the same.
    pub source: &'static str,
    /// What its `id` is made of.
    pub id: &'static IdParts,
    /// What the record of a restore does not tell, for an import.
    pub unlearned: &'static [&'static str],
    /// What the record leaves open about a restore that looks the same, as a sentence that begins with a space.
    pub blind_spot: &'static str,
}

/// What a restore asks for, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The instance that the data is from.
    pub source: Option<String>,
    /// The instance that is overwritten.
    pub target: Option<String>,
    /// The backup.
    pub backup: Option<String>,
    /// The moment, in epoch milliseconds.
    pub time: Option<i64>,
    /// Which databases, by their names and the names that they get; none: all.
    pub names: Option<BTreeMap<String, String>>,
}

impl Asked {
    /// Reads the arguments that all services have.
    pub fn of(body: &Value, names: &RestoreNames) -> Asked {
        Asked {
            source: text(body, names.source),
            target: text(body, names.target),
            backup: text(body, "backup_id"),
            time: moment::restore_time(body),
            names: common::pairs_of_map(body.get("database_names")),
        }
    }

    /// The order, if everything that it needs is known.
    pub fn order(&self) -> Option<Order> {
        let point = match (&self.backup, self.time) {
            (Some(backup), None) => Point::Backup(backup.clone()),
            (None, Some(time)) => Point::Time(time),
            _ => return None,
        };
        Some(Order {
            source: self.source.clone()?,
            target: self.target.clone()?,
            point,
            names: self.names.clone().unwrap_or_default(),
        })
    }
}

/// What a restore is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The instance that the data is from.
    pub source: String,
    /// The instance that is overwritten.
    pub target: String,
    /// What it goes back to.
    pub point: Point,
    /// Which databases, by their names and the names that they get; empty: all.
    pub names: BTreeMap<String, String>,
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
    /// An instance.
    ///
    /// # Errors
    /// Not found, or not answered.
    pub async fn instance<P: Product>(&self, id: &str) -> Result<Arc<Instance>, Error> {
        let key = key::<P>(self.scope, id, "instance");
        self.lists.get(&key, self.freshness, dbs::instance(self.scope, P::SERVICE, id)).await
    }

    /// All backups of an instance.
    ///
    /// # Errors
    /// Not found, or not answered.
    pub async fn backups<P: Product>(&self, instance: &str) -> Result<Arc<Vec<Backup>>, Error> {
        let key = key::<P>(self.scope, instance, "backups");
        self.lists.get(&key, self.freshness, dbs::backups(self.scope, P::SERVICE, instance)).await
    }

    /// The stretches of time around a moment that an instance can be restored to. The services list them by days, and no
    /// document says in which zone a day is: where the moment is in none of its own day, the days beside it are asked for.
    ///
    /// # Errors
    /// Not found, or not answered.
    pub async fn times_around<P: Product>(&self, instance: &str, time: i64) -> Result<Arc<Vec<Interval>>, Error> {
        const DAY: i64 = 86_400_000;
        let mut found = (*self.times_of::<P>(instance, time).await?).clone();
        if !found.iter().any(|interval| times::holds(interval, time)) {
            for beside in [time - DAY, time + DAY] {
                let more = self.times_of::<P>(instance, beside).await?;
                found.extend(more.iter().filter(|interval| !found.contains(interval)).cloned().collect::<Vec<_>>());
            }
        }
        Ok(Arc::new(found))
    }

    /// The stretches of time of the day (UTC) that a moment is in.
    ///
    /// # Errors
    /// Not found, or not answered.
    pub async fn times_of<P: Product>(&self, instance: &str, time: i64) -> Result<Arc<Vec<Interval>>, Error> {
        let date = cloud::time::from_millis(time).map(|moment| moment.strftime("%Y-%m-%d").to_string());
        self.times::<P>(instance, date.as_deref()).await
    }

    /// The stretches of time of a day (`yyyy-mm-dd`).
    ///
    /// # Errors
    /// Not found, or not answered.
    pub async fn times<P: Product>(&self, instance: &str, date: Option<&str>) -> Result<Arc<Vec<Interval>>, Error> {
        let key = key::<P>(self.scope, instance, &format!("times/{}", date.unwrap_or_default()));
        self.lists.get(&key, self.freshness, dbs::restore_times(self.scope, P::SERVICE, instance, date)).await
    }
}

/// The name of a list of an instance.
pub fn key<P: Product>(scope: &Scope, instance: &str, what: &str) -> String {
    format!("{}/{}/{}/{instance}/{what}", P::SERVICE.key(), scope.region, scope.project_id)
}

/// The lane of work on an instance: backups and restores of one instance exclude each other.
pub fn lane<P: Product>(scope: &Scope, instance: &str) -> String {
    format!("{}/{}/{instance}", P::SERVICE.key(), scope.project_id)
}

/// An instance in the user's words.
pub fn called<P: Product>(id: &str) -> String {
    format!("{} instance {id}", P::NAME)
}
