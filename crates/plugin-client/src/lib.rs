//! A client of provider plugins for tests: what Terraform does to a provider, without Terraform.
//!
//! It starts a binary with Terraform's environment, proves who it is with a certificate like Terraform's (P-521, a CA),
//! speaks tfplugin5 over the provider's socket, and keeps objects, private data and identities between the calls as the
//! core does. Values are JSON; what is not known yet is the text [`UNKNOWN`].
//!
//! **Invariants.** Shares nothing with the server but the `.proto` files, so a misread rule cannot agree with itself.
//! For tests only: no shipped crate depends on it.
//!
//! ```no_run
//! # async fn example() -> Result<(), plugin_client::Error> {
//! use plugin_client::Start;
//! use serde_json::json;
//!
//! let mut process = Start::new("target/debug/terraform-provider-x")?.env("TF_LOG", "DEBUG").spawn().await?;
//! let mut client = process.connect().await?;
//! client.configure(json!({ "region": "eu-de" })).await?;
//! let object = client.create("x_thing", json!({ "name": "one" })).await?.object()?;
//! client.destroy("x_thing", &object).await?;
//! process.close(client).await?;
//! # Ok(())
//! # }
//! ```

mod client;
mod convert;
mod forms;
mod identity;
pub mod msgpack;
mod object;
mod process;

pub use client::{Applied, Client, Imported, Object, Planned, Read};
pub use convert::Problem;
pub use forms::{Invoked, Listed, Opened, hear};
pub use identity::{Identity, Peer};
pub use process::{COOKIE, Process, Start};
pub use proto::{go_plugin, tfplugin5 as pb};

/// Stands for a value that is not known before apply.
pub const UNKNOWN: &str = "\u{1a}unknown";

/// Whatever went wrong, for a test to show.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
