//! The functions of the provider: the two forms of a moment. Pure; no configuration and no cloud. Error texts have no full
//! stop: Terraform adds one.

use std::sync::Arc;

use tf::provider::Function;
use tf::{Type, Value};

use crate::moments;

/// Every function, one line each.
pub fn all() -> Vec<Arc<dyn Function>> {
    vec![Arc::new(TimestampMs), Arc::new(TimestampRfc3339)]
}

/// `timestamp_ms(rfc3339)`: to milliseconds, as `recovery_ddm_restore.restore_time` takes them.
struct TimestampMs;

impl Function for TimestampMs {
    fn name(&self) -> &'static str {
        "timestamp_ms"
    }

    fn summary(&self) -> &'static str {
        "Milliseconds since 1970-01-01 UTC of an RFC 3339 timestamp"
    }

    fn description(&self) -> &'static str {
        "Turns an RFC 3339 timestamp with a zone into whole milliseconds since 1970-01-01T00:00:00Z, the form that `restore_time` of \
         `recovery_ddm_restore` takes. `timestamp_rfc3339` is the way back.\n\nIt is an error if the zone is missing, if there are digits \
         (other than zeros) beyond the millisecond, which would otherwise be lost, for leap seconds, and for moments before \
         1973-03-03T09:46:40Z or after 5138-11-16T09:46:39.999Z."
    }

    fn parameters(&self) -> &[(&'static str, Type, &'static str)] {
        const PARAMETERS: &[(&str, Type, &str)] =
            &[("rfc3339", Type::String, "RFC 3339 with `Z` or an offset, such as `2025-05-20T09:12:32.076Z`.")];
        PARAMETERS
    }

    fn result(&self) -> &Type {
        &Type::Number
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, (String, Option<i64>)> {
        let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
        moments::parse_millis(text).map(Value::from).map_err(|problem| (problem, Some(0)))
    }
}

/// `timestamp_rfc3339(ms)`: back to text.
struct TimestampRfc3339;

impl Function for TimestampRfc3339 {
    fn name(&self) -> &'static str {
        "timestamp_rfc3339"
    }

    fn summary(&self) -> &'static str {
        "RFC 3339 timestamp, in UTC, of milliseconds since 1970-01-01 UTC"
    }

    fn description(&self) -> &'static str {
        "Turns whole milliseconds since 1970-01-01T00:00:00Z, the form of `restore_time` of `recovery_ddm_restore`, into an RFC 3339 \
         timestamp in UTC, with as many fraction digits as it needs. `timestamp_ms` is the way back.\n\nIt is an error if the number has a \
         fraction, is negative, looks like seconds (below 100000000000) or like microseconds (from 100000000000000 on); the message says \
         what was probably meant."
    }

    fn parameters(&self) -> &[(&'static str, Type, &'static str)] {
        const PARAMETERS: &[(&str, Type, &str)] =
            &[("ms", Type::Number, "Whole milliseconds, such as `1747732352076`.")];
        PARAMETERS
    }

    fn result(&self) -> &Type {
        &Type::String
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, (String, Option<i64>)> {
        let Some(Value::Number(number)) = arguments.first() else {
            return Err(("a number of milliseconds is required".to_owned(), Some(0)));
        };
        if let Some(problem) = moments::millis_problem(number) {
            return Err((problem, Some(0)));
        }
        let moment = number.as_i64().and_then(cloud::time::from_millis);
        let text = moment.map(|moment| Value::from(cloud::time::rfc3339(moment)));
        text.ok_or_else(|| (format!("{number} is no moment that can be written"), Some(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Result<Value, (String, Option<i64>)> {
        TimestampMs.call(&[Value::from(text)])
    }

    fn rfc3339(number: &str) -> Result<Value, (String, Option<i64>)> {
        TimestampRfc3339.call(&[Value::from(tf::Number::parse(number).unwrap())])
    }

    #[test]
    fn there_and_back() {
        for (text, millis) in [
            ("2025-05-20T09:12:32.076Z", 1_747_732_352_076_i64),
            ("2025-05-20T09:12:32Z", 1_747_732_352_000),
            ("1973-03-03T09:46:40Z", 100_000_000_000),
            ("5138-11-16T09:46:39.999Z", 99_999_999_999_999),
        ] {
            assert_eq!(ms(text), Ok(Value::from(millis)), "{text}");
            assert_eq!(rfc3339(&millis.to_string()), Ok(Value::from(text)), "{millis}");
        }
        assert_eq!(
            ms("2025-05-20T11:12:32.07+02:00").and_then(|millis| TimestampRfc3339.call(&[millis])),
            Ok(Value::from("2025-05-20T09:12:32.07Z"))
        );
    }

    #[test]
    fn bad_input_blames_the_argument() {
        for (found, hint) in [
            (ms("2025-05-20T09:12:32"), "no zone"),
            (ms("2025-05-20T09:12:32.0765Z"), "beyond the millisecond"),
            (rfc3339("1747732352"), "looks like seconds"),
            (rfc3339("1747732352076.5"), "no whole number"),
            (TimestampRfc3339.call(&[]), "required"),
        ] {
            let (text, position) = found.unwrap_err();
            assert!(text.contains(hint) && position == Some(0), "{text}");
        }
    }

    #[test]
    fn each_says_what_it_is() {
        for function in all() {
            assert!(!function.summary().contains('\n') && !function.description().is_empty(), "{}", function.name());
            assert!(function.parameters().iter().all(|(_, _, text)| !text.is_empty()), "{}", function.name());
        }
    }
}
