//! The journal: every request in the order it came, and every operation that one of them started.

use std::collections::VecDeque;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Who;
use crate::instants;
use crate::service::Operation;
use crate::services::Service;

/// Entries kept; the oldest go first.
const MOST_ENTRIES: usize = 200_000;
/// Bodies longer than this are left out.
const LONGEST_BODY: usize = 64 * 1024;

/// One request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the order of arrival, from 1; never used twice in one run.
    pub number: u64,
    /// When it arrived, on the real clock.
    #[serde(with = "instants::required")]
    pub time: Timestamp,
    /// The service asked.
    pub service: Service,
    /// Upper case.
    pub method: String,
    /// As sent.
    pub path: String,
    /// As sent, without `?`.
    pub query: String,
    /// The JSON body of a request that has one, secrets masked; none when it is no JSON or longer than 64 KiB.
    pub body: Option<Value>,
    /// The identity it claims.
    pub who: Who,
    /// The `X-Request-Id` of the answer.
    pub request_id: String,
    /// The status sent; none when the connection was reset or the answer is still being made.
    pub status: Option<u16>,
    /// The status that the service itself gave; none when the request never reached it.
    pub service_status: Option<u16>,
    /// The operation it started: the request was accepted even if its answer was lost.
    pub started: Option<String>,
    /// The faults that struck it.
    pub faults: Vec<String>,
    /// How long the answer took, in real milliseconds; none while it is being made.
    pub duration_ms: Option<u64>,
}

/// An operation with the request that started it.
#[derive(Clone, Debug, Serialize)]
pub struct TimelineEntry {
    /// What the service says about it now.
    #[serde(flatten)]
    pub operation: Operation,
    /// The request that started it.
    pub request: StartedBy,
}

/// The request that started an operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StartedBy {
    /// Its number in the journal.
    pub number: u64,
    /// Upper case.
    pub method: String,
    /// As sent.
    pub path: String,
    /// Its JSON body, secrets masked.
    pub body: Option<Value>,
    /// Who sent it.
    pub who: Who,
}

/// An operation as noted when it was started.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) service: Service,
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) by: StartedBy,
}

/// The journal of a running cloud.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    started: Vec<Started>,
    last_number: u64,
}

impl Journal {
    /// Notes a request as it arrives and returns its number.
    pub(crate) fn arrive(&mut self, mut entry: Entry) -> u64 {
        self.last_number += 1;
        entry.number = self.last_number;
        if self.entries.len() >= MOST_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last_number
    }

    /// Completes what is known of a request; nothing happens when the journal was emptied meanwhile.
    pub(crate) fn amend(&mut self, number: u64, change: impl FnOnce(&mut Entry)) {
        // Numbers grow by one, so that an entry's place follows from its number.
        let first = self.entries.front().map_or(0, |entry| entry.number);
        let index = usize::try_from(number.wrapping_sub(first)).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.number == number) {
            change(entry);
        }
    }

    pub(crate) fn note_started(&mut self, started: Started) {
        self.started.push(started);
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn started(&self) -> Vec<Started> {
        self.started.clone()
    }

    /// Empties the list of requests; operations stay.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The JSON of a body with secrets masked.
pub(crate) fn masked_body(body: &Bytes) -> Option<Value> {
    if body.is_empty() || body.len() > LONGEST_BODY {
        return None;
    }
    let mut value = serde_json::from_slice(body).ok()?;
    mask(&mut value, false);
    Some(value)
}

/// Hides the values of keys that carry secrets, at any depth.
fn mask(value: &mut Value, inside_token: bool) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let secret = matches!(name.as_str(), "password" | "passcode" | "secret" | "securitytoken" | "sk");
                if (secret && !value.is_object()) || (inside_token && name == "id") {
                    *value = Value::String("***".into());
                } else {
                    mask(value, name == "token" || name == "id_token");
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, inside_token)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let body = json!({"auth": {"identity": {
            "methods": ["password"],
            "password": {"user": {"name": "u", "password": "hunter2", "domain": {"id": "d"}}},
            "token": {"id": "secret-token", "duration_seconds": 900},
            "totp": {"user": {"id": "u", "passcode": "123456"}},
        }}});
        let masked = masked_body(&Bytes::from(body.to_string())).unwrap();
        let text = masked.to_string();
        for secret in ["hunter2", "secret-token", "123456"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(masked["auth"]["identity"]["password"]["user"]["domain"]["id"], "d");
        assert_eq!(masked["auth"]["identity"]["token"]["duration_seconds"], 900);
    }

    #[test]
    fn an_emptied_journal_counts_on_and_ignores_late_answers() {
        let entry = || Entry {
            number: 0,
            time: Timestamp::now(),
            service: Service::ALL[0],
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            body: None,
            who: Who::default(),
            request_id: String::new(),
            status: None,
            service_status: None,
            started: None,
            faults: Vec::new(),
            duration_ms: None,
        };
        let mut journal = Journal::default();
        let first = journal.arrive(entry());
        journal.clear();
        let second = journal.arrive(entry());
        journal.amend(first, |entry| entry.status = Some(500));
        journal.amend(second, |entry| entry.status = Some(200));
        assert_eq!((first, second), (1, 2));
        assert_eq!(journal.entries().iter().map(|entry| entry.status).collect::<Vec<_>>(), [Some(200)]);
    }
}
