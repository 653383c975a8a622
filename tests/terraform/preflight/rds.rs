//! What a plan says about backups and restores of RDS: by engine and mode, with what the documents demand.

use rehearsal::rds;

use crate::support::Story;

/// A restore, a change of the world, and what the plan says; empty: nothing but the warning of what is overwritten.
struct Case {
    name: &'static str,
    ends: (&'static str, &'static str),
    lines: &'static str,
    change: fn(&mut rds::World),
    errors: &'static [&'static str],
    warnings: &'static [&'static str],
}

const FROM_MYSQL: &str = "backup_id = \"5b000000000000000000000000000001br01\"";
const FROM_POSTGRES: &str = "backup_id = \"5b000000000000000000000000000003br03\"";
const FROM_SQLSERVER: &str = "backup_id = \"5b000000000000000000000000000005br04\"";

fn nothing(_: &mut rds::World) {}

fn instance<'w>(world: &'w mut rds::World, id: &str) -> &'w mut rehearsal::dbs::Instance {
    world.instances.iter_mut().find(|instance| instance.id == id).unwrap()
}

fn backup<'w>(world: &'w mut rds::World, id: &str) -> &'w mut rehearsal::dbs::Backup {
    world.backups.iter_mut().find(|backup| backup.id == id).unwrap()
}

