//! What a service has on record of one operation, page by page: lists of resources are made of it.
//!
//! **Invariants.** Nothing here writes, and nothing is read that nobody asked for.

use async_trait::async_trait;
use cloud::Scope;
use cloud::paging::Page;
use engine::lists::Lists;
use engine::work::Record;
use tf::{Attribute, Diagnostic, Diagnostics, Value};

use super::{Found, Operation};

/// How the objects of one operation are listed. The operation's records last: what is listed can be imported.
#[async_trait]
pub trait Listing: Send + Sync + 'static {
    /// What is listed.
    fn operation(&self) -> Box<dyn Operation>;

    /// One paragraph, Markdown.
    fn description(&self) -> &'static str;

    /// What the user may narrow it down by. `region` and `project_id` are the form's.
    fn filters(&self) -> Vec<Attribute>;

    /// One page in the service's order, for about so many entries as are `wanted`.
    ///
    /// # Errors
    /// What could not be read.
    async fn page(
        &self,
        scope: &Scope,
        config: &Value,
        position: usize,
        wanted: usize,
    ) -> Result<Page<Entry>, Diagnostic>;

    /// Whether an entry is what the filters ask for.
    fn passes(&self, config: &Value, entry: &Entry) -> bool;

    /// An entry as an import would find it.
    ///
    /// # Errors
    /// What it needs besides could not be read.
    async fn found(&self, lists: &Lists, scope: &Scope, entry: &Entry) -> Result<Found, Diagnostics>;
}

/// One object on record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the work belongs to: the first part of its id.
    pub parent: String,
    /// Its record.
    pub record: Record,
    /// What a person calls it; its ID where the service has no name for it.
    pub name: Option<String>,
}
