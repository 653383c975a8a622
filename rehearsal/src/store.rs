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

/// Writes the world to `path`: a reader, or a run that is killed, sees the old file or the new one, never a part.
pub(crate) fn save(path: &Path, world: &World) -> Result<(), StoreError> {
    let error = |reason: String| StoreError { path: path.to_owned(), reason };
    let text = serde_json::to_vec_pretty(world).map_err(|problem| error(problem.to_string()))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|problem| error(problem.to_string()))
}
