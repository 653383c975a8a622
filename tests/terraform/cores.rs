//! What single cores do otherwise than all others, each story with the cores that it is about. With other cores they hold
//! all the same.

use rehearsal::{Needs, Scenario};
use serde_json::{Value, json};

use crate::support::{
    BACKUP, IDENTITY_IMPORTS, IMPORT_BLOCKS, INSTANCE, OTHER_BACKUP, OTHER_INSTANCE, Story, eventually, tell_skipped,
};

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// As many creates as made Terraform 1.16.0 to 1.16.4 lose its state in seven of eight runs.
const MANY: usize = 20;

fn restore(name: &str, remark: &str) -> String {
    format!(
        "resource \"recovery_dcs_restore\" \"{name}\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{BACKUP}\"\n  \
         remark      = \"{remark}\"\n  lifecycle {{\n    ignore_changes = [remark]\n  }}\n}}\n"
    )
}

/// Terraform 1.0 turns a map that is null (`triggers`) into an empty one where `ignore_changes` is written (mended in 1.1).
#[test]
fn ignored_changes_run_nothing_again() {
    let backup = |remark: &str| {
        format!(
            "resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{OTHER_INSTANCE}\"\n  remark      = \"{remark}\"\n  \
             lifecycle {{\n    ignore_changes = [remark]\n  }}\n}}\n"
        )
    };
    let Some(story) = Story::begin("") else { return };
    for remark in ["one", "two", "three"] {
        story.configure(&format!("{}{}", restore("r", remark), backup(remark)));
        story.apply().success();
        assert_eq!(story.sent().len(), 2, "remark {remark:?}: {:#?}", story.sent());
        story.plan_is_empty();
    }
}

/// Terraform before 1.3 asks for no plan of a destroy.
#[test]
fn whoever_destroys_a_restore_hears_that_the_data_stays() {
    let Some(story) = Story::begin(&restore("r", "one")) else { return };
    story.apply().success();
    let said = story.destroy().success();
    assert_eq!(said.to_string().matches("the data stays as it was restored").count(), 1, "{said}");
}

/// An import block of a backup whose record says otherwise than the configuration, by ID or by identity.
#[test]
fn an_import_by_block_never_leads_to_a_deletion_or_a_run() {
    let Some(()) = Story::needs(&IMPORT_BLOCKS) else { return };
    let by_id = format!("id = \"{OTHER_INSTANCE}/{OTHER_BACKUP}\"");
    let by_identity = format!("identity = {{ instance_id = \"{OTHER_INSTANCE}\", backup_id = \"{OTHER_BACKUP}\" }}");
    for (by, part) in [(by_id, &IMPORT_BLOCKS), (by_identity, &IDENTITY_IMPORTS)] {
        if Story::needs(part).is_none() {
            continue;
        }
        let text = |remark: &str| {
            format!(
                "import {{\n  to = recovery_dcs_backup.b\n  {by}\n}}\n\
                 resource \"recovery_dcs_backup\" \"b\" {{\n  instance_id = \"{OTHER_INSTANCE}\"\n{remark}}}\n"
            )
        };
        let Some(story) = Story::begin(&text("  remark = \"another\"\n")) else { return };
        let said = story.plan().failure().says("means another backup than the one to be imported").says("remark");
        assert!(!said.has("will be destroyed"), "{said}");
        story.apply().failure();
        assert_eq!(story.sent().len(), 0);
        assert!(story.has_backup(OTHER_BACKUP));
        // With what is on record the import is all that happens.
        let world = story.cloud.world();
        let remark = world.dcs.backups.iter().find(|backup| backup.id == OTHER_BACKUP).unwrap().remark.clone();
        story.configure(&text(&remark.map(|remark| format!("  remark = {remark:?}\n")).unwrap_or_default()));
        story.apply().success().says("1 imported, 0 added, 0 changed, 0 destroyed");
        assert_eq!(story.sent().len(), 0);
    }
}

