//! The handle that everything is called with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::access::{Access, Aim, Who, no_project};
use crate::address::{Origin, Region, identifier_problem, shown};
use crate::call::{Call, Service};
use crate::catalogue;
use crate::config::{Choice, Config, ConfigError, Host, Platform, host, region_of};
use crate::error::{Error, Kind, Outcome};
use crate::http::Answer;
use crate::json;
use crate::rehearsal;
use crate::send::{Letter, Sender};

/// A connection to one cloud with one identity: connection pool, token cache and pacing. Cloning is cheap and shares all.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    sender: Arc<Sender>,
    /// In a rehearsal known only after its first answer.
    backend: OnceCell<Backend>,
}

/// Where to call and as whom.
pub(crate) struct Backend {
    pub(crate) access: Access,
    /// IAM for tokens and lookups, if it is set.
    pub(crate) auth_url: Option<Origin>,
    /// Overrides.
    pub(crate) endpoints: BTreeMap<Service, Origin>,
    pub(crate) region: Option<Region>,
    pub(crate) project_id: Option<String>,
    pub(crate) project_name: Option<String>,
    /// A rehearsal serves every region, and knows only a few projects.
    pub(crate) any_region: bool,
    projects: Remembered<String>,
    addresses: Remembered<Address>,
}

/// Lookups that are done once, by what was looked up.
type Remembered<T> = Mutex<HashMap<(String, String), Arc<OnceCell<T>>>>;

/// The origin of a service, and how it was found when no document lists it.
#[derive(Debug, Clone)]
struct Address {
    base: Origin,
    /// What was tried before the pattern; `None` for a known address.
    guess: Option<String>,
}

/// Where a call goes: a region and one of its projects. Every call of a service takes one.
#[derive(Clone)]
pub struct Scope {
    /// Region.
    pub region: String,
    /// Project id.
    pub project_id: String,
    /// The region again, as it was checked: hosts are made of this one.
    place: Region,
    cloud: Cloud,
}

impl Cloud {
    /// Makes the handle; nothing is sent yet.
    ///
    /// # Errors
    /// None at present: everything that can be wrong with settings was found when they were resolved.
    pub fn new(config: Config) -> Result<Cloud, ConfigError> {
        let sender = Arc::new(Sender::new(config.connection.clone(), config.max_retries));
        Ok(Cloud { inner: Arc::new(Inner { config, sender, backend: OnceCell::new() }) })
    }

    /// Finds the scope of a resource: its own region and project, or the provider's. A region of its own means that
    /// region's project. Names are looked up once and remembered.
    ///
    /// # Errors
    /// Missing credentials or region, a region that an endpoint override contradicts, an unknown project, and whatever
    /// the lookup at IAM fails with.
    pub async fn scope(&self, region: Option<&str>, project_id: Option<&str>) -> Result<Scope, Error> {
        let region = region.map(str::trim).filter(|region| !region.is_empty());
        let project_id = project_id.map(str::trim).filter(|project_id| !project_id.is_empty());
        let backend = self.backend().await?;
        if let Some(problem) = project_id.and_then(identifier_problem) {
            return Err(Error::config(format!("project_id is no id: {problem}")));
        }
        let region = region.map(wanted_region).transpose()?;
        backend.check_region(region.as_ref())?;
        let region = backend.region(self.platform(), region).await?;
        let project_id = match project_id {
            Some(project_id) if !backend.any_region => project_id.to_owned(),
            _ => {
                let found = backend.project_id(self.platform(), &region, project_id).await;
                found.map_err(|error| backend.explain_iam(error, self.platform(), &region))?
            }
        };
        Ok(Scope { region: region.as_str().to_owned(), project_id, place: region, cloud: self.clone() })
    }

    /// Reads the addresses and credentials of the rehearsal cloud, unless that was done before.
    /// Does nothing outside of a rehearsal.
    ///
    /// # Errors
    /// The rehearsal cloud does not answer, or names an address that is not loopback.
    pub async fn connect_rehearsal(&self) -> Result<(), Error> {
        self.backend().await.map(|_| ())
    }

    /// Which cloud.
    pub fn platform(&self) -> Platform {
        self.inner.config.platform
    }

    /// Whether this is a rehearsal.
    pub fn rehearsal(&self) -> bool {
        self.inner.config.rehearsal.is_some()
    }

    /// The settings that this handle was made with.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    async fn backend(&self) -> Result<&Backend, Error> {
        let inner = &self.inner;
        inner
            .backend
            .get_or_try_init(|| async {
                match &inner.config.rehearsal {
                    Some(url) => rehearsal::connect(url, &inner.config, &inner.sender).await,
                    None => Ok(Backend::configured(&inner.config, &inner.sender)),
                }
            })
            .await
    }
}

