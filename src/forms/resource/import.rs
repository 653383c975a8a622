//! An import: the id that the user typed, and the body that the records tell.

use tf::Diagnostic;

/// The error of a user who gave an id of the wrong form to import.
pub(super) fn malformed_id(id: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(
        "The import id has the wrong form",
        format!("Got {id:?}. Expected {expected}, both without spaces and not empty."),
    )
}

/// Splits `<a>/<b>`.
pub(super) fn two_parts(id: &str) -> Option<(&str, &str)> {
    let (first, second) = id.split_once('/')?;
    let fits = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter == '/' || letter.is_whitespace());
    (fits(first) && fits(second)).then_some((first, second))
}
