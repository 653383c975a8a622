//! What a caller can do about the codes of IAM.

use crate::kind::Kind;

/// The kind for a status and a code; `None` where the general rules by status hold.
pub(crate) fn classify(_status: u16, code: &str) -> Option<Kind> {
    Some(match code.strip_prefix("IAM.")?.parse::<u32>().ok()? {
        1 | 61..=63 | 66 | 67 => Kind::Unauthorized,
        2 | 3 | 80..=83 => Kind::Forbidden,
        4 => Kind::NotFound,
        5 => Kind::Busy,
        6 | 20 => Kind::Unavailable,
        12 => Kind::Throttled,
        // Temporary keys: the key is blacklisted, expired, inactive or unknown, or the token has expired.
        1103..=1108 => Kind::Unauthorized,
        1109 => Kind::NotFound,
        1101 | 1102 => Kind::Invalid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (status, code, want) in [
            (401, "IAM.0001", Some(Kind::Unauthorized)),
            (401, "IAM.0061", Some(Kind::Unauthorized)),
            (401, "IAM.0066", Some(Kind::Unauthorized)),
            (403, "IAM.0002", Some(Kind::Forbidden)),
            (403, "IAM.0083", Some(Kind::Forbidden)),
            (404, "IAM.0004", Some(Kind::NotFound)),
            (409, "IAM.0005", Some(Kind::Busy)),
            (410, "IAM.0020", Some(Kind::Unavailable)),
            (429, "IAM.0012", Some(Kind::Throttled)),
            (400, "IAM.1101", Some(Kind::Invalid)),
            (400, "IAM.1108", Some(Kind::Unauthorized)),
            (400, "IAM.1109", Some(Kind::NotFound)),
            (400, "400", None),
            (400, "IAM.7777", None),
        ] {
            assert_eq!(classify(status, code), want, "{code}");
        }
    }
}
