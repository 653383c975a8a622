//! Bad ends of creates one after the other, for cores that cannot take two at the same moment (`tf::cores::loses_objects`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Between two bad ends. 50 ms were enough on an idle machine, and on a busy one Terraform 1.16.0 still died with twenty
/// creates. A hundred take 25 seconds.
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
        for (version, least) in [("1.16.2", PAUSE * 19), ("1.16.5", Duration::ZERO)] {
            let spacing = Spacing::default();
            spacing.set_core(version);
            let began = Instant::now();
            futures::future::join_all((0..20).map(|_| spacing.take_turn())).await;
            assert!(began.elapsed() >= least && began.elapsed() <= PAUSE * 20, "{version}: {:?}", began.elapsed());
        }
    }
}
