//! The control origin: journal, faults, world, store, and what a start refuses.

use rehearsal::{Needs, Options, Scenario, Service, StartError};
use serde_json::json;

use crate::support::{self, Cloud, INSTANCE, send};

#[tokio::test]
async fn the_journal_lists_requests_in_order_without_secrets() {
    let cloud = Cloud::start().await;
    let credentials = cloud.running.connection.credentials.clone();
    let user = json!({"id": credentials.user_id, "password": credentials.password});
    let body = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}).to_string();
    cloud.iam("POST", "/v3/auth/tokens?nocatalog=1", &[], &body).await;
    cloud.dcs("v2", "GET", "/instances?limit=1", "").await.unwrap();
    // Every origin serves the control paths, and none of them is journaled.
    let origin = &cloud.running.connection.endpoints.cbr;
    let journal = send(origin, "GET", "/_rehearsal/requests", &[], "").await.unwrap();
    let requests = journal.json()["requests"].as_array().unwrap().clone();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0]["service"], "iam");
    assert_eq!(requests[0]["who"]["kind"], "password");
    assert_eq!(requests[0]["who"]["user"], "rehearsal");
    assert_eq!(requests[0]["query"], "nocatalog=1");
    assert_eq!(requests[1]["path"], format!("/v2/{}/instances", cloud.project()));
    assert_eq!(requests[1]["status"], 200);
    assert_eq!(requests[1]["who"]["kind"], "token");
    assert_eq!(requests[1]["who"]["project_id"], cloud.project());
    let text = String::from_utf8(journal.body).unwrap();
    assert!(!text.contains(credentials.password.reveal()));
    assert!(!text.contains(credentials.token.reveal()));
    assert_eq!(cloud.control("DELETE", "requests", "").await.status, 204);
    assert_eq!(cloud.control("GET", "requests", "").await.json(), json!({"requests": []}));
}

#[tokio::test]
async fn many_at_once_are_all_answered_and_journaled() {
    let cloud = Cloud::start().await;
    let target = format!("/v2/{}/instances/{INSTANCE}/backups", cloud.project());
    let calls = (0..200).map(|_| {
        let (origin, target, token) =
            (cloud.running.connection.endpoints.dcs.clone(), target.clone(), cloud.token().to_owned());
        tokio::spawn(async move { send(&origin, "POST", &target, &[("X-Auth-Token", &token)], "{}").await.unwrap() })
    });
    let calls: Vec<_> = calls.collect();
    let mut accepted = 0;
    for call in calls {
        accepted += usize::from(call.await.unwrap().status == 200);
    }
    let journal = cloud.running.journal();
    assert_eq!(journal.len(), 200);
    assert!(accepted >= 1);
    assert_eq!(journal.iter().filter(|entry| entry.started.is_some()).count(), accepted);
    assert_eq!(cloud.running.operations().len(), accepted);
}

