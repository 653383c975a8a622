//! A place for something that expires and is renewed once for all who need it.

use std::future::Future;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{Error, Kind};
use crate::time::{self, Timestamp};

/// Renewal begins so long before the end, or earlier than a fifth of the whole life.
const AHEAD: Duration = Duration::from_secs(600);

/// Something that expires.
#[derive(Debug, Clone)]
pub(crate) struct Fresh<T> {
    pub(crate) value: T,
    /// Counts renewals from one.
    pub(crate) generation: u64,
}

/// The place for it.
pub(crate) struct Slot<T>(Mutex<State<T>>);

struct State<T> {
    held: Option<Fresh<T>>,
    renew_at: Option<Instant>,
    generation: u64,
    /// The credentials were refused: asking again would only help to lock the account.
    refused: Option<Error>,
}

impl<T: Clone> Slot<T> {
    pub(crate) fn new() -> Slot<T> {
        Slot(Mutex::new(State { held: None, renew_at: None, generation: 0, refused: None }))
    }

    /// What is held, or what `renew` gets, which also says how long it lives. Callers who come meanwhile wait for it.
    pub(crate) async fn get<F>(&self, renew: impl FnOnce() -> F) -> Result<Fresh<T>, Error>
    where
        F: Future<Output = Result<(T, Option<Duration>), Error>>,
    {
        let mut state = self.0.lock().await;
        let due = state.renew_at.is_some_and(|at| Instant::now() >= at);
        if let (Some(held), false) = (&state.held, due) {
            return Ok(held.clone());
        }
        if let Some(error) = &state.refused {
            return Err(error.clone());
        }
        match renew().await {
            Ok((value, life)) => {
                state.generation += 1;
                let fresh = Fresh { value, generation: state.generation };
                state.held = Some(fresh.clone());
                state.renew_at = life.map(|life| Instant::now() + life.saturating_sub(AHEAD.min(life / 5)));
                Ok(fresh)
            }
            Err(error) => {
                if matches!(error.kind(), Kind::Unauthorized | Kind::Forbidden) {
                    state.refused = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    /// True if what is held is of this generation.
    pub(crate) async fn holds(&self, generation: u64) -> bool {
        self.0.lock().await.held.as_ref().is_some_and(|held| held.generation == generation)
    }

    /// Throws away what is held, if it still is of this generation.
    pub(crate) async fn discard(&self, generation: u64) {
        let mut state = self.0.lock().await;
        if state.held.as_ref().is_some_and(|held| held.generation == generation) {
            state.held = None;
        }
    }

    /// Puts something in that was got elsewhere, unless something is held.
    pub(crate) async fn offer(&self, value: T, life: Option<Duration>) {
        let mut state = self.0.lock().await;
        if state.held.is_none() && state.refused.is_none() {
            state.generation += 1;
            state.held = Some(Fresh { value, generation: state.generation });
            state.renew_at = life.map(|life| Instant::now() + life.saturating_sub(AHEAD.min(life / 5)));
        }
    }
}

/// How long something lives that was just issued: by the issuer's clock alone, if it tells both ends.
pub(crate) fn life(issued_at: Option<Timestamp>, expires_at: Option<Timestamp>) -> Option<Duration> {
    let seconds = expires_at?.as_second() - issued_at.unwrap_or_else(time::now).as_second();
    u64::try_from(seconds).ok().map(Duration::from_secs).filter(|life| !life.is_zero())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn next(slot: &Slot<u32>, calls: &AtomicU32, life: u64) -> u32 {
        let renew = || async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok((calls.fetch_add(1, Ordering::Relaxed) + 1, Some(Duration::from_secs(life))))
        };
        slot.get(renew).await.unwrap().value
    }

    #[tokio::test(start_paused = true)]
    async fn one_renewal_for_all() {
        let (slot, calls) = (Slot::new(), AtomicU32::new(0));
        let all = futures::future::join_all((0..50).map(|_| next(&slot, &calls, 3600))).await;
        assert!(all.iter().all(|value| *value == 1));
    }

    #[tokio::test(start_paused = true)]
    async fn renewal_comes_ahead_of_the_end() {
        for (life, still, due) in [(86_400, 85_700, 85_900), (900, 700, 730), (60, 40, 50)] {
            let (slot, calls) = (Slot::new(), AtomicU32::new(0));
            assert_eq!(next(&slot, &calls, life).await, 1);
            tokio::time::advance(Duration::from_secs(still)).await;
            assert_eq!(next(&slot, &calls, life).await, 1, "{life}");
            tokio::time::advance(Duration::from_secs(due - still)).await;
            assert_eq!(next(&slot, &calls, life).await, 2, "{life}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_of_many_refusals_discards() {
        let (slot, calls) = (Slot::new(), AtomicU32::new(0));
        next(&slot, &calls, 3600).await;
        assert!(slot.holds(1).await);
        slot.discard(1).await;
        assert!(!slot.holds(1).await);
        assert_eq!(next(&slot, &calls, 3600).await, 2);
        slot.discard(1).await;
        assert_eq!(next(&slot, &calls, 3600).await, 2);
    }

    #[tokio::test]
    async fn refused_credentials_are_not_tried_again() {
        let (slot, calls) = (Slot::<u32>::new(), AtomicU32::new(0));
        for _ in 0..3 {
            let renew = || async {
                calls.fetch_add(1, Ordering::Relaxed);
                Err(Error::before_sending(Kind::Unauthorized, "wrong password"))
            };
            assert!(slot.get(renew).await.is_err());
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_life_is_told_by_the_issuers_clock() {
        let at = |text| time::parse(text);
        assert_eq!(life(at("2020-01-01T00:00:00Z"), at("2020-01-02T00:00:00Z")), Some(Duration::from_secs(86_400)));
        assert_eq!(life(at("2020-01-02T00:00:00Z"), at("2020-01-01T00:00:00Z")), None);
        assert_eq!(life(None, None), None);
    }
}
