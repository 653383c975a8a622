//! DCS from outside: an operation from POST to its end, in both versions.

use serde_json::json;

use crate::support::{BACKUP, Cloud, INSTANCE};

#[tokio::test]
async fn a_backup_runs_to_its_end_in_both_versions() {
    let cloud = Cloud::start().await;
    for version in ["v1.0", "v2"] {
        let path = format!("/instances/{INSTANCE}/backups");
        let made = cloud.dcs(version, "POST", &path, r#"{"remark":"by hand"}"#).await.unwrap();
        assert_eq!(made.status, 200);
        let id = made.json()["backup_id"].as_str().unwrap().to_owned();
        let record = finished(&cloud, version, &path, "backup_record_response", "backup_id", &id).await;
        assert_eq!(record["status"], "succeed");
        assert_eq!(record["progress"], "100.00");
        assert_eq!(record["remark"], "by hand");
        assert_eq!(record["is_support_restore"], "TRUE");
        assert_eq!(record["backup_format"], if version == "v2" { "rdb" } else { "RDB" });
        let gone = cloud.dcs(version, "DELETE", &format!("{path}/{id}"), "").await.unwrap();
        assert_eq!(gone.status, if version == "v2" { 204 } else { 200 });
        assert_eq!(gone.body.is_empty(), version == "v2");
    }
}

#[tokio::test]
async fn a_restore_runs_to_its_end_and_the_timeline_tells() {
    let cloud = Cloud::start().await;
    for version in ["v1.0", "v2"] {
        let path = format!("/instances/{INSTANCE}/restores");
        let body = json!({"backup_id": BACKUP, "remark": "r"}).to_string();
        let made = cloud.dcs(version, "POST", &path, &body).await.unwrap();
        assert_eq!(made.status, 200, "{}", String::from_utf8_lossy(&made.body));
        let id = made.json()["restore_id"].as_str().unwrap().to_owned();
        let record = finished(&cloud, version, &path, "restore_record_response", "restore_id", &id).await;
        assert_eq!(record["status"], "succeed");
        assert_eq!(record["backup_id"], BACKUP);
        assert_eq!(record.get("sourceInstanceId").is_some(), version == "v1.0");
        while cloud.dcs("v2", "GET", &format!("/instances/{INSTANCE}"), "").await.unwrap().json()["task"] != json!(null)
        {
        }
    }
    let timeline = cloud.control("GET", "operations", "").await.json();
    let operations = timeline["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 2);
    for operation in operations {
        assert_eq!(operation["kind"], "restore");
        assert_eq!(operation["target"], INSTANCE);
        assert_eq!(operation["status"], "succeed");
        assert!(operation["ended"].is_string());
        assert_eq!(operation["request"]["body"]["backup_id"], BACKUP);
        assert_eq!(operation["request"]["who"]["user"], "rehearsal");
    }
}

#[tokio::test]
async fn answers_carry_what_gateways_add() {
    let cloud = Cloud::start().await;
    let reply = cloud.dcs("v2", "GET", "/instances", "").await.unwrap();
    assert_eq!(reply.header("x-request-id").unwrap().len(), 32);
    assert!(reply.header("date").unwrap().ends_with("GMT"));
    assert!(reply.header("content-type").unwrap().starts_with("application/json"));
    assert_eq!(reply.json()["instance_num"], 4);
}

async fn finished(cloud: &Cloud, version: &str, path: &str, list: &str, key: &str, id: &str) -> serde_json::Value {
    for _ in 0..2000 {
        let listed = cloud.dcs(version, "GET", path, "").await.unwrap().json();
        let records = listed[list].as_array().unwrap();
        let record = records.iter().find(|record| record[key] == id).expect("listed at once").clone();
        if record["status"] != "waiting" && record["status"] != "backuping" && record["status"] != "restoring" {
            return record;
        }
    }
    panic!("{id} never ends")
}
