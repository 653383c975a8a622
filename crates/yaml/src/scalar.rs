//! What one word means.

use granit_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

use super::Words;

/// The value of a scalar.
pub(super) fn value(text: &str, style: ScalarStyle, tag: Option<&Tag>, words: Words) -> Value {
    let forced_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
    if style != ScalarStyle::Plain || forced_text {
        return Value::from(text);
    }
    match (text, words) {
        ("" | "~" | "null" | "Null" | "NULL", _) => Value::Null,
        (_, Words::AsWritten) => Value::from(text),
        ("true" | "True" | "TRUE", Words::Typed) => Value::Bool(true),
        ("false" | "False" | "FALSE", Words::Typed) => Value::Bool(false),
        (_, Words::Typed) => number(text).map_or_else(|| Value::from(text), Value::Number),
    }
}

/// A number as JSON writes it. JSON's rule keeps `0123` and `+5` apart from numbers: they are IDs more often than not.
fn number(text: &str) -> Option<Number> {
    let first = text.strip_prefix('-').unwrap_or(text);
    if first.starts_with(|letter: char| letter.is_ascii_digit()) { serde_json::from_str(text).ok() } else { None }
}
