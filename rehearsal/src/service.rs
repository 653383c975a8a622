//! What a service of the rehearsal cloud is: the trait that each one implements, and the values that go in and come out.
//!
//! A service answers as a pure function of its world and the request. What time it is comes with the request
//! ([`Request::now`]): services never look at a clock, compute every status from the instants stored in their records,
//! and treat records made after `now` as not there yet. Asking with an earlier `now` is how a stale answer is made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lockout::Lockout;
use crate::wire::{Answer, Call};

/// Everything that the rest of the cloud asks of a service. Implemented by the service's part of the world, which also
/// carries its `switches` and `durations`: scenarios are laid over those fields by name.
pub(crate) trait Backend {
    /// Answers a call whose caller nobody has verified. Only identity does, where callers get the credentials that
    /// they are verified by; for all others it is `None`, and [`Backend::handle`] answers once the caller is admitted.
    fn handle_unverified(&mut self, _lockout: &mut Lockout, _call: &Unverified<'_>) -> Option<Answer> {
        None
    }

    /// Answers a request of a caller who may act in the project. The answer names the operation that it started.
    fn handle(&mut self, request: &Request) -> Response;

    /// Every operation known at `now`, for the timeline.
    fn operations(&self, _now: Timestamp) -> Vec<Operation> {
        Vec::new()
    }

    /// The rows of the service catalogue.
    fn catalogue(&self) -> Vec<CatalogueRow> {
        Vec::new()
    }

    /// Creates what a configuration names and the world lacks; what exists stays as it is. `lookups` are the paths of
    /// this service that were read and not found.
    fn ensure(&mut self, _planned: &[Planned], _lookups: &[Lookup]) {}

    /// Takes the wire form of a platform; nothing where both clouds speak alike.
    fn set_platform(&mut self, _platform: Platform) {}

    /// The project that a path names: `/{version}/{project_id}/...`, unless the service has paths without one.
    fn project_in<'path>(&self, path: &'path [String]) -> Option<&'path str> {
        path.get(1).map(String::as_str)
    }

    /// The refusal of a caller whose project is another than the path's; the gateway's own unless the service has one.
    fn project_mismatch(&self, _path: &[String]) -> Option<Response> {
        None
    }

    /// Whether ids in requests are taken in capitals as in small letters; answers have them as they were made.
    fn takes_ids_in_any_case(&self) -> bool {
        false
    }

    /// The keys by which the records of its lists are told apart, the most telling first.
    fn record_ids(&self) -> &'static [&'static str] {
        &["id"]
    }
}

/// A call before anybody has verified who sends it, with what identity needs to answer.
pub(crate) struct Unverified<'call> {
    pub(crate) call: &'call Call,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// The origin of the service itself, without a path.
    pub(crate) origin: &'call str,
    /// The catalogue of all services.
    pub(crate) catalogue: Vec<CatalogueRow>,
    pub(crate) conditions: Conditions,
    pub(crate) now: Timestamp,
}

/// What faults do to the verification of a signature.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions {
    /// The cloud's clock is this many seconds ahead.
    pub(crate) clock_skew_seconds: i64,
    /// No signature is accepted.
    pub(crate) refuse_aksk: bool,
}

/// One row of the service catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CatalogueRow {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// What follows the service's origin, with `{project}` where the project goes; the whole URL once it is listed.
    pub(crate) url: String,
}

impl CatalogueRow {
    pub(crate) fn new(name: &'static str, kind: &'static str, path: &str) -> CatalogueRow {
        CatalogueRow { name, kind, url: path.to_owned() }
    }
}

/// Which cloud's wire form the services speak where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Open Telekom Cloud.
    #[default]
    Otc,
    /// Huawei Cloud.
    Huaweicloud,
}

/// A resource that a plan names, as Terraform shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its type, such as `recovery_dcs_restore`.
    pub type_name: String,
    /// Its arguments (`change.after` of a plan); what is not known yet is missing or null.
    pub arguments: Value,
}

impl Planned {
    /// The text of an argument; none when it is empty or not known.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        text(&self.arguments, name)
    }

    /// The blocks of this name.
    #[must_use]
    pub fn blocks(&self, name: &str) -> &[Value] {
        self.arguments.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// The non-empty text of a field.
pub(crate) fn text<'value>(value: &'value Value, name: &str) -> Option<&'value str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A path that was read and not found, in its parts.
pub type Lookup = Vec<String>;

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
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// The service's key, such as `dcs`.
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

/// The status word of an operation whose service has no record of it any more.
pub(crate) const UNRECORDED: &str = "unknown";

impl Operation {
    /// Whether its service still knows it: of one whose record is gone nobody can say how it ended.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.status != UNRECORDED
    }
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
