//! The wire's words to Terraform's words and back. The only place that knows both.

use tf::provider::{Function, IdentityAttribute};
use tf::{
    Attribute, Block, CodecError, Diagnostic, Diagnostics, Mode, NestedBlock, Nesting, Path, Schema, Severity, Step,
    Type, Value, codec, validate,
};

use crate::pb;
use crate::pb::attribute_path::step::Selector;

// ---- values ----------------------------------------------------------------------------------------------------------

/// Reads a value of a block. `what` names it in the error: "The configuration", "The prior state".
pub(super) fn value(block: &Block, wire: Option<pb::DynamicValue>, what: &str) -> Result<Value, Diagnostics> {
    let wire = wire.unwrap_or_default();
    let decoded = if !wire.msgpack.is_empty() {
        codec::decode_msgpack(block, &wire.msgpack)
    } else if !wire.json.is_empty() {
        codec::parse_json(&wire.json).and_then(|json| codec::decode_json(block, json))
    } else {
        Ok(Value::Null)
    };
    decoded.map_err(|error| unreadable(error, what))
}

/// Reads a configuration, which may lack what it needs: for validation, which tells all that is wrong at once.
pub(super) fn config(block: &Block, wire: Option<pb::DynamicValue>) -> Result<Value, Diagnostics> {
    value(block, wire, "The configuration")
}

/// Reads a configuration to act on. No handler sees one in which a required argument is null.
pub(super) fn given(block: &Block, wire: Option<pb::DynamicValue>) -> Result<Value, Diagnostics> {
    let config = config(block, wire)?;
    let missing = validate::missing(block, &config);
    if missing.is_empty() { Ok(config) } else { Err(missing) }
}

