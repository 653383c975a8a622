//! The lockout guard: an access key whose signatures are wrong too often in a row is refused for a while.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::instants::plus_seconds;

/// Consecutive bad signatures by access key.
#[derive(Debug, Default)]
pub(crate) struct Lockout(HashMap<String, Failures>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    locked_until: Option<Timestamp>,
}

/// How many failures in a row are one too many, and for how many real seconds the key is then locked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) after: u32,
    pub(crate) seconds: f64,
}

impl Lockout {
    pub(crate) fn is_locked(&self, access_key: &str, now: Timestamp) -> bool {
        self.0.get(access_key).and_then(|failures| failures.locked_until).is_some_and(|until| now < until)
    }

    pub(crate) fn failed(&mut self, access_key: &str, limits: Limits, now: Timestamp) {
        // Unknown keys cannot be locked, so the map has at most as many entries as there are keys.
        let failures = self.0.entry(access_key.to_owned()).or_insert(Failures { count: 0, locked_until: None });
        failures.count += 1;
        if failures.count > limits.after {
            *failures = Failures { count: 0, locked_until: Some(plus_seconds(now, limits.seconds)) };
        }
    }

    pub(crate) fn succeeded(&mut self, access_key: &str) {
        self.0.remove(access_key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_locked_by_the_sixth_failure_in_a_row_and_for_five_minutes() {
        let (now, mut lockout) = (Timestamp::now(), Lockout::default());
        let limits = Limits { after: 5, seconds: 300.0 };
        for _ in 0..5 {
            lockout.failed("a", limits, now);
        }
        lockout.succeeded("a");
        for _ in 0..5 {
            lockout.failed("a", limits, now);
            assert!(!lockout.is_locked("a", now));
        }
        lockout.failed("a", limits, now);
        assert!(lockout.is_locked("a", plus_seconds(now, 299.0)));
        assert!(!lockout.is_locked("a", plus_seconds(now, 301.0)));
        assert!(!lockout.is_locked("b", now));
    }
}
