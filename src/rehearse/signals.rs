//! Interrupts while Terraform runs.
//!
//! Terraform runs in a process group of its own and is interrupted by the rehearsal alone, once for each interrupt,
//! whether a terminal sent it to the whole group or somebody to one process; it ends in good order, and the rehearsal
//! waits for it and tidies up. A program that reads from the terminal stays in the terminal's group and is interrupted by
//! the terminal: a second interrupt would make Terraform drop everything. Requests to end are passed on always.

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
    /// Whether that process leads a group of its own.
    leads: AtomicBool,
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
    pub(super) fn started(&self, pid: Option<u32>, leads: bool) {
        self.state.leads.store(leads, Ordering::SeqCst);
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
            let is_interrupt = tokio::select! {
                _ = interrupt.recv() => true,
                _ = terminate.recv() => false,
                _ = hang_up.recv() => false,
            };
            state.interrupted.store(true, Ordering::SeqCst);
            state.pass_on(is_interrupt);
        }
    }))
}

#[cfg(unix)]
impl State {
    /// It may have ended this very moment, which is what is wanted.
    fn pass_on(&self, is_interrupt: bool) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let child = i32::try_from(self.child.load(Ordering::SeqCst)).ok().and_then(Pid::from_raw);
        let Some(child) = child else { return };
        // Providers ignore an interrupt and are told by the core; a request to end would end them before it.
        let _ = match (is_interrupt, self.leads.load(Ordering::SeqCst)) {
            (true, true) => kill_process_group(child, Signal::INT),
            (true, false) => Ok(()),
            (false, _) => kill_process(child, Signal::TERM),
        };
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
