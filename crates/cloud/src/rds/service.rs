//! RDS, Relational Database Service: where it is, and what a caller can do about its codes.

use crate::dbs::codes;
use crate::kind::Kind;
use crate::platform::{HUAWEI_EUROPE, HUAWEI_REGIONS, OTC_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Relational Database Service.
pub const SERVICE: Service = Service::new(&Entry {
    key: "rds",
    name: "RDS",
    catalogue_type: "rds",
    endpoint_variable: "RECOVERY_ENDPOINT_RDS",
    listed: &[
        Listed { platform: Platform::Otc, regions: OTC_REGIONS, label: "rds" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "rds" },
        Listed { platform: Platform::Huawei, regions: HUAWEI_EUROPE, label: "rds" },
    ],
    classify,
});

/// The kind for a status and a code; `None` where the general rules by status hold.
fn classify(status: u16, code: &str, message: &str) -> Option<Kind> {
    // Codes of version 1 still occur: `RDS.0011` and the like, which no page explains.
    codes::shared(status, codes::number(code)?, message)
}
