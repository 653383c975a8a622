//! What a plan says about backups and restores of RDS: by engine and mode, with what the documents demand. The manual has one
//! page for each engine; where it and the API differ, the wider one is let pass.

use rehearsal::{World, rds};

use super::databases::{Judged, block, nothing, passes, refused, text, warned};
use crate::support::Story;

const MOMENT: &str = "restore_time = 1747699200000";

fn restore(source: &str, target: &str, point: &str) -> String {
    let ends = [("source_instance_id", text(source)), ("target_instance_id", text(target))];
    let ends = ends.each_ref().map(|(name, value)| (*name, value.as_str()));
    block("recovery_rds_restore", &ends).replace("\n}\n", &format!("\n  {point}\n}}\n"))
}

fn of_backup(backup: &str) -> String {
    format!("backup_id = \"{backup}\"")
}

fn mysql(target: &str) -> String {
    restore(rds::SOURCE_ID, target, &of_backup(rds::BACKUP_ID))
}

fn postgres(target: &str) -> String {
    restore(rds::POSTGRES_ID, target, &of_backup(rds::POSTGRES_BACKUP_ID))
}

fn sql_server(target: &str, lines: &str) -> String {
    restore(rds::SQLSERVER_ID, target, &format!("{}\n{lines}", of_backup(rds::SQLSERVER_BACKUP_ID)))
}

fn backup() -> String {
    block("recovery_rds_backup", &[("instance_id", &text(rds::TARGET_ID)), ("name", "\"before-42\"")])
}

fn instance<'w>(world: &'w mut World, id: &str) -> &'w mut rehearsal::dbs::Instance {
    world.rds.instances.iter_mut().find(|instance| instance.id == id).unwrap()
}

fn first_backup(world: &mut World) -> &mut rehearsal::dbs::Backup {
    world.rds.backups.iter_mut().find(|backup| backup.id == rds::BACKUP_ID).unwrap()
}

/// A second SQL Server beside the built-in one.
const LEDGER_COPY: &str = "5d000000000000000000000000000006in04";

fn with_ledger_copy(world: &mut World, change: fn(&mut rehearsal::dbs::Instance)) {
    let mut copy = instance(world, rds::SQLSERVER_ID).clone();
    copy.id = LEDGER_COPY.into();
    change(&mut copy);
    world.rds.instances.push(copy);
}

