//! What can be asked for, and what is said about a setting that cannot be used.

use std::collections::BTreeMap;
use std::fmt;

use crate::secret::Secret;

/// Every argument; `None` means "not given" (an empty text counts as not given, too).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// Region.
    pub region: Option<String>,
    /// `otc` or `huaweicloud`.
    pub platform: Option<String>,
    /// IAM, with or without `/v3`.
    pub auth_url: Option<String>,
    /// Project by id.
    pub project_id: Option<String>,
    /// Project by name.
    pub project_name: Option<String>,
    /// Access key (AK).
    pub access_key: Option<String>,
    /// Secret key (SK).
    pub secret_key: Option<Secret>,
    /// Security token of a temporary key.
    pub security_token: Option<Secret>,
    /// User by name.
    pub user_name: Option<String>,
    /// User by id.
    pub user_id: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// One-time code of multi-factor authentication.
    pub passcode: Option<Secret>,
    /// Domain (account) by name.
    pub domain_name: Option<String>,
    /// Domain (account) by id.
    pub domain_id: Option<String>,
    /// A ready token.
    pub token: Option<Secret>,
    /// Agency to act for.
    pub assume_role: Option<AssumeRole>,
    /// Entry of clouds.yaml.
    pub cloud: Option<String>,
    /// Profile of the KooCLI configuration file.
    pub profile: Option<String>,
    /// Path of that file.
    pub shared_config_file: Option<String>,
    /// URLs by service key (`iam`, `dcs`, `cbr`, `ddm`, `rds`, `dds`).
    pub endpoints: Option<BTreeMap<String, String>>,
    /// PEM file with additional certificate authorities.
    pub ca_cert_file: Option<String>,
    /// Whether certificates go unchecked.
    pub insecure: Option<bool>,
    /// Retries of a call that may be repeated.
    pub max_retries: Option<i64>,
    /// Time for one try of a request, such as `30s`.
    pub request_timeout: Option<String>,
}

/// The `assume_role` block: an agency that the credentials may act for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssumeRole {
    /// Name of the agency.
    pub agency_name: Option<String>,
    /// The delegating account by name.
    pub domain_name: Option<String>,
    /// The delegating account by id.
    pub domain_id: Option<String>,
    /// Lifetime of the temporary credentials, such as `1h`, or seconds.
    pub duration: Option<String>,
}

/// A setting that cannot be used, and which one.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigError {
    /// The argument to blame, such as `auth_url` or `assume_role.duration`; `None` if no single one is.
    pub argument: Option<String>,
    /// A title in the user's words.
    pub summary: String,
    /// What was found, where, and what to write instead.
    pub detail: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.summary, self.detail)
    }
}

impl std::error::Error for ConfigError {}
