//! What is wrong with a configuration, attribute by attribute.
//!
//! Runs the accepted values and checks that the schema names; what concerns several attributes is the resource's own.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Type};
use crate::value::Value;

/// Longest part of a value that is shown in a message, in characters.
const SHOWN: usize = 80;

/// Runs `one_of` and the checks of every attribute at every depth, over values that are known and not null. A check sees
/// only values that are known throughout. Messages about a block of a set are blamed on the set, for sets have no
/// addressable elements, and say which attribute they mean.
pub fn validate(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    validate_block(block, config, &Path::root(), &mut diagnostics);
    diagnostics
}

/// Check: no string that is empty or only whitespace.
pub fn check_not_empty(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        diagnostics.push(invalid(path, "must not be empty".to_owned()));
    }
}

/// Check: an ID of the services: ASCII letters, digits, `-` and `_`, so that it is safe as a segment of a URL.
pub fn check_id(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let safe = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
    if let Some(text) = value.as_str()
        && (text.is_empty() || !text.bytes().all(safe))
    {
        let message = format!("must be an ID of letters, digits, \"-\" and \"_\"; got {}", shown(text));
        diagnostics.push(invalid(path, message));
    }
}

/// Check: a whole number that is at least `MIN` and at most `MAX`.
pub fn check_whole<const MIN: i64, const MAX: i64>(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Value::Number(number) = value
        && !number.as_i64().is_some_and(|number| (MIN..=MAX).contains(&number))
    {
        let number = shorten(&number.to_string());
        diagnostics.push(invalid(path, format!("must be a whole number from {MIN} to {MAX}; got {number}")));
    }
}

/// An error about the value of an attribute. The summary names the attribute.
pub fn invalid(path: &Path, detail: String) -> Diagnostic {
    let summary = if *path == Path::root() { "Invalid value".to_owned() } else { format!("Invalid value of {path}") };
    let detail = if detail.ends_with('.') { detail } else { format!("{detail}.") };
    Diagnostic::error(summary, detail).at(path.clone())
}

fn validate_block(block: &Block, config: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for attribute in &block.attributes {
        validate_attribute(attribute, config.get(attribute.name), &path.attribute(attribute.name), diagnostics);
    }
    for nested in &block.blocks {
        validate_nested(nested, config.get(nested.name), &path.attribute(nested.name), diagnostics);
    }
}

fn validate_nested(nested: &NestedBlock, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    match (nested.nesting, value) {
        (Nesting::Single, value) => validate_block(&nested.block, value, path, diagnostics),
        (Nesting::List, Value::List(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                validate_block(&nested.block, element, &path.index(index), diagnostics);
            }
        }
        (Nesting::Set, Value::List(elements)) => {
            for element in elements {
                let found = validate(&nested.block, element);
                diagnostics.extend(found.0.into_iter().map(|diagnostic| blame_set(diagnostic, nested.name, path)));
            }
        }
        _ => {}
    }
}

/// Moves the place of a message about one block of a set into its text.
fn blame_set(mut diagnostic: Diagnostic, name: &str, path: &Path) -> Diagnostic {
    let place = diagnostic.attribute.take().unwrap_or_default();
    if place != Path::root() {
        diagnostic.detail = format!("In one of the {name} blocks, {place}: {}", diagnostic.detail);
    }
    diagnostic.at(path.clone())
}

fn validate_attribute(attribute: &Attribute, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    if !attribute.one_of.is_empty() {
        check_one_of(attribute, &attribute.r#type, value, path, diagnostics);
    }
    if value.is_wholly_known() {
        for check in &attribute.checks {
            check(value, path, diagnostics);
        }
    }
}

/// A string, or each string of a collection.
fn check_one_of(attribute: &Attribute, r#type: &Type, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    match (r#type, value) {
        (_, Value::String(text)) if !attribute.one_of.contains(&text.as_str()) => {
            diagnostics.push(invalid(path, not_one_of(attribute, text)));
        }
        (Type::Set(element), Value::List(elements)) => {
            for value in elements {
                check_one_of(attribute, element, value, path, diagnostics);
            }
        }
        (Type::List(element), Value::List(elements)) => {
            for (index, value) in elements.iter().enumerate() {
                check_one_of(attribute, element, value, &path.index(index), diagnostics);
            }
        }
        (Type::Map(element), Value::Object(members)) => {
            for (key, value) in members {
                check_one_of(attribute, element, value, &path.key(key), diagnostics);
            }
        }
        _ => {}
    }
}

fn not_one_of(attribute: &Attribute, text: &str) -> String {
    let accepted = attribute.one_of.iter().map(|value| format!("{value:?}")).collect::<Vec<String>>().join(", ");
    let got = if attribute.sensitive { "a value that is not shown".to_owned() } else { shown(text) };
    format!("expected one of {accepted}; got {got}")
}

