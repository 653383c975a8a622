//! The service as its documents describe it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::service::OperationFailure;

struct Cloud {
    world: World,
    now: Timestamp,
    fail: Option<OperationFailure>,
}

impl Cloud {
    fn new(platform: Platform) -> Cloud {
        let world = World { platform, ..World::default() };
        Cloud { world, now: "2026-11-21T08:00:00Z".parse().unwrap(), fail: None }
    }

    fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.split('/').map(str::to_owned).collect(),
            query: query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
            project_id: "p".to_owned(),
            now: self.now,
            speed: 1.0,
            fail_operation: self.fail.clone(),
        };
        let response = self.world.handle(&request);
        (response.status, response.body.unwrap_or_default())
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn status(&mut self, id: &str) -> String {
        self.get(&format!("v3/p/instances?id={id}"))["instances"][0]["status"].as_str().unwrap().to_owned()
    }

    fn back_up(&mut self, instance: &str, name: &str) -> (u16, Value) {
        self.call("POST", "v3/p/backups", Some(json!({"instance_id": instance, "name": name})))
    }

    fn restore(&mut self, version: &str, source: Value, target: &str) -> (u16, Value) {
        let body = json!({"source": source, "target": {"instance_id": target}});
        self.call("POST", &format!("{version}/p/instances/recovery"), Some(body))
    }
}

fn from_backup(instance: &str, backup: &str) -> Value {
    json!({"instance_id": instance, "type": "backup", "backup_id": backup})
}

#[test]
fn a_backup_is_listed_late_built_and_deleted() {
    let mut cloud = Cloud::new(Platform::Otc);
    let (status, body) = cloud.back_up(SOURCE_ID, "before-42");
    assert_eq!((status, &body["backup"]["status"]), (200, &json!("BUILDING")));
    let id = body["backup"]["id"].as_str().unwrap().to_owned();
    let list = format!("v3/p/backups?instance_id={SOURCE_ID}&backup_id={id}");
    assert_eq!(cloud.get(&list)["total_count"], 0, "not listed yet");
    cloud.wait(2);
    assert_eq!(
        (&cloud.get(&list)["backups"][0]["status"], cloud.status(SOURCE_ID)),
        (&json!("BUILDING"), "BACKING UP".into())
    );
    let refused = cloud.back_up(SOURCE_ID, "before-43");
    assert_eq!((refused.0, &refused.1["error_code"]), (409, &json!("DBS.200019")));
    cloud.wait(60);
    let row = cloud.get(&list)["backups"][0].clone();
    assert_eq!(
        (&row["status"], &row["size"], &row["begin_time"]),
        (&json!("COMPLETED"), &json!(2803), &json!("2026-11-21T08:00:00+0000"))
    );
    assert_eq!(row.get("description"), None);
    assert_eq!(cloud.back_up(TARGET_ID, "before-42").1["error_code"], "DBS.201201");
    assert_eq!(cloud.call("DELETE", &format!("v3/p/backups/{id}"), None).0, 200);
    assert_eq!(cloud.get(&list)["backups"][0]["status"], "DELETING");
    assert_eq!(cloud.call("DELETE", &format!("v3/p/backups/{id}"), None).0, 404);
    cloud.wait(6);
    assert_eq!(cloud.get(&list)["total_count"], 0);
    assert_eq!(cloud.back_up(SOURCE_ID, "before-42").0, 200, "the name is free again");
}

#[test]
fn manual_backups_outlive_their_instance() {
    let mut cloud = Cloud::new(Platform::Otc);
    let id = cloud.back_up(SOURCE_ID, "final-1").1["backup"]["id"].as_str().unwrap().to_owned();
    let instance = format!("v3/p/instances/{SOURCE_ID}");
    let busy = cloud.call("DELETE", &instance, None);
    assert_eq!((busy.0, &busy.1["error_code"]), (409, &json!("DBS.200019")), "while it is backed up");
    cloud.wait(70);
    let (status, body) = cloud.call("DELETE", &instance, None);
    assert!(status == 202 && body["job_id"].is_string(), "{status} {body}");
    assert_eq!(cloud.call("DELETE", &instance, None).0, 409, "it is being deleted");
    cloud.wait(11);
    assert_eq!(cloud.call("DELETE", &instance, None).0, 404);
    assert_eq!(cloud.get(&format!("v3/p/instances?id={SOURCE_ID}"))["total_count"], 0);
    let left = cloud.get(&format!("v3/p/backups?instance_id={SOURCE_ID}"));
    let left: Vec<&Value> = left["backups"].as_array().unwrap().iter().collect();
    assert!(
        left.iter().any(|backup| backup["id"] == id) && left.iter().all(|backup| backup["type"] == "manual"),
        "{left:?}"
    );
}

#[test]
fn a_restore_shows_on_the_target_and_is_followed_by_a_backup() {
    let mut cloud = Cloud::new(Platform::Huaweicloud);
    let (status, body) = cloud.restore("v3.1", from_backup(SOURCE_ID, BACKUP_ID), TARGET_ID);
    assert_eq!(status, 202, "{body}");
    let id = body["job_id"].as_str().unwrap().to_owned();
    assert_eq!(cloud.status(TARGET_ID), "ACTIVE");
    cloud.wait(2);
    assert_eq!((cloud.status(TARGET_ID), cloud.status(SOURCE_ID)), ("RESTORING".into(), "ACTIVE".into()));
    let again = cloud.restore("v3.1", from_backup(SOURCE_ID, BACKUP_ID), TARGET_ID);
    assert_eq!((again.0, &again.1["error_code"]), (409, &json!("DBS.200019")));
    cloud.wait(119);
    assert_eq!(cloud.get(&format!("v3/p/jobs?id={id}"))["job"]["status"], "Completed");
    assert_eq!(cloud.status(TARGET_ID), "RESTORING");
    cloud.wait(5);
    assert_eq!(cloud.status(TARGET_ID), "BACKING UP");
    cloud.wait(10);
    assert_eq!(cloud.status(TARGET_ID), "ACTIVE");
    let task = cloud.get(&format!("v3/p/tasklist?instance_id={TARGET_ID}"))["tasks"][0].clone();
    assert_eq!((&task["name"], &task["status"]), (&json!("RestoreMysqlInInstance"), &json!("Completed")));
    assert_eq!(task.get("task_detail"), None);
}

