//! Pauses between tries.

use std::time::Duration;

/// Exponential backoff: pauses that grow from a first one to a longest one, each by the same factor.
///
/// A pause is never longer than `longest`, and never shorter than `first` less its jitter. Jitter keeps many callers that
/// failed at the same moment from coming back at the same moment; it only ever shortens a pause, so that bounds made of
/// the longest pause hold. Nothing here sleeps, reads a clock or counts tries: whoever waits knows its own deadline.
///
/// ```
/// # use std::time::Duration;
/// let mut backoff = cloud::Backoff::new(Duration::from_millis(500), Duration::from_secs(2));
/// let pauses: Vec<u128> = (0..4).map(|_| backoff.next_pause().as_millis()).collect();
/// assert_eq!(pauses, [500, 1000, 2000, 2000]);
/// ```
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    factor: f64,
    jitter: f64,
    next: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    /// Doubling pauses without jitter. A `longest` below `first` counts as `first`.
    pub fn new(first: Duration, longest: Duration) -> Backoff {
        let longest = longest.max(first);
        Backoff { first, longest, factor: 2.0, jitter: 0.0, next: first, random: fastrand::Rng::new() }
    }

    /// The same with another factor, from 1 (pauses that do not grow) to 10; what lies outside is moved to the bound.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Backoff {
        self.factor = if factor.is_finite() { factor.clamp(1.0, 10.0) } else { 2.0 };
        self
    }

    /// The same with pauses that are shortened by a random share of themselves, from nothing up to this one (0 to 1).
    #[must_use]
    pub fn jitter(mut self, share: f64) -> Backoff {
        self.jitter = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self
    }

    /// The same with a jitter that is the same in every run, for tests.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Backoff {
        self.random = fastrand::Rng::with_seed(seed);
        self
    }

    /// How long to wait before the next try.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = pause.mul_f64(self.factor).min(self.longest);
        pause.mul_f64(1.0 - self.jitter * self.random.f64())
    }

    /// Begins with the first pause again, after something succeeded.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(backoff: &mut Backoff, number: usize) -> Vec<u128> {
        (0..number).map(|_| backoff.next_pause().as_millis()).collect()
    }

    #[test]
    fn pauses_grow_within_bounds() {
        let seconds = Duration::from_secs;
        for (mut backoff, want) in [
            (Backoff::new(seconds(1), seconds(10)), [1000, 2000, 4000, 8000, 10_000, 10_000]),
            (Backoff::new(seconds(1), seconds(10)).factor(3.0), [1000, 3000, 9000, 10_000, 10_000, 10_000]),
            (Backoff::new(seconds(1), seconds(10)).factor(0.1), [1000; 6]),
            (Backoff::new(seconds(1), seconds(10)).factor(f64::NAN), [1000, 2000, 4000, 8000, 10_000, 10_000]),
            (Backoff::new(seconds(5), seconds(1)), [5000; 6]),
            (Backoff::new(Duration::ZERO, seconds(1)), [0; 6]),
        ] {
            assert_eq!(milliseconds(&mut backoff, 6), want, "{backoff:?}");
            backoff.reset();
            assert_eq!(milliseconds(&mut backoff, 6), want, "{backoff:?}");
        }
        let mut endless = Backoff::new(seconds(1), Duration::MAX).factor(10.0);
        assert_eq!(milliseconds(&mut endless, 12).len(), 12);
    }

    #[test]
    fn jitter_shortens_and_is_the_same_with_a_seed() {
        let of = |seed: u64| Backoff::new(Duration::from_secs(1), Duration::from_secs(8)).jitter(0.5).seed(seed);
        let pauses = milliseconds(&mut of(7), 50);
        for (index, pause) in pauses.iter().enumerate() {
            let full = 1000 << index.min(3);
            assert!((full / 2..=full).contains(pause), "{index}: {pause}");
        }
        assert_eq!(pauses, milliseconds(&mut of(7), 50));
        assert_ne!(pauses, milliseconds(&mut of(8), 50));
    }
}
