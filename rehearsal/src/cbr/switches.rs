//! What the CBR documents leave open, and how long things take.

use crate::service::OperationFailure;
use serde::{Deserialize, Serialize};

/// Behaviours that no document fixes. Each default is what existing clients accept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether ids in requests are taken in capitals as in small letters.
    pub ids_in_any_case: bool,
    /// Body of the 202 that accepts a restore. Unset: empty for `otc`, `job_id` for `huaweicloud`.
    pub restore_answer: Option<RestoreAnswer>,
    /// Whether `resource_id` and `details` of a restore are known; where not, they are ignored like any unknown
    /// field. Unset: only for `huaweicloud`.
    pub huawei_restore_fields: Option<bool>,
    /// Whether a field that the API does not know is refused.
    pub refuse_unknown_fields: bool,
    /// Whether a refusal for the sake of the target (its status, size, kind) comes as a failed log instead of a 400.
    pub target_checks_in_log: bool,
    /// What counts as a concurrent restore.
    pub exclusion: Exclusion,
    /// Which refusal comes first when both the target and the backup are in use by a running restore.
    pub conflict: Conflict,
    /// Whether a server backup may go to another server than its own (else `BackupService.2003`).
    pub other_server: bool,
    /// Whether a disk backup may go to another disk than its own (else `BackupService.2012`).
    pub other_disk: bool,
    /// Whether a mapping may name a disk that is not attached to the target server (else `BackupService.2012`).
    pub unattached_disks: bool,
    /// Whether the mappings may leave out children of the backup.
    pub partial_mappings: bool,
    /// Whether one child or one disk may occur twice in the mappings.
    pub repeated_mappings: bool,
    /// Whether a vault in status `lock` allows restores (else `BackupService.6202`).
    pub locked_vault_restores: bool,
    /// How every restore ends, unless the request carries a failure of its own; unset is `success`.
    pub restore_end: Option<OperationFailure>,
    /// Status of the backup after a failed restore: `available` or `error`.
    pub backup_after_failed_restore: String,
    /// Whether the backup shows `waiting_restore` and `restoring` at all.
    pub backup_flip_visible: bool,
    /// Whether the children of a server backup show the statuses of a restore too.
    pub children_flip: bool,
    /// Where `progress` of a running restore gets stuck (percent).
    pub progress_stuck: Option<u8>,
    /// Whether restore logs have a null `vault_id` and `vault_name`.
    pub log_vault_null: bool,
    /// Whether `extra_info.resource` of a restore log names the source of the backup instead of the target.
    pub log_resource_is_source: bool,
    /// Whether a server restore also writes a log for each child.
    pub child_logs: bool,
    /// How many restores of other backups, by someone else, start together with each restore (at most 1000).
    pub foreign_logs: u32,
    /// Whether each backup has an old successful restore in the log, ended an hour after the backup was made.
    pub old_logs: bool,
    /// Whether the operation log is listed oldest first.
    pub log_oldest_first: bool,
    /// What `count` of a list means.
    pub count: CountForm,
    /// The smallest `offset` that the operation log takes.
    pub log_offset_minimum: u64,
    /// How instants are written. Unset: with milliseconds and offset for `otc`, naive for `huaweicloud`; checkpoints
    /// always naive.
    pub timestamps: Option<TimeForm>,
    /// Whether sizes and counts in a checkpoint are numbers; else they are strings.
    pub checkpoint_sizes_are_numbers: bool,
    /// Whether showing a checkpoint repeats `skipped_resources`.
    pub skipped_in_show: bool,
    /// Whether a checkpoint that includes a vanished resource is refused as a whole (`BackupService.6302`); else the
    /// resource is skipped.
    pub vanished_member_refuses: bool,
    /// Members of vaults whose own backup fails, while those of other members of the same checkpoint go well.
    pub failing_members: Vec<String>,
    /// Whether the list of backups fills in `children`.
    pub children_in_list: bool,
    /// Whether the list of backups contains children without being asked by `parent_id`.
    pub child_backups_listed: bool,
    /// The answer to an identifier that is no UUID.
    pub malformed_id: MalformedId,
    /// Whether `enterprise_project_id` is the number 0, as in the examples of one cloud; typed clients read a string only.
    pub enterprise_project_is_number: bool,
    /// Whether a field in the wrong place of a checkpoint request is ignored (else `BackupService.9900`): a `resources` or
    /// `name` beside `parameters` would silently back up everything.
    pub misplaced_checkpoint_fields_ignored: bool,
}

