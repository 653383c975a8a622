//! Signable signatures, SDK-HMAC-SHA256 in its current form: the secret key itself is the HMAC key, and exactly the
//! headers named in `SignedHeaders` are covered.

use aws_lc_rs::{digest, hmac};

use crate::secret::Secret;

/// What a signature covers. Path and query are in the encoded form in which they are sent.
pub(crate) struct Signable<'a> {
    /// Upper case.
    pub(crate) method: &'a str,
    /// Encoded path without query.
    pub(crate) path: &'a str,
    /// Query as made by [`crate::uri::query`].
    pub(crate) query: &'a str,
    /// Headers to sign, in any order; `X-Sdk-Date` is among them.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// The value of the `Authorization` header.
pub(crate) fn authorization(access_key: &str, secret_key: &Secret, request: &Signable<'_>) -> Secret {
    let headers = signed_headers(request.headers);
    let names = header_names(&headers);
    let signature = signature(secret_key, request, &headers);
    Secret::new(format!("SDK-HMAC-SHA256 Access={access_key}, SignedHeaders={names}, Signature={signature}"))
}

fn signature(secret_key: &Secret, request: &Signable<'_>, headers: &[(String, String)]) -> String {
    let text = string_to_sign(request, headers);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret_key.reveal().as_bytes());
    hex(hmac::sign(&key, text.as_bytes()).as_ref())
}

fn string_to_sign(request: &Signable<'_>, headers: &[(String, String)]) -> String {
    let date =
        headers.iter().find(|(name, _)| name == "x-sdk-date").map(|(_, value)| value.as_str()).unwrap_or_default();
    format!("SDK-HMAC-SHA256\n{date}\n{}", sha256(canonical(request, headers).as_bytes()))
}

fn canonical(request: &Signable<'_>, headers: &[(String, String)]) -> String {
    // The path is signed with a final slash, but sent without it.
    let slash = if request.path.ends_with('/') { "" } else { "/" };
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = header_names(headers);
    let fixed = headers.iter().find(|(name, _)| name == "x-sdk-content-sha256").map(|(_, value)| value.clone());
    let body = fixed.unwrap_or_else(|| sha256(request.body));
    format!("{}\n{}{slash}\n{}\n{lines}\n{names}\n{body}", request.method, request.path, request.query)
}