const REFUSED: &[Judged] = &[
    Judged {
        name: "PostgreSQL onto itself",
        document: "O/api, Restoring Data to an Existing DB Instance, on the original one: \"This API is supported only for MySQL and \
                   Microsoft SQL Server DB engines.\"",
        block: || postgres(rds::POSTGRES_ID),
        change: nothing,
        says: "cannot be restored onto itself",
    },
    Judged {
        name: "another engine",
        document: "the same page: \"The DB engine of the original DB instance must be the same as that of the target DB instance.\"",
        block: || mysql(rds::POSTGRES_ID),
        change: nothing,
        says: "has another engine",
    },
    Judged {
        name: "MySQL onto an earlier version",
        document: "the same page: \"the DB engine version of the target DB instance must be at least equal to that of the original DB \
                   instance\"",
        block: || mysql(rds::TARGET_ID),
        change: |world| instance(world, rds::TARGET_ID).version = "5.7".into(),
        says: "earlier version",
    },
    Judged {
        name: "PostgreSQL onto an earlier version",
        document: "O/manual of PostgreSQL: \"must have the same DB engine and the same or later version than the original DB instance\"",
        block: || postgres(rds::POSTGRES_TARGET_ID),
        change: |world| instance(world, rds::POSTGRES_TARGET_ID).version = "13".into(),
        says: "earlier version",
    },
    Judged {
        name: "SQL Server onto an earlier version",
        document: "O/manual of SQL Server: \"must have the same DB engine and the same or later version than the original DB instance\"",
        block: || sql_server(LEDGER_COPY, ""),
        change: |world| with_ledger_copy(world, |copy| copy.version = "2017_SE".into()),
        says: "earlier version",
    },
    Judged {
        name: "MySQL with less storage",
        document: "O/api: \"The total storage space of the target DB instance must be at least equal to that of the original DB instance \
                   for RDS for MySQL.\"",
        block: || mysql(rds::TARGET_ID),
        change: |world| instance(world, rds::TARGET_ID).size = 40,
        says: "too little storage",
    },
    Judged {
        name: "PostgreSQL with less storage",
        document: "O/manual of PostgreSQL: \"Ensure that the storage space of the selected DB instance is greater than or equal to the \
                   storage space of the original DB instance. Otherwise, data will not be restored.\"",
        block: || postgres(rds::POSTGRES_TARGET_ID),
        change: |world| instance(world, rds::POSTGRES_TARGET_ID).size = 40,
        says: "too little storage",
    },
    Judged {
        name: "PostgreSQL in another VPC",
        document: "O/manual of PostgreSQL: \"the selected DB instance must be in the same VPC as the original DB instance\"",
        block: || postgres(rds::POSTGRES_TARGET_ID),
        change: |world| instance(world, rds::POSTGRES_TARGET_ID).vpc_id = "59000000-0000-4000-8000-000000000002".into(),
        says: "in another VPC",
    },
    Judged {
        name: "SQL Server in another VPC",
        document: "O/manual of SQL Server: \"the selected DB instance must be in the same VPC as the original DB instance\"",
        block: || sql_server(LEDGER_COPY, ""),
        change: |world| with_ledger_copy(world, |copy| copy.vpc_id = "59000000-0000-4000-8000-000000000002".into()),
        says: "in another VPC",
    },
    Judged {
        name: "a backup of another instance",
        document: "O/api on source.instance_id and source.backup_id: the instance that the backup was made of, and one of its backups",
        block: || restore(rds::TARGET_ID, rds::TARGET_ID, &of_backup(rds::BACKUP_ID)),
        change: nothing,
        says: "is not one of RDS instance",
    },
    Judged {
        name: "a backup that failed",
        document: "O/api, Obtaining Details About Backups: of BUILDING, COMPLETED, FAILED and DELETING one means that there is a backup",
        block: || mysql(rds::SOURCE_ID),
        change: |world| {
            first_backup(world).failure = Some(serde_json::from_value(serde_json::json!({"code": "x"})).unwrap())
        },
        says: "Its status is FAILED",
    },
    Judged {
        name: "a moment before all times",
        document: "O/api, Querying the Restoration Time Range: what it lists are the times to which an instance can be restored",
        block: || restore(rds::SOURCE_ID, rds::SOURCE_ID, "restore_time = 1577836800000"),
        change: nothing,
        says: "lies in none of the times",
    },
    Judged {
        name: "databases of MySQL",
        document: "O/api v3.1 on database_name: \"This parameter is only available to RDS for SQL Server.\"",
        block: || {
            restore(
                rds::SOURCE_ID,
                rds::SOURCE_ID,
                &format!("{}\n  database_names = {{ a = \"b\" }}", of_backup(rds::BACKUP_ID)),
            )
        },
        change: nothing,
        says: "cannot be restored by databases",
    },
    Judged {
        name: "a target that needs help",
        document: "O/manual, DB Instance Statuses: \"Storage space of a DB instance is full. Data cannot be written to databases.\"",
        block: || mysql(rds::TARGET_ID),
        change: |world| instance(world, rds::TARGET_ID).status = "STORAGE FULL".into(),
        says: "STORAGE FULL",
    },
    Judged {
        name: "a target that does not exist",
        document: "O/manual: \"If the target existing DB instance has been deleted, data cannot be restored to it.\"",
        block: || mysql("5d000000000000000000000000000077in01"),
        change: nothing,
        says: "does not exist",
    },
    Judged {
        name: "a backup of a replica",
        document: "O/api, Creating a Manual Backup: \"Read replicas do not support manual backup creation.\"",
        block: backup,
        change: |world| instance(world, rds::TARGET_ID).mode = "Replica".into(),
        says: "read replica",
    },
    Judged {
        name: "a backup of a frozen instance",
        document: "O/api, Error Codes: DBS.280449 refuses work on a frozen instance",
        block: backup,
        change: |world| instance(world, rds::TARGET_ID).status = "FROZEN".into(),
        says: "FROZEN",
    },
];

