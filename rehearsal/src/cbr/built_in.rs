//! The world that exists when a scenario names none.

use super as ids;
use super::world::{Backup, Checkpoint, DISK, Disk, Log, Member, Named, Policy, SERVER, Server, Vault};
use crate::formats;
use jiff::Timestamp;

/// When everything was made.
pub(super) fn since() -> Timestamp {
    ids::BACKUP_CREATED_AT.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn servers() -> Vec<Server> {
    vec![
        server(ids::SERVER_ID, "web", ids::SYSTEM_DISK_ID, ids::DATA_DISK_ID),
        server(ids::SPARE_SERVER_ID, "web-spare", ids::SPARE_SYSTEM_DISK_ID, ids::SPARE_DATA_DISK_ID),
    ]
}

fn server(id: &str, name: &str, system: &str, data: &str) -> Server {
    let disks =
        vec![disk(system, &format!("{name}-system"), 40, true), disk(data, &format!("{name}-data"), 100, false)];
    Server { id: id.to_owned(), name: name.to_owned(), disks, ..Server::default() }
}

fn disk(id: &str, name: &str, size_gb: u64, system: bool) -> Disk {
    Disk { id: id.to_owned(), name: name.to_owned(), size_gb, system, ..Disk::default() }
}

pub(super) fn disks() -> Vec<Disk> {
    vec![disk(ids::DISK_ID, "archive", 20, false)]
}

pub(super) fn vaults() -> Vec<Vault> {
    let servers =
        vec![member(ids::SERVER_ID, "web", SERVER, 140), member(ids::SPARE_SERVER_ID, "web-spare", SERVER, 140)];
    let disks = vec![member(ids::DISK_ID, "archive", DISK, 20)];
    let servers = vault(ids::SERVER_VAULT_ID, "servers", "server", servers);
    let followed = vec![ids::POLICY_ID.to_owned()];
    vec![Vault { policy_ids: followed, ..servers }, vault(ids::DISK_VAULT_ID, "disks", "disk", disks)]
}

pub(super) fn policies() -> Vec<Policy> {
    vec![Policy { id: ids::POLICY_ID.to_owned(), name: "nightly".to_owned(), ..Policy::default() }]
}

/// A backup that failed, for clients that show why.
pub(super) fn logs() -> Vec<Log> {
    let server = Named::new(ids::SPARE_SERVER_ID, "web-spare", SERVER);
    vec![Log {
        id: ids::FAILED_LOG_ID.to_owned(),
        operation_type: "backup".to_owned(),
        end_status: "failed".to_owned(),
        error_code: "BackupService.7101".to_owned(),
        error_message: "The server status does not allow the backup.".to_owned(),
        ended_at: Some(formats::later(since(), 30.0, 1.0)),
        request_id: format!("req-{}", formats::uuid("failed", 0, since())),
        source: server,
        vault_id: Some(ids::SERVER_VAULT_ID.to_owned()),
        ..Log::default()
    }]
}

fn vault(id: &str, name: &str, object_type: &str, members: Vec<Member>) -> Vault {
    Vault { id: id.to_owned(), name: name.to_owned(), object_type: object_type.to_owned(), members, ..Vault::default() }
}

fn member(id: &str, name: &str, kind: &str, size_gb: u64) -> Member {
    Member { id: id.to_owned(), name: name.to_owned(), kind: kind.to_owned(), size_gb, ..Member::default() }
}

pub(super) fn backups() -> Vec<Backup> {
    let server = Backup {
        supported_restore_mode: Some("backup".to_owned()),
        children: vec![
            child(ids::SYSTEM_CHILD_ID, ids::SYSTEM_DISK_ID, "web-system", 40, true),
            child(ids::DATA_CHILD_ID, ids::DATA_DISK_ID, "web-data", 100, false),
        ],
        ..backup(ids::SERVER_BACKUP_ID, "web-nightly", ids::SERVER_VAULT_ID, ids::SERVER_CHECKPOINT_ID)
    };
    let disk = backup(ids::DISK_BACKUP_ID, "archive-nightly", ids::DISK_VAULT_ID, ids::DISK_CHECKPOINT_ID);
    let week = 7.0 * 86_400.0;
    let expired = Backup {
        created_at: formats::earlier(since(), week),
        expired_at: Some(since()),
        auto_trigger: true,
        ..backup(ids::EXPIRED_DISK_BACKUP_ID, "archive-weekly", ids::DISK_VAULT_ID, ids::EXPIRED_CHECKPOINT_ID)
    };
    vec![
        made_from(server, SERVER, ids::SERVER_ID, "web", 140),
        made_from(disk, DISK, ids::DISK_ID, "archive", 20),
        made_from(expired, DISK, ids::DISK_ID, "archive", 20),
    ]
}

fn child(id: &str, disk: &str, disk_name: &str, size: u64, system_disk: bool) -> Backup {
    let name = format!("web-nightly_{disk_name}");
    let child = Backup { system_disk, ..backup(id, &name, ids::SERVER_VAULT_ID, ids::SERVER_CHECKPOINT_ID) };
    made_from(child, DISK, disk, disk_name, size)
}

fn backup(id: &str, name: &str, vault: &str, checkpoint: &str) -> Backup {
    Backup {
        id: id.to_owned(),
        name: name.to_owned(),
        vault_id: vault.to_owned(),
        checkpoint_id: checkpoint.to_owned(),
        ..Backup::default()
    }
}

fn made_from(backup: Backup, kind: &str, id: &str, name: &str, size: u64) -> Backup {
    Backup {
        resource_type: kind.to_owned(),
        resource_id: id.to_owned(),
        resource_name: name.to_owned(),
        resource_size: size,
        ..backup
    }
}

pub(super) fn checkpoints() -> Vec<Checkpoint> {
    vec![
        checkpoint(
            ids::SERVER_CHECKPOINT_ID,
            "web-nightly",
            ids::SERVER_VAULT_ID,
            member(ids::SERVER_ID, "web", SERVER, 140),
        ),
        checkpoint(
            ids::DISK_CHECKPOINT_ID,
            "archive-nightly",
            ids::DISK_VAULT_ID,
            member(ids::DISK_ID, "archive", DISK, 20),
        ),
        checkpoint(
            ids::EXPIRED_CHECKPOINT_ID,
            "archive-weekly",
            ids::DISK_VAULT_ID,
            member(ids::DISK_ID, "archive", DISK, 20),
        ),
    ]
}

fn checkpoint(id: &str, name: &str, vault: &str, member: Member) -> Checkpoint {
    Checkpoint {
        id: id.to_owned(),
        name: name.to_owned(),
        vault_id: vault.to_owned(),
        members: vec![member],
        ..Checkpoint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Cloud, list_of, text};
    use crate::cbr::{DISK_ID, EXPIRED_DISK_BACKUP_ID, FAILED_LOG_ID, POLICY_ID, World};

    #[test]
    fn the_built_in_world_has_a_past() {
        let mut cloud = Cloud::new();
        cloud.world = World::default();
        let failed = cloud.get_ok("operation-logs?status=failed");
        assert_eq!(text(&failed, "/operation_logs/0/id"), FAILED_LOG_ID);
        assert_eq!(text(&failed, "/operation_logs/0/error_info/code"), "BackupService.7101");
        let of_disk = cloud.get_ok(&format!("backups?resource_id={DISK_ID}"));
        assert_eq!(list_of(&of_disk, "backups").len(), 2);
        assert_eq!(text(&of_disk, "/backups/1/id"), EXPIRED_DISK_BACKUP_ID, "the newest comes first");
        assert_eq!(text(&of_disk, "/backups/1/expired_at"), "2025-01-01T02:00:00.000+00:00");
        let policy = cloud.get_ok(&format!("policies/{POLICY_ID}"));
        assert_eq!(text(&policy, "/policy/associated_vaults/0/vault_id"), crate::cbr::SERVER_VAULT_ID);
    }
}
