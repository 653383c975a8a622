//! Download links: handed to whoever asked, and found nowhere else.

use std::time::{SystemTime, UNIX_EPOCH};

use plugin_client::Problem;
use serde_json::{Value, json};

use crate::stage::{BACKUP, INSTANCE, Stage, with};

const LINKS: &str = "recovery_dcs_backup_links";

fn asked() -> Value {
    json!({ "instance_id": INSTANCE, "backup_id": BACKUP })
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// What of a link must be found nowhere: the part that lets in.
fn secret(link: &str) -> String {
    let (_, query) = link.split_once('?').unwrap();
    query.split('&').find(|part| part.starts_with("Signature=")).unwrap().to_owned()
}

#[tokio::test]
async fn they_are_opened_renewed_and_closed() {
    let stage = Stage::new(1.0).await;
    let (process, mut client) = stage.provider().await;
    let opened = client.open(LINKS, asked()).await.unwrap();
    assert_eq!(opened.problems, []);
    let files = opened.result["files"].as_array().unwrap();
    assert!(!files.is_empty() && files.iter().all(|file| file["name"].is_string()), "{files:?}");
    let link = files[0]["link"].as_str().unwrap();
    assert!(link.starts_with("http"), "{link}");
    assert_eq!((&opened.result["expiration"], &opened.result["backup_id"]), (&json!(3600), &json!(BACKUP)));
    assert!(opened.result["region"].is_string() && opened.result["project_id"].is_string());
    let due = opened.renew_at.unwrap() - now();
    assert!((3200..3300).contains(&due), "renewed in {due} s");
    assert_eq!(stage.sent()[0].body, Some(json!({ "expiration": 3600 })));

    let renewed = client.renew(LINKS, &opened).await.unwrap();
    assert!(renewed.problems.iter().all(|problem| !problem.is_error), "{renewed:?}");
    assert!(renewed.renew_at.unwrap() >= opened.renew_at.unwrap());
    let again = client.renew(LINKS, &renewed).await.unwrap();
    assert_eq!(stage.sent().len(), 3);
    assert_eq!(client.close_ephemeral(LINKS, &opened).await.unwrap(), []);
    assert_eq!(stage.sent().len(), 3, "who closes asks nothing");

    let secret = secret(link);
    for private in [opened.private, renewed.private, again.private] {
        assert!(!String::from_utf8(private.unwrap()).unwrap().contains(&secret));
    }
    assert!(process.stderr().contains("OpenEphemeralResource"), "the log is on");
    assert!(!process.stderr().contains(&secret) && !process.stderr().contains("Signature="), "{}", process.stderr());
}

#[tokio::test]
async fn bad_arguments_are_errors_on_their_place() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    let elsewhere = json!({ "backup_id": "0a000000-0000-4000-8000-000000000001" });
    for (config, blamed) in [
        (with(asked(), json!({ "expiration": 299 })), "expiration"),
        (with(asked(), json!({ "expiration": 86_401 })), "expiration"),
        (with(asked(), json!({ "expiration": 300.5 })), "expiration"),
        (with(asked(), json!({ "instance_id": null })), "instance_id"),
        (with(asked(), json!({ "backup_id": "../b" })), "backup_id"),
        (with(asked(), elsewhere), "backup_id"),
    ] {
        let opened = client.open(LINKS, config).await.unwrap();
        assert!(opened.problems.iter().any(|p| p.is_error && p.attribute == blamed), "{blamed}: {opened:?}");
        assert_eq!((opened.result, opened.renew_at), (Value::Null, None));
    }
}

#[tokio::test]
async fn what_goes_wrong_shows_no_link() {
    let link = "https://obs.example/b/f.rdb?AWSAccessKeyId=AK&Expires=1&Signature=SeSaMe%2Bopen";
    let bodies = [
        json!({ "links": link }),
        json!({ "links": [link] }),
        json!({ "links": [{ "file_name": "f", "link": [link] }] }),
        json!({ "links": { "link": link } }),
        json!({ "bucket_name": link, "links": 7 }),
        json!({ "links": [{ "file_name": "f", "link": "" }] }),
        json!(link),
    ];
    let mut effects: Vec<Value> = bodies.iter().map(|body| json!({ "wrong_content": body })).collect();
    effects.extend(bodies.iter().map(|body| json!({ "status": 500, "body": body, "when": "after" })));
    effects.extend([50, 200, 300].map(|bytes| json!({ "truncate": bytes })));
    effects.extend([json!({ "html": 200 }), json!({ "empty_body": true }), json!({ "status": 403 })]);
    for effect in effects {
        let stage = Stage::new(1.0).await;
        let (process, mut client) = stage.provider().await;
        let mut fault = effect.clone();
        fault["method"] = "POST".into();
        fault["service"] = "dcs".into();
        stage.cloud.set_faults(vec![serde_json::from_value(fault).unwrap()]).unwrap();
        let opened = client.open(LINKS, asked()).await.unwrap();
        let said =
            |problems: &[Problem]| problems.iter().map(|p| format!("{}\n{}", p.summary, p.detail)).collect::<String>();
        let said = said(&opened.problems);
        assert!(opened.problems.iter().any(|problem| problem.is_error), "{effect}: {opened:?}");
        for text in [said, process.stderr()] {
            assert!(!text.contains("SeSaMe") && !text.contains("Signature="), "{effect}: {text}");
        }
    }
}
