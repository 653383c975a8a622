//! The page of a rehearsal (`--report`): its figures are those of the cloud's journal and of the timeline, and a browser
//! shows them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rehearsal::Entry;
use serde_json::Value;

use crate::rehearse::{bare, command, rehearse};
use crate::support::{BACKUP, INSTANCE, Play, Story, eventually, run, tell_skipped};

/// A bad hour: an answer is lost, and reads fail.
const FAULTS: &str = r#"
faults:
  - { service: dcs, method: POST, path: "/v2/*/instances/*/restores", count: 1, reset: true, when: after }
  - { service: dcs, method: GET, after: 3, count: 2, status: 503 }
"#;

/// A backup, and a restore that follows it.
fn backup_and_restore() -> String {
    format!(
        r#"
resource "recovery_dcs_backup" "before" {{
  instance_id = "{INSTANCE}"
}}
resource "recovery_dcs_restore" "orders" {{
  instance_id = "{INSTANCE}"
  backup_id   = "{BACKUP}"
  depends_on  = [recovery_dcs_backup.before]
}}
output "data_of" {{
  value = recovery_dcs_restore.orders.restore_point
}}
"#
    )
}

/// Where the report of a story is written.
fn file(story: &Story) -> PathBuf {
    story.folder().join("report.html")
}

/// The figures that a page carries along.
fn figures(page: &str) -> Value {
    let data = page.split("id=\"figures\">").nth(1).and_then(|rest| rest.split("</script>").next());
    serde_json::from_str(data.unwrap_or_else(|| panic!("no figures in {page}"))).unwrap()
}

