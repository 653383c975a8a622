//! Drives the toy provider's process from outside: as a raw client of the protocol, and with the real `terraform`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails does so loudly"
)]

mod calls;
mod core;
mod ephemeral;
mod life;
mod limits;
mod streams;

use std::time::Duration;

use plugin_client::{Client, Problem, Process, Start};
use serde_json::{Value, json};

const TOY: &str = env!("CARGO_BIN_EXE_terraform-provider-toy");

/// A start of the toy as Terraform does it, without the variables of whoever runs the tests.
fn toy() -> Start {
    let start = Start::new(TOY).unwrap();
    ["TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_TOY", "PLUGIN_MULTIPLEX_GRPC", "PLUGIN_UNIX_SOCKET_DIR"]
        .into_iter()
        .fold(start, Start::env_remove)
}

/// A running toy with a client that has configured it.
async fn configured() -> (Process, Client) {
    let process = toy().spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    (process, client)
}

/// The configuration of a thing that behaves in some way.
fn thing(behaviour: &str) -> Value {
    json!({ "name": "n", "behaviour": behaviour })
}

#[track_caller]
fn only_error(problems: &[Problem]) -> &Problem {
    let errors: Vec<&Problem> = problems.iter().filter(|problem| problem.is_error).collect();
    assert_eq!(errors.len(), 1, "{problems:?}");
    errors[0]
}

/// Waits for the process to have written a text to standard error.
async fn wait_for_stderr(process: &Process, text: &str) {
    for _ in 0..200 {
        if process.stderr().contains(text) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no {text:?} in {}", process.stderr());
}
