//! One error for everything that can go wrong between a caller and a service.

use std::fmt;
use std::time::Duration;

use crate::kind::{Kind, Outcome};
use crate::service::Service;

/// An error of a call, with all facts that a user or the service's support may need and no secret.
///
/// Cheap to clone, because one failure may be the answer to many waiting callers.
#[derive(Debug, Clone)]
pub struct Error(std::sync::Arc<Facts>);

/// The facts of an error, filled in by whoever knows them.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    pub(crate) service: Option<Service>,
    /// Method and path, without the query.
    pub(crate) call: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) outcome: Outcome,
    /// Whether the same read may succeed a little later.
    pub(crate) transient: bool,
    /// The host's name could not be resolved, which seldom passes.
    pub(crate) unresolved: bool,
    /// The answer is a page for people.
    pub(crate) page: bool,
    /// The argument of the call's place that is to blame, if it is one: `region` or `project_id`.
    pub(crate) argument: Option<&'static str>,
}

impl Error {
    /// What the caller can do.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The service that was called; `None` if the error arose before any service was chosen.
    pub fn service(&self) -> Option<Service> {
        self.0.service
    }

    /// Method and path of the call, such as `POST /v2/0123/instances/4567/backups`; never the query.
    pub fn call(&self) -> Option<&str> {
        self.0.call.as_deref()
    }

    /// HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own code, trimmed: `DCS.4096`, `BackupService.2010`, `DBS.280001`, `APIGW.0301`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's message, or what went wrong in plain words.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The request id of the answer, for the service's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// For a POST that starts work: whether it may have been accepted.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// True if the thing that was named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }

    /// True if a passing state forbids the request.
    pub fn is_busy(&self) -> bool {
        self.kind() == Kind::Busy
    }

    /// True if asking a read again, a little later, may succeed. Retries of the client itself are already used up.
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// True if the answer was a page for people. Whoever sent it, a proxy or a portal, did not speak for the service.
    pub fn is_page(&self) -> bool {
        self.0.page
    }

    /// True if the host's name could not be resolved.
    pub fn is_unresolved(&self) -> bool {
        self.0.unresolved
    }

    /// True for what fails every call alike, whatever it is about, until somebody changes a setting: credentials that are
    /// missing or refused, an unknown project, a region that no host stands for, clocks too far apart, no trusted connection.
    /// A lack of permission is none of them: other calls may go through.
    pub fn denies_access(&self) -> bool {
        matches!(self.kind(), Kind::Unauthorized | Kind::Config | Kind::Clock | Kind::Tls)
    }

    /// Where the place of a call is to blame: the argument that names it, `region` or `project_id`.
    pub fn argument(&self) -> Option<&'static str> {
        self.0.argument
    }

    /// The same error, blamed on an argument.
    pub(crate) fn blame(self, argument: &'static str) -> Error {
        self.change(|facts| facts.argument = Some(argument))
    }

    /// The same error with more to say, as the end of its sentence.
    #[must_use]
    pub fn hint(self, more: &str) -> Error {
        self.change(|facts| facts.message = format!("{}; {more}", facts.message.trim_end_matches(['.', ' '])))
    }

    pub(crate) fn from_facts(facts: Facts) -> Error {
        Error(std::sync::Arc::new(facts))
    }

    /// The error of a request that was sent and never answered, as tests of a caller need it.
    #[doc(hidden)]
    pub fn outcome_unknown(message: impl Into<String>) -> Error {
        Error::before_sending(Kind::Unavailable, message).change(|facts| facts.outcome = Outcome::Unknown)
    }

    /// An error of this kind, as tests of a caller need it.
    #[doc(hidden)]
    pub fn of_kind(kind: Kind, message: impl Into<String>) -> Error {
        Error::before_sending(kind, message).change(|facts| facts.transient = kind == Kind::Unavailable)
    }

    /// An error of a caller that found something missing before it asked for anything to be sent.
    pub fn not_sent(message: impl Into<String>) -> Error {
        Error::before_sending(Kind::Invalid, message)
    }

    /// An error before anything was sent.
    pub(crate) fn before_sending(kind: Kind, message: impl Into<String>) -> Error {
        Error::from_facts(Facts {
            kind,
            service: None,
            call: None,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            outcome: Outcome::NotStarted,
            transient: false,
            unresolved: false,
            page: false,
            argument: None,
        })
    }

    /// Settings are missing or contradict each other; nothing was sent.
    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error::before_sending(Kind::Config, message)
    }

    /// The same error, but of a call, which is named by its method and path.
    pub(crate) fn of_call(self, service: Service, call: String) -> Error {
        self.change(|facts| {
            facts.service = Some(service);
            facts.call = Some(call);
        })
    }

    /// The same error, as seen by a call that was never sent because a preparation (a token, a lookup) failed.
    pub(crate) fn into_preparation(self) -> Error {
        self.change(|facts| facts.outcome = Outcome::NotStarted)
    }

    /// The same error with other facts.
    pub(crate) fn change(self, change: impl FnOnce(&mut Facts)) -> Error {
        let mut facts = std::sync::Arc::unwrap_or_clone(self.0);
        change(&mut facts);
        Error::from_facts(facts)
    }
}

impl fmt::Display for Error {
    /// One line: `CBR answered POST /v3/…/restore with 400 BackupService.2010: … (request id …)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = &*self.0;
        match (facts.service, &facts.call, facts.status) {
            (Some(service), Some(call), Some(status)) => write!(formatter, "{service} answered {call} with {status}")?,
            (Some(service), Some(call), None) => write!(formatter, "{service} gave no answer to {call}")?,
            _ => return formatter.write_str(&facts.message),
        }
        if let Some(code) = &facts.code {
            write!(formatter, " {code}")?;
        }
        if !facts.message.is_empty() {
            write!(formatter, ": {}", facts.message)?;
        }
        if let Some(request_id) = &facts.request_id {
            write!(formatter, " (request id {request_id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
