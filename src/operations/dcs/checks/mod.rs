//! DCS: can the instance be backed up or restored, and is the backup one that it takes?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cloud::dcs::{self, Backup, Instance, Version};
use cloud::{Error, Scope};
use jiff::Timestamp;
use tf::Diagnostic;

use super::{backups, readiness, verdict};
use crate::operations::checks::{Finding, Place, Read, is_no_such_thing, no_such_thing};
use crate::operations::common::is_id;
use crate::operations::deletion::{self, Restorable};
use crate::operations::words::{age, bytes, capitalised, counted, moment, named};
use engine::lists::Lists;
use engine::work::{Freshness, Progress, Readiness};

/// The service keeps this many backups of an instance, automatic and manual together; a further one silently removes
/// the oldest (DCS user manual, overview of backup and restore).
const KEPT: usize = 24;

/// What is known about an instance and its backups.
pub struct Facts {
    /// The instance.
    pub instance: Read<Instance>,
    /// All its backups.
    pub backups: Read<Vec<Backup>>,
}

impl Facts {
    /// Reads both at once.
    pub async fn read(
        lists: &Lists,
        scope: &Scope,
        version: Version,
        instance_id: &str,
        freshness: Freshness,
    ) -> Facts {
        let key = format!("dcs/{}/{}/{instance_id}/instance/{}", scope.region, scope.project_id, version.segment());
        let (instance, backups) = futures::join!(
            lists.get(&key, freshness, dcs::instance(scope, version, instance_id)),
            backups(lists, scope, version, instance_id, freshness),
        );
        Facts { instance, backups }
    }

    /// The first failure that a little patience may heal.
    pub fn passing_failure(&self) -> Option<&Error> {
        let errors = [self.instance.as_ref().err(), self.backups.as_ref().err()];
        errors.into_iter().flatten().find(|error| error.is_transient())
    }
}

/// Whether the instance can take the work, which `done` names as what happens to it: `backed up` or `restored`.
pub fn check_instance(instance: &Read<Instance>, id: &str, done: &str, place: &Place) -> Vec<Finding> {
    let what = format!("DCS instance {id}");
    let instance = match instance {
        Ok(instance) => instance,
        Err(error) if is_no_such_thing(error) => return vec![no_such_thing("instance_id", &what, place, error)],
        Err(error) => return vec![Finding::unread(format!("whether {what} exists and can be {done}"), error)],
    };
    let what = format!("DCS instance {}", named(instance.name.as_deref(), id));
    match readiness(instance) {
        Readiness::Ready => Vec::new(),
        Readiness::Broken(why) => vec![Finding::broken(
            "instance_id",
            format!("{what} cannot be {done}"),
            format!(
                "{}. What passes is a master/standby, read/write splitting or cluster instance with status RUNNING.",
                capitalised(&why)
            ),
        )],
        Readiness::Unclear(why) => vec![Finding::unchecked(format!("whether {what} can be {done}"), why)],
        Readiness::Busy(why) | Readiness::Occupied(why) => vec![Finding::target_busy(
            "instance_id",
            format!("{what} is busy ({why})"),
            format!(
                "It can be {done} once its status is RUNNING and no task runs on it. That passes by itself: apply waits for it, within timeouts.create."
            ),
        )],
    }
}

/// Whether the instance makes backups of the format that was asked for.
pub fn check_format(instance: &Read<Instance>, id: &str, format: Option<&str>) -> Vec<Finding> {
    let (Ok(instance), Some(format)) = (instance, format) else { return Vec::new() };
    let version = instance.engine_version.as_deref().unwrap_or_default();
    if !version.starts_with("3.") {
        return Vec::new();
    }
    let what = format!("DCS instance {}", named(instance.name.as_deref(), id));
    if format == "rdb" {
        return vec![Finding::broken(
            "backup_format",
            format!("{what} cannot be backed up as RDB"),
            format!("It runs Redis {version}, and backups of Redis 3.0 are AOF only. Leave backup_format out."),
        )];
    }
    vec![Finding::unchecked(
        format!("whether {what} lets the format be chosen"),
        format!("the choice is documented from Redis 4.0 on, and this is {version}"),
    )]
}

