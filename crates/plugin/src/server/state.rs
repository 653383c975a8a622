//! Stored objects: brought to the current schema, read again, imported, moved, turned into configuration.

use tf::provider::{ImportRequest, Imported, ReadRequest, Resource, StopToken};
use tf::{Block, Diagnostic, Diagnostics, Mode, Nesting, Value, codec};

use super::catalog::Catalog;
use super::convert;
use crate::pb;

/// Brings a stored object to the current schema. Called for every state that Terraform reads.
pub(super) fn upgrade(
    catalog: &Catalog,
    request: pb::upgrade_resource_state::Request,
) -> Result<pb::upgrade_resource_state::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let raw = request.raw_state.unwrap_or_default();
    if raw.json.is_empty() {
        return Err(without_json(&raw).into());
    }
    let json =
        codec::parse_json(&raw.json).map_err(|error| error.into_diagnostic("The stored state cannot be read"))?;
    let json = upgraded(resource.as_ref(), request.version, json)?;
    let state = catalog.kept(&resource.schema().block, convert::stored(&resource.schema().block, json)?);
    if state.is_null() {
        // Null would make Terraform forget the object without a word.
        return Err(Diagnostic::error("The stored state is empty", "The state file has null for this object.").into());
    }
    resource.observe(&state);
    let upgraded_state = convert::dynamic_value(&resource.schema().block, &state)?;
    Ok(pb::upgrade_resource_state::Response { upgraded_state: Some(upgraded_state), diagnostics: Vec::new() })
}

fn upgraded(resource: &dyn Resource, version: i64, json: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
    let current = resource.schema().version;
    match version.cmp(&current) {
        std::cmp::Ordering::Equal => Ok(json),
        std::cmp::Ordering::Less => resource.upgrade(version, json),
        std::cmp::Ordering::Greater => Err(Diagnostic::error(
            "State of a newer provider",
            format!(
                "The state has schema version {version}, this provider knows up to {current}. Use a newer provider."
            ),
        )
        .into()),
    }
}

fn without_json(raw: &pb::RawState) -> Diagnostic {
    if raw.flatmap.is_empty() {
        Diagnostic::error("The stored state is empty", "Terraform sent no stored object to upgrade.")
    } else {
        Diagnostic::error(
            "State of Terraform 0.11 or older",
            "The state of this object has the form of Terraform 0.11, which is older than this provider. Run an apply \
             with Terraform 0.12 or newer and the provider that wrote the state first.",
        )
    }
}

pub(super) fn upgrade_identity(
    catalog: &Catalog,
    request: pb::upgrade_resource_identity::Request,
) -> Result<pb::upgrade_resource_identity::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let attributes = resource.identity_attributes();
    if attributes.is_empty() || request.version != 0 {
        return Err(Diagnostic::error(
            "Identity of an unknown version",
            format!("This provider knows no version {} of the identity of {}.", request.version, request.type_name),
        )
        .into());
    }
    let identity = convert::stored_identity(attributes, &request.raw_identity.unwrap_or_default().json)?;
    let upgraded_identity = convert::identity_data(attributes, Some(&identity))?;
    Ok(pb::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() })
}

pub(super) async fn read(
    catalog: &Catalog,
    request: pb::read_resource::Request,
    stop: StopToken,
) -> Result<pb::read_resource::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let block = &resource.schema().block;
    let state = convert::value(block, request.current_state, "The state")?;
    let answer = resource.read(ReadRequest { state, private: request.private, stop }).await;

    let mut found = answer.diagnostics;
    let new_state = match answer.state {
        Some(state) => {
            let (state, errors) = convert::saved_value(block, catalog.kept(block, state));
            found.append(errors);
            state
        }
        None => Some(convert::null()),
    };
    let identity = answer.identity.filter(Value::is_wholly_known);
    let new_identity = convert::identity_data(resource.identity_attributes(), identity.as_ref())?;
    Ok(pb::read_resource::Response {
        new_state,
        private: answer.private,
        // What is not sent back is dropped from the state.
        new_identity: new_identity.or(request.current_identity.filter(|_| has_identity(resource.as_ref()))),
        diagnostics: convert::diagnostics(found),
        deferred: None,
    })
}

pub(super) async fn import(
    catalog: &Catalog,
    request: pb::import_resource_state::Request,
    stop: StopToken,
) -> Result<pb::import_resource_state::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let identity = convert::identity(resource.identity_attributes(), request.identity.clone())?;
    let mut imported = resource.import(ImportRequest { id: request.id, identity, stop }).await?;
    imported.state = catalog.kept(&resource.schema().block, imported.state);
    let imported = imported_resource(resource.as_ref(), request.type_name, request.identity, imported)?;
    Ok(pb::import_resource_state::Response { imported_resources: vec![imported], ..Default::default() })
}

