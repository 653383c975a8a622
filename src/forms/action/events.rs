//! What the user hears while an action runs: few lines, the ID first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::outcome::{Ended, Origin};
use engine::pending::Attempt;
use engine::request::Watch;
use engine::work::{Progress, Record, Results};
use tf::Value;
use tf::events::EventSink;
use tokio::time::Instant;

use super::words;
use crate::operations::words::capitalised;

/// Between two lines there is at least this time.
const PAUSE: Duration = Duration::from_secs(1);

/// Puts what a run tells into lines, and says no more than one a second.
pub(super) struct Events {
    to: Arc<dyn EventSink<String>>,
    noun: &'static str,
    target: String,
    /// The same work that ended a short while ago.
    lately: Option<Record>,
    said: Mutex<Said>,
}

/// What was said so far.
#[derive(Default)]
struct Said {
    /// When the operation was accepted.
    accepted: Option<Instant>,
    /// When the last line was said.
    last: Option<Instant>,
    /// How far the work was in the last line.
    state: Option<State>,
}

/// How far work is, as coarse as it is told: the status word, and the progress in tenths.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    status: String,
    tenths: Option<i64>,
}

impl Events {
    pub(super) fn new(
        to: Arc<dyn EventSink<String>>,
        noun: &'static str,
        target: String,
        lately: Option<Record>,
    ) -> Events {
        Events { to, noun, target, lately, said: Mutex::default() }
    }

    /// The last line: how the operation ended, and how long that took. What is not the end of an operation is told by the
    /// answer alone.
    pub(super) async fn end(&self, ended: &Ended) {
        let (operation, how) = match ended {
            Ended::Over(operation, record) => match record.progress {
                Progress::Failed(_) | Progress::Spent => (operation, "failed"),
                _ => (operation, "ended well"),
            },
            Ended::Unsettled(operation, ..) => (operation, "ended well, but its target needs help,"),
            _ => return,
        };
        let (accepted, last) = {
            let said = self.said();
            (said.accepted, said.last)
        };
        let lasted = accepted.map_or(Duration::ZERO, |accepted| accepted.elapsed());
        if let Some(last) = last {
            tokio::time::sleep_until(last + PAUSE).await;
        }
        let line = format!(
            "{} {operation} of {} {how} after {}",
            capitalised(self.noun),
            self.target,
            tf::duration::display(whole_seconds(lasted))
        );
        // Nobody who listens any more: the work is over all the same.
        let _ = self.to.send(line).await;
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Events {
    fn accepted(&self, operation: &str, origin: Origin, results: &Results) {
        let (noun, target) = (self.noun, &self.target);
        let mut line = match origin {
            Origin::Answered => format!("{} {operation} of {target} was accepted", capitalised(noun)),
            Origin::Found => format!(
                "{} {operation} of {target} was accepted: the answer was lost, and the service's records have it",
                capitalised(noun)
            ),
            Origin::Known | Origin::Joined => {
                format!("Joined {noun} {operation} of {target}, which was running already: no second one was sent")
            }
        };
        if let Some(point) = results.get("restore_point").and_then(Value::as_str) {
            line.push_str(&format!("; the data goes back to {point}"));
        }
        if let Some(lately) = self.lately.as_ref().filter(|lately| lately.operation != operation) {
            line.push_str(&format!("; note that the same {noun} ended lately: {}", words::brief(lately)));
        }
        let now = Instant::now();
        let mut said = self.said();
        said.accepted = Some(now);
        said.last = Some(now);
        // The first line always finds room.
        self.to.tell(line);
    }

    fn in_doubt(&self, _attempt: &Attempt) {
        // The first line has the ID: until there is one, there is nothing to say.
    }

    fn seen(&self, record: &Record) {
        let state = State { status: record.status.clone(), tenths: tenths(record) };
        let mut said = self.said();
        // What comes too early is not lost: the next look finds it still unsaid.
        if said.state.as_ref() == Some(&state) || said.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        // Services tell 100% of work that waits, and of work that has ended.
        let percent = state.tenths.filter(|tenths| *tenths < 10).map(|tenths| format!(", {}%", tenths * 10));
        let percent = percent.unwrap_or_default();
        self.to.tell(format!("{} {}: status {}{percent}", capitalised(self.noun), record.operation, record.status));
        said.last = Some(Instant::now());
        said.state = Some(state);
    }
}

/// The id of the operation that a run was about, if it came to one.
pub(super) fn operation_of(ended: &Ended) -> Option<&str> {
    match ended {
        Ended::NotStarted(_) | Ended::InDoubt(..) => None,
        Ended::UnderWay(operation, _)
        | Ended::Over(operation, _)
        | Ended::Unsettled(operation, ..)
        | Ended::Left(operation, ..) => Some(operation),
    }
}

fn tenths(record: &Record) -> Option<i64> {
    match record.results.get("progress") {
        Some(Value::Number(number)) => Some((number.as_f64() / 10.0).clamp(0.0, 10.0) as i64),
        _ => None,
    }
}

fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs_f64().round() as u64)
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use engine::work::Failure;
    use tf::events::NobodyListens;

