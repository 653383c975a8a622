//! Lenient reading of what the services answer.
//!
//! The documents of the services type one field as string on one page and as number on the next, and show `null`, `{}`
//! or nothing at all for an absent value. These readers take all of those forms, so that a missing remark never hides a
//! finished backup. They are used with `#[serde(default, deserialize_with = "...")]`.

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
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
    deserializer.deserialize_any(List(PhantomData))
}

/// Reads a list item by item: a body of empty objects would take a hundred times its size otherwise.
struct List<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<Value>()? {
            let index = items.len();
            if index >= MOST_IN_A_LIST {
                return Err(A::Error::custom(format!("a list of more than {MOST_IN_A_LIST} records")));
            }
            match item {
                // Without this check an inner list would be read as an object, field by field.
                Value::Object(_) => {
                    items.push(from_value(item).map_err(|error| A::Error::custom(format!("[{index}]{error}")))?);
                }
                other => {
                    let problem = format!("[{index}]: expected an object, found {}", form(&other));
                    return Err(A::Error::custom(problem));
                }
            }
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::custom("expected a list, found an object or a number")),
        }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        match text.trim().is_empty() {
            true => Ok(Vec::new()),
            false => Err(E::custom("expected a list, found a string")),
        }
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Vec<T>, E> {
        Err(E::custom("expected a list, found a boolean"))
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

/// Reads a whole body, which is an object, and names the field that would not decode, such as `backup.children[0].id`.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Unreadable { syntax: false, text: "expected an object, found a list".to_owned() });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let syntax =
            matches!(error.inner().classify(), serde_json::error::Category::Syntax | serde_json::error::Category::Eof);
        let text = without_value(&error.inner().to_string());
        // Positions in a body that nobody sees help nobody; of a syntax error they tell where it was cut.
        let text = if syntax { text.as_str() } else { text.split(" at line ").next().unwrap_or_default() };
        Unreadable { syntax, text: describe(&path, text) }
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(Unreadable { syntax: true, text: error.to_string() }),
    }
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
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        format!(".{}", describe(&path, &without_value(&error.inner().to_string())))
    })
}

/// An error without the string that was found: it may be a secret, such as a presigned link in the wrong place.
fn without_value(text: &str) -> String {
    const FOUND: &str = "string \"";
    match (text.find(FOUND), text.rfind('"')) {
        (Some(start), Some(end)) if end >= start + FOUND.len() => {
            let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end + 1..).unwrap_or_default());
            format!("{before}a string{after}")
        }
        _ => text.to_owned(),
    }
}

fn describe(path: &str, text: &str) -> String {
    // An error from a nested reader starts with its own path, which continues this one.
    match (path, text.strip_prefix('.')) {
        ("." | "", Some(rest)) => rest.to_owned(),
        ("." | "", None) => text.to_owned(),
        (path, Some(rest)) => format!("{path}.{rest}"),
        (path, None) if text.starts_with('[') => format!("{path}{text}"),
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

fn form(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
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
