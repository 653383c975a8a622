//! What is wrong with a configuration, attribute by attribute.
//!
//! Required arguments are given, and values pass what the schema names; what concerns several attributes is the resource's
//! own.

mod text;

pub use text::{check_id, check_not_empty, check_path_part};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Type};
use crate::value::Value;

/// Longest part of a value that is shown in a message, in characters.
const SHOWN: usize = 80;

/// Finds required arguments that are null (see [`missing`]), and runs `one_of` and the checks of every attribute at every
/// depth, over values that are known and not null. A check sees only values that are known throughout. Messages about a
/// block of a set are blamed on the set, for sets have no addressable elements, and say which attribute they mean.
pub fn validate(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let check = |attribute: &Attribute, value: &Value, path: &Path, diagnostics: &mut Diagnostics| {
        require(attribute, value, path, diagnostics);
        validate_attribute(attribute, value, path, diagnostics);
    };
    check_block(block, config, &Path::root(), check, &mut diagnostics);
    diagnostics
}

/// An error for each required argument that is null, at every depth, on its place. Unknown ones pass: they are asked about
/// again once they are known. A null configuration (a destroy) passes, and so does a block that is not there.
///
/// Terraform itself only sees that an argument is written. What an expression makes of it (`one([])`, `try(…, null)`, a
/// variable that is not set) comes as null, and null is never "not known yet".
pub fn missing(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_block(block, config, &Path::root(), require, &mut diagnostics);
    diagnostics
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

/// What is looked at in one attribute of one block.
trait AttributeCheck: Fn(&Attribute, &Value, &Path, &mut Diagnostics) + Copy {}

impl<F: Fn(&Attribute, &Value, &Path, &mut Diagnostics) + Copy> AttributeCheck for F {}

/// Only a body that is there has attributes: neither a null nor an unknown block lacks one.
fn check_block(block: &Block, body: &Value, path: &Path, check: impl AttributeCheck, diagnostics: &mut Diagnostics) {
    if !matches!(body, Value::Object(_)) {
        return;
    }
    for attribute in &block.attributes {
        check(attribute, body.get(attribute.name), &path.attribute(attribute.name), diagnostics);
    }
    for nested in &block.blocks {
        check_nested(nested, body.get(nested.name), &path.attribute(nested.name), check, diagnostics);
    }
}

fn check_nested(
    nested: &NestedBlock,
    value: &Value,
    path: &Path,
    check: impl AttributeCheck,
    diagnostics: &mut Diagnostics,
) {
    match (nested.nesting, value) {
        (Nesting::Single, body) => check_block(&nested.block, body, path, check, diagnostics),
        (Nesting::List, Value::List(bodies)) => {
            for (index, body) in bodies.iter().enumerate() {
                check_block(&nested.block, body, &path.index(index), check, diagnostics);
            }
        }
        (Nesting::Set, Value::List(bodies)) => {
            for body in bodies {
                let mut found = Diagnostics::new();
                check_block(&nested.block, body, &Path::root(), check, &mut found);
                diagnostics.extend(found.0.into_iter().map(|diagnostic| blame_set(diagnostic, nested.name, path)));
            }
        }
        _ => {}
    }
}

fn require(attribute: &Attribute, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if attribute.mode == Mode::Required && value.is_null() {
        let detail = format!(
            "The argument {:?} needs a value, but what the configuration gives for it is null. Expressions such as \
             one([]) and try(…, null) and variables that are not set come to null. Nothing was sent. Give it a value.",
            attribute.name
        );
        diagnostics.push(Diagnostic::error(format!("{path} is required, but null"), detail).at(path.clone()));
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
                Attribute::optional("part", "An ID of any form.").check(check_path_part),
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
            (
                "text",
                Value::from("x\n"),
                "text",
                "must not begin or end with a blank or a line break; got \"x\\n\".".to_owned(),
            ),
            ("part", Value::from("a/b"), "part", "must be an ID, and no ID has a '/'; got \"a/b\".".to_owned()),
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
            for name in ["format", "text", "id", "part", "count", "list", "set", "map", "one", "row", "any"] {
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

    /// A schema with required arguments at every kind of place, and a configuration that gives them all.
    fn demanding() -> (Block, Value) {
        let leaf = |name| NestedBlock {
            block: Block {
                attributes: vec![Attribute::required("key", ""), Attribute::optional("note", "")],
                blocks: vec![NestedBlock {
                    block: Block { attributes: vec![Attribute::required("deep", "")], ..Block::default() },
                    ..nested("inner", Nesting::List)
                }],
                ..Block::default()
            },
            ..nested(name, Nesting::Single)
        };
        let block = Block {
            attributes: vec![
                Attribute::required("name", ""),
                Attribute::required("count", "").of(Type::Number),
                Attribute::required("tags", "").of(Type::map(Type::String)),
                Attribute::optional("note", ""),
                Attribute::computed("id", ""),
            ],
            blocks: vec![
                leaf("one"),
                NestedBlock { nesting: Nesting::List, ..leaf("row") },
                NestedBlock { nesting: Nesting::Set, ..leaf("any") },
            ],
            ..Block::default()
        };
        let inner = || Value::List(vec![Value::object([("deep", Value::from("d"))])]);
        let body = || Value::object([("key", Value::from("k")), ("inner", inner())]);
        let config = Value::object([
            ("name", Value::from("n")),
            ("count", 1.into()),
            ("tags", Value::object::<&str>([])),
            ("one", body()),
            ("row", Value::List(vec![body(), body()])),
            ("any", Value::List(vec![body()])),
        ]);
        (block, config)
    }

    /// Every configuration that differs from this one in a single required value, with the place of that value.
    fn with_each_required(block: &Block, config: &Value, path: &Path, value: &Value) -> Vec<(Path, Value)> {
        let mut all = Vec::new();
        for attribute in block.attributes.iter().filter(|attribute| attribute.mode == Mode::Required) {
            let mut changed = config.clone();
            changed.set(attribute.name, value.clone());
            all.push((path.attribute(attribute.name), changed));
        }
        for nested in &block.blocks {
            let path = path.attribute(nested.name);
            let put = |inner: Value| {
                let mut changed = config.clone();
                changed.set(nested.name, inner);
                changed
            };
            match config.get(nested.name) {
                Value::List(bodies) => {
                    for (index, body) in bodies.iter().enumerate() {
                        let put = |inner: Value| {
                            let mut bodies = bodies.clone();
                            bodies[index] = inner;
                            put(Value::List(bodies))
                        };
                        let inner = with_each_required(&nested.block, body, &path.index(index), value);
                        all.extend(inner.into_iter().map(|(path, inner)| (path, put(inner))));
                    }
                }
                body => {
                    let inner = with_each_required(&nested.block, body, &path, value);
                    all.extend(inner.into_iter().map(|(path, inner)| (path, put(inner))));
                }
            }
        }
        all
    }

    #[test]
    fn every_required_argument_that_is_null_is_an_error_on_its_place() {
        let (block, config) = demanding();
        assert!(missing(&block, &config).is_empty() && validate(&block, &config).is_empty());
        let cases = with_each_required(&block, &config, &Path::root(), &Value::Null);
        assert_eq!(cases.len(), 3 + 4 * 2, "the table lacks places");
        for (path, config) in cases {
            let found = missing(&block, &config);
            assert_eq!(found.0.len(), 1, "{path}: {found:?}");
            // A path ends at a set; the text then says the rest.
            let place = found.0[0].attribute.clone().unwrap();
            assert!(place == path || (place == Path::from("any") && path.0.starts_with(&place.0)), "{path}: {place}");
            assert!(
                found.0[0].detail.contains(&format!(
                    "{:?}",
                    path.0
                        .last()
                        .map(|step| match step {
                            crate::path::Step::Attribute(name) => name.as_str(),
                            _ => "",
                        })
                        .unwrap()
                )),
                "{path}: {found:?}"
            );
            assert_eq!(validate(&block, &config), found, "{path}");
        }
    }

    #[test]
    fn what_is_not_known_yet_is_not_missing() {
        let (block, config) = demanding();
        for (path, config) in with_each_required(&block, &config, &Path::root(), &Value::Unknown) {
            assert!(missing(&block, &config).is_empty(), "{path}");
        }
        assert!(missing(&block, &Value::Null).is_empty(), "a destroy has no configuration");
        assert!(missing(&block, &Value::Unknown).is_empty());
        let mut without_blocks = config;
        for (name, value) in [("one", Value::Null), ("row", Value::List(vec![Value::Unknown])), ("any", Value::Unknown)]
        {
            without_blocks.set(name, value);
        }
        assert!(missing(&block, &without_blocks).is_empty());
    }

    #[test]
    fn the_summary_names_the_attribute() {
        let diagnostics = validate(&block(), &Value::object([("format", Value::from("xml"))]));
        assert!(diagnostics.has_error());
        assert_eq!(diagnostics.0[0].summary, "Invalid value of format");
    }
}
