//! Connecting to a rehearsal cloud: it tells its own addresses and credentials, and nothing else is used.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::access::Access;
use crate::address::{Origin, Region, masked, shown};
use crate::auth::Auth;
use crate::backend::Backend;
use crate::call::Call;
use crate::config::Config;
use crate::credentials::{Choice, Identity, User};
use crate::error::Error;
use crate::iam::service::SERVICE as IAM;
use crate::json;
use crate::place::{Place, Projects};
use crate::secret::Secret;
use crate::send::{FixedAuth, Request, Sender};
use crate::services::SERVICES;

/// What a rehearsal cloud says about itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Connection {
    #[serde(deserialize_with = "json::filled")]
    auth_url: Option<String>,
    endpoints: BTreeMap<String, String>,
    #[serde(deserialize_with = "json::object")]
    credentials: Credentials,
    #[serde(deserialize_with = "json::filled")]
    region: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    #[serde(deserialize_with = "json::filled")]
    project_id: Option<String>,
    #[serde(deserialize_with = "json::filled")]
    domain_name: Option<String>,
    #[serde(deserialize_with = "json::filled")]
    user_name: Option<String>,
    password: Secret,
    #[serde(deserialize_with = "json::filled")]
    access_key: Option<String>,
    secret_key: Secret,
    token: Secret,
}

/// Region of a rehearsal when nobody names one.
const REGION: &str = "eu-de";

/// Asks the rehearsal cloud at a URL (already known to be loopback) for its addresses and credentials.
pub(crate) async fn connect(url: &Origin, config: &Config, sender: &Arc<Sender>) -> Result<Backend, Error> {
    let call = Call::get(IAM, ["_rehearsal", "connection"]);
    let answer = sender.send(&Request { call: &call, base: url, extra: &[] }, &FixedAuth(Auth::Anonymous)).await;
    let answer = answer.map_err(|error| {
        error.change(|facts| {
            facts.message = format!("the rehearsal cloud at {url} does not answer as one: {}", facts.message)
        })
    })?;
    let connection: Connection = answer.read(&call)?;
    backend(connection, config, sender)
}

fn backend(connection: Connection, config: &Config, sender: &Arc<Sender>) -> Result<Backend, Error> {
    let mut endpoints = BTreeMap::new();
    for service in SERVICES {
        let Some(url) = connection.endpoints.get(service.key()) else {
            return Err(Error::config(format!("the rehearsal cloud names no endpoint for {service}")));
        };
        endpoints.insert(service, loopback(url)?);
    }
    let auth_url = match &connection.auth_url {
        Some(url) => Some(loopback(url)?.without(&["/v3"])),
        None => endpoints.get(&IAM).cloned(),
    };
    let told = Region::parse(connection.region.as_deref().unwrap_or(REGION)).map_err(|reason| {
        let region = shown(connection.region.as_deref().unwrap_or_default());
        Error::config(format!("the rehearsal cloud names the region {region}; {reason}"))
    })?;
    let region = config.region.clone().unwrap_or(told);
    let place = Place {
        platform: config.platform,
        auth_url,
        address_follows_region: false,
        domain: None,
        endpoints,
        region: Some(region),
        projects: Projects::Rehearsed { id: connection.credentials.project_id.clone() },
    };
    let identity = identity(connection.credentials)?;
    Ok(Backend::new(place, Access::new(config.platform, identity, config.agency.clone(), Arc::clone(sender))))
}

fn identity(credentials: Credentials) -> Result<Choice, Error> {
    let identity = match credentials {
        Credentials { user_name: Some(name), password, domain_name, .. } if !password.is_empty() => {
            Identity::Password {
                user: User { id: None, name: Some(name), domain_id: None, domain_name },
                password,
                passcode: None,
            }
        }
        Credentials { access_key: Some(access_key), secret_key, .. } if !secret_key.is_empty() => {
            Identity::Keys { access_key, secret_key, security_token: None }
        }
        Credentials { token, .. } if !token.is_empty() => Identity::Token(token),
        _ => return Err(Error::config("the rehearsal cloud names no credentials")),
    };
    Ok(Choice::found(identity, "rehearsal cloud"))
}

fn loopback(url: &str) -> Result<Origin, Error> {
    match Origin::parse(url) {
        Ok(origin) if origin.is_loopback() => Ok(origin),
        _ => Err(Error::config(format!(
            "the rehearsal cloud names the address {}, which is not on this machine; nothing was sent there",
            masked(url)
        ))),
    }
}
