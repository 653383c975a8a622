//! Every example is applied: with the real Terraform, in a rehearsal, from init to an empty second plan and a destroy.
//! What the examples leave out, as the Registry wants it, is the block that says where the provider comes from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail loudly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-recovery");
const SOURCE: &str = "terraform {\n  required_providers {\n    recovery = {\n      source = \"cloud-recovery/recovery\"\n    }\n  }\n}\n";

/// Faster than a rehearsal for people: nobody watches.
const SPEED: &str = "200";

/// The core to run: `RECOVERY_TEST_CORE`, else `terraform` on `PATH`. `None`: there is none, and the tests have nothing to
/// say.
fn core() -> Option<PathBuf> {
    let named = std::env::var_os("RECOVERY_TEST_CORE").filter(|name| !name.is_empty()).map(PathBuf::from);
    let core = named.clone().unwrap_or_else(|| PathBuf::from("terraform"));
    let works = Command::new(&core).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    assert!(works || named.is_none(), "RECOVERY_TEST_CORE names {}, which cannot be run", core.display());
    if !works {
        eprintln!("SKIPPED: no terraform on PATH and no RECOVERY_TEST_CORE; the examples were not applied");
    }
    works.then_some(core)
}

/// Whether a core is at least this Terraform, or at least that OpenTofu. It introduces itself with a line such as
/// `OpenTofu v1.9.4`.
fn is_at_least(core: &Path, terraform: (u64, u64), opentofu: Option<(u64, u64)>) -> bool {
    let answer = Command::new(core).arg("version").env("CHECKPOINT_DISABLE", "1").output().unwrap();
    let text = String::from_utf8(answer.stdout).unwrap();
    let (name, version) = text.lines().next().and_then(|line| line.split_once(" v")).unwrap();
    let mut numbers = version.split('.').map(|part| part.parse::<u64>().unwrap_or(0));
    let version = (numbers.next().unwrap(), numbers.next().unwrap());
    let needed = if name == "OpenTofu" { opentofu } else { Some(terraform) };
    needed.is_some_and(|needed| version >= needed)
}

/// Folders with one example each.
fn examples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(kind);
    let mut found: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Runs the whole story on a copy; the output if it went wrong.
fn rehearse(core: &Path, example: &Path) -> Result<(), String> {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(example).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    fs::write(copy.path().join("versions.tf"), SOURCE).unwrap();
    let output = Command::new(PROVIDER)
        // An example of what nobody may keep has somebody who uses it.
        .args(["rehearse", "--speed", SPEED, "--with", "provisioners"])
        .arg(copy.path())
        .env("RECOVERY_TERRAFORM", core)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!("{}: {}\n{}", example.display(), output.status, String::from_utf8_lossy(&text)))
}

fn all_apply(kind: &str, fits: impl Fn(&Path) -> bool) {
    let Some(core) = core() else { return };
    if !fits(&core) {
        eprintln!("SKIPPED: {} is too old for examples/{kind}", core.display());
        return;
    }
    let failed: Vec<String> = examples(kind).iter().filter_map(|example| rehearse(&core, example).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn resources_apply() {
    all_apply("resources", |_| true);
}

#[test]
fn databases_apply() {
    let Some(core) = core() else { return };
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/databases");
    rehearse(&core, &example).unwrap();
}

#[test]
fn final_backups_apply() {
    let Some(core) = core() else { return };
    if is_at_least(&core, (1, 4), Some((1, 6))) {
        rehearse(&core, &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/final-backups")).unwrap();
    }
}

#[test]
fn data_sources_apply() {
    all_apply("data-sources", |_| true);
}

#[test]
fn functions_apply() {
    all_apply("functions", |core| is_at_least(core, (1, 8), Some((1, 7))));
}

#[test]
fn actions_apply() {
    all_apply("actions", |core| is_at_least(core, (1, 14), None));
}

#[test]
fn lists_apply() {
    all_apply("list-resources", |core| is_at_least(core, (1, 14), None));
}

#[test]
fn ephemeral_resources_apply() {
    all_apply("ephemeral-resources", |core| is_at_least(core, (1, 10), Some((1, 11))));
}
