//! Where the state of a rehearsal is kept: in the copy, and nowhere else.
//!
//! Two walls, neither of which relies on the other. What settles where state is kept is taken out of every file of the
//! copy, so that the one backend is the rehearsal's own; a file that is not understood is refused. And after `init`, what
//! the core has written down about its backend must be that one, before anything else is run.
//!
//! Backends in modules are ignored by the cores (`internal/configs/config_build.go`, "Backend configuration ignored");
//! in the copy they are taken out as well, because a command of the user's may make a nested folder the root.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Problem;
use super::configuration::{self, Item, Role, Syntax, Unclear};

/// Blocks that settle where state is kept and how it is read. `encryption` (OpenTofu) asks key services and programs.
const TAKEN: &[&str] = &["backend", "cloud", "state_store", "encryption"];
/// The same in a `run` block of a test.
const TAKEN_FROM_TESTS: &[&str] = &["backend"];
/// All else that the cores know in a `terraform` block. What they learn later could settle it, too.
const KEPT: &[&str] = &["required_version", "required_providers", "provider_meta", "experiments", "language", "//"];

/// Endings of names that could stand in for the rehearsal's own file.
const ENDINGS: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];

/// The rehearsal's own. No override file: beside a backend that was overlooked it is an error of the core's.
const OWN: &str = "\
# Written by the rehearsal: state stays in this temporary folder.
terraform {
  backend \"local\" {}
}
";

/// A configuration file without whatever settles where state is kept; lines keep their numbers.
///
/// # Errors
/// The file is not understood.
pub(super) fn taken_out(text: &str, role: Role) -> Result<String, Unclear> {
    let (parent, taken) = match role.is_test {
        true => ("run", TAKEN_FROM_TESTS),
        false => ("terraform", TAKEN),
    };
    let items = configuration::items(text, role.syntax)?;
    let parents: Vec<&Item> = items.iter().filter(|item| item.name == parent).collect();
    let inner: Vec<&Item> = parents.iter().flat_map(|item| item.items()).collect();
    let is_taken = |item: &&&Item| taken.contains(&item.name.as_str());
    let is_kept = |item: &Item| role.is_test || KEPT.contains(&item.name.as_str());
    if let Some(unknown) = inner.iter().find(|item| !is_taken(item) && !is_kept(item)) {
        return Err(Unclear { line: unknown.line, why: "this in a terraform block may settle where state is kept" });
    }
    let away: Vec<&Item> = inner.iter().filter(is_taken).copied().collect();
    nothing_hides(text, role.syntax, &[parent], &parents, 0..text.len())?;
    for block in &parents {
        nothing_hides(text, role.syntax, taken, &away, block.start..block.end)?;
    }
    Ok(cut(text, &away, role.syntax))
}

/// Whether everything that looks like the beginning of such a block was seen as one. After a fault a core goes on with
/// what it makes of the rest, and `init` uses a backend that it finds there, before it tells of the fault.
fn nothing_hides(
    text: &str,
    syntax: Syntax,
    names: &[&str],
    seen: &[&Item],
    range: Range<usize>,
) -> Result<(), Unclear> {
    let mut found = configuration::beginnings(text, syntax, names)?.into_iter().filter(|at| range.contains(at));
    match found.find(|at| seen.iter().all(|item| item.start != *at)) {
        None => Ok(()),
        Some(at) => Err(Unclear::at(text, at, "a block begins within something else")),
    }
}

/// The text without these items, with as many lines as before.
fn cut(text: &str, items: &[&Item], syntax: Syntax) -> String {
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for item in items {
        // One member of JSON can be several blocks.
        if item.start < at {
            continue;
        }
        left.push_str(text.get(at..item.start).unwrap_or_default());
        if syntax == Syntax::Json {
            // The cores' word for a comment, so that the commas around it stay right.
            left.push_str("\"//\": null");
        }
        let lines = text.get(item.start..item.end).unwrap_or_default().matches('\n').count();
        left.extend(std::iter::repeat_n('\n', lines));
        at = item.end;
    }
    left.push_str(text.get(at..).unwrap_or_default());
    left
}

