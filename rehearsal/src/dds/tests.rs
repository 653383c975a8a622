//! The service as its documents describe it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

struct Cloud {
    world: World,
    now: Timestamp,
}

impl Cloud {
    fn new(platform: Platform) -> Cloud {
        let world = World { platform, ..World::default() };
        Cloud { world, now: "2026-11-21T08:00:00Z".parse().unwrap() }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = Request {
            method: method.to_owned(),
            path: path.split('/').map(str::to_owned).collect(),
            query: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
            project_id: "p".to_owned(),
            now: self.now,
            speed: 1.0,
            fail_operation: None,
        };
        let response = self.world.handle(&request);
        (response.status, response.body.unwrap_or_default())
    }

    fn restore(&mut self, instance: &str, point: Value) -> (u16, Value) {
        let mut source = json!({"instance_id": instance});
        source.as_object_mut().unwrap().extend(point.as_object().unwrap().clone());
        let body = json!({"source": source, "target": {"instance_id": instance}});
        self.call("POST", "v3/p/instances/recovery", Some(body))
    }

    fn shown(&mut self) -> Value {
        self.call("GET", &format!("v3/p/instances?id={INSTANCE_ID}"), None).1["instances"][0].clone()
    }
}

fn from_backup() -> Value {
    json!({"type": "backup", "backup_id": BACKUP_ID})
}

#[test]
fn an_instance_stays_normal_while_it_is_restored() {
    let mut cloud = Cloud::new(Platform::Otc);
    let (status, body) = cloud.restore(INSTANCE_ID, from_backup());
    assert_eq!(status, 200, "{body}");
    cloud.wait(2);
    let shown = cloud.shown();
    assert_eq!((&shown["status"], &shown["actions"]), (&json!("normal"), &json!(["RESTORE"])));
    let again = cloud.restore(INSTANCE_ID, from_backup());
    assert_eq!((again.0, &again.1["error_code"]), (403, &json!("DBS.200019")));
    let path = format!("v3/p/jobs?id={}", body["job_id"].as_str().unwrap());
    let job = cloud.call("GET", &path, None).1["job"].clone();
    assert_eq!((&job["status"], job["ended"] == ""), (&json!("Running"), false));
    assert_eq!(cloud.call("GET", "v3.1/p/jobs?start_time=a&end_time=b", None).0, 404, "no list on this cloud");
    cloud.wait(130);
    assert_eq!(cloud.shown()["actions"], json!([]));
    assert_eq!(cloud.call("GET", &path, None).1["job"]["status"], "Completed");
}

#[test]
fn manual_backups_outlive_their_instance() {
    let mut cloud = Cloud::new(Platform::Otc);
    let instance = format!("v3/p/instances/{INSTANCE_ID}");
    cloud.restore(INSTANCE_ID, from_backup());
    assert_eq!(cloud.call("DELETE", &instance, None).0, 403, "while it is restored");
    cloud.wait(130);
    let (status, body) = cloud.call("DELETE", &instance, None);
    assert!(status == 202 && body["job_id"].is_string(), "{status} {body}");
    assert_eq!(cloud.call("DELETE", &instance, None).0, 404);
    let left = cloud.call("GET", &format!("v3/p/backups?instance_id={INSTANCE_ID}"), None).1;
    assert_eq!(left["backups"][0]["id"], BACKUP_ID);
}

#[test]
fn huawei_cloud_lists_tasks_of_a_month() {
    let mut cloud = Cloud::new(Platform::Huaweicloud);
    let moment = (cloud.now.as_millisecond() - 3_600_000).to_string();
    assert_eq!(cloud.restore(INSTANCE_ID, json!({"type": "timestamp", "restore_time": moment})).0, 200);
    cloud.wait(3);
    let list = "v3.1/p/jobs?start_time=2026-10-23T08:00:00Z&end_time=2026-11-21T09:00:00Z";
    let job = cloud.call("GET", list, None).1["jobs"][0].clone();
    assert_eq!((&job["name"], &job["instance_id"]), (&json!("MongodbPitr2CurrentInstance"), &json!(INSTANCE_ID)));
    let long = "v3.1/p/jobs?start_time=2026-10-01T08:00:00Z&end_time=2026-11-21T09:00:00Z";
    assert_eq!(cloud.call("GET", long, None).0, 400);
}

#[test]
fn moments_are_for_replica_sets_and_days_have_to_be_named() {
    let mut cloud = Cloud::new(Platform::Otc);
    let point = json!({"type": "timestamp", "restore_time": cloud.now.as_millisecond() - 3_600_000});
    for (instance, status) in [(SINGLE_ID, 400), (CLUSTER_ID, 400), (INSTANCE_ID, 200)] {
        assert_eq!(cloud.restore(instance, point.clone()).0, status, "{instance}");
    }
    let times = format!("v3/p/instances/{INSTANCE_ID}/restore-time");
    assert_eq!(cloud.call("GET", &times, None).0, 400);
    let day = cloud.call("GET", &format!("{times}?date=2026-11-20"), None).1;
    assert_eq!(day["restore_time"][0]["start_time"], 1_795_132_800_000_i64);
}

#[test]
fn a_backup_is_made_under_a_name_of_its_own_and_deleted() {
    let mut cloud = Cloud::new(Platform::Otc);
    let body = json!({"backup": {"instance_id": INSTANCE_ID, "name": "before-42", "description": "d"}});
    let (status, made) = cloud.call("POST", "v3/p/backups", Some(body.clone()));
    assert!(status == 200 && made["job_id"].is_string(), "{made}");
    let id = made["backup_id"].as_str().unwrap().to_owned();
    cloud.wait(2);
    assert_eq!(cloud.shown()["actions"], json!(["BACKUP"]));
    assert_eq!(cloud.call("POST", "v3/p/backups", Some(body)).1["error_code"], "DBS.201201");
    cloud.wait(60);
    let row = cloud.call("GET", "v3/p/backups", None).1["backups"][0].clone();
    let shown = (&row["status"], &row["begin_time"], &row["description"], &row["type"]);
    assert_eq!(shown, (&json!("COMPLETED"), &json!("2026-11-21 08:00:00"), &json!("d"), &json!("Manual")));
    assert_eq!(cloud.call("DELETE", &format!("v3/p/backups/{id}"), None).0, 200);
    assert_eq!(cloud.call("GET", "v3/p/backups", None).1["backups"][0]["status"], "DISABLED");
    cloud.wait(6);
    assert_eq!(cloud.call("DELETE", &format!("v3/p/backups/{id}"), None).1["error_code"], "DBS.201214");
}
