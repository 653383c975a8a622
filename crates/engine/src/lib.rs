//! The operation engine: starts work exactly once, follows it, and never repeats what may have happened.
//!
//! **Invariants.** Knows no service and no wire form: a [`work::Work`] tells it what it must know. Every resource that
//! starts work goes through here; nothing else in the project decides to send a request that starts work, follows work, or
//! remembers work.

pub mod follow;
pub mod lanes;
pub mod lists;
pub mod mark;
pub mod memory;
pub mod report;
pub mod start;
#[cfg(test)]
pub mod testing;
pub mod work;

use std::time::Duration;

use tf::provider::StopToken;
use tokio::time::Instant;

use lanes::Lanes;
use lists::Lists;
use memory::Memory;

/// How long the engine believes in records that have not appeared yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// After an unknown outcome: before "nothing was started" can be believed.
    pub unknown: Duration,
    /// After an acceptance without an ID: before the attempt is given up as unknown.
    pub accepted: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { unknown: Duration::from_secs(40), accepted: Duration::from_secs(600) }
    }
}

/// What all work of one configuration shares.
#[derive(Default)]
pub struct Engine {
    /// How long records may take to appear.
    pub patience: Patience,
    /// Answers of list calls.
    pub lists: Lists,
    /// Turns on targets.
    pub lanes: Lanes,
    /// Objects and work seen in this walk.
    pub memory: Memory,
}

/// Why a wait ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Terraform asked to stop.
    Stopped,
    /// The deadline is there.
    TimedOut,
}

/// How long something may take, and what ends it early.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// When to give up.
    pub deadline: Instant,
    /// How long that was from the beginning, as the user set it.
    pub timeout: Duration,
    /// Cancelled when Terraform stops the run.
    pub stop: StopToken,
}

impl Bounds {
    /// Bounds that begin now.
    pub fn new(timeout: Duration, stop: StopToken) -> Bounds {
        let now = Instant::now();
        // A century stands in for timeouts that no clock can count.
        let deadline = now.checked_add(timeout).unwrap_or(now + Duration::from_secs(100 * 365 * 86_400));
        Bounds { deadline, timeout, stop }
    }

    /// Sleeps, unless that would pass the deadline or Terraform asks to stop.
    ///
    /// # Errors
    /// Why not.
    pub async fn sleep(&self, pause: Duration) -> Result<(), End> {
        if Instant::now() + pause > self.deadline {
            return Err(End::TimedOut);
        }
        self.within(tokio::time::sleep(pause)).await
    }

    /// Waits for a read, but neither past the deadline nor when Terraform asks to stop. Only for what may be dropped half
    /// way: never for a request that starts work.
    ///
    /// # Errors
    /// Why it was dropped.
    pub async fn within<T>(&self, read: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Stopped),
            done = read => Ok(done),
            () = tokio::time::sleep_until(self.deadline) => Err(End::TimedOut),
        }
    }

    /// The timeout as the user would type it.
    pub fn shown(&self) -> String {
        tf::duration::display(self.timeout)
    }
}
