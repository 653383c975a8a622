//! The story of a configuration that is right: it plans, applies, has nothing left to do, and goes away. Told for people:
//! a line a step, what the plan is about once, and everything that Terraform says only of a step that fails.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::act::{self, Act, Step};
use super::core::{Ended, Output};
use super::{CHANGES, Problem, Stage, arguments, newer, pass_on, tell, told_of};

/// How often running operations are told on a terminal.
const PROGRESS: Duration = Duration::from_millis(500);

impl Stage {
    /// Plays it, and stops where it goes wrong.
    pub(super) async fn story(&self) -> Result<Act, Problem> {
        let plan = self.installation.folder().join("story.tfplan");
        let path = plan.display().to_string();
        let planned = self.step("plan", &["plan", "-input=false", &format!("-out={path}")]).await?;
        if !planned.ended.succeeded() {
            return Ok(Act::after(Step::Plan, planned.ended));
        }
        let (shown, warnings) = (self.plan_to_tell(&plan).await?, warnings(&planned.stdout));
        self.tell_of(shown.as_ref(), &warnings);
        // What was planned and nothing else.
        let applied = self.step("apply", &["apply", "-input=false", &path]).await?.ended;
        let mut act = Act {
            outputs: self.outputs().await,
            plans: shown.into_iter().collect(),
            warnings,
            ..Act::after(Step::Apply, applied)
        };
        if act.code == 0 {
            act = act.then(Step::SecondPlan, self.nothing_left_to_do().await?);
        }
        if act.code == 0 && newer::has_lists(self.shadow.directory()) {
            act = act.then(Step::Query, self.step("query", &["query"]).await?.ended);
        }
        if act.code == 0 {
            act.before_destroy = self.running.operations();
            act = act
                .then(Step::Destroy, self.step("destroy", &["destroy", "-input=false", "-auto-approve"]).await?.ended);
        }
        Ok(act)
    }

    async fn nothing_left_to_do(&self) -> Result<Ended, Problem> {
        let plan = self.installation.folder().join("second.tfplan");
        let out = format!("-out={}", plan.display());
        let again = self.step("plan again", &["plan", "-input=false", "-detailed-exitcode", &out]).await?;
        if again.ended.code != CHANGES {
            return Ok(again.ended);
        }
        let changes = self.shown(&plan).await?.map(|plan| act::changes(&plan));
        if changes.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Ended { code: 0 });
        }
        pass_on(&again)?;
        let what = changes.unwrap_or_default().join(", ");
        let told = "The second plan is not empty: every further apply of this configuration would change something";
        tell(self.channel, &format!("\n{told} ({what})."));
        Ok(again.ended)
    }

    /// What a plan would change and what there is to know about it.
    fn tell_of(&self, plan: Option<&Value>, warnings: &[String]) {
        if self.verbose {
            return;
        }
        let changes = plan.map(changes).unwrap_or_default().join("\n");
        let paragraphs = Some(&changes).filter(|text| !text.is_empty()).into_iter();
        for paragraph in paragraphs.chain(warnings) {
            tell(self.channel, &format!("\n{paragraph}"));
        }
        tell(self.channel, "");
    }

    /// The plan, for whoever wants it: who sees all that the core says sees it there.
    async fn plan_to_tell(&self, plan: &Path) -> Result<Option<Value>, Problem> {
        if self.verbose && !self.reports { Ok(None) } else { self.shown(plan).await }
    }

    /// A saved plan as JSON; none when the core cannot show it.
    pub(super) async fn shown(&self, plan: &Path) -> Result<Option<Value>, Problem> {
        let shown = self.core.capture(&["show".into(), "-json".into(), plan.as_os_str().to_owned()]).await?;
        Ok(serde_json::from_str(&shown.stdout).ok())
    }

    /// Runs a step and tells how it went: in one line if it went well, with all that was said otherwise.
    async fn step(&self, name: &str, words: &[&str]) -> Result<Output, Problem> {
        let start = Instant::now();
        let output = self.told_step(name, words).await?;
        let result = match output.ended.code {
            CHANGES => summary(&output.stdout),
            _ => told_of(output.ended, &summary(&output.stdout)),
        };
        self.note(name, &result, start.elapsed());
        Ok(output)
    }

    async fn told_step(&self, name: &str, words: &[&str]) -> Result<Output, Problem> {
        let arguments = arguments(words);
        let plain: Vec<OsString> = words.iter().copied().chain(["-no-color"]).map(OsString::from).collect();
        if self.verbose {
            self.heading(&arguments);
            // A report has the warnings of the plan, which are found where there are no colours.
            if self.reports && words.first() == Some(&"plan") {
                let output = self.core.capture(&plain).await?;
                pass_on(&output)?;
                return Ok(output);
            }
            let ended = self.core.stream(&arguments).await?;
            return Ok(Output { ended, stdout: String::new(), stderr: String::new() });
        }
        let start = Instant::now();
        let output = self.watched(name, &plain).await?;
        // Whether changes in a second plan matter is judged by whoever asked for it.
        if output.ended.succeeded() || output.ended.code == CHANGES {
            self.line(name, &summary(&output.stdout), start.elapsed());
        } else {
            self.heading(&arguments);
            pass_on(&output)?;
        }
        Ok(output)
    }

    /// One step, its result and how long it took.
    pub(super) fn line(&self, name: &str, result: &str, took: Duration) {
        tell(self.channel, &format!("{name:<12}{result} ({:.1} s)", took.as_secs_f64()));
    }

    /// Runs the core quietly; on a terminal, running operations are told meanwhile.
    async fn watched(&self, name: &str, arguments: &[OsString]) -> Result<Output, Problem> {
        let run = self.core.capture(arguments);
        tokio::pin!(run);
        let is_terminal = io::stdout().is_terminal();
        loop {
            tokio::select! {
                output = &mut run => {
                    if is_terminal {
                        overwrite("");
                    }
                    return output;
                }
                () = tokio::time::sleep(PROGRESS), if is_terminal => overwrite(&self.progress(name)),
            }
        }
    }

    fn progress(&self, name: &str) -> String {
        let operations = self.running.operations();
        let running = operations.iter().map(|entry| &entry.operation).filter(|operation| operation.ended.is_none());
        let running: Vec<String> =
            running.map(|operation| format!("{} {}", operation.service, operation.kind)).collect();
        match running.as_slice() {
            [] => format!("{name:<12}..."),
            [one] => format!("{name:<12}{one} is running"),
            [one, more @ ..] => format!("{name:<12}{one} and {} more are running", more.len()),
        }
    }
}