/// Lower case names, trimmed values, sorted by name. Names with an underscore are left out: gateways drop them.
fn signed_headers(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut signed: Vec<(String, String)> = headers
        .iter()
        .filter(|(name, _)| !name.contains('_'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    signed.sort();
    signed
}

fn header_names(headers: &[(String, String)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.join(";")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uri;

    // Keys of the Huawei signing guide; they open nothing.
    const ACCESS_KEY: &str = "QTWAOYTTINDUT2QVKYUC";
    const SECRET_KEY: &str = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc";

    struct Vector<'a> {
        name: &'a str,
        method: &'a str,
        path: &'a str,
        query: &'a [(&'a str, &'a str)],
        headers: &'a [(&'a str, &'a str)],
        body: &'a str,
        canonical_sha256: &'a str,
        signature: &'a str,
    }

    const V3_BODY: &str = concat!(
        r#"{"source":{"instance_id":"733c7e8d73a54c27b8308ec784a8be8cin09","restore_time":1747732352076},"#,
        r#""target":{"instance_id":"2f0324a93859487eb5566d75951fcd2din09"},"data_node_relations":["#,
        r#"{"source_instance_id":"7edae0250ebc464897bd92b8d3e8b769in01","#,
        r#""target_instance_id":"f4e2949e9b9b4d60b42c89ed39bfe34cin01"}]}"#,
    );
    const V3_PATH: &str =
        "/v3/619d3e78f61b4be68bc5aa0b59edcf7b/instances/733c7e8d73a54c27b8308ec784a8be8cin09/backups/recovery";
    const DATE: (&str, &str) = ("X-Sdk-Date", "20250527T023815Z");

    const VECTORS: [Vector<'static>; 7] = [
        Vector {
            name: "V1",
            method: "GET",
            path: "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
            query: &[("limit", "2"), ("marker", "13551d6b-755d-4757-b956-536f674975c0")],
            headers: &[
                ("Content-Type", "application/json"),
                ("Host", "service.region.example.com"),
                ("X-Sdk-Date", "20191115T033655Z"),
            ],
            body: "",
            canonical_sha256: "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
            signature: "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
        },
        Vector {
            name: "V2",
            method: "GET",
            path: "/v3/projects",
            query: &[("name", "eu-de_Team A+B/ü~*"), ("enabled", "true"), ("Page", "1"), ("domain_id", "")],
            headers: &[("Host", "iam.eu-de.otc.t-systems.com"), DATE],
            body: "",
            canonical_sha256: "256e17c65ca1d92c9b07cd921e9f8ba71debb7fa9e78070ecfbe9f789ae19439",
            signature: "1b4a3e7b7e77c38be296ef400525f1103affe1bbf19eb4605bf71129e1d58a34",
        },
        Vector {
            name: "V3",
            method: "POST",
            path: V3_PATH,
            query: &[],
            headers: &[
                ("Content-Type", "application/json;charset=UTF-8"),
                ("Host", "ddm.eu-de.otc.t-systems.com"),
                ("X-Project-Id", "619d3e78f61b4be68bc5aa0b59edcf7b"),
                DATE,
            ],
            body: V3_BODY,
            canonical_sha256: "96e54734bb3034b4763c4b6798d3a64eb9374c0d8123ce6298a5720e1f84d869",
            signature: "10eb8213fa815590e1c7614a1a3b6f8978a3806f69ad0b0271f6332c79315744",
        },
        Vector {
            name: "V4",
            method: "GET",
            path: "/v3/619d3e78f61b4be68bc5aa0b59edcf7b/jobs/09902ee7866649b8908ec209bfee2747",
            query: &[],
            headers: &[
                ("X-Security-Token", "gQpjbi1ub3J0aC00FAKETOKEN=="),
                ("Content-Type", "application/json"),
                ("Host", "ddm.eu-de.otc.t-systems.com"),
                ("X-Project-Id", "619d3e78f61b4be68bc5aa0b59edcf7b"),
                DATE,
            ],
            body: "",
            canonical_sha256: "1e099d5d35b7fd8103221d8ba540fc556a163a0e0901fd706af1c1089fabf3eb",
            signature: "9b1bebf8e86e0773d3c10945b1872a29b7451314d1891425b8a713487a36a82c",
        },
        Vector {
            name: "V5",
            method: "GET",
            path: "/v1/a%20b/x%2Cy",
            query: &[("k", "b"), ("k", "a"), ("k", "a"), ("a", "1"), ("B", "2")],
            headers: &[("User-Agent", "  demo/1.0 "), ("my_hdr", "skip"), ("Host", "sim.example.com:8443"), DATE],
            body: "",
            canonical_sha256: "9ccaf4154258eadb8dab38952c8060af098050a3076f841d053bb48987aaf832",
            signature: "fd8d6c28d9858afdc5b5525faa9fd0ec7c5639cc56acb04b3f1400b82e3cfb1a",
        },
        Vector {
            name: "V6",
            method: "POST",
            path: "/v3/p",
            query: &[],
            headers: &[
                ("Content-Type", "application/octet-stream"),
                ("Host", "ddm.eu-de.otc.t-systems.com"),
                ("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
                DATE,
            ],
            body: "abc",
            canonical_sha256: "ed388e1c9b6a89eb626b5132b9a54cf0bf7ea6e4641bdd591c48e80018af5650",
            signature: "99640caf3829f35315342b6fb472024ce394ada2a5d0d5a97a920e3d7811d101",
        },
        Vector {
            name: "V7",
            method: "POST",
            path: V3_PATH,
            query: &[],
            headers: &[("Accept", "application/json"), ("Content-Type", "application/json"), DATE],
            body: V3_BODY,
            canonical_sha256: "0ce28ef80fcd09e2f3f87fd5ba3706fe20879191a470594a76595bc1b10eee94",
            signature: "595a6d5d1528273bcbdea332ae32913d768f8663f1c6945090977debdfed1f15",
        },
    ];

    #[test]
    fn published_and_recorded_vectors() {
        for vector in &VECTORS {
            let pairs: Vec<(String, String)> =
                vector.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let query = uri::query(&pairs);
            let request = Signable {
                method: vector.method,
                path: vector.path,
                query: &query,
                headers: vector.headers,
                body: vector.body.as_bytes(),
            };
            let headers = signed_headers(vector.headers);
            assert_eq!(sha256(canonical(&request, &headers).as_bytes()), vector.canonical_sha256, "{}", vector.name);
            let secret_key = Secret::new(SECRET_KEY);
            assert_eq!(signature(&secret_key, &request, &headers), vector.signature, "{}", vector.name);
        }
    }

    #[test]
    fn the_header_names_key_headers_and_signature() {
        let vector = &VECTORS[2];
        let request = Signable {
            method: vector.method,
            path: vector.path,
            query: "",
            headers: vector.headers,
            body: vector.body.as_bytes(),
        };
        let header = authorization(ACCESS_KEY, &Secret::new(SECRET_KEY), &request);
        let want = format!(
            "SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature={}",
            vector.signature
        );
        assert_eq!(header.reveal(), want);
    }

    #[test]
    fn the_empty_body_has_the_well_known_hash() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
