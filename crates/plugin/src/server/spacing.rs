//! Bad ends of creates one after the other, for cores that cannot take two at the same moment (`tf::cores::loses_objects`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Between two bad ends. After each of them the core writes its whole state, so that what it needs grows with the number of
/// objects and with the load of the machine. With Terraform 1.16.0, twenty creates and 50 ms were enough on an idle machine and
/// not on a busy one; a hundred creates on a busy machine were lost with 60, 100 and 120 ms, and never with 250. So a hundred
/// take 25 seconds, and the ten that run at once by default two and a half: an ID that is lost costs more than the wait.
const PAUSE: Duration = Duration::from_millis(250);

/// Keeps answers apart where the core needs it.
#[derive(Default)]
pub(super) struct Spacing {
    needed: AtomicBool,
    last: Mutex<Option<Instant>>,
}

impl Spacing {
    /// The core says its version.
    pub(super) fn set_core(&self, version: &str) {
        self.needed.store(tf::cores::loses_objects(version), Ordering::Relaxed);
    }

    /// Waits until a create may end with an error.
    pub(super) async fn take_turn(&self) {
        if !self.needed.load(Ordering::Relaxed) {
            return;
        }
        let mut last = self.last.lock().await;
        if let Some(last) = *last {
            tokio::time::sleep_until(last + PAUSE).await;
        }
        *last = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bad_ends_are_kept_apart_only_for_a_core_that_needs_it() {
        for (version, ends, pauses) in [("1.16.2", 1, 0), ("1.16.2", 20, 19), ("1.16.2", 100, 99), ("1.16.5", 100, 0)] {
            let spacing = Spacing::default();
            spacing.set_core(version);
            let began = Instant::now();
            let ends = futures::future::join_all((0..ends).map(|_| async {
                spacing.take_turn().await;
                began.elapsed()
            }));
            let mut ends = ends.await;
            ends.sort();
            let last = ends.last().copied().unwrap_or_default();
            assert!(last >= PAUSE * pauses && last <= PAUSE * (pauses + 1), "{version}, {}: {last:?}", ends.len());
            let closest = ends.windows(2).map(|pair| pair[1] - pair[0]).min().filter(|_| pauses > 0);
            assert!(closest.is_none_or(|closest| closest >= PAUSE), "{version}, {}: {closest:?}", ends.len());
        }
    }
}
