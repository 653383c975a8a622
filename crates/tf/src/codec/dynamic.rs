//! Values of any type, each with its type beside it: [`Type::Dynamic`] is a [`Value::List`] of the type's JSON and the value.
//!
//! Where an attribute in a list of blocks takes any type, the core cannot know the list's type before it sees the blocks, and
//! carries them all as one value of any type: a tuple of objects. Here each attribute has its own type again, so that nobody
//! else has to know of that form.

use std::collections::BTreeMap;

use super::types::{self, type_json};
use super::{CodecError, kind_of};
use crate::path::Step;
use crate::schema::{Block, NestedBlock, Nesting, Type};
use crate::value::Value;

/// Whether blocks of this kind travel as one value of any type.
pub(super) fn travels_as_one(nested: &NestedBlock) -> bool {
    nested.nesting == Nesting::List && takes_any(&nested.block)
}

fn takes_any(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.r#type == Type::Dynamic)
        || block.blocks.iter().any(|nested| takes_any(&nested.block))
}

/// A value with its type. A null is the same whatever its type is.
pub(super) fn with_type(r#type: &Type, value: Value) -> Value {
    match (r#type, value) {
        (_, Value::Null) => Value::Null,
        // It has brought its own, or is not known in any way.
        (Type::Dynamic, value) => value,
        (r#type, value) => {
            let text = String::from_utf8_lossy(&type_json(r#type)).into_owned();
            Value::List(vec![Value::String(text), value])
        }
    }
}

/// Type and value of what [`with_type`] has made.
///
/// # Errors
/// It is no such value.
pub(super) fn without_type(value: &Value) -> Result<(Type, Value), CodecError> {
    match value {
        Value::Null | Value::Unknown => Ok((Type::Dynamic, value.clone())),
        Value::List(pair) => match pair.as_slice() {
            [Value::String(text), value] => Ok((types::parse(text)?, value.clone())),
            _ => Err(CodecError::new("a type and a value required")),
        },
        _ => Err(CodecError::wrong_kind("value with its type", kind_of(value))),
    }
}

/// The blocks in a value that has come as one.
///
/// # Errors
/// There is something else in it.
pub(super) fn blocks(block: &Block, r#type: &Type, value: Value) -> Result<Value, CodecError> {
    match (r#type, value) {
        (_, Value::Null) => Ok(Value::List(Vec::new())),
        (_, Value::Unknown) => Ok(Value::Unknown),
        (Type::Tuple(types), Value::List(elements)) => {
            let bodies = (0_i64..).zip(types.iter().zip(elements)).map(|(index, (r#type, element))| {
                body(block, r#type, element).map_err(|error| error.within(Step::Index(index)))
            });
            bodies.collect::<Result<Vec<Value>, CodecError>>().map(Value::List)
        }
        (_, value) => Err(CodecError::wrong_kind("tuple of blocks", kind_of(&value))),
    }
}

fn body(block: &Block, r#type: &Type, value: Value) -> Result<Value, CodecError> {
    let (Type::Object(types), Value::Object(mut members)) = (r#type, value) else {
        return Err(CodecError::new("block required, found something else"));
    };
    let mut take = |name: &str| (types.get(name).unwrap_or(&Type::Dynamic), members.remove(name).unwrap_or_default());
    let mut read = BTreeMap::new();
    for attribute in &block.attributes {
        let (r#type, value) = take(attribute.name);
        let value = if attribute.r#type == Type::Dynamic { with_type(r#type, value) } else { value };
        read.insert(attribute.name.to_owned(), value);
    }
    for nested in &block.blocks {
        let (r#type, value) = take(nested.name);
        let value = match travels_as_one(nested) {
            true => blocks(&nested.block, r#type, value)
                .map_err(|error| error.within(Step::Attribute(nested.name.to_owned())))?,
            false => value,
        };
        read.insert(nested.name.to_owned(), value);
    }
    Ok(Value::Object(read))
}

/// Blocks as the one value that the core expects, with its type.
///
/// # Errors
/// Something in them has no type.
pub(super) fn as_one(block: &Block, elements: &[Value]) -> Result<(Type, Value), CodecError> {
    let bodies = (0_i64..)
        .zip(elements)
        .map(|(index, element)| typed_body(block, element).map_err(|error| error.within(Step::Index(index))));
    let (types, values) = bodies.collect::<Result<Vec<(Type, Value)>, CodecError>>()?.into_iter().unzip();
    Ok((Type::Tuple(types), Value::List(values)))
}

fn typed_body(block: &Block, body: &Value) -> Result<(Type, Value), CodecError> {
    if !matches!(body, Value::Object(_)) {
        return Err(CodecError::wrong_kind("block", kind_of(body)));
    }
    let (mut types, mut values) = (BTreeMap::new(), BTreeMap::new());
    let mut put = |name: &str, typed: Result<(Type, Value), CodecError>| {
        let (r#type, value) = typed.map_err(|error| error.within(Step::Attribute(name.to_owned())))?;
        types.insert(name.to_owned(), r#type);
        values.insert(name.to_owned(), value);
        Ok::<(), CodecError>(())
    };
    for attribute in &block.attributes {
        let value = body.get(attribute.name);
        let typed = match &attribute.r#type {
            Type::Dynamic => without_type(value),
            r#type => Ok((r#type.clone(), value.clone())),
        };
        put(attribute.name, typed)?;
    }
    for nested in &block.blocks {
        let typed = match body.get(nested.name) {
            Value::List(elements) if travels_as_one(nested) => as_one(&nested.block, elements),
            Value::Null if travels_as_one(nested) => as_one(&nested.block, &[]),
            Value::Unknown if travels_as_one(nested) => Ok((Type::Dynamic, Value::Unknown)),
            _ => Err(CodecError::new("blocks of one type beside those of any type")),
        };
        put(nested.name, typed)?;
    }
    Ok((Type::Object(types), Value::Object(values)))
}
