//! Lenient reading of what the services answer.
//!
//! The documents of the services type one field as string on one page and as number on the next, and show `null`, `{}`
//! or nothing at all for an absent value. These readers take all of those forms, so that a missing remark never hides a
//! finished backup. They are used with `#[serde(default, deserialize_with = "...")]`.

use reader::form;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

/// A text: a string as it is, a number or boolean in its JSON form, everything empty (`null`, `{}`, `[]`) as `None`.
///
/// The error names the form that was found, never the value, which may be a secret.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(flag) => Ok(Some(flag.to_string())),
        value if is_nothing(&value) => Ok(None),
        value => Err(D::Error::custom(format!("expected a string, found {}", form(&value)))),
    }
}

/// A text that counts as absent when it is empty: used for identifiers, names, words, codes and reasons, all of which
/// stand in the lines of messages. So it is one line, in which nothing acts on a terminal.
pub(crate) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text(deserializer)?.map(|text| outside::line(text.trim())).filter(|text| !text.is_empty()))
}

/// A whole number: a JSON number (a fraction of zero is dropped) or a decimal string; empty forms are `None`.
pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match number(deserializer)? {
        None => Ok(None),
        Some(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => Ok(Some(number as i64)),
        Some(_) => Err(D::Error::custom("expected a whole number")),
    }
}

/// A number: a JSON number or a decimal string, with or without a percent sign; empty forms are `None`.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let parsed = match &value {
        Value::Number(number) => number.to_string().parse::<f64>().ok(),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().trim_end_matches('%').parse::<f64>().ok(),
        value if is_nothing(value) => return Ok(None),
        _ => None,
    };
    match parsed.filter(|number| number.is_finite()) {
        Some(number) => Ok(Some(number)),
        None => Err(D::Error::custom(format!("expected a number, found {}", form(&value)))),
    }
}

/// A truth value: a JSON boolean or the words `true` and `false` in any case, also inside quotes of their own, as the
/// operation log of CBR documents them; empty forms are `None`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match &value {
        Value::Bool(flag) => Ok(Some(*flag)),
        Value::String(text) => match text.trim_matches(['"', ' ']).to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            "" => Ok(None),
            _ => Err(D::Error::custom("expected true or false, found another string")),
        },
        value if is_nothing(value) => Ok(None),
        value => Err(D::Error::custom(format!("expected true or false, found {}", form(value)))),
    }
}

/// Records of one list that are read at most; services cut their pages at a thousand.
const MOST_IN_A_LIST: usize = 20_000;

/// A list of objects: `null`, `{}` and `""` stand for the empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Array(items) if items.len() > MOST_IN_A_LIST => {
            Err(D::Error::custom(format!("a list of more than {MOST_IN_A_LIST} records")))
        }
        Value::Array(items) => {
            let read = |(index, item)| from_value(item).map_err(|error| D::Error::custom(format!("[{index}]{error}")));
            items.into_iter().enumerate().map(read).collect()
        }
        value if is_nothing(&value) => Ok(Vec::new()),
        value => Err(D::Error::custom(format!("expected a list, found {}", form(&value)))),
    }
}

/// An object: `null`, `[]`, `""` and a missing field stand for the one whose fields are all absent.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        value @ Value::Object(_) => from_value(value).map_err(D::Error::custom),
        value if is_nothing(&value) => Ok(T::default()),
        value => Err(D::Error::custom(format!("expected an object, found {}", form(&value)))),
    }
}

/// Values of one body that are read at most: a full page of the longest records has a tenth of it. A body of sixteen
/// megabytes of empty objects would take a hundred times its size otherwise.
const MOST_VALUES: usize = 1_000_000;

/// Reads a whole body, which is an object, and names the field that would not decode, such as `backup.children[0].id`.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    // Each value but the first one follows one of these.
    let values = body.iter().filter(|&&byte| matches!(byte, b',' | b'{' | b'[')).count();
    if values > MOST_VALUES {
        return Err(Unreadable { syntax: false, text: format!("more than {MOST_VALUES} values in one answer") });
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Unreadable { syntax: true, text: error.to_string() })?;
    reader::read(value).map_err(|problem| Unreadable { syntax: false, text: describe(problem.place(), problem.text()) })
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unreadable {
    /// True if it is no JSON at all (HTML, a truncated text), false if a field has the wrong form.
    pub(crate) syntax: bool,
    /// The field and what was wrong with it.
    pub(crate) text: String,
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    reader::read(value).map_err(|problem| match problem.place() {
        "" => format!(": {}", problem.text()),
        place => format!(".{}", describe(place, problem.text())),
    })
}

