//! What a plan says: nothing, in place, again, resume, or new.

use cloud::Scope;
use tf::plan::{Action, Plan};
use tf::provider::{PlanRequest, PlanResponse};
use tf::{Diagnostic, Diagnostics, Mode, Path, Step, Value};

use super::private::{Intent, Private};
use super::takeup::Earlier;
use super::{Managed, identity};
use crate::operations::common;
use crate::operations::words::capitalised;
use crate::runtime::Runtime;
use engine::lists;
use engine::mark::Mark;
use engine::report;
use engine::start::is_running;
use engine::work::{Progress, Record, Work};

/// How long Terraform may take to show all objects of the state, counted from a create that it plans.
const SHOWN_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);
/// How long ago a restore may have ended for a plan to mention it.
const LATELY: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

impl Managed {
    /// A destroy: says what it does not do.
    pub(super) fn plan_destroy(&self, request: &PlanRequest, plan: Plan) -> PlanResponse {
        let mut diagnostics = Diagnostics::new();
        if self.operation.effect().overwrites() {
            diagnostics.push(self.forget_warning(&request.prior));
        }
        answer(plan, Private::new(Intent::Destroy), diagnostics)
    }

    /// No change, or one that is only recorded. Sends nothing; an unfinished operation is followed to its end.
    pub(super) fn plan_in_place(&self, request: &PlanRequest, mut plan: Plan) -> PlanResponse {
        let mut private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        private.intent = Intent::Stored;
        if plan.action == Action::Update {
            tf::plan::keep_computed(&self.schema, &request.config, &request.prior, &mut plan.planned);
        }
        let mut diagnostics = Diagnostics::new();
        if let Some(mark) = Self::mark(&request.prior)
            && common::flag(&plan.planned, "wait") != Some(false)
        {
            self.plan_to_follow(&mark, &mut plan);
            diagnostics.push(self.follow_warning(&request.prior, &mark));
        }
        answer(plan, private, diagnostics)
    }

    /// A replacement that was asked for, by a change or by `-replace`. Unless what changed is only what an import could
    /// not learn, or derived pairs written out: those are recorded in place.
    pub(super) fn plan_replacement(&self, request: &PlanRequest, plan: Plan) -> PlanResponse {
        let private = Private::parse(&request.private).unwrap_or_else(|| Private::new(Intent::Stored));
        let unlearned = |path: &Path| {
            let Some(Step::Attribute(name)) = path.0.first() else { return false };
            private.unlearned.contains(name)
                && (is_unset(request.prior.get(name)) || self.is_default(name, request.prior.get(name)))
        };
        let only_learns = plan.requires_replace.iter().all(unlearned);
        let same =
            self.means_the_same(&request.prior, &plan.planned) && identity::is_known(&self.schema, &plan.planned);
        if only_learns || same {
            return self.plan_in_place(request, plan.in_place(&self.schema, &request.config, &request.prior));
        }
        let changes = self.changes(request, &plan.planned);
        let perhaps_same = changes.iter().all(|change| change.unknown);
        let diagnostics = Diagnostics::from(self.again_warning(&request.prior, &changes, perhaps_same));
        answer(plan, Private::new(Intent::Replace { perhaps_same }), diagnostics)
    }

    /// Whether an import can only have assumed this value.
    fn is_default(&self, name: &str, value: &Value) -> bool {
        self.schema.block.attribute(name).and_then(|attribute| attribute.default.as_ref()) == Some(value)
    }

