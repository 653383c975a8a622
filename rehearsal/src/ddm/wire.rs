//! The wire forms of the service: refusals, instants, pages, body fields.

use super::switches::ErrorShape;
use super::world::World;
use crate::formats;
use crate::service::{Platform, Request, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The code of a parameter that cannot be accepted.
const PARAMETER: u32 = 280_001;
/// The code of a job that is not known.
const UNKNOWN_JOB: u32 = 300_400;
/// The page when none is asked for.
const PAGE: u64 = 10;
/// The largest page.
const LARGEST_PAGE: u64 = 128;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    code: Option<u32>,
    pub(super) message: String,
}

impl ApiError {
    /// With a code of the service.
    pub(super) fn new(code: u32, message: impl Into<String>) -> ApiError {
        ApiError { code: Some(code), message: message.into() }
    }

    /// A parameter that cannot be accepted.
    pub(super) fn parameter(what: impl std::fmt::Display) -> ApiError {
        ApiError::new(PARAMETER, format!("Parameter error. {what}"))
    }

    pub(super) fn no_such_instance() -> ApiError {
        ApiError::new(200_002, "The DB instance does not exist.")
    }

    pub(super) fn busy(what: &str) -> ApiError {
        ApiError::new(200_019, format!("Another operation is being performed on {what}, or it is faulty."))
    }

    pub(super) fn unknown_job() -> ApiError {
        ApiError::new(UNKNOWN_JOB, "The task does not exist. Enter a valid task ID.")
    }

    /// No such method and path: the answer of the gateway.
    pub(super) fn no_such_api() -> ApiError {
        ApiError { code: None, message: "The API does not exist or has not been published".to_owned() }
    }

    /// The code in words.
    pub(super) fn code_text(&self) -> String {
        self.code.map_or_else(|| "APIGW.0101".to_owned(), |code| format!("DBS.{code}"))
    }

    pub(super) fn into_response(self, world: &World) -> Response {
        let status = match self.code {
            None => 404,
            Some(PARAMETER) => world.switches.parameter_error_status,
            Some(UNKNOWN_JOB) => world.switches.unknown_job_status,
            Some(200_002) => 404,
            Some(200_019) => 409,
            Some(_) => 400,
        };
        let usual = match world.platform {
            Platform::Otc => ErrorShape::External,
            Platform::Huaweicloud => ErrorShape::Plain,
        };
        let gateway = self.code.is_none().then_some(ErrorShape::Plain);
        let body = match gateway.or(world.switches.error_shape).unwrap_or(usual) {
            ErrorShape::Plain => json!({ "error_code": self.code_text(), "error_msg": self.message }),
            ErrorShape::External => json!({ "errCode": self.code_text(), "externalMessage": self.message }),
        };
        Response::json(status, body)
    }
}

/// An instant as the service writes it: whole seconds, an offset without colon.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// Whether a record of this owner is seen by the caller.
pub(super) fn owned(owner: Option<&String>, request: &Request) -> bool {
    owner.is_none_or(|owner| *owner == request.project_id)
}

/// Which part of a list is asked for.
pub(super) struct Page {
    /// As sent.
    pub(super) offset: u64,
    pub(super) limit: u64,
    /// The first record.
    start: u64,
}

impl Page {
    /// Reads `offset` (from 0 on) and `limit` (1 to 128, usually 10).
    pub(super) fn read(world: &World, request: &Request) -> Result<Page, ApiError> {
        Page::usually(world, request, PAGE)
    }

    /// The same of a list whose pages are usually `usual` long.
    pub(super) fn usually(world: &World, request: &Request, usual: u64) -> Result<Page, ApiError> {
        let offset = number(request, "offset")?.unwrap_or(0);
        let limit = number(request, "limit")?.unwrap_or(usual);
        if limit == 0 || limit > LARGEST_PAGE {
            return Err(ApiError::parameter(format!("limit must be between 1 and {LARGEST_PAGE}.")));
        }
        let start = if world.switches.offset_counts_pages { offset.saturating_mul(limit) } else { offset };
        Ok(Page { offset, limit, start })
    }

    /// This page of the records.
    pub(super) fn cut<T>(&self, records: Vec<T>) -> Vec<T> {
        formats::window(records, self.start, self.limit)
    }

    /// The body with this page of the records under `key`.
    pub(super) fn body(&self, key: &str, records: Vec<Value>) -> Map<String, Value> {
        let total = records.len();
        let mut body = Map::new();
        body.insert(key.to_owned(), Value::Array(self.cut(records)));
        body.insert("offset".to_owned(), json!(self.offset));
        body.insert("limit".to_owned(), json!(self.limit));
        body.insert("total".to_owned(), json!(total));
        body
    }

    pub(super) fn answer(&self, key: &str, records: Vec<Value>) -> Response {
        Response::json(200, Value::Object(self.body(key, records)))
    }
}

fn number(request: &Request, name: &str) -> Result<Option<u64>, ApiError> {
    let read = |text: &str| text.parse().map_err(|_| ApiError::parameter(format!("{name} must be a number.")));
    request.query(name).map(read).transpose()
}

