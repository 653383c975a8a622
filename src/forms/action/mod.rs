//! An operation as an action (Terraform 1.14): done each time it is invoked, told while it runs, kept nowhere.
//!
//! What its arguments mean, what is checked and how it runs is the resource's ([`Managed`]) and the engine's; this file
//! has what is different without a state: nothing that has ended is taken up, and the user is told by events.

mod events;
mod schema;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use cloud::Scope;
use engine::Bounds;
use engine::lists;
use engine::outcome::Finished;
use engine::request::{From, Request};
use engine::work::{Freshness, Record, Results, Work};
use tf::plan::Plan;
use tf::provider::{Action, InvokeRequest};
use tf::{Diagnostics, Schema, Value};

use super::identity;
use super::resource::Managed;
use super::resource::decide::{self, OnRecord};
use super::resource::plan::is_recent;
use crate::operations::{Operation, common};
use crate::runtime::{Handle, Runtime};
use events::Events;

/// An operation as an action.
pub(crate) fn of(operation: Box<dyn Operation>, handle: &Arc<Handle>) -> Arc<dyn Action> {
    let managed = Managed::new(operation, handle);
    let schema = schema::of(managed.operation.as_ref(), &managed.schema);
    Arc::new(Invoked { managed, schema })
}

/// An [`Operation`] as something to invoke.
struct Invoked {
    /// The same operation as a resource.
    managed: Managed,
    schema: Schema,
}

/// The same work on record, whoever started it.
enum Earlier {
    /// It runs: an invocation joins it.
    Twin(Record),
    /// It ended well a short while ago: an invocation runs it again, and says so.
    EndedLately(Record),
    /// Nothing that matters.
    Nothing,
}

#[async_trait]
impl Action for Invoked {
    fn type_name(&self) -> &'static str {
        self.managed.operation.name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.managed.operation.validate(config)
    }

    async fn plan(&self, config: &Value) -> Diagnostics {
        // Without a configuration of the provider there is nobody to ask, and without a place nowhere.
        let (Ok(runtime), true) = (self.managed.handle.runtime(), is_placed(config)) else { return Diagnostics::new() };
        let mut plan = self.proposed(config);
        let mut diagnostics = Diagnostics::new();
        // Without checks a plan asks nothing. Why there is no access is told by them.
        if self.managed.operation.effect().overwrites()
            && self.managed.checks(&runtime, &plan.planned)
            && identity::is_known(&self.managed.schema, &plan.planned)
            && let Ok(scope) = self.managed.scope(&runtime, &plan.planned).await
        {
            let work = self.managed.work(&runtime, &scope, &plan.planned);
            match self.earlier(&runtime, work.as_ref(), &plan, lists::REFRESH).await {
                // What it does to the target is no fault of an invocation that joins it.
                Ok(Earlier::Twin(twin)) => return words::will_join(&twin, work.as_ref()).into(),
                Ok(Earlier::EndedLately(ended)) => diagnostics.push(words::ended_lately(&ended, work.as_ref())),
                Ok(Earlier::Nothing) => {}
                Err(error) if error.denies_access() => {}
                Err(error) => diagnostics.push(self.managed.unread_records_warning(work.as_ref(), &error)),
            }
        }
        diagnostics.append(self.managed.before_start(&mut plan, config).await);
        diagnostics
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        let runtime = match self.managed.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        let InvokeRequest { config, progress, stop } = request;
        let bounds = Bounds::new(self.timeout(&config), stop);
        let mut plan = self.proposed(&config);
        let scope = match bounds.within(self.managed.scope(&runtime, &plan.planned)).await {
            Ok(Ok(scope)) => scope,
            Ok(Err(diagnostic)) => return runtime.told_once(diagnostic.into(), &config),
            Err(end) => return words::no_access(self.type_name(), end, bounds.timeout).into(),
        };
        for (name, resolved) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            plan.planned.set(name, Value::from(resolved.as_str()));
        }
        let mut work = self.managed.work(&runtime, &scope, &plan.planned);
        // What cannot be read is not told here: the start, which needs the same records, says why it cannot do without.
        let earlier = bounds.within(self.earlier(&runtime, work.as_ref(), &plan, Freshness::Now)).await;
        let (from, lately) = match earlier {
            Ok(Ok(Earlier::Twin(twin))) => (From::Twin(twin.operation), None),
            Ok(Ok(Earlier::EndedLately(ended))) => (From::Nothing, Some(ended)),
            _ => (From::Nothing, None),
        };
        let events = Events::new(progress, self.managed.noun(), work.target(), lately);
        let identity = self.managed.identity(&plan.planned);
        let kind = self.type_name();
        let request = Request {
            kind,
            identity: &identity,
            wait: common::flag(&plan.planned, "wait").unwrap_or(true),
            shown: Results::new(),
            ended_before: runtime.engine.memory.running(kind, &identity).filter(|run| run.ended).map(|run| run.work),
            watch: &events,
        };
        let finished = runtime.engine.run(work.as_mut(), from, &request, &bounds).await;
        events.end(&finished.ended).await;
        self.told(&finished, work.as_ref(), &plan.planned, (&scope, &bounds))
    }
}

