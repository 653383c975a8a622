//! What a service says must not harm whoever reads it: secrets that it repeats, lists that never end, and errors that do
//! not say where a call went.

use cloud::{Arguments, AssumeRole, Kind, Outcome, cbr, dbs, dcs, rds};

use super::*;

const PASSWORD: &str = "never-\"to\"-be-shown & kept";
const SECRETS: [&str; 6] = ["never-", "secret-token", "secret-security", "secret-passcode", "T1-secret", "be-shown"];

/// Repeats the whole request, in a body of one of several forms and in the id of the request.
fn repeat(request: &Request, status: u16) -> Reply {
    let headers: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let text = format!("{} {} {}", request.line(), headers.join(", "), request.body);
    let id = request.header("x-auth-token").to_owned();
    let body = match request.earlier % 3 {
        0 => serde_json::json!({"error_code": format!("X.{id}"), "error_msg": text}).to_string(),
        1 => format!("<html><body>{text}</body></html>"),
        _ => text,
    };
    Reply::Answer(status, vec![("X-Request-Id", id)], body)
}

#[tokio::test]
async fn what_a_service_repeats_of_a_request_is_hidden() {
    let role = || AssumeRole {
        agency_name: Some("ag".to_owned()),
        domain_name: Some("d".to_owned()),
        ..AssumeRole::default()
    };
    for status in [400, 401, 403, 404, 409, 500] {
        // IAM refuses.
        let iam = Peer::start(move |request| repeat(request, status)).await;
        // IAM gives a token, and the service refuses.
        let service = Peer::start(move |request| match request.line().as_str() {
            "POST /v3/auth/tokens" => {
                let body = r#"{"token":{"project":{"id":"p1"}}}"#.to_owned();
                Reply::Answer(201, vec![("X-Subject-Token", "T1-secret".to_owned())], body)
            }
            _ => repeat(request, status),
        })
        .await;
        for peer in [&iam, &service] {
            let base = || Arguments { max_retries: Some(0), ..arguments(peer) };
            let password = || Arguments {
                user_name: Some("u".to_owned()),
                domain_name: Some("d".to_owned()),
                password: Some(Secret::new(PASSWORD)),
                passcode: Some(Secret::new("secret-passcode")),
                ..base()
            };
            let token = || Arguments { token: Some(Secret::new("secret-token")), ..base() };
            let keys = || Arguments {
                access_key: Some("AK".to_owned()),
                secret_key: Some(Secret::new("SK")),
                security_token: Some(Secret::new("secret-security")),
                ..base()
            };
            for arguments in [
                password(),
                token(),
                keys(),
                Arguments { assume_role: Some(role()), ..password() },
                Arguments { assume_role: Some(role()), ..token() },
                Arguments { assume_role: Some(role()), ..keys() },
            ] {
                let scope = scope(&arguments).await;
                for _ in 0..3 {
                    let new = dcs::NewBackup::default();
                    let read = dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap_err();
                    let start = dcs::create_backup(&scope, dcs::Version::V2, "i", &new).await.unwrap_err();
                    for error in [read, start] {
                        let text = format!("{error} {error:?}");
                        for secret in SECRETS {
                            assert!(!text.contains(secret), "{status}: {secret}: {text}");
                        }
                        let signature = text.split_once("Signature=").map(|(_, signature)| signature);
                        assert!(signature.is_none_or(|rest| rest.starts_with("(hidden)")), "{status}: {text}");
                    }
                }
            }
        }
        // Something was there to be hidden.
        assert!(iam.requests().iter().any(|request| request.body.contains("never-")));
        assert!(service.requests().iter().any(|request| request.header("x-auth-token") == "T1-secret"));
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_an_error() {
    let record = |request: &Request, remark: &str| {
        let id = request.earlier;
        format!(r#"{{"total_num":9999999,"backup_record_response":[{{"backup_id":"b{id}","remark":"{remark}"}}]}}"#)
    };
    let small = Peer::start(move |request| json(200, &record(request, ""))).await;
    let scope_of_small = scope(&with_token(&small)).await;
    let error = dcs::list_backups(&scope_of_small, dcs::Version::V2, "i").await.unwrap_err();
    assert_eq!((error.kind(), error.is_transient()), (Kind::BadAnswer, false));
    assert!(error.message().contains("does not come to an end: 2001 pages"), "{error}");
    assert_eq!(small.requests().len(), 2001);

    let remark = "x".repeat(15 << 20);
    let large = Peer::start(move |request| json(200, &record(request, &remark))).await;
    let arguments = Arguments { request_timeout: Some("60s".to_owned()), ..with_token(&large) };
    let error = dcs::list_backups(&scope(&arguments).await, dcs::Version::V2, "i").await.unwrap_err();
    assert!(error.message().contains("135 MiB"), "{error}");
    assert_eq!(large.requests().len(), 9);
}

#[tokio::test]
async fn a_page_of_countless_records_is_an_error() {
    for (records, expected) in
        [(25_000, "a list of more than 20000 records"), (5 << 20, "more than 1000000 values in one answer")]
    {
        let body = format!(r#"{{"backups":[{}{{}}]}}"#, "{},".repeat(records));
        let peer = Peer::start(move |_| json(200, &body)).await;
        let arguments = Arguments { request_timeout: Some("60s".to_owned()), ..with_token(&peer) };
        let error = cbr::list_backups(&scope(&arguments).await, &cbr::Filter::default()).await.unwrap_err();
        assert!(error.message().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_page_for_people_is_not_the_services_word() {
    for (body, is_page) in [("<html>Welcome</html>", true), (" \n<!DOCTYPE html>", true), ("{\"restore_id\":", false)] {
        let peer = Peer::start(move |_| json(200, body)).await;
        let new = dcs::NewRestore { backup_id: "b".to_owned(), ..dcs::NewRestore::default() };
        let scope = scope(&with_token(&peer)).await;
        let error = dcs::create_restore(&scope, dcs::Version::V2, "i", &new).await.unwrap_err();
        assert_eq!((error.is_page(), error.outcome()), (is_page, Outcome::Unknown), "{body}: {error}");
        assert_eq!(peer.requests().len(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_page_accepts_nothing_where_the_body_does_not_matter() {
    let peer = Peer::start(|_| json(202, "<html>Welcome</html>")).await;
    let scope = scope(&with_token(&peer)).await;
    let restored = cbr::restore(&scope, "b", &cbr::NewRestore::default()).await.unwrap_err();
    assert_eq!((restored.is_page(), restored.outcome()), (true, Outcome::Unknown), "{restored}");
    for deleted in [
        dcs::delete_backup(&scope, dcs::Version::V2, "i", "b").await,
        cbr::delete_backup(&scope, "b").await,
        dbs::delete_backup(&scope, rds::SERVICE, "b").await,
        rds::delete_instance(&scope, "i").await,
    ] {
        let error = deleted.unwrap_err();
        assert!(error.is_page() && error.is_transient(), "{error}");
    }
    assert_eq!(peer.requests().len(), 5, "sent once each");
}

#[tokio::test]
async fn an_error_says_where_the_call_went() {
    let nobody = Peer::start(|_| Reply::Reset).await;
    let closed = "http://127.0.0.1:1";
    let lead = |iam: &str, dcs: &str| Arguments {
        auth_url: Some(iam.to_owned()),
        endpoints: Some([("dcs".to_owned(), dcs.to_owned())].into()),
        max_retries: Some(0),
        ..with_password(&nobody)
    };
    let service = Peer::start(|_| json(500, "")).await;
    let gateway = format!("{}/gateway", service.url);
    let with_token = |arguments| Arguments {
        token: Some(Secret::new("ready")),
        user_name: None,
        password: None,
        domain_name: None,
        ..arguments
    };
    for (arguments, parts, call) in [
        (lead(closed, closed), vec!["no connection to 127.0.0.1:1", "auth_url"], "POST /v3/auth/tokens"),
        (
            with_token(lead(closed, "http://127.0.0.1:1/gateway")),
            vec!["no connection to 127.0.0.1:1", "endpoints.dcs"],
            "GET /gateway/v2/p1/instances/i",
        ),
        (
            with_token(lead(closed, &nobody.url)),
            vec!["the connection broke off to 127.0.0.1:", "endpoints.dcs"],
            "GET /v2/p1/instances/i",
        ),
        (with_token(lead(closed, &gateway)), vec![], "GET /gateway/v2/p1/instances/i"),
    ] {
        let error = dcs::instance(&scope(&arguments).await, dcs::Version::V2, "i").await.unwrap_err();
        for part in parts {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert_eq!((error.call(), error.outcome()), (Some(call), Outcome::NotStarted), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_names_the_whole_path() {
    let service = Peer::start(|_| json(200, "<html>")).await;
    let endpoints = [("dcs".to_owned(), format!("{}/gateway", service.url))];
    let arguments = Arguments { endpoints: Some(endpoints.into()), max_retries: Some(0), ..with_token(&service) };
    let error = dcs::instance(&scope(&arguments).await, dcs::Version::V2, "i").await.unwrap_err();
    assert_eq!(error.call(), Some("GET /gateway/v2/p1/instances/i"));
}
