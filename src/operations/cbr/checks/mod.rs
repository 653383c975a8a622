//! CBR: can the backup be restored, to this target, onto these disks?

mod disks;
mod reads;
mod warning;

use std::collections::BTreeMap;

use cloud::cbr::{Backup, OperationLog, Vault};
use cloud::{Error, Platform};
use tf::Value;

use crate::operations::checks::{Finding, Place, Read, Written, is_no_such_thing, no_such_thing};
use crate::operations::common::is_id;
use crate::operations::words::named;

use disks::check_disks_of_now;
pub use disks::{check_pairs, derive, missing_disk};
pub use reads::{read_backup, read_status};
use warning::newer;
pub use warning::{made, overwrite_warning};

/// A server.
pub const SERVER: &str = "OS::Nova::Server";
/// A disk.
pub const DISK: &str = "OS::Cinder::Volume";
/// Bare metal and other servers (Huawei Cloud).
pub const OTHER_SERVERS: [&str; 2] = ["OS::Ironic::BareMetalServer", "OS::Native::Server"];
/// A shared file system.
const FILE_SYSTEM: &str = "OS::Sfs::Turbo";

/// What is overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A server with its disks.
    Server(String),
    /// A disk.
    Volume(String),
    /// Anything else (Huawei Cloud).
    Resource(String),
}

impl Target {
    /// The target that a body names, as far as it is known.
    pub fn known(body: &Value) -> Option<Target> {
        let text = |name: &str| body.get(name).as_str().map(str::to_owned);
        let server = text("server_id").map(Target::Server);
        server.or_else(|| text("volume_id").map(Target::Volume)).or_else(|| text("resource_id").map(Target::Resource))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Target::Server(id) | Target::Volume(id) | Target::Resource(id) => id,
        }
    }

    /// What it is.
    pub fn noun(&self) -> &'static str {
        match self {
            Target::Server(_) => "server",
            Target::Volume(_) => "disk",
            Target::Resource(_) => "resource",
        }
    }

    /// In the user's words: `server 3f2a…`.
    pub fn named(&self) -> String {
        format!("{} {}", self.noun(), self.id())
    }

    /// The argument that names it.
    pub fn attribute(&self) -> &'static str {
        match self {
            Target::Server(_) => "server_id",
            Target::Volume(_) => "volume_id",
            Target::Resource(_) => "resource_id",
        }
    }
}

/// What a restore asks for, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The backup.
    pub backup_id: Option<String>,
    /// What is overwritten.
    pub target: Option<Target>,
    /// Which disk backup goes to which disk.
    pub mapping: Written,
    /// Whether a destination path is given.
    pub has_path: bool,
    /// Whether the server runs afterwards.
    pub power_on: Option<bool>,
}

impl Asked {
    /// What a body asks for.
    pub fn of(body: &Value) -> Asked {
        Asked {
            backup_id: body.get("backup_id").as_str().map(str::to_owned),
            target: Target::known(body),
            mapping: Written::of(body.get("mapping"), "backup_id", "volume_id"),
            has_path: !body.get("destination_path").is_null(),
            power_on: match body.get("power_on") {
                Value::Bool(flag) => Some(*flag),
                _ => None,
            },
        }
    }
}

/// What is known about a backup and its surroundings. `None` is what was not asked for.
#[derive(Default)]
pub struct Facts {
    /// The backup, with its children.
    pub backup: Option<Read<Backup>>,
    /// The vault that holds it.
    pub vault: Option<Read<Vault>>,
    /// All backups of the same server or disk.
    pub siblings: Option<Read<Vec<Backup>>>,
    /// Restores on record.
    pub restores: Option<Read<Vec<OperationLog>>>,
}

impl Facts {
    /// The backup, if it could be read.
    pub fn found(&self) -> Option<&Backup> {
        self.backup.as_ref()?.as_deref().ok()
    }

    /// The failure to read the backup, if it failed.
    pub fn failure(&self) -> Option<&Error> {
        self.backup.as_ref()?.as_ref().err()
    }
}

/// Everything that can be told, in the order of the arguments.
pub fn check(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let platform = place.platform;
    let mut findings = check_platform(asked, platform);
    let (Some(backup_id), Some(read)) = (&asked.backup_id, &facts.backup) else { return findings };
    match read {
        Ok(backup) => {
            findings.extend(check_backup(backup, backup_id));
            findings.extend(check_vault(facts.vault.as_ref(), backup, backup_id, asked, &place.project_id));
            if let Some(target) = &asked.target {
                findings.extend(check_kind(backup, backup_id, target, platform));
                findings.extend(check_pairs(backup, backup_id, target, &asked.mapping));
                findings.extend(check_busy(facts, target));
            }
            findings.extend(check_disks_of_now(facts, asked));
        }
        Err(error) if is_no_such_thing(error) => {
            findings.push(no_such_thing("backup_id", &format!("CBR backup {backup_id}"), place, error));
        }
        Err(error) => findings.push(Finding::unread(
            format!("whether backup {backup_id} exists, fits the target and can be restored, and its vault"),
            error,
        )),
    }
    findings
}

