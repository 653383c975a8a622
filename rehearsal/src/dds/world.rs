//! The records of the service, and those that exist when a scenario names none.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Durations, Switches};
use crate::dbs::{Backup, Instance, Job, since};
use crate::formats;
use crate::service::Platform;

/// Replica set with [`BACKUP_ID`], restorable from the first of January 2025 until five minutes ago.
pub const INSTANCE_ID: &str = "5e000000000000000000000000000001in02";
/// Cluster of shards.
pub const CLUSTER_ID: &str = "5e000000000000000000000000000002in02";
/// Single node.
pub const SINGLE_ID: &str = "5e000000000000000000000000000003in02";
/// Finished manual backup of [`INSTANCE_ID`].
pub const BACKUP_ID: &str = "5c000000000000000000000000000001br02";

/// Everything that the service knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Which cloud's wire form is spoken where the two differ.
    pub platform: Platform,
    /// Behaviours that no document fixes.
    pub switches: Switches,
    /// How long things take.
    pub durations: Durations,
    /// Instances.
    pub instances: Vec<Instance>,
    /// Backups of every type.
    pub backups: Vec<Backup>,
    /// Tasks.
    pub jobs: Vec<Job>,
    /// Counts the identifiers given out so far.
    pub serial: u64,
}

impl Default for World {
    fn default() -> World {
        let replica_set = instance(INSTANCE_ID, "sessions", "ReplicaSet");
        World {
            platform: Platform::default(),
            switches: Switches::default(),
            durations: Durations::default(),
            backups: vec![backup(BACKUP_ID, "sessions-before-release", &replica_set)],
            instances: vec![
                replica_set,
                instance(CLUSTER_ID, "clicks", "Sharding"),
                instance(SINGLE_ID, "scratch", "Single"),
            ],
            jobs: Vec::new(),
            serial: 0,
        }
    }
}

/// An instance that is usable.
pub(super) fn instance(id: &str, name: &str, mode: &str) -> Instance {
    Instance {
        id: id.to_owned(),
        name: name.to_owned(),
        status: "normal".to_owned(),
        mode: mode.to_owned(),
        engine: "DDS-Community".to_owned(),
        version: "4.2".to_owned(),
        ..Instance::default()
    }
}

/// A finished manual backup of an instance.
pub(super) fn backup(id: &str, name: &str, of: &Instance) -> Backup {
    Backup {
        id: id.to_owned(),
        name: name.to_owned(),
        instance_id: of.id.clone(),
        kind: "Manual".to_owned(),
        engine: of.engine.clone(),
        version: of.version.clone(),
        ended: Some(formats::later(since(), 60.0, 1.0)),
        ..Backup::default()
    }
}

impl World {
    /// The instance with this identifier, whoever asks.
    pub(super) fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id)
    }

    /// An identifier that nothing else has; the last part tells what it is of.
    pub(super) fn fresh_id(&mut self, kind: &str, tail: &str, now: Timestamp) -> String {
        self.serial += 1;
        format!("{}{tail}", formats::hex_id(&format!("dds/{kind}"), self.serial, now))
    }
}
