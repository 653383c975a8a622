//! YAML into JSON values: one document, merge keys applied, bounded work.
//!
//! The parser is `granit-parser` (YAML 1.2, pure Rust, no panics). What its events mean is decided here, because configuration files
//! of other tools hold passwords and IDs: a library that gives them types turns the password `1e3` into 1000 and the user
//! `n` into `false`. JSON is YAML too.
//!
//! **Invariants.** Knows no cloud, no service and no setting. No error repeats a value: it may be a secret.

mod load;
mod scalar;

use std::fmt;

use granit_parser::{Marker, Parser};
use serde_json::Value;

use load::Loader;

/// What an unquoted word such as `0123`, `yes` or `1.10` becomes. Quoted words are text in any case; `null`, `~` and nothing
/// at all are null in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// The text that stands there. For files whose values are all meant as text.
    AsWritten,
    /// `true` and `false` are bools, decimal numbers are numbers as JSON writes them, all else is text (`yes`, `0123`,
    /// `0x1F`, `1_000`, `.5`).
    Typed,
}

/// Why a text was not read, and where. Lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Line of the text.
    pub line: usize,
    /// Column of that line, in characters.
    pub column: usize,
    /// What is wrong, as part of a sentence, without any value of the text.
    pub reason: String,
}

impl Error {
    fn at(marker: Marker, reason: impl Into<String>) -> Error {
        Error { line: marker.line(), column: marker.col().saturating_add(1), reason: reason.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl std::error::Error for Error {}

/// Reads a text of one document; an empty one is null. A byte order mark at the start is skipped.
///
/// Anchors, aliases and merge keys (`<<`) work as in YAML 1.1: what stands in a mapping itself wins over what is merged
/// into it, and of several merged mappings the first wins. Tags other than `!!str` change nothing.
///
/// # Errors
/// Malformed YAML; a second document; a key twice in one mapping (tools differ in which one counts); a key that is no plain
/// word; an alias without its anchor; more nesting or more copies by aliases than any file needs.
pub fn read(text: &str, words: Words) -> Result<Value, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut loader = Loader::new(words);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Error::at(*error.marker(), error.info()))?;
        loader.take(event, span.start)?;
    }
    Ok(loader.into_document())
}

#[cfg(test)]
mod tests;
