//! What Terraform's language can do with a resource, and whether its database is protected then. Each sentence stands on
//! the page of the resource.

use rehearsal::cbr;
use serde_json::Value;

use super::stage::{CBR, Database, LONG, RDS, short};
use super::{one_backup_and_then_destroyed, one_backup_and_then_the_end};
use crate::support::{MOVED_BLOCKS, REMOVED_BLOCKS, Story};

fn begin() -> Option<Story> {
    RDS.applied("", 0.5)
}

#[test]
fn both_blocks_are_taken_out_of_the_configuration() {
    let Some(story) = begin() else { return };
    story.configure("");
    let outcome = story.apply().success().says("2 destroyed");
    one_backup_and_then_destroyed(&RDS, &story, &outcome);
}

#[test]
fn only_the_final_backup_is_taken_out() {
    let Some(story) = begin() else { return };
    story.configure(&RDS.instance(RDS.parents[0], ""));
    // It is deleted, so it makes its backup; the database stays, unprotected from now on.
    story.apply().success().says("1 destroyed");
    assert_eq!(RDS.told(&story), ["backup"]);
    story.destroy().success();
    assert_eq!(RDS.told(&story), ["backup", "goodbye"]);
}

#[test]
fn it_is_forgotten() {
    let Some(story) = begin() else { return };
    story.core(&["state", "rm", &RDS.address()]).success();
    story.configure(&RDS.instance(RDS.parents[0], ""));
    story.destroy().success();
    assert_eq!(RDS.told(&story), ["goodbye"], "nothing protects what Terraform does not know");
}

#[test]
fn a_removed_block_forgets_it() {
    let Some(story) = begin() else { return };
    if !story.core.can(&REMOVED_BLOCKS) {
        return;
    }
    let removed = format!("removed {{\n  from = {}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n", RDS.address());
    story.configure(&format!("{}{removed}", RDS.instance(RDS.parents[0], "")));
    story.apply().success();
    assert_eq!(story.sent().len(), 0);
    assert!(story.resource(&RDS.address()).is_null());
}

#[test]
fn the_database_alone_is_targeted() {
    let Some(story) = begin() else { return };
    let outcome = story
        .core(&["destroy", "-target=terraform_data.database", "-input=false", "-no-color", "-auto-approve"])
        .success();
    one_backup_and_then_the_end(&RDS, &story, &outcome);
}

#[test]
fn the_final_backup_alone_is_targeted() {
    let Some(story) = begin() else { return };
    let target = format!("-target={}", RDS.address());
    story.core(&["destroy", &target, "-input=false", "-no-color", "-auto-approve"]).success();
    assert_eq!(RDS.told(&story), ["backup"]);
    // The next apply makes a new one: the database is protected again.
    story.apply().success().says("1 added");
    story.destroy().success();
    assert_eq!(RDS.told(&story), ["backup", "backup", "goodbye"]);
}

#[test]
fn it_is_renamed() {
    let Some(story) = begin() else { return };
    let name = Value::clone(&story.values(&RDS.address())["name"]);
    let kind = RDS.kind;
    let moved = format!("moved {{\n  from = {kind}.last\n  to   = {kind}.other\n}}\n");
    if !story.core.can(&MOVED_BLOCKS) {
        return;
    }
    story.configure(&format!("{}{}{moved}", RDS.instance(RDS.parents[0], ""), RDS.named("other", "")));
    story.apply().success().says("0 added, 0 changed, 0 destroyed");
    assert_eq!(story.sent().len(), 0);
    assert_eq!(story.values(&format!("{kind}.other"))["name"], name);
}

#[test]
fn without_a_moved_block_the_old_address_makes_its_backup() {
    let Some(story) = begin() else { return };
    story.configure(&format!("{}{}", RDS.instance(RDS.parents[0], ""), RDS.named("other", "")));
    story.apply().success().says("1 added, 0 changed, 1 destroyed");
    assert_eq!(RDS.told(&story), ["backup"], "and the database stays, protected by the new address");
}

