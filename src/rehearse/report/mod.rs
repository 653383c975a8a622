//! `rehearse --report FILE`: a rehearsal on one page, for a change ticket.
//!
//! The figures are made here, from what the timeline is made of as well; `page` shows them, and carries them along as JSON.
//! The page needs no network, no script and no other file.
//!
//! Reading order: here → `planned` (what is overwritten) → `clock` (how long it takes in reality) → `page` and `chart`, on
//! `html`; `destination` is the file.

mod chart;
mod clock;
mod destination;
mod html;
mod page;
mod planned;

use jiff::Timestamp;
use rehearsal::{Entry, TimelineEntry};
use serde::Serialize;
use serde_json::Value;

use self::clock::Clock;
pub(super) use self::destination::Destination;
use self::planned::Overwritten;
use super::act::Act;
use super::story;
use super::timeline::{Timeline, is_plain_change, seconds};

/// What a report is made of, beside the timeline.
pub(super) struct Scene<'a> {
    /// How it went.
    pub(super) act: &'a Act,
    /// The line that says so.
    pub(super) verdict: String,
    /// The name of the folder that was rehearsed.
    pub(super) folder: String,
    /// The user's own command; empty for the whole story.
    pub(super) command: String,
    /// The region of the cloud.
    pub(super) region: &'a str,
    /// Whether a scenario said what exists.
    pub(super) has_scenario: bool,
    /// Other providers, and words of `outside`, that acted for real.
    pub(super) with: &'a [String],
    /// Other providers whose part was played: nothing that they would do is in the report.
    pub(super) stand_in: &'a [String],
    /// What the core says of itself (`terraform version`).
    pub(super) core: &'a str,
    /// What was run.
    pub(super) steps: Vec<Ran>,
    /// The moment of the report.
    pub(super) now: Timestamp,
}

/// A step, and how long it took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Ran {
    /// Such as `plan`.
    pub(super) name: String,
    /// What came of it, in the words of the core.
    pub(super) result: String,
    /// On the clock of the machine.
    pub(super) seconds: f64,
}

/// All figures of a report.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    made_at: Timestamp,
    passed: bool,
    verdict: String,
    folder: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    command: String,
    versions: Versions,
    region: String,
    has_scenario: bool,
    acted_for_real: Vec<String>,
    stood_in_for: Vec<String>,
    speed: f64,
    steps: Vec<Ran>,
    overwritten: Vec<Overwritten>,
    changes_planned: Vec<planned::Change>,
    warnings: Vec<String>,
    operations: Vec<Operation>,
    changes_at_once: Vec<Sent>,
    /// From the first thing that was started to the end of the last.
    seconds_in_reality: f64,
    requests: Vec<Requests>,
    requests_in_all: usize,
    faults: Vec<Fault>,
}

#[derive(Debug, Serialize)]
struct Versions {
    core: String,
    provider: &'static str,
    /// Such as `linux_amd64`.
    platform: String,
}

/// An operation; seconds of the rehearsal, and as they would be in reality.
#[derive(Debug, Serialize)]
struct Operation {
    service: String,
    kind: String,
    id: String,
    target: String,
    status: String,
    begins_in_reality: f64,
    ends_in_reality: f64,
    /// None while it runs, and where its record is gone.
    seconds: Option<f64>,
    seconds_in_reality: Option<f64>,
    is_recorded: bool,
    sent: Sent,
}

/// A request that started or changed something.
#[derive(Debug, Serialize)]
struct Sent {
    /// Its number in the journal.
    number: u64,
    at_in_reality: f64,
    method: String,
    path: String,
    body: Option<Value>,
}

/// Requests of a kind.
#[derive(Debug, PartialEq, Serialize)]
struct Requests {
    service: String,
    method: String,
    /// The path, with `*` in place of ids.
    path: String,
    count: usize,
    /// How many got which HTTP status; 0 is a connection that ended without an answer.
    statuses: Vec<(u16, usize)>,
    /// The answer that took longest, in milliseconds of the rehearsal.
    slowest_ms: u64,
}

/// A fault, and the requests of a kind that it struck.
#[derive(Debug, PartialEq, Serialize)]
struct Fault {
    fault: String,
    service: String,
    method: String,
    path: String,
    count: usize,
    /// How many of them started work nevertheless.
    started: usize,
}

impl Report {
    /// Makes it of a rehearsal.
    pub(super) fn of(scene: Scene<'_>, timeline: &Timeline<'_>) -> Report {
        let changes: Vec<&Entry> = timeline.journal.iter().filter(|entry| is_plain_change(entry)).collect();
        let clock = clock_of(timeline, &changes, scene.now);
        let operations: Vec<Operation> =
            timeline.operations.iter().map(|entry| operation(entry, &clock, timeline.speed, scene.now)).collect();
        let mut overwritten = planned::overwritten(&scene.act.plans);
        if let Some(state) = &scene.act.state {
            planned::fill(&mut overwritten, state);
        }
        let changes_at_once: Vec<Sent> = changes.into_iter().map(|entry| changed(entry, &clock)).collect();
        let ends = operations.iter().map(|operation| operation.ends_in_reality);
        let ends = ends.chain(changes_at_once.iter().map(|change| change.at_in_reality));
        Report {
            made_at: scene.now,
            passed: scene.act.code == 0,
            verdict: scene.verdict,
            folder: scene.folder,
            command: scene.command,
            versions: Versions::of(scene.core),
            region: scene.region.to_owned(),
            has_scenario: scene.has_scenario,
            acted_for_real: scene.with.to_vec(),
            stood_in_for: scene.stand_in.to_vec(),
            speed: timeline.speed,
            steps: scene.steps,
            changes_planned: planned::others(&scene.act.plans, story::change),
            overwritten,
            warnings: scene.act.warnings.clone(),
            seconds_in_reality: ends.fold(0.0, f64::max),
            operations,
            changes_at_once,
            requests: requests(timeline.journal),
            requests_in_all: timeline.journal.len(),
            faults: faults(timeline.journal),
        }
    }

