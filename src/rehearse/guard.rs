//! Nobody outlives a rehearsal that is killed.
//!
//! The kernel can signal a process when its parent dies, and keeps to that across `exec`; but only the process itself can
//! ask for it, and between `fork` and `exec` no safe code runs. So what a rehearsal runs is started by way of this very
//! program: it asks, and then becomes the other one. Linux only; elsewhere a core ends once its cloud is gone.

use std::ffi::{OsStr, OsString};

use tokio::process::Command;

/// The word by which a rehearsal starts this program for that; no part of the command line that users are told.
pub(crate) const WORD: &str = "rehearsal-child";

/// Starts a program that is killed when this process dies. With `in_order` it is asked to end instead, so that it can save
/// what it knows about things that are real.
#[cfg(target_os = "linux")]
pub(super) fn command(program: &OsStr, in_order: bool) -> Command {
    // Not the path: whoever builds this program anew meanwhile replaces what is there.
    let own = std::path::Path::new("/proc/self/exe");
    if !own.exists() {
        return Command::new(program);
    }
    let mut command = Command::new(own);
    command.args([WORD, &std::process::id().to_string(), if in_order { "end" } else { "kill" }]).arg(program);
    command
}

#[cfg(not(target_os = "linux"))]
pub(super) fn command(program: &OsStr, _in_order: bool) -> Command {
    Command::new(program)
}

/// Becomes the program that the words behind [`WORD`] name; returns only when that fails, with the reason.
#[cfg(target_os = "linux")]
pub(crate) fn become_child(words: &[OsString]) -> String {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    let [parent, how, program, arguments @ ..] = words else { return format!("{WORD} is no word for people") };
    let signal = if how == "end" { Signal::TERM } else { Signal::KILL };
    if let Err(error) = set_parent_process_death_signal(Some(signal)) {
        return format!("cannot follow the rehearsal: {error}");
    }
    // A parent that died before that would signal nothing any more.
    let is_there = getppid().is_some_and(|pid| parent.to_str() == Some(&pid.as_raw_pid().to_string()));
    if !is_there {
        return "the rehearsal has ended".to_owned();
    }
    let error = std::process::Command::new(program).args(arguments).exec();
    format!("cannot run {}: {error}", program.to_string_lossy())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn become_child(_words: &[OsString]) -> String {
    format!("{WORD} is no word for people")
}
