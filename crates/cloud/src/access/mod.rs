//! Authentication of calls: tokens, signatures, temporary keys, and their renewal, once for everybody.

mod caller;
mod lockout_guard;
mod token_cache;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::address::Origin;
use crate::auth::{Auth, SigningKey};
use crate::catalogue::CatalogueEntry;
use crate::credentials::{Agency, Choice, Identity};
use crate::error::Error;
use crate::iam::service::SERVICE as IAM;
use crate::iam::{AgencySpelling, Iam, Login, TemporaryKeys, Token, TokenScope};
use crate::kind::Kind;
use crate::platform::Platform;
use crate::send::{Authenticate, FixedAuth, Sender};

pub(crate) use caller::{Audience, Caller};

use caller::{OwnKeys, OwnToken};
use lockout_guard::LockoutGuard;
use token_cache::{Cached, TokenCache};

/// Tokens by the IAM that issued them and their scope.
type Tokens = HashMap<(Origin, TokenScope), Arc<TokenCache<Token>>>;

/// An identity at work.
pub(crate) struct Access {
    platform: Platform,
    identity: Choice,
    agency: Option<Agency>,
    sender: Arc<Sender>,
    tokens: Mutex<Tokens>,
    /// Temporary keys of the agency.
    agency_keys: TokenCache<TemporaryKeys>,
    /// One-time codes are good for one token; further ones are made from that.
    first_token: tokio::sync::Mutex<Option<Token>>,
    /// Of the agency's keys, or of the identity's own if there is no agency.
    lockout: LockoutGuard,
    /// Of the identity's own key, when it signs for an agency.
    own_lockout: LockoutGuard,
}

