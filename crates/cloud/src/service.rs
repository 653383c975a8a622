//! The services that can be called.

use std::fmt;

/// A service with an endpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Identity and Access Management.
    Iam,
    /// Distributed Cache Service.
    Dcs,
    /// Cloud Backup and Recovery.
    Cbr,
    /// Distributed Database Middleware.
    Ddm,
}

impl Service {
    /// All services, in the order of their names' first use.
    pub const ALL: [Service; 4] = [Service::Iam, Service::Dcs, Service::Cbr, Service::Ddm];

    /// The lower case name: the key in `endpoints` and the first part of the host.
    pub fn key(self) -> &'static str {
        match self {
            Service::Iam => "iam",
            Service::Dcs => "dcs",
            Service::Cbr => "cbr",
            Service::Ddm => "ddm",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Service::Iam => "IAM",
            Service::Dcs => "DCS",
            Service::Cbr => "CBR",
            Service::Ddm => "DDM",
        })
    }
}
