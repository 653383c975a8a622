//! Which disk backup goes to which disk.

use std::collections::{BTreeMap, BTreeSet};

use cloud::cbr::Backup;

use super::{Asked, Facts, SERVER, Target, newer, pairs};
use crate::operations::checks::{Finding, Written};
use crate::operations::common::is_id;
use crate::operations::words::named;

/// Each child back to its original disk, for the backup's own server.
///
/// # Errors
/// The finding that says why mapping blocks are needed.
pub fn derive(backup: &Backup, backup_id: &str, target: &Target) -> Result<BTreeMap<String, String>, Box<Finding>> {
    let own = backup.resource_id.as_deref().unwrap_or("(unknown)");
    if !tf::same_id(own, target.id()) {
        return Err(Box::new(Finding::broken(
            target.attribute(),
            format!(
                "Restoring to another server needs mapping blocks: CBR backup {} is of server {own}",
                named(backup.name.as_deref(), backup_id)
            ),
            format!(
                "Without mapping blocks each disk goes back where it came from, which is another server's disk. Write one mapping block for \
                 each of these disk backups, with the disk of {} that receives it:\n\n{}",
                target.named(),
                listing(backup)
            ),
        )
        .in_any_case()));
    }
    let pairs: BTreeMap<String, String> =
        backup.children.iter().filter_map(|child| Some((child.id.clone()?, child.resource_id.clone()?))).collect();
    if pairs.is_empty() || pairs.len() != backup.children.len() {
        return Err(Box::new(Finding::broken(
            "backup_id",
            format!("The disks of CBR backup {} are not known", named(backup.name.as_deref(), backup_id)),
            "The service does not list the disk backups that this server backup is made of, so none can be sent back to its original disk. \
             Write mapping blocks.",
        )
        .in_any_case()));
    }
    Ok(pairs)
}

/// Whether the pairs fit the backup.
pub fn check_pairs(backup: &Backup, backup_id: &str, target: &Target, mapping: &Written) -> Vec<Finding> {
    let is_server_backup = backup.resource_type.as_deref().is_none_or(|kind| kind == SERVER);
    match (target, mapping) {
        (_, Written::Open) | (Target::Resource(_), _) | (Target::Volume(_), Written::Nothing) => Vec::new(),
        // Said already: the backup is of something else.
        (Target::Server(_), _) if !is_server_backup && backup.children.is_empty() => Vec::new(),
        (Target::Server(_), Written::Nothing) => {
            derive(backup, backup_id, target).err().map(|finding| *finding).into_iter().collect()
        }
        (Target::Volume(_), Written::Pairs(_)) => check_one_to_one(mapping),
        (Target::Server(_), Written::Pairs(_)) => {
            let mut findings = check_one_to_one(mapping);
            findings.extend(check_children(backup, backup_id, mapping));
            findings.extend(check_whole(backup, backup_id, mapping));
            findings.extend(check_system_disks(backup, mapping));
            findings.extend(check_server(backup, backup_id, target));
            findings
        }
    }
}

fn pairs_of(mapping: &Written) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
    let pairs = match mapping {
        Written::Pairs(pairs) => pairs.as_slice(),
        _ => &[],
    };
    pairs.iter().map(|pair| (pair.from.as_deref(), pair.to.as_deref()))
}

fn check_one_to_one(mapping: &Written) -> Vec<Finding> {
    let twice = |ids: Vec<&str>| {
        let mut seen = BTreeSet::new();
        ids.into_iter().find(|id| !seen.insert(*id)).map(str::to_owned)
    };
    let sources = twice(pairs_of(mapping).filter_map(|(from, _)| from).collect());
    let targets = twice(pairs_of(mapping).filter_map(|(_, to)| to).collect());
    let blame = |id: String, what: &str| {
        Finding::broken(
            "mapping",
            format!("{id} {what}"),
            "Each disk backup goes to one disk, and each disk receives one. Change the mapping blocks.",
        )
    };
    let first = sources.map(|id| blame(id, "is the backup_id of two mapping blocks"));
    let second = targets.map(|id| blame(id, "is the volume_id of two mapping blocks"));
    first.into_iter().chain(second).collect()
}

fn check_children(backup: &Backup, backup_id: &str, mapping: &Written) -> Vec<Finding> {
    if backup.children.is_empty() {
        return vec![Finding::unchecked(
            format!("whether the mapping blocks name the disk backups of {backup_id}"),
            "the service does not list them",
        )];
    }
    let is_child = |id: &&str| backup.children.iter().any(|child| is_id(child.id.as_deref(), id));
    let strangers: Vec<&str> = pairs_of(mapping).filter_map(|(from, _)| from).filter(|id| !is_child(id)).collect();
    strangers
        .into_iter()
        .map(|id| {
            let hint = if tf::same_id(id, backup_id) { "That is the server backup itself. " } else { "" };
            Finding::broken(
                "mapping",
                format!("{id} is not a disk backup of CBR backup {}", named(backup.name.as_deref(), backup_id)),
                format!("{hint}The backup_id of a mapping block is one of these:\n\n{}", listing(backup)),
            )
        })
        .collect()
}

