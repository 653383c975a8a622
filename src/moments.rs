//! Moments as users write them: RFC 3339 text, and whole milliseconds since 1970-01-01 UTC.
//!
//! Stricter than what is read from the services: a user who wrote something else is told, because a moment that was
//! guessed wrong restores the wrong data.

use jiff::Timestamp;
use tf::{Diagnostics, Number, Path, Value};

/// The first moment whose milliseconds cannot be taken for seconds: 1973-03-03T09:46:40Z.
const FIRST_MS: i64 = 100_000_000_000;
/// The moment from which on milliseconds could be microseconds: 5138-11-16T09:46:40Z.
const END_MS: i64 = 100_000_000_000_000;

/// Milliseconds of a moment written as RFC 3339 with `Z` or an offset.
///
/// # Errors
/// Text of another form, digits beyond the millisecond (they are not cut, a restore would go to another moment), a leap
/// second, and years whose milliseconds [`millis_problem`] refuses. Each says what is accepted, without a full stop.
pub fn parse_millis(text: &str) -> Result<i64, String> {
    let moment = parse(text)?;
    let millis = moment.as_millisecond();
    if moment.subsec_nanosecond() % 1_000_000 != 0 {
        let meant = Timestamp::from_millisecond(millis).map(|cut| format!("; perhaps {cut:.3} was meant"));
        let meant = meant.unwrap_or_default();
        return Err(format!("{text:?} has digits beyond the millisecond, which would be lost{meant}"));
    }
    if !(FIRST_MS..END_MS).contains(&millis) {
        return Err(format!(
            "{text:?} is out of range: from 1973-03-03T09:46:40Z to 5138-11-16T09:46:39.999Z is accepted"
        ));
    }
    Ok(millis)
}

/// A moment written as RFC 3339 with `Z` or an offset, with any number of fraction digits up to nine.
///
/// # Errors
/// Anything else, with what is accepted, without a full stop.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    let accepted = "accepted is RFC 3339 with a zone, such as 2025-05-20T09:12:32.076Z or 2025-05-20T11:12:32+02:00";
    match zone_of(text) {
        None => Err(format!("{text:?} is no RFC 3339 timestamp: {accepted}")),
        Some("") => Err(format!("{text:?} has no zone, so that it could mean several moments: {accepted}")),
        Some(_) => text.parse().map_err(|_| format!("{text:?} names no moment that exists: {accepted}")),
    }
}

/// Check: RFC 3339 with a zone.
pub fn check_rfc3339(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Some(Err(problem)) = value.as_str().map(parse) {
        diagnostics.push(tf::validate::invalid(path, problem));
    }
}

/// Why a number cannot be a moment in whole milliseconds, and what was probably meant, without a full stop. `None`: it is
/// fine.
pub fn millis_problem(number: &Number) -> Option<String> {
    match number.as_i64() {
        None => Some(format!("{number} is no whole number of milliseconds; perhaps {} was meant", floor(number))),
        Some(negative) if negative < 0 => {
            Some(format!("{negative} is negative, a moment before 1970; perhaps {} was meant", negative.unsigned_abs()))
        }
        Some(seconds) if seconds < FIRST_MS => {
            let millis = seconds.saturating_mul(1000);
            Some(format!("{seconds} looks like seconds; in milliseconds that moment is {millis}"))
        }
        Some(micros) if micros >= END_MS => Some(format!(
            "{micros} is far in the future as milliseconds; if it is microseconds, the moment in milliseconds is {}",
            micros / 1000
        )),
        Some(_) => None,
    }
}

fn floor(number: &Number) -> String {
    let text = number.to_string();
    match text.split_once('.') {
        Some((whole, _)) if !text.contains('e') => whole.to_owned(),
        _ => "a number without fraction".to_owned(),
    }
}

