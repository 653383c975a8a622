//! What all operations have in common: readers of bodies, values for the state, attributes that several have.

use std::collections::BTreeMap;

use cloud::{Error, Kind as ErrorKind};
use tf::{Attribute, Mode, Type, Value};

use engine::work::{Readiness, Results};

/// The text of a known string.
pub fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name).as_str().map(str::to_owned)
}

/// The text of a string that core guarantees to be there; empty if it is not.
pub fn required(body: &Value, name: &str) -> String {
    text(body, name).unwrap_or_default()
}

/// Whether an id of a record is the one that is meant. No document says that a service answers a UUID in the letters in
/// which it was given, so their case does not count.
pub fn is_id(found: Option<&str>, meant: &str) -> bool {
    found.is_some_and(|found| tf::same_id(found, meant))
}

/// The value of a known bool.
pub fn flag(body: &Value, name: &str) -> Option<bool> {
    match body.get(name) {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

/// A string or null.
pub fn string_or_null(text: Option<&str>) -> Value {
    text.filter(|text| !text.is_empty()).map_or(Value::Null, Value::from)
}

/// An integer or null.
pub fn integer_or_null(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::from)
}

/// A map of strings.
pub fn string_map(pairs: &BTreeMap<String, String>) -> Value {
    Value::object(pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))))
}

/// Puts facts into a body.
pub fn put(body: &mut Value, facts: &Results) {
    for (name, value) in facts {
        body.set(name, value.clone());
    }
}

/// The pairs of a known map of strings; `None` for an empty one.
pub fn pairs_of_map(map: &Value) -> Option<BTreeMap<String, String>> {
    let Value::Object(members) = map else { return None };
    let pairs: Option<BTreeMap<String, String>> =
        members.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

/// Whether a target is usable again, as far as it may be seen: without the permission to look, the record of the work
/// has the last word.
pub fn unless_forbidden(readiness: Result<Readiness, Error>) -> Result<Readiness, Error> {
    match readiness {
        Err(error) if error.kind() == ErrorKind::Forbidden => {
            tracing::warn!(error = %error, "no permission to see whether the target is usable again");
            Ok(Readiness::Ready)
        }
        other => other,
    }
}

/// A percentage as the services write it (`100.00`, `60%`), as a number; null when there is none.
pub fn percent(text: Option<&str>) -> Value {
    let number = text.map(|text| text.trim().trim_end_matches('%')).and_then(tf::Number::parse);
    number.map_or(Value::Null, Value::Number)
}

/// A moment as a service writes it, as RFC 3339 in UTC; null when there is none.
pub fn moment_or_null(text: Option<&str>) -> Value {
    string_or_null(text.map(cloud::time::normalise).as_deref())
}

/// What else tells one record from another, without what the service left out.
pub fn marks<const N: usize>(marks: [(&'static str, Option<&str>); N]) -> BTreeMap<&'static str, String> {
    marks.into_iter().filter_map(|(name, text)| Some((name, text?.to_owned()))).collect()
}

/// The result `progress`.
pub fn progress() -> Attribute {
    Attribute::new("progress", Type::Number, Mode::Computed, "Percent.")
}
