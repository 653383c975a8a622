//! The handle that everything is called with.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::config::{Config, ConfigError, Platform};
use crate::error::{Error, Outcome};
use crate::json;
use crate::time::Timestamp;

/// A connection to one cloud with one identity: connection pool, token cache and pacing. Cloning is cheap and shares all.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
}

/// Where a call goes: a region and one of its projects. Every call of a service takes one.
#[derive(Clone)]
pub struct Scope {
    /// Region.
    pub region: String,
    /// Project id.
    pub project_id: String,
    cloud: Cloud,
}

/// A good answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
    pub(crate) request_id: Option<String>,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
}

impl Cloud {
    /// Makes the handle; nothing is sent yet.
    pub fn new(config: Config) -> Result<Cloud, ConfigError> {
        Ok(Cloud { inner: Arc::new(Inner { config }) })
    }

    /// Finds the scope of a resource: its own region and project, or the provider's. A region of its own means that
    /// region's project. Names are looked up once and remembered.
    pub async fn scope(&self, region: Option<&str>, project_id: Option<&str>) -> Result<Scope, Error> {
        let (region, project_id) = (region.unwrap_or_default().to_owned(), project_id.unwrap_or_default().to_owned());
        Ok(Scope { region, project_id, cloud: self.clone() })
    }

    /// Reads the addresses and credentials of the rehearsal cloud, unless that was done before.
    /// Does nothing outside of a rehearsal.
    pub async fn connect_rehearsal(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Which cloud.
    pub fn platform(&self) -> Platform {
        self.inner.config.platform
    }

    /// Whether this is a rehearsal.
    pub fn rehearsal(&self) -> bool {
        self.inner.config.rehearsal.is_some()
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
        Err(Error::config("no transport").of_call(&call))
    }

    /// Sends a call and reads its answer. No content (204) is read as an empty object.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        read(&call, &answer)
    }

    /// Sends a call whose answer wraps one thing, and unwraps it.
    pub(crate) async fn ask_for<W: DeserializeOwned, T>(
        &self,
        call: Call,
        unwrap: impl FnOnce(W) -> Option<T>,
        field: &str,
    ) -> Result<T, Error> {
        let answer = self.send(call.clone()).await?;
        unwrap(read(&call, &answer)?).ok_or_else(|| missing(&call, &answer, field))
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

fn read<T: DeserializeOwned>(call: &Call, answer: &Answer) -> Result<T, Error> {
    let body: &[u8] = if answer.status == 204 || answer.body.is_empty() { b"{}" } else { &answer.body };
    json::read(body).map_err(|unreadable| {
        let message = match unreadable.syntax {
            true => format!("the answer is no JSON ({})", unreadable.text),
            false => format!("the answer has an unexpected form: {}", unreadable.text),
        };
        Error::bad_answer(call, answer.status, answer.request_id.clone(), message, unreadable.syntax)
    })
}

fn missing(call: &Call, answer: &Answer, field: &str) -> Error {
    let message = format!("the answer lacks `{field}`");
    Error::bad_answer(call, answer.status, answer.request_id.clone(), message, false)
}