/// What the platform itself excludes. No service is asked for this.
pub fn check_platform(asked: &Asked, platform: Platform) -> Vec<Finding> {
    if platform == Platform::Huawei {
        return Vec::new();
    }
    let refused = |attribute: &'static str, way: &str| {
        Finding::broken(
            attribute,
            format!("{attribute} is not possible on Open Telekom Cloud"),
            format!("Only Huawei Cloud takes it. {way}"),
        )
        .in_any_case()
    };
    let mut findings = Vec::new();
    if matches!(asked.target, Some(Target::Resource(_))) {
        findings.push(refused("resource_id", "Name the target by server_id or volume_id."));
    }
    if asked.has_path {
        findings.push(refused("destination_path", "Leave it out."));
    }
    findings
}

/// Whether the backup itself can be restored at all.
fn check_backup(backup: &Backup, backup_id: &str) -> Vec<Finding> {
    let what = format!("CBR backup {}", named(backup.name.as_deref(), backup_id));
    let status = backup.status.as_deref().unwrap_or("(no status)");
    let mut findings = match status {
        "available" => Vec::new(),
        // Somebody restores from it: perhaps the very restore to join, which the records will tell.
        "waiting_restore" | "restoring" => vec![Finding::target_busy(
            "backup_id",
            format!("{what} is in use by a restore ({status})"),
            "A backup can be restored once it is available again. That passes by itself: apply waits for it, within timeouts.create.",
        )],
        "waiting_protect" | "protecting" => vec![Finding::source_busy(
            "backup_id",
            format!("{what} is still being made ({status})"),
            "It can be restored once it is available. Apply waits for that, within timeouts.create; should it fail, nothing is sent.",
        )],
        "error" | "waiting_delete" | "deleting" => vec![Finding::broken(
            "backup_id",
            format!("{what} cannot be restored"),
            format!("Its status is {status:?}. What passes is a backup with status \"available\": choose another one."),
        )],
        _ => vec![Finding::unchecked(
            format!("whether backup {backup_id} can be restored"),
            format!("its status is {status:?}, which no document explains"),
        )],
    };
    if let (Some(SERVER), Some(mode @ ("na" | "snapshot"))) =
        (backup.resource_type.as_deref(), backup.supported_restore_mode())
    {
        findings.push(Finding::broken(
            "backup_id",
            format!("{what} cannot be restored to a server that exists"),
            format!(
                "The service says {mode:?} about how it can be restored: only by making something new from it. What passes is a backup of \
                 which it says \"backup\", or nothing."
            ),
        ));
    }
    if backup.image_type.as_deref() == Some("replication") {
        findings.push(Finding::unchecked(
            format!("whether backup {backup_id} can be restored in place"),
            "it is a replica from another region, and the documents speak only of new resources made from one",
        ));
    }
    findings
}

/// Whether the backup is of what the target is.
fn check_kind(backup: &Backup, backup_id: &str, target: &Target, platform: Platform) -> Vec<Finding> {
    let Some(kind) = backup.resource_type.as_deref() else { return Vec::new() };
    let what = format!("CBR backup {}", named(backup.name.as_deref(), backup_id));
    let own = named(backup.resource_name.as_deref(), backup.resource_id.as_deref().unwrap_or("?"));
    let mismatch = |is: &str, way: String| {
        vec![Finding::broken(target.attribute(), format!("{what} is of {is}, not of a {}", target.noun()), way)]
    };
    match (kind, target) {
        (FILE_SYSTEM, _) => vec![Finding::broken(
            "backup_id",
            format!("{what} is of a shared file system, which cannot be restored in place"),
            "CBR makes a new SFS Turbo file system from such a backup; this resource overwrites servers and disks.",
        )],
        (DISK, Target::Volume(volume)) => check_disk(backup, backup_id, volume, platform),
        (DISK, Target::Server(_)) => match backup.parent_id.as_deref() {
            Some(parent) => {
                mismatch("one disk", format!("It is part of server backup {parent}: name that one as backup_id."))
            }
            None => mismatch("a disk", format!("Name the disk by volume_id instead; the backup is of disk {own}.")),
        },
        (kind, Target::Volume(_)) if is_server(kind) => mismatch(
            "a server",
            format!(
                "Name the server by server_id instead; the backup is of server {own}. Of its disks, mapping blocks choose where each goes."
            ),
        ),
        (kind, Target::Server(_)) if is_server(kind) => Vec::new(),
        (_, Target::Resource(_)) => Vec::new(),
        (other, _) => vec![Finding::unchecked(
            format!("whether backup {backup_id} fits {}", target.named()),
            format!("it is of a resource of type {other}"),
        )],
    }
}

fn is_server(kind: &str) -> bool {
    kind == SERVER || OTHER_SERVERS.contains(&kind)
}

