//! DDM, API v1 and v3: what its operations and look-ups share.

pub mod checks;
pub mod data_nodes;
pub mod restore;
pub mod restore_times;
pub mod target_data_nodes;
pub mod target_instances;

use tf::{Diagnostic, Diagnostics, Path, Value};

use crate::moments;

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
