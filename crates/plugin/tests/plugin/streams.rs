//! Answers in several messages: each ends exactly once, whatever happens on either side.

use std::time::{Duration, Instant};

use plugin_client::{Client, msgpack, pb};
use serde_json::{Value, json};
use tonic::Streaming;

use crate::{configured, toy, wait_for_stderr};

/// What an action said.
#[derive(Debug, Default)]
struct Heard {
    lines: Vec<String>,
    /// The errors of each completion. One completion is expected, also without errors.
    ends: Vec<Vec<String>>,
}

fn dynamic(value: &Value) -> Option<pb::DynamicValue> {
    Some(pb::DynamicValue { msgpack: msgpack::encode(value).unwrap(), json: Vec::new() })
}

async fn invoke(client: &mut Client, steps: i64, behaviour: Value) -> Streaming<pb::invoke_action::Event> {
    let config = dynamic(&json!({ "steps": steps, "behaviour": behaviour }));
    let request = pb::invoke_action::Request { action_type: "toy_act".into(), config, client_capabilities: None };
    client.provider.invoke_action(request).await.unwrap().into_inner()
}

async fn hear(mut events: Streaming<pb::invoke_action::Event>) -> Heard {
    use pb::invoke_action::event::Type;
    let mut heard = Heard::default();
    while let Some(event) = events.message().await.unwrap() {
        assert!(heard.ends.is_empty(), "an event after the completion: {event:?}");
        match event.r#type.expect("an event of neither kind") {
            Type::Progress(progress) => heard.lines.push(progress.message),
            Type::Completed(end) => heard.ends.push(end.diagnostics.into_iter().map(|found| found.summary).collect()),
        }
    }
    heard
}

async fn list(client: &mut Client, request: pb::list_resource::Request) -> Streaming<pb::list_resource::Event> {
    let request = pb::list_resource::Request { type_name: "toy_thing".into(), ..request };
    client.provider.list_resource(request).await.unwrap().into_inner()
}

fn things(steps: i64, behaviour: Value) -> pb::list_resource::Request {
    let config = dynamic(&json!({ "steps": steps, "behaviour": behaviour }));
    pb::list_resource::Request { config, ..Default::default() }
}

