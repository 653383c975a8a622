//! The records of the service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Durations, Switches, built_in};
use crate::dbs::{Backup, Instance, Job};
use crate::formats;
use crate::service::Platform;

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
        World {
            platform: Platform::default(),
            switches: Switches::default(),
            durations: Durations::default(),
            instances: built_in::instances(),
            backups: built_in::backups(),
            jobs: Vec::new(),
            serial: 0,
        }
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
        format!("{}{tail}", formats::hex_id(&format!("rds/{kind}"), self.serial, now))
    }
}
