//! IAM: tokens, temporary keys, projects, accounts, the service catalogue.

mod catalog;
mod keys;
mod lookups;
mod tokens;
mod world;

use jiff::Timestamp;
use serde_json::{Value, json};
pub use world::*;

use crate::access::{self, Caller, Lockout, Who};
use crate::connection::Endpoints;
use crate::faults::Effects;
use crate::wire::{Answer, Call};

/// What a request to IAM needs besides the world.
pub(crate) struct Context<'call> {
    pub(crate) call: &'call Call,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) endpoints: &'call Endpoints,
    pub(crate) effects: &'call Effects,
    pub(crate) now: Timestamp,
}

impl Context<'_> {
    /// The value of a filter; an empty one counts as absent.
    fn filter(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn caller(&self, world: &World, lockout: &mut Lockout) -> Result<Caller, Refusal> {
        match access::verify(world, lockout, self.call, self.effects, self.now) {
            Ok(caller) => Ok(caller),
            // IAM itself answers for tokens, the gateway for signatures.
            Err(_) if self.call.header("x-auth-token").is_some() => Err(self.token_refusal(world)),
            Err(answer) => Err(Refusal::Gateway(answer)),
        }
    }

    fn token_refusal(&self, world: &World) -> Refusal {
        let known = self.call.header("x-auth-token").is_some_and(|value| world.token(value).is_some());
        if known {
            Refusal::new(401, "IAM.0066", "The token has expired.")
        } else {
            Refusal::new(401, "IAM.0067", "The token is invalid.")
        }
    }
}

/// Why IAM refuses.
pub(crate) enum Refusal {
    Iam { status: u16, code: &'static str, message: String },
    Gateway(Answer),
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal::Iam { status, code, message: message.into() }
    }

    fn bad(field: &str) -> Refusal {
        Refusal::new(400, "IAM.0011", format!("Request parameter {field} is missing or invalid."))
    }

    fn not_found(what: &str) -> Refusal {
        Refusal::new(404, "IAM.0004", format!("Could not find {what}."))
    }

    fn answer(self, shape: ErrorShape) -> Answer {
        let (status, code, message) = match self {
            Refusal::Gateway(answer) => return answer,
            Refusal::Iam { status, code, message } => (status, code, message),
        };
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Error",
        };
        let error = json!({"code": status, "message": message, "title": title});
        let body = match shape {
            ErrorShape::Error => json!({"error": error}),
            ErrorShape::Code => json!({"error_code": code, "error_msg": message}),
            ErrorShape::Both => json!({"error": error, "error_code": code, "error_msg": message}),
        };
        Answer::json(status, &body)
    }
}

/// Answers a request to IAM.
pub(crate) fn handle(world: &mut World, lockout: &mut Lockout, context: &Context<'_>) -> Answer {
    let path: Vec<&str> = context.path.iter().map(String::as_str).collect();
    // HEAD is GET without a body everywhere, and the listener leaves the body out.
    let method = if context.call.method == "HEAD" { "GET" } else { context.call.method.as_str() };
    let answer = match (method, path.as_slice()) {
        ("GET", []) => Ok(catalog::versions(context)),
        ("GET", ["v3"]) => Ok(catalog::version(context)),
        ("POST", ["v3", "auth", "tokens"]) => tokens::create(world, lockout, context),
        ("POST", ["v3.0", "OS-CREDENTIAL", "securitytokens"]) => keys::create(world, lockout, context),
        ("GET", ["v3", rest @ ..]) => read(world, lockout, context, rest),
        _ => Err(no_such_api()),
    };
    answer.unwrap_or_else(|refusal| refusal.answer(world.switches.error_shape))
}

fn read(world: &World, lockout: &mut Lockout, context: &Context<'_>, path: &[&str]) -> Result<Answer, Refusal> {
    let caller = context.caller(world, lockout)?;
    match path {
        ["auth", "tokens"] => tokens::show(world, context),
        ["auth", "projects"] => Ok(lookups::projects(world, context, &caller, &[])),
        ["auth", "domains"] => Ok(lookups::domains(world, context, &caller)),
        ["auth", "catalog"] => Ok(catalog::show(world, context, &caller)),
        ["projects"] => Ok(lookups::projects(world, context, &caller, lookups::PROJECT_FILTERS)),
        ["projects", id] => lookups::project(world, context, &caller, id),
        ["users"] => Ok(lookups::users(world, context, &caller)),
        ["users", id] => lookups::user(world, context, &caller, id),
        ["users", id, "projects"] => lookups::projects_of_user(world, context, &caller, id),
        ["domains"] => Ok(lookups::domains(world, context, &caller)),
        ["domains", id] => lookups::domain(world, context, &caller, id),
        ["services"] => Ok(catalog::services(world, context)),
        ["services", id] => catalog::service(world, context, id),
        ["endpoints"] => Ok(catalog::endpoints(world, context)),
        ["regions"] => Ok(lookups::regions(world, context)),
        ["regions", id] => lookups::region(world, context, id),
        _ => Err(no_such_api()),
    }
}

fn no_such_api() -> Refusal {
    Refusal::Gateway(Answer::gateway(404, "APIGW.0101", "The API does not exist or has not been published."))
}

/// What a request for a credential says about its sender, for the journal; none for other requests.
pub(crate) fn claimed(world: &World, call: &Call) -> Option<Who> {
    if call.method != "POST" || !(call.path.contains("/auth/tokens") || call.path.contains("/securitytokens")) {
        return None;
    }
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    let identity = body.get("auth")?.get("identity")?;
    let methods: Vec<&str> = identity.get("methods")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let first = *methods.first()?;
    let given = identity.get(first)?;
    let user = given.get("user").unwrap_or(given);
    let text = |name: &str| user.get(name).and_then(Value::as_str);
    let by_id = text("id").and_then(|id| world.user(id)).map(|user| user.name.clone());
    // Whoever asks for an agency's credential signs with a credential of its own.
    let sent = access::claimed(world, call);
    let name = by_id.or_else(|| text("name").map(str::to_owned)).or_else(|| sent.user.clone());
    Some(Who { kind: methods.join("+"), user: name, ..sent })
}
