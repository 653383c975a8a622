//! What a plan says: nothing, in place, again, resume, or new.

use std::time::Duration;

use cloud::Scope;
use engine::lists;
use engine::pending::Pending;
use engine::work::{Record, Work};
use tf::plan::{Change, Plan};
use tf::provider::{PlanRequest, PlanResponse};
use tf::{Diagnostic, Diagnostics, Mode, Path, Step, Value};

use super::Managed;
use super::decide::{self, CreateCall, CreateKind, Earlier, OnRecord, Replacement};
use super::object::{is_awaited, pending};
use super::private::{Intent, Private};
use super::schema::{OVERWRITES, PREVIOUS_RESTORE};
use super::warnings::{Difference, shown};
use crate::forms::identity;
use crate::runtime::Runtime;

/// How long Terraform may take to show all objects of the state, counted from a create that it plans.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);
/// How long ago a restore may have ended for a plan to mention it.
const LATELY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Place, work and records of a plan of new work.
type Recorded = (Scope, Box<dyn Work>, Result<Vec<Record>, cloud::Error>);

impl Managed {
    /// A destroy: says what it does, and what it does not.
    pub(super) async fn plan_destroy(&self, request: &PlanRequest, plan: Plan) -> PlanResponse {
        let prior = &request.prior;
        let warning = match (self.operation.effect().overwrites(), self.operation.stays(prior)) {
            (true, _) => self.forget_warning(prior),
            (false, Some(what)) => self.leave_warning(prior, &what),
            (false, None) => self.delete_warning(prior, &self.loss(prior).await.unwrap_or_default()),
        };
        answer(plan, Private::new(Intent::Destroy), warning.into())
    }

    /// What is lost with the product of this body. It reads the list that the refresh of the same plan reads, too; that no
    /// one may read it is no reason to say anything.
    async fn loss(&self, prior: &Value) -> Option<String> {
        let runtime = self.handle.runtime().ok().filter(|runtime| self.checks(runtime, prior))?;
        let scope = self.scope(&runtime, prior).await.ok()?;
        self.operation.loss(&runtime.engine.lists, &scope, prior).await
    }

    /// No change, or one that is only recorded. Sends nothing; an unfinished operation is followed to its end.
    pub(super) fn plan_in_place(&self, request: &PlanRequest, mut plan: Plan) -> PlanResponse {
        let mut private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        private.intent = Intent::Stored;
        // Should `-replace` turn this into a replacement.
        private.leaves = self.leaves(&request.prior);
        if plan.change == Change::Update {
            tf::plan::keep_computed(&self.schema, &request.config, &request.prior, &mut plan.planned);
        }
        let mut diagnostics = Diagnostics::new();
        if let Some(left) = pending(&request.prior)
            && is_awaited(&plan.planned)
        {
            self.plan_to_follow(&left, &mut plan);
            diagnostics.push(self.follow_warning(&request.prior, &left));
        }
        diagnostics.extend(self.keep_object(&request.prior));
        answer(plan, private, diagnostics)
    }

    /// An object that stays with its block in this plan: an error where a new block means the same restore.
    fn keep_object(&self, prior: &Value) -> Option<Diagnostic> {
        let runtime = self.handle.runtime().ok().filter(|_| self.operation.effect().happens_once())?;
        // What failed may run again: a new block is no second one of it.
        let object = self.object(prior).filter(|object| decide::may_be_taken_up(object, self.operation.effect()))?;
        runtime.engine.memory.keep(&object).then(|| self.two_blocks(prior))
    }

