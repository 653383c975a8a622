//! What proves who is calling, and how it gets onto a request. Each try is signed afresh.

use reqwest::Url;

use crate::address::Origin;
use crate::call::Call;
use crate::error::Error;
use crate::secret::Secret;
use crate::sign;
use crate::time::{self, Timestamp};
use crate::uri;

/// How a request proves who is calling, for one try.
#[derive(Debug, Clone)]
pub(crate) enum Auth {
    /// None: the request carries its credentials in its body.
    Anonymous,
    /// A token, scoped to whatever it is scoped to.
    Token(Secret),
    /// An access key that signs.
    Signature(SigningKey),
}

/// An access key, and for which project or domain it signs.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    /// Of a temporary key.
    pub(crate) security_token: Option<Secret>,
    /// Regional services want to know the project; global ones the domain.
    pub(crate) project_id: Option<String>,
    pub(crate) domain_id: Option<String>,
}

/// A request ready to be sent: its URL and all its headers but `Host`.
pub(crate) struct SignedRequest {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, Secret)>,
}

/// Puts a call, an origin and its authentication together. `base` is an endpoint such as `https://dcs.eu-de.otc.t-systems.com`.
pub(crate) fn sign(
    call: &Call,
    base: &Origin,
    auth: &Auth,
    extra: &[(&'static str, Secret)],
    now: Timestamp,
) -> Result<SignedRequest, Error> {
    let (path, query) = (call.path(), uri::query(&call.query));
    let unusable = |reason: String| {
        Error::config(format!("{base} is no usable endpoint: {reason}")).of_call(call.service, call.name())
    };
    let url = base.url(&path, &query).map_err(unusable)?;
    let mut headers: Vec<(&'static str, Secret)> = vec![("content-type", Secret::new(content_type(call)))];
    headers.extend(extra.iter().cloned());
    match auth {
        Auth::Anonymous => {}
        Auth::Token(token) => headers.push(("x-auth-token", token.clone())),
        Auth::Signature(key) => add_signature(call, &url, key, &mut headers, now),
    }
    headers.push(("accept", Secret::new("application/json")));
    Ok(SignedRequest { url, headers })
}

fn add_signature(call: &Call, url: &Url, key: &SigningKey, headers: &mut Vec<(&'static str, Secret)>, now: Timestamp) {
    headers.push(("x-sdk-date", Secret::new(time::compact(now))));
    let optional = [("x-project-id", &key.project_id), ("x-domain-id", &key.domain_id)];
    headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, Secret::new(value.clone()?)))));
    if let Some(token) = &key.security_token {
        headers.push(("x-security-token", token.clone()));
    }
    let host = host(url);
    let mut signed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.reveal())).collect();
    signed.push(("host", &host));
    let request = sign::Signable {
        method: call.method.name(),
        path: url.path(),
        query: url.query().unwrap_or_default(),
        headers: &signed,
        body: call.body.as_ref().map(|body| body.0.as_slice()).unwrap_or_default(),
    };
    let authorization = sign::authorization(&key.access_key, &key.secret_key, &request);
    headers.push(("authorization", authorization));
}

/// The `Host` header as it is sent: with its port, unless that is the scheme's own.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn content_type(call: &Call) -> &'static str {
    if call.body.is_some() { "application/json;charset=UTF-8" } else { "application/json" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ddm, iam};

    fn keys() -> Auth {
        Auth::Signature(SigningKey {
            access_key: "QTWAOYTTINDUT2QVKYUC".to_owned(),
            secret_key: Secret::new("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"),
            security_token: None,
            project_id: Some("619d3e78f61b4be68bc5aa0b59edcf7b".to_owned()),
            domain_id: None,
        })
    }

    fn at(base: &str) -> Origin {
        Origin::parse(base).unwrap()
    }

    fn header<'a>(signed: &'a SignedRequest, name: &str) -> Option<&'a str> {
        signed.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.reveal())
    }

    #[test]
    fn a_whole_call_has_the_recorded_signature() {
        // Vector V3 of the algorithm, from the call down to the header.
        let body = r#"{"source":{"instance_id":"733c7e8d73a54c27b8308ec784a8be8cin09","restore_time":1747732352076},"target":{"instance_id":"2f0324a93859487eb5566d75951fcd2din09"},"data_node_relations":[{"source_instance_id":"7edae0250ebc464897bd92b8d3e8b769in01","target_instance_id":"f4e2949e9b9b4d60b42c89ed39bfe34cin01"}]}"#;
        let project = "619d3e78f61b4be68bc5aa0b59edcf7b";
        let source = "733c7e8d73a54c27b8308ec784a8be8cin09";
        let mut call =
            Call::start(ddm::service::SERVICE, ["v3", project, "instances", source, "backups", "recovery"], &());
        call.body = Some(crate::call::Body(body.as_bytes().to_vec()));
        let now = time::parse("2025-05-27T02:38:15Z").unwrap();
        let signed = sign(&call, &at("https://ddm.eu-de.otc.t-systems.com/"), &keys(), &[], now).unwrap();
        assert_eq!(
            header(&signed, "authorization"),
            Some(
                "SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-project-id;x-sdk-date, \
                 Signature=10eb8213fa815590e1c7614a1a3b6f8978a3806f69ad0b0271f6332c79315744"
            )
        );
    }

    #[test]
    fn what_is_sent_is_what_was_signed() {
        let call =
            Call::get(iam::service::SERVICE, ["v3", "projects"]).query("name", "eu-de_Team A+B/ü~*'").query("b", "");
        let signed = sign(&call, &at("http://[::1]:8080"), &keys(), &[], time::now()).unwrap();
        assert_eq!(signed.url.as_str(), "http://[::1]:8080/v3/projects?b=&name=eu-de_Team%20A%2BB%2F%C3%BC~%2A%27");
        assert_eq!(host(&signed.url), "[::1]:8080");
        assert_eq!(host(&Url::parse("https://a.example.com:443/").unwrap()), "a.example.com");
    }

    #[test]
    fn tokens_go_into_their_header() {
        let call = Call::get(iam::service::SERVICE, ["v3"]);
        let signed = sign(&call, &at("https://iam"), &Auth::Token(Secret::new("t")), &[], time::now()).unwrap();
        assert_eq!(header(&signed, "x-auth-token"), Some("t"));
        assert_eq!(header(&signed, "authorization"), None);
    }
}
