//! What a restore from CBR will overwrite, in the user's words.

use cloud::cbr::Backup;
use jiff::Timestamp;
use tf::Diagnostic;

use super::{Asked, Facts, Target, pairs};
use crate::operations::checks::Place;
use crate::operations::common::is_id;
use crate::operations::words::{age, capitalised, moment, named};

/// The warning that each plan of a restore carries.
pub fn overwrite_warning(facts: &Facts, asked: &Asked, place: &Place, now: Timestamp) -> Diagnostic {
    let backup = facts.found();
    let target = target_words(asked, backup);
    let source = match &asked.backup_id {
        Some(id) => format!("CBR backup {}", named(backup.and_then(|found| found.name.as_deref()), id)),
        None => "a CBR backup that is not known yet".to_owned(),
    };
    let lost = match backup.and_then(made) {
        Some(time) => format!("Everything written to it after {} is lost.", moment(time)),
        None => "Everything written to it after that backup was made is lost.".to_owned(),
    };
    let mut lines = vec![format!("  Where:  {place}"), format!("  Target: {target}")];
    lines.push(format!("  Source: {}", source_words(&source, backup, now)));
    lines.extend(disk_lines(facts, asked));
    if let Some(newer) = newer(facts) {
        let name = named(newer.name.as_deref(), newer.id.as_deref().unwrap_or("?"));
        let when = made(newer).map(|time| format!(" of {}", moment(time))).unwrap_or_default();
        lines.push(format!("  Newer:  backup {name}{when} could be restored, too"));
    }
    let detail = format!("{lost}\n\n{}\n\n{}", lines.join("\n"), meanwhile(asked));
    let warning = Diagnostic::warning(format!("{} will be overwritten with {source}", capitalised(&target)), detail);
    warning.at(asked.target.as_ref().map_or("backup_id", Target::attribute))
}

/// The moment that the data goes back to.
pub fn made(backup: &Backup) -> Option<Timestamp> {
    backup.protected_at.as_deref().or(backup.created_at.as_deref()).and_then(cloud::time::parse)
}

fn target_words(asked: &Asked, backup: Option<&Backup>) -> String {
    let Some(target) = &asked.target else { return "a target that is not known yet".to_owned() };
    let own = backup.filter(|backup| is_id(backup.resource_id.as_deref(), target.id()));
    format!("{} {}", target.noun(), named(own.and_then(|backup| backup.resource_name.as_deref()), target.id()))
}

fn source_words(source: &str, backup: Option<&Backup>, now: Timestamp) -> String {
    let mut words = source.to_owned();
    if let Some(time) = backup.and_then(made) {
        words.push_str(&format!(", made {}, {}", moment(time), age(time, now)));
    }
    if let Some(size) = backup.and_then(|backup| backup.resource_size).filter(|size| *size > 0) {
        words.push_str(&format!(", {size} GB"));
    }
    words
}

fn disk_lines(facts: &Facts, asked: &Asked) -> Vec<String> {
    let children = facts.found().map(|backup| backup.children.as_slice()).unwrap_or_default();
    let label = |position: usize| if position == 0 { "  Disks:  " } else { "          " };
    let pairs = pairs(facts, asked).unwrap_or_default();
    pairs
        .iter()
        .enumerate()
        .map(|(position, (from, to))| {
            let child = children.iter().find(|child| is_id(child.id.as_deref(), from.as_str()));
            let name = child.and_then(|child| child.resource_name.as_deref().or(child.name.as_deref()));
            let size =
                child.and_then(|child| child.resource_size).map(|size| format!(", {size} GB")).unwrap_or_default();
            let own = child.is_some_and(|child| is_id(child.resource_id.as_deref(), to.as_str()));
            let back = if own { " (its original disk)" } else { "" };
            format!("{}{}{size} to disk {to}{back}", label(position), named(name, from))
        })
        .collect()
}

/// The newest available backup of the same thing that is younger than the chosen one.
pub(super) fn newer(facts: &Facts) -> Option<&Backup> {
    let since = made(facts.found()?)?;
    let siblings = facts.siblings.as_ref()?.as_ref().ok()?;
    let fits = |backup: &&Backup| {
        backup.status.as_deref() == Some("available")
            && backup.image_type.as_deref() != Some("replication")
            && made(backup).is_some_and(|time| time > since)
    };
    siblings.iter().filter(fits).max_by_key(|backup| made(backup))
}

fn meanwhile(asked: &Asked) -> &'static str {
    match (&asked.target, asked.power_on) {
        (Some(Target::Server(_)), Some(false)) => {
            "The service shuts the server down, restores its disks and leaves it off (power_on = false). A disk that was enlarged since goes \
             back to the capacity that it had; disks added since are not touched; data of disks deleted since cannot be restored. A restore \
             cannot be stopped or undone.\n\nNot checked, because no API of CBR tells it: the status of the server, and the status and size \
             of its disks."
        }
        (Some(Target::Server(_)), _) => {
            "The service shuts the server down, restores its disks and starts it, also if it was off before (unless power_on = false). A disk \
             that was enlarged since goes back to the capacity that it had; disks added since are not touched; data of disks deleted since \
             cannot be restored. A restore cannot be stopped or undone.\n\nNot checked, because no API of CBR tells it: the status of the \
             server, and the status and size of its disks."
        }
        (Some(Target::Volume(_)), _) => {
            "The disk has to be detached before: stop its server and detach it, the service does not do that. If it was enlarged since, it goes \
             back to the capacity that it had. A restore cannot be stopped or undone.\n\nNot checked, because no API of CBR tells it: whether \
             the disk is detached, and its size."
        }
        _ => {
            "The target is not usable meanwhile. A restore cannot be stopped or undone.\n\nNot checked, because no API of CBR tells it: the status \
             of the target."
        }
    }
}
