//! Running an operation from wherever it stands to its end: the one way in for every form.

use std::sync::Mutex;
use std::sync::PoisonError;

use super::follow::{Followed, Interruption};
use super::identity::Identity;
use super::locks::Turn;
use super::memory::Running;
use super::pending::{Attempt, Pending};
use super::reconcile::Reconciled;
use super::start::{Doubt, NotStarted, Origin, Started, Unstarted};
use super::work::{Freshness, Record, Results, Work};
use super::{Bounds, End, Engine};

/// Who asks for an operation, and how.
pub struct Request<'a> {
    /// What it is: `recovery_dcs_restore`.
    pub kind: &'static str,
    /// What the user means by it.
    pub identity: &'a Identity,
    /// Whether its end is waited for; else one look is enough.
    pub wait: bool,
    /// Who is told what happens.
    pub watch: &'a dyn Watch,
}

/// Where the operation stands before the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// It has not been asked for.
    Nothing,
    /// It was asked for, and nobody knows what came of it.
    Attempt(Attempt),
    /// It runs, or ran, under this id of the service, and the caller knows its results.
    Operation(String),
    /// Somebody runs it under this id; nothing else is known about it yet.
    Twin(String),
}

/// Is told what happens while an operation runs. Called from within the run, so it must be quick and must not wait.
pub trait Watch: Send + Sync {
    /// The operation has an id. Told before any waiting, once; `results` is what was read for it.
    fn accepted(&self, operation: &str, origin: Origin, results: &Results);

    /// The request was sent, and its outcome is not known. May be followed by `accepted`.
    fn in_doubt(&self, attempt: &Attempt);

    /// A new look at the record.
    fn seen(&self, record: &Record);
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Nothing was started.
    NotStarted(NotStarted),
    /// Something may have been started.
    InDoubt(Attempt, Doubt),
    /// It was started, and nobody wanted to wait: one look at its record.
    UnderWay(String, Option<Record>),
    /// It ended, well or badly, and after a good end the target is usable again.
    Over(String, Record),
    /// It ended well, but its target needs somebody's help: why.
    Unsettled(String, Record, String),
    /// The wait ended before the operation did.
    Left(String, Option<Record>, Interruption),
}

/// A run that is over.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// Further operations that this same request turned out to have started: it was sent again, and an earlier one had been
    /// accepted all the same. Never empty without somebody having to be told.
    pub doubles: Vec<String>,
}

impl Engine {
    /// Runs an operation from where it stands: waits for its turn on the target, finds out about an attempt, starts what was
    /// not started, follows it to its end. Two runs of one identity that overwrites share one operation.
    pub async fn run(&self, work: &mut dyn Work, from: From, request: &Request<'_>, bounds: &Bounds) -> Finished {
        let turn = match self.turn(work, bounds).await {
            Ok(turn) => turn,
            Err(end) => return Finished { ended: no_turn(from, end), doubles: Vec::new() },
        };
        let mut lost = Vec::new();
        let ended = match self.operation(work, from, request, &mut lost, bounds).await {
            Ok(started) => self.follow_started(work, &started, request, bounds).await,
            Err(Unstarted::Nothing(why)) => Ended::NotStarted(why),
            Err(Unstarted::Unknown(unknown)) => {
                let (attempt, doubt) = *unknown;
                self.note(work, request, Pending::Unknown(attempt.clone()), false, Results::new());
                Ended::InDoubt(attempt, doubt)
            }
        };
        let doubles = self.doubles(work, request, &lost, &ended, bounds).await;
        drop(turn);
        Finished { ended, doubles }
    }

    /// Waits for the turn on the target, within the bounds.
    ///
    /// # Errors
    /// Which bound was reached.
    async fn turn(&self, work: &dyn Work, bounds: &Bounds) -> Result<Turn, End> {
        self.turn_on(&work.lane(), bounds).await
    }

    /// Waits for the turn on a lane, within the bounds.
    ///
    /// # Errors
    /// Which bound was reached.
    pub async fn turn_on(&self, lane: &str, bounds: &Bounds) -> Result<Turn, End> {
        tokio::select! {
            biased;
            turn = self.locks.lock(lane) => Ok(turn),
            () = bounds.stop.cancelled() => Err(End::Stopped),
            () = tokio::time::sleep_until(bounds.deadline) => Err(End::TimedOut),
        }
    }

