//! The life of the process: bind, say where, answer, end.
//!
//! Terraform starts a provider three to five times per command, so the way to the handshake line is short: socket,
//! certificate, line. The provider itself is made after that, its schemas when they are asked for.

use std::fmt;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tf::provider::Provider;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::accept::{Attendance, Connection, accept};
use crate::handshake::{self, APP_PROTOCOL, Invitation};
use crate::listener::Listener;
use crate::log;
use crate::server::{self, Server};
use crate::signals::{self, Interrupts};
use crate::tls::ServerTls;

/// A client that was connected and is not any more has died.
const GONE_PATIENCE: Duration = Duration::from_secs(5);
/// A client gives up on a plugin that does not answer within this time.
const FIRST_PATIENCE: Duration = Duration::from_secs(60);
/// How long calls in flight may take to end once the process is asked to. The client kills it after two seconds.
const END_PATIENCE: Duration = Duration::from_millis(800);
/// Handlers wait for the network most of the time; a second thread keeps `Stop` getting through.
const WORKER_THREADS: usize = 2;
/// Connections that were accepted and not yet served.
const WAITING_CONNECTIONS: usize = 8;

/// What the process says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The provider's local name, `recovery`: names log lines and `TF_LOG_PROVIDER_<NAME>`.
    pub name: &'static str,
    /// Its source address, `cloud-recovery/recovery`: the key in `TF_REATTACH_PROVIDERS`.
    pub source: &'static str,
    /// Crates whose events are logged, by the names of their libraries.
    pub log_crates: &'static [&'static str],
    /// What a person reads on standard error who starts the program by hand. Lines, without a final end of line.
    pub by_hand: &'static str,
}

