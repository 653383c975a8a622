//! The handle that everything is called with.

use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

use crate::access::{Access, Audience, Caller};
use crate::address::Region;
use crate::answer::Answer;
use crate::backend::Backend;
use crate::call::{Call, Repeat};
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::kind::Outcome;
use crate::paging::{Pager, Unique};
use crate::place::{Place, Projects};
use crate::platform::Platform;
use crate::rehearsal;
use crate::send::{Request, Sender};

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
    /// The request id of the answer to the last request that started work through this scope.
    started_by: Arc<Mutex<Option<String>>>,
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
        let (place, project_id) = self.backend().await?.scope(region, project_id).await?;
        Ok(Scope {
            region: place.as_str().to_owned(),
            project_id,
            place,
            cloud: self.clone(),
            started_by: Arc::default(),
        })
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
                    None => Ok(configured(&inner.config, &inner.sender)),
                }
            })
            .await
    }
}

/// The back end that settings describe.
fn configured(config: &Config, sender: &Arc<Sender>) -> Backend {
    let place = Place {
        platform: config.platform,
        auth_url: config.auth_url.clone(),
        address_follows_region: config.address_follows_region,
        domain: config.domain.clone(),
        endpoints: config.endpoints.clone(),
        region: config.region.clone(),
        projects: Projects::Named { id: config.project_id.clone(), name: config.project_name.clone() },
    };
    let access = Access::new(config.platform, config.identity.clone(), config.agency.clone(), Arc::clone(sender));
    Backend::new(place, access)
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

    /// The request id under which the service accepted the last request that started work through this scope or a clone of
    /// it: what its support asks for when the work fails later. `None` before, and where the answer was lost.
    pub fn request_of_start(&self) -> Option<String> {
        self.started_by.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a call and hands back the answer as it is. A page for people is none.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        call.check()?;
        let inner = &self.cloud.inner;
        let backend = self.cloud.backend().await.map_err(|error| error.into_preparation())?;
        let iam = backend.iam(&self.place)?;
        let address = backend.address(call.service, &self.place, &self.project_id, &iam).await?;
        let audience = Audience::Project(self.project_id.clone());
        let who = Caller { access: &backend.access, iam: &iam, audience, service: call.service };
        let request = Request { call: &call, base: &address.base, extra: &[] };
        let answer = inner.sender.send(&request, &who).await;
        let answer =
            answer.map_err(|error| backend.explain(error, &self.place, Some(&address)))?.of_the_service(&call)?;
        if call.repeat == Repeat::Never {
            self.started_by.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&answer.request_id);
        }
        Ok(answer)
    }

    /// Sends a call and reads its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        answer.read(&call)
    }

    /// Sends a call for a page of a list and reads it. No content (204) is an empty page.
    pub(crate) async fn ask_page<T: DeserializeOwned + Default>(
        &self,
        call: Call,
        pager: &mut Pager,
    ) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        page_of(&answer, &call, pager)
    }

    /// Reads a list to its end, without duplicates, in the service's order: `call` asks for the page at an offset, `records` takes
    /// the records and the claimed total out of it, and `id` tells records apart. Pages that a page claims come side by side.
    ///
    /// # Errors
    /// Those of the first page that could not be read; the list has no end that makes sense.
    pub(crate) async fn walk<P: DeserializeOwned + Default, T>(
        &self,
        mut pager: Pager,
        call: impl Fn(usize) -> Call,
        mut records: impl FnMut(P) -> (Vec<T>, Option<i64>),
        id: impl Fn(&T) -> Option<String>,
    ) -> Result<Vec<T>, Error> {
        let mut unique = Unique::new(id);
        loop {
            let positions = pager.ahead();
            if positions.is_empty() {
                return Ok(unique.into_vec());
            }
            let calls: Vec<Call> = positions.iter().map(|position| call(*position)).collect();
            let answers = self.send_all(&calls).await;
            for ((position, call), answer) in positions.into_iter().zip(&calls).zip(answers) {
                if pager.next() != Some(position) {
                    break;
                }
                let (page, total) = records(page_of(&answer?, call, &mut pager)?);
                let found = page.len();
                pager.turn(found, unique.add(page), total);
            }
        }
    }

    /// Sends calls side by side; the answers come in the order of the calls.
    async fn send_all(&self, calls: &[Call]) -> Vec<Result<Answer, Error>> {
        futures::future::join_all(calls.iter().map(|call| self.send(call.clone()))).await
    }

    /// Sends a call whose answer wraps one thing, and unwraps it.
    pub(crate) async fn ask_for<W: DeserializeOwned, T>(
        &self,
        call: Call,
        unwrap: impl FnOnce(W) -> Option<T>,
        field: &str,
    ) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        unwrap(answer.read(&call)?).ok_or_else(|| {
            let message = format!("the answer lacks `{field}`");
            answer.bad(&call, message, false)
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

/// Reads an answer as a page of a list, and counts it.
fn page_of<T: DeserializeOwned + Default>(answer: &Answer, call: &Call, pager: &mut Pager) -> Result<T, Error> {
    pager.answered(answer.body.len()).map_err(|message| answer.bad(call, message, false))?;
    if answer.status == 204 { Ok(T::default()) } else { answer.read(call) }
}
