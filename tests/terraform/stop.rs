//! Ctrl-C keeps nobody waiting: not in commands that only read a service that does not answer, and not in a start that waits
//! for its turn under a rate limit.

use std::time::{Duration, Instant};

use rehearsal::{Fault, Service};

use crate::support::{BACKUP, INSTANCE, Story, eventually};

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

/// A service that asks whoever starts or deletes something to wait for a minute, again and again.
fn throttled(method: &str) -> Vec<Fault> {
    let service = Some(Service::Dcs);
    vec![Fault {
        service,
        method: Some(method.to_owned()),
        status: Some(429),
        retry_after: Some(60),
        ..Fault::default()
    }]
}

#[test]
fn a_start_that_waits_for_its_turn_ends() {
    let Some(story) = Story::begin(&backup()) else { return };
    let story = story.struck_by(throttled("POST"));
    let play = story.begin_apply();
    eventually("it is told to wait", SOON * 4, || story.sent().pop());
    let start = Instant::now();
    play.interrupt();
    let outcome = play.end().failure();
    assert!(start.elapsed() < SOON, "{:?} from Ctrl-C to the end: {outcome}", start.elapsed());
    assert_eq!(story.sent().iter().filter(|entry| entry.started.is_some()).count(), 0);
    assert!(story.resource("recovery_dcs_backup.b").is_null(), "nothing was started");
}

#[test]
fn a_start_that_waits_for_its_turn_keeps_to_its_timeout() {
    let text = backup().replace("\n}", "\n  timeouts {\n    create = \"5s\"\n  }\n}");
    let Some(story) = Story::begin(&text) else { return };
    let story = story.struck_by(throttled("POST"));
    let start = Instant::now();
    let outcome = story.apply().failure().says("timeouts.create");
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}: {outcome}", start.elapsed());
}

#[test]
fn a_deletion_that_waits_for_its_turn_ends() {
    let Some(story) = Story::begin(&backup()) else { return };
    story.apply().success();
    let story = story.struck_by(throttled("DELETE"));
    let play = story.begin_core(&["destroy", "-input=false", "-no-color", "-auto-approve"]);
    eventually("it is told to wait", SOON * 4, || story.sent().into_iter().find(|entry| entry.method == "DELETE"));
    let start = Instant::now();
    play.interrupt();
    let outcome = play.end().failure();
    assert!(start.elapsed() < SOON, "{:?} from Ctrl-C to the end: {outcome}", start.elapsed());
    assert!(!story.resource("recovery_dcs_backup.b").is_null(), "it is still there");
}
