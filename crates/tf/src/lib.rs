//! Terraform's own words: values, schemas, plans, diagnostics, and the traits that a provider implements.
//!
//! **Invariants.** This crate does no IO, knows no cloud and no wire protocol: protobuf types live in `plugin`, HTTP in
//! `cloud`. Everything here is a pure function over [`Value`] and [`Schema`], or a trait that others implement.
//!
//! Reading order: [`value`] (what a value is) → [`schema`] (what may be written) → [`plan`] (what would change) →
//! [`provider`] (what a provider answers) → [`validate`] (what is wrong with a configuration) → [`codec`] (bytes).

pub mod codec;
pub mod cores;
pub mod diagnostic;
pub mod duration;
pub mod events;
#[cfg(test)]
mod generate;
mod number;
pub mod path;
pub mod plan;
pub mod provider;
pub mod same;
pub mod schema;
mod self_check;
pub mod validate;
pub mod value;
pub mod write_only;

pub use codec::CodecError;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, Step};
pub use plan::{Change, Plan};
pub use same::same_id;
pub use schema::{Attribute, Block, Mode, NestedBlock, Nesting, Schema, Type};
pub use value::{Number, Value};
