//! Our signatures against those of an independent implementation, kept as data in `tests/signatures`.

use serde::Deserialize;

use crate::secret::Secret;
use crate::sign::{Signable, authorization};
use crate::uri;

#[derive(Deserialize)]
struct Vector {
    access_key: String,
    secret_key: String,
    method: String,
    segments: Vec<String>,
    pairs: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
    path: String,
    query: String,
    signed_headers: String,
    signature: String,
}

#[test]
fn our_signatures_equal_those_of_an_independent_implementation() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../tests/signatures/vectors.json")).unwrap();
    assert!(vectors.len() >= 100);
    for (number, vector) in vectors.iter().enumerate() {
        let segments: Vec<String> = vector.segments.iter().map(|segment| uri::encode(segment)).collect();
        let path = format!("/{}", segments.join("/"));
        let query = uri::query(&vector.pairs);
        assert_eq!((&path, &query), (&vector.path, &vector.query), "vector {number}");
        let headers: Vec<(&str, &str)> =
            vector.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Signable {
            method: &vector.method,
            path: &path,
            query: &query,
            headers: &headers,
            body: vector.body.as_bytes(),
        };
        let ours = authorization(&vector.access_key, &Secret::new(vector.secret_key.clone()), &request);
        let expected = format!(
            "SDK-HMAC-SHA256 Access={}, SignedHeaders={}, Signature={}",
            vector.access_key, vector.signed_headers, vector.signature
        );
        assert_eq!(ours.reveal(), expected, "vector {number}");
    }
}