    /// A replacement that was asked for, by a change or by `-replace`. Unless what changed is only what an import could
    /// not learn, or derived pairs written out: those are recorded in place.
    pub(super) async fn plan_replacement(&self, request: &PlanRequest, plan: Plan) -> PlanResponse {
        let private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        let unlearned = |path: &Path| {
            let Some(Step::Attribute(name)) = path.0.first() else { return false };
            private.unlearned.contains(name)
                && (is_unset(request.prior.get(name)) || self.is_default(name, request.prior.get(name)))
        };
        let only_learns = plan.requires_replace.iter().all(unlearned);
        let same =
            identity::is_known(&self.schema, &plan.planned) && self.means_the_same(&request.prior, &plan.planned);
        let changes = self.changes(request, &plan.planned);
        match decide::replacement(only_learns, same, changes.iter().all(|difference| difference.unknown)) {
            Replacement::InPlace => {
                let learns = only_learns && !same && !plan.planned.get("triggers").is_null();
                let mut answer =
                    self.plan_in_place(request, plan.in_place(&self.schema, &request.config, &request.prior));
                answer.diagnostics.extend(learns.then(|| self.learn_warning(&request.prior)));
                answer
            }
            // An import alone leads to no run and no deletion.
            Replacement::Again { .. } if self.is_just_imported(&request.prior) => {
                answer(plan, private, self.import_differs(&request.prior, &changes).into())
            }
            Replacement::Again { perhaps_same } => {
                let mut diagnostics = Diagnostics::from(self.again_warning(&request.prior, &changes, perhaps_same));
                diagnostics.extend(self.keep_object(&request.prior));
                // The core drops the warnings of the second call: what there is to say about the new work is said here.
                if is_placed(request) {
                    diagnostics.append(self.before_start(&mut plan.clone(), &request.config).await);
                }
                let private = Private::new(Intent::Replace { perhaps_same }).leaving(self.leaves(&request.prior));
                answer(plan, private, diagnostics)
            }
        }
    }

    /// Whether this very run has imported the object: an `import` block, not an import of an earlier day.
    fn is_just_imported(&self, prior: &Value) -> bool {
        let (runtime, id) = (self.handle.runtime().ok(), prior.get("id").as_str());
        runtime.zip(id).is_some_and(|(runtime, id)| runtime.is_imported(self.operation.name(), id))
    }

    /// Whether an import can only have assumed this value.
    fn is_default(&self, name: &str, value: &Value) -> bool {
        self.schema.block.attribute(name).and_then(|attribute| attribute.default.as_ref()) == Some(value)
    }

    /// A create: of a new object, of a tainted one, or the second half of a replacement.
    pub(super) async fn plan_create(&self, request: &PlanRequest, mut plan: Plan) -> PlanResponse {
        if let Some(text) = self.operation.overwrites(&plan.planned) {
            plan.planned.set(OVERWRITES, Value::from(text));
        }
        let runtime = self.handle.runtime().ok();
        let call = CreateCall {
            stored: Private::parse(&request.private).map(|private| private.intent),
            placed: is_placed(request),
            identity_known: identity::is_known(&self.schema, &plan.planned),
            configured: runtime.is_some(),
        };
        let placed = call.placed;
        match (decide::kind_of_create(call), runtime) {
            (CreateKind::Replacement(intent), runtime) => {
                // What this plan sees of a product that goes could not be repeated.
                let leaves = Private::parse(&request.private).is_some_and(|private| private.leaves);
                let repeats = placed && (self.operation.effect().overwrites() || leaves);
                if let (Some(runtime), true) = (runtime, repeats) {
                    let _ = self.records_for(&runtime, None, &mut plan).await;
                }
                let (private, told) = match Private::parse(&request.private) {
                    // What the first call intended goes on to the delete half.
                    Some(private) if private.intent == intent => (private, true),
                    _ => (Private::new(intent), false),
                };
                // The first call has checked it; only what a plan of a restore shows is needed once more.
                let checks = placed && (!told || self.operation.effect().happens_once());
                let diagnostics =
                    if checks { self.before_start(&mut plan, &request.config).await } else { Diagnostics::new() };
                answer(plan, private, diagnostics)
            }
            (CreateKind::NewOrTainted, Some(runtime)) => self.plan_new_or_tainted(request, &runtime, plan).await,
            (_, runtime) => {
                let mut diagnostics = Diagnostics::new();
                let earlier = runtime.and_then(|runtime| self.perhaps_earlier(&runtime, &plan.planned));
                diagnostics.extend(earlier.map(|earlier| self.undecided_warning(&earlier.body)));
                if placed {
                    diagnostics.append(self.before_start(&mut plan, &request.config).await);
                }
                answer(plan, Private::new(Intent::Undecided), diagnostics)
            }
        }
    }

