//! The checks of DCS backups and restores.

use jiff::{SignedDuration, Timestamp};
use rehearsal::World;
use rehearsal::dcs::{Backup, CacheMode, Instance};
use rehearsal::service::OperationFailure;

use super::{Case, refused, warned};
use crate::support::{BACKUP, INSTANCE, OTHER_BACKUP, OTHER_INSTANCE, Story};

const SINGLE: &str = "c7e80f16-5a3b-4d92-b04e-2f6d91a7c385";
const EXPIRED: &str = "d94b6f02-81c7-4e0b-b6a3-5f1e7c2d8a43";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

fn ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

fn instance(id: &str, change: impl FnOnce(&mut Instance)) -> Instance {
    let mut instance =
        Instance { id: id.to_owned(), name: format!("dcs-{id}"), cache_mode: CacheMode::Ha, ..Instance::default() };
    change(&mut instance);
    instance
}

fn backup(id: &str, instance: &str, change: impl FnOnce(&mut Backup)) -> Backup {
    let mut backup =
        Backup { id: id.to_owned(), instance_id: instance.to_owned(), created_at: ago(48), ..Backup::default() };
    change(&mut backup);
    backup
}

/// Instances and backups in every state that matters.
fn world(world: &mut World) {
    let dcs = &mut world.dcs;
    dcs.instances.push(instance("faulty", |instance| instance.status = "ERROR".into()));
    dcs.instances.push(instance("old", |instance| instance.engine_version = "3.0".into()));
    dcs.instances.push(instance("restarting", |instance| instance.status = "RESTARTING".into()));
    dcs.instances.push(instance("night", |_| {}));
    dcs.instances.push(instance("full", |_| {}));
    dcs.backups.push(backup("of-faulty", "faulty", |_| {}));
    dcs.backups.push(backup("of-restarting", "restarting", |_| {}));
    dcs.backups.push(backup("of-night", "night", |_| {}));
    dcs.backups.push(backup("failed", INSTANCE, |backup| {
        backup.failure = Some(OperationFailure { status: None, code: "dcs.08.0002".into(), message: String::new() });
    }));
    dcs.backups.push(backup("resized", INSTANCE, |backup| backup.is_support_restore = false));
    dcs.backups.push(backup("running", "night", |backup| {
        backup.backup_type = "auto".into();
        backup.created_at = Timestamp::now();
        backup.ended_at = Some(Timestamp::now() + SignedDuration::from_hours(1));
    }));
    for day in 0..24 {
        dcs.backups.push(backup(&format!("full-{day}"), "full", |backup| backup.created_at = ago(24 * (30 - day))));
    }
}

