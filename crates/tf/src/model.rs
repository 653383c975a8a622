//! Typed structs over values: what authors of resources work with.
//!
//! [`crate::model!`] makes a struct whose fields are the members of a block. Fields that may be unset or unknown are
//! [`Attr`]; a `Vec` holds blocks that are always known; an `Option<Struct>` holds a block that may be missing.

use std::collections::BTreeMap;

use crate::codec::{CodecError, kind_of};
use crate::path::Step;
use crate::value::{Number, Value};

/// A value with the three states of Terraform's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attr<T> {
    /// A value.
    Known(T),
    /// Nothing is set.
    #[default]
    Null,
    /// Not known before apply.
    Unknown,
}

impl<T> Attr<T> {
    /// The value, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The value itself, if there is one.
    pub fn into_known(self) -> Option<T> {
        match self {
            Attr::Known(value) => Some(value),
            Attr::Null | Attr::Unknown => None,
        }
    }

    /// The value, or this one for null and unknown.
    pub fn known_or(self, default: T) -> T {
        self.into_known().unwrap_or(default)
    }

    /// True when nothing is set.
    pub fn is_null(&self) -> bool {
        matches!(self, Attr::Null)
    }

    /// True when the value will be known at apply only.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Attr::Unknown)
    }

    /// True when there is a value.
    pub fn is_known(&self) -> bool {
        matches!(self, Attr::Known(_))
    }

    /// The same with its value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Attr<U> {
        match self {
            Attr::Known(value) => Attr::Known(change(value)),
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
        }
    }

    /// This one, or the other where this one is null. An unknown stays: it may turn out to be set.
    #[must_use]
    pub fn or(self, other: Attr<T>) -> Attr<T> {
        if self.is_null() { other } else { self }
    }

    /// The same over a reference.
    pub fn as_ref(&self) -> Attr<&T> {
        match self {
            Attr::Known(value) => Attr::Known(value),
            Attr::Null => Attr::Null,
            Attr::Unknown => Attr::Unknown,
        }
    }
}

