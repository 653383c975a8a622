//! The `use` lines and written-out paths of shipped code.

use std::fs;
use std::path::{Path, PathBuf};

/// All shipped files below a folder, by their path from it, without the tests inside them.
pub fn shipped_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(folder).unwrap().to_owned(), shipped(&text)));
            }
        }
    }
    files.sort();
    files
}

fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let parent = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    matches!(stem, "tests" | "testing" | "sign_vectors") || stem.ends_with("_tests") || parent == "tests"
}

/// The text up to the tests at the bottom.
fn shipped(text: &str) -> String {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

/// The text without line comments. Texts in quotation marks stay: an `//` inside one only shortens it.
pub fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

/// The paths that a text uses, each as its parts: `use` lines with their braces written out, and paths in the code that
/// begin with `crate` or `super`.
pub fn paths(text: &str) -> Vec<Vec<String>> {
    let code = without_comments(text);
    let mut found = Vec::new();
    for statement in code.split(';') {
        let line = statement.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        if let Some((before, path)) = line.rsplit_once("use ")
            && (before.is_empty()
                || before.ends_with("pub ")
                || before.ends_with(") ")
                || before.ends_with('}')
                || before.ends_with("] "))
        {
            expand(&[], path.trim(), &mut found);
        }
    }
    for start in ["crate::", "super::"] {
        for (position, _) in code.match_indices(start) {
            let inside =
                code[..position].chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || letter == ':');
            if inside {
                continue;
            }
            let rest = &code[position..];
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':');
            let path = rest[..end.unwrap_or(rest.len())].trim_end_matches(':');
            found.push(path.split("::").map(str::to_owned).collect());
        }
    }
    found
}

/// Writes out `a::{b, c::{d, e}}`.
fn expand(prefix: &[String], path: &str, found: &mut Vec<Vec<String>>) {
    let Some((head, group)) = path.split_once('{') else {
        let name = path.split(" as ").next().unwrap_or_default().trim();
        let parts = name.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "self" && *part != "*");
        let whole: Vec<String> = prefix.iter().cloned().chain(parts.map(str::to_owned)).collect();
        if !whole.is_empty() {
            found.push(whole);
        }
        return;
    };
    let head = head.trim().trim_end_matches("::");
    let prefix: Vec<String> =
        prefix.iter().cloned().chain(head.split("::").map(str::to_owned)).filter(|part| !part.is_empty()).collect();
    let group = group.trim().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut item) = (0, String::new());
    for letter in group.chars().chain([',']) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, item.trim(), found);
                item.clear();
                continue;
            }
            _ => {}
        }
        item.push(letter);
    }
}

#[test]
fn braces_are_written_out() {
    let text =
        "use crate::a::{self, b::{C, d}, E as F};\npub(crate) use super::g;\nfn x() { crate::h::i(); } // crate::j\n";
    let paths: Vec<String> = paths(text).into_iter().map(|parts| parts.join("::")).collect();
    for wanted in ["crate::a", "crate::a::b::C", "crate::a::b::d", "crate::a::E", "super::g", "crate::h::i"] {
        assert!(paths.iter().any(|path| path == wanted), "{wanted}: {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.contains('j')), "{paths:?}");
}