#[tokio::test]
async fn faults_are_read_back_with_counts_and_bad_ones_refused() {
    let cloud = Cloud::start().await;
    cloud.faults(json!([{"method": "GET", "count": 1, "html": 503}])).await;
    cloud.dcs("v2", "GET", "/instances", "").await.unwrap();
    let faults = cloud.control("GET", "faults", "").await.json();
    assert_eq!(faults["faults"][0], json!({"method": "GET", "count": 1, "html": 503, "matched": 1, "applied": 1}));
    assert_eq!(cloud.control("PUT", "faults", &faults.to_string()).await.status, 200, "what was read can be sent");
    for (body, part) in [
        (r#"[{"reset": true}, {"rest": true}]"#, "faults[1].rest"),
        (r#"[{}]"#, "faults[0]: no effect"),
        (r#"{"fault": []}"#, "expected"),
        ("{", "EOF"),
    ] {
        let refused = cloud.control("PUT", "faults", body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.json()["error"].as_str().unwrap().contains(part), "{:?}", refused.json());
    }
    assert_eq!(cloud.running.faults().len(), 1, "refused lists change nothing");
}

#[tokio::test]
async fn the_world_is_read_and_replaced() {
    let cloud = Cloud::start().await;
    let mut world = cloud.control("GET", "world", "").await.json();
    world["iam"]["tokens"] = json!([]);
    world["dcs"]["instances"] = json!([{"id": "only", "created_at": "2026-01-10T09:30:00Z"}]);
    assert_eq!(cloud.control("PUT", "world", &world.to_string()).await.status, 204);
    let listed = cloud.dcs("v2", "GET", "/instances", "").await.unwrap().json();
    assert_eq!(
        (listed["instance_num"].clone(), listed["instances"][0]["instance_id"].clone()),
        (json!(1), json!("only"))
    );
    world["dcs"]["instances"][0]["colour"] = json!("red");
    let refused = cloud.control("PUT", "world", &world.to_string()).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["error"].as_str().unwrap().contains("world.dcs.instances[0].colour"));
}

#[tokio::test]
async fn a_store_carries_the_world_from_run_to_run() {
    let folder = std::env::temp_dir().join(format!("rehearsal-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = folder.join("world.json");
    let options = || Options { speed: 1000.0, store: Some(store.clone()), ..Options::default() };
    let path = format!("/instances/{INSTANCE}/backups");

    let first = Cloud::with(options()).await;
    let made = first.dcs("v2", "POST", &path, "{}").await.unwrap().json()["backup_id"].clone();
    drop(first);

    let scenario = Scenario::parse("switches: { dcs: { total_num: page } }", "test").unwrap();
    let second = Cloud::with(Options { scenario: Some(scenario), ..options() }).await;
    let listed = second.dcs("v2", "GET", &format!("{path}?limit=1"), "").await.unwrap().json();
    assert_eq!(listed["backup_record_response"][0]["backup_id"], made);
    assert_eq!(listed["total_num"], 1, "the scenario's switches lie over the stored world");
    second.running.shutdown().await.unwrap();

    std::fs::write(&store, "{\"dcs\": {\"instances\": 7}}").unwrap();
    let problem = rehearsal::start(options()).await.unwrap_err();
    assert!(problem.to_string().contains("dcs.instances"), "{problem}");
    std::fs::remove_dir_all(&folder).unwrap();
}

const CBR_BACKUP: &str = "0f0f0f0f-2222-4222-8333-444455556666";

#[tokio::test]
async fn what_a_configuration_names_is_created() {
    let cloud = Cloud::start().await;
    let instance = "0f0f0f0f-1111-4222-8333-444455556666";
    let ddm = json!({
        "source_instance_id": "a0000000000000000000000000000001in09",
        "target_instance_id": "a0000000000000000000000000000002in09",
    });
    let restore = json!({"instance_id": instance, "backup_id": "b1", "region": "eu-xx9"});
    let needs = Needs::resource("recovery_dcs_restore", restore)
        .and_resource("recovery_dcs_restore", json!({"instance_id": INSTANCE, "backup_id": "b2"}))
        .and_resource("recovery_ddm_restore", ddm)
        .and_lookup(Service::Cbr, &format!("/v3/p/backups/{CBR_BACKUP}"));
    cloud.running.ensure(&needs);
    cloud.running.ensure(&needs);
    let body = json!({"backup_id": "b1"}).to_string();
    let restored = cloud.dcs("v2", "POST", &format!("/instances/{instance}/restores"), &body).await.unwrap();
    assert_eq!(restored.status, 200, "{}", String::from_utf8_lossy(&restored.body));
    let headers = [("X-Auth-Token", cloud.token())];
    let projects = cloud.iam("GET", "/v3/projects?name=eu-xx9", &headers, "").await.json();
    assert_eq!(projects["projects"].as_array().unwrap().len(), 1);
    let endpoints = &cloud.running.connection.endpoints;
    let project = cloud.project();
    let backup = format!("/v3/{project}/backups/{CBR_BACKUP}");
    assert_eq!(send(&endpoints.cbr, "GET", &backup, &headers, "").await.unwrap().status, 200);
    let instance = format!("/v1/{project}/instances/a0000000000000000000000000000002in09");
    assert_eq!(send(&endpoints.ddm, "GET", &instance, &headers, "").await.unwrap().status, 200);
}

#[tokio::test]
async fn the_timeline_follows_every_service() {
    use rehearsal::{cbr, ddm};
    let text = "durations: { cbr: { restore_disk: 1 }, ddm: { restore: 1 } }";
    let cloud = Cloud::scenario(text, 100.0).await;
    let endpoints = cloud.running.connection.endpoints.clone();
    let headers = [("X-Auth-Token", cloud.token())];
    let project = cloud.project();
    let disk = json!({"restore": {"volume_id": cbr::DISK_ID}}).to_string();
    let target = format!("/v3/{project}/backups/{}/restore", cbr::DISK_BACKUP_ID);
    assert_eq!(send(&endpoints.cbr, "POST", &target, &headers, &disk).await.unwrap().status, 202);
    let now = jiff::Timestamp::now().as_millisecond();
    let recovery = json!({
        "source": {"instance_id": ddm::SOURCE_ID, "restore_time": now - 3_600_000},
        "target": {"instance_id": ddm::TARGET_ID},
        "data_node_relations": [
            {"source_instance_id": ddm::SOURCE_NODE_IDS[0], "target_instance_id": ddm::FRESH_NODE_IDS[0]},
            {"source_instance_id": ddm::SOURCE_NODE_IDS[1], "target_instance_id": ddm::FRESH_NODE_IDS[1]},
        ],
    });
    let target = format!("/v3/{project}/instances/{}/backups/recovery", ddm::SOURCE_ID);
    let started = send(&endpoints.ddm, "POST", &target, &headers, &recovery.to_string()).await.unwrap();
    assert!(started.status < 300, "{}", String::from_utf8_lossy(&started.body));
    let mut operations;
    let begun = std::time::Instant::now();
    loop {
        operations = cloud.running.operations();
        assert_eq!(operations.len(), 2);
        if operations.iter().all(|entry| entry.operation.ended.is_some()) {
            break;
        }
        assert!(begun.elapsed().as_secs() < 20, "{operations:?}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let shown: Vec<_> = operations
        .iter()
        .map(|entry| (entry.operation.service.as_str(), entry.operation.kind.as_str(), entry.operation.target.as_str()))
        .collect();
    assert_eq!(shown, [("cbr", "restore", cbr::DISK_ID), ("ddm", "restore", ddm::TARGET_ID)]);
    assert_eq!(operations[0].request.body, serde_json::from_str(&disk).ok());
}

#[tokio::test]
async fn a_start_refuses_what_is_reachable_or_senseless() {
    let outside = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(matches!(rehearsal::start(outside).await, Err(StartError::NotLoopback(_))));
    let still = Options { speed: 0.0, ..Options::default() };
    assert!(matches!(rehearsal::start(still).await, Err(StartError::Speed(_))));
    let scenario = Some(Scenario::parse("world: { iam: { users: [] } }", "test").unwrap());
    let nobody = Options { scenario, ..Options::default() };
    assert!(matches!(rehearsal::start(nobody).await, Err(StartError::NobodyHome)));
}

#[tokio::test]
async fn a_scenario_chooses_the_region_of_the_credentials() {
    let cloud = Cloud::scenario("platform: huaweicloud", 1.0).await;
    let connection = &cloud.running.connection;
    assert_eq!(
        (connection.region.as_str(), connection.credentials.project_name.as_str()),
        ("cn-north-4", "cn-north-4")
    );
    let cloud = Cloud::scenario("region: eu-xx1", 1.0).await;
    assert_eq!(cloud.running.connection.credentials.project_name, "eu-xx1");
    assert_eq!(cloud.dcs("v2", "GET", "/instances", "").await.unwrap().status, 200);
}

#[tokio::test]
async fn the_connection_is_one_line_and_ends_with_the_cloud() {
    let cloud = Cloud::start().await;
    let line = cloud.running.connection.to_json();
    assert!(!line.contains('\n'));
    let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
    for key in
        ["project_id", "project_name", "domain_name", "user_name", "password", "access_key", "secret_key", "token"]
    {
        assert!(!parsed["credentials"][key].as_str().unwrap().is_empty(), "{key}");
    }
    assert_eq!(parsed["auth_url"], format!("{}/v3", parsed["endpoints"]["iam"].as_str().unwrap()));
    assert_eq!(parsed["region"], "eu-de");
    assert_eq!(cloud.control("GET", "connection", "").await.json(), parsed);
    assert_eq!(cloud.control("GET", "health", "").await.json()["status"], "ok");
    assert_eq!(send(&cloud.running.connection.url, "GET", "/v3/x", &[], "").await.unwrap().status, 404);
    let address = cloud.running.connection.url.strip_prefix("http://").unwrap().to_owned();
    cloud.running.shutdown().await.unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test]
async fn a_page_from_elsewhere_controls_nothing() {
    let cloud = Cloud::start().await;
    // Both origins of control: its own, and the control paths of a service.
    for origin in [cloud.running.connection.url.clone(), cloud.running.connection.endpoints.dcs.clone()] {
        for (header, value) in [("Origin", "http://evil.example"), ("Origin", "null")] {
            for (method, what) in [("GET", "connection"), ("PUT", "faults"), ("DELETE", "requests")] {
                let target = format!("/_rehearsal/{what}");
                let reply = send(&origin, method, &target, &[(header, value)], "").await.unwrap();
                assert_eq!(reply.status, 403, "{method} {what} {value}");
                let text = String::from_utf8(reply.body).unwrap();
                assert!(!text.contains(cloud.running.connection.credentials.password.reveal()), "{text}");
            }
        }
        let own = send(&origin, "GET", "/_rehearsal/health", &[("Origin", "http://localhost:1")], "").await.unwrap();
        assert_eq!(own.status, 200);
    }
    let rebound = support::send_as("rebound.example", &cloud.running.connection.url, "/_rehearsal/connection").await;
    assert_eq!(rebound.status, 403);
}
