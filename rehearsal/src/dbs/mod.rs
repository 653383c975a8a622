//! What the database services RDS and DDS have in common: their records, what these show at an instant, and the wire forms.
//!
//! **Invariants.** Nothing here stores a status that passes by itself: records store instants. Knows neither of the two
//! services; each of them decides which of these forms it speaks.

mod defaults;
mod records;
mod wire;

pub use records::{Backup, Instance, Job};

pub(crate) use wire::{
    ApiError, Page, blank_instant, body, instant, integer, object, owned, required, required_string, string,
};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::formats;

/// When everything of the built-in worlds was made.
pub(crate) fn since() -> Timestamp {
    "2025-01-01T00:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A name that shows where a record comes from that a rehearsal made up.
pub(crate) fn label(kind: &str, id: &str) -> String {
    format!("{kind}-{}", id.get(..8).unwrap_or(id))
}

/// The stretch of time that an instance can be restored to, of one day (UTC) if it is given; none where it has no end yet.
pub(crate) fn restorable(
    instance: &Instance,
    lag: f64,
    date: Option<Date>,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let (mut start, mut end) = (instance.restorable_from?, formats::earlier(now, lag));
    if let Some(date) = date {
        let of = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        let day = of(date)?;
        start = start.max(day);
        end = end.min(formats::later(day, 86_399.999, 1.0));
    }
    (start <= end).then_some((start, end))
}
