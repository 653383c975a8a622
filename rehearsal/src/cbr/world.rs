//! The records of the service, and the world that exists when a scenario names none.

pub use super::log_record::{Log, Mapping, Named};
use super::{Durations, Switches};
use crate::formats;
use crate::service::Platform;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Resource type of a server.
pub(super) const SERVER: &str = "OS::Nova::Server";
/// Resource type of a disk.
pub(super) const DISK: &str = "OS::Cinder::Volume";
/// Resource type of a file system.
pub(super) const TURBO: &str = "OS::Sfs::Turbo";

/// Everything that the service knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Which cloud's wire form is spoken where the two differ.
    pub platform: Platform,
    /// Behaviours that no document fixes.
    pub switches: Switches,
    /// How long things take.
    pub durations: Durations,
    /// Servers with their disks.
    pub servers: Vec<Server>,
    /// Disks attached to no server.
    pub disks: Vec<Disk>,
    /// Resources of other kinds that a restore can name, such as desktops.
    pub resources: Vec<Resource>,
    /// Vaults with the resources that they protect.
    pub vaults: Vec<Vault>,
    /// Backup and replication policies.
    pub policies: Vec<Policy>,
    /// Backups shared with other projects.
    pub shares: Vec<Share>,
    /// Backups; the disk-level ones stand in `children` of a server backup.
    pub backups: Vec<Backup>,
    /// Restore points.
    pub checkpoints: Vec<Checkpoint>,
    /// The operation log.
    pub logs: Vec<Log>,
    /// Counts the identifiers given out so far.
    pub serial: u64,
}

/// A server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `ACTIVE` and `SHUTOFF` can be restored, `DELETED` is a terminated server, all else cannot be restored.
    pub status: String,
    /// Attached disks.
    pub disks: Vec<Disk>,
    /// Resource type: `OS::Nova::Server` or `OS::Ironic::BareMetalServer`.
    pub kind: String,
    /// Processor architecture; a backup goes to its own only.
    pub architecture: String,
    /// Operating system; a backup goes to its own only.
    pub os: String,
    /// Whether it stands at a disaster recovery site.
    pub disaster_recovery: bool,
}

/// A disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Disk {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Capacity in GB.
    pub size_gb: u64,
    /// Whether a server boots from it.
    pub system: bool,
    /// `available`, `in-use`, `error` and so on; unset follows from being attached or not.
    pub status: Option<String>,
    /// Whether its type of disk allows restores.
    pub restorable: bool,
    /// Whether it stands at a disaster recovery site.
    pub disaster_recovery: bool,
}

/// A resource of another kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resource {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Such as `OS::Workspace::DesktopV2`.
    pub kind: String,
}

/// A vault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vault {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// `server`, `disk`, `turbo`, ...
    pub object_type: String,
    /// `backup` or `replication`.
    pub protect_type: String,
    /// Billing status: `available`, `lock`, `frozen`, `deleting`, `error`.
    pub status: String,
    /// Capacity in GB.
    pub size_gb: u64,
    /// Used capacity in MB.
    pub used_mb: u64,
    /// Whether backups are locked against deletion.
    pub locked: bool,
    /// Whether the capacity grows by itself.
    pub auto_expand: bool,
    /// When it was made.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
    /// Policies associated with it.
    pub policy_ids: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Protected resources.
    pub members: Vec<Member>,
}

/// A tag of a vault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tag {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

/// A policy that vaults can be associated with. Nothing runs by it: a rehearsal is over before its hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// `backup` or `replication`.
    pub operation_type: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// What is kept and for how long, as sent.
    pub operation_definition: Value,
    /// Recurrence rules (RFC 2445).
    pub pattern: Vec<String>,
    /// When it was made.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
}

/// A backup shared with another project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Share {
    /// UUID.
    pub id: String,
    /// The backup.
    pub backup_id: String,
    /// The project that it is shared with.
    pub dest_project_id: String,
    /// `pending`, `accepted` or `rejected`.
    pub status: String,
    /// When it was offered.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
}

/// A resource that a vault protects.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Member {
    /// Identifier of the server, disk or other resource.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Resource type.
    pub kind: String,
    /// Capacity in GB.
    pub size_gb: u64,
    /// Disks of a server that are not backed up.
    pub exclude_volumes: Vec<String>,
    /// A fixed protection status; unset follows from what runs.
    pub protect_status: Option<String>,
    /// When it was associated.
    #[serde(with = "crate::instants::required")]
    pub added_at: Timestamp,
    /// When it was dissociated.
    #[serde(with = "crate::instants::optional")]
    pub removed_at: Option<Timestamp>,
}

