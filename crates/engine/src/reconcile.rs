//! Looking for what became of a request whose answer was lost: reads, judged by `proof`.

use std::time::Duration;

use cloud::Backoff;
use tokio::time::Instant;

use super::identity::Identity;
use super::outcome::Unclear;
use super::pending::Attempt;
use super::proof::{Rules, Sight, Verdict, judge};
use super::request::Request;
use super::work::{Freshness, Progress, Readiness, Record, Work};
use super::{Bounds, Engine};

/// How long an earlier attempt is looked for at least, whatever its age: a list may lag, and a clock may be ahead.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What a search came to.
pub(crate) enum Reconciled {
    /// The request's own record.
    Found(String),
    /// Proof that nothing was started.
    Nothing(Attempt),
    /// Nobody can tell. The attempt carries what was seen.
    Unclear(Attempt, Unclear),
}

impl Engine {
    /// Looks for an attempt of an earlier run.
    pub(crate) async fn settle(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        attempt: Attempt,
        bounds: &Bounds,
    ) -> Reconciled {
        // The time since then counts: a timeout shorter than the patience would else never find out. But one look is none.
        let rules = self.rules(work);
        let silence = if attempt.has_signs() { rules.with_sign } else { rules.silence };
        let age = attempt.age().min(silence.saturating_sub(silence.min(LOOK_AGAIN)));
        self.reconcile(work, request, attempt, age, bounds).await
    }

    /// Looks until there is a result or the bounds are reached. `age` is how long before this the request was sent.
    pub(crate) async fn reconcile(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        mut attempt: Attempt,
        age: Duration,
        bounds: &Bounds,
    ) -> Reconciled {
        let began = Instant::now();
        // From half a second, by a fourth, up to 3 s. Short, because a restore can be over in 14 s (facts/dcs.md 6.1), and a
        // target that was busy in between must have been seen so.
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(3)).factor(1.25);
        let mut obstacle = None;
        loop {
            let look = self.look_for(work, request, &mut attempt, age + began.elapsed());
            let verdict = match bounds.within(look).await {
                Ok(verdict) => verdict,
                Err(end) => return Reconciled::Unclear(attempt, Unclear::Ended(end, obstacle)),
            };
            let seen = match verdict {
                Verdict::Found(operation) => return Reconciled::Found(operation),
                Verdict::Nothing => return Reconciled::Nothing(attempt),
                Verdict::Several(records) => Unclear::Several(records),
                Verdict::Similar(records) => Unclear::Similar(records),
                Verdict::Sign(sign) => Unclear::Sign(sign),
                Verdict::NoList => Unclear::NoList,
                Verdict::Broken(state) => Unclear::Broken(state),
                Verdict::NotYet(why) => {
                    tracing::info!(
                        target = work.target(),
                        waited_s = began.elapsed().as_secs(),
                        why,
                        "looking for the request"
                    );
                    obstacle = Some(why);
                    match bounds.sleep(backoff.next_pause()).await {
                        Ok(()) => continue,
                        Err(end) => Unclear::Ended(end, obstacle),
                    }
                }
            };
            return Reconciled::Unclear(attempt, seen);
        }
    }

    /// One look at the records and at the target. What is seen is kept with the attempt.
    async fn look_for(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        attempt: &mut Attempt,
        waited: Duration,
    ) -> Verdict {
        let records = match work.records(&self.lists, Freshness::Now).await {
            Ok(records) => records,
            Err(error) => return Verdict::NotYet(format!("its records cannot be read ({error})")),
        };
        let ours = self.ours(work, request, attempt, &records);
        let target = match ours.as_slice() {
            // One that the service took is judged by its record alone: the target is not asked.
            [] if attempt.accepted => Ok(Readiness::Ready),
            [] => match work.ready(&self.lists).await {
                Ok(Readiness::Unclear(what)) => Err(what),
                Ok(Readiness::Busy(state)) => Ok(explained(work, attempt, &records, state)),
                Ok(readiness) => Ok(readiness),
                Err(error) => Err(error.to_string()),
            },
            _ => Ok(Readiness::Ready),
        };
        if let Ok(Readiness::Busy(state)) = &target {
            // A target that was busy after the request was sent may have been busy with it, whatever the records say.
            attempt.busy.get_or_insert_with(|| state.clone());
        }
        let is_new = |record: &&Record| self.is_new(work, (request.kind, request.identity), attempt, record);
        let similar = records.iter().filter(is_new).filter(|record| work.is_same(record) && !work.started(record));
        let similar: Vec<String> = similar.map(|record| record.operation.clone()).collect();
        attempt.similar.extend(similar);
        let sight = Sight {
            ours,
            similar: attempt.similar.iter().cloned().collect(),
            accepted: attempt.accepted,
            sign: match attempt.damaged {
                true => Some("the state's entry about it is damaged".to_owned()),
                false => attempt.busy.as_ref().map(|state| format!("the target was busy meanwhile ({state})")),
            },
            target,
            waited,
        };
        judge(&sight, self.rules(work))
    }

    /// The ids of the records that are the own ones of an attempt by everything that they tell, for a caller who only reads.
    /// `meant` is the kind and identity of what was attempted.
    pub fn own_records(
        &self,
        work: &dyn Work,
        meant: (&'static str, &Identity),
        attempt: &Attempt,
        records: &[Record],
    ) -> Vec<String> {
        let own = |record: &&Record| self.is_new(work, meant, attempt, record) && work.started(record);
        records.iter().filter(own).map(|record| record.operation.clone()).collect()
    }

    /// The same for the attempt of a request.
    pub(crate) fn ours(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        attempt: &Attempt,
        records: &[Record],
    ) -> Vec<String> {
        self.own_records(work, (request.kind, request.identity), attempt, records)
    }

    /// Whether a record appeared after the request. Of a damaged attempt nothing is known, so nothing counts as new.
    fn is_new(
        &self,
        work: &dyn Work,
        (kind, identity): (&'static str, &Identity),
        attempt: &Attempt,
        record: &Record,
    ) -> bool {
        let shares = work.effect().happens_once();
        !attempt.damaged
            && !attempt.before.contains(&record.operation)
            && !self.memory.is_others(kind, identity, shares, &record.operation)
    }

    fn rules(&self, work: &dyn Work) -> Rules {
        Rules {
            overwrites: work.effect().happens_once(),
            silence: work.silence().within(&self.patience),
            mute: work.silence() == super::work::Silence::Mute,
            with_sign: self.patience.strict,
        }
    }
}

/// A busy target, explained where a record that cannot be this request's shows work that ran on it until this look: it was
/// there before, even if it means the same (an earlier run whose replacement was asked for), or it is about something else.
fn explained(work: &dyn Work, attempt: &Attempt, records: &[Record], state: String) -> Readiness {
    let is_other =
        |record: &Record| attempt.before.contains(&record.operation) || !work.is_same(record) && !work.started(record);
    let other = |record: &&Record| record.progress == Progress::Running && work.occupies(record) && is_other(record);
    match records.iter().find(other) {
        Some(record) if !attempt.damaged => Readiness::Occupied(format!("{state}: {} runs", record.operation)),
        _ => Readiness::Busy(state),
    }
}
