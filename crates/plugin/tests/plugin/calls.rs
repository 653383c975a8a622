//! What the RPCs answer when all goes well, and to bad input.

use plugin_client::{Object, UNKNOWN, pb};
use serde_json::{Value, json};

use crate::{configured, only_error, thing};

#[tokio::test]
async fn a_thing_lives_from_create_to_destroy() {
    let (mut process, mut client) = configured().await;
    let config =
        json!({ "name": "n", "labels": { "a": "b" }, "part": [{ "kind": "k" }], "timeouts": { "create": "3m" } });
    let planned = client.plan("toy_thing", None, config.clone()).await.unwrap();
    assert_eq!(planned.problems, []);
    assert_eq!((&planned.state["id"], &planned.state["size"]), (&json!(UNKNOWN), &json!("small")));
    assert_eq!(planned.state["part"], json!([{ "kind": "k", "count": null }]));

    let object = client.create("toy_thing", config.clone()).await.unwrap().object().unwrap();
    assert_eq!((&object.state["id"], &object.state["revision"]), (&json!("thing-1"), &json!(1)));
    assert_eq!((object.private.as_slice(), &object.identity), (&b"planned"[..], &json!({ "id": "thing-1" })));

    let read = client.read("toy_thing", &object).await.unwrap();
    assert_eq!(read.object, object, "state, private data and identity come back");
    let unchanged = client.plan("toy_thing", Some(&object), config).await.unwrap();
    assert_eq!((&unchanged.state, unchanged.requires_replace), (&object.state, Vec::new()));

    let changed = json!({ "name": "n", "note": "new" });
    let planned = client.plan("toy_thing", Some(&object), changed.clone()).await.unwrap();
    assert_eq!((&planned.state["id"], &planned.state["revision"]), (&json!("thing-1"), &json!(UNKNOWN)));
    assert_eq!(planned.identity, object.identity);
    let object = client.update("toy_thing", &object, changed).await.unwrap().object().unwrap();
    assert_eq!((&object.state["revision"], &object.state["part"]), (&json!(2), &json!([])));

    let renamed = client.plan("toy_thing", Some(&object), json!({ "name": "m" })).await.unwrap();
    assert_eq!(renamed.requires_replace, ["name"]);

    let gone = client.destroy("toy_thing", &object).await.unwrap().object().unwrap();
    assert_eq!((gone.state, gone.identity), (Value::Null, Value::Null));
    process.close(client).await.unwrap();
}

#[tokio::test]
async fn private_data_survives_the_second_plan_of_a_replacement() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let object = Object { private: b"mine".to_vec(), ..object };
    let first = client.plan("toy_thing", Some(&object), json!({ "name": "m" })).await.unwrap();
    assert_eq!(first.private, b"mine");
    let again = Object { state: Value::Null, private: first.private, identity: Value::Null };
    let second = client.plan("toy_thing", Some(&again), json!({ "name": "m" })).await.unwrap();
    assert_eq!((second.private.as_slice(), &second.state["id"]), (&b"mine"[..], &json!(UNKNOWN)));
}

#[tokio::test]
async fn a_destroy_plan_is_null_keeps_private_data_and_may_warn() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let planned = client.plan("toy_thing", Some(&object), Value::Null).await.unwrap();
    assert_eq!((planned.state, planned.private), (Value::Null, object.private));
    assert_eq!(planned.problems[0].summary, "Farewell");
}

#[tokio::test]
async fn the_schema_is_the_same_each_time_and_sorted() {
    let (_process, mut client) = configured().await;
    let first = client.schema().await.unwrap().clone();
    let second = client.provider.get_schema(pb::get_provider_schema::Request {}).await.unwrap().into_inner();
    assert_eq!(first, second);
    let expected = pb::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    };
    assert_eq!(first.server_capabilities, Some(expected));
    let block = first.resource_schemas["toy_thing"].block.clone().unwrap();
    let names: Vec<_> = block.attributes.iter().map(|attribute| attribute.name.clone()).collect();
    assert_eq!(names, ["behaviour", "id", "labels", "marks", "name", "note", "revision", "size", "tag"]);
    assert_eq!(block.attributes[2].r#type, br#"["map","string"]"#);
    let blocks: Vec<_> = block.block_types.iter().map(|nested| (nested.type_name.as_str(), nested.nesting())).collect();
    use pb::schema::nested_block::NestingMode::{List, Single};
    assert_eq!(blocks, [("part", List), ("timeouts", Single)]);
}

