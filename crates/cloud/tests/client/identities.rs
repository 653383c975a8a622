//! Tokens, keys, agencies: who the client is, and what it does not do with bad credentials.

use cloud::{Arguments, AssumeRole, Kind, Outcome, dcs};

use super::*;

const TOKENS: &str = "POST /v3/auth/tokens";

async fn read(scope: &Scope) -> Result<dcs::Instance, cloud::Error> {
    dcs::instance(scope, dcs::Version::V2, "i").await
}

async fn many_reads(scope: &Scope, number: usize) -> Vec<Result<dcs::Instance, cloud::Error>> {
    futures::future::join_all((0..number).map(|_| read(scope))).await
}

#[tokio::test]
async fn one_token_for_many_callers() {
    let peer = Peer::start(fine).await;
    let scope = scope(&with_password(&peer)).await;
    assert!(many_reads(&scope, 50).await.iter().all(Result::is_ok));
    assert_eq!(peer.count(TOKENS), 1);
    let login = peer.requests().into_iter().find(|request| request.line() == TOKENS).unwrap();
    assert!(login.body.contains(r#""scope":{"project":{"id":"p1"}}"#), "{}", login.body);
    assert!(
        peer.requests().iter().filter(|request| request.line() != TOKENS).all(|r| r.header("x-auth-token") == "T1")
    );
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let peer =
        Peer::start(|_| json(401, r#"{"error_code":"IAM.0062","error_msg":"Incorrect user name or password."}"#)).await;
    let scope = scope(&with_password(&peer)).await;
    for result in many_reads(&scope, 10).await {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.code(), error.outcome()),
            (Kind::Unauthorized, Some("IAM.0062"), Outcome::NotStarted)
        );
    }
    assert_eq!(peer.requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_key_is_tried_once() {
    let refusal = r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: verify aksk signature fail"}"#;
    let peer = Peer::start(move |_| json(401, refusal)).await;
    let scope = scope(&with_keys(&peer)).await;
    for result in many_reads(&scope, 10).await {
        assert_eq!(result.unwrap_err().code(), Some("APIGW.0301"));
    }
    assert_eq!(peer.requests().len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_off_is_measured() {
    let peer = Peer::start(|_| {
        let body = r#"{"error_code":"APIGW.0301","error_msg":"calc aksk signature fail:signature expired, signature time:20250520T085232Z,server time:20250520T091232Z"}"#;
        json(401, body)
    })
    .await;
    let error = read(&scope(&with_keys(&peer)).await).await.unwrap_err();
    assert_eq!((error.kind(), peer.requests().len()), (Kind::Clock, 1));
    assert!(error.message().contains("20 min behind"), "{error}");
}

#[tokio::test]
async fn a_bad_answer_to_a_token_request_starts_nothing() {
    let peer = Peer::start(|_| json(201, "{}")).await;
    let scope = scope(&with_password(&peer)).await;
    let result = dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (Kind::BadAnswer, Outcome::NotStarted));
    assert!(error.message().contains("X-Subject-Token"), "{error}");
}

#[tokio::test]
async fn a_one_time_code_is_used_once() {
    let peer = Peer::start(|request| match request.line().as_str() {
        TOKENS => token(request),
        _ => json(200, r#"{"status":"RUNNING"}"#),
    })
    .await;
    let arguments = Arguments { passcode: Some(Secret::new("123456")), ..with_password(&peer) };
    let cloud = cloud(&arguments);
    for project in ["p1", "p2"] {
        let scope = cloud.scope(None, Some(project)).await.unwrap();
        read(&scope).await.unwrap();
    }
    let bodies: Vec<String> = peer.requests().into_iter().filter(|r| r.line() == TOKENS).map(|r| r.body).collect();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[0].contains(r#""methods":["password","totp"]"#) && bodies[0].contains("123456"), "{}", bodies[0]);
    assert!(bodies[1].contains(r#""methods":["token"]"#) && !bodies[1].contains("123456"), "{}", bodies[1]);
}

fn with_agency(arguments: Arguments) -> Arguments {
    let role = AssumeRole {
        agency_name: Some("ag".to_owned()),
        domain_name: Some("delegating".to_owned()),
        domain_id: None,
        duration: Some("1h".to_owned()),
    };
    Arguments { assume_role: Some(role), ..arguments }
}

const TEMPORARY: &str = "POST /v3.0/OS-CREDENTIAL/securitytokens";

fn temporary_keys(request: &Request) -> Reply {
    let number = request.earlier + 1;
    json(
        201,
        &format!(
            r#"{{"credential":{{"access":"TAK{number}","secret":"TSK","securitytoken":"ST{number}","expires_at":"2999-01-01T00:00:00.000000Z"}}}}"#
        ),
    )
}

#[tokio::test]
async fn an_agency_gives_temporary_keys_that_are_renewed_once() {
    let peer = Peer::start(|request| match request.line().as_str() {
        TEMPORARY => temporary_keys(request),
        TOKENS => token(request),
        _ if request.header("x-security-token") == "ST1" && request.earlier >= 5 => json(
            401,
            r#"{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: decrypt token fail"}"#,
        ),
        _ => json(200, r#"{"status":"RUNNING"}"#),
    })
    .await;
    let scope = scope(&with_agency(with_password(&peer))).await;
    for _ in 0..2 {
        let results = many_reads(&scope, 20).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    assert_eq!((peer.count(TEMPORARY), peer.count(TOKENS)), (2, 1), "one renewal for all");
    let request = peer.requests().into_iter().find(|request| request.line() == TEMPORARY).unwrap();
    assert_eq!(request.header("x-auth-token"), "T1");
    assert!(
        request.body.contains(r#""agency_name":"ag""#) && request.body.contains(r#""duration_seconds":3600"#),
        "{}",
        request.body
    );
}

#[tokio::test]
async fn the_other_spelling_of_the_agency_is_tried_when_one_is_not_understood() {
    let peer = Peer::start(|request| match request.line().as_str() {
        TEMPORARY if request.body.contains("agency_name") => {
            json(400, r#"{"error":{"code":400,"message":"bad request"}}"#)
        }
        TEMPORARY => temporary_keys(request),
        _ => json(200, r#"{"status":"RUNNING"}"#),
    })
    .await;
    let read = read(&scope(&with_agency(with_token(&peer))).await).await;
    assert!(read.is_ok(), "{read:?}");
    assert_eq!(peer.count(TEMPORARY), 2);
}

#[tokio::test]
async fn keys_of_otc_assume_an_agency_by_a_signed_token_request() {
    let peer = Peer::start(|request| match request.line().as_str() {
        "GET /v3/auth/domains" => json(200, r#"{"domains":[{"id":"own","name":"o"}]}"#),
        TOKENS => token(request),
        _ => json(200, r#"{"status":"RUNNING"}"#),
    })
    .await;
    read(&scope(&with_agency(with_keys(&peer))).await).await.unwrap();
    let login = peer.requests().into_iter().find(|request| request.line() == TOKENS).unwrap();
    assert_eq!(login.header("x-domain-id"), "own");
    assert!(login.header("authorization").contains("x-domain-id"), "the domain is signed");
    assert!(
        login.body.contains(r#""xrole_name":"ag""#) && login.body.contains(r#""domain_name":"delegating""#),
        "{}",
        login.body
    );
}

#[tokio::test]
async fn missing_credentials_are_an_error_of_the_first_call() {
    let peer = Peer::start(fine).await;
    let error = read(&scope(&arguments(&peer)).await).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (Kind::Config, Outcome::NotStarted));
    assert!(error.message().contains("OS_ACCESS_KEY") && peer.requests().is_empty(), "{error}");
}
