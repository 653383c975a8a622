//! Plans of creates that mean work which is known already: by an object of the state, by what this process runs, or by the
//! service's records.

use std::sync::Arc;

use cloud::Scope;
use engine::memory::{Object, Running};
use engine::pending::Pending;
use engine::work::{Record, Work};
use tf::plan::Plan;
use tf::provider::{PlanRequest, PlanResponse};
use tf::{Diagnostic, Diagnostics, Value};

use super::Managed;
use super::decide::{self, Earlier, Remembered};
use super::object::is_awaited;
use super::plan::answer;
use super::private::{Intent, Private};
use super::schema::PREVIOUS_RESTORE;
use crate::forms::identity;
use crate::runtime::Runtime;

impl Managed {
    /// A create that means work of which this process knows.
    ///
    /// Terraform plans it twice, and the second plan must repeat what the first one has shown as known. Where one block is
    /// tainted and another one new, each of the two plans may learn of the work in another way: by the object, by what a delete
    /// half has handed over, by what runs, or by the service's records ([`Self::plan_to_join`]). So all ways tell the same: the ID,
    /// the place, what was on record before, the planned results, and that nothing will be pending.
    pub(super) async fn plan_earlier(
        &self,
        request: &PlanRequest,
        runtime: &Runtime,
        earlier: Earlier,
        mut plan: Plan,
    ) -> PlanResponse {
        match earlier {
            Earlier::One(object) => self.plan_to_take(request, runtime, &object, plan),
            // The second plan of what a delete half handed over: the first one has told of it, and may have been of several
            // alike.
            Earlier::Handed(object) => {
                PlanResponse { diagnostics: Diagnostics::new(), ..self.plan_resume(request, runtime, &object, plan) }
            }
            Earlier::Several => {
                let diagnostic = Diagnostic::warning(
                    format!("Several unfinished operations of {} are alike", self.operation.name()),
                    "Each of the tainted objects takes up one of them. None is started again; which one goes where is \
                     settled during apply.",
                );
                self.plan_end_known(&mut plan);
                answer(plan, Private::new(Intent::Resume { operation: None }), diagnostic.into())
            }
            Earlier::Shared(running) => {
                self.plan_to_share(request, runtime, &running, &mut plan).await;
                answer(plan, Private::new(Intent::Fresh), Diagnostics::new())
            }
            Earlier::Nothing => answer(plan, Private::new(Intent::Fresh), Diagnostics::new()),
        }
    }

    /// What this process knows of earlier work of the planned identity.
    pub(super) fn earlier(&self, runtime: &Runtime, planned: &Value) -> Earlier {
        let (memory, kind, effect) = (&runtime.engine.memory, self.operation.name(), self.operation.effect());
        let identity = self.identity(planned);
        let may_be_taken_up = |known: &Object| decide::may_be_taken_up(known, effect);
        let is_replaced = |known: &Object| known.operation.as_ref().is_some_and(|id| memory.is_replaced(kind, id));
        let mut seen = memory.seen(kind, &identity);
        // A backup that was handed over belongs to the create that it is reserved for; a restore is shared.
        let is_free = |known: &Object| effect.happens_once() || !memory.is_passed_on(known);
        seen.retain(|known| may_be_taken_up(known) && !is_replaced(known) && is_free(known));
        let remembered = Remembered {
            handed: memory.reserve(kind, &identity, may_be_taken_up),
            seen,
            running: memory.running(kind, &identity),
        };
        decide::earlier(remembered, effect, |object| memory.claim(object))
    }

    /// Earlier work that a create with unknown arguments could turn out to mean.
    pub(super) fn perhaps_earlier(&self, runtime: &Runtime, planned: &Value) -> Option<Arc<Object>> {
        runtime.engine.memory.find_seen(self.operation.name(), |known| {
            decide::may_be_taken_up(known, self.operation.effect())
                && identity::may_be_same(&self.schema, &known.body, planned)
        })
    }

    /// A restore that is taken up and waited for ends with nothing pending. Where its ID cannot be planned yet, this known
    /// null is what a create that starts something new could not repeat.
    fn plan_end_known(&self, plan: &mut Plan) {
        if self.operation.effect().happens_once() && is_awaited(&plan.planned) {
            plan.planned.set("pending_operation", Value::Null);
        }
    }

    /// Takes up the work of an object of the state, unless that stays with another block.
    fn plan_to_take(&self, request: &PlanRequest, runtime: &Runtime, object: &Object, plan: Plan) -> PlanResponse {
        let stays_elsewhere = runtime.engine.memory.mean(object) && self.operation.effect().happens_once();
        let answer = self.plan_resume(request, runtime, object, plan);
        match stays_elsewhere {
            true => PlanResponse { diagnostics: self.two_blocks(&object.body).into(), ..answer },
            false => answer,
        }
    }