#[tokio::test]
async fn metadata_and_identities_name_what_there_is() {
    let (_process, mut client) = configured().await;
    let metadata = client.provider.get_metadata(pb::get_metadata::Request {}).await.unwrap().into_inner();
    let names: Vec<_> = metadata.resources.iter().map(|resource| resource.type_name.as_str()).collect();
    assert_eq!(names, ["toy_plain", "toy_thing"]);
    assert_eq!((metadata.data_sources.len(), metadata.functions.len()), (1, 1));

    let request = pb::get_resource_identity_schemas::Request {};
    let schemas = client.provider.get_resource_identity_schemas(request).await.unwrap().into_inner().identity_schemas;
    assert_eq!(schemas.keys().collect::<Vec<_>>(), ["toy_thing"]);
    let attribute = &schemas["toy_thing"].identity_attributes[0];
    assert_eq!((attribute.name.as_str(), attribute.required_for_import), ("id", true));
}

#[tokio::test]
async fn contradictions_are_found_before_anything_is_done() {
    let (_process, mut client) = configured().await;
    for (config, attribute) in [(json!({ "name": "n", "size": "huge" }), "size"), (json!({ "name": "nobody" }), "note")]
    {
        assert_eq!(only_error(&client.validate("toy_thing", config).await.unwrap()).attribute, attribute);
    }
    let unknown = json!({ "name": UNKNOWN, "size": UNKNOWN, "labels": UNKNOWN, "part": [{ "kind": UNKNOWN }] });
    assert_eq!(client.validate("toy_thing", unknown).await.unwrap(), []);
    assert!(client.configure(json!({ "greeting": "rude" })).await.unwrap_err().to_string().contains("greeting"));
    client.configure(json!({ "greeting": UNKNOWN })).await.unwrap();
}

#[tokio::test]
async fn a_required_argument_that_is_null_is_an_error_before_anything_is_done() {
    let (_process, mut client) = configured().await;
    let cases = [
        (json!({ "name": null }), "name"),
        (json!({ "name": "n", "part": [{ "kind": "k" }, { "kind": null }] }), "part[1].kind"),
    ];
    for (config, attribute) in cases {
        let problems = client.validate("toy_thing", config.clone()).await.unwrap();
        assert_eq!(only_error(&problems).attribute, attribute);
        let planned = client.plan("toy_thing", None, config.clone()).await.unwrap();
        assert_eq!(only_error(&planned.problems).attribute, attribute);
    }
    let (_, problems) = client.read_data("toy_echo", json!({ "text": null })).await.unwrap();
    assert_eq!(only_error(&problems).summary, "text is required, but null");

    // Not known when it was planned, and null when it is applied.
    let mut planned = client.plan("toy_thing", None, json!({ "name": UNKNOWN })).await.unwrap();
    assert_eq!(planned.problems, []);
    (planned.config["name"], planned.state["name"]) = (Value::Null, Value::Null);
    let applied = client.apply("toy_thing", None, planned).await.unwrap();
    assert_eq!(only_error(&applied.problems).attribute, "name");
    assert_eq!(applied.object.state, Value::Null);

    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let mut planned = client.plan("toy_thing", Some(&object), json!({ "name": "n", "note": "x" })).await.unwrap();
    planned.config["name"] = Value::Null;
    let applied = client.apply("toy_thing", Some(&object), planned).await.unwrap();
    assert_eq!(only_error(&applied.problems).attribute, "name");
    assert_eq!(applied.object.state, object.state, "nothing changed");
    client.destroy("toy_thing", &object).await.unwrap().object().unwrap();
}

#[tokio::test]
async fn what_means_the_same_replaces_nothing_and_is_recorded_as_written() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    for (config, name, recorded) in [
        (json!({ "name": "n", "marks": {} }), "marks", json!({})),
        (json!({ "name": "n", "tag": "" }), "tag", json!("")),
    ] {
        let planned = client.plan("toy_thing", Some(&object), config).await.unwrap();
        assert_eq!((planned.requires_replace, &planned.state[name]), (vec![], &recorded));
        assert_eq!(planned.state["id"], object.state["id"]);
    }
    let planned = client.plan("toy_thing", Some(&object), json!({ "name": "n", "tag": "t" })).await.unwrap();
    assert_eq!(planned.requires_replace, ["tag"]);
}

