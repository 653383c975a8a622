//! The decisions of plan, refresh and apply, as pure functions of what is known. What they are based on, and how it
//! travels from call to call: ARCHITECTURE.md, "Resuming".

use std::sync::Arc;

use engine::memory::{Object, Running};
use engine::pending::{Attempt, Pending};
use engine::request::From;
use engine::start::is_running;
use engine::work::{Effect, Progress, Record};

use super::private::Intent;

/// Whether an object of the state is worth taking up again: work that overwrites unless it failed; a backup only while its
/// wait was asked for and did not end, because a finished one of a broken run is made anew.
pub(super) fn may_be_taken_up(object: &Object, effect: Effect) -> bool {
    match (effect, &object.pending) {
        (Effect::Overwrites | Effect::Builds, Some(_)) => true,
        (Effect::Overwrites | Effect::Builds, None) => !object.failed && object.operation.is_some(),
        // An attempt of unknown outcome is looked for, whether or not anybody wanted to wait for its end.
        (Effect::Makes, Some(Pending::Unknown(_))) => true,
        (Effect::Makes, Some(Pending::Started(_))) => object.awaited,
        (Effect::Makes, None) => false,
    }
}

/// What is known when a create is planned, before anything is asked.
pub(super) struct CreateCall {
    /// What the private data says: present only in the second call of a replacement.
    pub(super) stored: Option<Intent>,
    /// Region and project are known, or left to the provider.
    pub(super) placed: bool,
    /// Every argument of the identity is known.
    pub(super) identity_known: bool,
    /// There is a configuration to ask.
    pub(super) configured: bool,
}

/// What a planned create is, by its call alone.
#[derive(Debug, PartialEq)]
pub(super) enum CreateKind {
    /// The second half of a replacement: its intent was settled in the first call.
    Replacement(Intent),
    /// What it means is not known before the apply.
    Undecided,
    /// New, or tainted: memory and records decide.
    NewOrTainted,
}

pub(super) fn kind_of_create(call: CreateCall) -> CreateKind {
    match call.stored {
        // Where the first call saw nothing to do, the user asked with `-replace`.
        Some(Intent::Stored) => CreateKind::Replacement(Intent::Replace { perhaps_same: false }),
        Some(intent) => CreateKind::Replacement(intent),
        None if call.placed && call.identity_known && call.configured => CreateKind::NewOrTainted,
        None => CreateKind::Undecided,
    }
}

/// What this process knows of earlier work of the planned identity.
#[derive(Default)]
pub(super) struct Remembered {
    /// An object that a delete half handed over, reserved for this create.
    pub(super) handed: Option<Arc<Object>>,
    /// Objects of the state that may be taken up.
    pub(super) seen: Vec<Arc<Object>>,
    /// Work that this process runs or ran.
    pub(super) running: Option<Running>,
}

/// What a planned create means, by what this process knows.
#[derive(Debug, PartialEq)]
pub(super) enum Earlier {
    /// This is an apply, and the plan has told of it.
    Handed(Arc<Object>),
    /// One object of the state, tainted.
    One(Arc<Object>),
    /// Several that are alike, or one that another create means already: who takes what is settled one by one.
    Several,
    /// Work of this process is shared.
    Shared(Box<Running>),
    /// Nothing is known: the service's records decide.
    Nothing,
}

/// What a delete half handed over in this process outranks what was merely seen. `claim` is true for the first create
/// that asks for an object: two creates alike mean the same restore, but never the same backup.
pub(super) fn earlier(remembered: Remembered, effect: Effect, claim: impl Fn(&Object) -> bool) -> Earlier {
    let Remembered { handed, mut seen, running } = remembered;
    if let Some(handed) = handed {
        return Earlier::Handed(handed);
    }
    match (seen.pop(), seen.is_empty()) {
        (Some(object), true) if effect.happens_once() || claim(&object) => return Earlier::One(object),
        (Some(_), _) => return Earlier::Several,
        (None, _) => {}
    }
    match running {
        Some(running) if effect.happens_once() => Earlier::Shared(Box::new(running)),
        _ => Earlier::Nothing,
    }
}

/// What the service's records say about a create of which this process knows nothing.
#[derive(Debug, PartialEq)]
pub(in crate::forms) enum OnRecord<'r> {
    /// The same work is running: it is joined.
    Twin(&'r Record),
    /// The same work ended well a short while ago, and no state is known to have it.
    EndedLately(&'r Record),
    /// Nothing that matters.
    Nothing,
}

/// `same` are the records of the same work that may be joined.
pub(in crate::forms) fn on_record<'r>(same: &[&'r Record], is_recent: impl Fn(&Record) -> bool) -> OnRecord<'r> {
    if let Some(twin) = same.iter().find(|record| is_running(record)) {
        return OnRecord::Twin(twin);
    }
    let ended = same.iter().filter(|record| record.progress == Progress::Succeeded && is_recent(record));
    ended.max_by_key(|record| record.created_at).map_or(OnRecord::Nothing, |record| OnRecord::EndedLately(record))
}

