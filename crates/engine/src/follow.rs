//! Polling until work ends: one loop, cheap at first and in proportion later.

use std::time::Duration;

use cloud::Error;
use tokio::time::Instant;

use super::outcome::Interruption;
use super::work::{Freshness, Progress, Readiness, Record, Work};
use super::{Bounds, End, Engine};

/// How a wait ended.
#[derive(Debug)]
pub enum Followed {
    /// The work ended, well or badly, and after a good end the target is usable again.
    Ended(Record),
    /// The work ended well, but its target needs help. The text says why.
    Unsettled(Record, String),
    /// The wait ended before the work did.
    Interrupted(Option<Record>, Interruption),
}

/// How long a status word that no document lists is taken as "running".
const UNRECOGNISED_GRACE: Duration = Duration::from_secs(300);
/// How long work that was accepted may be missing from the records.
const UNLISTED_GRACE: Duration = Duration::from_secs(180);
/// How many refusals in a row (not passing ones) end a wait.
const REFUSALS: u32 = 4;

/// The shortest pause.
const SHORTEST: Duration = Duration::from_millis(500);

/// The pause before the next look, at the most: a twelfth of the time waited so far, so that the overshoot stays under 10% of the
/// operation's duration, between half a second and thirty.
pub fn pause(waited: Duration) -> Duration {
    (waited / 12).clamp(SHORTEST, Duration::from_secs(30))
}

/// The common moments at which all look who follow something: those who wait for one list then meet at one read of it, and
/// nobody has to take an answer from before his own look.
#[derive(Clone, Copy, Debug)]
pub struct Beat(Instant);

impl Default for Beat {
    fn default() -> Beat {
        Beat(Instant::now())
    }
}

impl Beat {
    /// The next common moment for somebody who pauses for so long at the most. Steps double from half a second, so that a
    /// longer one falls on moments of each shorter one.
    fn next(self, now: Instant, pause: Duration) -> Instant {
        let mut step = SHORTEST;
        while step * 2 <= pause {
            step *= 2;
        }
        let passed = now.saturating_duration_since(self.0);
        let steps = passed.as_millis() / step.as_millis() + 1;
        let wait = steps * step.as_millis() - passed.as_millis();
        now + Duration::from_millis(u64::try_from(wait).unwrap_or(u64::MAX)).min(step)
    }
}

impl Engine {
    /// Follows a piece of work to its end and its target to usability. `seen` gets every new look at the record.
    pub(crate) async fn follow(
        &self,
        work: &dyn Work,
        operation: &str,
        bounds: &Bounds,
        seen: &(dyn Fn(&Record) + Send + Sync),
    ) -> Followed {
        let mut wait = Wait::new(bounds, self.beat);
        let record = loop {
            // Whoever comes a little late to the common moment takes what was read there.
            let freshness = Freshness::Within(wait.pause() / 10);
            let looked = match bounds.within(work.look(&self.lists, operation, freshness)).await {
                Ok(looked) => looked,
                Err(end) => return wait.ended(end, "it to end"),
            };
            match looked {
                Ok(Some(mut record)) => {
                    wait.refusals = 0;
                    wait.listed = Instant::now();
                    wait.last = Some(record.clone());
                    if let Progress::Failed(_) = record.progress {
                        work.explain(&mut record).await;
                    }
                    wait.note(work, operation, &record);
                    seen(&record);
                    match record.progress {
                        Progress::Failed(_) | Progress::Spent => return Followed::Ended(record),
                        Progress::Succeeded => break record,
                        Progress::Running => wait.unrecognised_since = None,
                        Progress::Unrecognised if wait.unrecognised_for() > UNRECOGNISED_GRACE => {
                            let word = record.status.clone();
                            return wait.interrupted(Interruption::Unrecognised(word));
                        }
                        Progress::Unrecognised => {}
                    }
                }
                Ok(None) if wait.listed.elapsed() > UNLISTED_GRACE => return wait.interrupted(Interruption::Vanished),
                Ok(None) => wait.refusals = 0,
                Err(error) => {
                    if let Some(end) = wait.refused(error) {
                        return end;
                    }
                }
            }
            if let Err(end) = wait.sleep("it to end").await {
                return end;
            }
        };
        self.until_usable(work, record, wait).await
    }

