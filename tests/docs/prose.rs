//! Checks of what is written by hand: links lead somewhere, and every variable of the environment is told about.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{names, read, root};

/// Every text for people: at the top, the pages, what stands beside code and examples.
fn texts() -> Vec<PathBuf> {
    let top = names(&root()).into_iter().filter(|name| name.ends_with(".md")).map(|name| root().join(name));
    let mut found: Vec<PathBuf> = top.collect();
    for folder in [".github", "clients", "docs", "examples", "facts", "policies", "rehearsal"] {
        markdown(&root().join(folder), &mut found);
    }
    found
}

/// Markdown files below a folder.
fn markdown(folder: &Path, found: &mut Vec<PathBuf>) {
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            markdown(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// A text without its blocks of code, which show other people's brackets.
fn without_code(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// Links of a text into the repository: file (empty: the same page) and place in it (empty: its beginning).
fn links(text: &str) -> Vec<(&str, &str)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let inside = targets.filter(|target| !target.contains(':'));
    inside.map(|target| target.split_once('#').unwrap_or((target, ""))).collect()
}

/// The files of this repository that a text links to by their address on the Web, which the Registry's pages have to.
fn published(text: &str) -> Vec<&str> {
    let begin = "https://github.com/cloud-recovery/terraform-provider-recovery/";
    let rest = text.split(begin).skip(1).map(|rest| rest.split([')', '>', ' ', '\n', '"']).next().unwrap());
    rest.filter_map(|rest| rest.split_once("/main/").map(|(_, path)| path)).collect()
}

/// The places of a page that can be linked to, as they are made from headings.
fn places(text: &str) -> BTreeSet<String> {
    let code = without_code(text);
    let headings =
        code.lines().filter(|line| line.starts_with('#')).map(|line| slug(line.trim_start_matches('#').trim()));
    let named = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings.chain(named).collect()
}

/// A heading as part of an address: small letters, digits and hyphens.
fn slug(heading: &str) -> String {
    let shown = heading.replace(['`', '*'], "");
    let letters = shown.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    letters.map(|letter| if letter == ' ' { '-' } else { letter }).collect::<String>().to_lowercase()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for path in texts() {
        let (whole, folder) = (read(&path), path.parent().unwrap());
        let text = without_code(&whole);
        for (file, place) in links(&text) {
            let target = if file.is_empty() { path.clone() } else { folder.join(file) };
            let is_there =
                target.exists() && (place.is_empty() || (target.is_file() && places(&read(&target)).contains(place)));
            if !is_there {
                broken.push(format!("{}: {file}#{place}", path.display()));
            }
        }
        let lost = published(&text).into_iter().filter(|file| !root().join(file).exists());
        broken.extend(lost.map(|file| format!("{}: {file} in the repository", path.display())));
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn links_are_told_from_addresses() {
    let text = "[a](B.md) [c](https://d.example/e) [f](#g) [h](i/j.md#k)";
    assert_eq!(links(text), [("B.md", ""), ("", "g"), ("i/j.md", "k")]);
    let page = "# Who is `calling`, and why?\n```\n# not this\n```\n<a id=\"nested--x\"></a>\n";
    assert_eq!(places(page), ["nested--x", "who-is-calling-and-why"].map(str::to_owned).into());
    let own = "see https://github.com/cloud-recovery/terraform-provider-recovery/tree/main/policies) and more";
    assert_eq!(published(own), ["policies"]);
}

/// The guides that have a folder in `examples/guides`, and which.
const REHEARSED: [(&str, &str); 8] = [
    ("always-the-newest-backup.md", "newest-backup"),
    ("beside-other-providers.md", "beside-other-providers"),
    ("pipelines.md", "pipelines"),
    ("recover-a-ddm-instance.md", "recover-a-ddm-instance"),
    ("rehearse-a-recovery.md", "rehearse-a-recovery"),
    ("restore-a-dcs-instance.md", "restore-a-dcs-instance"),
    ("restore-a-server.md", "restore-a-server"),
    ("when-a-restore-was-interrupted.md", "interrupted"),
];

#[test]
fn guides_show_what_is_rehearsed() {
    let folders: BTreeSet<String> = REHEARSED.iter().map(|(_, folder)| (*folder).to_owned()).collect();
    assert_eq!(folders, names(&root().join("examples/guides")));
    let mut stale = Vec::new();
    for (guide, folder) in REHEARSED {
        let text = read(&root().join("docs/guides").join(guide));
        let folder = root().join("examples/guides").join(folder);
        // The block that every configuration has is left out.
        for name in names(&folder).into_iter().filter(|name| name != "versions.tf") {
            if !text.contains(read(&folder.join(&name)).trim_end()) {
                stale.push(format!("{guide} does not show {name} as it is rehearsed"));
            }
        }
    }
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// Names of variables in a text: `OS_USERNAME`, `RECOVERY_PREFLIGHT`.
fn variables(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let words = text.split(|letter| !is_part(letter)).filter(|word| !word.ends_with('_'));
    words.filter(|word| ["OS_", "HW_", "RECOVERY_"].iter().any(|prefix| word.starts_with(prefix))).collect()
}

/// Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(read(&path));
        }
    }
}

#[test]
fn the_index_names_every_variable_of_the_environment() {
    let index = read(&root().join("docs/index.md"));
    let told = variables(&index);
    let table = read(&root().join("crates/cloud/src/config/source.rs"));
    let code = table.split("#[cfg(test)]").next().unwrap();
    let untold: Vec<&str> = variables(code).difference(&told).copied().collect();
    assert!(untold.is_empty(), "templates/index.md does not name {untold:?}");

    let mut all = Vec::new();
    for folder in ["src", "crates", "rehearsal/src"] {
        sources(&root().join(folder), &mut all);
    }
    // The names of the endpoints are put together from the services.
    let unread = |name: &&str| !name.starts_with("RECOVERY_ENDPOINT_") && !all.iter().any(|text| text.contains(*name));
    let invented: Vec<&str> = told.into_iter().filter(unread).collect();
    assert!(invented.is_empty(), "templates/index.md names variables that nothing reads: {invented:?}");
}

#[test]
fn the_readme_shows_a_warning_as_it_is_printed() {
    // The guide's messages are held by a story that plans; the README shows the first of them.
    let guide = read(&root().join("docs/guides/what-the-plan-tells-you.md"));
    let section = guide.split("\n### A DCS instance\n").nth(1).unwrap();
    let printed = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(printed.starts_with("Warning: DCS instance"), "{printed}");
    assert!(
        read(&root().join("README.md")).contains(printed),
        "the README shows another text than the guide:\n{printed}"
    );
}
