//! What every endpoint of IAM asks of a call: its filters, and who sent it.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::verify::{Caller, verify};
use super::world::World;
use crate::lockout::Lockout;
use crate::service::Unverified;

impl Unverified<'_> {
    /// The value of a filter; an empty one counts as absent.
    pub(super) fn filter(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn caller(&self, world: &World, lockout: &mut Lockout) -> Result<Caller, ApiError> {
        match verify(world, lockout, self.call, self.conditions, self.now) {
            Ok(caller) => Ok(caller),
            // IAM itself answers for tokens, the gateway for signatures.
            Err(_) if self.call.header("x-auth-token").is_some() => Err(self.token_error(world)),
            Err(answer) => Err(ApiError::Gateway(answer)),
        }
    }

    fn token_error(&self, world: &World) -> ApiError {
        let known = self.call.header("x-auth-token").is_some_and(|value| world.token(value).is_some());
        if known {
            ApiError::new(401, "IAM.0066", "The token has expired.")
        } else {
            ApiError::new(401, "IAM.0067", "The token is invalid.")
        }
    }
}

/// The links of a list or of one item: nothing here has a next page.
pub(super) fn links(own: String) -> Value {
    json!({"self": own, "previous": null, "next": null})
}