    async fn until_usable(&self, work: &dyn Work, record: Record, mut wait: Wait<'_>) -> Followed {
        loop {
            let read = match wait.bounds.within(work.settled(&self.lists, &record)).await {
                Ok(read) => read,
                Err(end) => return wait.ended(end, &format!("{} to be usable again", work.target())),
            };
            let what = match read {
                Ok(Readiness::Ready) => return Followed::Ended(record),
                Ok(Readiness::Broken(why)) => return Followed::Unsettled(record, why),
                Ok(Readiness::Busy(why) | Readiness::Occupied(why) | Readiness::Unclear(why)) => {
                    wait.refusals = 0;
                    format!("{} to be usable again ({why})", work.target())
                }
                Err(error) => {
                    let what = format!("{} to be usable again", work.target());
                    if let Some(end) = wait.refused(error) {
                        return end;
                    }
                    what
                }
            };
            if let Err(end) = wait.sleep(&what).await {
                return end;
            }
        }
    }
}

/// What one wait remembers.
struct Wait<'a> {
    bounds: &'a Bounds,
    beat: Beat,
    began: Instant,
    /// When it was on record last; in the beginning, when the wait began.
    listed: Instant,
    last: Option<Record>,
    noted: Option<(String, Instant)>,
    unrecognised_since: Option<Instant>,
    refusals: u32,
}

