//! Faults as a client meets them on the wire.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{BACKUP, Broken, Cloud, INSTANCE, send};

fn restores() -> String {
    format!("/instances/{INSTANCE}/restores")
}

fn restore() -> String {
    json!({"backup_id": BACKUP}).to_string()
}

fn on_restore(effect: serde_json::Value) -> serde_json::Value {
    let mut fault = json!({"method": "POST", "path": "/v2/*/instances/*/restores", "count": 1});
    fault.as_object_mut().unwrap().extend(effect.as_object().unwrap().clone());
    json!({"faults": [fault]})
}

async fn restore_count(cloud: &Cloud) -> u64 {
    cloud.dcs("v2", "GET", &restores(), "").await.unwrap().json()["total_num"].as_u64().unwrap()
}

#[tokio::test]
async fn a_reset_before_acceptance_starts_nothing_and_one_after_starts_the_work() {
    for (when, records) in [("before", 0), ("after", 1)] {
        let cloud = Cloud::start().await;
        cloud.faults(on_restore(json!({"reset": true, "when": when}))).await;
        assert_eq!(cloud.dcs("v2", "POST", &restores(), &restore()).await.unwrap_err(), Broken::Reset);
        assert_eq!(restore_count(&cloud).await, records, "{when}");
        let entry = cloud.running.journal().remove(0);
        assert_eq!(entry.status, None);
        assert_eq!(entry.started.is_some(), records == 1);
        assert_eq!(entry.service_status, (records == 1).then_some(200));
        assert!(entry.faults[0].starts_with("reset"), "{:?}", entry.faults);
    }
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let cloud = Cloud::start().await;
    cloud.faults(on_restore(json!({"truncate": 7}))).await;
    assert_eq!(cloud.dcs("v2", "POST", &restores(), &restore()).await.unwrap_err(), Broken::Cut(7));
    assert_eq!(restore_count(&cloud).await, 1);
    cloud.faults(json!([{"method": "GET", "truncate": 100_000_000, "count": 1}])).await;
    assert!(matches!(cloud.dcs("v2", "GET", &restores(), "").await.unwrap_err(), Broken::Cut(_)));
}

#[tokio::test]
async fn answers_of_every_kind_replace_the_service() {
    let cloud = Cloud::start().await;
    for (fault, status, code) in [
        (json!({"status": 504, "when": "after"}), 504, json!("APIGW.0201")),
        (json!({"status": 429, "retry_after": 3}), 429, json!("APIGW.0308")),
        (json!({"status": 400, "body": {"error_code": "DCS.4026"}}), 400, json!("DCS.4026")),
        (json!({"wrong_content": {"error_code": [1]}}), 200, json!([1])),
    ] {
        let mut fault = fault;
        fault.as_object_mut().unwrap().insert("count".into(), json!(1));
        cloud.faults(json!([fault])).await;
        let reply = cloud.dcs("v2", "GET", &restores(), "").await.unwrap();
        assert_eq!(reply.status, status);
        assert_eq!(reply.json()["error_code"], code);
        assert_eq!(reply.header("retry-after").is_some(), status == 429);
        assert_eq!(cloud.dcs("v2", "GET", &restores(), "").await.unwrap().status, 200, "the fault is used up");
    }
}

#[tokio::test]
async fn html_and_empty_bodies() {
    let cloud = Cloud::start().await;
    cloud.faults(json!([{"html": 200, "count": 1}, {"empty_body": true, "count": 1}])).await;
    let page = cloud.dcs("v2", "GET", &restores(), "").await.unwrap();
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    let empty = cloud.dcs("v2", "GET", &restores(), "").await.unwrap();
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[tokio::test]
async fn delays_pass_before_or_after_acceptance() {
    let cloud = Cloud::start().await;
    cloud.faults(on_restore(json!({"delay_ms": 300, "when": "after"}))).await;
    let begun = Instant::now();
    let (project, token) = (cloud.project().to_owned(), cloud.token().to_owned());
    let origin = cloud.running.connection.endpoints.dcs.clone();
    let slow = tokio::spawn(async move {
        let target = format!("/v2/{project}{}", restores());
        send(&origin, "POST", &target, &[("X-Auth-Token", &token)], &restore()).await.unwrap()
    });
    while restore_count(&cloud).await == 0 {}
    assert!(begun.elapsed() < Duration::from_millis(300), "accepted at once");
    assert_eq!(slow.await.unwrap().status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300), "answered late");
}

