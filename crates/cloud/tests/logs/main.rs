//! What the log of a run shows, at its most talkative and of all libraries: facts, no secrets.
//!
//! A test program of its own, because which events are recorded is decided once per process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly; the lints' own exceptions do not reach helpers"
)]

#[path = "../support/peer.rs"]
mod peer;

use std::io::Write;
use std::sync::{Arc, Mutex};

use cloud::{Arguments, Cloud, Config, Environment, Secret, dcs};
use peer::{Peer, Reply, json};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

#[tokio::test]
async fn a_log_has_facts_and_no_secrets() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let peer = Peer::start(|request| match request.line().as_str() {
        "POST /v3/auth/tokens" => {
            let answer = r#"{"token":{"project":{"id":"p1"}}}"#;
            Reply::Answer(201, vec![("X-Subject-Token", "secret-token".to_owned())], answer.to_owned())
        }
        "POST /v2/p1/instances/i/backups/b/links" => {
            json(200, r#"{"links":[{"file_name":"f","link":"https://obs.example.com/f?Signature=secret-link"}]}"#)
        }
        _ => json(200, r#"{"backup_id":"b1"}"#),
    })
    .await;
    let endpoints = [("dcs".to_owned(), peer.url.clone())];
    let base = Arguments {
        region: Some("eu-de".to_owned()),
        project_id: Some("p1".to_owned()),
        auth_url: Some(peer.url.clone()),
        endpoints: Some(endpoints.into()),
        ..Arguments::default()
    };
    let password = Arguments {
        user_name: Some("u".to_owned()),
        domain_name: Some("d".to_owned()),
        password: Some(Secret::new("secret-password")),
        passcode: Some(Secret::new("secret-passcode")),
        ..base.clone()
    };
    let keys = Arguments {
        access_key: Some("AK".to_owned()),
        secret_key: Some(Secret::new("secret-key")),
        security_token: Some(Secret::new("secret-security-token")),
        ..base
    };
    for arguments in [password, keys] {
        let cloud = Cloud::new(Config::resolve(&arguments, &Environment::default()).unwrap()).unwrap();
        let scope = cloud.scope(None, None).await.unwrap();
        dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await.unwrap();
        let links = dcs::backup_links(&scope, "i", "b", 300).await.unwrap();
        tracing::info!(?links, "made");
    }
    let log = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    for fact in [
        "path=\"/v2/p1/instances/i/backups\"",
        "status=200",
        "credentials=\"temporary access key\"",
        "region=\"eu-de\"",
    ] {
        assert!(log.contains(fact), "{fact} is not in:\n{log}");
    }
    let leaks: Vec<&str> = log.lines().filter(|line| line.contains("secret-")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
