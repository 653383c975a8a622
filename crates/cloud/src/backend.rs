//! The back end of a handle: where to call and as whom, with everything that is looked up once and remembered.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::access::{Access, no_project};
use crate::address::{Origin, Region, identifier_problem, shown};
use crate::catalogue;
use crate::error::Error;
use crate::hosts::{Host, host, region_of};
use crate::iam::service::SERVICE as IAM;
use crate::kind::Kind;
use crate::platform::Platform;
use crate::service::Service;

/// Where a handle calls, as far as settings or a rehearsal cloud say.
pub(crate) struct Place {
    pub(crate) platform: Platform,
    /// IAM for tokens and lookups, if it is set.
    pub(crate) auth_url: Option<Origin>,
    /// Overrides.
    pub(crate) endpoints: BTreeMap<Service, Origin>,
    pub(crate) region: Option<Region>,
    pub(crate) projects: Projects,
}

/// How the project of a call is found.
pub(crate) enum Projects {
    /// In a real cloud: as set, for the own region; else the project that is named like the region.
    Named { id: Option<String>, name: Option<String> },
    /// In a rehearsal, which serves every region and knows only a few projects: the wanted one or the one named like the
    /// region if the rehearsal knows them, else this one, so that every configuration can be rehearsed.
    Rehearsed { id: Option<String> },
}

/// Where to call and as whom.
pub(crate) struct Backend {
    pub(crate) access: Access,
    place: Place,
    projects: Remembered<String>,
    addresses: Remembered<Address>,
}

/// Lookups that are done once, by what was looked up.
type Remembered<T> = Mutex<HashMap<(String, String), Arc<OnceCell<T>>>>;

/// The origin of a service, and how it was found when no document lists it.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) base: Origin,
    /// What was tried before the pattern; `None` for a known address.
    guess: Option<String>,
}

impl Backend {
    pub(crate) fn new(place: Place, access: Access) -> Backend {
        Backend { access, place, projects: Mutex::default(), addresses: Mutex::default() }
    }

    /// The region and the project's id of a call that asks for these, or for nothing in particular.
    ///
    /// # Errors
    /// See [`crate::Cloud::scope`].
    pub(crate) async fn scope(&self, region: Option<&str>, project: Option<&str>) -> Result<(Region, String), Error> {
        if let Some(problem) = project.and_then(identifier_problem) {
            return Err(Error::config(format!("project_id is no id: {problem}")));
        }
        let region = region.map(wanted_region).transpose()?;
        self.check_region(region.as_ref())?;
        let region = self.region(region).await?;
        let project_id = self.project_id(&region, project).await;
        let project_id = project_id.map_err(|error| self.explain_iam(error, &region))?;
        Ok((region, project_id))
    }

    fn rehearsed(&self) -> bool {
        matches!(self.place.projects, Projects::Rehearsed { .. })
    }

    /// An override leads to one region's service, so a resource cannot be in another one.
    fn check_region(&self, wanted: Option<&Region>) -> Result<(), Error> {
        match (wanted, &self.place.region) {
            (Some(wanted), Some(own)) if wanted != own && !self.place.endpoints.is_empty() && !self.rehearsed() => {
                let keys: Vec<&str> = self.place.endpoints.keys().map(|service| service.key()).collect();
                Err(Error::config(format!(
                    "the region \"{wanted}\" differs from the provider's (\"{own}\"), but the provider overrides the \
                     endpoints of {}, which lead to one region only; use a second provider configuration for the other \
                     region",
                    keys.join(", ")
                )))
            }
            _ => Ok(()),
        }
    }

    async fn region(&self, wanted: Option<Region>) -> Result<Region, Error> {
        if let Some(region) = wanted.or_else(|| self.place.region.clone()) {
            return Ok(region);
        }
        // A token of a project tells its region on both clouds.
        if let (Some(iam), true) = (&self.place.auth_url, self.access.is_ready_token())
            && let Some((_, Some(name))) = self.access.own_project(iam).await?
            && Platform::of_region(&name).is_some()
        {
            return region_of_token(&name);
        }
        let variables = match self.place.platform {
            Platform::Otc => "OS_REGION_NAME, OS_REGION and HW_REGION_NAME",
            Platform::Huawei => "HW_REGION_NAME, OS_REGION_NAME and OS_REGION",
        };
        Err(Error::config(format!(
            "No region is known. Looked at: region of the resource and of the provider, the environment variables \
             {variables}, the project's name (its part before the first `_`), the host of auth_url, and the entry of a \
             configuration file, if one is named."
        )))
    }

    async fn project_id(&self, region: &Region, wanted: Option<&str>) -> Result<String, Error> {
        match &self.place.projects {
            Projects::Rehearsed { id } => self.rehearsed_project(region, wanted, id.as_ref()).await,
            Projects::Named { id, name } => match wanted {
                Some(wanted) => Ok(wanted.to_owned()),
                None => self.named_or_own_project(region, id.as_ref(), name.as_deref()).await,
            },
        }
    }

    async fn rehearsed_project(
        &self,
        region: &Region,
        wanted: Option<&str>,
        own: Option<&String>,
    ) -> Result<String, Error> {
        let iam = self.iam(region)?;
        let found = match wanted {
            Some(wanted) => self.access.check_project(&iam, wanted).await.map(|()| wanted.to_owned()),
            None => self.named_project(&iam, region.as_str()).await,
        };
        match (found, own) {
            (Err(error), Some(own)) if !error.is_transient() => Ok(own.clone()),
            (found, _) => found,
        }
    }