/// Reads a value of a bare type: an argument of a function.
pub(super) fn value_of_type(r#type: &Type, wire: pb::DynamicValue) -> Result<Value, CodecError> {
    if !wire.msgpack.is_empty() {
        codec::decode_msgpack_type(r#type, &wire.msgpack)
    } else if !wire.json.is_empty() {
        codec::parse_json(&wire.json).and_then(|json| codec::decode_json_type(r#type, json))
    } else {
        Ok(Value::Null)
    }
}

/// Reads a stored object in the JSON form of the current schema.
pub(super) fn stored(block: &Block, json: serde_json::Value) -> Result<Value, Diagnostics> {
    codec::decode_json(block, json).map_err(|error| unreadable(error, "The stored state"))
}

/// Writes a value of a block.
pub(super) fn dynamic_value(block: &Block, value: &Value) -> Result<pb::DynamicValue, Diagnostics> {
    codec::encode_msgpack(block, value).map(from_msgpack).map_err(|error| unwritable(error).into())
}

/// Writes a value of a bare type.
pub(super) fn dynamic_value_of_type(r#type: &Type, value: &Value) -> Result<pb::DynamicValue, CodecError> {
    codec::encode_msgpack_type(r#type, value).map(from_msgpack)
}

/// Writes what must not be lost: whatever of the value fits the schema, and an error for each part that does not.
/// Unknowns become null.
pub(super) fn saved_value(block: &Block, value: Value) -> (Option<pb::DynamicValue>, Diagnostics) {
    let (value, errors) = codec::fit(block, value.with_unknowns_as_null());
    let mut found: Diagnostics = Diagnostics(errors.into_iter().map(unwritable).collect());
    match codec::encode_msgpack(block, &value) {
        Ok(bytes) => (Some(from_msgpack(bytes)), found),
        Err(error) => {
            found.push(unwritable(error));
            (None, found)
        }
    }
}

/// Null, spelled out.
pub(super) fn null() -> pb::DynamicValue {
    from_msgpack(vec![0xc0])
}

fn from_msgpack(bytes: Vec<u8>) -> pb::DynamicValue {
    pb::DynamicValue { msgpack: bytes, json: Vec::new() }
}

fn unreadable(error: CodecError, what: &str) -> Diagnostics {
    error.into_diagnostic(&format!("{what} cannot be read")).into()
}

fn unwritable(error: CodecError) -> Diagnostic {
    error.into_diagnostic("The provider made a value that does not fit its schema; this is a bug in the provider")
}

// ---- identities ------------------------------------------------------------------------------------------------------

/// The type of an identity: an object of strings.
fn identity_type(attributes: &[IdentityAttribute]) -> Type {
    Type::object(attributes.iter().map(|attribute| (attribute.name, Type::String)))
}

/// Reads an identity. None: the client sent none, or the type has none.
pub(super) fn identity(
    attributes: &[IdentityAttribute],
    wire: Option<pb::ResourceIdentityData>,
) -> Result<Option<Value>, Diagnostics> {
    let Some(wire) = wire.and_then(|wire| wire.identity_data).filter(|_| !attributes.is_empty()) else {
        return Ok(None);
    };
    let value = value_of_type(&identity_type(attributes), wire).map_err(|error| unreadable(error, "The identity"))?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Reads a stored identity in its JSON form.
pub(super) fn stored_identity(attributes: &[IdentityAttribute], json: &[u8]) -> Result<Value, Diagnostics> {
    codec::parse_json(json)
        .and_then(|json| codec::decode_json_type(&identity_type(attributes), json))
        .map_err(|error| unreadable(error, "The stored identity"))
}

/// Writes an identity; nothing for a type that has none, because clients crash on that.
pub(super) fn identity_data(
    attributes: &[IdentityAttribute],
    identity: Option<&Value>,
) -> Result<Option<pb::ResourceIdentityData>, Diagnostics> {
    let Some(identity) = identity.filter(|_| !attributes.is_empty()) else { return Ok(None) };
    let data = dynamic_value_of_type(&identity_type(attributes), identity).map_err(unwritable)?;
    Ok(Some(pb::ResourceIdentityData { identity_data: Some(data) }))
}

pub(super) fn identity_schema(attributes: &[IdentityAttribute]) -> pb::ResourceIdentitySchema {
    let attribute = |attribute: &IdentityAttribute| pb::resource_identity_schema::IdentityAttribute {
        name: attribute.name.to_owned(),
        r#type: codec::type_json(&Type::String),
        required_for_import: !attribute.optional,
        optional_for_import: attribute.optional,
        description: attribute.description.to_owned(),
    };
    pb::ResourceIdentitySchema { version: 0, identity_attributes: attributes.iter().map(attribute).collect() }
}

// ---- messages to the user --------------------------------------------------------------------------------------------

pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<pb::Diagnostic> {
    diagnostics.0.into_iter().map(diagnostic).collect()
}

/// Characters of a title and of a text: beyond that a terminal shows a wall, and not what is wrong.
const LONGEST_SUMMARY: usize = 400;
const LONGEST_DETAIL: usize = 16_000;

/// Whatever a diagnostic is made of, it leaves here without anything that acts on a terminal.
fn diagnostic(found: Diagnostic) -> pb::Diagnostic {
    let severity = match found.severity {
        Severity::Error => pb::diagnostic::Severity::Error,
        Severity::Warning => pb::diagnostic::Severity::Warning,
    };
    pb::Diagnostic {
        severity: severity.into(),
        summary: outside::short(&found.summary, LONGEST_SUMMARY),
        detail: outside::paragraphs(&found.detail, LONGEST_DETAIL),
        attribute: found.attribute.map(attribute_path),
    }
}

/// A message that is no diagnostic: of progress, of a function.
pub(super) fn message(text: &str) -> String {
    outside::paragraphs(text, LONGEST_DETAIL)
}

pub(super) fn attribute_path(path: Path) -> pb::AttributePath {
    let step = |step| pb::attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name),
            Step::Key(key) => Selector::ElementKeyString(key),
            Step::Index(index) => Selector::ElementKeyInt(index),
        }),
    };
    pb::AttributePath { steps: path.0.into_iter().map(step).collect() }
}

// ---- schemas ---------------------------------------------------------------------------------------------------------

pub(super) fn schema(schema: &Schema) -> pb::Schema {
    // Clients crash on a schema without a block.
    pb::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

pub(super) fn action_schema(schema: &Schema) -> pb::ActionSchema {
    pb::ActionSchema { schema: Some(self::schema(schema)) }
}

fn block(block: &Block) -> pb::schema::Block {
    let mut attributes: Vec<pb::schema::Attribute> = block.attributes.iter().map(attribute).collect();
    attributes.sort_by(|left, right| left.name.cmp(&right.name));
    let mut block_types: Vec<pb::schema::NestedBlock> = block.blocks.iter().map(nested_block).collect();
    block_types.sort_by(|left, right| left.type_name.cmp(&right.type_name));
    pb::schema::Block {
        attributes,
        block_types,
        description: block.description.to_owned(),
        description_kind: pb::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn attribute(attribute: &Attribute) -> pb::schema::Attribute {
    pb::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type: codec::type_json(&attribute.r#type),
        description: attribute.description.to_owned(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        description_kind: pb::StringKind::Markdown.into(),
        ..Default::default()
    }
}

fn nested_block(nested: &NestedBlock) -> pb::schema::NestedBlock {
    use pb::schema::nested_block::NestingMode;
    let (nesting, min_items, max_items) = match nested.nesting {
        // Clients refuse any other pair of limits for a single block.
        Nesting::Single => (NestingMode::Single, nested.min_items, nested.min_items),
        Nesting::List => (NestingMode::List, nested.min_items, nested.max_items),
        Nesting::Set => (NestingMode::Set, nested.min_items, nested.max_items),
    };
    pb::schema::NestedBlock {
        type_name: nested.name.to_owned(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items,
        max_items,
    }
}

pub(super) fn function(function: &dyn Function) -> pb::Function {
    let parameter = |(name, r#type, description): &(&'static str, Type, &'static str)| pb::function::Parameter {
        name: (*name).to_owned(),
        r#type: codec::type_json(r#type),
        description: (*description).to_owned(),
        description_kind: pb::StringKind::Markdown.into(),
        ..Default::default()
    };
    pb::Function {
        parameters: function.parameters().iter().map(parameter).collect(),
        r#return: Some(pb::function::Return { r#type: codec::type_json(function.result()) }),
        summary: function.summary().to_owned(),
        description: function.description().to_owned(),
        description_kind: pb::StringKind::Markdown.into(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_leaves_acts_on_a_terminal_or_fills_it() {
        let wild = "a\u{1b}[2Jb\u{7}\u{202e}c\nd";
        let sent = diagnostic(Diagnostic::error(wild, format!("{wild}{}", "x".repeat(60_000))));
        assert_eq!(sent.summary, r"a\u{1b}[2Jb\u{7}\u{202e}c\nd");
        assert!(sent.detail.starts_with("a\\u{1b}[2Jb\\u{7}\\u{202e}c\nd"), "{}", sent.detail);
        assert!(sent.detail.len() < LONGEST_DETAIL + 100 && sent.detail.ends_with("more characters)"));
        assert_eq!(message("50%\u{1b}c"), r"50%\u{1b}c");
        assert!(diagnostic(Diagnostic::warning("t".repeat(9000), "")).summary.chars().count() <= LONGEST_SUMMARY + 1);
    }
}
