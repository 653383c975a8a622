//! Callers: an identity at work for one audience, with leases of its authentication for each try.

use super::token_cache::Cached;
use super::{Access, AuthMethod};
use crate::address::Origin;
use crate::auth::{Auth, SigningKey};
use crate::credentials::Agency;
use crate::error::Error;
use crate::iam::service::SERVICE as IAM;
use crate::iam::{TemporaryKeys, Token, TokenScope};
use crate::kind::Kind;
use crate::secret::Secret;
use crate::send::{AuthLease, Authenticate};
use crate::service::Service;

/// What a call is for, which decides the scope of its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Audience {
    /// A project's resources.
    Project(String),
    /// IAM itself.
    Iam,
}

/// A caller: an identity at work for one audience.
pub(crate) struct Caller<'a> {
    pub(crate) access: &'a Access,
    /// Origin of IAM.
    pub(crate) iam: &'a Origin,
    pub(crate) audience: Audience,
    pub(crate) service: Service,
}

/// The identity's own access key, where an agency is in between.
pub(super) struct OwnKeys<'a> {
    pub(super) access: &'a Access,
    pub(super) keys: SigningKey,
}

impl Authenticate for OwnKeys<'_> {
    async fn lease(&self) -> Result<AuthLease, Error> {
        let alone = self.access.own_lockout.enter(0, IAM).await?;
        Ok(AuthLease { auth: Auth::Signature(self.keys.clone()), generation: 0, alone })
    }

    async fn is_current(&self, _: &AuthLease) -> bool {
        self.access.own_lockout.lets_through(0, IAM)
    }

    fn accepted(&self, _: AuthLease, service: Service) {
        self.access.own_lockout.accepted(0, service);
    }

    async fn refused(&self, _: AuthLease, error: &Error) -> bool {
        self.access.own_lockout.refused(0, IAM, error);
        false
    }
}

/// The user's own token, where an agency is in between.
pub(super) struct OwnToken<'a> {
    pub(super) access: &'a Access,
    pub(super) iam: &'a Origin,
    pub(super) scope: TokenScope,
}

impl Authenticate for OwnToken<'_> {
    async fn lease(&self) -> Result<AuthLease, Error> {
        let token = self.access.token(self.iam, &self.scope).await?;
        Ok(AuthLease { auth: Auth::Token(token.value.token), generation: token.generation, alone: None })
    }

    async fn is_current(&self, lease: &AuthLease) -> bool {
        self.access.token_cache(self.iam, &self.scope).holds(lease.generation)
    }

    fn accepted(&self, _: AuthLease, _: Service) {}

    async fn refused(&self, lease: AuthLease, _: &Error) -> bool {
        self.access.token_cache(self.iam, &self.scope).discard(lease.generation).await;
        true
    }
}

impl Caller<'_> {
    fn scope(&self) -> TokenScope {
        match &self.audience {
            Audience::Project(id) => TokenScope::ProjectId(id.clone()),
            Audience::Iam => {
                let (id, name) = self.access.scope_domain();
                if id.is_some() || name.is_some() { TokenScope::Domain { id, name } } else { TokenScope::Nothing }
            }
        }
    }

    pub(super) async fn token(&self) -> Result<Option<Cached<Token>>, Error> {
        match self.access.auth_method()? {
            AuthMethod::Password | AuthMethod::AgencyToken(_) => {
                self.access.token(self.iam, &self.scope()).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Temporary keys that may be used now. Those that were refused since they were handed out are got anew, once.
    async fn agency_keys(
        &self,
        agency: &Agency,
    ) -> Result<(Cached<TemporaryKeys>, Option<tokio::sync::OwnedMutexGuard<()>>), Error> {
        let keys = self.access.agency_keys(self.iam, agency).await?;
        match self.access.lockout.enter(keys.generation, self.service).await {
            Ok(alone) => Ok((keys, alone)),
            Err(error) => {
                let newer = self.access.agency_keys(self.iam, agency).await?;
                if newer.generation == keys.generation {
                    return Err(error);
                }
                let alone = self.access.lockout.enter(newer.generation, self.service).await?;
                Ok((newer, alone))
            }
        }
    }

    fn keys(&self, access_key: &str, secret_key: &Secret, security_token: Option<&Secret>) -> Auth {
        Auth::Signature(SigningKey {
            access_key: access_key.to_owned(),
            secret_key: secret_key.clone(),
            security_token: security_token.cloned(),
            project_id: match &self.audience {
                Audience::Project(id) => Some(id.clone()),
                Audience::Iam => None,
            },
            domain_id: None,
        })
    }
}

impl Authenticate for Caller<'_> {
    async fn lease(&self) -> Result<AuthLease, Error> {
        match self.access.auth_method()? {
            AuthMethod::Ready(token) => Ok(AuthLease { auth: Auth::Token(token.clone()), generation: 0, alone: None }),
            AuthMethod::Password | AuthMethod::AgencyToken(_) => {
                let token = self.access.token(self.iam, &self.scope()).await?;
                Ok(AuthLease { auth: Auth::Token(token.value.token), generation: token.generation, alone: None })
            }
            AuthMethod::Keys { access_key, secret_key, security_token } => {
                let alone = self.access.lockout.enter(0, self.service).await?;
                Ok(AuthLease { auth: self.keys(access_key, secret_key, security_token), generation: 0, alone })
            }
            AuthMethod::AgencyKeys(agency) => {
                let (keys, alone) = self.agency_keys(agency).await?;
                let value = &keys.value;
                let auth = self.keys(&value.access_key, &value.secret_key, value.security_token.as_ref());
                Ok(AuthLease { auth, generation: keys.generation, alone })
            }
        }
    }

    async fn is_current(&self, lease: &AuthLease) -> bool {
        match self.access.auth_method() {
            Ok(AuthMethod::Password | AuthMethod::AgencyToken(_)) => {
                self.access.token_cache(self.iam, &self.scope()).holds(lease.generation)
            }
            Ok(AuthMethod::Keys { .. }) => self.access.lockout.lets_through(0, self.service),
            Ok(AuthMethod::AgencyKeys(_)) => self.access.lockout.lets_through(lease.generation, self.service),
            Ok(AuthMethod::Ready(_)) | Err(_) => true,
        }
    }

    fn accepted(&self, lease: AuthLease, service: Service) {
        if let Auth::Signature(_) = lease.auth {
            self.access.lockout.accepted(lease.generation, service);
        }
    }

    async fn refused(&self, lease: AuthLease, error: &Error) -> bool {
        let Ok(auth_method) = self.access.auth_method() else { return false };
        match auth_method {
            AuthMethod::Ready(_) => false,
            AuthMethod::Password | AuthMethod::AgencyToken(_) => {
                if error.kind() == Kind::Clock {
                    return false;
                }
                self.access.token_cache(self.iam, &self.scope()).discard(lease.generation).await;
                true
            }
            AuthMethod::Keys { .. } => {
                self.access.lockout.refused(0, self.service, error);
                false
            }
            AuthMethod::AgencyKeys(_) => {
                let was_good = self.access.lockout.was_good(lease.generation, self.service);
                let renewable = was_good && error.kind() != Kind::Clock;
                if renewable {
                    // Before the guard closes, so that whoever finds it closed finds new keys, too.
                    self.access.agency_keys.discard(lease.generation).await;
                }
                self.access.lockout.refused(lease.generation, self.service, error);
                renewable
            }
        }
    }
}
