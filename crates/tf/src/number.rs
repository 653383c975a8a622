//! Numbers without loss of digits.

use std::fmt;

/// Longest text that is read as a number, in bytes.
const MAX_TEXT: usize = 4096;
/// Most significant digits that are kept. The exact value of a 64-bit float needs up to 767.
const MAX_DIGITS: usize = 1000;
/// Largest magnitude of a decimal exponent.
const MAX_EXPONENT: i64 = 1_000_000;
/// Most zeros that are written out before an exponent takes their place.
const MAX_ZEROS: i64 = 20;

/// A number without loss of digits. Terraform's numbers have arbitrary precision; the wire carries an integer, a float
/// or decimal text (tfplugin5 wire, type `number`).
///
/// Canonical by construction (see [`Number::parse`] and [`Number::from_f64`]): whatever fits `i64` is `Int`, so equal
/// numbers are equal values. `Ord` is an arbitrary total order, not the numeric one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Number {
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number, as canonical decimal text: optional sign, digits without needless zeros, optional fraction,
    /// optional exponent `e±n` for magnitudes that plain digits would blow up.
    Decimal(String),
}

impl Number {
    /// Reads decimal text: optional sign, digits with an optional fraction, optional exponent. `None` for anything else
    /// (also `inf`, `NaN`, hexadecimal) and for numbers with more than 1000 digits or an exponent beyond ±1000000.
    pub fn parse(text: &str) -> Option<Number> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent - i64::try_from(fraction.len()).ok()?;
        canonical(negative, &digits, exponent)
    }

    /// The shortest decimal that reads back as this float: 0.1 becomes 0.1, as an API's JSON means it. `None` for NaN
    /// and infinities, which must never reach Terraform.
    pub fn from_f64(number: f64) -> Option<Number> {
        if number.is_finite() { Number::parse(&format!("{number:e}")) } else { None }
    }

    /// All digits of the float's exact binary value: what a float on the wire stands for. `None` for NaN and infinities.
    pub(crate) fn from_f64_exact(number: f64) -> Option<Number> {
        if number.is_finite() { Number::parse(&format!("{number:.766e}")) } else { None }
    }

    /// The value, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Int(number) => Some(*number),
            Number::Decimal(_) => None,
        }
    }

    /// The nearest 64-bit float; infinite if the number is too large for one.
    pub fn as_f64(&self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)] // The nearest float is what is asked for.
            Number::Int(number) => *number as f64,
            // Canonical text always parses; the fallback only spares a panic.
            Number::Decimal(text) => text.parse().unwrap_or(f64::INFINITY),
        }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Number {
        Number::Int(number)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Number {
        i64::try_from(number).map_or_else(|_| Number::Decimal(number.to_string()), Number::Int)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(number) => write!(formatter, "{number}"),
            Number::Decimal(text) => formatter.write_str(text),
        }
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    // i64's own parser takes an optional sign and nothing but digits.
    text.parse::<i64>().ok().filter(|exponent| exponent.abs() <= 2 * MAX_EXPONENT)
}

/// `±digits × 10^exponent` in its one canonical form.
fn canonical(negative: bool, digits: &str, exponent: i64) -> Option<Number> {
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(Number::Int(0));
    }
    let exponent = exponent + i64::try_from(digits.len() - significant.len()).ok()?;
    let length = i64::try_from(significant.len()).ok()?;
    if significant.len() > MAX_DIGITS || (exponent + length - 1).abs() > MAX_EXPONENT {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    let text = format!("{sign}{}", unsigned_text(significant, length, exponent)?);
    Some(text.parse().map_or(Number::Decimal(text), Number::Int))
}

/// Plain digits where few zeros are needed, else scientific notation.
fn unsigned_text(significant: &str, length: i64, exponent: i64) -> Option<String> {
    let point = length + exponent;
    if (0..=MAX_ZEROS).contains(&exponent) {
        let zeros = "0".repeat(usize::try_from(exponent).ok()?);
        return Some(format!("{significant}{zeros}"));
    }
    if exponent < 0 && point > 0 {
        let (whole, fraction) = significant.split_at_checked(usize::try_from(point).ok()?)?;
        return Some(format!("{whole}.{fraction}"));
    }
    if exponent < 0 && -point <= MAX_ZEROS {
        let zeros = "0".repeat(usize::try_from(-point).ok()?);
        return Some(format!("0.{zeros}{significant}"));
    }
    let (first, rest) = significant.split_at_checked(1)?;
    let dot = if rest.is_empty() { "" } else { "." };
    Some(format!("{first}{dot}{rest}e{}", point - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_has_one_form() {
        let cases = [
            ("0", "0"),
            ("-0.000e7", "0"),
            ("+7", "7"),
            ("007", "7"),
            ("1.0", "1"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e2", "100"),
            ("1E+2", "100"),
            ("120e-1", "12"),
            ("1.50", "1.5"),
            ("-0.00120", "-0.0012"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9223372036854775808"),
            ("12345678901234567890.5", "12345678901234567890.5"),
            ("1e30", "1e30"),
            ("12.5e-40", "1.25e-39"),
            ("100000000000000000000", "100000000000000000000"),
            ("0.00000000000000000001", "0.00000000000000000001"),
        ];
        for (text, form) in cases {
            let number = Number::parse(text).unwrap_or_else(|| panic!("{text} must parse"));
            assert_eq!(number.to_string(), form, "{text}");
            assert_eq!(Number::parse(form), Some(number), "{form} is its own form");
        }
    }

    #[test]
    fn integers_that_fit_are_integers() {
        assert_eq!(Number::parse("1e2"), Some(Number::Int(100)));
        assert_eq!(Number::parse("1.0").and_then(|number| number.as_i64()), Some(1));
        assert_eq!(Number::parse("9223372036854775808").and_then(|number| number.as_i64()), None);
        assert_eq!(Number::from(u64::MAX), Number::parse("18446744073709551615").unwrap());
        assert_eq!(Number::from(10_000_000_000_000_000_000_u64), Number::parse("1e19").unwrap());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(5000);
        let digits = format!("0.{}1", "3".repeat(1000));
        for text in
            ["", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "inf", "NaN", "1 ", " 1", "1.2.3", "--1", "+-1", "١"]
                .into_iter()
                .chain(["1e9999999999999999999999", "1e1000001", "1e-1000001", &long, &digits])
        {
            assert_eq!(Number::parse(text), None, "{text:.40}");
        }
    }

    #[test]
    fn floats_keep_what_they_mean() {
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(-2.0), Some(Number::Int(-2)));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::NEG_INFINITY), None);
        assert_eq!(
            Number::from_f64_exact(0.1).unwrap().to_string(),
            "0.1000000000000000055511151231257827021181583404541015625"
        );
        for float in [0.1, -1.5, 1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, 123_456.789] {
            assert_eq!(Number::from_f64(float).unwrap().as_f64().to_bits(), float.to_bits(), "{float}");
            assert_eq!(Number::from_f64_exact(float).unwrap().as_f64().to_bits(), float.to_bits(), "{float}");
        }
        assert!(Number::parse("1e400").unwrap().as_f64().is_infinite());
    }
}
