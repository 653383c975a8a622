//! A cloud for unit tests: a world, a clock that only moves when told, and calls in one line.

use super::{EXPIRED_DISK_BACKUP_ID, World, handle};
use crate::service::{Backend, OperationFailure, Planned, Request, Response};
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
        let mut world = World { logs: Vec::new(), ..World::default() };
        world.backups.retain(|backup| backup.id != EXPIRED_DISK_BACKUP_ID);
        Cloud { world, now: "2026-11-21T08:00:00Z".parse().unwrap(), fail_operation: None }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, seconds: f64) {
        self.now = self.now.checked_add(SignedDuration::from_secs_f64(seconds)).unwrap();
    }

    /// Any call under `/v3/{project_id}/`.
    pub(super) fn call(&mut self, method: &str, path_and_query: &str, body: Option<Value>) -> Response {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let parts = ["v3", "p1"].into_iter().chain(path.split('/').filter(|part| !part.is_empty()));
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

    /// Makes sure of what a planned restore names.
    pub(super) fn plan_restore(&mut self, arguments: Value) {
        let planned = Planned { type_name: "recovery_cbr_restore".to_owned(), arguments };
        self.world.ensure(&[planned], &[]);
    }

    pub(super) fn post(&mut self, path: &str, body: Value) -> Response {
        self.call("POST", path, Some(body))
    }

    pub(super) fn post_refused(&mut self, path: &str, body: Value, status: u16, code: &str) {
        let response = self.post(path, body);
        assert_refused(&response, path, status, code);
    }

    pub(super) fn get_ok(&mut self, path: &str) -> Value {
        let response = self.call("GET", path, None);
        assert_eq!(response.status, 200, "{path}: {response:?}");
        response.body.unwrap()
    }

    pub(super) fn get_refused(&mut self, path: &str, status: u16, code: &str) {
        let response = self.call("GET", path, None);
        assert_refused(&response, path, status, code);
    }

    pub(super) fn backup_status(&mut self, id: &str) -> String {
        text(&self.get_ok(&format!("backups/{id}")), "/backup/status")
    }
}

#[track_caller]
fn assert_refused(response: &Response, path: &str, status: u16, code: &str) {
    let body = response.body.clone().unwrap_or_default();
    assert_eq!((response.status, body["error_code"].as_str()), (status, Some(code)), "{path}: {body}");
    assert!(!body["error_msg"].as_str().unwrap().is_empty());
    assert_eq!(response.started, None);
}

#[track_caller]
pub(super) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

#[track_caller]
pub(super) fn list_of<'a>(body: &'a Value, key: &str) -> &'a [Value] {
    body[key].as_array().unwrap_or_else(|| panic!("{key} in {body}"))
}
