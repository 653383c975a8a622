//! Who may call: accepts connections, makes them prove who they are, and counts those that did.
//!
//! The loop is ours because a failed TLS handshake must never end it, and a peer that dawdles must not keep others
//! waiting.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

use crate::listener::{Io, Listener};

/// How long a peer may take to prove who it is.
const TLS_PATIENCE: Duration = Duration::from_secs(10);
/// How many peers may be at it at the same time; more are turned away.
const TLS_AT_A_TIME: usize = 128;
/// Pause after a failed accept: the usual reason is that file descriptors ran out, which passes.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection whose peer may call. It counts as present until it is dropped.
pub(crate) struct Connection {
    io: Box<dyn Io>,
    _present: Present,
}

impl Connection {
    pub(crate) fn new(io: Box<dyn Io>, attendance: &Attendance) -> Connection {
        Connection { io, _present: attendance.arrive() }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// How many peers are connected.
#[derive(Clone, Debug)]
pub(crate) struct Attendance(Arc<watch::Sender<Count>>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    present: usize,
    /// Somebody was here at some time.
    seen: bool,
}

impl Attendance {
    pub(crate) fn new() -> Attendance {
        Attendance(Arc::new(watch::Sender::new(Count::default())))
    }

    fn arrive(&self) -> Present {
        self.0.send_modify(|count| *count = Count { present: count.present.saturating_add(1), seen: true });
        Present(self.clone())
    }

    /// Returns once nobody has been connected for `gone`, or nobody ever connected within `never`. The client is dead
    /// then: it dials right after the handshake, keeps its connection for life, and asks for a shutdown otherwise.
    pub(crate) async fn abandoned(&self, gone: Duration, never: Duration) {
        let mut count = self.0.subscribe();
        loop {
            let now = *count.borrow_and_update();
            if now.present > 0 {
                // The sender lives as long as `self`, so this cannot fail; a failure would mean that nobody can come.
                if count.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let patience = if now.seen { gone } else { never };
            if tokio::time::timeout(patience, count.changed()).await.is_err() {
                return;
            }
        }
    }
}

/// One peer that is connected.
struct Present(Attendance);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| count.present = count.present.saturating_sub(1));
    }
}

/// Accepts connections until the receiver is gone.
pub(crate) async fn accept(
    listener: &Listener,
    tls: Option<TlsAcceptor>,
    attendance: Attendance,
    connections: mpsc::Sender<Connection>,
) {
    let places = Arc::new(Semaphore::new(TLS_AT_A_TIME));
    while !connections.is_closed() {
        let Ok(io) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (tls, attendance, connections) = (tls.clone(), attendance.clone(), connections.clone());
        tokio::spawn(async move {
            if let Some(io) = prove(io, tls).await {
                drop(place);
                // Fails only when the process is ending.
                let _ = connections.send(Connection::new(io, &attendance)).await;
            }
        });
    }
}

/// The encrypted connection, if the peer is the invited one.
async fn prove(io: Box<dyn Io>, tls: Option<TlsAcceptor>) -> Option<Box<dyn Io>> {
    let Some(tls) = tls else { return Some(io) };
    match tokio::time::timeout(TLS_PATIENCE, tls.accept(io)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "Refused a connection that did not prove to be Terraform's");
            None
        }
        Err(_) => {
            tracing::warn!("Refused a connection that took too long to prove to be Terraform's");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GONE: Duration = Duration::from_millis(200);
    const NEVER: Duration = Duration::from_millis(600);

    async fn waited(attendance: &Attendance) -> Duration {
        let start = tokio::time::Instant::now();
        attendance.abandoned(GONE, NEVER).await;
        start.elapsed()
    }

    #[tokio::test]
    async fn waits_longer_for_the_first_connection() {
        assert!(waited(&Attendance::new()).await >= NEVER);
    }

    #[tokio::test]
    async fn gives_up_soon_after_the_last_one() {
        let attendance = Attendance::new();
        drop(attendance.arrive());
        assert!((GONE..NEVER).contains(&waited(&attendance).await));
    }

    #[tokio::test]
    async fn a_new_connection_in_between_counts() {
        let attendance = Attendance::new();
        drop(attendance.arrive());
        let visitor = attendance.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GONE / 2).await;
            let present = visitor.arrive();
            tokio::time::sleep(NEVER).await;
            drop(present);
        });
        assert!(waited(&attendance).await >= GONE / 2 + NEVER + GONE);
    }
}
