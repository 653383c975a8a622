//! The codes `DBS.*` that the database services share, and what a caller can do about them (section 4 of facts/rds.md,
//! facts/dds.md and facts/ddm.md). A service whose page says otherwise is asked first.

use crate::kind::Kind;

/// The number of a code; `None` for codes of others (the gateway's).
pub(crate) fn number(code: &str) -> Option<u32> {
    code.strip_prefix("DBS.")?.trim().parse().ok()
}

/// Whether a code says that there is an object of that name already: a backup, or an instance.
pub(crate) fn means_taken(number: u32) -> bool {
    matches!(number, 201_201 | 200_022)
}

/// What a caller can do about a code, whichever of the services it comes from; `None` where the status decides.
pub(crate) fn shared(status: u16, number: u32, message: &str) -> Option<Kind> {
    Some(match number {
        // Something else runs on the instance. DDS says so with 403, others with 400, 409 and 500.
        200_011 | 200_018 | 200_019 | 200_047 | 200_076 | 200_080 | 200_452 | 200_463 | 200_611 | 200_998 | 201_000
        | 201_015 | 201_202 | 201_205 | 201_206 | 212_006 | 212_033 | 280_011 | 280_036 | 280_343 | 280_816
        | 1_010_337 | 1_280_030 | 10_009 => Kind::Busy,
        // "Not allowed by the status of the instance": only the instance tells whether that passes.
        200_086 | 201_014 => Kind::Depends,
        // A backup that is in use cannot be deleted; the same number means wrong specifications elsewhere.
        201_319 => Kind::Depends,
        200_054 if message.to_lowercase().contains("in use") => Kind::Depends,
        200_002 | 200_013 | 200_045 | 200_408 | 200_602 | 201_028 | 290_005 | 290_011 => Kind::NotFound,
        201_010 | 201_203 | 280_214 | 200_543 => Kind::NotFound,
        // With 409, which would else pass for "busy".
        _ if means_taken(number) => Kind::Refused,
        200_046 | 290_003 | 200_316 | 280_449 | 200_040 | 201_207 | 280_238 => Kind::Refused,
        280_001 | 280_277 | 280_127 => Kind::Invalid,
        280_443 => Kind::Throttled,
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
            (409, "DBS.200019", "", Some(Kind::Busy)),
            (403, "DBS.201015", "", Some(Kind::Busy)),
            (403, "DBS.212033", "", Some(Kind::Busy)),
            (500, "DBS.280036", "", Some(Kind::Busy)),
            (400, "DBS.201014", "", Some(Kind::Depends)),
            (400, "DBS.200054", "The backup is in use.", Some(Kind::Depends)),
            (400, "DBS.200054", "Invalid specifications.", Some(Kind::Refused)),
            (409, "DBS.201201", "", Some(Kind::Refused)),
            (404, "DBS.200002", "", Some(Kind::NotFound)),
            (400, "DBS.200543", "", Some(Kind::NotFound)),
            (400, "DBS.201203", "", Some(Kind::NotFound)),
            (400, "DBS.280001", "", Some(Kind::Invalid)),
            (413, "DBS.200046", "", Some(Kind::Refused)),
            (429, "DBS.280443", "", Some(Kind::Throttled)),
            (400, "DBS.123456", "", Some(Kind::Refused)),
            // "Not found or not permitted" and failures of the service are told by the status.
            (403, "DBS.200044", "", None),
            (500, "DBS.108000", "", None),
            (503, "503", "", None),
        ] {
            let found = number(code).and_then(|number| shared(status, number, message));
            assert_eq!(found, want, "{status} {code} {message}");
        }
    }
}