#[tokio::test]
async fn whole_numbers_are_text_on_the_wire() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n" })).await.unwrap().object().unwrap();
    let state = pb::DynamicValue { msgpack: plugin_client::msgpack::encode(&object.state).unwrap(), json: Vec::new() };
    let request =
        pb::read_resource::Request { type_name: "toy_thing".into(), current_state: Some(state), ..Default::default() };
    let answer = client.provider.read_resource(request).await.unwrap().into_inner();
    let raw = plugin_client::msgpack::decode(&answer.new_state.unwrap().msgpack).unwrap();
    assert_eq!((&raw["revision"], &object.state["revision"]), (&json!("1"), &json!(1)));
}

#[tokio::test]
async fn the_provider_block_comes_back_as_it_was() {
    let (_process, mut client) = configured().await;
    let config = Some(pb::DynamicValue {
        msgpack: vec![0x81, 0xa8, b'g', b'r', b'e', b'e', b't', b'i', b'n', b'g', 0xc0],
        json: vec![],
    });
    let request = pb::prepare_provider_config::Request { config: config.clone() };
    let answer = client.provider.prepare_provider_config(request).await.unwrap().into_inner();
    assert_eq!((answer.prepared_config, answer.diagnostics), (config, vec![]));
}

#[tokio::test]
async fn stored_states_are_brought_to_the_current_schema() {
    let (_process, mut client) = configured().await;
    let stored = json!({ "id": "thing-9", "name": "n", "gone_since": 1, "labels": { "a": "b" } });
    let (state, problems) = client.upgrade("toy_thing", 0, &stored).await.unwrap();
    assert_eq!(problems, []);
    assert_eq!((&state["labels"], &state["note"]), (&json!({ "a": "b" }), &Value::Null));
    assert_eq!((&state["part"], &state["timeouts"]), (&json!([]), &Value::Null));

    let (state, _) = client.upgrade("toy_plain", 0, &json!({ "id": "1", "label": "old name" })).await.unwrap();
    assert_eq!(state, json!({ "id": "1", "title": "old name" }));
}

#[tokio::test]
async fn states_that_cannot_be_upgraded_are_errors() {
    let (_process, mut client) = configured().await;
    for (version, stored, expected) in [
        (2, json!({ "id": "1" }), "State of a newer provider"),
        (1, json!({ "id": ["1"] }), "The stored state cannot be read"),
        (1, Value::Null, "The stored state is empty"),
    ] {
        let (state, problems) = client.upgrade("toy_plain", version, &stored).await.unwrap();
        assert_eq!((only_error(&problems).summary.as_str(), state), (expected, Value::Null));
    }
    for (raw, expected) in [
        (pb::RawState { flatmap: [("id".into(), "1".into())].into(), ..Default::default() }, "Terraform 0.11"),
        (pb::RawState { json: b"{\"id\":".to_vec(), ..Default::default() }, "cannot be read"),
        (pb::RawState::default(), "empty"),
    ] {
        let request =
            pb::upgrade_resource_state::Request { type_name: "toy_plain".into(), version: 1, raw_state: Some(raw) };
        let answer = client.provider.upgrade_resource_state(request).await.unwrap().into_inner();
        assert!(answer.diagnostics[0].summary.contains(expected), "{answer:?}");
    }
}

#[tokio::test]
async fn what_is_gone_reads_as_null() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", thing("vanish")).await.unwrap().object().unwrap();
    let read = client.read("toy_thing", &object).await.unwrap();
    assert_eq!((read.object.state, read.problems), (Value::Null, vec![]));
}

#[tokio::test]
async fn a_type_without_identity_gets_none() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_plain", json!({ "title": "t" })).await.unwrap().object().unwrap();
    let read = client.read("toy_plain", &object).await.unwrap();
    assert_eq!((read.object.state, read.object.identity), (object.state, Value::Null));
}

