//! What the lists of both versions share: time filters, order, paging, and how missing values are written.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::switches::{Nulls, Order, Switches, TotalNum, Version, WhileRunning};
use crate::instants::{millis, parse_digits, seconds_between};
use crate::service::{Request, Response};

/// The page asked for: how many records come before it, and how many it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) skip: usize,
    pub(super) limit: usize,
}

impl Page {
    /// v2 counts records from `offset` 0, v1.0 from `start` 1.
    pub(super) fn of(request: &Request, version: Version, default: usize, most: usize) -> Result<Page, ApiError> {
        let skip = match version {
            Version::V1 => number(request, "start", 1, 1, usize::MAX)? - 1,
            Version::V2 => number(request, "offset", 0, 0, usize::MAX)?,
        };
        Ok(Page { skip, limit: number(request, "limit", default, 1, most)? })
    }

    /// The same of a list of instances or nodes, whose pages name a code of their own for an `offset` below 0.
    pub(super) fn of_instances(request: &Request, version: Version) -> Result<Page, ApiError> {
        let offset = request.query("offset").filter(|offset| version == Version::V2 && !offset.is_empty());
        if offset.is_some_and(|offset| offset.parse::<usize>().is_err()) {
            return Err(ApiError::bad(4800, "Invalid offset in the request."));
        }
        match version {
            Version::V1 => Page::of(request, version, 1000, 2000),
            Version::V2 => Page::of(request, version, 10, 1000),
        }
    }

    pub(super) fn cut<T>(self, records: Vec<T>) -> Vec<T> {
        records.into_iter().skip(self.skip).take(self.limit).collect()
    }
}

/// A list of records that were made within the time filter, as `{"total_num", key: [...]}`.
pub(super) fn records<T>(
    switches: &Switches,
    request: &Request,
    version: Version,
    key: &str,
    mut records: Vec<T>,
    created_at: impl Fn(&T) -> Timestamp,
    print: impl Fn(&T) -> Value,
) -> Result<Response, ApiError> {
    let page = Page::of(request, version, 10, 1000)?;
    let (begin, end) = time_filter(request, version)?;
    records.retain(|record| {
        // The filter has whole seconds; its end includes the whole of its last one.
        let made = created_at(record);
        begin.is_none_or(|begin| begin <= made) && end.is_none_or(|end| seconds_between(end, made) < 1.0)
    });
    records.sort_by_key(&created_at);
    if switches.order == Order::NewestFirst {
        records.reverse();
    }
    let all = records.len();
    let printed: Vec<Value> =
        page.cut(records).iter().map(print).map(|record| shape(record, switches.nulls.of(version))).collect();
    if printed.is_empty() && version == Version::V2 && switches.empty_list_status == 204 {
        return Ok(Response::empty(204));
    }
    let total = if switches.total_num == TotalNum::All { all } else { printed.len() };
    Ok(Response::json(200, json!({"total_num": total, key: printed})))
}

/// `updated_at` of a record.
pub(super) fn updated_at(switches: &Switches, created: Timestamp, ended: Timestamp, now: Timestamp) -> Value {
    let while_running = match switches.updated_at_while_running {
        WhileRunning::Null => Value::Null,
        WhileRunning::Created => millis(created).into(),
        WhileRunning::Now => millis(now).into(),
    };
    if ended <= now { millis(ended).into() } else { while_running }
}

/// `progress` of a record: percent with two decimals, grown in steps.
pub(super) fn progress(switches: &Switches, started: Timestamp, ended: Timestamp, now: Timestamp) -> String {
    let whole = seconds_between(started, ended);
    let done = if now >= ended || whole <= 0.0 { 1.0 } else { (seconds_between(started, now) / whole).clamp(0.0, 1.0) };
    let steps = f64::from(switches.progress_steps.max(1));
    format!("{:.2}", (done * steps).floor() / steps * 100.0)
}

fn time_filter(request: &Request, version: Version) -> Result<(Option<Timestamp>, Option<Timestamp>), ApiError> {
    let (begin, end) = match version {
        Version::V1 => ("beginTime", "endTime"),
        Version::V2 => ("begin_time", "end_time"),
    };
    Ok((instant(request, begin)?, instant(request, end)?))
}

/// Checks the filter and the page of a list that has nothing to show.
pub(super) fn check_window(request: &Request) -> Result<(), ApiError> {
    Page::of(request, Version::V2, 10, 1000)?;
    instant(request, "start_time")?;
    instant(request, "end_time")?;
    Ok(())
}

/// An empty filter counts as absent: a client made for v1.0 sends it so.
fn instant(request: &Request, name: &str) -> Result<Option<Timestamp>, ApiError> {
    match request.query(name) {
        None | Some("") => Ok(None),
        Some(text) => {
            parse_digits(text).map(Some).ok_or_else(|| ApiError::bad(4063, format!("Invalid parameter {name}.")))
        }
    }
}

fn number(request: &Request, name: &str, default: usize, least: usize, most: usize) -> Result<usize, ApiError> {
    match request.query(name) {
        None | Some("") => Ok(default),
        Some(text) => {
            let number = text.parse().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| ApiError::bad(4063, format!("Invalid parameter {name}.")))
        }
    }
}

fn shape(record: Value, nulls: Nulls) -> Value {
    let Value::Object(fields) = record else { return record };
    let shaped = fields.into_iter().filter_map(|(name, value)| match (value, nulls) {
        (Value::Null, Nulls::Null) => Some((name, Value::Null)),
        (Value::Null, Nulls::EmptyObject) => Some((name, json!({}))),
        (Value::Null, Nulls::EmptyString) => Some((name, json!(""))),
        (Value::Null, Nulls::Absent) => None,
        (value, _) => Some((name, value)),
    });
    Value::Object(shaped.collect::<Map<_, _>>())
}
