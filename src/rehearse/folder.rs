//! The temporary folder: for this user only, gone at the end, and removed by the next rehearsal if this one is killed.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;

use super::Problem;

/// What names of such folders begin with.
const PREFIX: &str = "recovery-rehearsal-";
/// A file in it that is locked as long as its rehearsal lives: unlike a process id, a lock is never somebody else's.
const LOCK: &str = "alive";

/// A temporary folder.
pub(super) struct Folder {
    folder: TempDir,
    alive: Option<File>,
}

impl Folder {
    /// Makes one, after it has removed what dead rehearsals have left. With `kept`, this one is left alone should its
    /// rehearsal be killed: its state may be all that knows of things that are real.
    pub(super) fn make(kept: bool) -> Result<Folder, Problem> {
        let base = std::env::temp_dir();
        // Free of links, so that it is recognised beside the user's folder.
        let base = base.canonicalize().map_err(|error| Problem::io("open", &base, &error))?;
        remove_dead(&base);
        Folder::make_in(&base, kept)
    }

    fn make_in(base: &Path, kept: bool) -> Result<Folder, Problem> {
        let failed = |error: std::io::Error| Problem::io("create a folder in", base, &error);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        let owner_only = owner_only();
        if let Some(permissions) = owner_only {
            builder.permissions(permissions);
        }
        let folder = builder.tempdir_in(base).map_err(failed)?;
        let alive = match kept {
            true => None,
            false => Some(lock(folder.path()).map_err(failed)?),
        };
        Ok(Folder { folder, alive })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes it.
    pub(super) fn close(self) -> Result<(), Problem> {
        let path = self.path().to_owned();
        // Windows removes no open file.
        drop(self.alive);
        self.folder.close().map_err(|error| Problem::io("remove the temporary folder", &path, &error))
    }
}

/// The lock appears only once it is held, so that nobody takes a folder that is new for one that is dead.
fn lock(folder: &Path) -> std::io::Result<File> {
    let (new, path) = (folder.join("new"), folder.join(LOCK));
    let file = File::create_new(&new)?;
    file.lock()?;
    fs::rename(new, path)?;
    Ok(file)
}

/// Removes what rehearsals that were killed have left. What cannot be removed stays: the present rehearsal is no worse.
fn remove_dead(base: &Path) {
    let names = fs::read_dir(base).into_iter().flatten().flatten();
    for entry in names.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let folder = entry.path();
        if is_own(&folder) && is_dead(&folder) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Nobody holds the lock that is there.
fn is_dead(folder: &Path) -> bool {
    File::open(folder.join(LOCK)).is_ok_and(|file| file.try_lock().is_ok())
}

#[cfg(unix)]
fn is_own(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir() && data.uid() == own)
}

#[cfg(not(unix))]
fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|data| data.is_dir())
}

#[cfg(unix)]
fn owner_only() -> Option<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn owner_only() -> Option<fs::Permissions> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_have_left_is_removed_and_nothing_else() {
        let base = tempfile::tempdir().unwrap();
        let base = base.path();
        let living = Folder::make_in(base, false).unwrap();
        let kept = Folder::make_in(base, true).unwrap();
        let dead = base.join(format!("{PREFIX}dead"));
        let elsewhere = base.join("elsewhere");
        for folder in [&dead, &elsewhere] {
            fs::create_dir_all(folder.join("inside")).unwrap();
            fs::write(folder.join(LOCK), "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&elsewhere, base.join(format!("{PREFIX}link"))).unwrap();
        remove_dead(base);
        assert!(!dead.exists());
        assert!(living.path().exists() && kept.path().exists() && elsewhere.join("inside").exists());
        let path = living.path().to_owned();
        living.close().unwrap();
        assert!(!path.exists());
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_can_look_inside() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = Folder::make_in(base.path(), false).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
