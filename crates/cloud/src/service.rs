//! What a service is to this client. Nothing outside of a service's own folder knows which services there are: the folder
//! has one constant [`Entry`], and `services.rs` has one line for it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::kind::Kind;
use crate::platform::Platform;

/// A service with an endpoint of its own: a handle to what its folder says about it. Two handles are the same if their
/// keys are.
#[derive(Clone, Copy)]
pub struct Service(&'static Entry);

/// All that the client knows of a service beside its calls.
pub(crate) struct Entry {
    /// The lower case name: the key in `endpoints` and the first part of hosts that no document lists.
    pub(crate) key: &'static str,
    /// The name in messages.
    pub(crate) name: &'static str,
    /// The type in the service catalogue, which may be followed by a version, as in `dcsv1`.
    pub(crate) catalogue_type: &'static str,
    /// The environment variable for an address in place of the usual one.
    pub(crate) endpoint_variable: &'static str,
    /// Where documents list the service. Elsewhere the catalogue decides.
    pub(crate) listed: &'static [Listed],
    /// What a caller can do about a status, a code and a message of the service; `None` where the general rules hold.
    pub(crate) classify: fn(u16, &str, &str) -> Option<Kind>,
}

/// Regions in which a document lists a service.
pub(crate) struct Listed {
    pub(crate) platform: Platform,
    pub(crate) regions: &'static [&'static str],
    /// The first part of the host there.
    pub(crate) label: &'static str,
}

impl Service {
    /// The handle for an entry.
    pub(crate) const fn new(entry: &'static Entry) -> Service {
        Service(entry)
    }

    /// The lower case name: the key in `endpoints`.
    pub fn key(self) -> &'static str {
        self.0.key
    }

    /// The environment variable for an address in place of the usual one, such as `RECOVERY_ENDPOINT_DCS`.
    pub fn endpoint_variable(self) -> &'static str {
        self.0.endpoint_variable
    }

    /// True for the type of a catalogue's entry that stands for this service.
    pub(crate) fn has_catalogue_type(self, kind: &str) -> bool {
        let version = kind.strip_prefix(self.0.catalogue_type);
        version.is_some_and(|version| {
            let digits = version.strip_prefix('v');
            version.is_empty() || digits.is_some_and(|digits| digits.starts_with(|digit: char| digit.is_ascii_digit()))
        })
    }

    /// The first part of the host in a region for which a document lists the service.
    pub(crate) fn listed(self, platform: Platform, region: &str) -> Option<&'static str> {
        let found = self.0.listed.iter().find(|listed| listed.platform == platform && listed.regions.contains(&region));
        found.map(|listed| listed.label)
    }

    /// What a caller can do about a status, a code and a message; `None` where the general rules hold.
    pub(crate) fn classify(self, status: u16, code: &str, message: &str) -> Option<Kind> {
        (self.0.classify)(status, code, message)
    }
}

impl PartialEq for Service {
    fn eq(&self, other: &Service) -> bool {
        self.0.key == other.0.key
    }
}

impl Eq for Service {}

impl Hash for Service {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl PartialOrd for Service {
    fn partial_cmp(&self, other: &Service) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Service {
    fn cmp(&self, other: &Service) -> Ordering {
        self.0.key.cmp(other.0.key)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name)
    }
}
