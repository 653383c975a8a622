//! What the backups of a vault tell about a checkpoint: pure functions over what was read.

use std::collections::{BTreeMap, BTreeSet};

use cloud::cbr::{Backup, Checkpoint, SkippedResource};
use tf::Value;

use super::{is_member, moment};
use crate::operations::common::{marks, string_map};
use engine::work::{Failure, Progress, Record, Results};

/// Whose backups a checkpoint must have before it is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// The members that are backed up.
    pub(super) members: BTreeSet<String>,
    /// The members that the service leaves out, and why.
    pub(super) skipped: BTreeMap<String, String>,
    /// Whether it is well that some are left out.
    pub(super) allow_skipped: bool,
}

impl Expected {
    /// What the record of the checkpoint itself tells.
    pub(super) fn told(checkpoint: &Checkpoint) -> Expected {
        let skipped = skipped(&checkpoint.vault.skipped_resources);
        let ids = checkpoint.vault.resources.iter().filter_map(|resource| resource.id.clone());
        let members = ids.filter(|id| !skipped.contains_key(id)).collect();
        Expected { members, skipped, allow_skipped: true }
    }
}

/// Why members were left out, by their ids.
pub(super) fn skipped(resources: &[SkippedResource]) -> BTreeMap<String, String> {
    let why = |resource: &SkippedResource| match (&resource.reason, &resource.code) {
        (Some(reason), Some(code)) => format!("{reason} ({code})"),
        (Some(text), None) | (None, Some(text)) => text.clone(),
        (None, None) => "the service gives no reason".to_owned(),
    };
    resources.iter().filter_map(|resource| Some((resource.id.clone()?, why(resource)))).collect()
}

/// The backups of a checkpoint, without those of single disks of a server.
pub(super) fn of<'b>(listed: &'b [Backup], checkpoint: &str) -> impl Iterator<Item = &'b Backup> {
    let is_whole = |backup: &&Backup| backup.parent_id.is_none();
    listed.iter().filter(is_whole).filter(move |backup| is_member(backup.checkpoint_id.as_deref(), checkpoint))
}

/// The backups that are there, by the ids of their members.
pub(super) fn usable<'b>(backups: impl Iterator<Item = &'b Backup>) -> BTreeMap<String, String> {
    let there = backups.filter(|backup| !is_going(backup));
    there.filter_map(|backup| Some((backup.resource_id.clone()?, backup.id.clone()?))).collect()
}

fn is_going(backup: &Backup) -> bool {
    matches!(backup.status.as_deref(), Some("waiting_delete" | "deleting" | "deleted"))
}

/// What a status word of a checkpoint means (CBR API, restore point; `incomplete` is this provider's own word).
pub(super) fn verdict(status: &str) -> Progress {
    match status {
        "protecting" => Progress::Running,
        "available" => Progress::Succeeded,
        "error" | "incomplete" => Progress::Failed(Failure::default()),
        "deleting" | "deleted" | "error-deleting" => Progress::Spent,
        _ => Progress::Unrecognised,
    }
}

/// One checkpoint: how far its members' own backups are, which alone decide.
pub(super) fn of_checkpoint(id: &str, listed: &[Backup], told: Option<&Checkpoint>, expected: &Expected) -> Record {
    let backups: Vec<&Backup> = of(listed, id).collect();
    let told_status = told.and_then(|checkpoint| checkpoint.status.as_deref());
    let (status, progress) = judge(&backups, told_status, expected);
    let first = backups.first();
    let created = told
        .and_then(|checkpoint| checkpoint.created_at.as_deref())
        .or_else(|| backups.iter().filter_map(|backup| backup.created_at.as_deref()).min());
    let names = backups.iter().filter_map(|backup| backup.name.as_deref());
    let members: Vec<&str> = backups.iter().filter_map(|backup| backup.resource_id.as_deref()).collect();
    let is_automatic = backups.iter().any(|backup| backup.extend_info.auto_trigger == Some(true));
    Record {
        operation: id.to_owned(),
        status,
        progress,
        created_at: created.and_then(cloud::time::parse),
        results: Results::from([
            ("backups", string_map(&usable(backups.iter().copied()))),
            ("skipped", string_map(&expected.skipped)),
            ("created_at", moment(created)),
        ]),
        marks: marks([
            ("name", names.min()),
            ("description", first.and_then(|backup| backup.description.as_deref())),
            ("members", Some(members.join(" ").as_str())),
            ("automatic", is_automatic.then_some("true")),
        ]),
    }
}