/// Body of the 202 that accepts a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreAnswer {
    /// No body.
    Empty,
    /// `{}`.
    Object,
    /// `{"job_id": ...}`, the identifier of the operation log.
    JobId,
    /// A word that is no JSON.
    Text,
}

/// What counts as a concurrent restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// A second restore to the same resource.
    #[default]
    Resource,
    /// A second restore from the same vault.
    Vault,
    /// A second restore in the project.
    Project,
}

/// Which refusal a second restore gets when both apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// `BackupService.2010`, the resource is being restored.
    #[default]
    Resource,
    /// `BackupService.2005`, the backup's status does not allow it.
    Backup,
}

/// What `count` of a list means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountForm {
    /// All records that match.
    #[default]
    Total,
    /// The records of this page.
    Page,
}

/// How an instant is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeForm {
    /// `2020-02-23T01:00:32Z`
    Zulu,
    /// `2020-02-05T10:38:34.209782`, UTC without saying so.
    Naive,
    /// `2019-05-23T14:35:23.584+00:00`
    Offset,
}

/// The answer to an identifier that is no UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedId {
    /// 400, `BackupService.9900`.
    #[default]
    BadRequest,
    /// 401, `Malformed request url`.
    Unauthorized,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            ids_in_any_case: false,
            restore_answer: None,
            huawei_restore_fields: None,
            refuse_unknown_fields: false,
            target_checks_in_log: false,
            exclusion: Exclusion::default(),
            conflict: Conflict::default(),
            other_server: true,
            other_disk: false,
            unattached_disks: false,
            partial_mappings: true,
            repeated_mappings: false,
            locked_vault_restores: true,
            restore_end: None,
            backup_after_failed_restore: "available".to_owned(),
            backup_flip_visible: true,
            children_flip: false,
            progress_stuck: None,
            log_vault_null: false,
            log_resource_is_source: false,
            child_logs: false,
            foreign_logs: 0,
            old_logs: false,
            log_oldest_first: false,
            count: CountForm::default(),
            log_offset_minimum: 0,
            timestamps: None,
            checkpoint_sizes_are_numbers: false,
            skipped_in_show: false,
            failing_members: Vec::new(),
            vanished_member_refuses: false,
            children_in_list: false,
            child_backups_listed: false,
            malformed_id: MalformedId::default(),
            enterprise_project_is_number: false,
            misplaced_checkpoint_fields_ignored: false,
        }
    }
}

/// How long things take, in seconds of the cloud's own time (the speed of the rehearsal divides them).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// A restore of a server, from the request to its end.
    pub restore_server: f64,
    /// A restore of a disk, from the request to its end.
    pub restore_disk: f64,
    /// A restore of any other resource, from the request to its end.
    pub restore_other: f64,
    /// How much of a restore is spent in status `waiting`.
    pub waiting: f64,
    /// From the request until the log of a restore is in the list.
    pub log_listed: f64,
    /// From the request until the log of a restore is found by its identifier.
    pub log_shown: f64,
    /// From the request until the backup shows `waiting_restore`.
    pub backup_flip: f64,
    /// From the end of a restore until the backup leaves `restoring`.
    pub backup_release: f64,
    /// Making a backup, from the request until it is `available`.
    pub backup: f64,
    /// Deleting a backup, from the request until it is gone.
    pub delete: f64,
    /// How long the operation log keeps a record, in seconds of real time; unset keeps it for ever.
    pub log_retention: Option<f64>,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations {
            restore_server: 80.0,
            restore_disk: 50.0,
            restore_other: 90.0,
            waiting: 2.0,
            log_listed: 1.0,
            log_shown: 1.0,
            backup_flip: 1.0,
            backup_release: 1.0,
            backup: 60.0,
            delete: 5.0,
            log_retention: None,
        }
    }
}
