//! Large, wrong, panicking and interrupted calls: each fails alone, and nothing that exists is lost.

use std::time::{Duration, Instant};

use plugin_client::{Object, Problem, pb};
use serde_json::{Value, json};

use crate::{configured, only_error, thing, toy, wait_for_stderr};

#[tokio::test]
async fn six_megabytes_of_configuration_come_and_go() {
    let (_process, mut client) = configured().await;
    let note = "x".repeat(6 << 20);
    let object = client.create("toy_thing", json!({ "name": "n", "note": note })).await.unwrap().object().unwrap();
    assert_eq!(object.state["note"], note);
}

#[tokio::test]
async fn a_panic_in_a_create_is_an_error_with_what_was_saved() {
    let (mut process, mut client) = configured().await;
    let applied = client.create("toy_thing", thing("panic")).await.unwrap();
    assert!(only_error(&applied.problems).summary.contains("failed in ApplyResourceChange"));
    assert_eq!(applied.object.state["id"], "thing-1");
    assert_eq!(applied.object.private, b"saved");
    // The process goes on, and Terraform shows the line after the run.
    client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    process.close(client).await.unwrap();
    let stderr = process.stderr();
    assert_eq!(stderr.matches("panic: ").count(), 1, "{stderr}");
    assert!(stderr.starts_with("panic: toy provider at ") && stderr.contains("a text without values"), "{stderr}");
}

#[tokio::test]
async fn a_panic_before_anything_exists_saves_nothing_and_tells_no_value() {
    let (mut process, mut client) = configured().await;
    let config = json!({ "name": "n", "behaviour": "panic_early", "note": "s3cret" });
    let applied = client.create("toy_thing", config).await.unwrap();
    only_error(&applied.problems);
    assert_eq!(applied.object.state, Value::Null);
    process.close(client).await.unwrap();
    assert!(process.stderr().contains("text withheld") && !process.stderr().contains("s3cret"), "{}", process.stderr());
}

#[tokio::test]
async fn a_panic_in_an_update_keeps_the_object() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let applied = client.update("toy_thing", &object, thing("panic")).await.unwrap();
    only_error(&applied.problems);
    assert_eq!(applied.object.state["revision"], 2, "what was saved");
    let applied = client.update("toy_thing", &object, thing("panic_early")).await.unwrap();
    only_error(&applied.problems);
    assert_eq!(applied.object.state, object.state, "nothing was saved");
    assert_eq!(applied.object.private, object.private);
}

#[tokio::test]
async fn a_panic_in_a_plan_or_read_is_an_error_of_that_call() {
    let (_process, mut client) = configured().await;
    let planned = client.plan("toy_thing", None, thing("panic_plan")).await.unwrap();
    assert!(only_error(&planned.problems).summary.contains("PlanResourceChange"));
    let object = client.create("toy_thing", thing("panic_read")).await.unwrap().object().unwrap();
    let read = client.read("toy_thing", &object).await.unwrap();
    assert!(only_error(&read.problems).summary.contains("ReadResource"));
}

#[tokio::test]
async fn a_failed_create_saves_nothing_and_a_failed_update_keeps_the_object() {
    let (_process, mut client) = configured().await;
    let applied = client.create("toy_thing", thing("fail")).await.unwrap();
    assert_eq!((only_error(&applied.problems).summary.as_str(), &applied.object.state), ("Failed", &Value::Null));
    assert_eq!(applied.object.private, b"planned");
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let applied = client.update("toy_thing", &object, thing("fail")).await.unwrap();
    only_error(&applied.problems);
    assert_eq!(applied.object, object);
}

#[tokio::test]
async fn a_failed_delete_keeps_the_object() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", thing("keep")).await.unwrap().object().unwrap();
    let applied = client.destroy("toy_thing", &object).await.unwrap();
    assert_eq!(only_error(&applied.problems).summary, "Kept");
    assert_eq!(applied.object, object);
}

#[tokio::test]
async fn a_failed_delete_keeps_what_it_has_begun() {
    let (_process, mut client) = configured().await;
    for behaviour in ["keep_begun", "panic_begun"] {
        let object = client.create("toy_thing", thing(behaviour)).await.unwrap().object().unwrap();
        let applied = client.destroy("toy_thing", &object).await.unwrap();
        only_error(&applied.problems);
        assert_eq!((&applied.object.state["revision"], &applied.object.state["id"]), (&json!(7), &object.state["id"]));
        assert_eq!(applied.object.private, b"begun", "{behaviour}");
    }
}

