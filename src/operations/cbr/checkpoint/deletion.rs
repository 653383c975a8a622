//! Deleting what a checkpoint has made: each backup by itself, for there is no other way.

use std::collections::BTreeMap;

use cloud::cbr;
use cloud::{Error, Scope};
use tf::{Diagnostic, Diagnostics, Value};
use tokio::time::Instant;

use super::{lane, records, vault_backups};
use crate::operations::common::required;
use crate::report;
use crate::runtime::Runtime;
use engine::work::Freshness;
use engine::{Bounds, End, follow};

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
        step(scope, &mut backups).await;
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