    /// A create: of a new object, of a tainted one, or the second half of a replacement.
    pub(super) async fn plan_create(&self, request: &PlanRequest, mut plan: Plan) -> PlanResponse {
        // A region that is not known yet is not the provider's: nothing is looked for in the wrong place.
        let placed = ["region", "project_id"].iter().all(|name| !request.config.get(name).is_unknown());
        if let Some(mut private) = Private::parse(&request.private) {
            // The second call of a replacement: what the first one intended goes on to the delete half. Where the first
            // one saw nothing to do, the user asked with `-replace`.
            if private.intent == Intent::Stored {
                private = Private::new(Intent::Replace { perhaps_same: false });
            }
            let diagnostics = if placed { self.before_start(&mut plan).await } else { Diagnostics::new() };
            return answer(plan, private, diagnostics);
        }
        if !placed || !identity::is_known(&self.schema, &plan.planned) {
            let mut diagnostics = Diagnostics::new();
            let earlier = self.handle.runtime().ok().and_then(|runtime| self.perhaps_earlier(&runtime, &plan.planned));
            diagnostics.extend(earlier.map(|earlier| self.undecided_warning(&earlier)));
            if placed {
                diagnostics.append(self.before_start(&mut plan).await);
            }
            return answer(plan, Private::new(Intent::Undecided), diagnostics);
        }
        // Without a configuration nothing can be said; "undecided" lets apply find out.
        let Ok(runtime) = self.handle.runtime() else {
            return answer(plan, Private::new(Intent::Undecided), Diagnostics::new());
        };
        match self.earlier(&runtime, &plan.planned) {
            Earlier::One(body) => self.plan_resume(request, &body, plan),
            Earlier::Handed(body) => {
                PlanResponse { diagnostics: Diagnostics::new(), ..self.plan_handed(request, &body, plan) }
            }
            Earlier::Several => {
                let diagnostic = Diagnostic::warning(
                    format!("Several unfinished operations of {} are alike", self.type_name()),
                    "Each of the tainted objects takes up one of them. None is started again; which one goes where is \
                     settled during apply.",
                );
                self.plan_end_known(&mut plan);
                answer(plan, Private::new(Intent::Resume { operation: None }), diagnostic.into())
            }
            Earlier::None => self.plan_fresh(request, &runtime, plan).await,
        }
    }

    /// The second plan of what a delete half handed over. The first one may have been of several alike.
    fn plan_handed(&self, request: &PlanRequest, earlier: &Value, plan: Plan) -> PlanResponse {
        let mut answer = self.plan_resume(request, earlier, plan);
        self.plan_end_known(&mut answer.plan);
        answer
    }

    /// A restore that is taken up and waited for ends with nothing pending. Where its ID cannot be planned yet, this known
    /// null is what a create that starts something new could not repeat.
    fn plan_end_known(&self, plan: &mut Plan) {
        if self.operation.effect().overwrites() && common::flag(&plan.planned, "wait") != Some(false) {
            plan.planned.set("pending_operation", Value::Null);
        }
    }

    /// Takes up earlier work: its ID is a known value of the plan, so that a second plan that cannot repeat it stops
    /// the run instead of starting something.
    fn plan_resume(&self, request: &PlanRequest, earlier: &Value, mut plan: Plan) -> PlanResponse {
        let mark = Self::mark(earlier);
        let operation = match &mark {
            Some(Mark::Unknown(_)) => None,
            Some(Mark::Started(operation)) => Some(operation.clone()),
            None => common::text(earlier, self.operation.id().operation),
        };
        for name in ["region", "project_id"] {
            if request.config.get(name).is_null()
                && plan.planned.get(name).is_unknown()
                && earlier.get(name).as_str().is_some()
            {
                plan.planned.set(name, earlier.get(name).clone());
            }
        }
        match &operation {
            Some(operation) => self.plan_known_id(operation, &mut plan),
            None => plan.planned.set("pending_operation", Value::Null),
        }
        let diagnostic = self.resume_warning(earlier, mark.as_ref(), operation.as_deref());
        answer(plan, Private::new(Intent::Resume { operation }), diagnostic.into())
    }

