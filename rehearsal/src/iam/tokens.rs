//! Tokens: by password, with MFA, from a token, for an agency; and reading one back.

use serde_json::{Value, json};

use super::catalogue;
use super::errors::ApiError;
use super::world::{AgencyRef, Identity, Scope, Token, User, World};
use crate::instants::micros;
use crate::lockout::Lockout;
use crate::service::Unverified;
use crate::wire::Answer;

pub(super) fn create(world: &mut World, lockout: &mut Lockout, context: &Unverified<'_>) -> Result<Answer, ApiError> {
    let body: Value = serde_json::from_slice(&context.call.body).map_err(|_| ApiError::bad("auth"))?;
    let identity = field(&body, &["auth", "identity"]).ok_or_else(|| ApiError::bad("identity"))?;
    let methods = methods(identity)?;
    let who = authenticate(world, lockout, context, identity, &methods)?;
    let scope = scope(world, &who, field(&body, &["auth", "scope"]))?;
    let token = world.issue_token(who, scope, methods, context.now);
    let answer = Answer::json(201, &json!({"token": print(world, context, &token)}));
    Ok(answer.with_header("X-Subject-Token", token.value.reveal()))
}

/// Reads back the token named by `X-Subject-Token`, for callers with a token of their own.
pub(super) fn show(world: &World, context: &Unverified<'_>) -> Result<Answer, ApiError> {
    let subject = context.call.header("x-subject-token").ok_or_else(|| ApiError::bad("X-Subject-Token"))?;
    let token = world.token(subject).filter(|token| token.expires_at > context.now);
    let token = token.ok_or_else(|| ApiError::not_found("token"))?;
    let answer = Answer::json(200, &json!({"token": print(world, context, token)}));
    Ok(answer.with_header("X-Subject-Token", subject))
}

/// The methods of an identity, at least one.
pub(super) fn methods(identity: &Value) -> Result<Vec<String>, ApiError> {
    let listed = identity.get("methods").and_then(Value::as_array).ok_or_else(|| ApiError::bad("methods"))?;
    let methods: Vec<String> = listed.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if methods.is_empty() || methods.len() != listed.len() { Err(ApiError::bad("methods")) } else { Ok(methods) }
}

/// The value behind a chain of keys.
pub(super) fn field<'body>(body: &'body Value, keys: &[&str]) -> Option<&'body Value> {
    keys.iter().try_fold(body, |value, key| value.get(key))
}

/// The non-empty text behind a key.
pub(super) fn text<'body>(body: &'body Value, key: &str) -> Option<&'body str> {
    body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn authenticate(
    world: &World,
    lockout: &mut Lockout,
    context: &Unverified<'_>,
    identity: &Value,
    methods: &[String],
) -> Result<Identity, ApiError> {
    let mut who: Option<Identity> = None;
    for method in methods {
        let given = identity.get(method).ok_or_else(|| ApiError::bad(method));
        let found = match method.as_str() {
            "password" => password(world, given?)?,
            "totp" => totp(world, given?)?,
            "token" => token(world, context, given?)?,
            "assume_role" => assume_role(world, lockout, context, given?)?,
            _ => return Err(ApiError::bad("methods")),
        };
        if who.as_ref().is_some_and(|who| *who != found) {
            return Err(wrong_password());
        }
        who = Some(found);
    }
    let who = who.ok_or_else(|| ApiError::bad("methods"))?;
    require_mfa(world, &who, methods)?;
    Ok(who)
}

fn password(world: &World, given: &Value) -> Result<Identity, ApiError> {
    let given = given.get("user").ok_or_else(|| ApiError::bad("user"))?;
    let password = text(given, "password").ok_or_else(|| ApiError::bad("password"))?;
    let user = find_user(world, given)?;
    if user.password.reveal() != password {
        return Err(wrong_password());
    }
    Ok(identity(user))
}

