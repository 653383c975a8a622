//! RDS (MySQL, PostgreSQL, SQL Server), API v3 and v3.1: what differs from the other database services.

mod engines;
pub mod restored;
mod tasks;

use async_trait::async_trait;
use cloud::dbs::{Instance, NewBackup, StartedBackup};
use cloud::rds::{self, NewRestore};
use cloud::{Error, Platform, Scope};
use tf::{Attribute, Mode, Type, Value};

use super::checks::Finding;
use super::databases::checks::Facts;
use super::databases::moment::check_restore_time;
use super::databases::{Asked, BackupNames, Order, Product, RestoreNames, Service};
use crate::operations::{Final, IdParts};
use engine::lists::Lists;
use engine::work::{Freshness, Readiness, Record};

/// The service.
pub struct Rds;

#[async_trait]
impl Product for Rds {
    const SERVICE: Service = rds::SERVICE;
    const NAME: &'static str = "RDS";
    const BACKUP: BackupNames = BackupNames {
        resource: "recovery_rds_backup",
        lookup: "recovery_rds_backups",
        description: "Backs up an RDS instance (MySQL, PostgreSQL, SQL Server) and keeps the backup's ID. A backup that has gone is never remade \
                      silently: it stays in the state with that status.",
        has_job: false,
        unlearned: &["description", "databases"],
    };
    const RESTORE: RestoreNames = RestoreNames {
        resource: "recovery_rds_restore",
        times: "recovery_rds_restore_times",
        description: "Restores an RDS instance, once, from a backup or to a moment, onto itself or onto another instance that exists, and keeps \
                      the ID of the task. What the target holds is overwritten. Destroying the resource undoes nothing.",
        arguments: restore_arguments,
        target: "target_instance_id",
        source: "source_instance_id",
        id: &IdParts { parent: "target_instance_id", operation: "job_id", lasting: false },
        unlearned: &["source_instance_id", "backup_id", "restore_time", "database_names"],
        blind_spot: " The task list names the instance, but for MySQL and PostgreSQL neither the backup nor the moment: make sure that it is the \
                     restore you mean.",
    };

    fn backup_arguments() -> Vec<Attribute> {
        let text = "Databases to back up; without it, all. SQL Server, and on Huawei Cloud PostgreSQL.";
        vec![Attribute::new("databases", Type::set(Type::String), Mode::Optional, text).replaces()]
    }

    fn not_to_be_backed_up(instance: &Instance) -> Option<String> {
        let replica = instance.role.as_deref() == Some("Replica");
        replica
            .then(|| "It is a read replica. The service backs up primary instances only; name the primary.".to_owned())
    }

    fn readiness(instance: &Instance) -> Readiness {
        match engines::state(instance) {
            engines::State::Active => Readiness::Ready,
            engines::State::BackingUp => Readiness::Busy("status BACKING UP".to_owned()),
            engines::State::Other(readiness) => readiness,
        }
    }

    fn usable(instance: &Instance) -> Readiness {
        match engines::state(instance) {
            // The service backs the instance up by itself after a restore; it is usable meanwhile.
            engines::State::Active | engines::State::BackingUp => Readiness::Ready,
            engines::State::Other(readiness) => readiness,
        }
    }

    fn is_restoring(instance: &Instance) -> bool {
        instance.status.as_deref() == Some("RESTORING")
    }

    async fn create_backup(scope: &Scope, new: &NewBackup) -> Result<StartedBackup, Error> {
        rds::create_backup(scope, new).await
    }

    fn asked(body: &Value) -> Asked {
        Asked::of(body, &Self::RESTORE)
    }

    fn check_restore(asked: &Asked, facts: &Facts) -> Vec<Finding> {
        engines::check(asked, facts)
    }

    async fn restore(scope: &Scope, order: &Order, target: &Instance) -> Result<String, Error> {
        let engine = target.datastore.engine.as_deref().unwrap_or_default();
        let new = NewRestore {
            source: order.source.clone(),
            target: order.target.clone(),
            point: order.point.clone(),
            databases: engines::databases(engine, &order.names),
        };
        rds::restore(scope, engines::version(scope.platform(), &new.databases), &new).await
    }

    fn is_restore(name: &str) -> bool {
        tasks::is_restore(name)
    }

    fn lists_restores(_platform: Platform) -> bool {
        true
    }

    async fn restores(
        scope: &Scope,
        lists: &Lists,
        instances: &[&str],
        freshness: Freshness,
    ) -> Result<Vec<Record>, Error> {
        tasks::restores(scope, lists, instances, freshness).await
    }
}

/// `recovery_rds_final_backup`.
pub fn last() -> Final {
    Final {
        name: "recovery_rds_final_backup",
        operation: Box::new(BACKUP),
        description: "Backs up an RDS instance (MySQL, PostgreSQL, SQL Server) when Terraform is about to delete it, and lets it be deleted only \
                      once that backup is finished: no backup, no destroy. Until then it makes nothing.",
        target: "RDS instance",
        protects: "the instance",
        outlives: "It is a manual backup and outlives the instance; the automated ones are deleted with it.",
    }
}

fn restore_arguments() -> Vec<Attribute> {
    vec![
        Attribute::required("source_instance_id", "The instance that the data is from.")
            .replaces()
            .check(tf::validate::check_id),
        Attribute::required(
            "target_instance_id",
            "The instance that is overwritten. May be the source itself, but for PostgreSQL.",
        )
        .replaces()
        .check(tf::validate::check_id),
        Attribute::optional("backup_id", "The backup of the source to restore. Either this or `restore_time`.")
            .replaces()
            .check(tf::validate::check_id),
        Attribute::new(
            "restore_time",
            Type::Number,
            Mode::Optional,
            "The moment that the data goes back to, in whole milliseconds since 1970-01-01 UTC. Either this or `backup_id`.",
        )
        .replaces()
        .check(check_restore_time),
        Attribute::new(
            "database_names",
            Type::map(Type::String),
            Mode::Optional,
            "SQL Server: databases to restore, each with the name that it gets on the target. Without it, all are restored.",
        )
        .replaces(),
    ]
}

/// The names that Terraform knows the operations and look-ups by, in the order of the menu.
pub use names::*;

mod names {
    use std::marker::PhantomData;

    use super::Rds;
    use crate::operations::databases::backup::DatabaseBackup;
    use crate::operations::databases::backups::DatabaseBackups;
    use crate::operations::databases::restore::DatabaseRestore;
    use crate::operations::databases::restore_times::DatabaseRestoreTimes;

    /// `recovery_rds_backup`.
    pub const BACKUP: DatabaseBackup<Rds> = DatabaseBackup(PhantomData);
    /// `recovery_rds_restore`.
    pub const RESTORE: DatabaseRestore<Rds> = DatabaseRestore(PhantomData);
    /// `recovery_rds_backups`.
    pub const BACKUPS: DatabaseBackups<Rds> = DatabaseBackups(PhantomData);
    /// `recovery_rds_restore_times`.
    pub const RESTORE_TIMES: DatabaseRestoreTimes<Rds> = DatabaseRestoreTimes(PhantomData);
}
