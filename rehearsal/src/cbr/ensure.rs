//! Adds to the world what a configuration names, so that a rehearsal needs no scenario. What exists stays as it is.

use super::world::{Backup, Checkpoint, DISK, Disk, Mapping, Member, Resource, SERVER, Server, Vault, World};
use super::{DISK_VAULT_ID, SERVER_VAULT_ID};
use crate::formats;
use crate::service::{Lookup, Planned, text};
use serde_json::Value;

/// What restores name, and backups and vaults that were read and not found. Identifiers that are no UUIDs are left to
/// the service to refuse.
pub(super) fn ensure(world: &mut World, planned: &[Planned], lookups: &[Lookup]) {
    for restore in planned.iter().filter(|resource| resource.type_name == "recovery_cbr_restore") {
        if let Some(backup) = restore.text("backup_id") {
            world.ensure_restore(backup, restore);
        }
    }
    let names_a_vault = |resource: &&Planned| {
        matches!(resource.type_name.as_str(), "recovery_cbr_checkpoint" | "recovery_cbr_final_checkpoint")
    };
    for checkpoint in planned.iter().filter(names_a_vault) {
        if let Some(vault) = checkpoint.text("vault_id") {
            world.ensure_vault(vault);
            for member in checkpoint.blocks("member").iter().filter_map(|block| text(block, "id")) {
                world.ensure_member(vault, member);
            }
        }
    }
    for path in lookups {
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [_version, _project, "backups", id] => world.ensure_backup(id),
            [_version, _project, "vaults", id] => world.ensure_vault(id),
            _ => {}
        }
    }
}

/// Which child goes to which disk; none: the children go back to the server's own disks.
fn mappings(restore: &Planned) -> Vec<Mapping> {
    let mapping = |block: &Value| {
        let named = |name| text(block, name).map(str::to_owned);
        Some(Mapping { backup_id: named("backup_id")?, volume_id: named("volume_id")? })
    };
    restore.blocks("mapping").iter().filter_map(mapping).collect()
}

impl World {
    /// Adds the target, the backup and its children, so that the restore would be accepted.
    fn ensure_restore(&mut self, backup_id: &str, restore: &Planned) {
        if let Some(id) = restore.text("server_id") {
            let mappings = mappings(restore);
            let disks: Vec<&str> = mappings.iter().map(|mapping| mapping.volume_id.as_str()).collect();
            self.ensure_server(id, &disks);
            self.ensure_server_backup(backup_id, id, &mappings);
        } else if let Some(id) = restore.text("volume_id") {
            self.ensure_disk(id);
            self.ensure_disk_backup(backup_id, id);
        } else if let Some(id) = restore.text("resource_id") {
            self.ensure_resource(id);
            self.ensure_resource_backup(backup_id, id);
        }
    }

    /// Adds a server with these disks; without disks, with one of its own. An existing server gets the disks that no
    /// server has yet.
    pub fn ensure_server(&mut self, id: &str, disks: &[&str]) {
        if !formats::is_uuid(id) {
            return;
        }
        let known = self.server(id).is_some();
        let own = derived_id("disk", id, 0);
        let wanted = if disks.is_empty() && !known { vec![own.as_str()] } else { disks.to_vec() };
        let mut missing: Vec<Disk> = Vec::new();
        for disk_id in wanted {
            let exists = self.disk(disk_id).is_some() || missing.iter().any(|disk| disk.id == disk_id);
            if formats::is_uuid(disk_id) && !exists {
                let system = !known && missing.is_empty();
                missing.push(Disk { id: disk_id.to_owned(), name: label("disk", disk_id), system, ..Disk::default() });
            }
        }
        match self.servers.iter_mut().find(|server| server.id == id) {
            Some(server) => server.disks.extend(missing),
            None => {
                let server =
                    Server { id: id.to_owned(), name: label("server", id), disks: missing, ..Server::default() };
                self.servers.push(server);
            }
        }
    }

