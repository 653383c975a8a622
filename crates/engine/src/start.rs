//! Starting work exactly once.
//!
//! The service's own records are read before the request is sent. When the answer is lost, the records decide: one new
//! record that matches is ours; none, with patience and an idle target, means that nothing was started; anything else
//! stops the run with what is known. The request itself is never repeated blindly.

use std::collections::BTreeSet;
use std::time::Duration;

use cloud::{Error, Kind, Outcome};
use tf::Diagnostic;
use tokio::time::Instant;

use super::mark::Attempt;
use super::report::capitalised;
use super::work::{Facts, Freshness, Progress, Readiness, Record, Refusal, Sent, Work};
use super::{Bounds, End, Engine};

/// Work that runs, or ran, under this id.
#[derive(Clone, Debug)]
pub struct Started {
    /// The service's id.
    pub operation: String,
    /// How it came about.
    pub origin: Origin,
    /// Facts that the preparation read.
    pub facts: Facts,
}

/// How a start came to its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Our request, answered with the id.
    Answered,
    /// Our request, found in the records.
    Found,
    /// Somebody started the same work before; it is still running.
    Joined,
}

/// Why there is no id.
#[derive(Debug)]
pub enum Unstarted {
    /// Nothing was started.
    Nothing(Box<Diagnostic>),
    /// Something may have been started.
    Unknown(Attempt, Box<Diagnostic>),
}

/// What the caller knows about other work: no record of it may be taken for this one.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// Ids of work that must not be joined: it was asked for under other triggers, or is to be replaced.
    pub never: BTreeSet<String>,
    /// Ids of work that is somebody else's, ended or not. The records alone do not tell: a list may lag behind, and
    /// two pieces of work may look alike.
    pub known: BTreeSet<String>,
}

/// How long an earlier attempt is looked for at least, whatever its age.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// How old a record with an unknown status word may be and still count as running work.
const UNRECOGNISED_AGE: Duration = Duration::from_secs(3600);
/// How often a request is sent at the most when earlier ones provably started nothing after an unknown outcome.
const SENDS: u32 = 3;

/// What one try to send came to.
enum Try {
    Started(String, Origin),
    /// Refused for a reason that passes by itself.
    Again(String),
    /// Nothing was started as far as the records show, though the answer did not say so.
    Nothing(Attempt),
}

impl Engine {
    /// Starts the work, or finds it running. Ends with an id, with proof that nothing was started, or with all that is
    /// known about the attempt.
    ///
    /// `lost` is an attempt of before that left no record so far: should one appear late after all, it counts before
    /// anything is sent.
    ///
    /// # Errors
    /// [`Unstarted`] tells whether something may have been started.
    pub async fn start(
        &self,
        work: &mut dyn Work,
        join: &Join,
        mut lost: Option<Attempt>,
        bounds: &Bounds,
    ) -> Result<Started, Unstarted> {
        match (self.start_or_find(work, join, &mut lost, bounds).await, lost) {
            // A busy answer after a lost one may be our own request: what the last try says is not all there is to say.
            (Err(Unstarted::Nothing(last)), Some(attempt)) => Err(in_doubt(work, attempt, &last)),
            (ended, _) => ended,
        }
    }

