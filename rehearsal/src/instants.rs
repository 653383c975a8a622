//! Instants: how a scenario writes them and how each API prints them.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// The instant `seconds` after (or, negative, before) `instant`; the same instant where the calendar ends.
#[must_use]
pub fn plus_seconds(instant: Timestamp, seconds: f64) -> Timestamp {
    // Casting saturates, so that a nonsense number of a scenario stays a number.
    let millis = (seconds * 1000.0) as i64;
    instant.checked_add(SignedDuration::from_millis(millis)).unwrap_or(instant)
}

/// Seconds from `earlier` to `later`, negative when they are the other way round.
#[must_use]
pub fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

/// `2019-05-10T08:31:16.166Z`: records of DCS.
#[must_use]
pub fn millis(instant: Timestamp) -> String {
    let fraction = instant.as_millisecond().rem_euclid(1000);
    format!("{}.{fraction:03}Z", whole(instant))
}

/// `2015-11-09T01:42:57.527363Z`: tokens of IAM.
#[must_use]
pub fn micros(instant: Timestamp) -> String {
    let fraction = instant.as_microsecond().rem_euclid(1_000_000);
    format!("{}.{fraction:06}Z", whole(instant))
}

/// `20190510083116`: names of records and time filters of DCS.
#[must_use]
pub fn digits(instant: Timestamp) -> String {
    instant.strftime("%Y%m%d%H%M%S").to_string()
}

/// `20250527T023815Z`: header `X-Sdk-Date`.
#[must_use]
pub fn sdk_date(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `Tue, 27 May 2025 02:38:15 GMT`: header `Date`.
#[must_use]
pub fn http_date(instant: Timestamp) -> String {
    instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads `yyyyMMddHHmmss` as UTC.
#[must_use]
pub fn parse_digits(text: &str) -> Option<Timestamp> {
    to_utc(DateTime::strptime("%Y%m%d%H%M%S", text).ok()?)
}

/// Reads `yyyyMMddTHHmmssZ`.
#[must_use]
pub fn parse_sdk_date(text: &str) -> Option<Timestamp> {
    to_utc(DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?)
}

/// Reads an instant of a scenario: RFC 3339, `now`, or a distance from `now` such as `-3d`, `-90m`, `+30s`.
#[must_use]
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    if text == "now" {
        return Some(now);
    }
    if text.starts_with(['-', '+']) {
        return Some(plus_seconds(now, parse_distance(text)?));
    }
    text.parse().ok()
}

fn parse_distance(text: &str) -> Option<f64> {
    let unit = match text.chars().last()? {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        _ => return None,
    };
    let number: f64 = text.get(..text.len() - 1)?.parse().ok()?;
    number.is_finite().then_some(number * unit)
}

fn whole(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn to_utc(civil: DateTime) -> Option<Timestamp> {
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// For `#[serde(with = "instants::required")]`.
pub mod required {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes RFC 3339.
    ///
    /// # Errors
    /// Only what the serializer itself reports.
    pub fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    /// Reads what [`super::parse`] reads; distances count from the moment of reading.
    ///
    /// # Errors
    /// When the text is no instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse(&text, Timestamp::now()).ok_or_else(|| {
            D::Error::custom(format!(
                "\"{text}\" is no instant: write RFC 3339 (2026-01-10T09:30:00Z), now, or a distance such as -3d"
            ))
        })
    }
}

/// For `#[serde(with = "instants::optional", default)]`.
pub mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Instant(#[serde(with = "super::required")] Timestamp);

    /// Writes RFC 3339 or null.
    ///
    /// # Errors
    /// Only what the serializer itself reports.
    pub fn serialize<S: Serializer>(instant: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => serializer.collect_str(instant),
            None => serializer.serialize_none(),
        }
    }

    /// Reads what [`super::parse`] reads, or null.
    ///
    /// # Errors
    /// When a text is no instant.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Instant>::deserialize(deserializer)?.map(|instant| instant.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_prints_its_own_form() {
        let instant: Timestamp = "2019-05-10T08:31:16.006Z".parse().unwrap();
        assert_eq!(millis(instant), "2019-05-10T08:31:16.006Z");
        assert_eq!(micros(instant), "2019-05-10T08:31:16.006000Z");
        assert_eq!(digits(instant), "20190510083116");
        assert_eq!(sdk_date(instant), "20190510T083116Z");
        assert_eq!(http_date(instant), "Fri, 10 May 2019 08:31:16 GMT");
        assert_eq!(parse_digits("20190510083116").map(millis).unwrap(), "2019-05-10T08:31:16.000Z");
        assert_eq!(parse_sdk_date("20190510T083116Z").map(millis).unwrap(), "2019-05-10T08:31:16.000Z");
    }

    #[test]
    fn scenario_instants() {
        let now: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("now", Some("2026-01-10T00:00:00.000Z")),
            ("-3d", Some("2026-01-07T00:00:00.000Z")),
            ("-90m", Some("2026-01-09T22:30:00.000Z")),
            ("+30s", Some("2026-01-10T00:00:30.000Z")),
            ("2025-12-31T23:00:00+01:00", Some("2025-12-31T22:00:00.000Z")),
            ("-3", None),
            ("-x", None),
            ("-", None),
            ("yesterday", None),
            ("-é", None),
        ] {
            assert_eq!(parse(text, now).map(millis).as_deref(), expected, "{text}");
        }
    }
}
