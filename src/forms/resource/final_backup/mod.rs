//! A backup as the last thing before its target is deleted: an operation whose moment is the *delete* of its resource.
//!
//! Terraform deletes what depends on something before that, and stops where such a delete fails. So a resource that makes
//! the backup in its own delete says when the target may go. Its object is the body of the backup from the beginning: with
//! the name that it will get, without results. What is begun in a delete is followed by the next one (ARCHITECTURE.md,
//! "No backup, no destroy").

mod delete;
mod schema;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use tf::plan::{Change, Plan};
use tf::provider::{
    ApplyResponse, CreateRequest, DeleteRequest, ImportRequest, Imported, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, Resource, UpdateRequest,
};
use tf::{Diagnostic, Diagnostics, Schema, Value};

use super::Managed;
use super::apply::{is_at_rest, nothing_done};
use super::object::pending;
use super::plan::is_placed;
use super::private::{Intent, Private};
use crate::operations::checks::is_about_waiting;
use crate::operations::{Final, common};
use crate::runtime::Handle;
use schema::{PREFIX, SKIP};

/// A backup that is made before its target is deleted, as a resource.
pub(in crate::forms) fn of(last: Final, handle: &Arc<Handle>) -> Arc<dyn Resource> {
    let schema = schema::of(&last);
    let Final { name, operation, target, protects, outlives, .. } = last;
    let managed = Managed { operation, schema, identity: Vec::new(), handle: Arc::clone(handle) };
    Arc::new(Last { managed, name, target, protects, outlives })
}

/// A [`Final`] as Terraform sees it.
struct Last {
    /// The operation, with the schema of this form.
    managed: Managed,
    name: &'static str,
    target: &'static str,
    protects: &'static str,
    outlives: &'static str,
}

impl Last {
    /// The values of an object that has made nothing yet, in what is to be the object.
    fn reset(&self, body: &mut Value) {
        let told =
            self.managed.schema.block.attributes.iter().filter(|attribute| schema::is_told_by_the_backup(attribute));
        told.for_each(|attribute| body.set(attribute.name, Value::Null));
        body.set("id", body.get(self.managed.operation.id().parent).clone());
    }

    /// A name that no backup has.
    fn fresh_name(body: &Value) -> Value {
        let suffix = fastrand::u64(..) & 0xffff_ffff_ffff;
        Value::from(format!("{}-{suffix:012x}", common::required(body, PREFIX)))
    }

    /// What stands against a backup now, as far as it will not pass by itself: the backup is made another day.
    async fn checks(&self, request: &PlanRequest, plan: &Plan) -> Diagnostics {
        if !is_placed(request) || plan.planned.get(SKIP) == &Value::from(true) {
            return Diagnostics::new();
        }
        let mut diagnostics = self.managed.before_start(&mut plan.clone(), &request.config).await;
        diagnostics.0.retain(|diagnostic| !is_about_waiting(diagnostic));
        diagnostics
    }

    /// What a body is a backup of, in the user's words.
    fn target(&self, body: &Value) -> String {
        format!("{} {}", self.target, common::required(body, self.managed.operation.id().parent))
    }
}

#[async_trait]
impl Resource for Last {
    fn type_name(&self) -> &'static str {
        self.name
    }

    fn schema(&self) -> &Schema {
        &self.managed.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.managed.operation.validate(config)
    }

    /// Nothing is made yet, so there is nothing to read. What a failed delete has begun, the next delete looks for: it alone
    /// has to know.
    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse {
            state: Some(request.state),
            private: request.private,
            identity: None,
            diagnostics: Diagnostics::new(),
        }
    }

    async fn plan(&self, request: PlanRequest, mut plan: Plan) -> PlanResponse {
        let mut diagnostics = Diagnostics::new();
        match plan.change {
            Change::Delete => diagnostics.push(self.destroy_warning(&request.prior)),
            Change::Replace => {
                diagnostics.push(self.replace_warning(&request.prior));
                self.reset(&mut plan.planned);
                diagnostics.append(self.checks(&request, &plan).await);
            }
            Change::Create => {
                self.reset(&mut plan.planned);
                // The second call of a replacement; the first one has checked it.
                if request.private.is_empty() {
                    diagnostics.append(self.checks(&request, &plan).await);
                }
            }
            Change::Update => {
                tf::plan::keep_computed(&self.managed.schema, &request.config, &request.prior, &mut plan.planned);
                // What has been begun keeps the name by which it is found.
                let renamed = plan.planned.get(PREFIX) != request.prior.get(PREFIX);
                if renamed && pending(&request.prior).is_none() {
                    plan.planned.set("name", Value::Unknown);
                }
            }
            Change::NoOp => {}
        }
        let private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        PlanResponse { plan, private: private.to_bytes(), identity: None, diagnostics }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let runtime = match self.managed.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return nothing_done(diagnostic),
        };
        let mut body = request.planned;
        let scope = match self.managed.scope(&runtime, &body).await {
            Ok(scope) => scope,
            Err(diagnostic) => return nothing_done(diagnostic),
        };
        // The destroy goes where this says, whatever the provider block says by then.
        for (name, resolved) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if body.get(name).as_str().is_none() {
                body.set(name, Value::from(resolved.as_str()));
            }
        }
        self.reset(&mut body);
        body.set("name", Last::fresh_name(&body));
        stored(body, &request.private)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        let mut body = request.planned;
        if body.get("name").is_unknown() {
            body.set("name", Last::fresh_name(&body));
        }
        stored(body, &request.private)
    }

    async fn delete(&self, request: DeleteRequest) -> Diagnostics {
        self.make(request).await
    }

    async fn import(&self, _request: ImportRequest) -> Result<Imported, Diagnostics> {
        Err(Diagnostic::error(
            format!("There is nothing to import as {}", self.name),
            "Until a destroy it is nothing in the cloud: write the block and apply it, which sends nothing. A backup that it has made is \
             imported as the resource that the end of the destroy has named.",
        )
        .into())
    }
}

fn stored(body: Value, private: &[u8]) -> ApplyResponse {
    let private = Private::parse(private).unwrap_or_else(|| Private::new(Intent::Stored));
    let private = private.kept(is_at_rest(&body));
    ApplyResponse { state: Some(body), private, identity: None, diagnostics: Diagnostics::new() }
}
