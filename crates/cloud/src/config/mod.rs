//! What was asked for: provider arguments and environment, resolved into one [`Config`] without any network.

mod arguments;
mod clouds_yaml;
mod entries;
mod environment;
mod files;
mod identity;
mod koocli;
mod places;
mod proxies;
mod resolve;
mod source;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use crate::address::{Origin, Region};
use crate::credentials::{Agency, Choice};
use crate::platform::Platform;
use crate::service::Service;

pub use arguments::{Arguments, AssumeRole, ConfigError};
pub use environment::Environment;

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
    /// `auth_url` was made of the region and is another one for another region; otherwise somebody wrote it.
    pub(crate) address_follows_region: bool,
    /// Domain of the services, if a variable names another one than the platform's.
    pub(crate) domain: Option<String>,
    /// Overrides.
    pub(crate) endpoints: BTreeMap<Service, Origin>,
    pub(crate) identity: Choice,
    pub(crate) agency: Option<Agency>,
    pub(crate) connection: crate::http::Settings,
    pub(crate) max_retries: u32,
    warnings: Vec<(String, String)>,
}

impl Config {
    /// Which cloud.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The provider's region, if one is set or told by a project or host name.
    pub fn region(&self) -> Option<&str> {
        self.region.as_ref().map(Region::as_str)
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
