//! A cloud for unit tests: a world, a clock that only moves when told, and calls in one line.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BUILT_IN_INSTANCE, World, handle};
use crate::instants::plus_seconds;
use crate::service::{OperationFailure, Request, Response};

pub(super) const INSTANCE: &str = BUILT_IN_INSTANCE;
pub(super) const BACKUP: &str = "1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269";
pub(super) const SINGLE: &str = "c7e80f16-5a3b-4d92-b04e-2f6d91a7c385";
pub(super) const OTHER_BACKUP: &str = "a8d3f5b7-4e16-4290-9c7b-60f1d2e8c934";
pub(super) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

pub(super) struct Cloud {
    pub(super) world: World,
    pub(super) now: Timestamp,
    pub(super) fail: Option<OperationFailure>,
}

impl Cloud {
    pub(super) fn new() -> Cloud {
        Cloud { world: World::default(), now: Timestamp::now(), fail: None }
    }

    pub(super) fn with(change: impl FnOnce(&mut World)) -> Cloud {
        let mut cloud = Cloud::new();
        change(&mut cloud.world);
        cloud
    }

    pub(super) fn wait(&mut self, seconds: f64) {
        self.now = plus_seconds(self.now, seconds);
    }

    /// `target` begins with the version and leaves the project out: `v2/instances?limit=1`.
    pub(super) fn call(&mut self, method: &str, target: &str, body: Value) -> Response {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.raw(method, target, &text)
    }

    pub(super) fn raw(&mut self, method: &str, target: &str, body: &str) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut path: Vec<&str> = path.split('/').collect();
        path.insert(1, "p");
        let pairs: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        self.ask(method, &path, &pairs, body)
    }

    /// A read of an address without a project.
    pub(super) fn get_without_project(&mut self, target: &str) -> Value {
        let response = self.ask("GET", &target.split('/').collect::<Vec<_>>(), &[], "");
        assert_eq!(response.status, 200, "{target}: {:?}", response.body);
        response.body.unwrap()
    }

    /// A read with a query in decoded pairs.
    pub(super) fn query(&mut self, target: &str, pairs: &[(&str, &str)]) -> Value {
        let mut path: Vec<&str> = target.split('/').collect();
        path.insert(1, "p");
        self.ask("GET", &path, pairs, "").body.unwrap()
    }

    fn ask(&mut self, method: &str, path: &[&str], pairs: &[(&str, &str)], body: &str) -> Response {
        let request = Request {
            method: method.into(),
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            query: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            project_id: "p".into(),
            now: self.now,
            speed: 1.0,
            fail_operation: self.fail.clone(),
        };
        handle(&mut self.world, &request)
    }

    pub(super) fn get(&mut self, target: &str) -> Value {
        let response = self.call("GET", target, Value::Null);
        assert_eq!(response.status, 200, "{target}: {:?}", response.body);
        response.body.unwrap()
    }

    pub(super) fn back_up(&mut self, instance: &str) -> String {
        let response = self.call("POST", &format!("v2/instances/{instance}/backups"), json!({}));
        assert_eq!(response.status, 200, "{:?}", response.body);
        let id = response.body.unwrap()["backup_id"].as_str().unwrap().to_owned();
        assert_eq!(response.started.as_ref(), Some(&id));
        id
    }

    pub(super) fn restore(&mut self, instance: &str, backup: &str) -> Response {
        self.call("POST", &format!("v2/instances/{instance}/restores"), json!({"backup_id": backup}))
    }

    pub(super) fn backup(&mut self, id: &str) -> Value {
        let list = self.get(&format!("v2/instances/{INSTANCE}/backups?limit=1000"));
        let records = list["backup_record_response"].as_array().unwrap().clone();
        records.into_iter().find(|record| record["backup_id"] == id).unwrap_or(Value::Null)
    }

    pub(super) fn newest_restore(&mut self) -> Value {
        self.get(&format!("v2/instances/{INSTANCE}/restores"))["restore_record_response"][0].clone()
    }

    pub(super) fn state(&mut self) -> (String, Value) {
        let instance = self.get(&format!("v2/instances/{INSTANCE}"));
        (instance["status"].as_str().unwrap().to_owned(), instance["task"].clone())
    }
}

pub(super) fn code(response: &Response) -> String {
    let body = response.body.as_ref().expect("an error has a body");
    let code = body.get("error_code").or_else(|| body["error"].get("code"));
    format!("{} {}", response.status, code.and_then(Value::as_str).unwrap_or("-"))
}
