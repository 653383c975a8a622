//! The wire's words to those that tests use, and back.

use serde_json::Value;

use crate::object::with_numbers;
use crate::{Error, msgpack, pb};

/// A message of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Otherwise it is a warning.
    pub is_error: bool,
    /// The title.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The attribute to blame, such as `part[0].kind`; empty for none.
    pub attribute: String,
}

pub(crate) fn body(schema: Option<&pb::Schema>) -> Result<pb::schema::Block, Error> {
    schema.and_then(|schema| schema.block.clone()).ok_or_else(|| "no such schema, or one without a block".into())
}

pub(crate) fn dynamic(value: &Value) -> Result<pb::DynamicValue, Error> {
    Ok(pb::DynamicValue { msgpack: msgpack::encode(value)?, json: Vec::new() })
}

pub(crate) fn json(value: Option<pb::DynamicValue>) -> Result<Value, Error> {
    msgpack::decode(&value.unwrap_or_default().msgpack)
}

pub(crate) fn body_value(block: &pb::schema::Block, value: Option<pb::DynamicValue>) -> Result<Value, Error> {
    with_numbers(block, json(value)?)
}

pub(crate) fn identity_data(identity: &Value) -> Result<Option<pb::ResourceIdentityData>, Error> {
    if identity.is_null() {
        return Ok(None);
    }
    Ok(Some(pb::ResourceIdentityData { identity_data: Some(dynamic(identity)?) }))
}

pub(crate) fn identity(data: Option<pb::ResourceIdentityData>) -> Result<Value, Error> {
    json(data.and_then(|data| data.identity_data))
}

pub(crate) fn problems(diagnostics: Vec<pb::Diagnostic>) -> Vec<Problem> {
    let problem = |found: pb::Diagnostic| Problem {
        is_error: found.severity() == pb::diagnostic::Severity::Error,
        attribute: found.attribute.as_ref().map(path).unwrap_or_default(),
        summary: found.summary,
        detail: found.detail,
    };
    diagnostics.into_iter().map(problem).collect()
}

pub(crate) fn no_errors(problems: &[Problem]) -> Result<(), Error> {
    match problems.iter().find(|problem| problem.is_error) {
        Some(error) => Err(format!("{}: {} ({})", error.summary, error.detail, error.attribute).into()),
        None => Ok(()),
    }
}

pub(crate) fn path(path: &pb::AttributePath) -> String {
    use pb::attribute_path::step::Selector;
    let mut text = String::new();
    for step in &path.steps {
        match &step.selector {
            Some(Selector::AttributeName(name)) if text.is_empty() => text.push_str(name),
            Some(Selector::AttributeName(name)) => text.push_str(&format!(".{name}")),
            Some(Selector::ElementKeyString(key)) => text.push_str(&format!("[{key:?}]")),
            Some(Selector::ElementKeyInt(index)) => text.push_str(&format!("[{index}]")),
            None => text.push_str("[?]"),
        }
    }
    text
}
