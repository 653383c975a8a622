//! DDM, Distributed Database Middleware: where it is, and what a caller can do about its codes. Nearly all come with status 400, and one final code also with 500.

use crate::dbs::codes;
use crate::kind::Kind;
use crate::platform::{HUAWEI_EUROPE, HUAWEI_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Distributed Database Middleware.
pub const SERVICE: Service = Service::new(&Entry {
    key: "ddm",
    name: "DDM",
    catalogue_type: "ddm",
    endpoint_variable: "RECOVERY_ENDPOINT_DDM",
    listed: &[
        // The list of endpoints has no DDM for eu-nl.
        Listed { platform: Platform::Otc, regions: &["eu-de"], label: "ddm" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "ddm" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_EUROPE, label: "ddm" },
    ],
    classify,
});

/// The kind for a status and a code; `None` where the general rules by status hold.
fn classify(status: u16, code: &str, message: &str) -> Option<Kind> {
    let number = codes::number(code)?;
    Some(match number {
        // The state of a data node or of the instance decides.
        300_323 => Kind::Depends,
        // The service cannot reach its own parts, asks to try later, or gave up half way (the last two): how far it got,
        // nobody knows (facts/ddm.md 4.2).
        300_356 | 300_335 | 300_408 | 300_117 | 300_116 | 300_125 | 300_002 | 300_120 | 200_412 | 300_322 | 300_005 => {
            Kind::Unavailable
        }
        300_375 => Kind::Invalid,
        300_372 | 300_360 => Kind::Refused,
        300_400 => Kind::NotFound,
        _ => return codes::shared(status, number, message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (status, code, want) in [
            (409, "DBS.200019", Some(Kind::Busy)),
            (403, "DBS.212033", Some(Kind::Busy)),
            (400, "DBS.300323", Some(Kind::Depends)),
            (400, "DBS.300002", Some(Kind::Unavailable)),
            (400, "DBS.300408", Some(Kind::Unavailable)),
            (500, "DBS.200412", Some(Kind::Unavailable)),
            (400, "DBS.280001", Some(Kind::Invalid)),
            (500, "DBS.280001", Some(Kind::Invalid)),
            (400, "DBS.300372", Some(Kind::Refused)),
            (400, "DBS.300322", Some(Kind::Unavailable)),
            (400, "DBS.300005", Some(Kind::Unavailable)),
            (400, "DBS.123456", Some(Kind::Refused)),
            (400, "DBS.300400", Some(Kind::NotFound)),
            (500, "DBS.123456", None),
            (503, "503", None),
        ] {
            assert_eq!(classify(status, code, ""), want, "{status} {code}");
        }
    }
}
