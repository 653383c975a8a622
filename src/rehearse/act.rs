//! How a rehearsal went, and the one line that says so at its end.

use rehearsal::TimelineEntry;
use serde_json::{Map, Value};

use super::core::Ended;

/// How the play went.
#[derive(Default)]
pub(super) struct Act {
    /// The exit code of the step that failed, or 0.
    pub(super) code: u8,
    /// The last step that was run.
    pub(super) step: Step,
    /// The configuration's outputs, if there are any.
    pub(super) outputs: Option<Map<String, Value>>,
    /// The operations before everything was destroyed again.
    pub(super) before_destroy: Vec<TimelineEntry>,
    /// What was planned (`terraform show -json`), as far as the core could show it.
    pub(super) plans: Vec<Value>,
    /// The warnings of the plan.
    pub(super) warnings: Vec<String>,
    /// The state that a command of the user's has left, where a report needs it.
    pub(super) state: Option<Value>,
}

/// What a rehearsal runs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Step {
    #[default]
    Init,
    Plan,
    Apply,
    /// The plan that must be empty.
    SecondPlan,
    /// What is listed, where the configuration lists something.
    Query,
    Destroy,
    /// The user's own command.
    Command,
}

impl Act {
    /// It came as far as to this step, which ended like this.
    pub(super) fn after(step: Step, ended: Ended) -> Act {
        Act { code: ended.code, step, ..Act::default() }
    }

    /// A further step ended like this.
    pub(super) fn then(self, step: Step, ended: Ended) -> Act {
        Act { code: ended.code, step, ..self }
    }

    /// Operations with the words that their services had for them before the destroy, of which the cloud says only that
    /// they are deleted.
    pub(super) fn as_they_were(&self, mut operations: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
        for entry in &mut operations {
            let number = entry.request.number;
            if let Some(before) = self.before_destroy.iter().find(|before| before.request.number == number) {
                entry.clone_from(before);
            }
        }
        operations
    }

    /// The line that says how it went.
    pub(super) fn verdict(&self, interrupted: bool) -> String {
        let step = match self.step {
            Step::Init => "init",
            Step::Plan => "plan",
            Step::Apply => "apply",
            Step::SecondPlan => "the second plan",
            Step::Query => "query",
            Step::Destroy => "destroy",
            Step::Command => "the command",
        };
        match (self.code, self.step) {
            (0, Step::Command) => "Verdict: passed. The command ended well.".to_owned(),
            (0, _) => "Verdict: passed. It plans, applies, has nothing left to do then, and is destroyed.".to_owned(),
            _ if interrupted => format!("Verdict: interrupted in {step}."),
            (super::CHANGES, Step::SecondPlan) => "Verdict: failed. The second plan is not empty.".to_owned(),
            (code, _) => format!("Verdict: failed in {step} (exit code {code})."),
        }
    }
}

/// The line where there was nothing to rehearse, or no way to go on.
pub(super) const NO_ACT: &str = "Verdict: failed, for the reason above.";

/// Addresses of what a plan (`terraform show -json`) would change, outputs included. Data sources that are read anew
/// change nothing: one in a `check` block is read by every apply, so that the core never calls such a plan empty.
pub(super) fn changes(plan: &Value) -> Vec<String> {
    let changes = |change: &Value| {
        let actions = change["actions"].as_array();
        actions.is_none_or(|actions| actions.iter().any(|action| action != "no-op" && action != "read"))
    };
    let resources = plan["resource_changes"].as_array().into_iter().flatten();
    let resources = resources.filter(|resource| changes(&resource["change"]));
    let outputs = plan["output_changes"].as_object().into_iter().flatten().filter(|(_, change)| changes(change));
    let named = resources.map(|resource| resource["address"].as_str().unwrap_or("a resource").to_owned());
    named.chain(outputs.map(|(name, _)| format!("output.{name}"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_verdict_names_the_step() {
        let act = |step, code| Act::after(step, Ended { code });
        for (act, interrupted, said) in [
            (act(Step::Destroy, 0), false, "passed. It plans"),
            (act(Step::Command, 0), false, "passed. The command"),
            (act(Step::Init, 1), false, "failed in init (exit code 1)"),
            (act(Step::SecondPlan, 2), false, "failed. The second plan is not empty"),
            (act(Step::SecondPlan, 1), false, "failed in the second plan (exit code 1)"),
            (act(Step::Command, 7), false, "failed in the command (exit code 7)"),
            (act(Step::Apply, 1), true, "interrupted in apply"),
        ] {
            let verdict = act.verdict(interrupted);
            assert!(verdict.starts_with(&format!("Verdict: {said}")), "{verdict}");
        }
    }

    #[test]
    fn only_what_changes_something_counts() {
        let resource =
            |actions: Value| json!({"resource_changes": [{"address": "a.b", "change": {"actions": actions}}]});
        for (plan, expected) in [
            (resource(json!(["no-op"])), vec![]),
            (resource(json!(["read"])), vec![]),
            (resource(json!(["update"])), vec!["a.b"]),
            (resource(json!(["delete", "create"])), vec!["a.b"]),
            (resource(json!(["forget"])), vec!["a.b"]),
            (resource(json!(null)), vec!["a.b"]),
            (json!({"output_changes": {"o": {"actions": ["update"]}, "p": {"actions": ["no-op"]}}}), vec!["output.o"]),
            (json!({}), vec![]),
        ] {
            assert_eq!(changes(&plan), expected, "{plan}");
        }
    }
}
