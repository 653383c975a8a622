//! A cache for a token (or temporary keys), which expires and is renewed once for all who need it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::Error;
use crate::kind::Kind;
use crate::time::{self, Timestamp};

/// Renewal begins so long before the end, or earlier than a fifth of the whole life.
const AHEAD: Duration = Duration::from_secs(600);

/// How long a renewal is put off that failed for a passing reason.
const PUT_OFF: Duration = Duration::from_secs(30);

/// Something that expires.
#[derive(Debug, Clone)]
pub(crate) struct Cached<T> {
    pub(crate) value: T,
    /// Counts renewals from one.
    pub(crate) generation: u64,
}

/// The cache of one token.
pub(crate) struct TokenCache<T> {
    state: Mutex<State<T>>,
    /// Generation of what is held, zero for nothing: readable without waiting for a renewal.
    current: AtomicU64,
}

struct State<T> {
    held: Option<Held<T>>,
    generation: u64,
    /// The credentials were refused: asking again would only help to lock the account.
    refused: Option<Error>,
}

struct Held<T> {
    fresh: Cached<T>,
    renew_at: Option<Instant>,
    ends_at: Option<Instant>,
}

impl<T: Clone> TokenCache<T> {
    pub(crate) fn new() -> TokenCache<T> {
        let state = State { held: None, generation: 0, refused: None };
        TokenCache { state: Mutex::new(state), current: AtomicU64::new(0) }
    }

    /// What is held, or what `renew` gets, which also says how long it lives. Callers who come meanwhile wait for it.
    ///
    /// A renewal ahead of the end that fails for a passing reason is put off, as long as what is held still lives.
    pub(crate) async fn get<F>(&self, renew: impl FnOnce() -> F) -> Result<Cached<T>, Error>
    where
        F: Future<Output = Result<(T, Option<Duration>), Error>>,
    {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(held) = state.held.as_ref().filter(|held| held.renew_at.is_none_or(|at| now < at)) {
            return Ok(held.fresh.clone());
        }
        if let Some(error) = &state.refused {
            return Err(error.clone());
        }
        match renew().await {
            Ok((value, life)) => Ok(self.put(&mut state, value, life)),
            Err(error) => {
                if matches!(error.kind(), Kind::Unauthorized | Kind::Forbidden) {
                    state.refused = Some(error.clone());
                }
                let now = Instant::now();
                match state.held.as_mut().filter(|held| held.ends_at.is_some_and(|end| now < end)) {
                    Some(held) if error.is_transient() => {
                        tracing::warn!("could not renew credentials ahead of their end: {error}");
                        held.renew_at = Some(now + PUT_OFF);
                        Ok(held.fresh.clone())
                    }
                    _ => Err(error),
                }
            }
        }
    }

    /// True if what is held is of this generation.
    ///
    /// Does not wait: whoever asks may hold what a renewal needs to go on, a place among the requests under way.
    pub(crate) fn holds(&self, generation: u64) -> bool {
        self.current.load(Ordering::Acquire) == generation
    }

    /// Throws away what is held, if it still is of this generation.
    pub(crate) async fn discard(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|held| held.fresh.generation == generation) {
            state.held = None;
            self.current.store(0, Ordering::Release);
        }
    }

    /// Puts something in that was got elsewhere, unless something is held.
    pub(crate) async fn offer(&self, value: T, life: Option<Duration>) {
        let mut state = self.state.lock().await;
        if state.held.is_none() && state.refused.is_none() {
            self.put(&mut state, value, life);
        }
    }

    fn put(&self, state: &mut State<T>, value: T, life: Option<Duration>) -> Cached<T> {
        state.generation += 1;
        let fresh = Cached { value, generation: state.generation };
        let now = Instant::now();
        let renew_at = life.map(|life| now + life.saturating_sub(AHEAD.min(life / 5)));
        state.held = Some(Held { fresh: fresh.clone(), renew_at, ends_at: life.map(|life| now + life) });
        self.current.store(fresh.generation, Ordering::Release);
        fresh
    }
}

