//! What the guides show is rehearsed: each has a folder in `examples/guides`, and runs here as it says there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::rehearse::bare;
use crate::support::{IMPORT_BLOCKS, Outcome, Part, Story, tell_skipped};

/// The folders, each with a test of its own below.
const FOLDERS: [&str; 8] = [
    "beside-other-providers",
    "interrupted",
    "newest-backup",
    "pipelines",
    "recover-a-ddm-instance",
    "rehearse-a-recovery",
    "restore-a-dcs-instance",
    "restore-a-server",
];

fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/guides")
}

/// Rehearses a folder; `words` stand behind it on the command line. Scripts find the core as `terraform`.
fn rehearse(folder: &str, speed: &str, words: &[&str]) -> Option<Outcome> {
    assert!(FOLDERS.contains(&folder), "{folder} is in no table");
    let story = bare("")?;
    let programs = story.folder().join("programs");
    fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(which(&story), programs.join("terraform")).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = story.command(crate::support::PROGRAM);
    command.env("RECOVERY_TERRAFORM", &story.core.program).env("PATH", format!("{}:{path}", programs.display()));
    command.args(["rehearse", "--speed", speed]).arg(guides().join(folder)).args(words);
    Some(crate::support::run(&mut command))
}

/// The core by its whole path.
fn which(story: &Story) -> PathBuf {
    fs::canonicalize(&story.core.program).unwrap()
}

/// How many operations of a kind the timeline has.
fn ran(outcome: &Outcome, kind: &str) -> usize {
    let text = format!("{}\n{}", outcome.stdout, outcome.stderr);
    text.lines().filter(|line| line.trim_start().starts_with("+ ") && line.contains(kind)).count()
}

fn can(part: &Part) -> bool {
    Story::needs(part).is_some()
}

#[test]
fn every_folder_has_a_test_and_every_test_a_folder() {
    let found = fs::read_dir(guides()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(found.collect::<BTreeSet<_>>(), FOLDERS.map(str::to_owned).into());
}

#[test]
fn a_recovery_is_rehearsed() {
    let Some(plain) = rehearse("rehearse-a-recovery", "200", &[]) else { return };
    plain.success().says("1 added").says("data_of");
    let world = guides().join("rehearse-a-recovery/world.yaml");
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("recovery.html");
    let words = ["--scenario", world.to_str().unwrap(), "--report", page.to_str().unwrap()];
    let outcome = rehearse("rehearse-a-recovery", "200", &words).unwrap().success();
    let outcome = outcome.says("The report is in").says("DCS instance dcs-sessions").says("9 hours old");
    let seconds = outcome.stdout.split("in reality about ").nth(1).and_then(|rest| rest.split(' ').next());
    let seconds: f64 = seconds.unwrap().parse().unwrap();
    assert!(seconds >= 300.0, "{outcome}");
    assert!(fs::read_to_string(&page).unwrap().contains("about <b>5 min"), "{outcome}");
}

#[test]
fn a_bad_night_ends_with_one_restore() {
    let scenario = guides().join("rehearse-a-recovery/bad-night.yaml");
    let Some(outcome) = rehearse("rehearse-a-recovery", "200", &["--scenario", scenario.to_str().unwrap()]) else {
        return;
    };
    let outcome = outcome.success();
    assert_eq!(ran(&outcome, "dcs restore"), 1, "{outcome}");
}

#[test]
fn a_dcs_instance_is_restored_step_by_step() {
    let Some(outcome) = rehearse("restore-a-dcs-instance", "200", &["--", "sh", "restore.sh"]) else { return };
    let outcome = outcome.success().says("1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269, manual").says("undo_by");
    assert_eq!((ran(&outcome, "dcs backup"), ran(&outcome, "dcs restore")), (1, 1), "{outcome}");
    // Without a backup that somebody chose, nothing runs.
    let outcome = rehearse("restore-a-dcs-instance", "200", &[]).unwrap().success();
    outcome.says("nothing was started in the cloud");
}

#[test]
fn a_dcs_instance_goes_back_to_what_it_held_before() {
    let script = "set -eu
apply() { terraform apply -input=false -no-color -auto-approve -var backup_id=$1; }
apply 7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10
undo=$(terraform output -json restore | sed 's/.*\"undo_by\":\"\\([^\"]*\\)\".*/\\1/')
apply $undo";
    let Some(outcome) = rehearse("restore-a-dcs-instance", "200", &["--", "sh", "-c", script]) else { return };
    let outcome = outcome.success();
    assert_eq!((ran(&outcome, "dcs backup"), ran(&outcome, "dcs restore")), (1, 2), "{outcome}");
}

#[test]
fn a_server_is_restored() {
    let Some(outcome) = rehearse("restore-a-server", "200", &[]) else { return };
    let outcome = outcome.success().says("leaves it off").says("(its original disk)");
    assert_eq!(ran(&outcome, "cbr restore"), 1, "{outcome}");
}

#[test]
fn a_ddm_instance_is_recovered() {
    let Some(outcome) = rehearse("recover-a-ddm-instance", "200", &["--", "sh", "recover.sh"]) else { return };
    let outcome = outcome.success().says("orders-fresh-1").says("\"data_of\":\"2025-05-20T09:12:32.076Z\"");
    assert_eq!(ran(&outcome, "ddm restore"), 1, "{outcome}");
}

#[test]
fn an_interrupted_restore_is_followed() {
    let Some(outcome) = rehearse("interrupted", "8", &["--", "sh", "interrupted.sh"]) else { return };
    let outcome = outcome.success().says("did not end within 2s").says("The first apply ended with 1.");
    let outcome = outcome.says("The second apply ended with 0.").says("No changes");
    assert!(outcome.has("Apply will resume restore") || outcome.has("Apply will keep restore"), "{outcome}");
    assert_eq!(ran(&outcome, "dcs restore"), 1, "{outcome}");
}

#[test]
fn the_newest_backup_is_taken_once_and_again_on_purpose() {
    let Some(outcome) = rehearse("newest-backup", "200", &["--", "sh", "newest.sh"]) else { return };
    let outcome = outcome.success().says("No changes").says("it runs AGAIN because triggers");
    assert_eq!((ran(&outcome, "dcs backup"), ran(&outcome, "dcs restore")), (1, 2), "{outcome}");
}

#[test]
fn a_pipeline_shows_what_it_will_overwrite_and_applies_that() {
    if std::process::Command::new("jq").arg("--version").output().is_err() {
        tell_skipped("no jq on PATH, which the guide's script needs");
        return;
    }
    let script = "sh plan.sh && sh apply.sh && cat evidence.json && sh plan.sh";
    let Some(outcome) = rehearse("pipelines", "200", &["--", "sh", "-c", script]) else { return };
    let outcome = outcome.success().says("\"status\":\"succeed\"").says(
        "recovery_dcs_restore.orders: DCS instance 5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294 with backup \
         1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269, back to 20",
    );
    assert_eq!(ran(&outcome, "dcs restore"), 1, "{outcome}");
}

#[test]
fn a_backup_of_another_provider_moves_over() {
    if can(&IMPORT_BLOCKS)
        && let Some(outcome) = rehearse("beside-other-providers", "200", &["--verbose"])
    {
        outcome.success().says("1 imported, 0 added, 0 changed, 0 destroyed").says("No changes");
    }
}
