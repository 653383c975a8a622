//! How to reach a rehearsal cloud, and as whom: the first line that `simulate` prints.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::Secret;
use crate::services::Endpoints;

/// Where a rehearsal cloud listens and which credentials it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The control origin: journal, faults, world.
    pub url: String,
    /// IAM with its version, as `auth_url` of a provider block.
    pub auth_url: String,
    /// The origin of each service, without a path.
    pub endpoints: Endpoints,
    /// Credentials of the world's first user; each kind works alone.
    pub credentials: Credentials,
    /// The region of the credentials' project.
    pub region: String,
}

/// Credentials of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The project to act in.
    pub project_id: String,
    /// Its name.
    pub project_name: String,
    /// The user's account.
    pub domain_name: String,
    /// The same by id.
    pub domain_id: String,
    /// The user.
    pub user_name: String,
    /// The same by id.
    pub user_id: String,
    /// For password tokens.
    pub password: Secret,
    /// Permanent access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: Secret,
    /// A token for the project, good for as long as tokens live.
    pub token: Secret,
}

impl Connection {
    /// One line of JSON, secrets in the clear: whoever starts the cloud needs them, and they open nothing else.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rehearsal cloud at {}", self.url)
    }
}
