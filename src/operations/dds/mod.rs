//! DDS (MongoDB), API v3: what differs from the other database services.

use std::marker::PhantomData;

use async_trait::async_trait;
use cloud::dbs::{Instance, NewBackup, StartedBackup};
use cloud::{Error, Platform, Scope, dds};
use tf::{Attribute, Mode, Type, Value};

use super::checks::Finding;
use super::databases::backup::DatabaseBackup;
use super::databases::backups::DatabaseBackups;
use super::databases::checks::Facts;
use super::databases::moment::check_restore_time;
use super::databases::restore::DatabaseRestore;
use super::databases::restore_times::DatabaseRestoreTimes;
use super::databases::{Asked, BackupNames, Order, Product, RestoreNames, Service, called, tasks};
use crate::operations::{Final, IdParts};
use engine::lists::Lists;
use engine::work::{Freshness, Readiness, Record};

/// The service.
pub struct Dds;

/// `recovery_dds_backup`.
pub const BACKUP: DatabaseBackup<Dds> = DatabaseBackup(PhantomData);
/// `recovery_dds_restore`.
pub const RESTORE: DatabaseRestore<Dds> = DatabaseRestore(PhantomData);
/// `recovery_dds_backups`.
pub const BACKUPS: DatabaseBackups<Dds> = DatabaseBackups(PhantomData);
/// `recovery_dds_restore_times`.
pub const RESTORE_TIMES: DatabaseRestoreTimes<Dds> = DatabaseRestoreTimes(PhantomData);

/// `recovery_dds_final_backup`.
pub fn last() -> Final {
    Final {
        name: "recovery_dds_final_backup",
        operation: Box::new(BACKUP),
        description: "Backs up a DDS (MongoDB) instance when Terraform is about to delete it, and lets it be deleted only once that backup is \
                      finished: no backup, no destroy. Until then it makes nothing.",
        target: "DDS instance",
        protects: "the instance",
        outlives: "It is a manual backup and outlives the instance; the automated ones are deleted with it.",
    }
}

#[async_trait]
impl Product for Dds {
    const SERVICE: Service = dds::SERVICE;
    const NAME: &'static str = "DDS";
    const BACKUP: BackupNames = BackupNames {
        resource: "recovery_dds_backup",
        lookup: "recovery_dds_backups",
        description: "Backs up a DDS (MongoDB) instance and keeps the backup's ID. A backup that has gone is never remade silently: it stays in the \
                      state with that status.",
        has_job: true,
        unlearned: &["description"],
    };
    const RESTORE: RestoreNames = RestoreNames {
        resource: "recovery_dds_restore",
        times: "recovery_dds_restore_times",
        description: "Restores a DDS instance onto itself, once, from a backup or to a moment, and keeps the ID of the task. What the instance \
                      holds is overwritten. Destroying the resource undoes nothing.",
        arguments: restore_arguments,
        target: "instance_id",
        source: "instance_id",
        id: &IdParts { parent: "instance_id", operation: "job_id", lasting: false },
        unlearned: &["backup_id", "restore_time"],
        blind_spot: " The task list names the instance, but neither the backup nor the moment: make sure that it is the restore you mean.",
    };

    fn backup_arguments() -> Vec<Attribute> {
        Vec::new()
    }

    fn not_to_be_backed_up(_instance: &Instance) -> Option<String> {
        None
    }

    fn readiness(instance: &Instance) -> Readiness {
        match broken_or_unclear(instance) {
            Some(readiness) => readiness,
            None if instance.actions.is_empty() => Readiness::Ready,
            None => Readiness::Busy(format!("it does {}", instance.actions.join(", "))),
        }
    }

    fn usable(instance: &Instance) -> Readiness {
        // The service may back the instance up by itself; it is usable meanwhile.
        let hinders = |action: &&String| *action != "BACKUP";
        match broken_or_unclear(instance) {
            Some(readiness) => readiness,
            None => match instance.actions.iter().find(hinders) {
                None => Readiness::Ready,
                Some(action) => Readiness::Busy(format!("it does {action}")),
            },
        }
    }

    fn is_restoring(instance: &Instance) -> bool {
        let restores = |action: &String| matches!(action.as_str(), "RESTORE" | "RESTORING" | "RESTORE_CHECK");
        instance.actions.iter().any(restores)
    }

    async fn create_backup(scope: &Scope, new: &NewBackup) -> Result<StartedBackup, Error> {
        dds::create_backup(scope, new).await
    }

    fn asked(body: &Value) -> Asked {
        Asked::of(body, &Self::RESTORE)
    }

    fn check_restore(asked: &Asked, facts: &Facts) -> Vec<Finding> {
        check_mode(asked, facts).into_iter().collect()
    }

    async fn restore(scope: &Scope, order: &Order, _target: &Instance) -> Result<String, Error> {
        dds::restore(scope, &order.target, &order.point).await
    }

