//! The rehearsal cloud: the APIs of IAM, DCS, CBR and DDM on loopback, for trying a configuration without an account
//! and for testing whatever talks to those APIs.
//!
//! **Invariants.** Written from the published API facts alone; shares no type with the provider, so that a misread
//! field cannot agree with itself. Listens on loopback only. Everything a document leaves open is a switch of the
//! scenario.
//!
//! A request goes: listener → journal → fault → authentication → service ([`service::Request`] in,
//! [`service::Response`] out) → fault → wire.
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
pub mod dcs;
pub mod ddm;
mod faults;
mod forms;
pub mod iam;
mod ids;
pub mod instants;
mod journal;
mod late;
mod pipeline;
mod running;
mod scenario;
mod server;
pub mod service;
mod signature;
mod simulate;
mod wire;
mod world;

pub use access::Who;
pub use connection::{Connection, Credentials, Endpoints};
pub use faults::{Fault, FaultError, When};
pub use ids::Secret;
pub use journal::{Entry, StartedBy, TimelineEntry};
pub use running::{Options, Running, StartError, start};
pub use scenario::{Scenario, ScenarioError};
pub use simulate::simulate;
pub use wire::Service;
pub use world::{DdmRestore, Needs, Platform, StoreError, World};