fn imported_resource(
    resource: &dyn Resource,
    type_name: String,
    given_identity: Option<pb::ResourceIdentityData>,
    imported: Imported,
) -> Result<pb::import_resource_state::ImportedResource, Diagnostics> {
    if imported.state.is_null() {
        // Some clients take an empty import for a success.
        return Err(Diagnostic::error("Nothing was imported", "No object of that id was found.").into());
    }
    let state = convert::dynamic_value(&resource.schema().block, &imported.state.with_unknowns_as_null())?;
    let identity = convert::identity_data(resource.identity_attributes(), imported.identity.as_ref())?;
    Ok(pb::import_resource_state::ImportedResource {
        type_name,
        state: Some(state),
        private: imported.private,
        identity: identity.or(given_identity.filter(|_| has_identity(resource))),
    })
}

/// No state of another type can become one of ours, and the user is told which move was asked for.
pub(super) fn move_state(
    request: &pb::move_resource_state::Request,
) -> Result<pb::move_resource_state::Response, Diagnostics> {
    let (source, target) = (&request.source_type_name, &request.target_type_name);
    Err(Diagnostic::error(
        format!("No move from {source} to {target}"),
        format!(
            "The provider cannot turn the state of {source} ({}) into that of {target}. Remove the \"moved\" block; to \
             take an existing object over, import it.",
            request.source_provider_address
        ),
    )
    .into())
}

pub(super) fn generate_config(
    catalog: &Catalog,
    request: pb::generate_resource_config::Request,
) -> Result<pb::generate_resource_config::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let block = &resource.schema().block;
    let state = convert::value(block, request.state, "The state")?;
    let config = convert::dynamic_value(block, &as_config(block, state))?;
    Ok(pb::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() })
}

/// What a user would write to get this object: nothing that only the provider sets.
fn as_config(block: &Block, state: Value) -> Value {
    let Value::Object(mut members) = state else { return state };
    for attribute in &block.attributes {
        let Some(value) = members.get_mut(attribute.name) else { continue };
        let set_by_provider = match attribute.mode {
            Mode::Computed => true,
            Mode::OptionalComputed => attribute.name == "id" || attribute.default.as_ref() == Some(value),
            Mode::Optional => value.as_str() == Some(""),
            Mode::Required => false,
        };
        if set_by_provider {
            *value = Value::Null;
        }
    }
    for nested in &block.blocks {
        let Some(value) = members.remove(nested.name) else { continue };
        let value = match (nested.nesting, value) {
            (Nesting::Single, body) => as_config(&nested.block, body),
            (_, Value::List(bodies)) => {
                Value::List(bodies.into_iter().map(|body| as_config(&nested.block, body)).collect())
            }
            (_, other) => other,
        };
        members.insert(nested.name.to_owned(), value);
    }
    Value::Object(members)
}

fn has_identity(resource: &dyn Resource) -> bool {
    !resource.identity_attributes().is_empty()
}

#[cfg(test)]
mod tests {
    use tf::{Attribute, NestedBlock};

    use super::*;

    #[test]
    fn configuration_made_of_state_has_what_a_user_may_write() {
        let leaf =
            Block { attributes: vec![Attribute::required("a", ""), Attribute::computed("b", "")], ..Block::default() };
        let nested = |name, nesting| NestedBlock {
            name,
            nesting,
            block: leaf.clone(),
            min_items: 0,
            max_items: 0,
            replaces: false,
        };
        let block = Block {
            attributes: vec![
                Attribute::required("name", ""),
                Attribute::optional("empty", ""),
                Attribute::optional("note", ""),
                Attribute::optional("region", "").or_computed(),
                Attribute::optional("id", "").or_computed(),
                Attribute::optional("version", "").default("v2"),
                Attribute::computed("status", ""),
            ],
            blocks: vec![nested("one", Nesting::Single), nested("many", Nesting::Set)],
            ..Block::default()
        };
        let leaf_state = || Value::object([("a", Value::from("x")), ("b", Value::from("y"))]);
        let leaf_config = || Value::object([("a", Value::from("x")), ("b", Value::Null)]);
        let state = Value::object([
            ("name", "n".into()),
            ("empty", "".into()),
            ("note", "x".into()),
            ("region", "eu".into()),
            ("id", "1".into()),
            ("version", "v2".into()),
            ("status", "ok".into()),
            ("one", leaf_state()),
            ("many", Value::List(vec![leaf_state()])),
        ]);
        let expected = Value::object([
            ("name", "n".into()),
            ("empty", Value::Null),
            ("note", "x".into()),
            ("region", "eu".into()),
            ("id", Value::Null),
            ("version", Value::Null),
            ("status", Value::Null),
            ("one", leaf_config()),
            ("many", Value::List(vec![leaf_config()])),
        ]);
        assert_eq!(as_config(&block, state), expected);
    }
}
