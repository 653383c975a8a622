//! The walls inside the crate: the table alone knows which services there are, and no service knows another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly, also in its helpers")]

use std::fs;
use std::path::{Path, PathBuf};

use rehearsal::Service;

/// The table, the declarations of modules, and the front door, which knows the service of identities.
const KNOWING: [&str; 3] = ["services.rs", "lib.rs", "access.rs"];

/// The shipped lines of each file beside the folders of the services.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else {
            let text = fs::read_to_string(&entry).unwrap();
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code: Vec<&str> = shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push((entry, code.join("\n")));
        }
    }
    found
}

/// How a line of code names a service: its module, its part of the world, its name in the table, its key as a text.
fn names(service: Service) -> [String; 4] {
    let key = service.key();
    [format!("crate::{key}"), format!("world.{key}"), format!("Service::{service:?}"), format!("\"{key}\"")]
}

#[test]
fn only_the_table_knows_the_services() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (path, code) in sources(&root) {
        let inside = path.strip_prefix(&root).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap();
        if KNOWING.contains(&room) {
            continue;
        }
        for service in Service::ALL.iter().filter(|service| service.key() != room) {
            for name in names(*service) {
                assert!(!code.contains(&name), "{} names {name}", inside.display());
            }
        }
    }
}
