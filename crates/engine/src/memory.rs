//! What this process knows about work of earlier runs and of this one.
//!
//! Terraform taints whatever ended with an error and then plans it as if it never existed: the plan gets neither the
//! old state nor its private data. The one trace is that the state was read before (upgrade, refresh) in the same
//! process, and, during apply, that the delete half of the replacement comes with the old state. Both are kept here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tf::Value;

/// Objects seen, handed over and started in one walk. A new configuration begins a new memory.
#[derive(Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Objects that Terraform showed, by type and key.
    seen: BTreeMap<(&'static str, String), Value>,
    /// Objects whose delete half passed them on to a create half to come.
    handed: Vec<Handed>,
    /// Work that a create of this plan means already, by type and key.
    claimed: BTreeSet<(&'static str, String)>,
    /// Work that this process started or took up, as far as it is known.
    running: Vec<(&'static str, Value)>,
    /// Ids of work that a replacement was asked for, by type: never to be joined.
    replaced: BTreeSet<(&'static str, String)>,
}

struct Handed {
    type_name: &'static str,
    body: Value,
    /// A create half was planned to take it.
    reserved: bool,
}

impl Memory {
    /// Keeps an object that Terraform showed, in place of an older look at it.
    pub fn see(&self, type_name: &'static str, body: &Value) {
        if let Some(key) = key(body) {
            self.kept().seen.insert((type_name, key), body.clone());
        }
    }

    /// Keeps a newer look at an object. An attempt that has an ID by now is no other object: the older look goes.
    pub fn see_again(&self, type_name: &'static str, before: &Value, now: &Value) {
        if let Some(key) = key(before) {
            self.kept().seen.remove(&(type_name, key));
        }
        self.see(type_name, now);
    }

    /// The objects of a type that were shown and fit.
    pub fn seen(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let kept = self.kept();
        let of_type = kept.seen.iter().filter(|((name, _), _)| *name == type_name);
        of_type.map(|(_, body)| body).filter(|body| fits(body)).cloned().collect()
    }

    /// A replacement of this object, whose work has this id, was asked for: it is neither resumed nor joined.
    pub fn replace(&self, type_name: &'static str, body: &Value, operation: Option<String>) {
        let mut kept = self.kept();
        if let Some(key) = key(body) {
            kept.seen.remove(&(type_name, key));
        }
        kept.replaced.extend(operation.map(|operation| (type_name, operation)));
    }

    /// Ids of work that must not be joined.
    pub fn replaced(&self, type_name: &'static str) -> BTreeSet<String> {
        let kept = self.kept();
        kept.replaced.iter().filter(|(name, _)| *name == type_name).map(|(_, operation)| operation.clone()).collect()
    }

    /// Passes an object on to the create half to come.
    pub fn hand_over(&self, type_name: &'static str, body: &Value) {
        self.kept().handed.push(Handed { type_name, body: body.clone(), reserved: false });
    }

    /// Reserves one of the objects that were handed over and fit, for the create half that is being planned.
    pub fn reserve(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut kept = self.kept();
        let free = |handed: &&mut Handed| handed.type_name == type_name && !handed.reserved && fits(&handed.body);
        let handed = kept.handed.iter_mut().find(free)?;
        handed.reserved = true;
        Some(handed.body.clone())
    }

    /// Takes one handed-over object that fits: a reserved one before a free one.
    pub fn take_handed(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut kept = self.kept();
        let position = |reserved: bool, kept: &Kept| {
            kept.handed.iter().position(|one| one.type_name == type_name && one.reserved == reserved && fits(&one.body))
        };
        let position = position(true, &kept).or_else(|| position(false, &kept))?;
        Some(kept.handed.swap_remove(position).body)
    }

    /// True for the first who claims this object in a plan: two creates cannot both mean it.
    pub fn claim(&self, type_name: &'static str, body: &Value) -> bool {
        key(body).is_some_and(|key| self.kept().claimed.insert((type_name, key)))
    }

    /// Keeps work that this process runs, so that a second create of the same identity shares it.
    pub fn note_running(&self, type_name: &'static str, body: &Value) {
        let mut kept = self.kept();
        let known = key(body);
        kept.running.retain(|(name, other)| *name != type_name || key(other) != known);
        kept.running.push((type_name, body.clone()));
    }

    /// Work of this process that fits.
    pub fn running(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let kept = self.kept();
        kept.running
            .iter()
            .filter(|(name, body)| *name == type_name && fits(body))
            .map(|(_, body)| body.clone())
            .collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one object of a type from another: its id, or the mark of an attempt that has none yet.
fn key(body: &Value) -> Option<String> {
    body.get("id").as_str().or_else(|| body.get("pending_operation").as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(id: &str, pending: Option<&str>) -> Value {
        Value::object([("id", Value::from(id)), ("pending_operation", pending.map_or(Value::Null, Value::from))])
    }

    #[test]
    fn a_newer_look_replaces_the_older_one() {
        let memory = Memory::default();
        memory.see("t", &body("i/1", Some("1")));
        memory.see("t", &body("i/1", None));
        assert_eq!(memory.seen("t", |_| true), vec![body("i/1", None)]);
        assert!(memory.seen("u", |_| true).is_empty());
    }

    #[test]
    fn an_attempt_that_was_found_is_one_object_and_not_two() {
        let memory = Memory::default();
        let attempt = Value::object([("id", Value::Null), ("pending_operation", Value::from("unknown:{}"))]);
        memory.see("t", &attempt);
        memory.see_again("t", &attempt, &body("i/1", Some("1")));
        assert_eq!(memory.seen("t", |_| true), vec![body("i/1", Some("1"))]);
    }

    #[test]
    fn what_is_replaced_is_forgotten_and_not_joined() {
        let memory = Memory::default();
        memory.see("t", &body("i/1", Some("1")));
        memory.replace("t", &body("i/1", Some("1")), Some("1".into()));
        assert!(memory.seen("t", |_| true).is_empty());
        assert!(memory.replaced("t").contains("1"));
    }

    #[test]
    fn each_handed_over_object_is_taken_once() {
        let memory = Memory::default();
        memory.hand_over("t", &body("i/1", None));
        memory.hand_over("t", &body("i/2", None));
        let first = memory.take_handed("t", |_| true).unwrap();
        let second = memory.take_handed("t", |_| true).unwrap();
        assert_ne!(first, second);
        assert_eq!(memory.take_handed("t", |_| true), None);
    }

    #[test]
    fn what_is_reserved_is_not_offered_again_and_is_taken_first() {
        let memory = Memory::default();
        memory.hand_over("t", &body("i/1", None));
        memory.hand_over("t", &body("i/2", None));
        assert_eq!(memory.reserve("t", |known| known == &body("i/2", None)), Some(body("i/2", None)));
        assert_eq!(memory.reserve("t", |known| known == &body("i/2", None)), None);
        assert_eq!(memory.take_handed("t", |_| true), Some(body("i/2", None)));
    }

    #[test]
    fn an_object_is_claimed_once() {
        let memory = Memory::default();
        assert!(memory.claim("t", &body("i/1", None)));
        assert!(!memory.claim("t", &body("i/1", None)));
        assert!(memory.claim("t", &body("i/2", None)));
    }
}
