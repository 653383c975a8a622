//! Databases: can the instance be backed up, and can it go back to that backup or moment?

mod warning;

use cloud::dbs::{Backup, Instance, Interval};
use cloud::{Error, Scope};
use engine::lists::Lists;
use engine::work::{Freshness, Readiness};

use super::status::verdict;
use super::{Asked, Product, Reader, called, times};
use crate::operations::checks::{Finding, Place, Read, is_no_such_thing, no_such_thing};
use crate::operations::common::is_id;
use crate::operations::words::{capitalised, named};
use engine::work::Progress;

pub use warning::{overwrite_warning, point, words};

/// What makes moments to restore to.
const MAKES: &str = "An automated backup policy of the instance makes such times.";

/// What is known. `None` is what could not even be asked for, because an argument is not known.
#[derive(Default)]
pub struct Facts {
    /// The instance that the data is from.
    pub source: Option<Read<Instance>>,
    /// The instance that is overwritten.
    pub target: Option<Read<Instance>>,
    /// All backups of the source, if one is to be restored.
    pub backups: Option<Read<Vec<Backup>>>,
    /// The times around the moment, if one is to be restored.
    pub times: Option<Read<Vec<Interval>>>,
}

impl Facts {
    /// Reads all that the known arguments let be asked for, at once.
    pub async fn read<P: Product>(lists: &Lists, scope: &Scope, asked: &Asked, freshness: Freshness) -> Facts {
        let reader = Reader { lists, scope, freshness };
        let (source, target) = (asked.source.as_deref(), asked.target.as_deref());
        let of_backup = source.filter(|_| asked.backup.is_some());
        let (source, target, backups, times) = futures::join!(
            optional(source.map(|id| reader.instance::<P>(id))),
            optional(target.map(|id| reader.instance::<P>(id))),
            optional(of_backup.map(|id| reader.backups::<P>(id))),
            optional(source.zip(asked.time).map(|(id, time)| reader.times_around::<P>(id, time))),
        );
        Facts { source, target, backups, times }
    }

    /// The backup that is asked for, if it is listed.
    pub fn backup(&self, asked: &Asked) -> Option<&Backup> {
        let listed = self.backups.as_ref()?.as_ref().ok()?;
        listed.iter().find(|backup| is_id(backup.id.as_deref(), asked.backup.as_deref().unwrap_or_default()))
    }

    /// The failures of reads.
    pub fn failures(&self) -> impl Iterator<Item = &Error> {
        fn failed<T>(read: &Option<Read<T>>) -> Option<&Error> {
            read.as_ref().and_then(|read| read.as_ref().err())
        }
        let all = [failed(&self.target), failed(&self.source), failed(&self.backups), failed(&self.times)];
        all.into_iter().flatten()
    }

    /// An instance, if it could be read.
    pub fn known(read: &Option<Read<Instance>>) -> Option<&Instance> {
        read.as_ref().and_then(|read| read.as_ref().ok()).map(AsRef::as_ref)
    }

    /// The engine of the source, by the instance or else by the backup: an instance may be gone, its backups stay.
    pub fn source_engine(&self, asked: &Asked) -> Option<&str> {
        let of_instance = Facts::known(&self.source).and_then(|source| source.datastore.engine.as_deref());
        of_instance.or_else(|| self.backup(asked)?.datastore.engine.as_deref())
    }
}

async fn optional<F: Future>(read: Option<F>) -> Option<F::Output> {
    match read {
        Some(read) => Some(read.await),
        None => None,
    }
}

/// What stands against a backup of this instance: the same in plan and apply.
pub fn check_backup<P: Product>(read: &Read<Instance>, id: &str, place: &Place) -> Vec<Finding> {
    let what = called::<P>(id);
    let instance = match read {
        Ok(instance) => instance,
        Err(error) if is_no_such_thing(error) => return vec![no_such_thing("instance_id", &what, place, error)],
        Err(error) => return vec![Finding::unread(format!("whether {what} exists and can be backed up"), error)],
    };
    let what = called::<P>(&named(instance.name.as_deref(), id));
    if let Some(why) = P::not_to_be_backed_up(instance) {
        return vec![Finding::broken("instance_id", format!("{what} cannot be backed up"), why)];
    }
    state::<P>(instance, "instance_id", &what, "backed up").into_iter().collect()
}

