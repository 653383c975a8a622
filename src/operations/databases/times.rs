//! The stretches of time that an instance can be restored to: as a check, and as a look-up shows them.

use std::cmp::Reverse;

use cloud::dbs::Interval;
use tf::{Attribute, Mode, Type, Value};

use crate::operations::checks::{Finding, Read};
use crate::operations::lookup::member::{self, Member};
use crate::operations::words::second;
use engine::work::Results;

/// No document says whether the ends of an interval belong to it or were rounded up: a moment this far inside lies in the
/// interval either way. Milliseconds.
const SAFE: i64 = 1000;

/// Whether a moment (epoch milliseconds) lies in an interval. Its ends count in whole seconds: the second that is named
/// belongs to the interval.
pub fn holds(interval: &Interval, time: i64) -> bool {
    let Some((start, end)) = interval.start_ms().zip(interval.end_ms()) else { return false };
    let seconds = time.div_euclid(1000);
    start.div_euclid(1000) <= seconds && seconds <= end.div_euclid(1000)
}

/// Whether an instance (`of`: `DDM instance 5d1e…`) can be restored to a moment. `makes` says what makes such moments.
pub fn check(read: &Read<Vec<Interval>>, time: i64, of: &str, makes: &str) -> Vec<Finding> {
    let asked = cloud::time::from_millis(time).map(second).unwrap_or_else(|| format!("{time} ms"));
    let what = || format!("whether {of} can be recovered to {asked}");
    let intervals = match read {
        Ok(intervals) => intervals,
        Err(error) => return vec![Finding::unread(what(), error)],
    };
    let unreadable = intervals.iter().find(|interval| interval.start_ms().zip(interval.end_ms()).is_none());
    if let Some(interval) = unreadable {
        let ends = format!("{:?} to {:?}", interval.start_time, interval.end_time);
        return vec![Finding::unchecked(what(), format!("the service tells an interval of unreadable times: {ends}"))];
    }
    if intervals.iter().any(|interval| holds(interval, time)) {
        return Vec::new();
    }
    let mut known: Vec<(i64, i64)> =
        intervals.iter().filter_map(|interval| interval.start_ms().zip(interval.end_ms())).collect();
    known.sort_unstable();
    let lines: Vec<String> = known.iter().map(|(start, end)| line(*start, *end)).collect();
    let (list, hint) = match known.last() {
        None => ("  (none)".to_owned(), format!(" {makes}")),
        Some((_, end)) if *end < time => (
            lines.join("\n"),
            " The last end moves on with time, so a moment that is only just past can be recovered to later."
                .to_owned(),
        ),
        Some(_) => (lines.join("\n"), String::new()),
    };
    vec![Finding::broken(
        "restore_time",
        format!("{of} cannot be recovered to {asked}"),
        format!(
            "restore_time = {time} lies in none of the times that the service offers for it:\n\n{list}\n\nChoose a moment within one of these, ends included.{hint}"
        ),
    )]
}

fn line(start: i64, end: i64) -> String {
    let words = |millis: i64| cloud::time::from_millis(millis).map(second).unwrap_or_else(|| millis.to_string());
    format!("  {} to {}  ({start} to {end})", words(start), words(end))
}

/// What a look-up of these times answers besides its arguments.
pub fn attributes(ends: &'static str) -> Vec<Attribute> {
    vec![
        member::list_attribute("intervals", ends, &members()),
        Attribute::new(
            "latest",
            Type::Number,
            Mode::Computed,
            "The latest moment that is sure to lie in an interval, in the milliseconds that `restore_time` takes: one second before the \
             end of the newest interval, because the ends are rounded. Null if there is none.",
        ),
        Attribute::computed("latest_time", "`latest` as RFC 3339 in UTC."),
    ]
}