    /// New work. A restore is first looked for in the service's records: the state may have been lost.
    async fn plan_fresh(&self, request: &PlanRequest, runtime: &Runtime, mut plan: Plan) -> PlanResponse {
        let mut diagnostics = Diagnostics::new();
        if self.plan_to_share(runtime, &mut plan) {
            return answer(plan, Private::new(Intent::Fresh), diagnostics);
        }
        if self.operation.effect().overwrites()
            && let Ok(scope) = self.scope(runtime, &plan.planned).await
        {
            let work = self.work(runtime, &scope, &plan.planned);
            let join = self.join_rules(runtime, &plan.planned);
            match work.records(&runtime.engine.lists, lists::REFRESH).await {
                Ok(records) => {
                    let same: Vec<&Record> = records
                        .iter()
                        .filter(|record| work.is_same(record))
                        .filter(|record| {
                            !join.never.contains(&record.operation) && !join.known.contains(&record.operation)
                        })
                        .collect();
                    if let Some(twin) = same.iter().find(|record| is_running(record)) {
                        self.plan_known_id(&twin.operation, &mut plan);
                        plan_place(request, &scope, &mut plan);
                        let operation = Some(twin.operation.clone());
                        let diagnostic = self.join_warning(work.as_ref(), &plan.planned, twin);
                        // What an earlier plan of the same run has shown as known must stay known: nothing is checked.
                        let _ = self.before_start(&mut plan).await;
                        return answer(plan, Private::new(Intent::Resume { operation }), diagnostic.into());
                    }
                    if let Some(ended) = ended_lately(same.into_iter()) {
                        // Terraform may be about to show the object that knows it: one that create_before_destroy has
                        // deposed is planned beside this create, in no order.
                        tokio::time::sleep(SHOWN_WITHIN).await;
                        if let Earlier::One(body) = self.earlier(runtime, &plan.planned) {
                            return self.plan_resume(request, &body, plan);
                        }
                        if !self.known_operations(runtime).contains(&ended.operation) {
                            diagnostics.push(self.ended_lately_warning(&plan.planned, ended));
                        }
                    }
                }
                Err(error) => diagnostics.push(self.unread_records_warning(work.as_ref(), &error)),
            }
        }
        if let Some(failed) = self.earlier_failure(runtime, &plan.planned) {
            diagnostics.push(self.failed_before_warning(&failed));
        }
        diagnostics.append(self.before_start(&mut plan).await);
        answer(plan, Private::new(Intent::Fresh), diagnostics)
    }

    /// During an apply: whether this process runs, or ran, the same restore, so that the create will share it. What
    /// that restore does to the target is no fault of this one, and what is known about it stays known.
    fn plan_to_share(&self, runtime: &Runtime, plan: &mut Plan) -> bool {
        if !self.operation.effect().overwrites() {
            return false;
        }
        let same = |known: &Value| self.means_the_same(known, &plan.planned);
        let Some(own) = runtime.engine.memory.running(self.type_name(), same).into_iter().next() else { return false };
        for &name in self.operation.planned_results() {
            if plan.planned.get(name).is_unknown() && !own.get(name).is_null() {
                plan.planned.set(name, own.get(name).clone());
            }
        }
        true
    }

    /// The checks and warnings of work that would start, and the facts that the plan can show. While the identity is not
    /// known, no fact is shown: the work may turn out to be one that is kept.
    async fn before_start(&self, plan: &mut Plan) -> Diagnostics {
        let Ok(runtime) = self.handle.runtime() else { return Diagnostics::new() };
        if !common::flag(&plan.planned, "preflight").unwrap_or(runtime.preflight) {
            return Diagnostics::new();
        }
        match self.scope(&runtime, &plan.planned).await {
            Ok(scope) => {
                let (facts, diagnostics) = self.operation.preflight(&runtime, &scope, &plan.planned).await;
                if identity::is_known(&self.schema, &plan.planned) {
                    common::put(&mut plan.planned, &facts);
                }
                diagnostics
            }
            Err(diagnostic) => Diagnostic::warning(
                format!("Nothing was checked for this {}: {}", self.type_name(), diagnostic.summary),
                diagnostic.detail,
            )
            .into(),
        }
    }

    fn plan_known_id(&self, operation: &str, plan: &mut Plan) {
        let id = self.operation.id().id(&plan.planned, operation);
        plan.planned.set("id", Value::from(id));
        plan.planned.set(self.operation.id().operation, Value::from(operation));
    }

    /// Whatever the end of the operation may still change becomes unknown; what identifies it stays.
    fn plan_to_follow(&self, mark: &Mark, plan: &mut Plan) {
        let known = mark.operation().is_some();
        for attribute in &self.schema.block.attributes {
            let identifies = attribute.name == "id" || attribute.name == self.operation.id().operation;
            if attribute.mode == Mode::Computed && !(identifies && known) {
                plan.planned.set(attribute.name, Value::Unknown);
            }
        }
        plan.action = Action::Update;
    }

