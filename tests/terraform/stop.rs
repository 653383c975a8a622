//! Ctrl-C in commands that only read: a service that does not answer keeps nobody waiting.

use std::time::{Duration, Instant};

use rehearsal::Fault;

use crate::support::{BACKUP, INSTANCE, Story};

/// Longer than any story may take.
const SILENCE: u64 = 100_000;
/// From Ctrl-C to the end of the command. Terraform itself takes most of it.
const SOON: Duration = Duration::from_secs(8);

fn silent() -> Vec<Fault> {
    vec![Fault { method: Some("GET".to_owned()), delay_ms: Some(SILENCE), ..Fault::default() }]
}

fn backup() -> String {
    format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n")
}

/// Presses Ctrl-C while a command waits for the service.
#[track_caller]
fn ends_soon(story: &Story, command: &[&str]) {
    let play = story.begin_core(command);
    std::thread::sleep(Duration::from_secs(3));
    let start = Instant::now();
    play.interrupt();
    let outcome = play.end().failure();
    assert!(start.elapsed() < SOON, "{:?} from Ctrl-C to the end: {outcome}", start.elapsed());
    assert!(outcome.has("asked to stop"), "it did not wait for the service: {outcome}");
}

#[test]
fn a_plan_whose_checks_wait_ends() {
    let restore = format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{BACKUP}\"\n}}\n"
    );
    let Some(story) = Story::begin(&restore) else { return };
    ends_soon(&story.struck_by(silent()), &["plan", "-input=false", "-no-color"]);
}

#[test]
fn a_data_source_that_waits_ends() {
    let list = format!("data \"recovery_dcs_backups\" \"all\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    let Some(story) = Story::begin(&list) else { return };
    ends_soon(&story.struck_by(silent()), &["plan", "-input=false", "-no-color"]);
}

#[test]
fn a_refresh_that_waits_ends_and_loses_nothing() {
    let Some(story) = Story::begin(&backup()) else { return };
    story.apply().success();
    let id = story.values("recovery_dcs_backup.b")["id"].clone();
    let story = story.struck_by(silent());
    ends_soon(&story, &["plan", "-refresh-only", "-input=false", "-no-color"]);
    assert_eq!(story.values("recovery_dcs_backup.b")["id"], id);
    let story = story.struck_by(Vec::new());
    story.plan_is_empty();
}

/// The core does not say `Stop` in this command; the interrupt itself reaches the provider.
#[test]
fn an_import_that_waits_ends() {
    let Some(story) = Story::begin(&backup()) else { return };
    let id = format!("{INSTANCE}/{BACKUP}");
    let story = story.struck_by(silent());
    ends_soon(&story, &["import", "-input=false", "-no-color", "recovery_dcs_backup.b", &id]);
    assert!(story.resource("recovery_dcs_backup.b").is_null());
}
