//! Lists read once for all who wait for the same one.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::work::Freshness;

/// Shares answers of list calls between all who follow something on the same list. Whoever comes while a read is under
/// way waits for that read; whoever accepts an older answer gets it without a call.
///
/// Errors are not kept: everybody who needs the list then tries for itself, one after the other.
#[derive(Default)]
pub struct Lists {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
}

type Slot = tokio::sync::Mutex<Option<(Instant, Arc<dyn Any + Send + Sync>)>>;

impl Lists {
    /// The list called `key`, read by `read` unless one fresh enough is at hand.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get<T, E, F>(&self, key: &str, freshness: Freshness, read: F) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, E>>,
    {
        let asked = Instant::now();
        let slot = self.slot(key);
        let mut kept = slot.lock().await;
        if let Some((at, list)) = kept.as_ref()
            && is_fresh(*at, asked, freshness)
            && let Ok(list) = Arc::clone(list).downcast::<T>()
        {
            return Ok(list);
        }
        let at = Instant::now();
        let list = Arc::new(read.await?);
        *kept = Some((at, list.clone()));
        Ok(list)
    }

    /// Forgets a list: something was written that it does not show.
    pub fn forget(&self, key: &str) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn slot(&self, key: &str) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(key.to_owned()).or_default().clone()
    }
}

/// A read that began after it was asked for serves even those who want it new.
fn is_fresh(read_at: Instant, asked: Instant, freshness: Freshness) -> bool {
    match freshness {
        Freshness::Now => read_at >= asked,
        Freshness::Within(age) => read_at + age >= asked,
    }
}

/// How old a list may be for a refresh: one list call per instance however many resources share it, for as long as a
/// walk over a large configuration takes.
pub const REFRESH: Freshness = Freshness::Within(Duration::from_secs(120));

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn counted(calls: &AtomicUsize) -> Result<usize, ()> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(calls.fetch_add(1, Ordering::SeqCst) + 1)
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_share_one_read() {
        let lists = Lists::default();
        let calls = AtomicUsize::new(0);
        let answers =
            futures::future::join_all((0..20).map(|_| lists.get("a", Freshness::Within(Duration::from_secs(1)), counted(&calls))))
                .await;
        assert!(answers.into_iter().all(|answer| *answer.unwrap() == 1));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_answer_is_read_again_and_a_forgotten_one_too() {
        let lists = Lists::default();
        let calls = AtomicUsize::new(0);
        let within = Freshness::Within(Duration::from_secs(5));
        assert_eq!(*lists.get("a", within, counted(&calls)).await.unwrap(), 1);
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(*lists.get("a", within, counted(&calls)).await.unwrap(), 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(*lists.get("a", within, counted(&calls)).await.unwrap(), 2);
        lists.forget("a");
        assert_eq!(*lists.get("a", within, counted(&calls)).await.unwrap(), 3);
        assert_eq!(*lists.get("a", Freshness::Now, counted(&calls)).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_failed_read_is_not_kept() {
        let lists = Lists::default();
        let failed: Result<Arc<usize>, &str> = lists.get("a", Freshness::Now, async { Err("no") }).await;
        assert_eq!(failed.unwrap_err(), "no");
        let calls = AtomicUsize::new(6);
        assert_eq!(*lists.get("a", Freshness::Now, counted(&calls)).await.unwrap(), 7);
    }
}
