//! One after the other, for what the clouds exclude: two operations on one target.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Lanes by name. Work that shares a lane runs one after the other in the order of asking.
#[derive(Default)]
pub struct Lanes {
    lanes: Mutex<HashMap<String, Weak<AsyncMutex<()>>>>,
}

/// The right to be alone on a lane; ends when dropped.
pub type Turn = OwnedMutexGuard<()>;

impl Lanes {
    /// Waits for the turn.
    pub async fn enter(&self, name: &str) -> Turn {
        self.lane(name).lock_owned().await
    }

    fn lane(&self, name: &str) -> Arc<AsyncMutex<()>> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(name).and_then(Weak::upgrade) {
            return lane;
        }
        // Lanes that nobody uses any more go; the map stays as small as the work at hand.
        lanes.retain(|_, lane| lane.strong_count() > 0);
        let lane = Arc::new(AsyncMutex::new(()));
        lanes.insert(name.to_owned(), Arc::downgrade(&lane));
        lane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn one_lane_is_serial_and_two_are_parallel() {
        let lanes = Lanes::default();
        let start = tokio::time::Instant::now();
        let work = |name: &'static str| {
            let lanes = &lanes;
            async move {
                let _turn = lanes.enter(name).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        futures::join!(work("a"), work("a"), work("b"));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert!(lanes.lanes.lock().unwrap().len() <= 2);
    }
}
