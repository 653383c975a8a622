//! What exists in DCS: instances, backup and restore records, how long operations take, and the points that the API
//! pages leave open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::switches::Switches;
use crate::instants::{self, plus_seconds};
use crate::service::{OperationFailure, Platform};

/// Everything DCS knows. Records are never changed by the passing of time: what a record looks like at an instant is
/// computed from the instants in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Which cloud's wire form is spoken where the two differ.
    pub platform: Platform,
    /// Cache instances.
    pub instances: Vec<Instance>,
    /// Backup records, oldest first.
    pub backups: Vec<Backup>,
    /// Restore records, oldest first.
    pub restores: Vec<Restore>,
    /// How long operations take.
    pub durations: Durations,
    /// Behaviour where the API pages leave a choice.
    pub switches: Switches,
}

/// A cache instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// Identifier, any text; real ones are UUIDs.
    pub id: String,
    /// Name; `dcs-` and the start of the id when empty.
    pub name: String,
    /// The project it belongs to; every project sees it when absent.
    pub project_id: Option<String>,
    /// `single`, `ha`, `cluster`, `proxy` or `ha_rw_split`.
    pub cache_mode: CacheMode,
    /// `4.0`, `5.0`, `6.0`, `7.0`, or `3.0`.
    pub engine_version: String,
    /// Memory in GB; below 1 for small instances.
    pub capacity: f64,
    /// Its status when nothing runs: `RUNNING`, `ERROR`, `RESTARTING`, `EXTENDING`, `CREATING`, `FROZEN` and so on.
    pub status: String,
    /// Its current task when neither a backup nor a restore runs.
    pub task: Option<String>,
    /// Recovering from an internal fault: stays `RUNNING`, refuses backup and restore (code 4104).
    pub node_fault: bool,
    /// A backup policy as the API prints it, or none.
    pub backup_policy: Option<serde_json::Value>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    #[serde(with = "instants::required")]
    pub created_at: Timestamp,
    /// When it was deleted.
    #[serde(with = "instants::optional")]
    pub deleted_at: Option<Timestamp>,
}

/// A tag of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tag {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

/// The architecture of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheMode {
    /// Single node: can be neither backed up nor restored.
    Single,
    /// Master and standby.
    #[default]
    Ha,
    /// Redis Cluster.
    Cluster,
    /// Proxy Cluster.
    Proxy,
    /// Read/write splitting.
    HaRwSplit,
}

impl CacheMode {
    /// As the API writes it.
    pub(super) fn word(self) -> &'static str {
        match self {
            CacheMode::Single => "single",
            CacheMode::Ha => "ha",
            CacheMode::Cluster => "cluster",
            CacheMode::Proxy => "proxy",
            CacheMode::HaRwSplit => "ha_rw_split",
        }
    }
}

/// A backup record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// Identifier, any text; real ones are UUIDs.
    pub id: String,
    /// The instance that was backed up.
    pub instance_id: String,
    /// Name; made from `created_at` when empty.
    pub name: String,
    /// `manual` or `auto`.
    pub backup_type: String,
    /// `rdb` or `aof`.
    pub backup_format: String,
    /// The caller's text.
    pub remark: Option<String>,
    /// Time window of an automatic backup, such as `22:00-23:00`.
    pub period: Option<String>,
    /// Bytes, once finished.
    pub size: u64,
    /// Whether a finished backup can be restored.
    pub is_support_restore: bool,
    /// When it was asked for.
    #[serde(with = "instants::required")]
    pub created_at: Timestamp,
    /// From when on lists show it; `created_at` when absent.
    #[serde(with = "instants::optional")]
    pub listed_at: Option<Timestamp>,
    /// When it left the queue; `created_at` when absent.
    #[serde(with = "instants::optional")]
    pub started_at: Option<Timestamp>,
    /// When it ends or ended; `created_at` plus a minute when absent.
    #[serde(with = "instants::optional")]
    pub ended_at: Option<Timestamp>,
    /// Why it fails; none for a good one.
    pub failure: Option<OperationFailure>,
    /// From when on it is `expired`.
    #[serde(with = "instants::optional")]
    pub expired_at: Option<Timestamp>,
    /// From when on it is `deleted`.
    #[serde(with = "instants::optional")]
    pub deleted_at: Option<Timestamp>,
    /// From when on no list has it any more.
    #[serde(with = "instants::optional")]
    pub unlisted_at: Option<Timestamp>,
}

