//! Why a restore may be refused although it is well formed: the state of the vault, the backup and the target.

use super::super::switches::{Conflict, Exclusion};
use super::super::wire::ApiError;
use super::super::world::{Backup, Disk, Log, Named, SERVER, Server, World};
use super::order::{Order, Target};
use jiff::Timestamp;

/// The vault has to allow restores.
pub(super) fn vault(world: &World, backup: &Backup) -> Result<(), ApiError> {
    let Some(vault) = world.vault(&backup.vault_id) else { return Ok(()) };
    match vault.status.as_str() {
        "available" => Ok(()),
        "lock" if world.switches.locked_vault_restores => Ok(()),
        status => Err(ApiError::new(6202, format!("The vault status {status} does not allow restores."))),
    }
}

/// Neither target nor backup may be busy, and the backup has to be `available`.
pub(super) fn conflicts(world: &World, backup: &Backup, target: &Named, now: Timestamp) -> Result<(), ApiError> {
    let of_target = target_is_free(world, backup, target, now);
    let of_backup = backup_is_usable(world, backup, now);
    match world.switches.conflict {
        Conflict::Resource => of_target.and(of_backup)?,
        Conflict::Backup => of_backup.and(of_target)?,
    }
    if world.runs_on("backup", &target.id, now) {
        return Err(ApiError::new(2002, "The resource is being backed up."));
    }
    Ok(())
}

fn target_is_free(world: &World, backup: &Backup, target: &Named, now: Timestamp) -> Result<(), ApiError> {
    let excludes = |log: &Log| match world.switches.exclusion {
        Exclusion::Resource => log.target.id == target.id,
        Exclusion::Vault => log.target.id == target.id || log.vault_id.as_deref() == Some(backup.vault_id.as_str()),
        Exclusion::Project => true,
    };
    let mut running = world.logs.iter().filter(|log| log.operation_type == "restore" && log.is_active(now));
    match running.any(excludes) {
        true => Err(ApiError::new(2010, "The resource is being restored.")),
        false => Ok(()),
    }
}

fn backup_is_usable(world: &World, backup: &Backup, now: Timestamp) -> Result<(), ApiError> {
    let status = world.backup_status(backup, now);
    let in_use = world.restores_of(&backup.id, now).any(|log| log.is_active(now));
    if status == "available" && !in_use {
        return Ok(());
    }
    Err(ApiError::new(2005, format!("The backup status {status} does not allow restores.")))
}

/// The target has to be able to take the data.
pub(super) fn target(world: &World, backup: &Backup, order: &Order, target: &Target) -> Result<(), ApiError> {
    match target {
        Target::Server(target) => server(world, backup, order, target),
        Target::Disk(target, owner) => {
            if target.id != backup.resource_id && !world.switches.other_disk {
                return Err(ApiError::new(2012, "A disk backup can only be restored to its original disk."));
            }
            if owner.is_some() || target.status.as_deref().is_some_and(|status| status != "available") {
                return Err(ApiError::new(2011, "The disk status does not allow restores. Detach the disk first."));
            }
            disk(backup, target)
        }
        Target::Resource(_) => Ok(()),
    }
}

fn server(world: &World, backup: &Backup, order: &Order, target: &Server) -> Result<(), ApiError> {
    let is_other = target.id != backup.resource_id;
    match target.status.as_str() {
        "ACTIVE" | "SHUTOFF" => {}
        "DELETED" => return Err(ApiError::new(2007, "The server has been terminated.")),
        status => return Err(ApiError::new(2008, format!("The server status {status} does not allow restores."))),
    }
    if is_other && !world.switches.other_server {
        return Err(ApiError::new(2003, "Restoring to a different server is not allowed."));
    }
    if target.disaster_recovery {
        return Err(ApiError::new(7117, "The server stands at a disaster recovery site."));
    }
    likeness(backup, target)?;
    order.mappings.iter().try_for_each(|mapping| {
        let (found, owner) =
            world.disk(&mapping.volume_id).ok_or_else(|| ApiError::new(7000, "The disk does not exist."))?;
        if owner.is_none_or(|owner| owner.id != target.id) && !world.switches.unattached_disks {
            return Err(ApiError::new(2012, format!("The disk {} is not attached to the server.", found.id)));
        }
        let child = backup.children.iter().find(|child| child.id == mapping.backup_id);
        child.map_or(Ok(()), |child| attached_disk(child, found))
    })
}

fn likeness(backup: &Backup, target: &Server) -> Result<(), ApiError> {
    if backup.resource_type != target.kind {
        let to_virtual = target.kind == SERVER;
        let code = if to_virtual { 2014 } else { 7115 };
        return Err(ApiError::new(code, "The server is of another type than the backup."));
    }
    if backup.architecture != target.architecture {
        return Err(ApiError::new(2015, "The server has another architecture than the backup."));
    }
    if backup.os != target.os {
        return Err(ApiError::new(7114, "The server has another operating system than the backup."));
    }
    Ok(())
}

fn attached_disk(child: &Backup, target: &Disk) -> Result<(), ApiError> {
    match target.status.as_deref() {
        None | Some("in-use" | "available") => disk(child, target),
        Some(status) => Err(ApiError::new(2011, format!("The disk status {status} does not allow restores."))),
    }
}

fn disk(backup: &Backup, target: &Disk) -> Result<(), ApiError> {
    match () {
        () if !target.restorable => Err(ApiError::new(2009, "The disk type does not allow restores.")),
        () if target.disaster_recovery => Err(ApiError::new(7008, "The disk stands at a disaster recovery site.")),
        () if target.size_gb < backup.resource_size => Err(ApiError::new(
            2001,
            format!("The disk has {} GB, the backup needs {} GB.", target.size_gb, backup.resource_size),
        )),
        () if target.system && !backup.system_disk => {
            Err(ApiError::new(2013, "A data disk backup cannot be restored to a system disk."))
        }
        () => Ok(()),
    }
}
