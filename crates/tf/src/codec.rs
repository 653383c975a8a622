//! Values to bytes and back, driven by the schema.
//!
//! The schema decides which members an object has: the decoders fill in what is missing, the encoder writes every one of
//! them, because Terraform refuses an object that lacks a key. Recursion follows the schema, or the type that a value of any
//! type brings along (128 levels at most), never the input, so hostile input cannot exhaust the stack; lengths claimed in
//! headers are never trusted with memory.

mod dynamic;
mod fit;
mod json;
mod msgpack;
#[cfg(test)]
mod properties;
mod shape;
#[cfg(test)]
mod tests;
mod types;

use std::fmt;

pub use fit::fit;
pub use json::{decode_json, decode_json_type, parse_json};
pub use msgpack::{decode_msgpack, decode_msgpack_type, encode_msgpack, encode_msgpack_type};
pub use types::type_json;

use crate::diagnostic::Diagnostic;
use crate::path::{Path, Step};
use crate::value::Value;

/// What does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// The attribute to blame. Ends at a set; the message then says which attribute of the element it was.
    pub path: Path,
    /// What is wrong, such as `string required, found bool`. Never the value itself, which may be secret.
    pub message: String,
}

impl CodecError {
    /// An error at the root; [`CodecError::within`] moves it down as it travels up.
    pub fn new(message: impl Into<String>) -> CodecError {
        CodecError { path: Path::root(), message: message.into() }
    }

    /// The usual error: a value of another kind than the schema has.
    pub fn wrong_kind(required: &str, found: &str) -> CodecError {
        CodecError::new(format!("{required} required, found {found}"))
    }

    /// The same, seen from the value that holds the wrong one at this step.
    #[must_use]
    pub fn within(mut self, step: Step) -> CodecError {
        self.path.0.insert(0, step);
        self
    }

    /// The same, seen from a set that holds the wrong value: sets have no addressable elements, so the rest of the path
    /// goes into the text.
    #[must_use]
    pub fn within_set(self) -> CodecError {
        let CodecError { path, message } = self;
        if path == Path::root() {
            CodecError::new(format!("in one of its elements: {message}"))
        } else {
            CodecError::new(format!("in one of its elements, {path}: {message}"))
        }
    }

    /// An error diagnostic. `context` is its summary: what could not be done, such as "Stored state cannot be read".
    pub fn into_diagnostic(self, context: &str) -> Diagnostic {
        let text = Diagnostic::error(context, self.to_string());
        if self.path == Path::root() { text } else { text.at(self.path) }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path == Path::root() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for CodecError {}

/// The word for a value's kind in error texts.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "an unknown value",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Sorted and without repetitions, as sets are kept. An element with an unknown inside equals nothing, not even its twin:
/// two blocks may look alike until their unknowns are known.
pub(crate) fn normalize_set(elements: &mut Vec<Value>) {
    elements.sort_unstable();
    elements.dedup_by(|left, right| left == right && left.is_wholly_known());
}
