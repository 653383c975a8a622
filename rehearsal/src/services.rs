//! The table of services: one line each. All else about a service stands in its own folder and reaches the rest of the
//! cloud through [`Backend`].

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::formats::read;
use crate::service::{Backend, CatalogueRow, Lookup, Planned, Platform};

/// Makes of the table: the names of the services, the world with a part for each, and an origin for each.
macro_rules! services {
    ($($(#[doc = $doc:literal])+ $name:ident $key:ident;)+) => {
        /// The services of the rehearsal cloud; each has its own origin.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Service {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Service {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Service] = &[$(Service::$name,)+];

            /// Whether it runs operations: every service but identity.
            #[must_use]
            pub fn runs_operations(self) -> bool {
                self != Service::Iam
            }

            /// Those that run operations.
            pub fn of_operations() -> impl Iterator<Item = Service> {
                Service::ALL.iter().copied().filter(|service| service.runs_operations())
            }

            /// The key under which scenarios, the journal and the connection know it, such as `dcs`.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Service::$name => stringify!($key),)+
                }
            }

            /// Reads its part of a world and writes it again, with what was left out filled in.
            pub(crate) fn complete(self, part: Value, place: &str) -> Result<Value, String> {
                match self {
                    $(Service::$name => complete::<crate::$key::World>(part, place),)+
                }
            }
        }

        /// The world of all services. What a scenario leaves out is built in.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct World {
            $($(#[doc = $doc])+ pub $key: crate::$key::World,)+
        }

        impl World {
            pub(crate) fn of(&self, service: Service) -> &dyn Backend {
                match service {
                    $(Service::$name => &self.$key,)+
                }
            }

            pub(crate) fn of_mut(&mut self, service: Service) -> &mut dyn Backend {
                match service {
                    $(Service::$name => &mut self.$key,)+
                }
            }
        }

        /// The origin of each service, such as `http://127.0.0.1:40123`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Endpoints {
            $($(#[doc = $doc])+ pub $key: String,)+
        }

        impl Endpoints {
            /// Asks for the origin of each.
            pub(crate) fn collect<E>(mut origin: impl FnMut(Service) -> Result<String, E>) -> Result<Endpoints, E> {
                Ok(Endpoints { $($key: origin(Service::$name)?,)+ })
            }

            /// The origin of a service.
            #[must_use]
            pub fn of(&self, service: Service) -> &str {
                match service {
                    $(Service::$name => &self.$key,)+
                }
            }
        }
    };
}

services! {
    /// Identity: accounts, projects, users, agencies, issued credentials.
    Iam iam;
    /// Distributed Cache Service: instances and their records.
    Dcs dcs;
    /// Cloud Backup and Recovery: vaults, servers, disks, backups and the operation log.
    Cbr cbr;
    /// Distributed Database Middleware: instances, data nodes and jobs.
    Ddm ddm;
    /// Relational Database Service: instances, backups and tasks.
    Rds rds;
    /// Document Database Service: instances, backups and tasks.
    Dds dds;
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

impl Service {
    /// The service of this key.
    ///
    /// # Errors
    /// When there is none; the text names those that exist.
    pub(crate) fn named(key: &str) -> Result<Service, String> {
        let found = Service::ALL.iter().find(|service| service.key() == key);
        found.copied().ok_or_else(|| {
            let keys: Vec<&str> = Service::ALL.iter().map(|service| service.key()).collect();
            format!("no such service, expected one of {}", keys.join(", "))
        })
    }
}

impl World {
    /// Makes every service speak the wire form of a platform.
    pub fn set_platform(&mut self, platform: Platform) {
        for service in Service::ALL {
            self.of_mut(*service).set_platform(platform);
        }
    }

    /// Creates what is named and missing; what exists stays as it is.
    pub fn ensure(&mut self, needs: &Needs) {
        for service in Service::ALL {
            let own = needs.lookups.iter().filter(|(of, _)| of == service);
            let lookups: Vec<Lookup> = own.map(|(_, path)| path.clone()).collect();
            self.of_mut(*service).ensure(&needs.resources, &lookups);
        }
    }

    /// The service catalogue with whole URLs.
    pub(crate) fn catalogue(&self, endpoints: &Endpoints) -> Vec<CatalogueRow> {
        let listed = |service: &Service| {
            let origin = endpoints.of(*service);
            let whole = move |row: CatalogueRow| CatalogueRow { url: format!("{origin}{}", row.url), ..row };
            self.of(*service).catalogue().into_iter().map(whole)
        };
        Service::ALL.iter().flat_map(listed).collect()
    }
}

/// What a configuration names and the world may lack. Each service takes from it what it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The resources that a plan names.
    pub resources: Vec<Planned>,
    /// What was read and not found, by service: data sources are read while planning, and stand in no plan when they
    /// fail.
    pub lookups: Vec<(Service, Lookup)>,
}

impl Needs {
    /// What a resource of this type and with these arguments needs.
    #[must_use]
    pub fn resource(type_name: &str, arguments: Value) -> Needs {
        Needs::default().and_resource(type_name, arguments)
    }

    /// The same and one more resource.
    #[must_use]
    pub fn and_resource(mut self, type_name: &str, arguments: Value) -> Needs {
        self.resources.push(Planned { type_name: type_name.to_owned(), arguments });
        self
    }

    /// The same and a path that was read and not found.
    #[must_use]
    pub fn and_lookup(mut self, service: Service, path: &str) -> Needs {
        let parts = path.split('/').filter(|part| !part.is_empty());
        self.lookups.push((service, parts.map(str::to_owned).collect()));
        self
    }
}

fn complete<T: DeserializeOwned + Serialize>(part: Value, place: &str) -> Result<Value, String> {
    let part = read::<T>(part, place)?;
    serde_json::to_value(part).map_err(|problem| format!("{place}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_table_are_the_keys_on_the_wire() {
        let world = serde_json::to_value(World::default()).unwrap();
        for service in Service::ALL {
            assert_eq!(serde_json::to_value(service).unwrap(), service.key());
            assert_eq!(Service::named(service.key()), Ok(*service));
            for settings in ["switches", "durations"] {
                assert!(world[service.key()][settings].is_object(), "{service} has no {settings}");
            }
        }
        assert!(Service::named("control").unwrap_err().contains("dcs"));
    }

    #[test]
    fn a_rehearsal_without_needs_changes_nothing() {
        let mut world = World::default();
        let before = serde_json::to_string(&world).unwrap();
        world.ensure(&Needs::default().and_lookup(Service::Iam, "/v3/projects/x"));
        world.ensure(&Needs::resource("recovery_of_tomorrow", serde_json::json!({"instance_id": "i"})));
        assert_eq!(serde_json::to_string(&world).unwrap(), before);
    }
}