fn check_disk(backup: &Backup, backup_id: &str, volume: &str, platform: Platform) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(parent) = backup.parent_id.as_deref() {
        findings.push(Finding::unchecked(
            format!("whether backup {backup_id} can be restored by itself"),
            format!("it is one disk of server backup {parent}, and the documents restore those as a whole"),
        ));
    }
    let Some(own) = backup.resource_id.as_deref().filter(|own| *own != volume) else { return findings };
    let what = format!("CBR backup {}", named(backup.name.as_deref(), backup_id));
    findings.push(if platform == Platform::Huawei {
        Finding::unchecked(
            format!("whether disk {volume} may receive backup {backup_id}"),
            format!("the backup is of disk {own}, and no document says whether another one is accepted"),
        )
    } else {
        Finding::broken(
            "volume_id",
            format!("{what} goes back to its own disk only"),
            format!(
                "It is of disk {}, and volume_id names {volume}. On Open Telekom Cloud a disk backup is restored to its original disk; for \
                 another disk, make a new one from the backup.",
                named(backup.resource_name.as_deref(), own)
            ),
        )
    });
    findings
}

/// Whether the vault lets its backups be restored, and what it says about the target.
fn check_vault(
    vault: Option<&Read<Vault>>,
    backup: &Backup,
    backup_id: &str,
    asked: &Asked,
    project_id: &str,
) -> Vec<Finding> {
    let owner = backup.project_id.as_deref().filter(|owner| *owner != project_id);
    let mut findings = Vec::new();
    if let Some(owner) = owner {
        findings.push(Finding::unchecked(
            format!("whether backup {backup_id} can be restored in place"),
            format!(
                "it belongs to project {owner} and is shared; the documents speak only of new resources made from one"
            ),
        ));
    }
    let (Some(vault_id), Some(vault)) = (backup.vault_id.as_deref(), vault) else { return findings };
    let vault = match vault {
        Ok(vault) => vault,
        Err(error) => {
            let whose = owner.map(|owner| format!("it belongs to project {owner}: ")).unwrap_or_default();
            findings.push(Finding::unchecked(
                format!("whether vault {vault_id} allows restores"),
                format!("{whose}{error}"),
            ));
            return findings;
        }
    };
    let what = format!("vault {}", named(vault.name.as_deref(), vault_id));
    match vault.billing.status.as_deref() {
        // "lock" is a change of capacity under way; restores go on.
        Some("available" | "lock") => {}
        Some(status @ ("frozen" | "deleting" | "error")) => findings.push(Finding::broken(
            "backup_id",
            format!("The {what} does not allow restores"),
            format!(
                "It holds backup {backup_id}, and its status is {status:?}. What passes is \"available\" or \"lock\": have the vault put right, or choose a backup in another one."
            ),
        )),
        other => findings.push(Finding::unchecked(
            format!("whether {what} allows restores"),
            format!("its status is {:?}, which no document explains", other.unwrap_or("(none)")),
        )),
    }
    let member = asked.target.as_ref().and_then(|target| {
        vault.resources.iter().find(|resource| is_id(resource.id.as_deref(), target.id())).zip(Some(target))
    });
    if let Some((resource, target)) = member
        && let Some(status @ ("protecting" | "restoring" | "removing")) = resource.protect_status.as_deref()
    {
        let why = match status {
            "protecting" => "is being backed up",
            "restoring" => "is being restored",
            _ => "is being removed from its vault",
        };
        findings.push(busy(target, &format!("{why} ({status} in {what})")));
    }
    findings
}

/// Restores of the target that run now.
fn check_busy(facts: &Facts, target: &Target) -> Vec<Finding> {
    let Some(Ok(logs)) = &facts.restores else {
        let failed = facts.restores.as_ref().and_then(|read| read.as_ref().err());
        return failed
            .map(|error| Finding::unread(format!("whether a restore of {} is running", target.named()), error))
            .into_iter()
            .collect();
    };
    let runs = |log: &&OperationLog| {
        is_id(log.extra_info.restore.target_resource_id.as_deref(), target.id())
            && matches!(log.status.as_deref(), Some("waiting" | "running"))
    };
    let found = logs.iter().find(runs).and_then(|log| log.id.as_deref());
    found.map(|log| busy(target, &format!("is being restored (operation {log})"))).into_iter().collect()
}

fn busy(target: &Target, why: &str) -> Finding {
    Finding::target_busy(
        target.attribute(),
        format!("{} {why}", target.named()),
        "Another restore can begin once that has ended. It passes by itself: apply waits for it, within timeouts.create.",
    )
}

/// The pairs that will be sent, as far as they are known: written out, or each disk back where it came from.
pub fn pairs(facts: &Facts, asked: &Asked) -> Option<BTreeMap<String, String>> {
    match (&asked.mapping, asked.target.as_ref()?) {
        (Written::Open, _) => None,
        (Written::Pairs(_), _) => asked.mapping.known(),
        (Written::Nothing, target @ Target::Server(_)) => {
            derive(facts.found()?, asked.backup_id.as_deref()?, target).ok()
        }
        (Written::Nothing, _) => Some(BTreeMap::new()),
    }
}

#[cfg(test)]
mod tests;
