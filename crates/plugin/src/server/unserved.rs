//! Kinds of things that this provider does not have. Clients do not ask for what the schema does not list; one that asks
//! anyway gets an answer in the words of that RPC, not a protocol error.

use tf::Diagnostics;

use super::catalog::unknown;

/// The error for a kind that is not served.
pub(super) fn refused<A>(kind: &str, name: &str) -> Result<A, Diagnostics> {
    Err(unknown(kind, name))
}
