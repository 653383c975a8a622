//! Who is calling: credentials as they are, whoever found them and whatever is done with them.

use crate::secret::Secret;

/// A user by id or by name and domain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) domain_id: Option<String>,
    pub(crate) domain_name: Option<String>,
}

/// Credentials of one kind, complete.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// A ready token; nobody can renew it.
    Token(Secret),
    /// An access key.
    Keys { access_key: String, secret_key: Secret, security_token: Option<Secret> },
    /// A user with a password.
    Password { user: User, password: Secret, passcode: Option<Secret> },
}

impl Identity {
    /// The kind in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Identity::Token(_) => "token",
            Identity::Keys { security_token: None, .. } => "access key",
            Identity::Keys { .. } => "temporary access key",
            Identity::Password { passcode: None, .. } => "password",
            Identity::Password { .. } => "password and passcode",
        }
    }
}

/// An agency to act for.
#[derive(Debug, Clone)]
pub(crate) struct Agency {
    pub(crate) name: String,
    pub(crate) domain_id: Option<String>,
    pub(crate) domain_name: Option<String>,
    /// Lifetime of temporary keys; `None`: the service's default.
    pub(crate) seconds: Option<u64>,
}

/// What there is to log in with.
#[derive(Debug, Clone)]
pub(crate) enum Choice {
    /// Complete credentials, and the name of the source that they come from, for the log.
    Found { identity: Box<Identity>, source: String },
    /// Nothing usable; the text says which places were looked at and what was incomplete.
    Missing(String),
}

impl Choice {
    /// Complete credentials of a source.
    pub(crate) fn found(identity: Identity, source: &str) -> Choice {
        Choice::Found { identity: Box::new(identity), source: source.to_owned() }
    }

    /// The credentials, if there are any.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        match self {
            Choice::Found { identity, .. } => Some(identity),
            Choice::Missing(_) => None,
        }
    }

    /// The name of their source; empty if there are none.
    pub(crate) fn source(&self) -> &str {
        match self {
            Choice::Found { source, .. } => source,
            Choice::Missing(_) => "",
        }
    }
}