/// The auth method: how an identity proves itself.
enum AuthMethod<'a> {
    Ready(&'a crate::Secret),
    Password,
    Keys { access_key: &'a str, secret_key: &'a crate::Secret, security_token: Option<&'a crate::Secret> },
    AgencyKeys(&'a Agency),
    AgencyToken(&'a Agency),
}

impl Access {
    pub(crate) fn new(platform: Platform, identity: Choice, agency: Option<Agency>, sender: Arc<Sender>) -> Access {
        Access {
            platform,
            identity,
            agency,
            sender,
            tokens: Mutex::default(),
            agency_keys: TokenCache::new(),
            first_token: tokio::sync::Mutex::default(),
            lockout: LockoutGuard::default(),
            own_lockout: LockoutGuard::default(),
        }
    }

    /// The project of a name, and its id, as the identity sees it.
    pub(crate) async fn project_id(&self, iam: &Origin, name: &str) -> Result<String, Error> {
        match self.auth_method()? {
            AuthMethod::Password | AuthMethod::AgencyToken(_) => self.project_of_token(iam, name).await,
            AuthMethod::Ready(token) => {
                let found = self.iam(iam).inspect(token).await;
                if let Err(error) = &found
                    && error.kind() == Kind::Unauthorized
                {
                    // A token that is no good now opens no other way either.
                    return Err(error.clone());
                }
                if let Ok(Token { project: Some(project), .. }) = &found
                    && project.name.as_deref() == Some(name)
                    && let Some(id) = &project.id
                {
                    return Ok(id.clone());
                }
                self.find_project(iam, name).await
            }
            AuthMethod::Keys { .. } | AuthMethod::AgencyKeys(_) => self.find_project(iam, name).await,
        }
    }

    /// Fails if the identity gets no token for a project; other kinds of credentials are not checked.
    pub(crate) async fn check_project(&self, iam: &Origin, project_id: &str) -> Result<(), Error> {
        match self.auth_method()? {
            AuthMethod::Password => self.token(iam, &TokenScope::ProjectId(project_id.to_owned())).await.map(|_| ()),
            _ => Ok(()),
        }
    }

    /// The project that a ready token is scoped to: id and name.
    pub(crate) async fn own_project(&self, iam: &Origin) -> Result<Option<(String, Option<String>)>, Error> {
        let AuthMethod::Ready(token) = self.auth_method()? else { return Ok(None) };
        let project = self.iam(iam).inspect(token).await?.project;
        Ok(project.and_then(|project| Some((project.id?, project.name))))
    }

    /// True if there is anything to log in with.
    pub(crate) fn has_credentials(&self) -> bool {
        self.identity.identity().is_some()
    }

    /// True if the identity is a ready token.
    pub(crate) fn is_ready_token(&self) -> bool {
        matches!(self.auth_method(), Ok(AuthMethod::Ready(_)))
    }

    /// The service catalogue, as seen from a project.
    pub(crate) async fn catalogue(&self, iam: &Origin, project_id: &str) -> Result<Vec<CatalogueEntry>, Error> {
        let who = Caller { access: self, iam, audience: Audience::Project(project_id.to_owned()), service: IAM };
        if let Some(token) = who.token().await?
            && !token.value.catalogue.is_empty()
        {
            return Ok(token.value.catalogue);
        }
        self.iam(iam).catalogue(&who).await
    }

    async fn project_of_token(&self, iam: &Origin, name: &str) -> Result<String, Error> {
        let (domain_id, domain_name) = self.scope_domain();
        let scope = TokenScope::ProjectName { name: name.to_owned(), domain_id, domain_name };
        let found = self.token(iam, &scope).await.map_err(|error| mention_project(error, name))?.value;
        let Some(id) = found.project.as_ref().and_then(|project| project.id.clone()) else {
            return Err(Error::config(format!(
                "IAM gave a token for the project {name:?}, but does not tell the project's id"
            )));
        };
        // The same token serves the calls of that project.
        let life = token_cache::lifetime(found.issued_at, found.expires_at);
        self.token_cache(iam, &TokenScope::ProjectId(id.clone())).offer(found, life).await;
        Ok(id)
    }

    async fn find_project(&self, iam: &Origin, name: &str) -> Result<String, Error> {
        let who = Caller { access: self, iam, audience: Audience::Iam, service: IAM };
        let projects = match self.iam(iam).projects(name, &who).await {
            // Users who may not search may still list what is theirs.
            Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::NotFound) => {
                self.iam(iam).own_projects(&who).await?
            }
            other => other?,
        };
        let named = |wanted: &&crate::iam::Project| wanted.name.as_deref() == Some(name);
        let ids: Vec<&String> = projects.iter().filter(named).filter_map(|project| project.id.as_ref()).collect();
        match ids.as_slice() {
            [id] => Ok((*id).clone()),
            [] => Err(match self.spelled_otherwise(iam, name).await {
                Some(other) => no_project(name).hint(&format!("there is a project named {other:?}: write it that way")),
                None => no_project(name),
            }),
            _ => Err(Error::config(format!("{} projects are named {name:?}; give project_id instead", ids.len()))),
        }
    }

    /// A project of these credentials whose name differs from this one only in capitals. IAM's own search may take the case
    /// into account, so all that may be used are looked through.
    async fn spelled_otherwise(&self, iam: &Origin, name: &str) -> Option<String> {
        let who = Caller { access: self, iam, audience: Audience::Iam, service: IAM };
        let names = self.iam(iam).own_projects(&who).await.ok()?.into_iter().filter_map(|project| project.name);
        names.into_iter().find(|other| other != name && other.eq_ignore_ascii_case(name))
    }

    /// The domain of a project that is named: the delegating account's for an agency, else the user's.
    fn scope_domain(&self) -> (Option<String>, Option<String>) {
        if let Some(agency) = &self.agency {
            return (agency.domain_id.clone(), agency.domain_name.clone());
        }
        match self.identity.identity() {
            Some(Identity::Password { user, .. }) => (user.domain_id.clone(), user.domain_name.clone()),
            _ => (None, None),
        }
    }

    fn auth_method(&self) -> Result<AuthMethod<'_>, Error> {
        let identity = self.identity()?;
        Ok(match (&self.agency, identity) {
            // A signature is not documented to open the call for temporary keys on OTC; it opens the one for tokens.
            (Some(agency), Identity::Keys { .. }) if self.platform == Platform::Otc => AuthMethod::AgencyToken(agency),
            (Some(agency), _) => AuthMethod::AgencyKeys(agency),
            (None, Identity::Token(token)) => AuthMethod::Ready(token),
            (None, Identity::Password { .. }) => AuthMethod::Password,
            (None, Identity::Keys { access_key, secret_key, security_token }) => {
                AuthMethod::Keys { access_key, secret_key, security_token: security_token.as_ref() }
            }
        })
    }

    fn identity(&self) -> Result<&Identity, Error> {
        match &self.identity {
            Choice::Found { identity, .. } => Ok(identity),
            Choice::Missing(text) => Err(Error::config(text.clone())),
        }
    }

    /// A token of a scope: held, or got with whatever the identity is.
    async fn token(&self, iam: &Origin, scope: &TokenScope) -> Result<Cached<Token>, Error> {
        let token_cache = self.token_cache(iam, scope);
        token_cache
            .get(|| async {
                let token = self.new_token(iam, scope).await?;
                tracing::info!(%iam, "got a token");
                let life = token_cache::lifetime(token.issued_at, token.expires_at);
                Ok((token, life))
            })
            .await
    }

    async fn new_token(&self, iam: &Origin, scope: &TokenScope) -> Result<Token, Error> {
        match (self.auth_method()?, self.identity()?) {
            (AuthMethod::AgencyToken(agency), _) => {
                let who = self.own_keys(iam).await?;
                in_both_spellings(AgencySpelling::XroleName, |spelling| {
                    let (login, who) = (agency_login(agency, spelling), &who);
                    async move { self.iam(iam).token(&login, scope, who).await }
                })
                .await
            }
            (_, Identity::Password { user, password, passcode: None }) => {
                let login = Login::Password { user: user.clone(), password: password.clone(), passcode: None };
                self.iam(iam).token(&login, scope, &FixedAuth(Auth::Anonymous)).await
            }
            (_, Identity::Password { user, password, passcode }) => {
                let mut first = self.first_token.lock().await;
                if let Some(token) = &*first {
                    let login = Login::Token(token.token.clone());
                    return self.iam(iam).token(&login, scope, &FixedAuth(Auth::Anonymous)).await.map_err(code_is_used);
                }
                let login =
                    Login::Password { user: user.clone(), password: password.clone(), passcode: passcode.clone() };
                let token = self.iam(iam).token(&login, scope, &FixedAuth(Auth::Anonymous)).await?;
                *first = Some(token.clone());
                Ok(token)
            }
            _ => Err(Error::config("this kind of credentials gets no tokens")),
        }
    }

    /// Temporary keys of the agency: held, or got anew.
    async fn agency_keys(&self, iam: &Origin, agency: &Agency) -> Result<Cached<TemporaryKeys>, Error> {
        self.agency_keys
            .get(|| async {
                let keys = match self.identity()? {
                    Identity::Token(token) => {
                        self.new_agency_keys(iam, agency, &FixedAuth(Auth::Token(token.clone()))).await?
                    }
                    Identity::Keys { .. } => self.new_agency_keys(iam, agency, &self.own_keys(iam).await?).await?,
                    Identity::Password { user, .. } => {
                        let scope = match (&user.domain_id, &user.domain_name) {
                            (None, None) => TokenScope::Nothing,
                            (id, name) => TokenScope::Domain { id: id.clone(), name: name.clone() },
                        };
                        self.new_agency_keys(iam, agency, &OwnToken { access: self, iam, scope }).await?
                    }
                };
                tracing::info!(%iam, agency = agency.name, "got temporary keys of the agency");
                let life = token_cache::lifetime(None, keys.expires_at);
                Ok((keys, life))
            })
            .await
    }

    async fn new_agency_keys(
        &self,
        iam: &Origin,
        agency: &Agency,
        who: &impl Authenticate,
    ) -> Result<TemporaryKeys, Error> {
        in_both_spellings(AgencySpelling::AgencyName, |spelling| {
            let login = agency_login(agency, spelling);
            async move { self.iam(iam).agency_keys(&login, agency.seconds, who).await }
        })
        .await
    }

    /// The identity's own key, signing for IAM with its domain, as working clients do.
    async fn own_keys(&self, iam: &Origin) -> Result<OwnKeys<'_>, Error> {
        let Identity::Keys { access_key, secret_key, security_token } = self.identity()? else {
            return Err(Error::config("no access key to sign with"));
        };
        let keys = SigningKey {
            access_key: access_key.clone(),
            secret_key: secret_key.clone(),
            security_token: security_token.clone(),
            project_id: None,
            domain_id: None,
        };
        let mut own = OwnKeys { access: self, keys };
        let domains = self.iam(iam).domains(&own).await?;
        own.keys.domain_id = domains.into_iter().find_map(|domain| domain.id);
        Ok(own)
    }

    fn token_cache(&self, iam: &Origin, scope: &TokenScope) -> Arc<TokenCache<Token>> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token_cache = tokens.entry((iam.clone(), scope.clone())).or_insert_with(|| Arc::new(TokenCache::new()));
        Arc::clone(token_cache)
    }

    fn iam<'a>(&'a self, base: &'a Origin) -> Iam<'a> {
        Iam { sender: &self.sender, base }
    }
}

