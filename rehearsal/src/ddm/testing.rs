//! A cloud for unit tests: a world, a clock that only moves when told, and calls in one line.

use super::{EXPIRED_BACKUP_ID, World, handle};
use crate::service::{OperationFailure, Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub(super) struct Cloud {
    pub(super) world: World,
    pub(super) now: Timestamp,
    pub(super) fail_operation: Option<OperationFailure>,
}

impl Cloud {
    /// The built-in world without its past, so that tests count what they made.
    pub(super) fn new() -> Cloud {
        let mut world = World::default();
        world.backups.retain(|backup| backup.id != EXPIRED_BACKUP_ID);
        Cloud { world, now: "2026-11-21T08:00:00Z".parse().unwrap(), fail_operation: None }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, seconds: f64) {
        self.now = self.now.checked_add(SignedDuration::from_secs_f64(seconds)).unwrap();
    }

    /// Any call; `path_and_query` as in `v3/instances/ID`, to which the project is added.
    pub(super) fn call(&mut self, method: &str, path_and_query: &str, body: Option<Value>) -> Response {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let (version, rest) = path.split_once('/').unwrap_or((path, ""));
        let parts = [version, "p1"].into_iter().chain(rest.split('/').filter(|part| !part.is_empty()));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = Request {
            method: method.to_owned(),
            path: parts.map(str::to_owned).collect(),
            query: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            body: body.map_or_else(Vec::new, |body| body.to_string().into_bytes()),
            project_id: "p1".to_owned(),
            now: self.now,
            speed: 1.0,
            fail_operation: self.fail_operation.clone(),
        };
        handle(&mut self.world, &request)
    }

    pub(super) fn post(&mut self, path: &str, body: Value) -> Response {
        self.call("POST", path, Some(body))
    }

    #[track_caller]
    pub(super) fn get_ok(&mut self, path: &str) -> Value {
        let response = self.call("GET", path, None);
        assert_eq!(response.status, 200, "{path}: {response:?}");
        response.body.unwrap()
    }

    #[track_caller]
    pub(super) fn get_refused(&mut self, path: &str, status: u16, code: &str) {
        let response = self.call("GET", path, None);
        assert_refused(&response, path, status, code);
    }

    /// The status of an instance.
    #[track_caller]
    pub(super) fn status(&mut self, id: &str) -> String {
        text(&self.get_ok(&format!("v1/instances/{id}")), "/status")
    }

    /// Status and process of a job.
    #[track_caller]
    pub(super) fn job(&mut self, id: &str) -> (String, String) {
        let job = self.get_ok(&format!("v3/jobs/{id}"));
        (text(&job, "/job/status"), text(&job, "/job/process"))
    }

    /// The list of jobs of the last hour and the next.
    #[track_caller]
    pub(super) fn jobs(&mut self) -> Vec<Value> {
        let now = self.now.as_millisecond();
        let path = format!("v3/jobs?start_time={}&end_time={}", now - 3_600_000, now + 3_600_000);
        list_of(&self.get_ok(&path), "jobs").to_vec()
    }
}

#[track_caller]
pub(super) fn assert_refused(response: &Response, what: &str, status: u16, code: &str) {
    let body = response.body.clone().unwrap_or_default();
    let found = body.get("errCode").or_else(|| body.get("error_code")).and_then(Value::as_str);
    assert_eq!((response.status, found), (status, Some(code)), "{what}: {body}");
    assert_eq!(response.started, None);
}

#[track_caller]
pub(super) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

#[track_caller]
pub(super) fn list_of<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body.get(key).and_then(Value::as_array).unwrap_or_else(|| panic!("{key} in {body}"))
}
