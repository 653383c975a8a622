//! The wire forms: refusals, instants, pages, fields of bodies.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::formats;
use crate::service::{Request, Response};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: u16,
    /// None is the gateway's own.
    code: Option<u32>,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> ApiError {
        ApiError { status, code: Some(code), message: message.into() }
    }

    /// A parameter that cannot be accepted.
    pub(crate) fn parameter(what: impl std::fmt::Display) -> ApiError {
        ApiError::new(400, 280_001, format!("Parameter error. {what}"))
    }

    /// No such method and path: the answer of the gateway.
    pub(crate) fn no_such_api() -> ApiError {
        ApiError { status: 404, code: None, message: "The API does not exist or has not been published".to_owned() }
    }

    pub(crate) fn into_response(self) -> Response {
        let code = self.code.map_or_else(|| "APIGW.0101".to_owned(), |code| format!("DBS.{code}"));
        Response::json(self.status, json!({ "error_code": code, "error_msg": self.message }))
    }
}

/// An instant in whole seconds with an offset without colon: `2018-08-06T10:41:14+0000`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// An instant with a blank inside: `2018-08-06 10:41:14`.
pub(crate) fn blank_instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whether a record of this owner is seen by the caller.
pub(crate) fn owned(owner: Option<&String>, request: &Request) -> bool {
    owner.is_none_or(|owner| *owner == request.project_id)
}

/// Which part of a list is asked for.
pub(crate) struct Page {
    offset: u64,
    limit: u64,
}

impl Page {
    /// Reads `offset` and `limit`, from 1 to `most`, usually `usual`.
    pub(crate) fn read(request: &Request, usual: u64, most: u64) -> Result<Page, ApiError> {
        let limit = number(request, "limit")?.unwrap_or(usual);
        if limit == 0 || limit > most {
            return Err(ApiError::parameter(format!("limit must be between 1 and {most}.")));
        }
        Ok(Page { offset: number(request, "offset")?.unwrap_or(0), limit })
    }

    /// The answer with this page of the records under `key`.
    pub(crate) fn answer(&self, key: &str, records: Vec<Value>) -> Response {
        let total = records.len();
        let page = formats::window(records, self.offset, self.limit);
        Response::json(200, json!({ key: page, "total_count": total }))
    }
}

fn number(request: &Request, name: &str) -> Result<Option<u64>, ApiError> {
    let read = |text: &str| text.parse().map_err(|_| ApiError::parameter(format!("{name} must be a number.")));
    request.query(name).map(read).transpose()
}

/// A required query parameter.
pub(crate) fn required<'a>(request: &'a Request, name: &str) -> Result<&'a str, ApiError> {
    let value = request.query(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| ApiError::parameter(format!("{name} is missing.")))
}

/// The body as an object.
pub(crate) fn body(request: &Request) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(&request.body).map_err(|_| ApiError::parameter("The body is not a JSON object."))
}

/// A required object.
pub(crate) fn object<'a>(parent: &'a Map<String, Value>, key: &str) -> Result<&'a Map<String, Value>, ApiError> {
    let value = parent.get(key).and_then(Value::as_object);
    value.ok_or_else(|| ApiError::parameter(format!("{key} must be an object.")))
}

/// An optional string; null counts as absent.
pub(crate) fn string(parent: &Map<String, Value>, key: &str) -> Result<Option<String>, ApiError> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::parameter(format!("{key} must be a string."))),
    }
}

/// A required string.
pub(crate) fn required_string(parent: &Map<String, Value>, key: &str) -> Result<String, ApiError> {
    let text = string(parent, key)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::parameter(format!("{key} is missing.")))
}

/// An optional whole number, written as a number or, where `texts` are taken, as digits in a string.
pub(crate) fn integer(parent: &Map<String, Value>, key: &str, texts: bool) -> Result<Option<i64>, ApiError> {
    let wrong = || ApiError::parameter(format!("{key} must be a whole number."));
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => number.as_i64().map(Some).ok_or_else(wrong),
        Some(Value::String(text)) if texts => text.parse().map(Some).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}