/// What the state of an instance means for work on it; `done` is what happens to it.
fn state<P: Product>(instance: &Instance, attribute: &'static str, what: &str, done: &str) -> Option<Finding> {
    match P::readiness(instance) {
        Readiness::Ready => None,
        Readiness::Unclear(why) => Some(Finding::unchecked(format!("whether {what} can be {done}"), why)),
        Readiness::Busy(why) | Readiness::Occupied(why) => Some(Finding::target_busy(
            attribute,
            format!("{what} is busy ({why})"),
            format!(
                "It can be {done} once nothing else runs on it. That passes by itself: apply waits for it, within timeouts.create."
            ),
        )),
        Readiness::Broken(why) => Some(Finding::broken(
            attribute,
            format!("{what} cannot be {done}"),
            format!("{}. The service takes no work on it until it is usable again.", capitalised(&why)),
        )),
    }
}

/// Everything that can be told about a restore, in the order of the arguments.
pub fn check<P: Product>(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let mut findings = check_target::<P>(facts, asked, place);
    findings.extend(check_origin::<P>(facts, asked, place));
    findings.extend(check_fit::<P>(facts, asked));
    findings.extend(P::check_restore(asked, facts));
    findings
}

fn check_target<P: Product>(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let (Some(id), Some(read)) = (&asked.target, &facts.target) else { return Vec::new() };
    let (what, attribute) = (called::<P>(id), P::RESTORE.target);
    match read {
        Ok(instance) => {
            let what = called::<P>(&named(instance.name.as_deref(), id));
            state::<P>(instance, attribute, &what, "restored").into_iter().collect()
        }
        Err(error) if is_no_such_thing(error) => vec![no_such_thing(attribute, &what, place, error)],
        Err(error) => vec![Finding::unread(format!("whether the target {what} exists and can be restored"), error)],
    }
}

/// Whether there is what is to be restored.
pub fn check_origin<P: Product>(facts: &Facts, asked: &Asked, place: &Place) -> Vec<Finding> {
    let mut findings: Vec<Finding> = check_source::<P>(facts, asked, place).into_iter().collect();
    findings.extend(check_point::<P>(facts, asked));
    findings
}

/// A backup outlives its instance, a moment does not.
fn check_source<P: Product>(facts: &Facts, asked: &Asked, place: &Place) -> Option<Finding> {
    let (id, read) = (asked.source.as_deref()?, facts.source.as_ref()?);
    if asked.source == asked.target {
        return None;
    }
    let (what, error) = (called::<P>(id), read.as_ref().err()?);
    match is_no_such_thing(error) {
        true if asked.time.is_some() => Some(no_such_thing(P::RESTORE.source, &what, place, error)),
        true => None,
        false => Some(Finding::unread(format!("the engine, version and storage of the source {what}"), error)),
    }
}

fn check_point<P: Product>(facts: &Facts, asked: &Asked) -> Vec<Finding> {
    let Some(source) = &asked.source else { return Vec::new() };
    if let (Some(read), Some(time)) = (&facts.times, asked.time) {
        let is_gone = matches!(facts.source.as_ref(), Some(Err(error)) if is_no_such_thing(error));
        return if is_gone { Vec::new() } else { times::check(read, time, &called::<P>(source), MAKES) };
    }
    let (Some(read), Some(id)) = (&facts.backups, &asked.backup) else { return Vec::new() };
    check_listed_backup::<P>(read, id, source).into_iter().collect()
}

