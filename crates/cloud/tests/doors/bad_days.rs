//! Runs of 500 calls in the middle of which a token or a temporary key expires, or the clock turns out to be wrong; and
//! secrets that are wrong from the start, which must not lock a key.

use cloud::{Arguments, Cloud, Environment, Error, Kind, cbr, dcs, ddm};
use futures::future::join_all;
use rehearsal::Fault;

use crate::door::{self, Door, INSTANCE};

/// Calls of one run, and how many callers make them.
const CALLS: usize = 500;
const CALLERS: usize = 20;

const TOKENS: (&str, &str) = ("POST", "/v3/auth/tokens");
const TEMPORARY_KEYS: (&str, &str) = ("POST", "/OS-CREDENTIAL/securitytokens");

/// All results of a run.
async fn run(arguments: &Arguments) -> Vec<Result<(), Error>> {
    let scope = door::scope(arguments).await;
    let caller = async |_| {
        let mut results = Vec::new();
        for _ in 0..CALLS / CALLERS {
            results.push(dcs::instance(&scope, dcs::Version::V2, INSTANCE).await.map(drop));
        }
        results
    };
    join_all((0..CALLERS).map(caller)).await.into_iter().flatten().collect()
}

/// The fault that strikes once, at a request to DCS in the middle of the run.
fn in_the_middle(fault: Fault) -> Fault {
    Fault { service: Some(rehearsal::Service::Dcs), after: CALLS as u64 / 2, ..fault }
}

fn failed(results: &[Result<(), Error>]) -> Vec<String> {
    results.iter().filter_map(|result| result.as_ref().err()).map(Error::to_string).collect()
}