    async fn plan_new_or_tainted(&self, request: &PlanRequest, runtime: &Runtime, plan: Plan) -> PlanResponse {
        match self.earlier(runtime, &plan.planned) {
            Earlier::Nothing => self.plan_fresh(request, runtime, plan).await,
            earlier => self.plan_earlier(request, runtime, earlier, plan).await,
        }
    }

    /// New work. A restore is first looked for in the service's records: the state may have been lost.
    async fn plan_fresh(&self, request: &PlanRequest, runtime: &Runtime, mut plan: Plan) -> PlanResponse {
        let mut diagnostics = Diagnostics::new();
        let mut unread = None;
        let identity = self.identity(&plan.planned);
        if self.operation.effect().happens_once() {
            // Before anything is waited for: an object of the same restore that is planned meanwhile must learn of this one.
            runtime.engine.memory.plan_new(self.operation.name(), &identity);
        }
        if let Some((scope, work, records)) = self.records_for(runtime, None, &mut plan).await {
            match records {
                Ok(records) => {
                    match decide::on_record(&self.same(runtime, work.as_ref(), &records, &plan), is_recent) {
                        OnRecord::Twin(twin) if self.operation.effect().overwrites() => {
                            self.plan_previous(runtime, work.as_ref(), &records, Some(&twin.operation), &mut plan);
                            return self.plan_to_join(request, &scope, work.as_ref(), twin, plan).await;
                        }
                        OnRecord::Twin(ended) | OnRecord::EndedLately(ended) => {
                            // Terraform may be about to show the object that knows it: one that create_before_destroy has
                            // deposed is planned beside this create, in no order.
                            tokio::time::sleep(SHOWN_WITHIN).await;
                            let earlier = self.earlier(runtime, &plan.planned);
                            if earlier != Earlier::Nothing {
                                return self.plan_earlier(request, runtime, earlier, plan).await;
                            }
                            if !runtime.engine.memory.is_known(self.operation.name(), &ended.operation) {
                                diagnostics.push(self.ended_lately_warning(work.as_ref(), &plan.planned, ended));
                            }
                        }
                        OnRecord::Nothing => {}
                    }
                }
                // What denies all access is an error of its own.
                Err(error) if error.denies_access() => {}
                Err(error) => unread = Some(self.unread_records_warning(work.as_ref(), &error)),
            }
        }
        // The state may have shown it while the records were read, or a delete half handed it over.
        if self.operation.effect().happens_once() {
            let (memory, kind) = (&runtime.engine.memory, self.operation.name());
            memory.plan_start(kind, &identity);
            let earlier = self.earlier(runtime, &plan.planned);
            if earlier != Earlier::Nothing {
                memory.plan_no_start(kind, &identity);
                return self.plan_earlier(request, runtime, earlier, plan).await;
            }
        }
        let seen = runtime.engine.memory.seen(self.operation.name(), &identity);
        let failed = seen.into_iter().find(|known| known.failed);
        diagnostics.extend(failed.map(|failed| self.failed_before_warning(&failed.body)));
        let told = self.before_start(&mut plan, &request.config).await;
        // Where the plan fails, what is wrong is said, and not what could not be looked at for want of it.
        diagnostics.extend(unread.filter(|_| !told.has_error()));
        diagnostics.append(told);
        answer(plan, Private::new(Intent::Fresh), diagnostics)
    }

    /// The service's records for a plan of new work that overwrites, read once; what it has to repeat about them during
    /// apply becomes known; the record of its `own` work is no earlier one. `None` where nothing is asked: without checks, or where the place or the identity is open.
    pub(super) async fn records_for(&self, runtime: &Runtime, own: Option<&str>, plan: &mut Plan) -> Option<Recorded> {
        let asks = self.operation.effect().happens_once()
            && self.checks(runtime, &plan.planned)
            && identity::is_known(&self.schema, &plan.planned);
        if !asks {
            return None;
        }
        let scope = self.scope(runtime, &plan.planned).await.ok()?;
        let work = self.work(runtime, &scope, &plan.planned);
        let records = work.records(&runtime.engine.lists, lists::REFRESH).await;
        if let Ok(records) = &records {
            self.plan_previous(runtime, work.as_ref(), records, own, plan);
        }
        Some((scope, work, records))
    }

