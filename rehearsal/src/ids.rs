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

/// `length` random letters and digits.
pub(crate) fn letters(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[hidden]");
    }
}
