//! When two values mean the same although they are not equal: what decides whether work runs again.
//!
//! Terraform itself turns null into empty in places (a null map becomes `{}` in Terraform 1.0, a module's default is `{}`
//! where the caller's variable was null), and users write `""` for "not set". None of that may run a restore again.
//!
//! | Left and right | Same? |
//! | --- | --- |
//! | null, `{}`, `[]`, no block, a block in which nothing is set | yes |
//! | null and `""` of an argument that may be left out | yes |
//! | null and `""` inside a map, or of a required argument | no |
//! | a map with a null member, and the map without it | yes |
//! | the same UUID in capitals and in small letters | yes |
//! | an unknown and anything else | no |

use std::collections::BTreeMap;

use crate::codec::normalize_set;
use crate::schema::{Attribute, Block, Mode, NestedBlock, Nesting, Type};
use crate::value::Value;

/// Letters after the 32 digits of an ID by which a service marks its kind, such as `in09` of a DDM instance, at most.
const LONGEST_MARK: usize = 4;

/// True if two IDs name the same thing: UUIDs compare without regard to case, with dashes or as 32 bare digits with or
/// without a service's mark at the end (`…in09`); all other texts compare letter by letter. A UUID with dashes is not the
/// same as one without.
pub fn same_id(left: &str, right: &str) -> bool {
    left == right || (is_uuid(left) && is_uuid(right) && left.eq_ignore_ascii_case(right))
}

/// An ID in the form in which all that name the same thing are equal letter by letter, for keys: see [`same_id`].
pub fn canonical_id(id: &str) -> std::borrow::Cow<'_, str> {
    match is_uuid(id) && id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => id.to_ascii_lowercase().into(),
        false => id.into(),
    }
}

/// True if two values of an argument mean the same.
pub fn same_argument(attribute: &Attribute, left: &Value, right: &Value) -> bool {
    match (bare_argument(attribute, left), bare_argument(attribute, right)) {
        (Value::String(left), Value::String(right)) => same_id(&left, &right),
        (left, right) => left == right,
    }
}

/// True if all blocks of one type mean the same on both sides.
pub fn same_blocks(nested: &NestedBlock, left: &Value, right: &Value) -> bool {
    bare_blocks(nested, left) == bare_blocks(nested, right)
}

impl Value {
    /// True for null and for an empty list, set, map or object: nothing was given. An empty text is something, unless the
    /// argument says otherwise (see [`same_argument`]).
    pub fn is_nothing(&self) -> bool {
        match self {
            Value::Null => true,
            Value::List(elements) => elements.is_empty(),
            Value::Object(members) => members.values().all(Value::is_nothing),
            _ => false,
        }
    }

    /// True if both are equal once nothing is left out at every depth: null and empty are the same.
    pub fn same_as(&self, other: &Value) -> bool {
        bare(self) == bare(other)
    }
}

fn is_uuid(text: &str) -> bool {
    let hex = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let dashed = || {
        let mut parts = text.split('-');
        [8, 4, 4, 4, 12].iter().all(|length| parts.next().is_some_and(|part| hex(part, *length)))
            && parts.next().is_none()
    };
    let bare = || {
        text.split_at_checked(32).is_some_and(|(digits, mark)| {
            hex(digits, 32) && mark.len() <= LONGEST_MARK && mark.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    dashed() || bare()
}

/// The value without what is nothing; null if nothing is left. Elements of lists keep their places.
fn bare(value: &Value) -> Value {
    match value {
        _ if value.is_nothing() => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(bare).collect()),
        Value::Object(members) => Value::Object(bare_members(members.iter().map(|(name, value)| (name, bare(value))))),
        other => other.clone(),
    }
}

fn bare_members<'a>(members: impl Iterator<Item = (&'a String, Value)>) -> BTreeMap<String, Value> {
    members.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value)).collect()
}

fn bare_argument(attribute: &Attribute, value: &Value) -> Value {
    match (&attribute.r#type, value) {
        (Type::String, Value::String(text)) if text.is_empty() && attribute.mode != Mode::Required => Value::Null,
        (Type::Set(_), _) => match bare(value) {
            Value::List(mut elements) => {
                normalize_set(&mut elements);
                Value::List(elements)
            }
            other => other,
        },
        _ => bare(value),
    }
}

