//! Sending a call: tries, backoff, rate limits, renewal of credentials. The rule belongs to the call.
//!
//! An idempotent call is retried after passing failures, with exponential backoff. A call that starts work is sent again
//! only when it was provably not accepted: no connection, a 429, or a 401 because of an expired token, and then once.
//!
//! What is waited for before a try (a token, the rate limiter, the next try) ends with the caller's patience (`patience`); a
//! try that has been sent does not.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::address::Origin;
use crate::answer::Answer;
use crate::auth::{self, Auth};
use crate::backoff::Backoff;
use crate::call::{Call, Repeat};
use crate::error::Error;
use crate::http::{Http, Settings};
use crate::kind::{Kind, Outcome};
use crate::patience::Patience;
use crate::rate_limiter::{Permit, RateLimiter};
use crate::secret::Secret;
use crate::service::Service;
use crate::time;

/// How long a call is retried at most that meets a rate limit (429), from its first try: waiting for a rate limit takes
/// time, not tries. It is what `max_retries` tries of `request_timeout` would take, twice; by default that is this.
const THROTTLED: Duration = Duration::from_secs(300);
/// The same for a call that starts work.
const THROTTLED_START: Duration = Duration::from_secs(20);

/// Bounds of the backoff between tries.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The longest pause that a service may ask for with `Retry-After`.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Retries when a host's name is unknown: a resolver may be slow to start, but a wrong region stays wrong.
const UNRESOLVED: u32 = 1;

/// A caller: gives each try its authentication, and learns what became of it.
pub(crate) trait Authenticate: Sync {
    /// Gets the authentication for one try, which may take a token request, or waiting for other tries.
    fn lease(&self) -> impl Future<Output = Result<AuthLease, Error>> + Send;

    /// Whether it is still worth sending. It may have been refused, or renewed, while the try waited for the rate limiter.
    fn is_current(&self, lease: &AuthLease) -> impl Future<Output = bool> + Send;

    /// The service accepted it.
    fn accepted(&self, lease: AuthLease, service: Service);

    /// The service refused it. True if another one may succeed; asked once per call.
    fn refused(&self, lease: AuthLease, error: &Error) -> impl Future<Output = bool> + Send;
}

/// The authentication of one try.
pub(crate) struct AuthLease {
    pub(crate) auth: Auth,
    /// Counts renewals, so that only the first of several refusals of the same credentials renews them.
    pub(crate) generation: u64,
    /// Held while nobody knows yet whether an access key is good: then only one request is under way with it.
    #[expect(dead_code, reason = "held, not read: dropping it lets the next one go")]
    pub(crate) alone: Option<OwnedMutexGuard<()>>,
}

/// Authentication that is given and never changes: for the requests that get tokens.
pub(crate) struct FixedAuth(pub(crate) Auth);

impl Authenticate for FixedAuth {
    async fn lease(&self) -> Result<AuthLease, Error> {
        Ok(AuthLease { auth: self.0.clone(), generation: 0, alone: None })
    }

    async fn is_current(&self, _: &AuthLease) -> bool {
        true
    }

    fn accepted(&self, _: AuthLease, _: Service) {}

    async fn refused(&self, _: AuthLease, _: &Error) -> bool {
        false
    }
}

/// Sends calls: one connection pool, one rate limiter per service.
pub(crate) struct Sender {
    http: Http,
    max_retries: u32,
    /// How long a call is retried that meets a rate limit.
    throttled: Duration,
    rate_limiters: Mutex<HashMap<Service, Arc<RateLimiter>>>,
}

/// A call with everything that is the same for all its tries.
pub(crate) struct Request<'a> {
    pub(crate) call: &'a Call,
    /// Origin of the service.
    pub(crate) base: &'a Origin,
    /// Headers beside the usual ones.
    pub(crate) extra: &'a [(&'static str, Secret)],
}

/// How much of what a call may be retried is used up.
struct RetryBudget {
    started: Instant,
    retries: u32,
    /// Whether credentials were renewed: once per call.
    renewed: bool,
    backoff: Backoff,
}

impl RetryBudget {
    fn new() -> RetryBudget {
        let backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE).jitter(0.5);
        RetryBudget { started: Instant::now(), retries: 0, renewed: false, backoff }
    }
}

impl Sender {
    pub(crate) fn new(settings: Settings, max_retries: u32) -> Sender {
        let throttled = THROTTLED.min(settings.timeout.saturating_mul(max_retries).saturating_mul(2));
        Sender { http: Http::new(settings), max_retries, throttled, rate_limiters: Mutex::default() }
    }

