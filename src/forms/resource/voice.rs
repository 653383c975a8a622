//! What a resource has to say besides how its run ended: what the state keeps, and what the next apply does.

use std::time::Duration;

use engine::work::Effect;
use tf::Value;

use super::Managed;
use crate::forms::words::Voice;

/// When a resource speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A create: the core taints what ends with an error.
    Create,
    /// An update that follows: nothing is tainted.
    Update,
    /// A refresh.
    Refresh,
}

/// Makes the voice for the end of a run, of the body and the request that started the work.
pub(super) type Speaker<'a> = dyn Fn(&Value, Option<String>) -> Voice + Send + Sync + 'a;

impl Managed {
    /// The voice of whatever body at this moment.
    pub(super) fn speaker(
        &self,
        timeout: Duration,
        moment: Moment,
    ) -> impl Fn(&Value, Option<String>) -> Voice + Send + Sync {
        move |body, request| self.voice(body, timeout, moment, request)
    }

    /// The voice of a body at this moment.
    pub(super) fn voice(&self, body: &Value, timeout: Duration, moment: Moment, request: Option<String>) -> Voice {
        let noun = self.noun();
        let id = body.get("id").as_str().map(str::to_owned);
        let (kind, parts, body) = (self.operation.name(), self.operation.id(), body.clone());
        Voice {
            noun,
            limit: if moment == Moment::Create { "timeouts.create" } else { "timeouts.update" },
            timeout,
            request,
            keeps_attempt: "The state keeps an entry with status \"unknown\" and all that was seen; the next apply looks again before \
                            it sends anything.",
            goes_on: goes_on(self.operation.effect(), kind, id.as_deref().unwrap_or("(no ID yet)"), moment),
            after_failure: format!(
                "The record of the failure stays in the state. {}",
                match moment {
                    Moment::Create => format!("The next apply starts a new {noun}."),
                    Moment::Update | Moment::Refresh => {
                        format!("No new {noun} is started by itself: change `triggers` for that.")
                    }
                }
            ),
            after_repair: "The ID is in the state. Once the target is repaired, the next apply looks again and does not run it a \
                           second time.",
            off_record: format!(
                "Its ID is in the state, and the next apply looks again without running it a second time. If it will not come \
                 back: `terraform state rm` forgets it, and a change of `triggers` runs a new {noun}."
            ),
            keeps_own: "is kept here",
            ways_out: Box::new(move |candidates| {
                let ids: Vec<String> = candidates.iter().map(|operation| parts.id(&body, operation)).collect();
                ways_out(noun, kind, &parts.form(), &ids)
            }),
        }
    }
}

fn goes_on(effect: Effect, kind: &str, id: &str, moment: Moment) -> String {
    let noun = effect.noun();
    let goes_on = format!(
        "The {noun} {id} goes on in the cloud; its ID is in the state. The next apply follows it and does not run it again."
    );
    let tainted = "Terraform may mark the resource as tainted for this error.";
    match (moment, effect) {
        (Moment::Create, Effect::Overwrites | Effect::Builds) => format!(
            "{goes_on}\n\n{tainted} Where create_before_destroy or prevent_destroy is set, run `terraform untaint` on it before the next \
             apply. Where Terraform refuses that, because it is in the middle of a replacement, take the ID into the state \
             anew:\n\n  terraform state rm {kind}.NAME\n  terraform import {kind}.NAME '{id}'"
        ),
        (Moment::Create, Effect::Makes) => format!(
            "{goes_on}\n\n{tainted} Where prevent_destroy is set, run `terraform untaint` on it before the next apply. Under \
             create_before_destroy the next apply makes a new {noun} once this one has ended, and deletes this one."
        ),
        (Moment::Update | Moment::Refresh, _) => goes_on,
    }
}

/// The ways out of an attempt of which nobody can tell what became. `ids` are import ids that may be its own.
fn ways_out(noun: &str, kind: &str, form: &str, ids: &[String]) -> String {
    let address = format!("{kind}.NAME");
    let import = match ids {
        [] => vec![format!("  terraform import {address} '{form}'")],
        ids => ids.iter().map(|id| format!("  terraform import {address} '{id}'")).collect(),
    };
    format!(
        "Should the next apply end in the same way, there are three ways out; `terraform state list` shows the address to put in place of \
         {address}.\n\nIt did run: take its record into the state.\n\n  terraform state rm {address}\n{}\n\nIt did not run, and shall: forget the \
         attempt; the next apply starts a new {noun}.\n\n  terraform state rm {address}\n\nIt shall run whatever became of the attempt: change \
         `triggers`.",
        import.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_out_are_lines_to_copy() {
        let text = ways_out(
            "restore",
            "recovery_dcs_restore",
            "<instance_id>/<restore_id>",
            &["i/r-1".into(), "i/r-2".into()],
        );
        for line in [
            "  terraform state rm recovery_dcs_restore.NAME",
            "  terraform import recovery_dcs_restore.NAME 'i/r-1'",
            "  terraform import recovery_dcs_restore.NAME 'i/r-2'",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        let without = ways_out("restore", "recovery_dcs_restore", "<instance_id>/<restore_id>", &[]);
        assert!(without.contains("terraform import recovery_dcs_restore.NAME '<instance_id>/<restore_id>'"));
    }

    #[test]
    fn an_update_says_nothing_of_taints_and_of_the_time_of_a_create() {
        let said = |effect, moment| goes_on(effect, "recovery_dcs_restore", "i/r", moment);
        for effect in [Effect::Overwrites, Effect::Makes] {
            assert!(said(effect, Moment::Create).contains("tainted"));
            assert!(!said(effect, Moment::Update).contains("taint"));
        }
        // Terraform refuses an untaint in the middle of a replacement, and a backup needs none.
        assert!(
            said(Effect::Overwrites, Moment::Create).contains("  terraform import recovery_dcs_restore.NAME 'i/r'")
        );
        assert!(said(Effect::Makes, Moment::Create).contains("makes a new backup"));
    }
}