/// How long something lives that was just issued: by the issuer's clock alone, if it tells both ends.
pub(crate) fn lifetime(issued_at: Option<Timestamp>, expires_at: Option<Timestamp>) -> Option<Duration> {
    let seconds = expires_at?.as_second() - issued_at.unwrap_or_else(time::now).as_second();
    u64::try_from(seconds).ok().map(Duration::from_secs).filter(|life| !life.is_zero())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    async fn next(token_cache: &TokenCache<u32>, calls: &AtomicU32, life: u64) -> u32 {
        let renew = || async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok((calls.fetch_add(1, Ordering::Relaxed) + 1, Some(Duration::from_secs(life))))
        };
        token_cache.get(renew).await.unwrap().value
    }

    #[tokio::test(start_paused = true)]
    async fn one_renewal_for_all() {
        let (token_cache, calls) = (TokenCache::new(), AtomicU32::new(0));
        let all = futures::future::join_all((0..50).map(|_| next(&token_cache, &calls, 3600))).await;
        assert!(all.iter().all(|value| *value == 1));
    }

    #[tokio::test(start_paused = true)]
    async fn renewal_comes_ahead_of_the_end() {
        for (life, still, due) in [(86_400, 85_700, 85_900), (900, 700, 730), (60, 40, 50)] {
            let (token_cache, calls) = (TokenCache::new(), AtomicU32::new(0));
            assert_eq!(next(&token_cache, &calls, life).await, 1);
            tokio::time::advance(Duration::from_secs(still)).await;
            assert_eq!(next(&token_cache, &calls, life).await, 1, "{life}");
            tokio::time::advance(Duration::from_secs(due - still)).await;
            assert_eq!(next(&token_cache, &calls, life).await, 2, "{life}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_of_many_refusals_discards() {
        let (token_cache, calls) = (TokenCache::new(), AtomicU32::new(0));
        next(&token_cache, &calls, 3600).await;
        assert!(token_cache.holds(1));
        token_cache.discard(1).await;
        assert!(!token_cache.holds(1));
        assert_eq!(next(&token_cache, &calls, 3600).await, 2);
        token_cache.discard(1).await;
        assert_eq!(next(&token_cache, &calls, 3600).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_in_passing_is_put_off_while_the_old_one_lives() {
        let (token_cache, calls) = (TokenCache::new(), AtomicU32::new(0));
        let outage =
            || async { Err(Error::before_sending(Kind::Unavailable, "down").change(|facts| facts.transient = true)) };
        assert_eq!(next(&token_cache, &calls, 100).await, 1);
        tokio::time::advance(Duration::from_secs(85)).await;
        assert_eq!(token_cache.get(outage).await.unwrap().value, 1);
        assert!(token_cache.holds(1));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert!(token_cache.get(outage).await.is_err(), "it has ended meanwhile");
        assert_eq!(next(&token_cache, &calls, 100).await, 2);
    }

    #[tokio::test]
    async fn many_who_wait_do_not_hide_what_is_held() {
        let (token_cache, calls) = (TokenCache::new(), AtomicU32::new(0));
        let look = || async {
            next(&token_cache, &calls, 3600).await;
            token_cache.holds(1)
        };
        let all = futures::future::join_all((0..50).map(|_| look())).await;
        assert!(all.into_iter().all(|holds| holds));
    }

    #[tokio::test]
    async fn refused_credentials_are_not_tried_again() {
        let (token_cache, calls) = (TokenCache::<u32>::new(), AtomicU32::new(0));
        for _ in 0..3 {
            let renew = || async {
                calls.fetch_add(1, Ordering::Relaxed);
                Err(Error::before_sending(Kind::Unauthorized, "wrong password"))
            };
            assert!(token_cache.get(renew).await.is_err());
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_life_is_told_by_the_issuers_clock() {
        let at = |text| time::parse(text);
        assert_eq!(lifetime(at("2020-01-01T00:00:00Z"), at("2020-01-02T00:00:00Z")), Some(Duration::from_secs(86_400)));
        assert_eq!(lifetime(at("2020-01-02T00:00:00Z"), at("2020-01-01T00:00:00Z")), None);
        assert_eq!(lifetime(None, None), None);
    }
}