impl Backend {
    /// A backend of these settings.
    fn configured(config: &Config, sender: &Arc<Sender>) -> Backend {
        Backend {
            auth_url: config.auth_url.clone(),
            endpoints: config.endpoints.clone(),
            region: config.region.clone(),
            project_id: config.project_id.clone(),
            project_name: config.project_name.clone(),
            ..Backend::bare(config, config.identity.clone(), sender)
        }
    }

    /// A backend that knows nothing but its identity.
    pub(crate) fn bare(config: &Config, identity: Choice, sender: &Arc<Sender>) -> Backend {
        Backend {
            access: Access::new(config.platform, identity, config.agency.clone(), Arc::clone(sender)),
            auth_url: None,
            endpoints: BTreeMap::new(),
            region: None,
            project_id: None,
            project_name: None,
            any_region: false,
            projects: Mutex::default(),
            addresses: Mutex::default(),
        }
    }

    /// An override leads to one region's service, so a resource cannot be in another one.
    fn check_region(&self, wanted: Option<&Region>) -> Result<(), Error> {
        match (wanted, &self.region) {
            (Some(wanted), Some(own)) if wanted != own && !self.endpoints.is_empty() && !self.any_region => {
                let keys: Vec<&str> = self.endpoints.keys().map(|service| service.key()).collect();
                Err(Error::config(format!(
                    "the region \"{wanted}\" differs from the provider's (\"{own}\"), but the provider overrides the endpoints \
                     of {}, which lead to one region only; use a second provider configuration for the other region",
                    keys.join(", ")
                )))
            }
            _ => Ok(()),
        }
    }

    async fn region(&self, platform: Platform, wanted: Option<Region>) -> Result<Region, Error> {
        if let Some(region) = wanted.or_else(|| self.region.clone()) {
            return Ok(region);
        }
        // A token of a project tells its region on both clouds.
        if let (Some(iam), true) = (&self.auth_url, self.access.is_ready_token())
            && let Some((_, Some(name))) = self.access.own_project(iam).await?
            && Platform::of_region(&name).is_some()
        {
            return region_of_token(&name);
        }
        let variables = match platform {
            Platform::Otc => "OS_REGION_NAME, OS_REGION and HW_REGION_NAME",
            Platform::Huawei => "HW_REGION_NAME, OS_REGION_NAME and OS_REGION",
        };
        Err(Error::config(format!(
            "No region is known. Looked at: region of the resource and of the provider, the environment variables \
             {variables}, the project's name (its part before the first `_`), the host of auth_url, and the entry of a \
             configuration file, if one is named."
        )))
    }

    /// The project of a region: as set for the provider's own region, else the one that is named like the region.
    async fn project_id(&self, platform: Platform, region: &Region, wanted: Option<&str>) -> Result<String, Error> {
        let own = self.region.as_ref().is_none_or(|own| own == region);
        if let (Some(project_id), true, false) = (&self.project_id, own, self.any_region) {
            return Ok(project_id.clone());
        }
        let iam = self.iam(platform, region)?;
        if self.any_region {
            return rehearsal::project_id(self, &iam, region, wanted).await;
        }
        if let (Some(name), true) = (&self.project_name, own) {
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
    pub(crate) async fn named_project(&self, iam: &Origin, name: &str) -> Result<String, Error> {
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
    pub(crate) fn iam(&self, platform: Platform, region: &Region) -> Result<Origin, Error> {
        let elsewhere = |url: &Origin| region_of(url).is_some_and(|of| of != *region);
        if let Some(url) = self.auth_url.as_ref().filter(|url| !elsewhere(url)) {
            return Ok(url.clone());
        }
        if let Some(url) = self.endpoints.get(&Service::Iam) {
            return Ok(url.clone());
        }
        Ok(host(platform, region, Service::Iam)?.origin().clone())
    }

    /// An error of IAM, with the reason for its address if that was a guess.
    fn explain_iam(&self, error: Error, platform: Platform, region: &Region) -> Error {
        let (Ok(base), Ok(Host::Pattern(pattern))) = (self.iam(platform, region), host(platform, region, Service::Iam))
        else {
            return error;
        };
        if base != pattern || error.service() != Some(Service::Iam) {
            return error;
        }
        let guess = format!(
            "No document lists IAM in the region \"{region}\", so {pattern} was tried. \
             If the region is right, give the address in auth_url"
        );
        explain_guess(error, &Address { base, guess: Some(guess) })
    }

    /// Origin of a service: override, documented host, catalogue, pattern.
    async fn address(
        &self,
        platform: Platform,
        scope: &Scope,
        service: Service,
        iam: &Origin,
    ) -> Result<Address, Error> {
        if let Some(base) = self.endpoints.get(&service) {
            return Ok(Address { base: base.clone(), guess: None });
        }
        let pattern = match host(platform, &scope.place, service)? {
            Host::Documented(base) => return Ok(Address { base, guess: None }),
            Host::Pattern(base) => base,
        };
        let cell = remembered(&self.addresses, service.key(), scope.place.as_str());
        let address = cell.get_or_try_init(|| async {
            let found = self.access.catalogue(iam, &scope.project_id).await;
            catalogue_address(found, service, &scope.place, &pattern, iam)
        });
        address.await.cloned()
    }
}

fn catalogue_address(
    found: Result<Vec<crate::iam::CatalogueEntry>, Error>,
    service: Service,
    region: &Region,
    pattern: &Origin,
    iam: &Origin,
) -> Result<Address, Error> {
    let instead = || format!("Give the address in endpoints.{}; nothing was sent to the service", service.key());
    let said = match &found {
        Ok(entries) => match catalogue::origin(entries, service, region.as_str()) {
            // Whoever reaches IAM over TLS has not agreed to send credentials without.
            Ok(Some(base)) if base.in_clear() && !iam.in_clear() => {
                return Err(Error::config(format!(
                    "The service catalogue leads {service} in {region} to {base}, which is not encrypted. {}",
                    instead()
                )));
            }
            Ok(Some(base)) => return Ok(Address { base, guess: None }),
            Ok(None) => format!("the service catalogue has no {service} in {region}"),
            Err(unusable) => return Err(Error::config(format!("No address: {unusable}. {}", instead()))),
        },
        Err(error) => format!("the service catalogue could not be read ({error})"),
    };
    let guess = format!(
        "No document lists {service} in the region \"{region}\", and {said}; so {pattern} was tried. \
                         If the region is right, give the address in endpoints.{}",
        service.key()
    );
    tracing::warn!("{guess}");
    Ok(Address { base: pattern.clone(), guess: Some(guess) })
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

impl std::fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cloud").field("platform", &self.platform()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Scope");
        shown.field("region", &self.region).field("project_id", &self.project_id).finish_non_exhaustive()
    }
}

impl Scope {
    /// The handle that this scope belongs to.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Which cloud.
    pub fn platform(&self) -> Platform {
        self.cloud.platform()
    }