#[tokio::test]
async fn an_action_says_its_lines_and_ends_once_in_every_case() {
    let (_process, mut client) = configured().await;
    let cases = [
        (json!(null), vec![]),
        (json!("fail"), vec!["Failed"]),
        (json!("panic"), vec!["The provider failed in InvokeAction"]),
        // Somebody keeps the sink: the end comes all the same.
        (json!("hold"), vec![]),
    ];
    for (behaviour, errors) in cases {
        for steps in [0, 1, 100] {
            let heard = hear(invoke(&mut client, steps, behaviour.clone()).await).await;
            let lines: Vec<String> = (1..=steps).map(|step| format!("step {step}")).collect();
            assert_eq!(heard.lines, lines, "{behaviour} {steps}");
            assert_eq!(heard.ends, std::slice::from_ref(&errors), "{behaviour} {steps}");
        }
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_is_the_end_of_the_action() {
    let (_process, mut client) = configured().await;
    let config = dynamic(&json!({ "steps": true }));
    let request = pb::invoke_action::Request { action_type: "toy_act".into(), config, client_capabilities: None };
    let heard = hear(client.provider.invoke_action(request).await.unwrap().into_inner()).await;
    assert_eq!(heard.ends, [["The configuration cannot be read"]]);
}

#[tokio::test]
async fn stop_reaches_an_action_which_still_ends_in_its_own_words() {
    let (_process, mut client) = configured().await;
    let events = invoke(&mut client, 1, json!("wait")).await;
    let ended = tokio::spawn(hear(events));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!ended.is_finished());
    let start = Instant::now();
    client.stop().await.unwrap();
    let heard = ended.await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert_eq!((heard.lines.len(), heard.ends), (1, vec![vec!["Stopped".to_owned()]]));
}

#[tokio::test]
async fn an_action_whose_client_is_gone_is_worked_to_its_end() {
    let process = toy().env("TF_LOG_PROVIDER_TOY", "INFO").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    // More lines than anybody has room for: it would hang if it waited for the client that is gone.
    let mut events = invoke(&mut client, 100_000, json!(null)).await;
    events.message().await.unwrap();
    drop(events);
    wait_for_stderr(&process, "The action is done").await;
}

#[tokio::test]
async fn progress_never_waits_for_a_slow_client() {
    let process = toy().env("TF_LOG_PROVIDER_TOY", "INFO").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    let events = invoke(&mut client, 200_000, json!("flood")).await;
    // Nobody reads, and the action is done all the same.
    wait_for_stderr(&process, "The action is done").await;
    let heard = hear(events).await;
    assert!(!heard.lines.is_empty() && heard.lines.len() < 200_000, "{} lines", heard.lines.len());
    assert_eq!(heard.ends, [Vec::<String>::new()]);
}

#[tokio::test]
async fn a_list_hands_on_what_it_finds_and_ends() {
    let (_process, mut client) = configured().await;
    let request = pb::list_resource::Request { limit: 3, include_resource_object: true, ..things(100, json!(null)) };
    let mut events = list(&mut client, request).await;
    let mut names = Vec::new();
    while let Some(event) = events.message().await.unwrap() {
        let identity = event.identity.and_then(|data| data.identity_data).unwrap();
        let object = msgpack::decode(&event.resource_object.unwrap().msgpack).unwrap();
        assert_eq!(msgpack::decode(&identity.msgpack).unwrap(), json!({ "id": object["id"] }));
        assert_eq!((object["name"].as_str(), event.diagnostic), (Some("n"), vec![]));
        names.push(event.display_name);
    }
    assert_eq!(names, ["Thing 1", "Thing 2", "Thing 3"]);
}

#[tokio::test]
async fn a_list_that_fails_says_so_last() {
    let (_process, mut client) = configured().await;
    for (behaviour, expected) in [("fail", "Failed"), ("panic", "The provider failed in ListResource")] {
        let mut events = list(&mut client, things(40, json!(behaviour))).await;
        let mut seen = Vec::new();
        while let Some(event) = events.message().await.unwrap() {
            seen.push(event);
        }
        let last = seen.pop().unwrap();
        assert_eq!((last.identity, last.diagnostic[0].summary.as_str()), (None, expected));
        assert_eq!(seen.len(), 40, "what was found before is not lost");
        assert!(seen.iter().all(|event| event.diagnostic.is_empty() && event.resource_object.is_none()));
    }
}

#[tokio::test]
async fn a_list_reads_no_further_than_its_client() {
    let process = toy().env("TF_LOG_PROVIDER_TOY", "INFO").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    let mut events = list(&mut client, things(1_000_000, json!(null))).await;
    events.message().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    // What the server holds and what the transport buffers is far less than all.
    let listed = process.stderr().matches("\"Listed\"").count();
    assert!((1..50_000).contains(&listed), "{listed} were listed for a client that took one");
    drop(events);
    wait_for_stderr(&process, r#""tf_rpc":"ListResource""#).await;
}

#[tokio::test]
async fn a_list_that_waits_is_given_up_on_stop_and_with_its_client() {
    let process = toy().env("TF_LOG_PROVIDER_TOY", "INFO").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    let mut events = list(&mut client, things(1, json!("wait"))).await;
    events.message().await.unwrap();
    drop(events);
    wait_for_stderr(&process, "The list was given up").await;

    let mut events = list(&mut client, things(1, json!("wait"))).await;
    events.message().await.unwrap();
    let start = Instant::now();
    client.stop().await.unwrap();
    let last = events.message().await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert_eq!(last.diagnostic[0].summary, "Stopped");
    assert_eq!(events.message().await.unwrap(), None);
}

#[tokio::test]
async fn actions_and_lists_are_described_and_checked() {
    let (_process, mut client) = configured().await;
    let schema = client.schema().await.unwrap().clone();
    let block = schema.action_schemas["toy_act"].schema.clone().unwrap().block.unwrap();
    assert_eq!(block.attributes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["behaviour", "steps"]);
    assert!(schema.list_resource_schemas["toy_thing"].block.is_some());
    let metadata = client.provider.get_metadata(pb::get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!((metadata.actions.len(), metadata.list_resources.len()), (1, 1));

    let config = dynamic(&json!({ "steps": 1, "behaviour": "dance" }));
    let validate = pb::validate_action_config::Request { type_name: "toy_act".into(), config: config.clone() };
    let answer = client.provider.validate_action_config(validate).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Invalid value of behaviour");
    let plan = pb::plan_action::Request { action_type: "toy_act".into(), config: config.clone(), ..Default::default() };
    let answer = client.provider.plan_action(plan).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Invalid value of behaviour");
    let validate =
        pb::validate_list_resource_config::Request { type_name: "toy_thing".into(), config, ..Default::default() };
    let answer = client.provider.validate_list_resource_config(validate).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Invalid value of behaviour");
}
