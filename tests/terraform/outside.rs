//! What others call things: names, reasons and messages of a service that would act on a terminal, or pass for words of
//! this provider.

use rehearsal::{Fault, World};
use serde_json::{Value, json};

use crate::support::all::{self, RESTORES};
use crate::support::{Outcome, Story};

/// Sets the title, clears the screen, writes lines of its own and turns the direction of what follows.
const FOE: &str = "x\u{1b}]0;owned\u{7}\u{1b}[2J\r\n\nError: faked\n  Where:  faked\u{2028}faked\u{202e}\u{85}faked";

/// Gives everything that has a name or a reason a hostile one.
fn rename(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if ["name", "reason", "error_msg"].contains(&name.as_str()) => {
                        *text = format!("{text}{FOE}");
                    }
                    other => rename(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rename),
        _ => {}
    }
}

fn rename_all(story: &Story) {
    story.cloud.change_world(|world| {
        let mut renamed: Value = serde_json::to_value(&*world).unwrap();
        for service in ["dcs", "cbr", "ddm"] {
            rename(&mut renamed[service]);
        }
        *world = serde_json::from_value::<World>(renamed).unwrap();
    });
}

/// Nothing hidden, and no line that a hostile text began.
#[track_caller]
fn is_harmless(outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        let hidden = text.chars().find(|letter| *letter != '\n' && outside::is_hidden(*letter));
        assert_eq!(hidden, None, "{outcome}");
        let faked = text.lines().find(|line| line.trim_start_matches(['│', ' ']).starts_with("Error: faked"));
        assert_eq!(faked, None, "{outcome}");
        let faked = text.lines().find(|line| line.trim_start_matches(['│', ' ']).starts_with("Where:  faked"));
        assert_eq!(faked, None, "{outcome}");
    }
}

#[test]
fn names_of_a_service_stay_names() {
    let Some(story) = all::story(&RESTORES, "", 1.0) else { return };
    rename_all(&story);
    let plan = story.plan().success();
    is_harmless(&plan);
    // The name is told all the same, in one line.
    let plan = plan.says(r"dcs-ordersx\u{1b}]0;owned\u{7}\u{1b}[2J\r\n\nError: faked\n");
    assert!(plan.stdout.matches("will be overwritten").count() >= 3, "{plan}");
}

#[test]
fn what_a_service_says_in_an_error_stays_in_its_line() {
    let Some(story) = all::story(&RESTORES, "", 1.0) else { return };
    let body =
        json!({"error_code": format!("DCS.4{FOE}"), "error_msg": format!("no {FOE} {}", "long ".repeat(20_000))});
    let fault: Fault = serde_json::from_value(json!({
        "method": "GET", "path": "/v2/*/instances/*", "status": 400, "body": body,
    }))
    .unwrap();
    let story = story.struck_by(vec![fault]);
    let plan = story.plan();
    is_harmless(&plan);
    assert!(plan.has("faked"), "{plan}");
    assert!(plan.stdout.len() + plan.stderr.len() < 60_000, "{plan}");
}
