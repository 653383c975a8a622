//! Who and what exists in IAM: accounts, projects, users with keys, agencies, and the credentials issued so far.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{self, Secret};
use crate::instants::{self, plus_seconds};

/// Tokens and temporary keys that are kept; the oldest go first.
const MOST_ISSUED: usize = 5000;

/// Everything IAM knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Accounts. The first one is the caller's own in the built-in connection.
    pub domains: Vec<Domain>,
    /// Projects. The first one of the first account is the connection's.
    pub projects: Vec<Project>,
    /// Users. The first one of the first account is the connection's.
    pub users: Vec<User>,
    /// Agencies: what other accounts may do here.
    pub agencies: Vec<Agency>,
    /// Tokens issued so far; a scenario may name ready ones.
    pub tokens: Vec<Token>,
    /// Temporary access keys issued so far.
    pub temporary_keys: Vec<TemporaryKey>,
    /// Behaviour where the API pages leave a choice.
    pub switches: Switches,
    /// How long credentials live. Not divided by the speed: expiry follows the real clock.
    pub durations: Durations,
}

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A project: a region, or a part of one (`eu-de_team`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Identifier.
    pub id: String,
    /// Name, beginning with its region.
    pub name: String,
    /// The account it belongs to.
    pub domain_id: String,
    /// Whether it can be used; default true.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Identifier.
    pub id: String,
    /// Name, unique in the account.
    pub name: String,
    /// The account the user belongs to.
    pub domain_id: String,
    /// For password tokens.
    pub password: Secret,
    /// With a passcode the user must log in with MFA and this code.
    #[serde(default)]
    pub passcode: Option<Secret>,
    /// Permanent access keys.
    #[serde(default)]
    pub access_keys: Vec<AccessKey>,
    /// Whether the user may log in; default true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether the user may act for agencies (role Agent Operator); default true.
    #[serde(default = "yes")]
    pub agent_operator: bool,
}

/// A permanent pair of keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// The public part.
    pub access: String,
    /// The secret part.
    pub secret: Secret,
}

/// An agency.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Name, unique in the account.
    pub name: String,
    /// The delegating account.
    pub domain_id: String,
    /// The account whose users may use it.
    pub trust_domain_id: String,
}

/// An issued token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token itself.
    pub value: Secret,
    /// How it was obtained, such as `password`.
    pub methods: Vec<String>,
    /// Who holds it.
    pub identity: Identity,
    /// Where it acts.
    pub scope: Scope,
    /// When it was issued.
    #[serde(with = "instants::required")]
    pub issued_at: Timestamp,
    /// When it expires.
    #[serde(with = "instants::required")]
    pub expires_at: Timestamp,
}

/// An issued temporary pair of keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemporaryKey {
    /// The public part.
    pub access: String,
    /// The secret part.
    pub secret: Secret,
    /// Sent as `X-Security-Token` with every request.
    pub security_token: Secret,
    /// Who holds it.
    pub identity: Identity,
    /// When it expires.
    #[serde(with = "instants::required")]
    pub expires_at: Timestamp,
}

/// Who acts: a user, perhaps in the name of an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The user.
    pub user_id: String,
    /// The agency acted for.
    #[serde(default)]
    pub agency: Option<AgencyRef>,
}

/// Names an agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyRef {
    /// Its name.
    pub name: String,
    /// The delegating account.
    pub domain_id: String,
}

/// Where a token acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A project, by id: for DCS, CBR and DDM.
    Project(String),
    /// An account, by id: for IAM.
    Domain(String),
    /// Nowhere in particular.
    None,
}

/// The points that the IAM pages leave open. Each default is what clients that work on the live clouds accept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Shape of error bodies: `error` (`{"error": {"code", "message", "title"}}`), `code` (`{"error_code",
    /// "error_msg"}`) or, by default, both in one body.
    pub error_shape: ErrorShape,
    /// Consecutive bad signatures of a key before it is locked; default 5.
    pub lockout_after: u32,
    /// How long a key stays locked, in real seconds; default 300.
    pub lockout_seconds: f64,
    /// How far a signature's date may be off, in real seconds; default 900.
    pub clock_tolerance_seconds: f64,
}

/// Shape of an IAM error body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorShape {
    /// `{"error": {"code", "message", "title"}}`.
    Error,
    /// `{"error_code", "error_msg"}`.
    Code,
    /// Both in one body.
    Both,
}

/// How long credentials live, in real seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// Tokens; default 24 hours.
    pub token_seconds: f64,
    /// Caps what callers ask for temporary keys; default 24 hours.
    pub temporary_key_seconds: f64,
}