fn describe(path: &str, text: &str) -> String {
    // An error from a nested reader starts with its own path, which continues this one.
    match (path, text.strip_prefix('.')) {
        ("", Some(rest)) => rest.to_owned(),
        ("", None) => text.trim_start_matches(": ").to_owned(),
        (path, Some(rest)) => format!("{path}.{rest}"),
        (path, None) if text.starts_with(['[', ':']) => format!("{path}{text}"),
        (path, None) => format!("{path}: {text}"),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Inner {
        #[serde(deserialize_with = "filled")]
        id: Option<String>,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Outer {
        #[serde(deserialize_with = "text")]
        name: Option<String>,
        #[serde(deserialize_with = "whole")]
        size: Option<i64>,
        #[serde(deserialize_with = "number")]
        progress: Option<f64>,
        #[serde(deserialize_with = "flag")]
        restorable: Option<bool>,
        #[serde(deserialize_with = "list")]
        items: Vec<Inner>,
        #[serde(deserialize_with = "object")]
        inner: Inner,
    }

    #[test]
    fn no_error_shows_the_string_that_was_found() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "only its errors are looked at")]
        struct Inner {
            number: u8,
        }
        #[derive(Debug, Deserialize)]
        #[allow(dead_code, reason = "only its errors are looked at")]
        struct Outer {
            inner: Inner,
            #[serde(default, deserialize_with = "list")]
            many: Vec<Inner>,
        }
        let secret = "https://x/?Signature=\\\"se same at line 1, expected";
        for body in [
            format!("\"{secret}\""),
            format!("{{\"inner\": \"{secret}\"}}"),
            format!("{{\"inner\": {{\"number\": \"{secret}\"}}}}"),
            format!("{{\"inner\": {{\"number\": 1}}, \"many\": \"{secret}\"}}"),
            format!("{{\"inner\": {{\"number\": 1}}, \"many\": [\"{secret}\"]}}"),
            format!("{{\"inner\": {{\"number\": 1}}, \"many\": [{{\"number\": \"{secret}\"}}]}}"),
        ] {
            let error = read::<Outer>(body.as_bytes()).unwrap_err().text;
            assert!(!error.contains("same") && !error.contains("Signature"), "{body}: {error}");
            assert!(error.contains("string") || error.contains("list"), "{body}: {error}");
        }
    }

    #[test]
    fn every_empty_form_is_absent() {
        for empty in ["null", "{}", "\"\"", "[]"] {
            let body = format!(
                r#"{{"size":{empty},"progress":{empty},"restorable":{empty},"items":{empty},"inner":{empty},"unknown":1}}"#
            );
            assert_eq!(read::<Outer>(body.as_bytes()), Ok(Outer::default()), "{empty}");
        }
    }

    #[test]
    fn strings_and_numbers_are_alike() {
        let body =
            r#"{"name":7,"size":"40","progress":"60%","restorable":"TRUE","items":[{"id":" a "}],"inner":{"id":5}}"#;
        let outer = read::<Outer>(body.as_bytes()).unwrap();
        assert_eq!(outer.name.as_deref(), Some("7"));
        assert_eq!(outer.size, Some(40));
        assert_eq!(outer.progress, Some(60.0));
        assert_eq!(outer.restorable, Some(true));
        assert_eq!(outer.items, [Inner { id: Some("a".to_owned()) }]);
        assert_eq!(outer.inner.id.as_deref(), Some("5"));
    }

    #[test]
    fn errors_name_the_field() {
        for (body, want) in [
            (r#"{"size":[1]}"#, "size: expected a number, found a list"),
            (r#"{"items":[{"id":"x"},{"id":[1]}]}"#, "items[1].id: expected a string, found a list"),
            (r#"{"inner":{"id":{"a":1}}}"#, "inner.id: expected a string, found an object"),
            (r#"{"items":[["x"]]}"#, "items[0]: expected an object, found a list"),
            (r#"["x"]"#, "expected an object, found a list"),
        ] {
            let error = read::<Outer>(body.as_bytes()).unwrap_err();
            assert_eq!((error.text.as_str(), error.syntax), (want, false), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        for body in ["<html>", "{\"name\":\"x", "", "{} trailing"] {
            assert!(read::<Outer>(body.as_bytes()).unwrap_err().syntax, "{body}");
        }
    }
}