/// Whether the backup is one of the instance's own and can be restored. `own_start` is true for a backup that this very
/// run has started: the service may list it a little later.
pub fn check_backup(listed: &Read<Vec<Backup>>, instance_id: &str, backup_id: &str, own_start: bool) -> Vec<Finding> {
    let listed = match listed {
        Ok(listed) => listed,
        // What is wrong with the instance is said about the instance.
        Err(error) if is_no_such_thing(error) => return Vec::new(),
        Err(error) => {
            return vec![Finding::unread(format!("whether backup {backup_id} exists and can be restored"), error)];
        }
    };
    let Some(backup) = find(listed, backup_id) else {
        return vec![unlisted(listed, instance_id, backup_id, own_start)];
    };
    let what = format!("Backup {}", named(backup.backup_name.as_deref(), backup_id));
    let status = backup.status.as_deref().unwrap_or("(no status)");
    let passes = "What passes is a backup with status \"succeed\" that the service calls restorable.";
    match verdict(status, backup.error_code.as_deref()) {
        Progress::Succeeded if backup.is_support_restore == Some(false) => vec![Finding::broken(
            "backup_id",
            format!("{what} cannot be restored"),
            format!(
                "Its status is {status:?}, but the service says that it does not support a restore, as after a change of the instance's \
                 size or type. {passes}{}",
                choice(listed)
            ),
        )],
        Progress::Succeeded => Vec::new(),
        Progress::Running => vec![Finding::source_busy(
            "backup_id",
            format!("backup {} is still being made ({status})", named(backup.backup_name.as_deref(), backup_id)),
            "It can be restored once it has ended well. Apply waits for that, within timeouts.create; should it fail, nothing is sent.",
        )],
        Progress::Unrecognised => vec![Finding::unchecked(
            format!("whether backup {backup_id} can be restored"),
            format!("its status is {status:?}, which no document explains"),
        )],
        Progress::Failed(_) | Progress::Spent => vec![Finding::broken(
            "backup_id",
            format!("{what} cannot be restored"),
            format!("Its status is {status:?}. {passes}{}", choice(listed)),
        )],
    }
}

fn unlisted(listed: &[Backup], instance_id: &str, backup_id: &str, own_start: bool) -> Finding {
    if own_start {
        return Finding::source_busy(
            "backup_id",
            format!("backup {backup_id} is not listed yet"),
            "This run has started it. Apply waits until the service lists it as finished.",
        );
    }
    Finding::broken(
        "backup_id",
        format!("Backup {backup_id} is not one of DCS instance {instance_id}"),
        format!(
            "The complete list of the instance has {}, and this is not among them. The service restores backups of the instance itself; \
             data of another instance gets here by a migration task.{}",
            counted(listed.len(), "backup"),
            choice(listed)
        ),
    )
}

/// The newest backup that could be restored, as a hint.
fn choice(listed: &[Backup]) -> String {
    match listed.iter().filter(|backup| is_restorable(backup)).max_by_key(|backup| created(backup)) {
        Some(newest) => format!(" The newest that passes is {}.", described(newest)),
        None => " None of its backups passes now.".to_owned(),
    }
}

/// What a new backup pushes out. `number` counts the new backups that this plan makes of the instance, from 1.
pub fn check_limit(listed: &Read<Vec<Backup>>, instance_id: &str, number: usize) -> Vec<Finding> {
    let Ok(listed) = listed else {
        // Nobody is kept from a backup by this: it is only not foretold.
        return match listed {
            Err(error) if !is_no_such_thing(error) => vec![Finding::unread(
                format!("which backup of DCS instance {instance_id} the limit of {KEPT} pushes out"),
                error,
            )],
            _ => Vec::new(),
        };
    };
    let mut kept: Vec<&Backup> = listed
        .iter()
        .filter(|backup| {
            let status = backup.status.as_deref().unwrap_or_default();
            matches!(verdict(status, None), Progress::Running | Progress::Succeeded | Progress::Unrecognised)
        })
        .collect();
    kept.sort_by_key(|backup| created(backup));
    let Some(surplus) = (kept.len() + number).checked_sub(KEPT).filter(|surplus| *surplus > 0) else {
        return Vec::new();
    };
    let which = if number == 1 {
        "One more".to_owned()
    } else {
        format!("The new backup number {number} that this plan makes of it")
    };
    let rule = format!(
        "The service keeps the {KEPT} newest backups of an instance, automatic and manual ones together, and has {} now. {which} makes it \
         delete the oldest without a word",
        kept.len()
    );
    vec![match kept.get(surplus - 1) {
        Some(oldest) => Finding::notice(
            "instance_id",
            format!(
                "A new backup of DCS instance {instance_id} pushes out {}",
                named(oldest.backup_name.as_deref(), oldest.backup_id.as_deref().unwrap_or("?"))
            ),
            format!(
                "{rule}: {}. To keep that one, download it, or delete one that is not needed any more before the apply.",
                described(oldest)
            ),
        ),
        None => Finding::notice(
            "instance_id",
            format!("The new backups of DCS instance {instance_id} push out each other (number {number})"),
            format!("{rule}: one that this very plan makes. Make at most {KEPT} backups of an instance."),
        ),
    }]
}

