//! Guards an access key against its lockout: more than five bad signatures in a row lock a key for minutes.
//!
//! Until a key has been accepted once, only one request at a time travels with it. After a refusal nobody else's request
//! does, for the services in question: everybody gets the error that the first one got.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::error::Error;
use crate::service::Service;

/// Refusals after which a key is not used any more at all.
const MOST_REFUSALS: u32 = 3;

/// The lockout guard of one access key.
#[derive(Default)]
pub(crate) struct LockoutGuard {
    state: Mutex<State>,
    /// Held by the one request that is under way with a key that is not known to be good.
    alone: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct State {
    /// Generation of the key that the rest is about: a renewed key starts anew.
    generation: u64,
    /// Accepted since the last refusal: many requests may be under way.
    open: bool,
    accepted_by: BTreeSet<Service>,
    refused_by: BTreeSet<Service>,
    refusals: u32,
    /// The first refusal that closed the guard for all services.
    closed: Option<Error>,
    last: Option<Error>,
}

impl LockoutGuard {
    /// Waits for permission to use the key of a generation; the guard is held until the answer is known.
    pub(crate) async fn enter(&self, generation: u64, service: Service) -> Result<Option<OwnedMutexGuard<()>>, Error> {
        if self.is_open(generation, service)? {
            return Ok(None);
        }
        let guard = Arc::clone(&self.alone).lock_owned().await;
        // Whoever was before may have settled the matter.
        Ok(if self.is_open(generation, service)? { None } else { Some(guard) })
    }

    /// False if the key of a generation is known to be refused.
    pub(crate) fn lets_through(&self, generation: u64, service: Service) -> bool {
        self.is_open(generation, service).is_ok()
    }

    /// A service accepted the key.
    pub(crate) fn accepted(&self, generation: u64, service: Service) {
        let mut state = self.of(generation);
        if state.generation == generation {
            state.open = true;
            state.accepted_by.insert(service);
        }
    }

    /// True if a service had accepted the key before, or a newer one has taken its place: a refusal then may simply mean
    /// that it has expired.
    pub(crate) fn was_good(&self, generation: u64, service: Service) -> bool {
        let state = self.of(generation);
        state.generation != generation || state.accepted_by.contains(&service)
    }

    /// A service refused the key.
    pub(crate) fn refused(&self, generation: u64, service: Service, error: &Error) {
        let mut state = self.of(generation);
        if state.generation != generation {
            return;
        }
        state.open = false;
        state.refusals += 1;
        state.refused_by.insert(service);
        state.last = Some(error.clone());
        // If another service takes the key, only this one does not; otherwise the key itself is bad.
        let good_elsewhere = state.accepted_by.iter().any(|other| *other != service);
        if (!good_elsewhere || state.refusals >= MOST_REFUSALS) && state.closed.is_none() {
            state.closed = Some(error.clone());
        }
    }

    fn is_open(&self, generation: u64, service: Service) -> Result<bool, Error> {
        let state = self.of(generation);
        if let Some(error) = &state.closed {
            return Err(held_back(error));
        }
        match &state.last {
            Some(error) if state.refused_by.contains(&service) => Err(held_back(error)),
            _ => Ok(state.open),
        }
    }

    fn of(&self, generation: u64) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if generation > state.generation {
            *state = State { generation, ..State::default() };
        }
        state
    }
}

fn held_back(error: &Error) -> Error {
    let error = error.clone().into_preparation();
    error.change(|facts| {
        if !facts.message.ends_with(HELD_BACK) {
            facts.message.push_str(HELD_BACK);
        }
    })
}

const HELD_BACK: &str =
    " (said about an earlier request; this one was held back, because repeated refusals lock a key)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbr::service::SERVICE as CBR;
    use crate::dcs::service::SERVICE as DCS;
    use crate::ddm::service::SERVICE as DDM;
    use crate::iam::service::SERVICE as IAM;
    use crate::kind::Kind;
    use crate::services::SERVICES;

    fn refusal() -> Error {
        Error::before_sending(Kind::Unauthorized, "verify aksk signature fail")
    }

    #[tokio::test]
    async fn one_at_a_time_until_the_first_success() {
        let lockout = LockoutGuard::default();
        let first = lockout.enter(0, DCS).await.unwrap();
        assert!(first.is_some() && lockout.lets_through(0, DCS));
        let second = lockout.enter(0, CBR);
        tokio::pin!(second);
        assert!(futures::poll!(second.as_mut()).is_pending());
        lockout.accepted(0, DCS);
        drop(first);
        assert!(second.await.unwrap().is_none());
        assert!(lockout.enter(0, DDM).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn one_refusal_holds_everybody_back() {
        let lockout = LockoutGuard::default();
        let first = lockout.enter(0, DCS).await.unwrap();
        assert!(!lockout.was_good(0, DCS));
        lockout.refused(0, DCS, &refusal());
        drop(first);
        for service in SERVICES {
            assert!(!lockout.lets_through(0, service));
            let error = lockout.enter(0, service).await.unwrap_err();
            assert!(error.message().contains("held back"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_service_that_takes_no_keys_stands_alone() {
        let lockout = LockoutGuard::default();
        lockout.accepted(0, IAM);
        lockout.refused(0, DDM, &refusal());
        assert!(lockout.enter(0, DDM).await.is_err());
        assert!(lockout.enter(0, DCS).await.is_ok());
        lockout.refused(0, DCS, &refusal());
        lockout.refused(0, CBR, &refusal());
        assert!(lockout.enter(0, IAM).await.is_err(), "three refusals are enough");
    }

    #[tokio::test]
    async fn a_renewed_key_starts_anew() {
        let lockout = LockoutGuard::default();
        lockout.accepted(1, DCS);
        assert!(lockout.was_good(1, DCS));
        lockout.refused(1, DCS, &refusal());
        assert!(lockout.enter(1, DCS).await.is_err());
        assert!(lockout.enter(2, DCS).await.unwrap().is_some());
        assert!(lockout.was_good(1, DCS), "a newer one has taken its place");
        lockout.refused(1, DCS, &refusal());
        lockout.accepted(2, DCS);
        assert!(lockout.enter(2, CBR).await.unwrap().is_none());
    }
}
