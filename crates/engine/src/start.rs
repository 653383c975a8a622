//! Starting work exactly once.
//!
//! The service's own records are read before the request is sent. When the answer is lost, `reconcile` looks for
//! what became of it. The request is idempotent for nobody: it is repeated only with proof that nothing was started
//! (`proof`), and never by a retry of the HTTP client.

use std::collections::BTreeSet;
use std::time::Duration;

use cloud::{Backoff, Error, Kind, Outcome};
use tokio::time::Instant;

use super::lists::Lists;
use super::outcome::{Doubt, NotStarted, Origin, Started, Unclear, Unstarted};
use super::pending::Attempt;
use super::reconcile::Reconciled;
use super::request::Request;
use super::work::{Blocked, Freshness, Progress, Readiness, Record, Results, Sent, Work};
use super::{Bounds, Engine};

/// How old a record with an unknown status word may be and still count as running work.
const UNRECOGNISED_AGE: Duration = Duration::from_secs(3600);
/// How often a request is sent at the most when earlier ones provably started nothing after an unknown outcome.
const SENDS: u32 = 3;
/// How long a refusal is tried again whose reason the target does not show: it may pass, or wait for a person.
const UNEXPLAINED: Duration = Duration::from_secs(180);

/// What one try to send came to.
enum Try {
    Started(String, Origin),
    /// Refused for a reason that passes by itself: the reason, whether the target or the service shows it, and whether it is
    /// work on the target.
    Again {
        why: String,
        shown: bool,
        busy: bool,
    },
    /// Nothing was started, though the answer did not say so.
    Nothing(Attempt),
}

impl Engine {
    /// Starts the work, or finds it running. Ends with an id, with proof that nothing was started, or with all that is
    /// known about the attempt.
    ///
    /// `lost` holds the attempts that left no record so far, the newest last: should a record appear late after all, it
    /// counts before anything is sent. Requests that this call sends in vain are added.
    ///
    /// # Errors
    /// [`Unstarted`] tells whether something may have been started.
    pub(crate) async fn start(
        &self,
        work: &mut dyn Work,
        request: &Request<'_>,
        lost: &mut Vec<Attempt>,
        bounds: &Bounds,
    ) -> Result<Started, Unstarted> {
        match self.start_or_find(work, request, lost, bounds).await {
            // A busy answer after a lost one may be our own request: what the last try says is not all there is to say.
            Err(Unstarted::Nothing(last)) if !lost.is_empty() => {
                let attempt = lost.last().cloned().unwrap_or_default();
                let seen = Unclear::TriedAgain(Box::new(last));
                Err(Unstarted::unknown(attempt, Doubt { answer: None, seen }))
            }
            ended => ended,
        }
    }

    async fn start_or_find(
        &self,
        work: &mut dyn Work,
        request: &Request<'_>,
        lost: &mut Vec<Attempt>,
        bounds: &Bounds,
    ) -> Result<Started, Unstarted> {
        let mut rest = Rest::new(bounds);
        let results = prepare(work, &self.lists, &mut rest).await?;
        let mut sends = 0;
        loop {
            let records = self.records_before(work, &mut rest).await?;
            if let Some((operation, origin)) = self.on_record(work, request, lost, &records)? {
                return Ok(Started { operation, origin, results });
            }
            if let Some(attempt) = lost.last().filter(|attempt| attempt.has_signs() && work.effect().happens_once()) {
                let sign = attempt.busy.clone().unwrap_or_else(|| "there are signs of it".to_owned());
                let doubt =
                    Doubt { answer: None, seen: Unclear::Sign(format!("the target was busy meanwhile ({sign})")) };
                return Err(Unstarted::unknown(attempt.clone(), doubt));
            }
            sends += 1;
            let namesake = self.has_namesake(work, request, lost, &records);
            let tried = self.send(work, request, lost, records, bounds).await;
            if namesake && tried.as_ref().is_err_and(|why| is_name_taken(work, why)) {
                // The name was never free since the first request: none of them can have been taken.
                lost.clear();
            }
            match tried? {
                Try::Started(operation, origin) => return Ok(Started { operation, origin, results }),
                Try::Again { why, shown, busy } => {
                    sends -= 1;
                    // What keeps the target busy may be the request before this one.
                    if let Some(attempt) = lost.last_mut().filter(|_| busy) {
                        attempt.busy.get_or_insert_with(|| why.clone());
                    }
                    rest.after_refusal(work, why, shown).await?;
                }
                Try::Nothing(attempt) if sends < SENDS => {
                    tracing::warn!(
                        target = work.target(),
                        "the answer to the request was lost and nothing was started: sending it again"
                    );
                    lost.push(attempt);
                }
                Try::Nothing(attempt) => {
                    let doubt = Doubt { answer: None, seen: Unclear::SentOften(SENDS) };
                    return Err(Unstarted::unknown(attempt, doubt));
                }
            }
        }
    }

