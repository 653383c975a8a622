//! Identity and Access Management: tokens, projects, domains, catalogue, temporary keys.
//!
//! These calls get what other calls travel with, so they are sent with authentication that is given to them.

mod bodies;
pub(crate) mod service;

use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::address::Origin;
use crate::answer::Answer;
use crate::auth::Auth;
use crate::call::Call;
use crate::catalogue::CatalogueEntry;
use crate::error::Error;
use crate::json;
use crate::secret::Secret;
use crate::send::{Authenticate, FixedAuth, Request, Sender};
use crate::time::{self, Timestamp};

pub use service::SERVICE;

pub(crate) use bodies::{AgencySpelling, Login, TokenScope};

/// A token and what it says about itself.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) token: Secret,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) issued_at: Option<Timestamp>,
    pub(crate) project: Option<Project>,
    pub(crate) catalogue: Vec<CatalogueEntry>,
}

/// A project.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name: the region, or the region, `_` and more.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
    /// The account that it belongs to.
    #[serde(deserialize_with = "json::filled")]
    pub domain_id: Option<String>,
}

/// A domain, that is an account.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Id.
    #[serde(deserialize_with = "json::filled")]
    pub id: Option<String>,
    /// Name.
    #[serde(deserialize_with = "json::filled")]
    pub name: Option<String>,
}

/// Temporary keys.
#[derive(Debug, Clone)]
pub(crate) struct TemporaryKeys {
    pub(crate) access_key: String,
    pub(crate) secret_key: Secret,
    pub(crate) security_token: Option<Secret>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// An IAM to talk to.
pub(crate) struct Iam<'a> {
    pub(crate) sender: &'a Sender,
    /// Origin, without `/v3`.
    pub(crate) base: &'a Origin,
}

impl Iam<'_> {
    /// Gets a token for a login.
    pub(crate) async fn token(
        &self,
        login: &Login,
        scope: &TokenScope,
        who: &impl Authenticate,
    ) -> Result<Token, Error> {
        let call = bodies::token_call(login, scope);
        let answer = self.send(&call, who, &[]).await?;
        read_token(&call, &answer, header(&answer.headers, "x-subject-token"))
    }

    /// Reads a ready token back: its project, expiry and catalogue.
    pub(crate) async fn inspect(&self, token: &Secret) -> Result<Token, Error> {
        let call = Call::get(SERVICE, ["v3", "auth", "tokens"]);
        let extra = [("x-subject-token", token.clone())];
        let answer = self.send(&call, &FixedAuth(Auth::Token(token.clone())), &extra).await?;
        read_token(&call, &answer, Some(token.clone()))
    }

    /// Projects with a name. Several services of that name in other domains are possible.
    pub(crate) async fn projects(&self, name: &str, who: &impl Authenticate) -> Result<Vec<Project>, Error> {
        let call = Call::get(SERVICE, ["v3", "projects"]).query("name", name);
        let found: Projects = self.ask(&call, who).await?;
        Ok(found.projects)
    }

    /// Projects that the caller may use: a lookup for users who may not list all projects.
    pub(crate) async fn own_projects(&self, who: &impl Authenticate) -> Result<Vec<Project>, Error> {
        let found: Projects = self.ask(&Call::get(SERVICE, ["v3", "auth", "projects"]), who).await?;
        Ok(found.projects)
    }

    /// Domains of the caller.
    pub(crate) async fn domains(&self, who: &impl Authenticate) -> Result<Vec<Domain>, Error> {
        let found: Domains = self.ask(&Call::get(SERVICE, ["v3", "auth", "domains"]), who).await?;
        Ok(found.domains)
    }

    /// The service catalogue.
    pub(crate) async fn catalogue(&self, who: &impl Authenticate) -> Result<Vec<CatalogueEntry>, Error> {
        let found: Catalogue = self.ask(&Call::get(SERVICE, ["v3", "auth", "catalog"]), who).await?;
        Ok(found.catalog)
    }

    /// Temporary keys of an agency.
    pub(crate) async fn agency_keys(
        &self,
        login: &Login,
        seconds: Option<u64>,
        who: &impl Authenticate,
    ) -> Result<TemporaryKeys, Error> {
        let call = bodies::security_token_call(login, seconds);
        let answer = self.send(&call, who, &[]).await?;
        let found: Credential = answer.read(&call)?;
        let credential = found.credential;
        let (Some(access_key), false) = (credential.access, credential.secret.is_empty()) else {
            let message = "the answer lacks an access key or a secret key".to_owned();
            return Err(answer.bad(&call, message, false));
        };
        Ok(TemporaryKeys {
            access_key,
            secret_key: credential.secret,
            security_token: Some(credential.securitytoken).filter(|token| !token.is_empty()),
            expires_at: credential.expires_at.as_deref().and_then(time::parse),
        })
    }

    async fn ask<T: DeserializeOwned>(&self, call: &Call, who: &impl Authenticate) -> Result<T, Error> {
        let answer = self.send(call, who, &[]).await?;
        answer.read(call)
    }

    async fn send(
        &self,
        call: &Call,
        who: &impl Authenticate,
        extra: &[(&'static str, Secret)],
    ) -> Result<Answer, Error> {
        self.sender.send(&Request { call, base: self.base, extra }, who).await
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenAnswer {
    #[serde(deserialize_with = "json::object")]
    token: TokenBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenBody {
    #[serde(deserialize_with = "json::filled")]
    expires_at: Option<String>,
    #[serde(deserialize_with = "json::filled")]
    issued_at: Option<String>,
    #[serde(deserialize_with = "json::object")]
    project: Project,
    #[serde(deserialize_with = "json::list")]
    catalog: Vec<CatalogueEntry>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Projects {
    #[serde(deserialize_with = "json::list")]
    projects: Vec<Project>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Domains {
    #[serde(deserialize_with = "json::list")]
    domains: Vec<Domain>,
}

/// A page; the list itself must be there, because a missing one must not pass for an empty one.
#[derive(Default, Deserialize)]
struct Catalogue {
    #[serde(deserialize_with = "json::list")]
    catalog: Vec<CatalogueEntry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credential {
    #[serde(deserialize_with = "json::object")]
    credential: CredentialBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CredentialBody {
    #[serde(deserialize_with = "json::filled")]
    access: Option<String>,
    secret: Secret,
    securitytoken: Secret,
    #[serde(deserialize_with = "json::filled")]
    expires_at: Option<String>,
}

fn read_token(call: &Call, answer: &Answer, token: Option<Secret>) -> Result<Token, Error> {
    let found: TokenAnswer = answer.read(call)?;
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        let message = "the answer lacks the header X-Subject-Token".to_owned();
        return Err(answer.bad(call, message, false));
    };
    let body = found.token;
    Ok(Token {
        token,
        expires_at: body.expires_at.as_deref().and_then(time::parse),
        issued_at: body.issued_at.as_deref().and_then(time::parse),
        project: Some(body.project).filter(|project| project.id.is_some()),
        catalogue: body.catalog,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<Secret> {
    headers.get(name)?.to_str().ok().map(Secret::new)
}
