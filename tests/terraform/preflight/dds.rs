//! What a plan says about backups and restores of DDS: by mode, with what the documents demand.

use rehearsal::{World, dds};

use super::databases::{Judged, block, nothing, passes, refused, text, warned};

const MOMENT: &str = "1747732352076";

fn restore(instance: &str, point: (&str, &str)) -> String {
    block("recovery_dds_restore", &[("instance_id", &text(instance)), point])
}

fn of_backup(instance: &str) -> String {
    restore(instance, ("backup_id", &text(dds::BACKUP_ID)))
}

fn to_moment(instance: &str, moment: &str) -> String {
    restore(instance, ("restore_time", moment))
}

fn backup(instance: &str) -> String {
    block("recovery_dds_backup", &[("instance_id", &text(instance)), ("name", "\"before-42\"")])
}

fn replica_set(world: &mut World) -> &mut rehearsal::dbs::Instance {
    world.dds.instances.iter_mut().find(|instance| instance.id == dds::INSTANCE_ID).unwrap()
}

/// Its backup belongs to an instance of another mode.
fn backup_is_of(world: &mut World, instance: &str) {
    world.dds.backups.iter_mut().for_each(|backup| backup.instance_id = instance.to_owned());
}

const REFUSED: &[Judged] = &[
    Judged {
        name: "a moment of a single node",
        document: "O/api, Restoring Data to the Original DB Instance, on restore_time: \"This parameter takes effect only for replica set \
                   instances.\"",
        block: || to_moment(dds::SINGLE_ID, MOMENT),
        change: nothing,
        says: "moments are for replica sets",
    },
    Judged {
        name: "a backup of another instance",
        document: "the name of the same page: a backup goes back to the instance that it was made of",
        block: || of_backup(dds::SINGLE_ID),
        change: nothing,
        says: "is not one of DDS instance",
    },
    Judged {
        name: "a backup that is gone",
        document: "O/api, Error Codes: DBS.201214, no such backup",
        block: || of_backup(dds::INSTANCE_ID),
        change: |world| world.dds.backups.clear(),
        says: "is not one of DDS instance",
    },
    Judged {
        name: "an instance that is gone",
        document: "O/manual, Restoring a Replica Set Instance from a Backup, of an original that is not there any more: \"you can only \
                   restore the backup to a new DB instance\"",
        block: || of_backup(dds::INSTANCE_ID),
        change: |world| world.dds.instances.retain(|instance| instance.id != dds::INSTANCE_ID),
        says: "does not exist",
    },
    Judged {
        name: "a disk that is full",
        document: "O/api, Querying Instances and Details: of the statuses, normal alone is one of an instance that works",
        block: || of_backup(dds::INSTANCE_ID),
        change: |world| replica_set(world).status = "data_disk_full".into(),
        says: "data_disk_full",
    },
    Judged {
        name: "a moment before all times",
        document: "O/api, Querying the Restoration Time Ranges: what it lists are the times to which an instance can be restored",
        block: || to_moment(dds::INSTANCE_ID, "1577836800000"),
        change: nothing,
        says: "lies in none of the times",
    },
    Judged {
        name: "a moment without automated backups",
        document: "O/manual, Restoring Replica Set Instance to a Point in Time: \"only after the automated backup policy is enabled\"",
        block: || to_moment(dds::INSTANCE_ID, MOMENT),
        change: |world| replica_set(world).restorable_from = None,
        says: "automated backup policy",
    },
    Judged {
        name: "a backup of an instance that does not work",
        document: "O/manual, Creating a Manual Backup: \"Only DB instances in Available status can be manually backed up.\"",
        block: || backup(dds::INSTANCE_ID),
        change: |world| replica_set(world).status = "abnormal".into(),
        says: "abnormal",
    },
];

const WARNED: &[Judged] = &[
    Judged {
        name: "a moment of a cluster",
        document: "one sentence against another: \"only for replica set instances\", and a heading, \"applicable to replica set instances \
                   and cluster instances 4.0\"",
        block: || to_moment(dds::CLUSTER_ID, MOMENT),
        change: nothing,
        says: "it is a cluster",
    },
    Judged {
        name: "an instance that is being made",
        document: "O/api, Querying Instances and Details: creating is the name of something that ends",
        block: || of_backup(dds::INSTANCE_ID),
        change: |world| replica_set(world).status = "creating".into(),
        says: "Apply waits",
    },
];

/// What must not be taken for a fault.
const NO_FALSE_ALARM: &[Judged] = &[
    Judged {
        name: "a replica set from a backup",
        document: "O/manual, Restoring a Replica Set Instance from a Backup: \"Restoring to the original DB instance will overwrite all \
                   existing data\"",
        block: || of_backup(dds::INSTANCE_ID),
        change: nothing,
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "a replica set to a moment",
        document: "O/manual: \"you can restore a replica set instance to a new or original DB instance at a point in time\"",
        block: || to_moment(dds::INSTANCE_ID, MOMENT),
        change: nothing,
        says: "its state as of 2025-05-20 09:12 UTC",
    },
    Judged {
        name: "a cluster from a backup",
        document: "O/manual, Restoring a Cluster Instance from a Backup: \"Restoring to the original DB instance will overwrite all \
                   existing data\"",
        block: || of_backup(dds::CLUSTER_ID),
        change: |world| backup_is_of(world, dds::CLUSTER_ID),
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "a single node from a backup",
        document: "O/manual, Restoring a Single Node Instance from a Backup: \"Restoring to the original DB instance will overwrite all \
                   existing data\"",
        block: || of_backup(dds::SINGLE_ID),
        change: |world| backup_is_of(world, dds::SINGLE_ID),
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "an automated backup",
        document: "O/manual, Restoring a Replica Set Instance from a Backup: \"If you use an automated backup, go to\" the same step",
        block: || of_backup(dds::INSTANCE_ID),
        change: |world| world.dds.backups.iter_mut().for_each(|backup| backup.kind = "Auto".into()),
        says: "Everything written to it after 2025-01-01 00:00 UTC is lost",
    },
    Judged {
        name: "a backup of a cluster",
        document: "O/manual, Creating a Manual Backup, has tabs for clusters, replica sets and single nodes",
        block: || backup(dds::CLUSTER_ID),
        change: nothing,
        says: "1 to add",
    },
    Judged {
        name: "a backup of a single node",
        document: "O/manual, Creating a Manual Backup, has tabs for clusters, replica sets and single nodes",
        block: || backup(dds::SINGLE_ID),
        change: nothing,
        says: "1 to add",
    },
];

#[test]
fn what_the_documents_forbid_is_an_error_of_the_plan() {
    refused(REFUSED);
}

#[test]
fn what_passes_or_is_open_is_a_warning() {
    warned(WARNED);
}

#[test]
fn what_the_documents_allow_raises_no_alarm() {
    passes(NO_FALSE_ALARM);
}
