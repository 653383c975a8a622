//! JSON: stored states.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::shape::{Kind, Members, Shape};
use super::{CodecError, dynamic, normalize_set, types};
use crate::path::Step;
use crate::schema::{Block, Type};
use crate::value::{Number, Value};

/// Parses bytes. Numbers keep all their digits; nesting is limited to 128 levels.
///
/// # Errors
/// Malformed JSON, with line and column. The text itself, which may hold secrets, is not repeated.
pub fn parse_json(bytes: &[u8]) -> Result<Json, CodecError> {
    serde_json::from_slice(bytes).map_err(|error| CodecError::new(format!("malformed JSON: {error}")))
}

/// Reads a stored state or a JSON `DynamicValue` into the shape of the schema: missing attributes become null, missing
/// lists and sets of blocks become empty, unknown names are dropped. Numbers and bools may be quoted.
///
/// # Errors
/// A value of the wrong kind.
pub fn decode_json(schema: &Block, json: Json) -> Result<Value, CodecError> {
    decode(Shape::Body(schema), json)
}

/// Like [`decode_json`], for a bare type.
///
/// # Errors
/// A value of the wrong kind.
pub fn decode_json_type(r#type: &Type, json: Json) -> Result<Value, CodecError> {
    decode(Shape::Type(r#type), json)
}

fn decode(shape: Shape<'_>, json: Json) -> Result<Value, CodecError> {
    match (shape.kind(), json) {
        (_, Json::Null) => shape.absent(),
        (Kind::String, Json::String(text)) => Ok(Value::String(text)),
        (Kind::Bool, Json::Bool(flag)) => Ok(Value::Bool(flag)),
        (Kind::Bool, Json::String(text)) if text == "true" || text == "false" => Ok(Value::Bool(text == "true")),
        (Kind::Number, Json::Number(number)) => decode_number(&number.to_string()),
        (Kind::Number, Json::String(text)) => decode_number(&text),
        (Kind::List(element), Json::Array(elements)) => decode_list(element, elements),
        (Kind::Set(element), Json::Array(elements)) => decode_set(element, elements),
        (Kind::Map(element), Json::Object(members)) => decode_map(element, members),
        (Kind::Object(shapes), Json::Object(members)) => decode_object(shapes, members),
        (Kind::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => decode_tuple(types, elements),
        (Kind::Dynamic, Json::Object(members)) => {
            decode_dynamic(members).map(|(r#type, value)| dynamic::with_type(&r#type, value))
        }
        (Kind::Blocks(block), Json::Object(members)) => {
            let (r#type, value) = decode_dynamic(members)?;
            dynamic::blocks(block, &r#type, value)
        }
        (_, json) => Err(CodecError::wrong_kind(shape.noun(), json_kind(&json))),
    }
}

fn decode_number(text: &str) -> Result<Value, CodecError> {
    Number::parse(text)
        .map(Value::Number)
        .ok_or_else(|| CodecError::new("number required, found something else than a decimal number"))
}

fn decode_list(shape: Shape<'_>, elements: Vec<Json>) -> Result<Value, CodecError> {
    let decoded = (0_i64..)
        .zip(elements)
        .map(|(index, element)| decode(shape, element).map_err(|error| error.within(Step::Index(index))));
    decoded.collect::<Result<Vec<Value>, CodecError>>().map(Value::List)
}

fn decode_tuple(types: &[Type], elements: Vec<Json>) -> Result<Value, CodecError> {
    let decoded = (0_i64..).zip(types.iter().zip(elements)).map(|(index, (r#type, element))| {
        decode(Shape::Type(r#type), element).map_err(|error| error.within(Step::Index(index)))
    });
    decoded.collect::<Result<Vec<Value>, CodecError>>().map(Value::List)
}

/// Type and value, as a stored state has them.
fn decode_dynamic(mut members: serde_json::Map<String, Json>) -> Result<(Type, Value), CodecError> {
    let r#type = members.get("type").and_then(types::from_json).ok_or_else(types::none)?;
    let value = decode(Shape::Type(&r#type), members.remove("value").unwrap_or_default())?;
    Ok((r#type, value))
}

fn decode_set(shape: Shape<'_>, elements: Vec<Json>) -> Result<Value, CodecError> {
    let decoded = elements.into_iter().map(|element| decode(shape, element).map_err(CodecError::within_set));
    let mut elements = decoded.collect::<Result<Vec<Value>, CodecError>>()?;
    normalize_set(&mut elements);
    Ok(Value::List(elements))
}

fn decode_map(shape: Shape<'_>, members: serde_json::Map<String, Json>) -> Result<Value, CodecError> {
    let decoded = members.into_iter().map(|(key, json)| match decode(shape, json) {
        Ok(value) => Ok((key, value)),
        Err(error) => Err(error.within(Step::Key(key))),
    });
    decoded.collect::<Result<BTreeMap<String, Value>, CodecError>>().map(Value::Object)
}

fn decode_object(shapes: Members<'_>, mut members: serde_json::Map<String, Json>) -> Result<Value, CodecError> {
    let decoded = shapes.all().into_iter().map(|(name, shape)| {
        let json = members.remove(name).unwrap_or(Json::Null);
        let value = decode(shape, json).map_err(|error| error.within(Step::Attribute(name.to_owned())))?;
        Ok((name.to_owned(), value))
    });
    decoded.collect::<Result<BTreeMap<String, Value>, CodecError>>().map(Value::Object)
}

fn json_kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    }
}
