//! Configuration files of other tools: finding and reading them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::environment::Environment;

/// Bytes of a configuration file that are read at most.
const LARGEST_FILE: u64 = 1 << 20;

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) content: Value,
}

/// Reads a YAML or JSON file. `Ok(None)` if there is none; the error is a text with the path.
pub(super) fn read(path: &Path) -> Result<Option<File>, String> {
    let problem = |reason: String| format!("{}: {reason}", path.display());
    let size = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.len(),
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(problem(error.to_string())),
    };
    if size > LARGEST_FILE {
        return Err(problem(format!("larger than {} MiB", LARGEST_FILE >> 20)));
    }
    let text = std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))?;
    // JSON is YAML, too. Errors of the parser name a place, never a value.
    let content = yaml::read(&text, yaml::Words::AsWritten)
        .map_err(|error| problem(format!("no valid YAML or JSON at {error}")))?;
    Ok(Some(File { path: path.to_owned(), content }))
}

/// The first file that exists of some names in some folders.
pub(super) fn first_existing(folders: &[PathBuf], names: &[&str]) -> Option<PathBuf> {
    folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name))).find(|path| path.is_file())
}

/// The user's folder.
pub(super) fn home(environment: &Environment) -> Option<PathBuf> {
    environment.first(&["HOME", "USERPROFILE"]).map(|(_, home)| PathBuf::from(home))
}

/// A path as users write it, with `~` for their folder.
pub(super) fn expand(path: &str, environment: &Environment) -> PathBuf {
    let rest = if path == "~" { Some("") } else { path.strip_prefix("~/") };
    match (rest, home(environment)) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// A scalar as text: people write passwords and ids that look like numbers.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