    /// What the records already have of this work: the late record of a lost attempt, or a running twin.
    fn on_record(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        lost: &[Attempt],
        records: &[Record],
    ) -> Result<Option<(String, Origin)>, Unstarted> {
        if let Some(attempt) = lost.last() {
            let ours = self.ours(work, request, attempt, records);
            match ours.as_slice() {
                [] => {}
                [operation] => return Ok(Some((operation.clone(), Origin::Found))),
                several => {
                    let doubt = Doubt { answer: None, seen: Unclear::Several(several.to_vec()) };
                    return Err(Unstarted::unknown(attempt.clone(), doubt));
                }
            }
        }
        if !work.effect().overwrites() {
            return Ok(None);
        }
        let may_join = |record: &Record| {
            !self.memory.must_not_join(request.kind, request.identity, &record.operation)
                && !self.is_others(work, request, &record.operation)
        };
        let twin = records.iter().find(|record| is_running(record) && work.is_same(record) && may_join(record));
        Ok(twin.map(|twin| {
            tracing::info!(
                operation = twin.operation,
                target = work.target(),
                "the same restore is running already: joining it"
            );
            (twin.operation.clone(), Origin::Joined)
        }))
    }

    /// Whether a record that was there before the first of the lost attempts is there still, with all that tells a record of
    /// this request. One that goes, or that this run is about to replace, may have made room meanwhile.
    fn has_namesake(&self, work: &dyn Work, request: &Request<'_>, lost: &[Attempt], records: &[Record]) -> bool {
        let Some(first) = lost.first() else { return false };
        let replaced = self.memory.replaced(request.kind);
        let stays = |record: &Record| record.progress != Progress::Spent && !replaced.contains(&record.operation);
        records.iter().any(|record| first.before.contains(&record.operation) && work.started(record) && stays(record))
    }

    /// Whether this record is of work that this walk knows to be another one.
    pub(crate) fn is_others(&self, work: &dyn Work, request: &Request<'_>, operation: &str) -> bool {
        self.memory.is_others(request.kind, request.identity, work.effect().happens_once(), operation)
    }

    async fn records_before(&self, work: &dyn Work, rest: &mut Rest<'_>) -> Result<Vec<Record>, Unstarted> {
        loop {
            let read = match rest.bounds.within(work.records(&self.lists, Freshness::Now)).await {
                Ok(read) => read,
                Err(end) => return Err(Unstarted::Nothing(NotStarted::NotReady(end))),
            };
            match read {
                Ok(records) => return Ok(records),
                Err(error) if error.is_transient() => rest.take(work, error.to_string()).await?,
                Err(error) => return Err(Unstarted::Nothing(NotStarted::NoRecords(error))),
            }
        }
    }

    /// Sends once and makes sense of the answer. A request on its way is allowed to come back even when Terraform
    /// stops: it ends by the client's own deadline. What it waits for before it is sent ends with the bounds.
    async fn send(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        lost: &[Attempt],
        records: Vec<Record>,
        bounds: &Bounds,
    ) -> Result<Try, Unstarted> {
        if bounds.stop.is_cancelled() {
            return Err(Unstarted::Nothing(NotStarted::Stopped));
        }
        let mut attempt = Attempt {
            attempt: format!("{:016x}", fastrand::u64(..)),
            sent_at: jiff::Timestamp::now().to_string(),
            before: self.before(work, request, lost, records),
            ..Attempt::default()
        };
        let answer = match cloud::with_patience(bounds.over(), work.send()).await {
            Ok(Sent::Id(operation)) => {
                self.memory.note_started(request.kind, &operation);
                return Ok(Try::Started(operation, Origin::Answered));
            }
            Ok(Sent::Accepted) => {
                attempt.accepted = true;
                "the answer names no operation".to_owned()
            }
            Err(error) if error.outcome() == Outcome::Unknown => {
                // A good status is an acceptance, however little can be read of the rest. A page for people is nobody's word: a
                // proxy or a portal may have put it in place of a refusal.
                attempt.accepted =
                    error.status().is_some_and(|status| (200..300).contains(&status)) && !error.is_page();
                error.to_string()
            }
            Err(error) => return refusal(work, &self.lists, &error, !lost.is_empty()).await,
        };
        tracing::warn!(answer, target = work.target(), "outcome unknown: looking into the service's records");
        request.watch.in_doubt(&attempt);
        match self.reconcile(work, request, attempt, Duration::ZERO, bounds).await {
            Reconciled::Found(operation) => {
                self.memory.note_started(request.kind, &operation);
                Ok(Try::Started(operation, Origin::Found))
            }
            Reconciled::Nothing(attempt) => Ok(Try::Nothing(attempt)),
            Reconciled::Unclear(attempt, seen) => {
                Err(Unstarted::unknown(attempt, Doubt { answer: Some(answer), seen }))
            }
        }
    }