fn check_listed_backup<P: Product>(read: &Read<Vec<Backup>>, id: &str, source: &str) -> Option<Finding> {
    let of = called::<P>(source);
    let listed = match read {
        Ok(listed) => listed,
        Err(error) => return Some(Finding::unread(format!("whether backup {id} of {of} can be restored"), error)),
    };
    let Some(backup) = listed.iter().find(|backup| is_id(backup.id.as_deref(), id)) else {
        return Some(Finding::broken(
            "backup_id",
            format!("Backup {id} is not one of {of}"),
            format!(
                "The service lists {} backups of it, and this is not among them. Check backup_id and {}: they have to name a backup and the \
                 instance that it was made of.",
                listed.len(),
                P::RESTORE.source
            ),
        ));
    };
    let what = format!("Backup {}", named(backup.name.as_deref(), id));
    if backup.associated_with_ddm == Some(true) {
        return Some(Finding::broken(
            "backup_id",
            format!("{what} belongs to a DDM instance"),
            "It holds one data node of that instance. Restored alone, this node would not fit the others. recovery_ddm_restore restores all of \
             them to one moment.",
        ));
    }
    let status = backup.status.as_deref().unwrap_or_default();
    match verdict(status) {
        Progress::Succeeded => None,
        Progress::Running => Some(Finding::source_busy(
            "backup_id",
            format!("{what} is still being made (status {status})"),
            "It can be restored once it is finished. That passes by itself: apply waits for it, within timeouts.create.",
        )),
        Progress::Failed(_) | Progress::Spent => Some(Finding::broken(
            "backup_id",
            format!("{what} cannot be restored"),
            format!("Its status is {status}; only a backup that is COMPLETED can be restored."),
        )),
        Progress::Unrecognised => Some(Finding::unchecked(
            format!("whether backup {id} of {of} can be restored"),
            format!("its status is {status:?}"),
        )),
    }
}

/// Whether engine, version and storage of the target fit.
fn check_fit<P: Product>(facts: &Facts, asked: &Asked) -> Vec<Finding> {
    let Some(target) = Facts::known(&facts.target) else { return Vec::new() };
    if asked.source == asked.target {
        return Vec::new();
    }
    let attribute = P::RESTORE.target;
    let what = called::<P>(&named(target.name.as_deref(), asked.target.as_deref().unwrap_or_default()));
    let mut findings = Vec::new();
    if let (Some(from), Some(to)) = (facts.source_engine(asked), target.datastore.engine.as_deref())
        && !from.eq_ignore_ascii_case(to)
    {
        findings.push(Finding::broken(
            attribute,
            format!("{what} has another engine"),
            format!("Its engine is {to}, that of the source {from}. A restore needs the same engine."),
        ));
        return findings;
    }
    let Some(source) = Facts::known(&facts.source) else { return findings };
    if let (Some(from), Some(to)) = (source.datastore.version.as_deref(), target.datastore.version.as_deref())
        && is_older(to, from) == Some(true)
    {
        findings.push(Finding::broken(
            attribute,
            format!("{what} has an earlier version than the source"),
            format!("Its version is {to}, that of the source {from}. A restore needs the same or a later one."),
        ));
    }
    findings
}

/// Whether a version comes before another, by its leading numbers (`2019_SE` is 2019); `None` when either has none.
fn is_older(version: &str, than: &str) -> Option<bool> {
    let parts = |text: &str| -> Option<Vec<u32>> {
        let numbers = text.split(|letter: char| !(letter.is_ascii_digit() || letter == '.')).next()?;
        numbers.split('.').map(|part| part.parse().ok()).collect()
    };
    let (version, than) = (parts(version)?, parts(than)?);
    // Where one tells more than the other, only what both tell counts.
    let common = version.len().min(than.len());
    Some(version.get(..common)? < than.get(..common)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_far_as_both_tell() {
        for (version, than, older) in [
            ("5.7", "8.0", Some(true)),
            ("8.0", "8.0", Some(false)),
            ("8.0", "8.0.32", Some(false)),
            ("14", "14.6", Some(false)),
            ("13", "14", Some(true)),
            ("2017_SE", "2019_SE", Some(true)),
            ("2022_EE", "2019_SE", Some(false)),
            ("new", "8.0", None),
        ] {
            assert_eq!(is_older(version, than), older, "{version} {than}");
        }
    }
}
