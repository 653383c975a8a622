//! What this process knows about work of earlier runs and of this one.
//!
//! Terraform taints whatever ended with an error and then plans it as if it never existed: the plan gets neither the
//! old state nor its private data. The one trace is that the state was read before (upgrade, refresh) in the same
//! process, and, during apply, that the delete half of the replacement comes with the old state. Both are kept here.
//!
//! Everything is found by what identifies it (kind and [`Identity`], or the service's id), never by looking through all:
//! a walk over thousands of objects asks here for each of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tf::Value;

use super::identity::Identity;
use super::pending::Pending;
use super::work::Results;

/// Objects seen, handed over and started in one walk. A new configuration begins a new memory.
#[derive(Default)]
pub struct Memory(Mutex<Kept>);

/// An object as its form keeps it, with what the engine asks about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What it is an operation of: `recovery_dcs_restore`.
    pub kind: &'static str,
    /// What it means.
    pub identity: Identity,
    /// What tells it from others of its kind: its id, or the text of an attempt that has none yet.
    pub key: String,
    /// The service's id of its work.
    pub operation: Option<String>,
    /// What is left to find out about it.
    pub pending: Option<Pending>,
    /// Whether a bad end is on record.
    pub failed: bool,
    /// Whether its end was to be waited for.
    pub awaited: bool,
    /// The object itself, for the form that keeps it.
    pub body: Value,
}

/// Work that this process started or took up, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// What it means.
    pub identity: Identity,
    /// Work with equal lanes runs one after the other.
    pub lane: String,
    /// Where it stands: the service's id, or an attempt.
    pub work: Pending,
    /// Whether it has ended.
    pub ended: bool,
    /// What was read or sent, by name.
    pub results: Results,
}