    /// What differs between an object and its replacement, among what makes it run again.
    fn changes(&self, request: &PlanRequest, planned: &Value) -> Vec<Change> {
        let prior = &request.prior;
        // What the user leaves to the provider (region, project, format) is open in every replacement, and no reason for it.
        let left_open = |name: &&str| request.config.get(name).is_null() && planned.get(name).is_unknown();
        let attributes = self.schema.block.attributes.iter().filter(|attribute| attribute.replaces);
        let blocks = self.schema.block.blocks.iter().filter(|block| block.replaces);
        attributes
            .map(|attribute| attribute.name)
            .chain(blocks.map(|block| block.name))
            .filter(|name| prior.get(name) != planned.get(name) && !left_open(name))
            .map(|name| Change {
                unknown: !planned.get(name).is_wholly_known(),
                text: format!("{name} {} → {}", shown(prior.get(name)), shown(planned.get(name))),
            })
            .collect()
    }

    fn forget_warning(&self, prior: &Value) -> Diagnostic {
        let id = named(prior);
        let running = match Self::mark(prior) {
            Some(_) => {
                " It is not known to have ended; it goes on in the cloud, and destroying the resource does not stop it."
            }
            None => "",
        };
        Diagnostic::warning(
            format!("Destroying {id} undoes nothing"),
            format!(
                "The restore is only forgotten: the data stays as it was restored.{running} If the resource only got another address, \
                 say so with a `moved` block: a new one would run the restore again."
            ),
        )
    }

    fn follow_warning(&self, prior: &Value, mark: &Mark) -> Diagnostic {
        match mark {
            Mark::Started(operation) => Diagnostic::warning(
                format!("Apply will follow {} to its end", named(prior)),
                format!("Operation {operation} was started by an earlier run. It is not started again."),
            ),
            Mark::Unknown(attempt) => Diagnostic::warning(
                format!("Apply will find out what became of an attempt of {}", attempt.sent_at),
                "An earlier run sent the request and did not learn its outcome. Apply looks into the service's records; only if \
                 they show that nothing was started is the request sent again.",
            ),
        }
    }

    fn resume_warning(&self, earlier: &Value, mark: Option<&Mark>, operation: Option<&str>) -> Diagnostic {
        let noun = self.noun();
        // A core that stopped there has set the old object aside, where untaint does not find it. Whether the next apply shows
        // it to us in time is chance; taking the ID into the state again is not.
        let import = earlier.get("id").as_str().map(|id| {
            let import = format!("terraform import {}.NAME {id}", self.type_name());
            format!("; after such a stop:\n\n  terraform state rm {}.NAME\n  {import}", self.type_name())
        });
        let way_out = format!(
            "Under create_before_destroy (also one inherited from a dependent) the ID cannot be handed over once the operation has \
             ended: Terraform then stops with \"inconsistent final plan\" and nothing runs twice. The way out is `terraform untaint` on \
             the resource before the next apply{}",
            import.as_deref().unwrap_or(".")
        );
        match (mark, operation) {
            (Some(_), Some(operation)) => Diagnostic::warning(
                format!("Apply will resume {noun} {operation}, not run it again"),
                format!(
                    "The {noun} {} was started by an earlier run that did not see it end. Although the resource is tainted and shown \
                     as replaced, nothing is deleted and no second {noun} is sent: apply follows it to its end.\n\n{way_out}",
                    named(earlier)
                ),
            ),
            (None, _) => Diagnostic::warning(
                format!("Apply will keep {noun} {}, not run it again", named(earlier)),
                format!(
                    "The {noun} ended well ({}). What failed came after it. Although the resource may be shown as replaced, nothing \
                     is sent: apply keeps the finished {noun}. To run it again, change `triggers`.\n\n{way_out}",
                    earlier.get("status").as_str().unwrap_or("status not recorded")
                ),
            ),
            (Some(_), None) => Diagnostic::warning(
                format!("Apply will first find out what became of an earlier attempt of this {noun}"),
                format!(
                    "An earlier run sent the request and did not learn its outcome. Apply looks into the service's records and takes up \
                     what it finds; only if they show that nothing was started is the request sent again.\n\n{way_out}"
                ),
            ),
        }
    }

    fn undecided_warning(&self, earlier: &Value) -> Diagnostic {
        let noun = self.noun();
        Diagnostic::warning(
            format!("Whether {noun} {} is kept or a new one runs is known only during apply", named(earlier)),
            format!(
                "It depends on arguments that are not known yet. Should they turn out the same, the {noun} that exists is kept and \
                 nothing is sent; should they differ, a new one runs. Under create_before_destroy (also one inherited from a \
                 dependent) this cannot be told, and a new one runs in any case."
            ),
        )
    }

