//! A rehearsal as a process: who ends with it, what it leaves, and what it says last.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::rehearse::{SOURCE, backup, bare, begun, command, rehearse};
use crate::support::{CHECKS, INSTANCE, Story};

#[test]
fn an_interrupt_of_the_rehearsal_alone_ends_it_in_order() {
    let Some(story) = bare(&backup()) else { return };
    let play = begun(&story);
    play.interrupt_alone();
    let outcome = play.end().failure().says("Interrupt received").says("Verdict: interrupted in apply");
    assert!(!outcome.has("Two interrupts") && !outcome.has("$ terraform destroy"), "{outcome}");
    assert_eq!(fs::read_dir(story.temporary()).unwrap().count(), 0, "{outcome}");
}

/// Processes that work in a folder of this story's.
#[cfg(target_os = "linux")]
fn processes(story: &Story) -> Vec<String> {
    let is_inside =
        |pid: &String| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(story.temporary()));
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    all.filter(is_inside).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_outlives_a_rehearsal_that_is_killed_and_the_next_one_tidies_up() {
    use std::time::Duration;
    let Some(story) = bare(&backup()) else { return };
    let folders = || fs::read_dir(story.temporary()).unwrap().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let play = begun(&story);
    let left = folders();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::metadata(&left[0]).unwrap().permissions().mode() & 0o777, 0o700, "nobody else looks inside");
    assert!(processes(&story).len() >= 2, "Terraform and a provider");
    play.kill();
    play.end().failure();
    crate::support::eventually("everybody has ended", Duration::from_secs(30), || {
        processes(&story).is_empty().then_some(())
    });
    assert_eq!(folders(), left, "a killed rehearsal cannot tidy up");
    // One that lives is left alone by the next one.
    let living = begun(&story);
    let kept: Vec<_> = folders().into_iter().filter(|folder| !left.contains(folder)).collect();
    assert_eq!(kept.len(), 1, "what the dead one has left is gone: {:?}", folders());
    rehearse(&story, &[".", "--", "true"]).success();
    assert_eq!(folders(), kept);
    living.interrupt();
    living.end().failure();
    assert!(folders().is_empty());
}

#[test]
fn a_verdict_stands_at_the_end() {
    let Some(story) = bare(&backup()) else { return };
    let core = story.core.program.display().to_string();
    let last = |arguments: &[&str], said: &str| {
        let outcome = rehearse(&story, arguments);
        let lines = if outcome.stderr.contains("Verdict") { &outcome.stderr } else { &outcome.stdout };
        let line = lines.trim().lines().last().unwrap_or_default();
        assert!(line.starts_with(&format!("Verdict: {said}")), "{said}: {outcome}");
    };
    last(&["."], "passed. It plans");
    last(&[".", "--", &core, "validate"], "passed. The command");
    last(&[".", "--", "sh", "-c", "exit 7"], "failed in the command (exit code 7)");
    last(&[".", "--", "/no/such/program"], "failed, for the reason above");
    story.configure(&format!("{SOURCE}resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"\"\n}}\n"));
    last(&["."], "failed in plan (exit code 1)");
    story.configure("terraform {\n");
    last(&["."], "failed, for the reason above");
}

#[test]
fn a_check_that_reads_a_data_source_is_no_change() {
    let check = format!(
        "check \"backups\" {{\n  data \"recovery_dcs_backups\" \"all\" {{\n    instance_id = \"{INSTANCE}\"\n  }}\n  assert {{\n    \
         condition     = length(data.recovery_dcs_backups.all.backups) > 0\n    error_message = \"No backup.\"\n  }}\n}}\n"
    );
    let Some(story) = bare(&format!("{}{check}", backup())) else { return };
    if !story.core.can(&CHECKS) {
        return;
    }
    rehearse(&story, &["."]).success().says("1 destroyed").says("Verdict: passed");
}

#[test]
fn a_core_is_named_from_where_the_user_stands() {
    let Some(story) = bare(&backup()) else { return };
    std::os::unix::fs::symlink(&story.core.program, story.directory().join("my-core")).unwrap();
    for name in ["my-core", "./my-core"] {
        let mut program = command(&story, &[".", "--", "true"]);
        crate::support::run(program.env("RECOVERY_TERRAFORM", name)).success();
    }
    let mut program = command(&story, &["."]);
    crate::support::run(program.env("RECOVERY_TERRAFORM", "no-such-core")).failure().says("cannot run no-such-core");
}
