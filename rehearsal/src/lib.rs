//! The rehearsal cloud: the APIs of IAM, DCS, CBR and DDM on loopback, for trying a configuration without an account
//! and for testing whatever talks to those APIs.
//!
//! **Invariants.** Written from the published API facts alone; shares no type with the provider, so that a misread
//! field cannot agree with itself. Listens on loopback only. Everything a document leaves open is a switch of the
//! scenario.
//!
//! A request goes: listener → journal → fault → authentication → service ([`service::Request`] in,
//! [`service::Response`] out) → fault → wire. Which services there are is one table, `services`; what one is, its folder
//! tells.
//!
//! ```no_run
//! # async fn demo() -> Result<(), rehearsal::StartError> {
//! let cloud = rehearsal::start(rehearsal::Options { speed: 60.0, ..Default::default() }).await?;
//! let dcs = &cloud.connection.endpoints.dcs; // talk to it, then look at what came
//! for entry in cloud.journal() {
//!     assert_eq!(entry.status, Some(200));
//! }
//! # Ok(()) }
//! ```

mod access;
pub mod cbr;
mod cloud;
mod connection;
mod control;
pub mod dbs;
pub mod dcs;
pub mod ddm;
pub mod dds;
mod eventual;
mod faults;
mod formats;
pub mod iam;
mod ids;
pub mod instants;
mod journal;
mod lockout;
mod pipeline;
pub mod rds;
mod running;
mod scenario;
mod server;
pub mod service;
mod services;
mod simulate;
mod store;
mod wire;

pub use access::Who;
pub use connection::{Connection, Credentials};
pub use faults::{Fault, FaultError, When};
pub use ids::Secret;
pub use journal::{Entry, StartedBy, TimelineEntry};
pub use running::{Options, Running, StartError, start};
pub use scenario::{Scenario, ScenarioError};
pub use service::{Lookup, Planned, Platform};
pub use services::{Endpoints, Needs, Service, World};
pub use simulate::simulate;
pub use store::StoreError;