    use super::*;

    /// Keeps what was said, with its second.
    #[derive(Default)]
    struct Heard(Mutex<Vec<(u64, String)>>, Mutex<Option<Instant>>);

    impl Heard {
        fn hear(&self, line: String) {
            let began = *self.1.lock().unwrap().get_or_insert_with(Instant::now);
            self.0.lock().unwrap().push((began.elapsed().as_secs(), line));
        }
    }

    #[async_trait]
    impl EventSink<String> for Heard {
        async fn send(&self, line: String) -> Result<(), NobodyListens> {
            self.hear(line);
            Ok(())
        }

        fn tell(&self, line: String) {
            self.hear(line);
        }
    }

    fn record(status: &str, progress: Progress, percent: Option<i64>) -> Record {
        let results = percent.map(|percent| ("progress", Value::from(percent))).into_iter().collect();
        Record { operation: "r-1".into(), status: status.into(), progress, results, ..Record::default() }
    }

    fn events(lately: Option<Record>) -> (Arc<Heard>, Events) {
        let heard = Arc::new(Heard::default());
        let to: Arc<dyn EventSink<String>> = heard.clone();
        (heard, Events::new(to, "restore", "DCS instance i".into(), lately))
    }

    #[tokio::test(start_paused = true)]
    async fn one_line_a_second_for_each_change_and_each_tenth() {
        let (heard, events) = events(None);
        events.accepted(
            "r-1",
            Origin::Answered,
            &Results::from([("restore_point", Value::from("2026-11-20T02:13:00Z"))]),
        );
        // Half a second each: status, percent.
        let looks = [
            ("waiting", Some(100)),
            ("waiting", Some(100)),
            ("restoring", Some(3)),
            ("restoring", Some(12)),
            ("restoring", Some(19)),
            ("restoring", Some(19)),
            ("restoring", Some(35)),
            ("restoring", Some(64)),
            ("restoring", Some(64)),
        ];
        for (status, percent) in looks {
            tokio::time::sleep(PAUSE / 2).await;
            events.seen(&record(status, Progress::Running, percent));
        }
        events.end(&Ended::Over("r-1".into(), record("succeed", Progress::Succeeded, None))).await;
        assert_eq!(
            *heard.0.lock().unwrap(),
            [
                (
                    0,
                    "Restore r-1 of DCS instance i was accepted; the data goes back to 2026-11-20T02:13:00Z".to_owned()
                ),
                (1, "Restore r-1: status waiting".to_owned()),
                (2, "Restore r-1: status restoring, 10%".to_owned()),
                (3, "Restore r-1: status restoring, 30%".to_owned()),
                (4, "Restore r-1: status restoring, 60%".to_owned()),
                (5, "Restore r-1 of DCS instance i ended well after 5s".to_owned()),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_line_says_how_it_came_about() {
        for (origin, words) in [
            (Origin::Answered, "was accepted"),
            (Origin::Found, "the answer was lost"),
            (Origin::Joined, "no second one was sent"),
            (Origin::Known, "no second one was sent"),
        ] {
            let (heard, events) = events(Some(Record { operation: "r-0".into(), ..Record::default() }));
            events.in_doubt(&Attempt::default());
            events.accepted("r-1", origin, &Results::new());
            let said = heard.0.lock().unwrap().clone();
            assert_eq!(said.len(), 1);
            for part in ["r-1", words, "ended lately: r-0"] {
                assert!(said[0].1.contains(part), "{part}: {said:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_line_tells_ends_and_nothing_else() {
        let over = |progress| Ended::Over("r-1".into(), record("x", progress, None));
        for (ended, words) in [
            (over(Progress::Succeeded), Some("ended well after 0s")),
            (over(Progress::Failed(Failure::default())), Some("failed after 0s")),
            (Ended::UnderWay("r-1".into(), None), None),
            (Ended::Left("r-1".into(), None, engine::outcome::Interruption::Stopped), None),
        ] {
            let (heard, events) = events(None);
            events.end(&ended).await;
            let said = heard.0.lock().unwrap().clone();
            match words {
                Some(words) => assert!(said[0].1.contains(words), "{said:?}"),
                None => assert!(said.is_empty(), "{said:?}"),
            }
        }
    }
}
