//! The objects of an operation as a list (`terraform query`, Terraform 1.14): newest first, page by page, and no further
//! than the limit asks.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use cloud::Scope;
use engine::lists::Lists;
use tf::provider::{ListRequest, ListResource, Listed};
use tf::{Attribute, Block, Diagnostics, Schema, Value};

use super::resource::Managed;
use crate::operations::listing::{Entry, Listing};
use crate::operations::words::moment;
use crate::runtime::{Handle, Runtime};

/// A [`Listing`] as Terraform sees it.
struct Query {
    listing: Box<dyn Listing>,
    /// What is listed, as a resource.
    managed: Managed,
    schema: Schema,
}

/// A listing as a list resource.
pub(crate) fn of(listing: Box<dyn Listing>, handle: &Arc<Handle>) -> Arc<dyn ListResource> {
    let managed = Managed::new(listing.operation(), handle);
    let mut attributes = vec![
        Attribute::optional("region", "Region to look in, if it is not the provider's."),
        Attribute::optional("project_id", "Project to look in, if it is not the provider's."),
    ];
    attributes.extend(listing.filters());
    // A schema lives as long as the process, and so does its text.
    let description = format!(
        "{} For `terraform query` (Terraform 1.14 and later); what is listed can be imported by its identity.",
        listing.description()
    );
    let block = Block { description: description.leak(), attributes, blocks: Vec::new() };
    Arc::new(Query { listing, managed, schema: Schema { version: 0, block } })
}

#[async_trait]
impl ListResource for Query {
    fn type_name(&self) -> &'static str {
        self.managed.operation.name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        // No filter depends on another one.
        Diagnostics::new()
    }

    async fn list(&self, request: ListRequest) -> Diagnostics {
        let runtime = match self.managed.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        match self.stream(&runtime, &request).await {
            Ok(()) => Diagnostics::new(),
            Err(diagnostics) => runtime.told_once(diagnostics, &request.config),
        }
    }
}

impl Query {
    async fn stream(&self, runtime: &Runtime, request: &ListRequest) -> Result<(), Diagnostics> {
        let scope = self.managed.scope(runtime, &request.config).await?;
        let mut walk = Walk::new(self.listing.as_ref(), &scope, &request.config);
        let mut left = request.limit;
        while left > 0 {
            let Some(entries) = walk.next(left).await? else { break };
            for entry in entries.iter().filter(|entry| self.listing.passes(&request.config, entry)).take(left) {
                let listed = self.listed(&runtime.engine.lists, &scope, entry, request.include_object).await?;
                if request.found.send(listed).await.is_err() {
                    return Ok(());
                }
                left -= 1;
            }
        }
        Ok(())
    }

    async fn listed(&self, lists: &Lists, scope: &Scope, entry: &Entry, whole: bool) -> Result<Listed, Diagnostics> {
        let parts = self.managed.operation.id();
        let object = match whole {
            true => {
                let found = self.listing.found(lists, scope, entry).await?;
                Some(self.managed.imported(scope, (&entry.parent, &entry.record.operation), found).0)
            }
            false => None,
        };
        let identity = Value::object([
            (parts.parent, Value::from(entry.parent.as_str())),
            (parts.operation, Value::from(entry.record.operation.as_str())),
            ("region", Value::from(scope.region.as_str())),
            ("project_id", Value::from(scope.project_id.as_str())),
        ]);
        Ok(Listed { identity, display_name: display_name(entry), object })
    }
}

/// A list on its way from the newest entry to the oldest.
struct Walk<'a> {
    listing: &'a dyn Listing,
    scope: &'a Scope,
    config: &'a Value,
    /// Where the next page begins; none at the end.
    position: Option<usize>,
    /// Ids that were handed on: records may shift between two pages.
    seen: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn new(listing: &'a dyn Listing, scope: &'a Scope, config: &'a Value) -> Walk<'a> {
        Walk { listing, scope, config, position: Some(0), seen: HashSet::new() }
    }

    /// The next entries, for about so many as are wanted; none at the end. No document promises an order: where the first
    /// page is not newest first, the whole list is read and sorted.
    async fn next(&mut self, wanted: usize) -> Result<Option<Vec<Entry>>, Diagnostics> {
        let begins = self.position == Some(0);
        let Some(mut entries) = self.page(wanted).await? else { return Ok(None) };
        if begins && !is_newest_first(&entries) {
            while let Some(more) = self.page(usize::MAX).await? {
                entries.extend(more);
            }
            entries.sort_by_key(|entry| Reverse(entry.record.created_at));
        }
        Ok(Some(entries))
    }

    /// One page, without what was seen before. A page without news is the end.
    async fn page(&mut self, wanted: usize) -> Result<Option<Vec<Entry>>, Diagnostics> {
        let Some(position) = self.position else { return Ok(None) };
        let page = self.listing.page(self.scope, self.config, position, wanted).await?;
        let mut entries = page.records;
        entries.retain(|entry| !entry.record.operation.is_empty() && self.seen.insert(entry.record.operation.clone()));
        self.position = page.next.filter(|_| !entries.is_empty());
        Ok((!entries.is_empty()).then_some(entries))
    }
}

fn is_newest_first(entries: &[Entry]) -> bool {
    entries.is_sorted_by_key(|entry| Reverse(entry.record.created_at))
}

/// Name, moment and status: `backup_20261120 (2026-11-20 02:13 UTC, succeed)`.
fn display_name(entry: &Entry) -> String {
    let name = entry.name.as_deref().unwrap_or(&entry.record.operation);
    match entry.record.created_at {
        Some(time) => format!("{name} ({}, {})", moment(time), entry.record.status),
        None => format!("{name} ({})", entry.record.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries() -> Vec<Arc<dyn ListResource>> {
        crate::forms::list_resources(&Arc::new(Handle::default()))
    }

    #[test]
    fn every_list_is_of_a_resource_with_an_identity() {
        let resources = crate::forms::resources(&Arc::new(Handle::default()));
        for query in queries() {
            query.schema().validate_self().unwrap_or_else(|problems| panic!("{}: {problems}", query.type_name()));
            let resource = resources.iter().find(|resource| resource.type_name() == query.type_name()).unwrap();
            assert!(!resource.identity_attributes().is_empty(), "{}", query.type_name());
        }
    }

    #[test]
    fn a_name_is_one_that_a_person_recognises() {
        let mut entry = Entry { parent: "i".into(), record: Default::default(), name: None };
        entry.record.operation = "b-1".into();
        entry.record.status = "succeed".into();
        assert_eq!(display_name(&entry), "b-1 (succeed)");
        entry.name = Some("nightly".into());
        entry.record.created_at = Some("2026-11-20T02:13:59Z".parse().unwrap());
        assert_eq!(display_name(&entry), "nightly (2026-11-20 02:13 UTC, succeed)");
    }
}