fn shown(text: &str) -> String {
    format!("{:?}", shorten(text))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // A test may fail loudly.
mod tests {
    use super::*;
    use crate::schema::Mode;
    use crate::value::Number;

    const FORMATS: &[&str] = &["rdb", "aof"];

    fn nested(name: &'static str, nesting: Nesting) -> NestedBlock {
        let block = Block { attributes: vec![format_attribute()], ..Block::default() };
        NestedBlock { name, nesting, block, min_items: 0, max_items: 0, replaces: false }
    }

    fn format_attribute() -> Attribute {
        Attribute::optional("format", "A format.").one_of(FORMATS)
    }

    fn block() -> Block {
        let formats = |name, r#type| Attribute::new(name, r#type, Mode::Optional, "Formats.").one_of(FORMATS);
        Block {
            attributes: vec![
                format_attribute(),
                Attribute::optional("secret", "A secret.").one_of(FORMATS).sensitive(),
                Attribute::optional("text", "A text.").check(check_not_empty),
                Attribute::optional("id", "An ID.").check(check_id),
                Attribute::optional("count", "A count.").of(Type::Number).check(check_whole::<1, 5>),
                formats("list", Type::list(Type::String)),
                formats("set", Type::set(Type::String)),
                formats("map", Type::map(Type::String)),
            ],
            blocks: vec![nested("one", Nesting::Single), nested("row", Nesting::List), nested("any", Nesting::Set)],
            ..Block::default()
        }
    }

    /// Where each message points to, and its detail.
    fn run(config: Value) -> Vec<(String, String)> {
        let diagnostics = validate(&block(), &config).0.into_iter();
        diagnostics.map(|found| (found.attribute.unwrap_or_default().to_string(), found.detail)).collect()
    }

    #[test]
    fn every_mistake_has_its_place_and_its_text() {
        let wrong = || Value::object([("format", Value::from("xml"))]);
        let right = || Value::object([("format", Value::from("rdb"))]);
        let texts = || Value::List(vec![Value::from("rdb"), Value::from("xml")]);
        let expected = "expected one of \"rdb\", \"aof\"; got \"xml\".";
        let cases = [
            ("format", Value::from("xml"), "format", expected.to_owned()),
            (
                "secret",
                Value::from("xml"),
                "secret",
                "expected one of \"rdb\", \"aof\"; got a value that is not shown.".to_owned(),
            ),
            ("text", Value::from("  "), "text", "must not be empty.".to_owned()),
            ("count", Value::from(6), "count", "must be a whole number from 1 to 5; got 6.".to_owned()),
            (
                "count",
                Value::Number(Number::parse("1.5").unwrap()),
                "count",
                "must be a whole number from 1 to 5; got 1.5.".to_owned(),
            ),
            ("list", texts(), "list[1]", expected.to_owned()),
            ("set", texts(), "set", expected.to_owned()),
            ("map", Value::object([("k", Value::from("xml"))]), "map[\"k\"]", expected.to_owned()),
            ("one", wrong(), "one.format", expected.to_owned()),
            ("row", Value::List(vec![right(), wrong()]), "row[1].format", expected.to_owned()),
            (
                "any",
                Value::List(vec![right(), wrong()]),
                "any",
                format!("In one of the any blocks, format: {expected}"),
            ),
        ];
        for (name, value, place, detail) in cases {
            let found = run(Value::object([(name, value)]));
            assert!(found.contains(&(place.to_owned(), detail.clone())), "{name}: {found:?} lacks {detail}");
        }
    }

    #[test]
    fn what_is_right_unset_or_unknown_passes() {
        for value in [Value::Null, Value::Unknown] {
            for name in ["format", "text", "id", "count", "list", "set", "map", "one", "row", "any"] {
                assert_eq!(run(Value::object([(name, value.clone())])), [], "{name} {value:?}");
            }
        }
        let config = Value::object([
            ("format", Value::from("aof")),
            ("text", Value::from("a b")),
            ("id", Value::from("0a-9_Z")),
            ("count", Value::from(5)),
            ("list", Value::List(vec![Value::Unknown, Value::from("rdb"), Value::Null])),
            ("one", Value::object([("format", Value::Unknown)])),
            ("row", Value::List(vec![Value::Unknown])),
        ]);
        assert_eq!(run(config), []);
        assert!(validate(&block(), &Value::Null).is_empty());
    }

    #[test]
    fn checks_see_only_what_is_known_throughout() {
        let refuse: crate::schema::Check = |_, path, found| found.push(invalid(path, "seen".to_owned()));
        let attribute = Attribute::optional("list", "A list.").of(Type::list(Type::String)).check(refuse);
        let block = Block { attributes: vec![attribute], ..Block::default() };
        let list = |elements: &[Value]| Value::object([("list", Value::List(elements.to_vec()))]);
        assert!(validate(&block, &list(&[Value::from("x"), Value::Unknown])).is_empty());
        assert!(validate(&block, &list(&[Value::from("x"), Value::Null])).has_error());
    }

    #[test]
    fn ids_are_safe_in_urls_and_messages_short() {
        for id in ["", "a/b", "..", "a b", "ä", "x?", "x#", "a\nb", &"/".repeat(10_000)] {
            let found = run(Value::object([("id", Value::from(id))]));
            assert_eq!(found.len(), 1, "{id:.20}");
            assert!(found[0].1.len() < 300);
        }
    }

    #[test]
    fn the_summary_names_the_attribute() {
        let diagnostics = validate(&block(), &Value::object([("format", Value::from("xml"))]));
        assert!(diagnostics.has_error());
        assert_eq!(diagnostics.0[0].summary, "Invalid value of format");
    }
}
