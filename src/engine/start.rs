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
use super::work::{Facts, Freshness, Progress, Readiness, Record, Refusal, Sent, Work};
use super::{Bounds, Engine};

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

/// Whether a running twin may be taken for this work.
#[derive(Clone, Debug, Default)]
pub struct Join {
    /// Ids of work that must not be joined: it was asked for under other triggers, or is to be replaced.
    pub never: BTreeSet<String>,
}

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
    /// # Errors
    /// [`Unstarted`] tells whether something may have been started.
    pub async fn start(&self, work: &mut dyn Work, join: &Join, bounds: &Bounds) -> Result<Started, Unstarted> {
        let mut pause = Pause::new(bounds, "the target takes the work");
        let mut sends = 0;
        let facts = loop {
            match work.prepare().await {
                Ok(facts) => break facts,
                Err(Refusal::Final(diagnostic)) => return Err(Unstarted::Nothing(diagnostic)),
                Err(Refusal::Later(why)) => pause.rest(work, &why).await?,
                Err(Refusal::Unreadable(error)) if error.is_transient() => pause.rest(work, &error.to_string()).await?,
                Err(Refusal::Unreadable(error)) => {
                    let what = format!("What the {} needs to know could not be read", work.noun());
                    return Err(nothing(work, &what, &error));
                }
            }
        };
        // An attempt whose answer was lost and of which no record has appeared: should one appear late after all, it
        // counts before anything else is sent.
        let mut lost: Option<Attempt> = None;
        loop {
            let records = self.records_before(work, &mut pause).await?;
            if let Some(attempt) = &lost
                && let Some(operation) = late_record(work, attempt, &records)?
            {
                return Ok(Started { operation, origin: Origin::Found, facts });
            }
            if work.overwrites()
                && let Some(twin) = running_twin(work, &records, join)
            {
                tracing::info!(operation = twin.operation, target = work.target(), "the same restore is running already: joining it");
                return Ok(Started { operation: twin.operation.clone(), origin: Origin::Joined, facts });
            }
            let before = match &lost {
                Some(attempt) => attempt.before.clone(),
                // What could never be taken for ours need not be remembered.
                None => records.into_iter().filter(|record| work.started(record)).map(|record| record.operation).collect(),
            };
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
                    lost = Some(attempt);
                }
                Try::Nothing(_) => {
                    return Err(Unstarted::Nothing(Box::new(Diagnostic::error(
                        format!("The {} of {} could not be started", work.noun(), work.target()),
                        format!(
                            "The request was sent {SENDS} times. Each time the answer was lost, and {} show that nothing was \
                             started. Nothing was changed. Run the apply again once the service answers.",
                            work.record_place()
                        ),
                    ))));
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
        bounds: &Bounds,
    ) -> Result<Option<String>, Unstarted> {
        match self.reconcile(work, attempt.clone(), "an earlier run did not see the answer", bounds).await? {
            Try::Started(operation, _) => Ok(Some(operation)),
            Try::Again(_) | Try::Nothing(_) => Ok(None),
        }
    }

    async fn records_before(&self, work: &dyn Work, pause: &mut Pause<'_>) -> Result<Vec<Record>, Unstarted> {
        loop {
            match work.records(&self.lists, Freshness::Now).await {
                Ok(records) => return Ok(records),
                Err(error) if error.is_transient() => pause.rest(work, &error.to_string()).await?,
                Err(error) => {
                    let what = format!(
                        "{} could not be read. Without them nobody could tell later whether this {} was started, so it \
                         was not sent",
                        capitalised(&work.record_place()),
                        work.noun()
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
                format!("Stopped before the {} of {} was started", work.noun(), work.target()),
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
            Ok(Sent::Accepted) => self.reconcile(work, attempt(true), "the answer names no operation", bounds).await,
            Err(error) if error.outcome() == Outcome::Unknown => {
                tracing::warn!(error = %error, target = work.target(), "outcome unknown: looking into the service's records");
                self.reconcile(work, attempt(false), &error.to_string(), bounds).await
            }
            Err(error) => refusal(work, &error).await,
        }
    }

    /// Finds out what became of a request, from the service's records.
    async fn reconcile(&self, work: &dyn Work, attempt: Attempt, why: &str, bounds: &Bounds) -> Result<Try, Unstarted> {
        let began = Instant::now();
        let mut step = Duration::from_millis(500);
        loop {
            let obstacle = match work.records(&self.lists, Freshness::Now).await {
                Ok(records) => match ours(work, &attempt, &records).as_slice() {
                    [record] => return Ok(Try::Started(record.operation.clone(), Origin::Found)),
                    [] if attempt.accepted && began.elapsed() >= self.patience.accepted => {
                        return Err(unknown(work, attempt, why, "no record of it has appeared"));
                    }
                    [] if attempt.accepted || began.elapsed() < self.patience.unknown => "no record of it has appeared yet".to_owned(),
                    [] => match work.ready().await {
                        Ok(Readiness::Ready) => return Ok(Try::Nothing(attempt)),
                        Ok(Readiness::Busy(state)) => {
                            format!("no record of it has appeared, yet {} is not idle ({state})", work.target())
                        }
                        Ok(Readiness::Broken(state)) => {
                            let known = format!("no record of it has appeared, and {} is not usable ({state})", work.target());
                            return Err(unknown(work, attempt, why, &known));
                        }
                        Err(error) => format!("no record of it has appeared, and {} cannot be read ({error})", work.target()),
                    },
                    several => {
                        let known = ambiguous(several);
                        return Err(unknown(work, attempt, why, &known));
                    }
                },
                Err(error) => format!("{} cannot be read ({error})", work.record_place()),
            };
            if Instant::now() + step > bounds.deadline {
                return Err(unknown(work, attempt, why, &format!("until the timeout of {}, {obstacle}", bounds.shown())));
            }
            tokio::select! {
                biased;
                () = bounds.stop.cancelled() => {
                    return Err(unknown(work, attempt, why, &format!("Terraform asked to stop, and {obstacle}")));
                }
                () = tokio::time::sleep(step) => {}
            }
            step = (step * 3 / 2).min(Duration::from_secs(5));
        }
    }
}

fn running_twin<'r>(work: &dyn Work, records: &'r [Record], join: &Join) -> Option<&'r Record> {
    records.iter().find(|record| {
        !record.progress.is_over()
            && record.progress != Progress::Unrecognised
            && work.is_same(record)
            && !join.never.contains(&record.operation)
    })
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
                let what = format!("{} cannot take the {} now: {why}", capitalised(&work.target()), work.noun());
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
        format!("The {} of {} was not started", work.noun(), work.target()),
        format!("{what}.\n\n{}\n\nNothing was started and nothing was changed.", super::report::facts_of(error)),
    )))
}

fn unknown(work: &dyn Work, attempt: Attempt, why: &str, known: &str) -> Unstarted {
    let noun = work.noun();
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

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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

    async fn rest(&mut self, work: &dyn Work, why: &str) -> Result<(), Unstarted> {
        tracing::info!(target = work.target(), reason = why, "waiting until {}", self.until);
        let ended = |summary: &str| {
            Unstarted::Nothing(Box::new(Diagnostic::error(
                format!("The {} of {} was not started: {summary}", work.noun(), work.target()),
                format!("The last answer was: {why}\n\nNothing was started and nothing was changed."),
            )))
        };
        if Instant::now() + self.step > self.bounds.deadline {
            return Err(ended(&format!("not possible within {} (timeouts.create)", self.bounds.shown())));
        }
        tokio::select! {
            biased;
            () = self.bounds.stop.cancelled() => return Err(ended("Terraform asked to stop")),
            () = tokio::time::sleep(self.step) => {}
        }
        self.step = (self.step * 5 / 4).min(Duration::from_secs(15));
        Ok(())
    }
}
