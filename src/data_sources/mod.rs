//! The data sources: look-ups that show the services' records under the services' own names.
//!
//! **Invariants.** A [`Lookup`] tells its arguments, its results and how to read; region, project and the end of a run
//! are the frame's. Nothing here writes. What a service leaves out is null, never an empty text. Every list has one
//! order, which its description tells.

mod cbr_backup;
mod cbr_backups;
mod cbr_operations;
mod choice;
mod dcs_backups;
mod dcs_restores;
mod ddm_data_nodes;
mod ddm_restore_times;
mod ddm_target_data_nodes;
mod ddm_target_instances;
mod member;
#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::{Error, Scope};
use tf::provider::{DataSource, StopToken};
use tf::{Attribute, Block, Diagnostic, Diagnostics, Schema, Value};

use crate::engine::report;
use crate::engine::work::{Facts, Freshness};
use crate::provider::{Handle, Runtime};
use crate::resources::common;

/// Every data source, one line each.
pub fn all(handle: &Arc<Handle>) -> Vec<Arc<dyn DataSource>> {
    vec![
        source(cbr_backup::CbrBackup, handle),
        source(cbr_backups::CbrBackups, handle),
        source(cbr_operations::CbrOperations, handle),
        source(dcs_backups::DcsBackups, handle),
        source(dcs_restores::DcsRestores, handle),
        source(ddm_data_nodes::DdmDataNodes, handle),
        source(ddm_restore_times::DdmRestoreTimes, handle),
        source(ddm_target_data_nodes::DdmTargetDataNodes, handle),
        source(ddm_target_instances::DdmTargetInstances, handle),
    ]
}

/// How old an answer may be that a plan or another data source has read before: long enough to share it, and shorter than
/// any restore or backup, so that a look-up after one of the same apply never shows what was before.
const SHARED: Freshness = Freshness::Within(Duration::from_secs(30));

/// What is special about one data source.
#[async_trait]
trait Lookup: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backups`.
    fn type_name(&self) -> &'static str;

    /// Published text, Markdown.
    fn description(&self) -> &'static str;

    /// What the user writes, and what is found. `id`, `region` and `project_id` are the frame's.
    fn attributes(&self) -> Vec<Attribute>;

    /// Reads, and answers `id` and all computed attributes.
    ///
    /// # Errors
    /// What was looked for and why it could not be read.
    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Facts, Diagnostic>;
}

/// A [`Lookup`] as Terraform sees it.
struct Source<L> {
    lookup: L,
    schema: Schema,
    handle: Arc<Handle>,
}

fn source<L: Lookup>(lookup: L, handle: &Arc<Handle>) -> Arc<dyn DataSource> {
    let schema = schema(&lookup);
    Arc::new(Source { lookup, schema, handle: Arc::clone(handle) })
}

#[async_trait]
impl<L: Lookup> DataSource for Source<L> {
    fn type_name(&self) -> &'static str {
        self.lookup.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        // No argument of a look-up depends on another one.
        Diagnostics::new()
    }

    async fn read(&self, config: &Value, stop: StopToken) -> Result<(Value, Diagnostics), Diagnostics> {
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(stopped(self.type_name()).into()),
            found = self.found(config) => found?,
        };
        Ok((found, Diagnostics::new()))
    }
}

impl<L: Lookup> Source<L> {
    async fn found(&self, config: &Value) -> Result<Value, Diagnostic> {
        let runtime = self.handle.runtime()?;
        let scope = runtime.scope(config.get("region").as_str(), config.get("project_id").as_str()).await?;
        let facts = self.lookup.look_up(&runtime, &scope, config).await?;
        let mut found = config.clone();
        for (name, value) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if config.get(name).is_null() {
                found.set(name, Value::from(value.as_str()));
            }
        }
        common::put(&mut found, &facts);
        Ok(found)
    }
}

fn schema(lookup: &impl Lookup) -> Schema {
    let mut attributes = vec![
        Attribute::computed("id", "What was looked at: an ID of a service."),
        Attribute::optional("region", "Region to look in, if it is not the provider's.").or_computed(),
        Attribute::optional("project_id", "Project to look in, if it is not the provider's.").or_computed(),
    ];
    attributes.extend(lookup.attributes());
    Schema { version: 0, block: Block { description: lookup.description(), attributes, blocks: Vec::new() } }
}

fn stopped(type_name: &str) -> Diagnostic {
    Diagnostic::error(format!("{type_name} was not read"), "Terraform asked to stop.")
}

/// The error of a read: `what` could not be read, because `of` does not exist or for what the service says.
fn unreadable(error: &Error, scope: &Scope, what: &str, of: &str, attribute: &str) -> Diagnostic {
    let diagnostic = match error.is_not_found() {
        true => Diagnostic::error(
            format!("{of} was not found"),
            format!(
                "{} The service does not know it in project {}, region {}. Check the ID, and set region and project_id if it lives elsewhere.\
                 \n\n{}",
                sentence(what),
                scope.project_id,
                scope.region,
                report::facts_of(error)
            ),
        ),
        false => report::call_failed(sentence(what).trim_end_matches('.'), error),
    };
    diagnostic.at(attribute)
}

fn sentence(what: &str) -> String {
    format!("{what} could not be read.")
}