/// A set of disks that is not whole: accepted or not, the disks no longer fit each other in time.
fn check_whole(backup: &Backup, backup_id: &str, mapping: &Written) -> Vec<Finding> {
    let mut written = BTreeSet::new();
    for (from, _) in pairs_of(mapping) {
        match from {
            Some(id) => written.insert(id),
            None => return Vec::new(),
        };
    }
    let left_out: Vec<&Backup> = backup
        .children
        .iter()
        .filter(|child| child.id.as_deref().is_some_and(|id| !written.iter().any(|other| tf::same_id(other, id))))
        .collect();
    if left_out.is_empty() || left_out.len() == backup.children.len() {
        return Vec::new();
    }
    vec![Finding::notice(
        "mapping",
        format!("{} of {} disks of CBR backup {backup_id} are left out", left_out.len(), backup.children.len()),
        format!(
            "These have no mapping block:\n\n{}\n\nTheir disks keep what they hold now, while the others go back in time: data that is spread over \
             several disks may no longer fit together. No document says whether the service accepts such a set.",
            left_out.into_iter().map(line).collect::<Vec<_>>().join("\n")
        ),
    )]
}

/// A data disk's backup never goes to a system disk (CBR user manual; code 2013). Of the target disks only those are
/// known that the backup itself came from.
fn check_system_disks(backup: &Backup, mapping: &Written) -> Vec<Finding> {
    let is_system = |child: &Backup| child.extend_info.system_disk.or(child.extend_info.bootable);
    let by_id = |id: &str| backup.children.iter().find(|child| is_id(child.id.as_deref(), id));
    let by_disk = |id: &str| backup.children.iter().find(|child| is_id(child.resource_id.as_deref(), id));
    pairs_of(mapping)
        .filter_map(|(from, to)| {
            let (child, origin) = (by_id(from?)?, by_disk(to?)?);
            (is_system(child) == Some(false) && is_system(origin) == Some(true)).then(|| {
                Finding::broken(
                    "mapping",
                    format!(
                        "{} would put a data disk onto the system disk {}",
                        from.unwrap_or_default(),
                        to.unwrap_or_default()
                    ),
                    format!(
                        "The service refuses that. These are the disk backups and where each came from:\n\n{}",
                        listing(backup)
                    ),
                )
            })
        })
        .collect()
}

fn check_server(backup: &Backup, backup_id: &str, target: &Target) -> Vec<Finding> {
    let other = backup.resource_id.as_deref().filter(|own| !tf::same_id(own, target.id()));
    other
        .map(|own| {
            Finding::unchecked(
                format!("whether {} may receive backup {backup_id}", target.named()),
                format!("the backup is of server {own}; whether another server is accepted depends on the cloud and is not documented"),
            )
        })
        .into_iter()
        .collect()
}

/// Disks that receive data and were no longer the server's when it was backed up last: replaced or detached since. No API
/// of CBR tells the disks of a server, but its backups do.
pub(super) fn check_disks_of_now(facts: &Facts, asked: &Asked) -> Vec<Finding> {
    let Some(target @ Target::Server(server)) = &asked.target else { return Vec::new() };
    let Some(newer) = newer(facts).filter(|newer| is_id(newer.resource_id.as_deref(), server.as_str())) else {
        return Vec::new();
    };
    let has = |disk: &str| newer.children.iter().any(|child| is_id(child.resource_id.as_deref(), disk));
    let pairs = pairs(facts, asked).unwrap_or_default();
    let gone: Vec<String> = pairs
        .iter()
        .filter(|(_, disk)| !has(disk))
        .map(|(from, disk)| format!("  {disk}  (receives disk backup {from})"))
        .collect();
    if newer.children.is_empty() || gone.is_empty() {
        return Vec::new();
    }
    let name = named(newer.name.as_deref(), newer.id.as_deref().unwrap_or("?"));
    vec![Finding::notice(
        "mapping",
        format!("{} of {} disks may have been replaced since the backup", gone.len(), pairs.len()),
        format!(
            "Backup {name}, which is newer, has these no longer among the disks of {}:\n\n{}\n\nIf a disk was replaced, the service refuses \
             the restore, because the old disk does not exist. Write mapping blocks then, one for each disk backup, with the disk that took its \
             place. When the newer backup was made, the server had:\n\n{}",
            target.named(),
            gone.join("\n"),
            listing(newer)
        ),
    )]
}

/// What explains a refusal because a disk does not exist: the service does not name it.
pub fn missing_disk(pairs: &BTreeMap<String, String>) -> String {
    let named: Vec<String> = pairs.iter().map(|(from, disk)| format!("{disk} (for disk backup {from})")).collect();
    format!(
        "the request names {}; a disk that was replaced since the backup has another ID: write mapping blocks, one for each \
         disk backup, with the disk that took its place",
        named.join(", ")
    )
}

fn listing(backup: &Backup) -> String {
    backup.children.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn line(child: &Backup) -> String {
    let system = match child.extend_info.system_disk.or(child.extend_info.bootable) {
        Some(true) => "system disk, ",
        _ => "",
    };
    format!(
        "  {}  ({}, {system}{} GB, came from disk {})",
        child.id.as_deref().unwrap_or("?"),
        child.resource_name.as_deref().or(child.name.as_deref()).unwrap_or("no name"),
        child.resource_size.unwrap_or_default(),
        child.resource_id.as_deref().unwrap_or("?")
    )
}
