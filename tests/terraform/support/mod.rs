//! What stories are told with: [`Story`] sets the stage, [`Outcome`] is what a command made of it, [`Play`] is one that
//! still runs.

pub(crate) mod all;
mod core;
mod outcome;
mod play;
mod story;
mod trap;

pub(crate) use self::core::{
    ACTIONS, CHECKS, Core, DESTROY_PLANS, EPHEMERAL, ERROR_PLACES, FUNCTIONS, IDENTITY_IMPORTS, IGNORED_NULLS,
    IMPORT_BLOCKS, LISTS, MOVED_BLOCKS, Part, REMOVED_BLOCKS, TERRAFORM_DATA, TESTS, WRITE_ONLY, tell_skipped,
};
pub(crate) use self::outcome::Outcome;
#[cfg(target_os = "linux")]
pub(crate) use self::play::abort;
pub(crate) use self::play::{Play, kill};
pub(crate) use self::story::{PROGRAM, Story, run};
pub(crate) use self::trap::Trap;

use std::time::{Duration, Instant};

/// The instance of the built-in world that most stories are about.
pub(crate) const INSTANCE: &str = rehearsal::dcs::BUILT_IN_INSTANCE;
/// Another one, with [`OTHER_BACKUP`].
pub(crate) const OTHER_INSTANCE: &str = "f2a4c0de-6b1d-4a7e-8c35-91e0d7b2a640";
/// A finished backup of [`INSTANCE`].
pub(crate) const BACKUP: &str = "1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269";
/// A finished backup of [`OTHER_INSTANCE`].
pub(crate) const OTHER_BACKUP: &str = "a8d3f5b7-4e16-4290-9c7b-60f1d2e8c934";

/// Waits until `condition` gives a value.
///
/// # Panics
/// When that takes longer than `limit`.
pub(crate) fn eventually<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(start.elapsed() < limit, "still waiting after {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Lets a file be run as a program.
pub(crate) fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