const WAITS: &[Judged] = &[
    Judged {
        name: "a target that is busy",
        document: "O/api, DB Instance Statuses: REBOOTING is the name of something that ends",
        block: || mysql(rds::TARGET_ID),
        change: |world| instance(world, rds::TARGET_ID).status = "REBOOTING".into(),
        says: "Apply waits",
    },
    Judged {
        name: "a backup of an instance that is busy",
        document: "O/api, DB Instance Statuses: SWITCHOVER is the name of something that ends",
        block: backup,
        change: |world| instance(world, rds::TARGET_ID).status = "SWITCHOVER".into(),
        says: "Apply waits",
    },
    Judged {
        name: "a backup that is still being made",
        document: "O/api, Obtaining Details About Backups: BUILDING becomes COMPLETED",
        block: || mysql(rds::TARGET_ID),
        change: |world| first_backup(world).ended = Some(jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)),
        says: "is still being made",
    },
];

/// What must not be taken for a fault.
const NO_FALSE_ALARM: &[Judged] = &[
    Judged {
        name: "a backup whose instance is gone",
        document: "O/manual: \"its automated backups are also deleted but its manual backups are retained\"",
        block: || mysql(rds::TARGET_ID),
        change: |world| world.rds.instances.retain(|instance| instance.id != rds::SOURCE_ID),
        says: "Everything that the target holds now is lost",
    },
    Judged {
        name: "MySQL in another VPC, with more storage and a later version",
        document: "O/manual of MySQL names engine, version and storage, and no VPC: \"the same or a later version\"",
        block: || mysql(rds::TARGET_ID),
        change: |world| {
            let target = instance(world, rds::TARGET_ID);
            (target.vpc_id, target.size, target.version) = ("another".into(), 200, "8.4".into());
        },
        says: "Everything that the target holds now is lost",
    },
    Judged {
        name: "MySQL onto itself",
        document: "O/api, on the original instance: \"supported only for MySQL and Microsoft SQL Server DB engines\"",
        block: || mysql(rds::SOURCE_ID),
        change: nothing,
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "PostgreSQL onto a later version",
        document: "O/manual of PostgreSQL: \"the same or later version\"; the API says \"the same\": where they differ, the service decides",
        block: || postgres(rds::POSTGRES_TARGET_ID),
        change: |world| instance(world, rds::POSTGRES_TARGET_ID).version = "15".into(),
        says: "Everything that the target holds now is lost",
    },
    Judged {
        name: "SQL Server onto itself",
        document: "O/api, on the original instance: \"supported only for MySQL and Microsoft SQL Server DB engines\"",
        block: || sql_server(rds::SQLSERVER_ID, ""),
        change: nothing,
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "SQL Server onto a later version with less storage",
        document: "O/api demands the storage of the original \"for RDS for MySQL\"; of SQL Server the data has to fit, which nobody can see",
        block: || sql_server(LEDGER_COPY, ""),
        change: |world| with_ledger_copy(world, |copy| (copy.version, copy.size) = ("2022_SE".into(), 40)),
        says: "Everything that the target holds now is lost",
    },
    Judged {
        name: "some databases of SQL Server",
        document: "O/api v3.1 on database_name: \"you can restore specific databases and rename new databases\"",
        block: || sql_server(rds::SQLSERVER_ID, "database_names = { ledger = \"ledger2\" }"),
        change: nothing,
        says: "RDS instance ledger",
    },
    Judged {
        name: "a moment of a day long ago",
        document: "O/api, Querying the Restoration Time Range, on date: a day can be asked for, and without one only the last ranges come",
        block: || restore(rds::POSTGRES_ID, rds::POSTGRES_TARGET_ID, MOMENT),
        change: nothing,
        says: "its state as of 2025-05-20 00:00 UTC",
    },
    Judged {
        name: "an automated backup",
        document: "O/manual: \"how to use an automated or manual backup to restore a DB instance\"",
        block: || restore(rds::SOURCE_ID, rds::SOURCE_ID, "backup_id = \"5b000000000000000000000000000009br01\""),
        change: nothing,
        says: "Everything written to it after 2025-01-02 00:00 UTC is lost",
    },
    Judged {
        name: "a backup of a primary with a standby",
        document: "O/api, Creating a Manual Backup, excludes \"Read replicas\" alone",
        block: backup,
        change: |world| instance(world, rds::TARGET_ID).mode = "Ha".into(),
        says: "1 to add",
    },
];

#[test]
fn what_the_documents_forbid_is_an_error_of_the_plan() {
    refused(REFUSED);
}

#[test]
fn what_passes_by_itself_is_waited_for() {
    warned(WAITS);
}

#[test]
fn what_the_documents_allow_raises_no_alarm() {
    passes(NO_FALSE_ALARM);
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
