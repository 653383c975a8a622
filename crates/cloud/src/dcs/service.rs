//! DCS, Distributed Cache Service: where it is, and what a caller can do about its codes.
//!
//! Codes come in two families, `DCS.4096` and `111400096`, which share their last three digits but for a few exceptions.
//! Passing conflicts are answered with 400, so the code decides, not the status.

use crate::kind::Kind;
use crate::platform::{HUAWEI_REGIONS, OTC_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Distributed Cache Service.
pub const SERVICE: Service = Service::new(&Entry {
    key: "dcs",
    name: "DCS",
    catalogue_type: "dcs",
    endpoint_variable: "RECOVERY_ENDPOINT_DCS",
    listed: &[
        Listed { platform: Platform::Otc, regions: OTC_REGIONS, label: "dcs" },
        // In Europe one source lists it under `.com`, another one uses `.eu` for all: the catalogue decides.
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "dcs" },
    ],
    classify,
});

/// The kind for a status and a code; `None` where the general rules by status hold.
fn classify(status: u16, code: &str, _message: &str) -> Option<Kind> {
    // Billing conflict of Huawei Cloud: another operation of the same order is in progress.
    if code == "CBC.99003651" {
        return Some(Kind::Busy);
    }
    Some(match number(code)? {
        4096 | 4097 | 4017 | 4104 | 4108 | 4111 | 4113..=4118 | 4121 | 4231 | 4975 => Kind::Busy,
        4026 | 4049 | 4087 | 4031 => Kind::Depends,
        4120 | 4086 | 4094 | 4095 | 4027 | 4107 => Kind::Refused,
        4098 | 4002 | 4004 | 4005 | 4061..=4063 | 4070 | 4072..=4076 | 4800 => Kind::Invalid,
        3022 | 4119 => Kind::NotFound,
        4001 | 5001 => Kind::Misdirected,
        1001..=1004 => Kind::Unauthorized,
        2003 | 2007 | 3002 | 3003 => Kind::Forbidden,
        // Advice is to try again; the status is 500 and 404.
        4069 | 5101 => Kind::Busy,
        _ if status == 400 => Kind::Refused,
        _ => return None,
    })
}

/// The four digits of either family.
fn number(code: &str) -> Option<u32> {
    if let Some(digits) = code.strip_prefix("DCS.") {
        return digits.trim().parse().ok();
    }
    let twin: u32 = code.strip_prefix("111")?.parse().ok()?;
    Some(match twin {
        404_022 => 3022,
        403_002 | 403_003 => twin % 1000 + 3000,
        401_001..=401_004 => twin % 1000 + 1000,
        405_001 => 5001,
        500_000..=500_999 => 5000,
        400_000..=400_999 => twin % 1000 + 4000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_families() {
        for (status, code, want) in [
            (400, "DCS.4096", Some(Kind::Busy)),
            (400, "111400096", Some(Kind::Busy)),
            (400, "111400097", Some(Kind::Busy)),
            (400, "DCS.4017", Some(Kind::Busy)),
            (400, "DCS.4104", Some(Kind::Busy)),
            (400, "DCS.4115", Some(Kind::Busy)),
            (400, "CBC.99003651", Some(Kind::Busy)),
            (500, "DCS.4069", Some(Kind::Busy)),
            (400, "DCS.4026", Some(Kind::Depends)),
            (400, "DCS.4049", Some(Kind::Depends)),
            (400, "111400087", Some(Kind::Depends)),
            (400, "DCS.4031", Some(Kind::Depends)),
            (400, "111400086", Some(Kind::Refused)),
            (400, "DCS.4120", Some(Kind::Refused)),
            (400, "DCS.4927", Some(Kind::Refused)),
            (400, "DCS.4098", Some(Kind::Invalid)),
            (400, "DCS. 4098", Some(Kind::Invalid)),
            (404, "DCS.3022", Some(Kind::NotFound)),
            (404, "111404022", Some(Kind::NotFound)),
            (400, "DCS.4119", Some(Kind::NotFound)),
            (404, "DCS.4001", Some(Kind::Misdirected)),
            (405, "111405001", Some(Kind::Misdirected)),
            (401, "DCS.1002", Some(Kind::Unauthorized)),
            (401, "111401002", Some(Kind::Unauthorized)),
            (403, "111403003", Some(Kind::Forbidden)),
            (500, "DCS.5000", None),
            (500, "111500006", None),
            (400, "nonsense", None),
        ] {
            assert_eq!(classify(status, code, ""), want, "{status} {code}");
        }
    }
}
