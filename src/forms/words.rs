//! How a run ended, in words: the same for every form, with what differs between them told by a [`Voice`].

use engine::End;
use engine::outcome::{Doubt, Ended, Interruption, NotStarted, Unclear};
use engine::pending::Attempt;
use engine::work::{Effect, Failure, Progress, Work};
use std::time::Duration;
use tf::Diagnostic;

use crate::operations::words::capitalised;
use crate::report;

/// What a form has to say besides: where its time limit is set, what it keeps, and what its next run does.
pub(crate) struct Voice {
    /// `restore` or `backup`.
    pub(crate) noun: &'static str,
    /// The argument with the time limit: `timeouts.create`.
    pub(crate) limit: &'static str,
    /// How long that is.
    pub(crate) timeout: Duration,
    /// Where an attempt of unknown outcome is kept, as a sentence.
    pub(crate) keeps_attempt: &'static str,
    /// What happens next after a wait that ended early, as sentences.
    pub(crate) goes_on: String,
    /// What is kept of a failure and what happens next, as sentences.
    pub(crate) after_failure: String,
    /// The request that started the work, as far as it is known.
    pub(crate) request: Option<String>,
    /// What happens next after a good end whose target needs help, as sentences.
    pub(crate) after_repair: &'static str,
    /// What can be done about work that is not on record any more, as sentences.
    pub(crate) off_record: String,
    /// What becomes of the id of work that ran twice: `is kept here`.
    pub(crate) keeps_own: &'static str,
    /// The ways out where nobody can tell what became of an attempt; candidates are ids that may be its own.
    pub(crate) ways_out: WaysOut,
}

/// Tells the ways out, given the service's ids of records that may be the attempt's own.
pub(crate) type WaysOut = Box<dyn Fn(&[String]) -> String + Send + Sync>;

/// What a user has to be told about how a run ended; `None` where it ended well.
pub(crate) fn told(ended: &Ended, work: &dyn Work, voice: &Voice) -> Option<Diagnostic> {
    match ended {
        Ended::NotStarted(why) => Some(not_started(why, work, voice)),
        Ended::InDoubt(attempt, doubt) => Some(in_doubt(attempt, doubt, work, voice)),
        Ended::UnderWay(..) => None,
        Ended::Over(operation, record) => match &record.progress {
            Progress::Failed(failure) => Some(failed(operation, &record.status, failure, work, voice)),
            Progress::Spent => {
                let failure = Failure { code: None, message: Some("what it made is not usable any more".to_owned()) };
                Some(failed(operation, &record.status, &failure, work, voice))
            }
            _ => None,
        },
        Ended::Unsettled(operation, _, why) => Some(Diagnostic::error(
            format!("The {} of {} ended well, but its target is not usable", voice.noun, work.target()),
            format!("Operation {operation} is recorded as a success. {why}\n\n{}", voice.after_repair),
        )),
        Ended::Left(operation, _, why) => Some(left(operation, why, work, voice)),
    }
}

/// Work that ended badly.
pub(crate) fn failed(operation: &str, status: &str, failure: &Failure, work: &dyn Work, voice: &Voice) -> Diagnostic {
    let mut lines = vec![format!("  Operation: {operation}"), format!("  Status:    {status}")];
    lines.extend(failure.code.iter().map(|code| format!("  Code:      {code}")));
    lines.extend(failure.message.iter().map(|message| format!("  Message:   {message}")));
    lines.push(match &voice.request {
        Some(request) => {
            format!("  Request:   {request} (the id of the request that started it, for the service's support)")
        }
        None => {
            "  Request:   no id is known: it was imported or joined, or the answer to the request was lost".to_owned()
        }
    });
    Diagnostic::error(
        format!("The {} of {} failed", voice.noun, work.target()),
        format!("{}\n\n{}\n\n{}", lines.join("\n"), work.consequence(), voice.after_failure),
    )
}

