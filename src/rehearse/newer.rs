//! What a configuration has that not every core knows: actions, lists, ephemeral resources. An older core calls them
//! unsupported; which one supports them is told here, before anything is run.

use std::fs;
use std::path::Path;

use super::configuration::{self, Item};
use super::{CORE_CHOICE, Problem};

/// Files of `terraform query`.
const QUERIES: &str = ".tfquery.hcl";

/// A core, as far as it matters here.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    is_opentofu: bool,
    /// Major and minor.
    number: (u32, u32),
    /// As it calls itself: `Terraform v1.11.4`.
    told: String,
}

impl Version {
    /// Reads the first line of what `version` says; none if that is not understood.
    pub(super) fn of(said: &str) -> Option<Version> {
        let told = said.lines().next()?.trim();
        let (name, version) = told.split_once(" v")?;
        let mut numbers = version.split(['.', '-']).map(|part| part.parse().ok());
        let number = (numbers.next()??, numbers.next()??);
        Some(Version { is_opentofu: name == "OpenTofu", number, told: told.to_owned() })
    }
}

/// Something that needs a newer core.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Form {
    /// In the user's words.
    what: &'static str,
    terraform: (u32, u32),
    /// None: no OpenTofu knows it.
    opentofu: Option<(u32, u32)>,
}

const ACTION: Form = Form { what: "an action", terraform: (1, 14), opentofu: None };
const LIST: Form = Form { what: "a list", terraform: (1, 14), opentofu: None };
const EPHEMERAL: Form = Form { what: "an ephemeral resource", terraform: (1, 10), opentofu: Some((1, 11)) };

/// Something that needs a newer core, and where it stands.
pub(super) struct Found {
    file: String,
    /// From 1; 0 is the file itself.
    line: usize,
    form: Form,
}

/// Checks that a core knows what was found.
///
/// # Errors
/// Names the first thing that it does not know, and a core that does.
pub(super) fn check(found: &[Found], core: &Version) -> Result<(), Problem> {
    for Found { file, line, form } in found {
        let needed = if core.is_opentofu { form.opentofu } else { Some(form.terraform) };
        if needed.is_some_and(|needed| core.number >= needed) {
            continue;
        }
        let (major, minor) = form.terraform;
        let mut needs = format!("Terraform {major}.{minor} or later");
        match form.opentofu {
            Some((major, minor)) => needs.push_str(&format!(" or OpenTofu {major}.{minor} or later")),
            None => needs.push_str(", and no OpenTofu has it"),
        }
        let place = if *line > 0 { format!("{file}:{line}") } else { file.clone() };
        return Err(Problem::new(format!(
            "{place} has {}, which needs {needs}. This is {}.\nNothing was run. To name another core: \
             {CORE_CHOICE}=/path/to/terraform",
            form.what, core.told
        )));
    }
    Ok(())
}

/// Whether there is something for `terraform query`.
pub(super) fn has_lists(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| is_query(&entry.file_name().to_string_lossy()))
}

fn is_query(name: &str) -> bool {
    name.ends_with(QUERIES) && !name.starts_with('.')
}

/// What stands in the files of a folder that needs a newer core, in order.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn forms(directory: &Path) -> Result<Vec<Found>, Problem> {
    let failed = |error: std::io::Error| Problem::io("read", directory, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if is_query(&name) {
            found.push(Found { file: name, line: 0, form: LIST });
            continue;
        }
        let Some(role) = configuration::role(&name).filter(|role| !role.is_test && !role.is_ignored) else { continue };
        // What is not understood is somebody else's to say.
        let Ok(bytes) = fs::read(directory.join(&name)) else { continue };
        let items = configuration::text(&bytes).and_then(|text| configuration::items(text, role.syntax));
        for item in items.unwrap_or_default() {
            found.extend(form(&item).map(|form| Found { file: name.clone(), line: item.line, form }));
        }
    }
    found.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    Ok(found)
}

fn form(item: &Item) -> Option<Form> {
    let triggers = |item: &Item| {
        let lifecycles = item.items().iter().filter(|inner| inner.name == "lifecycle");
        lifecycles.flat_map(Item::items).any(|inner| inner.name == "action_trigger")
    };
    match item.name.as_str() {
        "action" => Some(ACTION),
        "resource" if triggers(item) => Some(ACTION),
        "ephemeral" => Some(EPHEMERAL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_cores_tell_them() {
        for (said, expected) in [
            ("Terraform v1.11.4\non linux_amd64\n", Some((false, (1, 11)))),
            ("Terraform v1.17.0-dev\n", Some((false, (1, 17)))),
            ("OpenTofu v1.12.6\n", Some((true, (1, 12)))),
            ("what?", None),
            ("", None),
        ] {
            let read = Version::of(said).map(|version| (version.is_opentofu, version.number));
            assert_eq!(read, expected, "{said}");
        }
    }

    #[test]
    fn each_form_names_the_core_that_it_needs() {
        let trigger = "resource \"a\" \"b\" {\n  lifecycle {\n    action_trigger {\n      events = [after_create]\n    }\n  }\n}\n";
        let cases = [
            (
                "main.tf",
                "\naction \"a\" \"b\" {\n  config {}\n}\n",
                "main.tf:2 has an action",
                "Terraform v1.13.0",
                "Terraform v1.14.0",
            ),
            ("main.tf", trigger, "main.tf:1 has an action", "OpenTofu v1.13.9", "Terraform v1.15.0"),
            (
                "x.tfquery.hcl",
                "list \"a\" \"b\" {}\n",
                "x.tfquery.hcl has a list",
                "Terraform v1.11.4",
                "Terraform v1.17.2",
            ),
            (
                "e.tf",
                "ephemeral \"a\" \"b\" {}\n",
                "e.tf:1 has an ephemeral resource",
                "Terraform v1.9.8",
                "Terraform v1.10.0",
            ),
            ("e.tf", "ephemeral \"a\" \"b\" {}\n", "OpenTofu 1.11", "OpenTofu v1.10.0", "OpenTofu v1.11.0"),
        ];
        for (name, text, told, old, new) in cases {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), text).unwrap();
            let core = |said| Version::of(said).unwrap();
            let refused = check(&forms(folder.path()).unwrap(), &core(old)).unwrap_err().to_string();
            assert!(refused.contains(told) && refused.contains(old), "{name}: {refused}");
            check(&forms(folder.path()).unwrap(), &core(new)).unwrap();
            assert_eq!(has_lists(folder.path()), name.ends_with(QUERIES));
        }
    }

    #[test]
    fn what_every_core_knows_needs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.tf"), "resource \"a\" \"b\" {\n  lifecycle {}\n}\n").unwrap();
        fs::write(folder.path().join("broken.tf"), "resource \"a\n").unwrap();
        assert!(forms(folder.path()).unwrap().is_empty(), "and no core is asked for its version");
    }
}
