//! Reads JSON values into types, and names the place that would not fit: `backups[3].size: expected a number`.
//!
//! Every type is read from a [`Value`], by one deserializer that is no generic. A wrapper around any other deserializer
//! (`serde_path_to_error`) does the same and makes three copies of the code of each type; with the hundreds of types of
//! this workspace that was a tenth of the binary.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))] // A test may fail loudly.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::{Map, Value};

/// Reads a value into a type.
///
/// # Errors
///
/// The value has another form than the type. No error shows a string that was found: it may be a secret.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    T::deserialize(At { value, place: Place::Root })
}

/// Why a value could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: Option<String>,
    text: String,
}

impl Problem {
    /// Where it is, such as `backups[3].size`; empty for the whole.
    pub fn place(&self) -> &str {
        self.place.as_deref().unwrap_or_default()
    }

    /// What is wrong there.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The innermost place is the one that counts, and it is heard of first.
    fn at(mut self, place: Place<'_>) -> Problem {
        self.place.get_or_insert_with(|| place.to_string());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            "" => formatter.write_str(&self.text),
            place => write!(formatter, "{place}: {}", self.text),
        }
    }
}

impl std::error::Error for Problem {}

impl Error for Problem {
    fn custom<T: fmt::Display>(text: T) -> Problem {
        Problem { place: None, text: text.to_string() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Problem {
        Problem::custom(format_args!("expected {expected}, found {}", kind(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Problem {
        Problem::custom(format_args!("expected {expected}, found another {}", kind(&found)))
    }
}

/// What stands in the way, without its value.
fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "object",
        _ => "value",
    }
}

/// A value that is not what was asked for.
fn mismatch(value: &Value, expected: &dyn fmt::Display) -> Problem {
    Problem::custom(format_args!("expected {expected}, found {}", form(value)))
}

/// What kind of value this is, in words for people.
pub fn form(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// What a visitor waits for, in its own words.
struct Wish<'v, V>(&'v V);

impl<'de, V: Visitor<'de>> fmt::Display for Wish<'_, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }
}

/// The way from the whole to a part of it.
#[derive(Clone, Copy)]
enum Place<'p> {
    Root,
    Member(&'p Place<'p>, &'p str),
    Element(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Member(Place::Root, name) => formatter.write_str(name),
            Place::Member(parent, name) => write!(formatter, "{parent}.{name}"),
            Place::Element(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// A value at its place.
struct At<'p> {
    value: Value,
    place: Place<'p>,
}

/// Methods for numbers, which `serde_json` reads by itself.
macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            match self.value {
                Value::Number(number) => number.$method(visitor).map_err(Problem::custom),
                other => Err(mismatch(&other, &Wish(&visitor))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => number.deserialize_any(visitor).map_err(Problem::custom),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(elements) => visitor.visit_seq(Elements::new(elements, &self.place)),
            Value::Object(members) => visitor.visit_map(Members::new(members, &self.place)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Object(members) => visitor.visit_map(Members::new(members, &self.place)),
            other => Err(mismatch(&other, &"an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Array(elements) => visitor.visit_seq(Elements::new(elements, &self.place)),
            other => Err(mismatch(&other, &"a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    /// A word, or an object with the word as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let place = self.place;
        match self.value {
            Value::String(word) => visitor.visit_enum(Variant { word, content: None, place }),
            Value::Object(members) if members.len() == 1 => match members.into_iter().next() {
                Some((word, content)) => visitor.visit_enum(Variant { word, content: Some(content), place }),
                None => Err(mismatch(&Value::Null, &"a word")),
            },
            other => Err(mismatch(&other, &"a word")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_unit()
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::Bool(flag) => visitor.visit_bool(flag),
            other => Err(mismatch(&other, &Wish(&visitor))),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.value {
            Value::String(text) => visitor.visit_string(text),
            other => Err(mismatch(&other, &Wish(&visitor))),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_string(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_string(visitor)
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}

/// The elements of a list.
struct Elements<'p> {
    rest: std::iter::Enumerate<std::vec::IntoIter<Value>>,
    place: &'p Place<'p>,
}

impl<'p> Elements<'p> {
    fn new(elements: Vec<Value>, place: &'p Place<'p>) -> Elements<'p> {
        Elements { rest: elements.into_iter().enumerate(), place }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Problem> {
        let Some((index, value)) = self.rest.next() else { return Ok(None) };
        let place = Place::Element(self.place, index);
        seed.deserialize(At { value, place }).map(Some).map_err(|problem| problem.at(place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The members of an object.
struct Members<'p> {
    rest: serde_json::map::IntoIter,
    /// The one whose name was read last.
    current: Option<(String, Value)>,
    place: &'p Place<'p>,
}

impl<'p> Members<'p> {
    fn new(members: Map<String, Value>, place: &'p Place<'p>) -> Members<'p> {
        Members { rest: members.into_iter(), current: None, place }
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        let key: StrDeserializer<'_, Problem> = name.as_str().into_deserializer();
        let key = seed.deserialize(key).map_err(|problem| problem.at(Place::Member(self.place, &name)))?;
        self.current = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Problem> {
        let Some((name, value)) = self.current.take() else { return Err(Problem::custom("a value without a name")) };
        let place = Place::Member(self.place, &name);
        seed.deserialize(At { value, place }).map_err(|problem| problem.at(place))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A word of an enumeration, with what belongs to it.
struct Variant<'p> {
    word: String,
    content: Option<Value>,
    place: Place<'p>,
}

impl<'de, 'p> EnumAccess<'de> for Variant<'p> {
    type Error = Problem;
    type Variant = At<'p>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, At<'p>), Problem> {
        let word: StrDeserializer<'_, Problem> = self.word.as_str().into_deserializer();
        let content = At { value: self.content.unwrap_or_default(), place: self.place };
        Ok((seed.deserialize(word)?, content))
    }
}

impl<'de> VariantAccess<'de> for At<'_> {
    type Error = Problem;

    fn unit_variant(self) -> Result<(), Problem> {
        if self.value.is_null() { Ok(()) } else { Err(mismatch(&self.value, &"the word alone")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Problem> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests;
