//! One error for everything that can go wrong between a caller and a service.

mod body;
mod refusal;

use std::fmt;
use std::time::Duration;

use crate::call::{Call, Repeat, Service};

#[cfg(test)]
pub(crate) use body::read as read_complaint;
pub(crate) use refusal::Refusal;

/// What a caller can do about an error. The service's own code and words stay in the [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The thing that was named does not exist (any more).
    NotFound,
    /// The path or host is wrong (`APIGW.0101`, `DCS.4001`): a mistake in the configuration, not "gone".
    Misdirected,
    /// A state that passes by itself forbids the request: wait, then try again.
    Busy,
    /// The service refused because of a state that may be passing or final: read the target, then decide.
    Depends,
    /// Told to slow down, beyond the patience of this client.
    Throttled,
    /// The credentials were refused.
    Unauthorized,
    /// The credentials are good but lack a permission.
    Forbidden,
    /// The request itself is wrong: change it.
    Invalid,
    /// The target, backup or account cannot take this operation, and waiting does not help.
    Refused,
    /// No answer, or one that blames the service: a read is worth another try.
    Unavailable,
    /// The answer makes no sense.
    BadAnswer,
    /// Settings are missing or contradict each other.
    Config,
    /// No trusted connection: wrong name, unknown authority, expired certificate.
    Tls,
    /// The two clocks are too far apart for signatures.
    Clock,
}

/// What is known about the work that a POST was to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Provably not accepted: not sent, or refused by the service.
    NotStarted,
    /// Nobody can tell from the answer: sent, and then a timeout, a reset, a 5xx or an unreadable answer.
    Unknown,
}

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

    pub(crate) fn is_unresolved(&self) -> bool {
        self.0.unresolved
    }

    pub(crate) fn from_facts(facts: Facts) -> Error {
        Error(std::sync::Arc::new(facts))
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
        })
    }

    /// Settings are missing or contradict each other; nothing was sent.
    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error::before_sending(Kind::Config, message)
    }

    /// The same error, but of this call.
    pub(crate) fn of_call(self, call: &Call) -> Error {
        self.change(|facts| {
            facts.service = Some(call.service);
            facts.call = Some(call.name());
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

    /// An answer with a good status that makes no sense. After a call that starts work nobody knows what it did.
    pub(crate) fn bad_answer(
        call: &Call,
        status: u16,
        request_id: Option<String>,
        message: String,
        transient: bool,
    ) -> Error {
        Error::from_facts(Facts {
            kind: Kind::BadAnswer,
            service: Some(call.service),
            call: Some(call.name()),
            status: Some(status),
            code: None,
            message,
            request_id,
            retry_after: None,
            outcome: match call.repeat {
                Repeat::Never => Outcome::Unknown,
                Repeat::Safe => Outcome::NotStarted,
            },
            transient,
            unresolved: false,
        })
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