fn bare_blocks(nested: &NestedBlock, value: &Value) -> Value {
    match (nested.nesting, value) {
        (Nesting::Single, body) => {
            Some(bare_body(&nested.block, body)).filter(|body| !body.is_nothing()).unwrap_or_default()
        }
        (_, Value::List(bodies)) if bodies.is_empty() => Value::Null,
        (nesting, Value::List(bodies)) => {
            let mut bodies: Vec<Value> = bodies.iter().map(|body| bare_body(&nested.block, body)).collect();
            if nesting == Nesting::Set {
                normalize_set(&mut bodies);
            }
            Value::List(bodies)
        }
        (_, other) => other.clone(),
    }
}

/// A body with UUIDs in small letters and without what is nothing, so that sets of them can be compared.
fn bare_body(block: &Block, body: &Value) -> Value {
    if !matches!(body, Value::Object(_)) {
        return body.clone();
    }
    let attributes = block.attributes.iter().map(|attribute| {
        let value = match bare_argument(attribute, body.get(attribute.name)) {
            Value::String(text) if is_uuid(&text) => Value::String(text.to_ascii_lowercase()),
            other => other,
        };
        (attribute.name, value)
    });
    let blocks = block.blocks.iter().map(|nested| (nested.name, bare_blocks(nested, body.get(nested.name))));
    Value::object(attributes.chain(blocks).filter(|(_, value)| !value.is_null()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_the_same_thing_in_capitals_and_small_letters() {
        let dashed = "0af5c2d1-1b2c-4d3e-8f90-ABCDEFabcdef";
        let bare = "0af5c2d11b2c4d3e8f90ABCDEFabcdef";
        let cases = [
            (dashed.to_owned(), dashed.to_uppercase(), true),
            (dashed.to_lowercase(), dashed.to_uppercase(), true),
            (bare.to_lowercase(), bare.to_uppercase(), true),
            (format!("{bare}in09"), format!("{}IN09", bare.to_uppercase()), true),
            (format!("{bare}in09"), format!("{bare}in14"), false),
            (dashed.to_owned(), bare.to_owned(), false),
            (dashed.to_owned(), dashed.replace('0', "1"), false),
            // Nothing else is a UUID, so its case counts.
            ("Name".to_owned(), "name".to_owned(), false),
            ("name".to_owned(), "name".to_owned(), true),
            (String::new(), String::new(), true),
            (dashed.replace('-', "_"), dashed.replace('-', "_").to_uppercase(), false),
            (format!("{dashed}a"), format!("{dashed}A"), false),
            (format!("{bare}in091"), format!("{bare}IN091"), false),
            (format!(" {dashed}"), format!(" {}", dashed.to_uppercase()), false),
            (bare.replace('a', "g"), bare.replace('a', "g").to_uppercase(), false),
            (format!("{}é", &bare[..31]), format!("{}É", &bare[..31]), false),
        ];
        for (left, right, same) in cases {
            assert_eq!(same_id(&left, &right), same, "{left} {right}");
            assert_eq!(same_id(&right, &left), same, "{right} {left}");
        }
    }

    #[test]
    fn nothing_is_null_or_empty_at_any_depth() {
        let empty_map = || Value::object::<&str>([]);
        for nothing in [Value::Null, empty_map(), Value::List(vec![]), Value::object([("a", empty_map())])] {
            assert!(nothing.is_nothing(), "{nothing:?}");
            assert!(nothing.same_as(&Value::Null) && Value::Null.same_as(&nothing), "{nothing:?}");
        }
        let list = |value: Value| Value::List(vec![value]);
        for something in [Value::Unknown, false.into(), 0.into(), "".into(), list(Value::Null), list("".into())] {
            assert!(!something.is_nothing(), "{something:?}");
            assert!(!something.same_as(&Value::Null), "{something:?}");
            assert!(something.same_as(&something.clone()), "{something:?}");
        }
        let map = |members: &[(&str, Value)]| Value::object(members.iter().cloned());
        assert!(map(&[("a", "x".into()), ("b", Value::Null)]).same_as(&map(&[("a", "x".into())])));
        assert!(!map(&[("a", "x".into()), ("b", "".into())]).same_as(&map(&[("a", "x".into())])));
        assert!(list(empty_map()).same_as(&list(Value::Null)), "elements keep their places, but are nothing alike");
        assert!(!list(empty_map()).same_as(&Value::List(vec![Value::Null; 2])));
    }

    #[test]
    fn arguments_are_the_same_by_their_schema() {
        let optional = Attribute::optional("a", "");
        let required = Attribute::required("a", "");
        let computed = Attribute::optional("a", "").or_computed();
        let map = Attribute::optional("a", "").of(Type::map(Type::String));
        let set = Attribute::optional("a", "").of(Type::set(Type::String));
        let text = |text: &str| Value::from(text);
        let upper = "0AF5C2D1-1B2C-4D3E-8F90-ABCDEFABCDEF";
        let a_map = |value: &str| Value::object([("k", Value::from(value))]);
        let cases = [
            (&optional, text(""), Value::Null, true),
            (&computed, text(""), Value::Null, true),
            (&required, text(""), Value::Null, false),
            (&optional, text(" "), Value::Null, false),
            (&optional, text("a"), text("A"), false),
            (&optional, text(upper), text(&upper.to_lowercase()), true),
            (&optional, Value::Unknown, Value::Null, false),
            (&map, Value::object::<&str>([]), Value::Null, true),
            (&map, a_map(""), Value::Null, false),
            (&map, a_map(upper), a_map(&upper.to_lowercase()), false),
            (&set, Value::List(vec![]), Value::Null, true),
            (&set, Value::List(vec![text("b"), text("a")]), Value::List(vec![text("a"), text("b")]), true),
        ];
        for (attribute, left, right, same) in cases {
            assert_eq!(same_argument(attribute, &left, &right), same, "{left:?} {right:?}");
            assert_eq!(same_argument(attribute, &right, &left), same, "{right:?} {left:?}");
        }
    }

    #[test]
    fn blocks_are_the_same_by_their_schema() {
        let nested = |nesting| NestedBlock {
            name: "b",
            nesting,
            block: Block {
                attributes: vec![Attribute::required("from", ""), Attribute::optional("to", "")],
                ..Block::default()
            },
            min_items: 0,
            max_items: 0,
            replaces: true,
        };
        let body = |from: &str, to: Value| Value::object([("from", Value::from(from)), ("to", to)]);
        let empty = || Value::object([("from", Value::Null), ("to", Value::Null)]);
        let upper = "0AF5C2D1-1B2C-4D3E-8F90-ABCDEFABCDEF";
        let lower = upper.to_lowercase();
        let list = |bodies: &[Value]| Value::List(bodies.to_vec());
        let cases = [
            (Nesting::Single, Value::Null, empty(), true),
            (Nesting::Single, Value::Null, body("x", Value::Null), false),
            (Nesting::Single, body("x", "".into()), body("x", Value::Null), true),
            (Nesting::List, list(&[]), Value::Null, true),
            // How many there are means something.
            (Nesting::List, list(&[empty()]), list(&[]), false),
            (Nesting::List, list(&[body("x", "".into())]), list(&[body("x", Value::Null)]), true),
            (
                Nesting::List,
                list(&[body("x", Value::Null), body("y", Value::Null)]),
                list(&[body("y", Value::Null), body("x", Value::Null)]),
                false,
            ),
            (
                Nesting::Set,
                list(&[body(upper, "b".into()), body("y", "".into())]),
                list(&[body("y", Value::Null), body(&lower, "b".into())]),
                true,
            ),
            (Nesting::Set, list(&[body("x", Value::Unknown)]), list(&[body("x", Value::Null)]), false),
            (Nesting::Set, Value::Unknown, list(&[]), false),
        ];
        for (nesting, left, right, same) in cases {
            assert_eq!(same_blocks(&nested(nesting), &left, &right), same, "{left:?} {right:?}");
            assert_eq!(same_blocks(&nested(nesting), &right, &left), same, "{right:?} {left:?}");
        }
    }
}
