//! What the core does to values before a provider sees them, driven by the provider's schema.

use serde_json::{Map, Value};

use crate::pb;
use crate::{Error, UNKNOWN};
use pb::schema::nested_block::NestingMode;

/// A body as a user would write it, with everything that was left out: null attributes, no blocks.
pub(crate) fn complete(block: &pb::schema::Block, body: Value) -> Result<Value, Error> {
    let Value::Object(mut given) = body else {
        return if body.is_null() { Ok(Value::Null) } else { Err(format!("no body: {body}").into()) };
    };
    let mut members = Map::new();
    for attribute in &block.attributes {
        members.insert(attribute.name.clone(), given.remove(&attribute.name).unwrap_or_default());
    }
    for nested in &block.block_types {
        let body = given.remove(&nested.type_name).unwrap_or_default();
        members.insert(nested.type_name.clone(), complete_nested(nested, body)?);
    }
    match given.keys().next() {
        Some(name) => Err(format!("the schema has no {name:?}").into()),
        None => Ok(Value::Object(members)),
    }
}

fn complete_nested(nested: &pb::schema::NestedBlock, value: Value) -> Result<Value, Error> {
    let block = body_of(nested)?;
    match (nested.nesting(), value) {
        (NestingMode::Single, body) => complete(block, body),
        (_, Value::Null) => Ok(Value::Array(Vec::new())),
        (_, Value::Array(bodies)) => {
            Ok(Value::Array(bodies.into_iter().map(|body| complete(block, body)).collect::<Result<_, Error>>()?))
        }
        (_, other) => Ok(other),
    }
}

/// The configuration merged over the stored object: what the provider sets and the user left out stays.
pub(crate) fn proposed(block: &pb::schema::Block, prior: &Value, config: &Value) -> Result<Value, Error> {
    let (Value::Object(prior), Value::Object(config)) = (prior, config) else { return Ok(config.clone()) };
    let mut members = config.clone();
    for attribute in &block.attributes {
        let unset = config.get(&attribute.name).is_none_or(Value::is_null);
        if attribute.computed && unset {
            members.insert(attribute.name.clone(), prior.get(&attribute.name).cloned().unwrap_or_default());
        }
    }
    for nested in &block.block_types {
        let none = Value::Null;
        let (before, after) =
            (prior.get(&nested.type_name).unwrap_or(&none), config.get(&nested.type_name).unwrap_or(&none));
        members.insert(nested.type_name.clone(), proposed_nested(nested, before, after)?);
    }
    Ok(Value::Object(members))
}

fn proposed_nested(nested: &pb::schema::NestedBlock, prior: &Value, config: &Value) -> Result<Value, Error> {
    let block = body_of(nested)?;
    let (Value::Array(before), Value::Array(after)) = (prior, config) else { return proposed(block, prior, config) };
    let twin = |(index, body): (usize, &Value)| match nested.nesting() {
        NestingMode::Set => before.iter().find(|old| could_be(block, old, body)),
        _ => before.get(index),
    };
    let merged = after.iter().enumerate().map(|(index, body)| match twin((index, body)) {
        Some(old) => proposed(block, old, body),
        None => Ok(body.clone()),
    });
    Ok(Value::Array(merged.collect::<Result<_, Error>>()?))
}

/// Elements of sets have no names: one is the successor of another if all that the user wrote is equal.
fn could_be(block: &pb::schema::Block, old: &Value, new: &Value) -> bool {
    block.attributes.iter().filter(|attribute| attribute.required || attribute.optional).all(|attribute| {
        let (old, new) = (old.get(&attribute.name), new.get(&attribute.name));
        old == new || (attribute.computed && new.is_none_or(Value::is_null))
    })
}