fn totp(world: &World, given: &Value) -> Result<Identity, ApiError> {
    let given = given.get("user").ok_or_else(|| ApiError::bad("user"))?;
    let passcode = text(given, "passcode").ok_or_else(|| ApiError::bad("passcode"))?;
    let user = find_user(world, given)?;
    if user.passcode.as_ref().is_none_or(|own| own.reveal() != passcode) {
        return Err(ApiError::new(401, "IAM.0062", "The verification code is wrong."));
    }
    Ok(identity(user))
}

fn token(world: &World, context: &Unverified<'_>, given: &Value) -> Result<Identity, ApiError> {
    let value = text(given, "id").or_else(|| context.call.header("x-auth-token")).ok_or_else(|| ApiError::bad("id"))?;
    let token = world.token(value).ok_or_else(|| ApiError::new(401, "IAM.0067", "The token is invalid."))?;
    if token.expires_at <= context.now {
        return Err(ApiError::new(401, "IAM.0066", "The token has expired."));
    }
    Ok(token.identity.clone())
}

/// The identity of an agency, asked for by a caller of the account that the agency trusts.
pub(super) fn assume_role(
    world: &World,
    lockout: &mut Lockout,
    context: &Unverified<'_>,
    given: &Value,
) -> Result<Identity, ApiError> {
    let caller = context.caller(world, lockout)?;
    // The tables say agency_name, the samples and clients xrole_name.
    let name = text(given, "agency_name").or_else(|| text(given, "xrole_name"));
    let name = name.ok_or_else(|| ApiError::bad("agency_name"))?;
    let domain = text(given, "domain_id").or_else(|| text(given, "domain_name"));
    let domain = domain.ok_or_else(|| ApiError::bad("domain_id"))?;
    let delegating = world.domains.iter().find(|known| known.id == domain || known.name == domain);
    let delegating = delegating.ok_or_else(|| ApiError::not_found("domain"))?;
    let agency = world.agencies.iter().find(|agency| agency.name == name && agency.domain_id == delegating.id);
    let agency = agency.ok_or_else(|| ApiError::not_found("agency"))?;
    let user = world.user(&caller.identity.user_id);
    let trusted = user.is_some_and(|user| user.domain_id == agency.trust_domain_id && user.agent_operator);
    if !trusted || caller.identity.agency.is_some() {
        return Err(ApiError::new(403, "IAM.0002", "You are not authorized to perform the requested action."));
    }
    let agency = AgencyRef { name: agency.name.clone(), domain_id: agency.domain_id.clone() };
    Ok(Identity { user_id: caller.identity.user_id, agency: Some(agency) })
}

fn require_mfa(world: &World, who: &Identity, methods: &[String]) -> Result<(), ApiError> {
    let has = |method: &str| methods.iter().any(|own| own == method);
    let needs_code = world.user(&who.user_id).is_some_and(|user| user.passcode.is_some());
    match (has("password"), has("totp")) {
        (true, false) if needs_code => {
            Err(ApiError::new(401, "IAM.0001", "The user must log in with a verification code."))
        }
        (false, true) => Err(ApiError::bad("methods")),
        _ => Ok(()),
    }
}

fn find_user<'world>(world: &'world World, given: &Value) -> Result<&'world User, ApiError> {
    let found = match (text(given, "id"), text(given, "name")) {
        (Some(id), _) => world.user(id),
        (None, Some(name)) => {
            let domain = given.get("domain").ok_or_else(|| ApiError::bad("domain"))?;
            let (id, named) = (text(domain, "id"), text(domain, "name"));
            if id.is_none() && named.is_none() {
                return Err(ApiError::bad("domain"));
            }
            let own =
                world.domains.iter().find(|known| Some(known.id.as_str()) == id || Some(known.name.as_str()) == named);
            own.and_then(|domain| world.users.iter().find(|user| user.name == name && user.domain_id == domain.id))
        }
        (None, None) => return Err(ApiError::bad("name")),
    };
    let user = found.ok_or_else(wrong_password)?;
    if user.enabled { Ok(user) } else { Err(ApiError::new(403, "IAM.0080", "The user is disabled.")) }
}

