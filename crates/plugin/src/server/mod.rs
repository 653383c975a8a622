//! Answers the RPCs of `tfplugin5` over the traits of [`tf::provider`].
//!
//! **Invariants.** `convert` is the only place that maps protobuf types to `tf`. Whatever a user can cause is a
//! diagnostic, never a gRPC status. Every handler, of a call and of a stream, runs in a task of its own (see `call`), so
//! neither a request that the client drops nor a panic loses what an apply has started; what only reads is given up on
//! `Stop`. No handler acts on a configuration that lacks what is required. Nothing here knows a resource.

mod action;
mod apply;
mod call;
mod catalog;
mod configure;
mod convert;
mod data_source;
mod ephemeral;
mod function;
mod go_plugin;
mod list;
mod plan;
mod rpc;
mod spacing;
mod state;
mod stop;
mod stream;

use std::sync::{Arc, OnceLock};

use tf::provider::Provider;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::server::Router;

use crate::pb;
use catalog::Catalog;
use spacing::Spacing;
use stop::Stops;

/// Largest message in either direction, as the Go SDKs have it. The library's own limit of 4 MiB is too small for real
/// configurations.
const LARGEST_MESSAGE: usize = 256 << 20;

/// The provider as a gRPC service. Clones share everything.
#[derive(Clone)]
pub(crate) struct Server {
    catalog: Arc<Catalog>,
    stops: Arc<Stops>,
    spacing: Arc<Spacing>,
    calls: TaskTracker,
    /// Made when first asked for; the same in every answer.
    schema: Arc<OnceLock<pb::get_provider_schema::Response>>,
}

impl Server {
    pub(crate) fn new(provider: Arc<dyn Provider>) -> Server {
        let calls = TaskTracker::new();
        // Only an end to wait for; a closed tracker still takes new tasks.
        calls.close();
        Server {
            catalog: Arc::new(Catalog::new(provider)),
            stops: Arc::new(Stops::default()),
            spacing: Arc::default(),
            calls,
            schema: Arc::default(),
        }
    }

    /// Asks the calls in flight to end early. Later ones are not affected.
    pub(crate) fn stop_calls(&self) {
        self.stops.stop();
    }

    /// Gives up the calls in flight that only read. Later ones are not affected.
    pub(crate) fn stop_reads(&self) {
        self.stops.stop_reads();
    }

    /// Returns when no call is in flight.
    pub(crate) async fn calls_ended(&self) {
        self.calls.wait().await;
    }
}

/// All services of the process. `end` is cancelled when a client asks for the end.
pub(crate) async fn router(server: Server, end: &CancellationToken) -> Router {
    let provider = pb::provider_server::ProviderServer::new(server)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let router = tonic::transport::Server::builder().add_service(provider);
    go_plugin::add_services(router, end).await
}
