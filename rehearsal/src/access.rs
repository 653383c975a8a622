//! The front door, as the API gateway is in front of every service: who calls, whether they may, and as whom this
//! process itself may call. The only place beside the table that knows which service is the one of identities.

use jiff::Timestamp;

use crate::connection::Credentials;
use crate::faults::Effects;
pub use crate::iam::Who;
use crate::iam::{self, Denied};
use crate::lockout::Lockout;
use crate::service::Response;
use crate::services::{Endpoints, Service, World};
use crate::wire::{Answer, Call};

/// Why a caller is not admitted.
pub(crate) enum Refused {
    /// The gateway says so.
    Gateway(Answer),
    /// The project of the path is not the caller's, in the words of the service.
    Service(Response),
}

/// The project that the caller of a service may act in, or the refusal.
pub(crate) fn admit(
    world: &World,
    lockout: &mut Lockout,
    service: Service,
    call: &Call,
    effects: &Effects,
    now: Timestamp,
) -> Result<String, Refused> {
    let path = call.parts();
    let backend = world.of(service);
    let caller = iam::verify(&world.iam, lockout, call, effects.conditions, now).map_err(Refused::Gateway)?;
    iam::project_for(&world.iam, &caller, backend.project_in(&path)).map_err(|denied| match denied {
        Denied::Gateway(answer) => Refused::Gateway(answer),
        Denied::Mismatch => match backend.project_mismatch(&path) {
            Some(response) => Refused::Service(response),
            None => Refused::Gateway(iam::project_mismatch()),
        },
    })
}

/// What a request says about its sender, for the journal; nothing here is verified.
pub(crate) fn claimed(world: &World, service: Service, call: &Call) -> Who {
    let asks_for_credentials = if service == Service::Iam { iam::claimed_in_body(&world.iam, call) } else { None };
    asks_for_credentials.unwrap_or_else(|| iam::claimed(&world.iam, call))
}

/// Lets credentials expire that a fault wants expired.
pub(crate) fn expire(world: &mut World, effects: &Effects, now: Timestamp) {
    if effects.expire_tokens {
        world.iam.expire_tokens(now);
    }
    if effects.expire_keys {
        world.iam.expire_keys(now);
    }
}

/// Makes a token that is good in one world good in another too.
pub(crate) fn keep_token(from: &World, to: &mut World, token: &str) {
    if let (Some(known), None) = (from.iam.token(token), to.iam.token(token)) {
        to.iam.tokens.push(known.clone());
    }
}

/// Credentials of the first user who can log in, and the region that they are for; none when there is no such user.
pub(crate) fn log_in(world: &mut World, region: Option<&str>) -> Option<(Credentials, String)> {
    iam::log_in(&mut world.iam, region)
}

/// Where tokens are asked for, as the `auth_url` of a provider block.
pub(crate) fn auth_url(endpoints: &Endpoints) -> String {
    format!("{}/v3", endpoints.of(Service::Iam))
}
