//! `recovery_ddm_restore` from apply to destroy.

use rehearsal::Needs;
use rehearsal::ddm;
use serde_json::json;

use crate::support::Story;

/// The ids of the API page's example; the page leaves the source's own id open.
const PAGE_SOURCE: &str = "1f5c1b4d0d9f4f1c8f9e1b2a3c4d5e6fin09";
const PAGE_TARGET: &str = "2f0324a93859487eb5566d75951fcd2din09";
const PAGE_NODE: &str = "f4e2949e9b9b4d60b42c89ed39bfe34cin01";
const MOMENT: i64 = 1_747_732_352_076;

fn restore(source: &str, target: &str, relations: &[(&str, &str)]) -> String {
    let block = |(source, target): &(&str, &str)| {
        format!(
            "\n  data_node_relation {{\n    source_instance_id = \"{source}\"\n    target_instance_id = \"{target}\"\n  }}\n"
        )
    };
    let blocks: String = relations.iter().map(block).collect();
    format!(
        "resource \"recovery_ddm_restore\" \"r\" {{\n  source_instance_id = \"{source}\"\n  target_instance_id = \"{target}\"\n  \
         restore_time       = {MOMENT}\n{blocks}}}\n"
    )
}

#[test]
fn the_example_of_the_page_is_what_is_sent_on_huawei_cloud() {
    let provider = "provider \"recovery\" {\n  platform = \"huaweicloud\"\n}\n";
    let text = format!("{provider}{}", restore(PAGE_SOURCE, PAGE_TARGET, &[(PAGE_NODE, PAGE_NODE)]));
    // The page's node is source and target at once; real clouds leave open what they make of that.
    let scenario = "{ platform: huaweicloud, switches: { ddm: { source_node_as_target: true } } }";
    let Some(story) = Story::in_scenario(&text, scenario) else { return };
    let relation = json!([{"source_instance_id": PAGE_NODE, "target_instance_id": PAGE_NODE}]);
    let arguments = json!({
        "source_instance_id": PAGE_SOURCE,
        "target_instance_id": PAGE_TARGET,
        "data_node_relation": relation,
    });
    let story = story.needing(&Needs::resource("recovery_ddm_restore", arguments));
    // The checks of the plan do not know the page's node as a target of itself.
    let story = story.with("RECOVERY_PREFLIGHT", "false");
    story.apply().success().says("1 added");
    let post = story.sent_once();
    let project = &story.cloud.connection.credentials.project_id;
    assert_eq!(post.method, "POST");
    assert_eq!(post.path, format!("/v3/{project}/instances/{PAGE_SOURCE}/backups/recovery"));
    let relation = json!({"source_instance_id": PAGE_NODE, "target_instance_id": PAGE_NODE});
    let body = json!({
        "source": {"restore_time": MOMENT},
        "target": {"instance_id": PAGE_TARGET},
        "data_node_relations": [relation],
    });
    assert_eq!(post.body, Some(body));
    assert_eq!(post.status, Some(202));
    story.plan_is_empty();
}

#[test]
fn a_restore_is_made_once_and_destroy_forgets_it() {
    let pairs = [(ddm::SOURCE_NODE_IDS[0], ddm::FRESH_NODE_IDS[0]), (ddm::SOURCE_NODE_IDS[1], ddm::FRESH_NODE_IDS[1])];
    let Some(story) = Story::begin(&restore(ddm::SOURCE_ID, ddm::TARGET_ID, &pairs)) else { return };
    story.apply().success().says("1 added");
    let values = story.values("recovery_ddm_restore.r");
    let post = story.sent_once();
    let job = values["job_id"].as_str().unwrap();
    assert_eq!(post.started.as_deref(), Some(job));
    assert_eq!(values["id"], format!("{}/{job}", ddm::SOURCE_ID));
    assert_eq!((&values["status"], &values["pending_operation"]), (&json!("Completed"), &json!(null)));
    assert_eq!(values["restore_point"], "2025-05-20T09:12:32.076Z");
    // Here the source stands in the body, too.
    assert_eq!(post.body.unwrap()["source"], json!({"instance_id": ddm::SOURCE_ID, "restore_time": MOMENT}));

    story.plan_is_empty();
    story.configure(&restore(ddm::SOURCE_ID, ddm::TARGET_ID, &[pairs[1], pairs[0]]));
    story.plan_is_empty();
    story.destroy().success().says("the data stays as it was restored");
    story.sent_once();
}

#[test]
fn without_relations_fresh_nodes_are_paired() {
    let Some(story) = Story::begin(&restore(ddm::SOURCE_ID, ddm::TARGET_ID, &[])) else { return };
    story.apply().success();
    let pairs = story.values("recovery_ddm_restore.r")["node_pairs"].clone();
    assert_eq!(pairs.as_object().unwrap().len(), ddm::SOURCE_NODE_IDS.len());
    let relations = &story.sent_once().body.unwrap()["data_node_relations"];
    for relation in relations.as_array().unwrap() {
        assert_eq!(pairs[relation["source_instance_id"].as_str().unwrap()], relation["target_instance_id"]);
    }
    story.plan_is_empty();
}
