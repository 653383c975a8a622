//! The HTTP APIs of Open Telekom Cloud and Huawei Cloud that backups and restores need: IAM, DCS, CBR and DDM.
//!
//! **Invariants.** This crate knows no Terraform. A request is a value (`call`), built by pure functions in the service
//! modules and sent in one place (`send`); whether it may be repeated belongs to the call. Secrets have a type of their
//! own and do not print. Nothing here waits for work to end: that is the caller's business.
//!
//! Nothing becomes part of a host unchecked, and every host is vouched for by the user, a document or the catalogue
//! (`address`, `place`). What one service is stands in its own folder; `services` has a line for each.
//!
//! Reading order: [`config`] (what was asked for) → [`Cloud`] and [`Scope`] (who calls, where) → [`dcs`], [`cbr`],
//! [`ddm`], [`rds`], [`dds`], [`iam`] (what can be called) → [`Error`] (what a caller can do about it).

mod access;
mod address;
mod answer;
mod auth;
mod backend;
mod backoff;
mod call;
mod catalogue;
mod cloud;
mod credentials;
mod error;
#[cfg(test)]
mod facts_tests;
#[cfg(test)]
mod fuzz_tests;
mod hosts;
mod http;
mod json;
mod kind;
mod mask;
pub mod paging;
mod patience;
mod place;
mod platform;
mod rate_limiter;
mod rehearsal;
mod secret;
mod send;
mod service;
mod services;
mod sign;
#[cfg(test)]
mod sign_vectors;
mod uri;

pub mod cbr;
pub mod config;
pub mod dbs;
pub mod dcs;
pub mod ddm;
pub mod dds;
pub mod iam;
pub mod rds;
pub mod time;

pub use backoff::Backoff;
pub use cloud::{Cloud, Scope};
pub use config::{Arguments, AssumeRole, Config, ConfigError, Environment};
pub use error::Error;
pub use kind::{Kind, Outcome};
pub use patience::{patience_is_over, with_patience};
pub use platform::Platform;
pub use secret::Secret;
pub use service::Service;
pub use services::SERVICES;
pub use time::Timestamp;