/// Shows a text in the line of the terminal in place of what stood there.
fn overwrite(text: &str) {
    let _ = write!(io::stdout().lock(), "\r\u{1b}[K{text}").and_then(|()| io::stdout().flush());
}

/// The line in which a core says what came of it.
fn summary(stdout: &str) -> String {
    let says_it = |line: &&str| {
        ["Plan: ", "No changes.", "Apply complete!", "Destroy complete!"].iter().any(|start| line.starts_with(start))
    };
    // A destroy plans first.
    let said = stdout.lines().rev().find(says_it).map(str::to_owned);
    // A query says one line of each thing that it has found.
    let listed = stdout.lines().filter(|line| line.starts_with("list.")).count();
    said.unwrap_or_else(|| if listed > 0 { format!("{listed} listed") } else { "done".to_owned() })
}

/// The changes of a plan, one a line.
fn changes(plan: &Value) -> Vec<String> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten().filter_map(change);
    changes.map(|(what, address)| format!("  {what:<8} {address}")).collect()
}

/// One change of a plan: what is done, and to which address. None for what stays as it is.
pub(super) fn change(change: &Value) -> Option<(&'static str, &str)> {
    let actions: Vec<&str> = change.pointer("/change/actions")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let what = match actions.as_slice() {
        ["no-op"] => return None,
        ["create"] => "create",
        ["read"] => "read",
        ["update"] => "update",
        ["delete"] => "destroy",
        _ => "replace",
    };
    Some((what, change["address"].as_str()?))
}

/// The warnings in what a core says without colours, each once, without the lines of the configuration that it is about.
fn warnings(stdout: &str) -> Vec<String> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in stdout.lines() {
        if line.starts_with("Warning: ") {
            blocks.push(Vec::new());
            inside = true;
        } else if line.starts_with("Error: ") || line.starts_with('─') {
            inside = false;
        }
        if let Some(block) = blocks.last_mut().filter(|_| inside) {
            block.push(line);
        }
    }
    let mut told: Vec<String> = Vec::new();
    for block in blocks {
        let text = block.join("\n");
        let is_place = |paragraph: &&str| paragraph.starts_with("  with ") || paragraph.starts_with("  on ");
        let text = text.split("\n\n").filter(|paragraph| !is_place(paragraph)).collect::<Vec<_>>().join("\n\n");
        let text = text.trim_end().to_owned();
        if !told.contains(&text) {
            told.push(text);
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SAID: &str = "\
Terraform will perform the following actions:

  # recovery_dcs_restore.r will be created
Plan: 1 to add, 0 to change, 0 to destroy.

Warning: This is a rehearsal

  with provider[\"registry.terraform.io/cloud-recovery/recovery\"],
  on main.tf line 7, in provider \"recovery\":
   7: provider \"recovery\" {}

Everything goes to http://127.0.0.1.

Warning: This is a rehearsal

Everything goes to http://127.0.0.1.

Warning: DCS instance x will be overwritten

Everything written to it after now is lost.

  Target: x

─────────────────────────────────────────

Saved the plan to: x
";

    #[test]
    fn warnings_are_told_once_each_without_their_places() {
        let expected = [
            "Warning: This is a rehearsal\n\nEverything goes to http://127.0.0.1.",
            "Warning: DCS instance x will be overwritten\n\nEverything written to it after now is lost.\n\n  Target: x",
        ];
        assert_eq!(warnings(SAID), expected);
        assert!(warnings("").is_empty());
    }

    #[test]
    fn a_step_is_summed_up_in_the_words_of_the_core() {
        assert_eq!(summary(SAID), "Plan: 1 to add, 0 to change, 0 to destroy.");
        let destroyed = "Plan: 0 to add, 0 to change, 6 to destroy.\nx\nDestroy complete! Resources: 6 destroyed.\n";
        assert_eq!(summary(destroyed), "Destroy complete! Resources: 6 destroyed.");
        assert_eq!(summary("list.recovery_dcs_backup.all   instance_id=i,backup_id=b   b (succeed)\n\n"), "1 listed");
        assert_eq!(summary("You can apply this plan to save these new output values\n"), "done");
    }

    #[test]
    fn changes_are_told_one_a_line() {
        let change = |actions: Value| json!({"address": "a.b", "change": {"actions": actions}});
        let plan = json!({"resource_changes": [
            change(json!(["create"])), change(json!(["no-op"])), change(json!(["delete", "create"])), change(json!(["read"])),
        ]});
        assert_eq!(changes(&plan), ["  create   a.b", "  replace  a.b", "  read     a.b"]);
        assert!(changes(&json!(null)).is_empty());
    }
}
