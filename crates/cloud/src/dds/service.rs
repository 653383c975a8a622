//! DDS, Document Database Service: where it is, and what a caller can do about its codes. Busy comes with 403 here.

use crate::dbs::codes;
use crate::kind::Kind;
use crate::platform::{HUAWEI_EUROPE, HUAWEI_REGIONS, OTC_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Document Database Service.
pub const SERVICE: Service = Service::new(&Entry {
    key: "dds",
    name: "DDS",
    catalogue_type: "dds",
    endpoint_variable: "RECOVERY_ENDPOINT_DDS",
    listed: &[
        Listed { platform: Platform::Otc, regions: OTC_REGIONS, label: "dds" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "dds" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_EUROPE, label: "dds" },
    ],
    classify,
});

/// The kind for a status and a code; `None` where the general rules by status hold.
fn classify(status: u16, code: &str, message: &str) -> Option<Kind> {
    let number = codes::number(code)?;
    Some(match number {
        280_110 | 201_501 | 201_502 | 201_214 | 280_124 | 280_016 => Kind::NotFound,
        // One page has it for "busy", another one for "no such backup".
        201_204 => Kind::Depends,
        _ => return codes::shared(status, number, message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (status, code, want) in [
            (403, "DBS.200019", Some(Kind::Busy)),
            (403, "DBS.201015", Some(Kind::Busy)),
            (400, "DBS.200998", Some(Kind::Busy)),
            (400, "DBS.201214", Some(Kind::NotFound)),
            (403, "DBS.201028", Some(Kind::NotFound)),
            (400, "DBS.201204", Some(Kind::Depends)),
            (400, "DBS.201319", Some(Kind::Depends)),
            (400, "DBS.201201", Some(Kind::Refused)),
            (403, "DBS.280032", None),
            (500, "DBS.280005", None),
        ] {
            assert_eq!(classify(status, code, ""), want, "{status} {code}");
        }
    }
}
