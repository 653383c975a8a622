//! Who calls: verifies tokens and signatures, and tells in which project a caller may act.

use jiff::Timestamp;

use super::signature::Authorization;
use super::world::{Identity, Scope, World};
use crate::instants::{parse_sdk_date, plus_seconds, sdk_date, seconds_between};
use crate::lockout::{Limits, Lockout};
use crate::service::Conditions;
use crate::wire::{Answer, Call};

/// A caller whose credential was verified.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) identity: Identity,
    /// Where a token acts; none for signatures, which act wherever the path says.
    pub(crate) scope: Option<Scope>,
}

/// Verifies the credential of a request; `now` is the cloud's clock, which a fault may have put off.
pub(crate) fn verify(
    world: &World,
    lockout: &mut Lockout,
    call: &Call,
    conditions: Conditions,
    now: Timestamp,
) -> Result<Caller, Answer> {
    if let Some(value) = call.header("x-auth-token") {
        return verify_token(world, value, now);
    }
    match call.header("authorization").map(Authorization::parse) {
        Some(Some(_)) if conditions.refuse_aksk => Err(refused("verify aksk signature fail")),
        Some(Some(authorization)) => {
            let clock = plus_seconds(now, conditions.clock_skew_seconds as f64);
            verify_signature(world, lockout, call, &authorization, now, clock)
        }
        Some(None) => Err(refused("calc aksk signature fail:bad Authorization header")),
        None => Err(refused("Get secretKey failed: no token and no signature")),
    }
}

fn verify_token(world: &World, value: &str, now: Timestamp) -> Result<Caller, Answer> {
    let token = world.token(value).ok_or_else(|| refused("decrypt token fail"))?;
    if token.expires_at <= now {
        return Err(Answer::gateway(401, "APIGW.0307", "The token must be updated."));
    }
    Ok(Caller { identity: token.identity.clone(), scope: Some(token.scope.clone()) })
}

/// `now` decides about expiry and lockout, `clock` about the date of the signature.
fn verify_signature(
    world: &World,
    lockout: &mut Lockout,
    call: &Call,
    authorization: &Authorization,
    now: Timestamp,
    clock: Timestamp,
) -> Result<Caller, Answer> {
    let key = &authorization.access_key;
    if lockout.is_locked(key, now) {
        return Err(refused("AK access failed to reach the limit,forbidden"));
    }
    let (secret, identity) = find_key(world, call, key, now)?;
    check_date(world, call, clock)?;
    if !authorization.verify(call, &secret) {
        let (after, seconds) = (world.switches.lockout_after, world.switches.lockout_seconds);
        lockout.failed(key, Limits { after, seconds }, now);
        return Err(refused("verify aksk signature fail"));
    }
    lockout.succeeded(key);
    Ok(Caller { identity, scope: None })
}

fn find_key(world: &World, call: &Call, access_key: &str, now: Timestamp) -> Result<(String, Identity), Answer> {
    if let Some(key) = world.temporary_key(access_key) {
        if call.header("x-security-token") != Some(key.security_token.reveal()) {
            return Err(refused("decrypt token fail"));
        }
        if key.expires_at <= now {
            return Err(refused("decrypt token fail: the security token has expired"));
        }
        return Ok((key.secret.reveal().to_owned(), key.identity.clone()));
    }
    for user in world.users.iter().filter(|user| user.enabled) {
        if let Some(key) = user.access_keys.iter().find(|key| key.access == access_key) {
            let identity = Identity { user_id: user.id.clone(), agency: None };
            return Ok((key.secret.reveal().to_owned(), identity));
        }
    }
    Err(refused("Get secretKey failed"))
}

fn check_date(world: &World, call: &Call, clock: Timestamp) -> Result<(), Answer> {
    let sent = call.header("x-sdk-date").unwrap_or_default();
    let date = parse_sdk_date(sent).ok_or_else(|| refused("calc aksk signature fail:bad X-Sdk-Date header"))?;
    if seconds_between(date, clock).abs() > world.switches.clock_tolerance_seconds {
        let server = sdk_date(clock);
        let text = format!("calc aksk signature fail:signature expired, signature time:{sent},server time:{server}");
        return Err(refused(&text));
    }
    Ok(())
}

fn refused(reason: &str) -> Answer {
    Answer::gateway(401, "APIGW.0301", &format!("Incorrect IAM authentication information: {reason}"))
}

/// Why a caller may not act in the project of the path.
pub(crate) enum Denied {
    /// It is another account's, or not the token's.
    Mismatch,
    /// The gateway refuses.
    Gateway(Answer),
}

/// The project that a caller acts in, given the one in the path. Services have no business with other scopes.
pub(crate) fn project_for(world: &World, caller: &Caller, in_path: Option<&str>) -> Result<String, Denied> {
    let denied = |status, code: &str, text: &str| Denied::Gateway(Answer::gateway(status, code, text));
    if let Some(Scope::Project(own)) = &caller.scope {
        return match in_path {
            Some(path) if path != own => Err(Denied::Mismatch),
            _ => Ok(own.clone()),
        };
    }
    if caller.scope.is_some() {
        return Err(denied(403, "APIGW.0302", "The user is not allowed: a token with project scope is needed."));
    }
    let Some(path) = in_path else { return Ok(String::new()) };
    let domain = world.acting_domain(&caller.identity);
    match world.project(path) {
        Some(project) if project.domain_id != domain => Err(Denied::Mismatch),
        Some(project) if !project.enabled => Err(denied(403, "APIGW.0310", "The project is unavailable.")),
        Some(project) => Ok(project.id.clone()),
        None => Err(denied(403, "APIGW.0310", "The project is unavailable.")),
    }
}

/// What the gateway says about a foreign project, for services that have no words of their own.
pub(crate) fn project_mismatch() -> Answer {
    let text = "Incorrect IAM authentication information: the project ID in the URL does not match the caller's.";
    Answer::gateway(403, "APIGW.0302", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_of_others_are_out_of_reach() {
        let world = World::default();
        let user = world.users[0].id.clone();
        let own = world.projects[0].id.clone();
        let partner = world.projects.iter().find(|project| project.domain_id != world.projects[0].domain_id).unwrap();
        let signed = Caller { identity: Identity { user_id: user.clone(), agency: None }, scope: None };
        assert_eq!(project_for(&world, &signed, Some(&own)).ok(), Some(own.clone()));
        assert!(matches!(project_for(&world, &signed, Some(&partner.id)), Err(Denied::Mismatch)));
        assert!(matches!(project_for(&world, &signed, Some("none")), Err(Denied::Gateway(_))));
        let scoped = Caller { scope: Some(Scope::Project(own.clone())), ..signed.clone() };
        assert_eq!(project_for(&world, &scoped, None).ok(), Some(own.clone()));
        let of_domain = Caller { scope: Some(Scope::Domain(world.domains[0].id.clone())), ..signed };
        assert!(matches!(project_for(&world, &of_domain, Some(&own)), Err(Denied::Gateway(_))));
    }
}
