//! The form in which every service of the rehearsal cloud sees a request and gives its answer: plain values, no IO.
//!
//! A service is a pure function `handle(&mut World, &Request) -> Response`. What time it is comes with the request
//! ([`Request::now`]): services never look at a clock, compute every status from the instants stored in their records,
//! and treat records made after `now` as not there yet. Asking with an earlier `now` is how a stale answer is made.

use jiff::Timestamp;
use serde_json::Value;

/// A request that passed authentication.
#[derive(Clone, Debug)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// The path, percent-decoded, split at `/`, without empty parts.
    pub path: Vec<String>,
    /// Decoded pairs in the order sent.
    pub query: Vec<(String, String)>,
    /// The body as sent.
    pub body: Vec<u8>,
    /// The project that the caller acts in.
    pub project_id: String,
    /// The instant at which the service sees the request.
    pub now: Timestamp,
    /// How many times faster than in reality operations run; divide durations by it.
    pub speed: f64,
    /// Set by a fault: the operation that this request starts will end as failed.
    pub fail_operation: Option<OperationFailure>,
}

/// How a started operation ends when a scenario wants it to fail.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct OperationFailure {
    /// Terminal status word; the service's usual word for failure when absent.
    #[serde(default)]
    pub status: Option<String>,
    /// The service's code, such as `dcs.08.0007` or `BackupService.2011`.
    pub code: String,
    /// The service's text, where it has one.
    #[serde(default)]
    pub message: String,
}

/// What the service answers.
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Additional headers.
    pub headers: Vec<(String, String)>,
    /// JSON, or nothing at all.
    pub body: Option<Value>,
    /// The identifier of the operation that this request started, for the journal; none for reads and refusals.
    pub started: Option<String>,
}

/// One operation of a service, as the timeline of a rehearsal shows it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Operation {
    /// `dcs`, `cbr` or `ddm`.
    pub service: String,
    /// What was done: `backup`, `restore`, `delete` and so on.
    pub kind: String,
    /// The identifier by which a caller can follow it.
    pub id: String,
    /// What was backed up or overwritten.
    pub target: String,
    /// When the service accepted it.
    pub started: Timestamp,
    /// When it ended; none while it runs.
    pub ended: Option<Timestamp>,
    /// The service's own status word at the instant asked for.
    pub status: String,
}

impl Request {
    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Method and path parts, for matching.
    pub fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.iter().map(String::as_str).collect())
    }
}

impl Response {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: Value) -> Response {
        Response { status, headers: Vec::new(), body: Some(body), started: None }
    }

    /// An answer whose body is plain text: a JSON string marked by its `content-type`, which the listener writes bare.
    pub fn text(status: u16, text: &str) -> Response {
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        Response { status, headers, body: Some(Value::String(text.to_owned())), started: None }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: None, started: None }
    }

    /// The same, noted as having started an operation.
    #[must_use]
    pub fn started(mut self, operation: impl Into<String>) -> Response {
        self.started = Some(operation.into());
        self
    }
}