    /// Adds a disk attached to nothing.
    pub fn ensure_disk(&mut self, id: &str) {
        if formats::is_uuid(id) && self.disk(id).is_none() {
            self.disks.push(Disk { id: id.to_owned(), name: label("disk", id), ..Disk::default() });
        }
    }

    /// Adds a resource of another kind, a desktop.
    pub fn ensure_resource(&mut self, id: &str) {
        if formats::is_uuid(id) && !self.resources.iter().any(|resource| resource.id == id) {
            let kind = "OS::Workspace::DesktopV2".to_owned();
            self.resources.push(Resource { id: id.to_owned(), name: label("desktop", id), kind });
        }
    }

    /// Adds a vault that protects a server of its own.
    pub fn ensure_vault(&mut self, id: &str) {
        if !formats::is_uuid(id) || self.vault(id).is_some() {
            return;
        }
        let server = derived_id("server", id, 0);
        self.ensure_server(&server, &[]);
        let vault = Vault { id: id.to_owned(), name: label("vault", id), ..Vault::default() };
        self.vaults.push(vault);
        self.protect(id, &server, SERVER, 40);
    }

    /// Adds a server to a vault, unless the vault has a member of this id.
    fn ensure_member(&mut self, vault_id: &str, id: &str) {
        let is_member = |vault: &Vault| vault.members.iter().any(|member| member.id == id);
        if !formats::is_uuid(id) || self.vault(vault_id).is_none_or(is_member) {
            return;
        }
        self.ensure_server(id, &[]);
        self.protect(vault_id, id, SERVER, 40);
    }

    /// Adds a backup of a server of its own, for configurations that only read it.
    pub fn ensure_backup(&mut self, id: &str) {
        if self.knows_backup(id) {
            return;
        }
        let server = derived_id("server", id, 0);
        self.ensure_server(&server, &[]);
        self.ensure_server_backup(id, &server, &[]);
    }

    fn ensure_server_backup(&mut self, id: &str, server_id: &str, mappings: &[Mapping]) {
        let Some(server) = self.server(server_id).cloned().filter(|_| !self.knows_backup(id)) else { return };
        let vault_id = self.vault_for(SERVER_VAULT_ID, "server");
        let own_disks = || -> Vec<Mapping> {
            let mapping = |(position, disk): (usize, &Disk)| Mapping {
                backup_id: derived_id("child", id, position),
                volume_id: disk.id.clone(),
            };
            server.disks.iter().enumerate().map(mapping).collect()
        };
        let mappings = if mappings.is_empty() { own_disks() } else { mappings.to_vec() };
        let children = mappings.iter().filter(|mapping| formats::is_uuid(&mapping.backup_id));
        let children: Vec<Backup> = children.filter_map(|mapping| self.child(id, &vault_id, mapping)).collect();
        let size = formats::total(children.iter().map(|child| child.resource_size));
        let made = new_backup(id, &vault_id);
        self.add_backup(Backup {
            resource_type: server.kind.clone(),
            resource_id: server.id.clone(),
            resource_name: server.name.clone(),
            resource_size: size,
            supported_restore_mode: Some("backup".to_owned()),
            architecture: server.architecture,
            os: server.os,
            children,
            ..made
        });
        self.protect(&vault_id, server_id, SERVER, size);
    }

    /// Stores a backup together with its restore point.
    fn add_backup(&mut self, backup: Backup) {
        let checkpoint = Checkpoint {
            id: backup.checkpoint_id.clone(),
            name: backup.name.clone(),
            vault_id: backup.vault_id.clone(),
            members: vec![Member {
                id: backup.resource_id.clone(),
                name: backup.resource_name.clone(),
                kind: backup.resource_type.clone(),
                size_gb: backup.resource_size,
                ..Member::default()
            }],
            ..Checkpoint::default()
        };
        self.checkpoints.push(checkpoint);
        self.backups.push(backup);
    }