/// Why the process could not serve.
#[derive(Debug)]
enum ServeError {
    /// No plugin client is the parent: a person started the program.
    ByHand,
    /// The operating system refused signals, sockets or standard output.
    Io(&'static str, io::Error),
    /// No TLS for the client's certificate.
    Tls(String),
    /// The gRPC server ended with an error.
    Server(tonic::transport::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::ByHand => formatter.write_str("not started by Terraform"),
            ServeError::Io(what, error) => write!(formatter, "cannot {what}: {error}"),
            ServeError::Tls(error) => formatter.write_str(error),
            ServeError::Server(error) => write!(formatter, "the gRPC server failed: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Runs as the plugin process that Terraform starts, until it is asked to end or Terraform has died. The whole of a
/// `main` without arguments.
///
/// `provider` is called once, after the handshake line. Started by hand it tells the person what this program is
/// ([`Options::by_hand`]) on standard error and fails; nothing is written to standard output then.
pub fn run(options: &Options, provider: impl FnOnce() -> Arc<dyn Provider>) -> ExitCode {
    let Some(invitation) = Invitation::from_environment() else {
        return fail(&ServeError::ByHand, options);
    };
    start_telling(options);
    finish(in_runtime(serve_invited(invitation, provider)), options)
}

/// Runs without Terraform as parent, for a debugger: prints the line that sets `TF_REATTACH_PROVIDERS` on standard
/// output and serves, without TLS, on a socket of the same user, until SIGINT, SIGTERM or a client's shutdown.
pub fn run_debug(options: &Options, provider: impl FnOnce() -> Arc<dyn Provider>) -> ExitCode {
    start_telling(options);
    finish(in_runtime(serve_debug(provider(), options.source)), options)
}

/// `source` is the provider's source address.
async fn serve_debug(provider: Arc<dyn Provider>, source: &str) -> Result<(), ServeError> {
    let interrupted = signals::next().map_err(|error| ServeError::Io("listen for signals", error))?;
    let listener = Listener::bind(None).await.map_err(|error| ServeError::Io("open a socket", error))?;
    let address = listener.address().map_err(|error| ServeError::Io("name the socket", error))?;
    let reattach = reattach(source, listener.network(), &address);
    handshake::announce(&format!("TF_REATTACH_PROVIDERS='{reattach}'"))
        .map_err(|error| ServeError::Io("write to standard output", error))?;
    answer(&listener, None, Server::new(provider), &Attendance::new(), interrupted).await
}

async fn serve_invited(invitation: Invitation, provider: impl FnOnce() -> Arc<dyn Provider>) -> Result<(), ServeError> {
    let interrupts = signals::survive().map_err(|error| ServeError::Io("take interrupts", error))?;
    let listener = Listener::bind(Some(&invitation)).await.map_err(|error| ServeError::Io("open a socket", error))?;
    let address = listener.address().map_err(|error| ServeError::Io("name the socket", error))?;
    let tls = invitation.client_certificate.as_deref().map(ServerTls::for_client).transpose();
    let tls = tls.map_err(|error| ServeError::Tls(error.to_string()))?;
    let certificate = tls.as_ref().map(|tls| tls.certificate.as_ref());
    let line = handshake::line(listener.network(), &address, certificate, invitation.asks_for_multiplexing);
    handshake::announce(&line).map_err(|error| ServeError::Io("write to standard output", error))?;
    if !invitation.speaks_our_protocol {
        tracing::error!(protocol = APP_PROTOCOL, "Terraform does not speak this plugin's protocol");
    }
    let attendance = Attendance::new();
    let watched = attendance.clone();
    let abandoned = async move {
        watched.abandoned(GONE_PATIENCE, FIRST_PATIENCE).await;
        tracing::warn!("Terraform is gone, ending");
    };
    let server = Server::new(provider());
    tokio::spawn(give_up_reads(server.clone(), interrupts));
    answer(&listener, tls.map(|tls| tls.acceptor), server, &attendance, abandoned).await
}

/// Gives up what only reads when somebody presses Ctrl-C. Terraform says `Stop` then, too, but not in each of its commands:
/// `terraform import` waits for the provider whatever comes. What changes something waits for `Stop`.
async fn give_up_reads(server: Server, mut interrupts: Interrupts) {
    loop {
        interrupts.next().await;
        tracing::info!("Interrupted: calls that only read are given up");
        server.stop_reads();
    }
}

/// Answers calls until the client asks for the end or `over` comes, then lets the calls in flight end for a moment.
async fn answer(
    listener: &Listener,
    tls: Option<TlsAcceptor>,
    server: Server,
    attendance: &Attendance,
    over: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let end = CancellationToken::new();
    let (connections, incoming) = mpsc::channel::<Connection>(WAITING_CONNECTIONS);
    let incoming = ReceiverStream::new(incoming).map(Ok::<_, io::Error>);
    let router = server::router(server.clone(), &end).await;
    let mut grpc = std::pin::pin!(router.serve_with_incoming_shutdown(incoming, end.clone().cancelled_owned()));

    let ended = tokio::select! {
        ended = &mut grpc => Some(ended),
        () = accept(listener, tls, attendance.clone(), connections) => None,
        () = end.cancelled() => None,
        () = over => None,
    };
    if let Some(ended) = ended {
        return ended.map_err(ServeError::Server);
    }
    end.cancel();
    server.stop_calls();
    let drained = async {
        let ended = grpc.await;
        server.calls_ended().await;
        ended
    };
    // A call that does not end in time is given up, as the client would do with the whole process.
    tokio::time::timeout(END_PATIENCE, drained).await.unwrap_or(Ok(())).map_err(ServeError::Server)
}

/// The value of `TF_REATTACH_PROVIDERS`. `Test` keeps clients from ending this process after their first use.
fn reattach(source: &str, network: &str, address: &str) -> String {
    serde_json::json!({
        source: {
            "Protocol": "grpc",
            "ProtocolVersion": APP_PROTOCOL,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": network, "String": address },
        }
    })
    .to_string()
}

fn start_telling(options: &Options) {
    log::tell_panics(options.name);
    log::start(options.name, options.log_crates);
}

fn in_runtime(life: impl Future<Output = Result<(), ServeError>>) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|error| ServeError::Io("start threads", error))?;
    let ended = runtime.block_on(life);
    // Whatever still runs has had its time; waiting for it would keep Terraform waiting.
    runtime.shutdown_background();
    ended
}

fn finish(ended: Result<(), ServeError>, options: &Options) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, options),
    }
}

fn fail(error: &ServeError, options: &Options) -> ExitCode {
    use io::Write;
    let text = match error {
        ServeError::ByHand => options.by_hand.to_owned(),
        error => format!("The {} provider cannot serve: {error}", options.name),
    };
    // Without a standard error there is nobody to tell.
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reattach_value_has_what_terraform_reads() {
        let value: serde_json::Value = serde_json::from_str(&reattach("a/b", "unix", "/tmp/s")).unwrap();
        let expected = serde_json::json!({"a/b": {
            "Protocol": "grpc",
            "ProtocolVersion": 5,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": "unix", "String": "/tmp/s" },
        }});
        assert_eq!(value, expected);
    }
}
