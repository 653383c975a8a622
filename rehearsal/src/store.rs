//! The file that keeps the world between runs.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::services::World;

/// Why a world file could not be read or written.
#[derive(Debug)]
pub struct StoreError {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "world file {}: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for StoreError {}

/// The world kept in `path`; none when there is no such file yet.
pub(crate) fn load(path: &Path) -> Result<Option<World>, StoreError> {
    let error = |reason: String| StoreError { path: path.to_owned(), reason };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(problem) => return Err(error(problem.to_string())),
    };
    let world = serde_json::from_slice(&text).map_err(|problem| error(problem.to_string()))?;
    reader::read(world).map(Some).map_err(|problem| error(problem.to_string()))
}

/// A new file for its owner alone: a world has passwords and keys.
fn create(path: &Path) -> std::io::Result<std::fs::File> {
    // Whatever a run that was killed, or anybody else, has left under this name keeps its permissions, or leads elsewhere.
    match std::fs::remove_file(path) {
        Err(problem) if problem.kind() != std::io::ErrorKind::NotFound => return Err(problem),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes the world to `path`, for its owner alone: a reader, or a run that is killed, sees the old file or the new one, never a part.
pub(crate) fn save(path: &Path, world: &World) -> Result<(), StoreError> {
    let error = |reason: String| StoreError { path: path.to_owned(), reason };
    let text = serde_json::to_vec_pretty(world).map_err(|problem| error(problem.to_string()))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = create(&beside)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|problem| error(problem.to_string()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_reads_a_world() {
        let path = std::env::temp_dir().join(format!("rehearsal-world-{}.json", std::process::id()));
        // One that an older version has left for everybody to read.
        std::fs::write(&path, "{}").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        for _ in 0..2 {
            save(&path, &World::default()).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(load(&path).unwrap().is_some());
        }
        std::fs::remove_file(&path).unwrap();
    }
}
