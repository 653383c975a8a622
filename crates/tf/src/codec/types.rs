//! Types as JSON, as schemas, signatures of functions and values of any type have them. Nested 128 levels deep at most.

use serde_json::Value as Json;

use super::CodecError;
use crate::schema::Type;

/// The bytes that stand for a type in schemas and function signatures: `"string"`, `["list","string"]` and so on.
pub fn type_json(r#type: &Type) -> Vec<u8> {
    to_json(r#type).to_string().into_bytes()
}

/// Reads what [`type_json`] writes.
///
/// # Errors
/// It is no type.
pub(super) fn parse(text: &str) -> Result<Type, CodecError> {
    let json = serde_json::from_str(text).map_err(|_| none())?;
    from_json(&json).ok_or_else(none)
}

/// The error for what describes no type.
pub(super) fn none() -> CodecError {
    CodecError::new("a type required, found something else")
}

/// The type that a piece of JSON describes.
pub(super) fn from_json(json: &Json) -> Option<Type> {
    let all = |types: &[Json]| types.iter().map(from_json).collect::<Option<Vec<Type>>>();
    Some(match json {
        Json::String(name) => match name.as_str() {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "dynamic" => Type::Dynamic,
            _ => return None,
        },
        Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
            ("list", element) => Type::list(from_json(element)?),
            ("set", element) => Type::set(from_json(element)?),
            ("map", element) => Type::map(from_json(element)?),
            ("tuple", Json::Array(elements)) => Type::Tuple(all(elements)?),
            ("object", Json::Object(members)) => {
                let member = |(name, json): (&String, &Json)| Some((name.clone(), from_json(json)?));
                Type::Object(members.iter().map(member).collect::<Option<_>>()?)
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn to_json(r#type: &Type) -> Json {
    let collection = |name: &str, element: &Type| Json::Array(vec![Json::from(name), to_json(element)]);
    match r#type {
        Type::String => Json::from("string"),
        Type::Number => Json::from("number"),
        Type::Bool => Json::from("bool"),
        Type::List(element) => collection("list", element),
        Type::Set(element) => collection("set", element),
        Type::Map(element) => collection("map", element),
        Type::Object(members) => {
            let members = members.iter().map(|(name, member)| (name.clone(), to_json(member))).collect();
            Json::Array(vec![Json::from("object"), Json::Object(members)])
        }
        Type::Tuple(elements) => {
            Json::Array(vec![Json::from("tuple"), Json::Array(elements.iter().map(to_json).collect())])
        }
        Type::Dynamic => Json::from("dynamic"),
    }
}