    /// What is on record before a request is sent. What could never be taken for ours need not be remembered, and what
    /// this process has started on the target counts as listed, however late the list is.
    fn before(
        &self,
        work: &dyn Work,
        request: &Request<'_>,
        lost: &[Attempt],
        records: Vec<Record>,
    ) -> BTreeSet<String> {
        let mut before: BTreeSet<String> = match lost.last() {
            Some(attempt) => attempt.before.clone(),
            None => records
                .into_iter()
                .filter(|record| work.started(record) || work.is_same(record))
                .map(|record| record.operation)
                .collect(),
        };
        before.extend(self.memory.started_on(&work.lane()));
        // What is to be replaced goes from the state: a later run will not know any more that it is another one.
        before.extend(self.memory.replaced(request.kind));
        before
    }
}

/// Whether the request was refused because its name is taken.
fn is_name_taken(work: &dyn Work, why: &Unstarted) -> bool {
    matches!(why, Unstarted::Nothing(NotStarted::Rejected(error, _)) if work.is_name_taken(error))
}

/// Reads what the start needs to know, and waits for what passes by itself.
async fn prepare(work: &mut dyn Work, lists: &Lists, rest: &mut Rest<'_>) -> Result<Results, Unstarted> {
    loop {
        let prepared = match rest.bounds.within(work.prepare(lists)).await {
            Ok(prepared) => prepared,
            Err(end) => return Err(Unstarted::Nothing(NotStarted::NotReady(end))),
        };
        match prepared {
            Ok(results) => return Ok(results),
            Err(Blocked::Final(diagnostic)) => return Err(Unstarted::Nothing(NotStarted::Refused(diagnostic))),
            Err(Blocked::Later(why)) => rest.take(work, why).await?,
            Err(Blocked::Unreadable(error)) if error.is_transient() => rest.take(work, error.to_string()).await?,
            Err(Blocked::Unreadable(error)) => return Err(Unstarted::Nothing(NotStarted::Unreadable(error))),
        }
    }
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

/// A refusal: passing, final, or one that only the target's state can sort. After a request whose answer was lost
/// (`in_doubt`), a busy target may be busy with that one, unless a record shows other work.
async fn refusal(work: &dyn Work, lists: &Lists, error: &Error, in_doubt: bool) -> Result<Try, Unstarted> {
    let rejected = |broken| Err(Unstarted::Nothing(NotStarted::Rejected(error.clone(), broken)));
    let again = |shown, busy| Ok(Try::Again { why: error.to_string(), shown, busy });
    match error.kind() {
        // Some codes mean "busy" and "faulty" alike; a faulty target does not pass.
        Kind::Busy => match work.ready(lists).await {
            Ok(Readiness::Broken(why)) => rejected(Some(why)),
            Ok(Readiness::Occupied(_)) => again(true, !in_doubt),
            _ => again(true, true),
        },
        Kind::Throttled | Kind::Unavailable => again(true, false),
        Kind::Depends => match work.ready(lists).await {
            Ok(Readiness::Broken(why)) => rejected(Some(why)),
            Ok(Readiness::Busy(_)) => again(true, true),
            Ok(Readiness::Occupied(_)) => again(true, false),
            // The target is well, so that the code speaks of something else.
            Ok(Readiness::Ready | Readiness::Unclear(_)) => match work.surroundings(lists).await {
                Ok(Readiness::Broken(why)) => rejected(Some(why)),
                Ok(Readiness::Busy(_) | Readiness::Occupied(_)) => again(true, false),
                Ok(Readiness::Ready | Readiness::Unclear(_)) | Err(_) => again(false, false),
            },
            Err(read) if read.is_transient() => again(false, false),
            Err(_) => rejected(None),
        },
        _ => rejected(None),
    }
}

/// Rests between tries, longer each time, until the deadline.
struct Rest<'a> {
    bounds: &'a Bounds,
    backoff: Backoff,
    /// Since when refusals come whose reason the target does not show.
    unexplained_since: Option<Instant>,
}

impl<'a> Rest<'a> {
    fn new(bounds: &'a Bounds) -> Rest<'a> {
        // From 1 s, by a fourth, up to 15 s.
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(15)).factor(1.25);
        Rest { bounds, backoff, unexplained_since: None }
    }

    async fn take(&mut self, work: &dyn Work, why: String) -> Result<(), Unstarted> {
        tracing::info!(target = work.target(), reason = why, "waiting until the target takes the work");
        match self.bounds.sleep(self.backoff.next_pause()).await {
            Ok(()) => Ok(()),
            Err(end) => Err(Unstarted::Nothing(NotStarted::GaveUp(end, why))),
        }
    }

    /// Waits after a refusal; not for ever for a reason that nothing shows, which only a person may be able to clear.
    async fn after_refusal(&mut self, work: &dyn Work, why: String, shown: bool) -> Result<(), Unstarted> {
        if shown {
            self.unexplained_since = None;
        } else if self.unexplained_since.get_or_insert_with(Instant::now).elapsed() >= UNEXPLAINED {
            return Err(Unstarted::Nothing(NotStarted::KeepsRefusing(why)));
        }
        self.take(work, why).await
    }
}

#[cfg(test)]
mod tests;
