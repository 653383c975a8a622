//! The forms of newer cores over the real wire: the program that is shipped, a plugin client with mutual TLS, and a cloud
//! on this machine. What a core does with them is told by the stories of `tests/terraform`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may fail loudly.

mod actions;
mod calls;
#[path = "../terraform/matrix/faults.rs"]
mod faults;
mod links;
mod lists;
mod matrix;
mod schemas;
mod stage;
mod written;