#[derive(Default)]
struct Kept {
    /// Objects that Terraform showed, by kind and key.
    seen: HashMap<(&'static str, String), Arc<Object>>,
    /// The keys of those objects, by kind and what has to be equal.
    seen_by_identity: HashMap<(&'static str, String), BTreeSet<String>>,
    /// Objects whose delete half passed them on to a create half to come.
    handed: HashMap<(&'static str, String), Vec<Handed>>,
    /// The keys of all objects that were ever passed on, by kind.
    passed_on: HashSet<(&'static str, String)>,
    /// Who speaks for the objects that Terraform showed, by kind and key.
    holders: HashMap<(&'static str, String), Holders>,
    /// What creates of this plan take for new, by kind and what has to be equal.
    planned: HashMap<(&'static str, String), Vec<Identity>>,
    /// What creates of this plan start, after a last look for an object of it, likewise.
    starting: HashMap<(&'static str, String), Vec<Identity>>,
    /// Work that a create of this plan means already, by kind and key.
    claimed: HashSet<(&'static str, String)>,
    /// Work of this process, by kind and what has to be equal.
    running: HashMap<(&'static str, String), Vec<Running>>,
    /// What known operations mean, by kind and the service's id.
    operations: HashMap<(&'static str, String), Known>,
    /// Ids of work that a replacement was asked for, by kind.
    replaced: HashMap<&'static str, BTreeSet<String>>,
    /// Ids of work that requests of this process have started, by kind.
    started: HashSet<(&'static str, String)>,
    /// Ids of work that this process runs on a lane.
    on_lane: HashMap<String, BTreeSet<String>>,
}

/// What is known about one id of a service.
struct Known {
    identity: Identity,
    /// Not known to have ended.
    pending: bool,
    /// A replacement was asked for: neither resumed nor joined.
    replaced: bool,
    /// This process started it or took it up.
    own: bool,
}

/// How many objects there are under one key, and how many calls of this plan spoke for them. Two blocks may share one
/// piece of work, so that one key may stand for several objects.
#[derive(Clone, Copy, Default)]
struct Holders {
    /// Objects of the state, as far as the core brought them to the current schema: perhaps more than once each.
    shown: u32,
    /// Objects of the state that were refreshed, once each; none where the core plans without.
    read: u32,
    /// Plans of objects that stay.
    kept: u32,
    /// Plans of creates that mean it: of tainted objects, or of new blocks.
    meant: u32,
}

impl Holders {
    fn add(&mut self, other: Holders) {
        self.shown += other.shown;
        self.read += other.read;
        self.kept += other.kept;
        self.meant += other.meant;
    }

    /// Whether more blocks speak for the work than there are objects, one of which stays as it is: Terraform will not show
    /// that one to the others during apply.
    fn are_too_many(self) -> bool {
        let objects = if self.read > 0 { self.read } else { self.shown };
        self.kept > 0 && self.meant > 0 && self.kept + self.meant > objects
    }
}

struct Handed {
    object: Arc<Object>,
    /// A create half was planned to take it.
    reserved: bool,
}

impl Memory {
    /// Keeps an object that Terraform showed, in place of an older look at it.
    pub fn see(&self, object: Object) {
        let mut kept = self.kept();
        kept.holders.entry((object.kind, object.key.clone())).or_default().shown += 1;
        kept.see(object);
    }

    /// Keeps a newer look at the object that had this key. An attempt that has an ID by now is no other object.
    pub fn see_again(&self, earlier: &str, object: Object) {
        let mut kept = self.kept();
        kept.forget(object.kind, earlier);
        let before = kept.holders.remove(&(object.kind, earlier.to_owned())).unwrap_or_default();
        let holders = kept.holders.entry((object.kind, object.key.clone())).or_default();
        holders.add(before);
        holders.read += 1;
        kept.see(object);
    }

    /// An object of the state stays what it is in this plan. True where a create of the plan means its work, too, and could
    /// not be shown it during apply, or was planned before the object was shown and would run it again.
    pub fn keep(&self, object: &Object) -> bool {
        let mut kept = self.kept();
        let runs_again = is_among(&kept.planned, object);
        let holders = kept.holders.entry((object.kind, object.key.clone())).or_default();
        holders.kept += 1;
        runs_again || holders.are_too_many()
    }

    /// A create of this plan knows of no work of this identity in the state; the service's records may have it running.
    pub fn plan_new(&self, kind: &'static str, planned: &Identity) {
        self.kept().planned.entry((kind, planned.key().to_owned())).or_default().push(planned.clone());
    }

    /// A create of this plan starts work of this identity, unless an object turns up at this very moment.
    pub fn plan_start(&self, kind: &'static str, planned: &Identity) {
        self.kept().starting.entry((kind, planned.key().to_owned())).or_default().push(planned.clone());
    }

    /// An object turned up: a create that was about to start this work takes it up instead.
    pub fn plan_no_start(&self, kind: &'static str, planned: &Identity) {
        if let Some(alike) = self.kept().starting.get_mut(&(kind, planned.key().to_owned()))
            && let Some(position) = alike.iter().position(|other| other == planned)
        {
            alike.swap_remove(position);
        }
    }

    /// A create of this plan means the work of this object. True where the object stays with another block, or where another
    /// create was planned before the object was shown and would run it again.
    pub fn mean(&self, object: &Object) -> bool {
        let mut kept = self.kept();
        let runs_again = is_among(&kept.starting, object);
        let holders = kept.holders.entry((object.kind, object.key.clone())).or_default();
        holders.meant += 1;
        runs_again || holders.are_too_many()
    }

    /// The objects that were shown and mean the same as what is planned.
    pub fn seen(&self, kind: &'static str, planned: &Identity) -> Vec<Arc<Object>> {
        let kept = self.kept();
        let keys = kept.seen_by_identity.get(&(kind, planned.key().to_owned()));
        let objects = keys.into_iter().flatten().filter_map(|key| kept.seen.get(&(kind, key.clone())));
        objects.filter(|object| object.identity.is_same_as(planned)).map(Arc::clone).collect()
    }

    /// The first object of a kind that was shown and fits. Looks through all of them: only for questions that no identity
    /// answers.
    pub fn find_seen(&self, kind: &'static str, fits: impl Fn(&Object) -> bool) -> Option<Arc<Object>> {
        let kept = self.kept();
        let mut found: Vec<&Arc<Object>> =
            kept.seen.values().filter(|object| object.kind == kind && fits(object)).collect();
        found.sort_by(|one, other| one.key.cmp(&other.key));
        found.first().map(|object| Arc::clone(object))
    }

    /// A replacement of this object was asked for: its work is neither resumed nor joined.
    pub fn replace(&self, object: &Object) {
        let mut kept = self.kept();
        kept.forget(object.kind, &object.key);
        if let Some(operation) = &object.operation {
            kept.know(object.kind, operation, &object.identity, object.pending.is_some()).replaced = true;
            kept.replaced.entry(object.kind).or_default().insert(operation.clone());
        }
    }

    /// Ids of all work of a kind that a replacement was asked for.
    pub fn replaced(&self, kind: &'static str) -> BTreeSet<String> {
        self.kept().replaced.get(kind).cloned().unwrap_or_default()
    }

    /// Whether a replacement of this work was asked for.
    pub fn is_replaced(&self, kind: &'static str, operation: &str) -> bool {
        self.kept().operations.get(&(kind, operation.to_owned())).is_some_and(|known| known.replaced)
    }

    /// Whether any object or work of this walk has this id of the service.
    pub fn is_known(&self, kind: &'static str, operation: &str) -> bool {
        self.kept().operations.contains_key(&(kind, operation.to_owned()))
    }

    /// Whether work that is not known to have ended must not be joined: a replacement of it was asked for, or it is known to
    /// mean something else than what is planned.
    pub fn must_not_join(&self, kind: &'static str, planned: &Identity, operation: &str) -> bool {
        self.kept()
            .operations
            .get(&(kind, operation.to_owned()))
            .is_some_and(|known| known.replaced || known.pending && !known.identity.is_same_as(planned))
    }

    /// Whether a record is of somebody else's work, ended or not. Equal identities mean the same work only where
    /// `shares`: two alike of the other kind are two.
    pub fn is_others(&self, kind: &'static str, planned: &Identity, shares: bool, operation: &str) -> bool {
        self.kept()
            .operations
            .get(&(kind, operation.to_owned()))
            .is_some_and(|known| known.replaced || !shares || !known.identity.is_same_as(planned))
    }

    /// Ids of the work that this process has started on a lane: a list of the service may not have them yet.
    pub fn started_on(&self, lane: &str) -> BTreeSet<String> {
        self.kept().on_lane.get(lane).cloned().unwrap_or_default()
    }

    /// A request of this process has started this work.
    pub(crate) fn note_started(&self, kind: &'static str, operation: &str) {
        self.kept().started.insert((kind, operation.to_owned()));
    }

    /// Whether a request of this process has started this work; what it only took up is another's.
    pub fn has_started(&self, kind: &'static str, operation: &str) -> bool {
        self.kept().started.contains(&(kind, operation.to_owned()))
    }

    /// Passes an object on to the create half to come.
    pub fn hand_over(&self, object: Object) {
        let key = (object.kind, object.identity.key().to_owned());
        let mut kept = self.kept();
        kept.passed_on.insert((object.kind, object.key.clone()));
        kept.handed.entry(key).or_default().push(Handed { object: Arc::new(object), reserved: false });
    }

    /// Whether a delete half has passed this object on, be it taken by now or not.
    pub fn is_passed_on(&self, object: &Object) -> bool {
        self.kept().passed_on.contains(&(object.kind, object.key.clone()))
    }

    /// Reserves one of the objects that were handed over, fit and are not to be replaced, for the create half that is being
    /// planned. `fits` must not ask this memory anything.
    pub fn reserve(
        &self,
        kind: &'static str,
        planned: &Identity,
        fits: impl Fn(&Object) -> bool,
    ) -> Option<Arc<Object>> {
        let mut kept = self.kept();
        let Kept { handed, operations, .. } = &mut *kept;
        let handed = handed.get_mut(&(kind, planned.key().to_owned()))?;
        let is_replaced = |object: &Object| {
            let operation = object.operation.as_ref();
            operation.is_some_and(|id| operations.get(&(kind, id.clone())).is_some_and(|known| known.replaced))
        };
        let free = |handed: &&mut Handed| {
            let object = &handed.object;
            !handed.reserved && object.identity.is_same_as(planned) && !is_replaced(object) && fits(object)
        };
        let handed = handed.iter_mut().find(free)?;
        handed.reserved = true;
        Some(Arc::clone(&handed.object))
    }

    /// Takes one handed-over object that fits: a reserved one before a free one.
    pub fn take_handed(
        &self,
        kind: &'static str,
        planned: &Identity,
        fits: impl Fn(&Object) -> bool,
    ) -> Option<Arc<Object>> {
        let mut kept = self.kept();
        let handed = kept.handed.get_mut(&(kind, planned.key().to_owned()))?;
        let position = |reserved: bool, handed: &[Handed]| {
            handed.iter().position(|one| {
                one.reserved == reserved && one.object.identity.is_same_as(planned) && fits(&one.object)
            })
        };
        let position = position(true, handed).or_else(|| position(false, handed))?;
        Some(handed.swap_remove(position).object)
    }

    /// True for the first who claims this object in a plan: two creates cannot both mean it.
    pub fn claim(&self, object: &Object) -> bool {
        self.kept().claimed.insert((object.kind, object.key.clone()))
    }

    /// Keeps work of this process, so that a second create of the same identity shares it.
    pub fn note_running(&self, kind: &'static str, running: Running) {
        let mut kept = self.kept();
        if let Some(operation) = running.work.operation() {
            kept.know(kind, operation, &running.identity, !running.ended).own = true;
            kept.on_lane.entry(running.lane.clone()).or_default().insert(operation.to_owned());
        }
        let alike = kept.running.entry((kind, running.identity.key().to_owned())).or_default();
        alike.retain(|other| !is_earlier_look(other, &running));
        alike.push(running);
    }

    /// The newest work of this process that means the same as what is planned.
    pub fn running(&self, kind: &'static str, planned: &Identity) -> Option<Running> {
        let kept = self.kept();
        let alike = kept.running.get(&(kind, planned.key().to_owned()))?;
        alike.iter().rev().find(|running| running.identity.is_same_as(planned)).cloned()
    }

    /// Whether this process runs, or ran, work under this id of the service.
    pub fn has_run(&self, kind: &'static str, operation: &str) -> bool {
        self.kept().operations.get(&(kind, operation.to_owned())).is_some_and(|known| known.own)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether one of these creates means the same as the object.
fn is_among(creates: &HashMap<(&'static str, String), Vec<Identity>>, object: &Object) -> bool {
    let alike = creates.get(&(object.kind, object.identity.key().to_owned()));
    alike.into_iter().flatten().any(|planned| object.identity.is_same_as(planned))
}

/// Whether an entry is an earlier look at the same work: the same id, or the attempt that has an id by now.
fn is_earlier_look(earlier: &Running, now: &Running) -> bool {
    match (&earlier.work, &now.work) {
        (Pending::Started(earlier), Pending::Started(now)) => earlier == now,
        (Pending::Unknown(attempt), Pending::Unknown(again)) => attempt.attempt == again.attempt,
        (Pending::Unknown(_), Pending::Started(_)) => {
            earlier.lane == now.lane && earlier.identity.is_same_as(&now.identity)
        }
        (Pending::Started(_), Pending::Unknown(_)) => false,
    }
}

impl Kept {
    fn see(&mut self, object: Object) {
        self.forget(object.kind, &object.key);
        if let Some(operation) = &object.operation {
            self.know(object.kind, operation, &object.identity, object.pending.is_some());
        }
        let by_identity = (object.kind, object.identity.key().to_owned());
        self.seen_by_identity.entry(by_identity).or_default().insert(object.key.clone());
        self.seen.insert((object.kind, object.key.clone()), Arc::new(object));
    }

    /// The entry of an id, brought up to date.
    fn know(&mut self, kind: &'static str, operation: &str, identity: &Identity, pending: bool) -> &mut Known {
        let known = self.operations.entry((kind, operation.to_owned())).or_insert_with(|| Known {
            identity: identity.clone(),
            pending,
            replaced: false,
            own: false,
        });
        known.identity = identity.clone();
        known.pending = pending;
        known
    }

    /// Drops what was seen under this key. Ids of work stay known: the work does not go away with the look at it.
    fn forget(&mut self, kind: &'static str, key: &str) {
        let Some(object) = self.seen.remove(&(kind, key.to_owned())) else { return };
        let by_identity = (kind, object.identity.key().to_owned());
        if let Some(keys) = self.seen_by_identity.get_mut(&by_identity) {
            keys.remove(key);
            if keys.is_empty() {
                self.seen_by_identity.remove(&by_identity);
            }
        }
    }
}

#[cfg(test)]
mod tests;
