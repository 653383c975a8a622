//! When things would happen in reality. A rehearsal hurries operations and nothing else, so its clock runs as many times
//! faster as the cloud does while an operation runs, and as clocks do the rest of the time.

use jiff::Timestamp;

use super::super::timeline::seconds;

/// From a moment of the rehearsal to seconds of reality.
pub(super) struct Clock {
    begin: Timestamp,
    speed: f64,
    /// When something ran: in order, and none touches the next.
    busy: Vec<(Timestamp, Timestamp)>,
}

impl Clock {
    /// The clock of a rehearsal that began at `begin`, with the times at which its operations ran.
    pub(super) fn new(begin: Timestamp, speed: f64, mut spans: Vec<(Timestamp, Timestamp)>) -> Clock {
        spans.sort_unstable();
        let mut busy: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in spans {
            match busy.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => busy.push((from, to)),
            }
        }
        Clock { begin, speed, busy }
    }

    /// Seconds of reality from the begin to a moment; none are before the begin.
    pub(super) fn at(&self, moment: Timestamp) -> f64 {
        let overlap = |(from, to): &(Timestamp, Timestamp)| {
            let (from, to) = ((*from).max(self.begin), (*to).min(moment));
            seconds(from, to).max(0.0)
        };
        let busy: f64 = self.busy.iter().map(overlap).sum();
        seconds(self.begin, moment).max(0.0) + busy * (self.speed - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_operations_are_hurried() {
        let span = |from, to| (moment(from), moment(to));
        let clock = Clock::new(moment(10), 60.0, vec![span(30, 32), span(12, 14), span(13, 15), span(13, 13)]);
        for (at, expected) in [
            (5, 0.0),
            (10, 0.0),
            (12, 2.0),
            (13, 62.0),
            (15, 182.0),
            (20, 187.0),
            (30, 197.0),
            (31, 257.0),
            (32, 317.0),
            (40, 325.0),
        ] {
            assert!((clock.at(moment(at)) - expected).abs() < 1e-9, "{at}: {}", clock.at(moment(at)));
        }
    }

    #[test]
    fn each_operation_takes_as_long_as_in_reality() {
        let (from, to) = (moment(3), moment(7));
        let clock = Clock::new(moment(0), 10.0, vec![(moment(1), moment(4)), (from, to)]);
        assert!((clock.at(to) - clock.at(from) - seconds(from, to) * 10.0).abs() < 1e-9);
    }
}
