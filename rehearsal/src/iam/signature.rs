//! Verifies `SDK-HMAC-SHA256` signatures: form A (current, the key itself signs) and form B (scoped, a derived key
//! signs). Exactly the headers named in `SignedHeaders` take part, neither more nor fewer.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::wire::{Call, raw_pairs, unescape};

const ALGORITHM: &str = "SDK-HMAC-SHA256";
const CONTENT_HASH_HEADER: &str = "x-sdk-content-sha256";

/// What an `Authorization` header of this algorithm says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub(crate) access_key: String,
    /// `date/region/service/sdk_request` in form B, none in form A.
    scope: Option<String>,
    signed_headers: Vec<String>,
    signature: String,
}

impl Authorization {
    /// Reads the header; none when it is of another kind or lacks a part.
    pub(crate) fn parse(header: &str) -> Option<Authorization> {
        let fields = header.trim().strip_prefix(ALGORITHM)?;
        let (mut access_key, mut scope, mut signed_headers, mut signature) = (None, None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            match name {
                "Access" => access_key = Some(value.to_owned()),
                "Credential" => {
                    let (key, rest) = value.split_once('/')?;
                    access_key = Some(key.to_owned());
                    scope = Some(rest.to_owned());
                }
                "SignedHeaders" => signed_headers = Some(value.split(';').map(str::to_owned).collect()),
                "Signature" => signature = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(Authorization { access_key: access_key?, scope, signed_headers: signed_headers?, signature: signature? })
    }

    /// Whether `secret_key` made this signature for `call`. The date must be signed.
    pub(crate) fn verify(&self, call: &Call, secret_key: &str) -> bool {
        let Some(date) = call.header("x-sdk-date") else { return false };
        if !self.signed_headers.iter().any(|name| name == "x-sdk-date") {
            return false;
        }
        let expected = match &self.scope {
            None => self.form_a(call, date, secret_key),
            Some(scope) => self.form_b(call, date, scope, secret_key),
        };
        expected.is_some_and(|expected| expected == self.signature)
    }

    fn form_a(&self, call: &Call, date: &str, secret_key: &str) -> Option<String> {
        let canonical = canonical_a(call, &self.signed_headers)?;
        let to_sign = format!("{ALGORITHM}\n{date}\n{}", sha256_hex(canonical.as_bytes()));
        Some(hex(&hmac_sha256(secret_key.as_bytes(), to_sign.as_bytes())))
    }

    fn form_b(&self, call: &Call, date: &str, scope: &str, secret_key: &str) -> Option<String> {
        let canonical = canonical_b(call, &self.signed_headers)?;
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        Some(hex(&hmac_sha256(&derived_key(secret_key, scope), to_sign.as_bytes())))
    }
}

/// Lower case hexadecimal SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn canonical_a(call: &Call, signed: &[String]) -> Option<String> {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = decoded_pairs(&call.query);
    pairs.sort();
    let headers = header_lines(call, signed, str::to_owned)?;
    let hash = match call.header(CONTENT_HASH_HEADER) {
        Some(given) => given.to_owned(),
        None => sha256_hex(&call.body),
    };
    Some(join(call, &encode_pairs(&pairs), &headers, signed, &hash))
}

/// Form B sorts names without regard to case, keeps the first value of a repeated name, folds white space in header
/// values, and hashes the query string as the body of a POST that has none.
fn canonical_b(call: &Call, signed: &[String]) -> Option<String> {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, value) in decoded_pairs(&call.query) {
        if !pairs.iter().any(|(known, _)| *known == name) {
            pairs.push((name, value));
        }
    }
    pairs.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let query = encode_pairs(&pairs);
    let headers = header_lines(call, signed, |value| value.split_whitespace().collect::<Vec<_>>().join(" "))?;
    if call.method == "POST" && call.body.is_empty() {
        return Some(join(call, "", &headers, signed, &sha256_hex(query.as_bytes())));
    }
    Some(join(call, &query, &headers, signed, &sha256_hex(&call.body)))
}

fn join(call: &Call, query: &str, headers: &str, signed: &[String], hash: &str) -> String {
    let (method, path) = (&call.method, canonical_path(&call.path));
    format!("{method}\n{path}\n{query}\n{headers}\n{}\n{hash}", signed.join(";"))
}

