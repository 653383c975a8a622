//! Being a plugin process: the go-plugin handshake, mutual TLS, and the RPCs of `tfplugin5` over the traits of
//! [`tf::provider`].
//!
//! **Invariants.** The only crate that knows protobuf types; inside it only `server` maps them to `tf`. No cloud, no
//! resource, no HTTP client. Nothing writes to standard output but the handshake line and the debug line.
//!
//! Reading order: `serve` (the life of the process) → `handshake` (being started) → `tls` and `accept` (who may
//! call) → `server` (what is answered) → `log` (what is told).
//!
//! A program's `main` calls [`run`], or [`run_debug`] to be started without Terraform as parent.

mod accept;
mod handshake;
mod listener;
mod log;
mod serve;
mod server;
mod signals;
mod tls;

pub use serve::{Options, run, run_debug};

use proto::{go_plugin, tfplugin5 as pb};