/// Restores of so many instances that take `seconds`, in a world that has them.
fn many(count: usize, seconds: f64, lines: &str) -> Option<Story> {
    let scenario =
        format!("durations: {{ dcs: {{ waiting_seconds: 0.5, restore_seconds: {seconds}, settle_seconds: 0.3 }} }}");
    let scenario = Scenario::parse(&scenario, "the story's scenario").unwrap();
    let ids: Vec<[String; 2]> =
        (0..count).map(|n| ["1", "2"].map(|kind| format!("{kind}c0ffee0-0000-4000-8000-{n:012}"))).collect();
    let pairs: String = ids.iter().map(|[instance, backup]| format!("    \"{instance}\" = \"{backup}\"\n")).collect();
    let text = format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  for_each = {{\n{pairs}  }}\n  instance_id = each.key\n  backup_id   = each.value\n\
         {lines}}}\n"
    );
    let needs = ids.iter().fold(Needs::default(), |needs, [instance, backup]| {
        needs.and_resource("recovery_dcs_restore", json!({"instance_id": instance, "backup_id": backup}))
    });
    Some(Story::at_speed(&text, scenario, 1.0)?.needing(&needs))
}

const APPLY: [&str; 5] = ["apply", "-input=false", "-no-color", "-auto-approve", "-parallelism=20"];

/// The IDs of all restores that the service has started, and those in the state file.
#[track_caller]
fn every_id_is_in_the_state(story: &Story, count: usize, round: u32) {
    let started: BTreeSet<String> = story.sent().into_iter().filter_map(|entry| entry.started).collect();
    let state: Value = serde_json::from_str(&story.state_file()).unwrap_or_default();
    let instances = state["resources"][0]["instances"].as_array().cloned().unwrap_or_default();
    let kept: BTreeSet<String> =
        instances.iter().filter_map(|one| one["attributes"]["restore_id"].as_str().map(str::to_owned)).collect();
    assert_eq!(kept, started, "round {round}");
    assert_eq!(kept.len(), count, "round {round}");
}

/// A core that has the fault shows it in most runs, not in each.
fn rounds(story: &Story) -> u32 {
    if story.core.loses_objects() { 10 } else { 1 }
}

/// Terraform 1.16.0 to 1.16.4, and 1.17 before its release, die when two creates end badly at the same moment
/// (hashicorp/terraform #39287).
#[test]
fn many_creates_that_are_interrupted_keep_their_ids_and_are_joined() {
    for round in 0.. {
        let Some(story) = many(MANY, 12.0, "") else { return };
        let play = story.begin_core(&APPLY);
        eventually("all are started", Duration::from_secs(30), || (story.sent().len() == MANY).then_some(()));
        std::thread::sleep(Duration::from_millis(300));
        play.interrupt();
        let said = play.end().failure();
        assert!(!said.has("panic"), "round {round}: {said}");
        every_id_is_in_the_state(&story, MANY, round);
        if round + 1 >= rounds(&story) {
            story.core(&APPLY).success();
            assert_eq!(story.sent().len(), MANY, "what runs is joined");
            story.plan_is_empty();
            return;
        }
    }
}

/// The same cores.
#[test]
fn many_creates_that_time_out_at_the_same_moment_keep_their_ids() {
    for round in 0.. {
        let Some(story) = many(MANY, 60.0, "  timeouts {\n    create = \"4s\"\n  }\n") else { return };
        let said = story.core(&APPLY).failure();
        assert!(!said.has("panic"), "round {round}: {said}");
        every_id_is_in_the_state(&story, MANY, round);
        if round + 1 >= rounds(&story) {
            return;
        }
    }
}

/// The same cores. Their state is larger and takes them longer to write, and the wait is bounded all the same.
#[test]
fn a_hundred_creates_that_are_interrupted_keep_their_ids() {
    const HUNDRED: usize = 100;
    let Some(story) = many(HUNDRED, 120.0, "") else { return };
    if !story.core.loses_objects() {
        return tell_skipped("this core takes all bad ends at once");
    }
    let play = story.begin_core(&["apply", "-input=false", "-no-color", "-auto-approve", "-parallelism=100"]);
    eventually("all are started", Duration::from_secs(90), || (story.sent().len() == HUNDRED).then_some(()));
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    play.interrupt();
    let said = play.end().failure();
    let took = start.elapsed();
    eprintln!("{HUNDRED} creates ended {:.1} s after the interrupt", took.as_secs_f64());
    assert!(!said.has("panic"), "{said}");
    every_id_is_in_the_state(&story, HUNDRED, 0);
    assert!(took < Duration::from_secs(60), "{took:?}: {said}");
}
