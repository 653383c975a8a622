//! Durations as users of Terraform write them, and the `timeouts` block.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::value::Value;

/// Go's limit for a duration, in nanoseconds: about 292 years.
const LIMIT: u128 = i64::MAX as u128;

/// Units with their length in nanoseconds. Longer names first where one begins like another.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000), // U+03BC, the Greek letter; the line above has U+00B5, the micro sign.
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration in Go's syntax: numbers with units, such as `1h30m`, `1.5h`, `90s` or `300ms`; also a bare `0`.
/// Digits below a nanosecond are cut off.
///
/// # Errors
/// A text for the user that says what is accepted: anything else, negative durations, more than 292 years.
pub fn parse(text: &str) -> Result<Duration, String> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if unsigned.starts_with('-') {
        return Err(refusal(text, "is negative"));
    }
    if unsigned == "0" {
        return Ok(Duration::ZERO);
    }
    if unsigned.is_empty() {
        return Err(refusal(text, "is not a duration"));
    }
    let mut rest = unsigned;
    let mut nanoseconds = 0_u128;
    while !rest.is_empty() {
        let (part, after) = take_part(rest).map_err(|problem| refusal(text, problem))?;
        nanoseconds += part;
        if nanoseconds > LIMIT {
            return Err(refusal(text, "is too long"));
        }
        rest = after;
    }
    // Below the limit both casts are exact.
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).map_err(|_| refusal(text, "is too long"))?;
    let below = u32::try_from(nanoseconds % 1_000_000_000).map_err(|_| refusal(text, "is too long"))?;
    Ok(Duration::new(seconds, below))
}

/// The shortest usual way to write it, which [`parse`] reads back: `45s`, `1.5s`, `1h30m`, `300ms`, `0s`.
pub fn display(duration: Duration) -> String {
    let nanoseconds = duration.subsec_nanos();
    if duration.as_secs() == 0 && nanoseconds != 0 {
        return match nanoseconds {
            1_000_000.. => format!("{}ms", with_fraction(nanoseconds / 1_000_000, nanoseconds % 1_000_000, 6)),
            1_000.. => format!("{}us", with_fraction(nanoseconds / 1_000, nanoseconds % 1_000, 3)),
            _ => format!("{nanoseconds}ns"),
        };
    }
    let (hours, minutes) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60);
    let seconds = with_fraction(duration.as_secs() % 60, nanoseconds, 9);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&format!("{hours}h"));
    }
    if minutes > 0 {
        text.push_str(&format!("{minutes}m"));
    }
    if seconds != "0" || text.is_empty() {
        text.push_str(&format!("{seconds}s"));
    }
    text
}

/// Check of an attribute: its text is a duration.
pub fn check_duration(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if let Some(text) = value.as_str()
        && let Err(problem) = parse(text)
    {
        diagnostics.push(Diagnostic::error("Invalid duration", problem).at(path.clone()));
    }
}

/// The conventional block with one duration per operation: `create`, `read`, `update`, `delete`.
pub fn timeouts_block(operations: &[&'static str]) -> NestedBlock {
    let attributes = operations
        .iter()
        .map(|operation| Attribute::optional(operation, timeout_description(operation)).check(check_duration));
    NestedBlock {
        name: "timeouts",
        nesting: Nesting::Single,
        block: Block {
            description: "How long operations may take. Durations such as `90s`, `45m` or `1h30m`.",
            attributes: attributes.collect(),
            blocks: Vec::new(),
        },
        min_items: 0,
        max_items: 0,
        replaces: false,
    }
}

fn timeout_description(operation: &str) -> &'static str {
    match operation {
        "create" => "How long the creation may take, waiting included, such as `30m`.",
        "read" => "How long a refresh may take, such as `5m`.",
        "update" => "How long an update may take, waiting included, such as `30m`.",
        "delete" => "How long the deletion may take, waiting included, such as `15m`.",
        _ => "How long this operation may take, such as `30m`.",
    }
}

/// One number with its unit, in nanoseconds, and what follows it.
fn take_part(text: &str) -> Result<(u128, &str), &'static str> {
    let (whole, rest) = take_digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), take_digits);
    if whole.is_empty() && fraction.is_empty() {
        return Err("is not a duration");
    }
    let end = rest.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(rest.len());
    let (unit, after) = rest.split_at_checked(end).ok_or("is not a duration")?;
    let Some((_, length)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(match unit {
            "" => "lacks a unit",
            "d" | "day" | "days" => "uses days, which are not accepted (write 24h for a day)",
            _ => "has an unknown unit",
        });
    };
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().map_err(|_| "is too long")? };
    // Twenty digits reach far below a nanosecond of an hour.
    let (mut below, mut scale) = (0_u128, 1_u128);
    for digit in fraction.bytes().take(20) {
        below = below * 10 + u128::from(digit - b'0');
        scale *= 10;
    }
    Ok((u128::from(whole) * length + below * length / scale, after))
}