/// The error for a token that cannot be had because its one-time code is used up.
fn code_is_used(error: Error) -> Error {
    if error.kind() != Kind::Unauthorized {
        return error;
    }
    error.change(|facts| {
        facts.message.push_str(
            " (the passcode was good for one token, which is not taken any more; run again with a new passcode)",
        );
    })
}

/// The error for a project that the identity cannot see.
pub(crate) fn no_project(name: &str) -> Error {
    Error::config(format!(
        "IAM knows no project named {name:?} (or these credentials may not see it); \
         give project_id, or project_name for a project that is not named like its region"
    ))
}

/// IAM refuses a token for an unknown project in the same words as a wrong password.
fn mention_project(error: Error, name: &str) -> Error {
    if error.kind() != Kind::Unauthorized {
        return error;
    }
    let lower = name.to_ascii_lowercase();
    let capitals = if lower == name { String::new() } else { format!(" ({lower:?} is another name)") };
    error.hint(&format!(
        "the token was asked for the project {name:?}, which must exist and be open to this user{capitals}"
    ))
}

fn agency_login(agency: &Agency, spelling: AgencySpelling) -> Login {
    Login::Agency {
        name: agency.name.clone(),
        domain_id: agency.domain_id.clone(),
        domain_name: agency.domain_name.clone(),
        spelling,
    }
}

/// Tries the spelling that works elsewhere, and the other one if the service does not understand it.
async fn in_both_spellings<T, F>(first: AgencySpelling, ask: impl Fn(AgencySpelling) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let other = match first {
        AgencySpelling::AgencyName => AgencySpelling::XroleName,
        AgencySpelling::XroleName => AgencySpelling::AgencyName,
    };
    match ask(first).await {
        Err(error) if error.status() == Some(400) && error.kind() == Kind::Invalid => {
            // If neither is understood, the first complaint is the one to show.
            ask(other).await.map_err(|_| error)
        }
        result => result,
    }
}