/// A restore record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Restore {
    /// Identifier, any text; real ones are UUIDs.
    pub id: String,
    /// The instance that is overwritten.
    pub instance_id: String,
    /// The backup it is overwritten with.
    pub backup_id: String,
    /// Name; made from `created_at` when empty.
    pub name: String,
    /// The backup's name, kept here because the backup may go away.
    pub backup_name: String,
    /// The backup's remark, kept likewise.
    pub backup_remark: Option<String>,
    /// The caller's text.
    pub remark: Option<String>,
    /// The instance that the backup was made of, when another one.
    pub source_instance_id: Option<String>,
    /// When it was asked for.
    #[serde(with = "instants::required")]
    pub created_at: Timestamp,
    /// From when on lists show it; `created_at` when absent.
    #[serde(with = "instants::optional")]
    pub listed_at: Option<Timestamp>,
    /// When it left the queue; `created_at` when absent.
    #[serde(with = "instants::optional")]
    pub started_at: Option<Timestamp>,
    /// When the record ends or ended; `created_at` plus a minute when absent.
    #[serde(with = "instants::optional")]
    pub ended_at: Option<Timestamp>,
    /// When the instance is or was usable again; `ended_at` when absent.
    #[serde(with = "instants::optional")]
    pub settled_at: Option<Timestamp>,
    /// Why it fails; none for a good one.
    pub failure: Option<OperationFailure>,
}

/// How long operations take, in seconds of the cloud's time; `speed` divides them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// In the queue (`waiting`), for backups and restores.
    pub waiting_seconds: f64,
    /// A backup, queue included.
    pub backup_seconds: f64,
    /// A restore, queue included.
    pub restore_seconds: f64,
    /// How long after the record's end the instance is usable again; negative: before.
    pub settle_seconds: f64,
}

impl Default for Instance {
    fn default() -> Instance {
        Instance {
            id: String::new(),
            name: String::new(),
            project_id: None,
            cache_mode: CacheMode::default(),
            engine_version: "5.0".into(),
            capacity: 1.0,
            status: "RUNNING".into(),
            task: None,
            node_fault: false,
            backup_policy: None,
            tags: Vec::new(),
            created_at: plus_seconds(Timestamp::now(), -30.0 * 86_400.0),
            deleted_at: None,
        }
    }
}

impl Default for Backup {
    fn default() -> Backup {
        Backup {
            id: String::new(),
            instance_id: String::new(),
            name: String::new(),
            backup_type: "manual".into(),
            backup_format: "rdb".into(),
            remark: None,
            period: None,
            size: 880_232,
            is_support_restore: true,
            created_at: plus_seconds(Timestamp::now(), -86_400.0),
            listed_at: None,
            started_at: None,
            ended_at: None,
            failure: None,
            expired_at: None,
            deleted_at: None,
            unlisted_at: None,
        }
    }
}

impl Default for Restore {
    fn default() -> Restore {
        Restore {
            id: String::new(),
            instance_id: String::new(),
            backup_id: String::new(),
            name: String::new(),
            backup_name: String::new(),
            backup_remark: None,
            remark: None,
            source_instance_id: None,
            created_at: plus_seconds(Timestamp::now(), -86_400.0),
            listed_at: None,
            started_at: None,
            ended_at: None,
            settled_at: None,
            failure: None,
        }
    }
}

impl Default for Durations {
    fn default() -> Durations {
        Durations { waiting_seconds: 5.0, backup_seconds: 60.0, restore_seconds: 45.0, settle_seconds: 2.0 }
    }
}

impl World {
    /// The instance as a project sees it at an instant.
    pub(super) fn instance(&self, id: &str, project_id: &str, now: Timestamp) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.id == id && instance.visible(project_id, now))
    }

    /// The newest backup of an instance that keeps it busy at an instant.
    pub(super) fn running_backup(&self, instance_id: &str, now: Timestamp) -> Option<&Backup> {
        self.backups.iter().rev().find(|backup| backup.instance_id == instance_id && backup.phase(now).is_open())
    }

    /// The newest restore of an instance that keeps it busy at an instant.
    pub(super) fn running_restore(&self, instance_id: &str, now: Timestamp) -> Option<&Restore> {
        self.restores.iter().rev().find(|restore| {
            restore.instance_id == instance_id && restore.created_at <= now && now < restore.settled_at()
        })
    }

    /// The restore of an instance that ended last.
    pub(super) fn last_restore(&self, instance_id: &str, now: Timestamp) -> Option<&Restore> {
        let ended =
            self.restores.iter().filter(|restore| restore.instance_id == instance_id && restore.ended_at() <= now);
        ended.max_by_key(|restore| restore.ended_at())
    }
}

