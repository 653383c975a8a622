//! Lists read once for all who wait for the same one, and members of a list for all who want some ([`Lists::member`]).

mod among;

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use among::Told;

/// How old a list may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Read it now, whatever is known.
    Now,
    /// What was read within this time will do.
    Within(Duration),
}

/// Shares answers of list calls between all who follow something on the same list. Whoever comes while a read is under
/// way waits for that read; whoever accepts an older answer gets it without a call.
///
/// A failure is kept like an answer, and is as old as one: a service in trouble is not asked once for each of many
/// resources. Whoever wants the list new asks anew.
#[derive(Default)]
pub struct Lists {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    groups: Mutex<HashMap<String, Arc<among::Group>>>,
}

type Slot = tokio::sync::Mutex<Option<Kept>>;

/// What the last read came to, and when it began.
struct Kept {
    at: Instant,
    read: Result<Shared, Shared>,
}

type Shared = Arc<dyn Any + Send + Sync>;

impl Kept {
    /// The answer or failure, if it is of these types.
    fn as_read<T: Send + Sync + 'static, E: Clone + Send + Sync + 'static>(&self) -> Option<Result<Arc<T>, E>> {
        match &self.read {
            Ok(list) => Arc::clone(list).downcast::<T>().ok().map(Ok),
            Err(error) => error.downcast_ref::<E>().cloned().map(Err),
        }
    }
}

impl Lists {
    /// The list called `key`, read by `read` unless one fresh enough is at hand.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn get<T, E, F>(&self, key: &str, freshness: Freshness, read: F) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T, E>>,
    {
        let asked = Instant::now();
        let slot = self.slot(key);
        let mut kept = slot.lock().await;
        if let Some(last) = kept.as_ref()
            && is_fresh(last.at, asked, freshness)
            && let Some(read) = last.as_read()
        {
            return read;
        }
        let at = Instant::now();
        let read = read.await.map(Arc::new);
        if read.is_err() && cloud::patience_is_over() {
            // Given up by this caller alone: whoever else asks reads for himself.
            return read;
        }
        let shared: Result<Shared, Shared> = match &read {
            Ok(list) => Ok(list.clone()),
            Err(error) => Err(Arc::new(error.clone())),
        };
        *kept = Some(Kept { at, read: shared });
        read
    }

    /// What was read under this key, if it is fresh enough; nothing is read.
    pub async fn known<T: Send + Sync + 'static>(&self, key: &str, freshness: Freshness) -> Option<Arc<T>> {
        self.kept::<T, cloud::Error>(key, Instant::now(), freshness).await?.ok()
    }

    /// Keeps what a read that began `at` that moment has told beside what it was made for, unless there is something newer.
    pub fn keep<T: Send + Sync + 'static>(&self, key: &str, at: Instant, list: Arc<T>) {
        // Whoever holds the slot is reading it anew.
        if let Ok(mut kept) = self.slot(key).try_lock()
            && kept.as_ref().is_none_or(|last| last.at <= at)
        {
            *kept = Some(Kept { at, read: Ok(list) });
        }
    }

    /// What is kept under this key, or is just being read, if it is fresh enough for somebody who asked then.
    async fn kept<T, E>(&self, key: &str, asked: Instant, freshness: Freshness) -> Option<Result<Arc<T>, E>>
    where
        T: Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
    {
        let slot = self.slot(key);
        let kept = slot.lock().await;
        kept.as_ref().filter(|last| is_fresh(last.at, asked, freshness))?.as_read()
    }

    fn group(&self, list: &str) -> Arc<among::Group> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.entry(list.to_owned()).or_default().clone()
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
        let answers = futures::future::join_all(
            (0..20).map(|_| lists.get("a", Freshness::Within(Duration::from_secs(1)), counted(&calls))),
        )
        .await;
        assert!(answers.into_iter().all(|answer| *answer.unwrap() == 1));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_caller_gave_up_is_read_again_by_the_next() {
        let lists = Lists::default();
        let hour = Freshness::Within(Duration::from_secs(3600));
        let failing = async || Err::<usize, ()>(());
        // An error that has its reasons is shared, one of a caller who would wait no longer is not.
        for (patience, shared) in [(3600, true), (0, false)] {
            lists.forget("a");
            let asked = async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                lists.get("a", hour, failing()).await
            };
            let end = tokio::time::sleep(Duration::from_secs(patience));
            assert_eq!(cloud::with_patience(end, asked).await, Err(()));
            let calls = AtomicUsize::new(0);
            assert_eq!(lists.get("a", hour, counted(&calls)).await.is_err(), shared, "{patience}");
        }
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

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_like_an_answer_and_asked_again_by_whoever_wants_it_new() {
        let lists = Lists::default();
        let tries = AtomicUsize::new(0);
        let fails = || async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            tries.fetch_add(1, Ordering::SeqCst);
            Err::<usize, &str>("no")
        };
        let within = Freshness::Within(Duration::from_secs(5));
        let answers = futures::future::join_all((0..20).map(|_| lists.get("a", within, fails()))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap_err() == "no"));
        assert_eq!(tries.load(Ordering::SeqCst), 1);
        let answer: Result<Arc<usize>, &str> = lists.get("a", Freshness::Now, async { Ok(7) }).await;
        assert_eq!(*answer.unwrap(), 7);
        assert_eq!(*lists.get("a", within, fails()).await.unwrap(), 7);
    }
}
