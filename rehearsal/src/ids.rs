//! Identifiers and secrets as the clouds make them. Random, never cryptographic: nothing here guards anything real.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A secret of the rehearsal's world: serialized in the clear (it guards nothing), hidden in debug output, because a
/// scenario may have been filled with real ones by mistake.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

/// 32 hexadecimal digits, as IAM makes them for users, projects and request identifiers.
pub(crate) fn hex32() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// A random version 4 UUID, as DCS makes them.
pub(crate) fn uuid() -> String {
    crate::formats::uuid("random", fastrand::u64(..), jiff::Timestamp::now())
}

/// Writes every id in a text in small letters: 32 hexadecimal digits, with or without the dashes of a UUID, and up to four
/// letters after them that mark its kind.
pub(crate) fn in_small_letters(text: &mut String) {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut written = String::with_capacity(text.len());
    for run in text.split_inclusive(|letter| !is_part(letter)) {
        let word = run.trim_end_matches(|letter| !is_part(letter));
        let mark = word.trim_start_matches(|letter: char| letter.is_ascii_hexdigit() || letter == '-');
        let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
        let is_id = (32..=36).contains(&digits) && mark.len() <= 4;
        written.push_str(&if is_id { run.to_ascii_lowercase() } else { run.to_owned() });
    }
    *text = written;
}

/// `length` random letters and digits.
pub(crate) fn letters(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lose_their_capitals_and_nothing_else_does() {
        for (given, taken) in [
            ("AAAAAAAA-0000-4000-8000-00000000000B", "aaaaaaaa-0000-4000-8000-00000000000b"),
            ("D0000000000000000000000000000001IN09", "d0000000000000000000000000000001in09"),
            ("{\"remark\": \"ABC of Zürich\"}", "{\"remark\": \"ABC of Zürich\"}"),
        ] {
            let mut text = given.to_owned();
            in_small_letters(&mut text);
            assert_eq!(text, taken);
        }
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[hidden]");
    }
}