#[tokio::test]
async fn what_stays_unknown_after_an_apply_becomes_null() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", thing("leave_unknown")).await.unwrap().object().unwrap();
    assert_eq!(object.state["revision"], Value::Null);
    assert_eq!(object.state["id"], "thing-1");
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_an_error_that_loses_nothing_else() {
    let (_process, mut client) = configured().await;
    let applied = client.create("toy_thing", thing("misfit")).await.unwrap();
    let error = only_error(&applied.problems);
    assert_eq!(error.attribute, "revision");
    assert!(error.summary.contains("bug in the provider"), "{error:?}");
    assert_eq!(applied.object.state["id"], "thing-1");
}

#[tokio::test]
async fn stop_ends_what_is_in_flight_and_nothing_later() {
    let (_process, mut client) = configured().await;
    let mut busy = client.clone();
    let call = tokio::spawn(async move { busy.create("toy_thing", thing("wait")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    client.stop().await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(200), "{:?}", start.elapsed());
    let applied = call.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(only_error(&applied.problems).summary, "Stopped");
    assert_eq!(applied.object.state["id"], "thing-1");

    let mut later = client.clone();
    let call = tokio::spawn(async move { later.create("toy_thing", thing("wait")).await });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!call.is_finished(), "an old stop ended a later call");
    client.stop().await.unwrap();
    call.await.unwrap().unwrap();
}

#[tokio::test]
async fn stop_ends_whatever_only_reads_also_when_the_provider_does_not_look_at_it() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", thing("stuck_read")).await.unwrap().object().unwrap();
    let mut clients: Vec<_> = (0..5).map(|_| client.clone()).collect();
    let (mut read, mut plan, mut import, mut data, mut configure) =
        (clients.remove(0), clients.remove(0), clients.remove(0), clients.remove(0), clients.remove(0));
    let calls = [
        tokio::spawn(async move { read.read("toy_thing", &object).await.unwrap().problems }),
        tokio::spawn(async move { plan.plan("toy_thing", None, thing("stuck_plan")).await.unwrap().problems }),
        tokio::spawn(async move { import.import("toy_thing", "thing-stuck", Value::Null).await.unwrap().problems }),
        tokio::spawn(async move { data.read_data("toy_echo", json!({ "text": "stuck" })).await.unwrap().1 }),
        tokio::spawn(async move {
            let error = configure.configure(json!({ "greeting": "stuck" })).await.unwrap_err().to_string();
            let (summary, detail) = error.split_once(": ").unwrap();
            let (summary, detail) = (summary.to_owned(), detail.to_owned());
            vec![Problem { is_error: true, summary, detail, attribute: String::new() }]
        }),
    ];
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(calls.iter().all(|call| !call.is_finished()), "a call did not wait");
    let start = Instant::now();
    client.stop().await.unwrap();
    for (call, rpc) in calls.into_iter().zip([
        "ReadResource",
        "PlanResourceChange",
        "ImportResourceState",
        "ReadDataSource",
        "Configure",
    ]) {
        let problems = call.await.unwrap();
        let error = only_error(&problems);
        assert_eq!(error.summary, "Stopped");
        assert!(error.detail.contains(rpc) && error.detail.contains("changed nothing"), "{error:?}");
    }
    // A few milliseconds on a machine that is not busy.
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());

    // What comes later is not affected.
    assert_eq!(client.read_data("toy_echo", json!({ "text": "hi" })).await.unwrap().1, []);
}

