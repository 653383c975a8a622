use serde_json::{Value, json};

use super::super::testing::{BACKUP, Cloud, INSTANCE, NOBODY, SINGLE, code};
use super::super::world::CacheMode;
use crate::service::Platform;

#[test]
fn instances_are_listed_filtered_and_paged() {
    let mut cloud = Cloud::new();
    for (target, names) in [
        ("v2/instances", vec!["dcs-scratch", "dcs-catalogue", "dcs-sessions", "dcs-orders"]),
        ("v2/instances?limit=1&offset=1", vec!["dcs-catalogue"]),
        ("v1.0/instances?start=2&limit=1", vec!["dcs-catalogue"]),
        ("v2/instances?name=cat", vec!["dcs-catalogue"]),
        ("v2/instances?name=cat&name_equal=true", vec![]),
        ("v2/instances?name=dcs-orders&name_equal=true", vec!["dcs-orders"]),
        ("v1.0/instances?name=dcs-orders&exactMatchName=true", vec!["dcs-orders"]),
        ("v2/instances?status=ERROR", vec![]),
    ] {
        let list = cloud.get(target);
        let found: Vec<&str> =
            list["instances"].as_array().unwrap().iter().map(|instance| instance["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{target}");
    }
    let counts = cloud.get("v2/instances/status");
    assert_eq!((counts["running_count"].clone(), counts["error_count"].clone()), (json!(4), json!(0)));
    assert_eq!(counts["redis"]["running_count"], json!(4));
    assert_eq!(counts["memcached"]["running_count"], json!(0));
    assert_eq!((counts["createfailed_count"].clone(), counts["migrating_count"].clone()), (json!(0), json!(0)));
}

#[test]
fn small_instances_report_their_size_in_two_fields() {
    let mut cloud = Cloud::with(|world| world.instances[0].capacity = 0.125);
    let instance = cloud.get(&format!("v2/instances/{INSTANCE}"));
    assert_eq!((instance["capacity"].clone(), instance["capacity_minor"].clone()), (json!(0), json!(".125")));
}

#[test]
fn an_instance_goes_with_its_backups_and_only_its_project_sees_it() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.call("DELETE", &format!("v2/instances/{INSTANCE}"), Value::Null).status, 204);
    let gone = cloud.call("GET", &format!("v2/instances/{INSTANCE}/backups"), Value::Null);
    assert_eq!(code(&gone), "404 DCS.3022");
    let mut cloud = Cloud::with(|world| world.instances[0].project_id = Some("another".into()));
    assert_eq!(code(&cloud.restore(INSTANCE, BACKUP)), "404 DCS.3022");
}

#[test]
fn fields_have_the_values_of_the_pages() {
    let mut cloud = Cloud::new();
    for (target, pointer, expected) in [
        (format!("v2/instances/{INSTANCE}"), "/capacity_minor", Value::Null),
        (format!("v1.0/instances/{INSTANCE}"), "/capacity_minor", Value::Null),
        (format!("v2/instances/{SINGLE}"), "/product_type", json!("generic")),
        (format!("v2/instances/{INSTANCE}"), "/cloud_service_type_code", json!("otc.service.type.dcs")),
        (format!("v2/instances/{INSTANCE}"), "/tags/0/key", json!("team")),
        (format!("v2/instances/{INSTANCE}/tags"), "/tags/0/value", json!("shop")),
        ("v2/dcs/tags".into(), "/tags", json!([{"key": "team", "values": ["shop"]}])),
        ("v2/instances/statistic".into(), "/statistics/0/instance_id", json!(INSTANCE)),
        ("v1.0/instances/statistic".into(), "/statistics/0/used_cpu", json!("0.0")),
        ("v2/quota".into(), "/quotas/resources/0/used", json!(4)),
        ("v1.0/quota".into(), "/quotas/resources/1/type", json!("ram")),
        (
            "v2/flavors?cache_mode=ha&capacity=0.125".into(),
            "/flavors/0/spec_code",
            json!("redis.ha.au1.large.r2.0.125"),
        ),
        ("v2/flavors?cache_mode=ha&capacity=0.125".into(), "/flavors/1", Value::Null),
        ("v2/flavors?engine_version=2.8".into(), "/flavors", json!([])),
        (format!("v2/instances/{INSTANCE}/ssl"), "/enabled", json!(false)),
    ] {
        let found = cloud.get(&target);
        assert_eq!(found.pointer(pointer).cloned().unwrap_or_default(), expected, "{target} {pointer}: {found}");
    }
    cloud.world.platform = Platform::Huaweicloud;
    let instance = cloud.get(&format!("v2/instances/{INSTANCE}"));
    assert_eq!(instance["cloud_service_type_code"], "hws.service.type.dcs");
}

#[test]
fn lists_have_less_than_an_instance_shown_alone() {
    let mut cloud = Cloud::new();
    for (version, of_the_list, of_one_alone) in [
        ("v2", &["updated_at", "features", "capacity"][..], &["cache_mode", "task", "instance_backup_policy"][..]),
        ("v1.0", &["update_at", "resource_spec_code"], &["cache_mode", "task", "instance_backup_policy", "updated_at"]),
    ] {
        let listed = cloud.get(&format!("{version}/instances"))["instances"][0].clone();
        let shown = cloud.get(&format!("{version}/instances/{INSTANCE}"));
        for field in of_the_list {
            assert!(listed.get(field).is_some(), "{version}: {field} is missing in {listed}");
        }
        for field in of_one_alone {
            assert!(listed.get(field).is_none(), "{version}: {field} is listed");
            assert_eq!(shown.get(field).is_some(), *field != "updated_at", "{version}: {field}");
        }
    }
}

