//! Decoders against arbitrary and mutilated input: no panic, bounded results. Seeded and bounded, so that every run is
//! the same; `PROPTEST_CASES` asks for more.

use proptest::prelude::*;

use crate::{answer, catalogue, cbr, dcs, ddm, json, time};

/// Bodies that a mutation starts from.
const BODIES: [&str; 6] = [
    r#"{"total_num":1,"backup_record_response":[{"backup_id":"b","status":"succeed","progress":"100.00","size":880232,"is_support_restore":"TRUE","error_code":{}}]}"#,
    r#"{"backup":{"id":"b","children":[{"id":"c","children":[],"extend_info":{"incremental":true}}],"resource_size":"40"}}"#,
    r#"{"operation_log":{"id":"l","error_info":{"code":"","message":""},"extra_info":{"common":{"progress":30}}}}"#,
    r#"{"jobs":[{"id":"j","process":"60%","instance_id":"i"}],"total":"1"}"#,
    r#"{"token":{"expires_at":"2015-11-09T01:42:57.527363Z","project":{"id":"p"},"catalog":[{"type":"dcs","endpoints":[{"url":"https://x/v1"}]}]}}"#,
    r#"{"error":{"code":"111400075","message":"m","ext_message":null}}"#,
];

fn decode_everything(body: &[u8]) {
    let complaint = answer::read_complaint(body);
    assert!(complaint.code.is_none_or(|code| code.len() < 8192));
    assert!(complaint.message.is_none_or(|message| message.len() < 8192));
    let _ = json::read::<dcs::Backup>(body);
    let _ = json::read::<dcs::Restore>(body);
    let _ = json::read::<dcs::Instance>(body);
    let _ = json::read::<dcs::Links>(body);
    let _ = json::read::<cbr::Backup>(body);
    let _ = json::read::<cbr::OperationLog>(body);
    let _ = json::read::<cbr::Vault>(body);
    let _ = json::read::<cbr::Checkpoint>(body);
    let _ = json::read::<ddm::Interval>(body);
    let _ = json::read::<ddm::Job>(body);
    let _ = json::read::<ddm::Instance>(body);
    let _ = json::read::<ddm::TargetDataNode>(body);
    let _ = json::read::<catalogue::CatalogueEntry>(body);
}

fn config() -> ProptestConfig {
    let seed = proptest::test_runner::RngSeed::Fixed(20_250_520);
    ProptestConfig { rng_seed: seed, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        decode_everything(&bytes);
    }

    #[test]
    fn mutilated_bodies(index in 0..BODIES.len(), cut in 0..400_usize, at in 0..400_usize, byte in any::<u8>()) {
        let mut bytes = BODIES.get(index).copied().unwrap_or_default().as_bytes().to_vec();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        decode_everything(&bytes);
        bytes.truncate(cut);
        decode_everything(&bytes);
    }

    #[test]
    fn other_forms_of_values(value in "(null|true|-?[0-9]{1,30}(\\.[0-9]{1,5})?(e[0-9]{1,4})?|\"[^\"\\\\]{0,20}\"|\\[\\]|\\{\\}|\\[1\\])") {
        for field in ["status", "size", "progress", "children", "extend_info", "task", "error_info", "resources", "instance"] {
            decode_everything(format!(r#"{{"{field}":{value}}}"#).as_bytes());
        }
    }

    #[test]
    fn deep_nesting(depth in 1..5000_usize, open in "[\\[{]") {
        let unit = if open == "[" { "[".to_owned() } else { r#"{"children":[{"error":"#.to_owned() };
        decode_everything(unit.repeat(depth).as_bytes());
    }

    #[test]
    fn arbitrary_instants(text in ".{0,80}", near in "[0-9TZ:+. -]{0,40}") {
        for text in [&text, &near] {
            if let Some(instant) = time::parse(text) {
                prop_assert_eq!(time::parse(&time::rfc3339(instant)), Some(instant));
            }
            let _ = time::parse_compact(text);
            let _ = time::parse_http(text);
        }
    }
}
