//! `recovery_ddm_restore_times`: the moments that a DDM instance can be restored to (API v3, restoration time range).

use std::cmp::Reverse;

use async_trait::async_trait;
use cloud::Scope;
use cloud::ddm::Interval;
use tf::{Attribute, Diagnostic, Mode, Type, Value};

use super::checks::Reader;
use crate::operations::common::required;
use crate::operations::lookup::member::{self, Member};
use crate::operations::lookup::{Lookup, SHARED, unreadable};
use crate::runtime::Runtime;
use engine::work::Results;

/// The look-up.
pub struct DdmRestoreTimes;

/// The ends of an interval count in whole seconds, and no document says whether they belong to it or were rounded up: a
/// moment this far inside lies in the interval either way. Milliseconds.
const SAFE: i64 = 1000;

#[async_trait]
impl Lookup for DdmRestoreTimes {
    fn type_name(&self) -> &'static str {
        "recovery_ddm_restore_times"
    }

    fn description(&self) -> &'static str {
        "The moments that a DDM instance can be restored to, as intervals, newest first. **The intervals move with the time**: whoever takes \
         `latest` as the `restore_time` of `recovery_ddm_restore` adds `ignore_changes = [restore_time]`, because a change of it restores \
         again."
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            source_instance_id(),
            member::list_attribute(
                "intervals",
                "The intervals, newest first; empty if there is no moment to restore to. The service counts their ends in whole seconds.",
                &members(),
            ),
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

    async fn look_up(&self, runtime: &Runtime, scope: &Scope, config: &Value) -> Result<Results, Diagnostic> {
        let source = required(config, "source_instance_id");
        match reader(runtime, scope).intervals(&source).await {
            Ok(intervals) => Ok(found(&source, &intervals)),
            Err(error) => {
                let of = format!("DDM instance {source}");
                Err(unreadable(
                    &error,
                    scope,
                    &format!("The times that {of} can be restored to"),
                    &of,
                    "source_instance_id",
                ))
            }
        }
    }
}

/// The instance that is restored from.
pub(super) fn source_instance_id() -> Attribute {
    Attribute::required("source_instance_id", "ID of the DDM instance whose data is restored.")
        .check(tf::validate::check_id)
}

/// Reads what plans read too.
pub(super) fn reader<'a>(runtime: &'a Runtime, scope: &'a Scope) -> Reader<'a> {
    Reader { lists: &runtime.engine.lists, scope, freshness: SHARED }
}

fn found(source: &str, intervals: &[Interval]) -> Results {
    let mut intervals: Vec<&Interval> = intervals.iter().collect();
    // An unreadable end comes last: nothing is less than none.
    intervals
        .sort_by_cached_key(|interval| (Reverse((interval.end_ms(), interval.start_ms())), interval.end_time.clone()));
    let latest = intervals.iter().copied().find_map(safe_moment);
    let latest_time = latest.and_then(cloud::time::from_millis).map(cloud::time::rfc3339);
    Results::from([
        ("id", Value::from(source)),
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
        Member::time("start_time", "First moment, RFC 3339 in UTC.", |interval| interval.start_time.as_deref()),
        Member::time("end_time", "Last moment, RFC 3339 in UTC.", |interval| interval.end_time.as_deref()),
        Member::whole("start_time_ms", "`start_time` in milliseconds since 1970-01-01 UTC.", Interval::start_ms),
        Member::whole("end_time_ms", "`end_time` in milliseconds since 1970-01-01 UTC.", Interval::end_ms),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::lookup::testing::{assert_fits, column};

    fn interval(start: &str, end: &str) -> Interval {
        Interval { start_time: Some(start.into()), end_time: Some(end.into()) }
    }

    fn facts(intervals: &[Interval]) -> Results {
        let facts = found("s", intervals);
        assert_fits(&DdmRestoreTimes, &facts);
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