/// Two accepted requests of one identity: whatever else happened, somebody has to know.
pub(crate) fn doubled(own: &str, others: &[String], work: &dyn Work, voice: &Voice, effect: Effect) -> Diagnostic {
    let noun = voice.noun;
    // An error would taint what is good, and it would perhaps be deleted and made a third time for it.
    if !effect.overwrites() {
        let product = effect.product();
        return Diagnostic::warning(
            format!("The {product} of {} was made more than once: {own} and {}", work.target(), others.join(", ")),
            format!(
                "The answer to an earlier request for it was lost, and no record of it had appeared when the request was sent again. {own} {}. \
                 The other one is in no state: import it elsewhere, or delete it in the console.",
                voice.keeps_own
            ),
        );
    }
    Diagnostic::error(
        format!("The {noun} of {} ran more than once: {own} and {}", work.target(), others.join(", ")),
        format!(
            "The answer to an earlier request for it was lost, and no record of it had appeared when the request was sent again. By now the \
             records show that each of them was accepted. {own} {}. Look at {} before the target is used: what it holds is what \
             the one that ended last has left.",
            voice.keeps_own,
            work.record_place()
        ),
    )
}

fn not_started(why: &NotStarted, work: &dyn Work, voice: &Voice) -> Diagnostic {
    let (noun, target) = (voice.noun, work.target());
    let nothing = "Nothing was started and nothing was changed.";
    let was_not = |summary: String| format!("The {noun} of {target} was not started: {summary}");
    match why {
        NotStarted::NoTurn(end) => Diagnostic::error(
            format!(
                "The turn of {target} did not come: {}",
                ended(*end, "another operation of this run on the same target did not end", voice)
            ),
            format!("The {noun} was not started. Nothing was changed. Run apply again."),
        ),
        NotStarted::Stopped => {
            Diagnostic::error(format!("Stopped before the {noun} of {target} was started"), "Nothing was sent.")
        }
        NotStarted::Refused(diagnostic) => (**diagnostic).clone(),
        NotStarted::NotReady(end) => Diagnostic::error(
            was_not(ended(*end, "not possible", voice)),
            format!("The service had not yet told what the start needs to know. {nothing}"),
        ),
        NotStarted::GaveUp(end, last) => Diagnostic::error(
            was_not(ended(*end, "not possible", voice)),
            format!("The last answer was: {last}\n\n{nothing}"),
        ),
        NotStarted::KeepsRefusing(last) => Diagnostic::error(
            was_not("the service keeps refusing it".to_owned()),
            format!(
                "{last}\n\n{} does not show what stands in the way, so that it may need somebody's help. {nothing}",
                capitalised(&target)
            ),
        ),
        NotStarted::Unreadable(error) => {
            rejected(format!("What the {noun} needs to know could not be read"), error, work, voice)
        }
        NotStarted::NoRecords(error) => {
            let what = format!(
                "{} could not be read. Without them nobody could tell later whether this {noun} was started, so it was not sent",
                capitalised(&work.record_place())
            );
            rejected(what, error, work, voice)
        }
        NotStarted::Rejected(error, None) => rejected("The service refused it".to_owned(), error, work, voice),
        NotStarted::Rejected(error, Some(broken)) => {
            rejected(format!("{} cannot take the {noun} now: {broken}", capitalised(&target)), error, work, voice)
        }
    }
}

fn rejected(what: String, error: &cloud::Error, work: &dyn Work, voice: &Voice) -> Diagnostic {
    Diagnostic::error(
        format!("The {} of {} was not started", voice.noun, work.target()),
        format!("{what}.\n\n{}\n\nNothing was started and nothing was changed.", report::facts_of(error)),
    )
}

fn ended(end: End, what: &str, voice: &Voice) -> String {
    match end {
        End::Stopped => "Terraform asked to stop".to_owned(),
        End::TimedOut => format!("{what} within {} ({})", shown(voice), voice.limit),
    }
}

fn shown(voice: &Voice) -> String {
    tf::duration::display(voice.timeout)
}

