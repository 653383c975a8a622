use super::super::testing::{Cloud, text};
use super::super::*;
use serde_json::{Value, json};

fn order(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({ "vault": {
        "name": "mine",
        "billing": { "object_type": "disk", "protect_type": "backup", "consistent_level": "crash_consistent", "size": 40 },
        "resources": [{ "id": DISK_ID, "type": "OS::Cinder::Volume" }],
        "tags": [{ "key": "env", "value": "test" }],
    } });
    change(&mut body["vault"]);
    body
}

#[test]
fn a_vault_is_made_changed_backed_up_and_deleted() {
    let mut cloud = Cloud::new();
    let made = cloud.post("vaults", order(|_| {}));
    assert_eq!(made.status, 200, "{made:?}");
    let vault = made.body.unwrap();
    let id = text(&vault, "/vault/id");
    assert_eq!(text(&vault, "/vault/billing/spec_code"), "vault.backup.volume.normal");
    assert_eq!(text(&vault, "/vault/resources/0/id"), DISK_ID);
    let path = format!("vaults/{id}");
    let change = json!({ "vault": { "name": "ours", "billing": { "size": 80 }, "auto_expand": true } });
    let changed = cloud.call("PUT", &path, Some(change)).body.unwrap();
    assert_eq!((text(&changed, "/vault/name"), &changed["vault"]["billing"]["size"]), ("ours".to_owned(), &json!(80)));
    assert_eq!(cloud.get_ok(&path)["vault"]["auto_expand"], true);

    let checkpoint = cloud.post("checkpoints", json!({ "checkpoint": { "vault_id": id } }));
    assert_eq!(checkpoint.status, 200);
    let busy = cloud.call("DELETE", &path, None);
    assert_eq!((busy.status, busy.body.unwrap()["error_code"].as_str()), (400, Some("BackupService.6203")));
    cloud.wait(100.0);
    assert_eq!(cloud.call("DELETE", &path, None).status, 204);
    cloud.get_refused(&path, 404, "BackupService.6105");
    assert_eq!(cloud.get_ok(&format!("backups?vault_id={id}"))["count"], 0);
}

#[test]
fn orders_are_checked() {
    let mut cloud = Cloud::new();
    for body in [
        json!({}),
        order(|vault| vault["name"] = json!("")),
        order(|vault| vault["name"] = json!("a b")),
        order(|vault| vault["billing"] = Value::Null),
        order(|vault| vault["billing"]["size"] = json!(0)),
        order(|vault| vault["billing"]["object_type"] = json!("tape")),
        order(|vault| vault["billing"]["protect_type"] = json!("hope")),
        order(|vault| vault["tags"] = json!([7])),
    ] {
        cloud.post_refused("vaults", body, 400, "BackupService.9900");
    }
    let stranger = json!([{ "id": "12345678-0000-4000-8000-000000000000", "type": "OS::Nova::Server" }]);
    cloud.post_refused("vaults", order(|vault| vault["resources"] = stranger), 404, "BackupService.6302");
}

#[test]
fn a_vault_follows_policies() {
    let mut cloud = Cloud::new();
    let path = |verb: &str| format!("vaults/{DISK_VAULT_ID}/{verb}policy");
    let policy = json!({ "policy_id": POLICY_ID });
    cloud.post_refused(&path("dissociate"), policy.clone(), 404, "BackupService.6002");
    let answer = cloud.post(&path("associate"), policy.clone()).body.unwrap();
    assert_eq!(answer, json!({ "associate_policy": { "vault_id": DISK_VAULT_ID, "policy_id": POLICY_ID } }));
    assert_eq!(cloud.get_ok(&format!("vaults?policy_id={POLICY_ID}"))["count"], 2);
    assert_eq!(cloud.post(&path("dissociate"), policy).status, 200);
    assert_eq!(cloud.get_ok(&format!("vaults?policy_id={POLICY_ID}"))["count"], 1);
    cloud.post_refused(&path("associate"), json!({ "policy_id": "nobody" }), 404, "BackupService.6000");
}
