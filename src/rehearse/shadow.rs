//! The copy of the user's folder in which everything happens.
//!
//! The copy lies as deep in a temporary tree as the original lies in the file system, and at each level the neighbours
//! of the path are linked. So whatever a configuration reaches by a relative path (`source = "../network"`,
//! `file("${path.module}/../../motd")`) is found where it is looked for, however deep it is nested, without reading the
//! configuration and without copying what might be large.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::Problem;

/// Settles where state is kept. An override file's backend replaces a `backend` or `cloud` block of the configuration
/// as a whole; of several override files the last in the order of names wins.
const BACKEND_FILE: &str = "~rehearsal_override.tf";
const BACKEND: &str = "\
# Written by the rehearsal: state stays in this temporary folder.
terraform {
  backend \"local\" {}
}
";

/// A copy of a configuration.
pub(super) struct Shadow {
    directory: PathBuf,
}

impl Shadow {
    /// The folder that is meant, free of links and relative parts.
    pub(super) fn source(directory: &Path) -> Result<PathBuf, Problem> {
        let real = directory.canonicalize().map_err(|error| Problem::io("open", directory, &error))?;
        let has_configuration =
            names(&real).map_err(|error| Problem::io("read", directory, &error))?.iter().any(|name| {
                [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.to_string_lossy().ends_with(end))
            });
        match has_configuration {
            true => Ok(real),
            false => Err(Problem::new(format!("{} has no configuration files (*.tf)", directory.display()))),
        }
    }

    /// Copies `source`, a canonical path, into a tree under `temporary`.
    pub(super) fn of(source: &Path, temporary: &Path) -> Result<Shadow, Problem> {
        let directory = mirror_ancestors(source, &temporary.join("tree"), temporary)?;
        copy_folder(source, &directory, &Roots { source, shadow: &directory, temporary })?;
        let backend = directory.join(BACKEND_FILE);
        fs::write(&backend, BACKEND).map_err(|error| Problem::io("write", &backend, &error))?;
        Ok(Shadow { directory })
    }

    /// Where the copy is.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Makes the folders on the way to `source` anew under `tree`, with links to everything beside the way.
fn mirror_ancestors(source: &Path, tree: &Path, temporary: &Path) -> Result<PathBuf, Problem> {
    let mut shadow = tree.to_owned();
    let mut original = PathBuf::new();
    for part in source.components() {
        if let Component::Normal(name) = part {
            make_folder(&shadow)?;
            link_neighbours(&original, &shadow, name, temporary);
            shadow.push(name);
        }
        original.push(part);
    }
    Ok(shadow)
}

/// Links whatever lies in `original` beside `way`. What cannot be listed or linked is left out: a configuration that
/// needs it fails with Terraform's own words about what is missing.
fn link_neighbours(original: &Path, shadow: &Path, way: &OsStr, temporary: &Path) {
    for name in names(original).unwrap_or_default() {
        let neighbour = original.join(&name);
        if name != way && neighbour != temporary {
            let _ = link(&neighbour, &shadow.join(&name));
        }
    }
}

struct Roots<'a> {
    source: &'a Path,
    shadow: &'a Path,
    /// May lie inside the source, where the copy must not be copied again.
    temporary: &'a Path,
}

fn copy_folder(from: &Path, to: &Path, roots: &Roots<'_>) -> Result<(), Problem> {
    make_folder(to)?;
    for name in names(from).map_err(|error| Problem::io("read", from, &error))? {
        let entry = from.join(&name);
        if entry != roots.temporary && !stays_behind(&name.to_string_lossy()) {
            copy_entry(&entry, &to.join(&name), roots)?;
        }
    }
    Ok(())
}

fn copy_entry(from: &Path, to: &Path, roots: &Roots<'_>) -> Result<(), Problem> {
    let failed = |error: io::Error| Problem::io("copy", from, &error);
    let kind = from.symlink_metadata().map_err(failed)?.file_type();
    if kind.is_symlink() {
        let target = fs::read_link(from).map_err(failed)?;
        // Relative targets lie in the tree as they lie around the original. An absolute one must not lead back.
        let target = match target.strip_prefix(roots.source) {
            Ok(inside) => roots.shadow.join(inside),
            Err(_) => target,
        };
        link(&target, to).map_err(failed)
    } else if kind.is_dir() {
        copy_folder(from, to, roots)
    } else if kind.is_file() {
        fs::copy(from, to).map(|_| ()).map_err(failed)
    } else {
        // Sockets and pipes are no part of a configuration.
        Ok(())
    }
}