    /// [`Engine::start`], which keeps in `lost` the attempt whose answer was lost last.
    async fn start_or_find(
        &self,
        work: &mut dyn Work,
        join: &Join,
        lost: &mut Option<Attempt>,
        bounds: &Bounds,
    ) -> Result<Started, Unstarted> {
        let mut pause = Pause::new(bounds, "the target takes the work");
        let mut sends = 0;
        let facts = loop {
            let prepared = match bounds.within(work.prepare()).await {
                Ok(prepared) => prepared,
                Err(end) => return Err(pause.ended(work, end)),
            };
            match prepared {
                Ok(facts) => break facts,
                Err(Refusal::Final(diagnostic)) => return Err(Unstarted::Nothing(diagnostic)),
                Err(Refusal::Later(why)) => pause.rest(work, &why).await?,
                Err(Refusal::Unreadable(error)) if error.is_transient() => pause.rest(work, &error.to_string()).await?,
                Err(Refusal::Unreadable(error)) => {
                    let what = format!("What the {} needs to know could not be read", work.effect().noun());
                    return Err(nothing(work, &what, &error));
                }
            }
        };
        loop {
            let records = self.records_before(work, &mut pause).await?;
            if let Some(attempt) = lost.as_ref()
                && let Some(operation) = late_record(work, attempt, &records)?
            {
                return Ok(Started { operation, origin: Origin::Found, facts });
            }
            if work.effect().overwrites()
                && let Some(twin) = running_twin(work, &records, join)
            {
                tracing::info!(
                    operation = twin.operation,
                    target = work.target(),
                    "the same restore is running already: joining it"
                );
                return Ok(Started { operation: twin.operation.clone(), origin: Origin::Joined, facts });
            }
            let mut before: BTreeSet<String> = match lost.as_ref() {
                Some(attempt) => attempt.before.clone(),
                // What could never be taken for ours need not be remembered.
                None => records
                    .into_iter()
                    .filter(|record| resembles(work, record))
                    .map(|record| record.operation)
                    .collect(),
            };
            before.extend(join.known.iter().cloned());
            sends += 1;
            match self.send(work, before, bounds).await? {
                Try::Started(operation, origin) => return Ok(Started { operation, origin, facts }),
                Try::Again(why) => {
                    sends -= 1;
                    pause.rest(work, &why).await?;
                }
                Try::Nothing(attempt) if sends < SENDS => {
                    tracing::warn!(
                        target = work.target(),
                        "the answer to the request was lost and nothing was started: sending it again"
                    );
                    *lost = Some(attempt);
                }
                Try::Nothing(attempt) => {
                    let known = format!("it was sent {SENDS} times, each answer was lost, and no record has appeared");
                    return Err(unknown(work, attempt, "the service does not answer", &known));
                }
            }
        }
    }

    /// Looks for an attempt of an earlier run whose outcome nobody knows. `None`: nothing was started.
    ///
    /// # Errors
    /// [`Unstarted::Unknown`] when it still cannot be told.
    pub async fn settle_attempt(
        &self,
        work: &dyn Work,
        attempt: &Attempt,
        join: &Join,
        bounds: &Bounds,
    ) -> Result<Option<String>, Unstarted> {
        let mut attempt = attempt.clone();
        attempt.before.extend(join.known.iter().cloned());
        // The time since then counts: a timeout shorter than the patience would else never find out. But one look is none:
        // a list may lag, and a clock may be ahead.
        let age = attempt.age().min(self.patience.unknown.saturating_sub(self.patience.unknown.min(LOOK_AGAIN)));
        match self.reconcile(work, attempt, age, "an earlier run did not see the answer", bounds).await? {
            Try::Started(operation, _) => Ok(Some(operation)),
            Try::Again(_) | Try::Nothing(_) => Ok(None),
        }
    }

    async fn records_before(&self, work: &dyn Work, pause: &mut Pause<'_>) -> Result<Vec<Record>, Unstarted> {
        loop {
            let read = match pause.bounds.within(work.records(&self.lists, Freshness::Now)).await {
                Ok(read) => read,
                Err(end) => return Err(pause.ended(work, end)),
            };
            match read {
                Ok(records) => return Ok(records),
                Err(error) if error.is_transient() => pause.rest(work, &error.to_string()).await?,
                Err(error) => {
                    let what = format!(
                        "{} could not be read. Without them nobody could tell later whether this {} was started, so it \
                         was not sent",
                        capitalised(&work.record_place()),
                        work.effect().noun()
                    );
                    return Err(nothing(work, &what, &error));
                }
            }
        }
    }

    /// Sends once and makes sense of the answer. A request on its way is allowed to come back even when Terraform
    /// stops: it ends by the client's own deadline.
    async fn send(&self, work: &dyn Work, before: BTreeSet<String>, bounds: &Bounds) -> Result<Try, Unstarted> {
        if bounds.stop.is_cancelled() {
            return Err(Unstarted::Nothing(Box::new(Diagnostic::error(
                format!("Stopped before the {} of {} was started", work.effect().noun(), work.target()),
                "Nothing was sent.",
            ))));
        }
        let sent_at = jiff::Timestamp::now();
        let answer = work.send().await;
        let attempt = |accepted| Attempt {
            attempt: format!("{:016x}", fastrand::u64(..)),
            sent_at: sent_at.to_string(),
            before: before.clone(),
            accepted,
        };
        match answer {
            Ok(Sent::Id(operation)) => Ok(Try::Started(operation, Origin::Answered)),
            Ok(Sent::Accepted) => {
                self.reconcile(work, attempt(true), Duration::ZERO, "the answer names no operation", bounds).await
            }
            Err(error) if error.outcome() == Outcome::Unknown => {
                tracing::warn!(error = %error, target = work.target(), "outcome unknown: looking into the service's records");
                self.reconcile(work, attempt(false), Duration::ZERO, &error.to_string(), bounds).await
            }
            Err(error) => refusal(work, &error).await,
        }
    }

