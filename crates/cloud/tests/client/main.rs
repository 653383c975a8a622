//! The client from outside: settings in, requests out, against scripted peers on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly; the lints' own exceptions do not reach helpers"
)]

mod echoes;
mod identities;
#[path = "../support/peer.rs"]
mod peer;
mod places;
mod retries;
mod walls;

use cloud::{Arguments, Cloud, Config, Environment, SERVICES, Scope, Secret};
use peer::{Peer, Reply, Request, json};

/// Settings that lead everything to one peer.
fn arguments(peer: &Peer) -> Arguments {
    let endpoints = SERVICES.map(|service| (service.key().to_owned(), peer.url.clone()));
    Arguments {
        region: Some("eu-de".to_owned()),
        project_id: Some("p1".to_owned()),
        auth_url: Some(peer.url.clone()),
        endpoints: Some(endpoints.into()),
        request_timeout: Some("2s".to_owned()),
        ..Arguments::default()
    }
}

fn with_keys(peer: &Peer) -> Arguments {
    Arguments { access_key: Some("AK".to_owned()), secret_key: Some(Secret::new("SK")), ..arguments(peer) }
}

fn with_password(peer: &Peer) -> Arguments {
    Arguments {
        user_name: Some("u".to_owned()),
        password: Some(Secret::new("pw")),
        domain_name: Some("d".to_owned()),
        ..arguments(peer)
    }
}

fn with_token(peer: &Peer) -> Arguments {
    Arguments { token: Some(Secret::new("ready")), ..arguments(peer) }
}

fn cloud(arguments: &Arguments) -> Cloud {
    Cloud::new(Config::resolve(arguments, &Environment::default()).unwrap()).unwrap()
}

async fn scope(arguments: &Arguments) -> Scope {
    cloud(arguments).scope(None, None).await.unwrap()
}

/// A good answer to a token request: `T1` for the first, `T2` for the second, for 24 hours.
fn token(request: &Request) -> Reply {
    let name = format!("T{}", request.earlier + 1);
    let body = r#"{"token":{"issued_at":"2025-01-01T00:00:00.000000Z","expires_at":"2025-01-02T00:00:00.000000Z",
        "project":{"id":"p1","name":"eu-de"}}}"#;
    Reply::Answer(201, vec![("X-Subject-Token", name)], body.to_owned())
}

/// A good answer to the calls that the tests make.
fn fine(request: &Request) -> Reply {
    match request.line().as_str() {
        "POST /v3/auth/tokens" => token(request),
        "POST /v2/p1/instances/i/backups" => json(200, r#"{"backup_id":"b1"}"#),
        "GET /v2/p1/instances/i" => json(200, r#"{"instance_id":"i","status":"RUNNING"}"#),
        line => json(404, &format!(r#"{{"error_code":"T.404","error_msg":"{line} is not in the script"}}"#)),
    }
}
