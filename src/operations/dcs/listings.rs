//! The backups and restores of a DCS instance as lists (API v2, record lists).

use cloud::dcs;
use futures::FutureExt;
use tf::Attribute;

use super::backup::{self, DcsBackup};
use super::restore::{self, DcsRestore};
use crate::operations::listing::{Entry, OfInstance, entries};
use crate::operations::lookup::choice::fits;

/// The backups of an instance.
pub const BACKUPS: OfInstance = OfInstance {
    operation: || Box::new(DcsBackup),
    description: "The backups of a DCS instance, manual and automatic, newest first. Records of expired and deleted backups may be among \
                  them.",
    service: "DCS",
    records: "backups",
    filters: || {
        vec![
            Attribute::optional("status", "Only backups with this status.").one_of(&[
                "waiting",
                "backuping",
                "succeed",
                "failed",
                "expired",
                "deleted",
            ]),
            Attribute::optional("backup_type", "Only backups of this type.").one_of(&["manual", "auto"]),
        ]
    },
    page: |scope, instance, position, wanted| {
        async move {
            let entry = |backup: &dcs::Backup| Entry {
                parent: instance.to_owned(),
                name: backup.backup_name.clone(),
                record: backup::record(backup, None),
            };
            Ok(entries(dcs::backups_page(scope, instance, position, wanted).await?, entry))
        }
        .boxed()
    },
    passes: |config, entry| {
        fits(config, "status", Some(&entry.record.status))
            && fits(config, "backup_type", Some(entry.record.mark("type")))
    },
    found: |_lists, _scope, entry| async move { Ok(backup::found(entry.record.clone())) }.boxed(),
};

/// The restores of an instance.
pub const RESTORES: OfInstance = OfInstance {
    operation: || Box::new(DcsRestore),
    description: "The restores of a DCS instance, newest first.",
    service: "DCS",
    records: "restores",
    filters: Vec::new,
    page: |scope, instance, position, wanted| {
        async move {
            let entry = |restore: &dcs::Restore| Entry {
                parent: instance.to_owned(),
                name: restore.restore_name.clone(),
                record: restore::record(restore),
            };
            Ok(entries(dcs::restores_page(scope, instance, position, wanted).await?, entry))
        }
        .boxed()
    },
    passes: |_config, _entry| true,
    found: |lists, scope, entry| {
        async move {
            Ok(restore::found(lists, scope, &entry.parent, entry.record.clone(), engine::lists::REFRESH).await)
        }
        .boxed()
    },
};
