//! What the RDS documents leave open, and how long things take.

use serde::{Deserialize, Serialize};

use crate::service::OperationFailure;

/// Behaviours that no document fixes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether ids in requests are taken in capitals as in small letters; answers have them as they were made.
    pub ids_in_any_case: bool,
    /// HTTP status of a restore that is accepted. Unset: 200 in v3, 202 in v3.1.
    pub restore_status: Option<u16>,
    /// Whether a task is found by its identifier that is a restore. Unset: only for `huaweicloud`, whose clients do so.
    pub job_knows_restores: Option<bool>,
    /// Whether the task of a restore names the source as its instance instead of the target.
    pub task_names_source: bool,
    /// Name of the task of a restore. Unset: `Restore`, the engine and `InInstance`.
    pub restore_task_name: Option<String>,
    /// How every restore ends, unless the request carries a failure of its own; unset is `Completed`.
    pub restore_end: Option<OperationFailure>,
    /// Status of the target after a failed restore.
    pub target_after_failed_restore: String,
    /// Whether the target is usable before, with or after the end of the task.
    pub target_ready: TargetReady,
    /// Whether an instance backs itself up after a restore (MySQL and PostgreSQL).
    pub backs_up_afterwards: bool,
    /// Whether an instance that is being backed up refuses backups and restores (409, `DBS.200019`).
    pub backing_up_is_busy: bool,
    /// Whether the name of a backup has to be unique in the project; else of its instance.
    pub names_unique_in_project: bool,
    /// Whether the list of backups is oldest first.
    pub oldest_first: bool,
    /// Code for deleting an automated backup (400).
    pub automated_delete_code: u32,
    /// Code for deleting a backup that is not there (404).
    pub unknown_backup_code: u32,
    /// Whether a task is found by its identifier that makes an instance.
    pub job_knows_creations: bool,
    /// Whether the name of an instance has to be unique in the project (409, `DBS.200022`).
    pub instance_names_unique: bool,
    /// Whether the answer about a new instance names its task.
    pub creation_tells_job: bool,
    /// Whether a task that ended well is `Complete`, as in one example.
    pub complete_without_d: bool,
}

/// When the target is usable, compared with the end of the task. How far apart is [`Durations::target_release`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetReady {
    /// After the task.
    #[default]
    After,
    /// At the same instant.
    With,
    /// Before the task.
    Before,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            ids_in_any_case: false,
            restore_status: None,
            job_knows_restores: None,
            task_names_source: false,
            restore_task_name: None,
            restore_end: None,
            target_after_failed_restore: "FAILED".to_owned(),
            target_ready: TargetReady::default(),
            backs_up_afterwards: true,
            backing_up_is_busy: true,
            names_unique_in_project: true,
            oldest_first: false,
            automated_delete_code: 280_001,
            unknown_backup_code: 201_010,
            job_knows_creations: true,
            instance_names_unique: false,
            creation_tells_job: true,
            complete_without_d: false,
        }
    }
}

/// How long things take, in seconds of the cloud's own time (the speed of the rehearsal divides them), but for the last two,
/// which are seconds of real time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// A backup.
    pub backup: f64,
    /// A restore, from the request to the end of its task.
    pub restore: f64,
    /// Making an instance of a backup or a moment, from the request to the end of its task.
    pub create: f64,
    /// Deleting an instance.
    pub delete_instance: f64,
    /// From the request until a new instance is in the list.
    pub instance_listed: f64,
    /// How much later than its task ends a new instance is usable.
    pub create_release: f64,
    /// The backup that an instance makes of itself after a restore.
    pub own_backup: f64,
    /// Deleting a backup.
    pub delete: f64,
    /// From the request until a backup is in the list.
    pub backup_listed: f64,
    /// From the request until a task is in the list.
    pub task_listed: f64,
    /// From the request until a task is found by its identifier.
    pub job_shown: f64,
    /// From the request until the target shows `RESTORING`.
    pub target_flip: f64,
    /// How far apart the end of the task and the end of `RESTORING` are.
    pub target_release: f64,
    /// How long a task is kept.
    pub job_retention: f64,
    /// How far the end of the restorable stretch lies in the past.
    pub restorable_lag: f64,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations {
            backup: 60.0,
            restore: 120.0,
            create: 240.0,
            delete_instance: 10.0,
            instance_listed: 1.0,
            create_release: 1.0,
            own_backup: 10.0,
            delete: 5.0,
            backup_listed: 1.0,
            task_listed: 1.0,
            job_shown: 1.0,
            target_flip: 1.0,
            target_release: 5.0,
            job_retention: 30.0 * 86_400.0,
            restorable_lag: 300.0,
        }
    }
}
