//! Ephemeral links, from the service to the one who uses them, and nowhere else.

use std::fs;
use std::path::Path;

use crate::support::{BACKUP, EPHEMERAL, INSTANCE, Story};

/// Something that uses the links: a provisioner, which gets them in its environment.
fn configuration(command: &str) -> String {
    format!(
        "ephemeral \"recovery_dcs_backup_links\" \"l\" {{
  instance_id = \"{INSTANCE}\"
  backup_id   = \"{BACKUP}\"
  expiration  = 600
}}

resource \"terraform_data\" \"download\" {{
  provisioner \"local-exec\" {{
    command     = \"{command}\"
    environment = {{ LINKS = jsonencode(ephemeral.recovery_dcs_backup_links.l.files) }}
  }}
}}
"
    )
}

/// A story with a log of everything; none on a core without ephemeral resources.
fn story(command: &str) -> Option<Story> {
    let story = Story::begin(&configuration(command))?;
    if !story.core.can(&EPHEMERAL) {
        return None;
    }
    let log = story.folder().join("trace.log").display().to_string();
    Some(story.with("TF_LOG", "TRACE").with("TF_LOG_PATH", &log))
}

/// Every file in a folder in which a text is found, but for this one.
fn found_in(folder: &Path, text: &str, but: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        // The program itself has the words of a rehearsal's links.
        if path.ends_with("plugins") {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            found_in(&path, text, but, found);
        } else if path != but
            && fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
}

/// The part of a link that lets in.
fn signature(links: &str) -> String {
    let (_, rest) = links.split_once("Signature=").unwrap();
    rest.split(['&', '"']).next().unwrap().to_owned()
}

#[test]
fn the_links_of_a_run_are_found_with_their_consumer_alone() {
    let Some(story) = story("printf %s \\\"$LINKS\\\" > ../links.json") else { return };
    let planned = story.core(&["plan", "-input=false", "-no-color", "-out=../plan"]).success();
    let applied = story.core(&["apply", "-input=false", "-no-color", "../plan"]).success();
    let consumer = story.folder().join("links.json");
    let links = fs::read_to_string(&consumer).unwrap();
    let secret = signature(&links);
    assert!(secret.len() > 8, "{links}");
    // The plan asks, too, and its links are other ones; the cloud's own journal has none of them.
    assert_eq!(story.sent().len(), 2);
    for text in [secret.as_str(), "Signature="] {
        let mut found = Vec::new();
        found_in(story.folder(), text, &consumer, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{text}");
        for outcome in [&planned, &applied] {
            assert!(!outcome.has(text), "{outcome}");
        }
    }
    let log = fs::read_to_string(story.folder().join("trace.log")).unwrap();
    assert!(log.contains("OpenEphemeralResource") && log.contains("CloseEphemeralResource"), "the log is on");
    story.plan_is_empty();
    assert!(!story.state_file().contains("Signature="));
}

#[test]
fn a_consumer_that_fails_takes_them_nowhere() {
    let Some(story) = story("printf %s \\\"$LINKS\\\" > ../links.json; exit 7") else { return };
    let applied = story.apply().failure();
    let consumer = story.folder().join("links.json");
    let secret = signature(&fs::read_to_string(&consumer).unwrap());
    let mut found = Vec::new();
    found_in(story.folder(), &secret, &consumer, &mut found);
    assert_eq!(found, Vec::<String>::new());
    assert!(!applied.has(&secret), "{applied}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_provider_that_is_killed_leaves_none_behind() {
    let Some(story) = story("printf %s \\\"$LINKS\\\" > ../links.json; sleep 3") else { return };
    let play = story.begin_apply();
    let consumer = story.folder().join("links.json");
    let links = crate::support::eventually("the links", std::time::Duration::from_secs(30), || {
        fs::read_to_string(&consumer).ok().filter(|text| text.contains("Signature="))
    });
    for provider in story.providers() {
        crate::support::kill(provider);
    }
    let ended = play.end();
    let secret = signature(&links);
    let mut found = Vec::new();
    found_in(story.folder(), &secret, &consumer, &mut found);
    assert_eq!(found, Vec::<String>::new(), "{ended}");
    assert!(!ended.has(&secret), "{ended}");
}
