//! `/_rehearsal/*`: journal, faults, world, timeline. Served on every origin, never journaled, open to whoever can
//! reach loopback.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::access;
use crate::cloud::Cloud;
use crate::faults::{Fault, FaultSet};
use crate::formats::read;
use crate::services::World;
use crate::wire::{Answer, Call};

/// The first part of every control path.
pub(crate) const PREFIX: &str = "_rehearsal";

/// Answers a control call.
pub(crate) fn answer(cloud: &Cloud, call: &Call) -> Answer {
    let parts = call.parts();
    // On its own origin nothing else is served.
    let (first, rest) = parts.split_first().map_or((PREFIX, &[][..]), |(first, rest)| (first.as_str(), rest));
    if first != PREFIX {
        return refused(404, "this is the control origin: try /_rehearsal/health");
    }
    let path: Vec<&str> = rest.iter().map(String::as_str).collect();
    let method = if call.method == "HEAD" { "GET" } else { call.method.as_str() };
    match (method, path.as_slice()) {
        ("GET", [] | ["health"]) => health(cloud),
        ("GET", ["requests"]) => listed("requests", &cloud.journal().entries()),
        ("DELETE", ["requests"]) => {
            cloud.journal().clear();
            Answer::empty(204)
        }
        ("GET", ["operations"]) => listed("operations", &cloud.timeline(Timestamp::now())),
        ("GET", ["faults"]) => Answer::json(200, &json!({"faults": cloud.faults().report()})),
        ("PUT", ["faults"]) => put_faults(cloud, call),
        ("GET", ["world"]) => serialized(&*cloud.world()),
        ("PUT", ["world"]) => put_world(cloud, call),
        ("GET", ["connection"]) => serialized(&cloud.connection),
        (_, [] | ["health" | "requests" | "operations" | "faults" | "world" | "connection"]) => {
            refused(405, "method not allowed")
        }
        _ => refused(404, "try health, requests, operations, faults, world or connection"),
    }
}

/// Arms a list of faults.
pub(crate) fn set_faults(cloud: &Cloud, faults: Vec<Fault>) -> Result<(), crate::FaultError> {
    let set = FaultSet::new(faults)?;
    *cloud.faults() = set;
    Ok(())
}

/// Replaces the world. The connection's own token goes on working, also in a world that never heard of it.
pub(crate) fn set_world(cloud: &Cloud, mut world: World) {
    let mut current = cloud.world();
    access::keep_token(&current, &mut world, cloud.connection.credentials.token.reveal());
    *current = world;
    cloud.save(&current);
}

fn health(cloud: &Cloud) -> Answer {
    match cloud.store_problem() {
        None => Answer::json(200, &json!({"status": "ok", "speed": cloud.speed})),
        Some(problem) => Answer::json(500, &json!({"status": "failed", "error": problem})),
    }
}

/// Takes `{"faults": [...]}` or the bare list.
fn put_faults(cloud: &Cloud, call: &Call) -> Answer {
    let list = match serde_json::from_slice(&call.body) {
        Ok(Value::Array(list)) => list,
        Ok(Value::Object(mut fields)) if fields.len() == 1 => match fields.remove("faults") {
            Some(Value::Array(list)) => list,
            _ => return refused(400, "expected {\"faults\": [...]} or a list"),
        },
        Ok(_) => return refused(400, "expected {\"faults\": [...]} or a list"),
        Err(problem) => return refused(400, &problem.to_string()),
    };
    let mut faults = Vec::new();
    for (index, fault) in list.into_iter().enumerate() {
        match read::<Fault>(without_counts(fault), &format!("faults[{index}]")) {
            Ok(fault) => faults.push(fault),
            Err(problem) => return refused(400, &problem),
        }
    }
    match set_faults(cloud, faults) {
        Ok(()) => Answer::json(200, &json!({"faults": cloud.faults().report()})),
        Err(problem) => refused(400, &problem.to_string()),
    }
}

/// What GET added is dropped, so that its answer can be sent back.
fn without_counts(mut fault: Value) -> Value {
    if let Value::Object(fields) = &mut fault {
        fields.remove("matched");
        fields.remove("applied");
    }
    fault
}

fn put_world(cloud: &Cloud, call: &Call) -> Answer {
    let value: Value = match serde_json::from_slice(&call.body) {
        Ok(value) => value,
        Err(problem) => return refused(400, &problem.to_string()),
    };
    match read::<World>(value, "world") {
        Ok(world) => {
            set_world(cloud, world);
            Answer::empty(204)
        }
        Err(problem) => refused(400, &problem),
    }
}

fn listed<T: serde::Serialize>(name: &str, items: &[T]) -> Answer {
    match serde_json::to_value(items) {
        Ok(items) => Answer::json(200, &json!({name: items})),
        Err(problem) => refused(500, &problem.to_string()),
    }
}

fn serialized<T: serde::Serialize>(value: &T) -> Answer {
    match serde_json::to_value(value) {
        Ok(value) => Answer::json(200, &value),
        Err(problem) => refused(500, &problem.to_string()),
    }
}

fn refused(status: u16, reason: &str) -> Answer {
    Answer::json(status, &json!({"error": reason}))
}
