//! Password tokens, project lookup and token renewal against a real OpenStack Keystone, which IAM descends from.
//!
//! Where the two differ, as far as this shows:
//! - Keystone answers 401 with "requires authentication" for an unknown project as well as for a wrong password; so does
//!   IAM by its documents, which is why the client's error mentions both.
//! - Keystone's tokens live an hour by default, IAM's a day. Keystone revokes a token at once (`DELETE`), IAM within half
//!   an hour of what kills it.
//! - Keystone names requests in `x-openstack-request-id`, IAM in `X-IAM-Trace-Id`, the services in `X-Request-Id`.
//! - Keystone knows no signatures, no agencies and no `/v3.0/OS-CREDENTIAL`: the rehearsal cloud stands in for those.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly; the lints' own exceptions do not reach helpers"
)]

#[path = "../support/peer.rs"]
mod peer;
mod server;

use std::time::Duration;

use cloud::{Arguments, Cloud, Config, Environment, Kind, Secret, dcs};
use peer::{Peer, json};
use server::{Keystone, PASSWORD, is_valid};

/// Seconds that a token lives here: the client renews after four fifths of them.
const TOKEN_SECONDS: u32 = 15;

/// A service that asks Keystone about every token.
async fn service(keystone: &Keystone) -> Peer {
    let address = keystone.address();
    Peer::start(move |request| match is_valid(&address, request.header("x-auth-token")) {
        true => json(200, r#"{"status":"RUNNING"}"#),
        false => json(401, r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated."}"#),
    })
    .await
}

fn by_password(keystone: &Keystone, service: &Peer) -> Arguments {
    let endpoints = [("dcs".to_owned(), service.url.clone())];
    Arguments {
        region: Some("eu-de".to_owned()),
        auth_url: Some(keystone.auth_url()),
        endpoints: Some(endpoints.into()),
        user_name: Some("admin".to_owned()),
        password: Some(Secret::new(PASSWORD)),
        domain_name: Some("Default".to_owned()),
        project_name: Some("admin".to_owned()),
        ..Arguments::default()
    }
}

fn cloud(arguments: &Arguments) -> Cloud {
    Cloud::new(Config::resolve(arguments, &Environment::default()).unwrap()).unwrap()
}

async fn read(cloud: &Cloud) -> Result<String, cloud::Error> {
    let scope = cloud.scope(None, None).await?;
    dcs::instance(&scope, dcs::Version::V2, "i").await?;
    Ok(scope.project_id)
}

/// The tokens that a service was called with, without repetitions.
fn tokens(service: &Peer) -> Vec<String> {
    let mut tokens: Vec<String> =
        service.requests().iter().map(|request| request.header("x-auth-token").to_owned()).collect();
    tokens.dedup();
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_keystone() {
    let keystone = match Keystone::start(TOKEN_SECONDS) {
        Ok(keystone) => keystone,
        Err(reason) => {
            eprintln!("SKIPPED: no Keystone can be started here (Debian has it in the package keystone): {reason}");
            return;
        }
    };
    passwords_and_lookups(&keystone).await;
    wrong_passwords_and_projects(&keystone).await;
    the_catalogue(&keystone).await;
    a_revoked_token(&keystone).await;
    renewal_ahead_of_the_end(&keystone).await;
}

/// A user by name and by id, a project by name, by id and by a ready token: all the same project.
async fn passwords_and_lookups(keystone: &Keystone) {
    let service = service(keystone).await;
    let base = by_password(keystone, &service);
    let token = keystone.admin_token();
    let own = keystone.ask("GET", "/v3/auth/tokens", &[("X-Auth-Token", &token), ("X-Subject-Token", &token)], "").body;
    let text = |path: &str| own.pointer(path).and_then(|value| value.as_str()).map(str::to_owned);
    let project_id = text("/token/project/id").unwrap();
    let user_id = text("/token/user/id");
    let ready = Arguments {
        token: Some(Secret::new(token)),
        user_name: None,
        password: None,
        domain_name: None,
        ..base.clone()
    };
    for arguments in [
        base.clone(),
        Arguments { domain_name: None, domain_id: Some("default".to_owned()), ..base.clone() },
        Arguments { user_name: None, user_id, ..base.clone() },
        Arguments { project_name: None, project_id: Some(project_id.clone()), ..base.clone() },
        ready.clone(),
        // The project that is named like the region does not exist: a ready token stands for its own.
        Arguments { project_name: None, ..ready },
    ] {
        let found = read(&cloud(&arguments)).await;
        let found = found.map_err(|error| error.to_string());
        assert_eq!(found, Ok(project_id.clone()), "{arguments:?}");
    }
}

async fn wrong_passwords_and_projects(keystone: &Keystone) {
    let service = service(keystone).await;
    let base = by_password(keystone, &service);
    for (arguments, part) in [
        (Arguments { password: Some(Secret::new("wrong")), ..base.clone() }, "requires authentication"),
        (Arguments { project_name: Some("nowhere".to_owned()), ..base.clone() }, "\"nowhere\", which must exist"),
    ] {
        let error = read(&cloud(&arguments)).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (Kind::Unauthorized, Some(401)), "{error}");
        assert!(error.message().contains(part) && error.request_id().is_some(), "{error}");
    }
    assert!(service.requests().is_empty());
}

/// A service that no document lists is found in Keystone's catalogue.
async fn the_catalogue(keystone: &Keystone) {
    let service = service(keystone).await;
    let token = keystone.admin_token();
    let headers = [("X-Auth-Token", token.as_str())];
    let made = keystone.ask("POST", "/v3/services", &headers, r#"{"service":{"type":"dcsv1","name":"dcsv1"}}"#);
    assert_eq!(made.status, 201, "{made:?} {}", keystone.errors());
    let id = made.body.pointer("/service/id").and_then(|id| id.as_str()).unwrap().to_owned();
    assert_eq!(keystone.ask("POST", "/v3/regions", &headers, r#"{"region":{"id":"eu-ch2"}}"#).status, 201);
    let endpoint = format!(
        r#"{{"endpoint":{{"interface":"public","region_id":"eu-ch2","url":"{}/v1.0/$(project_id)s","service_id":"{id}"}}}}"#,
        service.url
    );
    assert_eq!(keystone.ask("POST", "/v3/endpoints", &headers, &endpoint).status, 201);
    let arguments = Arguments { region: Some("eu-ch2".to_owned()), endpoints: None, ..by_password(keystone, &service) };
    read(&cloud(&arguments)).await.unwrap();
    assert_eq!(service.requests().len(), 1);
}

/// A token that Keystone revokes between two calls costs one renewal.
async fn a_revoked_token(keystone: &Keystone) {
    let service = service(keystone).await;
    let cloud = cloud(&by_password(keystone, &service));
    read(&cloud).await.unwrap();
    let first = tokens(&service).remove(0);
    let admin = keystone.admin_token();
    let headers = [("X-Auth-Token", admin.as_str()), ("X-Subject-Token", first.as_str())];
    assert_eq!(keystone.ask("DELETE", "/v3/auth/tokens", &headers, "").status, 204);
    let all = futures::future::join_all((0..5).map(|_| read(&cloud))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(tokens(&service).into_iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
}

/// A new token comes before the old one ends, so that no call is ever refused.
async fn renewal_ahead_of_the_end(keystone: &Keystone) {
    let service = service(keystone).await;
    let cloud = cloud(&by_password(keystone, &service));
    read(&cloud).await.unwrap();
    tokio::time::sleep(Duration::from_millis(u64::from(TOKEN_SECONDS) * 850)).await;
    assert!(is_valid(&keystone.address(), &tokens(&service)[0]), "the first token still lives");
    read(&cloud).await.unwrap();
    tokio::time::sleep(Duration::from_millis(u64::from(TOKEN_SECONDS) * 300)).await;
    read(&cloud).await.unwrap();
    assert_eq!(tokens(&service).len(), 2, "renewed once, ahead of the end");
    assert_eq!(service.requests().len(), 3, "no call was refused");
}
