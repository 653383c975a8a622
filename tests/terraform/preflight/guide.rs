//! The messages in the guide "What the plan tells you" are those that plans print.

use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use rehearsal::World;
use rehearsal::dcs::{Backup, Instance};

use super::failing;
use crate::support::{Outcome, Story};

/// An instance with as many backups as are kept, and one with a backup that runs.
const FULL: &str = "8e2d4c70-15ab-4f93-b6e8-0d7c9a3f5b21";
const AT_WORK: &str = "3b9d5e71-0c2f-4f68-a1d7-e84b6c05f932";
/// The section whose plan meets a service that refuses to list backups.
const FORBIDDEN: &str = "What could not be checked";

fn world(world: &mut World) {
    let now = Timestamp::now();
    world.dcs.instances.push(Instance { id: FULL.into(), name: "dcs-archive".into(), ..Instance::default() });
    for number in 0..24 {
        world.dcs.backups.push(Backup {
            id: format!("{number:08}-4e91-4d35-9a10-c5e8f3b7d246"),
            instance_id: FULL.into(),
            created_at: now - SignedDuration::from_hours(24 * (30 - number)),
            ..Backup::default()
        });
    }
    world.dcs.backups.push(Backup {
        id: "0b7c4e91-2d35-4f68-9a10-c5e8f3b7d246".into(),
        instance_id: AT_WORK.into(),
        created_at: now,
        ended_at: Some(now + SignedDuration::from_hours(1)),
        ..Backup::default()
    });
}

/// A section of the guide: its heading, the configuration, and the text as it stands.
struct Section {
    heading: String,
    configuration: String,
    text: String,
}

fn sections(guide: &str) -> Vec<Section> {
    let block = |section: &str, language: &str| {
        let rest = section.split_once(&format!("```{language}\n"))?.1;
        Some(rest.split_once("```")?.0.to_owned())
    };
    guide
        .split("\n### ")
        .skip(1)
        .map(|section| Section {
            heading: section.lines().next().unwrap().to_owned(),
            configuration: block(section, "terraform").unwrap(),
            text: block(section, "text").unwrap(),
        })
        .collect()
}

/// The messages that a plan prints, but for those that come with every rehearsal.
fn messages(outcome: &Outcome) -> String {
    let mut messages: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in outcome.stdout.lines().chain(outcome.stderr.lines()) {
        if line.starts_with("Error: ") || line.starts_with("Warning: ") {
            inside = !["This is a rehearsal", "Provider development overrides"].iter().any(|own| line.contains(own));
            if inside {
                messages.push(Vec::new());
            }
        } else if line.starts_with('─') || line.starts_with("Planning failed") || line.starts_with("Terraform used") {
            inside = false;
        }
        if let Some(message) = messages.last_mut().filter(|_| inside) {
            message.push(line);
        }
    }
    let texts: Vec<String> = messages.into_iter().map(|lines| lines.join("\n").trim_end().to_owned()).collect();
    texts.join("\n\n") + "\n"
}

/// What a text says, whenever it was printed: no digits, no request ids.
fn lasting(text: &str) -> String {
    let mut words = Vec::new();
    let mut is_id = false;
    for word in text.split_whitespace() {
        words.push(if is_id {
            "ID".to_owned()
        } else {
            word.split(|letter: char| letter.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
        });
        is_id = words.ends_with(&["(request".to_owned(), "id".to_owned()]);
    }
    words.join(" ")
}

#[test]
fn the_guide_shows_what_plans_print() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/guides/what-the-plan-tells-you.md");
    let guide = fs::read_to_string(&path).unwrap();
    let sections = sections(&guide);
    assert!(sections.len() >= 10);
    let mut fresh = guide.clone();
    for Section { heading, configuration, text } in &sections {
        let Some(mut story) = Story::begin(configuration) else { return };
        // Other cores frame messages in their own way.
        if story.core.is_opentofu || std::env::var_os("RECOVERY_TEST_CORE").is_some() {
            return;
        }
        story.cloud.change_world(world);
        if heading == FORBIDDEN {
            story = story.struck_by(vec![failing("/v2/*/instances/*/backups", 403)]);
        }
        let printed = messages(&story.plan());
        if lasting(&printed) != lasting(text) {
            let block = |text: &str| format!("```terraform\n{configuration}```\n\n```text\n{text}```");
            let (head, rest) = fresh.split_once(&format!("### {heading}\n")).unwrap();
            fresh = format!("{head}### {heading}\n{}", rest.replacen(&block(text), &block(&printed), 1));
        }
    }
    if fresh != guide {
        fs::write(&path, fresh).unwrap();
        panic!("{} did not show what plans print and was rewritten: look at it", path.display());
    }
}