/// All checkpoints that the backups of a vault tell of.
pub(super) fn all(listed: &[Backup]) -> Vec<Record> {
    let ids: BTreeSet<&str> = listed.iter().filter_map(|backup| backup.checkpoint_id.as_deref()).collect();
    let expected = Expected { allow_skipped: true, ..Expected::default() };
    ids.into_iter().map(|id| of_checkpoint(id, listed, None, &expected)).collect()
}

fn judge(backups: &[&Backup], told: Option<&str>, expected: &Expected) -> (String, Progress) {
    let status = |backup: &&Backup| backup.status.clone().unwrap_or_default();
    let lacks = |member: &&String| !backups.iter().any(|backup| is_member(backup.resource_id.as_deref(), member));
    let missing: Vec<&String> = expected.members.iter().filter(lacks).collect();
    // The record of a checkpoint that is over has no backup still to come.
    let is_open = matches!(told, None | Some("protecting"));
    let is_made = |word: &str| matches!(word, "waiting_protect" | "protecting");
    if backups.iter().map(status).any(|word| is_made(&word)) || is_open && !missing.is_empty() {
        return ("protecting".to_owned(), Progress::Running);
    }
    let is_known = |word: &str| {
        matches!(
            word,
            "available" | "error" | "waiting_restore" | "restoring" | "waiting_delete" | "deleting" | "deleted"
        )
    };
    if let Some(word) = backups.iter().map(status).find(|word| !is_known(word)) {
        return (word, Progress::Unrecognised);
    }
    let mut problems: Vec<String> = backups
        .iter()
        .filter(|backup| backup.status.as_deref() == Some("error"))
        .map(|backup| format!("the backup of {} failed (backup {})", named(backup), id_of(backup)))
        .collect();
    problems.extend(missing.iter().map(|member| format!("no backup of {member} is listed")));
    let has_failed = !problems.is_empty();
    if !expected.allow_skipped {
        problems.extend(expected.skipped.iter().map(|(member, why)| format!("{member} was skipped: {why}")));
    }
    match (problems.is_empty(), has_failed) {
        (true, _) if backups.is_empty() && !expected.members.is_empty() => ("deleted".to_owned(), Progress::Spent),
        (true, _) => ("available".to_owned(), Progress::Succeeded),
        (false, failed) => {
            let failure = Failure { code: None, message: Some(problems.join("; ")) };
            (if failed { "error" } else { "incomplete" }.to_owned(), Progress::Failed(failure))
        }
    }
}

fn named(backup: &Backup) -> String {
    let id = backup.resource_id.as_deref().unwrap_or("a member");
    crate::operations::words::named(backup.resource_name.as_deref(), id)
}

fn id_of(backup: &Backup) -> &str {
    backup.id.as_deref().unwrap_or("without an ID")
}

/// A name without the number that the service appends where there are several members.
pub(super) fn plain_name(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((plain, number)) if number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) => plain,
        _ => name,
    }
}

/// Whether a record can be what was asked for, by all that it tells.
pub(super) fn matches(record: &Record, asked: &super::Asked) -> bool {
    let name = record.mark("name");
    let fits = |asked: &Option<String>, found: &[&str]| asked.as_deref().is_none_or(|asked| found.contains(&asked));
    let is_asked_for =
        |member: &str| asked.members.is_empty() || asked.members.keys().any(|asked| tf::same_id(asked, member));
    record.mark("automatic").is_empty()
        && fits(&asked.name, &[name, plain_name(name)])
        && fits(&asked.description, &[record.mark("description")])
        && record.mark("members").split(' ').all(is_asked_for)
}

