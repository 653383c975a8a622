//! What a plan says about work that runs again, and about what it takes away.

use serde_json::Value;

use crate::support::{
    BACKUP, DESTROY_PLANS, IMPORT_BLOCKS, INSTANCE, MOVED_BLOCKS, OTHER_INSTANCE, Outcome, REMOVED_BLOCKS, Story,
    TERRAFORM_DATA,
};

/// The second backup of the built-in instance.
const NEWER: &str = "7a1e2c58-3f0d-4b1e-9a64-2d5c8b7f9e10";

fn restore(name: &str, backup: &str, more: &str) -> String {
    format!(
        "resource \"recovery_dcs_restore\" \"{name}\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{backup}\"\n{more}}}\n"
    )
}

fn backup(name: &str) -> String {
    format!("resource \"recovery_dcs_backup\" \"{name}\" {{\n  instance_id = \"{OTHER_INSTANCE}\"\n}}\n")
}

/// What is overwritten and until when, as a plan shows it without its warnings.
fn shown(story: &Story, arguments: &[&str]) -> (Outcome, Value) {
    let mut words = vec!["plan", "-input=false", "-no-color", "-out=p"];
    words.extend(arguments);
    let outcome = story.core(&words).success();
    let plan: Value = serde_json::from_str(&story.core(&["show", "-json", "p"]).success().stdout).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap().clone();
    let change = changes.into_iter().find(|change| change["address"] == "recovery_dcs_restore.r").unwrap();
    (outcome, change["change"]["after"].clone())
}

#[test]
fn a_plan_that_runs_again_says_what_it_overwrites() {
    let Some(story) = Story::begin(&restore("r", BACKUP, "")) else { return };
    story.apply().success();
    for (case, backup, more) in
        [("another backup", NEWER, ""), ("other triggers", BACKUP, "  triggers = { change = \"CHG-2\" }\n")]
    {
        story.configure(&restore("r", backup, more));
        let (plan, after) = shown(&story, &[]);
        for words in [
            "runs AGAIN because".to_owned(),
            format!("DCS instance dcs-orders ({INSTANCE}) will be overwritten with backup"),
            "Everything written to it after".to_owned(),
            "Where:".to_owned(),
        ] {
            assert!(plan.has(&words), "{case}: nothing about {words:?} in {plan}");
        }
        assert_eq!(after["overwrites"], format!("DCS instance {INSTANCE} with backup {backup}"), "{case}");
        assert!(after["restore_point"].is_string(), "{case}: {after:#}");
    }
    // What would fail is an error of that plan, on its argument.
    story.configure(&restore("r", "00000000-0000-4000-8000-00000000dead", ""));
    story.plan().failure().says("is not one of DCS instance").says("in resource \"recovery_dcs_restore\" \"r\":");

    // With -replace the core shows no warning of the provider; the planned values tell.
    story.configure(&restore("r", BACKUP, ""));
    let (_, after) = shown(&story, &["-replace=recovery_dcs_restore.r"]);
    assert_eq!(after["overwrites"], format!("DCS instance {INSTANCE} with backup {BACKUP}"));
    assert!(after["restore_point"].is_string(), "{after:#}");
    story.core(&["apply", "-input=false", "-no-color", "p"]).success();
    assert_eq!(story.sent().len(), 2);
    story.plan_is_empty();
}

/// Terraform asks the provider about such a replacement as about `-replace`.
#[test]
fn what_replace_triggered_by_runs_again_is_told_in_planned_values() {
    let Some(()) = Story::needs(&TERRAFORM_DATA) else { return };
    let text = |input: &str| {
        let follows = "  lifecycle {\n    replace_triggered_by = [terraform_data.t]\n  }\n";
        let trigger = format!("resource \"terraform_data\" \"t\" {{\n  input = \"{input}\"\n}}\n");
        trigger + &restore("r", BACKUP, follows)
    };
    let Some(story) = Story::begin(&text("one")) else { return };
    story.apply().success();
    story.configure(&text("two"));
    let (_, after) = shown(&story, &[]);
    assert_eq!(after["overwrites"], format!("DCS instance {INSTANCE} with backup {BACKUP}"));
    assert!(after["restore_point"].is_string() && after["id"].is_null(), "{after:#}");
    story.core(&["apply", "-input=false", "-no-color", "p"]).success();
    assert_eq!(story.sent().len(), 2);
    story.plan_is_empty();
}

#[test]
fn a_backup_that_is_made_again_is_counted_once() {
    let Some(story) = Story::begin(&backup("b")) else { return };
    story.apply().success();
    story.configure(&backup("b").replace("}\n", "  triggers = { a = \"b\" }\n}\n"));
    story.plan().success().says("runs AGAIN because");
    story.apply().success();
    story.plan_is_empty();
}

#[test]
fn a_backup_that_goes_says_so_with_what_is_lost() {
    let Some(story) = Story::begin(&backup("old")) else { return };
    story.apply().success();
    let id = story.values("recovery_dcs_backup.old")["id"].as_str().unwrap().to_owned();
    // Under another name it is deleted, while another one is made.
    story.configure(&backup("new"));
    let plan = story.plan().success();
    if !story.core.can(&DESTROY_PLANS) {
        return;
    }
    plan.says(&format!("Destroying {id} deletes the backup"))
        .says("say so with a `moved` block")
        .says("It is the newest backup of DCS instance");
    story.configure("");
    story.destroy().success().says("deletes the backup");
}

#[test]
fn a_plan_says_one_thing_about_one_restore() {
    let Some(story) = Story::begin(&restore("r", BACKUP, "")) else { return };
    story.apply().success();
    // Another address without a `moved` block.
    story.configure(&restore("s", BACKUP, ""));
    let plan = story.plan();
    if story.core.can(&DESTROY_PLANS) {
        assert!(plan.has("undoes nothing") && plan.has("say so with a `moved` block"), "{plan}");
    }
    for other_voice in ["would run the restore again", "What failed came after it", "runs AGAIN"] {
        assert!(!plan.has(other_voice), "{plan}");
    }
    assert!(plan.has("Apply will keep restore"), "{plan}");
    story.apply().success();
    assert_eq!(story.sent().len(), 1, "the restore is kept");
}

/// The configurations of a guide, each in its section.
fn recipes() -> Vec<String> {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/recipes.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks = guide.split("```terraform\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn every_recipe_is_a_configuration_that_the_core_takes() {
    let recipes = recipes();
    assert!(recipes.len() >= 5, "{recipes:?}");
    for recipe in recipes {
        let Some(story) = Story::begin(&recipe) else { return };
        let newer = [("\nmoved {", &MOVED_BLOCKS), ("\nremoved {", &REMOVED_BLOCKS), ("\nimport {", &IMPORT_BLOCKS)];
        let starts = format!("\n{recipe}");
        if newer.iter().all(|(block, part)| !starts.contains(block) || story.core.can(part)) {
            story.validate().success();
        }
    }
}

#[test]
fn two_different_restores_of_one_target_have_no_order_of_their_own() {
    let Some(story) = Story::begin(&format!("{}{}", restore("r", BACKUP, ""), restore("s", NEWER, ""))) else { return };
    let words = format!("DCS instance {INSTANCE} is overwritten by more than one restore of this plan");
    story.plan().success().says(&words).says("unless `depends_on` says so");
    story.configure(&restore("r", BACKUP, ""));
    story.plan().success().keeps_quiet_about("is overwritten by more than one");
}