    /// The id of the operation, wherever it stands. Requests whose answers were lost are kept in `lost`.
    async fn operation(
        &self,
        work: &mut dyn Work,
        from: From,
        request: &Request<'_>,
        lost: &mut Vec<Attempt>,
        bounds: &Bounds,
    ) -> Result<Started, Unstarted> {
        let known = |operation, results| Started { operation, origin: Origin::Known, results };
        let attempt = match from {
            From::Operation(operation) => return Ok(known(operation, Results::new())),
            From::Twin(operation) => {
                let results = bounds.within(work.prepare()).await;
                return Ok(known(operation, results.ok().and_then(Result::ok).unwrap_or_default()));
            }
            From::Attempt(attempt) => Some(attempt),
            From::Nothing => match self.shared(work, request) {
                Some(Pending::Started(operation)) => return Ok(known(operation, Results::new())),
                Some(Pending::Unknown(attempt)) => Some(attempt),
                None => None,
            },
        };
        if let Some(attempt) = attempt {
            match self.settle(work, request, attempt, bounds).await {
                Reconciled::Found(operation) => {
                    return Ok(Started { operation, origin: Origin::Found, results: Results::new() });
                }
                Reconciled::Nothing(attempt) => lost.push(attempt),
                Reconciled::Unclear(attempt, seen) => {
                    return Err(Unstarted::unknown(attempt, Doubt { answer: None, seen }));
                }
            }
        }
        self.start(work, request, lost, bounds).await
    }

    /// Work of this process that means the same: two that overwrite are one.
    fn shared(&self, work: &dyn Work, request: &Request<'_>) -> Option<Pending> {
        let shares = work.effect().overwrites();
        shares.then(|| self.memory.running(request.kind, request.identity)).flatten().map(|running| running.work)
    }

    async fn follow_started(
        &self,
        work: &dyn Work,
        started: &Started,
        request: &Request<'_>,
        bounds: &Bounds,
    ) -> Ended {
        let operation = started.operation.clone();
        let pending = || Pending::Started(operation.clone());
        request.watch.accepted(&operation, started.origin, &started.results);
        tracing::info!(operation, target = work.target(), "{} is under way", work.effect().noun());
        self.note(work, request, pending(), false, started.results.clone());
        if !request.wait {
            // Whatever cannot be seen now, a later look will tell.
            let record = bounds.within(work.look(&self.lists, &operation, Freshness::Now)).await;
            return Ended::UnderWay(operation, record.ok().and_then(Result::ok).flatten());
        }
        let last = Mutex::new(started.results.clone());
        let seen = |record: &Record| {
            last.lock().unwrap_or_else(PoisonError::into_inner).extend(record.results.clone());
            request.watch.seen(record);
        };
        let followed = self.follow(work, &operation, bounds, &seen).await;
        let over = matches!(followed, Followed::Ended(_));
        let results = last.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.note(work, request, pending(), over, results);
        match followed {
            Followed::Ended(record) => Ended::Over(operation, record),
            Followed::Unsettled(record, why) => Ended::Unsettled(operation, record, why),
            Followed::Interrupted(record, why) => Ended::Left(operation, record, why),
        }
    }

    fn note(&self, work: &dyn Work, request: &Request<'_>, pending: Pending, ended: bool, results: Results) {
        let running = Running { identity: request.identity.clone(), lane: work.lane(), work: pending, ended, results };
        self.memory.note_running(request.kind, running);
    }

    /// After a request that was sent more than once: what else it started. A last look at the records; what cannot be read
    /// or appears later still goes unnoticed, but no run says that all is well while two are on record.
    async fn doubles(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        lost: &[Attempt],
        ended: &Ended,
        bounds: &Bounds,
    ) -> Vec<String> {
        let Some(first) = lost.first() else { return Vec::new() };
        let own = match ended {
            Ended::UnderWay(operation, _)
            | Ended::Over(operation, _)
            | Ended::Unsettled(operation, ..)
            | Ended::Left(operation, ..) => operation,
            Ended::NotStarted(_) | Ended::InDoubt(..) => return Vec::new(),
        };
        let read = bounds.within(work.records(&self.lists, Freshness::Now)).await;
        let Ok(Ok(records)) = read else { return Vec::new() };
        let mut found = self.ours(work, request, first, &records);
        found.retain(|operation| operation != own);
        found
    }
}

/// What is left of an operation whose turn did not come.
fn no_turn(from: From, end: End) -> Ended {
    match from {
        From::Nothing => Ended::NotStarted(NotStarted::NoTurn(end)),
        From::Attempt(attempt) => {
            let seen = super::start::Unclear::Ended(end, None);
            Ended::InDoubt(attempt, Doubt { answer: None, seen })
        }
        From::Operation(operation) | From::Twin(operation) => {
            let why = match end {
                End::Stopped => Interruption::Stopped,
                End::TimedOut => Interruption::TimedOut("other work of this run on the same target".to_owned()),
            };
            Ended::Left(operation, None, why)
        }
    }
}

#[cfg(test)]
mod tests;