#[test]
fn the_database_is_made_anew_before_it_is_destroyed() {
    let before = "  lifecycle {\n    create_before_destroy = true\n  }";
    let replaced_by = |id: &str, lines: &str| format!("{}{}", RDS.instance(id, before), RDS.last(lines));
    for lines in ["", before] {
        let Some(story) = RDS.story(&replaced_by(RDS.parents[0], lines), 0.5) else { return };
        // These never delete a dependent without it, of whichever provider. The page says to set it on both.
        let skips = !story.core.is_opentofu && story.core.version >= (1, 16);
        story.apply().success();
        story.configure(&replaced_by(RDS.parents[1], lines));
        let plan = story.plan().success();
        match skips {
            true => plan.says("this block needs it, too"),
            false => plan.keeps_quiet_about("this block needs it, too"),
        };
        if skips && lines.is_empty() {
            continue;
        }
        let outcome = story.apply().success();
        one_backup_and_then_destroyed(&RDS, &story, &outcome);
        story.plan_is_empty();
    }
}

#[test]
fn a_failure_in_the_middle_of_create_before_destroy_keeps_the_old_database() {
    let before = "  lifecycle {\n    create_before_destroy = true\n  }";
    let short = short();
    let both = |id: &str| format!("{}{}", RDS.instance(id, before), RDS.last(&format!("{before}\n{short}")));
    let Some(story) = RDS.story(&both(RDS.parents[0]), LONG) else { return };
    story.apply().success();
    story.configure(&both(RDS.parents[1]));
    story.apply().failure().says("did not end within 2s").keeps_quiet_about("database (deposed");
    let state = story.state_file();
    assert!(state.contains(RDS.parents[0]) && state.contains(RDS.parents[1]), "both databases are known: {state}");
    RDS.end_backups(&story);
    let outcome = story.apply().success();
    one_backup_and_then_destroyed(&RDS, &story, &outcome);
    story.plan_is_empty();
}

#[test]
fn the_database_must_not_be_destroyed() {
    let Some(story) = begin() else { return };
    let prevent = "  lifecycle {\n    prevent_destroy = true\n  }";
    story.configure(&format!("{}{}", RDS.instance(RDS.parents[0], prevent), RDS.last("")));
    story.destroy().failure().says("prevent_destroy");
    assert_eq!(story.sent().len(), 0, "the plan is refused before anything is made");
}

#[test]
fn what_only_names_the_database_is_not_replaced_with_it() {
    let Database { kind, parent, parents, .. } = RDS;
    let literal = format!(
        "resource \"{kind}\" \"last\" {{\n  {parent} = \"{}\"\n  depends_on = [terraform_data.database]\n}}\n",
        parents[0]
    );
    let Some(story) = RDS.story(&format!("{}{literal}", RDS.instance(parents[0], "")), 0.5) else { return };
    story.apply().success();
    // A full destroy is in order ...
    let both = format!("{}{literal}", RDS.instance(parents[1], ""));
    story.configure(&both);
    // ... a replacement is not: the page says to refer to the instance.
    story.apply().success();
    assert_eq!(RDS.told(&story), ["goodbye"]);
}

/// The server is named by a block: its replacement replaces the checkpoint, too.
#[test]
fn a_member_is_replaced() {
    let text = |member: &str| {
        let server = CBR.instance(member, "").replace("${self.input}", cbr::SERVER_VAULT_ID);
        format!(
            "{server}resource \"{}\" \"last\" {{\n  vault_id = \"{}\"\n  member {{\n    id = terraform_data.database.output\n  }}\n}}\n",
            CBR.kind,
            cbr::SERVER_VAULT_ID
        )
    };
    let Some(story) = CBR.story(&text(cbr::SERVER_ID), 0.5) else { return };
    story.apply().success();
    story.configure(&text("eeeeeeee-0000-4000-8000-000000000077"));
    story.plan().success().says("is backed up before it may be deleted");
    // The new one is not in the vault yet, which is told after the old one has gone in order.
    let outcome = story.apply().failure().says("is not in CBR vault");
    one_backup_and_then_the_end(&CBR, &story, &outcome);
}

#[test]
fn another_prefix_is_recorded_in_place_and_gives_another_name() {
    let Some(story) = begin() else { return };
    story.configure(&RDS.both("  name_prefix = \"shop\""));
    story.apply().success().says("0 added, 1 changed, 0 destroyed");
    let name = story.values(&RDS.address())["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("shop-"), "{name}");
    story.plan_is_empty();
    assert_eq!(story.sent().len(), 0);
    story.destroy().success();
    assert_eq!(story.sent()[0].body.as_ref().unwrap()["name"], name);
}

#[test]
fn there_is_nothing_to_import() {
    let Some(story) = RDS.story(&RDS.both(""), 0.5) else { return };
    story.import(&RDS.address(), RDS.parents[0]).failure().says("nothing to import");
}
