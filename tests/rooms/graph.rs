//! Files as rooms, imports as arrows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::uses;

/// Which file uses which, by their paths from a folder.
pub struct Graph {
    arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Graph {
    /// Reads the shipped code below a folder, which is the root of a crate or a folder inside it.
    pub fn of(folder: &Path) -> Graph {
        let source = folder.ancestors().find(|ancestor| ancestor.ends_with("src")).unwrap();
        // Where the folder stands inside the crate, as the parts of a module.
        let base: Vec<String> = parts(folder.strip_prefix(source).unwrap());
        let files = uses::shipped_files(folder);
        let modules: BTreeMap<Vec<String>, PathBuf> =
            files.iter().map(|(file, _)| (module(&base, file), file.clone())).collect();
        let mut arrows: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for (file, text) in &files {
            let own = module(&base, file);
            for path in uses::paths(text) {
                let Some(target) = absolute(&own, &path).and_then(|target| longest(&modules, &target)) else {
                    continue;
                };
                if target != file {
                    arrows.entry(file.clone()).or_default().insert(target.clone());
                }
            }
        }
        Graph { arrows }
    }

    /// All arrows.
    pub fn edges(&self) -> impl Iterator<Item = (&Path, &Path)> {
        self.arrows.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_path(), to.as_path())))
    }

    /// The circles: each as the files in it. What goes up to a parent or down to a child makes none.
    pub fn circles(&self) -> Vec<Vec<PathBuf>> {
        let mut circles = Vec::new();
        let mut done: BTreeSet<&Path> = BTreeSet::new();
        for start in self.arrows.keys() {
            if done.contains(start.as_path()) {
                continue;
            }
            let circle: Vec<PathBuf> = self
                .reachable(start)
                .into_iter()
                .filter(|file| self.reachable(file).contains(start.as_path()))
                .map(Path::to_owned)
                .collect();
            if !circle.is_empty() {
                done.extend(self.arrows.keys().filter(|file| circle.contains(file)).map(PathBuf::as_path));
                circles.push(circle);
            }
        }
        circles
    }

    fn reachable<'g>(&'g self, start: &Path) -> BTreeSet<&'g Path> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Path> = vec![start];
        while let Some(file) = open.pop() {
            for next in self.arrows.get(file).into_iter().flatten() {
                if !is_kin(file, next) && reached.insert(next.as_path()) {
                    open.push(self.arrows.get_key_value(next).map_or(next, |(key, _)| key));
                }
            }
        }
        reached
    }
}

/// Whether one file is the parent, or a parent's parent, of the other.
fn is_kin(one: &Path, other: &Path) -> bool {
    let (one, other) = (module(&[], one), module(&[], other));
    one.starts_with(&other) || other.starts_with(&one)
}

fn parts(path: &Path) -> Vec<String> {
    path.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// The module of a file, as its parts: `operations/dcs/mod.rs` is `operations::dcs`.
fn module(base: &[String], file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = base.iter().cloned().chain(parts(&file.with_extension(""))).collect();
    let is_root = parts.len() == 1 && parts[0] == "lib";
    if parts.last().is_some_and(|last| last == "mod") || is_root {
        parts.pop();
    }
    parts
}

/// A path as the parts of a module of this crate; `None` for other crates.
fn absolute(own: &[String], path: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let rest = path[ups..].iter().cloned();
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "super" => Some(own[..own.len().checked_sub(ups)?].iter().cloned().chain(rest).collect()),
        // A child, or another crate: only a child is found.
        _ => Some(own.iter().cloned().chain(rest).collect()),
    }
}

/// The file of the longest beginning of a path that is a module. What a root itself defines counts for nobody: it is the
/// parent of all.
fn longest<'m>(modules: &'m BTreeMap<Vec<String>, PathBuf>, path: &[String]) -> Option<&'m PathBuf> {
    (1..=path.len()).rev().find_map(|length| modules.get(&path[..length]))
}
