//! Backoff: pauses that grow from one value to another.

use std::time::Duration;

/// A pause that grows by a factor until a bound. Without jitter: those who wait here share their reads already.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    pause: Duration,
    /// In quarters: 5 grows by a fourth, 6 by a half.
    quarters: u32,
    bound: Duration,
}

impl Backoff {
    /// Between tries to send: from 1 s, by a fourth, up to 15 s.
    pub(crate) fn between_tries() -> Backoff {
        Backoff { pause: Duration::from_secs(1), quarters: 5, bound: Duration::from_secs(15) }
    }

    /// Between looks for a lost request: from half a second, by a fourth, up to 3 s. Short, because a restore can be over
    /// in 14 s (facts/dcs.md 6.1), and a target that was busy in between must have been seen so.
    pub(crate) fn between_looks() -> Backoff {
        Backoff { pause: Duration::from_millis(500), quarters: 5, bound: Duration::from_secs(3) }
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (self.pause * self.quarters / 4).min(self.bound);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_their_bound() {
        for (mut backoff, first, bound) in
            [(Backoff::between_tries(), 1000, 15_000), (Backoff::between_looks(), 500, 3000)]
        {
            let pauses: Vec<u128> = (0..40).map(|_| backoff.next().as_millis()).collect();
            assert_eq!((pauses[0], pauses[39]), (first, bound));
            assert!(pauses.is_sorted());
        }
    }
}
