//! Required means given: a required argument that comes to null is an error on its line, before anything is sent.

use plugin_client::{Client, Planned, Problem, Start, UNKNOWN, pb};
use serde_json::{Map, Value, json};

use crate::support::{INSTANCE, PROGRAM, Story, TERRAFORM_DATA};

/// A body in which every required argument is not known yet, every block stands once, and all else is unset.
fn demanding(block: &pb::schema::Block) -> Value {
    let required = block.attributes.iter().filter(|attribute| attribute.required);
    let mut body: Map<String, Value> = required.map(|attribute| (attribute.name.clone(), json!(UNKNOWN))).collect();
    for nested in &block.block_types {
        use pb::schema::nested_block::NestingMode;
        let inner = demanding(nested.block.as_ref().unwrap());
        let value = if nested.nesting() == NestingMode::Single { inner } else { json!([inner]) };
        body.insert(nested.type_name.clone(), value);
    }
    Value::Object(body)
}

/// The JSON pointer of every required argument of a body, and the place that a message about it names.
fn places(block: &pb::schema::Block, pointer: &str, place: Option<&str>) -> Vec<(String, String)> {
    use pb::schema::nested_block::NestingMode;
    let below = |name: &str| match place {
        Some(place) if !pointer.is_empty() => format!("{place}.{name}"),
        _ => name.to_owned(),
    };
    let required = block.attributes.iter().filter(|attribute| attribute.required);
    let mut all: Vec<(String, String)> =
        required.map(|attribute| (format!("{pointer}/{}", attribute.name), below(&attribute.name))).collect();
    for nested in &block.block_types {
        let inner = nested.block.as_ref().unwrap();
        let (pointer, place) = (format!("{pointer}/{}", nested.type_name), below(&nested.type_name));
        match nested.nesting() {
            NestingMode::Single => all.extend(places(inner, &pointer, Some(&place))),
            NestingMode::List => all.extend(places(inner, &format!("{pointer}/0"), Some(&format!("{place}[0]")))),
            // Elements of a set have no place of their own.
            _ => {
                let inner = places(inner, &format!("{pointer}/0"), Some(&place));
                all.extend(inner.into_iter().map(|(pointer, _)| (pointer, place.clone())));
            }
        }
    }
    all
}

#[track_caller]
fn blames(problems: &[Problem], place: &str, of: &str) {
    let about = |problem: &&Problem| {
        problem.is_error && problem.attribute == place && problem.summary.ends_with("is required, but null")
    };
    assert_eq!(problems.iter().filter(about).count(), 1, "{of} {place}: {problems:#?}");
}

/// Each body that lacks one required argument, with its place.
fn lacking(schema: &pb::Schema) -> Vec<(Value, String)> {
    let block = schema.block.as_ref().unwrap();
    let each = places(block, "", None).into_iter().map(|(pointer, place)| {
        let mut body = demanding(block);
        *body.pointer_mut(&pointer).unwrap() = Value::Null;
        (body, place)
    });
    each.collect()
}

async fn client() -> (plugin_client::Process, Client) {
    let process = Start::new(PROGRAM).unwrap().spawn().await.unwrap();
    let client = process.connect().await.unwrap();
    (process, client)
}

#[tokio::test]
async fn every_required_argument_of_every_schema_must_be_given() {
    // Not configured: nothing is asked or sent.
    let (_process, mut client) = client().await;
    let schema = client.schema().await.unwrap().clone();
    let mut tried = 0;
    for (name, schema) in &schema.resource_schemas {
        for (config, place) in lacking(schema) {
            tried += 1;
            blames(&client.validate(name, config.clone()).await.unwrap(), &place, name);
            let planned = client.plan(name, None, config).await.unwrap();
            blames(&planned.problems, &place, name);
            // Not known when it was planned, and null now.
            let planned = Planned { state: planned.config.clone(), problems: Vec::new(), ..planned };
            let applied = client.apply(name, None, planned).await.unwrap();
            blames(&applied.problems, &place, name);
            assert_eq!(applied.object.state, Value::Null);
        }
    }
    for (name, schema) in &schema.data_source_schemas {
        for (config, place) in lacking(schema) {
            tried += 1;
            blames(&client.read_data(name, config).await.unwrap().1, &place, name);
        }
    }
    for (config, place) in lacking(schema.provider.as_ref().unwrap()) {
        tried += 1;
        let error = client.configure(config).await.unwrap_err().to_string();
        assert!(error.contains("is required, but null") && error.contains(&place), "{place}: {error}");
    }
    assert!(tried >= 12, "only {tried} required arguments were found");
}

#[test]
fn null_is_never_a_backup_that_is_not_known_yet() {
    let restore = |backup: &str| {
        format!(
            "resource \"recovery_dcs_restore\" \"r\" {{\n  instance_id = \"{INSTANCE}\"\n  backup_id   = {backup}\n}}\n"
        )
    };
    let Some(story) = Story::begin(&restore("one([])")) else { return };
    for outcome in [story.validate(), story.plan(), story.apply()] {
        outcome.failure().says("backup_id is required, but null").says("on main.tf line 3");
    }
    // Not known in the plan, null in the apply.
    if story.core.can(&TERRAFORM_DATA) {
        let unknown = restore("terraform_data.t.id == \"\" ? \"b\" : null");
        story.configure(&format!("{unknown}\nresource \"terraform_data\" \"t\" {{}}\n"));
        story.plan().success();
        story.apply().failure().says("backup_id is required, but null");
    }
    assert_eq!(story.sent().len(), 0);
}
