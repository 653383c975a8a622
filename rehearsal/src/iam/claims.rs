//! What a request claims about its sender, for the journal: nothing here is verified.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::signature::Authorization;
use super::world::{Scope, World};
use crate::wire::Call;

/// The identity that a request claims, for the journal: what was sent, verified or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// `none`, `token`, `aksk`, `temporary_aksk`, or, for requests that ask for a credential, `password`, `totp`,
    /// `assume_role`.
    pub kind: String,
    /// The user's name, `account/agency` for an agency; absent when nobody here is known by the credential.
    pub user: Option<String>,
    /// The access key that signed.
    pub access_key: Option<String>,
    /// How the token sent was once obtained, such as `password`.
    pub token_methods: Option<String>,
    /// The last eight characters of the token sent, to tell tokens apart.
    pub token_tail: Option<String>,
    /// The project that the token is scoped to, or that header `X-Project-Id` names.
    pub project_id: Option<String>,
}

/// What a request says about its sender, for the journal; nothing here is verified.
pub(crate) fn claimed(world: &World, call: &Call) -> Who {
    let header_project = call.header("x-project-id").map(str::to_owned);
    if let Some(value) = call.header("x-auth-token") {
        let token = world.token(value);
        let scope = token.and_then(|token| match &token.scope {
            Scope::Project(id) => Some(id.clone()),
            _ => None,
        });
        let tail: Vec<char> = value.chars().rev().take(8).collect();
        return Who {
            kind: "token".into(),
            user: token.map(|token| world.display_name(&token.identity)),
            token_methods: token.map(|token| token.methods.join("+")),
            token_tail: Some(tail.into_iter().rev().collect()),
            project_id: scope.or(header_project),
            access_key: None,
        };
    }
    let Some(authorization) = call.header("authorization").and_then(Authorization::parse) else {
        return Who { kind: "none".into(), ..Who::default() };
    };
    let key = authorization.access_key;
    let temporary = world.temporary_key(&key);
    let holder = world.users.iter().find(|user| user.access_keys.iter().any(|own| own.access == key));
    let user = temporary.map(|key| world.display_name(&key.identity)).or(holder.map(|user| user.name.clone()));
    let signed_as_temporary = temporary.is_some() || call.header("x-security-token").is_some();
    Who {
        kind: if signed_as_temporary { "temporary_aksk" } else { "aksk" }.into(),
        user,
        access_key: Some(key),
        project_id: header_project,
        ..Who::default()
    }
}

/// What a request for a credential says about its sender, for the journal; none for other requests.
pub(crate) fn claimed_in_body(world: &World, call: &Call) -> Option<Who> {
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
    let sent = claimed(world, call);
    let name = by_id.or_else(|| text("name").map(str::to_owned)).or_else(|| sent.user.clone());
    Some(Who { kind: methods.join("+"), user: name, ..sent })
}
