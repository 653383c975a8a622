//! The records of a database service, and what holds at an instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::formats;
use crate::service::{Operation, OperationFailure};

/// An instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// Identifier.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The status when nothing is going on.
    pub status: String,
    /// `Single`, `Ha` or `Replica` of RDS; `Sharding`, `ReplicaSet` or `Single` of DDS.
    pub mode: String,
    /// Such as `MySQL`.
    pub engine: String,
    /// Such as `8.0`.
    pub version: String,
    /// Storage in GB.
    pub size: u64,
    /// Identifier of the network.
    pub vpc_id: String,
    /// Identifier of the subnet.
    pub subnet_id: String,
    /// When it was made.
    #[serde(with = "crate::instants::required")]
    pub created: Timestamp,
    /// From when on it can be restored to a moment; unset: it makes no automated backups.
    #[serde(with = "crate::instants::optional")]
    pub restorable_from: Option<Timestamp>,
    /// From when on it is in the list; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub listed: Option<Timestamp>,
    /// When it is usable for the first time; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub ready: Option<Timestamp>,
    /// How making it failed; unset: it did not.
    pub failure: Option<OperationFailure>,
    /// When it is gone; unset: never.
    #[serde(with = "crate::instants::optional")]
    pub gone: Option<Timestamp>,
}

impl Instance {
    /// Whether the list shows it.
    pub(crate) fn is_listed(&self, now: Timestamp) -> bool {
        self.listed.unwrap_or(self.created) <= now && self.gone.is_none_or(|gone| now < gone)
    }

    /// Whether it was made, well or badly.
    pub(crate) fn is_built(&self, now: Timestamp) -> bool {
        self.ready.is_none_or(|ready| ready <= now)
    }
}

/// A backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// Identifier.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The instance that was backed up.
    pub instance_id: String,
    /// `manual` or `auto`, in the letters in which the service writes it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its databases, where it has not all of them.
    pub databases: Vec<String>,
    /// Engine of the instance.
    pub engine: String,
    /// Version of the engine.
    pub version: String,
    /// Size in KB once it is finished.
    pub size: u64,
    /// Whether it belongs to an instance of a middleware.
    pub associated_with_ddm: bool,
    /// When it was begun.
    #[serde(with = "crate::instants::required")]
    pub created: Timestamp,
    /// From when on it is in the list; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub listed: Option<Timestamp>,
    /// When it ended; unset: at once.
    #[serde(with = "crate::instants::optional")]
    pub ended: Option<Timestamp>,
    /// How it failed; unset: it did not.
    pub failure: Option<OperationFailure>,
    /// When its deletion was asked for.
    #[serde(with = "crate::instants::optional")]
    pub deleting: Option<Timestamp>,
    /// When it is gone.
    #[serde(with = "crate::instants::optional")]
    pub gone: Option<Timestamp>,
}

impl Backup {
    /// Whether it has come to its end.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.ended.unwrap_or(self.created) <= now
    }

    /// Whether it is being made.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        self.created <= now && !self.has_ended(now)
    }

    /// Whether it was made and is not gone.
    pub(crate) fn exists(&self, now: Timestamp) -> bool {
        self.created <= now && self.gone.is_none_or(|gone| now < gone)
    }

    /// Whether the list shows it.
    pub(crate) fn is_listed(&self, now: Timestamp) -> bool {
        self.exists(now) && self.listed.unwrap_or(self.created) <= now
    }

    /// Its status; `deleting` is the service's word for a backup whose deletion runs.
    pub(crate) fn status<'a>(&'a self, now: Timestamp, deleting: &'a str) -> &'a str {
        match &self.failure {
            _ if self.deleting.is_some_and(|since| since <= now) => deleting,
            _ if !self.has_ended(now) => "BUILDING",
            None => "COMPLETED",
            Some(failure) => failure.status.as_deref().unwrap_or("FAILED"),
        }
    }

    /// Whether somebody asked for it.
    pub(crate) fn is_manual(&self) -> bool {
        self.kind.eq_ignore_ascii_case("manual")
    }

    /// Whether it can be restored.
    pub(crate) fn is_restorable(&self, now: Timestamp) -> bool {
        self.exists(now) && self.status(now, "") == "COMPLETED"
    }

    pub(crate) fn operation(&self, service: &str, now: Timestamp) -> Operation {
        Operation {
            service: service.to_owned(),
            kind: "backup".to_owned(),
            id: self.id.clone(),
            target: self.instance_id.clone(),
            started: self.created,
            ended: self.ended.filter(|ended| *ended <= now),
            status: self.status(now, "DELETING").to_owned(),
        }
    }
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Job {
    /// Identifier.
    pub id: String,
    /// Such as `RestoreSqlserverInInstance`.
    pub name: String,
    /// `restore` or another word for the timeline.
    pub kind: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The instance whose data is used.
    pub source_id: String,
    /// The instance that is overwritten.
    pub target_id: String,
    /// The backup that is restored; empty for a moment.
    pub backup_id: String,
    /// The moment restored to, as epoch milliseconds.
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
    /// From when on the target shows it; unset: from `created`.
    #[serde(with = "crate::instants::optional")]
    pub busy_from: Option<Timestamp>,
    /// Until when the target shows it; unset: until `ended`.
    #[serde(with = "crate::instants::optional")]
    pub target_ready: Option<Timestamp>,
    /// How it failed; unset: it did not.
    pub failure: Option<OperationFailure>,
}

impl Job {
    /// Whether it has come to its end.
    pub(crate) fn has_ended(&self, now: Timestamp) -> bool {
        self.ended.is_some_and(|ended| ended <= now)
    }

    /// Whether it was accepted and has not ended.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        self.created <= now && !self.has_ended(now)
    }

    /// Whether its target shows it.
    pub(crate) fn is_shown_on_target(&self, now: Timestamp) -> bool {
        let until = self.target_ready.or(self.ended);
        self.busy_from.unwrap_or(self.created) <= now && until.is_none_or(|until| now < until)
    }

    /// `Running`, `Completed`, `Failed` or the word that a scenario wants.
    pub(crate) fn status(&self, now: Timestamp) -> &str {
        match &self.failure {
            _ if !self.has_ended(now) => "Running",
            None => "Completed",
            Some(failure) => failure.status.as_deref().unwrap_or("Failed"),
        }
    }

    /// Percent while it runs.
    pub(crate) fn progress(&self, now: Timestamp) -> u8 {
        let end = self.ended.unwrap_or_else(|| formats::later(self.created, 3600.0, 1.0));
        formats::percent(self.created, end, now).min(99)
    }

    /// Why it failed, once it has.
    pub(crate) fn reason(&self, now: Timestamp) -> String {
        let failure = self.failure.as_ref().filter(|_| self.has_ended(now));
        let parts = failure.map(|failure| [failure.code.as_str(), failure.message.as_str()]).unwrap_or_default();
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
    }

    pub(crate) fn operation(&self, service: &str, now: Timestamp) -> Operation {
        Operation {
            service: service.to_owned(),
            kind: self.kind.clone(),
            id: self.id.clone(),
            target: self.target_id.clone(),
            started: self.created,
            ended: self.ended.filter(|ended| *ended <= now),
            status: self.status(now).to_owned(),
        }
    }
}