/// Counts the new backups of an instance in this walk; the first one gets 1.
pub async fn number_in_plan(lists: &Lists, scope: &Scope, instance_id: &str) -> usize {
    let key = format!("preflight/dcs/{}/{}/{instance_id}/new", scope.region, scope.project_id);
    let counter: Result<Arc<AtomicUsize>, std::convert::Infallible> =
        lists.get(&key, Freshness::Within(Duration::from_secs(86_400)), async { Ok(AtomicUsize::new(0)) }).await;
    match counter {
        Ok(counter) => counter.fetch_add(1, Ordering::SeqCst) + 1,
        Err(never) => match never {},
    }
}

/// One of the listed backups.
pub fn find<'a>(listed: &'a [Backup], backup_id: &str) -> Option<&'a Backup> {
    listed.iter().find(|backup| is_id(backup.backup_id.as_deref(), backup_id))
}

/// When the backup was begun: the moment that its data is of, as near as the service tells.
pub fn created(backup: &Backup) -> Option<Timestamp> {
    backup.created_at.as_deref().and_then(cloud::time::parse)
}

fn is_restorable(backup: &Backup) -> bool {
    backup.status.as_deref() == Some("succeed") && backup.is_support_restore != Some(false)
}

/// What the delete of a backup takes away: the only backup of its instance that could be restored, or the newest.
pub fn loss(listed: &[Backup], instance_id: &str, backup_id: &str) -> Option<String> {
    let restorable = listed.iter().filter(|backup| is_restorable(backup)).filter_map(|backup| {
        let name = backup.backup_name.as_deref();
        Some(Restorable { id: backup.backup_id.as_deref()?, name, time: created(backup) })
    });
    deletion::loss(&format!("DCS instance {instance_id}"), backup_id, &restorable.collect::<Vec<_>>())
}

fn newer<'a>(listed: &'a [Backup], than: &Backup) -> Option<&'a Backup> {
    let since = created(than)?;
    let fits = |backup: &&Backup| is_restorable(backup) && created(backup).is_some_and(|time| time > since);
    listed.iter().filter(fits).max_by_key(|backup| created(backup))
}

fn described(backup: &Backup) -> String {
    let name = named(backup.backup_name.as_deref(), backup.backup_id.as_deref().unwrap_or("?"));
    match created(backup) {
        Some(time) => format!("{name} of {}", moment(time)),
        None => name,
    }
}

/// What a restore will overwrite, in the user's words. Ids that are not known yet are `None`.
pub fn overwrite_warning(
    facts: Option<&Facts>,
    instance_id: Option<&str>,
    backup_id: Option<&str>,
    place: &Place,
    now: Timestamp,
) -> Diagnostic {
    let instance = facts.and_then(|facts| facts.instance.as_ref().ok());
    let listed = facts.and_then(|facts| facts.backups.as_ref().ok());
    let backup = listed.zip(backup_id).and_then(|(listed, id)| find(listed, id));
    let target = match instance_id {
        Some(id) => format!("DCS instance {}", named(instance.and_then(|found| found.name.as_deref()), id)),
        None => "A DCS instance that is not known yet".to_owned(),
    };
    let source = match backup_id {
        Some(id) => format!("backup {}", named(backup.and_then(|found| found.backup_name.as_deref()), id)),
        None => "a backup that is not known yet".to_owned(),
    };
    let made = backup.and_then(created);
    let lost = match made {
        Some(time) => format!("Everything written to it after {} is lost.", moment(time)),
        None => "Everything written to it after that backup was made is lost.".to_owned(),
    };
    let mut lines = vec![format!("  Where:  {place}"), format!("  Target: {target}")];
    let mut about = source.clone();
    if let Some(time) = made {
        about.push_str(&format!(", begun {}, {}", moment(time), age(time, now)));
    }
    if let Some(size) = backup.and_then(|backup| backup.size).filter(|size| *size > 0) {
        about.push_str(&format!(", {}", bytes(size)));
    }
    lines.push(format!("  Source: {about}"));
    if let Some(newer) = listed.zip(backup).and_then(|(listed, backup)| newer(listed, backup)) {
        lines.push(format!("  Newer:  backup {} could be restored, too", described(newer)));
    }
    let warning = Diagnostic::warning(
        format!("{target} will be overwritten with {source}"),
        format!(
            "{lost}\n\n{}\n\nMeanwhile the instance takes neither reads nor writes, for 1 to 30 minutes as a rule, and its clients lose their \
             connections. A restore cannot be stopped or undone.",
            lines.join("\n")
        ),
    );
    warning.at("instance_id")
}

#[cfg(test)]
mod tests;