impl Invoked {
    /// The object that a resource with these arguments would plan to make.
    fn proposed(&self, config: &Value) -> Plan {
        let block = &self.managed.schema.block;
        let attributes = block.attributes.iter().map(|attribute| attribute.name);
        let names = attributes.chain(block.blocks.iter().map(|nested| nested.name));
        let written = Value::object(names.map(|name| (name, config.get(name).clone())));
        tf::plan::propose(&self.managed.schema, &written, &Value::Null, &written)
    }

    fn timeout(&self, config: &Value) -> std::time::Duration {
        let written = config.get(schema::TIMEOUT).as_str().and_then(|text| tf::duration::parse(text).ok());
        written.unwrap_or_else(|| self.managed.operation.default_timeout())
    }

    /// What the service's records say about the same work, where doing it twice destroys data.
    async fn earlier(
        &self,
        runtime: &Runtime,
        work: &dyn Work,
        plan: &Plan,
        freshness: Freshness,
    ) -> Result<Earlier, cloud::Error> {
        if !work.effect().overwrites() {
            return Ok(Earlier::Nothing);
        }
        let records = work.records(&runtime.engine.lists, freshness).await?;
        Ok(match decide::on_record(&self.managed.same(runtime, work, &records, plan), is_recent) {
            OnRecord::Twin(twin) => Earlier::Twin(twin.clone()),
            OnRecord::EndedLately(ended) => Earlier::EndedLately(ended.clone()),
            OnRecord::Nothing => Earlier::Nothing,
        })
    }

    /// What a user has to be told about how an invocation ended.
    fn told(
        &self,
        finished: &Finished,
        work: &dyn Work,
        body: &Value,
        (scope, bounds): (&Scope, &Bounds),
    ) -> Diagnostics {
        let operation = events::operation_of(&finished.ended);
        let id = operation.map(|operation| self.managed.operation.id().id(body, operation));
        let attempt = words::attempt_of(&finished.ended);
        let mut voice = words::voice(self.managed.noun(), id.as_deref(), bounds.timeout, attempt);
        voice.request = scope.request_of_start();
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(super::words::told(&finished.ended, work, &voice));
        if let (Some(own), false) = (operation, finished.doubles.is_empty()) {
            diagnostics.push(super::words::doubled(own, &finished.doubles, work, &voice, work.effect()));
        }
        diagnostics
    }
}

/// A region that is not known yet is not the provider's: nothing is looked for in the wrong place.
fn is_placed(config: &Value) -> bool {
    ["region", "project_id"].iter().all(|name| !config.get(name).is_unknown())
}

#[cfg(test)]
mod tests;
