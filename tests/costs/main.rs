//! What the provider costs, in figures that no clock has a part in: requests, allocations, bytes. It runs in this process, on one
//! thread, against a cloud on another one; what is allocated on its thread is its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

mod figures;
mod gate;
mod stage;
mod waits;
