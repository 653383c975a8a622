//! Ephemeral resources: opened, renewed with what the last call left, closed with what the first one left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::{configured, only_error};

fn config(behaviour: Value) -> Value {
    json!({ "name": "n", "behaviour": behaviour })
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

#[tokio::test]
async fn one_is_opened_renewed_and_closed() {
    let (_process, mut client) = configured().await;
    let opened = client.open("toy_pass", config(Value::Null)).await.unwrap();
    assert_eq!((&opened.result["name"], &opened.result["word"]), (&json!("n"), &json!("sesame")));
    assert!((0..=2).contains(&(opened.renew_at.unwrap() - now())), "{opened:?}");
    let first = client.renew("toy_pass", &opened).await.unwrap();
    assert_eq!((first.private.as_deref(), first.problems[0].detail.as_str()), (Some(b"1".as_slice()), "0"));
    let second = client.renew("toy_pass", &first).await.unwrap();
    assert_eq!((second.renew_at, second.problems[0].detail.as_str()), (None, "1"));
    let third = client.renew("toy_pass", &second).await.unwrap();
    assert_eq!(only_error(&third.problems).summary, "Not renewed");
    let closed = client.close_ephemeral("toy_pass", &opened).await.unwrap();
    assert_eq!((closed[0].summary.as_str(), closed[0].detail.as_str()), ("Closed", "0"));
}

#[tokio::test]
async fn what_goes_wrong_is_an_error_of_that_call_alone() {
    let (_process, mut client) = configured().await;
    for (config, summary) in [
        (config(json!("fail")), "Not opened"),
        (config(json!("panic")), "The provider failed in OpenEphemeralResource"),
        (config(json!("nothing")), "The provider returned no object"),
        (json!({ "name": "nobody" }), "Nobody is let in"),
        (config(json!("dance")), "Invalid value of behaviour"),
    ] {
        let opened = client.open("toy_pass", config).await.unwrap();
        assert_eq!(only_error(&opened.problems).summary, summary);
        assert_eq!((opened.result, opened.renew_at), (Value::Null, None));
    }
    let mut opened = client.open("toy_pass", config(Value::Null)).await.unwrap();
    opened.private = Some(b"9".to_vec());
    let renewed = client.renew("toy_pass", &opened).await.unwrap();
    assert_eq!(only_error(&renewed.problems).summary, "The provider failed in RenewEphemeralResource");
}

#[tokio::test]
async fn a_stop_gives_up_an_open_and_still_lets_close() {
    let (_process, mut client) = configured().await;
    let mut waiting = client.clone();
    let open = tokio::spawn(async move { waiting.open("toy_pass", config(json!("wait"))).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    client.stop().await.unwrap();
    assert_eq!(only_error(&open.await.unwrap().problems).summary, "Stopped");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    let opened = client.open("toy_pass", config(Value::Null)).await.unwrap();
    assert_eq!(client.close_ephemeral("toy_pass", &opened).await.unwrap()[0].summary, "Closed");
}

#[tokio::test]
async fn they_are_described() {
    let (_process, mut client) = configured().await;
    let schema = client.schema().await.unwrap().clone();
    let block = schema.ephemeral_resource_schemas["toy_pass"].block.clone().unwrap();
    assert!(block.attributes.iter().any(|attribute| attribute.name == "word" && attribute.sensitive));
    let metadata = client.provider.get_metadata(plugin_client::pb::get_metadata::Request {}).await.unwrap();
    assert_eq!(metadata.into_inner().ephemeral_resources.len(), 1);
}