fn restore(instance: &str, backup: &str, blamed: &'static str, title: &str, says: &'static [&'static str]) -> Case {
    let body = format!("  instance_id = \"{instance}\"\n  backup_id   = \"{backup}\"");
    Case { kind: "recovery_dcs_restore", body, blamed, title: title.to_owned(), says }
}

fn new_backup(instance: &str, more: &str, blamed: &'static str, title: &str, says: &'static [&'static str]) -> Case {
    let body = format!("  instance_id = \"{instance}\"\n{more}");
    Case { kind: "recovery_dcs_backup", body, blamed, title: title.to_owned(), says }
}

#[test]
fn what_would_fail_is_an_error_on_its_line() {
    let cases = [
        restore(
            NOWHERE,
            BACKUP,
            "instance_id",
            &format!("DCS instance {NOWHERE} does not exist"),
            &["DCS.3022", "region eu-de"],
        ),
        restore(
            SINGLE,
            BACKUP,
            "instance_id",
            &format!("DCS instance dcs-scratch ({SINGLE}) cannot be restored"),
            &["single-node"],
        ),
        restore(
            "faulty",
            "of-faulty",
            "instance_id",
            "DCS instance dcs-faulty (faulty) cannot be restored",
            &["Its status is ERROR"],
        ),
        restore(
            OTHER_INSTANCE,
            BACKUP,
            "backup_id",
            &format!("Backup {BACKUP} is not one of DCS instance {OTHER_INSTANCE}"),
            &["The complete list of the instance has 1 backup, and", OTHER_BACKUP],
        ),
        new_backup(NOWHERE, "", "instance_id", &format!("DCS instance {NOWHERE} does not exist"), &[]),
        new_backup(SINGLE, "", "instance_id", &format!("DCS instance dcs-scratch ({SINGLE}) cannot be backed up"), &[]),
        new_backup(
            "old",
            "  backup_format = \"rdb\"",
            "backup_format",
            "DCS instance dcs-old (old) cannot be backed up as RDB",
            &["AOF only", "set preflight = false", "RECOVERY_PREFLIGHT=false", "plans a create first"],
        ),
    ];
    refused(&cases, "", world);
}

#[test]
fn a_backup_that_cannot_be_restored_is_named_with_its_status() {
    for (id, status) in [(EXPIRED, "expired"), ("failed", "failed"), ("resized", "does not support a restore")] {
        let text = format!(
            "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{id}\"\n}}\n"
        );
        let Some(story) = Story::begin(&text) else { return };
        story.cloud.change_world(world);
        let outcome = story.plan();
        assert_eq!(outcome.code, Some(1), "{outcome}");
        outcome
            .says(&format!("({id}) cannot be restored with recovery_dcs_restore.r, on main.tf line 3,"))
            .says(status)
            .says("What passes is a backup with status \"succeed\"")
            .says("The newest that passes is backup_")
            .says("RECOVERY_PREFLIGHT=false");
    }
}

#[test]
fn what_passes_by_itself_or_is_not_documented_is_a_warning() {
    let cases = [
        restore(
            "restarting",
            "of-restarting",
            "instance_id",
            "Apply waits: DCS instance dcs-restarting (restarting) is busy (status RESTARTING)",
            &["apply waits for it, within timeouts.create"],
        ),
        new_backup(
            "night",
            "",
            "instance_id",
            "Apply waits: DCS instance dcs-night (night) is busy (task BACKUPING)",
            &[],
        ),
    ];
    warned(&cases, world);
}

#[test]
fn a_backup_that_is_still_being_made_is_waited_for() {
    let text = "resource \"recovery_dcs_restore\" \"r\" {\n  instance_id = \"night\"\n  backup_id   = \"running\"\n}\n";
    let Some(story) = Story::begin(text) else { return };
    story.cloud.change_world(world);
    story
        .plan()
        .success()
        .says("Apply waits: backup backup_")
        .says("is still being made (backuping) with recovery_dcs_restore.r, on main.tf line 3,");
}

#[test]
fn the_format_of_an_old_instance_is_not_documented() {
    let text = "resource \"recovery_dcs_backup\" \"b\" {\n  instance_id   = \"old\"\n  backup_format = \"aof\"\n}\n";
    let Some(story) = Story::begin(text) else { return };
    story.cloud.change_world(world);
    story
        .plan()
        .success()
        .says("Warning: Not everything could be checked for the backup of DCS instance old")
        .says("the choice is documented from Redis 4.0 on, and this is 3.0");
}

#[test]
fn a_new_backup_names_what_the_limit_pushes_out() {
    let text = "resource \"recovery_dcs_backup\" \"b\" {\n  count       = 2\n  instance_id = \"full\"\n}\n";
    let Some(story) = Story::begin(text) else { return };
    story.cloud.change_world(world);
    let outcome = story.plan().success().says("Warning: A new backup of DCS instance full pushes out backup_");
    for victim in ["(full-0) with", "(full-1) with"] {
        assert!(outcome.has(victim), "{outcome}");
    }
    outcome.keeps_quiet_about("full-2").says("keeps the 24 newest backups").says("on main.tf line 3");
}

#[test]
fn a_restore_says_what_it_overwrites_and_shows_the_moment() {
    let text = format!(
        "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = \"{BACKUP}\"\n}}\n"
    );
    let Some(story) = Story::begin(&text) else { return };
    story
        .plan()
        .success()
        .says(&format!("Warning: DCS instance dcs-orders ({INSTANCE}) will be overwritten with backup backup_"))
        .says("Everything written to it after 20")
        .says("UTC is lost.")
        .says("7 days old, 859.6 KiB")
        .says("could be restored, too")
        .says("takes neither reads nor writes")
        .says("+ restore_point = \"20");
}
