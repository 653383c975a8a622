//! IAM, Identity and Access Management: where it is, and what a caller can do about its codes.

use crate::kind::Kind;
use crate::platform::{HUAWEI_EUROPE, HUAWEI_REGIONS, OTC_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Identity and Access Management.
pub const SERVICE: Service = Service::new(&Entry {
    key: "iam",
    name: "IAM",
    catalogue_type: "iam",
    endpoint_variable: "RECOVERY_ENDPOINT_IAM",
    listed: &[
        Listed { platform: Platform::Otc, regions: OTC_REGIONS, label: "iam" },
        // The Swiss cloud has its own domain, in which only IAM is documented.
        Listed { platform: Platform::Otc, regions: &["eu-ch2"], label: "iam-pub" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "iam" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_EUROPE, label: "iam" },
    ],
    classify,
});

/// The kind for a status and a code; `None` where the general rules by status hold.
fn classify(_status: u16, code: &str, _message: &str) -> Option<Kind> {
    Some(match code.strip_prefix("IAM.")?.parse::<u32>().ok()? {
        1 | 61..=63 | 66 | 67 => Kind::Unauthorized,
        // 0064 says "no permission", although with 401.
        2 | 3 | 64 | 80..=83 => Kind::Forbidden,
        4 => Kind::NotFound,
        // A conflict when storing, which no waiting clears (facts/iam.md 4.1).
        5 => Kind::Refused,
        6 | 20 => Kind::Unavailable,
        12 => Kind::Throttled,
        // Temporary keys: the signing key is blacklisted, expired, inactive or of no user, or its token has expired.
        1104..=1108 => Kind::Unauthorized,
        1109 => Kind::NotFound,
        // The body: its size, a wrong value, a field that is missing.
        1101..=1103 => Kind::Invalid,
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
            (409, "IAM.0005", Some(Kind::Refused)),
            (401, "IAM.0064", Some(Kind::Forbidden)),
            (400, "IAM.1103", Some(Kind::Invalid)),
            (400, "IAM.1104", Some(Kind::Unauthorized)),
            (410, "IAM.0020", Some(Kind::Unavailable)),
            (429, "IAM.0012", Some(Kind::Throttled)),
            (400, "IAM.1101", Some(Kind::Invalid)),
            (400, "IAM.1108", Some(Kind::Unauthorized)),
            (400, "IAM.1109", Some(Kind::NotFound)),
            (400, "400", None),
            (400, "IAM.7777", None),
        ] {
            assert_eq!(classify(status, code, ""), want, "{code}");
        }
    }
}
