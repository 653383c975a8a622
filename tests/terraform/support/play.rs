//! A command that still runs, in a process group of its own, as a terminal would start it.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::Outcome;

/// Nothing in a story takes as long as this, on a busy machine either.
const LIMIT: Duration = Duration::from_secs(60);

/// A running command.
pub(crate) struct Play {
    child: Child,
    shown: String,
    /// Files and not pipes: nobody reads while it runs.
    output: [PathBuf; 2],
}

impl Play {
    /// Starts it; what it says is kept in `folder`.
    pub(crate) fn start(command: &mut Command, folder: &Path) -> Play {
        let shown = format!("{command:?}");
        let number = fastrand::u64(..);
        let output = ["stdout", "stderr"].map(|name| folder.join(format!("{name}-{number:x}")));
        command.stdin(Stdio::null()).process_group(0);
        command.stdout(File::create(&output[0]).unwrap()).stderr(File::create(&output[1]).unwrap());
        let child = command.spawn().unwrap_or_else(|error| panic!("{shown}: {error}"));
        Play { child, shown, output }
    }

    /// Presses Ctrl-C: the signal reaches every process of the group.
    pub(crate) fn interrupt(&self) {
        kill_process_group(self.pid(), Signal::INT).unwrap();
    }

    /// Interrupts the first process alone.
    pub(crate) fn interrupt_alone(&self) {
        kill_process(self.pid(), Signal::INT).unwrap();
    }

    /// Asks the first process alone to end.
    pub(crate) fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Kills the first process alone, without a chance to tidy up.
    pub(crate) fn kill(&self) {
        kill_process(self.pid(), Signal::KILL).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Outcome {
        let start = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(start.elapsed() < LIMIT, "no end after {LIMIT:?}: {}\n{}", self.shown, self.said());
        };
        let [stdout, stderr] = self.output.each_ref().map(|path| std::fs::read(path).unwrap());
        Outcome::new(self.shown.clone(), &Output { status, stdout, stderr })
    }

    /// What it has said so far on standard output.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.output[0]).unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// Kills any process, without a chance to tidy up.
pub(crate) fn kill(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

/// Lets any process crash, as an assertion of its runtime would.
#[cfg(target_os = "linux")]
pub(crate) fn abort(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::ABORT).unwrap();
}

impl Drop for Play {
    fn drop(&mut self) {
        // A story that failed leaves nothing running.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