    fn join_warning(&self, work: &dyn Work, planned: &Value, twin: &Record) -> Diagnostic {
        let id = self.operation.id().id(planned, &twin.operation);
        Diagnostic::warning(
            format!("Apply will join restore {}, which is running already", twin.operation),
            format!(
                "The service's records show the same restore ({id}), started {}. It is followed to its end; no second one is sent.{}",
                when(twin),
                work.blind_spot()
            ),
        )
    }

    fn ended_lately_warning(&self, planned: &Value, record: &Record) -> Diagnostic {
        let id = self.operation.id().id(planned, &record.operation);
        Diagnostic::warning(
            format!("The same restore ended lately: {}", record.operation),
            format!(
                "The service's records show restore {id} (status {}, started {}), but the state does not have it. If that is the \
                 restore you want, do not apply; take it into the state instead:\n\n  terraform import {}.NAME {id}\n\nApplying this plan \
                 runs the restore again.",
                record.status,
                when(record),
                self.type_name(),
            ),
        )
    }

    fn unread_records_warning(&self, work: &dyn Work, error: &cloud::Error) -> Diagnostic {
        Diagnostic::warning(
            format!("Nobody looked whether {} was restored lately", work.target()),
            format!(
                "{} could not be read, so that a restore which the state does not have would go unnoticed. One that still \
                 runs is looked for again before anything is sent.\n\n{}",
                capitalised(&work.record_place()),
                report::facts_of(error)
            ),
        )
    }

    fn failed_before_warning(&self, failed: &Value) -> Diagnostic {
        let noun = self.noun();
        Diagnostic::warning(
            format!("Apply will run a new {noun}: {} failed", named(failed)),
            format!("The earlier {noun} ended with status {}.", failed.get("status").as_str().unwrap_or("failed")),
        )
    }

    fn again_warning(&self, prior: &Value, changes: &[Change], perhaps_same: bool) -> Diagnostic {
        let noun = self.noun();
        let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
        let because = if texts.is_empty() { "a replacement was asked for".to_owned() } else { texts.join(", ") };
        let state = if Self::mark(prior).is_some() { "is not finished" } else { "is finished" };
        let mut detail = if self.operation.effect().overwrites() {
            "A second restore overwrites the target again.".to_owned()
        } else {
            format!(
                "The old backup {} is deleted first, then the new one is made. To have the new one before the old one goes, set \
                 `lifecycle {{ create_before_destroy = true }}`.",
                named(prior)
            )
        };
        if perhaps_same && !texts.is_empty() && self.operation.effect().overwrites() {
            detail.push_str(
                " Should what is not known yet turn out the same, the finished one is kept and nothing runs (except under \
                 create_before_destroy, where this cannot be told).",
            );
        }
        Diagnostic::warning(format!("The {noun} {} {state}; it runs AGAIN because {because}", named(prior)), detail)
    }

    pub(super) fn noun(&self) -> &'static str {
        if self.operation.effect().overwrites() { "restore" } else { "backup" }
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

struct Change {
    unknown: bool,
    text: String,
}

fn answer(plan: Plan, private: Private, diagnostics: Diagnostics) -> PlanResponse {
    PlanResponse { plan, private: private.to_bytes(), identity: None, diagnostics }
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(elements) => elements.is_empty(),
        _ => false,
    }
}

fn named(body: &Value) -> String {
    body.get("id").as_str().unwrap_or("(no ID yet)").to_owned()
}

fn when(record: &Record) -> String {
    record.created_at.map_or_else(|| "at a time that the record does not tell".to_owned(), |time| format!("{time}"))
}

fn ended_lately<'r>(same: impl Iterator<Item = &'r Record>) -> Option<&'r Record> {
    let now = jiff::Timestamp::now();
    let recent = |record: &&Record| {
        record.created_at.is_some_and(|time| now.duration_since(time).unsigned_abs() <= LATELY)
            && record.progress == Progress::Succeeded
    };
    same.filter(recent).max_by_key(|record| record.created_at)
}

/// A value for a message: short, never a wall of text.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Unknown => "(known after apply)".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.chars().count() <= 64 => format!("{text:?}"),
        Value::String(text) => format!("{:?}…", text.chars().take(60).collect::<String>()),
        Value::List(elements) => format!("({} blocks)", elements.len()),
        Value::Object(members) => {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}
