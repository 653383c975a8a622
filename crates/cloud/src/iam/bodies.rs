//! Requests of tokens and temporary keys, as values.

use serde_json::{Map, Value, json};

use super::service::SERVICE;
use crate::Secret;
use crate::call::Call;
use crate::credentials::User;

/// What a token is asked for with.
#[derive(Debug, Clone)]
pub(crate) enum Login {
    /// A password, with a one-time code where multi-factor authentication is on.
    Password { user: User, password: Secret, passcode: Option<Secret> },
    /// A token, to change its scope.
    Token(Secret),
    /// An agency; the authentication of the request says who acts for it.
    Agency { name: String, domain_id: Option<String>, domain_name: Option<String>, spelling: AgencySpelling },
}

/// The key of the agency's name: tables of the documents say `agency_name`, their samples and working clients for
/// tokens `xrole_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgencySpelling {
    AgencyName,
    XroleName,
}

impl AgencySpelling {
    fn key(self) -> &'static str {
        match self {
            AgencySpelling::AgencyName => "agency_name",
            AgencySpelling::XroleName => "xrole_name",
        }
    }
}

/// What a token is good for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum TokenScope {
    /// One project, by id.
    ProjectId(String),
    /// One project, by name, with its domain if that is known.
    ProjectName { name: String, domain_id: Option<String>, domain_name: Option<String> },
    /// A domain: for IAM itself.
    Domain { id: Option<String>, name: Option<String> },
    /// Nothing in particular.
    Nothing,
}

/// `POST /v3/auth/tokens`.
pub(crate) fn token_call(login: &Login, scope: &TokenScope) -> Call {
    let mut auth = Map::new();
    auth.insert("identity".to_owned(), identity(login, None));
    if let Some(scope) = scope_body(scope) {
        auth.insert("scope".to_owned(), scope);
    }
    Call::ask(SERVICE, ["v3", "auth", "tokens"], &json!({ "auth": auth }))
}

/// `POST /v3.0/OS-CREDENTIAL/securitytokens`.
pub(crate) fn security_token_call(login: &Login, seconds: Option<u64>) -> Call {
    let body = json!({ "auth": { "identity": identity(login, seconds) } });
    Call::ask(SERVICE, ["v3.0", "OS-CREDENTIAL", "securitytokens"], &body)
}

fn identity(login: &Login, seconds: Option<u64>) -> Value {
    match login {
        Login::Password { user, password, passcode } => password_identity(user, password, passcode.as_ref()),
        Login::Token(token) => {
            let mut body = fields([("id", Some(token.reveal()))]);
            add_seconds(&mut body, seconds);
            json!({ "methods": ["token"], "token": body })
        }
        Login::Agency { name, domain_id, domain_name, spelling } => {
            // The id is exact; sending both would only add a way to contradict oneself.
            let domain_name = if domain_id.is_some() { None } else { domain_name.as_deref() };
            let mut body = fields([
                (spelling.key(), Some(name)),
                ("domain_id", domain_id.as_deref()),
                ("domain_name", domain_name),
            ]);
            add_seconds(&mut body, seconds);
            json!({ "methods": ["assume_role"], "assume_role": body })
        }
    }
}

fn password_identity(user: &User, password: &Secret, passcode: Option<&Secret>) -> Value {
    let user_body = |secret: (&str, &Secret)| {
        let mut body = match &user.id {
            // An id is unique and needs no domain.
            Some(id) => fields([("id", Some(id.as_str()))]),
            None => fields([("name", user.name.as_deref())]),
        };
        if user.id.is_none()
            && let Some(domain) = domain_body(user.domain_id.as_deref(), user.domain_name.as_deref())
        {
            body.insert("domain".to_owned(), domain);
        }
        body.insert(secret.0.to_owned(), Value::String(secret.1.reveal().to_owned()));
        body
    };
    let password = json!({ "user": user_body(("password", password)) });
    match passcode {
        None => json!({ "methods": ["password"], "password": password }),
        Some(passcode) => json!({
            "methods": ["password", "totp"],
            "password": password,
            "totp": { "user": user_body(("passcode", passcode)) }
        }),
    }
}

