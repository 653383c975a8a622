//! Deleting what a checkpoint has made: each backup by itself, for there is no other way.

use std::collections::BTreeMap;

use cloud::cbr::{self, Backup};
use cloud::{Error, Scope};
use tf::{Diagnostic, Diagnostics, Value};
use tokio::time::Instant;

use super::{is_member, lane, records, vault_backups};
use crate::operations::common::required;
use crate::operations::deletion::{self, Restorable};
use crate::operations::words::{counted, named};
use crate::report;
use crate::runtime::Runtime;
use engine::work::Freshness;
use engine::{Bounds, End, follow};

/// How many members are told of one by one.
const TOLD: usize = 5;

/// What goes with a checkpoint: of which members it has the only backup in the vault that can be restored, or the newest.
pub(super) fn loss(listed: &[Backup], vault: &str, checkpoint: &str) -> Option<String> {
    let told: Vec<String> = records::of(listed, checkpoint).filter_map(|own| loss_of(listed, own, vault)).collect();
    let more = match told.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" The same kind of loss meets {}.", counted(more, "more member")),
    };
    let texts: String = told.into_iter().take(TOLD).collect();
    (!texts.is_empty()).then(|| texts + &more)
}

/// The same of one member.
fn loss_of(listed: &[Backup], own: &Backup, vault: &str) -> Option<String> {
    let (id, member) = (own.id.as_deref()?, own.resource_id.as_deref()?);
    let is_whole = |backup: &&Backup| backup.parent_id.is_none() && is_member(backup.resource_id.as_deref(), member);
    let available = |backup: &&Backup| backup.status.as_deref() == Some("available");
    let restorable = listed.iter().filter(is_whole).filter(available).filter_map(|backup| {
        let time = backup.created_at.as_deref().and_then(cloud::time::parse);
        Some(Restorable { id: backup.id.as_deref()?, name: backup.name.as_deref(), time })
    });
    let of = format!("{} in vault {vault}", named(own.resource_name.as_deref(), member));
    deletion::loss(&of, id, &restorable.collect::<Vec<_>>())
        .map(|text| text.replacen(" It is", &format!(" Backup {id} is"), 1))
}

/// One backup on its way out.
enum State {
    /// Not yet accepted; what the service said last.
    Asked(Option<Error>),
    /// Accepted, and still there.
    Accepted,
    /// The service will not delete it.
    Refused(Error),
}

/// Deletes every backup of the checkpoint that is still there, and names what it could not delete.
pub(super) async fn run(runtime: &Runtime, scope: &Scope, body: &Value, bounds: &Bounds) -> Diagnostics {
    let (vault, checkpoint) = (required(body, "vault_id"), required(body, "checkpoint_id"));
    if checkpoint.is_empty() {
        return Diagnostic::warning(
            format!("Nothing was deleted in CBR vault {vault}"),
            "An attempt of an earlier run to make this checkpoint had an unknown outcome, so there is no ID to delete by. Look into the \
             backups of the vault for new ones.",
        )
        .into();
    }
    let _turn = match runtime.engine.turn_on(&lane(scope, &vault), bounds).await {
        Ok(turn) => turn,
        Err(end) => return not_begun(&checkpoint, end).into(),
    };
    let mut backups: BTreeMap<String, State> = BTreeMap::new();
    for id in records::map_of(body.get("backups")).into_values() {
        backups.insert(id, State::Asked(None));
    }
    // What has failed, or was made after the state was written, goes, too.
    if let Ok(listed) = vault_backups(&runtime.engine.lists, scope, &vault, Freshness::Now).await {
        for id in records::of(&listed, &checkpoint).filter_map(|backup| backup.id.clone()) {
            backups.entry(id).or_insert(State::Asked(None));
        }
    }
    let began = Instant::now();
    loop {
        cloud::with_patience(bounds.over(), step(scope, &mut backups)).await;
        if backups.values().all(|state| matches!(state, State::Refused(_))) {
            return refused(&checkpoint, &backups);
        }
        let next = follow::pause(began.elapsed());
        if let Err(end) = bounds.sleep(next).await {
            let mut diagnostics = refused(&checkpoint, &backups);
            diagnostics.push(gave_up(&checkpoint, &backups, end, bounds));
            return diagnostics;
        }
    }
}

