//! Kinds of things that this provider does not have. Clients do not ask for what the schema does not list; one that asks
//! anyway gets an answer in the words of that RPC, not a protocol error.

use futures::stream::{self, BoxStream, StreamExt};
use tf::Diagnostics;
use tonic::Status;

use super::catalog::unknown;
use super::convert;
use crate::pb;

/// The error for a kind that is not served.
pub(super) fn refused<A>(kind: &str, name: &str) -> Result<A, Diagnostics> {
    Err(unknown(kind, name))
}

/// One event with the error, then the end.
pub(super) fn list(name: &str) -> BoxStream<'static, Result<pb::list_resource::Event, Status>> {
    let diagnostic = convert::diagnostics(unknown("list resource", name));
    let event = pb::list_resource::Event { diagnostic, ..Default::default() };
    stream::iter([Ok(event)]).boxed()
}

/// Exactly one completion, which carries the error: an action that ends without one counts as done.
pub(super) fn action(name: &str) -> BoxStream<'static, Result<pb::invoke_action::Event, Status>> {
    use pb::invoke_action::event::{Completed, Type};
    let completed = Completed { diagnostics: convert::diagnostics(unknown("action", name)) };
    let event = pb::invoke_action::Event { r#type: Some(Type::Completed(completed)) };
    stream::iter([Ok(event)]).boxed()
}
