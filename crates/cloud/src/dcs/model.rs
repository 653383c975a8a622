//! Records of DCS, as far as backups and restores care.

use serde::Deserialize;

use crate::json;
use crate::secret::Secret;

/// Record of a backup.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Backup {
    /// Id, as answered by [`create_backup`](super::create_backup).
    #[serde(deserialize_with = "json::filled")]
    pub backup_id: Option<String>,
    /// Name, made by the service; its digits are no reliable time.
    #[serde(deserialize_with = "json::filled")]
    pub backup_name: Option<String>,
    /// The instance that was backed up.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// `waiting`, `backuping`, `succeed`, `failed`, `expired`, `deleted`, or something newer.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Percent, as a decimal text such as `100.00`.
    #[serde(deserialize_with = "json::filled")]
    pub progress: Option<String>,
    /// Size in bytes.
    #[serde(deserialize_with = "json::whole")]
    pub size: Option<i64>,
    /// `manual` or `auto`.
    #[serde(deserialize_with = "json::filled")]
    pub backup_type: Option<String>,
    /// `rdb` or `aof`, in any case of letters.
    #[serde(deserialize_with = "json::filled")]
    pub backup_format: Option<String>,
    /// Whether the service says that it can be restored.
    #[serde(deserialize_with = "json::flag")]
    pub is_support_restore: Option<bool>,
    /// The remark given at creation.
    #[serde(deserialize_with = "json::text")]
    pub remark: Option<String>,
    /// Time window of an automatic backup.
    #[serde(deserialize_with = "json::filled")]
    pub period: Option<String>,
    /// `dcs.08.000x` when it failed.
    #[serde(deserialize_with = "json::filled")]
    pub error_code: Option<String>,
    /// When the task was created; see [`crate::time::parse`].
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
    /// When it ended.
    #[serde(deserialize_with = "json::filled")]
    pub updated_at: Option<String>,
    /// When it began to run; the documents' examples contradict themselves, do not compute with it.
    #[serde(deserialize_with = "json::filled")]
    pub execution_at: Option<String>,
}

/// Record of a restore.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Restore {
    /// Id, as answered by [`create_restore`](super::create_restore).
    #[serde(deserialize_with = "json::filled")]
    pub restore_id: Option<String>,
    /// Name, made by the service.
    #[serde(deserialize_with = "json::filled")]
    pub restore_name: Option<String>,
    /// The backup that was restored.
    #[serde(deserialize_with = "json::filled")]
    pub backup_id: Option<String>,
    /// Name of that backup.
    #[serde(deserialize_with = "json::filled")]
    pub backup_name: Option<String>,
    /// `waiting`, `restoring`, `succeed`, `failed`, or something newer.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Percent, as a decimal text.
    #[serde(deserialize_with = "json::filled")]
    pub progress: Option<String>,
    /// The remark given with the restore.
    #[serde(deserialize_with = "json::text")]
    pub restore_remark: Option<String>,
    /// The remark of the backup.
    #[serde(deserialize_with = "json::text")]
    pub backup_remark: Option<String>,
    /// `dcs.08.000x` when it failed.
    #[serde(deserialize_with = "json::filled")]
    pub error_code: Option<String>,
    /// When the task was created.
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
    /// When it ended.
    #[serde(deserialize_with = "json::filled")]
    pub updated_at: Option<String>,
    /// The instance that the backup was made of; v1.0 only, in either of its two spellings.
    #[serde(rename = "sourceInstanceId", alias = "sourceInstanceID", deserialize_with = "json::filled")]
    pub source_instance_id: Option<String>,
    /// Name of that instance; v1.0 only.
    #[serde(rename = "sourceInstanceName", deserialize_with = "json::filled")]
    pub source_instance_name: Option<String>,
}

/// An instance, as far as backup and restore care.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub instance_id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// `RUNNING`, `RESTORING`, `ERROR`, …: everything but `RUNNING` is "not usable". It does not change during a backup.
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Second level of the status, such as `normal`.
    #[serde(deserialize_with = "json::filled")]
    pub sub_status: Option<String>,
    /// The running task, such as `BACKUPING`; any JSON that is not empty is kept as its text.
    #[serde(deserialize_with = "task")]
    pub task: Option<String>,
    /// `single`, `ha`, `cluster`, `proxy`, `ha_rw_split`.
    #[serde(deserialize_with = "json::filled")]
    pub cache_mode: Option<String>,
    /// `Redis`.
    #[serde(deserialize_with = "json::filled")]
    pub engine: Option<String>,
    /// `4.0`, `5.0`, …
    #[serde(deserialize_with = "json::filled")]
    pub engine_version: Option<String>,
    /// When it was created.
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
}

/// Download links of a backup. Each lets its bearer read the data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Bucket of the object storage.
    #[serde(deserialize_with = "json::filled")]
    pub bucket_name: Option<String>,
    /// Folder in the bucket.
    #[serde(deserialize_with = "json::filled")]
    pub file_path: Option<String>,
    /// One link per file.
    #[serde(deserialize_with = "json::list")]
    pub links: Vec<Link>,
}

/// Download link of one file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Link {
    /// Name of the file; in a cluster with its range of slots.
    #[serde(deserialize_with = "json::filled")]
    pub file_name: Option<String>,
    /// The presigned URL.
    pub link: Secret,
}

/// What the instance is busy with: a text on one page, an object, a list or `false` on others.
fn task<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    use serde_json::Value;
    Ok(match Value::deserialize(deserializer)? {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(items) if items.is_empty() => None,
        Value::Object(fields) if fields.is_empty() => None,
        other => Some(other.to_string()),
    })
}