/// Asks for what is not accepted yet, and looks whether what is accepted has gone.
async fn step(scope: &Scope, backups: &mut BTreeMap<String, State>) {
    let ids: Vec<String> = backups.keys().cloned().collect();
    for id in ids {
        let next = match backups.get(&id) {
            Some(State::Asked(_)) => match cbr::delete_backup(scope, &id).await {
                Ok(()) => Some(State::Accepted),
                Err(error) if error.is_not_found() => None,
                // Passing: being made, being restored, or the service stumbles.
                Err(error) if error.is_busy() || error.is_transient() => Some(State::Asked(Some(error))),
                Err(error) => Some(State::Refused(error)),
            },
            Some(State::Accepted) => match cbr::backup(scope, &id).await {
                Err(error) if error.is_not_found() => None,
                _ => Some(State::Accepted),
            },
            _ => continue,
        };
        match next {
            Some(state) => drop(backups.insert(id, state)),
            None => drop(backups.remove(&id)),
        }
    }
}

/// One error for each backup that the service will not delete.
fn refused(checkpoint: &str, backups: &BTreeMap<String, State>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (id, state) in backups {
        if let State::Refused(error) = state {
            let summary = format!("Backup {id} of checkpoint {checkpoint} could not be deleted");
            diagnostics.push(report::call_failed(summary, error));
        }
    }
    diagnostics
}

fn gave_up(checkpoint: &str, backups: &BTreeMap<String, State>, end: End, bounds: &Bounds) -> Diagnostic {
    let line = |(id, state): (&String, &State)| match state {
        State::Asked(Some(error)) => Some(format!("  {id}: {error}")),
        State::Asked(None) => Some(format!("  {id}: not asked yet")),
        State::Accepted => Some(format!("  {id}: accepted, and still listed")),
        State::Refused(_) => None,
    };
    let lines: Vec<String> = backups.iter().filter_map(line).collect();
    let why = match end {
        End::Stopped => "Terraform asked to stop".to_owned(),
        End::TimedOut => {
            format!("gave up after {} (timeouts.delete)", tf::duration::display(bounds.timeout))
        }
    };
    Diagnostic::error(
        format!("Checkpoint {checkpoint} is not deleted yet"),
        format!("{why}. Still there:\n\n{}\n\nThe checkpoint stays in the state; run apply again.", lines.join("\n")),
    )
}

fn not_begun(checkpoint: &str, end: End) -> Diagnostic {
    let why = match end {
        End::Stopped => "Terraform asked to stop",
        End::TimedOut => "another operation of this run on the same vault did not end in time",
    };
    Diagnostic::error(format!("Checkpoint {checkpoint} was not deleted"), format!("{why}. Nothing was sent."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(checkpoint: &str, member: &str, status: &str, day: u32) -> Backup {
        Backup {
            id: Some(format!("{checkpoint}-{member}")),
            checkpoint_id: Some(checkpoint.into()),
            resource_id: Some(member.into()),
            status: Some(status.into()),
            created_at: Some(format!("2026-01-{day:02}T00:00:00Z")),
            ..Backup::default()
        }
    }

    #[test]
    fn the_loss_of_each_members_newest_or_only_backup_is_told() {
        let child = Backup { parent_id: Some("p".into()), ..backup("d", "web", "available", 9) };
        let listed = [
            backup("a", "web", "available", 1),
            backup("b", "web", "available", 2),
            backup("b", "db", "available", 2),
            backup("c", "db", "error", 3),
            backup("c", "mail", "error", 3),
            child,
        ];
        for (checkpoint, told) in [
            ("a", vec![]),
            (
                "b",
                vec![
                    "Backup b-web is the newest backup of web in vault v that can be restored; the newest beside it is a-web",
                    "Backup b-db is the only backup of db in vault v that can be restored.",
                ],
            ),
            ("c", vec![]),
            ("unlisted", vec![]),
        ] {
            let found = loss(&listed, "v", checkpoint);
            assert_eq!(found.is_some(), !told.is_empty(), "{checkpoint}: {found:?}");
            assert!(told.iter().all(|text| found.as_deref().unwrap_or_default().contains(text)), "{found:?}");
        }
    }

    #[test]
    fn a_checkpoint_of_many_members_is_told_in_few_words() {
        let listed: Vec<Backup> = (0..40).map(|number| backup("c", &format!("m{number}"), "available", 1)).collect();
        let found = loss(&listed, "v", "c").unwrap();
        assert_eq!(found.matches("the only backup").count(), TOLD, "{found}");
        assert!(found.ends_with("meets 35 more members."), "{found}");
    }
}
