//! The client against the rehearsal cloud, whose journal tells who called.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly; the lints' own exceptions do not reach helpers"
)]

mod identities;
mod long_runs;
mod services;

use cloud::{Arguments, Cloud, Config, Environment, Scope, dcs};
use rehearsal::{Options, Running};

/// The built-in instance that can be backed up.
const INSTANCE: &str = rehearsal::dcs::BUILT_IN_INSTANCE;

async fn start() -> Running {
    rehearsal::start(Options { speed: 1000.0, ..Options::default() }).await.unwrap()
}

/// Variables that lead to the rehearsal cloud's services, but for IAM, which each row names in its own way.
fn addresses(running: &Running) -> Vec<(String, String)> {
    let endpoints = &running.connection.endpoints;
    [("DCS", &endpoints.dcs), ("CBR", &endpoints.cbr), ("DDM", &endpoints.ddm)]
        .map(|(name, url)| (format!("RECOVERY_ENDPOINT_{name}"), url.clone()))
        .into()
}

fn resolve(arguments: &Arguments, variables: Vec<(String, String)>) -> Cloud {
    let environment: Environment = variables.into_iter().collect();
    Cloud::new(Config::resolve(arguments, &environment).unwrap()).unwrap()
}

async fn read(scope: &Scope) -> Result<dcs::Instance, cloud::Error> {
    dcs::instance(scope, dcs::Version::V2, INSTANCE).await
}
