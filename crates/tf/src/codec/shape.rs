//! One view of types and blocks for all coders.

use std::collections::BTreeMap;

use super::dynamic::travels_as_one;
use crate::codec::CodecError;
use crate::schema::{Block, NestedBlock, Nesting, Type};
use crate::value::Value;

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// An attribute, an element, a function's parameter.
    Type(&'a Type),
    /// The body of a resource, data source or provider: an object or null.
    Body(&'a Block),
    /// All blocks of one type, under one key.
    Nested(&'a NestedBlock),
    /// One block of a list or set of blocks: an object, never null.
    Element(&'a Block),
}

/// A shape, one layer unfolded.
pub(super) enum Kind<'a> {
    String,
    Number,
    Bool,
    List(Shape<'a>),
    Set(Shape<'a>),
    Map(Shape<'a>),
    Object(Members<'a>),
    Tuple(&'a [Type]),
    Dynamic,
    /// Blocks of a list that travel as one value of any type.
    Blocks(&'a Block),
}

/// The members of an object or block, by name.
#[derive(Clone, Copy)]
pub(super) enum Members<'a> {
    Type(&'a BTreeMap<String, Type>),
    Block(&'a Block),
}

impl<'a> Shape<'a> {
    pub(super) fn kind(self) -> Kind<'a> {
        match self {
            Shape::Type(r#type) => type_kind(r#type),
            Shape::Body(block) | Shape::Element(block) => Kind::Object(Members::Block(block)),
            Shape::Nested(nested) => match nested.nesting {
                Nesting::Single => Kind::Object(Members::Block(&nested.block)),
                Nesting::List if travels_as_one(nested) => Kind::Blocks(&nested.block),
                Nesting::List => Kind::List(Shape::Element(&nested.block)),
                Nesting::Set => Kind::Set(Shape::Element(&nested.block)),
            },
        }
    }

    /// What stands for nothing here: null, or the empty list for lists and sets of blocks.
    ///
    /// # Errors
    /// An element of a list or set of blocks, which cannot be nothing.
    pub(super) fn absent(self) -> Result<Value, CodecError> {
        match self {
            Shape::Element(_) => Err(CodecError::wrong_kind(self.noun(), "null")),
            Shape::Nested(nested) if nested.nesting != Nesting::Single => Ok(Value::List(Vec::new())),
            _ => Ok(Value::Null),
        }
    }

    /// The word for it in error texts.
    pub(super) fn noun(self) -> &'static str {
        match (self, self.kind()) {
            (Shape::Element(_), _) => "block",
            (_, Kind::String) => "string",
            (_, Kind::Number) => "number",
            (_, Kind::Bool) => "bool",
            (_, Kind::List(_) | Kind::Blocks(_)) => "list",
            (_, Kind::Set(_)) => "set",
            (_, Kind::Map(_)) => "map",
            (_, Kind::Object(_)) => "object",
            (_, Kind::Tuple(_)) => "tuple",
            (_, Kind::Dynamic) => "value with its type",
        }
    }
}

fn type_kind(r#type: &Type) -> Kind<'_> {
    match r#type {
        Type::String => Kind::String,
        Type::Number => Kind::Number,
        Type::Bool => Kind::Bool,
        Type::List(element) => Kind::List(Shape::Type(element)),
        Type::Set(element) => Kind::Set(Shape::Type(element)),
        Type::Map(element) => Kind::Map(Shape::Type(element)),
        Type::Object(members) => Kind::Object(Members::Type(members)),
        Type::Tuple(elements) => Kind::Tuple(elements),
        Type::Dynamic => Kind::Dynamic,
    }
}

impl<'a> Members<'a> {
    pub(super) fn find(self, name: &str) -> Option<Shape<'a>> {
        match self {
            Members::Type(members) => members.get(name).map(Shape::Type),
            Members::Block(block) => block
                .attribute(name)
                .map(|attribute| Shape::Type(&attribute.r#type))
                .or_else(|| block.nested(name).map(Shape::Nested)),
        }
    }

    pub(super) fn all(self) -> Vec<(&'a str, Shape<'a>)> {
        match self {
            Members::Type(members) => {
                members.iter().map(|(name, member)| (name.as_str(), Shape::Type(member))).collect()
            }
            Members::Block(block) => {
                let attributes =
                    block.attributes.iter().map(|attribute| (attribute.name, Shape::Type(&attribute.r#type)));
                attributes.chain(block.blocks.iter().map(|nested| (nested.name, Shape::Nested(nested)))).collect()
            }
        }
    }
}
