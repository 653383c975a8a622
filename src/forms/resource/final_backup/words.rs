//! What a final backup tells its user: before a destroy, at its end, and when it keeps its target.

use std::time::Duration;

use engine::pending::Pending;
use tf::{Diagnostic, Value};

use super::Last;
use super::schema::SKIP;
use crate::forms::resource::object::pending;
use crate::forms::resource::schema::timeout;
use crate::forms::words::Voice;
use crate::operations::common;
use crate::operations::words::bytes;

/// The voice of the delete.
pub(super) fn voice(last: &Last, body: &Value, timeout: Duration, request: Option<String>) -> Voice {
    let (place, name) = (last.target(body), common::required(body, "name"));
    let id = common::text(body, "id").unwrap_or_default();
    Voice {
        noun: last.managed.noun(),
        limit: "timeouts.delete",
        timeout,
        request,
        keeps_attempt: "The state keeps an entry with status \"unknown\" and all that was seen; the next destroy looks again before \
                        it sends anything.",
        goes_on: format!(
            "The backup {id} goes on in the cloud; its ID is in the state. The next destroy follows it and makes no other one."
        ),
        after_failure: "The next destroy makes a new backup.".to_owned(),
        after_repair: "Its ID is in the state, and the next destroy looks again.",
        off_record: "The next destroy makes a new backup.".to_owned(),
        keeps_own: "is the one that counts",
        ways_out: Box::new(move |_| {
            format!(
                "Should the next destroy end in the same way: look into the backups of {place} for one with the name {name:?}. If it is there and \
                 complete, set skip = true, apply, and destroy."
            )
        }),
    }
}

impl Last {
    /// Of a destroy.
    pub(super) fn destroy_warning(&self, prior: &Value) -> Diagnostic {
        if common::flag(prior, SKIP) == Some(true) {
            return self.will_skip(prior);
        }
        let (target, name) = (self.target(prior), common::required(prior, "name"));
        let Last { protects, outlives, .. } = self;
        let begun = match pending(prior) {
            None => format!("A backup with the name {name:?} is made before {protects} is deleted"),
            Some(Pending::Started(operation)) => format!(
                "An earlier destroy has begun the backup {operation}. It is followed, and counts if it ended well less than a day ago; else a new \
                 one is made before {protects} is deleted"
            ),
            Some(Pending::Unknown(attempt)) => format!(
                "An earlier destroy asked for a backup with the name {name:?} at {}, and the answer was lost. It is looked for; a new one is \
                 made only if nothing was started, before {protects} is deleted",
                attempt.sent_at
            ),
        };
        let limit = tf::duration::display(timeout(prior, "delete", self.managed.operation.default_timeout()));
        Diagnostic::warning(
            format!("{target} is backed up before it may be deleted"),
            format!(
                "{begun}, which can take up to {limit} (timeouts.delete). {outlives} Should the backup fail, {protects} stays.\n\nThis protects \
                 only what Terraform deletes after this resource: what it refers to or names in depends_on."
            ),
        )
    }

    /// Of a replacement. Some cores do not keep what their plan says then.
    pub(super) fn replace_warning(&self, prior: &Value) -> Diagnostic {
        let mut warning = self.destroy_warning(prior);
        let skips = self.managed.handle.runtime().is_ok_and(|runtime| runtime.skips_deletes);
        if skips && common::flag(prior, SKIP) != Some(true) {
            warning.detail.push_str(
                "\n\nIf what is replaced with it has create_before_destroy, this block needs it, too: without it Terraform from 1.16 on \
                 leaves out this deletion, whatever the plan says, and no backup is made.",
            );
        }
        warning
    }

    fn will_skip(&self, prior: &Value) -> Diagnostic {
        Diagnostic::warning(
            format!("{} is deleted without a last backup", self.target(prior)),
            format!(
                "skip = true was applied. To have one, set skip = false and apply before the destroy.{}",
                begun(prior)
            ),
        )
    }

    /// Of a delete that made nothing, as it was told to.
    pub(super) fn skipped(&self, prior: &Value) -> Diagnostic {
        Diagnostic::warning(
            format!("No last backup of {} was made", self.target(prior)),
            format!("skip = true was applied before.{}", begun(prior)),
        )
    }

    /// The end: what there is now, and how to get at it.
    pub(super) fn made(&self, body: &Value) -> Diagnostic {
        let (id, kind) = (common::required(body, "id"), self.managed.operation.name());
        let target = self.target(body);
        let mut lines = vec![format!("  ID:    {id}"), format!("  Name:  {}", common::required(body, "name"))];
        if let Value::Number(size) = body.get("size") {
            lines.extend(size.as_i64().map(|size| format!("  Size:  {}", bytes(size))));
        }
        let begun = ["begin_time", "created_at"].into_iter().find_map(|name| common::text(body, name));
        lines.extend(begun.map(|time| format!("  Begun: {time}")));
        if let Some(backups) = common::pairs_of_map(body.get("backups")) {
            lines.extend(backups.iter().map(|(member, backup)| format!("  Of {member}: {backup}")));
        }
        Diagnostic::warning(
            format!("The last backup of {target} is {id}"),
            format!(
                "{}\n\n{} Nothing deletes it by itself. To keep it in Terraform, write a block {kind} and import it:\n\n  terraform import \
                 {kind}.NAME '{id}'",
                lines.join("\n"),
                self.outlives
            ),
        )
    }

    /// What an error of a delete means for the target.
    pub(super) fn keeps(&self) -> String {
        format!(
            "No backup, no destroy: {} stays as it is. Run the same command again once the cause is mended. To delete it without a last \
             backup, set skip = true, apply, and then destroy.",
            self.protects,
        )
    }

    /// An end that nobody has words for.
    pub(super) fn not_made(&self, body: &Value) -> Diagnostic {
        let status = common::text(body, "status").unwrap_or_default();
        Diagnostic::error(
            format!("The last backup of {} is not finished", self.target(body)),
            format!("Its status is {status:?}."),
        )
    }
}

/// What an earlier destroy has begun goes on: a sentence that begins with a space, or nothing.
fn begun(prior: &Value) -> String {
    match pending(prior) {
        Some(Pending::Started(operation)) => {
            format!(" The backup {operation}, which an earlier destroy has begun, goes on in the cloud.")
        }
        Some(Pending::Unknown(_)) => " An earlier destroy may have begun one; nobody looks for it now.".to_owned(),
        None => String::new(),
    }
}
