//! One request on its way: journal, faults before acceptance, authentication, service, faults after acceptance.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use crate::access::{self, Refused, Who};
use crate::cloud::Cloud;
use crate::eventual;
use crate::faults::{Effects, Interference};
use crate::ids;
use crate::instants::{http_date, plus_seconds};
use crate::journal::{Entry, Started, StartedBy, masked_body};
use crate::lockout::Lockout;
use crate::service::{Backend, Request, Response, Unverified};
use crate::services::{Service, World};
use crate::wire::{Answer, Call, REQUEST_ID_MARK};

/// What the listener does in the end.
pub(crate) enum Outcome {
    /// Sends the answer; `kept` cuts its body short although the whole length is announced.
    Answer { answer: Answer, kept: Option<usize> },
    /// Resets the connection.
    Reset,
}

/// What came of a request that reached its service.
struct Served {
    answer: Answer,
    started: Option<String>,
}

/// Answers a call to a service.
pub(crate) async fn answer(cloud: &Cloud, service: Service, call: &Call) -> Outcome {
    let begun = Instant::now();
    let arrived = Timestamp::now();
    let effects = cloud.faults().strike(service, call, arrived);
    let request_id = ids::hex32();
    let number = arrive(cloud, service, call, &effects, &request_id, arrived);

    sleep(effects.delay_before_ms).await;
    let outcome = match &effects.before {
        Some(interference) => interfere(interference, None),
        None => {
            let served = serve(cloud, service, call, &effects, Timestamp::now());
            note_served(cloud, service, call, number, &served, arrived);
            sleep(effects.delay_after_ms).await;
            match &effects.after {
                Some(interference) => interfere(interference, Some(served.answer)),
                None => Outcome::Answer { answer: served.answer, kept: None },
            }
        }
    };

    let outcome = finish(outcome, &effects, &request_id);
    let status = match &outcome {
        Outcome::Answer { answer, .. } => Some(answer.status),
        Outcome::Reset => None,
    };
    let taken = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    cloud.journal().amend(number, |entry| {
        entry.status = status;
        entry.duration_ms = Some(taken);
    });
    outcome
}

fn arrive(cloud: &Cloud, service: Service, call: &Call, effects: &Effects, request_id: &str, time: Timestamp) -> u64 {
    let who = access::claimed(&cloud.world(), service, call);
    cloud.journal().arrive(Entry {
        number: 0,
        time,
        service,
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        body: masked_body(&call.body),
        who,
        request_id: request_id.to_owned(),
        status: None,
        service_status: None,
        started: None,
        faults: effects.names.clone(),
        duration_ms: None,
    })
}

fn note_served(cloud: &Cloud, service: Service, call: &Call, number: u64, served: &Served, at: Timestamp) {
    let mut journal = cloud.journal();
    let mut who = Who::default();
    journal.amend(number, |entry| {
        entry.service_status = Some(served.answer.status);
        entry.started.clone_from(&served.started);
        who = entry.who.clone();
    });
    if let Some(id) = &served.started {
        let (method, path) = (call.method.clone(), call.path.clone());
        let by = StartedBy { number, method, path, body: masked_body(&call.body), who };
        journal.note_started(Started { service, id: id.clone(), at, by });
    }
}

/// Lets the service answer. The world is locked for the whole of it and nothing waits meanwhile, so that requests
/// are served one after the other.
fn serve(cloud: &Cloud, service: Service, call: &Call, effects: &Effects, now: Timestamp) -> Served {
    let mut world = cloud.world();
    let mut lockout = cloud.lockout();
    access::expire(&mut world, effects, now);
    let unverified = Unverified {
        call,
        path: call.parts(),
        query: call.pairs(),
        origin: cloud.connection.endpoints.of(service),
        catalogue: world.catalogue(&cloud.connection.endpoints),
        conditions: effects.conditions,
        now,
    };
    let served = match world.of_mut(service).handle_unverified(&mut lockout, &unverified) {
        Some(answer) => Served { answer, started: None },
        None => serve_admitted(cloud, &mut world, &mut lockout, service, call, effects, now),
    };
    if call.method != "GET" && call.method != "HEAD" {
        cloud.save(&world);
    }
    served
}

