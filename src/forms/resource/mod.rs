//! An operation as a resource: one lifecycle for all of them.
//!
//! A tainted object is planned by Terraform as if it had never existed. How this lifecycle still knows, and resumes
//! instead of repeating, is told in ARCHITECTURE.md, "Never twice".

mod apply;
mod before;
pub(super) mod decide;
pub(super) mod final_backup;
mod import;
mod known;
mod object;
pub(super) mod plan;
mod private;
mod read;
pub(super) mod schema;
mod voice;
pub(super) mod warnings;

use std::sync::Arc;

use async_trait::async_trait;
use cloud::Scope;
use tf::plan::{Change, Plan};
use tf::provider::{
    ApplyResponse, CreateRequest, DeleteRequest, IdentityAttribute, ImportRequest, Imported, PlanRequest, PlanResponse,
    ReadRequest, ReadResponse, Resource, UpdateRequest,
};
use tf::{Diagnostic, Diagnostics, Schema, Value};

use crate::operations::{Operation, common};
use crate::runtime::{Handle, Runtime};
use engine::work::Work;

/// An operation as a resource.
pub(crate) fn of(operation: Box<dyn Operation>, handle: &Arc<Handle>) -> Arc<dyn Resource> {
    Arc::new(Managed::new(operation, handle))
}

/// An [`Operation`] as Terraform sees it.
pub(super) struct Managed {
    pub(super) operation: Box<dyn Operation>,
    pub(super) schema: Schema,
    identity: Vec<IdentityAttribute>,
    pub(super) handle: Arc<Handle>,
}

impl Managed {
    /// For this form, and for others that mean the same by the same arguments.
    pub(super) fn new(operation: Box<dyn Operation>, handle: &Arc<Handle>) -> Managed {
        let schema = schema::of(operation.as_ref());
        let identity = schema::identity(operation.id());
        Managed { operation, schema, identity, handle: Arc::clone(handle) }
    }

    pub(super) fn noun(&self) -> &'static str {
        self.operation.effect().noun()
    }

    /// The project and region that a body names, or the provider's.
    pub(super) async fn scope(&self, runtime: &Runtime, body: &Value) -> Result<Scope, Diagnostic> {
        let region = body.get("region").as_str();
        let project = body.get("project_id").as_str();
        runtime.scope(region, project).await
    }

    /// The identity of a body, as far as it is known; `None` where there is none.
    pub(super) fn identity_of(&self, body: &Value) -> Option<Value> {
        let attributes = &self.identity;
        let complete = attributes.iter().all(|attribute| attribute.optional || !body.get(attribute.name).is_null());
        (!attributes.is_empty() && complete).then(|| {
            Value::object(attributes.iter().map(|attribute| (attribute.name, body.get(attribute.name).clone())))
        })
    }

    /// The work of a body, with checks where the body or the provider asks for them.
    pub(super) fn work(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> Box<dyn Work> {
        self.operation.work(scope, body, self.checks(runtime, body))
    }

    /// Whether the body, or else the provider, asks for checks.
    pub(super) fn checks(&self, runtime: &Runtime, body: &Value) -> bool {
        common::flag(body, "preflight").unwrap_or(runtime.preflight)
    }

    fn identified(&self, answer: ApplyResponse) -> ApplyResponse {
        let identity = answer.state.as_ref().and_then(|body| self.identity_of(body));
        ApplyResponse { identity, ..answer }
    }

    /// The import id of an identity: its required attributes in order.
    fn id_of(&self, identity: &Value) -> String {
        let required = self.identity.iter().filter(|attribute| !attribute.optional);
        required.map(|attribute| common::required(identity, attribute.name)).collect::<Vec<_>>().join("/")
    }
}

#[async_trait]
impl Resource for Managed {
    fn type_name(&self) -> &'static str {
        self.operation.name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_attributes(&self) -> &[IdentityAttribute] {
        &self.identity
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.operation.validate(config)
    }

    fn observe(&self, state: &Value) {
        // Without a configuration there is no walk to remember anything for.
        if let (Ok(runtime), Some(object)) = (self.handle.runtime(), self.object(state)) {
            runtime.engine.memory.see(object);
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let answer = self.read_object(request).await;
        let identity = answer.state.as_ref().and_then(|body| self.identity_of(body));
        ReadResponse { identity, ..answer }
    }

    async fn plan(&self, request: PlanRequest, plan: Plan) -> PlanResponse {
        let creates = plan.change == Change::Create;
        let answer = match plan.change {
            Change::Delete => self.plan_destroy(&request, plan).await,
            Change::Create => self.plan_create(&request, plan).await,
            Change::Replace => self.plan_replacement(&request, plan).await,
            Change::NoOp | Change::Update => self.plan_in_place(&request, plan),
        };
        // An identity that exists stays as it is: the server sees to that.
        let identity = creates.then(|| self.identity_of(&answer.plan.planned)).flatten();
        PlanResponse { identity, ..answer }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let answer = self.create_object(request).await;
        self.identified(answer)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        let answer = self.update_object(request).await;
        self.identified(answer)
    }

    async fn delete(&self, request: DeleteRequest) -> Diagnostics {
        self.delete_object(request).await
    }

    async fn import(&self, mut request: ImportRequest) -> Result<Imported, Diagnostics> {
        if let Some(identity) = &request.identity {
            request.id = self.id_of(identity);
        }
        let imported = self.import_object(request).await?;
        let identity = self.identity_of(&imported.state);
        Ok(Imported { identity, ..imported })
    }
}
