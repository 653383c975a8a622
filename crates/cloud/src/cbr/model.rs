//! What CBR answers. Everything may be missing; sizes come as numbers or texts; times in three forms, so they stay text
//! (see [`crate::time::parse`]).

use serde::Deserialize;

use crate::json;

/// A backup of a server, a disk or a file system.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Backup {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// Description.
    #[serde(deserialize_with = "json::text")]
    pub description: Option<String>,
    /// `available`, `waiting_protect`, `protecting`, `waiting_restore`, `restoring`, `waiting_delete`, `deleting`, `error`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// The checkpoint that it belongs to.
    #[serde(deserialize_with = "json::filled")]
    pub checkpoint_id: Option<String>,
    /// The vault that holds it.
    #[serde(deserialize_with = "json::filled")]
    pub vault_id: Option<String>,
    /// The project that owns it.
    #[serde(deserialize_with = "json::filled")]
    pub project_id: Option<String>,
    /// Kind of backup provider.
    #[serde(deserialize_with = "json::filled")]
    pub provider_id: Option<String>,
    /// The server or disk that was backed up.
    #[serde(deserialize_with = "json::filled")]
    pub resource_id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "json::filled")]
    pub resource_name: Option<String>,
    /// `OS::Nova::Server`, `OS::Cinder::Volume`, `OS::Sfs::Turbo`, `OS::Workspace::DesktopV2`, …
    #[serde(deserialize_with = "json::filled")]
    pub resource_type: Option<String>,
    /// Its availability zone.
    #[serde(deserialize_with = "json::filled")]
    pub resource_az: Option<String>,
    /// Its size in GB.
    #[serde(deserialize_with = "json::whole")]
    pub resource_size: Option<i64>,
    /// `backup` or `replication`.
    #[serde(deserialize_with = "json::filled")]
    pub image_type: Option<String>,
    /// The server backup that this disk backup is part of.
    #[serde(deserialize_with = "json::filled")]
    pub parent_id: Option<String>,
    /// Disk backups of a server backup; sure to be there only when one backup is read by itself.
    #[serde(deserialize_with = "json::list")]
    pub children: Vec<Backup>,
    /// When it was made.
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
    /// When it was last changed.
    #[serde(deserialize_with = "json::filled")]
    pub updated_at: Option<String>,
    /// When it expires.
    #[serde(deserialize_with = "json::filled")]
    pub expired_at: Option<String>,
    /// The moment that its data is of.
    #[serde(deserialize_with = "json::filled")]
    pub protected_at: Option<String>,
    /// Huawei Cloud writes this here, OTC into `extend_info`: see [`Backup::is_incremental`].
    #[serde(deserialize_with = "json::flag")]
    pub incremental: Option<bool>,
    /// Further properties.
    #[serde(deserialize_with = "json::object")]
    pub extend_info: BackupExtendInfo,
}

impl Backup {
    /// Whether it is an incremental backup, wherever the cloud says so.
    pub fn is_incremental(&self) -> Option<bool> {
        self.incremental.or(self.extend_info.incremental)
    }

    /// `na`, `backup` or `snapshot`, if the service says; meaningful for server backups only.
    pub fn supported_restore_mode(&self) -> Option<&str> {
        self.extend_info.supported_restore_mode.as_deref()
    }
}

/// Further properties of a backup.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BackupExtendInfo {
    /// Made by a policy.
    #[serde(deserialize_with = "json::flag")]
    pub auto_trigger: Option<bool>,
    /// Made from a bootable disk.
    #[serde(deserialize_with = "json::flag")]
    pub bootable: Option<bool>,
    /// Incremental (OTC).
    #[serde(deserialize_with = "json::flag")]
    pub incremental: Option<bool>,
    /// Supports lazy loading, that is a fast restore.
    #[serde(deserialize_with = "json::flag")]
    pub support_lld: Option<bool>,
    /// `na`, `backup` or `snapshot`.
    #[serde(deserialize_with = "json::filled")]
    pub supported_restore_mode: Option<String>,
    /// Contains a system disk.
    #[serde(deserialize_with = "json::flag")]
    pub contain_system_disk: Option<bool>,
    /// Encrypted.
    #[serde(deserialize_with = "json::flag")]
    pub encrypted: Option<bool>,
    /// Is of a system disk.
    #[serde(deserialize_with = "json::flag")]
    pub system_disk: Option<bool>,
    /// Images made from it; such a backup cannot be deleted.
    #[serde(deserialize_with = "json::list")]
    pub os_images_data: Vec<OsImage>,
}

