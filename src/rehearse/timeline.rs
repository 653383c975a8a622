//! The end of a rehearsal: what was done to the cloud, and what the configuration says about it.

use std::fmt::Write;

use jiff::Timestamp;
use rehearsal::{Entry, TimelineEntry};
use serde_json::{Map, Value};

/// Bodies longer than this (characters) are cut.
const LONGEST_BODY: usize = 2000;

/// What was done to the cloud.
pub(super) struct Timeline<'a> {
    /// What was started, in the order of the requests.
    pub(super) operations: Vec<TimelineEntry>,
    /// Every request.
    pub(super) journal: &'a [Entry],
    /// How many times faster than in reality the cloud ran.
    pub(super) speed: f64,
}

/// One row, with the moment it belongs to.
struct Row {
    at: Timestamp,
    text: String,
}

impl Timeline<'_> {
    /// The timeline, then the outputs.
    pub(super) fn render(&self, outputs: Option<&Map<String, Value>>) -> String {
        let mut rows: Vec<Row> = self.operations.iter().map(|entry| self.operation(entry)).collect();
        rows.extend(self.journal.iter().filter(|entry| is_plain_change(entry)).map(change));
        rows.sort_by_key(|row| row.at);
        let mut text = match rows.first() {
            None => "\nTimeline: nothing was started in the cloud.\n".to_owned(),
            Some(_) => format!("\nTimeline of a cloud {} times faster than a real one\n\n", self.speed),
        };
        let first = rows.first().map(|row| row.at);
        for row in &rows {
            let since = seconds(first.unwrap_or(row.at), row.at);
            // Writing into a text cannot fail.
            let _ = write!(text, "  +{since:5.1} s  {}", row.text);
        }
        if let Some(outputs) = outputs.filter(|outputs| !outputs.is_empty()) {
            list_outputs(&mut text, outputs);
        }
        text
    }

    fn operation(&self, entry: &TimelineEntry) -> Row {
        let operation = &entry.operation;
        let ran = match operation.ended {
            Some(ended) => {
                let real = seconds(operation.started, ended);
                format!("after {real:.1} s, in reality about {:.0} s", real * self.speed)
            }
            None if operation.is_recorded() => "still running".to_owned(),
            None => "no record is left".to_owned(),
        };
        let (service, kind, status) = (&operation.service, &operation.kind, outside::line(&operation.status));
        let mut text = format!("{service} {kind}  {}  {status}  {ran}\n", outside::line(&operation.id));
        if !operation.target.is_empty() {
            let _ = writeln!(text, "            of   {}", outside::line(&operation.target));
        }
        sent(&mut text, &entry.request.method, &entry.request.path, entry.request.body.as_ref());
        Row { at: operation.started, text }
    }
}

/// Whether a request changed something at once, without an operation to follow: deletions, mostly.
pub(super) fn is_plain_change(entry: &Entry) -> bool {
    let accepted = entry.service_status.is_some_and(|status| (200..300).contains(&status));
    accepted && entry.started.is_none() && entry.method != "GET" && entry.service.runs_operations()
}

fn change(entry: &Entry) -> Row {
    let mut text = format!("{} {}\n", entry.service, entry.method.to_lowercase());
    sent(&mut text, &entry.method, &entry.path, entry.body.as_ref());
    Row { at: entry.time, text }
}

fn sent(text: &mut String, method: &str, path: &str, body: Option<&Value>) {
    let body = body.map(|body| format!(" {}", cut(&body.to_string()))).unwrap_or_default();
    let _ = writeln!(text, "            sent {method} {}{body}", outside::line(path));
}

fn list_outputs(text: &mut String, outputs: &Map<String, Value>) {
    let width = outputs.keys().map(String::len).max().unwrap_or_default();
    text.push_str("\nOutputs after apply\n\n");
    for (name, output) in outputs {
        let _ = writeln!(text, "  {name:width$} = {}", shown(output));
    }
}

fn shown(output: &Value) -> String {
    match output["sensitive"].as_bool() {
        Some(true) => "(sensitive)".to_owned(),
        _ => output["value"].to_string(),
    }
}

/// Seconds on the clock of the machine.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

fn cut(body: &str) -> String {
    match body.char_indices().nth(LONGEST_BODY) {
        Some((end, _)) => format!("{}...", body.get(..end).unwrap_or_default()),
        None => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn operation(ended: Option<&str>) -> TimelineEntry {
        TimelineEntry {
            operation: rehearsal::service::Operation {
                service: "dcs".into(),
                kind: "backup".into(),
                id: "b-1".into(),
                target: "i-1".into(),
                started: "2026-01-01T00:00:00Z".parse().unwrap(),
                ended: ended.map(|ended| ended.parse().unwrap()),
                status: "succeed".into(),
            },
            request: rehearsal::StartedBy {
                number: 1,
                method: "POST".into(),
                path: "/v2/p/instances/i-1/backups".into(),
                body: Some(json!({"remark": "x"})),
                who: rehearsal::Who::default(),
            },
        }
    }

    fn rendered(operations: Vec<TimelineEntry>, outputs: Option<Value>) -> String {
        let outputs = outputs.and_then(|outputs| outputs.as_object().cloned());
        Timeline { operations, journal: &[], speed: 60.0 }.render(outputs.as_ref())
    }

    #[test]
    fn an_operation_is_told_with_its_id_its_time_and_what_was_sent() {
        let text = rendered(vec![operation(Some("2026-01-01T00:00:01.5Z"))], None);
        assert!(text.contains("+  0.0 s  dcs backup  b-1  succeed  after 1.5 s, in reality about 90 s"), "{text}");
        assert!(text.contains("sent POST /v2/p/instances/i-1/backups {\"remark\":\"x\"}"), "{text}");
        assert!(rendered(vec![operation(None)], None).contains("still running"));
    }

    #[test]
    fn sensitive_outputs_stay_hidden() {
        let outputs = json!({"id": {"value": "b-1"}, "key": {"value": "secret", "sensitive": true}});
        let text = rendered(Vec::new(), Some(outputs));
        assert!(text.contains("nothing was started") && text.contains("id  = \"b-1\""), "{text}");
        assert!(!text.contains("secret") && text.contains("key = (sensitive)"), "{text}");
    }

    #[test]
    fn long_bodies_are_cut_between_characters() {
        assert_eq!(cut(&"ä".repeat(LONGEST_BODY + 1)), format!("{}...", "ä".repeat(LONGEST_BODY)));
        assert_eq!(cut("short"), "short");
    }
}
