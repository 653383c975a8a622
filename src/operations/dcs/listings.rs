//! The backups and restores of a DCS instance as lists (API v2, record lists).

use async_trait::async_trait;
use cloud::dcs;
use cloud::paging::Page;
use cloud::{Error, Scope};
use engine::lists::Lists;
use tf::{Attribute, Diagnostic, Diagnostics, Value};

use super::backup::{self, DcsBackup};
use super::backups::instance_id;
use super::restore::{self, DcsRestore};
use crate::operations::common::required;
use crate::operations::listing::{Entry, Listing};
use crate::operations::lookup::choice::fits;
use crate::operations::lookup::unreadable;
use crate::operations::{Found, Operation};

/// The backups of an instance.
pub struct DcsBackupListing;

#[async_trait]
impl Listing for DcsBackupListing {
    fn operation(&self) -> Box<dyn Operation> {
        Box::new(DcsBackup)
    }

    fn description(&self) -> &'static str {
        "The backups of a DCS instance, manual and automatic, newest first. Records of expired and deleted backups may be among \
         them."
    }

    fn filters(&self) -> Vec<Attribute> {
        vec![
            instance_id(),
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
    }

    async fn page(
        &self,
        scope: &Scope,
        config: &Value,
        position: usize,
        wanted: usize,
    ) -> Result<Page<Entry>, Diagnostic> {
        let instance = required(config, "instance_id");
        let read = dcs::backups_page(scope, &instance, position, wanted).await;
        let page = read.map_err(|error| not_read(&error, scope, "backups", &instance))?;
        let entry = |backup: dcs::Backup| Entry {
            parent: instance.clone(),
            name: backup.backup_name.clone(),
            record: backup::record(&backup, None),
        };
        Ok(Page { records: page.records.into_iter().map(entry).collect(), next: page.next })
    }

    fn passes(&self, config: &Value, entry: &Entry) -> bool {
        fits(config, "status", Some(&entry.record.status))
            && fits(config, "backup_type", Some(entry.record.mark("type")))
    }

    async fn found(&self, _lists: &Lists, _scope: &Scope, entry: &Entry) -> Result<Found, Diagnostics> {
        Ok(backup::found(entry.record.clone()))
    }
}

/// The restores of an instance.
pub struct DcsRestoreListing;

#[async_trait]
impl Listing for DcsRestoreListing {
    fn operation(&self) -> Box<dyn Operation> {
        Box::new(DcsRestore)
    }

    fn description(&self) -> &'static str {
        "The restores of a DCS instance, newest first."
    }

    fn filters(&self) -> Vec<Attribute> {
        vec![instance_id()]
    }

    async fn page(
        &self,
        scope: &Scope,
        config: &Value,
        position: usize,
        wanted: usize,
    ) -> Result<Page<Entry>, Diagnostic> {
        let instance = required(config, "instance_id");
        let read = dcs::restores_page(scope, &instance, position, wanted).await;
        let page = read.map_err(|error| not_read(&error, scope, "restores", &instance))?;
        let entry = |restore: dcs::Restore| Entry {
            parent: instance.clone(),
            name: restore.restore_name.clone(),
            record: restore::record(&restore),
        };
        Ok(Page { records: page.records.into_iter().map(entry).collect(), next: page.next })
    }

    fn passes(&self, _config: &Value, _entry: &Entry) -> bool {
        true
    }

    async fn found(&self, lists: &Lists, scope: &Scope, entry: &Entry) -> Result<Found, Diagnostics> {
        Ok(restore::found(lists, scope, &entry.parent, entry.record.clone(), engine::lists::REFRESH).await)
    }
}

fn not_read(error: &Error, scope: &Scope, what: &str, instance: &str) -> Diagnostic {
    let of = format!("DCS instance {instance}");
    unreadable(error, scope, &format!("The {what} of {of}"), &of, "instance_id")
}
