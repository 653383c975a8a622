//! The points that the DCS pages leave open. Each default is what clients that work on the live clouds accept.

use serde::{Deserialize, Serialize};

/// Behaviour where the API pages leave a choice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Whether ids in requests are taken in capitals as in small letters.
    pub ids_in_any_case: bool,
    /// Status of a v2 list without records: 200 (default) or 204 without a body.
    pub empty_list_status: u16,
    /// Whether `total_num` counts all records (default) or those of the page.
    pub total_num: TotalNum,
    /// Seconds of the cloud's time until a list shows a new record; default 0.
    pub listed_after_seconds: f64,
    /// Records begin as running; default false.
    pub skip_waiting: bool,
    /// In how many steps `progress` grows; default 20.
    pub progress_steps: u32,
    /// `updated_at` of a record that is not finished; default `json_null`.
    pub updated_at_while_running: WhileRunning,
    /// Order of every list; default newest first.
    pub order: Order,
    /// Seconds of the cloud's time that a deleted backup stays listed as `deleted`; default 0.
    pub deleted_lingers_seconds: f64,
    /// Whether expired backups are listed; default true.
    pub expired_listed: bool,
    /// DELETE of a backup that is being made; default refuse.
    pub delete_while_running: DeleteWhileRunning,
    /// Whether a backup of one instance can be restored to another; default false.
    pub cross_instance_restore: bool,
    /// Status of an instance after a failed restore; default `RUNNING`.
    pub status_after_failed_restore: String,
    /// `task` of an instance that is being restored; default `RESTORING`.
    pub task_while_restoring: Option<String>,
    /// Whether the instance reads `RUNNING` while its restore is queued; default true.
    pub running_while_waiting: bool,
    /// Only this many of the newest backups of an instance are kept; default 24.
    pub kept_backups: usize,
    /// Code for a single-node instance, last digits; default 4086.
    pub code_single_node: u32,
    /// Code for an unknown or foreign backup in a restore or link request; default 4063.
    pub code_unknown_backup: u32,
    /// Code for a DELETE of an unknown backup; default 4031, which one live client takes as "already gone".
    pub code_unknown_backup_on_delete: u32,
    /// Code for a backup that is not restorable (`is_support_restore` FALSE); default 4087.
    pub code_not_restorable: u32,
    /// Code for a wrong `backup_format`; default 4063.
    pub code_wrong_format: u32,
    /// How codes are written, by version.
    pub code_family: ByVersion<CodeFamily>,
    /// Shape of error bodies, by version.
    pub error_shape: ByVersion<ErrorShape>,
    /// Case of `backup_format` in lists, by version.
    pub format_case: ByVersion<FormatCase>,
    /// How missing values are written, by version.
    pub nulls: ByVersion<Nulls>,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            ids_in_any_case: false,
            empty_list_status: 200,
            total_num: TotalNum::All,
            listed_after_seconds: 0.0,
            skip_waiting: false,
            progress_steps: 20,
            updated_at_while_running: WhileRunning::Null,
            order: Order::NewestFirst,
            deleted_lingers_seconds: 0.0,
            expired_listed: true,
            delete_while_running: DeleteWhileRunning::Refuse,
            cross_instance_restore: false,
            status_after_failed_restore: "RUNNING".into(),
            task_while_restoring: Some("RESTORING".into()),
            running_while_waiting: true,
            kept_backups: 24,
            code_single_node: 4086,
            code_unknown_backup: 4063,
            code_unknown_backup_on_delete: 4031,
            code_not_restorable: 4087,
            code_wrong_format: 4063,
            code_family: ByVersion { v1_0: CodeFamily::Digits, v2: CodeFamily::Dcs },
            error_shape: ByVersion { v1_0: ErrorShape::Nested, v2: ErrorShape::Flat },
            format_case: ByVersion { v1_0: FormatCase::Upper, v2: FormatCase::Lower },
            nulls: ByVersion { v1_0: Nulls::Null, v2: Nulls::Null },
        }
    }
}

/// The two versions of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// One setting for each version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByVersion<T> {
    /// For v1.0.
    pub v1_0: T,
    /// For v2.
    pub v2: T,
}

impl<T: Copy> ByVersion<T> {
    pub(super) fn of(&self, version: Version) -> T {
        match version {
            Version::V1 => self.v1_0,
            Version::V2 => self.v2,
        }
    }
}

/// What `total_num` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TotalNum {
    /// Every record that fits the filter.
    All,
    /// The records on the page.
    Page,
}

/// What `updated_at` says before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileRunning {
    /// `null`. (In YAML the bare word would be no text.)
    #[serde(rename = "json_null")]
    Null,
    /// The time of creation.
    Created,
    /// The time of the answer.
    Now,
}

/// Order of lists, by creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The youngest record comes first.
    NewestFirst,
    /// The oldest record comes first.
    OldestFirst,
}

/// What a DELETE does to a backup that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteWhileRunning {
    /// 400 with the busy code 4096.
    Refuse,
    /// The backup ends as failed and stays listed.
    Abort,
    /// The backup is deleted.
    Allow,
}

/// How a code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeFamily {
    /// `DCS.4096`.
    Dcs,
    /// `111400096`.
    Digits,
}

/// Shape of an error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"error_code", "error_msg", "error_ext_msg"}`.
    Flat,
    /// `{"error": {"code", "message", "ext_message"}}`.
    Nested,
}

/// Case of `backup_format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormatCase {
    /// `AOF`.
    Upper,
    /// `aof`.
    Lower,
}

/// How a missing value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nulls {
    /// `null`. (In YAML the bare word would be no text.)
    #[serde(rename = "json_null")]
    Null,
    /// `{}`, as the examples of v2 show it.
    EmptyObject,
    /// `""`.
    EmptyString,
    /// The field is left out.
    Absent,
}