    /// Finds out what became of a request, from the service's records. `age` is how long before this run it was sent.
    async fn reconcile(
        &self,
        work: &dyn Work,
        attempt: Attempt,
        age: Duration,
        why: &str,
        bounds: &Bounds,
    ) -> Result<Try, Unstarted> {
        let began = Instant::now();
        let mut was_busy = None;
        let mut step = Duration::from_millis(500);
        loop {
            let look = self.look_for(work, &attempt, age + began.elapsed(), &mut was_busy);
            let obstacle = match bounds.within(look).await {
                Ok(Look::Found(operation)) => return Ok(Try::Started(operation, Origin::Found)),
                Ok(Look::Nothing) => return Ok(Try::Nothing(attempt)),
                Ok(Look::Unclear(known)) => return Err(unknown(work, attempt, why, &known)),
                Ok(Look::NotYet(obstacle)) => obstacle,
                Err(End::Stopped) => return Err(unknown(work, attempt, why, "Terraform asked to stop")),
                Err(End::TimedOut) => {
                    let known = format!("the timeout of {} passed while looking", bounds.shown());
                    return Err(unknown(work, attempt, why, &known));
                }
            };
            match bounds.sleep(step).await {
                Ok(()) => {}
                Err(End::Stopped) => {
                    return Err(unknown(work, attempt, why, &format!("Terraform asked to stop, and {obstacle}")));
                }
                Err(End::TimedOut) => {
                    return Err(unknown(
                        work,
                        attempt,
                        why,
                        &format!("until the timeout of {}, {obstacle}", bounds.shown()),
                    ));
                }
            }
            step = (step * 3 / 2).min(Duration::from_secs(5));
        }
    }

    /// One look at the records and at the target.
    async fn look_for(
        &self,
        work: &dyn Work,
        attempt: &Attempt,
        waited: Duration,
        was_busy: &mut Option<String>,
    ) -> Look {
        let records = match work.records(&self.lists, Freshness::Now).await {
            Ok(records) => records,
            Err(error) => return Look::NotYet(format!("{} cannot be read ({error})", work.record_place())),
        };
        match ours(work, attempt, &records).as_slice() {
            [record] => return Look::Found(record.operation.clone()),
            [] => {}
            several => return Look::Unclear(ambiguous(several)),
        }
        if attempt.accepted {
            return match waited >= self.patience.accepted {
                true => Look::Unclear("no record of it has appeared".to_owned()),
                false => Look::NotYet("no record of it has appeared yet".to_owned()),
            };
        }
        // A target that was busy after the request was sent may have been busy with it, whatever the records say.
        let readiness = work.ready().await;
        if let Ok(Readiness::Busy(state)) = &readiness {
            was_busy.get_or_insert_with(|| state.clone());
        }
        if waited < self.patience.unknown {
            return Look::NotYet("no record of it has appeared yet".to_owned());
        }
        let target = work.target();
        match readiness {
            Ok(Readiness::Ready) => {
                let similar =
                    records.iter().find(|record| !attempt.before.contains(&record.operation) && work.is_same(record));
                match (similar, was_busy) {
                    (Some(record), _) => Look::Unclear(format!(
                        "no record matches it in all, but {} is new and about the same: it may be ours",
                        record.operation
                    )),
                    (None, Some(state)) => Look::Unclear(format!(
                        "no record of it has appeared, but {target} was busy meanwhile ({state}), perhaps with this very request"
                    )),
                    (None, None) => Look::Nothing,
                }
            }
            Ok(Readiness::Busy(state)) => {
                Look::NotYet(format!("no record of it has appeared, yet {target} is not idle ({state})"))
            }
            Ok(Readiness::Broken(state)) => {
                Look::Unclear(format!("no record of it has appeared, and {target} is not usable ({state})"))
            }
            Err(error) => Look::NotYet(format!("no record of it has appeared, and {target} cannot be read ({error})")),
        }
    }
}