/// A body as the state file has it. The wire carries numbers as integers, as floats or as decimal text; only the schema
/// tells such a text from a string.
pub(crate) fn with_numbers(block: &pb::schema::Block, body: Value) -> Result<Value, Error> {
    let Value::Object(mut members) = body else { return Ok(body) };
    for attribute in &block.attributes {
        if let Some(member) = members.get_mut(&attribute.name) {
            *member = with_numbers_of(&serde_json::from_slice(&attribute.r#type)?, member.take())?;
        }
    }
    for nested in &block.block_types {
        let Some(member) = members.get_mut(&nested.type_name) else { continue };
        let block = body_of(nested)?;
        *member = match member.take() {
            Value::Array(bodies) => {
                Value::Array(bodies.into_iter().map(|body| with_numbers(block, body)).collect::<Result<_, Error>>()?)
            }
            body => with_numbers(block, body)?,
        };
    }
    Ok(Value::Object(members))
}

/// The same for a bare type, given by its JSON.
pub(crate) fn with_numbers_of(r#type: &Value, value: Value) -> Result<Value, Error> {
    let kind = r#type.get(0).and_then(Value::as_str).unwrap_or_default();
    let inner = r#type.get(1).unwrap_or(&Value::Null);
    Ok(match (value, kind) {
        (Value::String(text), _) if r#type == "number" && text != UNKNOWN => serde_json::from_str(&text)?,
        (Value::Array(elements), "list" | "set") => {
            let elements = elements.into_iter().map(|element| with_numbers_of(inner, element));
            Value::Array(elements.collect::<Result<_, Error>>()?)
        }
        (Value::Object(members), "map" | "object") => {
            let member = |(name, member): (String, Value)| {
                let r#type = if kind == "map" { inner } else { inner.get(&name).unwrap_or(&Value::Null) };
                Ok((name, with_numbers_of(r#type, member)?))
            };
            Value::Object(members.into_iter().map(member).collect::<Result<_, Error>>()?)
        }
        (value, _) => value,
    })
}

fn body_of(nested: &pb::schema::NestedBlock) -> Result<&pb::schema::Block, Error> {
    nested.block.as_ref().ok_or_else(|| format!("block {:?} has no body", nested.type_name).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn block() -> pb::schema::Block {
        let attribute = |name: &str, optional, computed| pb::schema::Attribute {
            name: name.into(),
            optional,
            computed,
            ..Default::default()
        };
        let inner = pb::schema::Block {
            attributes: vec![attribute("key", true, false), attribute("made", false, true)],
            ..Default::default()
        };
        let nested = |name: &str, nesting: NestingMode| pb::schema::NestedBlock {
            type_name: name.into(),
            block: Some(inner.clone()),
            nesting: nesting.into(),
            ..Default::default()
        };
        pb::schema::Block {
            attributes: vec![
                attribute("id", false, true),
                attribute("name", true, false),
                attribute("size", true, true),
            ],
            block_types: vec![nested("one", NestingMode::Single), nested("some", NestingMode::Set)],
            ..Default::default()
        }
    }

    #[test]
    fn fills_in_what_the_user_left_out() {
        let expected =
            json!({"id": null, "name": "n", "size": null, "one": null, "some": [{"key": "a", "made": null}]});
        assert_eq!(complete(&block(), json!({"name": "n", "some": [{"key": "a"}]})).unwrap(), expected);
        assert!(complete(&block(), json!({"nmae": "n"})).is_err());
    }

    #[test]
    fn text_becomes_a_number_where_the_schema_has_one() {
        let attribute = |name: &str, r#type: Value| pb::schema::Attribute {
            name: name.into(),
            r#type: r#type.to_string().into_bytes(),
            ..Default::default()
        };
        let all = || {
            vec![
                attribute("number", json!("number")),
                attribute("text", json!("string")),
                attribute("list", json!(["list", "number"])),
                attribute("map", json!(["map", ["set", "number"]])),
                attribute("object", json!(["object", { "n": "number", "s": "string" }])),
            ]
        };
        let inner = pb::schema::Block { attributes: all(), ..Default::default() };
        let rows = pb::schema::NestedBlock {
            type_name: "rows".into(),
            block: Some(inner),
            nesting: NestingMode::List.into(),
            ..Default::default()
        };
        let block = pb::schema::Block { attributes: all(), block_types: vec![rows], ..Default::default() };
        let body = |seven: Value| {
            json!({ "number": seven, "text": "7", "list": [seven, null, UNKNOWN], "map": { "k": [seven] },
                "object": { "n": seven, "s": "7" } })
        };
        let whole = |seven: Value| {
            let mut whole = body(seven.clone());
            whole["rows"] = json!([body(seven)]);
            whole
        };
        assert_eq!(with_numbers(&block, whole(json!("7"))).unwrap(), whole(json!(7)));
        assert_eq!(with_numbers(&block, whole(json!(7))).unwrap(), whole(json!(7)));
        assert_eq!(with_numbers(&block, Value::Null).unwrap(), Value::Null);
        assert!(with_numbers(&block, json!({ "number": "seven" })).is_err());
    }

    #[test]
    fn merges_configuration_over_the_stored_object() {
        let prior = json!({"id": "1", "name": "old", "size": 5, "one": {"key": "k", "made": "m"},
            "some": [{"key": "a", "made": "A"}, {"key": "b", "made": "B"}]});
        let config = json!({"id": null, "name": null, "size": null, "one": {"key": "new", "made": null},
            "some": [{"key": "b", "made": null}, {"key": "c", "made": null}]});
        let expected = json!({"id": "1", "name": null, "size": 5, "one": {"key": "new", "made": "m"},
            "some": [{"key": "b", "made": "B"}, {"key": "c", "made": null}]});
        assert_eq!(proposed(&block(), &prior, &config).unwrap(), expected);
    }
}
