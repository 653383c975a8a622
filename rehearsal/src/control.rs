//! `/_rehearsal/*`: journal, faults, world, timeline. Served on every origin, never journaled, open to every program of
//! this machine, but to no page of a browser that came from elsewhere.

use std::net::{Ipv4Addr, Ipv6Addr};

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
    if let Some(header) = foreign_header(call) {
        return refused(403, &format!("{header} names another machine: control paths are for loopback alone"));
    }
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

/// The header that shows that a page of another site sent the call. A name of that site's can be made to lead here
/// (DNS rebinding), and then the browser sends it as `Host`; a page that knows this address sends its `Origin`.
fn foreign_header(call: &Call) -> Option<&'static str> {
    let host = call.header("host").unwrap_or_default();
    if !is_loopback(host) {
        return Some("Host");
    }
    let origin = call.header("origin")?;
    let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    (!from.is_some_and(is_loopback)).then_some("Origin")
}

/// Whether a host, with or without a port, is this machine by an address or a name that nobody else can own.
fn is_loopback(host: &str) -> bool {
    if let Some((address, port)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return is_port(port) && address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback());
    }
    let (name, port) = host.find(':').map_or((host, ""), |colon| host.split_at(colon));
    let is_here = name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    is_port(port) && is_here
}

/// Nothing, or a colon and a number.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn only_loopback_names_may_control() {
        let none = None;
        for (host, origin, foreign) in [
            (Some("127.0.0.1:9090"), none, None),
            (Some("127.8.8.8"), none, None),
            (Some("localhost:9090"), Some("http://localhost:3000"), None),
            (Some("LocalHost"), Some("https://127.0.0.1"), None),
            (Some("[::1]:9090"), Some("http://[::1]:9090"), None),
            (none, none, Some("Host")),
            (Some(""), none, Some("Host")),
            (Some("rebound.example:9090"), none, Some("Host")),
            (Some("127.0.0.1.example"), none, Some("Host")),
            (Some("localhost.example"), none, Some("Host")),
            (Some("0.0.0.0"), none, Some("Host")),
            (Some("10.0.0.1"), none, Some("Host")),
            (Some("[::2]"), none, Some("Host")),
            (Some("[::1]x"), none, Some("Host")),
            (Some("localhost:x@example"), none, Some("Host")),
            (Some("127.0.0.1"), Some("http://evil.example"), Some("Origin")),
            (Some("127.0.0.1"), Some("null"), Some("Origin")),
            (Some("127.0.0.1"), Some("http://localhost.evil.example"), Some("Origin")),
            (Some("127.0.0.1"), Some("file://localhost"), Some("Origin")),
        ] {
            let named = [("host", host), ("origin", origin)];
            let headers = named.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned())));
            let call = Call {
                method: "GET".into(),
                path: "/_rehearsal/connection".into(),
                query: String::new(),
                headers: headers.collect(),
                body: Bytes::new(),
            };
            assert_eq!(foreign_header(&call), foreign, "{host:?} {origin:?}");
        }
    }
}
