//! What was asked for: provider arguments and environment, resolved into one [`Config`] without any network.

mod clouds_yaml;
mod entries;
mod environment;
mod files;
mod hosts;
mod identity;
mod koocli;
mod platform;
mod resolve;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use crate::Secret;
use crate::address::{Origin, Region};
use crate::call::Service;

pub use environment::Environment;
pub(crate) use hosts::{Host, host, region_of};
pub(crate) use identity::{Choice, Identity};
pub use platform::Platform;

/// Every argument of the provider block; `None` means "not given" (an empty text counts as not given, too).
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
    /// URLs by service key (`iam`, `dcs`, `cbr`, `ddm`).
    pub endpoints: Option<BTreeMap<String, String>>,
    /// PEM file with additional certificate authorities.
    pub ca_cert_file: Option<String>,
    /// Whether certificates go unchecked.
    pub insecure: Option<bool>,
    /// Retries of a call that may be repeated.
    pub max_retries: Option<i64>,
    /// Time for one try of a request, such as `30s`.
    pub request_timeout: Option<String>,
    /// Whether plans check targets; resolved here for its environment variable only.
    pub preflight: Option<bool>,
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

/// An agency to act for.
#[derive(Debug, Clone)]
pub(crate) struct Agency {
    pub(crate) name: String,
    pub(crate) domain_id: Option<String>,
    pub(crate) domain_name: Option<String>,
    /// Lifetime of temporary keys; `None`: the service's default.
    pub(crate) seconds: Option<u64>,
}

/// Everything that a [`crate::Cloud`] needs, resolved from all sources.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) platform: Platform,
    /// URL of the rehearsal cloud; outranks everything else.
    pub(crate) rehearsal: Option<Origin>,
    pub(crate) region: Option<Region>,
    pub(crate) project_id: Option<String>,
    pub(crate) project_name: Option<String>,
    /// IAM for tokens and lookups, without `/v3`.
    pub(crate) auth_url: Option<Origin>,
    /// Overrides.
    pub(crate) endpoints: BTreeMap<Service, Origin>,
    pub(crate) identity: Choice,
    pub(crate) agency: Option<Agency>,
    pub(crate) connection: crate::http::Settings,
    pub(crate) max_retries: u32,
    preflight: bool,
    warnings: Vec<(String, String)>,
}

impl Config {
    /// Resolves arguments and environment. Missing credentials are no error here: the first call that needs them fails
    /// and names every place that was looked at.
    ///
    /// # Errors
    /// A value that cannot be used: a bad URL, duration, number or key, two credential kinds in the block, a file that
    /// was named and cannot be read. In a rehearsal only the rehearsal's own URL can be wrong.
    pub fn resolve(arguments: &Arguments, environment: &Environment) -> Result<Config, ConfigError> {
        resolve::resolve(arguments, environment)
    }

    /// Which cloud.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The provider's region, if one is set or told by a project or host name.
    pub fn region(&self) -> Option<&str> {
        self.region.as_ref().map(Region::as_str)
    }

    /// Whether plans check targets: argument, `RECOVERY_PREFLIGHT`, or true.
    pub fn preflight(&self) -> bool {
        self.preflight
    }

    /// URL of the rehearsal cloud, if `RECOVERY_REHEARSAL` is set.
    pub fn rehearsal(&self) -> Option<&str> {
        self.rehearsal.as_ref().map(Origin::as_str)
    }

    /// Things that the user should be told on every run, such as unchecked certificates: title and text.
    pub fn warnings(&self) -> &[(String, String)] {
        &self.warnings
    }
}
