//! What a configuration would do outside of the rehearsal without another provider: provisioners run programs and log in
//! to machines, and `terraform_remote_state` reads somebody's real state.
//!
//! They are looked for in the files themselves, those of installed modules included: remote state is read while planning
//! already, so that no plan can be asked for them. A file that is not understood is refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::configuration::{self, Content, Item};
use super::{Problem, providers};

/// The word for `--with` that lets provisioners run.
const PROVISIONERS: &str = "provisioners";
/// The word for `--with` that lets `terraform_remote_state` read.
const REMOTE_STATE: &str = "remote-state";

/// The data source of the core's own provider that reads the state of another configuration.
const REMOTE_STATE_TYPE: &str = "terraform_remote_state";

/// Something that would act for real.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    /// The word for `--with` that allows it.
    word: &'static str,
    /// Where it stands and what it would do.
    told: String,
}

/// What the configuration in a folder, with its modules installed, would do by itself.
///
/// # Errors
/// A file cannot be read or is not understood.
pub(super) fn acts(directory: &Path) -> Result<Vec<Act>, Problem> {
    let mut acts = Vec::new();
    let mut calls_modules = false;
    let installed = modules(directory)?;
    for module in installed.as_deref().unwrap_or_default().iter().chain(&[Module::root()]) {
        let folder = directory.join(&module.folder);
        if module.address.is_empty() && module.folder != Path::new(".") {
            return Err(Problem::new(format!("the root module lies in {}, outside of the copy", folder.display())));
        }
        for (path, items) in files(&folder, &module.folder)? {
            calls_modules |= items.iter().any(|item| item.name == "module");
            let found = items.iter().flat_map(|item| acts_of(item, &module.address, &path));
            found.for_each(|act| {
                if !acts.contains(&act) {
                    acts.push(act)
                }
            });
        }
    }
    match installed.is_none() && calls_modules {
        true => Err(Problem::new("the configuration calls modules, and Terraform does not say where it has them")),
        false => Ok(acts),
    }
}

/// What stands in the files of the configuration in a folder, with its modules installed.
///
/// # Errors
/// A file cannot be read or is not understood.
pub(super) fn configurations(directory: &Path) -> Result<Vec<Vec<Item>>, Problem> {
    let mut found = Vec::new();
    // The listing names the root, too.
    let folders: BTreeSet<PathBuf> = modules(directory)?.into_iter().flatten().map(|module| module.folder).collect();
    for folder in folders.into_iter().filter(|folder| folder != Path::new(".")).chain([PathBuf::from(".")]) {
        found.extend(files(&directory.join(&folder), &folder)?.into_iter().map(|(_, items)| items));
    }
    Ok(found)
}

/// Checks that all of this was allowed by the user.
///
/// # Errors
/// Tells what was not, and the way around it.
pub(super) fn allowed(acts: &[Act], others: &[String], with: &[String]) -> Result<(), Problem> {
    let acts: Vec<&Act> = acts.iter().filter(|act| !with.iter().any(|word| word == act.word)).collect();
    let others: Vec<&String> = others.iter().filter(|address| !providers::are_named(address, with)).collect();
    if acts.is_empty() && others.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = acts.iter().map(|act| act.told.clone()).collect();
    lines.extend(others.iter().map(|address| format!("{address} is another provider; its resources would be real")));
    let words: BTreeSet<&str> =
        acts.iter().map(|act| act.word).chain(others.iter().map(|address| providers::type_of(address))).collect();
    let words: Vec<String> = words.iter().map(|word| format!("--with {word}")).collect();
    let played: BTreeSet<&str> = others.iter().map(|address| providers::type_of(address)).collect();
    let played: Vec<String> = played.iter().map(|name| format!("--stand-in {name}")).collect();
    let instead = match played.is_empty() {
        true => String::new(),
        false => {
            format!("\nTo have the part of a provider played, with made-up objects, instead: {}", played.join(" "))
        }
    };
    Err(Problem::new(format!(
        "the configuration would act for real, outside of the cloud on this machine:\n  {}\nNothing was run. To let it \
         act: {}{instead}{}",
        lines.join("\n  "),
        words.join(" "),
        providers::hint(&others),
    )))
}

fn acts_of(item: &Item, module: &str, path: &Path) -> Vec<Act> {
    let mut acts: Vec<Act> = remote_state(item, module, path).into_iter().collect();
    for inner in item.items() {
        // A data source stands in a check, too.
        acts.extend(remote_state(inner, module, path));
        if inner.name == "provisioner" && matches!(inner.content, Content::Block(_)) {
            acts.push(provisioner(inner, item, module, path));
        }
    }
    acts
}

