//! What a caller can do about a failure, and what is known about the work that a request was to start.

/// What a caller can do about an error. The service's own code and words stay in the [`Error`](crate::Error).
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
    /// Told to slow down (a rate limit, 429), for longer than this client retries.
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
