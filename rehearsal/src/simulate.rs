//! The rehearsal cloud as a program of its own.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::running::{Options, start};

/// Starts a cloud, prints its connection as the first line on standard output, and serves until SIGINT or SIGTERM.
/// Problems go to standard error.
pub async fn simulate(options: Options) -> ExitCode {
    let running = match start(options).await {
        Ok(running) => running,
        Err(problem) => return failed(&problem.to_string()),
    };
    if let Err(problem) = announce(&running.connection.to_json()) {
        return failed(&format!("cannot write to standard output: {problem}"));
    }
    if let Err(problem) = stopped().await {
        return failed(&format!("cannot wait for signals: {problem}"));
    }
    match running.shutdown().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => failed(&problem.to_string()),
    }
}

fn announce(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

#[cfg(unix)]
async fn stopped() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn stopped() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn failed(problem: &str) -> ExitCode {
    // Nothing is left to report to when standard error is gone too.
    let _ = writeln!(io::stderr(), "rehearsal cloud: {problem}");
    ExitCode::FAILURE
}
