//! The restores in the operation log of CBR as a list (API v3, task list).

use async_trait::async_trait;
use cloud::Scope;
use cloud::cbr::{self, LogFilter, OperationLog};
use cloud::paging::Page;
use engine::lists::Lists;
use tf::{Attribute, Diagnostic, Diagnostics, Value};

use super::restore::{self, CbrRestore};
use crate::operations::common::text;
use crate::operations::listing::{Entry, Listing};
use crate::operations::{Found, Operation};
use crate::report;

/// The restores of a project.
pub struct CbrRestoreListing;

#[async_trait]
impl Listing for CbrRestoreListing {
    fn operation(&self) -> Box<dyn Operation> {
        Box::new(CbrRestore)
    }

    fn description(&self) -> &'static str {
        "The restores that the operation log of CBR still has (about 30 days), newest first."
    }

    fn filters(&self) -> Vec<Attribute> {
        vec![
            Attribute::optional("backup_id", "Only restores of this backup.").check(tf::validate::check_id),
            Attribute::optional("server_id", "Only restores that overwrote this server.").check(tf::validate::check_id),
            Attribute::optional("volume_id", "Only restores that overwrote this disk.").check(tf::validate::check_id),
            Attribute::optional("status", "Only restores with this status.")
                .one_of(&["waiting", "running", "success", "failed", "timeout", "skipped"]),
        ]
    }

    async fn page(
        &self,
        scope: &Scope,
        config: &Value,
        position: usize,
        wanted: usize,
    ) -> Result<Page<Entry>, Diagnostic> {
        // The log filters neither by backup nor, for certain, by target.
        let filter = LogFilter {
            operation_type: Some("restore".to_owned()),
            status: text(config, "status"),
            ..LogFilter::default()
        };
        let page = cbr::operation_logs_page(scope, &filter, position, wanted)
            .await
            .map_err(|error| report::call_failed("The operation log of CBR could not be read", &error))?;
        Ok(Page { records: page.records.iter().map(entry).collect(), next: page.next })
    }

    fn passes(&self, config: &Value, entry: &Entry) -> bool {
        let fits = |filter: &str, mark: &str| {
            config.get(filter).as_str().is_none_or(|wanted| tf::same_id(entry.record.mark(mark), wanted))
        };
        fits("backup_id", "backup") && fits("server_id", "target") && fits("volume_id", "target")
    }

    async fn found(&self, _lists: &Lists, scope: &Scope, entry: &Entry) -> Result<Found, Diagnostics> {
        restore::found(scope, &entry.parent, entry.record.clone()).await
    }
}

fn entry(log: &OperationLog) -> Entry {
    let names = &log.extra_info.restore;
    let name = match (&names.backup_name, &names.target_resource_name) {
        (Some(backup), Some(target)) => Some(format!("{backup} to {target}")),
        (Some(backup), None) => Some(backup.clone()),
        _ => None,
    };
    let record = restore::record(log);
    Entry { parent: record.mark("backup").to_owned(), name, record }
}