fn in_doubt(attempt: &Attempt, doubt: &Doubt, work: &dyn Work, voice: &Voice) -> Diagnostic {
    let noun = voice.noun;
    let answer = doubt.answer.as_deref().unwrap_or("the answer to it was lost");
    let no_record = "no record of it has appeared";
    let seen = match &doubt.seen {
        Unclear::Ended(End::Stopped, obstacle) => format!("Terraform asked to stop{}", and(obstacle.as_deref())),
        Unclear::Ended(End::TimedOut, obstacle) => {
            format!(
                "the time of {} ({}) was used up while waiting{}",
                shown(voice),
                voice.limit,
                and(obstacle.as_deref())
            )
        }
        Unclear::Several(ids) => {
            format!("several new records match, and nothing tells which is its own: {}", ids.join(", "))
        }
        Unclear::Similar(ids) => {
            format!("no record matches it in all, but {} is new and about the same: it may be its own", ids.join(", "))
        }
        Unclear::Sign(sign) => format!("{no_record}, but {sign}, perhaps with this very request"),
        Unclear::NoList => format!(
            "nothing was seen of it on {}; the service keeps no list of such work, so that it may have been over before anybody looked",
            work.target()
        ),
        Unclear::Broken(state) => format!("{no_record}, and {} is not usable ({state})", work.target()),
        Unclear::SentOften(times) => format!("it was sent {times} times, each answer was lost, and {no_record}"),
        Unclear::TriedAgain(last) => {
            let last = not_started(last, work, voice);
            let detail = last.detail.replace("Nothing was started and nothing was changed.", "");
            format!("{no_record}, and a later try started nothing: {}.\n\n{}\n", last.summary, detail.trim())
        }
    };
    let candidates = match &doubt.seen {
        Unclear::Several(ids) | Unclear::Similar(ids) => ids.as_slice(),
        _ => &[],
    };
    let sent_at = match attempt.sent_at.as_str() {
        "" => "a time that is not known".to_owned(),
        time => time.to_owned(),
    };
    Diagnostic::error(
        format!("Nobody knows yet whether the {noun} of {} was started", work.target()),
        format!(
            "The request to start it was sent at {sent_at}, and its outcome is not known: {answer}. Since then, {seen}.\n\nThe request is not \
             repeated, because a second {noun} could run. {}\n\nTo look yourself: {}. New there would be whatever is not one of the {} entries \
             known before.\n\n{}",
            voice.keeps_attempt,
            work.record_place(),
            attempt.before.len(),
            (voice.ways_out)(candidates),
        ),
    )
}

fn and(obstacle: Option<&str>) -> String {
    obstacle.map(|obstacle| format!("; {obstacle}")).unwrap_or_default()
}

fn left(operation: &str, why: &Interruption, work: &dyn Work, voice: &Voice) -> Diagnostic {
    let (noun, target) = (voice.noun, work.target());
    let goes_on = &voice.goes_on;
    match why {
        Interruption::Stopped => Diagnostic::error(
            format!("Stopped waiting for the {noun} of {target}"),
            format!("Terraform asked to stop. {goes_on}"),
        ),
        Interruption::TimedOut(what) => Diagnostic::error(
            format!("The {noun} of {target} did not end within {}", shown(voice)),
            format!("Gave up waiting for {what}. A longer time can be set in {}. {goes_on}", voice.limit),
        ),
        Interruption::Unreadable(error) => Diagnostic::error(
            format!("The {noun} of {target} can no longer be watched"),
            format!("{}\n\n{}\n\n{goes_on}", report::facts_of(error), report::advice(error)),
        ),
        Interruption::Vanished => Diagnostic::error(
            format!("The {noun} {operation} is not on record"),
            format!(
                "{} do not list it (any more), so that nobody can tell how it ended. {}",
                capitalised(&work.record_place()),
                voice.off_record
            ),
        ),
        Interruption::Unrecognised(word) => Diagnostic::error(
            format!("The service uses a status that this provider does not know: {word:?}"),
            format!("It was taken as \"running\" for a while. {goes_on}"),
        ),
    }
}
