//! The functions, as configurations use them. (Not in `console`: OpenTofu 1.12 knows no function of a provider there.)

use crate::support::{Core, FUNCTIONS, Outcome, Story};

/// Evaluates one expression, as the value of an output. None where the core has no functions of providers.
fn evaluated(expression: &str) -> Option<Outcome> {
    if !Core::find()?.can(&FUNCTIONS) {
        return None;
    }
    let story = Story::begin(&format!("output \"value\" {{\n  value = {expression}\n}}\n"))?;
    let applied = story.apply();
    assert!(story.cloud.journal().is_empty(), "a function asks no cloud");
    Some(if applied.code == Some(0) { story.core(&["output", "value"]) } else { applied })
}

#[test]
fn both_forms_of_a_moment_turn_into_each_other() {
    for (expression, value) in [
        ("provider::recovery::timestamp_ms(\"2025-05-20T11:12:32.076+02:00\")", "1747732352076"),
        ("provider::recovery::timestamp_rfc3339(1747732352076)", "\"2025-05-20T09:12:32.076Z\""),
        (
            "provider::recovery::timestamp_rfc3339(provider::recovery::timestamp_ms(\"2026-01-01T00:00:00Z\"))",
            "\"2026-01-01T00:00:00Z\"",
        ),
    ] {
        let Some(outcome) = evaluated(expression) else { return };
        let outcome = outcome.success();
        assert_eq!(outcome.stdout.trim(), value, "{outcome}");
    }
}

#[test]
fn bad_input_is_told_with_the_parameter_and_what_is_accepted() {
    for (expression, told) in [
        (
            "timestamp_ms(\"2025-05-20T09:12:32\")",
            vec!["\"rfc3339\" parameter", "has no zone", "2025-05-20T11:12:32+02:00"],
        ),
        (
            "timestamp_ms(\"2025-05-20T09:12:32.0765Z\")",
            vec!["beyond the millisecond", "perhaps 2025-05-20T09:12:32.076Z was meant."],
        ),
        ("timestamp_ms(\"yesterday\")", vec!["no RFC 3339 timestamp"]),
        ("timestamp_rfc3339(1747732352)", vec!["\"ms\" parameter", "looks like seconds", "1747732352000"]),
        ("timestamp_rfc3339(1747732352076.5)", vec!["no whole number of milliseconds"]),
        ("timestamp_rfc3339(-1)", vec!["negative"]),
        ("timestamp_rfc3339(null)", vec!["null"]),
    ] {
        let Some(mut outcome) = evaluated(&format!("provider::recovery::{expression}")) else { return };
        outcome = outcome.failure();
        for part in told {
            outcome = outcome.says(part);
        }
        outcome.keeps_quiet_about("..");
    }
}