    /// Sends a call and hands back the answer as it is.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        call.check()?;
        let inner = &self.cloud.inner;
        let backend = self.cloud.backend().await.map_err(|error| error.into_preparation())?;
        let iam = backend.iam(self.platform(), &self.place)?;
        let address = backend.address(self.platform(), self, call.service, &iam).await?;
        let aim = Aim::Project(self.project_id.clone());
        let who = Who { access: &backend.access, iam: &iam, aim, service: call.service };
        let letter = Letter { call: &call, base: &address.base, extra: &[] };
        let answer = inner.sender.send(&letter, &who).await;
        answer.map_err(|error| match error.service() {
            // Of a token that the call needed.
            Some(Service::Iam) => backend.explain_iam(error, self.platform(), &self.place),
            _ => explain_guess(error, &address),
        })
    }

    /// Sends a call and reads its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        read(&call, &answer)
    }

    /// Sends a call for a page of a list and reads it. No content (204) is an empty page.
    pub(crate) async fn ask_page<T: DeserializeOwned + Default>(&self, call: Call) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        if answer.status == 204 { Ok(T::default()) } else { read(&call, &answer) }
    }

    /// Sends a call whose answer wraps one thing, and unwraps it.
    pub(crate) async fn ask_for<W: DeserializeOwned, T>(
        &self,
        call: Call,
        unwrap: impl FnOnce(W) -> Option<T>,
        field: &str,
    ) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        unwrap(read(&call, &answer)?).ok_or_else(|| {
            let message = format!("the answer lacks `{field}`");
            Error::bad_answer(&call, answer.status, answer.request_id.clone(), message, false)
        })
    }

    /// Sends a call that starts work, and takes the id out of its answer. An answer without one leaves the outcome open.
    pub(crate) async fn started<W: DeserializeOwned, T>(
        &self,
        call: Call,
        unwrap: impl FnOnce(W) -> Option<T>,
        field: &str,
    ) -> Result<T, Error> {
        self.ask_for(call, unwrap, field).await.inspect_err(|error| {
            if error.outcome() == Outcome::Unknown {
                tracing::warn!("{error}: nobody can tell from this answer whether the work was started");
            }
        })
    }
}

/// Reads the answer of a call.
pub(crate) fn read<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, Error> {
    json::read(&answer.body).map_err(|unreadable| {
        let message = match unreadable.syntax {
            true => format!("the answer is no JSON ({})", unreadable.text),
            false => format!("the answer has an unexpected form: {}", unreadable.text),
        };
        Error::bad_answer(call, answer.status, answer.request_id.clone(), message, unreadable.syntax)
    })
}

fn explain_guess(error: Error, address: &Address) -> Error {
    match &address.guess {
        Some(guess) if error.status().is_none() && matches!(error.kind(), Kind::Unavailable | Kind::Tls) => {
            error.change(|facts| facts.message = format!("{}. {guess}", facts.message))
        }
        _ => error,
    }
}