    /// Takes up earlier work. The ID of a restore is a known value of the plan, so that a second plan that cannot repeat it
    /// stops the run instead of starting something. Of a backup it is not: under `create_before_destroy` no second plan
    /// could repeat it, for good, and one more backup does no harm.
    fn plan_resume(&self, request: &PlanRequest, runtime: &Runtime, object: &Object, mut plan: Plan) -> PlanResponse {
        let operation = match &object.pending {
            Some(Pending::Unknown(_)) => None,
            Some(Pending::Started(operation)) => Some(operation.clone()),
            None => object.operation.clone(),
        };
        if self.operation.effect().happens_once() {
            self.plan_what_is_known(request, runtime, object, operation.as_deref(), &mut plan);
        }
        let diagnostic = self.resume_warning(&object.body, object.pending.as_ref(), operation.as_deref());
        // Terraform hands this to the delete half: the only way in which the process of the apply learns of the request.
        let request = operation.as_ref().and_then(|operation| runtime.request_of(self.operation.name(), operation));
        answer(plan, Private::new(Intent::Resume { operation }).started_by(request), diagnostic.into())
    }

    /// What a plan shows of a restore that it takes up. Nothing is asked.
    fn plan_what_is_known(
        &self,
        request: &PlanRequest,
        runtime: &Runtime,
        object: &Object,
        operation: Option<&str>,
        plan: &mut Plan,
    ) {
        // It stays what it was when the work began.
        plan.planned.set(PREVIOUS_RESTORE, object.body.get(PREVIOUS_RESTORE).clone());
        // Under create_before_destroy the second plan joins what it finds, and a target that is being overwritten does not
        // tell all any more. Once the object is passed on, this is the second plan.
        let (is_passed_on, fleeting) =
            (runtime.engine.memory.is_passed_on(object), self.operation.results_of_an_idle_target());
        let shows = |name: &str| is_passed_on || !fleeting.contains(&name);
        self.plan_results(|name| if shows(name) { object.body.get(name) } else { &Value::Null }, plan);
        self.plan_end_known(plan);
        for name in ["region", "project_id"] {
            let earlier = object.body.get(name);
            if request.config.get(name).is_null() && plan.planned.get(name).is_unknown() && earlier.as_str().is_some() {
                plan.planned.set(name, earlier.clone());
            }
        }
        match operation {
            Some(operation) => self.plan_known_id(operation, plan),
            None => plan.planned.set("pending_operation", Value::Null),
        }
    }

    pub(super) async fn plan_to_join(
        &self,
        request: &PlanRequest,
        scope: &Scope,
        work: &dyn Work,
        twin: &Record,
        mut plan: Plan,
    ) -> PlanResponse {
        self.plan_known_id(&twin.operation, &mut plan);
        self.plan_end_known(&mut plan);
        plan_place(request, scope, &mut plan);
        let diagnostic = self.join_warning(work, &plan.planned, twin);
        // What an earlier plan of the same run has shown as known must stay known: nothing is checked.
        let _ = self.before_start(&mut plan, &request.config).await;
        let operation = Some(twin.operation.clone());
        answer(plan, Private::new(Intent::Resume { operation }), diagnostic.into())
    }

    /// During an apply: this process runs, or ran, the same restore, and the create will share it, whatever becomes of it. What
    /// that restore does to the target is no fault of this one, and what its own plan has shown is shown here, too.
    async fn plan_to_share(&self, request: &PlanRequest, runtime: &Runtime, running: &Running, plan: &mut Plan) {
        let own = running.work.operation();
        match running.results.get(PREVIOUS_RESTORE) {
            Some(previous) => plan.planned.set(PREVIOUS_RESTORE, previous.clone()),
            // Its own plan did not look.
            None => {
                let _ = self.records_for(runtime, own, plan).await;
            }
        }
        if let Ok(scope) = self.scope(runtime, &plan.planned).await {
            plan_place(request, &scope, plan);
        }
        self.plan_results(|name| running.results.get(name).unwrap_or(&Value::Null), plan);
        if let Some(operation) = own {
            self.plan_known_id(operation, plan);
        }
        self.plan_end_known(plan);
    }

    /// What is known of what plans show of the results, wherever it is open.
    fn plan_results<'b>(&self, result: impl Fn(&str) -> &'b Value, plan: &mut Plan) {
        for name in self.operation.planned_results() {
            let value = result(name);
            if plan.planned.get(name).is_unknown() && value.is_wholly_known() && !value.is_null() {
                plan.planned.set(name, value.clone());
            }
        }
    }

    fn plan_known_id(&self, operation: &str, plan: &mut Plan) {
        let parts = self.operation.id();
        let id = parts.id(&plan.planned, operation);
        plan.planned.set("id", Value::from(id));
        plan.planned.set(parts.operation, Value::from(operation));
    }
}

/// Under `create_before_destroy` the first plan resumes an object of the state and knows its place; the second one, which
/// can only join what it finds running, must not know less.
fn plan_place(request: &PlanRequest, scope: &Scope, plan: &mut Plan) {
    for (name, place) in [("region", &scope.region), ("project_id", &scope.project_id)] {
        if request.config.get(name).is_null() && plan.planned.get(name).is_unknown() {
            plan.planned.set(name, Value::from(place.as_str()));
        }
    }
}
