//! What a plan finds out before anything is sent, and what it lets pass.

mod access;
mod access_forms;
mod cbr;
mod databases;
mod dcs;
mod ddm;
mod dds;
mod guide;
mod quiet;
mod rds;

use rehearsal::{Entry, Fault, Service, World};

use crate::support::{Outcome, Story};

/// One resource that a plan has something to say about.
pub(crate) struct Case {
    /// `recovery_dcs_restore`
    kind: &'static str,
    /// Its arguments, a line each.
    body: String,
    /// The argument whose line is pointed at; the block of that name is pointed at by the resource's first line.
    blamed: &'static str,
    /// The title of the message.
    title: String,
    /// What else it says.
    says: &'static [&'static str],
}

/// All cases as one configuration: `r0`, `r1`, and so on.
fn configuration(cases: &[Case]) -> String {
    cases
        .iter()
        .enumerate()
        .map(|(number, case)| format!("resource \"{}\" \"r{number}\" {{\n{}\n}}\n", case.kind, case.body.trim_end()))
        .collect()
}

/// The line that a case's message points at.
fn line(configuration: &str, number: usize, blamed: &str) -> usize {
    let head = format!("\"r{number}\" {{");
    let lines: Vec<&str> = configuration.lines().collect();
    let first = lines.iter().position(|line| line.contains(&head)).unwrap();
    let inside = lines[first..].iter().take_while(|line| **line != "}");
    let argument =
        inside.into_iter().position(|line| line.trim_start().starts_with(&format!("{blamed} ")) && line.contains('='));
    first + argument.unwrap_or(0) + 1
}

/// Plans all cases in one world, and insists that each gets its message, with its line.
#[track_caller]
fn told(label: &str, code: i32, cases: &[Case], scenario: &str, change: impl FnOnce(&mut World)) {
    let text = configuration(cases);
    let Some(story) = Story::in_scenario(&text, scenario) else { return };
    story.cloud.change_world(change);
    let outcome = story.plan();
    assert_eq!(outcome.code, Some(code), "{outcome}");
    for (number, case) in cases.iter().enumerate() {
        let Case { kind, blamed, title, .. } = case;
        let place = format!(
            "{label}: {title} with {kind}.r{number}, on main.tf line {}, in resource \"{kind}\" \"r{number}\":",
            line(&text, number, blamed)
        );
        assert!(outcome.has(&place), "nothing about {place:?} in {outcome}");
        for words in case.says {
            assert!(outcome.has(words), "{title}: nothing about {words:?} in {outcome}");
        }
    }
    assert!(story.sent().is_empty(), "a plan changes nothing");
}

/// Each case is an error: exit code 1, the line, the text, and the ways around it.
#[track_caller]
fn refused(cases: &[Case], scenario: &str, change: impl FnOnce(&mut World)) {
    told("Error", 1, cases, scenario, change);
}

/// Each case is a warning: exit code 0, the line, the text.
#[track_caller]
fn warned(cases: &[Case], change: impl FnOnce(&mut World)) {
    told("Warning", 0, cases, "", change);
}

/// The requests of a story to one service, without those for tokens and projects.
fn asked(story: &Story, service: Service) -> Vec<Entry> {
    story.cloud.journal().into_iter().filter(|entry| entry.service == service).collect()
}

/// A refusal of every read of a path.
fn failing(path: &str, status: u16) -> Fault {
    Fault { method: Some("GET".into()), path: Some(path.into()), status: Some(status), ..Fault::default() }
}

/// Insists that a plan only warns, and that its apply goes through.
#[track_caller]
fn passes(story: &Story) -> Outcome {
    let outcome = story.plan();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    story.apply().success();
    outcome
}