fn identity(user: &User) -> Identity {
    Identity { user_id: user.id.clone(), agency: None }
}

fn wrong_password() -> ApiError {
    ApiError::new(401, "IAM.0062", "The username or password is wrong.")
}

/// A project wins over an account; neither means a token for global services.
fn scope(world: &World, who: &Identity, given: Option<&Value>) -> Result<Scope, ApiError> {
    let Some(given) = given else { return Ok(Scope::None) };
    let own = world.acting_domain(who);
    if let Some(project) = given.get("project") {
        let (id, name) = (text(project, "id"), text(project, "name"));
        if id.is_none() && name.is_none() {
            return Err(ApiError::bad("scope"));
        }
        let domain = scope_domain(world, &own, project.get("domain"));
        let found = world.projects.iter().find(|known| {
            known.enabled
                && known.domain_id == own
                && domain.as_ref() == Some(&known.domain_id)
                && id.map_or(name == Some(known.name.as_str()), |id| known.id == id)
        });
        let found = found.ok_or_else(|| ApiError::not_found("project"))?;
        return Ok(Scope::Project(found.id.clone()));
    }
    match given.get("domain") {
        None => Ok(Scope::None),
        Some(domain) => match scope_domain(world, &own, Some(domain)) {
            Some(id) if id == own => Ok(Scope::Domain(id)),
            _ => Err(ApiError::not_found("domain")),
        },
    }
}

/// The account named in a scope. The id `default`, sent by clients that were told none, means the caller's own.
fn scope_domain(world: &World, own: &str, given: Option<&Value>) -> Option<String> {
    let Some(given) = given else { return Some(own.to_owned()) };
    match (text(given, "id"), text(given, "name")) {
        (None, None) | (Some("default"), _) => Some(own.to_owned()),
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(name)) => world.domains.iter().find(|known| known.name == name).map(|known| known.id.clone()),
    }
}

fn print(world: &World, context: &Unverified<'_>, token: &Token) -> Value {
    let mut printed = json!({
        "methods": token.methods,
        "issued_at": micros(token.issued_at),
        "expires_at": micros(token.expires_at),
        "user": print_user(world, token),
        "roles": roles(),
    });
    let Value::Object(fields) = &mut printed else { return printed };
    match &token.scope {
        Scope::Project(id) => {
            if let Some(project) = world.project(id) {
                let domain = print_domain(world, &project.domain_id);
                fields.insert("project".into(), json!({"id": id, "name": project.name, "domain": domain}));
            }
        }
        Scope::Domain(id) => {
            fields.insert("domain".into(), print_domain(world, id));
        }
        Scope::None => {}
    }
    if token.methods.iter().any(|method| method == "totp") {
        fields.insert("mfa_authn_at".into(), json!(micros(token.issued_at)));
    }
    if let (Some(_), Some(user)) = (&token.identity.agency, world.user(&token.identity.user_id)) {
        let domain = print_domain(world, &user.domain_id);
        let user = json!({"id": user.id, "name": user.name, "domain": domain, "password_expires_at": ""});
        fields.insert("assumed_by".into(), json!({"user": user}));
    }
    if context.filter("nocatalog").is_none() {
        fields.insert("catalog".into(), catalogue::of_scope(world, context, &token.scope, &token.identity));
    }
    printed
}

fn print_user(world: &World, token: &Token) -> Value {
    let domain = print_domain(world, &world.acting_domain(&token.identity));
    let name = world.display_name(&token.identity);
    json!({"id": token.identity.user_id, "name": name, "domain": domain, "password_expires_at": ""})
}

/// An account as tokens show it, with the two fields that recorded tokens carry beside id and name.
pub(super) fn print_domain(world: &World, id: &str) -> Value {
    let name = world.domain(id).map_or("", |domain| domain.name.as_str());
    json!({"id": id, "name": name, "xdomain_id": "00000000001000000000001", "xdomain_type": "TSI"})
}

fn roles() -> Value {
    json!([{"id": "0", "name": "te_admin"}, {"id": "0", "name": "te_agency"}])
}