#[test]
fn every_instance_lies_in_a_maintenance_window() {
    let mut cloud = Cloud::new();
    let instance = cloud.get(&format!("v2/instances/{INSTANCE}"));
    let own = (instance["maintain_begin"].clone(), instance["maintain_end"].clone());
    for version in ["v1.0", "v2"] {
        let windows = cloud.get_without_project(&format!("{version}/instances/maintain-windows"));
        let windows = windows["maintain_windows"].as_array().unwrap().clone();
        let first = (windows[0]["begin"].clone(), windows[0]["end"].clone(), windows[0]["default"].clone());
        assert_eq!(first, (json!("22"), json!("02"), json!(false)));
        let default = windows.iter().find(|window| window["default"] == true).unwrap();
        let hours = |name: &str| json!(format!("{}:00:00", default[name].as_str().unwrap()));
        assert_eq!((hours("begin"), hours("end")), own);
    }
}

#[test]
fn addresses_without_a_project_are_answered() {
    let mut cloud = Cloud::new();
    for (target, pointer, expected) in [
        ("v2/available-zones", "/available_zones/0/code", json!("eu-de-01")),
        ("v2/available-zones", "/region_id", json!("eu-de")),
        ("v1.0/availableZones", "/regionId", json!("eu-de")),
        ("v1.0/products", "/products/1/cache_mode", json!("ha")),
        ("v2/flavors", "/flavors/0/engine", json!("redis")),
    ] {
        let found = cloud.get_without_project(target);
        assert_eq!(found.pointer(pointer).cloned().unwrap_or_default(), expected, "{target} {pointer}: {found}");
    }
}

#[test]
fn filters_and_pages_of_instances() {
    let mut cloud = Cloud::new();
    for (target, expected) in [
        ("v2/instances?offset=-1", "400 DCS.4800"),
        ("v2/instances?offset=x", "400 DCS.4800"),
        ("v2/instances-logical-nodes?offset=-1", "400 DCS.4800"),
        ("v2/instances?limit=0", "400 DCS.4063"),
        ("v2/tasks?start_time=2026", "400 DCS.4063"),
        ("v2/tasks?limit=0", "400 DCS.4063"),
    ] {
        assert_eq!(code(&cloud.call("GET", target, Value::Null)), expected, "{target}");
    }
    let tasks = format!("v2/instances/{INSTANCE}/tasks?end_time=soon");
    assert_eq!(code(&cloud.call("GET", &tasks, Value::Null)), "400 DCS.4063");
    for (filter, count) in [("team=shop", 1), ("team=", 0), ("team", 0), ("team=shop,cost=1", 0)] {
        let list = cloud.query("v2/instances", &[("tags", filter)]);
        assert_eq!(list["instance_num"], json!(count), "{filter}");
    }
}

#[test]
fn shards_and_nodes_follow_the_build_of_an_instance() {
    for (mode, shards, nodes) in [(CacheMode::Single, 1, 1), (CacheMode::Ha, 1, 2), (CacheMode::Cluster, 3, 6)] {
        let mut cloud = Cloud::with(|world| world.instances[0].cache_mode = mode);
        let groups = cloud.get(&format!("v2/instance/{INSTANCE}/groups"));
        assert_eq!(groups["group_count"], json!(shards), "{mode:?}");
        let all = cloud.get("v2/instances-logical-nodes?limit=1");
        assert_eq!((&all["count"], &all["instances"][0]["node_count"]), (&json!(4), &json!(nodes)), "{mode:?}");
        assert_eq!(all["instances"][0]["nodes"][0]["group_id"], groups["group_list"][0]["group_id"]);
    }
    assert_eq!(code(&Cloud::new().call("GET", &format!("v2/instance/{NOBODY}/groups"), Value::Null)), "404 DCS.3022");
}

#[test]
fn a_link_to_a_certificate_never_leads_out() {
    let response = Cloud::new().call("POST", &format!("v2/instances/{INSTANCE}/ssl-certs/download"), json!({}));
    let link = response.body.unwrap()["link"].as_str().unwrap().to_owned();
    assert!(link.split('/').nth(2).unwrap().ends_with(".rehearsal.invalid:443"), "{link}");
}

#[test]
fn jobs_follow_records_where_documents_name_them() {
    let mut cloud = Cloud::new();
    cloud.world.platform = Platform::Huaweicloud;
    let id = cloud.back_up(INSTANCE);
    for (wait, status) in [(0.0, "INIT"), (10.0, "RUNNING"), (60.0, "SUCCESS")] {
        cloud.wait(wait);
        let job = cloud.get(&format!("v2/jobs/{id}"));
        assert_eq!((job["status"].as_str(), job["job_type"].as_str()), (Some(status), Some("backupDCSInstance")));
        assert!(job["begin_time"].as_str().unwrap().parse::<i64>().is_ok());
    }
    assert_eq!(cloud.get(&format!("v2/instances/{INSTANCE}/tasks"))["task_count"], "0");
    cloud.world.platform = Platform::Otc;
    assert_eq!(code(&cloud.call("GET", &format!("v2/jobs/{id}"), Value::Null)), "400 DCS.4070");
}
