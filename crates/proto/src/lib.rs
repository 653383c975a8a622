//! The messages and services of `proto/`, generated: the server side for `plugin`, the client side for `plugin-client`.
//!
//! **Invariants.** Nothing is written here by hand; what a message means is said in the `.proto` files and decided by the
//! crates that use it. Only `plugin::server` and the test client may name these types.

/// Generated from `proto/tfplugin5.proto`; the protocol is documented there.
#[allow(missing_docs, clippy::all)]
pub mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// Generated from `proto/go_plugin.proto`; the protocol is documented there.
#[allow(missing_docs, clippy::all)]
pub mod go_plugin {
    tonic::include_proto!("plugin");
}