/// An image made from a backup.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct OsImage {
    /// Its id.
    #[serde(deserialize_with = "json::filled")]
    pub image_id: Option<String>,
}

/// Log of an operation: the only place that tells how a restore ended.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct OperationLog {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// `restore`, `backup`, `delete`, …
    #[serde(deserialize_with = "json::filled")]
    pub operation_type: Option<String>,
    /// `waiting`, `running`, `success`, `failed`, `timeout`, `skipped`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// When the log was written.
    #[serde(deserialize_with = "json::filled")]
    pub created_at: Option<String>,
    /// When the operation began.
    #[serde(deserialize_with = "json::filled")]
    pub started_at: Option<String>,
    /// When the log was last changed.
    #[serde(deserialize_with = "json::filled")]
    pub updated_at: Option<String>,
    /// When the operation ended.
    #[serde(deserialize_with = "json::filled")]
    pub ended_at: Option<String>,
    /// The checkpoint that it was about.
    #[serde(deserialize_with = "json::filled")]
    pub checkpoint_id: Option<String>,
    /// The policy that started it.
    #[serde(deserialize_with = "json::filled")]
    pub policy_id: Option<String>,
    /// Kind of backup provider.
    #[serde(deserialize_with = "json::filled")]
    pub provider_id: Option<String>,
    /// Project.
    #[serde(deserialize_with = "json::filled")]
    pub project_id: Option<String>,
    /// Vault; often missing for restores.
    #[serde(deserialize_with = "json::filled")]
    pub vault_id: Option<String>,
    /// Name of the vault.
    #[serde(deserialize_with = "json::filled")]
    pub vault_name: Option<String>,
    /// Why it failed; both fields are absent when it did not.
    #[serde(deserialize_with = "json::object")]
    pub error_info: ErrorInfo,
    /// Details by type of operation.
    #[serde(deserialize_with = "json::object")]
    pub extra_info: LogExtraInfo,
}

/// Why an operation failed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ErrorInfo {
    /// `BackupService.nnnn`.
    #[serde(deserialize_with = "json::filled")]
    pub code: Option<String>,
    /// The service's words.
    #[serde(deserialize_with = "json::filled")]
    pub message: Option<String>,
}

/// Details of an operation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LogExtraInfo {
    /// Progress and ids.
    #[serde(deserialize_with = "json::object")]
    pub common: LogCommon,
    /// The resource; for a restore it is not documented whether source or target.
    #[serde(deserialize_with = "json::object")]
    pub resource: LogResource,
    /// A restore's backup and target.
    #[serde(deserialize_with = "json::object")]
    pub restore: LogRestore,
    /// A backup's result.
    #[serde(deserialize_with = "json::object")]
    pub backup: LogBackup,
}

/// Progress and ids of an operation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LogCommon {
    /// Percent, 0 to 100.
    #[serde(deserialize_with = "json::number")]
    pub progress: Option<f64>,
    /// The service's own request id; not known to equal any response header.
    #[serde(deserialize_with = "json::filled")]
    pub request_id: Option<String>,
    /// Id of the backup task.
    #[serde(deserialize_with = "json::filled")]
    pub task_id: Option<String>,
}

/// The resource of an operation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LogResource {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Type.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub kind: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
}

/// Backup and target of a restore: what tells whose log it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LogRestore {
    /// The backup.
    #[serde(deserialize_with = "json::filled")]
    pub backup_id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "json::filled")]
    pub backup_name: Option<String>,
    /// The server or disk that is overwritten.
    #[serde(deserialize_with = "json::filled")]
    pub target_resource_id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "json::filled")]
    pub target_resource_name: Option<String>,
}

/// Result of a backup operation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LogBackup {
    /// The backup.
    #[serde(deserialize_with = "json::filled")]
    pub backup_id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "json::filled")]
    pub backup_name: Option<String>,
    /// Incremental or not.
    #[serde(deserialize_with = "json::flag")]
    pub incremental: Option<bool>,
}

