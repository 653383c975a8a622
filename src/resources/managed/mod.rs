//! One lifecycle for every resource that runs an operation. A [`Kind`] says what is special about one of them.
//!
//! A tainted object is planned by Terraform as if it had never existed. How this lifecycle still knows, and resumes
//! instead of repeating, is told in ARCHITECTURE.md, "Never twice".

mod apply;
mod plan;
mod read;
mod takeup;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloud::Scope;
use tf::plan::{Action, Plan};
use tf::provider::{
    ApplyResponse, CreateRequest, DeleteRequest, IdentityAttribute, ImportRequest, Imported, PlanRequest, PlanResponse,
    ReadRequest, ReadResponse, Resource, UpdateRequest,
};
use tf::{Diagnostic, Diagnostics, Schema, Value};

use super::common;
use crate::engine::Bounds;
use crate::engine::lists::Lists;
use crate::engine::mark::Mark;
use crate::engine::work::{Facts, Progress, Work};
use crate::provider::{Handle, Runtime};

/// What is special about one resource: its schema, its service, its words.
#[async_trait]
pub trait Kind: Send + Sync + 'static {
    /// `recovery_dcs_restore`
    fn type_name(&self) -> &'static str;

    /// The body.
    fn schema(&self) -> Schema;

    /// True for restores: doing it twice destroys data, so equal arguments mean the same work, and delete only forgets.
    fn overwrites(&self) -> bool;

    /// The attribute with the service's id of the work: `restore_id`.
    fn operation_attribute(&self) -> &'static str;

    /// The form of the resource's `id`: two parts, as they are called.
    fn id_form(&self) -> &'static str;

    /// The resource's `id` for a piece of work.
    fn resource_id(&self, body: &Value, operation: &str) -> String;

    /// What a status word means.
    fn verdict(&self, status: &str) -> Progress;

    /// The attributes of the resource's identity (Terraform 1.12), named like those of the body. Empty where no record
    /// lasts.
    fn identity(&self) -> &'static [IdentityAttribute] {
        &[]
    }

    /// How long create may take when the user does not say.
    fn default_timeout(&self) -> Duration;

    /// Checks across arguments. Config may hold unknowns.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Binds a body to a piece of work. Arguments that are unknown count as not given. Without `checks`, nothing but the
    /// service itself may refuse it.
    fn work(&self, scope: &Scope, body: &Value, checks: bool) -> Box<dyn Work>;

    /// Whether two bodies mean the same work.
    fn same_identity(&self, schema: &Schema, known: &Value, planned: &Value) -> bool {
        common::same_identity(schema, known, planned)
    }

    /// Facts that the plan may already state, and what it has to say about work that would start: errors for what
    /// would fail, warnings for what passes or could not be checked, and for restores the warning of what will be
    /// overwritten. Only called with `preflight` on, for work that would start.
    async fn preflight(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> (Facts, Diagnostics);

    /// Brings an object at rest up to date. Work that still runs is looked at by the lifecycle, not here.
    async fn refresh(&self, lists: &Lists, scope: &Scope, body: &mut Value) -> Diagnostics;

    /// Deletes what the operation made. Restores have nothing to delete.
    async fn delete(&self, _runtime: &Runtime, _scope: &Scope, _body: &Value, _bounds: &Bounds) -> Diagnostics {
        Diagnostics::new()
    }

    /// Finds an object by the two parts of the id that the user gave to import: its body, and the arguments that no record
    /// tells.
    ///
    /// # Errors
    /// An object that is not on record, or not of this kind.
    async fn import(
        &self,
        lists: &Lists,
        scope: &Scope,
        parent: &str,
        operation: &str,
    ) -> Result<(Value, Vec<String>), Diagnostics>;
}

/// A [`Kind`] as Terraform sees it.
pub struct Managed<K: Kind> {
    kind: K,
    schema: Schema,
    handle: Arc<Handle>,
}

impl<K: Kind> Managed<K> {
    /// A resource of this kind.
    pub fn new(kind: K, handle: Arc<Handle>) -> Managed<K> {
        let mut schema = kind.schema();
        common::tell_timeouts(&mut schema, kind.default_timeout(), apply::DELETE_TIMEOUT);
        Managed { kind, schema, handle }
    }

    fn type_name(&self) -> &'static str {
        self.kind.type_name()
    }

    /// The project and region that a body names, or the provider's.
    async fn scope(&self, runtime: &Runtime, body: &Value) -> Result<Scope, Diagnostic> {
        let region = body.get("region").as_str();
        let project = body.get("project_id").as_str();
        runtime.scope(region, project).await
    }

    /// The identity of a body, as far as it is known; `None` where there is none.
    fn identity_of(&self, body: &Value) -> Option<Value> {
        let attributes = self.kind.identity();
        let complete = attributes.iter().all(|attribute| attribute.optional || !body.get(attribute.name).is_null());
        (!attributes.is_empty() && complete).then(|| {
            Value::object(attributes.iter().map(|attribute| (attribute.name, body.get(attribute.name).clone())))
        })
    }

    /// The work of a body, with checks where the body or the provider asks for them.
    fn work(&self, runtime: &Runtime, scope: &Scope, body: &Value) -> Box<dyn Work> {
        let checks = common::flag(body, "preflight").unwrap_or(runtime.preflight);
        self.kind.work(scope, body, checks)
    }

    fn identified(&self, answer: ApplyResponse) -> ApplyResponse {
        let identity = answer.state.as_ref().and_then(|body| self.identity_of(body));
        ApplyResponse { identity, ..answer }
    }

    /// The import id of an identity: its required attributes in order.
    fn id_of(&self, identity: &Value) -> String {
        let required = self.kind.identity().iter().filter(|attribute| !attribute.optional);
        required.map(|attribute| common::required(identity, attribute.name)).collect::<Vec<_>>().join("/")
    }

    fn mark(body: &Value) -> Option<Mark> {
        body.get("pending_operation").as_str().map(Mark::parse)
    }

    /// Whether a body in the state records a bad end.
    fn is_failed(&self, body: &Value) -> bool {
        let status = body.get("status").as_str().unwrap_or_default();
        body.get("pending_operation").is_null() && matches!(self.kind.verdict(status), Progress::Failed(_))
    }
}

#[async_trait]
impl<K: Kind> Resource for Managed<K> {
    fn type_name(&self) -> &'static str {
        self.kind.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_attributes(&self) -> &[IdentityAttribute] {
        self.kind.identity()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.kind.validate(config)
    }

    fn observe(&self, state: &Value) {
        // Without a configuration there is no walk to remember anything for.
        if let Ok(runtime) = self.handle.runtime() {
            runtime.engine.memory.see(self.type_name(), state);
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        let answer = self.read_object(request).await;
        let identity = answer.state.as_ref().and_then(|body| self.identity_of(body));
        ReadResponse { identity, ..answer }
    }

    async fn plan(&self, request: PlanRequest, plan: Plan) -> PlanResponse {
        let creates = plan.action == Action::Create;
        let answer = match plan.action {
            Action::Delete => self.plan_destroy(&request, plan),
            Action::Create => self.plan_create(&request, plan).await,
            Action::Replace => self.plan_replacement(&request, plan),
            Action::NoOp | Action::Update => self.plan_in_place(&request, plan),
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