fn scope_body(scope: &TokenScope) -> Option<Value> {
    Some(match scope {
        TokenScope::ProjectId(id) => json!({ "project": { "id": id } }),
        TokenScope::ProjectName { name, domain_id, domain_name } => {
            let mut project = fields([("name", Some(name.as_str()))]);
            if let Some(domain) = domain_body(domain_id.as_deref(), domain_name.as_deref()) {
                project.insert("domain".to_owned(), domain);
            }
            json!({ "project": project })
        }
        TokenScope::Domain { id, name } => json!({ "domain": domain_body(id.as_deref(), name.as_deref())? }),
        TokenScope::Nothing => return None,
    })
}

fn domain_body(id: Option<&str>, name: Option<&str>) -> Option<Value> {
    match (id, name) {
        (Some(id), _) => Some(json!({ "id": id })),
        (None, Some(name)) => Some(json!({ "name": name })),
        (None, None) => None,
    }
}

fn fields<const N: usize>(pairs: [(&str, Option<&str>); N]) -> Map<String, Value> {
    let given = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?.to_owned()))));
    given.collect()
}

fn add_seconds(body: &mut Map<String, Value>, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        body.insert("duration_seconds".to_owned(), json!(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User { id: None, name: Some("u".to_owned()), domain_id: None, domain_name: Some("d".to_owned()) }
    }

    fn password(user: User, passcode: Option<&str>) -> Login {
        Login::Password { user, password: Secret::new("p"), passcode: passcode.map(Secret::new) }
    }

    #[test]
    fn passwords() {
        let scope =
            TokenScope::ProjectName { name: "eu-de".to_owned(), domain_id: None, domain_name: Some("d".to_owned()) };
        let (name, body) = token_call(&password(user(), None), &scope).shown();
        assert_eq!(name, "POST /v3/auth/tokens");
        let want = json!({"auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "u", "password": "p", "domain": {"name": "d"}}}
            },
            "scope": {"project": {"name": "eu-de", "domain": {"name": "d"}}}
        }});
        assert_eq!(body, want);
    }

    #[test]
    fn a_user_by_id_needs_no_domain_and_a_passcode_goes_beside() {
        let by_id = User { id: Some("i".to_owned()), ..user() };
        let body = token_call(&password(by_id, Some("123456")), &TokenScope::ProjectId("x".to_owned())).shown().1;
        let want = json!({"auth": {
            "identity": {
                "methods": ["password", "totp"],
                "password": {"user": {"id": "i", "password": "p"}},
                "totp": {"user": {"id": "i", "passcode": "123456"}}
            },
            "scope": {"project": {"id": "x"}}
        }});
        assert_eq!(body, want);
    }

    #[test]
    fn no_scope_is_no_field() {
        let body = token_call(&Login::Token(Secret::new("t")), &TokenScope::Nothing).shown().1;
        assert_eq!(body, json!({"auth": {"identity": {"methods": ["token"], "token": {"id": "t"}}}}));
        let domain = TokenScope::Domain { id: None, name: Some("d".to_owned()) };
        let body = token_call(&Login::Token(Secret::new("t")), &domain).shown().1;
        assert_eq!(body["auth"]["scope"], json!({"domain": {"name": "d"}}));
    }

    #[test]
    fn agencies_in_both_spellings() {
        let agency = |spelling| Login::Agency {
            name: "a".to_owned(),
            domain_id: None,
            domain_name: Some("d".to_owned()),
            spelling,
        };
        let (name, body) = security_token_call(&agency(AgencySpelling::AgencyName), Some(3600)).shown();
        assert_eq!(name, "POST /v3.0/OS-CREDENTIAL/securitytokens");
        let want = json!({"auth": {"identity": {
            "methods": ["assume_role"],
            "assume_role": {"agency_name": "a", "domain_name": "d", "duration_seconds": 3600}
        }}});
        assert_eq!(body, want);
        let body = token_call(&agency(AgencySpelling::XroleName), &TokenScope::ProjectId("x".to_owned())).shown().1;
        assert_eq!(body["auth"]["identity"]["assume_role"], json!({"xrole_name": "a", "domain_name": "d"}));
    }
}
