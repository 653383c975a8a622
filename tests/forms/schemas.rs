//! What a client learns from the schemas.

use plugin_client::pb;

use crate::stage::Stage;

fn names(block: &pb::schema::Block) -> Vec<String> {
    let attributes = block.attributes.iter().map(|attribute| attribute.name.clone());
    attributes.chain(block.block_types.iter().map(|nested| nested.type_name.clone())).collect()
}

#[tokio::test]
async fn each_operation_is_an_action_with_the_arguments_of_the_resource() {
    let stage = Stage::new(1.0).await;
    let (_process, mut client) = stage.provider().await;
    let schema = client.schema().await.unwrap().clone();
    let (mut actions, mut resources): (Vec<_>, Vec<_>) =
        (schema.action_schemas.keys().collect(), schema.resource_schemas.keys().collect());
    // What is done before a deletion has no other moment.
    resources.retain(|name| !name.contains("_final_"));
    actions.sort();
    resources.sort();
    // An action keeps nothing, so that nobody would know of an instance that costs.
    resources.retain(|name| *name != "recovery_rds_restored_instance");
    assert_eq!(actions, resources);
    for (name, action) in &schema.action_schemas {
        let action = action.schema.clone().unwrap().block.unwrap();
        let resource = schema.resource_schemas[name].block.clone().unwrap();
        assert!(action.attributes.iter().all(|attribute| !attribute.computed), "{name}");
        let mut expected: Vec<String> = names(&pb::schema::Block {
            attributes: resource.attributes.into_iter().filter(|a| a.required || a.optional).collect(),
            ..resource
        });
        expected.retain(|argument| argument != "triggers" && argument != "timeouts");
        expected.push("timeout".into());
        expected.sort();
        let mut found = names(&action);
        found.sort();
        assert_eq!(found, expected, "{name}");
    }
}
