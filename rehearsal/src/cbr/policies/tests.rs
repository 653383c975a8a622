use super::super::testing::{Cloud, text};
use super::super::*;
use serde_json::{Value, json};

const RULE: &str = "FREQ=DAILY;INTERVAL=1;BYHOUR=14;BYMINUTE=00";

fn order() -> Value {
    json!({ "policy": {
        "name": "mine",
        "operation_type": "backup",
        "operation_definition": { "max_backups": 3, "timezone": "UTC+01:00" },
        "trigger": { "properties": { "pattern": [RULE] } },
    } })
}

#[test]
fn a_policy_is_made_changed_listed_and_deleted() {
    let mut cloud = Cloud::new();
    let made = cloud.post("policies", order()).body.unwrap();
    let id = text(&made, "/policy/id");
    assert_eq!(text(&made, "/policy/trigger/properties/pattern/0"), RULE);
    assert_eq!(made["policy"]["enabled"], true);
    for (query, count) in [
        ("", 2),
        ("operation_type=replication", 0),
        ("operation_type=backup", 2),
        ("vault_id=aaaaaaaa-0000-4000-8000-000000000001", 1),
    ] {
        assert_eq!(cloud.get_ok(&format!("policies?{query}"))["count"], count, "{query}");
    }
    let path = format!("policies/{id}");
    let change = json!({ "policy": { "enabled": false, "name": "ours" } });
    let changed = cloud.call("PUT", &path, Some(change)).body.unwrap();
    assert_eq!((text(&changed, "/policy/name"), &changed["policy"]["enabled"]), ("ours".to_owned(), &json!(false)));
    assert_eq!(changed["policy"]["operation_definition"]["max_backups"], 3, "what is not sent stays");
    assert_eq!(cloud.call("DELETE", &path, None).status, 204);
    cloud.get_refused(&path, 404, "BackupService.6000");
}

#[test]
fn orders_are_checked() {
    let mut cloud = Cloud::new();
    for (field, value, code) in [
        ("name", json!("a b"), "BackupService.9900"),
        ("operation_type", json!("magic"), "BackupService.6117"),
        ("operation_definition", json!(7), "BackupService.9900"),
        ("operation_definition", Value::Null, "BackupService.9900"),
        ("trigger", json!({}), "BackupService.9900"),
        ("trigger", json!({ "properties": { "pattern": [7] } }), "BackupService.9900"),
        ("enabled", json!("yes"), "BackupService.9900"),
    ] {
        let mut body = order();
        body["policy"][field] = value;
        cloud.post_refused("policies", body, 400, code);
    }
    cloud.get_refused("policies/mine", 400, "BackupService.9900");
}

#[test]
fn a_deleted_policy_is_followed_by_no_vault() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.call("DELETE", &format!("policies/{POLICY_ID}"), None).status, 204);
    assert_eq!(cloud.get_ok(&format!("vaults?policy_id={POLICY_ID}"))["count"], 0);
}