/// A vault.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Vault {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// Project.
    #[serde(deserialize_with = "json::filled")]
    pub project_id: Option<String>,
    /// Backup locking (write once); not to be confused with `billing.status`.
    #[serde(deserialize_with = "json::flag")]
    pub locked: Option<bool>,
    /// Capacity and status.
    #[serde(deserialize_with = "json::object")]
    pub billing: VaultBilling,
    /// The servers and disks that it protects.
    #[serde(deserialize_with = "json::list")]
    pub resources: Vec<VaultResource>,
}

/// Capacity and status of a vault.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct VaultBilling {
    /// `available`, `lock`, `frozen`, `deleting`, `error`, …
    #[serde(deserialize_with = "json::filled")]
    pub status: Option<String>,
    /// Capacity in GB.
    #[serde(deserialize_with = "json::whole")]
    pub size: Option<i64>,
    /// Used capacity in MB.
    #[serde(deserialize_with = "json::whole")]
    pub used: Option<i64>,
    /// Allocated capacity in GB.
    #[serde(deserialize_with = "json::whole")]
    pub allocated: Option<i64>,
    /// `server`, `disk`, `turbo`, …
    #[serde(deserialize_with = "json::filled")]
    pub object_type: Option<String>,
    /// `backup` or `replication`.
    #[serde(deserialize_with = "json::filled")]
    pub protect_type: Option<String>,
}

/// A server or disk in a vault or checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct VaultResource {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// Type.
    #[serde(rename = "type", deserialize_with = "json::filled")]
    pub kind: Option<String>,
    /// `available`, `error`, `protecting`, `restoring`, `removing`, …
    #[serde(deserialize_with = "json::filled")]
    pub protect_status: Option<String>,
    /// Size in GB; vaults call it `size`, checkpoints `resource_size`.
    #[serde(alias = "resource_size", deserialize_with = "json::whole")]
    pub size: Option<i64>,
    /// Size of its backups; the unit is not documented.
    #[serde(deserialize_with = "json::whole")]
    pub backup_size: Option<i64>,
    /// Number of its backups.
    #[serde(deserialize_with = "json::whole")]
    pub backup_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_read_as_both_clouds_write_it() {
        let otc = r#"{"id":"b","status":"available","resource_size":40,"children":[{"id":"c","resource_id":"d",
            "resource_size":"40","extend_info":null}],"extend_info":{"incremental":false,"supported_restore_mode":"backup",
            "os_images_data":null},"enterprise_project_id":0,"created_at":"2019-05-23T14:35:23.584+00:00"}"#;
        let backup: Backup = json::read(otc.as_bytes()).unwrap();
        assert_eq!((backup.is_incremental(), backup.supported_restore_mode()), (Some(false), Some("backup")));
        assert_eq!(backup.children[0].resource_size, Some(40));
        let huawei: Backup = json::read(br#"{"incremental":true,"extend_info":{},"parent_id":null}"#).unwrap();
        assert_eq!((huawei.is_incremental(), huawei.parent_id), (Some(true), None));
    }

    #[test]
    fn a_log_is_read_with_empty_and_missing_parts() {
        let log = r#"{"id":"l","status":"failed","vault_id":null,"error_info":{"code":"BackupService.2011","message":"m"},
            "extra_info":{"common":{"progress":"30"},"backup":{"incremental":"\"true\""},"restore":{"backup_id":"b"}}}"#;
        let log: OperationLog = json::read(log.as_bytes()).unwrap();
        assert_eq!(log.error_info.code.as_deref(), Some("BackupService.2011"));
        assert_eq!(log.extra_info.common.progress, Some(30.0));
        assert_eq!(log.extra_info.backup.incremental, Some(true));
        let fine: OperationLog = json::read(br#"{"error_info":{"code":"","message":""},"extra_info":null}"#).unwrap();
        assert_eq!((fine.error_info, fine.extra_info), (ErrorInfo::default(), LogExtraInfo::default()));
    }

    #[test]
    fn sizes_of_resources_have_two_names_and_two_forms() {
        for body in [r#"{"size":40}"#, r#"{"resource_size":"40"}"#] {
            assert_eq!(json::read::<VaultResource>(body.as_bytes()).unwrap().size, Some(40), "{body}");
        }
    }
}
