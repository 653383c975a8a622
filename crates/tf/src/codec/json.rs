//! JSON: stored states, and the bytes that describe a type.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::shape::{Kind, Members, Shape};
use super::{CodecError, normalize_set};
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

/// The bytes that stand for a type in schemas and function signatures: `"string"`, `["list","string"]` and so on.
pub fn type_json(r#type: &Type) -> Vec<u8> {
    type_to_json(r#type).to_string().into_bytes()
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

fn type_to_json(r#type: &Type) -> Json {
    let collection = |name: &str, element: &Type| Json::Array(vec![Json::from(name), type_to_json(element)]);
    match r#type {
        Type::String => Json::from("string"),
        Type::Number => Json::from("number"),
        Type::Bool => Json::from("bool"),
        Type::List(element) => collection("list", element),
        Type::Set(element) => collection("set", element),
        Type::Map(element) => collection("map", element),
        Type::Object(members) => {
            let members = members.iter().map(|(name, member)| (name.clone(), type_to_json(member))).collect();
            Json::Array(vec![Json::from("object"), Json::Object(members)])
        }
    }
}
