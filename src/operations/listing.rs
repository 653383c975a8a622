//! What a service has on record of one operation, page by page: lists of resources are made of it.
//!
//! **Invariants.** Nothing here writes, and nothing is read that nobody asked for.

use async_trait::async_trait;
use cloud::paging::Page;
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::Record;
use futures::future::BoxFuture;
use tf::{Attribute, Diagnostic, Diagnostics, Value};

use super::common::required;
use super::lookup::unreadable;
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

/// Reads one page of the records of an instance: its id, the position, and how many are wanted.
pub type PageOf = for<'a> fn(&'a Scope, &'a str, usize, usize) -> BoxFuture<'a, Result<Page<Entry>, Error>>;

/// The records of one instance: a table of what differs between services and kinds of records.
pub struct OfInstance {
    /// What is listed.
    pub operation: fn() -> Box<dyn Operation>,
    /// One paragraph, Markdown.
    pub description: &'static str,
    /// The service, for messages: `DCS`.
    pub service: &'static str,
    /// The records, for messages: `backups`.
    pub records: &'static str,
    /// The filters beside `instance_id`.
    pub filters: fn() -> Vec<Attribute>,
    /// One page of the records of an instance.
    pub page: PageOf,
    /// Whether an entry can be imported and is what the filters ask for.
    pub passes: fn(&Value, &Entry) -> bool,
    /// An entry as an import would find it.
    pub found: for<'a> fn(&'a Lists, &'a Scope, &'a Entry) -> BoxFuture<'a, Result<Found, Diagnostics>>,
}

#[async_trait]
impl Listing for OfInstance {
    fn operation(&self) -> Box<dyn Operation> {
        (self.operation)()
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn filters(&self) -> Vec<Attribute> {
        let instance = Attribute::required("instance_id", "ID of the instance.").check(tf::validate::check_id);
        std::iter::once(instance).chain((self.filters)()).collect()
    }

    async fn page(
        &self,
        scope: &Scope,
        config: &Value,
        position: usize,
        wanted: usize,
    ) -> Result<Page<Entry>, Diagnostic> {
        let instance = required(config, "instance_id");
        let of = format!("{} instance {instance}", self.service);
        (self.page)(scope, &instance, position, wanted)
            .await
            .map_err(|error| unreadable(&error, scope, &format!("The {} of {of}", self.records), &of, "instance_id"))
    }

    fn passes(&self, config: &Value, entry: &Entry) -> bool {
        (self.passes)(config, entry)
    }

    async fn found(&self, lists: &Lists, scope: &Scope, entry: &Entry) -> Result<Found, Diagnostics> {
        (self.found)(lists, scope, entry).await
    }
}

/// A page of records as a page of entries.
pub fn entries<T>(page: Page<T>, entry: impl Fn(&T) -> Entry) -> Page<Entry> {
    Page { records: page.records.iter().map(entry).collect(), next: page.next }
}
