//! The rooms and the arrows between them, as the code has them: reads every `use` line of shipped code and holds what
//! ARCHITECTURE.md draws. The compiler holds the walls between crates; this holds those inside them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unreachable_pub)] // A test may fail loudly.

mod graph;
mod supply;
mod uses;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use graph::Graph;

/// Crates of the workspace by folder, and the crates of the workspace that shipped code of each may use.
const CRATES: [(&str, &[&str]); 11] = [
    ("crates/tf", &[]),
    ("crates/outside", &[]),
    ("crates/yaml", &[]),
    ("crates/reader", &[]),
    ("crates/proto", &[]),
    ("crates/plugin", &["outside", "proto", "tf"]),
    ("crates/plugin-client", &["proto"]),
    ("crates/cloud", &["outside", "reader", "yaml"]),
    ("crates/engine", &["cloud", "tf"]),
    ("rehearsal", &["reader", "yaml"]),
    (".", &["cloud", "engine", "outside", "plugin", "rehearsal", "tf"]),
];

/// The rooms of `src`, and the rooms that each may look into. A room that is not named may be looked into by nobody.
const ARROWS: [(&str, &[&str]); 11] = [
    ("main", &["cli", "provider", "rehearse", "stand_in"]),
    ("cli", &["rehearse"]),
    ("rehearse", &["stand_in"]),
    ("stand_in", &[]),
    ("provider", &["forms", "functions", "runtime"]),
    ("forms", &["operations", "report", "runtime"]),
    ("operations", &["moments", "report", "runtime"]),
    ("functions", &["moments"]),
    ("runtime", &["report"]),
    ("report", &[]),
    ("moments", &[]),
];

/// Folders with a room for each service.
const SERVICE_ROOMS: [&str; 3] = ["src/operations", "crates/cloud/src", "rehearsal/src"];
/// Rooms whose code names no service.
const KNOW_NO_SERVICE: [&str; 2] = ["src/forms", "crates/engine/src"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The services, as the facts name them. IAM is no service that work is started with.
fn services() -> Vec<String> {
    let pages = fs::read_dir(root().join("facts")).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().to_string_lossy().into_owned());
    let names = names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned));
    let mut services: Vec<String> = names.filter(|name| name != "README" && name != "iam").collect();
    services.sort();
    assert!(services.len() >= 3, "{services:?}");
    services
}

#[test]
fn crates_use_what_they_may() {
    for (folder, allowed) in CRATES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        // The root's manifest names each crate once more for the whole workspace.
        let shipped = manifest.split("\n[").filter(|section| section.starts_with("dependencies]"));
        let used: BTreeSet<&str> = shipped
            .flat_map(str::lines)
            .filter_map(|line| line.split_once(".workspace").map(|(name, _)| name))
            .filter(|name| CRATES.iter().any(|(folder, _)| folder.rsplit('/').next() == Some(name)))
            .collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(used, allowed, "{folder}/Cargo.toml");
    }
}

#[test]
fn arrows_inside_src_run_down() {
    let graph = Graph::of(&root().join("src"));
    let mut wrong = Vec::new();
    for (from, to) in graph.edges() {
        let (from_room, to_room) = (room(from), room(to));
        if from_room == to_room || from_room == "lib" {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == from_room).map_or(&[][..], |(_, allowed)| allowed);
        if !allowed.contains(&to_room) {
            wrong.push(format!("{} looks into {}", from.display(), to.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The room of a file below `src`: its first folder, or its own name.
fn room(file: &Path) -> &str {
    let first = file.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(first)
}

#[test]
fn there_are_no_circles_but_between_parent_and_child() {
    for (folder, _) in CRATES {
        let circles = Graph::of(&root().join(folder).join("src")).circles();
        assert!(circles.is_empty(), "{folder}: {circles:#?}");
    }
}

#[test]
fn no_service_looks_into_another_one() {
    let services = services();
    for folder in SERVICE_ROOMS {
        let graph = Graph::of(&root().join(folder));
        for (from, to) in graph.edges() {
            let (from_room, to_room) = (room(from), room(to));
            let both = [from_room, to_room].iter().all(|room| services.iter().any(|service| service == room));
            assert!(!both || from_room == to_room, "{folder}: {} looks into {}", from.display(), to.display());
        }
    }
}

#[test]
fn forms_and_engine_name_no_service() {
    let services = services();
    for folder in KNOW_NO_SERVICE {
        for (file, text) in uses::shipped_files(&root().join(folder)) {
            let code = uses::without_comments(&text);
            for service in &services {
                let names = |word: &str| word.to_lowercase().split('_').any(|part| part == service);
                let found =
                    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').find(|word| names(word));
                assert_eq!(found, None, "{folder}/{} names {service}", file.display());
            }
        }
    }
}
