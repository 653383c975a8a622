//! A request as a value: what to send, before anybody knows host, credentials or time.
//!
//! Service modules build a [`Call`] with pure functions, so that method, path, query and body are tested without a
//! network. Sending is the business of `send.rs`.

use std::fmt;

use serde::Serialize;

use crate::address::identifier_problem;
use crate::error::Error;
use crate::kind::{Kind, Outcome};
use crate::service::Service;

/// HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// Whether a call may be retried when its outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Idempotent: reads, token requests, deletes. A second time changes nothing.
    Idempotent,
    /// Starts work: sent again only when it was provably not accepted.
    Never,
}

/// A request as a value.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: Method,
    /// Path segments, decoded: each is encoded on its own, so that no identifier can reach another path.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// The exact bytes of the body; never printed.
    pub(crate) body: Option<Body>,
    pub(crate) repeat: Repeat,
}

/// The JSON bytes of a request, which may hold a password and therefore do not print.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Body({} bytes)", self.0.len())
    }
}

impl Call {
    /// A read.
    pub(crate) fn get<const N: usize>(service: Service, segments: [&str; N]) -> Call {
        Call::new(service, Method::Get, &segments, Repeat::Idempotent)
    }

    /// A deletion, which may be repeated: a second one finds nothing left to do.
    pub(crate) fn delete<const N: usize>(service: Service, segments: [&str; N]) -> Call {
        Call::new(service, Method::Delete, &segments, Repeat::Idempotent)
    }

    /// A POST that starts work.
    pub(crate) fn start<const N: usize>(service: Service, segments: [&str; N], body: &impl Serialize) -> Call {
        Call::new(service, Method::Post, &segments, Repeat::Never).with_body(body)
    }

    /// A POST without lasting effect, such as asking for a token.
    pub(crate) fn ask<const N: usize>(service: Service, segments: [&str; N], body: &impl Serialize) -> Call {
        Call::new(service, Method::Post, &segments, Repeat::Idempotent).with_body(body)
    }

    fn new(service: Service, method: Method, segments: &[&str], repeat: Repeat) -> Call {
        let segments = segments.iter().map(|segment| (*segment).to_owned()).collect();
        Call { service, method, segments, query: Vec::new(), body: None, repeat }
    }

    fn with_body(mut self, body: &impl Serialize) -> Call {
        // Bodies are plain structs of strings and numbers: writing them cannot fail.
        self.body = Some(Body(serde_json::to_vec(body).unwrap_or_default()));
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: impl fmt::Display) -> Call {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a query parameter if there is a value for it.
    pub(crate) fn maybe(self, name: &str, value: Option<impl fmt::Display>) -> Call {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// The path, encoded, with its leading slash.
    pub(crate) fn path(&self) -> String {
        self.segments.iter().map(|segment| format!("/{}", crate::uri::encode(segment))).collect()
    }

    /// Method and path: how a call is named in errors and logs.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method.name(), self.path())
    }

    /// An answer with a good status that makes no sense. After a call that starts work nobody knows what it did.
    pub(crate) fn bad_answer(
        &self,
        status: u16,
        request_id: Option<String>,
        message: String,
        transient: bool,
    ) -> Error {
        let error = Error::before_sending(Kind::BadAnswer, message).of_call(self.service, self.name());
        error.change(|facts| {
            (facts.status, facts.request_id, facts.transient) = (Some(status), request_id, transient);
            facts.outcome = match self.repeat {
                Repeat::Never => Outcome::Unknown,
                Repeat::Idempotent => Outcome::NotStarted,
            };
        })
    }

    /// Refuses identifiers that would change the path or cannot be signed: empty, `.`, `..`, with a slash, endless.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.segments.iter().find_map(|segment| identifier_problem(segment)) {
            None => Ok(()),
            Some(problem) => Err(Error::before_sending(Kind::Invalid, problem).of_call(self.service, self.name())),
        }
    }
}

#[cfg(test)]
impl Call {
    /// Method, path and body as JSON, for comparison with the documents.
    pub(crate) fn shown(&self) -> (String, serde_json::Value) {
        let body = self.body.as_ref().map(|body| serde_json::from_slice(&body.0).unwrap());
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        (format!("{}{mark}{}", self.name(), query.join("&")), body.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{dcs, iam};

    #[test]
    fn identifiers_cannot_leave_their_place() {
        for bad in ["", " ", ".", "..", "a/b", "a\\b"] {
            let call = Call::get(dcs::service::SERVICE, ["v2", "p", "instances", bad]);
            assert_eq!(call.check().map_err(|error| error.kind()), Err(Kind::Invalid), "{bad:?}");
        }
        let odd = Call::get(dcs::service::SERVICE, ["v2", "p", "a?b#c%d"]);
        assert!(odd.check().is_ok());
        assert_eq!(odd.name(), "GET /v2/p/a%3Fb%23c%25d");
    }

    #[test]
    fn bodies_do_not_print() {
        let call = Call::ask(iam::service::SERVICE, ["v3"], &serde_json::json!({"password": "hunter2"}));
        assert!(!format!("{call:?}").contains("hunter2"));
    }
}
