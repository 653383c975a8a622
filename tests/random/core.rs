//! The rules by which the core judges a provider's answers. A breach stops a user's run.

use plugin_client::UNKNOWN;
use serde_json::Value;

/// Where `later` contradicts what `earlier` promised: known values have to come back as they were, unknown ones may
/// become anything.
pub(crate) fn contradictions(earlier: &Value, later: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", earlier, later, &mut found);
    found
}

fn compare(path: &str, earlier: &Value, later: &Value, found: &mut Vec<String>) {
    match (earlier, later) {
        (Value::String(text), _) if text == UNKNOWN => {}
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                compare(&format!("{path}.{name}"), value, after.get(name).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compare(&format!("{path}[{index}]"), before, after, found);
            }
        }
        _ if earlier == later => {}
        _ => found.push(format!("{path}: {earlier} became {later}")),
    }
}

/// Whether a value has anything in it that is not known.
pub(crate) fn has_unknowns(value: &Value) -> bool {
    match value {
        Value::String(text) => text == UNKNOWN,
        Value::Array(elements) => elements.iter().any(has_unknowns),
        Value::Object(members) => members.values().any(has_unknowns),
        _ => false,
    }
}