/// State, locks, installed modules and providers, and crash logs are the user's own, and history is not needed.
fn stays_behind(name: &str) -> bool {
    matches!(name, ".terraform" | ".terraform.lock.hcl" | "terraform.tfstate.d" | ".git")
        || name.ends_with(".tfstate")
        || name.contains(".tfstate.")
        || (name.starts_with("crash.") && name.ends_with("log"))
}

fn names(folder: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
}

fn make_folder(path: &Path) -> Result<(), Problem> {
    fs::create_dir_all(path).map_err(|error| Problem::io("create", path, &error))
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(windows)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    match target.is_dir() {
        true => std::os::windows::fs::symlink_dir(target, at),
        false => std::os::windows::fs::symlink_file(target, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let base = root.path().canonicalize().unwrap();
        fs::create_dir_all(base.join("work/env/prod")).unwrap();
        fs::create_dir_all(base.join("temporary")).unwrap();
        let (source, temporary) = (base.join("work/env/prod"), base.join("temporary"));
        (root, source, temporary)
    }

    #[test]
    fn the_users_own_files_stay_behind() {
        let (_root, source, temporary) = folders();
        for name in ["main.tf", "nested/deep/a.tf", "vars.auto.tfvars"] {
            write(&source.join(name), name);
        }
        let own = [
            "terraform.tfstate",
            "terraform.tfstate.backup",
            ".terraform.tfstate.lock.info",
            "terraform.tfstate.d/dev/terraform.tfstate",
            ".terraform/terraform.tfstate",
            ".terraform.lock.hcl",
            "crash.log",
            "crash.123.log",
            "nested/.terraform/x",
            ".git/config",
        ];
        for name in own {
            write(&source.join(name), name);
        }
        let shadow = Shadow::of(&source, &temporary).unwrap();
        let there = |name: &str| shadow.directory().join(name).exists();
        assert!(there("main.tf") && there("nested/deep/a.tf") && there("vars.auto.tfvars"));
        for name in own {
            assert!(!there(name), "{name}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn relative_paths_lead_where_they_lead_around_the_original() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "own");
        write(&source.join("../../modules/network/main.tf"), "network");
        write(&source.join("../motd"), "hello");
        let shadow = Shadow::of(&source, &temporary).unwrap();
        let read = |path: &str| fs::read_to_string(shadow.directory().join(path)).unwrap();
        assert_eq!(read("../../modules/network/main.tf"), "network");
        assert_eq!(read("../motd"), "hello");
        assert_eq!(read("../prod/main.tf"), "own");
        // A module that comes back by its own relative path comes back to the copy.
        fs::write(shadow.directory().join("main.tf"), "changed").unwrap();
        assert_eq!(read("../prod/main.tf"), "changed");
        assert_eq!(fs::read_to_string(source.join("main.tf")).unwrap(), "own");
    }

    #[test]
    #[cfg(unix)]
    fn links_never_lead_back_into_the_original() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "own");
        write(&source.join("../common.tf"), "common");
        link(Path::new("../common.tf"), &source.join("common.tf")).unwrap();
        link(&source.join("main.tf"), &source.join("absolute.tf")).unwrap();
        link(Path::new("nowhere"), &source.join("broken.tf")).unwrap();
        let shadow = Shadow::of(&source, &temporary).unwrap();
        assert_eq!(fs::read_to_string(shadow.directory().join("common.tf")).unwrap(), "common");
        fs::write(shadow.directory().join("absolute.tf"), "written").unwrap();
        assert_eq!(fs::read_to_string(source.join("main.tf")).unwrap(), "own");
    }

    #[test]
    fn a_copy_inside_the_original_is_not_copied() {
        let (_root, source, _) = folders();
        write(&source.join("main.tf"), "own");
        let temporary = source.join("temporary");
        fs::create_dir(&temporary).unwrap();
        let shadow = Shadow::of(&source, &temporary).unwrap();
        assert!(shadow.directory().join("main.tf").exists() && !shadow.directory().join("temporary").exists());
    }

    #[test]
    fn a_folder_without_configuration_is_refused() {
        let (_root, source, _) = folders();
        assert!(Shadow::source(&source).unwrap_err().to_string().contains("no configuration files"));
        assert!(Shadow::source(&source.join("missing")).is_err());
        write(&source.join("main.tf.json"), "{}");
        assert_eq!(Shadow::source(&source.join("../prod")).unwrap(), source);
    }
}