fn canonical_path(path: &str) -> String {
    let decoded = unescape(path);
    let parts: Vec<String> = decoded.split(|byte| *byte == b'/').map(encode).collect();
    let mut canonical = parts.join("/");
    if !canonical.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// One line per signed header, each with its line feed; none when a signed header was not sent.
fn header_lines(call: &Call, signed: &[String], shape: impl Fn(&str) -> String) -> Option<String> {
    let mut lines = String::new();
    for name in signed {
        let value = call.header(name)?;
        lines.push_str(&format!("{name}:{}\n", shape(value.trim())));
    }
    Some(lines)
}

fn decoded_pairs(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    raw_pairs(query).map(|(name, value)| (unescape(name), unescape(value))).collect()
}

fn encode_pairs(pairs: &[(Vec<u8>, Vec<u8>)]) -> String {
    let encoded: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    encoded.join("&")
}

fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(*byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
        encoded
    })
}

fn derived_key(secret_key: &str, scope: &str) -> Vec<u8> {
    let first = format!("SDK{secret_key}").into_bytes();
    scope.split('/').fold(first, |key, part| hmac_sha256(&key, part.as_bytes()))
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    // A key of any length is accepted by this construction; the error type belongs to the general trait.
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(message);
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const ACCESS: &str = "QTWAOYTTINDUT2QVKYUC";
    const SECRET: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";
    const PROJECT: &str = "619d3e78f61b4be68bc5aa0b59edcf7b";
    const DATE: &str = "20250527T023815Z";
    const BODY: &str = r#"{"source":{"instance_id":"733c7e8d73a54c27b8308ec784a8be8cin09","restore_time":1747732352076},"target":{"instance_id":"2f0324a93859487eb5566d75951fcd2din09"},"data_node_relations":[{"source_instance_id":"7edae0250ebc464897bd92b8d3e8b769in01","target_instance_id":"f4e2949e9b9b4d60b42c89ed39bfe34cin01"}]}"#;

    struct Vector {
        name: &'static str,
        method: &'static str,
        path: String,
        query: &'static str,
        headers: Vec<(&'static str, &'static str)>,
        body: &'static str,
        credential: String,
        signed: &'static str,
        signature: &'static str,
    }

    impl Vector {
        fn call(&self) -> Call {
            Call {
                method: self.method.into(),
                path: self.path.clone(),
                query: self.query.into(),
                headers: self.headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
                body: Bytes::from_static(self.body.as_bytes()),
            }
        }

        fn authorization(&self) -> Authorization {
            let header = format!(
                "SDK-HMAC-SHA256 {}, SignedHeaders={}, Signature={}",
                self.credential, self.signed, self.signature
            );
            Authorization::parse(&header).unwrap()
        }
    }

    /// The vectors of the API facts: V1 is printed in the API Request Signing Guide, V2 to V6 come from the Python
    /// SDK, V7 from the Huawei Go SDK, V8 from the OTC Go SDK.
    fn vectors() -> Vec<Vector> {
        let access = format!("Access={ACCESS}");
        let recovery = format!("/v3/{PROJECT}/instances/733c7e8d73a54c27b8308ec784a8be8cin09/backups/recovery");
        let host = ("host", "ddm.eu-de.otc.t-systems.com");
        let date = ("x-sdk-date", DATE);
        let json = ("content-type", "application/json");
        let project = ("x-project-id", PROJECT);
        vec![
            Vector {
                name: "V1",
                method: "GET",
                path: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs".into(),
                query: "limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
                headers: vec![json, ("host", "service.region.example.com"), ("x-sdk-date", "20191115T033655Z")],
                body: "",
                credential: access.clone(),
                signed: "content-type;host;x-sdk-date",
                signature: "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
            },
            Vector {
                name: "V2",
                method: "GET",
                path: "/v3/projects".into(),
                query: "name=eu-de_Team%20A%2BB%2F%C3%BC~%2A&Page=1&domain_id=&enabled=true",
                headers: vec![("host", "iam.eu-de.otc.t-systems.com"), date],
                body: "",
                credential: access.clone(),
                signed: "host;x-sdk-date",
                signature: "1b4a3e7b7e77c38be296ef400525f1103affe1bbf19eb4605bf71129e1d58a34",
            },
            Vector {
                name: "V3",
                method: "POST",
                path: recovery.clone(),
                query: "",
                headers: vec![("content-type", "application/json;charset=UTF-8"), host, project, date],
                body: BODY,
                credential: access.clone(),
                signed: "content-type;host;x-project-id;x-sdk-date",
                signature: "10eb8213fa815590e1c7614a1a3b6f8978a3806f69ad0b0271f6332c79315744",
            },
            Vector {
                name: "V4",
                method: "GET",
                path: format!("/v3/{PROJECT}/jobs/09902ee7866649b8908ec209bfee2747"),
                query: "",
                headers: vec![json, host, project, date, ("x-security-token", "gQpjbi1ub3J0aC00FAKETOKEN==")],
                body: "",
                credential: access.clone(),
                signed: "content-type;host;x-project-id;x-sdk-date;x-security-token",
                signature: "9b1bebf8e86e0773d3c10945b1872a29b7451314d1891425b8a713487a36a82c",
            },
            Vector {
                name: "V5",
                method: "GET",
                path: "/v1/a%20b/x%2Cy".into(),
                query: "B=2&a=1&k=a&k=a&k=b",
                headers: vec![
                    ("host", "sim.example.com:8443"),
                    ("user-agent", "  demo/1.0 "),
                    ("my_hdr", "skip"),
                    date,
                ],
                body: "",
                credential: access.clone(),
                signed: "host;user-agent;x-sdk-date",
                signature: "fd8d6c28d9858afdc5b5525faa9fd0ec7c5639cc56acb04b3f1400b82e3cfb1a",
            },
            Vector {
                name: "V6",
                method: "POST",
                path: "/v3/p".into(),
                query: "",
                headers: vec![
                    ("content-type", "application/octet-stream"),
                    host,
                    (CONTENT_HASH_HEADER, "UNSIGNED-PAYLOAD"),
                    date,
                ],
                body: "abc",
                credential: access.clone(),
                signed: "content-type;host;x-sdk-content-sha256;x-sdk-date",
                signature: "99640caf3829f35315342b6fb472024ce394ada2a5d0d5a97a920e3d7811d101",
            },
            Vector {
                name: "V7",
                method: "POST",
                path: recovery.clone(),
                query: "",
                headers: vec![("accept", "application/json"), json, host, project, date],
                body: BODY,
                credential: access,
                signed: "accept;content-type;x-sdk-date",
                signature: "595a6d5d1528273bcbdea332ae32913d768f8663f1c6945090977debdfed1f15",
            },
            Vector {
                name: "V8",
                method: "POST",
                path: recovery,
                query: "",
                headers: vec![("accept", "application/json"), json, host, date],
                body: BODY,
                credential: format!("Credential={ACCESS}/20250527///sdk_request"),
                signed: "accept;content-type;host;x-sdk-date",
                signature: "76db3206ae5057c1a267679ebf31fe7d2dc8420a405f94d7cb13490da58981be",
            },
        ]
    }

    #[test]
    fn every_vector_verifies() {
        for vector in vectors() {
            let authorization = vector.authorization();
            assert_eq!(authorization.access_key, ACCESS);
            assert!(authorization.verify(&vector.call(), SECRET), "{}", vector.name);
        }
    }

    #[test]
    fn whatever_is_signed_may_not_change() {
        for vector in vectors() {
            let authorization = vector.authorization();
            let mut other_method = vector.call();
            other_method.method = "PUT".into();
            let mut other_path = vector.call();
            other_path.path.push_str("/x");
            let mut other_query = vector.call();
            other_query.query.push_str("&zz=1");
            let mut other_date = vector.call();
            other_date.headers.iter_mut().filter(|(name, _)| name == "x-sdk-date").for_each(|(_, date)| date.push('0'));
            for changed in [&other_method, &other_path, &other_query, &other_date] {
                assert!(!authorization.verify(changed, SECRET), "{}", vector.name);
            }
            assert!(!authorization.verify(&vector.call(), "another key"), "{}", vector.name);
        }
    }

    #[test]
    fn the_body_counts_unless_it_is_left_out() {
        for vector in vectors() {
            let mut call = vector.call();
            call.body = Bytes::from_static(b"{}");
            let left_out = vector.name == "V6";
            assert_eq!(vector.authorization().verify(&call, SECRET), left_out, "{}", vector.name);
        }
    }

    #[test]
    fn headers_of_another_kind_are_no_signature() {
        for header in ["", "Basic abc", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=a", "SDK-HMAC-SHA256 Credential=a"] {
            assert_eq!(Authorization::parse(header), None, "{header}");
        }
    }
}