impl Instance {
    pub(super) fn megabytes(&self) -> u64 {
        // Casting saturates, so that a nonsense number of a scenario stays a number.
        (self.capacity * 1024.0) as u64
    }

    pub(super) fn shards(&self) -> u32 {
        if matches!(self.cache_mode, CacheMode::Cluster | CacheMode::Proxy) { 3 } else { 1 }
    }

    /// Master and replicas of each shard.
    pub(super) fn replicas(&self) -> u32 {
        if self.cache_mode == CacheMode::Single { 1 } else { 2 }
    }

    pub(super) fn visible(&self, project_id: &str, now: Timestamp) -> bool {
        self.project_id.as_deref().is_none_or(|own| own == project_id)
            && self.created_at <= now
            && self.deleted_at.is_none_or(|deleted| now < deleted)
    }

    pub(super) fn name(&self) -> String {
        if self.name.is_empty() { format!("dcs-{}", self.id.get(..8).unwrap_or(&self.id)) } else { self.name.clone() }
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    NotYet,
    Waiting,
    Running,
    Ended,
}

impl Phase {
    fn at(now: Timestamp, created: Timestamp, started: Timestamp, ended: Timestamp) -> Phase {
        match () {
            () if now < created => Phase::NotYet,
            () if now >= ended => Phase::Ended,
            () if now < started => Phase::Waiting,
            () => Phase::Running,
        }
    }

    pub(super) fn is_open(self) -> bool {
        matches!(self, Phase::Waiting | Phase::Running)
    }
}

impl Backup {
    pub(super) fn started_at(&self) -> Timestamp {
        self.started_at.unwrap_or(self.created_at)
    }

    pub(super) fn ended_at(&self) -> Timestamp {
        self.ended_at.unwrap_or_else(|| plus_seconds(self.created_at, 60.0))
    }

    pub(super) fn phase(&self, now: Timestamp) -> Phase {
        Phase::at(now, self.created_at, self.started_at(), self.ended_at())
    }

    pub(super) fn listed(&self, now: Timestamp) -> bool {
        self.listed_at.unwrap_or(self.created_at) <= now && self.unlisted_at.is_none_or(|gone| now < gone)
    }

    pub(super) fn name(&self) -> String {
        if self.name.is_empty() { format!("backup_{}", instants::digits(self.created_at)) } else { self.name.clone() }
    }

    pub(super) fn status(&self, now: Timestamp) -> &str {
        let past = |instant: Option<Timestamp>| instant.is_some_and(|instant| instant <= now);
        match self.phase(now) {
            _ if past(self.deleted_at) => "deleted",
            Phase::NotYet | Phase::Waiting => "waiting",
            Phase::Running => "backuping",
            Phase::Ended => match &self.failure {
                Some(failure) => failure.status.as_deref().unwrap_or("failed"),
                None if past(self.expired_at) => "expired",
                None => "succeed",
            },
        }
    }
}

impl Restore {
    pub(super) fn started_at(&self) -> Timestamp {
        self.started_at.unwrap_or(self.created_at)
    }

    pub(super) fn ended_at(&self) -> Timestamp {
        self.ended_at.unwrap_or_else(|| plus_seconds(self.created_at, 60.0))
    }

    pub(super) fn settled_at(&self) -> Timestamp {
        self.settled_at.unwrap_or_else(|| self.ended_at())
    }

    pub(super) fn phase(&self, now: Timestamp) -> Phase {
        Phase::at(now, self.created_at, self.started_at(), self.ended_at())
    }

    pub(super) fn listed(&self, now: Timestamp) -> bool {
        self.listed_at.unwrap_or(self.created_at) <= now
    }

    pub(super) fn name(&self) -> String {
        if self.name.is_empty() { format!("restore_{}", instants::digits(self.created_at)) } else { self.name.clone() }
    }

    pub(super) fn status(&self, now: Timestamp) -> &str {
        match self.phase(now) {
            Phase::NotYet | Phase::Waiting => "waiting",
            Phase::Running => "restoring",
            Phase::Ended => match &self.failure {
                Some(failure) => failure.status.as_deref().unwrap_or("failed"),
                None => "succeed",
            },
        }
    }
}
