//! Bad days in the middle of a run of many calls.

use std::time::Instant;

use cloud::{AssumeRole, Kind, Secret};
use futures::StreamExt;
use rehearsal::Fault;

use super::*;

/// Calls of a run, so many at once.
const CALLS: usize = 500;
const AT_ONCE: usize = 10;

fn by_password(running: &Running) -> Arguments {
    let own = &running.connection.credentials;
    Arguments {
        auth_url: Some(running.connection.auth_url.clone()),
        region: Some("eu-de".to_owned()),
        user_name: Some(own.user_name.clone()),
        password: Some(Secret::new(own.password.reveal())),
        domain_name: Some(own.domain_name.clone()),
        ..Arguments::default()
    }
}

fn by_agency(running: &Running) -> Arguments {
    let role = AssumeRole {
        agency_name: Some("recovery".to_owned()),
        domain_name: Some("rehearsal-partner".to_owned()),
        ..AssumeRole::default()
    };
    Arguments { assume_role: Some(role), ..by_password(running) }
}

fn by_keys(running: &Running) -> Arguments {
    let own = &running.connection.credentials;
    Arguments {
        access_key: Some(own.access_key.clone()),
        secret_key: Some(Secret::new(own.secret_key.reveal())),
        user_name: None,
        password: None,
        ..by_password(running)
    }
}

/// Runs all calls and strikes when half of them are done.
async fn run(running: &Running, arguments: &Arguments, fault: Fault) -> Vec<cloud::Error> {
    let scope = resolve(arguments, addresses(running)).scope(None, None).await.unwrap();
    let calls = futures::stream::iter(0..CALLS).map(|_| read(&scope)).buffer_unordered(AT_ONCE);
    let struck = calls.enumerate().map(|(index, result)| {
        if index == CALLS / 2 {
            running.set_faults(vec![fault.clone()]).unwrap();
        }
        result.err()
    });
    struck.filter_map(futures::future::ready).collect().await
}

fn count(running: &Running, path: &str) -> usize {
    running.journal().iter().filter(|entry| entry.path == path).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_heals_with_one_renewal() {
    let running = start().await;
    let fault =
        Fault { expired_token: true, service: Some(rehearsal::Service::Dcs), count: Some(1), ..Fault::default() };
    let errors = run(&running, &by_password(&running), fault).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(count(&running, "/v3/auth/tokens"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_temporary_keys_heal_with_one_renewal() {
    let running = start().await;
    let fault =
        Fault { expired_keys: true, service: Some(rehearsal::Service::Dcs), count: Some(1), ..Fault::default() };
    let errors = run(&running, &by_agency(&running), fault).await;
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(count(&running, "/v3.0/OS-CREDENTIAL/securitytokens"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_wrong_fails_with_the_measured_skew() {
    let running = start().await;
    let fault = Fault { clock_skew_seconds: Some(20 * 60), ..Fault::default() };
    let errors = run(&running, &by_keys(&running), fault).await;
    assert!(errors.len() > CALLS / 4, "{}", errors.len());
    let skew = |error: &cloud::Error| {
        error.kind() == Kind::Clock && (error.message().contains("20 min") || error.message().contains("19 min 59 s"))
    };
    assert!(errors.iter().all(skew), "{:?}", errors.iter().find(|error| !skew(error)));
    let refused = running.journal().iter().filter(|entry| entry.status == Some(401)).count();
    assert!(refused <= AT_ONCE, "{refused} requests were sent with a wrong clock");
}

/// 200 operations of a start and three looks each, against a service that takes 20 requests a second.
#[tokio::test(flavor = "multi_thread")]
async fn many_operations_finish_against_a_throttled_service() {
    let running = start().await;
    let scope = resolve(&by_password(&running), addresses(&running)).scope(None, None).await.unwrap();
    running.clear_journal();
    running.set_faults(vec![Fault { rate_limit: Some(20.0), ..Fault::default() }]).unwrap();
    let began = Instant::now();
    let operation = || async {
        for _ in 0..3 {
            read(&scope).await?;
        }
        Ok::<_, cloud::Error>(())
    };
    let results = futures::future::join_all((0..200).map(|_| operation())).await;
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} failed: {:?}", failed.len(), failed.first());
    let journal = running.journal();
    let throttled = journal.iter().filter(|entry| entry.status == Some(429)).count();
    assert!(throttled * 20 < journal.len(), "{throttled} of {} requests were told to slow down", journal.len());
    assert!(began.elapsed().as_secs() < 90, "{:?}", began.elapsed());
}
