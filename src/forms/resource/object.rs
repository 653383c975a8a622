//! The body of a resource, as the engine's memory keeps it.

use engine::identity::Identity;
use engine::memory::Object;
use engine::pending::Pending;
use engine::work::{Effect, Progress, Record};
use tf::Value;

use super::{Managed, decide};
use crate::forms::identity;
use crate::operations::common;

impl Managed {
    /// What a body means.
    pub(in crate::forms) fn identity(&self, body: &Value) -> Identity {
        identity::of(&self.schema, self.operation.pairs(), body)
    }

    /// A body with what the engine asks about it; `None` where nothing tells it from others yet. Whatever nobody takes up nor
    /// tells of again is known by its identity alone: a large state has thousands of backups that ended well.
    pub(super) fn object(&self, body: &Value) -> Option<Object> {
        let key = common::text(body, "id").or_else(|| common::text(body, "pending_operation"))?;
        let mut object = Object {
            kind: self.operation.name(),
            identity: self.identity(body),
            key,
            operation: self.operation_of(body),
            pending: pending(body),
            failed: self.is_failed(body),
            awaited: is_awaited(body),
            body: Value::Null,
        };
        if object.failed || decide::may_be_taken_up(&object, self.operation.effect()) {
            object.body = body.clone();
        }
        Some(object)
    }

    /// The service's id of a body's work.
    pub(super) fn operation_of(&self, body: &Value) -> Option<String> {
        common::text(body, self.operation.id().operation)
    }

    /// Whether a body records a bad end.
    pub(super) fn is_failed(&self, body: &Value) -> bool {
        let status = body.get("status").as_str().unwrap_or_default();
        body.get("pending_operation").is_null() && matches!(self.operation.verdict(status), Progress::Failed(_))
    }

    /// Whether a body records that what was made is not there any more.
    pub(super) fn is_spent(&self, body: &Value) -> bool {
        let status = body.get("status").as_str().unwrap_or_default();
        self.operation.verdict(status) == Progress::Spent
    }

    /// Whether a replacement leaves what this object has made where it is. What is deleted with it may be gone before the
    /// second plan looks, or after: under `create_before_destroy`, of which no plan is told.
    pub(super) fn leaves(&self, prior: &Value) -> bool {
        self.operation.effect() == Effect::Builds && self.operation.stays(prior).is_some()
    }

    /// Computed values of earlier work, wherever the plan left them open.
    pub(super) fn fill_from(&self, earlier: &Value, body: &mut Value) {
        for attribute in &self.schema.block.attributes {
            if body.get(attribute.name).is_unknown() {
                body.set(attribute.name, earlier.get(attribute.name).clone());
            }
        }
    }
}

/// What is left to find out about a body's work.
pub(super) fn pending(body: &Value) -> Option<Pending> {
    body.get("pending_operation").as_str().map(Pending::parse)
}

pub(super) fn set_pending(body: &mut Value, pending: Option<&Pending>) {
    body.set("pending_operation", pending.map_or(Value::Null, |pending| Value::from(pending.to_text())));
}

/// Whether the end of a body's work is waited for.
pub(super) fn is_awaited(body: &Value) -> bool {
    common::flag(body, "wait").unwrap_or(true)
}

/// What a record tells, in the state. What it leaves out stays as it was known.
pub(super) fn take_record(body: &mut Value, record: &Record) {
    for (name, value) in &record.results {
        let known = body.get(name);
        if !value.is_null() || known.is_unknown() || known.is_null() {
            body.set(name, value.clone());
        }
    }
    let known = body.get("status").as_str().is_some_and(|status| !status.is_empty());
    if !record.status.is_empty() || !known {
        body.set("status", Value::from(record.status.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_leaves_things_out_takes_nothing_away() {
        let mut body = Value::object([("status", Value::from("restoring")), ("progress", Value::from(40))]);
        let record = |status: &str, progress: Value| Record {
            status: status.into(),
            results: engine::work::Results::from([("progress", progress), ("updated_at", Value::Null)]),
            ..Record::default()
        };
        take_record(&mut body, &record("", Value::Null));
        assert_eq!((body.get("status"), body.get("progress")), (&Value::from("restoring"), &Value::from(40)));
        assert_eq!(body.get("updated_at"), &Value::Null);
        take_record(&mut body, &record("succeed", Value::from(100)));
        assert_eq!((body.get("status"), body.get("progress")), (&Value::from("succeed"), &Value::from(100)));
    }
}
