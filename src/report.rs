//! Errors of services, in the user's words.

use cloud::{Error, Kind};
use tf::Diagnostic;

/// How each title begins that is about access: what fails every call alike, whatever it is about.
pub const NO_ACCESS: &str = "No access to the cloud";

/// Characters of the part of a title that comes from a longer text.
const LONGEST_HEADLINE: usize = 120;

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
        Kind::Unauthorized => {
            "Check the credentials of the provider block or of the environment. Temporary keys need their security_token, too."
        }
        Kind::Forbidden => "Ask for the permission that the message names, or use another user or agency.",
        Kind::Misdirected => {
            "The host or the path is wrong: check region, platform and endpoints of the provider block."
        }
        Kind::Throttled => "The service asks to slow down: run Terraform with a smaller -parallelism, or later.",
        Kind::Unavailable if error.is_unresolved() => {
            "Nobody knows that host: check region, endpoints and auth_url, and whether this machine resolves names at all."
        }
        Kind::Unavailable => "The service did not answer. Try again later.",
        Kind::Clock => "Set the clock of this machine.",
        _ => "",
    }
}

/// An error of a read or of another call that changes nothing. What fails every call alike is told as that, whatever was
/// about to be read.
pub fn call_failed(summary: impl Into<String>, error: &Error) -> Diagnostic {
    if error.denies_access() { no_access(error) } else { Diagnostic::error(summary, told(error)) }
}

/// The error of whatever needs the cloud, where nothing can reach it: once said, it holds for everything. A passing failure
/// of the way there has the same title. It stands on the argument that names the place, where that is to blame; whether the
/// user wrote it there, `Runtime` knows.
pub fn no_access(error: &Error) -> Diagnostic {
    let what = match error.kind() {
        Kind::Unauthorized if error.call().is_some_and(|call| call.ends_with("/auth/tokens")) => {
            "the login is refused".to_owned()
        }
        Kind::Unauthorized => "the credentials are refused".to_owned(),
        Kind::Clock => "the clock of this machine is wrong".to_owned(),
        _ => headline(error.message()),
    };
    let detail = match error.call() {
        // Nothing was called: there are no facts beside the message.
        None => [&outside::line(error.message()), advice(error)].map(str::trim).join("\n\n").trim_end().to_owned(),
        Some(_) => told(error),
    };
    let diagnostic = Diagnostic::error(format!("{NO_ACCESS}: {what}"), detail);
    match error.argument() {
        Some(argument) => diagnostic.at(argument),
        None => diagnostic,
    }
}

/// Whether a diagnostic is one of [`no_access`].
pub fn is_about_access(diagnostic: &Diagnostic) -> bool {
    diagnostic.summary.starts_with(NO_ACCESS)
}

fn told(error: &Error) -> String {
    let mut detail = facts_of(error);
    let advice = advice(error);
    if !advice.is_empty() {
        detail.push_str("\n\n");
        detail.push_str(advice);
    }
    detail
}

/// The beginning of a text that says what it is about, short enough for a title.
pub fn headline(text: &str) -> String {
    let text = outside::line(text);
    let end = [". ", "; ", " ("].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let first = text.get(..end).unwrap_or_default().trim_end_matches('.');
    outside::short(first, LONGEST_HEADLINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_short_and_ends_without_a_full_stop() {
        let long = "x".repeat(500);
        for (text, want) in [
            ("No usable credentials were found. Looked at: the configuration", "No usable credentials were found"),
            ("the region \"a\" differs (\"b\"), but", "the region \"a\" differs"),
            ("The username or password is wrong.", "The username or password is wrong"),
            ("one; two", "one"),
            ("", ""),
        ] {
            assert_eq!(headline(text), want);
        }
        assert_eq!(headline(&long).chars().count(), LONGEST_HEADLINE + 1);
    }
}
