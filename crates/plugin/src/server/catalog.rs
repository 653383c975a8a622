//! What the provider has, by name, and how it describes itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tf::provider::{Action, DataSource, EphemeralResource, Function, ListResource, Provider, Resource};
use tf::{Block, Diagnostic, Diagnostics, Value, cores, write_only};

use super::convert;
use crate::pb;

/// Everything by name, sorted.
pub(super) struct Catalog {
    pub(super) provider: Arc<dyn Provider>,
    resources: BTreeMap<&'static str, Arc<dyn Resource>>,
    data_sources: BTreeMap<&'static str, Arc<dyn DataSource>>,
    functions: BTreeMap<&'static str, Arc<dyn Function>>,
    actions: BTreeMap<&'static str, Arc<dyn Action>>,
    list_resources: BTreeMap<&'static str, Arc<dyn ListResource>>,
    ephemeral_resources: BTreeMap<&'static str, Arc<dyn EphemeralResource>>,
    /// Whether the core is one that wants to find in its state what is only written.
    keeps_written: AtomicBool,
}

impl Catalog {
    pub(super) fn new(provider: Arc<dyn Provider>) -> Catalog {
        Catalog {
            resources: provider.resources().iter().map(|resource| (resource.type_name(), resource.clone())).collect(),
            data_sources: provider.data_sources().iter().map(|source| (source.type_name(), source.clone())).collect(),
            functions: provider.functions().iter().map(|function| (function.name(), function.clone())).collect(),
            actions: provider.actions().iter().map(|action| (action.type_name(), action.clone())).collect(),
            list_resources: provider.list_resources().iter().map(|list| (list.type_name(), list.clone())).collect(),
            ephemeral_resources: provider
                .ephemeral_resources()
                .iter()
                .map(|resource| (resource.type_name(), resource.clone()))
                .collect(),
            keeps_written: AtomicBool::new(false),
            provider,
        }
    }

    /// The core says its version.
    pub(super) fn set_core(&self, version: &str) {
        self.keeps_written.store(!cores::hides_write_only(version), Ordering::Relaxed);
    }

    /// An object as the core keeps it: without what is only written, unless the core knows of no such thing. Whatever is read
    /// from a plan or a state passes here, and whatever goes into one.
    pub(super) fn kept(&self, block: &Block, mut object: Value) -> Value {
        if !self.keeps_written.load(Ordering::Relaxed) {
            write_only::hide(block, &mut object);
        }
        object
    }

    pub(super) fn resource(&self, type_name: &str) -> Result<Arc<dyn Resource>, Diagnostics> {
        self.resources.get(type_name).cloned().ok_or_else(|| unknown("resource type", type_name))
    }

    pub(super) fn data_source(&self, type_name: &str) -> Result<Arc<dyn DataSource>, Diagnostics> {
        self.data_sources.get(type_name).cloned().ok_or_else(|| unknown("data source", type_name))
    }

    pub(super) fn function(&self, name: &str) -> Result<Arc<dyn Function>, Diagnostics> {
        self.functions.get(name).cloned().ok_or_else(|| unknown("function", name))
    }

    pub(super) fn action(&self, type_name: &str) -> Result<Arc<dyn Action>, Diagnostics> {
        self.actions.get(type_name).cloned().ok_or_else(|| unknown("action", type_name))
    }

    /// What lists a managed resource, by the name of that resource.
    pub(super) fn list_resource(&self, type_name: &str) -> Result<Arc<dyn ListResource>, Diagnostics> {
        self.list_resources.get(type_name).cloned().ok_or_else(|| unknown("list resource", type_name))
    }

    pub(super) fn ephemeral_resource(&self, type_name: &str) -> Result<Arc<dyn EphemeralResource>, Diagnostics> {
        self.ephemeral_resources.get(type_name).cloned().ok_or_else(|| unknown("ephemeral resource", type_name))
    }

    /// The answer to `GetSchema`.
    pub(super) fn schema(&self) -> pb::get_provider_schema::Response {
        pb::get_provider_schema::Response {
            provider: Some(convert::schema(self.provider.schema())),
            resource_schemas: describe(&self.resources, |resource| convert::schema(resource.schema())),
            data_source_schemas: describe(&self.data_sources, |source| convert::schema(source.schema())),
            functions: self.function_signatures(),
            action_schemas: describe(&self.actions, |action| convert::action_schema(action.schema())),
            list_resource_schemas: describe(&self.list_resources, |list| convert::schema(list.schema())),
            ephemeral_resource_schemas: describe(&self.ephemeral_resources, |resource| {
                convert::schema(resource.schema())
            }),
            server_capabilities: Some(capabilities()),
            ..Default::default()
        }
    }

    pub(super) fn function_signatures(&self) -> BTreeMap<String, pb::Function> {
        describe(&self.functions, |function| convert::function(function.as_ref()))
    }

    /// Identities of the types that have one; any other type must not appear.
    pub(super) fn identity_schemas(&self) -> BTreeMap<String, pb::ResourceIdentitySchema> {
        let with_identity = self.resources.iter().filter(|(_, resource)| !resource.identity_attributes().is_empty());
        with_identity
            .map(|(name, resource)| ((*name).to_owned(), convert::identity_schema(resource.identity_attributes())))
            .collect()
    }

    /// The answer to `GetMetadata`, which no known client asks for.
    pub(super) fn metadata(&self) -> pb::get_metadata::Response {
        use pb::get_metadata::{
            ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata,
            ResourceMetadata,
        };
        let resource = |name: &&str| ResourceMetadata { type_name: (*name).to_owned() };
        let data_source = |name: &&str| DataSourceMetadata { type_name: (*name).to_owned() };
        let function = |name: &&str| FunctionMetadata { name: (*name).to_owned() };
        let action = |name: &&str| ActionMetadata { type_name: (*name).to_owned() };
        let list = |name: &&str| ListResourceMetadata { type_name: (*name).to_owned() };
        let ephemeral = |name: &&str| EphemeralMetadata { type_name: (*name).to_owned() };
        pb::get_metadata::Response {
            server_capabilities: Some(capabilities()),
            resources: self.resources.keys().map(resource).collect(),
            data_sources: self.data_sources.keys().map(data_source).collect(),
            functions: self.functions.keys().map(function).collect(),
            actions: self.actions.keys().map(action).collect(),
            list_resources: self.list_resources.keys().map(list).collect(),
            ephemeral_resources: self.ephemeral_resources.keys().map(ephemeral).collect(),
            ..Default::default()
        }
    }
}

/// Each of these is a promise that the handlers keep.
fn capabilities() -> pb::ServerCapabilities {
    pb::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

fn describe<T: ?Sized, D>(
    by_name: &BTreeMap<&'static str, Arc<T>>,
    describe: impl Fn(&Arc<T>) -> D,
) -> BTreeMap<String, D> {
    by_name.iter().map(|(name, thing)| ((*name).to_owned(), describe(thing))).collect()
}

/// The error for what the provider does not have.
pub(super) fn unknown(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Unknown {kind} {name:?}"),
        format!("This version of the provider has no {kind} of that name."),
    )
    .into()
}
