//! Every door to the clouds: credentials, endpoints, and a client to trust on bad days.
//!
//! The client of this provider, in process, against the rehearsal cloud (whose journal tells which identity was used) and
//! against small scripted peers where a cloud would not do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails loudly, also in its helpers"
)]

mod bad_days;
mod crowd;
mod door;
mod identities;
mod matrix;
mod nonsense;
#[path = "../support/peer.rs"]
mod peer;
mod proxies;
mod regions;
mod rehearsals;
mod rows;
mod services;
mod tls;