/// A backup, of a server or other resource, or of one disk of a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text; unset is null.
    pub description: Option<String>,
    /// The project that owns it; unset belongs to whoever asks.
    pub project_id: Option<String>,
    /// The vault that holds it.
    pub vault_id: String,
    /// The restore point that it belongs to.
    pub checkpoint_id: String,
    /// The status when nothing is going on: `available` or `error` (or whatever a scenario wants to be seen).
    pub status: String,
    /// Resource type of what was backed up.
    pub resource_type: String,
    /// Identifier of what was backed up.
    pub resource_id: String,
    /// Name of what was backed up.
    pub resource_name: String,
    /// Availability zone.
    pub resource_az: String,
    /// Capacity of what was backed up, in GB.
    pub resource_size: u64,
    /// `backup` or `replication`.
    pub image_type: String,
    /// Whether a policy made it.
    pub auto_trigger: bool,
    /// Whether it holds the changes since the previous one only.
    pub incremental: bool,
    /// Whether what was backed up is encrypted.
    pub encrypted: bool,
    /// Whether it holds a system disk.
    pub system_disk: bool,
    /// `na`, `backup` or `snapshot`; unset is null.
    pub supported_restore_mode: Option<String>,
    /// Images made from it; such a backup cannot be deleted.
    pub images: Vec<String>,
    /// Processor architecture of the server.
    pub architecture: String,
    /// Operating system of the server.
    pub os: String,
    /// Disk-level backups of a server backup.
    pub children: Vec<Backup>,
    /// When it was asked for.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
    /// When its making ended; unset: at once.
    #[serde(with = "crate::instants::optional")]
    pub ready_at: Option<Timestamp>,
    /// When it is to be deleted by the service; only shown.
    #[serde(with = "crate::instants::optional")]
    pub expired_at: Option<Timestamp>,
    /// Its deletion.
    pub deletion: Option<Deletion>,
}

/// A deletion that was asked for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// When it was asked for.
    #[serde(with = "crate::instants::required")]
    pub asked_at: Timestamp,
    /// From when on the record is gone.
    #[serde(with = "crate::instants::required")]
    pub gone_at: Timestamp,
}

/// A restore point.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// UUID.
    pub id: String,
    /// Name as given.
    pub name: String,
    /// Description as given.
    pub description: String,
    /// The vault that was backed up.
    pub vault_id: String,
    /// Resources that were backed up.
    pub members: Vec<Member>,
    /// Resources that were not.
    pub skipped: Vec<Skipped>,
    /// Status once all is done: `available` or `error`.
    pub status: String,
    /// When it was asked for.
    #[serde(with = "crate::instants::required")]
    pub created_at: Timestamp,
    /// When its making ended; unset: at once.
    #[serde(with = "crate::instants::optional")]
    pub ready_at: Option<Timestamp>,
}

/// A resource that a restore point leaves out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Skipped {
    /// Identifier of the resource.
    pub id: String,
    /// Resource type.
    pub kind: String,
    /// Name of the resource.
    pub name: String,
    /// Such as `BackupService.7100`.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

impl World {
    /// A fresh UUID.
    pub(super) fn fresh_id(&mut self, kind: &str, now: Timestamp) -> String {
        self.serial = self.serial.wrapping_add(1);
        formats::uuid(kind, self.serial, now)
    }

    /// The server with this identifier.
    pub(super) fn server(&self, id: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.id == id)
    }

    /// The disk with this identifier, attached or not, and the server that it is attached to.
    pub(super) fn disk(&self, id: &str) -> Option<(&Disk, Option<&Server>)> {
        let attached = self.servers.iter().flat_map(|server| server.disks.iter().map(move |disk| (disk, Some(server))));
        let mut all = attached.chain(self.disks.iter().map(|disk| (disk, None)));
        all.find(|(disk, _)| disk.id == id)
    }

    /// The vault with this identifier.
    pub(super) fn vault(&self, id: &str) -> Option<&Vault> {
        self.vaults.iter().find(|vault| vault.id == id)
    }
}

impl Backup {
    /// Whether it is a backup of a whole server.
    pub(super) fn is_server(&self) -> bool {
        self.resource_type == SERVER || self.resource_type.ends_with("Server")
    }

    /// The backup itself as something with a name.
    pub(super) fn named(&self) -> Named {
        Named::new(&self.id, &self.name, &self.resource_type)
    }

    /// What it was made from.
    pub(super) fn source(&self) -> Named {
        Named::new(&self.resource_id, &self.resource_name, &self.resource_type)
    }
}

impl Member {
    /// Whether the vault protects it at this instant.
    pub(super) fn is_protected(&self, now: Timestamp) -> bool {
        self.added_at <= now && self.removed_at.is_none_or(|removed| now < removed)
    }
}
