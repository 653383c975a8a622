//! The copy of the user's folder in which everything happens.
//!
//! The copy lies as deep in a temporary tree as the original lies in the file system, and at each level the neighbours
//! of the path are linked. So whatever a configuration reaches by a relative path (`source = "../network"`,
//! `file("${path.module}/../../motd")`) is found where it is looked for, however deep it is nested, without reading the
//! configuration and without copying what might be large.
//!
//! Whatever settles where state is kept does not come along (`backend`), nor does what would lead there otherwise: state,
//! locks, saved plans.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::configuration::{self, Role};
use super::{Problem, backend};

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
                configuration::role(&name.to_string_lossy()).is_some_and(|role| !role.is_test && !role.is_ignored)
            });
        match has_configuration {
            true => Ok(real),
            false => Err(Problem::new(format!("{} has no configuration files (*.tf)", directory.display()))),
        }
    }

    /// Copies `source`, a canonical path, into a tree under `temporary`. With `any_root`, a folder in it may become the
    /// root of a configuration, too.
    ///
    /// # Errors
    /// A file of a root is not understood: a backend might hide in it.
    pub(super) fn of(source: &Path, temporary: &Path, any_root: bool) -> Result<Shadow, Problem> {
        let directory = mirror_ancestors(source, &temporary.join("tree"), temporary)?;
        copy_folder(source, &directory, &Roots { source, shadow: &directory, temporary, any_root })?;
        backend::write_own(&directory)?;
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
    any_root: bool,
}

fn copy_folder(from: &Path, to: &Path, roots: &Roots<'_>) -> Result<(), Problem> {
    make_folder(to)?;
    for name in names(from).map_err(|error| Problem::io("read", from, &error))? {
        let entry = from.join(&name);
        if entry == roots.temporary || stays_behind(&name.to_string_lossy()) || is_saved_plan(&entry) {
            continue;
        }
        match configuration::role(&name.to_string_lossy()).filter(|_| !entry.is_dir()) {
            Some(role) => copy_configuration(&entry, &to.join(&name), role, roots)?,
            None => copy_entry(&entry, &to.join(&name), roots)?,
        }
    }
    Ok(())
}

/// Copies a file of the configuration, also one that is linked, without whatever settles where state is kept.
fn copy_configuration(from: &Path, to: &Path, role: Role, roots: &Roots<'_>) -> Result<(), Problem> {
    // No core reads it, and an editor's lock may be a link to nothing.
    if role.is_ignored {
        return Ok(());
    }
    let shown = from.strip_prefix(roots.source).unwrap_or(from);
    let is_file = fs::metadata(from).map_err(|error| Problem::io("read", from, &error))?.is_file();
    if !is_file {
        return Err(Problem::new(format!("{} is named like a configuration and is no file", shown.display())));
    }
    let bytes = fs::read(from).map_err(|error| Problem::io("read", from, &error))?;
    let is_root = roots.any_root || from.parent() == Some(roots.source);
    let copy = match configuration::text(&bytes).and_then(|text| backend::taken_out(text, role)) {
        Ok(text) => text.into_bytes(),
        // What is only named like a configuration, such as a template, is none; nor do backends of modules count.
        Err(_) if !is_root => bytes,
        Err(unclear) => return Err(Problem::unclear(shown, &unclear, "a backend may hide in it")),
    };
    fs::write(to, copy).map_err(|error| Problem::io("write", to, &error))
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
    // Some file systems take large and small letters for the same.
    let name = &*name.to_ascii_lowercase();
    matches!(name, ".terraform" | ".terraform.lock.hcl" | "terraform.tfstate.d" | ".git")
        || name.ends_with(".tfstate")
        || name.contains(".tfstate.")
        || (name.starts_with("crash.") && name.ends_with("log"))
}