/// What is read on a page, without its markup and its style, with one blank between words.
fn visible(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap().split("<script").next().unwrap();
    let mut text = String::new();
    let mut is_markup = false;
    for letter in body.chars() {
        match letter {
            '<' => is_markup = true,
            '>' => {
                is_markup = false;
                text.push(' ');
            }
            _ if !is_markup => text.push(letter),
            _ => {}
        }
    }
    let text = text.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The journal of a running rehearsal cloud, by its control address.
fn journal(url: &str) -> Vec<Entry> {
    let mut stream = TcpStream::connect(url.trim().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /_rehearsal/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let value: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    serde_json::from_value(value["requests"].clone()).unwrap()
}

/// How often each word occurs.
fn counted(words: impl IntoIterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn the_figures_are_those_of_the_journal() {
    let Some(story) = bare(&backup_and_restore()) else { return };
    story.write("../faults.yaml", FAULTS);
    let (url, go) = (story.folder().join("url"), story.folder().join("go"));
    // The command holds the cloud until its journal was read from outside.
    let script = format!(
        "{} apply -input=false -no-color -auto-approve && echo \"$RECOVERY_REHEARSAL\" >{}.part && mv {}.part {} && \
         while [ ! -e {} ]; do sleep 0.1; done",
        story.core.program.display(),
        url.display(),
        url.display(),
        url.display(),
        go.display(),
    );
    let report = file(&story);
    let words = [".", "--scenario", "../faults.yaml", "--report", report.to_str().unwrap(), "--", "sh", "-c", &script];
    let play = Play::start(&mut command(&story, &words), story.folder());
    let address = eventually("the apply", Duration::from_secs(50), || fs::read_to_string(&url).ok());
    let journal = journal(&address);
    fs::write(&go, "").unwrap();
    let outcome = play.end().success().says(&format!("The report is in {}.", report.display()));
    let page = fs::read_to_string(&report).unwrap();
    let (figures, shown) = (figures(&page), visible(&page));

    assert_eq!(figures["requests_in_all"], journal.len(), "{outcome}");
    assert!(shown.contains(&format!("Requests {} in all.", journal.len())), "{shown}");
    let asked = |entry: &Entry| format!("{} {} {:?}", entry.service, entry.method, entry.status.unwrap_or_default());
    let told = items(&figures["requests"]).iter().flat_map(|requests| {
        let kind = format!("{} {}", requests["service"].as_str().unwrap(), requests["method"].as_str().unwrap());
        let each = items(&requests["statuses"]).iter();
        each.flat_map(move |status| vec![format!("{kind} {}", status[0]); status[1].as_u64().unwrap() as usize])
    });
    assert_eq!(counted(told.collect::<Vec<_>>()), counted(journal.iter().map(asked)), "{figures:#}");
    for requests in items(&figures["requests"]) {
        let row = format!(
            "{} {} {}",
            requests["method"].as_str().unwrap(),
            requests["path"].as_str().unwrap(),
            requests["count"]
        );
        assert!(shown.contains(&row), "{row}: {shown}");
    }

    let met = journal.iter().flat_map(|entry| entry.faults.clone());
    let told = items(&figures["faults"])
        .iter()
        .flat_map(|fault| vec![fault["fault"].as_str().unwrap().to_owned(); fault["count"].as_u64().unwrap() as usize]);
    assert_eq!(counted(told), counted(met));
    assert!(shown.contains("reset after acceptance") && shown.contains("status 503"), "{shown}");

    let started: Vec<&Entry> = journal.iter().filter(|entry| entry.started.is_some()).collect();
    let operations = items(&figures["operations"]);
    assert_eq!((started.len(), operations.len()), (2, 2), "{figures:#}");
    for (entry, operation) in started.iter().zip(operations) {
        let sent = &operation["sent"];
        assert_eq!(operation["id"], entry.started.clone().unwrap());
        assert_eq!((&sent["number"], &sent["path"]), (&entry.number.into(), &entry.path.clone().into()));
        assert_eq!(sent["body"], entry.body.clone().unwrap_or_default());
        let body = entry.body.as_ref().unwrap();
        let row = format!("{} {} {} {body}", entry.started.clone().unwrap(), entry.method, entry.path);
        assert!(shown.contains(&row), "{row}: {shown}");
    }
    // The plan did not look at anything, but the state knows by now.
    let restore = &figures["overwritten"][0];
    assert_eq!(restore["address"], "recovery_dcs_restore.orders");
    let moment = restore["restore_point"].as_str().unwrap_or_else(|| panic!("{figures:#}"));
    assert!(outcome.has(&format!("data_of = \"{moment}\"")) && shown.contains(moment), "{outcome}");
    // A value on the command line may be a secret.
    assert!(figures["command"].as_str().unwrap().starts_with("sh -c"), "{figures:#}");
    assert!(!page.contains("auto-approve && echo"), "{figures:#}");
}

/// Each operation of the figures has its line in a timeline, with the same durations.
fn the_timeline_says_so(figures: &Value, said: &str) {
    for operation in items(&figures["operations"]) {
        let text = |name: &str| operation[name].as_str().unwrap().to_owned();
        let number = |name: &str| operation[name].as_f64().unwrap();
        let (seconds, real) = (number("seconds"), number("seconds_in_reality"));
        assert!((real - seconds * figures["speed"].as_f64().unwrap()).abs() < 0.11, "{operation:#}");
        let drawn = number("ends_in_reality") - number("begins_in_reality");
        assert!((drawn - real).abs() < 0.01, "a bar is as long as its operation: {operation:#}");
        let line = format!("{} {}  {}  {}  after ", text("service"), text("kind"), text("id"), text("status"));
        let found = said.lines().find(|found| found.contains(&line)).unwrap_or_else(|| panic!("{line}: {said}"));
        let told: Vec<f64> =
            found.rsplit_once("after ").unwrap().1.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!((told[0] - seconds).abs() < 0.051 && (told[1] - real).abs() < 0.51, "{found}: {operation:#}");
    }
}

#[test]
fn a_page_tells_what_the_story_tells() {
    let Some(story) = bare(&backup_and_restore()) else { return };
    let report = file(&story);
    let arguments = [".", "--report", report.to_str().unwrap()];
    // The second time, the report takes the place of the first one.
    for more in [&[][..], &["--verbose"]] {
        let outcome = rehearse(&story, &[&arguments[..], more].concat()).success();
        let last = outcome.stdout.trim_end().lines().last().unwrap();
        assert!(last.starts_with("Verdict: passed.") && last.ends_with("report.html."), "{last}");
        let page = fs::read_to_string(&report).unwrap();
        let (figures, shown) = (figures(&page), visible(&page));
        the_timeline_says_so(&figures, &outcome.stdout);
        assert_eq!(items(&figures["operations"]).len(), 2, "{figures:#}");
        assert_eq!(items(&figures["changes_at_once"]).len(), 1, "the backup was deleted by the destroy");
        let version = story.core(&["version"]).stdout;
        let versions = &figures["versions"];
        assert_eq!(versions["core"], version.lines().next().unwrap());
        assert_eq!(format!("on {}", versions["platform"].as_str().unwrap()), version.lines().nth(1).unwrap());
        let [restore] = items(&figures["overwritten"]) else { panic!("{figures:#}") };
        let moment = restore["restore_point"].as_str().unwrap();
        assert!(outcome.has(&format!("data_of = \"{moment}\"")), "{outcome}");
        assert_eq!(figures["changes_planned"][0]["address"], "recovery_dcs_backup.before");
        for told in [
            &format!(
                "recovery_dcs_restore.orders will run overwrites instance_id {INSTANCE} with backup_id {BACKUP} data of {moment}"
            ),
            "will be overwritten with backup",
            "create recovery_dcs_backup.before",
            "Everything written to it after",
            "None: nothing went wrong on purpose.",
            "Verdict: passed.",
            "about",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        let steps: Vec<&str> = items(&figures["steps"]).iter().filter_map(|step| step["name"].as_str()).collect();
        assert_eq!(steps, ["init", "plan", "apply", "plan again", "destroy"]);
    }
}

#[test]
fn a_failed_rehearsal_has_a_page_and_a_refused_one_has_none() {
    let Some(story) = bare(&backup_and_restore()) else { return };
    story.write(
        "../fails.yaml",
        "faults:\n  - { method: POST, path: \"/v2/*/instances/*/backups\", fail_operation: { code: dcs.x } }\n",
    );
    let report = file(&story);
    let to_report = ["--report", report.to_str().unwrap()];
    let outcome = rehearse(&story, &[&[".", "--scenario", "../fails.yaml"], &to_report[..]].concat()).failure();
    outcome.says("Verdict: failed in apply (exit code 1). The report is in");
    let page = fs::read_to_string(&report).unwrap();
    assert_eq!(figures(&page)["passed"], false);
    assert!(visible(&page).contains("failed (exit code 1)") && page.contains("class=\"failed\""), "{page}");

    // Somebody's file stays; what cannot be written is known before anything runs, and leaves nothing behind.
    fs::write(&report, "mine").unwrap();
    let nowhere = story.folder().join("no/such/folder/report.html");
    for (path, said) in [(&report, "is not overwritten"), (&nowhere, "cannot write the report")] {
        let outcome = rehearse(&story, &[".", "--report", path.to_str().unwrap()]).failure();
        let outcome = outcome.says(said).says("Nothing was run").says("Verdict: failed, for the reason above.");
        assert!(!outcome.has("init"), "{outcome}");
    }
    assert_eq!(fs::read_to_string(&report).unwrap(), "mine");
    let new = story.folder().join("new.html");
    rehearse(&story, &["../nothing-here", "--report", new.to_str().unwrap()]).failure();
    assert!(!new.exists(), "no rehearsal, no page");
}

/// A browser that can be run without a screen; says so where there is none.
fn browser() -> Option<&'static str> {
    let can = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| can(name));
    if found.is_none() {
        tell_skipped("no chromium on PATH, which opens the report");
    }
    found
}

/// Has the browser open a page with a profile of its own; without a network nothing is fetched for it.
fn open(story: &Story, browser: &str, page: &Path, more: &[&str]) -> String {
    let mut command = story.command(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]);
    command
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", story.folder().join("profile").display()));
    run(command.args(more).arg(format!("file://{}", page.display()))).success().stdout
}

#[test]
fn a_browser_shows_it_light_and_dark() {
    let Some(browser) = browser() else { return };
    let Some(story) = bare(&backup_and_restore()) else { return };
    let report = file(&story);
    rehearse(&story, &[".", "--report", report.to_str().unwrap()]).success();
    let written = fs::read_to_string(&report).unwrap();
    let shown = open(&story, browser, &report, &["--dump-dom"]);
    // What the browser understood is what was written: no element was broken by what stands in it.
    assert_eq!(visible(&shown), visible(&written));
    assert_eq!(figures(&shown), figures(&written));
    for element in ["<svg", "<rect", "<tr", "<pre", "<dd"] {
        assert_eq!(shown.matches(element).count(), written.matches(element).count(), "{element}");
    }
    let pictures = [("light", "1"), ("dark", "0")].map(|(name, scheme)| {
        let picture = story.folder().join(format!("{name}.png"));
        let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
        let path = format!("--screenshot={}", picture.display());
        open(&story, browser, &report, &[&scheme, &path, "--window-size=1200,1600"]);
        fs::read(picture).unwrap()
    });
    assert!(pictures.iter().all(|picture| picture.starts_with(b"\x89PNG") && picture.len() > 20_000));
    assert!(pictures[0] != pictures[1], "the page looks the same by day and by night");
}
