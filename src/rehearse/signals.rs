//! Interrupts while Terraform runs.
//!
//! A terminal's Ctrl-C reaches Terraform directly, being of the same process group; it ends in good order, and the
//! rehearsal waits for it and tidies up. Passing the signal on would be a second interrupt, on which Terraform drops
//! everything. Requests to end, which are sent to one process alone, are passed on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::task::JoinHandle;

/// Listens until it is dropped. The signals' own effect, ending this process, does not come back.
pub(super) struct Signals {
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    interrupted: AtomicBool,
    /// The process to pass signals on to; 0 for none.
    child: AtomicU32,
}

impl Signals {
    /// Begins to listen. Needs a tokio runtime.
    pub(super) fn listen() -> io::Result<Signals> {
        let state = Arc::new(State::default());
        let task = listen(Arc::clone(&state))?;
        Ok(Signals { state, task })
    }

    /// Whether any signal came.
    pub(super) fn interrupted(&self) -> bool {
        self.state.interrupted.load(Ordering::SeqCst)
    }

    /// A process began that signals are passed on to.
    pub(super) fn started(&self, pid: Option<u32>) {
        self.state.child.store(pid.unwrap_or_default(), Ordering::SeqCst);
    }

    /// It has ended.
    pub(super) fn ended(&self) {
        self.state.child.store(0, Ordering::SeqCst);
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(unix)]
fn listen(state: Arc<State>) -> io::Result<JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(tokio::spawn(async move {
        loop {
            let passed_on = tokio::select! {
                _ = interrupt.recv() => false,
                _ = terminate.recv() => true,
                _ = hang_up.recv() => true,
            };
            state.interrupted.store(true, Ordering::SeqCst);
            if passed_on {
                terminate_process(state.child.load(Ordering::SeqCst));
            }
        }
    }))
}

#[cfg(unix)]
fn terminate_process(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended this very moment, which is what is wanted.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

#[cfg(not(unix))]
fn listen(state: Arc<State>) -> io::Result<JoinHandle<()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(tokio::spawn(async move {
        while interrupt.recv().await.is_some() {
            state.interrupted.store(true, Ordering::SeqCst);
        }
    }))
}