    /// What the plan shows as the newest record of the same work: of another one than its `own`.
    fn plan_previous(
        &self,
        runtime: &Runtime,
        work: &dyn Work,
        records: &[Record],
        own: Option<&str>,
        plan: &mut Plan,
    ) {
        let (memory, kind) = (&runtime.engine.memory, self.operation.name());
        // What is never joined counts while it runs, too: it is there, and a second one would be one too many.
        let joins = self.operation.effect().overwrites();
        let is_known = |record: &Record| !joins || memory.is_known(kind, &record.operation);
        let has_started = |record: &Record| memory.has_started(kind, &record.operation);
        let same = records.iter().filter(|record| work.is_same(record) && Some(record.operation.as_str()) != own);
        let previous = decide::previous(same, is_known, has_started).map(|record| record.operation.as_str());
        plan.planned.set(PREVIOUS_RESTORE, previous.map_or(Value::Null, Value::from));
    }

    /// The records of the same work that this plan may mean.
    pub(in crate::forms) fn same<'r>(
        &self,
        runtime: &Runtime,
        work: &dyn Work,
        records: &'r [Record],
        plan: &Plan,
    ) -> Vec<&'r Record> {
        let (memory, kind) = (&runtime.engine.memory, self.operation.name());
        let identity = self.identity(&plan.planned);
        let may_join = |record: &&Record| {
            !memory.must_not_join(kind, &identity, &record.operation)
                && !memory.is_others(kind, &identity, true, &record.operation)
        };
        records.iter().filter(|record| work.is_same(record)).filter(may_join).collect()
    }

    /// Whatever the end of the operation may still change becomes unknown; what identifies it stays.
    fn plan_to_follow(&self, left: &Pending, plan: &mut Plan) {
        let known = left.operation().is_some();
        for attribute in &self.schema.block.attributes {
            let identifies = attribute.name == "id" || attribute.name == self.operation.id().operation;
            let is_past = [PREVIOUS_RESTORE, OVERWRITES].contains(&attribute.name);
            if attribute.mode == Mode::Computed && !(is_past || identifies && known) {
                plan.planned.set(attribute.name, Value::Unknown);
            }
        }
        plan.change = Change::Update;
    }

    /// What differs between an object and its replacement, among what makes it run again.
    fn changes(&self, request: &PlanRequest, planned: &Value) -> Vec<Difference> {
        let prior = &request.prior;
        // What the user leaves to the provider (region, project, format) is open in every replacement, and no reason for it.
        let left_open = |name: &&str| request.config.get(name).is_null() && planned.get(name).is_unknown();
        identity::differences(&self.schema, prior, planned)
            .into_iter()
            .filter(|name| !left_open(name))
            .map(|name| Difference {
                unknown: !planned.get(name).is_wholly_known(),
                text: format!("{name} {} → {}", shown(prior.get(name)), shown(planned.get(name))),
            })
            .collect()
    }
}

pub(super) fn answer(plan: Plan, private: Private, diagnostics: Diagnostics) -> PlanResponse {
    PlanResponse { plan, private: private.to_bytes(), identity: None, diagnostics }
}

/// A region that is not known yet is not the provider's: nothing is looked for in the wrong place.
pub(super) fn is_placed(request: &PlanRequest) -> bool {
    ["region", "project_id"].iter().all(|name| !request.config.get(name).is_unknown())
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(elements) => elements.is_empty(),
        _ => false,
    }
}

pub(in crate::forms) fn is_recent(record: &Record) -> bool {
    let now = jiff::Timestamp::now();
    record.created_at.is_some_and(|time| now.duration_since(time).unsigned_abs() <= LATELY)
}