fn take_digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn refusal(text: &str, problem: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!(
        "{shown:?} {problem}. Expected numbers with units, such as \"90s\", \"45m\", \"1.5h\" or \"1h30m\"; units: ns, us \
         (or µs), ms, s, m, h."
    )
}

/// `whole` and then `below` as a fraction of that many digits, without needless zeros.
fn with_fraction(whole: impl std::fmt::Display, below: u32, digits: usize) -> String {
    let fraction = format!("{below:0digits$}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // A test may fail loudly.
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let cases = [
            ("0", Duration::ZERO),
            ("0s", Duration::ZERO),
            ("+5s", Duration::from_secs(5)),
            ("90s", Duration::from_secs(90)),
            ("1h30m", Duration::from_secs(5400)),
            ("30m1h", Duration::from_secs(5400)),
            ("1.5h", Duration::from_secs(5400)),
            (".5m", Duration::from_secs(30)),
            ("1.s", Duration::from_secs(1)),
            ("300ms", Duration::from_millis(300)),
            ("7us", Duration::from_micros(7)),
            ("7µs", Duration::from_micros(7)),
            ("7μs", Duration::from_micros(7)),
            ("1.0000000019s", Duration::new(1, 1)),
            ("1m3ns", Duration::new(60, 3)),
            ("2562047h47m16.854775807s", Duration::from_nanos(i64::MAX.unsigned_abs())),
        ];
        for (text, duration) in cases {
            assert_eq!(parse(text), Ok(duration), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest_and_says_what_is_accepted() {
        let long = "9".repeat(100_000) + "h";
        let cases = [
            ("", "is not a duration"),
            ("+", "is not a duration"),
            ("h", "is not a duration"),
            (".s", "is not a duration"),
            ("5", "lacks a unit"),
            ("5m3", "lacks a unit"),
            ("-5m", "is negative"),
            ("+-5m", "is negative"),
            ("1d", "uses days"),
            ("2 h", "has an unknown unit"),
            ("5M", "has an unknown unit"),
            ("5min", "has an unknown unit"),
            ("1h-5m", "has an unknown unit"),
            ("2562047h47m16.854775808s", "is too long"),
            ("18446744073709551615h18446744073709551615h", "is too long"),
            (&long, "is too long"),
        ];
        for (text, problem) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(problem) && error.contains("\"1h30m\""), "{text:.30}: {error}");
            assert!(error.len() < 300, "{error}");
        }
    }

    #[test]
    fn writes_the_short_form_which_reads_back() {
        let cases = [
            (Duration::ZERO, "0s"),
            (Duration::from_secs(45), "45s"),
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_secs(60), "1m"),
            (Duration::from_secs(2700), "45m"),
            (Duration::from_secs(3600), "1h"),
            (Duration::from_secs(5400), "1h30m"),
            (Duration::from_secs(3601), "1h1s"),
            (Duration::from_millis(61_500), "1m1.5s"),
            (Duration::from_millis(300), "300ms"),
            (Duration::from_micros(1500), "1.5ms"),
            (Duration::from_nanos(1500), "1.5us"),
            (Duration::from_nanos(7), "7ns"),
            (Duration::new(1, 1), "1.000000001s"),
        ];
        for (duration, text) in cases {
            assert_eq!(display(duration), text);
            assert_eq!(parse(text), Ok(duration), "{text}");
        }
    }

    #[test]
    fn the_block_checks_its_durations() {
        let block = Block { blocks: vec![timeouts_block(&["create", "delete"])], ..Block::default() };
        let timeouts = |text: &str| Value::object([("timeouts", Value::object([("create", Value::from(text))]))]);
        assert!(crate::validate::validate(&block, &timeouts("30m")).is_empty());
        let diagnostics = crate::validate::validate(&block, &timeouts("1 day"));
        assert_eq!(diagnostics.0[0].attribute, Some(Path::from("timeouts").attribute("create")));
        let schema = crate::Schema { version: 0, block };
        assert_eq!(schema.validate_self(), Ok(()));
    }
}
