//! What an apply does: start, follow, take up, record, let go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cloud::Scope;
use engine::Bounds;
use engine::memory::{Object, Running};
use engine::outcome::{Ended, Finished, Origin};
use engine::pending::{Attempt, Pending};
use engine::request::{From, Request, Watch};
use engine::work::{Effect, Progress, Record, Results};
use tf::provider::{ApplyResponse, CreateRequest, DeleteRequest, SavePoint, UpdateRequest};
use tf::{Diagnostic, Diagnostics, Value};

use super::decide::{self, Create, Delete};
use super::object::{is_awaited, pending, set_pending, take_record};
use super::private::{Intent, Private};
use super::schema::PREVIOUS_RESTORE;
use super::voice::{self, Speaker};
use super::{Managed, schema};
use crate::forms::identity;
use crate::forms::words;
use crate::operations::{IdParts, common};
use crate::runtime::Runtime;

/// The object on its way through an apply: saved whenever something is learned, so that no ID is lost.
pub(super) struct Saver<'a> {
    body: Mutex<Value>,
    private: Private,
    scope: Scope,
    save_point: &'a SavePoint,
    parts: &'static IdParts,
    warnings: Mutex<Diagnostics>,
    /// What the user wrote: the one place of what is only written, for whoever sends it.
    config: Value,
}

impl Saver<'_> {
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut body = self.body();
        change(&mut body);
        self.save_point.save(body.clone().with_unknowns_as_null(), self.private().kept(is_at_rest(&body)));
    }

    /// The private data, with the request that started the work if that was just now.
    fn private(&self) -> Private {
        let request = self.scope.request_of_start().or_else(|| self.private.request.clone());
        self.private.clone().started_by(request)
    }

    fn body(&self) -> MutexGuard<'_, Value> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_attempt(&self, attempt: &Attempt) {
        self.change(|body| {
            body.set("status", Value::from("unknown"));
            set_pending(body, Some(&Pending::Unknown(attempt.clone())));
        });
    }
}

impl Watch for Saver<'_> {
    fn accepted(&self, operation: &str, origin: Origin, results: &Results) {
        self.change(|body| {
            let id = self.parts.id(body, operation);
            common::put(body, results);
            body.set("id", Value::from(id));
            body.set(self.parts.operation, Value::from(operation));
            set_pending(body, Some(&Pending::Started(operation.to_owned())));
            if body.get("status").as_str() == Some("unknown") {
                body.set("status", Value::from("started"));
            }
        });
        if origin == Origin::Joined {
            self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(Diagnostic::warning(
                format!("Joined restore {operation}, which was running already"),
                "The service's records showed the same restore. No second one was sent.",
            ));
        }
    }

    fn in_doubt(&self, attempt: &Attempt) {
        self.set_attempt(attempt);
    }

    fn seen(&self, record: &Record) {
        self.change(|body| take_record(body, record));
    }
}