/// Gives a copy, from which all else is taken out, its backend.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_own(directory: &Path) -> Result<(), Problem> {
    // Under a name that is not taken, nor hidden by OpenTofu's twin of it.
    let name = |number: usize| format!("rehearsal_state_{number}");
    let is_free = |number: &usize| {
        ENDINGS.iter().all(|end| directory.join(format!("{}{end}", name(*number))).symlink_metadata().is_err())
    };
    let number = (1..1000).find(is_free).unwrap_or_default();
    let path = directory.join(format!("{}.tf", name(number)));
    let written = fs::File::create_new(&path).and_then(|mut file| file.write_all(OWN.as_bytes()));
    written.map_err(|error| Problem::io("write", &path, &error))
}

/// What the core has written down about its backend; none before it has initialised one.
pub(super) fn is_recorded(directory: &Path) -> bool {
    record(directory).symlink_metadata().is_ok()
}

/// Checks what the core has written down about its backend: it must be the rehearsal's own, with its state inside the
/// copy.
///
/// # Errors
/// It is another one, or nothing that can be read; nothing may be run then.
pub(super) fn check(directory: &Path) -> Result<(), Problem> {
    let path = record(directory);
    let text = fs::read_to_string(&path).map_err(|error| Problem::io("read", &path, &error))?;
    let record: Value = serde_json::from_str(&text)
        .map_err(|error| Problem::new(format!("cannot read {}: {error}", path.display())))?;
    match elsewhere(&record) {
        None => Ok(()),
        Some(what) => Err(Problem::new(format!(
            "Terraform would keep the state of this rehearsal elsewhere than in its temporary folder ({what}).\nNothing \
             was planned or applied. A backend of the configuration has found a way into the copy; please report it."
        ))),
    }
}

fn record(directory: &Path) -> PathBuf {
    directory.join(".terraform").join("terraform.tfstate")
}