    /// Sends a call until it has a good answer, or its retries are used up, or the caller's patience has ended.
    pub(crate) async fn send(&self, request: &Request<'_>, who: &impl Authenticate) -> Result<Answer, Error> {
        request.call.check()?;
        let rate_limiter = self.rate_limiter(request.call.service);
        let mut budget = RetryBudget::new();
        let mut patience = Patience::of_caller();
        loop {
            let given_up = || given_up(request.call);
            let lease = patience.wait(who.lease()).await.ok_or_else(given_up)?.map_err(Error::into_preparation)?;
            let permit = patience.wait(rate_limiter.acquire()).await.ok_or_else(given_up)?;
            if !who.is_current(&lease).await {
                // What is known to be refused is not sent again: repeated refusals lock keys.
                continue;
            }
            let error = match self.try_once(request, &lease.auth, &rate_limiter, permit).await {
                Ok(answer) => {
                    who.accepted(lease, request.call.service);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if matches!(error.kind(), Kind::Unauthorized | Kind::Clock) {
                let renewable = who.refused(lease, &error).await;
                if !renewable || budget.renewed || error.outcome() == Outcome::Unknown {
                    return Err(error);
                }
                budget.renewed = true;
                continue;
            }
            if proves_credentials(&error) {
                who.accepted(lease, request.call.service);
            } else {
                drop(lease);
            }
            let pause = self.pause(request.call, &error, &mut budget);
            let Some(pause) = pause else { return Err(error) };
            if patience.wait(tokio::time::sleep(pause)).await.is_none() {
                return Err(error);
            }
        }
    }

    async fn try_once(
        &self,
        request: &Request<'_>,
        auth: &Auth,
        rate_limiter: &RateLimiter,
        permit: Permit<'_>,
    ) -> Result<Answer, Error> {
        let signed = auth::sign(request.call, request.base, auth, request.extra, time::now())?;
        let result = self.http.try_once(request.call, &signed).await;
        match &result {
            Err(error) if error.kind() == Kind::Throttled => rate_limiter.throttled(&permit, error.retry_after()),
            Err(error) if error.status().is_none() => {}
            _ => rate_limiter.accepted(),
        }
        result
    }

    fn rate_limiter(&self, service: Service) -> Arc<RateLimiter> {
        let mut rate_limiters = self.rate_limiters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rate_limiters.entry(service).or_insert_with(|| Arc::new(RateLimiter::new())))
    }

    /// How long to wait before the next try; `None` if there shall be none.
    fn pause(&self, call: &Call, error: &Error, budget: &mut RetryBudget) -> Option<Duration> {
        if error.kind() == Kind::Throttled {
            // The rate limiter makes everybody wait; this call only has to ask again.
            // Who starts work gets the refusal back soon, and looks at its target again before the next try.
            let most = if call.repeat == Repeat::Never { THROTTLED_START } else { THROTTLED };
            return (budget.started.elapsed() < most.min(self.throttled)).then_some(Duration::ZERO);
        }
        let harmless = match call.repeat {
            Repeat::Idempotent => error.is_transient(),
            // Without any status nothing was accepted only if nothing was sent.
            Repeat::Never => error.is_transient() && error.status().is_none() && error.outcome() == Outcome::NotStarted,
        };
        let most = if error.is_unresolved() { self.max_retries.min(UNRESOLVED) } else { self.max_retries };
        if !harmless || budget.retries >= most {
            return None;
        }
        budget.retries += 1;
        Some(error.retry_after().unwrap_or_else(|| budget.backoff.next_pause()).min(LONGEST_ASKED))
    }
}

/// The error of a call that was not sent, because its caller would wait no longer. Like a rate limit, it passes.
fn given_up(call: &Call) -> Error {
    let (call, service) = (call.name(), call.service);
    let message =
        format!("{call} was not sent: it still waited for a token, or for its turn under the rate limit of {service}");
    Error::before_sending(Kind::Throttled, message).change(|facts| facts.transient = true)
}

/// True if a service looked at the request itself, so that its credentials were good. A gateway may slow down or not find
/// a path before it looks at credentials.
fn proves_credentials(error: &Error) -> bool {
    let early = matches!(error.kind(), Kind::Throttled | Kind::Misdirected);
    error.status().is_some_and(|status| (400..500).contains(&status)) && !early
}
