//! Rehearsals of what only newer cores know: run where the core has it, and named where it has not.

use std::fs;

use crate::rehearse::{bare, rehearse};
use crate::support::{Core, EPHEMERAL, INSTANCE, Outcome};

/// An instance and a backup that the world does not have.
const ELSEWHERE: &str = "0b000000-0000-4000-8000-000000000001";
const BACKUP_THERE: &str = "0b000000-0000-4000-8000-000000000002";

fn action(trigger: &str) -> String {
    format!(
        "provider \"recovery\" {{}}\n
action \"recovery_dcs_restore\" \"r\" {{
  config {{
    instance_id = \"{ELSEWHERE}\"
    backup_id   = \"{BACKUP_THERE}\"
  }}
}}

resource \"terraform_data\" \"t\" {{
{trigger}}}
"
    )
}

const TRIGGER: &str = "  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.recovery_dcs_restore.r]
    }
  }
";

fn has_actions(core: &Core) -> bool {
    !core.is_opentofu && core.version >= (1, 14)
}

/// The core lacks it: which one has it is said, and nothing is run.
fn names_a_core(outcome: Outcome, place: &str) {
    let outcome = outcome.failure().says(place).says("needs Terraform 1.14 or later").says("RECOVERY_TERRAFORM=");
    assert!(outcome.has("Nothing was run") && !outcome.has("Unsupported block type"), "{outcome}");
}

#[test]
fn an_action_is_rehearsed_or_the_core_that_it_needs_is_named() {
    let Some(story) = bare(&action(TRIGGER)) else { return };
    let folder = story.directory().display().to_string();
    let outcome = rehearse(&story, &[&folder]);
    if !has_actions(story.core) {
        return names_a_core(outcome, "main.tf:8 has an action");
    }
    let outcome = outcome.success().says("1 to invoke").says("Verdict: passed").says("will be overwritten");
    assert!(outcome.has(ELSEWHERE) && outcome.has("restore"), "{outcome}");
}

#[test]
fn an_action_is_invoked_by_the_users_own_command() {
    let Some(story) = bare(&action("")) else { return };
    let folder = story.directory().display().to_string();
    let core = story.core.program.display().to_string();
    let invoke = "-invoke=action.recovery_dcs_restore.r";
    let outcome = rehearse(&story, &[&folder, "--", &core, "apply", "-auto-approve", "-no-color", invoke]);
    if !has_actions(story.core) {
        return names_a_core(outcome, "main.tf:8 has an action");
    }
    outcome.success().says("was accepted").says("ended well").says("Verdict: passed");
}

#[test]
fn a_list_is_asked_or_the_core_that_it_needs_is_named() {
    let backup = format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    let Some(story) = bare(&format!("provider \"recovery\" {{}}\n{backup}")) else { return };
    let list = format!(
        "list \"recovery_dcs_backup\" \"all\" {{\n  provider = recovery\n\n  config {{\n    instance_id = \"{INSTANCE}\"\n  }}\n}}\n"
    );
    fs::write(story.directory().join("all.tfquery.hcl"), list).unwrap();
    let folder = story.directory().display().to_string();
    let outcome = rehearse(&story, &[&folder]);
    if !has_actions(story.core) {
        return names_a_core(outcome, "all.tfquery.hcl has a list");
    }
    // Three of the world and the one that the story has made.
    outcome.success().says("4 listed").says("Verdict: passed");
}

#[test]
fn an_ephemeral_resource_needs_no_newest_core() {
    let links = format!(
        "provider \"recovery\" {{}}\n
ephemeral \"recovery_dcs_backup_links\" \"l\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{}\"\n}}\n",
        crate::support::BACKUP
    );
    let Some(story) = bare(&links) else { return };
    let folder = story.directory().display().to_string();
    let outcome = rehearse(&story, &[&folder]);
    match story.core.can(&EPHEMERAL) {
        true => drop(outcome.success().says("Verdict: passed")),
        false => drop(outcome.failure().says("has an ephemeral resource, which needs Terraform 1.10 or later")),
    }
}
