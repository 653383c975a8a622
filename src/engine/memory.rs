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
    handed: Vec<(&'static str, Value)>,
    /// Work that this process started or took up, as far as it is known.
    running: Vec<(&'static str, Value)>,
    /// Ids of work that a replacement was asked for: never to be joined.
    replaced: BTreeSet<String>,
}

impl Memory {
    /// Keeps an object that Terraform showed, in place of an older look at it.
    pub fn see(&self, type_name: &'static str, body: &Value) {
        if let Some(key) = key(body) {
            self.kept().seen.insert((type_name, key), body.clone());
        }
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
        kept.replaced.extend(operation);
    }

    /// Ids of work that must not be joined.
    pub fn replaced(&self) -> BTreeSet<String> {
        self.kept().replaced.clone()
    }

    /// Passes an object on to the create half to come.
    pub fn hand_over(&self, type_name: &'static str, body: &Value) {
        self.kept().handed.push((type_name, body.clone()));
    }

    /// The objects that were handed over and fit.
    pub fn handed(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let kept = self.kept();
        kept.handed.iter().filter(|(name, body)| *name == type_name && fits(body)).map(|(_, body)| body.clone()).collect()
    }

    /// Takes one handed-over object that fits.
    pub fn take_handed(&self, type_name: &'static str, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut kept = self.kept();
        let position = kept.handed.iter().position(|(name, body)| *name == type_name && fits(body))?;
        Some(kept.handed.swap_remove(position).1)
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
        kept.running.iter().filter(|(name, body)| *name == type_name && fits(body)).map(|(_, body)| body.clone()).collect()
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
    fn what_is_replaced_is_forgotten_and_not_joined() {
        let memory = Memory::default();
        memory.see("t", &body("i/1", Some("1")));
        memory.replace("t", &body("i/1", Some("1")), Some("1".into()));
        assert!(memory.seen("t", |_| true).is_empty());
        assert!(memory.replaced().contains("1"));
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
}
