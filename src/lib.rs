//! The provider `recovery`: what is behind the plugin's door.
//!
//! Rooms, from the top: [`provider`] reads the provider block; [`resources`] tell what each resource is; [`engine`]
//! starts and follows the clouds' operations. Below them, as crates of their own: `tf` (Terraform's words), `cloud`
//! (the HTTP APIs). Beside them: `plugin` (being a go-plugin process), `rehearsal` (the local cloud).

pub mod engine;
pub mod provider;
pub mod resources;
