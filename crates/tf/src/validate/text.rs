//! Checks of texts and IDs: what would break a request is said before one is made.

use super::{invalid, shown};
use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::value::Value;

/// Check: a text, such as a name to look for: not empty, no whitespace at either end (pasted text often has some), no
/// control characters.
pub fn check_not_empty(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    diagnostics.extend(value.as_str().and_then(fault_of_text).map(|fault| invalid(path, fault)));
}

/// Check: an ID in whatever form a service gives it, safe as a segment of a path: what [`check_not_empty`] takes, without
/// `/`, `\\`, `?`, `#` and `%`, and neither `.` nor `..`.
pub fn check_path_part(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    diagnostics.extend(value.as_str().and_then(fault_of_path_part).map(|fault| invalid(path, fault)));
}

/// Check: an ID of the services that is known to have ASCII letters, digits, `-` and `_` only.
pub fn check_id(value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let fault = |text: &str| {
        let others = || format!("must be an ID of letters, digits, \"-\" and \"_\"; got {}", shown(text));
        fault_of_path_part(text).or_else(|| (!text.chars().all(safe)).then(others))
    };
    diagnostics.extend(value.as_str().and_then(fault).map(|fault| invalid(path, fault)));
}

fn fault_of_text(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        Some("must not be empty".to_owned())
    } else if text.trim() != text {
        Some(format!("must not begin or end with a blank or a line break; got {}", shown(text)))
    } else if text.chars().any(char::is_control) {
        Some(format!("must not hold line breaks or other control characters; got {}", shown(text)))
    } else {
        None
    }
}

fn fault_of_path_part(text: &str) -> Option<String> {
    let breaks_paths = |letter: &char| matches!(letter, '/' | '\\' | '?' | '#' | '%');
    fault_of_text(text).or_else(|| match text.chars().find(breaks_paths) {
        Some(letter) => Some(format!("must be an ID, and no ID has a {letter:?}; got {}", shown(text))),
        None if matches!(text, "." | "..") => Some(format!("must be an ID; got {text:?}")),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the three checks of texts pass.
    fn passes(text: &str) -> [bool; 3] {
        [check_not_empty, check_path_part, check_id].map(|check| {
            let mut found = Diagnostics::new();
            check(&Value::from(text), &Path::from("x"), &mut found);
            assert!(found.0.iter().all(|found| found.detail.len() < 300), "{found:?}");
            found.is_empty()
        })
    }

    #[test]
    fn texts_and_ids_are_refused_for_what_would_break_a_request() {
        let long = "/".repeat(10_000);
        let cases = [
            ("0af5c2d1-1b2c_Z", [true, true, true]),
            ("nightly #3 a/b?", [true, false, false]),
            ("50%", [true, false, false]),
            ("a\\b", [true, false, false]),
            ("a b", [true, true, false]),
            ("urn:x:ä", [true, true, false]),
            ("...", [true, true, false]),
            (".", [true, false, false]),
            ("..", [true, false, false]),
            ("", [false, false, false]),
            (" \t\n", [false, false, false]),
            (" x", [false, false, false]),
            ("x\r\n", [false, false, false]),
            ("x\u{a0}", [false, false, false]),
            ("a\nb", [false, false, false]),
            ("a\0b", [false, false, false]),
            ("a\u{1b}[2Jb", [false, false, false]),
            (&long, [true, false, false]),
        ];
        for (text, expected) in cases {
            assert_eq!(passes(text), expected, "{text:.40?}");
        }
    }
}