fn serve_admitted(
    cloud: &Cloud,
    world: &mut World,
    lockout: &mut Lockout,
    service: Service,
    call: &Call,
    effects: &Effects,
    now: Timestamp,
) -> Served {
    let mut path = call.parts();
    // The list of API versions is open to everyone.
    let admitted =
        if path.is_empty() { Ok(String::new()) } else { access::admit(world, lockout, service, call, effects, now) };
    let project_id = match admitted {
        Ok(project_id) => project_id,
        Err(Refused::Gateway(answer)) => return Served { answer, started: None },
        Err(Refused::Service(response)) => return Served { answer: print(response), started: None },
    };
    let is_read = matches!(call.method.as_str(), "GET" | "HEAD");
    let mut query = call.pairs();
    let mut body = call.body.to_vec();
    if world.of_mut(service).takes_ids_in_any_case() {
        path.iter_mut().for_each(ids::in_small_letters);
        query.iter_mut().for_each(|(_, value)| ids::in_small_letters(value));
        if let Ok(text) = std::str::from_utf8(&body) {
            let mut text = text.to_owned();
            ids::in_small_letters(&mut text);
            body = text.into_bytes();
        }
    }
    let request = Request {
        method: if is_read { "GET".into() } else { call.method.clone() },
        path,
        query,
        body,
        project_id,
        // Work always starts now; only what is read can be old.
        now: if is_read { plus_seconds(now, -effects.stale_seconds) } else { now },
        speed: cloud.speed,
        fail_operation: effects.fail_operation.clone(),
    };
    let backend = world.of_mut(service);
    let mut response = backend.handle(&request);
    if effects.records_late_seconds > 0.0 && is_read {
        response = hide_new(backend, &request, response, effects.records_late_seconds);
    }
    let started = response.started.clone();
    Served { answer: print(response), started }
}

fn hide_new(backend: &mut dyn Backend, request: &Request, now: Response, seconds: f64) -> Response {
    let mut earlier = request.clone();
    earlier.now = plus_seconds(request.now, -seconds);
    let then = backend.handle(&earlier);
    if now.status == 200 && then.status == 404 {
        // A record that is read by its id.
        return then;
    }
    match (now.body, &then.body) {
        (Some(body), Some(old)) => {
            Response { body: Some(eventual::without_new(body, old, backend.record_ids())), ..now }
        }
        (Some(_), None) => then,
        (None, _) => Response { body: None, ..now },
    }
}

fn print(response: Response) -> Answer {
    let text_wanted = response
        .headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.starts_with("text/"));
    let mut answer = match &response.body {
        None => Answer::empty(response.status),
        Some(Value::String(text)) if text_wanted => Answer {
            content_type: "text/plain;charset=utf-8",
            body: text.clone().into_bytes(),
            ..Answer::empty(response.status)
        },
        Some(body) => Answer::json(response.status, body),
    };
    let others = response.headers.into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    answer.headers.extend(others);
    answer
}

/// Puts a fault's answer in place of the service's, where there is one.
fn interfere(interference: &Interference, answer: Option<Answer>) -> Outcome {
    let whole = |answer: Answer| Outcome::Answer { answer, kept: None };
    let answer = answer.unwrap_or_else(|| Answer::empty(200));
    match interference {
        Interference::Reset => Outcome::Reset,
        Interference::Status { status, body, headers } => {
            let mut made = match body {
                None => gateway_default(*status),
                Some(Value::String(text)) => Answer { body: text.clone().into_bytes(), ..Answer::html(*status, "") },
                Some(body) => Answer::json(*status, body),
            };
            made.headers.extend(headers.iter().cloned());
            whole(made)
        }
        Interference::Html(status) => whole(Answer::html(*status, HTML_PAGE)),
        Interference::Truncate(kept) => {
            let kept = (*kept).min(answer.body.len().saturating_sub(1));
            Outcome::Answer { answer, kept: Some(kept) }
        }
        Interference::EmptyBody => whole(Answer { body: Vec::new(), ..answer }),
        Interference::WrongContent(content) => {
            let Answer { status, headers, .. } = answer;
            whole(Answer { headers, ..Answer::json(status, content) })
        }
    }
}

const HTML_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>\
     <body><h1>We will be back soon</h1></body></html>\n";

/// What the API gateway says with a status.
fn gateway_default(status: u16) -> Answer {
    let (code, text) = match status {
        401 => ("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"),
        403 => ("APIGW.0302", "The user is not allowed to access the API."),
        404 => ("APIGW.0101", "The API does not exist or has not been published."),
        429 => (
            "APIGW.0308",
            "The throttling threshold has been reached: policy user over ratelimit,limit:20,time:1 minute",
        ),
        502 => ("APIGW.0201", "Backend unavailable."),
        504 => ("APIGW.0201", "Backend timeout."),
        _ => ("APIGW.9999", "Internal error."),
    };
    Answer::gateway(status, code, text)
}

/// Adds what every answer carries.
fn finish(outcome: Outcome, effects: &Effects, request_id: &str) -> Outcome {
    let Outcome::Answer { mut answer, kept } = outcome else { return outcome };
    let mark = REQUEST_ID_MARK.as_bytes();
    if let Some(at) = answer.body.windows(mark.len()).position(|window| window == mark) {
        answer.body.splice(at..at + mark.len(), request_id.bytes());
    }
    for (_, value) in &mut answer.headers {
        *value = value.replace(REQUEST_ID_MARK, request_id);
    }
    let clock = plus_seconds(Timestamp::now(), effects.conditions.clock_skew_seconds as f64);
    answer.headers.push(("X-Request-Id".into(), request_id.to_owned()));
    answer.headers.push(("Date".into(), http_date(clock)));
    answer.headers.push(("Server".into(), "api-gateway".into()));
    Outcome::Answer { answer, kept }
}

async fn sleep(millis: u64) {
    if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
