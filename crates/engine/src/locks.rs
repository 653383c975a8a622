//! Keyed locks: one after the other, for what the clouds exclude: two operations on one target.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Locks by name. Whoever wants the same name gets it one after the other, in the order of asking.
#[derive(Default)]
pub struct KeyedLocks {
    locks: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

/// The right to be alone under a name; ends when dropped.
pub type Turn = OwnedMutexGuard<()>;

impl KeyedLocks {
    /// Waits for the turn.
    pub async fn lock(&self, name: &str) -> Turn {
        self.of(name).lock_owned().await
    }

    fn of(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(name).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(AsyncMutex::new(()));
        locks.insert(name.to_owned(), Arc::downgrade(&lock));
        // Locks that nobody holds go, so that the map stays as small as the work at hand. Not at every call: a crowd would
        // walk over all of it each time.
        if locks.len().is_power_of_two() {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn one_name_is_serial_and_two_are_parallel() {
        let locks = KeyedLocks::default();
        let start = tokio::time::Instant::now();
        let work = |name: &'static str| {
            let locks = &locks;
            async move {
                let _turn = locks.lock(name).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        futures::join!(work("a"), work("a"), work("b"));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test]
    async fn names_that_nobody_holds_are_forgotten() {
        let locks = KeyedLocks::default();
        for number in 0..1000 {
            drop(locks.lock(&number.to_string()).await);
        }
        assert!(locks.locks.lock().unwrap().len() <= 512);
    }
}