const CASES: &[Case] = &[
    Case {
        // O/api "Restoring Data to an Existing DB Instance": only MySQL and Microsoft SQL Server go back to the original one.
        name: "PostgreSQL onto itself",
        ends: (rds::POSTGRES_ID, rds::POSTGRES_ID),
        lines: FROM_POSTGRES,
        change: nothing,
        errors: &["cannot be restored onto itself"],
        warnings: &[],
    },
    Case {
        name: "another engine",
        ends: (rds::SOURCE_ID, rds::POSTGRES_ID),
        lines: FROM_MYSQL,
        change: nothing,
        errors: &["has another engine"],
        warnings: &[],
    },
    Case {
        name: "an earlier version",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| instance(world, rds::TARGET_ID).version = "5.7".into(),
        errors: &["earlier version"],
        warnings: &[],
    },
    Case {
        name: "less storage",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| instance(world, rds::TARGET_ID).size = 40,
        errors: &["too little storage"],
        warnings: &[],
    },
    Case {
        // O/manual: the same VPC, for PostgreSQL and SQL Server.
        name: "PostgreSQL in another VPC",
        ends: (rds::POSTGRES_ID, rds::POSTGRES_TARGET_ID),
        lines: FROM_POSTGRES,
        change: |world| instance(world, rds::POSTGRES_TARGET_ID).vpc_id = "59000000-0000-4000-8000-000000000002".into(),
        errors: &["in another VPC"],
        warnings: &[],
    },
    Case {
        name: "a backup of another instance",
        ends: (rds::TARGET_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: nothing,
        errors: &["is not one of RDS instance"],
        warnings: &[],
    },
    Case {
        name: "a backup that failed",
        ends: (rds::SOURCE_ID, rds::SOURCE_ID),
        lines: FROM_MYSQL,
        change: |world| {
            backup(world, rds::BACKUP_ID).failure =
                Some(serde_json::from_value(serde_json::json!({"code": "x"})).unwrap());
        },
        errors: &["Its status is FAILED"],
        warnings: &[],
    },
    Case {
        name: "a moment before all times",
        ends: (rds::SOURCE_ID, rds::SOURCE_ID),
        lines: "restore_time = 1577836800000",
        change: nothing,
        errors: &["lies in none of the times"],
        warnings: &[],
    },
    Case {
        name: "databases of an engine that has no choice",
        ends: (rds::SOURCE_ID, rds::SOURCE_ID),
        lines: "backup_id = \"5b000000000000000000000000000001br01\"\ndatabase_names = { a = \"b\" }",
        change: nothing,
        errors: &["cannot be restored by databases"],
        warnings: &[],
    },
    Case {
        name: "a target that needs help",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| instance(world, rds::TARGET_ID).status = "STORAGE FULL".into(),
        errors: &["STORAGE FULL"],
        warnings: &[],
    },
    Case {
        name: "a target that is busy",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| instance(world, rds::TARGET_ID).status = "REBOOTING".into(),
        errors: &[],
        warnings: &["Apply waits", "REBOOTING"],
    },
    Case {
        name: "a target that does not exist",
        ends: (rds::SOURCE_ID, "5d000000000000000000000000000077in01"),
        lines: FROM_MYSQL,
        change: nothing,
        errors: &["does not exist"],
        warnings: &[],
    },
    // No false alarm.
    Case {
        name: "a backup whose instance is gone",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| world.instances.retain(|instance| instance.id != rds::SOURCE_ID),
        errors: &[],
        warnings: &["Everything that the target holds now is lost"],
    },
    Case {
        name: "MySQL in another VPC, with more storage and a later version",
        ends: (rds::SOURCE_ID, rds::TARGET_ID),
        lines: FROM_MYSQL,
        change: |world| {
            let target = instance(world, rds::TARGET_ID);
            (target.vpc_id, target.size, target.version) = ("another".into(), 200, "8.4".into());
        },
        errors: &[],
        warnings: &["Everything that the target holds now is lost"],
    },
    Case {
        name: "SQL Server onto itself",
        ends: (rds::SQLSERVER_ID, rds::SQLSERVER_ID),
        lines: FROM_SQLSERVER,
        change: nothing,
        errors: &[],
        warnings: &["Everything written to it after 2025-01-01 00:00 UTC is lost"],
    },
    Case {
        name: "a moment of a day long ago",
        ends: (rds::POSTGRES_ID, rds::POSTGRES_TARGET_ID),
        lines: "restore_time = 1747699200000",
        change: nothing,
        errors: &[],
        warnings: &["its state as of 2025-05-20 00:00 UTC"],
    },
];

#[test]
fn restores_are_judged_by_engine_and_mode() {
    for Case { name, ends: (source, target), lines, change, errors, warnings } in CASES {
        let text = format!(
            "resource \"recovery_rds_restore\" \"r\" {{\n  source_instance_id = \"{source}\"\n  target_instance_id = \"{target}\"\n{lines}\n}}\n"
        );
        let Some(story) = Story::begin(&text) else { return };
        story.cloud.change_world(|world| change(&mut world.rds));
        let plan = story.plan();
        assert_eq!(plan.code == Some(0), errors.is_empty(), "{name}: {plan}");
        for said in errors.iter().chain(*warnings) {
            assert!(plan.has(said), "{name}: nothing about {said:?} in {plan}");
        }
        if warnings.first().is_some_and(|first| first.starts_with("Everything")) {
            assert!(!plan.has("Not everything could be checked") && !plan.has("Apply waits"), "{name}: {plan}");
        }
        assert_eq!(story.sent().len(), 0, "{name}");
    }
}

#[test]
fn backups_are_judged() {
    for (status, mode, good, said) in [
        ("ACTIVE", "Ha", true, "1 to add"),
        ("ACTIVE", "Replica", false, "read replica"),
        ("FROZEN", "Single", false, "FROZEN"),
        ("SWITCHOVER", "Ha", true, "Apply waits"),
    ] {
        let text = format!(
            "resource \"recovery_rds_backup\" \"b\" {{\n  instance_id = \"{}\"\n  name = \"before-42\"\n}}\n",
            rds::TARGET_ID
        );
        let Some(story) = Story::begin(&text) else { return };
        story.cloud.change_world(|world| {
            let instance = instance(&mut world.rds, rds::TARGET_ID);
            (instance.status, instance.mode) = (status.into(), mode.into());
        });
        let plan = story.plan().says(said);
        assert_eq!(plan.code == Some(0), good, "{plan}");
    }
}

#[test]
fn without_preflight_a_plan_reads_no_instance_and_no_backup() {
    let text = format!(
        "resource \"recovery_rds_backup\" \"b\" {{\n  instance_id = \"{}\"\n  name = \"before-42\"\n  preflight = false\n}}\n",
        rds::TARGET_ID
    );
    let Some(story) = Story::begin(&text) else { return };
    story.plan().success();
    let asked = story.cloud.journal().iter().any(|entry| entry.service == rehearsal::Service::Rds);
    assert!(!asked, "a plan of a backup without checks asks nothing");
}
