//! What the operating system says: interrupts are ignored while Terraform is the parent, and end a debug server.

use std::io;

/// Makes this process deaf to interrupts.
///
/// A terminal's Ctrl-C reaches the plugin too. It must not end it: Terraform asks with `Stop` and `Shutdown`, and
/// whoever dies before that loses the ID of the object under creation.
#[cfg(unix)]
pub(crate) fn ignore() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Once registered, a signal's default action is gone for the life of the process, also without a listener.
    drop(signal(SignalKind::interrupt())?);
    drop(signal(SignalKind::terminate())?);
    Ok(())
}

/// Makes this process deaf to interrupts.
#[cfg(windows)]
pub(crate) fn ignore() -> io::Result<()> {
    drop(tokio::signal::windows::ctrl_c()?);
    drop(tokio::signal::windows::ctrl_break()?);
    Ok(())
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
