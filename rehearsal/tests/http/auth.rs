//! Who may call a service: tokens and signatures.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Cloud, Reply, send, sign};

fn date(offset_seconds: i64) -> String {
    let instant = Timestamp::now() + SignedDuration::from_secs(offset_seconds);
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

async fn signed(cloud: &Cloud, access: &str, secret: &str, date: &str, more: &[(&str, &str)]) -> Reply {
    let origin = &cloud.running.connection.endpoints.dcs;
    let target = format!("/v2/{}/instances?limit=2&offset=0", cloud.project());
    let authorization = sign(access, secret, date, "GET", origin.strip_prefix("http://").unwrap(), &target, "");
    let mut headers = vec![("X-Sdk-Date", date), ("Authorization", authorization.as_str())];
    headers.extend(more);
    send(origin, "GET", &target, &headers, "").await.unwrap()
}

#[tokio::test]
async fn signatures_are_verified() {
    let cloud = Cloud::start().await;
    let credentials = cloud.running.connection.credentials.clone();
    let (access, secret) = (credentials.access_key.as_str(), credentials.secret_key.reveal());
    assert_eq!(signed(&cloud, access, secret, &date(0), &[]).await.status, 200);
    for (access, secret, offset, text) in [
        (access, "wrong", 0, "verify aksk signature fail"),
        ("UNKNOWN", secret, 0, "Get secretKey failed"),
        (access, secret, -1000, "signature expired, signature time:"),
        (access, secret, 1000, "signature expired, signature time:"),
    ] {
        let reply = signed(&cloud, access, secret, &date(offset), &[]).await;
        assert_eq!(reply.status, 401);
        let body = reply.json();
        assert_eq!(body["error_code"], "APIGW.0301");
        assert!(body["error_msg"].as_str().unwrap().contains(text), "{body}");
        assert_eq!(body["request_id"], reply.header("x-request-id").unwrap());
    }
    assert_eq!(signed(&cloud, access, secret, &date(800), &[]).await.status, 200);
    let entry = cloud.running.journal().pop().unwrap();
    assert_eq!(entry.who.kind, "aksk");
    assert_eq!(entry.who.access_key.as_deref(), Some(access));
    assert_eq!(entry.who.user.as_deref(), Some("rehearsal"));
}

#[tokio::test]
async fn six_bad_signatures_lock_the_key() {
    let cloud = Cloud::start().await;
    let credentials = cloud.running.connection.credentials.clone();
    let (access, secret) = (credentials.access_key.as_str(), credentials.secret_key.reveal());
    for _ in 0..5 {
        signed(&cloud, access, "wrong", &date(0), &[]).await;
    }
    assert_eq!(signed(&cloud, access, secret, &date(0), &[]).await.status, 200, "five are forgiven");
    for _ in 0..6 {
        signed(&cloud, access, "wrong", &date(0), &[]).await;
    }
    let locked = signed(&cloud, access, secret, &date(0), &[]).await;
    assert_eq!(locked.status, 401);
    assert!(locked.json()["error_msg"].as_str().unwrap().contains("AK access failed to reach the limit"));
}

#[tokio::test]
async fn temporary_keys_need_their_token_and_expire() {
    let cloud = Cloud::start().await;
    let body = json!({"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}).to_string();
    let target = "/v3.0/OS-CREDENTIAL/securitytokens";
    let made = cloud.iam("POST", target, &[("X-Auth-Token", cloud.token())], &body).await;
    assert_eq!(made.status, 201);
    let credential = made.json()["credential"].clone();
    let text = |name: &str| credential[name].as_str().unwrap().to_owned();
    let (access, secret, token) = (text("access"), text("secret"), text("securitytoken"));
    let with_token = [("X-Security-Token", token.as_str())];
    assert_eq!(signed(&cloud, &access, &secret, &date(0), &with_token).await.status, 200);
    assert_eq!(signed(&cloud, &access, &secret, &date(0), &[]).await.status, 401);
    cloud.faults(json!([{"service": "dcs", "expired_keys": true, "count": 1}])).await;
    let expired = signed(&cloud, &access, &secret, &date(0), &with_token).await;
    assert_eq!(expired.status, 401);
    assert!(expired.json()["error_msg"].as_str().unwrap().contains("expired"));
    assert_eq!(cloud.running.journal().pop().unwrap().who.kind, "temporary_aksk");
    let renewed = cloud.iam("POST", target, &[("X-Auth-Token", cloud.token())], &body).await.json();
    let text = |name: &str| renewed["credential"][name].as_str().unwrap().to_owned();
    let with_token = text("securitytoken");
    let reply =
        signed(&cloud, &text("access"), &text("secret"), &date(0), &[("X-Security-Token", with_token.as_str())]).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn tokens_are_verified_with_their_scope() {
    let cloud = Cloud::start().await;
    let origin = cloud.running.connection.endpoints.dcs.clone();
    let own = format!("/v2/{}/instances", cloud.project());
    let none = send(&origin, "GET", &own, &[], "").await.unwrap();
    assert_eq!(none.status, 401);
    let bad = send(&origin, "GET", &own, &[("X-Auth-Token", "nonsense")], "").await.unwrap();
    assert_eq!(bad.json()["error_code"], "APIGW.0301");
    let other = send(&origin, "GET", "/v2/other/instances", &[("X-Auth-Token", cloud.token())], "").await.unwrap();
    assert_eq!((other.status, other.json()["error_code"].clone()), (401, json!("DCS.1004")));
    let cbr = &cloud.running.connection.endpoints.cbr;
    let other = send(cbr, "GET", "/v3/other/vaults", &[("X-Auth-Token", cloud.token())], "").await.unwrap();
    assert_eq!(other.json()["error_code"], "APIGW.0302");
    let versions = send(&origin, "GET", "/", &[], "").await.unwrap();
    assert_eq!(versions.json()["versions"][1]["status"], "CURRENT");
    let windows = "/v1.0/instances/maintain-windows";
    assert_eq!(send(&origin, "GET", windows, &[("X-Auth-Token", cloud.token())], "").await.unwrap().status, 200);
}