/// What one look for an attempt saw.
enum Look {
    /// Its record.
    Found(String),
    /// Proof enough that nothing was started.
    Nothing,
    /// Nothing that waiting would clear up. The text says what is known.
    Unclear(String),
    /// Nothing yet. The text says what stands in the way.
    NotYet(String),
}

/// Whether a record must be told apart from what this request starts.
fn resembles(work: &dyn Work, record: &Record) -> bool {
    work.started(record) || work.is_same(record)
}

fn running_twin<'r>(work: &dyn Work, records: &'r [Record], join: &Join) -> Option<&'r Record> {
    records.iter().find(|record| {
        is_running(record)
            && work.is_same(record)
            && !join.never.contains(&record.operation)
            && !join.known.contains(&record.operation)
    })
}

/// Whether a record is of work that runs. A word that nobody knows counts as running while the record is young.
pub fn is_running(record: &Record) -> bool {
    let age = record.created_at.map(|created| jiff::Timestamp::now().duration_since(created).unsigned_abs());
    match record.progress {
        Progress::Running => true,
        Progress::Unrecognised => age.is_some_and(|age| age < UNRECOGNISED_AGE),
        _ => false,
    }
}

fn ours<'r>(work: &dyn Work, attempt: &Attempt, records: &'r [Record]) -> Vec<&'r Record> {
    records.iter().filter(|record| !attempt.before.contains(&record.operation) && work.started(record)).collect()
}

/// The record of an attempt that was given up on, should it have appeared since.
fn late_record(work: &dyn Work, attempt: &Attempt, records: &[Record]) -> Result<Option<String>, Unstarted> {
    match ours(work, attempt, records).as_slice() {
        [] => Ok(None),
        [record] => Ok(Some(record.operation.clone())),
        several => Err(unknown(work, attempt.clone(), "the answer was lost", &ambiguous(several))),
    }
}

fn ambiguous(records: &[&Record]) -> String {
    let ids: Vec<&str> = records.iter().map(|record| record.operation.as_str()).collect();
    format!("several new records match, and nothing tells which is ours: {}", ids.join(", "))
}

/// A refusal: passing, final, or one that only the target's state can sort.
async fn refusal(work: &dyn Work, error: &Error) -> Result<Try, Unstarted> {
    let passing = match error.kind() {
        Kind::Busy | Kind::Throttled | Kind::Unavailable => true,
        Kind::Depends => match work.ready().await {
            Ok(Readiness::Broken(why)) => {
                let what =
                    format!("{} cannot take the {} now: {why}", capitalised(&work.target()), work.effect().noun());
                return Err(nothing(work, &what, error));
            }
            Ok(Readiness::Ready | Readiness::Busy(_)) => true,
            Err(read) => read.is_transient(),
        },
        _ => false,
    };
    if passing { Ok(Try::Again(error.to_string())) } else { Err(nothing(work, "The service refused it", error)) }
}

fn nothing(work: &dyn Work, what: &str, error: &Error) -> Unstarted {
    Unstarted::Nothing(Box::new(Diagnostic::error(
        format!("The {} of {} was not started", work.effect().noun(), work.target()),
        format!("{what}.\n\n{}\n\nNothing was started and nothing was changed.", super::report::facts_of(error)),
    )))
}

/// A start that came to nothing after an earlier request whose answer was lost and of which no record has appeared.
fn in_doubt(work: &dyn Work, attempt: Attempt, last: &Diagnostic) -> Unstarted {
    let noun = work.effect().noun();
    let detail = format!(
        "An earlier request for it, sent at {}, lost its answer, and no record of it has appeared so far. The state keeps an entry with \
         status \"unknown\"; the next apply looks again before it sends anything.\n\nThe last try started nothing. {}\n\n{}",
        attempt.sent_at, last.summary, last.detail
    );
    let summary = format!("Nobody knows for sure whether the {noun} of {} was started", work.target());
    Unstarted::Unknown(attempt, Box::new(Diagnostic { summary, detail, ..last.clone() }))
}