/// Whether a file is a plan that a core has saved, or a link to one: applied, it uses the backend that it was made with.
pub(super) fn is_saved_plan(path: &Path) -> bool {
    // A plan is an archive whose first entry is "tfplan"; the name stands at byte 30, its length at 26.
    let mut head = [0_u8; 36];
    let is_read = path.is_file() && fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok();
    is_read && head.starts_with(b"PK\x03\x04") && head.get(26..28) == Some(&[6, 0]) && head.ends_with(b"tfplan")
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
            write(&source.join(name), "# own");
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
            "Terraform.TFSTATE",
            ".#main.tf",
        ];
        for name in own {
            write(&source.join(name), name);
        }
        let plan = [b"PK\x03\x04", &[0; 22][..], &[6, 0, 0, 0], b"tfplan and more"].concat();
        fs::write(source.join("saved.plan"), plan).unwrap();
        let shadow = Shadow::of(&source, &temporary, false).unwrap();
        let there = |name: &str| shadow.directory().join(name).exists();
        assert!(there("main.tf") && there("nested/deep/a.tf") && there("vars.auto.tfvars"));
        for name in own.into_iter().chain(["saved.plan"]) {
            assert!(!there(name), "{name}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn relative_paths_lead_where_they_lead_around_the_original() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "# own");
        write(&source.join("../../modules/network/main.tf"), "network");
        write(&source.join("../motd"), "hello");
        let shadow = Shadow::of(&source, &temporary, false).unwrap();
        let read = |path: &str| fs::read_to_string(shadow.directory().join(path)).unwrap();
        assert_eq!(read("../../modules/network/main.tf"), "network");
        assert_eq!(read("../motd"), "hello");
        assert_eq!(read("../prod/main.tf"), "# own");
        // A module that comes back by its own relative path comes back to the copy.
        fs::write(shadow.directory().join("main.tf"), "changed").unwrap();
        assert_eq!(read("../prod/main.tf"), "changed");
        assert_eq!(fs::read_to_string(source.join("main.tf")).unwrap(), "# own");
    }

    #[test]
    #[cfg(unix)]
    fn links_never_lead_back_into_the_original() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "# own");
        write(&source.join("motd"), "own");
        write(&source.join("../common"), "common");
        link(Path::new("../common"), &source.join("common")).unwrap();
        link(&source.join("motd"), &source.join("absolute")).unwrap();
        link(Path::new("nowhere"), &source.join("broken")).unwrap();
        let shadow = Shadow::of(&source, &temporary, false).unwrap();
        assert_eq!(fs::read_to_string(shadow.directory().join("common")).unwrap(), "common");
        fs::write(shadow.directory().join("absolute"), "written").unwrap();
        assert_eq!(fs::read_to_string(source.join("motd")).unwrap(), "own");
    }

    #[test]
    #[cfg(unix)]
    fn linked_configurations_become_files_without_their_backends() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "# own");
        write(&source.join("../common.tf"), "terraform {\n  backend \"s3\" {}\n}\n");
        link(Path::new("../common.tf"), &source.join("relative.tf")).unwrap();
        link(&source.join("../common.tf"), &source.join("absolute.tf")).unwrap();
        let shadow = Shadow::of(&source, &temporary, false).unwrap();
        for name in ["relative.tf", "absolute.tf"] {
            let copy = shadow.directory().join(name);
            assert!(copy.symlink_metadata().unwrap().is_file(), "{name}");
            assert_eq!(fs::read_to_string(copy).unwrap(), "terraform {\n  \n}\n");
        }
        link(Path::new("nowhere"), &source.join("broken.tf")).unwrap();
        assert!(Shadow::of(&source, &temporary.join("again"), false).is_err());
    }

    #[test]
    fn what_is_not_understood_is_refused_where_it_could_be_a_root() {
        let (_root, source, temporary) = folders();
        write(&source.join("main.tf"), "# own");
        write(&source.join("templates/main.tf"), "%{ for x in y }\n");
        let shadow = Shadow::of(&source, &temporary.join("1"), false).unwrap();
        assert_eq!(fs::read_to_string(shadow.directory().join("templates/main.tf")).unwrap(), "%{ for x in y }\n");
        let refused = Shadow::of(&source, &temporary.join("2"), true).err().unwrap().to_string();
        assert!(refused.contains("templates/main.tf:1"), "{refused}");
        write(&source.join("broken.tf"), "a = 1\nterraform {\n");
        let refused = Shadow::of(&source, &temporary.join("3"), false).err().unwrap().to_string();
        assert!(refused.contains("broken.tf:2") && refused.contains("backend"), "{refused}");
    }

    #[test]
    fn a_copy_inside_the_original_is_not_copied() {
        let (_root, source, _) = folders();
        write(&source.join("main.tf"), "# own");
        let temporary = source.join("temporary");
        fs::create_dir(&temporary).unwrap();
        let shadow = Shadow::of(&source, &temporary, false).unwrap();
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