impl<'a> Wait<'a> {
    fn new(bounds: &'a Bounds, beat: Beat) -> Wait<'a> {
        let now = Instant::now();
        Wait { bounds, beat, began: now, listed: now, last: None, noted: None, unrecognised_since: None, refusals: 0 }
    }

    fn waited(&self) -> Duration {
        self.began.elapsed()
    }

    fn pause(&self) -> Duration {
        pause(self.waited())
    }

    fn unrecognised_for(&mut self) -> Duration {
        self.unrecognised_since.get_or_insert_with(Instant::now).elapsed()
    }

    fn ended(&self, end: End, what: &str) -> Followed {
        self.interrupted(match end {
            End::Stopped => Interruption::Stopped,
            End::TimedOut => Interruption::TimedOut(what.to_owned()),
        })
    }

    fn interrupted(&self, why: Interruption) -> Followed {
        Followed::Interrupted(self.last.clone(), why)
    }

    /// Passing errors are ridden out until the deadline; others are asked again a few times, because a gateway that
    /// stumbles looks like a refusal for a moment.
    fn refused(&mut self, error: Error) -> Option<Followed> {
        if error.is_transient() {
            tracing::warn!(error = %error, "could not look at the operation, looking again");
            return None;
        }
        self.refusals += 1;
        (self.refusals >= REFUSALS).then(|| self.interrupted(Interruption::Unreadable(error)))
    }

    /// Sleeps until the next look, or ends the wait. The last look falls on the deadline itself.
    async fn sleep(&self, what: &str) -> Result<(), Followed> {
        let now = Instant::now();
        if now >= self.bounds.deadline {
            return Err(self.ended(End::TimedOut, what));
        }
        let next = self.beat.next(now, self.pause()).min(self.bounds.deadline);
        tokio::select! {
            biased;
            () = self.bounds.stop.cancelled() => Err(self.ended(End::Stopped, what)),
            () = tokio::time::sleep_until(next) => Ok(()),
        }
    }

    /// Tells progress in the log: whenever it changes, and every half minute.
    fn note(&mut self, work: &dyn Work, operation: &str, record: &Record) {
        let progress = match record.results.get("progress") {
            Some(tf::Value::Number(percent)) => format!("{percent}%"),
            _ => String::new(),
        };
        let text = format!("{} {progress}", record.status);
        let due = match &self.noted {
            None => true,
            Some((noted, at)) => *noted != text || at.elapsed() >= Duration::from_secs(30),
        };
        if due {
            tracing::info!(
                operation,
                target = work.target(),
                status = record.status,
                progress,
                waited_s = self.waited().as_secs(),
                "{} goes on",
                work.effect().noun()
            );
            self.noted = Some((text, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeWork, bounds};
    use super::*;

    async fn overshoot(duration: Duration) -> (Duration, usize) {
        let work = FakeWork::lasting(duration).started_elsewhere();
        let began = Instant::now();
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(36_000)), &|_| {}).await;
        assert!(matches!(end, Followed::Ended(_)), "{end:?}");
        (began.elapsed() - duration, work.looks())
    }

    #[tokio::test(start_paused = true)]
    async fn overshoot_stays_under_a_tenth_or_a_second() {
        for seconds in [2, 5, 10, 14, 30, 60, 300, 600, 1800] {
            let duration = Duration::from_secs(seconds);
            let (late, looks) = overshoot(duration).await;
            let allowed = Duration::from_secs(1).max(duration / 10);
            assert!(late <= allowed, "{seconds} s: {late:?} late, {looks} looks");
            eprintln!("operation of {seconds} s: seen {late:?} late with {looks} looks");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_follow_at_the_same_time_meet() {
        // Hundreds that began one after the other, for ten minutes: all their looks, and the moments at which there is one.
        let beat = Beat::default();
        let (mut looks, mut moments) = (0, std::collections::BTreeSet::new());
        for follower in 0..300 {
            let began = beat.0 + Duration::from_millis(137 * follower);
            let mut now = began;
            while now < began + Duration::from_secs(600) {
                let allowed = pause(now - began);
                let next = beat.next(now, allowed);
                assert!(next > now && next - now <= allowed, "{:?} after {:?}", next - now, now - began);
                (now, looks) = (next, looks + 1);
                moments.insert(now);
            }
        }
        assert!(moments.len() * 50 < looks, "{} moments for {looks} looks", moments.len());
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_a_wait_and_keeps_the_last_record() {
        let work = FakeWork::lasting(Duration::from_secs(100)).started_elsewhere();
        let began = Instant::now();
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(30)), &|_| {}).await;
        assert!(matches!(end, Followed::Interrupted(Some(_), Interruption::TimedOut(_))), "{end:?}");
        assert_eq!(began.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn stop_ends_a_wait_at_once() {
        let work = FakeWork::lasting(Duration::from_secs(1000)).started_elsewhere();
        let bounds = bounds(Duration::from_secs(2000));
        let stop = bounds.stop.clone();
        let began = Instant::now();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(100)).await;
            stop.cancel();
        });
        let end = Engine::default().follow(&work, "op-1", &bounds, &|_| {}).await;
        assert!(matches!(end, Followed::Interrupted(Some(_), Interruption::Stopped)), "{end:?}");
        assert_eq!(began.elapsed(), Duration::from_secs(100));
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_word_is_running_for_a_while_and_then_named() {
        let mut work = FakeWork::lasting(Duration::from_secs(100_000)).started_elsewhere();
        work.word = Some("pondering");
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(36_000)), &|_| {}).await;
        let Followed::Interrupted(_, Interruption::Unrecognised(word)) = end else { panic!("{end:?}") };
        assert_eq!(word, "pondering");
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_is_listed_late_is_waited_for_and_never_listed_work_is_reported() {
        let mut work = FakeWork::lasting(Duration::from_secs(60)).started_elsewhere();
        work.listed_after = Duration::from_secs(30);
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(600)), &|_| {}).await;
        assert!(matches!(end, Followed::Ended(_)), "{end:?}");

        let mut work = FakeWork::lasting(Duration::from_secs(60)).started_elsewhere();
        work.listed_after = Duration::from_secs(100_000);
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(600)), &|_| {}).await;
        assert!(matches!(end, Followed::Interrupted(None, Interruption::Vanished)), "{end:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_good_end_waits_for_the_target() {
        let mut work = FakeWork::lasting(Duration::from_secs(10)).started_elsewhere();
        work.usable_after = Duration::from_secs(40);
        let began = Instant::now();
        let end = Engine::default().follow(&work, "op-1", &bounds(Duration::from_secs(600)), &|_| {}).await;
        assert!(matches!(end, Followed::Ended(_)), "{end:?}");
        assert!(began.elapsed() >= Duration::from_secs(40));
    }
}
