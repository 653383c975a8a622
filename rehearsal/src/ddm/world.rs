//! The records of the service.

use super::{Durations, Switches};
use crate::formats;
use crate::service::{OperationFailure, Platform};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Name of the job of a restore.
pub(super) const RESTORE_JOB: &str = "RestoreInstance";

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
    /// Middleware instances.
    pub instances: Vec<Instance>,
    /// Data nodes (RDS for MySQL), associated or not.
    pub data_nodes: Vec<DataNode>,
    /// Metadata backups.
    pub backups: Vec<Backup>,
    /// Jobs.
    pub jobs: Vec<Job>,
    /// Counts the identifiers given out so far.
    pub serial: u64,
}

/// A middleware instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// Identifier, usually 32 hexadecimal digits and `in09`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The status when nothing is going on, such as `RUNNING`, `FROZEN`, `RESTARTING`, `ERROR`.
    pub status: String,
    /// Shown while the instance is abnormal.
    pub error_msg: String,
    /// When it was made.
    #[serde(with = "crate::instants::required")]
    pub created: Timestamp,
    /// Version of the middleware; a source needs 2.3.2.11, a target 3.0.8.
    pub engine_version: String,
    /// Identifier of the network.
    pub vpc_id: String,
    /// Name of the network.
    pub vpc_name: String,
    /// Identifier of the subnet.
    pub subnet_id: String,
    /// Identifier of the security group.
    pub security_group_id: String,
    /// Address in the network.
    pub access_ip: String,
    /// Middleware nodes (not data nodes).
    pub node_count: u32,
    /// How many schemas it has; a target must have none.
    pub schemas: u32,
    /// How many accounts it has beside the administrator; a target must have none.
    pub accounts: u32,
    /// Data nodes associated with it, each with its time.
    pub members: Vec<Membership>,
    /// When it can be restored to.
    pub intervals: Vec<Interval>,
}

/// A data node's time with an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Membership {
    /// The data node.
    pub data_node_id: String,
    /// From when on; unset: ever since.
    #[serde(with = "crate::instants::optional")]
    pub since: Option<Timestamp>,
    /// Until when; unset: still.
    #[serde(with = "crate::instants::optional")]
    pub until: Option<Timestamp>,
}

/// A stretch of time that can be restored to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Interval {
    /// Unset: [`Durations::restorable_window`] before now.
    #[serde(with = "crate::instants::optional")]
    pub start: Option<Timestamp>,
    /// Unset: [`Durations::restorable_lag`] before now.
    #[serde(with = "crate::instants::optional")]
    pub end: Option<Timestamp>,
}

/// A data node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataNode {
    /// Identifier, usually 32 hexadecimal digits and `in01`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// `normal`, `abnormal` or another display name.
    pub status: String,
    /// Such as `mysql`.
    pub engine_name: String,
    /// Such as `8.0.32`.
    pub version: String,
    /// Storage in bytes.
    pub data_volume_size: u64,
    /// Identifier of the network.
    pub vpc_id: String,
    /// Name of the network.
    pub vpc_name: String,
    /// Address in the network.
    pub private_ip: String,
    /// Whether it takes no writes.
    pub read_only: bool,
}

/// A metadata backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// Identifier, usually 32 hexadecimal digits and `br09`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// `creating`, `normal`, `deleted` or `createfail`.
    pub status: String,
    /// The instance that was backed up.
    pub instance_id: String,
    /// Size in KB.
    pub file_size: f64,
    /// `auto_metadata` or `metadata`.
    pub backup_type: String,
    /// Data nodes that the instance had.
    pub data_node_ids: Vec<String>,
    /// When it was made.
    #[serde(with = "crate::instants::required")]
    pub created: Timestamp,
    /// When it was deleted.
    #[serde(with = "crate::instants::optional")]
    pub deleted: Option<Timestamp>,
}

/// A job ("task").
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Job {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Such as `RestoreInstance`.
    pub name: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The instance whose data is used.
    pub source_id: String,
    /// The instance that is overwritten; empty for a job that is no restore.
    pub target_id: String,
    /// Which data node's data goes where.
    pub relations: Vec<Relation>,
    /// The instant restored to, as epoch milliseconds.
    pub restore_time: Option<i64>,
    /// When it was asked for.
    #[serde(with = "crate::instants::required")]
    pub created: Timestamp,
    /// From when on it is in the list; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub listed: Option<Timestamp>,
    /// From when on it is found by its identifier; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub shown: Option<Timestamp>,
    /// When it ended; unset: never.
    #[serde(with = "crate::instants::optional")]
    pub ended: Option<Timestamp>,
    /// From when on the instances show it; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub busy_from: Option<Timestamp>,
    /// When the target is usable again; unset: when it ended.
    #[serde(with = "crate::instants::optional")]
    pub target_ready: Option<Timestamp>,
    /// How it ends badly; unset: it ends well.
    pub failure: Option<OperationFailure>,
    /// Where the progress gets stuck (percent).
    pub progress_stuck: Option<u8>,
}

/// Which data node's data goes where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The data node of the source.
    pub source_instance_id: String,
    /// The data node that is overwritten.
    pub target_instance_id: String,
}

impl World {
    /// 32 fresh hexadecimal digits.
    pub(super) fn fresh_id(&mut self, kind: &str, now: Timestamp) -> String {
        self.serial = self.serial.wrapping_add(1);
        formats::hex_id(kind, self.serial, now)
    }

    /// The instance with this identifier.
    pub(super) fn instance(&self, id: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id)
    }

    /// The data node with this identifier.
    pub(super) fn data_node(&self, id: &str) -> Option<&DataNode> {
        self.data_nodes.iter().find(|node| node.id == id)
    }
}

impl Membership {
    pub(super) fn of(data_node_id: &str) -> Membership {
        Membership { data_node_id: data_node_id.to_owned(), ..Membership::default() }
    }
}
