//! Formats that values take, shared by the services: identifiers, instants, pages of a list, and reading JSON.

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The instant that lies `seconds` of the cloud's own time after `from`, in a cloud that runs `speed` times faster.
/// Nonsense (a speed of zero, a negative or infinite duration) counts as no delay at all.
pub(crate) fn later(from: Timestamp, seconds: f64, speed: f64) -> Timestamp {
    let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
    let seconds = (seconds / speed).max(0.0);
    let delay = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::ZERO);
    from.checked_add(delay).unwrap_or(Timestamp::MAX)
}

/// The instant `seconds` of real time before `from`.
pub(crate) fn earlier(from: Timestamp, seconds: f64) -> Timestamp {
    let delay = SignedDuration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(SignedDuration::ZERO);
    from.checked_sub(delay).unwrap_or(Timestamp::MIN)
}

/// How far `now` is on the way from `start` to `end`, 0 to 100.
pub(crate) fn percent(start: Timestamp, end: Timestamp, now: Timestamp) -> u8 {
    let whole = end.duration_since(start).as_secs_f64();
    let gone = now.duration_since(start).as_secs_f64();
    if whole <= 0.0 {
        return 100;
    }
    // The clamp keeps the value within u8; the fraction is of no interest.
    (gone / whole * 100.0).clamp(0.0, 100.0) as u8
}

/// 32 lower-case hexadecimal digits that nothing else in this world has: made from a serial number and the instant.
pub(crate) fn hex_id(kind: &str, serial: u64, now: Timestamp) -> String {
    let digest = Sha256::digest(format!("{kind}/{serial}/{now}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The same in the form of a random UUID (version 4).
pub(crate) fn uuid(kind: &str, serial: u64, now: Timestamp) -> String {
    let hex: Vec<char> = hex_id(kind, serial, now).chars().collect();
    let mut text = String::with_capacity(36);
    for (position, digit) in hex.into_iter().enumerate() {
        if matches!(position, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(match position {
            12 => '4',
            16 => 'a',
            _ => digit,
        });
    }
    text
}

/// Whether the text has the dashed form of a UUID, in either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Reads an instant of a query: RFC 3339, or the same without a zone, which means UTC.
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    let naive = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| naive().map(|zoned| zoned.timestamp()))
}

/// Compares version numbers such as `8.0.32` part by part; a missing part counts as zero, and so does a part that is
/// no number.
pub(crate) fn compare_versions(left: &str, right: &str) -> std::cmp::Ordering {
    let parts = |text: &str| -> Vec<u64> { text.split('.').map(|part| part.trim().parse().unwrap_or(0)).collect() };
    let (mut left, mut right) = (parts(left), parts(right));
    let length = left.len().max(right.len());
    left.resize(length, 0);
    right.resize(length, 0);
    left.cmp(&right)
}

/// The sum, or the largest number where it would not fit.
pub(crate) fn total(values: impl Iterator<Item = u64>) -> u64 {
    values.fold(0, u64::saturating_add)
}

/// `limit` records from `offset` on.
pub(crate) fn window<T>(records: Vec<T>, offset: u64, limit: u64) -> Vec<T> {
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = usize::try_from(limit).unwrap_or(usize::MAX);
    records.into_iter().skip(skip).take(take).collect()
}

/// Deserializes a part; errors begin with its place.
pub(crate) fn read<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, String> {
    reader::read(value).map_err(|problem| {
        let whole = match (place, problem.place()) {
            (place, "") => place.to_owned(),
            ("", path) => path.to_owned(),
            (place, path) => format!("{place}.{path}"),
        };
        if whole.is_empty() { problem.text().to_owned() } else { format!("{whole}: {}", problem.text()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn later_divides_by_speed_and_ignores_nonsense() {
        let start = at("2026-01-01T00:00:00Z");
        for (seconds, speed, expected) in [
            (60.0, 1.0, "2026-01-01T00:01:00Z"),
            (60.0, 60.0, "2026-01-01T00:00:01Z"),
            (60.0, 0.0, "2026-01-01T00:01:00Z"),
            (-5.0, 1.0, "2026-01-01T00:00:00Z"),
            (f64::INFINITY, 1.0, "2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(later(start, seconds, speed), at(expected), "{seconds} at {speed}");
        }
        assert_eq!(later(start, 1e18, 1.0), Timestamp::MAX);
    }

    #[test]
    fn identifiers_are_unique_and_well_formed() {
        let now = at("2026-01-01T00:00:00Z");
        let id = uuid("log", 1, now);
        assert!(is_uuid(&id), "{id}");
        assert_ne!(id, uuid("log", 2, now));
        assert_ne!(id, uuid("backup", 1, now));
        assert_eq!(hex_id("job", 1, now).len(), 32);
    }

    #[test]
    fn uuids_are_told_from_other_texts() {
        for (text, expected) in [
            ("a5200268-74a5-4806-acc6-95793ab0228b", true),
            ("A5200268-74A5-4806-ACC6-95793AB0228B", true),
            ("a520026874a54806acc695793ab0228b", false),
            ("a5200268-74a5-4806-acc6-95793ab0228g", false),
            ("my-backup", false),
            ("", false),
        ] {
            assert_eq!(is_uuid(text), expected, "{text}");
        }
    }

    #[test]
    fn instants_are_read_with_and_without_a_zone() {
        let expected = at("2026-02-03T04:05:06Z");
        assert_eq!(parse_instant("2026-02-03T04:05:06Z"), Some(expected));
        assert_eq!(parse_instant("2026-02-03T06:05:06+02:00"), Some(expected));
        assert_eq!(parse_instant("2026-02-03T04:05:06"), Some(expected));
        assert_eq!(parse_instant("yesterday"), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        for (left, right, expected) in [
            ("8.0.32", "8.0.4", Ordering::Greater),
            ("5.7", "5.7.0", Ordering::Equal),
            ("2.3.2.10", "2.3.2.11", Ordering::Less),
            ("", "1", Ordering::Less),
        ] {
            assert_eq!(compare_versions(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn percentages_stay_in_range() {
        let start = at("2026-01-01T00:00:00Z");
        let end = at("2026-01-01T00:01:40Z");
        assert_eq!(percent(start, end, at("2025-12-31T00:00:00Z")), 0);
        assert_eq!(percent(start, end, at("2026-01-01T00:00:30Z")), 30);
        assert_eq!(percent(start, end, at("2027-01-01T00:00:30Z")), 100);
        assert_eq!(percent(start, start, start), 100);
    }
}