impl Managed {
    pub(super) async fn create_object(&self, request: CreateRequest) -> ApplyResponse {
        let intent = Private::parse(&request.private).map_or(Intent::Fresh, |private| private.intent);
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return nothing_done(diagnostic),
        };
        let taken = match &intent {
            Intent::Resume { operation } => self.take_earlier(&runtime, &request.planned, operation.as_deref()),
            _ => None,
        };
        let from = match decide::create(intent, taken.as_ref(), self.operation.effect()) {
            Create::Keep(object) => return self.keep(&runtime, &object, &request.planned),
            Create::Gone(operation) => return nothing_done(self.not_handed_over(&operation)),
            Create::Run(from) => from,
        };
        let earlier = taken.as_ref().map(|object| &object.body);
        let scope = match self.scope(&runtime, earlier.unwrap_or(&request.planned)).await {
            Ok(scope) => scope,
            Err(diagnostic) => return self.unchanged(earlier, &request.planned, diagnostic),
        };
        let mut body = request.planned.clone();
        if let Some(earlier) = earlier {
            self.fill_from(earlier, &mut body);
        }
        // What the user wrote stays as it was written.
        for (name, resolved) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if body.get(name).as_str().is_none() {
                body.set(name, Value::from(resolved.as_str()));
            }
        }
        // An attempt without an ID was planned with a known null: its end has to be seen.
        let wait = is_awaited(&body) || request.planned.get("pending_operation").is_null() && from != From::Nothing;
        let timeout = schema::timeout(&body, "create", self.operation.default_timeout());
        let private = self.private_of(&runtime, &from);
        let saver = self.saver((body, request.config), private, &scope, &request.save_point);
        // Until there is an ID, or proof that there is nothing, the state keeps what is known of an attempt.
        if let Some(pending) = pending_of(&from) {
            saver.change(|body| set_pending(body, Some(&pending)));
        }
        let bounds = Bounds::new(timeout, request.stop);
        let voice = self.speaker(timeout, voice::Moment::Create);
        self.journey(&runtime, &scope, saver, from, (wait, &voice), &bounds).await.0
    }

    pub(super) async fn update_object(&self, request: UpdateRequest) -> ApplyResponse {
        let mut body = request.planned.clone();
        self.fill_from(&request.prior, &mut body);
        let mut private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        private.intent = Intent::Stored;
        private.leaves = false;
        // The configuration has filled in what it had to tell: what it says from now on is a change.
        private.unlearned.clear();
        let left = pending(&request.prior).filter(|_| request.planned.get("pending_operation").is_unknown());
        let Some(left) = left else {
            return ApplyResponse { private: private.kept(is_at_rest(&body)), ..saved(body, Diagnostics::new()) };
        };
        let kept = |diagnostic: Diagnostic| ApplyResponse {
            state: Some(request.prior.clone()),
            private: request.private.clone(),
            identity: None,
            diagnostics: diagnostic.into(),
        };
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return kept(diagnostic),
        };
        let scope = match self.scope(&runtime, &body).await {
            Ok(scope) => scope,
            Err(diagnostic) => return kept(diagnostic),
        };
        let timeout = schema::timeout(&body, "update", self.operation.default_timeout());
        let saver = self.saver((body, request.config), private, &scope, &request.save_point);
        let bounds = Bounds::new(timeout, request.stop);
        let voice = self.speaker(timeout, voice::Moment::Update);
        self.journey(&runtime, &scope, saver, decide::from(&left), (true, &voice), &bounds).await.0
    }

    pub(super) async fn delete_object(&self, request: DeleteRequest) -> Diagnostics {
        let private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Destroy));
        // Terraform before 1.3 asks for no plan of a destroy: what that plan says elsewhere is said here.
        let was_planned = !request.private.is_empty() && private.intent != Intent::Stored;
        let intent = private.intent;
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        let object = self.object(&request.prior);
        let operation = self.operation_of(&request.prior);
        if let (Some(operation), Some(request)) = (&operation, &private.request) {
            runtime.note_request(self.operation.name(), operation, request);
        }
        let effect = self.operation.effect();
        let stays = self.operation.stays(&request.prior).is_some();
        // What is to be deleted cannot be handed over to a create that may not want it: nobody would know of it then.
        let leaks = effect == Effect::Builds && !stays && intent.is_open();
        let worth = object.as_ref().is_some_and(|object| decide::may_be_taken_up(object, effect)) && !leaks;
        match (decide::delete(&intent, operation.as_deref(), worth), object) {
            (Delete::HandOver { surely }, Some(object)) => {
                runtime.engine.memory.hand_over(object);
                return self.handed_over_warning(&request.prior, surely).into();
            }
            (Delete::LetGo { replaced: true }, Some(object)) => runtime.engine.memory.replace(&object),
            _ => {}
        }
        // Under create_before_destroy the create half may have taken it up before this: then it stays.
        let is_taken_up = || {
            let (memory, kind) = (&runtime.engine.memory, self.operation.name());
            effect.happens_once()
                && intent != Intent::Destroy
                && operation.as_ref().is_some_and(|id| memory.has_run(kind, id))
        };
        if let Some(what) = self.operation.stays(&request.prior).filter(|_| !effect.overwrites()) {
            // Of a destroy and of what was asked to run again the plan has told; of a tainted one that is let go it cannot.
            let told = was_planned && matches!(intent, Intent::Destroy | Intent::Replace { .. });
            let warning = (!told).then(|| self.leave_warning(&request.prior, &what));
            return warning.map(Diagnostics::from).unwrap_or_default();
        }
        if effect.overwrites() {
            return match was_planned {
                true => Diagnostics::new(),
                false => self.forget_warning(&request.prior).into(),
            };
        }
        if is_taken_up() {
            return Diagnostics::new();
        }
        let scope = match self.scope(&runtime, &request.prior).await {
            Ok(scope) => scope,
            Err(diagnostic) => return diagnostic.into(),
        };
        if matches!(intent, Intent::Replace { .. })
            && let Some(stop) = self.gone_since_planned(&runtime, &scope, &request.prior).await
        {
            return stop.into();
        }
        let timeout = schema::timeout(&request.prior, "delete", schema::DELETE_TIMEOUT);
        self.operation.delete(&runtime, &scope, &request.prior, &Bounds::new(timeout, request.stop)).await
    }

    pub(super) fn saver<'a>(
        &self,
        (body, config): (Value, Value),
        private: Private,
        scope: &Scope,
        save_point: &'a SavePoint,
    ) -> Saver<'a> {
        let (parts, scope) = (self.operation.id(), scope.clone());
        Saver { body: Mutex::new(body), private, scope, save_point, parts, warnings: Mutex::default(), config }
    }

    /// The private data of work that begins here, or goes on: its object may have told which request started it.
    fn private_of(&self, runtime: &Runtime, from: &From) -> Private {
        let request = match from {
            From::Operation(operation) => runtime.request_of(self.operation.name(), operation),
            _ => None,
        };
        Private::new(Intent::Stored).started_by(request)
    }

    /// Runs the operation of a body from where it stands, and answers what became of it.
    pub(super) async fn journey(
        &self,
        runtime: &Runtime,
        scope: &Scope,
        saver: Saver<'_>,
        from: From,
        (wait, voice): (bool, &Speaker<'_>),
        bounds: &Bounds,
    ) -> (ApplyResponse, Ended) {
        let body = saver.body().clone();
        let mut sent = body.clone();
        tf::write_only::fill(&self.schema.block, &saver.config, &mut sent);
        let mut work = self.work(runtime, scope, &sent);
        let identity = self.identity(&body);
        let (kind, shown) = (self.operation.name(), self.shown(&body));
        let request = Request { kind, identity: &identity, wait, ended_before: None, shown, watch: &saver };
        let Finished { ended, doubles } = runtime.engine.run(work.as_mut(), from, &request, bounds).await;
        self.record(&saver, &ended);
        let mut diagnostics = std::mem::take(&mut *saver.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        let body = saver.body().clone();
        let voice = voice(&body, saver.private().request);
        diagnostics.extend(words::told(&ended, work.as_ref(), &voice));
        if let (Some(own), false) = (self.operation_of(&body), doubles.is_empty()) {
            diagnostics.push(words::doubled(&own, &doubles, work.as_ref(), &voice, self.operation.effect()));
        }
        if body.get("pending_operation").as_str().is_none() && body.get("id").as_str().is_none() {
            // Nothing was started: there is nothing to keep.
            return (ApplyResponse { state: None, private: Vec::new(), identity: None, diagnostics }, ended);
        }
        let private = saver.private().kept(is_at_rest(&body));
        (ApplyResponse { state: Some(body.with_unknowns_as_null()), private, identity: None, diagnostics }, ended)
    }

    /// What the end of a run leaves in the body.
    fn record(&self, saver: &Saver<'_>, ended: &Ended) {
        let begun = |body: &mut Value| {
            if body.get("status").as_str().is_none() {
                body.set("status", Value::from("started"));
            }
        };
        match ended {
            // Not an attempt of an earlier run either, if there was one: that would be in doubt.
            Ended::NotStarted(_) => set_pending(&mut saver.body(), None),
            Ended::InDoubt(attempt, _) => saver.set_attempt(attempt),
            Ended::UnderWay(_, Some(record)) | Ended::Unsettled(_, record, _) => {
                saver.change(|body| take_record(body, record));
            }
            Ended::Over(_, record) => {
                saver.change(|body| {
                    take_record(body, record);
                    set_pending(body, None);
                });
                if !matches!(record.progress, Progress::Failed(_) | Progress::Spent) {
                    tracing::info!(operation = record.operation, "{} ended well", self.noun());
                }
            }
            Ended::UnderWay(_, None) => saver.change(begun),
            Ended::Left(_, record, _) => saver.change(|body| {
                record.iter().for_each(|record| take_record(body, record));
                begun(body);
            }),
        }
    }

    /// Takes over work that has ended.
    fn keep(&self, runtime: &Runtime, object: &Arc<Object>, planned: &Value) -> ApplyResponse {
        let mut body = planned.clone();
        self.fill_from(&object.body, &mut body);
        set_pending(&mut body, None);
        if let Some(operation) = &object.operation {
            let running = Running {
                identity: self.identity(&body),
                lane: String::new(),
                work: Pending::Started(operation.clone()),
                ended: true,
                results: self.shown(&body),
            };
            runtime.engine.memory.note_running(self.operation.name(), running);
        }
        let diagnostics =
            if self.is_failed(&object.body) { self.failed_meanwhile(&object.body).into() } else { Diagnostics::new() };
        saved(body, diagnostics)
    }

    /// What plans show of the results, as far as this body has it. A restore with nothing on record before it has a null.
    fn shown(&self, body: &Value) -> Results {
        let results = self.operation.planned_results().iter().map(|&name| (name, body.get(name)));
        let known = results.filter(|(_, value)| !value.is_null());
        let previous = self.operation.effect().happens_once().then(|| (PREVIOUS_RESTORE, body.get(PREVIOUS_RESTORE)));
        let shown = known.chain(previous).filter(|(_, value)| value.is_wholly_known());
        shown.map(|(name, value)| (name, value.clone())).collect()
    }

    /// Earlier work for a create that resumes: what was handed over, else what was seen of an object that stays.
    fn take_earlier(&self, runtime: &Runtime, planned: &Value, operation: Option<&str>) -> Option<Arc<Object>> {
        let (memory, kind) = (&runtime.engine.memory, self.operation.name());
        let identity = self.identity(planned);
        let fits = |known: &Object| operation.is_none_or(|operation| known.operation.as_deref() == Some(operation));
        // A plan without an ID means an attempt without one, if there is such.
        let attempt = |known: &Object| operation.is_none() && known.operation.is_none();
        let handed = memory.take_handed(kind, &identity, attempt).or_else(|| memory.take_handed(kind, &identity, fits));
        let effect = self.operation.effect();
        handed.or_else(|| {
            let seen = if effect.happens_once() { memory.seen(kind, &identity) } else { Vec::new() };
            seen.into_iter().find(|known| decide::may_be_taken_up(known, effect) && fits(known))
        })
    }

    /// An error before anything was done: a resumed object stays in the state as it was.
    fn unchanged(&self, earlier: Option<&Value>, planned: &Value, diagnostic: Diagnostic) -> ApplyResponse {
        let Some(earlier) = earlier else { return nothing_done(diagnostic) };
        let mut body = planned.clone();
        self.fill_from(earlier, &mut body);
        body.set("pending_operation", earlier.get("pending_operation").clone());
        saved(body, diagnostic.into())
    }

    /// Whether two bodies mean the same work.
    pub(super) fn means_the_same(&self, known: &Value, planned: &Value) -> bool {
        let of = |body: &Value| identity::of(&self.schema, self.operation.pairs(), body);
        of(known).is_same_as(&of(planned))
    }
}

/// An object with nothing left to follow. The request that started its work is of no use any more.
pub(super) fn is_at_rest(body: &Value) -> bool {
    body.get("pending_operation").as_str().is_none()
}

/// What the state keeps of work before it is run.
fn pending_of(from: &From) -> Option<Pending> {
    match from {
        From::Nothing => None,
        From::Attempt(attempt) => Some(Pending::Unknown(attempt.clone())),
        From::Operation(operation) | From::Twin(operation) => Some(Pending::Started(operation.clone())),
    }
}

pub(super) fn nothing_done(diagnostic: Diagnostic) -> ApplyResponse {
    ApplyResponse { state: None, private: Vec::new(), identity: None, diagnostics: diagnostic.into() }
}

fn saved(body: Value, diagnostics: Diagnostics) -> ApplyResponse {
    ApplyResponse {
        private: Private::new(Intent::Stored).kept(is_at_rest(&body)),
        state: Some(body.with_unknowns_as_null()),
        identity: None,
        diagnostics,
    }
}