#[tokio::test]
async fn a_request_that_the_client_drops_is_worked_to_its_end() {
    let process = toy().env("TF_LOG_PROVIDER_TOY", "INFO").spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    client.configure(json!({})).await.unwrap();
    let planned = client.plan("toy_thing", None, thing("wait")).await.unwrap();
    let mut busy = client.clone();
    let call = tokio::spawn(async move { busy.apply("toy_thing", None, planned).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    call.abort();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!process.stderr().contains("ApplyResourceChange"), "ended with the request");
    client.stop().await.unwrap();
    wait_for_stderr(&process, r#""tf_rpc":"ApplyResourceChange""#).await;
}

#[tokio::test]
async fn many_calls_run_at_the_same_time() {
    let (_process, mut client) = configured().await;
    let planned = client.plan("toy_thing", None, thing("wait")).await.unwrap();
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (mut busy, planned) = (client.clone(), planned.clone());
            tokio::spawn(async move { busy.apply("toy_thing", None, planned).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(calls.iter().all(|call| !call.is_finished()), "a call ended before the stop");
    for call in calls {
        // A busy machine may have begun some of them after the first stop.
        while !call.is_finished() {
            client.stop().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(call.await.unwrap().unwrap().object.state["id"], "thing-1");
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_blamed_on_its_attribute() {
    let (_process, mut client) = configured().await;
    let problems = client.validate("toy_thing", json!({ "name": "n", "part": [{ "kind": 5 }] })).await.unwrap();
    assert_eq!(only_error(&problems).attribute, "part[0].kind");

    // An apply that cannot be read leaves the object as it was.
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let mut planned = client.plan("toy_thing", Some(&object), json!({ "name": "n", "note": "x" })).await.unwrap();
    planned.state["note"] = json!(5);
    let applied = client.apply("toy_thing", Some(&object), planned).await.unwrap();
    assert_eq!(only_error(&applied.problems).attribute, "note");
    assert_eq!(applied.object.state, object.state);
}

#[tokio::test]
async fn bytes_that_are_no_value_are_an_error() {
    let (_process, mut client) = configured().await;
    for bytes in [vec![0xc1], vec![0xdf, 0xff, 0xff, 0xff, 0xff], vec![0x91; 100_000], b"{}".to_vec()] {
        let config = Some(pb::DynamicValue { msgpack: bytes, json: Vec::new() });
        let request = pb::validate_resource_type_config::Request {
            type_name: "toy_thing".into(),
            config,
            client_capabilities: None,
        };
        let answer = client.provider.validate_resource_type_config(request).await.unwrap().into_inner();
        assert!(!answer.diagnostics.is_empty());
    }
}

#[tokio::test]
async fn unknown_types_are_errors_in_the_answer() {
    let (_process, mut client) = configured().await;
    let type_name = || "toy_nothing".to_owned();
    let provider = &mut client.provider;
    let mut all = Vec::new();
    macro_rules! ask {
        ($rpc:ident, $request:ident { $field:ident }) => {{
            let request = pb::$request::Request { $field: type_name(), ..Default::default() };
            all.push(provider.$rpc(request).await.unwrap().into_inner().diagnostics);
        }};
    }
    ask!(validate_resource_type_config, validate_resource_type_config { type_name });
    ask!(validate_data_source_config, validate_data_source_config { type_name });
    ask!(upgrade_resource_state, upgrade_resource_state { type_name });
    ask!(upgrade_resource_identity, upgrade_resource_identity { type_name });
    ask!(read_resource, read_resource { type_name });
    ask!(plan_resource_change, plan_resource_change { type_name });
    ask!(apply_resource_change, apply_resource_change { type_name });
    ask!(import_resource_state, import_resource_state { type_name });
    ask!(move_resource_state, move_resource_state { target_type_name });
    ask!(generate_resource_config, generate_resource_config { type_name });
    ask!(read_data_source, read_data_source { type_name });
    ask!(validate_ephemeral_resource_config, validate_ephemeral_resource_config { type_name });
    ask!(open_ephemeral_resource, open_ephemeral_resource { type_name });
    ask!(renew_ephemeral_resource, renew_ephemeral_resource { type_name });
    ask!(close_ephemeral_resource, close_ephemeral_resource { type_name });
    ask!(validate_list_resource_config, validate_list_resource_config { type_name });
    ask!(validate_action_config, validate_action_config { type_name });
    ask!(plan_action, plan_action { action_type });
    for diagnostics in all {
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert_eq!(diagnostics[0].severity(), pb::diagnostic::Severity::Error);
        assert!(diagnostics[0].summary.contains("toy_nothing"), "{diagnostics:?}");
    }
    assert!(client.call("nothing", &[]).await.unwrap_err().to_string().contains("nothing"));
}

#[tokio::test]
async fn streams_that_are_not_served_say_so_once() {
    let (_process, mut client) = configured().await;
    let request = pb::list_resource::Request { type_name: "toy_plain".into(), ..Default::default() };
    let mut events = client.provider.list_resource(request).await.unwrap().into_inner();
    assert_eq!(events.message().await.unwrap().unwrap().diagnostic.len(), 1);
    assert_eq!(events.message().await.unwrap(), None);

    let request = pb::invoke_action::Request { action_type: "toy_nothing".into(), ..Default::default() };
    let mut events = client.provider.invoke_action(request).await.unwrap().into_inner();
    let Some(pb::invoke_action::event::Type::Completed(end)) = events.message().await.unwrap().unwrap().r#type else {
        panic!("no completion");
    };
    assert_eq!(end.diagnostics.len(), 1);
    assert_eq!(events.message().await.unwrap(), None);
}

#[tokio::test]
async fn an_object_of_rubbish_in_the_state_is_an_error() {
    let (_process, mut client) = configured().await;
    let object = Object { state: json!({ "no": "such" }), private: b"p".to_vec(), identity: Value::Null };
    only_error(&client.read("toy_thing", &object).await.unwrap().problems);
}
