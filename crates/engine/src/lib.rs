//! The operation engine: runs an operation of a cloud exactly once. Starts it, finds it, follows it to its end, remembers
//! it, and never repeats what may have happened.
//!
//! **Invariants.** Knows no service, no wire form, no schema and no state: a [`work::Work`] tells it what it must know, a
//! [`request::Watch`] is told what happens, and what comes of it is facts, not sentences ([`outcome`]). Nothing else in the project decides to
//! send a request that starts work, follows work, or remembers work: [`Engine::run`] is the one way in.
//!
//! Reading order: `run` (the whole story) → [`start`] (sending once) → `reconcile` and `proof` (after a lost answer) →
//! [`follow`] (polling to the end) → [`memory`] and [`pending`] (what is remembered, in a process and in the state).

pub mod follow;
pub mod identity;
pub mod lists;
pub mod locks;
pub mod memory;
pub mod outcome;
pub mod pending;
mod proof;
mod reconcile;
pub mod request;
mod run;
pub mod start;
#[cfg(test)]
mod testing;
pub mod work;

use std::time::Duration;

use tf::provider::StopToken;
use tokio::time::Instant;

use lists::Lists;
use locks::KeyedLocks;
use memory::Memory;

/// How long the engine waits for records that have not appeared before their absence means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For work that may be done twice without harm.
    pub short: Duration,
    /// For work that overwrites, and whenever something was seen that the request may have caused. No document gives a time
    /// (facts/README.md, "Proof, for all services"): the ten minutes are this project's choice.
    pub strict: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { short: Duration::from_secs(40), strict: Duration::from_secs(600) }
    }
}

/// What all work of one configuration shares.
#[derive(Default)]
pub struct Engine {
    /// How long records may take to appear.
    pub patience: Patience,
    /// Answers of list calls.
    pub lists: Lists,
    /// When those look who follow something.
    pub beat: follow::Beat,
    /// Turns on targets.
    pub locks: KeyedLocks,
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

    /// Ends when Terraform asks to stop, or with the deadline.
    pub async fn over(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep_until(self.deadline) => {}
        }
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
}