/// The zone of a text that has the form of RFC 3339, empty if there is none; `None` for any other form. Whether month,
/// day and hour exist is not looked at, but a leap second counts as another form: epoch time cannot tell it.
fn zone_of(text: &str) -> Option<&str> {
    let (moment, rest) = text.split_at_checked("0000-00-00T00:00:00".len())?;
    let fits = moment.bytes().zip("0000-00-00T00:00:00".bytes()).all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        other => byte.eq_ignore_ascii_case(&other),
    });
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            fraction.get(digits..)?
        }
    };
    (fits && !moment.ends_with("60") && is_zone(zone)).then_some(zone)
}

fn is_zone(zone: &str) -> bool {
    match zone.as_bytes() {
        [] | [b'Z' | b'z'] => true,
        [b'+' | b'-', hour @ .., b':', ten, one] if hour.len() == 2 => {
            hour.iter().chain([ten, one]).all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_is_read_to_the_millisecond() {
        for (text, millis) in [
            ("2025-05-20T09:12:32.076Z", 1_747_732_352_076),
            ("2025-05-20T09:12:32Z", 1_747_732_352_000),
            ("2025-05-20t09:12:32z", 1_747_732_352_000),
            ("2025-05-20T11:12:32.076000000+02:00", 1_747_732_352_076),
            ("2025-05-20T03:42:32.07-05:30", 1_747_732_352_070),
            ("1973-03-03T09:46:40Z", FIRST_MS),
            ("5138-11-16T09:46:39.999Z", END_MS - 1),
        ] {
            assert_eq!(parse_millis(text), Ok(millis), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused_with_what_is_accepted() {
        for (text, hint) in [
            ("", "RFC 3339"),
            ("yesterday", "RFC 3339"),
            ("1747732352076", "RFC 3339"),
            ("2025-05-20", "RFC 3339"),
            ("2025-05-20 09:12:32Z", "RFC 3339"),
            ("2025-05-20T09:12Z", "RFC 3339"),
            ("2025-05-20T09:12:32,076Z", "RFC 3339"),
            ("2025-05-20T09:12:32.Z", "RFC 3339"),
            ("2025-05-20T09:12:32+0000", "RFC 3339"),
            ("2025-05-20T09:12:32+02", "RFC 3339"),
            ("2025-05-20T09:12:32Z[UTC]", "RFC 3339"),
            ("2016-12-31T23:59:60Z", "RFC 3339"),
            ("2025-05-20T09:12:32üZ", "RFC 3339"),
            ("20ü5-05-20T09:12:32Z", "RFC 3339"),
            ("2025-05-20T09:12:32", "no zone"),
            ("2025-05-20T09:12:32.076", "no zone"),
            ("2025-02-30T09:12:32Z", "exists"),
            ("2025-05-20T25:12:32Z", "exists"),
            ("2025-05-20T09:12:32+99:00", "exists"),
            ("2025-05-20T09:12:32.0761Z", "perhaps 2025-05-20T09:12:32.076Z was meant"),
            ("1970-01-01T00:00:00Z", "1973-03-03T09:46:40Z"),
            ("6000-01-01T00:00:00Z", "5138-11-16T09:46:39.999Z"),
        ] {
            let problem = parse_millis(text).unwrap_err();
            assert!(problem.contains(hint), "{text}: {problem}");
        }
    }

    #[test]
    fn milliseconds_say_what_was_probably_meant() {
        let problem = |number: &str| millis_problem(&Number::parse(number).unwrap());
        assert_eq!(problem("1747732352076"), None);
        assert_eq!(problem("100000000000"), None);
        for (number, hint) in [
            ("1747732352", "1747732352000"),
            ("0", "seconds"),
            ("1747732352076.5", "1747732352076"),
            ("-1747732352076", "1747732352076"),
            ("1747732352076000", "1747732352076"),
            ("1e40", "without fraction"),
        ] {
            assert!(problem(number).is_some_and(|problem| problem.contains(hint)), "{number}: {:?}", problem(number));
        }
    }
}