fn yes() -> bool {
    true
}

impl Default for Switches {
    fn default() -> Switches {
        Switches {
            error_shape: ErrorShape::Both,
            lockout_after: 5,
            lockout_seconds: 300.0,
            clock_tolerance_seconds: 900.0,
        }
    }
}

impl Default for Durations {
    fn default() -> Durations {
        Durations { token_seconds: 86_400.0, temporary_key_seconds: 86_400.0 }
    }
}

/// A project whose id follows from its name and account, so that it is the same in every run.
pub(super) fn project(name: &str, domain_id: &str) -> Project {
    let digest = super::signature::sha256_hex(format!("{domain_id}/{name}").as_bytes());
    Project { id: digest.chars().take(32).collect(), name: name.into(), domain_id: domain_id.into(), enabled: true }
}

impl World {
    pub(crate) fn domain(&self, id: &str) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.id == id)
    }

    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn token(&self, value: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.value.reveal() == value)
    }

    pub(crate) fn temporary_key(&self, access: &str) -> Option<&TemporaryKey> {
        self.temporary_keys.iter().find(|key| key.access == access)
    }

    /// The account in whose name an identity acts.
    pub(crate) fn acting_domain(&self, identity: &Identity) -> String {
        match &identity.agency {
            Some(agency) => agency.domain_id.clone(),
            None => self.user(&identity.user_id).map(|user| user.domain_id.clone()).unwrap_or_default(),
        }
    }

    /// `account/agency` when acting for one, else the user's name.
    pub(crate) fn display_name(&self, identity: &Identity) -> String {
        match &identity.agency {
            Some(agency) => {
                let domain = self.domain(&agency.domain_id).map_or(agency.domain_id.as_str(), |domain| &domain.name);
                format!("{domain}/{}", agency.name)
            }
            None => self.user(&identity.user_id).map(|user| user.name.clone()).unwrap_or_default(),
        }
    }

    /// Issues a token of the usual lifetime.
    pub(crate) fn issue_token(
        &mut self,
        identity: Identity,
        scope: Scope,
        methods: Vec<String>,
        now: Timestamp,
    ) -> Token {
        let token = Token {
            value: Secret::new(format!("MIIRehearsal{}", ids::letters(256))),
            methods,
            identity,
            scope,
            issued_at: now,
            expires_at: plus_seconds(now, self.durations.token_seconds),
        };
        trim(&mut self.tokens);
        self.tokens.push(token.clone());
        token
    }

    /// Issues temporary keys.
    pub(crate) fn issue_keys(&mut self, identity: Identity, seconds: f64, now: Timestamp) -> TemporaryKey {
        let key = TemporaryKey {
            access: format!("HST{}", ids::letters(17).to_uppercase()),
            secret: Secret::new(ids::letters(40)),
            security_token: Secret::new(format!("gQpjbi1yZWhlYXJzYWw{}", ids::letters(180))),
            identity,
            expires_at: plus_seconds(now, seconds.min(self.durations.temporary_key_seconds)),
        };
        trim(&mut self.temporary_keys);
        self.temporary_keys.push(key.clone());
        key
    }

    /// Makes every token issued so far expire now.
    pub(crate) fn expire_tokens(&mut self, now: Timestamp) {
        for token in &mut self.tokens {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// Makes every temporary key issued so far expire now.
    pub(crate) fn expire_keys(&mut self, now: Timestamp) {
        for key in &mut self.temporary_keys {
            key.expires_at = key.expires_at.min(now);
        }
    }

    /// Makes a project of this name in the first account unless there is one.
    pub fn ensure_project(&mut self, name: &str) {
        let Some(domain) = self.domains.first() else { return };
        let known = self.projects.iter().any(|known| known.name == name && known.domain_id == domain.id);
        if !known {
            let made = project(name, &domain.id);
            self.projects.push(made);
        }
    }

    /// Makes a project of this id in the first account unless there is one; its name begins with `region`.
    pub fn ensure_project_id(&mut self, id: &str, region: &str) {
        let Some(domain) = self.domains.first() else { return };
        if self.project(id).is_none() {
            let (id, domain_id) = (id.to_owned(), domain.id.clone());
            let name = format!("{region}_{}", id.get(..8).unwrap_or(&id));
            self.projects.push(Project { id, name, domain_id, enabled: true });
        }
    }
}

/// Keeps a list of credentials bounded.
fn trim<T>(issued: &mut Vec<T>) {
    if issued.len() >= MOST_ISSUED {
        issued.drain(..MOST_ISSUED / 10);
    }
}