    fn is_restore(name: &str) -> bool {
        let name = name.to_lowercase();
        (name.contains("restore") || name.contains("pitr")) && !name.contains("newinstance")
    }

    fn lists_restores(platform: Platform) -> bool {
        platform == Platform::Huawei
    }

    async fn restores(
        scope: &Scope,
        lists: &Lists,
        instances: &[&str],
        freshness: Freshness,
    ) -> Result<Vec<Record>, Error> {
        if !Self::lists_restores(scope.platform()) {
            return Ok(Vec::new());
        }
        let (since, until) = tasks::window();
        let (Some(since), Some(until)) = (cloud::time::from_millis(since), cloud::time::from_millis(until)) else {
            return Ok(Vec::new());
        };
        let key = format!("dds/{}/{}/tasks", scope.region, scope.project_id);
        let jobs = lists.get(&key, freshness, dds::tasks(scope, since, until)).await?;
        let mut records: Vec<Record> = jobs.iter().map(tasks::record).collect();
        records.retain(|record| {
            Self::is_restore(record.mark("name")) && instances.iter().any(|id| tf::same_id(record.mark("instance"), id))
        });
        Ok(records)
    }
}

/// What the status of an instance means (DDS API, querying instances and details). What runs on it is in `actions`, and does
/// not change the status.
fn broken_or_unclear(instance: &Instance) -> Option<Readiness> {
    if instance.actions.iter().any(|action| action == "RESTORE_FAILED_HANGUP") {
        return Some(Readiness::Broken("its last restore failed (RESTORE_FAILED_HANGUP)".to_owned()));
    }
    match instance.status.as_deref().unwrap_or_default() {
        "" => Some(Readiness::Unclear("the service tells no status of the instance".to_owned())),
        "normal" => None,
        status @ ("abnormal" | "createfail" | "enlargefail" | "frozen" | "data_disk_full") => {
            Some(Readiness::Broken(format!("its status is {status}, which does not pass by itself")))
        }
        other => Some(Readiness::Busy(format!("status {other}"))),
    }
}

/// Whether the instance can go back to a moment.
fn check_mode(asked: &Asked, facts: &Facts) -> Option<Finding> {
    asked.time?;
    let mode = Facts::known(&facts.target)?.mode.as_deref()?;
    let what = called::<Dds>(asked.target.as_deref()?);
    match mode {
        "ReplicaSet" => None,
        "Sharding" => Some(Finding::unchecked(
            format!("whether {what} can go back to a moment"),
            "it is a cluster; one page says that only replica sets can, another one that clusters of version 4.0 can too",
        )),
        _ => Some(Finding::broken(
            "restore_time",
            format!("{what} cannot go back to a moment"),
            format!("Its mode is {mode}; moments are for replica sets. Use backup_id."),
        )),
    }
}

fn restore_arguments() -> Vec<Attribute> {
    vec![
        Attribute::required("instance_id", "The instance that is overwritten with its own backup or earlier state.")
            .replaces()
            .check(tf::validate::check_id),
        Attribute::optional("backup_id", "The backup of the instance to restore. Either this or `restore_time`.")
            .replaces()
            .check(tf::validate::check_id),
        Attribute::new(
            "restore_time",
            Type::Number,
            Mode::Optional,
            "The moment that the data goes back to, in whole milliseconds since 1970-01-01 UTC; replica sets. Either this or `backup_id`.",
        )
        .replaces()
        .check(check_restore_time),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_is_told_by_the_actions_and_not_by_the_status() {
        let instance = |status: &str, actions: &[&str]| Instance {
            status: Some(status.into()),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            ..Instance::default()
        };
        for (status, actions, takes, usable) in [
            ("normal", &[][..], true, true),
            ("normal", &["RESTORE"], false, false),
            ("normal", &["BACKUP"], false, true),
            ("normal", &["a newer word"], false, false),
            ("creating", &[], false, false),
        ] {
            let instance = instance(status, actions);
            assert_eq!(Dds::readiness(&instance) == Readiness::Ready, takes, "{status} {actions:?}");
            assert_eq!(Dds::usable(&instance) == Readiness::Ready, usable, "{status} {actions:?}");
        }
        for broken in [instance("abnormal", &[]), instance("normal", &["RESTORE_FAILED_HANGUP"])] {
            assert!(matches!(Dds::usable(&broken), Readiness::Broken(_)), "{broken:?}");
        }
        assert!(matches!(Dds::readiness(&Instance::default()), Readiness::Unclear(_)));
    }

    #[test]
    fn restores_are_told_by_their_names() {
        for (name, restores) in [
            ("MongodbRestoreData2CurrentInstance", true),
            ("MongodbPitr2CurrentInstance", true),
            ("MongodbRestoreData2NewInstance", false),
            ("MongodbSnapshotBackup", false),
        ] {
            assert_eq!(Dds::is_restore(name), restores, "{name}");
        }
    }
}