    /// The page.
    pub(super) fn page(&self) -> String {
        page::of(self)
    }
}

impl Versions {
    /// `Terraform v1.11.4`, and below it `on linux_amd64`.
    fn of(core: &str) -> Versions {
        let mut lines = core.lines().map(str::trim);
        let unknown = || "unknown".to_owned();
        Versions {
            core: lines.next().filter(|line| !line.is_empty()).map_or_else(unknown, str::to_owned),
            provider: env!("CARGO_PKG_VERSION"),
            platform: lines.find_map(|line| line.strip_prefix("on ")).map_or_else(unknown, str::to_owned),
        }
    }
}

fn clock_of(timeline: &Timeline<'_>, changes: &[&Entry], now: Timestamp) -> Clock {
    let operations = || timeline.operations.iter().map(|entry| &entry.operation);
    let began = operations().map(|operation| operation.started).chain(changes.iter().map(|entry| entry.time)).min();
    let span = |operation: &rehearsal::service::Operation| (operation.started, end_of(operation, now));
    Clock::new(began.unwrap_or(now), timeline.speed, operations().map(span).collect())
}

/// The end of an operation as far as it is drawn: one whose record is gone is a moment.
fn end_of(operation: &rehearsal::service::Operation, now: Timestamp) -> Timestamp {
    let open = if operation.is_recorded() { now } else { operation.started };
    operation.ended.unwrap_or(open).max(operation.started)
}

fn operation(entry: &TimelineEntry, clock: &Clock, speed: f64, now: Timestamp) -> Operation {
    let (operation, request) = (&entry.operation, &entry.request);
    let took = operation.ended.map(|ended| seconds(operation.started, ended));
    Operation {
        service: operation.service.clone(),
        kind: operation.kind.clone(),
        id: operation.id.clone(),
        target: operation.target.clone(),
        status: operation.status.clone(),
        begins_in_reality: rounded(clock.at(operation.started)),
        ends_in_reality: rounded(clock.at(end_of(operation, now))),
        seconds: took.map(rounded),
        seconds_in_reality: took.map(|took| rounded(took * speed)),
        is_recorded: operation.is_recorded(),
        sent: Sent {
            number: request.number,
            at_in_reality: rounded(clock.at(operation.started)),
            method: request.method.clone(),
            path: request.path.clone(),
            body: request.body.clone(),
        },
    }
}

fn changed(entry: &Entry, clock: &Clock) -> Sent {
    Sent {
        number: entry.number,
        at_in_reality: rounded(clock.at(entry.time)),
        method: entry.method.clone(),
        path: entry.path.clone(),
        body: entry.body.clone(),
    }
}

fn requests(journal: &[Entry]) -> Vec<Requests> {
    let mut found: Vec<Requests> = Vec::new();
    for entry in journal {
        let (service, method, path) = (entry.service.to_string(), entry.method.clone(), kind_of(&entry.path));
        let is_same = |known: &&mut Requests| known.service == service && known.method == method && known.path == path;
        let (status, took) = (entry.status.unwrap_or_default(), entry.duration_ms.unwrap_or_default());
        match found.iter_mut().find(is_same) {
            Some(known) => {
                known.count += 1;
                known.slowest_ms = known.slowest_ms.max(took);
                match known.statuses.iter_mut().find(|(known, _)| *known == status) {
                    Some((_, count)) => *count += 1,
                    None => known.statuses.push((status, 1)),
                }
            }
            None => {
                let statuses = vec![(status, 1)];
                found.push(Requests { service, method, path, count: 1, statuses, slowest_ms: took });
            }
        }
    }
    found.iter_mut().for_each(|requests| requests.statuses.sort_unstable());
    found.sort_by(|one, other| {
        (&one.service, &one.path, &one.method).cmp(&(&other.service, &other.path, &other.method))
    });
    found
}

fn faults(journal: &[Entry]) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    for (entry, fault) in journal.iter().flat_map(|entry| entry.faults.iter().map(move |fault| (entry, fault))) {
        let (service, path) = (entry.service.to_string(), kind_of(&entry.path));
        let started = usize::from(entry.started.is_some());
        let is_same = |known: &&mut Fault| {
            known.fault == *fault && known.service == service && known.method == entry.method && known.path == path
        };
        match found.iter_mut().find(is_same) {
            Some(known) => {
                known.count += 1;
                known.started += started;
            }
            None => {
                let (fault, method) = (fault.clone(), entry.method.clone());
                found.push(Fault { fault, service, method, path, count: 1, started });
            }
        }
    }
    found
}

/// A path as scenarios would match it: what has a digit in it and is no version is the id of something.
fn kind_of(path: &str) -> String {
    let is_version = |part: &str| {
        let number = part.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
    };
    let is_id = |part: &str| part.contains(|letter: char| letter.is_ascii_digit()) && !is_version(part);
    path.split('/').map(|part| if is_id(part) { "*" } else { part }).collect::<Vec<_>>().join("/")
}

/// To the millisecond, which is as exact as the clocks of services are.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
