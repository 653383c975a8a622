//! `terraform test` for users: a module with a restore, tested in a rehearsal.

use std::fs;
use std::path::Path;

use crate::rehearse::{bare, rehearse};
use crate::support::{Outcome, Story, TESTS};

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/module");

/// Has the core test a module in a rehearsal.
fn tested(story: &Story, module: &Path) -> Outcome {
    let core = story.core.program.to_str().unwrap();
    rehearse(story, &[module.to_str().unwrap(), "--", core, "test", "-no-color"])
}

#[test]
fn the_tests_of_the_module_pass() {
    let Some(()) = Story::needs(&TESTS) else { return };
    let Some(story) = bare("") else { return };
    let outcome = tested(&story, Path::new(MODULE)).success().says("Success! 4 passed, 0 failed.");
    let sent = outcome.stderr.lines().filter(|line| line.contains("dcs restore  ")).count();
    assert_eq!(sent, 2, "one for each change: {outcome}");
}

#[test]
fn a_module_that_restores_something_else_fails_its_tests() {
    let Some(()) = Story::needs(&TESTS) else { return };
    let Some(story) = bare("") else { return };
    for (name, text) in [
        ("main.tf", fs::read_to_string(Path::new(MODULE).join("main.tf")).unwrap()),
        ("tests/restore.tftest.hcl", fs::read_to_string(Path::new(MODULE).join("tests/restore.tftest.hcl")).unwrap()),
    ] {
        story.write(name, &text);
    }
    let main = fs::read_to_string(story.directory().join("main.tf")).unwrap();
    let broken = main.replace("value       = recovery_dcs_restore.back.restore_id", "value       = timestamp()");
    assert_ne!(main, broken);
    story.configure(&format!("{}{broken}", crate::rehearse::SOURCE));
    let outcome = tested(&story, &story.directory()).failure().says("The state names another restore than the output.");
    outcome.says("Verdict: failed");
}