/// The values of [`attributes`], newest first.
pub fn found(instance: &str, intervals: &[Interval]) -> Results {
    let mut intervals: Vec<&Interval> = intervals.iter().collect();
    // An unreadable end comes last: nothing is less than none.
    intervals
        .sort_by_cached_key(|interval| (Reverse((interval.end_ms(), interval.start_ms())), interval.end_time.clone()));
    let latest = intervals.iter().copied().find_map(safe_moment);
    let latest_time = latest.and_then(cloud::time::from_millis).map(cloud::time::rfc3339);
    Results::from([
        ("id", Value::from(instance)),
        ("intervals", member::objects(&members(), intervals)),
        ("latest", latest.map_or(Value::Null, Value::from)),
        ("latest_time", latest_time.map_or(Value::Null, Value::from)),
    ])
}

/// The latest moment that surely lies in the interval; `None` for one that is too short or cannot be read.
fn safe_moment(interval: &Interval) -> Option<i64> {
    let (start, end) = (interval.start_ms()?, interval.end_ms()?);
    (start.saturating_add(SAFE) <= end.saturating_sub(SAFE)).then(|| end.saturating_sub(SAFE))
}

fn members() -> Vec<Member<Interval>> {
    vec![
        Member::value("start_time", Type::String, "First moment, RFC 3339 in UTC.", |interval: &Interval| {
            shown(interval.start_ms(), interval.start_time.as_deref())
        }),
        Member::value("end_time", Type::String, "Last moment, RFC 3339 in UTC.", |interval: &Interval| {
            shown(interval.end_ms(), interval.end_time.as_deref())
        }),
        Member::whole("start_time_ms", "`start_time` in milliseconds since 1970-01-01 UTC.", Interval::start_ms),
        Member::whole("end_time_ms", "`end_time` in milliseconds since 1970-01-01 UTC.", Interval::end_ms),
    ]
}

/// A moment as RFC 3339; what cannot be read stays as the service writes it.
fn shown(millis: Option<i64>, text: Option<&str>) -> Value {
    match millis.and_then(cloud::time::from_millis) {
        Some(moment) => Value::from(cloud::time::rfc3339(moment)),
        None => text.map_or(Value::Null, Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::column;

    fn interval(start: &str, end: &str) -> Interval {
        Interval { start_time: Some(start.into()), end_time: Some(end.into()) }
    }

    fn facts(intervals: &[Interval]) -> Results {
        let facts = found("s", intervals);
        let names: Vec<&str> = attributes("").iter().map(|attribute| attribute.name).collect();
        assert!(names.iter().all(|name| facts.contains_key(name)), "{facts:?}");
        facts
    }

    #[test]
    fn the_latest_moment_lies_inside_the_newest_interval() {
        let facts = facts(&[
            interval("2026-01-01T00:00:00+0000", "2026-01-02T00:00:00+0000"),
            interval("2026-01-03T00:00:00+0000", "2026-01-04T02:00:05+0200"),
            interval("soon", "later"),
            Interval::default(),
        ]);
        assert_eq!(
            column(&facts, "intervals", "end_time"),
            ["2026-01-04T00:00:05Z", "2026-01-02T00:00:00Z", "null", "later"]
        );
        assert_eq!(facts["latest_time"], Value::from("2026-01-04T00:00:04Z"));
        assert_eq!(facts["latest"], Value::from(1_767_484_804_000));
    }

    #[test]
    fn an_interval_too_short_for_a_sure_moment_is_passed_over() {
        let old = interval("2026-01-01T00:00:00+0000", "2026-01-01T00:00:02+0000");
        let short = interval("2026-01-03T00:00:00+0000", "2026-01-03T00:00:01+0000");
        assert_eq!(facts(&[old, short.clone()])["latest_time"], Value::from("2026-01-01T00:00:01Z"));
        assert_eq!(facts(&[short])["latest"], Value::Null);
        assert_eq!(facts(&[])["intervals"], Value::List(Vec::new()));
    }

    #[test]
    fn milliseconds_stand_beside_the_text() {
        let Value::List(intervals) = &facts(&[interval("2025-05-20T09:12:32+0000", "never")])["intervals"] else {
            panic!("no list")
        };
        let expected = Value::object([
            ("start_time", Value::from("2025-05-20T09:12:32Z")),
            ("end_time", Value::from("never")),
            ("start_time_ms", Value::from(1_747_732_352_000)),
            ("end_time_ms", Value::Null),
        ]);
        assert_eq!(intervals, &[expected]);
    }
}