fn unknown(work: &dyn Work, attempt: Attempt, why: &str, known: &str) -> Unstarted {
    let noun = work.effect().noun();
    let detail = format!(
        "The request to start it was sent at {}, and its outcome is not known: {why}. Since then, {known}.\n\n\
         The request is not repeated, because a second {noun} could run. The state keeps an entry with status \"unknown\" and \
         what was on record before the request; the next apply looks again before it sends anything.\n\n\
         To look yourself: {}. New there would be whatever is not one of the {} entries known before.",
        attempt.sent_at,
        work.record_place(),
        attempt.before.len(),
    );
    let summary = format!("Nobody knows yet whether the {noun} of {} was started", work.target());
    Unstarted::Unknown(attempt, Box::new(Diagnostic::error(summary, detail)))
}

/// Rests between tries, longer each time, until the deadline.
struct Pause<'a> {
    bounds: &'a Bounds,
    until: &'static str,
    step: Duration,
}

impl<'a> Pause<'a> {
    fn new(bounds: &'a Bounds, until: &'static str) -> Pause<'a> {
        Pause { bounds, until, step: Duration::from_millis(1000) }
    }

    /// The end of a start that did not come to sending.
    fn ended(&self, work: &dyn Work, end: End) -> Unstarted {
        let why = match end {
            End::Stopped => "Terraform asked to stop".to_owned(),
            End::TimedOut => format!("not possible within {} (timeouts.create)", self.bounds.shown()),
        };
        Unstarted::Nothing(Box::new(Diagnostic::error(
            format!("The {} of {} was not started: {why}", work.effect().noun(), work.target()),
            "The service had not yet told what the start needs to know. Nothing was started and nothing was changed.",
        )))
    }

    async fn rest(&mut self, work: &dyn Work, why: &str) -> Result<(), Unstarted> {
        tracing::info!(target = work.target(), reason = why, "waiting until {}", self.until);
        let ended = |summary: &str| {
            Unstarted::Nothing(Box::new(Diagnostic::error(
                format!("The {} of {} was not started: {summary}", work.effect().noun(), work.target()),
                format!("The last answer was: {why}\n\nNothing was started and nothing was changed."),
            )))
        };
        match self.bounds.sleep(self.step).await {
            Ok(()) => {}
            Err(End::Stopped) => return Err(ended("Terraform asked to stop")),
            Err(End::TimedOut) => {
                return Err(ended(&format!("not possible within {} (timeouts.create)", self.bounds.shown())));
            }
        }
        self.step = (self.step * 5 / 4).min(Duration::from_secs(15));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeWork, bounds, engine};
    use super::*;

    fn attempt() -> Attempt {
        Attempt {
            attempt: "a".into(),
            sent_at: "2026-11-20T10:00:00Z".into(),
            before: BTreeSet::new(),
            accepted: false,
        }
    }

    async fn start(mut work: FakeWork, lost: Option<Attempt>) -> Result<Started, Unstarted> {
        engine().start(&mut work, &Join::default(), lost, &bounds(Duration::from_secs(60))).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_starts_nothing_unless_an_earlier_answer_was_lost() {
        let mut work = FakeWork::lasting(Duration::from_secs(10));
        work.refuses = true;
        assert!(matches!(start(work, None).await, Err(Unstarted::Nothing(_))));

        let mut work = FakeWork::lasting(Duration::from_secs(10));
        work.refuses = true;
        let Err(Unstarted::Unknown(kept, diagnostic)) = start(work, Some(attempt())).await else { panic!("not kept") };
        assert_eq!(kept, attempt());
        assert!(diagnostic.detail.contains("looks again"), "{diagnostic:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_late_record_of_an_earlier_attempt_counts_before_anything_is_sent() {
        // The work is over and on record: no running twin, yet new since the attempt.
        let work = FakeWork::lasting(Duration::ZERO);
        let started = start(work, Some(attempt())).await.unwrap();
        assert_eq!((started.operation.as_str(), started.origin), ("op-1", Origin::Found));
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_twin_is_joined_and_a_replaced_one_is_not() {
        let started = start(FakeWork::lasting(Duration::from_secs(10)), None).await.unwrap();
        assert_eq!(started.origin, Origin::Joined);

        let join = Join { never: BTreeSet::from(["op-1".to_owned()]), ..Join::default() };
        let mut work = FakeWork::lasting(Duration::from_secs(10));
        let bounds = bounds(Duration::from_secs(60));
        let started = engine().start(&mut work, &join, None, &bounds).await.unwrap();
        assert_eq!(started.origin, Origin::Answered);
    }
}
