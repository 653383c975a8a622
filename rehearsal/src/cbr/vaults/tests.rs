use super::super::testing::{Cloud, list_of, text};
use super::super::*;
use serde_json::json;

fn names(cloud: &mut Cloud, query: &str) -> Vec<String> {
    let body = cloud.get_ok(&format!("vaults?{query}"));
    list_of(&body, "vaults").iter().map(|vault| text(vault, "/name")).collect()
}

#[test]
fn vaults_are_listed_and_shown() {
    let mut cloud = Cloud::new();
    for (query, expected) in [
        ("", vec!["servers", "disks"]),
        ("object_type=disk", vec!["disks"]),
        ("name=servers&status=available", vec!["servers"]),
        ("resource_ids=eeeeeeee-0000-4000-8000-000000000001,x", vec!["servers"]),
        ("policy_id=p", vec![]),
        ("id=aaaaaaaa-0000-4000-8000-000000000002", vec!["disks"]),
        ("limit=1&offset=1", vec!["disks"]),
        ("cloud_type=hybrid", vec![]),
    ] {
        assert_eq!(names(&mut cloud, query), expected, "{query}");
    }
    let vault = cloud.get_ok(&format!("vaults/{SERVER_VAULT_ID}"))["vault"].clone();
    assert_eq!(vault["billing"]["allocated"], json!(280));
    assert_eq!(vault["resources"][0]["backup_count"], json!(1));
    assert_eq!(vault["enterprise_project_id"], json!("0"));
    cloud.world.switches.enterprise_project_is_number = true;
    assert_eq!(cloud.get_ok(&format!("vaults/{SERVER_VAULT_ID}"))["vault"]["enterprise_project_id"], json!(0));
    let disks = cloud.get_ok(&format!("vaults/{DISK_VAULT_ID}"));
    assert_eq!(text(&disks, "/vault/billing/spec_code"), "vault.backup.volume.normal");
    assert_eq!(text(&json!({ "vault": vault }), "/vault/billing/spec_code"), "vault.backup.server.normal");
    cloud.get_refused("vaults/summary", 404, "APIGW.0101");
    let huawei_only = ["smn_notify", "threshold", "sys_lock_source_service", "availability_zone"];
    assert!(huawei_only.iter().all(|name| vault.get(name).is_none()));
    assert!(vault["resources"][0].get("auto_protect").is_none());
    cloud.world.platform = Platform::Huaweicloud;
    let vault = cloud.get_ok(&format!("vaults/{SERVER_VAULT_ID}"))["vault"].clone();
    assert!(huawei_only.iter().all(|name| vault.get(name).is_some()), "{vault}");
    assert_eq!(cloud.get_ok("vaults/summary"), json!({ "size": 1000, "used_size": 4 }));
    assert_eq!(vault["resources"][0]["auto_protect"], json!(false));
    cloud.get_refused("vaults/servers", 400, "BackupService.9900");
    cloud.world.vaults[0].project_id = Some("another".to_owned());
    cloud.get_refused(&format!("vaults/{SERVER_VAULT_ID}"), 404, "BackupService.6105");
}

#[test]
fn resources_come_and_go() {
    let mut cloud = Cloud::new();
    let members = |cloud: &mut Cloud| {
        cloud.get_ok(&format!("vaults/{SERVER_VAULT_ID}"))["vault"]["resources"].as_array().unwrap().len()
    };
    let remove = format!("vaults/{SERVER_VAULT_ID}/removeresources");
    let add = format!("vaults/{SERVER_VAULT_ID}/addresources");
    let before = cloud.now;
    cloud.wait(10.0);
    let response = cloud.post(&remove, json!({ "resource_ids": [SPARE_SERVER_ID] }));
    assert_eq!(response.body, Some(json!({ "remove_resource_ids": [SPARE_SERVER_ID] })));
    assert_eq!(members(&mut cloud), 1);
    cloud.post_refused(&remove, json!({ "resource_ids": [SPARE_SERVER_ID] }), 400, "BackupService.6135");
    cloud.post_refused(&remove, json!({}), 400, "BackupService.9900");
    let entry = json!({ "id": SPARE_SERVER_ID, "type": "OS::Nova::Server" });
    let response = cloud.post(&add, json!({ "resources": [entry, entry] }));
    assert_eq!(response.status, 200);
    assert_eq!(members(&mut cloud), 2);
    let stranger = json!({ "id": DISK_ID, "type": "OS::Nova::Server" });
    cloud.post_refused(&add, json!({ "resources": [stranger] }), 404, "BackupService.6302");
    cloud.now = before;
    assert_eq!(members(&mut cloud), 2);
}

#[test]
fn versions_and_unknown_paths() {
    let mut cloud = Cloud::new();
    let request = crate::service::Request {
        method: "GET".to_owned(),
        path: Vec::new(),
        query: Vec::new(),
        body: Vec::new(),
        project_id: "p1".to_owned(),
        now: cloud.now,
        speed: 1.0,
        fail_operation: None,
    };
    let response = handle(&mut cloud.world, &request);
    assert_eq!(response.status, 300);
    assert_eq!(text(&response.body.unwrap(), "/versions/0/id"), "v3");
    cloud.get_refused("quotas", 404, "APIGW.0101");
}

#[test]
fn a_world_survives_its_own_text() {
    let world = World::default();
    let text = serde_json::to_string(&world).unwrap();
    let back: World = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    let partial: World = serde_json::from_str(r#"{ "switches": { "restore_answer": "text" } }"#).unwrap();
    assert_eq!(partial.switches.restore_answer, Some(RestoreAnswer::Text));
    assert_eq!(partial.backups.len(), 3);
    assert!(serde_json::from_str::<World>(r#"{ "bakups": [] }"#).is_err());
    assert!(serde_json::from_str::<World>(r#"{ "switches": { "count": "pages" } }"#).is_err());
}
