//! The policies in `policies/` judge plans that Terraform and this provider really write. Without OPA (`opa` on `PATH`, or
//! what `RECOVERY_TEST_OPA` names) they say that they are skipped.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{BACKUP, INSTANCE, OTHER_BACKUP, OTHER_INSTANCE, Outcome, Story, run, tell_skipped};

const POLICIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");

/// A program that runs policies.
fn opa() -> Option<PathBuf> {
    let named = std::env::var_os("RECOVERY_TEST_OPA").filter(|name| !name.is_empty()).map(PathBuf::from);
    let program = named.clone().unwrap_or_else(|| PathBuf::from("opa"));
    let works = Command::new(&program).arg("version").output().is_ok_and(|output| output.status.success());
    assert!(works || named.is_none(), "RECOVERY_TEST_OPA names {}, which cannot be run", program.display());
    if !works {
        tell_skipped("no opa on PATH; RECOVERY_TEST_OPA may name one");
    }
    works.then_some(program)
}

/// The story's plan, as it is saved and shown.
fn planned(story: &Story) -> Value {
    story.core(&["plan", "-input=false", "-no-color", "-out=p.tfplan"]).success();
    let shown = story.core(&["show", "-json", "p.tfplan"]).success();
    serde_json::from_str(&shown.stdout).unwrap()
}

/// What a policy says of the story's plan, in words, sorted.
fn denied(story: &Story, policy: &str, settings: &Value) -> Option<Vec<String>> {
    let program = opa()?;
    story.write("../plan.json", &planned(story).to_string());
    story.write("../settings/data.json", &json!({"recovery": {"settings": settings}}).to_string());
    let rego = std::fs::read_dir(POLICIES).unwrap().map(|entry| entry.unwrap().path());
    let rego = rego.filter(|path| path.extension().is_some_and(|extension| extension == "rego"));
    let mut command = Command::new(program);
    command.args(["eval", "--format", "json", "--input"]).arg(story.folder().join("plan.json"));
    for path in rego.chain([story.folder().join("settings/data.json")]) {
        command.arg("--data").arg(path);
    }
    let outcome = run(command.arg(format!("data.recovery.{policy}.deny"))).success();
    let answer: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let found = answer.pointer("/result/0/expressions/0/value").unwrap_or_else(|| panic!("{outcome}")).clone();
    Some(serde_json::from_value(found).unwrap())
}

fn restore(name: &str, instance: &str, backup: &str, more: &str) -> String {
    format!(
        "resource \"recovery_dcs_restore\" \"{name}\" {{\n  instance_id = \"{instance}\"\n  backup_id = \"{backup}\"\n{more}\n}}\n"
    )
}

fn settings() -> Value {
    json!({
        "window": {"days": [], "from": "00:00", "to": "23:59", "timezone": "UTC"},
        "production": {"ids": [INSTANCE], "tag": "environment", "values": ["production"], "ticket": "^OPS-[0-9]+$"},
        "age": {"hours": 24 * 6},
    })
}

#[test]
fn the_policies_pass_their_own_tests() {
    let Some(program) = opa() else { return };
    let outcome: Outcome = run(Command::new(program).args(["test", "--verbose", POLICIES])).success();
    outcome.says("PASS").keeps_quiet_about("FAIL");
}

#[test]
fn a_restore_of_production_needs_a_ticket() {
    let text = restore("plain", INSTANCE, BACKUP, "")
        + &restore("ticket", INSTANCE, BACKUP, "  remark = \"OPS-4711\"\n  triggers = { a = \"b\" }")
        + &restore("spare", OTHER_INSTANCE, OTHER_BACKUP, "")
        + &format!("resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{INSTANCE}\"\n}}\n");
    let Some(story) = Story::begin(&text) else { return };
    let Some(denied) = denied(&story, "production", &settings()) else { return };
    let expected = format!("recovery_dcs_restore.plain overwrites {INSTANCE}, which is production, without a ticket");
    assert_eq!(denied, [expected]);
}

#[test]
fn data_goes_back_only_so_far_and_only_in_the_window() {
    let Some(story) = Story::begin(&restore("old", INSTANCE, BACKUP, "")) else { return };
    // The backup is a week old.
    let Some(age) = denied(&story, "age", &settings()) else { return };
    assert!(age.len() == 1 && age[0].starts_with("recovery_dcs_restore.old goes back to 20"), "{age:?}");
    let mut wide = settings();
    wide["age"]["hours"] = json!(24 * 8);
    assert_eq!(denied(&story, "age", &wide).unwrap(), Vec::<String>::new());
    let closed = denied(&story, "window", &settings()).unwrap();
    assert!(closed.len() == 1 && closed[0].contains("outside of the window"), "{closed:?}");
    wide["window"]["days"] = json!(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]);
    wide["window"]["to"] = json!("24:00");
    assert_eq!(denied(&story, "window", &wide).unwrap(), Vec::<String>::new());
}

#[test]
fn a_target_that_is_not_known_yet_is_no_harmless_one() {
    let text = "resource \"terraform_data\" \"later\" {\n  input = \"x\"\n}\nresource \"recovery_dcs_restore\" \"r\" {\n  instance_id = terraform_data.later.id\n  backup_id = \"b\"\n}\n";
    let Some(()) = Story::needs(&crate::support::TERRAFORM_DATA) else { return };
    let Some(story) = Story::begin(text) else { return };
    let Some(found) = denied(&story, "production", &settings()) else { return };
    assert_eq!(found, ["recovery_dcs_restore.r overwrites a target that is not known yet, without a ticket"]);
    let age = denied(&story, "age", &settings()).unwrap();
    assert_eq!(age, ["recovery_dcs_restore.r goes back to a moment that the plan does not know"]);
}

#[test]
fn what_has_run_or_is_resumed_is_no_new_restore() {
    let Some(story) = Story::begin(&restore("r", INSTANCE, BACKUP, "")) else { return };
    if opa().is_none() {
        return;
    }
    let none = Vec::<String>::new();
    story.apply().success();
    assert_eq!(denied(&story, "production", &settings()).unwrap(), none);
    // As after a run that broke off: replaced to the eye, but taken up again.
    story.core(&["taint", "recovery_dcs_restore.r"]).success();
    assert_eq!(denied(&story, "production", &settings()).unwrap(), none);
    story.configure(&restore("r", INSTANCE, BACKUP, "  triggers = { again = \"1\" }"));
    assert_eq!(denied(&story, "production", &settings()).unwrap().len(), 1);
}
