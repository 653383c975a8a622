//! The services that go-plugin's clients expect beside the provider.

use futures::stream::{self, BoxStream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Router;
use tonic::{Request, Response, Status, Streaming};
use tonic_health::ServingStatus;

use crate::go_plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use crate::go_plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use crate::go_plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use crate::go_plugin::{ConnInfo, Empty, StdioData};

/// The health service's name for the whole plugin.
const HEALTH_NAME: &str = "plugin";

pub(super) async fn add_services(router: Router, end: &CancellationToken) -> Router {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status(HEALTH_NAME, ServingStatus::Serving).await;
    router
        .add_service(GrpcControllerServer::new(Controller { end: end.clone() }))
        .add_service(GrpcStdioServer::new(Stdio { end: end.clone() }))
        .add_service(GrpcBrokerServer::new(Broker { end: end.clone() }))
        .add_service(health_service)
}

/// Ends the process when asked. Without it, every process of every command is waited for and then killed.
struct Controller {
    end: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("Asked to shut down");
        self.end.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// Stays open and silent: clients log whatever arrives here as unexpected.
struct Stdio {
    end: CancellationToken,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = BoxStream<'static, Result<StdioData, Status>>;

    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        let silence = stream::pending().take_until(self.end.clone().cancelled_owned());
        Ok(Response::new(silence.boxed()))
    }
}

/// Stays open: clients send nothing to providers, and nothing needs a further connection.
struct Broker {
    end: CancellationToken,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = BoxStream<'static, Result<ConnInfo, Status>>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        // What the client sends is read and dropped, so that its stream never stalls.
        let silence = request
            .into_inner()
            .filter_map(|_| futures::future::ready(None))
            .take_until(self.end.clone().cancelled_owned());
        Ok(Response::new(silence.boxed()))
    }
}