fn remote_state(item: &Item, module: &str, path: &Path) -> Option<Act> {
    let is_meant = item.name == "data" && item.labels.first().is_some_and(|label| label == REMOTE_STATE_TYPE);
    is_meant.then(|| Act {
        word: REMOTE_STATE,
        told: format!(
            "{module}data.{} ({}:{}) would read the state of another configuration, where it really is",
            item.labels.join("."),
            path.display(),
            item.line
        ),
    })
}

fn provisioner(item: &Item, parent: &Item, module: &str, path: &Path) -> Act {
    let name = item.labels.first().map_or("", String::as_str);
    let address = match parent.name.as_str() {
        "resource" => parent.labels.join("."),
        other => format!("a block {other:?}"),
    };
    let when = match at_destroy(item) {
        true => "when it is destroyed",
        false => "when it is created",
    };
    let what = match name {
        "local-exec" => "run a program on this machine",
        "remote-exec" => "log in to a machine and run commands there",
        "file" => "log in to a machine and write files there",
        _ => "do whatever it is made for",
    };
    Act {
        word: PROVISIONERS,
        told: format!(
            "{module}{address} ({}:{}) has a provisioner {name:?} that would {what} {when}",
            path.display(),
            item.line
        ),
    }
}

fn at_destroy(provisioner: &Item) -> bool {
    let is_destroy =
        |item: &Item| matches!(&item.content, Content::Argument(value) if value.trim_matches('"') == "destroy");
    provisioner.items().iter().any(|item| item.name == "when" && is_destroy(item))
}

/// A module as the core has installed it.
struct Module {
    /// In front of an address, such as `module.network.`; empty for the root.
    address: String,
    /// As the core writes it: relative to the root.
    folder: PathBuf,
}

impl Module {
    fn root() -> Module {
        Module { address: String::new(), folder: PathBuf::from(".") }
    }
}

/// The modules that `init` has installed; none if it has written nothing about them, as it does where there are none.
fn modules(directory: &Path) -> Result<Option<Vec<Module>>, Problem> {
    let path = directory.join(".terraform").join("modules").join("modules.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Problem::io("read", &path, &error)),
    };
    listed(&text).map(Some).ok_or_else(|| Problem::new(format!("cannot make sense of {}", path.display())))
}

fn listed(text: &str) -> Option<Vec<Module>> {
    let listing: Value = serde_json::from_str(text).ok()?;
    let module = |entry: &Value| {
        let steps = entry["Key"].as_str()?.split('.').filter(|step| !step.is_empty());
        let address = steps.map(|step| format!("module.{step}.")).collect();
        Some(Module { address, folder: PathBuf::from(entry["Dir"].as_str()?) })
    };
    listing.get("Modules")?.as_array()?.iter().map(module).collect()
}

