//! The argument `restore_time`: a moment in whole milliseconds.

use tf::{Diagnostic, Diagnostics, Path, Value};

use crate::moments;
use crate::operations::words;
use engine::work::Results;

/// The moment of a body, in epoch milliseconds.
pub fn restore_time(body: &Value) -> Option<i64> {
    match body.get("restore_time") {
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// Check: a moment in whole milliseconds. Says what was probably meant.
pub fn check_restore_time(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let Value::Number(number) = value else { return };
    if let Some(problem) = moments::millis_problem(number) {
        diagnostics.push(
            Diagnostic::error(
                "restore_time is not a moment in whole milliseconds",
                format!("{problem}. Example: 1747732352076 is 2025-05-20 09:12:32.076 UTC."),
            )
            .at(path.clone()),
        );
    }
}

/// The result `restore_point` of a moment; empty where it is none.
pub fn restore_point(time: Option<i64>) -> Results {
    let moment = time.and_then(cloud::time::from_millis);
    moment.map(|moment| ("restore_point", Value::from(cloud::time::rfc3339(moment)))).into_iter().collect()
}

/// The moment to the minute, for messages.
pub fn in_words(time: i64) -> String {
    cloud::time::from_millis(time).map(words::moment).unwrap_or_else(|| format!("{time} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(number: &str) -> Vec<String> {
        let mut diagnostics = Diagnostics::new();
        let value = Value::Number(tf::Number::parse(number).unwrap());
        check_restore_time(&value, &Path::from("restore_time"), &mut diagnostics);
        diagnostics.0.into_iter().map(|diagnostic| diagnostic.detail).collect()
    }

    #[test]
    fn restore_time_says_what_was_probably_meant() {
        assert!(blamed("1747732352076").is_empty());
        for (number, hint) in [
            ("1747732352", "1747732352000"),
            ("1747732352076.5", "1747732352076"),
            ("-1747732352076", "1747732352076"),
            ("1747732352076000", "1747732352076"),
        ] {
            assert!(blamed(number).join(" ").contains(hint), "{number}: {:?}", blamed(number));
        }
    }
}
