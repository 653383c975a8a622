//! What an action says: the sentences of a form that keeps nothing.

use std::time::Duration;

use engine::End;
use engine::outcome::Ended;
use engine::pending::Attempt;
use engine::work::{Record, Work};
use tf::Diagnostic;

use crate::forms::resource::warnings::when;
use crate::forms::words::Voice;

/// The voice of an invocation. `id` is that of the operation, if there is one; `attempt` what was sent and never answered.
pub(super) fn voice(noun: &'static str, id: Option<&str>, timeout: Duration, attempt: Option<&Attempt>) -> Voice {
    let known = attempt.map(|attempt| attempt.before.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let id = id.unwrap_or("(no ID yet)");
    Voice {
        noun,
        request: None,
        limit: "timeout",
        timeout,
        keeps_attempt: "An action keeps nothing: this message is all that is left of the attempt.",
        goes_on: format!(
            "The {noun} {id} goes on in the cloud. Nothing follows it any more: look it up by this ID. To invoke the action again \
             {}.",
            if noun == "restore" {
                "joins it while it runs, and runs another one afterwards"
            } else {
                "makes another one"
            }
        ),
        after_failure: format!("To invoke the action again starts a new {noun}."),
        after_repair: "An action keeps nothing: note the ID. To invoke the action again would run it a second time.",
        off_record: format!(
            "Look for it in the console before anything else: to invoke the action again starts a new {noun}."
        ),
        keeps_own: "is the one that was followed",
        ways_out: Box::new(move |candidates| ways_out(noun, &known, candidates)),
    }
}

/// What became of the request is for the user to find out: the ids known before, and those that may be its own.
fn ways_out(noun: &str, known: &[String], candidates: &[String]) -> String {
    let list = |ids: &[String]| ids.iter().map(|id| format!("  {id}")).collect::<Vec<_>>().join("\n");
    let mut text = match known {
        [] => format!("Known before: no {noun} that could be taken for it."),
        known => format!("Known before:\n\n{}", list(known)),
    };
    if !candidates.is_empty() {
        text.push_str(&format!("\n\nNew since, and perhaps its own:\n\n{}", list(candidates)));
    }
    text.push_str(&format!(
        "\n\nDo not invoke the action again before you have looked: if the request was accepted after all, that starts a second {noun}."
    ));
    text
}

/// What was sent and never answered.
pub(super) fn attempt_of(ended: &Ended) -> Option<&Attempt> {
    match ended {
        Ended::InDoubt(attempt, _) => Some(attempt),
        _ => None,
    }
}

/// A plan that finds the same restore running.
pub(super) fn will_join(twin: &Record, work: &dyn Work) -> Diagnostic {
    Diagnostic::warning(
        format!("The action will join restore {} of {}, which is running already", twin.operation, work.target()),
        format!(
            "The service's records show the same restore, started {}. While it runs, an invocation follows it and sends no second \
             one; once it has ended, an invocation runs the restore again.{}",
            when(twin),
            work.blind_spot()
        ),
    )
}

/// A plan that finds the same restore ended a short while ago.
pub(super) fn ended_lately(ended: &Record, work: &dyn Work) -> Diagnostic {
    Diagnostic::warning(
        format!("The same restore of {} ended lately: {}", work.target(), ended.operation),
        format!(
            "The service's records show restore {}. An action runs each time it is invoked: this one overwrites {} again, with all \
             that was written since.{}",
            brief(ended),
            work.target(),
            work.blind_spot()
        ),
    )
}

/// A record in one clause: `r-1 (status succeed, started 2026-11-20T02:13:00Z)`.
pub(super) fn brief(record: &Record) -> String {
    format!("{} (status {}, started {})", record.operation, record.status, when(record))
}

/// The run ended before the cloud could be asked.
pub(super) fn no_access(name: &str, end: End, timeout: Duration) -> Diagnostic {
    let why = match end {
        End::Stopped => "Terraform asked to stop".to_owned(),
        End::TimedOut => format!("the time of {} (timeout) was used up", tf::duration::display(timeout)),
    };
    Diagnostic::error(format!("{name} was not started: {why}"), "The cloud had not yet given access. Nothing was sent.")
}
