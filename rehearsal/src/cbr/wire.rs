//! The wire forms of the service: refusals, instants, pages, body fields.

use super::switches::{CountForm, MalformedId, TimeForm};
use super::world::World;
use crate::formats;
use crate::service::{Platform, Request, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The largest page, which is also the page when none is asked for.
const PAGE: u64 = 1000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    /// With a code of the service.
    Service {
        /// The number after `BackupService.`.
        code: u16,
        /// The text.
        message: String,
    },
    /// A malformed identifier, in the form of the authentication layer.
    MalformedUrl,
    /// No such method and path.
    NoSuchApi,
}

impl ApiError {
    pub(super) fn new(code: u16, message: impl Into<String>) -> ApiError {
        ApiError::Service { code, message: message.into() }
    }

    /// A parameter that cannot be accepted.
    pub(super) fn parameter(message: impl Into<String>) -> ApiError {
        ApiError::new(9900, format!("Parameter verification failed: {}", message.into()))
    }

    pub(super) fn into_response(self) -> Response {
        match self {
            ApiError::Service { code, message } => {
                Response::json(http_status(code), json!({ "error_code": code_text(code), "error_msg": message }))
            }
            ApiError::MalformedUrl => {
                Response::json(401, json!({ "unauthorized": { "code": "401", "message": "Malformed request url" } }))
            }
            ApiError::NoSuchApi => Response::json(
                404,
                json!({ "error_code": "APIGW.0101", "error_msg": "The API does not exist or has not been published" }),
            ),
        }
    }
}

/// The code as it stands in answers and logs.
pub(super) fn code_text(code: u16) -> String {
    format!("BackupService.{code:04}")
}

/// The HTTP status that the error code page gives for a code.
fn http_status(code: u16) -> u16 {
    match code {
        6000 | 6002 | 6105 | 6200 | 6217 | 6302 | 6500 | 6501 | 6705 | 7000 | 7100 => 404,
        8600 => 403,
        2 | 7009 | 9910 | 9998 => 500,
        _ => 400,
    }
}

/// `GET /`: the versions of the API.
pub(super) fn versions() -> Response {
    let version = json!({
        "id": "v3",
        "links": [{ "href": "/v3", "rel": "self" }],
        "min_version": "",
        "status": "CURRENT",
        "updated": "2019-05-23T00:00:00Z",
        "version": ""
    });
    Response::json(300, json!({ "versions": [version] }))
}

impl World {
    /// An instant as this cloud writes it.
    pub(super) fn instant(&self, at: Timestamp) -> String {
        let usual = match self.platform {
            Platform::Otc => TimeForm::Offset,
            Platform::Huaweicloud => TimeForm::Naive,
        };
        write_instant(at, self.switches.timestamps.unwrap_or(usual))
    }

    /// An instant of a restore point.
    pub(super) fn checkpoint_instant(&self, at: Timestamp) -> String {
        write_instant(at, self.switches.timestamps.unwrap_or(TimeForm::Naive))
    }

    /// An instant, or null.
    pub(super) fn instant_or_null(&self, at: Option<Timestamp>) -> Value {
        at.map_or(Value::Null, |at| Value::String(self.instant(at)))
    }

    /// Refuses an identifier that is no UUID.
    pub(super) fn check_id(&self, id: &str) -> Result<(), ApiError> {
        match self.switches.malformed_id {
            _ if formats::is_uuid(id) => Ok(()),
            MalformedId::BadRequest => Err(ApiError::parameter(format!("{id:?} is not a valid identifier."))),
            MalformedId::Unauthorized => Err(ApiError::MalformedUrl),
        }
    }

    /// `enterprise_project_id`: a string, as the typed clients of both clouds read it; a number in some examples.
    pub(super) fn enterprise_project(&self) -> Value {
        if self.switches.enterprise_project_is_number { json!(0) } else { json!("0") }
    }
}

fn write_instant(at: Timestamp, form: TimeForm) -> String {
    let pattern = match form {
        TimeForm::Zulu => "%Y-%m-%dT%H:%M:%SZ",
        TimeForm::Naive => "%Y-%m-%dT%H:%M:%S.%6f",
        TimeForm::Offset => "%Y-%m-%dT%H:%M:%S.%3f+00:00",
    };
    at.strftime(pattern).to_string()
}

/// Whether a record of this owner is seen by the caller.
pub(super) fn owned(owner: Option<&String>, request: &Request) -> bool {
    owner.is_none_or(|owner| *owner == request.project_id)
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: u64,
    pub(super) offset: u64,
}