#[test]
fn open_telekom_cloud_finds_no_restore_by_its_id() {
    let mut cloud = Cloud::new(Platform::Otc);
    let (status, body) = cloud.restore("v3", from_backup(SOURCE_ID, BACKUP_ID), SOURCE_ID);
    assert_eq!(status, 200);
    cloud.wait(5);
    let path = format!("v3/p/jobs?id={}", body["job_id"].as_str().unwrap());
    assert_eq!(cloud.call("GET", &path, None).1["error_code"], "DBS.200543");
    cloud.world.switches.job_knows_restores = Some(true);
    assert_eq!(cloud.get(&path)["job"]["status"], "Running");
}

#[test]
fn sql_server_wants_to_know_which_databases_and_tells_what_was_asked_for() {
    let mut cloud = Cloud::new(Platform::Otc);
    let mut source = from_backup(SQLSERVER_ID, SQLSERVER_BACKUP_ID);
    assert_eq!(cloud.restore("v3.1", source.clone(), SQLSERVER_ID).1["error_code"], "DBS.280001");
    source["restore_all_database"] = json!(true);
    assert_eq!(cloud.restore("v3.1", source, SQLSERVER_ID).0, 202);
    cloud.wait(3);
    let path = format!("v3/p/instances/{SQLSERVER_ID}/tasklist/detail?start_time=1");
    let detail: Value = serde_json::from_str(cloud.get(&path)["jobs"][0]["task_detail"].as_str().unwrap()).unwrap();
    assert_eq!((&detail["backupId"], &detail["targetInstanceId"]), (&json!(SQLSERVER_BACKUP_ID), &json!(SQLSERVER_ID)));
}

#[test]
fn what_does_not_fit_is_refused() {
    let time = |time: i64| json!({"instance_id": SOURCE_ID, "type": "timestamp", "restore_time": time});
    for (platform, version, source, target, code) in [
        (Platform::Otc, "v3", from_backup(POSTGRES_ID, POSTGRES_BACKUP_ID), POSTGRES_ID, "DBS.280238"),
        (Platform::Huaweicloud, "v3", from_backup(POSTGRES_ID, POSTGRES_BACKUP_ID), POSTGRES_TARGET_ID, "DBS.280238"),
        (Platform::Otc, "v3", from_backup(SOURCE_ID, BACKUP_ID), POSTGRES_ID, "DBS.280238"),
        (Platform::Otc, "v3", from_backup(TARGET_ID, BACKUP_ID), TARGET_ID, "DBS.280001"),
        (Platform::Otc, "v3", from_backup(SOURCE_ID, "nothing"), TARGET_ID, "DBS.201010"),
        (Platform::Otc, "v3", from_backup(SOURCE_ID, BACKUP_ID), "nothing", "DBS.200002"),
        (Platform::Otc, "v3", time(1_000), TARGET_ID, "DBS.280001"),
    ] {
        let (status, body) = Cloud::new(platform).restore(version, source, target);
        assert_eq!((status >= 400, &body["error_code"]), (true, &json!(code)), "{version} {target}: {body}");
    }
    let mut cloud = Cloud::new(Platform::Otc);
    let moment = cloud.now.as_millisecond() - 3_600_000;
    assert_eq!(cloud.restore("v3", time(moment), SOURCE_ID).0, 200);
    assert_eq!(
        Cloud::new(Platform::Otc).restore("v3", from_backup(POSTGRES_ID, POSTGRES_BACKUP_ID), POSTGRES_TARGET_ID).0,
        200
    );
}

#[test]
fn a_failed_restore_leaves_what_the_switch_says() {
    let mut cloud = Cloud::new(Platform::Huaweicloud);
    cloud.fail = Some(OperationFailure { status: None, code: "DBS.1".into(), message: "disk full".into() });
    let id = cloud.restore("v3.1", from_backup(SOURCE_ID, BACKUP_ID), TARGET_ID).1["job_id"].clone();
    cloud.wait(200);
    assert_eq!(cloud.status(TARGET_ID), "FAILED");
    let job = cloud.get(&format!("v3/p/jobs?id={}", id.as_str().unwrap()))["job"].clone();
    assert_eq!((&job["status"], &job["fail_reason"]), (&json!("Failed"), &json!("DBS.1: disk full")));
}

#[test]
fn restorable_times_are_milliseconds_and_can_be_cut_to_a_day() {
    let mut cloud = Cloud::new(Platform::Otc);
    let times = cloud.get(&format!("v3/p/instances/{SOURCE_ID}/restore-time"))["restore_time"][0].clone();
    assert_eq!(times["end_time"], cloud.now.as_millisecond() - 300_000);
    let day = cloud.get(&format!("v3/p/instances/{SOURCE_ID}/restore-time?date=2026-11-20"))["restore_time"][0].clone();
    assert_eq!(day, json!({"start_time": 1_795_132_800_000_i64, "end_time": 1_795_219_199_999_i64}));
    let none = cloud.get(&format!("v3/p/instances/{SOURCE_ID}/restore-time?date=2026-11-22"));
    assert_eq!(none["restore_time"], json!([]));
}
