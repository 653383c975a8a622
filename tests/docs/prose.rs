//! Checks of what is written by hand: links lead somewhere, and every variable of the environment is told about.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{names, read, root};

/// Texts for people that are not made from schemas.
fn texts() -> Vec<PathBuf> {
    let top = names(&root()).into_iter().filter(|name| name.ends_with(".md"));
    let guides = names(&root().join("docs/guides")).into_iter().map(|name| format!("docs/guides/{name}"));
    top.chain(guides).map(|name| root().join(name)).collect()
}

/// Targets of links to files: neither addresses nor places on the same page.
fn linked_files(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.map(|target| target.split('#').next().unwrap_or_default());
    files.filter(|target| !target.is_empty() && !target.contains(':')).collect()
}

#[test]
fn links_lead_to_files() {
    let mut broken = Vec::new();
    for path in texts() {
        let text = read(&path);
        let folder = path.parent().unwrap();
        let lost = linked_files(&text).into_iter().filter(|target| !folder.join(target).exists());
        broken.extend(lost.map(|target| format!("{}: {target}", path.display())));
    }
    assert!(broken.is_empty(), "links to files that do not exist:\n{}", broken.join("\n"));
}

#[test]
fn links_are_told_from_addresses() {
    let text = "[a](B.md) [c](https://d.example/e) [f](#g) [h](i/j.md#k)";
    assert_eq!(linked_files(text), ["B.md", "i/j.md"]);
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
