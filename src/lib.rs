//! The provider `recovery`: what is behind the plugin's door.
//!
//! Rooms, from the top: [`provider`] reads the provider block; [`forms`] are the ways in which Terraform meets an operation
//! (a resource, a data source); [`operations`] tell what each operation of each service is; [`runtime`] is what they share
//! once a configuration is read; [`report`] puts the errors of services into words. Below them, as crates of their own: `engine` (runs an operation once), `cloud` (the HTTP
//! APIs), `tf` (Terraform's words). Beside them: `plugin` (being a go-plugin process), `rehearsal` (the local cloud).

pub mod forms;
pub mod functions;
pub mod moments;
pub mod operations;
pub mod provider;
pub mod report;
pub mod runtime;
