//! What is linked in comes from where `deny.toml` allows it, under licences that it allows, and is nothing that it bans.
//! `cargo deny` reads the same file and looks at more; this needs no tool and no network.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::root;

/// The texts of a list in `deny.toml`: `allow = [ "MIT", … ]` below `[licenses]`. Of tables, the first text of each.
fn listed(section: &str, name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let section = text.split("\n[").find(|part| part.starts_with(&format!("{section}]"))).unwrap();
    let list = section.split(&format!("\n{name} = [")).nth(1).unwrap();
    let lines = list.split("\n]").next().unwrap().lines().filter(|line| !line.trim_start().starts_with('#'));
    let texts: BTreeSet<String> = lines.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect();
    assert!(!texts.is_empty(), "[{section}] {name} has nothing in it");
    texts
}

/// Every package that any build or test on this machine needs.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host]);
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    assert!(packages.len() > 100, "only {} packages", packages.len());
    packages
}

fn text<'a>(package: &'a Value, name: &str) -> &'a str {
    package[name].as_str().unwrap_or_default()
}

/// Whether an expression of SPDX can be met by allowed licences alone. `/` meant OR once.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut is_met = both(words, allowed);
    while words.next_if(|word| *word == "OR").is_some() {
        is_met |= both(words, allowed);
    }
    is_met
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut is_met = one(words, allowed);
    while words.next_if(|word| *word == "AND").is_some() {
        is_met &= one(words, allowed);
    }
    is_met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    match words.next() {
        Some("(") => {
            let is_met = either(words, allowed);
            words.next_if(|word| *word == ")").is_some() && is_met
        }
        Some(name) => match words.next_if(|word| *word == "WITH") {
            Some(_) => allowed.contains(&format!("{name} WITH {}", words.next().unwrap_or_default())),
            None => allowed.contains(name),
        },
        None => false,
    }
}

#[test]
fn licences_sources_and_bans_are_kept() {
    let (allowed, banned) = (listed("licenses", "allow"), listed("bans", "deny"));
    let registries = listed("sources", "allow-registry");
    let mut wrong = Vec::new();
    for package in packages() {
        let (name, version, source) = (text(&package, "name"), text(&package, "version"), text(&package, "source"));
        let licence = text(&package, "license");
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name} {version}: {licence:?} is no licence that deny.toml allows"));
        }
        if banned.contains(name) {
            wrong.push(format!("{name} {version} is banned by deny.toml"));
        }
        // Those of this repository have no source.
        let is_known = source.strip_prefix("registry+").is_some_and(|registry| registries.contains(registry));
        if !source.is_empty() && !is_known {
            wrong.push(format!("{name} {version} comes from {source}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expressions_of_licences_are_understood() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("", false),
        ("MIT OR GPL-3.0-only", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("ISC AND (GPL-3.0-only OR MIT)", true),
        ("(MIT OR ISC) AND GPL-3.0-only", false),
        ("GPL-3.0-only OR ISC AND MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("(MIT", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn no_crate_has_unsafe_code_and_all_name_the_compiler_that_is_tested() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"), "the workspace allows unsafe code");
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let channel = toolchain.split("channel = \"").nth(1).unwrap().split('"').next().unwrap();
    let oldest = workspace.split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(format!("{oldest}.0"), channel, "the oldest compiler that is promised is the one that the gate uses");
    for (folder, _) in super::CRATES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{folder} has lints of its own");
        assert!(manifest.contains("rust-version.workspace = true"), "{folder} promises another compiler");
        assert!(!manifest.contains("= \"*\""), "{folder} takes any version of something");
    }
}