/// A required query parameter.
pub(super) fn required<'a>(request: &'a Request, name: &str) -> Result<&'a str, ApiError> {
    let value = request.query(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| ApiError::parameter(format!("{name} is missing.")))
}

/// A required query parameter in epoch milliseconds.
pub(super) fn required_instant(world: &World, request: &Request, name: &str) -> Result<Timestamp, ApiError> {
    let text = required(request, name)?;
    // Clients that hold times as floats write them as such: `1764000000000.0`, or `1.764e+12`.
    let float = || text.parse().ok().filter(|_| world.switches.float_times).and_then(whole);
    let millis = text.parse().ok().or_else(float).filter(|millis: &i64| *millis >= 0);
    millis.and_then(from_millis).ok_or_else(|| ApiError::parameter(format!("{name} must be epoch milliseconds.")))
}

/// A float without a fraction as what it is. One that holds milliseconds of any real date is exact.
fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && (0.0..1e15).contains(&float)).then_some(float as i64)
}

/// The instant of these epoch milliseconds.
pub(super) fn from_millis(millis: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(millis).ok()
}

/// The body as an object.
pub(super) fn body(request: &Request) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(&request.body).map_err(|_| ApiError::parameter("The body is not a JSON object."))
}

/// A required object.
pub(super) fn object<'a>(parent: &'a Map<String, Value>, key: &str) -> Result<&'a Map<String, Value>, ApiError> {
    let value = parent.get(key).and_then(Value::as_object);
    value.ok_or_else(|| ApiError::parameter(format!("{key} must be an object.")))
}

/// A required array.
pub(super) fn array<'a>(parent: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], ApiError> {
    let value = parent.get(key).and_then(Value::as_array).map(Vec::as_slice);
    value.ok_or_else(|| ApiError::parameter(format!("{key} must be an array.")))
}

/// An optional string; null counts as absent.
pub(super) fn string(parent: &Map<String, Value>, key: &str) -> Result<Option<String>, ApiError> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ApiError::parameter(format!("{key} must be a string."))),
    }
}

/// A required string.
pub(super) fn required_string(parent: &Map<String, Value>, key: &str) -> Result<String, ApiError> {
    let text = string(parent, key)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| ApiError::parameter(format!("{key} is missing.")))
}

/// `restore_time` of a body: a JSON number of epoch milliseconds.
pub(super) fn restore_time(world: &World, parent: &Map<String, Value>) -> Result<Option<Timestamp>, ApiError> {
    let wrong = || ApiError::parameter("restore_time must be epoch milliseconds.");
    let number = match parent.get("restore_time") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(wrong()),
    };
    let float = || number.as_f64().filter(|_| world.switches.float_times).and_then(whole);
    let millis = number.as_i64().or_else(float).filter(|millis| *millis >= 0);
    millis.and_then(from_millis).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_no_colon() {
        let at: Timestamp = "2025-05-20T09:40:40.999Z".parse().unwrap();
        assert_eq!(instant(at), "2025-05-20T09:40:40+0000");
    }

    #[test]
    fn errors_have_two_shapes_and_their_status() {
        let mut world = World::default();
        for (error, status, code) in [
            (ApiError::parameter("x"), 400, "DBS.280001"),
            (ApiError::busy("x"), 409, "DBS.200019"),
            (ApiError::no_such_instance(), 404, "DBS.200002"),
            (ApiError::unknown_job(), 400, "DBS.300400"),
            (ApiError::new(300_372, "x"), 400, "DBS.300372"),
        ] {
            let response = error.into_response(&world);
            assert_eq!((response.status, response.body.unwrap()["errCode"].as_str()), (status, Some(code)));
        }
        world.platform = Platform::Huaweicloud;
        assert_eq!(ApiError::busy("x").into_response(&world).body.unwrap()["error_code"], "DBS.200019");
        world.switches.error_shape = Some(ErrorShape::External);
        world.switches.parameter_error_status = 500;
        let response = ApiError::parameter("x").into_response(&world);
        assert_eq!((response.status, &response.body.unwrap()["errCode"]), (500, &json!("DBS.280001")));
        assert_eq!(ApiError::no_such_api().into_response(&world).body.unwrap()["error_code"], "APIGW.0101");
    }

    #[test]
    fn times_are_whole_milliseconds() {
        let mut world = World::default();
        let read = |world: &World, text: &str| {
            let parent = serde_json::from_str(&format!(r#"{{ "restore_time": {text} }}"#)).unwrap();
            restore_time(world, &parent).ok().flatten().map(Timestamp::as_millisecond)
        };
        for (text, expected) in [
            ("1747732352076", Some(1_747_732_352_076)),
            ("1747732352076.0", Some(1_747_732_352_076)),
            ("1747732352076.5", None),
            ("-1", None),
            ("\"1747732352076\"", None),
            ("1e40", None),
            ("true", None),
            ("null", None),
        ] {
            assert_eq!(read(&world, text), expected, "{text}");
        }
        world.switches.float_times = false;
        assert_eq!(read(&world, "1747732352076.0"), None);
    }
}
