//! IAM: tokens, temporary keys, projects, accounts, the service catalogue; and who a caller is.

mod built_in;
mod catalogue;
mod claims;
mod context;
mod errors;
mod keys;
mod login;
mod lookups;
mod regions;
mod signature;
mod tokens;
mod verify;
mod world;

pub use claims::Who;
pub(crate) use claims::{claimed, claimed_in_body};
use errors::ApiError;
pub(crate) use login::log_in;
pub(crate) use verify::{Denied, project_for, project_mismatch, verify};
pub use world::*;

use crate::lockout::Lockout;
use crate::service::{Backend, Lookup, Planned, Request, Response, Unverified};
use crate::wire::{Answer, REQUEST_ID_MARK};

impl Backend for World {
    fn handle_unverified(&mut self, lockout: &mut Lockout, call: &Unverified<'_>) -> Option<Answer> {
        Some(handle(self, lockout, call).with_header("X-IAM-Trace-Id", format!("token_eu-de_null_{REQUEST_ID_MARK}")))
    }

    /// Never asked: every call was answered before.
    fn handle(&mut self, _request: &Request) -> Response {
        Response::empty(404)
    }

    fn ensure(&mut self, planned: &[Planned], _lookups: &[Lookup]) {
        login::ensure(self, planned);
    }
}

/// Answers a request to IAM.
fn handle(world: &mut World, lockout: &mut Lockout, context: &Unverified<'_>) -> Answer {
    let path: Vec<&str> = context.path.iter().map(String::as_str).collect();
    // HEAD is GET without a body everywhere, and the listener leaves the body out.
    let method = if context.call.method == "HEAD" { "GET" } else { context.call.method.as_str() };
    let answer = match (method, path.as_slice()) {
        ("GET", []) => Ok(catalogue::versions(context)),
        ("GET", ["v3"]) => Ok(catalogue::version(context)),
        ("POST", ["v3", "auth", "tokens"]) => tokens::create(world, lockout, context),
        ("POST", ["v3.0", "OS-CREDENTIAL", "securitytokens"]) => keys::create(world, lockout, context),
        ("GET", ["v3", rest @ ..]) => read(world, lockout, context, rest),
        _ => Err(ApiError::no_such_api()),
    };
    answer.unwrap_or_else(|error| error.answer(world.switches.error_shape))
}

fn read(world: &World, lockout: &mut Lockout, context: &Unverified<'_>, path: &[&str]) -> Result<Answer, ApiError> {
    let caller = context.caller(world, lockout)?;
    match path {
        ["auth", "tokens"] => tokens::show(world, context),
        ["auth", "projects"] => Ok(lookups::projects(world, context, &caller, &[])),
        ["auth", "domains"] => Ok(lookups::domains(world, context, &caller)),
        ["auth", "catalog"] => Ok(catalogue::show(world, context, &caller)),
        ["projects"] => Ok(lookups::projects(world, context, &caller, lookups::PROJECT_FILTERS)),
        ["projects", id] => lookups::project(world, context, &caller, id),
        ["users"] => Ok(lookups::users(world, context, &caller)),
        ["users", id] => lookups::user(world, context, &caller, id),
        ["users", id, "projects"] => lookups::projects_of_user(world, context, &caller, id),
        ["domains"] => Ok(lookups::domains(world, context, &caller)),
        ["domains", id] => lookups::domain(world, context, &caller, id),
        ["services"] => Ok(catalogue::services(context)),
        ["services", id] => catalogue::service(context, id),
        ["endpoints"] => Ok(catalogue::endpoints(world, context)),
        ["regions"] => Ok(lookups::regions(world, context)),
        ["regions", id] => lookups::region(world, context, id),
        _ => Err(ApiError::no_such_api()),
    }
}
