//! Errors of services, in the user's words.

use cloud::{Error, Kind};
use tf::Diagnostic;

use super::work::{Failure, Work};

/// The text as the beginning of a sentence.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

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
    lines.push(format!("  Message:    {}", error.message()));
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

/// What the next run does after work that ended badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// Terraform taints the object: the next apply starts new work.
    StartsNew,
    /// The object stays as it is: nothing runs again by itself.
    StaysAsItIs,
}

/// Work that ended badly.
pub fn work_failed(
    work: &dyn Work,
    operation: &str,
    status: &str,
    failure: &Failure,
    after: AfterFailure,
) -> Diagnostic {
    let noun = work.effect().noun();
    let mut lines = vec![format!("  Operation: {operation}"), format!("  Status:    {status}")];
    if let Some(code) = &failure.code {
        lines.push(format!("  Code:      {code}"));
    }
    if let Some(message) = &failure.message {
        lines.push(format!("  Message:   {message}"));
    }
    let next = match after {
        AfterFailure::StartsNew => format!("The next apply starts a new {noun}."),
        AfterFailure::StaysAsItIs => format!("No new {noun} is started by itself: change `triggers` for that."),
    };
    Diagnostic::error(
        format!("The {noun} of {} failed", work.target()),
        format!(
            "{}\n\n{}\n\nThe record of the failure stays in the state. {next}",
            lines.join("\n"),
            work.consequence()
        ),
    )
}