#[tokio::test]
async fn import_takes_one_object_by_id_or_identity() {
    let (_process, mut client) = configured().await;
    for (id, identity) in [("thing-7", Value::Null), ("", json!({ "id": "thing-7" }))] {
        let object = client.import("toy_thing", id, identity).await.unwrap().object().unwrap();
        assert_eq!((&object.state["id"], &object.state["part"]), (&json!("thing-7"), &json!([])));
        assert_eq!((object.private.as_slice(), object.identity), (&b"imported"[..], json!({ "id": "thing-7" })));
    }
    let malformed = client.import("toy_thing", "7", Value::Null).await.unwrap();
    assert!(only_error(&malformed.problems).detail.contains("thing-NUMBER"));
    let nothing = client.import("toy_plain", "7", Value::Null).await.unwrap();
    assert_eq!(only_error(&nothing.problems).summary, "Nothing was imported");
}

#[tokio::test]
async fn identities_are_upgraded_from_their_only_version() {
    let (_process, mut client) = configured().await;
    let mut ask = async |type_name: &str, version| {
        let raw_identity = Some(pb::RawState { json: br#"{"id":"thing-1"}"#.to_vec(), ..Default::default() });
        let request = pb::upgrade_resource_identity::Request { type_name: type_name.into(), version, raw_identity };
        client.provider.upgrade_resource_identity(request).await.unwrap().into_inner()
    };
    let answer = ask("toy_thing", 0).await;
    assert!(answer.diagnostics.is_empty() && answer.upgraded_identity.is_some(), "{answer:?}");
    assert_eq!(ask("toy_thing", 1).await.diagnostics.len(), 1);
    assert_eq!(ask("toy_plain", 0).await.diagnostics.len(), 1);
}

#[tokio::test]
async fn a_move_between_types_is_refused_by_name() {
    let (_process, mut client) = configured().await;
    let request = pb::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/other/other".into(),
        source_type_name: "other_thing".into(),
        target_type_name: "toy_thing".into(),
        ..Default::default()
    };
    let answer = client.provider.move_resource_state(request).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "No move from other_thing to toy_thing");
    assert_eq!(answer.target_state, None);
}

#[tokio::test]
async fn configuration_is_made_of_state() {
    let (_process, mut client) = configured().await;
    let object = client.create("toy_thing", json!({ "name": "n", "part": [{ "kind": "k" }] })).await.unwrap();
    let state = pb::DynamicValue {
        msgpack: plugin_client::msgpack::encode(&object.object().unwrap().state).unwrap(),
        json: Vec::new(),
    };
    let request = pb::generate_resource_config::Request { type_name: "toy_thing".into(), state: Some(state) };
    let answer = client.provider.generate_resource_config(request).await.unwrap().into_inner();
    let config = plugin_client::msgpack::decode(&answer.config.unwrap().msgpack).unwrap();
    assert_eq!((&config["name"], &config["id"], &config["revision"]), (&json!("n"), &Value::Null, &Value::Null));
    assert_eq!(config["part"], json!([{ "kind": "k", "count": null }]));
}

#[tokio::test]
async fn data_sources_are_read() {
    let (_process, mut client) = configured().await;
    let (state, problems) = client.read_data("toy_echo", json!({ "text": "hi" })).await.unwrap();
    assert_eq!((state, problems), (json!({ "text": "hi", "answer": "hi" }), vec![]));
}

#[tokio::test]
async fn functions_need_no_configuration() {
    let process = crate::toy().spawn().await.unwrap();
    let mut client = process.connect().await.unwrap();
    assert_eq!(client.call("shout", &[json!("hey")]).await.unwrap(), json!("HEY"));
    for (arguments, expected) in [
        (vec![json!("")], "argument Some(0): there is nothing to shout"),
        (vec![json!([])], "argument Some(0)"),
        (vec![Value::Null], "argument Some(0)"),
        (vec![json!(UNKNOWN)], "argument Some(0)"),
        (vec![], "takes 1 arguments, not 0"),
    ] {
        let error = client.call("shout", &arguments).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let functions = client.provider.get_functions(pb::get_functions::Request {}).await.unwrap().into_inner().functions;
    assert_eq!(functions["shout"].parameters[0].name, "text");
    assert_eq!(functions["shout"].r#return.as_ref().unwrap().r#type, br#""string""#);
}
