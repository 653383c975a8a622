//! CBR, Cloud Backup and Recovery: where it is, and what a caller can do about its codes. Passing conflicts are answered with 400; 409 is not used.

use crate::kind::Kind;
use crate::platform::{HUAWEI_REGIONS, OTC_REGIONS, Platform};
use crate::service::{Entry, Listed, Service};

/// Cloud Backup and Recovery.
pub const SERVICE: Service = Service::new(&Entry {
    key: "cbr",
    name: "CBR",
    catalogue_type: "cbr",
    endpoint_variable: "RECOVERY_ENDPOINT_CBR",
    listed: &[
        Listed { platform: Platform::Otc, regions: OTC_REGIONS, label: "cbr" },
        // In Europe one source lists it under `.com`, another one uses `.eu` for all: the catalogue decides.
        Listed { platform: Platform::Huawei, regions: HUAWEI_REGIONS, label: "cbr" },
    ],
    classify,
});

/// The kind for a status, a code and a message; `None` where the general rules by status hold.
fn classify(status: u16, code: &str, message: &str) -> Option<Kind> {
    // A malformed id is answered with 401, although the credentials are fine.
    if status == 401 && message.to_ascii_lowercase().contains("malformed request url") {
        return Some(Kind::NotFound);
    }
    Some(match code.strip_prefix("BackupService.")?.parse::<u32>().ok()? {
        2002 | 2010 | 6125 | 6130 | 6134 | 6201 | 6203 | 6206 | 6216 | 7200 | 7203 | 7302 | 7009 | 2 => Kind::Busy,
        2005 | 6112 | 6113 | 6202 | 6215 | 7003 | 7101 => Kind::Depends,
        // The server is faulty (2008), the disk is attached (2011): only a person clears that (facts/cbr.md 4).
        2008 | 2011 => Kind::Refused,
        2001 | 2003 | 2007 | 2009 | 2012..=2015 | 6102 | 6114 | 6135 | 6142 | 6204 | 6220 | 1 => Kind::Refused,
        7004 | 7008 | 7110 | 7114 | 7115 | 7117 => Kind::Refused,
        6200 | 6217 | 6105 | 6302 | 6500 | 6501 | 7000 | 7100 => Kind::NotFound,
        9900 => Kind::Invalid,
        8600 => Kind::Forbidden,
        // "Authentication failed", answered with 500.
        9998 => Kind::Unauthorized,
        _ if status == 400 => Kind::Refused,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for (status, code, message, want) in [
            (400, "BackupService.2010", "", Some(Kind::Busy)),
            (400, "BackupService.2002", "", Some(Kind::Busy)),
            (400, "BackupService.6216", "", Some(Kind::Busy)),
            (500, "BackupService.0002", "", Some(Kind::Busy)),
            (500, "BackupService.7009", "", Some(Kind::Busy)),
            (400, "BackupService.2005", "", Some(Kind::Depends)),
            (400, "BackupService.6202", "", Some(Kind::Depends)),
            (400, "BackupService.2011", "", Some(Kind::Refused)),
            (400, "BackupService.2008", "", Some(Kind::Refused)),
            (400, "BackupService.2001", "", Some(Kind::Refused)),
            (400, "BackupService.2015", "", Some(Kind::Refused)),
            (400, "BackupService.0001", "", Some(Kind::Refused)),
            (400, "BackupService.4711", "", Some(Kind::Refused)),
            (404, "BackupService.6200", "", Some(Kind::NotFound)),
            (404, "BackupService.6500", "", Some(Kind::NotFound)),
            (404, "BackupService.7100", "", Some(Kind::NotFound)),
            (400, "BackupService.9900", "", Some(Kind::Invalid)),
            (403, "BackupService.8600", "", Some(Kind::Forbidden)),
            (500, "BackupService.9998", "", Some(Kind::Unauthorized)),
            (500, "BackupService.9910", "", None),
            (401, "401", "Malformed request url", Some(Kind::NotFound)),
            (401, "401", "no token", None),
        ] {
            assert_eq!(classify(status, code, message), want, "{status} {code} {message}");
        }
    }
}
