//! The forms in which Terraform meets an operation: adapters between the protocol's calls and the operations.
//!
//! **Invariants.** A form knows no service. What is special about an operation is told by [`crate::operations`]; running
//! it once is the engine's. A new form is one file (or folder) here.

mod action;
mod data_source;
mod ephemeral;
mod identity;
mod list;
mod resource;
mod words;

use std::sync::Arc;

use engine::work::Effect;
use tf::provider::{Action, DataSource, EphemeralResource, ListResource, Resource};

use crate::operations;
use crate::runtime::Handle;

/// Every operation as a resource, and those that can be done as the last thing before their target is deleted once more as
/// that.
pub fn resources(handle: &Arc<Handle>) -> Vec<Arc<dyn Resource>> {
    let all = operations::all().into_iter().map(|operation| resource::of(operation, handle));
    let finals = operations::finals().into_iter().map(|last| resource::final_backup::of(last, handle));
    all.chain(finals).collect()
}

/// Every operation as an action, but for what makes something that costs: an action keeps nothing, and nobody would know of it.
pub fn actions(handle: &Arc<Handle>) -> Vec<Arc<dyn Action>> {
    let invocable = operations::all().into_iter().filter(|operation| operation.effect() != Effect::Builds);
    invocable.map(|operation| action::of(operation, handle)).collect()
}

/// Every listing as a list resource.
pub fn list_resources(handle: &Arc<Handle>) -> Vec<Arc<dyn ListResource>> {
    operations::listings().into_iter().map(|listing| list::of(listing, handle)).collect()
}

/// Everything that is handed out for a while as an ephemeral resource.
pub fn ephemeral_resources(handle: &Arc<Handle>) -> Vec<Arc<dyn EphemeralResource>> {
    operations::temporaries().into_iter().map(|temporary| ephemeral::of(temporary, handle)).collect()
}

/// Every look-up as a data source.
pub fn data_sources(handle: &Arc<Handle>) -> Vec<Arc<dyn DataSource>> {
    operations::lookups().into_iter().map(|lookup| data_source::of(lookup, handle)).collect()
}
