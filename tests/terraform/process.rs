//! The provider as a process: interrupts, deaths, speed.

use std::time::{Duration, Instant};

use rehearsal::Scenario;

use crate::support::{INSTANCE, PROGRAM, Play, Story, eventually};

fn backup() -> String {
    format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n")
}

/// A cloud in which a backup takes six seconds: time enough to interrupt it.
fn slow(configuration: &str) -> Option<Story> {
    Story::at_speed(configuration, Scenario::default(), 10.0)
}

/// Waits until the backup was accepted, and a moment more, so that the provider has begun to wait for its end.
fn accepted(story: &Story) -> String {
    let id = eventually("the backup is accepted", Duration::from_secs(20), || {
        story.sent().into_iter().find(|entry| entry.status.is_some()).and_then(|entry| entry.started)
    });
    std::thread::sleep(Duration::from_millis(300));
    id
}

#[test]
fn an_interrupted_wait_keeps_the_id_and_the_next_apply_resumes() {
    let Some(story) = slow(&backup()) else { return };
    let apply = story.begin_apply();
    let id = accepted(&story);
    let start = Instant::now();
    apply.interrupt();
    let outcome = apply.end().failure();
    assert!(start.elapsed() < Duration::from_secs(3), "the wait ends at once: {:?}", start.elapsed());
    assert!(outcome.has(&id), "the user is told the id: {outcome}");
    let resource = story.resource("recovery_dcs_backup.b");
    assert_eq!(resource["values"]["backup_id"], id, "{outcome}");
    assert_eq!(resource["tainted"], true);

    story.apply().success();
    let resource = story.resource("recovery_dcs_backup.b");
    assert_eq!(resource["values"]["backup_id"], id);
    assert_eq!(resource["values"]["status"], "succeed");
    assert!(resource.get("tainted").is_none());
    story.sent_once();
    story.plan_is_empty();
}

#[test]
fn a_timeout_keeps_the_id_and_the_next_apply_resumes() {
    let hurried = backup().replace("}\n", "\n  timeouts {\n    create = \"2s\"\n  }\n}\n");
    let Some(story) = slow(&hurried) else { return };
    let outcome = story.apply().failure();
    let id = story.sent_once().started.unwrap();
    assert!(outcome.has(&id), "{outcome}");
    assert_eq!(story.values("recovery_dcs_backup.b")["backup_id"], id);
    story.configure(&backup());
    story.apply().success();
    assert_eq!(story.values("recovery_dcs_backup.b")["backup_id"], id);
    story.sent_once();
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_terraform_leaves_no_process_behind() {
    let Some(story) = slow(&backup()) else { return };
    let apply = story.begin_apply();
    accepted(&story);
    assert!(!story.providers().is_empty(), "the provider is told by where it is installed");
    apply.kill();
    eventually("every provider has ended", Duration::from_secs(10), || story.providers().is_empty().then_some(()));
    drop(apply);
}

#[test]
#[cfg(target_os = "linux")]
fn commands_leave_no_process_behind() {
    let Some(story) = Story::begin(&backup()) else { return };
    story.plan().success();
    assert_eq!(story.providers(), [] as [u32; 0]);
}

#[test]
fn a_debug_server_is_used_by_terraform_and_ends_with_an_interrupt() {
    let Some(story) = Story::begin(&backup()) else { return };
    // Without the stage's installation there is no other provider than the attached one.
    std::fs::write(story.folder().join("cli.tfrc"), "").unwrap();
    let mut command = story.command(PROGRAM);
    command.args(["serve", "--debug"]);
    let server = Play::start(&mut command, story.folder());
    let line = eventually("the line to set", Duration::from_secs(10), || {
        server.said().lines().next().map(str::to_owned).filter(|line| line.ends_with('\''))
    });
    let value = line.strip_prefix("TF_REATTACH_PROVIDERS='").and_then(|rest| rest.strip_suffix('\'')).unwrap();
    let story = story.with("TF_REATTACH_PROVIDERS", value);
    story.apply().success().says("1 added");
    story.plan_is_empty();
    story.destroy().success().says("1 destroyed");
    server.interrupt();
    server.end().success();
}

#[test]
fn the_command_line_says_what_it_is() {
    let run = |arguments: &[&str]| crate::support::run(std::process::Command::new(PROGRAM).env_clear().args(arguments));
    let help = run(&["--help"]).success();
    assert!(help.stderr.is_empty() && help.has("rehearse DIR") && help.has("simulate"), "{help}");
    let version = run(&["--version"]).success();
    assert_eq!(version.stdout, format!("terraform-provider-recovery {}\n", env!("CARGO_PKG_VERSION")));
    let by_hand = run(&[]);
    assert_eq!((by_hand.code, by_hand.stdout.as_str()), (Some(1), ""), "{by_hand}");
    by_hand.says("Terraform provider").says("--help");
    let unknown = run(&["--verbose"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""), "{unknown}");
    unknown.says("--verbose");
}

#[test]
fn a_plan_takes_no_time() {
    let Some(story) = Story::begin(&backup()) else { return };
    story.plan().success();
    // The best of several: what else the machine does is no matter here.
    let took = |_| {
        let start = Instant::now();
        story.plan().success();
        start.elapsed()
    };
    let best = (0..5).map(took).min().unwrap();
    // Half a second on an idle machine, with the program as it is shipped.
    let limit = Duration::from_millis(if cfg!(debug_assertions) { 2000 } else { 500 });
    assert!(best < limit, "{best:?}");
}
