//! Drives the rehearsal cloud from outside, with raw HTTP over TCP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly, also in its helpers"
)]

mod auth;
mod control;
mod dcs;
mod faults;
mod iam;
mod support;
