//! Which earlier work a create may take up instead of starting new work.

use std::collections::BTreeSet;

use tf::Value;

use super::{Managed, identity};
use crate::operations::common;
use crate::runtime::Runtime;
use engine::mark::Mark;
use engine::start::Join;

/// Earlier work that a planned create means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Earlier {
    /// None is known to this process.
    None,
    /// Exactly one, seen in the state.
    One(Box<Value>),
    /// Exactly one, handed over by its delete half: this is an apply, and the plan has told of it.
    Handed(Box<Value>),
    /// Several that are all alike, or one that another create means already: who takes what is settled one by one.
    Several,
}

impl Managed {
    /// Whether an object of the state is worth taking up: a restore unless it failed; a backup only while its wait was
    /// asked for and did not end, because a finished one of a broken run is made anew.
    pub(super) fn may_be_taken_up(&self, body: &Value) -> bool {
        let pending = !body.get("pending_operation").is_null();
        if self.operation.effect().overwrites() {
            pending || (!self.is_failed(body) && body.get("id").as_str().is_some())
        } else {
            // An attempt of unknown outcome is looked for, whether or not anybody wanted to wait for its end.
            let unknown = matches!(Self::mark(body), Some(Mark::Unknown(_)));
            pending && (unknown || common::flag(body, "wait").unwrap_or(true))
        }
    }

    pub(super) fn means_the_same(&self, known: &Value, planned: &Value) -> bool {
        identity::same(&self.schema, self.operation.pairs(), known, planned)
    }

    /// What is known about earlier work of the same identity. What a delete half handed over in this process outranks
    /// what was merely seen.
    pub(super) fn earlier(&self, runtime: &Runtime, planned: &Value) -> Earlier {
        let memory = &runtime.engine.memory;
        let replaced = memory.replaced(self.type_name());
        let fits = |known: &Value| {
            self.may_be_taken_up(known)
                && self.means_the_same(known, planned)
                && self.operation(known).is_none_or(|operation| !replaced.contains(&operation))
        };
        if let Some(handed) = memory.reserve(self.type_name(), fits) {
            return Earlier::Handed(Box::new(handed));
        }
        let mut seen = memory.seen(self.type_name(), fits);
        match (seen.pop(), seen.is_empty()) {
            (None, _) => Earlier::None,
            // Two creates alike mean the same restore, but never the same backup.
            (Some(body), true) if self.operation.effect().overwrites() || memory.claim(self.type_name(), &body) => {
                Earlier::One(Box::new(body))
            }
            _ => Earlier::Several,
        }
    }

    /// Earlier work that a create with unknown arguments could turn out to mean.
    pub(super) fn perhaps_earlier(&self, runtime: &Runtime, planned: &Value) -> Option<Value> {
        let fits = |known: &Value| self.may_be_taken_up(known) && identity::may_be_same(&self.schema, known, planned);
        runtime.engine.memory.seen(self.type_name(), fits).into_iter().next()
    }

    /// The service's id of a body's work.
    pub(super) fn operation(&self, body: &Value) -> Option<String> {
        common::text(body, self.operation.id().operation)
    }

    /// Earlier work of the same identity that is on record as failed, for the message that new work starts.
    pub(super) fn earlier_failure(&self, runtime: &Runtime, planned: &Value) -> Option<Value> {
        let fits = |known: &Value| self.is_failed(known) && self.means_the_same(known, planned);
        runtime.engine.memory.seen(self.type_name(), fits).into_iter().next()
    }

    /// Work that must not be joined: it is to be replaced, or it runs under another identity that this process knows.
    pub(super) fn join_rules(&self, runtime: &Runtime, planned: &Value) -> Join {
        let memory = &runtime.engine.memory;
        let other = |known: &Value| Self::mark(known).is_some() && !self.means_the_same(known, planned);
        let mut never: BTreeSet<String> = memory.replaced(self.type_name());
        let others = memory.seen(self.type_name(), other).into_iter().chain(memory.running(self.type_name(), other));
        never.extend(others.filter_map(|body| match Self::mark(&body) {
            Some(Mark::Started(operation)) => Some(operation),
            _ => None,
        }));
        Join { never, known: self.others_operations(runtime, planned) }
    }

    /// Ids of work that is not the planned one. Equal arguments mean the same restore, but never the same backup.
    pub(super) fn others_operations(&self, runtime: &Runtime, planned: &Value) -> BTreeSet<String> {
        let memory = &runtime.engine.memory;
        let other = |known: &Value| !self.operation.effect().overwrites() || !self.means_the_same(known, planned);
        let mut known = memory.replaced(self.type_name());
        let bodies = memory.seen(self.type_name(), other).into_iter().chain(memory.running(self.type_name(), other));
        known.extend(bodies.filter_map(|body| self.operation(&body)));
        known
    }

    /// Ids of work that the state has, or had until a replacement was asked for.
    pub(super) fn known_operations(&self, runtime: &Runtime) -> BTreeSet<String> {
        let memory = &runtime.engine.memory;
        let mut known = memory.replaced(self.type_name());
        let seen = memory.seen(self.type_name(), |_| true);
        known.extend(seen.iter().filter_map(|body| self.operation(body)));
        known
    }
}