#[tokio::test]
async fn stale_lists_and_late_records() {
    let cloud = Cloud::start().await;
    let made = cloud.dcs("v2", "POST", &restores(), &restore()).await.unwrap();
    assert_eq!(made.status, 200);
    for effect in ["stale_seconds", "records_late_seconds"] {
        cloud.faults(json!([{"method": "GET", "path": "/v2/*/instances/*/restores", effect: 20, "count": 1}])).await;
        assert_eq!(restore_count(&cloud).await, 0, "{effect}");
        assert_eq!(restore_count(&cloud).await, 1, "{effect}");
    }
}

#[tokio::test]
async fn an_expired_token_is_healed_by_a_new_one() {
    let cloud = Cloud::start().await;
    cloud.faults(json!([{"service": "dcs", "expired_token": true, "count": 1}])).await;
    let refused = cloud.dcs("v2", "GET", &restores(), "").await.unwrap();
    assert_eq!((refused.status, refused.json()["error_code"].clone()), (401, json!("APIGW.0307")));
    assert_eq!(cloud.dcs("v2", "GET", &restores(), "").await.unwrap().status, 401, "it stays expired");
    let credentials = &cloud.running.connection.credentials;
    let user = json!({"id": credentials.user_id, "password": credentials.password});
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"id": credentials.project_id}}}});
    let token = cloud.iam("POST", "/v3/auth/tokens", &[], &body.to_string()).await;
    let value = token.header("x-subject-token").unwrap();
    let target = format!("/v2/{}{}", cloud.project(), restores());
    let dcs = &cloud.running.connection.endpoints.dcs;
    assert_eq!(send(dcs, "GET", &target, &[("X-Auth-Token", value)], "").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_rate_limit_answers_429_to_the_surplus() {
    let cloud = Cloud::start().await;
    cloud.faults(json!([{"service": "dcs", "rate_limit": 5, "retry_after": 1}])).await;
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(cloud.dcs("v2", "GET", &restores(), "").await.unwrap().status);
    }
    assert_eq!(statuses[..5], [200; 5]);
    assert!(statuses[5..].contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_date_and_refuses_signatures() {
    let cloud = Cloud::start().await;
    cloud.faults(json!([{"clock_skew_seconds": 1200}])).await;
    let credentials = cloud.running.connection.credentials.clone();
    let origin = &cloud.running.connection.endpoints.dcs;
    let target = format!("/v2/{}{}", cloud.project(), restores());
    let date = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let host = origin.strip_prefix("http://").unwrap();
    let (access, secret) = (&credentials.access_key, credentials.secret_key.reveal());
    let signature = crate::support::sign(access, secret, &date, "GET", host, &target, "");
    let headers = [("X-Sdk-Date", date.as_str()), ("Authorization", signature.as_str())];
    let refused = send(origin, "GET", &target, &headers, "").await.unwrap();
    assert_eq!(refused.status, 401);
    assert!(refused.json()["error_msg"].as_str().unwrap().contains("signature expired"));
    let shown = jiff::fmt::rfc2822::parse(refused.header("date").unwrap()).unwrap().timestamp();
    let skew = shown.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((1195..=1205).contains(&skew), "{skew}");
    cloud.faults(json!([{"refuse_aksk": true}])).await;
    assert_eq!(send(origin, "GET", &target, &headers, "").await.unwrap().status, 401);
    assert_eq!(cloud.dcs("v2", "GET", &restores(), "").await.unwrap().status, 200, "tokens still work");
}

#[tokio::test]
async fn a_failed_operation_ends_with_its_code() {
    let cloud = Cloud::start().await;
    cloud.faults(on_restore(json!({"fail_operation": {"code": "dcs.08.0007", "message": "sync failed"}}))).await;
    cloud.dcs("v2", "POST", &restores(), &restore()).await.unwrap();
    let record = loop {
        let list = cloud.dcs("v2", "GET", &restores(), "").await.unwrap().json();
        let record = list["restore_record_response"][0].clone();
        if record["status"] != "waiting" && record["status"] != "restoring" {
            break record;
        }
        assert!(record["error_code"].is_null());
    };
    assert_eq!((record["status"].clone(), record["error_code"].clone()), (json!("failed"), json!("dcs.08.0007")));
    assert_ne!(record["progress"], "100.00");
}
