//! What a value of Terraform's language is: known, null or unknown, at every depth.

use std::collections::BTreeMap;

pub use crate::number::Number;

/// A value as Terraform sends and stores it. Its type is not part of it: the schema has that.
///
/// Sets are kept sorted and free of repetitions by the codec, so that equality of values is equality of sets.
/// `Ord` is an arbitrary total order that exists for that sorting.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Value {
    /// Nothing is set.
    #[default]
    Null,
    /// Not known before apply.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size.
    Number(Number),
    /// Text.
    String(String),
    /// A list or a set (protocol: array).
    List(Vec<Value>),
    /// A map, an object, or the body of a block (protocol: map with string keys).
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// An object with these members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// True for [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// True for [`Value::Unknown`] itself; see [`Value::is_wholly_known`] for the depths.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Value::Unknown)
    }

    /// True when no unknown is found at any depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown => false,
            Value::List(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Object(members) => members.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    /// The text, if this is a known string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The member of an object. Null when this is no object or has no such member.
    pub fn get(&self, name: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        match self {
            Value::Object(members) => members.get(name).unwrap_or(NULL),
            _ => NULL,
        }
    }

    /// Sets a member of an object; a null becomes an object first, anything else is left as it is.
    pub fn set(&mut self, name: &str, value: Value) {
        if self.is_null() {
            *self = Value::Object(BTreeMap::new());
        }
        if let Value::Object(members) = self {
            members.insert(name.to_owned(), value);
        }
    }

    /// Every unknown at any depth turned into null: what may be saved after an error (protocol: no unknown after apply).
    pub fn with_unknowns_as_null(self) -> Value {
        match self {
            Value::Unknown => Value::Null,
            Value::List(elements) => Value::List(elements.into_iter().map(Value::with_unknowns_as_null).collect()),
            Value::Object(members) => {
                Value::Object(members.into_iter().map(|(name, value)| (name, value.with_unknowns_as_null())).collect())
            }
            other => other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(Number::Int(number))
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        Value::Number(number)
    }
}

impl From<Vec<Value>> for Value {
    fn from(elements: Vec<Value>) -> Value {
        Value::List(elements)
    }
}
