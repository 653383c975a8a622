//! Running an operation from wherever it stands to its end: the one way in for every form.

use std::sync::Mutex;
use std::sync::PoisonError;

use super::follow::Followed;
use super::locks::Turn;
use super::memory::Running;
use super::outcome::{Doubt, Ended, Finished, Interruption, NotStarted, Origin, Started, Unclear, Unstarted};
use super::pending::{Attempt, Pending};
use super::reconcile::Reconciled;
use super::request::{From, Request};
use super::work::{Freshness, Record, Results, Work};
use super::{Bounds, End, Engine};

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
        let mut attempt = match from {
            From::Operation(operation) => return Ok(known(operation, Results::new())),
            From::Twin(operation) => {
                let results = bounds.within(work.prepare(&self.lists)).await;
                return Ok(known(operation, results.ok().and_then(Result::ok).unwrap_or_default()));
            }
            From::Attempt(attempt) => Some(attempt),
            From::Nothing => match self.shared(work, request) {
                Some(Pending::Started(operation)) => return Ok(known(operation, Results::new())),
                Some(Pending::Unknown(attempt)) => Some(attempt),
                None => None,
            },
        };
        while let Some(earlier) = attempt.take() {
            match self.settle(work, request, earlier.clone(), bounds).await {
                Reconciled::Found(operation) => {
                    lost.push(earlier);
                    return Ok(Started { operation, origin: Origin::Found, results: Results::new() });
                }
                Reconciled::Nothing(earlier) => lost.push(earlier),
                Reconciled::Unclear(earlier, seen) => {
                    return Err(Unstarted::unknown(earlier, Doubt { answer: None, seen }));
                }
            }
            // Two objects may share one attempt: whoever settled it first may have sent it again meanwhile.
            match self.shared(work, request) {
                Some(Pending::Started(operation)) => return Ok(known(operation, Results::new())),
                Some(Pending::Unknown(other)) if lost.iter().all(|settled| settled.attempt != other.attempt) => {
                    attempt = Some(other);
                }
                _ => {}
            }
        }
        self.start(work, request, lost, bounds).await
    }

    /// Work of this process that means the same: two that overwrite are one.
    fn shared(&self, work: &dyn Work, request: &Request<'_>) -> Option<Pending> {
        let shares = work.effect().happens_once();
        let running = shares.then(|| self.memory.running(request.kind, request.identity)).flatten();
        running.map(|running| running.work).filter(|work| Some(work) != request.ended_before.as_ref())
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
        let results = request.shown.clone().into_iter().chain(results).collect();
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
            let seen = Unclear::Ended(end, Some("other work of this run on the same target did not end".to_owned()));
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
