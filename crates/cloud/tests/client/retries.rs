//! What is sent again, and what is not.

use std::time::{Duration, Instant};

use cloud::{Arguments, Kind, Outcome, dcs};

use super::*;

const GET: &str = "GET /v2/p1/instances/i";
const POST: &str = "POST /v2/p1/instances/i/backups";

async fn read(scope: &Scope) -> Result<dcs::Instance, cloud::Error> {
    dcs::instance(scope, dcs::Version::V2, "i").await
}

async fn start(scope: &Scope) -> Result<String, cloud::Error> {
    dcs::create_backup(scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await
}

/// A peer whose first replies to a line are scripted, and which is fine after them.
async fn failing(line: &'static str, times: usize, reply: fn() -> Reply) -> Peer {
    Peer::start(move |request| if request.line() == line && request.earlier < times { reply() } else { fine(request) })
        .await
}

#[tokio::test]
async fn reads_are_repeated_after_passing_failures() {
    let replies: [fn() -> Reply; 5] = [
        || json(503, ""),
        || json(504, r#"{"error_code":"APIGW.0201","error_msg":"timed out"}"#),
        || Reply::Reset,
        || Reply::Truncated(r#"{"status":"#),
        || json(400, r#"{"error_code":"DBS.300002","error_msg":"x"}"#),
    ];
    for (index, reply) in replies.into_iter().enumerate() {
        let peer = failing(GET, 1, reply).await;
        let result = read(&scope(&with_token(&peer)).await).await;
        // The last one is a code of another service: final for this one.
        assert_eq!(
            (result.is_ok(), peer.count(GET)),
            if index < 4 { (true, 2) } else { (false, 1) },
            "{index}: {result:?}"
        );
    }
}

#[tokio::test]
async fn reads_give_up_after_so_many_retries() {
    let peer = failing(GET, 99, || json(503, "")).await;
    let arguments = Arguments { max_retries: Some(1), ..with_token(&peer) };
    let error = read(&scope(&arguments).await).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), peer.count(GET)), (Kind::Unavailable, Some(503), 2));
    assert!(error.is_transient());
}

#[tokio::test]
async fn starts_with_an_unknown_outcome_are_never_repeated() {
    let replies: [fn() -> Reply; 7] = [
        || json(500, r#"{"error_code":"DCS.5006","error_msg":"m"}"#),
        || json(503, "<html>unavailable</html>"),
        || json(504, ""),
        || Reply::Reset,
        || Reply::Hang,
        || Reply::Truncated(r#"{"backup_id":"#),
        || json(200, "<html>ok</html>"),
    ];
    for (index, reply) in replies.into_iter().enumerate() {
        let peer = failing(POST, 1, reply).await;
        let error = start(&scope(&with_token(&peer)).await).await.unwrap_err();
        assert_eq!((error.outcome(), peer.count(POST)), (Outcome::Unknown, 1), "{index}: {error}");
    }
}

#[tokio::test]
async fn an_answer_without_an_id_leaves_the_outcome_open() {
    for body in ["{}", r#"{"backup_id":""}"#, r#"{"backup_id":{}}"#, r#"{"backup_id":["x"]}"#] {
        let peer =
            Peer::start(move |request| if request.line() == POST { json(200, body) } else { fine(request) }).await;
        let error = start(&scope(&with_token(&peer)).await).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome(), peer.count(POST)), (Kind::BadAnswer, Outcome::Unknown, 1), "{body}");
        assert!(error.message().contains("backup_id"), "{error}");
    }
}

#[tokio::test]
async fn refusals_start_nothing() {
    let replies: [(fn() -> Reply, Kind); 4] = [
        (|| json(400, r#"{"error_code":"DCS.4096","error_msg":"m"}"#), Kind::Busy),
        (|| json(400, r#"{"error":{"code":"111400086","message":"m","ext_message":null}}"#), Kind::Refused),
        (|| json(403, r#"{"error_code":"DCS.2003","error_msg":"m"}"#), Kind::Forbidden),
        (|| json(404, r#"{"error_code":"DCS.3022","error_msg":"m"}"#), Kind::NotFound),
    ];
    for (reply, kind) in replies {
        let peer = failing(POST, 9, reply).await;
        let error = start(&scope(&with_token(&peer)).await).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome(), peer.count(POST)), (kind, Outcome::NotStarted, 1));
    }
}

#[tokio::test]
async fn nobody_at_home_starts_nothing() {
    let peer = Peer::start(fine).await;
    let arguments = Arguments { max_retries: Some(0), ..with_token(&peer) };
    let mut endpoints = arguments.endpoints.clone().unwrap();
    endpoints.insert("dcs".to_owned(), "http://127.0.0.1:9".to_owned());
    let error = start(&scope(&Arguments { endpoints: Some(endpoints), ..arguments }).await).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.status()), (Kind::Unavailable, Outcome::NotStarted, None));
}

#[tokio::test]
async fn a_start_is_sent_again_after_being_told_to_slow_down() {
    let peer = failing(POST, 2, || Reply::Answer(429, vec![("Retry-After", "1".to_owned())], String::new())).await;
    let began = Instant::now();
    assert_eq!(start(&scope(&with_token(&peer)).await).await.unwrap(), "b1");
    assert_eq!(peer.count(POST), 3);
    assert!(began.elapsed() >= Duration::from_secs(2), "Retry-After was not honoured");
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_within_the_bounds_of_the_settings() {
    // The default is five minutes.
    let peer = failing(GET, usize::MAX, || Reply::Answer(429, Vec::new(), String::new())).await;
    let bounded = |max_retries| Arguments { max_retries, request_timeout: Some("1s".to_owned()), ..with_token(&peer) };
    for (max_retries, seconds) in [(0, 0..2), (1, 2..20)] {
        let began = Instant::now();
        let error = read(&scope(&bounded(Some(max_retries))).await).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Throttled);
        assert!(seconds.contains(&began.elapsed().as_secs()), "{max_retries}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_call_sent_again() {
    let peer = Peer::start(|request| match request.line().as_str() {
        POST | GET if request.header("x-auth-token") == "T1" => {
            json(401, r#"{"error_code":"APIGW.0307","error_msg":"The token must be updated."}"#)
        }
        _ => fine(request),
    })
    .await;
    let scope = scope(&with_password(&peer)).await;
    let calls = (0..20).map(|_| read(&scope));
    let (started, reads) = futures::future::join(start(&scope), futures::future::join_all(calls)).await;
    assert_eq!(started.unwrap(), "b1");
    assert!(reads.iter().all(Result::is_ok));
    assert_eq!(peer.count("POST /v3/auth/tokens"), 2, "one renewal for all");
}

#[tokio::test]
async fn a_lasting_refusal_is_no_loop() {
    let peer = Peer::start(|request| match request.line().as_str() {
        GET => json(401, r#"{"error_code":"DCS.1001","error_msg":"Invalid token."}"#),
        _ => fine(request),
    })
    .await;
    let error = read(&scope(&with_password(&peer)).await).await.unwrap_err();
    assert_eq!((error.kind(), peer.count(GET), peer.count("POST /v3/auth/tokens")), (Kind::Unauthorized, 2, 2));
}

#[tokio::test]
async fn every_try_is_signed_afresh() {
    let peer = failing(GET, 3, || json(503, "")).await;
    read(&scope(&with_keys(&peer)).await).await.unwrap();
    let dates: Vec<String> = peer.requests().iter().map(|request| request.header("x-sdk-date").to_owned()).collect();
    assert!(dates.len() == 4 && dates.first() != dates.last(), "{dates:?}");
    for request in peer.requests() {
        let authorization = request.header("authorization");
        assert!(authorization.contains("SignedHeaders=content-type;host;x-project-id;x-sdk-date"), "{authorization}");
        assert_eq!(request.header("x-project-id"), "p1");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Peer::start(fine).await;
    let target = format!("{}/v2/p1/instances/i", other.url);
    let peer = Peer::start(move |_| Reply::Answer(307, vec![("Location", target.clone())], String::new())).await;
    let error = read(&scope(&with_token(&peer)).await).await.unwrap_err();
    assert_eq!((error.kind(), other.requests().len()), (Kind::Misdirected, 0));
    assert!(error.message().contains("redirect"), "{error}");
}

#[tokio::test]
async fn a_huge_answer_is_cut_off() {
    let peer = Peer::start(|_| json(200, &format!(r#"{{"x":"{}"}}"#, "y".repeat(17 << 20)))).await;
    let error = read(&scope(&with_token(&peer)).await).await.unwrap_err();
    assert_eq!(error.kind(), Kind::BadAnswer);
    assert!(error.message().contains("larger than"), "{error}");
}

#[tokio::test]
async fn nonsense_is_a_clear_error() {
    for (body, part) in [
        ("<html>hello</html>", "no JSON"),
        (r#"{"status":["RUNNING"]}"#, "status: expected a string, found a list"),
        ("[1]", "expected an object, found a list"),
        ("", "no JSON"),
    ] {
        let peer = Peer::start(move |_| json(200, body)).await;
        let error = read(&scope(&with_token(&peer)).await).await.unwrap_err();
        assert!(error.kind() == Kind::BadAnswer && error.message().contains(part), "{body}: {error}");
    }
}

#[tokio::test]
async fn facts_of_an_error_are_kept() {
    let reply: fn() -> Reply = || {
        let body = r#"{"error_code":" DCS.4115 ","error_msg":"configuring"}"#;
        Reply::Answer(400, vec![("X-Request-Id", "req-7".to_owned())], body.to_owned())
    };
    let peer = failing(POST, 9, reply).await;
    let error = start(&scope(&with_token(&peer)).await).await.unwrap_err();
    assert_eq!((error.code(), error.request_id(), error.status()), (Some("DCS.4115"), Some("req-7"), Some(400)));
    assert_eq!((error.call(), error.service()), (Some(POST), Some(dcs::SERVICE)));
}

#[tokio::test]
async fn identifiers_never_leave_their_place_in_the_path() {
    let peer = Peer::start(fine).await;
    let scope = scope(&with_token(&peer)).await;
    for id in ["", "..", "a/b"] {
        let error = dcs::instance(&scope, dcs::Version::V2, id).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (Kind::Invalid, Outcome::NotStarted), "{id:?}");
    }
    assert!(peer.requests().is_empty());
}

#[tokio::test]
async fn lists_are_complete_and_without_duplicates() {
    let page = |ids: std::ops::Range<u32>| {
        let records: Vec<String> = ids.map(|id| format!(r#"{{"restore_id":"r{id}"}}"#)).collect();
        json(200, &format!(r#"{{"total_num":12,"restore_record_response":[{}]}}"#, records.join(",")))
    };
    let peer = Peer::start(move |request| match request.query.as_str() {
        "limit=100&start=1" => page(0..10),
        // A new record has pushed the others on by one.
        "limit=100&start=11" => page(9..12),
        _ => json(200, r#"{"restore_record_response":[]}"#),
    })
    .await;
    let restores = dcs::list_restores(&scope(&with_token(&peer)).await, dcs::Version::V1, "i").await.unwrap();
    let ids: Vec<&str> = restores.iter().filter_map(|restore| restore.restore_id.as_deref()).collect();
    assert_eq!(ids, ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11"]);
}

#[tokio::test]
async fn a_list_that_is_not_there_is_not_an_empty_one() {
    for body in ["{}", r#"{"total_num":0}"#, r#"{"backup_record_response":[["b"]]}"#, ""] {
        let peer = Peer::start(move |_| json(200, body)).await;
        let error = dcs::list_backups(&scope(&with_token(&peer)).await, dcs::Version::V2, "i").await.unwrap_err();
        assert_eq!(error.kind(), Kind::BadAnswer, "{body}");
    }
    let peer = Peer::start(|_| json(200, r#"{"backup_record_response":null}"#)).await;
    let empty = dcs::list_backups(&scope(&with_token(&peer)).await, dcs::Version::V2, "i").await.unwrap();
    assert!(empty.is_empty());
}

#[tokio::test]
async fn no_content_is_an_empty_list() {
    let peer = Peer::start(|_| Reply::Answer(204, Vec::new(), String::new())).await;
    let scope = scope(&with_token(&peer)).await;
    assert!(dcs::list_backups(&scope, dcs::Version::V2, "i").await.unwrap().is_empty());
    assert!(dcs::list_restores(&scope, dcs::Version::V2, "i").await.unwrap().is_empty());
}
