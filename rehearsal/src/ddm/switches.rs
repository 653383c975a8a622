//! What the DDM documents leave open, and how long things take.

use crate::service::OperationFailure;
use serde::{Deserialize, Serialize};

/// Behaviours that no document fixes. Each default is what existing clients accept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether ids in requests are taken in capitals as in small letters.
    pub ids_in_any_case: bool,
    /// Shape of an error body. Unset: `external` for `otc`, `plain` for `huaweicloud`.
    pub error_shape: Option<ErrorShape>,
    /// HTTP status of `DBS.280001`; pages print it under 400 and under 500.
    pub parameter_error_status: u16,
    /// Whether `source.instance_id` of a restore has to be there. Unset: only for `otc`.
    pub source_id_required: Option<bool>,
    /// Whether a restore is refused because `source.instance_id` is there.
    pub source_id_refused: bool,
    /// Whether `source.instance_id` has to be the instance of the path.
    pub source_id_must_match: bool,
    /// Whether times may be written as floats without a fraction, as clients do that hold them so.
    pub float_times: bool,
    /// Whether the ends of an interval count to the millisecond and do not belong to it; else they count in whole
    /// seconds and belong to it.
    pub exact_intervals: bool,
    /// Whether the look-ups of data nodes refuse a time that lies in no interval.
    pub lookups_check_time: bool,
    /// Whether the source has to be `RUNNING` (else 409, `DBS.200019`).
    pub source_must_run: bool,
    /// Whether a second restore from the same source is refused while the first runs (409, `DBS.200019`).
    pub source_is_busy: bool,
    /// Whether a data node of the source is accepted as its own target, as in the example of the API page.
    pub source_node_as_target: bool,
    /// Whether too small a storage of a target data node is found only by the job, which then fails.
    pub storage_checked_by_job: bool,
    /// Whether everything about target and data nodes is found only by the job, which then fails.
    pub target_checks_in_job: bool,
    /// How every restore ends, unless the request carries a failure of its own; unset is `Completed`.
    pub restore_end: Option<OperationFailure>,
    /// Which instances show that a restore runs.
    pub restore_shown_on: RestoreShownOn,
    /// The status of the source while it is shown there.
    pub source_status: String,
    /// Whether the target is usable before, with or after the end of the job.
    pub target_ready: TargetReady,
    /// Status of the target after a failed restore: `RUNNING` or `ERROR`.
    pub target_after_failed_restore: String,
    /// Whether a job names the source as its instance instead of the target.
    pub job_names_source: bool,
    /// Whether a running job has an `end_time` (the expected one).
    pub end_time_while_running: bool,
    /// Where `process` of a running job gets stuck (percent).
    pub progress_stuck: Option<u8>,
    /// Whether the list of jobs is oldest first.
    pub jobs_oldest_first: bool,
    /// HTTP status for an unknown job (`DBS.300400`).
    pub unknown_job_status: u16,
    /// Name of the job of a metadata restore.
    pub metadata_job_name: String,
    /// Whether `offset` counts pages instead of records.
    pub offset_counts_pages: bool,
    /// Whether `data_volume_size` is a string.
    pub volume_size_is_string: bool,
    /// Whether the catalogue of IAM lists the service; a recorded one of Open Telekom Cloud does not.
    pub in_catalogue: bool,
}

/// Shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"error_code": ..., "error_msg": ...}`
    Plain,
    /// `{"errCode": ..., "externalMessage": ...}`
    External,
}

/// Which instances show that a restore runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreShownOn {
    /// The target alone.
    #[default]
    Target,
    /// Target and source.
    Both,
    /// Neither.
    None,
}

/// When the target is usable, compared with the end of the job. How far apart is
/// [`Durations::target_release`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetReady {
    /// After the job.
    #[default]
    After,
    /// At the same instant.
    With,
    /// Before the job.
    Before,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            ids_in_any_case: false,
            error_shape: None,
            parameter_error_status: 400,
            source_id_required: None,
            source_id_refused: false,
            source_id_must_match: false,
            float_times: true,
            exact_intervals: false,
            lookups_check_time: false,
            source_must_run: false,
            source_is_busy: false,
            source_node_as_target: false,
            storage_checked_by_job: false,
            target_checks_in_job: false,
            restore_end: None,
            restore_shown_on: RestoreShownOn::default(),
            source_status: "BACKUP".to_owned(),
            target_ready: TargetReady::default(),
            target_after_failed_restore: "RUNNING".to_owned(),
            job_names_source: false,
            end_time_while_running: true,
            progress_stuck: None,
            jobs_oldest_first: false,
            unknown_job_status: 400,
            metadata_job_name: "RestoreMetadata".to_owned(),
            offset_counts_pages: false,
            volume_size_is_string: false,
            in_catalogue: true,
        }
    }
}

/// How long things take, in seconds of the cloud's own time (the speed of the rehearsal divides them), but for the
/// last three, which are seconds of real time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// A restore, from the request to the end of its job.
    pub restore: f64,
    /// A restore of metadata.
    pub metadata_restore: f64,
    /// Deleting a backup.
    pub delete_backup: f64,
    /// From the request until the job is in the list.
    pub job_listed: f64,
    /// From the request until the job is found by its identifier.
    pub job_shown: f64,
    /// From the request until the target shows `RESTORE`.
    pub target_flip: f64,
    /// How far apart the end of the job and the end of `RESTORE` are.
    pub target_release: f64,
    /// How long a job is kept.
    pub job_retention: f64,
    /// How far the end of an interval without a fixed end lies in the past.
    pub restorable_lag: f64,
    /// How far the start of an interval without a fixed start lies in the past.
    pub restorable_window: f64,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations {
            restore: 120.0,
            metadata_restore: 60.0,
            delete_backup: 10.0,
            job_listed: 1.0,
            job_shown: 1.0,
            target_flip: 1.0,
            target_release: 5.0,
            job_retention: 30.0 * 86400.0,
            restorable_lag: 300.0,
            restorable_window: 7.0 * 86400.0,
        }
    }
}
