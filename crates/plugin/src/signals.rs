//! What the operating system says: interrupts do not end the process while Terraform is the parent; they end a debug
//! server.

use std::io;

/// Interrupts that do not end this process.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
    #[cfg(windows)]
    signal: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    /// Returns with the next one.
    pub(crate) async fn next(&mut self) {
        if self.signal.recv().await.is_none() {
            // No more can come.
            std::future::pending().await
        }
    }
}

/// Keeps interrupts and requests to end from ending this process.
///
/// A terminal's Ctrl-C reaches the plugin too. It must not end it: Terraform asks with `Stop` and `Shutdown`, and
/// whoever dies before that loses the ID of the object under creation.
#[cfg(unix)]
pub(crate) fn survive() -> io::Result<Interrupts> {
    use tokio::signal::unix::{SignalKind, signal};
    // Once registered, a signal's default action is gone for the life of the process, also without a listener.
    drop(signal(SignalKind::terminate())?);
    Ok(Interrupts { signal: signal(SignalKind::interrupt())? })
}

/// Keeps interrupts from ending this process.
#[cfg(windows)]
pub(crate) fn survive() -> io::Result<Interrupts> {
    drop(tokio::signal::windows::ctrl_break()?);
    Ok(Interrupts { signal: tokio::signal::windows::ctrl_c()? })
}

/// Returns a future that ends with the next interrupt or request to end. Signals count from the call on.
#[cfg(unix)]
pub(crate) fn next() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Returns a future that ends with the next interrupt. Signals count from the call on.
#[cfg(windows)]
pub(crate) fn next() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    let mut terminate = tokio::signal::windows::ctrl_break()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
