//! Proxies of the environment. They are read from the environment of the process, so that each case runs this very
//! test program again, with variables of its own and one call to make.

use std::process::Stdio;

use cloud::{Arguments, Environment};
use tokio::process::Command;

use crate::door::{self, Door};
use crate::peer::{self, Peer};

/// Set for the process that makes the call: the address of the service.
const TARGET: &str = "DOORS_PROXIED_TARGET";

/// Set for a process that rehearses.
const REHEARSAL: &str = "RECOVERY_REHEARSAL";

/// Makes the call that the environment asks for, if it does: the process that [`call`] starts does nothing else.
#[tokio::test]
async fn make_the_call_that_the_environment_asks_for() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let block = [("region", "eu-de"), ("token", "secret-token"), ("max_retries", "0"), ("request_timeout", "5s")];
    let mut arguments = door::with(Arguments::default(), &block);
    let rehearses = std::env::var(REHEARSAL).is_ok();
    for name in ["auth_url", "endpoints.dcs"] {
        door::set(&mut arguments, name, &target);
    }
    if !rehearses {
        arguments.project_id = Some("p1".to_owned());
    }
    let cloud = match door::connect(&arguments, &Environment::of_process()) {
        Ok(cloud) => cloud,
        Err(error) => return println!("the call failed: {error}"),
    };
    match door::read(&cloud).await {
        Ok(_) => println!("the call was answered"),
        Err(error) => println!("the call failed: {error}"),
    }
}

/// What the process said about its call.
async fn call(variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "proxies::make_the_call_that_the_environment_asks_for", "--nocapture"])
        .env_clear()
        .envs(variables.iter().copied())
        .stderr(Stdio::inherit())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.find("the call ").map(|start| line[start..].to_owned()));
    line.unwrap_or_else(|| panic!("{text}"))
}

/// A proxy that answers in the place of every plain service, and opens no tunnel.
async fn proxy() -> Peer {
    Peer::start(|request| match request.method == "CONNECT" {
        true => peer::json(502, ""),
        false => peer::json(200, r#"{"status":"RUNNING"}"#),
    })
    .await
}

#[tokio::test]
async fn calls_go_through_the_proxy_of_the_environment() {
    let service = Peer::start(|_| peer::json(200, r#"{"status":"RUNNING"}"#)).await;
    for (name, target, no_proxy, first_line) in [
        ("HTTPS_PROXY", "https://dcs.recovery.invalid", "", Some("CONNECT dcs.recovery.invalid:443")),
        ("https_proxy", "https://dcs.recovery.invalid", "", Some("CONNECT dcs.recovery.invalid:443")),
        ("HTTP_PROXY", "http://dcs.recovery.invalid", "", Some("GET http://dcs.recovery.invalid/")),
        ("HTTPS_PROXY", "https://dcs.recovery.invalid", ".recovery.invalid", None),
        ("HTTPS_PROXY", "https://dcs.recovery.invalid", "*", None),
        ("HTTPS_PROXY", "https://dcs.recovery.invalid", "example.com", Some("CONNECT ")),
        // This machine is never behind a proxy.
        ("HTTP_PROXY", service.url.as_str(), "", None),
    ] {
        let proxy = proxy().await;
        let said = call(&[(TARGET, target), (name, &proxy.url), ("NO_PROXY", no_proxy)]).await;
        let lines: Vec<String> =
            proxy.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect();
        match first_line {
            Some(first) => {
                assert!(lines.iter().any(|line| line.starts_with(first)), "{name} {target}: {lines:?} {said}")
            }
            None => assert!(lines.is_empty(), "{name} {target} {no_proxy}: {lines:?} {said}"),
        }
        // Through a tunnel nobody sees anything of the call.
        let tunnels = proxy.requests().into_iter().filter(|request| request.method == "CONNECT");
        for request in tunnels {
            assert!(request.header("x-auth-token").is_empty(), "{request:?}");
        }
    }
    assert_eq!(service.requests().len(), 1, "the service of this machine was called directly");
}

#[tokio::test]
async fn a_rehearsal_uses_no_proxy_and_no_credentials_of_its_surroundings() {
    let door = Door::open().await;
    let (proxy, trap) = (proxy().await, proxy().await);
    let said = call(&[
        (TARGET, &trap.url),
        (REHEARSAL, &door.running.connection.url),
        ("HTTP_PROXY", &proxy.url),
        ("HTTPS_PROXY", &proxy.url),
        ("ALL_PROXY", &proxy.url),
        ("http_proxy", &proxy.url),
        ("all_proxy", &proxy.url),
        ("OS_PASSWORD", "os-password"),
        ("OS_USER_ID", "os-id"),
    ])
    .await;
    assert_eq!(said, "the call was answered");
    assert!(proxy.requests().is_empty() && trap.requests().is_empty());
    assert_eq!(door.used(), "password rehearsal");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_not_passed_over() {
    let service = Peer::start(|_| peer::json(200, r#"{"status":"RUNNING"}"#)).await;
    for (name, proxy, target) in [
        ("HTTPS_PROXY", "http://user:pass#word@127.0.0.1:1", service.url.as_str()),
        ("HTTP_PROXY", "http://127.0.0.1 :1", "http://dcs.recovery.invalid"),
        ("ALL_PROXY", "socks5://127.0.0.1:1", &service.url),
        ("https_proxy", "http://", &service.url),
    ] {
        let said = call(&[(TARGET, target), (name, proxy)]).await;
        assert!(said.contains(name) && said.contains("cannot be used"), "{name} {proxy}: {said}");
        assert!(!said.contains("pass#"), "{said}");
    }
    assert!(service.requests().is_empty(), "nothing went out directly");
}

#[tokio::test]
async fn a_407_is_said_to_be_the_proxys() {
    let proxy = Peer::start(|_| peer::json(407, "<html>Proxy Authentication Required</html>")).await;
    for (name, target, words) in [
        ("HTTP_PROXY", "http://dcs.recovery.invalid", "this is the proxy's answer"),
        ("HTTPS_PROXY", "https://dcs.recovery.invalid", "the proxy wants a user and password of its own (407)"),
    ] {
        let said = call(&[(TARGET, target), (name, &proxy.url)]).await;
        assert!(said.contains(words) && said.contains("HTTPS_PROXY=http://user:password"), "{name}: {said}");
    }
}
