//! The provider `recovery`: what is behind the plugin's door.
//!
//! Rooms, from the top: [`provider`] reads the provider block; [`resources`] tell what each resource is;
//! [`data_sources`] look things up and [`functions`] compute; [`engine`] starts and follows the clouds' operations.
//! Below them, as crates of their own: `tf` (Terraform's words), `cloud` (the HTTP APIs). Beside them: `plugin` (being a
//! go-plugin process), `rehearsal` (the local cloud).

pub mod data_sources;
pub mod engine;
pub mod functions;
pub mod moments;
pub mod provider;
pub mod resources;