/// What leads out of the copy in the record of a backend.
fn elsewhere(record: &Value) -> Option<String> {
    if !record["state_store"].is_null() {
        return Some("a state store".to_owned());
    }
    let backend = &record["backend"];
    match backend["type"].as_str() {
        Some("local") => {}
        Some(other) => return Some(format!("backend {other:?}")),
        None => return Some("no backend at all".to_owned()),
    }
    let Some(settings) = backend["config"].as_object() else { return Some("a record without settings".to_owned()) };
    let (name, value) = settings.iter().find(|(_, value)| !value.is_null())?;
    Some(format!("backend \"local\" with {name} = {value}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn left(name: &str, text: &str) -> Result<String, Unclear> {
        taken_out(text, configuration::role(name).unwrap())
    }

    #[test]
    fn backends_are_taken_out_and_nothing_else() {
        for (name, text, expected) in [
            (
                "a.tf",
                "terraform {\n  backend \"s3\" {\n    key = 1\n  }\n  required_version = 1\n}\n",
                "terraform {\n  \n\n\n  required_version = 1\n}\n",
            ),
            ("a.tf", "terraform { backend \"local\" {} }\n", "terraform {  }\n"),
            ("a.tf", "terraform {\n  cloud {\n  }\n  encryption {\n  }\n}\n", "terraform {\n  \n\n  \n\n}\n"),
            ("a.tf", "terraform {\n  state_store \"a\" {\n  }\n}\n", "terraform {\n  \n\n}\n"),
            ("a.tf", "terraform {\n}\nterraform {\n backend local {\n }\n}\n", "terraform {\n}\nterraform {\n \n\n}\n"),
            (
                "a.tf",
                "# terraform { backend\na = \"terraform { backend {\"\n",
                "# terraform { backend\na = \"terraform { backend {\"\n",
            ),
            ("a.tf", "resource \"a\" \"b\" {\n  backend {\n  }\n}\n", "resource \"a\" \"b\" {\n  backend {\n  }\n}\n"),
            (
                "a.tofu.json",
                "{\"terraform\": {\"backend\": {\"s3\": {\n}}, \"required_version\": 1}}",
                "{\"terraform\": {\"//\": null\n, \"required_version\": 1}}",
            ),
            (
                "a.tf.json",
                "{\"terraform\": [{\"backend\": {\"s3\": {}, \"local\": {}}}, {\"cloud\": {}}]}",
                "{\"terraform\": [{\"//\": null}, {\"//\": null}]}",
            ),
            (
                "a.tf.json",
                "{\"//\": 1, \"terraform\": {\"//\": 2, \"b\\u0061ckend\": {}}}",
                "{\"//\": 1, \"terraform\": {\"//\": 2, \"//\": null}}",
            ),
            (
                "a.tftest.hcl",
                "run \"a\" {\n  backend \"s3\" {\n  }\n  command = plan\n}\n",
                "run \"a\" {\n  \n\n  command = plan\n}\n",
            ),
        ] {
            assert_eq!(left(name, text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_could_hide_a_backend_is_refused() {
        for (name, text) in [
            ("a.tf", "terraform {\n  backend_of_the_future {\n  }\n}\n"),
            ("a.tf", "terraform {\n  dynamic \"backend\" {\n  }\n}\n"),
            ("a.tf", "terraform {\n  future = 1\n}\n"),
            ("a.tf", "a = 1 terraform {\n  backend \"s3\" {}\n}\n"),
            ("a.tf", "terraform {\n  required_version = 1 backend \"s3\" {\n  }\n}\n"),
            ("a.tf", "terraform {\n  required_providers {\n    backend \"s3\" {\n    }\n  }\n}\n"),
            ("a.tf", "locals {\n  terraform {\n    backend \"s3\" {}\n  }\n}\n"),
            ("a.tf", "terraform {\n"),
            ("a.tf.json", "{\"terraform\": {\"future\": {}}}"),
            ("a.tf.json", "{\"terraform\": {\"backend\": {}}"),
        ] {
            assert!(left(name, text).is_err(), "{text}: {:?}", left(name, text));
        }
    }

    #[test]
    fn only_the_own_backend_passes() {
        let local = |path: Value| json!({"version": 3, "backend": {"type": "local", "config": {"path": path, "workspace_dir": null}, "hash": 1}});
        for (record, passes) in [
            (local(Value::Null), true),
            (local("/real/terraform.tfstate".into()), false),
            (local("".into()), false),
            (json!({"backend": {"type": "local", "config": {"workspace_dir": "/real"}}}), false),
            (json!({"backend": {"type": "http", "config": {"address": "http://127.0.0.1"}}}), false),
            (json!({"backend": {"type": "cloud"}}), false),
            (json!({"backend": {"type": "local"}, "state_store": {"type": "x"}}), false),
            (json!({"backend": null}), false),
            (json!({}), false),
        ] {
            assert_eq!(elsewhere(&record).is_none(), passes, "{record}");
        }
    }

    #[test]
    fn without_a_record_nothing_passes() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path()).is_err() && !is_recorded(folder.path()));
        fs::create_dir(folder.path().join(".terraform")).unwrap();
        fs::write(record(folder.path()), "{").unwrap();
        assert!(check(folder.path()).is_err() && is_recorded(folder.path()));
    }

    #[test]
    fn the_own_backend_never_shares_a_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rehearsal_state_1.tofu"), "").unwrap();
        write_own(folder.path()).unwrap();
        write_own(folder.path()).unwrap();
        for number in [2, 3] {
            let text = fs::read_to_string(folder.path().join(format!("rehearsal_state_{number}.tf"))).unwrap();
            assert_eq!(text, OWN);
        }
    }
}
