//! The floor to measure against: a plugin with this provider's schemas that keeps objects as they are, plans what the
//! schema alone tells, and asks no cloud. What the core itself costs is what a run with it costs.
//!
//! `benches/measure.py --floor` builds it and runs it beside the provider.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use terraform_provider_recovery::provider::Recovery;
use tf::plan::Plan;
use tf::provider::{
    ApplyResponse, CreateRequest, DataSource, DeleteRequest, Function, IdentityAttribute, ImportRequest, Imported,
    PlanRequest, PlanResponse, Provider, ReadRequest, ReadResponse, Resource, UpdateRequest,
};
use tf::{Diagnostic, Diagnostics, Schema, Value};

fn main() -> ExitCode {
    // `cargo test --benches` and `cargo bench` run it as well; only the core's cookie makes it serve.
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_none() {
        return ExitCode::SUCCESS;
    }
    plugin::run(&PLUGIN, || Arc::new(Floor::new()))
}

const PLUGIN: plugin::Options = plugin::Options {
    name: "recovery",
    source: "cloud-recovery/recovery",
    log_crates: &["plugin", "tf"],
    by_hand: "Started by a core that is measured.",
};

/// The provider's schemas, with nothing behind them.
struct Floor {
    schema: Schema,
    resources: Vec<Arc<dyn Resource>>,
}

impl Floor {
    fn new() -> Floor {
        let whole = Recovery::new();
        let still = |resource: &Arc<dyn Resource>| Arc::new(Still(Arc::clone(resource))) as Arc<dyn Resource>;
        Floor { schema: whole.schema().clone(), resources: whole.resources().iter().map(still).collect() }
    }
}

#[async_trait]
impl Provider for Floor {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &[Arc<dyn Resource>] {
        &self.resources
    }

    fn data_sources(&self) -> &[Arc<dyn DataSource>] {
        &[]
    }

    fn functions(&self) -> &[Arc<dyn Function>] {
        &[]
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn configure(&self, _: &Value, _: &str) -> Diagnostics {
        Diagnostics::new()
    }
}

/// A resource whose objects are whatever was planned.
struct Still(Arc<dyn Resource>);

#[async_trait]
impl Resource for Still {
    fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    fn schema(&self) -> &Schema {
        self.0.schema()
    }

    fn identity_attributes(&self) -> &[IdentityAttribute] {
        self.0.identity_attributes()
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let identity = identity(self.identity_attributes());
        ReadResponse { state: Some(request.state), private: Vec::new(), identity, diagnostics: Diagnostics::new() }
    }

    async fn plan(&self, _: PlanRequest, plan: Plan) -> PlanResponse {
        PlanResponse { plan, private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        kept(self.identity_attributes(), request.planned)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        kept(self.identity_attributes(), request.planned)
    }

    async fn delete(&self, _: DeleteRequest) -> Diagnostics {
        Diagnostics::new()
    }

    async fn import(&self, _: ImportRequest) -> Result<Imported, Diagnostics> {
        Err(Diagnostic::error("Nothing is imported", "There is no cloud behind this plugin.").into())
    }
}

/// The object as it was planned. What the plan left open is as long as an ID, as it mostly is in the provider's states.
fn kept(attributes: &[IdentityAttribute], planned: Value) -> ApplyResponse {
    let state = match planned {
        Value::Object(members) => {
            let known = |(name, value): (String, Value)| {
                let is_text =
                    ["id", "status", "created_at", "backup_id", "region", "project_id"].contains(&name.as_str());
                let value = match value.is_unknown() {
                    true if is_text => Value::from("00000000-0000-4000-8000-000000000000"),
                    true => Value::Null,
                    false => value,
                };
                (name, value)
            };
            Value::Object(members.into_iter().map(known).collect()).with_unknowns_as_null()
        }
        other => other,
    };
    ApplyResponse {
        state: Some(state),
        private: Vec::new(),
        identity: identity(attributes),
        diagnostics: Diagnostics::new(),
    }
}

/// An identity of the right form, where the resource has one.
fn identity(attributes: &[IdentityAttribute]) -> Option<Value> {
    let member = |attribute: &IdentityAttribute| (attribute.name, Value::from("00000000-0000-4000-8000-000000000000"));
    (!attributes.is_empty()).then(|| Value::object(attributes.iter().map(member)))
}