impl Page {
    /// Reads `limit` (1 to 1000) and `offset` (from `offset_minimum` on) of the query.
    pub(super) fn read(request: &Request, offset_minimum: u64) -> Result<Page, ApiError> {
        let limit = number(request, "limit")?.unwrap_or(PAGE);
        if limit == 0 || limit > PAGE {
            return Err(ApiError::parameter(format!("limit must be between 1 and {PAGE}.")));
        }
        let offset = number(request, "offset")?;
        if offset.is_some_and(|offset| offset < offset_minimum) {
            return Err(ApiError::parameter(format!("offset must be at least {offset_minimum}.")));
        }
        Ok(Page { limit, offset: offset.unwrap_or(0) })
    }

    /// The answer with this page of the records under `key`.
    pub(super) fn answer(self, key: &str, records: Vec<Value>, count: CountForm) -> Response {
        let total = records.len();
        let records = formats::window(records, self.offset, self.limit);
        let count = if count == CountForm::Total { total } else { records.len() };
        let mut body = Map::new();
        body.insert(key.to_owned(), Value::Array(records));
        body.insert("count".to_owned(), json!(count));
        body.insert("limit".to_owned(), json!(self.limit));
        body.insert("offset".to_owned(), json!(self.offset));
        Response::json(200, Value::Object(body))
    }
}

fn number(request: &Request, name: &str) -> Result<Option<u64>, ApiError> {
    let read = |text: &str| text.parse().map_err(|_| ApiError::parameter(format!("{name} must be a number.")));
    request.query(name).map(read).transpose()
}

/// An instant of the query.
pub(super) fn query_instant(request: &Request, name: &str) -> Result<Option<Timestamp>, ApiError> {
    let read = |text: &str| {
        formats::parse_instant(text)
            .ok_or_else(|| ApiError::parameter(format!("{name} must have the form YYYY-mm-ddTHH:MM:SSZ.")))
    };
    request.query(name).map(read).transpose()
}

/// All values of a filter that may be repeated; true when the filter is absent.
pub(super) fn query_allows(request: &Request, name: &str, value: &str) -> bool {
    let mut values = request.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).peekable();
    values.peek().is_none() || values.any(|wanted| wanted == value)
}

/// The object under `key` of the request's body.
pub(super) fn body_object(request: &Request, key: &str) -> Result<Map<String, Value>, ApiError> {
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| ApiError::parameter("the body is not JSON."))?;
    match body.get(key) {
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(ApiError::parameter(format!("{key} must be an object."))),
        None => Err(ApiError::parameter(format!("{key} is missing."))),
    }
}

/// A required string that is not empty.
pub(super) fn required(object: &Map<String, Value>, key: &str) -> Result<String, ApiError> {
    let text = string(object, key)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::parameter(format!("{key} is missing.")))
}

/// A name of 1 to 64 letters, digits, `_` or `-`.
pub(super) fn checked_name(name: String) -> Result<String, ApiError> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || !name.chars().all(allowed) {
        return Err(ApiError::parameter(format!("name must have 1 to {LONGEST_NAME} letters, digits, _ or -.")));
    }
    Ok(name)
}

/// An optional string; null counts as absent.
pub(super) fn string(object: &Map<String, Value>, key: &str) -> Result<Option<String>, ApiError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::parameter(format!("{key} must be a string."))),
    }
}

/// An optional boolean; null counts as absent.
pub(super) fn boolean(object: &Map<String, Value>, key: &str) -> Result<Option<bool>, ApiError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(ApiError::parameter(format!("{key} must be a boolean."))),
    }
}

/// An optional array; absent and null count as none.
pub(super) fn array<'a>(object: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Vec<Value>>, ApiError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => Ok(Some(values)),
        Some(_) => Err(ApiError::parameter(format!("{key} must be an array."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_three_forms() {
        let at: Timestamp = "2026-02-05T10:38:34.209782Z".parse().unwrap();
        for (form, expected) in [
            (TimeForm::Zulu, "2026-02-05T10:38:34Z"),
            (TimeForm::Naive, "2026-02-05T10:38:34.209782"),
            (TimeForm::Offset, "2026-02-05T10:38:34.209+00:00"),
        ] {
            assert_eq!(write_instant(at, form), expected);
        }
        let whole: Timestamp = "2026-02-05T10:38:34Z".parse().unwrap();
        assert_eq!(write_instant(whole, TimeForm::Naive), "2026-02-05T10:38:34.000000");
    }

    #[test]
    fn codes_have_the_status_of_the_error_page() {
        for (code, status) in
            [(2010, 400), (6200, 404), (6500, 404), (7100, 404), (9900, 400), (9998, 500), (8600, 403)]
        {
            assert_eq!(ApiError::new(code, "x").into_response().status, status, "{code}");
        }
        assert_eq!(code_text(1), "BackupService.0001");
    }
}