impl Attr<String> {
    /// The text, if there is one.
    pub fn as_deref(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<Option<T>> for Attr<T> {
    fn from(value: Option<T>) -> Attr<T> {
        value.map_or(Attr::Null, Attr::Known)
    }
}

impl From<String> for Attr<String> {
    fn from(text: String) -> Attr<String> {
        Attr::Known(text)
    }
}

impl From<bool> for Attr<bool> {
    fn from(flag: bool) -> Attr<bool> {
        Attr::Known(flag)
    }
}

impl From<i64> for Attr<i64> {
    fn from(number: i64) -> Attr<i64> {
        Attr::Known(number)
    }
}

impl From<&str> for Attr<String> {
    fn from(text: &str) -> Attr<String> {
        Attr::Known(text.to_owned())
    }
}

/// A type that can be read from a [`Value`].
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// A value of another kind, with the path to it.
    fn from_value(value: &Value) -> Result<Self, CodecError>;
}

/// A type that can be turned into a [`Value`].
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

/// Makes structs over values: one field per member of a block, in any order, named alike (`r#type` stands for `type`).
///
/// Each struct gets `Clone`, `Debug`, `Default` and `PartialEq`; `from_value(&Value) -> Result<Self, CodecError>`, to
/// which a missing member is null and a superfluous one nothing; `into_value(self) -> Value`; and `FIELDS`, the names of
/// the members, for tests that hold them against the schema.
///
/// ```
/// use tf::{Attr, Value};
///
/// tf::model! {
///     /// One disk to restore.
///     pub struct Mapping {
///         /// The backup of the disk.
///         pub backup_id: String,
///         /// The disk that is overwritten.
///         pub volume_id: Attr<String>,
///     }
/// }
///
/// let value = Value::object([("backup_id", Value::from("b")), ("volume_id", Value::Unknown)]);
/// let mapping = Mapping::from_value(&value)?;
/// assert_eq!((mapping.backup_id.as_str(), mapping.volume_id.is_unknown()), ("b", true));
/// assert_eq!(mapping.into_value(), value);
///
/// let wrong = Mapping::from_value(&Value::object([("backup_id", Value::from(true))]));
/// assert_eq!(wrong.map_err(|error| error.to_string()), Err("backup_id: string required, found bool".to_owned()));
/// # Ok::<(), tf::CodecError>(())
/// ```
#[macro_export]
macro_rules! model {
    ($(
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $field_visibility:vis $field:ident : $kind:ty ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[allow(unreachable_pub)]
        #[derive(Clone, Debug, Default, PartialEq)]
        $visibility struct $name {
            $( $(#[$field_meta])* $field_visibility $field: $kind, )*
        }

        #[allow(dead_code, unreachable_pub)]
        impl $name {
            /// Names of the members, as in the schema.
            $visibility const FIELDS: &'static [&'static str] = &[$( $crate::model::member_name(stringify!($field)) ),*];

            /// Reads the members. A missing one is null.
            ///
            /// # Errors
            /// No object, or a member of the wrong kind, with the path to it.
            $visibility fn from_value(value: &$crate::Value) -> ::std::result::Result<Self, $crate::CodecError> {
                <Self as $crate::model::FromValue>::from_value(value)
            }

            /// The object with these members.
            $visibility fn into_value(self) -> $crate::Value {
                <Self as $crate::model::IntoValue>::into_value(self)
            }
        }

        impl $crate::model::FromValue for $name {
            fn from_value(value: &$crate::Value) -> ::std::result::Result<Self, $crate::CodecError> {
                $crate::model::require_object(value)?;
                Ok($name {
                    $( $field: $crate::model::member(value, $crate::model::member_name(stringify!($field)))?, )*
                })
            }
        }

        impl $crate::model::IntoValue for $name {
            fn into_value(self) -> $crate::Value {
                $crate::Value::object::<&str>([
                    $( (
                        $crate::model::member_name(stringify!($field)),
                        $crate::model::IntoValue::into_value(self.$field),
                    ), )*
                ])
            }
        }
    )+};
}

/// For [`crate::model!`]: the name without Rust's mark of a raw identifier.
#[doc(hidden)]
pub const fn member_name(field: &str) -> &str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// For [`crate::model!`]: refuses what has no members.
#[doc(hidden)]
pub fn require_object(value: &Value) -> Result<(), CodecError> {
    match value {
        Value::Object(_) => Ok(()),
        other => Err(wrong_kind("object", other)),
    }
}

/// For [`crate::model!`]: reads one member, blaming errors on it.
#[doc(hidden)]
pub fn member<T: FromValue>(value: &Value, name: &str) -> Result<T, CodecError> {
    T::from_value(value.get(name)).map_err(|error| error.within(Step::Attribute(name.to_owned())))
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Result<Value, CodecError> {
        Ok(value.clone())
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<String, CodecError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            other => Err(wrong_kind("string", other)),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<bool, CodecError> {
        match value {
            Value::Bool(flag) => Ok(*flag),
            other => Err(wrong_kind("bool", other)),
        }
    }
}

impl FromValue for Number {
    fn from_value(value: &Value) -> Result<Number, CodecError> {
        match value {
            Value::Number(number) => Ok(number.clone()),
            other => Err(wrong_kind("number", other)),
        }
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<i64, CodecError> {
        let number = Number::from_value(value)?;
        number.as_i64().ok_or_else(|| CodecError::new("a whole number of at most 64 bits is required"))
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Result<f64, CodecError> {
        let float = Number::from_value(value)?.as_f64();
        if float.is_finite() { Ok(float) } else { Err(CodecError::new("this number is too large")) }
    }
}

/// Null is the empty list: blocks that are not there. Use `Attr<Vec<_>>` to tell the two apart.
impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Vec<T>, CodecError> {
        match value {
            Value::Null => Ok(Vec::new()),
            Value::List(elements) => {
                let elements = (0_i64..).zip(elements);
                elements
                    .map(|(index, element)| T::from_value(element).map_err(|error| error.within(Step::Index(index))))
                    .collect()
            }
            other => Err(wrong_kind("list", other)),
        }
    }
}

/// Null is the empty map. Use `Attr<BTreeMap<_, _>>` to tell the two apart.
impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: &Value) -> Result<BTreeMap<String, T>, CodecError> {
        match value {
            Value::Null => Ok(BTreeMap::new()),
            Value::Object(members) => members
                .iter()
                .map(|(key, member)| match T::from_value(member) {
                    Ok(member) => Ok((key.clone(), member)),
                    Err(error) => Err(error.within(Step::Key(key.clone()))),
                })
                .collect(),
            other => Err(wrong_kind("map", other)),
        }
    }
}

impl<T: FromValue> FromValue for Attr<T> {
    fn from_value(value: &Value) -> Result<Attr<T>, CodecError> {
        match value {
            Value::Null => Ok(Attr::Null),
            Value::Unknown => Ok(Attr::Unknown),
            known => T::from_value(known).map(Attr::Known),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Option<T>, CodecError> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::String(self)
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl IntoValue for Number {
    fn into_value(self) -> Value {
        Value::Number(self)
    }
}

impl IntoValue for i64 {
    fn into_value(self) -> Value {
        Value::from(self)
    }
}

/// NaN and infinities, which Terraform cannot hold, become null.
impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Number::from_f64(self).map_or(Value::Null, Value::Number)
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(IntoValue::into_value).collect())
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn into_value(self) -> Value {
        Value::Object(self.into_iter().map(|(key, member)| (key, member.into_value())).collect())
    }
}

impl<T: IntoValue> IntoValue for Attr<T> {
    fn into_value(self) -> Value {
        match self {
            Attr::Known(value) => value.into_value(),
            Attr::Null => Value::Null,
            Attr::Unknown => Value::Unknown,
        }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, IntoValue::into_value)
    }
}

fn wrong_kind(required: &str, found: &Value) -> CodecError {
    CodecError::wrong_kind(required, kind_of(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::model! {
        /// A pair.
        pub struct Mapping {
            /// From.
            pub backup_id: Attr<String>,
            /// To.
            pub volume_id: String,
        }

        /// All kinds of members.
        pub struct Everything {
            /// A keyword as name.
            pub r#type: Attr<String>,
            /// Blocks that may be unknown as a whole.
            pub mapping: Attr<Vec<Mapping>>,
            /// Blocks.
            pub relation: Vec<Mapping>,
            /// One block.
            pub single: Option<Mapping>,
            /// A map.
            pub triggers: Attr<BTreeMap<String, Attr<String>>>,
            /// A flag.
            pub wait: Attr<bool>,
            /// An integer.
            pub size: Attr<i64>,
            /// A float.
            pub progress: Attr<f64>,
            /// Any digits.
            pub exact: Attr<Number>,
            /// Anything.
            pub raw: Value,
        }
    }

    fn mapping(volume: &str) -> Mapping {
        Mapping { backup_id: Attr::Unknown, volume_id: volume.to_owned() }
    }

    #[test]
    fn fields_carry_the_names_of_the_schema() {
        assert_eq!(Mapping::FIELDS, ["backup_id", "volume_id"]);
        assert_eq!(Everything::FIELDS.first(), Some(&"type"));
    }

    #[test]
    fn what_goes_in_comes_out() {
        let everything = Everything {
            r#type: Attr::from("full"),
            mapping: Attr::Known(vec![mapping("v1"), mapping("v2")]),
            relation: vec![mapping("v3")],
            single: Some(mapping("v4")),
            triggers: Attr::Known(BTreeMap::from([("a".to_owned(), Attr::Null), ("b".to_owned(), Attr::from("x"))])),
            wait: Attr::Known(true),
            size: Attr::Known(-7),
            progress: Attr::Known(0.1),
            exact: Attr::from(Number::parse("12345678901234567890.5")),
            raw: Value::List(vec![Value::Unknown]),
        };
        let value = everything.clone().into_value();
        assert_eq!(value.get("type"), &Value::from("full"));
        assert_eq!(value.get("progress").to_owned(), Value::Number(Number::parse("0.1").unwrap()));
        assert_eq!(Everything::from_value(&value), Ok(everything));
    }

    #[test]
    fn missing_members_are_null_and_superfluous_ones_nothing() {
        let value = Value::object([("nobody", Value::from(1))]);
        assert_eq!(Everything::from_value(&value), Ok(Everything::default()));
    }

    #[test]
    fn a_whole_block_list_may_be_unknown() {
        let value = Value::object([("mapping", Value::Unknown)]);
        let everything = Everything::from_value(&value).unwrap();
        assert!(everything.mapping.is_unknown());
        assert_eq!(everything.into_value().get("mapping"), &Value::Unknown);
    }

    #[test]
    fn errors_name_the_place() {
        let list = |element: Value| Value::List(vec![Value::object([("volume_id", Value::from("v"))]), element]);
        let cases = [
            (Value::Null, "object required, found null"),
            (Value::from("x"), "object required, found string"),
            (Value::object([("type", Value::from(true))]), "type: string required, found bool"),
            (Value::object([("wait", Value::from("yes"))]), "wait: bool required, found string"),
            (
                Value::object([("size", Value::Number(Number::parse("1.5").unwrap()))]),
                "size: a whole number of at most 64 bits is required",
            ),
            (
                Value::object([("progress", Value::Number(Number::parse("1e999").unwrap()))]),
                "progress: this number is too large",
            ),
            (
                Value::object([("mapping", list(Value::object::<&str>([])))]),
                "mapping[1].volume_id: string required, found null",
            ),
            (
                Value::object([("relation", list(Value::object([("backup_id", Value::from(1))])))]),
                "relation[1].backup_id: string required, found number",
            ),
            (Value::object([("relation", Value::Unknown)]), "relation: list required, found an unknown value"),
            (Value::object([("single", Value::Unknown)]), "single: object required, found an unknown value"),
            (
                Value::object([("triggers", Value::object([("k", Value::from(1))]))]),
                "triggers[\"k\"]: string required, found number",
            ),
            (Value::object([("triggers", Value::List(Vec::new()))]), "triggers: map required, found list"),
        ];
        for (value, message) in cases {
            assert_eq!(Everything::from_value(&value).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_absent_object_is_an_option() {
        assert_eq!(Option::<Mapping>::from_value(&Value::Null), Ok(None));
        assert_eq!(Option::<Mapping>::into_value(None), Value::Null);
        assert_eq!(f64::NAN.into_value(), Value::Null);
    }

    #[test]
    fn attr_answers_for_its_three_states() {
        let known = Attr::from("x");
        let (null, unknown) = (Attr::<String>::Null, Attr::<String>::Unknown);
        assert_eq!((known.as_deref(), null.as_deref(), unknown.as_deref()), (Some("x"), None, None));
        assert!(known.is_known() && null.is_null() && unknown.is_unknown());
        assert_eq!(null.clone().or(known.clone()), known);
        assert_eq!(unknown.clone().or(known.clone()), unknown);
        assert_eq!(unknown.clone().map(|text| text.len()), Attr::Unknown);
        assert_eq!(known.as_ref().map(String::len), Attr::Known(1));
        assert_eq!(Attr::from(None::<bool>), Attr::Null);
        assert_eq!(Attr::from(Some(true)), Attr::Known(true));
        assert!(Attr::Unknown.known_or(true));
    }
}
