//! What a resource tells its user in plans and applies, in words.

use engine::pending::Pending;
use engine::work::{Effect, Record, Work};
use tf::{Diagnostic, Value};

use super::Managed;
use super::object::pending;
use super::schema::PREVIOUS_RESTORE;
use crate::operations::words::capitalised;

/// An argument that makes it run again.
pub(super) struct Difference {
    /// Its new value is not known yet.
    pub(super) unknown: bool,
    /// What changes, from what to what.
    pub(super) text: String,
}

impl Managed {
    pub(super) fn forget_warning(&self, prior: &Value) -> Diagnostic {
        let id = named(prior);
        let running = match pending(prior) {
            Some(_) => {
                " It is not known to have ended; it goes on in the cloud, and destroying the resource does not stop it."
            }
            None => "",
        };
        Diagnostic::warning(
            format!("Destroying {id} undoes nothing"),
            format!(
                "The restore is only forgotten: the data stays as it was restored.{running} If the resource only got another address, \
                 say so with a `moved` block; what the new block does with the restore, the plan tells about that one."
            ),
        )
    }

    /// Of what a destroy leaves where it is; `what` says what stays, as sentences.
    pub(super) fn leave_warning(&self, prior: &Value, what: &str) -> Diagnostic {
        let (product, id) = (self.operation.effect().product(), named(prior));
        Diagnostic::warning(
            format!("Destroying {id} leaves the {product} where it is"),
            format!(
                "{what}\n\nIf the resource only got another address, say so with a `moved` block; what the new block does, the plan tells about \
                 that one."
            ),
        )
    }

    /// Of what a destroy deletes; `loss` says what is lost with it, as a sentence that begins with a space.
    pub(super) fn delete_warning(&self, prior: &Value, loss: &str) -> Diagnostic {
        let (noun, id) = (self.operation.effect().product(), named(prior));
        Diagnostic::warning(
            format!("Destroying {id} deletes the {noun}"),
            format!(
                "A deleted {noun} does not come back.{loss} If the resource only got another address, say so with a `moved` block: else this \
                 {noun} is deleted, and the new block makes another one. To keep it and only forget it: `terraform state rm`."
            ),
        )
    }

    /// The error of an `import` block whose configuration says otherwise than the record: to follow it would run the
    /// operation again, and of a backup delete the one that was to be imported.
    pub(super) fn import_differs(&self, prior: &Value, changes: &[Difference]) -> Diagnostic {
        let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
        let because = if texts.is_empty() { String::new() } else { format!(": {}", texts.join(", ")) };
        let (noun, id) = (self.noun(), named(prior));
        let instead = match self.operation.effect().overwrites() {
            true => "the restore would run again",
            false => "the imported one would be deleted and another one made",
        };
        Diagnostic::error(
            format!("The configuration of {id} means another {noun} than the one to be imported"),
            format!(
                "What is on record, and what the configuration says{because}. An import alone never leads to a run or a deletion, and {instead} \
                 here. Write what is on record. To have another {noun} on purpose, import first, and change the configuration in a later run."
            ),
        )
    }

    /// Of two different restores that overwrite one target.
    pub(super) fn unordered_warning(&self, target: &str) -> Diagnostic {
        Diagnostic::warning(
            format!("{} is overwritten by more than one {} of this plan", capitalised(target), self.noun()),
            "They run one after the other, and what the target holds in the end is what the last one leaves. Which one that is, is not \
             defined unless `depends_on` says so.",
        )
    }

    /// The error of two blocks that mean one restore, one of which has it already.
    pub(super) fn two_blocks(&self, known: &Value) -> Diagnostic {
        let id = named(known);
        Diagnostic::error(
            format!("Two resource blocks mean the same restore {id}"),
            format!(
                "One of them has it in the state: `terraform state list {name}` shows the blocks, and `terraform state show` which of them has \
                 the ID {id}. The other one is new and has the same arguments and `triggers`. One restore belongs to one block: Terraform does not show it \
                 to another one during apply.\n\nTo run the restore once more, give the new block other `triggers`. If the restore only got another \
                 address, say so with a `moved` block. Else remove one of the two.",
                name = self.operation.name()
            ),
        )
    }

    pub(super) fn follow_warning(&self, prior: &Value, left: &Pending) -> Diagnostic {
        match left {
            Pending::Started(operation) => Diagnostic::warning(
                format!("Apply will follow {} to its end", named(prior)),
                format!("Operation {operation} was started by an earlier run. It is not started again."),
            ),
            Pending::Unknown(attempt) => Diagnostic::warning(
                format!("Apply will find out what became of an attempt of {}", attempt.sent_at),
                "An earlier run sent the request and did not learn its outcome. Apply looks into the service's records; only if \
                 they show that nothing was started is the request sent again.",
            ),
        }
    }