/// The configuration files of a folder, each with what stands in it.
fn files(folder: &Path, shown: &Path) -> Result<Vec<(PathBuf, Vec<Item>)>, Problem> {
    let failed = |error: std::io::Error| Problem::io("read", folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let role = configuration::role(&name.to_string_lossy()).filter(|role| !role.is_test && !role.is_ignored);
        let path = folder.join(&name);
        let Some(role) = role.filter(|_| !path.is_dir()) else { continue };
        let bytes = fs::read(&path).map_err(|error| Problem::io("read", &path, &error))?;
        let shown = shown.strip_prefix(".").unwrap_or(shown).join(&name);
        let items = configuration::text(&bytes)
            .and_then(|text| configuration::items(text, role.syntax))
            .map_err(|unclear| Problem::unclear(&shown, &unclear, "a provisioner may hide in it"))?;
        files.push((shown, items));
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        acts(folder.path()).unwrap().into_iter().map(|act| act.told).collect()
    }

    #[test]
    fn whatever_acts_by_itself_is_found() {
        for (name, text, expected) in [
            (
                "a.tf",
                "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n",
                "terraform_data.a (a.tf:2) has a provisioner \"local-exec\" that would run a program on this machine when it is created",
            ),
            (
                "a.tf",
                "resource \"x\" \"a\" {\n  provisioner \"remote-exec\" {\n    when = destroy\n  }\n}\n",
                "x.a (a.tf:2) has a provisioner \"remote-exec\" that would log in to a machine and run commands there when it is destroyed",
            ),
            (
                "a_override.tofu",
                "resource x a {\n  provisioner file {\n  }\n}\n",
                "x.a (a_override.tofu:2) has a provisioner \"file\" that would log in to a machine and write files there when it is created",
            ),
            (
                "a.tf",
                "removed {\n  from = x.a\n  provisioner \"local-exec\" {\n    when = destroy\n  }\n}\n",
                "a block \"removed\" (a.tf:3) has a provisioner \"local-exec\" that would run a program on this machine when it is destroyed",
            ),
            (
                "a.tf.json",
                r#"{"resource": {"x": {"a": [{"provisioner": {"chef": {"when": "destroy"}}}]}}}"#,
                "x.a (a.tf.json:1) has a provisioner \"chef\" that would do whatever it is made for when it is destroyed",
            ),
            (
                "a.tf",
                "data \"terraform_remote_state\" \"n\" {\n}\n",
                "data.terraform_remote_state.n (a.tf:1) would read the state of another configuration, where it really is",
            ),
            (
                "a.tf",
                "check \"c\" {\n  data \"terraform_remote_state\" \"n\" {\n  }\n}\n",
                "data.terraform_remote_state.n (a.tf:2) would read the state of another configuration, where it really is",
            ),
            (
                "a.tf.json",
                r#"{"check": {"c": {"data": {"terraform_remote_state": {"n": {}}}}}}"#,
                "data.terraform_remote_state.n (a.tf.json:1) would read the state of another configuration, where it really is",
            ),
        ] {
            assert_eq!(told(name, text), [expected], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        for (name, text) in [
            (
                "a.tf",
                "# provisioner \"local-exec\" {\nresource \"x\" \"a\" {\n  provisioner = <<E\nprovisioner {\nE\n}\n",
            ),
            (
                "a.tf",
                "data \"x_terraform_remote_state\" \"n\" {\n}\noutput \"o\" {\n  value = terraform_remote_state\n}\n",
            ),
            (".a.tf", "resource \"x\" \"a\" {\n  provisioner \"local-exec\" {\n  }\n}\n"),
            ("a.tftest.hcl", "run \"a\" {\n}\n"),
        ] {
            assert!(told(name, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn modules_are_searched_where_they_are_installed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("main.tf", "module \"a\" {\n  source = \"x\"\n}\n");
        assert!(acts(folder.path()).is_err(), "a module that nobody has installed");
        let listing = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a.b","Source":"x","Dir":".terraform/modules/b/c"}]}"#;
        write(".terraform/modules/modules.json", listing);
        assert!(acts(folder.path()).is_err(), "a module that is not there");
        write(".terraform/modules/b/c/m.tf", "resource x a {\n  provisioner local-exec {}\n}\n");
        let found = acts(folder.path()).unwrap();
        assert!(
            found.len() == 1 && found[0].told.starts_with("module.a.module.b.x.a (.terraform/modules/b/c/m.tf:2)"),
            "{found:?}"
        );
        for broken in ["", "{}", r#"{"Modules":[{"Key":"a"}]}"#, r#"{"Modules":[{"Key":"","Dir":"../x"}]}"#] {
            write(".terraform/modules/modules.json", broken);
            assert!(acts(folder.path()).is_err(), "{broken}");
        }
    }

    #[test]
    fn what_is_refused_is_listed_with_the_words_that_allow_it() {
        let acts = vec![
            Act { word: PROVISIONERS, told: "x.a runs".into() },
            Act { word: REMOTE_STATE, told: "data.y reads".into() },
        ];
        let others = ["registry.terraform.io/hashicorp/random".to_owned()];
        let refused = |with: &[&str]| {
            let with: Vec<String> = with.iter().map(|word| (*word).to_owned()).collect();
            allowed(&acts, &others, &with).err().map(|problem| problem.to_string())
        };
        let all = refused(&[]).unwrap();
        for said in [
            "x.a runs",
            "data.y reads",
            "hashicorp/random is another provider",
            "--with provisioners --with random --with remote-state",
            "played, with made-up objects, instead: --stand-in random",
        ] {
            assert!(all.contains(said), "{said}: {all}");
        }
        let some = refused(&["provisioners", "hashicorp/random"]).unwrap();
        assert!(
            some.contains("data.y reads") && !some.contains("x.a runs") && some.ends_with("act: --with remote-state"),
            "{some}"
        );
        assert_eq!(refused(&["provisioners", "remote-state", "random"]), None);
    }
}