    fn child(&self, backup_id: &str, vault_id: &str, mapping: &Mapping) -> Option<Backup> {
        let (disk, _) = self.disk(&mapping.volume_id)?;
        Some(Backup {
            resource_id: disk.id.clone(),
            resource_name: disk.name.clone(),
            resource_size: disk.size_gb,
            system_disk: disk.system,
            checkpoint_id: derived_id("checkpoint", backup_id, 0),
            ..new_backup(&mapping.backup_id, vault_id)
        })
    }

    fn ensure_disk_backup(&mut self, id: &str, disk_id: &str) {
        let Some((disk, _)) = self.disk(disk_id).filter(|_| !self.knows_backup(id)) else { return };
        let disk = disk.clone();
        let vault_id = self.vault_for(DISK_VAULT_ID, "disk");
        self.add_backup(Backup {
            resource_id: disk.id.clone(),
            resource_name: disk.name.clone(),
            resource_size: disk.size_gb,
            system_disk: disk.system,
            ..new_backup(id, &vault_id)
        });
        self.protect(&vault_id, disk_id, DISK, disk.size_gb);
    }

    fn ensure_resource_backup(&mut self, id: &str, resource_id: &str) {
        let found = self.resources.iter().find(|resource| resource.id == resource_id);
        let Some(resource) = found.filter(|_| !self.knows_backup(id)).cloned() else { return };
        let vault_id = self.vault_for("aaaaaaaa-0000-4000-8000-000000000003", "workspace");
        self.add_backup(Backup {
            resource_type: resource.kind.clone(),
            resource_id: resource.id,
            resource_name: resource.name,
            ..new_backup(id, &vault_id)
        });
        self.protect(&vault_id, resource_id, &resource.kind, 40);
    }

    /// Whether the identifier is taken, or can be none at all.
    fn knows_backup(&self, id: &str) -> bool {
        let mut known = self.backups.iter().flat_map(|backup| std::iter::once(backup).chain(&backup.children));
        !formats::is_uuid(id) || known.any(|backup| backup.id == id)
    }

    /// A vault of this type: the usual one, else any, else a new one under the usual identifier.
    fn vault_for(&mut self, usual: &str, object_type: &str) -> String {
        let fits = |vault: &&Vault| vault.object_type == object_type;
        let found = self.vault(usual).filter(fits).or_else(|| self.vaults.iter().find(fits));
        if let Some(vault) = found {
            return vault.id.clone();
        }
        let name = format!("{object_type}s");
        self.vaults.push(Vault { id: usual.to_owned(), name, object_type: object_type.to_owned(), ..Vault::default() });
        usual.to_owned()
    }

    fn protect(&mut self, vault_id: &str, resource_id: &str, kind: &str, size_gb: u64) {
        let name = match kind {
            SERVER => self.server(resource_id).map(|server| server.name.clone()),
            DISK => self.disk(resource_id).map(|(disk, _)| disk.name.clone()),
            _ => None,
        };
        let Some(vault) = self.vaults.iter_mut().find(|vault| vault.id == vault_id) else { return };
        if !vault.members.iter().any(|member| member.id == resource_id) {
            let member = Member { id: resource_id.to_owned(), kind: kind.to_owned(), size_gb, ..Member::default() };
            vault.members.push(Member { name: name.unwrap_or_default(), ..member });
        }
    }
}

fn new_backup(id: &str, vault_id: &str) -> Backup {
    Backup {
        id: id.to_owned(),
        name: label("backup", id),
        vault_id: vault_id.to_owned(),
        checkpoint_id: derived_id("checkpoint", id, 0),
        ..Backup::default()
    }
}

/// A name that shows where the record comes from.
fn label(kind: &str, id: &str) -> String {
    format!("{kind}-{}", id.get(..8).unwrap_or(id))
}

/// An identifier that follows from another one, the same in every run.
fn derived_id(kind: &str, id: &str, position: usize) -> String {
    formats::uuid(&format!("{kind}/{id}/{position}"), 0, super::built_in::since())
}

#[cfg(test)]
mod tests;