/// The results of a body with an empty map in place of none.
pub(super) fn map_of(value: &Value) -> BTreeMap<String, String> {
    crate::operations::common::pairs_of_map(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(member: &str, status: &str) -> Backup {
        Backup {
            id: Some(format!("b-{member}")),
            checkpoint_id: Some("c".into()),
            resource_id: Some(member.into()),
            name: Some("nightly-0001".into()),
            status: Some(status.into()),
            ..Backup::default()
        }
    }

    fn expected(members: &[&str], skipped: &[&str], allow_skipped: bool) -> Expected {
        Expected {
            members: members.iter().map(|id| (*id).to_owned()).collect(),
            skipped: skipped.iter().map(|id| ((*id).to_owned(), "gone (X)".to_owned())).collect(),
            allow_skipped,
        }
    }

    #[test]
    fn each_members_own_backup_decides() {
        let told = |status: &str| Some(Checkpoint { status: Some(status.into()), ..Checkpoint::default() });
        let two = expected(&["m", "n"], &[], false);
        for (backups, told, expected, status) in [
            (vec![backup("m", "available"), backup("n", "protecting")], None, &two, "protecting"),
            (vec![backup("m", "available"), backup("n", "waiting_protect")], told("available"), &two, "protecting"),
            (vec![backup("m", "available")], None, &two, "protecting"),
            (vec![backup("m", "available")], told("protecting"), &two, "protecting"),
            (vec![backup("m", "available")], told("available"), &two, "error"),
            (vec![backup("m", "available"), backup("n", "available")], None, &two, "available"),
            (
                vec![backup("M", "available"), backup("n", "restoring")],
                told("error"),
                &expected(&["n"], &[], false),
                "available",
            ),
            (vec![backup("m", "available"), backup("n", "error")], None, &two, "error"),
            (vec![backup("m", "available"), backup("n", "deleting")], None, &two, "available"),
            (vec![backup("m", "available")], None, &expected(&["m"], &["n"], false), "incomplete"),
            (vec![backup("m", "available")], None, &expected(&["m"], &["n"], true), "available"),
            (vec![backup("m", "error")], None, &expected(&["m"], &["n"], false), "error"),
            (vec![backup("m", "pondering")], None, &two, "pondering"),
        ] {
            let record = of_checkpoint("c", &backups, told.as_ref(), expected);
            let pondering = status == "pondering" && backups.len() < 2;
            if pondering {
                assert_eq!(record.progress, Progress::Running, "the other one is still to come");
                continue;
            }
            assert_eq!(record.status, status, "{backups:?} {told:?} {expected:?}");
            assert_eq!(verdict(status).is_over(), record.progress.is_over(), "{status}");
        }
    }

    #[test]
    fn a_failure_names_every_member_that_it_is_about() {
        let backups = [backup("m", "available"), backup("n", "error")];
        let told = Checkpoint { status: Some("error".into()), ..Checkpoint::default() };
        let record = of_checkpoint("c", &backups, Some(&told), &expected(&["m", "n", "o"], &["p"], false));
        let Progress::Failed(failure) = record.progress else { panic!("{record:?}") };
        let message = failure.message.unwrap();
        for part in ["backup of n failed (backup b-n)", "no backup of o is listed", "p was skipped: gone (X)"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert_eq!(map_of(&record.results["backups"]).len(), 2);
    }

    #[test]
    fn records_are_told_apart_by_all_that_they_tell() {
        let record = of_checkpoint("c", &[backup("m", "available")], None, &Expected::default());
        let asked = |name: Option<&str>, description: Option<&str>, members: &[&str]| super::super::Asked {
            name: name.map(Into::into),
            description: description.map(Into::into),
            members: members.iter().map(|id| ((*id).to_owned(), Vec::new())).collect(),
            ..Default::default()
        };
        for (asked, fits) in [
            (asked(None, None, &[]), true),
            (asked(Some("nightly"), None, &["m"]), true),
            (asked(Some("nightly-0001"), None, &[]), true),
            (asked(Some("other"), None, &[]), false),
            (asked(None, Some("d"), &[]), false),
            (asked(None, None, &["n"]), false),
        ] {
            assert_eq!(matches(&record, &asked), fits, "{asked:?}");
        }
        assert_eq!((plain_name("a-b"), plain_name("a-0002"), plain_name("0002")), ("a-b", "a", "0002"));
    }
}
