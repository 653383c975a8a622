//! What the DDS documents leave open, and how long things take.

use serde::{Deserialize, Serialize};

use crate::service::OperationFailure;

/// Behaviours that no document fixes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether ids in requests are taken in capitals as in small letters; answers have them as they were made.
    pub ids_in_any_case: bool,
    /// Whether a restore takes another target than the source.
    pub other_target: bool,
    /// Whether clusters can go back to a moment.
    pub clusters_to_moments: bool,
    /// Whether the moment of a restore may be a number, as the examples print it, beside the text of the table.
    pub numbers_as_moments: bool,
    /// Whether a task is found by its identifier that restores an instance onto itself.
    pub job_knows_restores: bool,
    /// How every restore ends, unless the request carries a failure of its own; unset is `Completed`.
    pub restore_end: Option<OperationFailure>,
    /// Whether an instance hangs in `RESTORE_FAILED_HANGUP` after a failed restore.
    pub hangs_after_failure: bool,
    /// What `actions` shows while a restore runs; empty shows nothing.
    pub action: String,
    /// Whether a running task has an `ended`.
    pub end_time_while_running: bool,
    /// Whether a backup whose deletion runs is `DISABLED`, as the text has it, and not `DELETING`.
    pub disabled_while_deleting: bool,
    /// Code for deleting a backup that is not there (400).
    pub unknown_backup_code: u32,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            ids_in_any_case: false,
            other_target: false,
            clusters_to_moments: false,
            numbers_as_moments: true,
            job_knows_restores: true,
            restore_end: None,
            hangs_after_failure: true,
            action: "RESTORE".to_owned(),
            end_time_while_running: true,
            disabled_while_deleting: true,
            unknown_backup_code: 201_214,
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
    /// Deleting a backup.
    pub delete: f64,
    /// From the request until a backup is in the list.
    pub backup_listed: f64,
    /// From the request until a task is in the list.
    pub task_listed: f64,
    /// From the request until a task is found by its identifier.
    pub job_shown: f64,
    /// From the request until the instance shows what it does.
    pub target_flip: f64,
    /// How far apart the end of the task and the end of the action are.
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
