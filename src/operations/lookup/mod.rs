//! A look-up: arguments, results and how to read. Data sources are made of it.
//!
//! **Invariants.** Nothing here writes. What a service leaves out is null, never an empty text. Every list has one order,
//! which its description tells.

pub mod choice;
pub mod member;
#[cfg(test)]
pub mod testing;

use std::time::Duration;

use crate::report;
use async_trait::async_trait;
use cloud::{Error, Scope};
use engine::work::{Freshness, Results};
use tf::{Attribute, Block, Diagnostic, Schema, Value};

use crate::operations::words;
use crate::runtime::Runtime;

/// How old an answer may be that a plan or another data source has read before: long enough to share it, and shorter than
/// any restore or backup, so that a look-up after one of the same apply never shows what was before.
pub const SHARED: Freshness = Freshness::Within(Duration::from_secs(30));

/// What is special about one data source.
#[async_trait]
pub trait Lookup: Send + Sync + 'static {
    /// With the provider's prefix: `recovery_dcs_backups`.
    fn type_name(&self) -> &'static str;

    /// Published text, Markdown.
    fn description(&self) -> &'static str;

    /// What the user writes, and what is found. `id`, `region` and `project_id` are the form's.
    fn attributes(&self) -> Vec<Attribute>;

    /// Reads, and answers `id` and all computed attributes.
    ///
    /// # Errors
    /// What was looked for and why it could not be read.
    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic>;
}

/// The schema of a look-up: its own attributes after the common ones.
pub fn schema(lookup: &dyn Lookup) -> Schema {
    let mut attributes = vec![
        Attribute::computed("id", "What was looked at: an ID of a service."),
        Attribute::optional("region", "Region to look in, if it is not the provider's.").or_computed(),
        Attribute::optional("project_id", "Project to look in, if it is not the provider's.").or_computed(),
    ];
    attributes.extend(lookup.attributes());
    Schema { version: 0, block: Block { description: lookup.description(), attributes, blocks: Vec::new() } }
}

/// The error of a read: `what` could not be read, because `of` does not exist or for what the service says.
pub fn unreadable(error: &Error, scope: &Scope, what: &str, of: &str, attribute: &str) -> Diagnostic {
    if error.denies_access() {
        return report::no_access(error);
    }
    let diagnostic = match error.is_not_found() {
        true => Diagnostic::error(
            format!("{of} was not found"),
            format!(
                "{} The service does not know it in project {}, region {}. Check the ID, and set region and project_id if it lives elsewhere.{}\
                 \n\n{}",
                sentence(what),
                scope.project_id,
                scope.region,
                if attribute.ends_with("_id") && attribute != "project_id" {
                    words::name_hint(of.rsplit(' ').next().unwrap_or_default())
                } else {
                    ""
                },
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
