//! What an apply does: start, follow, take up, record, let go.

use cloud::Scope;
use tf::provider::{ApplyResponse, CreateRequest, DeleteRequest, ImportRequest, Imported, SavePoint, UpdateRequest};
use tf::{Diagnostic, Diagnostics, Value};

use super::private::{Intent, Private};
use super::{Managed, import, schema};
use crate::operations::common;
use crate::runtime::Runtime;
use engine::Bounds;
use engine::follow::{Followed, Interruption};
use engine::lanes::Turn;
use engine::mark::{Attempt, Mark};
use engine::report::{self, AfterFailure, capitalised};
use engine::start::{Origin, Unstarted};
use engine::work::{Failure, Progress, Record, Work};

/// One piece of work on its way through an apply.
struct Journey<'a> {
    runtime: &'a Runtime,
    scope: Scope,
    /// The object as it would be saved now.
    body: Value,
    private: Private,
    save_point: &'a SavePoint,
    bounds: Bounds,
    /// What the next run does after a bad end.
    after_failure: AfterFailure,
    diagnostics: Diagnostics,
}

impl Journey<'_> {
    fn save(&self) {
        self.save_point.save(self.body.clone().with_unknowns_as_null(), self.private.to_bytes());
    }

    fn fail(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn set_mark(&mut self, mark: Option<&Mark>) {
        self.body.set("pending_operation", mark.map_or(Value::Null, |mark| Value::from(mark.to_text())));
    }

    fn finish(self) -> ApplyResponse {
        ApplyResponse {
            state: Some(self.body.with_unknowns_as_null()),
            private: self.private.to_bytes(),
            identity: None,
            diagnostics: self.diagnostics,
        }
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
        // A finished operation is adopted without a call: nothing can fail any more.
        if let Some(earlier) = &taken
            && earlier.get("pending_operation").is_null()
        {
            let mut body = request.planned.clone();
            self.fill_from(earlier, &mut body);
            body.set("pending_operation", Value::Null);
            runtime.engine.memory.note_running(self.type_name(), &body);
            let diagnostics =
                if self.is_failed(earlier) { self.failed_meanwhile(earlier).into() } else { Diagnostics::new() };
            return saved(body, diagnostics);
        }
        let scope = match self.scope(&runtime, taken.as_ref().unwrap_or(&request.planned)).await {
            Ok(scope) => scope,
            Err(diagnostic) => return self.kept(taken.as_ref(), &request.planned, diagnostic),
        };
        let mut body = request.planned.clone();
        if let Some(earlier) = &taken {
            self.fill_from(earlier, &mut body);
        }
        // What the user wrote stays as it was written.
        for (name, resolved) in [("region", &scope.region), ("project_id", &scope.project_id)] {
            if body.get(name).as_str().is_none() {
                body.set(name, Value::from(resolved.as_str()));
            }
        }
        let timeout = schema::timeout(&body, "create", self.operation.default_timeout());
        let mut journey = Journey {
            runtime: &runtime,
            scope,
            body,
            private: Private::new(Intent::Stored),
            save_point: &request.save_point,
            bounds: Bounds::new(timeout, request.stop),
            after_failure: AfterFailure::StartsNew,
            diagnostics: Diagnostics::new(),
        };
        if let (None, Intent::Resume { operation: Some(operation) }, false) =
            (&taken, &intent, self.operation.effect().overwrites())
        {
            return nothing_done(self.not_handed_over(operation));
        }
        let mark = match (&taken, intent) {
            (Some(earlier), _) => Self::mark(earlier),
            // Found in the service's records by this very plan, not in the state.
            (None, Intent::Resume { operation: Some(operation) }) => Some(Mark::Started(operation)),
            _ => None,
        };
        // An attempt without an ID was planned with a known null: its end has to be seen.
        let wait = common::flag(&journey.body, "wait").unwrap_or(true)
            || (request.planned.get("pending_operation").is_null() && mark.is_some());
        // Until there is an ID, or proof that there is nothing, the state keeps what is known of an attempt.
        if mark.is_some() {
            journey.set_mark(mark.as_ref());
            journey.save();
        }
        self.travel(&mut journey, mark, wait).await;
        if journey.body.get("pending_operation").as_str().is_none() && journey.body.get("id").as_str().is_none() {
            // Nothing was started: there is nothing to keep.
            return ApplyResponse {
                state: None,
                private: Vec::new(),
                identity: None,
                diagnostics: journey.diagnostics,
            };
        }
        journey.finish()
    }

    pub(super) async fn update_object(&self, request: UpdateRequest) -> ApplyResponse {
        let mut body = request.planned.clone();
        self.fill_from(&request.prior, &mut body);
        let mut private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        private.intent = Intent::Stored;
        private.unlearned.retain(|name| body.get(name).is_null());
        let mark = Self::mark(&request.prior).filter(|_| request.planned.get("pending_operation").is_unknown());
        let Some(mark) = mark else {
            let mut answer = saved(body, Diagnostics::new());
            answer.private = private.to_bytes();
            return answer;
        };
        let kept = |diagnostic: Diagnostic| ApplyResponse {
            state: Some(request.prior.clone()),
            private: private.to_bytes(),
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
        let mut journey = Journey {
            runtime: &runtime,
            scope,
            body,
            private,
            save_point: &request.save_point,
            bounds: Bounds::new(timeout, request.stop),
            after_failure: AfterFailure::StaysAsItIs,
            diagnostics: Diagnostics::new(),
        };
        self.travel(&mut journey, Some(mark), true).await;
        journey.finish()
    }

    pub(super) async fn delete_object(&self, request: DeleteRequest) -> Diagnostics {
        let intent = Private::parse(&request.private).map_or(Intent::Destroy, |private| private.intent);
        let runtime = match self.handle.runtime() {
            Ok(runtime) => runtime,
            Err(diagnostic) => return diagnostic.into(),
        };
        let memory = &runtime.engine.memory;
        let own = self.operation(&request.prior);
        let (hands_over, surely) = match &intent {
            Intent::Resume { operation } => (operation.is_none() || own.is_none() || *operation == own, true),
            Intent::Undecided | Intent::Replace { perhaps_same: true } => (true, false),
            _ => (false, false),
        };
        if hands_over && self.may_be_taken_up(&request.prior) {
            memory.hand_over(self.type_name(), &request.prior);
            return self.handed_over_warning(&request.prior, surely).into();
        }
        // Whatever is not handed over must not be taken up by the create half from an earlier look at the state. A plain
        // destroy is left alone: the same work may go on under another address.
        if !matches!(intent, Intent::Destroy | Intent::Stored) {
            memory.replace(self.type_name(), &request.prior, own);
        }
        if self.operation.effect().overwrites() {
            return Diagnostics::new();
        }
        let scope = match self.scope(&runtime, &request.prior).await {
            Ok(scope) => scope,
            Err(diagnostic) => return diagnostic.into(),
        };
        let bounds = Bounds::new(schema::timeout(&request.prior, "delete", schema::DELETE_TIMEOUT), request.stop);
        self.operation.delete(&runtime, &scope, &request.prior, &bounds).await
    }

    pub(super) async fn import_object(&self, request: ImportRequest) -> Result<Imported, Diagnostics> {
        let Some((parent, operation)) = import::two_parts(&request.id) else {
            return Err(import::malformed_id(&request.id, &self.operation.id().form()).into());
        };
        let runtime = self.handle.runtime()?;
        // An identity may name the region and the project; an id means the provider's.
        let scope = self.scope(&runtime, request.identity.as_ref().unwrap_or(&Value::Null)).await?;
        let found = self.operation.find(&runtime.engine.lists, &scope, parent, operation).await?;
        let parts = self.operation.id();
        let mut body = Value::object([(parts.parent, Value::from(parent)), (parts.operation, Value::from(operation))]);
        common::put(&mut body, &found.body);
        take_record(&mut body, &found.record);
        if !found.record.progress.is_over() {
            body.set("pending_operation", Value::from(operation));
        }
        body.set("id", Value::from(request.id.as_str()));
        body.set("region", Value::from(scope.region.as_str()));
        body.set("project_id", Value::from(scope.project_id.as_str()));
        body.set("wait", Value::from(true));
        let mut private = Private::new(Intent::Stored);
        private.unlearned = found.unlearned.iter().chain(&["triggers"]).map(|&name| name.to_owned()).collect();
        Ok(Imported { state: body, private: private.to_bytes(), identity: None })
    }

    /// From wherever the work stands to its end: finds out about an attempt, starts what was not started, follows.
    async fn travel(&self, journey: &mut Journey<'_>, mark: Option<Mark>, wait: bool) {
        let mut work = self.work(journey.runtime, &journey.scope, &journey.body);
        let Some(_turn) = self.turn(journey, work.as_ref(), mark.as_ref()).await else { return };
        let operation = match mark {
            Some(Mark::Started(operation)) => {
                self.fill_from_preparation(journey, work.as_mut()).await;
                Some(operation)
            }
            Some(Mark::Unknown(attempt)) => self.settle_attempt(journey, work.as_mut(), &attempt).await,
            None => self.start(journey, work.as_mut(), None).await,
        };
        let Some(operation) = operation else { return };
        self.record_start(journey, &operation);
        if wait {
            self.follow(journey, work.as_ref(), &operation).await;
        } else {
            self.look_once(journey, work.as_ref(), &operation).await;
        }
        journey.runtime.engine.memory.note_running(self.type_name(), &journey.body);
    }

    /// Work that was joined has no facts of its own yet; what can be read is filled in.
    async fn fill_from_preparation(&self, journey: &mut Journey<'_>, work: &mut dyn Work) {
        if journey.body.get("status").as_str().is_some() {
            return;
        }
        if let Ok(facts) = work.prepare().await {
            common::put(&mut journey.body, &facts);
        }
    }

    /// The turn on the target's lane, within the bounds.
    async fn turn(&self, journey: &mut Journey<'_>, work: &dyn Work, mark: Option<&Mark>) -> Option<Turn> {
        let lane = work.lane();
        let (summary, unfinished) = tokio::select! {
            biased;
            turn = journey.runtime.engine.lanes.enter(&lane) => return Some(turn),
            () = journey.bounds.stop.cancelled() => ("Terraform asked to stop".to_owned(), mark.is_some()),
            () = tokio::time::sleep_until(journey.bounds.deadline) => (
                format!("another operation of this run on the same target did not end within {}", journey.bounds.shown()),
                mark.is_some(),
            ),
        };
        let noun = self.noun();
        let detail = if unfinished {
            format!("The {noun} of the earlier run goes on; the state keeps what is known about it. Run apply again.")
        } else {
            format!("The {noun} was not started. Nothing was changed. Run apply again.")
        };
        journey.fail(Diagnostic::error(format!("The turn of {} did not come: {summary}", work.target()), detail));
        None
    }

    async fn settle_attempt(
        &self,
        journey: &mut Journey<'_>,
        work: &mut dyn Work,
        attempt: &Attempt,
    ) -> Option<String> {
        let join = self.join_rules(journey.runtime, &journey.body);
        match journey.runtime.engine.settle_attempt(work, attempt, &join, &journey.bounds).await {
            Ok(Some(operation)) => Some(operation),
            // The mark stays until there is an ID: should the start fail, the next run looks again.
            Ok(None) => self.start(journey, work, Some(attempt.clone())).await,
            Err(unstarted) => {
                self.not_started(journey, unstarted);
                None
            }
        }
    }

    /// Starts the work, unless this process runs the same already.
    async fn start(&self, journey: &mut Journey<'_>, work: &mut dyn Work, mut lost: Option<Attempt>) -> Option<String> {
        let join = self.join_rules(journey.runtime, &journey.body);
        match self.shared(journey) {
            Some(Mark::Started(operation)) => return Some(operation),
            Some(Mark::Unknown(attempt)) => {
                match journey.runtime.engine.settle_attempt(work, &attempt, &join, &journey.bounds).await {
                    Ok(Some(operation)) => return Some(operation),
                    Ok(None) => lost = Some(attempt),
                    Err(unstarted) => {
                        self.not_started(journey, unstarted);
                        return None;
                    }
                }
            }
            None => {}
        }
        match journey.runtime.engine.start(work, &join, lost, &journey.bounds).await {
            Ok(started) => {
                common::put(&mut journey.body, &started.facts);
                if started.origin == Origin::Joined {
                    journey.diagnostics.push(Diagnostic::warning(
                        format!("Joined restore {}, which was running already", started.operation),
                        "The service's records showed the same restore. No second one was sent.",
                    ));
                }
                Some(started.operation)
            }
            Err(unstarted) => {
                self.not_started(journey, unstarted);
                None
            }
        }
    }

    /// Two creates of one identity in one run share one restore.
    fn shared(&self, journey: &Journey<'_>) -> Option<Mark> {
        if !self.operation.effect().overwrites() {
            return None;
        }
        let memory = &journey.runtime.engine.memory;
        let twin =
            memory.running(self.type_name(), |known| self.means_the_same(known, &journey.body)).into_iter().next()?;
        let finished = || common::text(&twin, self.operation.id().operation).map(Mark::Started);
        Self::mark(&twin).or_else(finished)
    }

    fn not_started(&self, journey: &mut Journey<'_>, unstarted: Unstarted) {
        match unstarted {
            Unstarted::Nothing(diagnostic) => journey.fail(*diagnostic),
            Unstarted::Unknown(attempt, diagnostic) => {
                journey.body.set("status", Value::from("unknown"));
                journey.set_mark(Some(&Mark::Unknown(attempt)));
                journey.save();
                journey.runtime.engine.memory.note_running(self.type_name(), &journey.body);
                journey.fail(*diagnostic);
            }
        }
    }

    /// The ID is kept before any waiting.
    fn record_start(&self, journey: &mut Journey<'_>, operation: &str) {
        let id = self.operation.id().id(&journey.body, operation);
        journey.body.set("id", Value::from(id.as_str()));
        journey.body.set(self.operation.id().operation, Value::from(operation));
        journey.set_mark(Some(&Mark::Started(operation.to_owned())));
        journey.save();
        tracing::info!(id, "{} is under way", self.noun());
        journey.runtime.engine.memory.note_running(self.type_name(), &journey.body);
    }

    /// One look for a caller who does not wait; whatever cannot be seen now, a refresh will tell.
    async fn look_once(&self, journey: &mut Journey<'_>, work: &dyn Work, operation: &str) {
        let lists = &journey.runtime.engine.lists;
        if let Ok(Some(record)) = work.look(lists, operation, engine::work::Freshness::Now).await {
            take_record(&mut journey.body, &record);
        } else if journey.body.get("status").as_str().is_none() {
            journey.body.set("status", Value::from("started"));
        }
        journey.save();
    }

    async fn follow(&self, journey: &mut Journey<'_>, work: &dyn Work, operation: &str) {
        let saved = std::sync::Mutex::new(journey.body.clone());
        let seen = |record: &Record| {
            let mut body = saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            take_record(&mut body, record);
            journey.save_point.save(body.clone().with_unknowns_as_null(), journey.private.to_bytes());
        };
        let followed = journey.runtime.engine.follow(work, operation, &journey.bounds, &seen).await;
        match followed {
            Followed::Ended(record) => self.ended(journey, work, operation, &record),
            Followed::Unsettled(record, why) => {
                take_record(&mut journey.body, &record);
                journey.fail(unsettled(work, operation, &why));
            }
            Followed::Interrupted(record, why) => {
                if let Some(record) = &record {
                    take_record(&mut journey.body, record);
                }
                if journey.body.get("status").as_str().is_none() {
                    journey.body.set("status", Value::from("started"));
                }
                journey.fail(self.interrupted(journey, work, operation, &why));
            }
        }
        journey.save();
    }

    fn ended(&self, journey: &mut Journey<'_>, work: &dyn Work, operation: &str, record: &Record) {
        take_record(&mut journey.body, record);
        journey.set_mark(None);
        match &record.progress {
            Progress::Failed(failure) => {
                journey.fail(report::work_failed(work, operation, &record.status, failure, journey.after_failure));
            }
            Progress::Spent => {
                let failure = Failure { code: None, message: Some("what it made is not usable any more".to_owned()) };
                journey.fail(report::work_failed(work, operation, &record.status, &failure, journey.after_failure));
            }
            _ => tracing::info!(operation, target = work.target(), "{} ended well", self.noun()),
        }
    }

    fn interrupted(&self, journey: &Journey<'_>, work: &dyn Work, operation: &str, why: &Interruption) -> Diagnostic {
        let noun = self.noun();
        let target = work.target();
        let id = self.operation.id().id(&journey.body, operation);
        let goes_on = format!(
            "The {noun} {id} goes on in the cloud; its ID is in the state. The next apply follows it and does not run it again.\n\n\
             Terraform may mark the resource as tainted for this error. Where create_before_destroy or prevent_destroy is set, run \
             `terraform untaint` on it before the next apply."
        );
        match why {
            Interruption::Stopped => Diagnostic::error(
                format!("Stopped waiting for the {noun} of {target}"),
                format!("Terraform asked to stop. {goes_on}"),
            ),
            Interruption::TimedOut(what) => Diagnostic::error(
                format!("The {noun} of {target} did not end within {}", journey.bounds.shown()),
                format!("Gave up waiting for {what}. A longer time can be set in the `timeouts` block. {goes_on}"),
            ),
            Interruption::Unreadable(error) => Diagnostic::error(
                format!("The {noun} of {target} can no longer be watched"),
                format!("{}\n\n{}\n\n{goes_on}", report::facts_of(error), report::advice(error)),
            ),
            Interruption::Vanished => Diagnostic::error(
                format!("The {noun} {operation} is not on record"),
                format!(
                    "{} do not list it (any more), so that nobody can tell how it ended. Its ID is in the state, and the next apply \
                     looks again without running it a second time. If it will not come back: `terraform state rm` forgets it, and a \
                     change of `triggers` runs a new {noun}.",
                    capitalised(&work.record_place())
                ),
            ),
            Interruption::Unrecognised(word) => Diagnostic::error(
                format!("The service uses a status that this provider does not know: {word:?}"),
                format!("It was taken as \"running\" for a while. {goes_on}"),
            ),
        }
    }

    /// Earlier work for a create that resumes: what was handed over, else what was seen of an object that stays.
    fn take_earlier(&self, runtime: &Runtime, planned: &Value, operation: Option<&str>) -> Option<Value> {
        let memory = &runtime.engine.memory;
        let fits = |known: &Value| {
            self.means_the_same(known, planned)
                && operation
                    .is_none_or(|operation| known.get(self.operation.id().operation).as_str() == Some(operation))
        };
        // A plan without an ID means an attempt without one, if there is such.
        let attempt = |known: &Value| operation.is_none() && self.operation(known).is_none() && fits(known);
        let handed =
            memory.take_handed(self.type_name(), attempt).or_else(|| memory.take_handed(self.type_name(), fits));
        handed.or_else(|| {
            if !self.operation.effect().overwrites() {
                return None;
            }
            memory.seen(self.type_name(), |known| self.may_be_taken_up(known) && fits(known)).into_iter().next()
        })
    }

    /// Computed values of earlier work, wherever the plan left them open.
    fn fill_from(&self, earlier: &Value, body: &mut Value) {
        for attribute in &self.schema.block.attributes {
            if body.get(attribute.name).is_unknown() {
                body.set(attribute.name, earlier.get(attribute.name).clone());
            }
        }
    }

    /// An error before anything was done: a resumed object stays in the state as it was.
    fn kept(&self, taken: Option<&Value>, planned: &Value, diagnostic: Diagnostic) -> ApplyResponse {
        let Some(earlier) = taken else { return nothing_done(diagnostic) };
        let mut body = planned.clone();
        self.fill_from(earlier, &mut body);
        body.set("pending_operation", earlier.get("pending_operation").clone());
        saved(body, diagnostic.into())
    }

    fn failed_meanwhile(&self, earlier: &Value) -> Diagnostic {
        let noun = self.noun();
        let status = earlier.get("status").as_str().unwrap_or("failed");
        Diagnostic::error(
            format!(
                "The {noun} {} failed since it was planned to be kept",
                earlier.get("id").as_str().unwrap_or("(no ID)")
            ),
            format!("Its status is {status}. Its ID stays in the state; the next apply starts a new {noun}."),
        )
    }

    fn not_handed_over(&self, operation: &str) -> Diagnostic {
        let noun = self.noun();
        Diagnostic::error(
            format!("The {noun} {operation} was taken up by another resource of this run"),
            format!(
                "It cannot belong to two. Nothing was started for this one; run apply again, and it makes its own {noun}."
            ),
        )
    }

    fn handed_over_warning(&self, prior: &Value, surely: bool) -> Diagnostic {
        let noun = self.noun();
        let takes_it = match surely {
            true => "The create that follows takes it up.",
            false => "The create that follows takes it up if its arguments turn out to be the same.",
        };
        match prior.get("id").as_str() {
            Some(id) => Diagnostic::warning(
                format!("{} {id} is kept and handed over", capitalised(noun)),
                format!(
                    "Nothing was deleted. {takes_it} Should that create not come (another resource failed, or \
                     the run was interrupted), take the {noun} into the state again with:\n\n  terraform import {}.NAME {id}",
                    self.type_name()
                ),
            ),
            None => Diagnostic::warning(
                format!("An attempt of unknown outcome of {} is handed over", self.type_name()),
                format!(
                    "The create that follows finds out about it. Should that create not come, look into the service's records for a new \
                     {noun} before you apply again."
                ),
            ),
        }
    }
}

/// What a record tells, in the state.
pub(super) fn take_record(body: &mut Value, record: &Record) {
    common::put(body, &record.facts);
    body.set("status", Value::from(record.status.as_str()));
}

fn unsettled(work: &dyn Work, operation: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        format!("The {} of {} ended well, but its target is not usable", work.effect().noun(), work.target()),
        format!(
            "Operation {operation} is recorded as a success. {why}\n\nThe ID is in the state. Once the target is repaired, the next apply \
             looks again and does not run it a second time."
        ),
    )
}

fn nothing_done(diagnostic: Diagnostic) -> ApplyResponse {
    ApplyResponse { state: None, private: Vec::new(), identity: None, diagnostics: diagnostic.into() }
}

fn saved(body: Value, diagnostics: Diagnostics) -> ApplyResponse {
    ApplyResponse {
        state: Some(body.with_unknowns_as_null()),
        private: Private::new(Intent::Stored).to_bytes(),
        identity: None,
        diagnostics,
    }
}
