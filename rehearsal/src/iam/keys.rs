//! Temporary access keys, from a token or for an agency.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::tokens::{assume_role, field, methods, text};
use super::world::{Identity, World};
use crate::instants::micros;
use crate::lockout::Lockout;
use crate::service::Unverified;
use crate::wire::Answer;

pub(super) fn create(world: &mut World, lockout: &mut Lockout, context: &Unverified<'_>) -> Result<Answer, ApiError> {
    let body: Value = serde_json::from_slice(&context.call.body).map_err(|_| bad("auth"))?;
    let identity = field(&body, &["auth", "identity"]).ok_or_else(|| bad("identity"))?;
    let method = methods(identity)?;
    let nothing = json!({});
    let given = method.first().and_then(|method| identity.get(method)).unwrap_or(&nothing);
    let who = match method.first().map(String::as_str) {
        Some("token") => from_token(world, context, given)?,
        Some("assume_role") => assume_role(world, lockout, context, given)?,
        _ => return Err(bad("methods")),
    };
    let key = world.issue_keys(who, duration(given)?, context.now);
    let credential = json!({
        "access": key.access,
        "secret": key.secret.reveal(),
        "securitytoken": key.security_token.reveal(),
        "expires_at": micros(key.expires_at),
    });
    Ok(Answer::json(201, &json!({"credential": credential})))
}

/// The header wins over the token in the body.
fn from_token(world: &World, context: &Unverified<'_>, given: &Value) -> Result<Identity, ApiError> {
    let value = context.call.header("x-auth-token").or_else(|| text(given, "id")).ok_or_else(|| bad("id"))?;
    match world.token(value) {
        Some(token) if token.expires_at > context.now => Ok(token.identity.clone()),
        Some(_) => Err(ApiError::new(400, "IAM.1108", "The token has expired.")),
        None => Err(ApiError::new(401, "IAM.0067", "The token is invalid.")),
    }
}

fn duration(given: &Value) -> Result<f64, ApiError> {
    let number = match given.get("duration_seconds") {
        None | Some(Value::Null) => return Ok(900.0),
        Some(Value::Number(number)) => number.as_i64(),
        // Clients exist that send the number as a text.
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    match number {
        Some(seconds @ 900..=86_400) => Ok(seconds as f64),
        _ => Err(bad("duration_seconds")),
    }
}

fn bad(name: &str) -> ApiError {
    ApiError::new(400, "IAM.1102", format!("Invalid request body field: {name}."))
}
