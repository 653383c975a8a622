use super::super::testing::{Cloud, text};
use super::super::world::{Tag, Vault};
use super::super::*;
use serde_json::{Value, json};

#[test]
fn vaults_are_filtered_by_tags() {
    let mut cloud = Cloud::new();
    cloud.world.vaults[0].tags = vec![Tag { key: "env".to_owned(), value: "prod".to_owned() }];
    cloud.world.vaults.push(Vault { name: "empty".to_owned(), object_type: "turbo".to_owned(), ..Vault::default() });
    let key = |values: Value| json!([{ "key": "env", "values": values }]);
    for (body, expected) in [
        (json!({ "action": "count" }), 3),
        (json!({ "action": "count", "tags": key(json!(["prod"])) }), 1),
        (json!({ "action": "count", "tags": key(json!(["test"])) }), 0),
        (json!({ "action": "count", "tags_any": key(json!([])) }), 1),
        (json!({ "action": "count", "not_tags": key(json!([])) }), 2),
        (json!({ "action": "count", "not_tags_any": key(json!([])) }), 2),
        (json!({ "action": "count", "without_any_tag": true }), 2),
        (json!({ "action": "count", "object_type": "turbo" }), 1),
        (json!({ "action": "count", "matches": [{ "key": "resource_name", "value": "disk" }] }), 1),
    ] {
        let response = cloud.post("vault/resource_instances/action", body.clone());
        assert_eq!(response.body, Some(json!({ "total_count": expected })), "{body}");
    }
    let page = json!({ "action": "filter", "limit": "1", "offset": "1" });
    let body = cloud.post("vault/resource_instances/action", page).body.unwrap();
    assert_eq!(body["total_count"], json!(3));
    assert_eq!(text(&body, "/resources/0/resource_name"), "disks");
    assert_eq!(text(&body, "/resources/0/resource_detail/vault/id"), DISK_VAULT_ID);
    for bad in [json!({}), json!({ "action": "filter", "limit": "0" }), json!({ "action": "filter", "limit": 5 })] {
        cloud.post_refused("vault/resource_instances/action", bad, 400, "BackupService.9900");
    }
}

#[test]
fn tags_are_added_replaced_and_removed() {
    let mut cloud = Cloud::new();
    let path = format!("vault/{DISK_VAULT_ID}/tags");
    let tag = |key: &str, value: &str| json!({ "key": key, "value": value });
    assert_eq!(cloud.post(&path, json!({ "tag": tag("env", "test") })).status, 204);
    assert_eq!(cloud.post(&path, json!({ "tag": tag("env", "prod") })).status, 204);
    let several = json!({ "action": "create", "tags": [tag("team", "a"), tag("cost", "7")] });
    assert_eq!(cloud.post(&format!("{path}/action"), several).status, 204);
    assert_eq!(cloud.get_ok(&path)["tags"], json!([tag("env", "prod"), tag("team", "a"), tag("cost", "7")]));
    assert_eq!(cloud.get_ok("vault/tags")["tags"][0], json!({ "key": "env", "values": ["prod"] }));
    assert_eq!(cloud.call("DELETE", &format!("{path}/team"), None).status, 204);
    let gone = json!({ "action": "delete", "tags": [tag("cost", "")] });
    assert_eq!(cloud.post(&format!("{path}/action"), gone).status, 204);
    assert_eq!(cloud.get_ok(&path)["tags"], json!([tag("env", "prod")]));
    for (path, body, code) in [
        (path.clone(), json!({}), "BackupService.9900"),
        (path.clone(), json!({ "tag": { "value": "x" } }), "BackupService.9900"),
        (format!("{path}/action"), json!({ "action": "count" }), "BackupService.9900"),
    ] {
        cloud.post_refused(&path, body, 400, code);
    }
    cloud.get_refused("vault/nobody/tags", 400, "BackupService.9900");
    cloud.get_refused("vault/12345678-0000-4000-8000-000000000000/tags", 404, "BackupService.6105");
}
