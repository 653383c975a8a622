//! Sending a call: tries, pauses, renewals. The rule belongs to the call.
//!
//! A call that may be repeated is tried again after passing failures. A call that starts work is sent again only when
//! it was provably not accepted: no connection, a 429, or a 401 because of an expired token, and then once.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::address::Origin;
use crate::answer::Answer;
use crate::call::{Call, Repeat};
use crate::error::Error;
use crate::http::{Http, Settings};
use crate::kind::{Kind, Outcome};
use crate::pace::{Pace, Turn};
use crate::pass::{self, Pass};
use crate::secret::Secret;
use crate::service::Service;
use crate::time;

/// Patience with "slow down", counted from the first try: pacing needs time, not tries.
const THROTTLED: Duration = Duration::from_secs(300);
/// The same for a call that starts work.
const THROTTLED_START: Duration = Duration::from_secs(20);

/// First pause between tries, doubled each time up to a bound.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Retries when a host's name is unknown: a resolver may be slow to start, but a wrong region stays wrong.
const UNRESOLVED: u32 = 1;

/// Who sends: hands out passes and learns what became of them.
pub(crate) trait Authorize: Sync {
    /// Gets a pass for one try, which may take a token request, or waiting for others.
    fn ticket(&self) -> impl Future<Output = Result<Ticket, Error>> + Send;

    /// Whether a pass is still worth sending. It may have been refused, or renewed, while its holder waited for a turn.
    fn is_current(&self, ticket: &Ticket) -> impl Future<Output = bool> + Send;

    /// The service let the pass through.
    fn accepted(&self, ticket: Ticket, service: Service);

    /// The service refused the pass. True if another one may succeed; asked once per call.
    fn refused(&self, ticket: Ticket, error: &Error) -> impl Future<Output = bool> + Send;
}

/// A pass for one try.
pub(crate) struct Ticket {
    pub(crate) pass: Pass,
    /// Counts renewals, so that only the first of several refusals of one pass renews it.
    pub(crate) generation: u64,
    /// Held while nobody knows yet whether an access key is good: then only one request is under way with it.
    #[expect(dead_code, reason = "held, not read: dropping it lets the next one go")]
    pub(crate) alone: Option<OwnedMutexGuard<()>>,
}

/// A pass that is given and never changes: for the requests that get tokens.
pub(crate) struct Given(pub(crate) Pass);

impl Authorize for Given {
    async fn ticket(&self) -> Result<Ticket, Error> {
        Ok(Ticket { pass: self.0.clone(), generation: 0, alone: None })
    }

    async fn is_current(&self, _: &Ticket) -> bool {
        true
    }

    fn accepted(&self, _: Ticket, _: Service) {}

    async fn refused(&self, _: Ticket, _: &Error) -> bool {
        false
    }
}

/// Sends calls: one connection pool, one pace per service.
pub(crate) struct Sender {
    http: Http,
    max_retries: u32,
    paces: Mutex<HashMap<Service, Arc<Pace>>>,
}

/// A call with everything that is the same for all its tries.
pub(crate) struct Letter<'a> {
    pub(crate) call: &'a Call,
    /// Origin of the service.
    pub(crate) base: &'a Origin,
    /// Headers beside the usual ones.
    pub(crate) extra: &'a [(&'static str, Secret)],
}

/// How much of the patience is used up.
struct Patience {
    started: Instant,
    retries: u32,
    renewed: bool,
}

impl Sender {
    pub(crate) fn new(settings: Settings, max_retries: u32) -> Sender {
        Sender { http: Http::new(settings), max_retries, paces: Mutex::default() }
    }

    /// Sends a call until it has a good answer or patience ends.
    pub(crate) async fn send(&self, letter: &Letter<'_>, who: &impl Authorize) -> Result<Answer, Error> {
        letter.call.check()?;
        let pace = self.pace(letter.call.service);
        let mut patience = Patience { started: Instant::now(), retries: 0, renewed: false };
        loop {
            let ticket = who.ticket().await.map_err(Error::into_preparation)?;
            let turn = pace.turn().await;
            if !who.is_current(&ticket).await {
                // What is known to be refused is not sent again: repeated refusals lock keys.
                continue;
            }
            let error = match self.try_once(letter, &ticket.pass, &pace, turn).await {
                Ok(answer) => {
                    who.accepted(ticket, letter.call.service);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if matches!(error.kind(), Kind::Unauthorized | Kind::Clock) {
                let renewable = who.refused(ticket, &error).await;
                if !renewable || patience.renewed || error.outcome() == Outcome::Unknown {
                    return Err(error);
                }
                patience.renewed = true;
                continue;
            }
            if proves_credentials(&error) {
                who.accepted(ticket, letter.call.service);
            } else {
                drop(ticket);
            }
            match self.pause(letter.call, &error, &mut patience) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    async fn try_once(&self, letter: &Letter<'_>, pass: &Pass, pace: &Pace, turn: Turn<'_>) -> Result<Answer, Error> {
        let signed = pass::sign(letter.call, letter.base, pass, letter.extra, time::now())?;
        let result = self.http.try_once(letter.call, &signed).await;
        match &result {
            Err(error) if error.kind() == Kind::Throttled => pace.complained(&turn, error.retry_after()),
            Err(error) if error.status().is_none() => {}
            _ => pace.accepted(),
        }
        result
    }

    fn pace(&self, service: Service) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(paces.entry(service).or_insert_with(|| Arc::new(Pace::new())))
    }

    /// How long to wait before the next try; `None` if there shall be none.
    fn pause(&self, call: &Call, error: &Error, patience: &mut Patience) -> Option<Duration> {
        if error.kind() == Kind::Throttled {
            // The pace of the service makes everybody wait; this call only has to ask again.
            // Who starts work gets the refusal back soon: the caller can be stopped between tries, this loop cannot.
            let bound = if call.repeat == Repeat::Never { THROTTLED_START } else { THROTTLED };
            return (self.max_retries > 0 && patience.started.elapsed() < bound).then_some(Duration::ZERO);
        }
        let harmless = match call.repeat {
            Repeat::Safe => error.is_transient(),
            // Without any status nothing was accepted only if nothing was sent.
            Repeat::Never => error.is_transient() && error.status().is_none() && error.outcome() == Outcome::NotStarted,
        };
        let most = if error.is_unresolved() { self.max_retries.min(UNRESOLVED) } else { self.max_retries };
        if !harmless || patience.retries >= most {
            return None;
        }
        patience.retries += 1;
        Some(error.retry_after().unwrap_or_else(|| jittered(patience.retries)).min(Duration::from_secs(60)))
    }
}

/// True if a service looked at the request itself, so that its credentials were good. A gateway may slow down or not find
/// a path before it looks at credentials.
fn proves_credentials(error: &Error) -> bool {
    let early = matches!(error.kind(), Kind::Throttled | Kind::Misdirected);
    error.status().is_some_and(|status| (400..500).contains(&status)) && !early
}

/// Half to all of 0.5, 1, 2, 4, … seconds.
fn jittered(retry: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(1 << retry.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    full.mul_f64(0.5 + 0.5 * fastrand::f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_bounds() {
        for (retry, longest) in [(1, 500), (2, 1000), (3, 2000), (6, 16_000), (7, 20_000), (100, 20_000)] {
            let pause = jittered(retry).as_millis();
            assert!(pause >= longest / 2 && pause <= longest, "{retry}: {pause}");
        }
    }
}