/// The newest one of the records of the same work, as a plan shows it. What failed may run again, what runs is joined unless
/// this walk knows it as another one (then it counts as if it had ended: it may have by the time of the second plan), and
/// what this very run has started is no news to it.
pub(super) fn previous<'r>(
    same: impl Iterator<Item = &'r Record>,
    is_known: impl Fn(&Record) -> bool,
    has_started: impl Fn(&Record) -> bool,
) -> Option<&'r Record> {
    let is_joined = |record: &Record| is_running(record) && !is_known(record);
    let counts = |record: &&Record| !matches!(record.progress, Progress::Failed(_)) && !is_joined(record);
    let counted = same.filter(counts).filter(|record| !has_started(record));
    counted.max_by(|one, other| (one.created_at, &one.operation).cmp(&(other.created_at, &other.operation)))
}

/// What a replacement that Terraform proposes comes to.
#[derive(Debug, PartialEq)]
pub(super) enum Replacement {
    /// Only what an import could not learn, or another spelling of the same: recorded in place.
    InPlace,
    /// It runs again; `perhaps_same` where nothing is known to differ yet.
    Again { perhaps_same: bool },
}

pub(super) fn replacement(only_learns: bool, means_the_same: bool, all_changes_unknown: bool) -> Replacement {
    match only_learns || means_the_same {
        true => Replacement::InPlace,
        false => Replacement::Again { perhaps_same: all_changes_unknown },
    }
}

/// What the create half of an apply does.
#[derive(Debug, PartialEq)]
pub(super) enum Create {
    /// Takes over work that has ended: no call, nothing can fail any more.
    Keep(Arc<Object>),
    /// Runs from where it stands.
    Run(From),
    /// The object that was planned for it went to another create.
    Gone(String),
}

/// `taken` is the earlier work that the intent asks for, if it was found.
pub(super) fn create(intent: Intent, taken: Option<&Arc<Object>>, effect: Effect) -> Create {
    let Intent::Resume { operation } = intent else { return Create::Run(From::Nothing) };
    match (taken, operation) {
        (Some(object), _) => match &object.pending {
            None => Create::Keep(Arc::clone(object)),
            Some(pending) => Create::Run(from(pending)),
        },
        (None, Some(operation)) if effect == Effect::Makes => Create::Gone(operation),
        // Found in the service's records by the plan, not in the state.
        (None, Some(operation)) => Create::Run(From::Twin(operation)),
        (None, None) => Create::Run(From::Nothing),
    }
}

/// From where pending work goes on.
pub(super) fn from(pending: &Pending) -> From {
    match pending {
        Pending::Started(operation) => From::Operation(operation.clone()),
        Pending::Unknown(attempt) => From::Attempt(attempt.clone()),
    }
}

/// What the delete half of an apply does.
#[derive(Debug, PartialEq)]
pub(super) enum Delete {
    /// Passes the object on to the create that follows; `surely` where that create is known to want it.
    HandOver { surely: bool },
    /// Lets go of it: whatever it made is deleted where the operation makes something. `replaced` where the create that
    /// follows must not take it up from an earlier look at the state.
    LetGo { replaced: bool },
}

pub(super) fn delete(intent: &Intent, operation: Option<&str>, may_be_taken_up: bool) -> Delete {
    let hand_over = match intent {
        Intent::Resume { operation: wanted } => {
            let fits = wanted.is_none() || operation.is_none() || wanted.as_deref() == operation;
            fits.then_some(true)
        }
        intent if intent.is_open() => Some(false),
        _ => None,
    };
    match hand_over.filter(|_| may_be_taken_up) {
        Some(surely) => Delete::HandOver { surely },
        // A plain destroy is left alone: the same work may go on under another address.
        None => Delete::LetGo { replaced: !matches!(intent, Intent::Destroy | Intent::Stored) },
    }
}

/// What a refresh has to look at.
#[derive(Debug, PartialEq)]
pub(super) enum Refresh {
    /// A finished restore is history: nothing can change it, so nothing is asked.
    History,
    /// What was made may have changed since.
    Product,
    /// Work that is not known to have ended.
    Running(String),
    /// A request of unknown outcome.
    Attempt(Attempt),
}

pub(super) fn refresh(pending: Option<Pending>, effect: Effect) -> Refresh {
    match (pending, effect) {
        (Some(Pending::Started(operation)), _) => Refresh::Running(operation),
        (Some(Pending::Unknown(attempt)), _) => Refresh::Attempt(attempt),
        (None, Effect::Overwrites) => Refresh::History,
        (None, Effect::Makes | Effect::Builds) => Refresh::Product,
    }
}

/// Whether a look at the record settles what was pending.
#[derive(Debug, PartialEq)]
pub(super) enum Settles {
    /// It goes on.
    No,
    /// Once the target is usable again.
    WithTarget,
    /// At once.
    Yes,
}

pub(super) fn settles(progress: &Progress, effect: Effect, awaited: bool) -> Settles {
    match progress {
        Progress::Running | Progress::Unrecognised => Settles::No,
        // A backup whose wait was asked for and broke off stays pending: a tainted one would else look like one to be made
        // anew, and be deleted.
        Progress::Succeeded if effect == Effect::Makes && awaited => Settles::No,
        Progress::Succeeded => Settles::WithTarget,
        Progress::Failed(_) | Progress::Spent => Settles::Yes,
    }
}

#[cfg(test)]
mod tests;