    /// Of an imported object whose triggers the configuration tells for the first time.
    pub(super) fn learn_warning(&self, prior: &Value) -> Diagnostic {
        Diagnostic::warning(
            format!("Apply will record the triggers of {}, and run nothing", named(prior)),
            format!(
                "The {noun} was imported, and no record of a service tells the triggers that it was made for: the ones in the \
                 configuration are taken for them, once. If they were written to run it again, apply this and then change them.",
                noun = self.noun()
            ),
        )
    }

    pub(super) fn resume_warning(
        &self,
        earlier: &Value,
        left: Option<&Pending>,
        operation: Option<&str>,
    ) -> Diagnostic {
        let noun = self.noun();
        // A core that stopped there has set the old object aside, where untaint does not find it. Whether the next apply shows
        // it to us in time is chance; taking the ID into the state again is not.
        let import = earlier.get("id").as_str().map(|id| {
            let import = format!("terraform import {}.NAME {id}", self.operation.name());
            let kind = self.operation.name();
            format!(
                "; after such a stop (`terraform state list` shows the address to put in place of {kind}.NAME):\n\n  terraform state rm \
                 {kind}.NAME\n  {import}"
            )
        });
        let way_out = match self.operation.effect() {
            Effect::Overwrites | Effect::Builds => format!(
                "Under create_before_destroy (also one inherited from a dependent) the ID cannot be handed over once the operation \
                 has ended: Terraform then stops with \"inconsistent final plan\" and nothing runs twice. The way out is `terraform \
                 untaint` on the resource before the next apply{}",
                import.as_deref().unwrap_or(".")
            ),
            Effect::Makes => format!(
                "Under create_before_destroy (also one inherited from a dependent) Terraform does not hand it over: apply then makes \
                 a new {noun} once this one has ended, and deletes this one."
            ),
        };
        match (left, operation) {
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
                    "The {noun} ended well ({}); if the resource is tainted, what failed came after it. Although it may be shown as replaced, \
                     nothing is sent: apply keeps the finished {noun}. To run it again, change `triggers`.\n\n{way_out}",
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

    pub(super) fn undecided_warning(&self, earlier: &Value) -> Diagnostic {
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

    pub(super) fn join_warning(&self, work: &dyn Work, planned: &Value, twin: &Record) -> Diagnostic {
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

    pub(super) fn ended_lately_warning(&self, work: &dyn Work, planned: &Value, record: &Record) -> Diagnostic {
        let id = self.operation.id().id(planned, &record.operation);
        if self.operation.effect() == Effect::Builds {
            return self.looks_alike_warning(work, &id, record);
        }
        Diagnostic::warning(
            format!("The same restore ended lately: {}", record.operation),
            format!(
                "The service's records show restore {id} (status {}, started {}), but the state does not have it. If that is the \
                 restore you want, do not apply; take it into the state instead, with the address of \
                 this block:\n\n  terraform import {}.NAME {id}\n\nApplying this plan \
                 runs the restore again.\n\nIf this comes during an apply that Terraform stops with \"inconsistent final plan\", nothing was sent. On id: \
                 the plan was made to join this restore, which has ended since. On {PREVIOUS_RESTORE}: it was run after the plan was \
                 made, perhaps by this very plan file.",
                record.status,
                when(record),
                self.operation.name(),
            ),
        )
    }

    /// Of something that looks like what is to be made, and that no object of the state is known to be.
    fn looks_alike_warning(&self, work: &dyn Work, id: &str, record: &Record) -> Diagnostic {
        let product = self.operation.effect().product();
        Diagnostic::warning(
            format!("There is an {product} that looks the same already: {}", record.operation),
            format!(
                "{} show it (status {}, made {}).{} If an earlier run made it and its state was lost, do not apply; take it into the state \
                 instead, with the address of this block:\n\n  terraform import {}.NAME {id}\n\nApplying this plan makes another one, which \
                 costs, too.\n\nIf this comes during an apply that Terraform stops with \"inconsistent final plan\" on {PREVIOUS_RESTORE}: it was \
                 made after the plan, perhaps by this very plan file. Nothing was sent.",
                capitalised(&work.record_place()),
                record.status,
                when(record),
                work.blind_spot(),
                self.operation.name(),
            ),
        )
    }

    /// The error of a replacement whose old product is gone; `others` are the ids of what looks the same, if the
    /// records could be read.
    pub(super) fn gone_since_planned_error(
        &self,
        prior: &Value,
        work: &dyn Work,
        others: Option<&[String]>,
    ) -> Diagnostic {
        let (product, id, kind) = (self.operation.effect().product(), named(prior), self.operation.name());
        let there = match others {
            None => format!("{} could not be read, so look there before you go on.", capitalised(&work.record_place())),
            Some([]) => format!("{} show no other one.", capitalised(&work.record_place())),
            Some(others) => {
                let lines: String = others.iter().map(|id| format!("\n  terraform import {kind}.NAME {id}")).collect();
                format!(
                    "{} show another one.{} If it was made by this plan, take it into the state in place of the one that is gone \
                     (`terraform state list` shows the address):\n\n  terraform state rm {kind}.NAME{lines}",
                    capitalised(&work.record_place()),
                    work.blind_spot()
                )
            }
        };
        Diagnostic::error(
            format!("{id} is gone already, and this plan was to replace it"),
            format!(
                "When the plan was made, the {product} was there. It may have been deleted by this very plan file, applied once before: then the \
                 {product} that replaces it is there already, and another one would cost, too. Nothing was sent. {there}\n\nElse make a new plan: it \
                 sees that this {product} is gone, and replaces it."
            ),
        )
    }

    pub(in crate::forms) fn unread_records_warning(&self, work: &dyn Work, error: &cloud::Error) -> Diagnostic {
        Diagnostic::warning(
            format!("Nobody looked whether {} was restored lately", work.target()),
            format!(
                "{} could not be read, so a finished restore that the state does not have goes unnoticed; a running one is looked for \
                 again before anything is sent.\n\n  {error}",
                capitalised(&work.record_place()),
            ),
        )
    }

    pub(super) fn failed_before_warning(&self, failed: &Value) -> Diagnostic {
        let noun = self.noun();
        Diagnostic::warning(
            format!("Apply will run a new {noun}: {} failed", named(failed)),
            format!("The earlier {noun} ended with status {}.", failed.get("status").as_str().unwrap_or("failed")),
        )
    }

    pub(super) fn again_warning(&self, prior: &Value, changes: &[Difference], perhaps_same: bool) -> Diagnostic {
        let noun = self.noun();
        let texts: Vec<&str> = changes.iter().map(|change| change.text.as_str()).collect();
        let because = if texts.is_empty() { "a replacement was asked for".to_owned() } else { texts.join(", ") };
        let state = if pending(prior).is_some() { "is not finished" } else { "is finished" };
        let effect = self.operation.effect();
        let mut detail = match (effect, self.operation.stays(prior)) {
            (Effect::Overwrites, _) => "A second restore overwrites the target again.".to_owned(),
            (_, Some(what)) => format!("The new {} is made beside the old one. {what}", effect.product()),
            (_, None) => format!(
                "The old {} {} is deleted first, then the new one is made. To have the new one before the old one goes, set \
                 `lifecycle {{ create_before_destroy = true }}`.",
                effect.product(),
                named(prior)
            ),
        };
        let may_be_kept = effect.overwrites() || self.operation.stays(prior).is_some();
        if perhaps_same && !texts.is_empty() && effect.happens_once() && may_be_kept {
            detail.push_str(
                " Should what is not known yet turn out the same, the finished one is kept and nothing runs (except under \
                 create_before_destroy, where this cannot be told).",
            );
        }
        Diagnostic::warning(format!("The {noun} {} {state}; it runs AGAIN because {because}", named(prior)), detail)
    }

    pub(super) fn failed_meanwhile(&self, earlier: &Value) -> Diagnostic {
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

    pub(super) fn not_handed_over(&self, operation: &str) -> Diagnostic {
        let noun = self.noun();
        Diagnostic::error(
            format!("The {noun} {operation} was taken up by another resource of this run"),
            format!(
                "It cannot belong to two. Nothing was started for this one; run apply again, and it makes its own {noun}."
            ),
        )
    }

    pub(super) fn handed_over_warning(&self, prior: &Value, surely: bool) -> Diagnostic {
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
                     the run was interrupted), take the {noun} into the state again with the address that Terraform shows \
                     here:\n\n  terraform import {}.NAME {id}",
                    self.operation.name()
                ),
            ),
            None => Diagnostic::warning(
                format!("An attempt of unknown outcome of {} is handed over", self.operation.name()),
                format!(
                    "The create that follows finds out about it. Should that create not come, look into the service's records for a new \
                     {noun} before you apply again."
                ),
            ),
        }
    }
}

pub(super) fn named(body: &Value) -> String {
    body.get("id").as_str().unwrap_or("(no ID yet)").to_owned()
}

pub(in crate::forms) fn when(record: &Record) -> String {
    record.created_at.map_or_else(|| "at a time that the record does not tell".to_owned(), |time| format!("{time}"))
}

/// A value for a message: short, never a wall of text.
pub(super) fn shown(value: &Value) -> String {
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
