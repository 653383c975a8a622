//! Instants in all the forms that the services write.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use jiff::Timestamp;

/// Reads an instant in any documented form: RFC 3339 with `Z` or an offset, an offset without colon (`+0000`, DDM), a
/// fraction of any length, and the naive form without zone (CBR), which is UTC. `None` for everything else.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // Longer texts are no instants; the bound keeps a nonsense answer cheap.
    if text.is_empty() || text.len() > 64 {
        return None;
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    let with_colon = add_colon_to_offset(text);
    if let Ok(timestamp) = with_colon.parse::<Timestamp>() {
        return Some(timestamp);
    }
    text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The instant as RFC 3339 in UTC, with as many fraction digits as it has: `2025-05-20T09:12:32.076Z`.
pub fn rfc3339(timestamp: Timestamp) -> String {
    timestamp.to_string()
}

/// Reads any documented form and writes it as RFC 3339 in UTC; a text of unknown form is handed back as it is.
pub fn normalise(text: &str) -> String {
    parse(text).map(rfc3339).unwrap_or_else(|| text.to_owned())
}

/// Milliseconds since the epoch, as DDM counts them; fractions of a millisecond are dropped.
pub fn millis(timestamp: Timestamp) -> i64 {
    timestamp.as_millisecond()
}

/// The instant of so many milliseconds since the epoch; `None` out of the years -9999 to 9999.
pub fn from_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// The present moment of this machine's clock.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The form of query filters of CBR: whole seconds with `Z`.
pub(crate) fn whole_seconds(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The form of the `X-Sdk-Date` header: `20250527T023815Z`.
pub(crate) fn compact(timestamp: Timestamp) -> String {
    timestamp.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Reads the compact form of `X-Sdk-Date`, which gateways repeat in their complaint about an expired signature.
pub(crate) fn parse_compact(text: &str) -> Option<Timestamp> {
    DateTime::strptime("%Y%m%dT%H%M%SZ", text.trim()).ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Reads an HTTP `Date` header: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn parse_http(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp())
}

fn add_colon_to_offset(text: &str) -> String {
    let offset = text.len().checked_sub(5).and_then(|start| text.get(start..));
    match offset.map(str::as_bytes) {
        Some([b'+' | b'-', a, b, c, d]) if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()) => {
            let (head, minutes) = text.split_at(text.len() - 2);
            format!("{head}:{minutes}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_documented_forms_are_read() {
        for (text, millis) in [
            ("2025-05-20T09:12:32.076Z", 1_747_732_352_076),
            ("2025-05-20T09:12:32Z", 1_747_732_352_000),
            ("2025-05-20T09:12:32+0000", 1_747_732_352_000),
            ("2025-05-20T11:12:32+0200", 1_747_732_352_000),
            ("2025-05-20T09:12:32.076+00:00", 1_747_732_352_076),
            ("2025-05-20T09:12:32.076123", 1_747_732_352_076),
            ("2025-05-20T09:12:32", 1_747_732_352_000),
            ("2025-05-20 09:12:32", 1_747_732_352_000),
            ("2015-11-09T01:42:57.527363Z", 1_447_033_377_527),
        ] {
            assert_eq!(parse(text).map(super::millis), Some(millis), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_instant() {
        for text in ["", "yesterday", "2025-13-40T00:00:00Z", "1747732352076", "ü-0000", &"9".repeat(100)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn normalise_keeps_what_it_cannot_read() {
        assert_eq!(normalise("2025-05-20T09:40:40+0000"), "2025-05-20T09:40:40Z");
        assert_eq!(normalise("soon"), "soon");
    }

    #[test]
    fn wire_forms() {
        let instant = from_millis(1_747_732_352_076).unwrap();
        assert_eq!(compact(instant), "20250520T091232Z");
        assert_eq!(whole_seconds(instant), "2025-05-20T09:12:32Z");
        assert_eq!(parse_compact("20250520T091232Z"), from_millis(1_747_732_352_000));
        assert_eq!(parse_http("Tue, 20 May 2025 09:12:32 GMT"), from_millis(1_747_732_352_000));
    }
}