    async fn named_or_own_project(
        &self,
        region: &Region,
        id: Option<&String>,
        name: Option<&str>,
    ) -> Result<String, Error> {
        let own = self.place.region.as_ref().is_none_or(|own| own == region);
        if let (Some(id), true) = (id, own) {
            return Ok(id.clone());
        }
        let iam = self.iam(region)?;
        if let (Some(name), true) = (name, own) {
            return self.named_project(&iam, name).await;
        }
        match self.named_project(&iam, region.as_str()).await {
            // A ready token is good for its own project, whatever that is named.
            Err(error) if own && self.access.is_ready_token() && error.kind() != Kind::Unauthorized => {
                match self.access.own_project(&iam).await {
                    Ok(Some((id, _))) => Ok(id),
                    _ => Err(error),
                }
            }
            result => result,
        }
    }

    /// Looks up a project's id by its name, once.
    async fn named_project(&self, iam: &Origin, name: &str) -> Result<String, Error> {
        let cell = remembered(&self.projects, iam.as_str(), name);
        let id = cell.get_or_try_init(|| async {
            let found = self.access.project_id(iam, name).await.inspect(|id| {
                tracing::info!(project = name, id, "found the project");
            });
            found.map_err(|error| if error.is_not_found() { no_project(name) } else { error })
        });
        id.await.cloned()
    }

    /// Origin of IAM for a region: `auth_url`, unless that is the documented address of another region.
    pub(crate) fn iam(&self, region: &Region) -> Result<Origin, Error> {
        let elsewhere = |url: &Origin| region_of(url).is_some_and(|of| of != *region);
        if let Some(url) = self.place.auth_url.as_ref().filter(|url| !elsewhere(url)) {
            return Ok(url.clone());
        }
        if let Some(url) = self.place.endpoints.get(&IAM) {
            return Ok(url.clone());
        }
        Ok(host(self.place.platform, region, IAM)?.origin().clone())
    }

    /// An error of IAM, with the reason for its address if that was a guess.
    pub(crate) fn explain_iam(&self, error: Error, region: &Region) -> Error {
        let (Ok(base), Ok(Host::Pattern(pattern))) = (self.iam(region), host(self.place.platform, region, IAM)) else {
            return error;
        };
        if base != pattern || error.service() != Some(IAM) {
            return error;
        }
        let guess = format!(
            "No document lists IAM in the region \"{region}\", so {pattern} was tried. \
             If the region is right, give the address in auth_url"
        );
        Address { base, guess: Some(guess) }.explain(error)
    }

    /// Origin of a service: override, documented host, catalogue, pattern.
    pub(crate) async fn address(
        &self,
        service: Service,
        region: &Region,
        project_id: &str,
        iam: &Origin,
    ) -> Result<Address, Error> {
        if let Some(base) = self.place.endpoints.get(&service) {
            return Ok(Address { base: base.clone(), guess: None });
        }
        let pattern = match host(self.place.platform, region, service)? {
            Host::Documented(base) => return Ok(Address { base, guess: None }),
            Host::Pattern(base) => base,
        };
        let cell = remembered(&self.addresses, service.key(), region.as_str());
        let address = cell.get_or_try_init(|| async {
            let said = match self.access.catalogue(iam, project_id).await {
                Ok(entries) => match catalogue::origin(&entries, service, region.as_str()) {
                    Ok(Some(base)) => return of_catalogue(base, service, region, iam),
                    Ok(None) => format!("the service catalogue has no {service} in {region}"),
                    Err(unusable) => return Err(no_address(&format!("No address: {unusable}"), service)),
                },
                Err(error) => format!("the service catalogue could not be read ({error})"),
            };
            let guess = format!(
                "No document lists {service} in the region \"{region}\", and {said}; so {pattern} was tried. \
                 If the region is right, give the address in endpoints.{}",
                service.key()
            );
            tracing::warn!("{guess}");
            Ok(Address { base: pattern, guess: Some(guess) })
        });
        address.await.cloned()
    }
}

impl Address {
    /// An error of a call to this address, with the reason for the address if that was a guess.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match &self.guess {
            Some(guess) if error.status().is_none() && matches!(error.kind(), Kind::Unavailable | Kind::Tls) => {
                error.change(|facts| facts.message = format!("{}. {guess}", facts.message))
            }
            _ => error,
        }
    }
}

/// An address of the catalogue. Whoever reaches IAM over TLS has not agreed to send credentials without.
fn of_catalogue(base: Origin, service: Service, region: &Region, iam: &Origin) -> Result<Address, Error> {
    if base.in_clear() && !iam.in_clear() {
        let problem = format!("The service catalogue leads {service} in {region} to {base}, which is not encrypted");
        return Err(no_address(&problem, service));
    }
    Ok(Address { base, guess: None })
}

fn no_address(problem: &str, service: Service) -> Error {
    let key = service.key();
    Error::config(format!("{problem}. Give the address in endpoints.{key}; nothing was sent to the service"))
}

fn wanted_region(text: &str) -> Result<Region, Error> {
    Region::parse(text).map_err(|reason| Error::config(format!("region is {}; {reason}", shown(text))))
}

/// The region in the name of the project that a token is good for.
fn region_of_token(project: &str) -> Result<Region, Error> {
    let told = project.split('_').next().unwrap_or_default();
    Region::parse(told).map_err(|reason| {
        Error::config(format!(
            "No region is set, and the token's project is named {}, of which {} stands for the region; {reason}. Set region",
            shown(project),
            shown(told)
        ))
    })
}

fn remembered<T>(all: &Remembered<T>, what: &str, of: &str) -> Arc<OnceCell<T>> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry((what.to_owned(), of.to_owned())).or_default())
}
