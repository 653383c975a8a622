//! Errors of services, in the user's words.

use cloud::{Error, Kind};
use tf::Diagnostic;

/// What a service answered, with everything that its support would ask for.
pub fn facts_of(error: &Error) -> String {
    let mut lines = Vec::new();
    match (error.service(), error.call()) {
        (Some(service), Some(call)) => lines.push(format!("  Call:       {service}: {call}")),
        (_, Some(call)) => lines.push(format!("  Call:       {call}")),
        _ => {}
    }
    if let Some(status) = error.status() {
        lines.push(format!("  HTTP:       {status}"));
    }
    if let Some(code) = error.code() {
        lines.push(format!("  Code:       {code}"));
    }
    lines.push(format!("  Message:    {}", outside::line(error.message())));
    if let Some(request_id) = error.request_id() {
        lines.push(format!("  Request id: {request_id}"));
    }
    lines.join("\n")
}

/// What to do about an error, by its kind. Empty where the facts say it all.
pub fn advice(error: &Error) -> &'static str {
    match error.kind() {
        Kind::Unauthorized => "Check the credentials of the provider block or of the environment.",
        Kind::Forbidden => "Ask for the permission that the message names, or use another user or agency.",
        Kind::Misdirected => {
            "The host or the path is wrong: check region, platform and endpoints of the provider block."
        }
        Kind::Throttled => "The service asks to slow down: run Terraform with a smaller -parallelism, or later.",
        Kind::Unavailable => "The service did not answer. Try again later.",
        Kind::Clock => "Set the clock of this machine.",
        _ => "",
    }
}

/// An error of a read or of another call that changes nothing.
pub fn call_failed(summary: impl Into<String>, error: &Error) -> Diagnostic {
    let mut detail = facts_of(error);
    let advice = advice(error);
    if !advice.is_empty() {
        detail.push_str("\n\n");
        detail.push_str(advice);
    }
    Diagnostic::error(summary, detail)
}
