//! The records of the operation log, and how they name things.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One record of the operation log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// UUID.
    pub id: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// `backup`, `restore`, `delete`, ...
    pub operation_type: String,
    /// The status from `ended_at` on: `success`, `failed`, `timeout`, `skipped` or any other word.
    pub end_status: String,
    /// Code of a failure, such as `BackupService.2011`.
    pub error_code: String,
    /// Text of a failure.
    pub error_message: String,
    /// When it was asked for.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
    /// From when on it is in the list; unset: from `created_at`.
    #[serde(with = "crate::instants::optional")]
    pub listed_at: Option<Timestamp>,
    /// From when on it is found by its identifier; unset: from `created_at`.
    #[serde(with = "crate::instants::optional")]
    pub shown_at: Option<Timestamp>,
    /// From when on it is `running`; unset: from `created_at`.
    #[serde(with = "crate::instants::optional")]
    pub running_at: Option<Timestamp>,
    /// When it ended; unset: never.
    #[serde(with = "crate::instants::optional")]
    pub ended_at: Option<Timestamp>,
    /// Where the progress gets stuck (percent).
    pub progress_stuck: Option<u8>,
    /// `extra_info.common.request_id`.
    pub request_id: String,
    /// What was backed up in the first place.
    pub source: Named,
    /// What is overwritten by a restore.
    pub target: Named,
    /// The backup that is made, restored or deleted.
    pub backup: Named,
    /// The vault.
    pub vault_id: Option<String>,
    /// The restore point of a backup operation.
    pub checkpoint_id: Option<String>,
    /// Whether a backup operation is incremental.
    pub incremental: bool,
    /// From when on the backup shows `waiting_restore`; unset: never.
    #[serde(with = "crate::instants::optional")]
    pub flips_at: Option<Timestamp>,
    /// When the backup leaves the statuses of a restore; unset: at `ended_at`.
    #[serde(with = "crate::instants::optional")]
    pub released_at: Option<Timestamp>,
    /// The status of the backup after the restore; unset: as before.
    pub backup_after: Option<String>,
    /// `power_on` as sent.
    pub power_on: Option<bool>,
    /// `details.destination_path` as sent.
    pub destination_path: Option<String>,
    /// `mappings` as sent.
    pub mappings: Vec<Mapping>,
}

/// Something with an identifier, a name and a type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Named {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Resource type.
    pub kind: String,
}

/// Which disk a disk-level backup goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The child backup.
    pub backup_id: String,
    /// The disk.
    pub volume_id: String,
}

impl Named {
    pub(super) fn new(id: &str, name: &str, kind: &str) -> Named {
        Named { id: id.to_owned(), name: name.to_owned(), kind: kind.to_owned() }
    }
}