const PASSWORD: &[(&str, &str)] = &[("user_id", "block-id"), ("password", "block-password")];
const KEYS: &[(&str, &str)] = &[("access_key", "BLOCKAK"), ("secret_key", "block-sk")];
const AGENCY: &[(&str, &str)] = &[("agency_name", "recovery"), ("agency_domain_name", "rehearsal-partner")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_token_heals_with_one_renewal() {
    let agency = &[KEYS, AGENCY].concat();
    for (who, block) in [("a password", PASSWORD), ("an agency of OTC", agency)] {
        let door = Door::open().await;
        let fault = Fault { expired_token: true, count: Some(1), ..Fault::default() };
        door.running.set_faults(vec![in_the_middle(fault)]).unwrap();
        let results = run(&door::with(door.arguments("eu-de"), block)).await;
        let refused = door.journal().iter().filter(|entry| entry.status == Some(401)).count();
        eprintln!(
            "{who}: {} calls, {refused} refused, {} token requests",
            results.len(),
            door.count(TOKENS.0, TOKENS.1)
        );
        assert_eq!((results.len(), failed(&results)), (CALLS, Vec::new()), "{who}");
        assert_eq!(door.count(TOKENS.0, TOKENS.1), 2, "{who}: one more than at the start");
        assert!((1..=CALLERS).contains(&refused), "{who}: {refused} calls met the expired token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_temporary_keys_heal_with_one_renewal() {
    let password = &[PASSWORD, AGENCY].concat();
    let keys = &[&[("platform", "huaweicloud")], KEYS, AGENCY].concat();
    for (who, block) in [("a password", password), ("a key", keys)] {
        let door = Door::open().await;
        let fault = Fault { expired_keys: true, count: Some(1), ..Fault::default() };
        door.running.set_faults(vec![in_the_middle(fault)]).unwrap();
        let results = run(&door::with(door.arguments("eu-de"), block)).await;
        let asked = door.count(TEMPORARY_KEYS.0, TEMPORARY_KEYS.1);
        let refused = door.journal().iter().filter(|entry| entry.status == Some(401)).count();
        eprintln!("{who}: {} calls, {refused} refused, {asked} requests for temporary keys", results.len());
        assert_eq!((results.len(), failed(&results)), (CALLS, Vec::new()), "{who}");
        assert_eq!(asked, 2, "{who}: one more than at the start");
        assert!((1..=CALLERS).contains(&refused), "{who}: {refused} calls met the expired keys");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_off_fails_with_the_measured_skew() {
    for (skew, words) in [(1200, "behind the service's"), (-1200, "ahead of the service's")] {
        let door = Door::open().await;
        let fault = Fault { clock_skew_seconds: Some(skew), ..Fault::default() };
        door.running.set_faults(vec![in_the_middle(fault)]).unwrap();
        let results = run(&door::with(door.arguments("eu-de"), KEYS)).await;
        let good = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!((results.len(), good), (CALLS, CALLS / 2), "the calls before it are good");
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(error.kind(), Kind::Clock, "{error}");
            let measured = ["20 min ", "19 min 59 s ", "20 min 1 s "];
            assert!(measured.iter().any(|time| error.message().contains(&format!("{time}{words}"))), "{error}");
        }
        let refused = door.journal().iter().filter(|entry| entry.status == Some(401)).count();
        eprintln!("clock {skew} s off: {good} good, {} failed, {refused} of them sent", results.len() - good);
        assert!(refused <= CALLERS, "{refused} requests were sent with a clock that is known to be off");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_one_time_code_is_not_used_twice() {
    let door = Door::open().await;
    let fault = Fault { expired_token: true, count: Some(1), ..Fault::default() };
    door.running.set_faults(vec![in_the_middle(fault)]).unwrap();
    let code = [("user_id", "block-mfa-id"), ("password", "block-mfa-password"), ("passcode", "block-code")];
    let results = run(&door::with(door.arguments("eu-de"), &code)).await;
    // Nobody can make a new token out of a used code: what is left must say so, and not hammer at IAM.
    let errors = failed(&results);
    assert!(!errors.is_empty() && errors.len() <= CALLS / 2 + CALLERS, "{}", errors.len());
    assert!(errors.iter().any(|error| error.contains("passcode")), "{}", errors[0]);
    assert!(door.count(TOKENS.0, TOKENS.1) <= 3, "{} token requests", door.count(TOKENS.0, TOKENS.1));
}

/// 50 callers at once, at all three services.
async fn crowd(cloud: &Cloud) -> Vec<Result<(), Error>> {
    let one = async |index: usize| {
        let scope = cloud.scope(None, None).await?;
        match index % 3 {
            0 => dcs::instance(&scope, dcs::Version::V2, INSTANCE).await.map(drop),
            1 => cbr::list_backups(&scope, &cbr::Filter::default()).await.map(drop),
            _ => ddm::instance(&scope, rehearsal::ddm::SOURCE_ID).await.map(drop),
        }
    };
    join_all((0..50).map(one)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_secrets_lock_nothing() {
    let wrong_key = [("access_key", "BLOCKAK"), ("secret_key", "wrong")];
    let for_agency = [&[("platform", "huaweicloud")], &wrong_key[..], AGENCY].concat();
    let for_agency_of_otc = [&wrong_key[..], AGENCY].concat();
    for (what, block) in [
        ("secret key", &wrong_key[..]),
        ("secret key of an agency", &for_agency),
        ("secret key of an agency of OTC", &for_agency_of_otc),
        ("password", &[("user_id", "block-id"), ("password", "wrong")]),
        ("passcode", &[("user_id", "block-mfa-id"), ("password", "block-mfa-password"), ("passcode", "0")]),
        ("token", &[("token", "wrong")]),
    ] {
        for project in [None, Some(door::first_project())] {
            let door = Door::open().await;
            let mut arguments = door::with(door.arguments("eu-de"), block);
            arguments.project_id = project;
            let cloud = door::connect(&arguments, &Environment::default()).unwrap();
            let results = crowd(&cloud).await;
            let refused = door.journal().iter().filter(|entry| entry.status == Some(401)).count();
            let project = arguments.project_id.map_or("by name", |_| "by id");
            eprintln!("wrong {what}, project {project}: 50 callers, {refused} refusals");
            for result in results {
                let error = result.unwrap_err();
                assert_eq!(error.kind(), Kind::Unauthorized, "{what}: {error}");
            }
            // A token that is wrong locks nothing, so nobody waits for the first refusal.
            let most = if what == "token" { 100 } else { 3 };
            assert!((1..=most).contains(&refused), "{what}, project {project}: {refused} refusals");
            if what.starts_with("secret key") {
                // The key still works for somebody who knows its secret.
                let good = door::with(door.arguments("eu-de"), KEYS);
                door::read(&door::connect(&good, &Environment::default()).unwrap()).await.unwrap();
            }
        }
    }
}
