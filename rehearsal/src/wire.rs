//! What goes over the wire, as plain values: a call as it came in, an answer as it goes out.

use bytes::Bytes;
use serde_json::{Value, json};

/// A request as it came in, nothing decoded: signatures cover exactly these texts.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// The path as sent, percent-encoding included.
    pub(crate) path: String,
    /// The query as sent, without `?`; empty when there is none.
    pub(crate) query: String,
    /// Names in lower case, in the order sent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Call {
    /// The first value of a header; `name` in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The path decoded and split, without empty parts.
    pub(crate) fn parts(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(decode_part).collect()
    }

    /// The query decoded, in the order sent.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        raw_pairs(&self.query).map(|(name, value)| (decode_query(name), decode_query(value))).collect()
    }
}

/// An answer before the wire.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        let body = body.to_string().into_bytes();
        Answer { status, headers: Vec::new(), content_type: "application/json;charset=utf-8", body }
    }

    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), content_type: "application/json;charset=utf-8", body: Vec::new() }
    }

    pub(crate) fn html(status: u16, text: &str) -> Answer {
        let body = text.as_bytes().to_vec();
        Answer { status, headers: Vec::new(), content_type: "text/html;charset=utf-8", body }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The API gateway's own error, the same in front of every service. The request id is filled in on the way out.
    pub(crate) fn gateway(status: u16, code: &str, message: &str) -> Answer {
        Answer::json(status, &json!({"error_code": code, "error_msg": message, "request_id": REQUEST_ID_MARK}))
    }
}

/// Stands in bodies and headers where the request's identifier goes: they are made before the identifier is known.
pub(crate) const REQUEST_ID_MARK: &str = "{request_id}";

/// Splits a query at `&` and the first `=`; parts without a name are left out.
pub(crate) fn raw_pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// Decodes a path part; what is no valid escape stays as it stands.
pub(crate) fn decode_part(text: &str) -> String {
    String::from_utf8_lossy(&unescape(text)).into_owned()
}

/// Decodes a query name or value: as a path part, and `+` is a space.
pub(crate) fn decode_query(text: &str) -> String {
    decode_part(&text.replace('+', " "))
}

/// The bytes behind percent escapes.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes().peekable();
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'%' { rest.get(1..3).and_then(hex_pair) } else { None };
        match escape {
            Some(value) => {
                decoded.push(value);
                bytes.next();
                bytes.next();
                rest = rest.get(3..).unwrap_or_default();
            }
            None => {
                decoded.push(byte);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    decoded
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    if !pair.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, expected) in [
            ("a%20b", "a b"),
            ("%C3%BC", "ü"),
            ("100%", "100%"),
            ("%zz%41", "%zzA"),
            ("%+1", "%+1"),
            ("%4", "%4"),
            ("", ""),
        ] {
            assert_eq!(decode_part(text), expected, "{text}");
        }
        assert_eq!(decode_query("a+b%2B"), "a b+");
    }

    #[test]
    fn a_call_is_decoded_part_by_part() {
        let call = Call {
            method: "GET".into(),
            path: "/v2//a%2Fb/".into(),
            query: "x=1&&y&x=2=3".into(),
            headers: vec![("x-auth-token".into(), "t".into())],
            body: Bytes::new(),
        };
        assert_eq!(call.parts(), ["v2", "a/b"]);
        let pairs: Vec<_> = call.pairs().into_iter().map(|(name, value)| format!("{name}:{value}")).collect();
        assert_eq!(pairs, ["x:1", "y:", "x:2=3"]);
        assert_eq!(call.header("x-auth-token"), Some("t"));
    }
}
