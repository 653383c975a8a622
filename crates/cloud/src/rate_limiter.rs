//! A rate limiter for each service, which learns the limit: when one caller is told to slow down, all callers of that
//! service do.
//!
//! Nobody documents the rate limits of these services. Without a 429 only the number of requests under way is bounded.
//! After one everybody pauses, and then requests leave one by one at a little less than the rate that the service has just
//! shown to accept. The rate then grows slowly, and the bound falls away once it is far above what is used.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Requests under way at once, per service: each may be answered with 429 before the first complaint is heard.
const UNDER_WAY: usize = 8;

/// The window in which accepted requests are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Pause after a 429 that names none.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that is made, whatever a service asks for: callers have deadlines of their own.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long without a complaint before the rate grows, and by which factor.
const CALM: Duration = Duration::from_secs(5);
const GROWTH: f64 = 1.1;

/// Requests per second below which the rate never falls and above which no bound is needed.
const SLOWEST: f64 = 0.5;
const FASTEST: f64 = 1000.0;

/// Share of the observed rate that is used after a complaint.
const MARGIN: f64 = 0.85;

/// The rate limiter of one service.
pub(crate) struct RateLimiter {
    under_way: Semaphore,
    state: Mutex<State>,
}

struct State {
    /// Requests per second; `None` while nobody has complained.
    rate: Option<f64>,
    /// When the next request may leave.
    next: Instant,
    /// When the rate last changed.
    changed: Instant,
    /// When recent requests were accepted.
    accepted: VecDeque<Instant>,
}

/// Permission to have one request under way.
pub(crate) struct Permit<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    /// When the request left: only refusals of later requests say something about the present rate.
    left: Instant,
}

impl RateLimiter {
    pub(crate) fn new() -> RateLimiter {
        let now = Instant::now();
        let state = State { rate: None, next: now, changed: now, accepted: VecDeque::new() };
        RateLimiter { under_way: Semaphore::new(UNDER_WAY), state: Mutex::new(state) }
    }

    /// Waits until a request may leave.
    pub(crate) async fn acquire(&self) -> Permit<'_> {
        // The semaphore is never closed, so there always is a permit.
        let permit = self.under_way.acquire().await.ok();
        loop {
            let Some(wait) = self.state().take_slot(Instant::now()) else {
                return Permit { _permit: permit, left: Instant::now() };
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// A request was let through, whatever its answer.
    pub(crate) fn accepted(&self) {
        self.state().accepted(Instant::now());
    }

    /// A request was answered with 429.
    pub(crate) fn throttled(&self, permit: &Permit<'_>, retry_after: Option<Duration>) {
        self.state().throttled(Instant::now(), permit.left, retry_after);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// `None` if a request may leave now (its place is taken), else how long to wait before asking again.
    fn take_slot(&mut self, now: Instant) -> Option<Duration> {
        if self.next > now {
            return Some(self.next - now);
        }
        self.grow(now);
        if let Some(rate) = self.rate {
            self.next = now + Duration::from_secs_f64(1.0 / rate);
        }
        None
    }

    fn grow(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        if now.duration_since(self.changed) >= CALM {
            self.changed = now;
            self.rate = Some(rate * GROWTH).filter(|rate| *rate < FASTEST);
        }
    }

    fn accepted(&mut self, now: Instant) {
        self.accepted.push_back(now);
        self.forget(now);
    }

    fn forget(&mut self, now: Instant) {
        while self.accepted.front().is_some_and(|then| now.duration_since(*then) > WINDOW) {
            self.accepted.pop_front();
        }
    }

    fn throttled(&mut self, now: Instant, left: Instant, retry_after: Option<Duration>) {
        let pause = retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE);
        self.next = self.next.max(now + pause);
        // Others that left before the last slow-down tell of the old rate.
        if self.rate.is_some() && left < self.changed {
            return;
        }
        self.forget(now);
        let observed = self.accepted.len() as f64 / WINDOW.as_secs_f64();
        let slower = match self.rate {
            Some(rate) => (rate * MARGIN).min(observed.max(rate / 2.0) * MARGIN),
            None => observed * MARGIN,
        };
        self.rate = Some(slower.clamp(SLOWEST, FASTEST));
        self.changed = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that lets so many requests through in each second and refuses the rest.
    struct Service {
        limit: usize,
        second: Instant,
        count: usize,
    }

    impl Service {
        fn allows(&mut self) -> bool {
            let now = Instant::now();
            if now.duration_since(self.second) >= Duration::from_secs(1) {
                (self.second, self.count) = (now, 0);
            }
            self.count += 1;
            self.count <= self.limit
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_settle_below_an_unknown_limit() {
        let rate_limiter = RateLimiter::new();
        let service = Mutex::new(Service { limit: 20, second: Instant::now(), count: 0 });
        let refused = Mutex::new(0);
        let one = || async {
            loop {
                let permit = rate_limiter.acquire().await;
                tokio::time::sleep(Duration::from_millis(20)).await;
                if service.lock().unwrap().allows() {
                    return rate_limiter.accepted();
                }
                *refused.lock().unwrap() += 1;
                rate_limiter.throttled(&permit, None);
            }
        };
        let start = Instant::now();
        let callers = (0..200).map(|_| async {
            for _ in 0..10 {
                one().await;
            }
        });
        futures::future::join_all(callers).await;
        let (refused, took) = (*refused.lock().unwrap(), start.elapsed().as_secs());
        assert!(refused <= 100, "{refused} refusals for 2000 requests");
        assert!((100..170).contains(&took), "{took} s for 2000 requests at 20 a second");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_without_a_complaint() {
        let rate_limiter = RateLimiter::new();
        let start = Instant::now();
        for _ in 0..1000 {
            rate_limiter.acquire().await;
            rate_limiter.accepted();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_holds_everybody() {
        let rate_limiter = RateLimiter::new();
        let permit = rate_limiter.acquire().await;
        rate_limiter.throttled(&permit, Some(Duration::from_secs(7)));
        let start = Instant::now();
        rate_limiter.acquire().await;
        assert!(start.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_recovers() {
        let rate_limiter = RateLimiter::new();
        let permit = rate_limiter.acquire().await;
        rate_limiter.throttled(&permit, None);
        let slow = rate_limiter.state().rate.unwrap();
        for _ in 0..400 {
            rate_limiter.acquire().await;
        }
        assert!(rate_limiter.state().rate.is_none_or(|rate| rate > 10.0 * slow));
    }
}
