//! A release, packed as the registries demand it, and installed from a folder without a network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Outcome, PROGRAM, Story, run, tell_skipped};

const NAME: &str = "terraform-provider-recovery";
/// Registries whose host stands before the source address: each core looks under its own.
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The platform in the words of the registries.
fn platform() -> String {
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    format!("{system}_{processor}")
}

/// Whether a program can be run; says so where it cannot.
fn there_is(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        tell_skipped(&format!("no {program} on PATH, which packs or signs a release"));
    }
    found
}

/// Packs a program as a version.
fn pack_program(story: &Story, program: &Path, version: &str, out: &Path, more: &[&str]) -> Outcome {
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/release/release.py"));
    command.args(["--version", version, "--binary", &format!("{}={}", platform(), program.display())]);
    command.arg("--out").arg(out).args(more).env("GNUPGHOME", story.folder().join("keys"));
    run(&mut command)
}

/// Packs something small in place of the program, which takes a while.
fn pack(story: &Story, version: &str, out: &Path, more: &[&str]) -> Outcome {
    story.write("../program", "not a program, but as good as one for who packs it");
    pack_program(story, &story.folder().join("program"), version, out, more)
}

/// Puts the zip of a version where a packed mirror has it.
fn mirror(story: &Story, version: &str, packed: &Path) {
    let zip = format!("{NAME}_{version}_{}.zip", platform());
    for host in HOSTS {
        let folder = story.folder().join("mirror").join(host).join("cloud-recovery/recovery");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(packed.join(&zip), folder.join(&zip)).unwrap();
    }
}

/// Has the core install from the mirror, and from nowhere else.
fn only_the_mirror(story: &Story) {
    let path = story.folder().join("mirror");
    let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path:?}\n  }}\n}}\n");
    fs::write(story.folder().join("cli.tfrc"), text).unwrap();
}

/// What the configuration wants of the provider.
fn wants(story: &Story, version: &str) {
    let source = format!("source = \"cloud-recovery/recovery\"\n      version = \"{version}\"");
    let text = format!("terraform {{\n  required_providers {{\n    recovery = {{\n      {source}\n    }}\n  }}\n}}\n");
    story.write("preamble.tf", &text);
}

#[test]
fn two_versions_are_installed_in_sequence_and_the_plan_stays_empty() {
    if !there_is("python3") {
        return;
    }
    let restore = "resource \"recovery_dcs_restore\" \"r\" {\n  instance_id = \"5d1e9a30-7c42-4b8f-a6d0-3e8f1b5c7294\"\n  backup_id = \"1f6b8d3a-92e4-4c70-8d15-b3a7e0c4f269\"\n}\n";
    let Some(story) = Story::begin(restore) else { return };
    let packed = story.folder().join("dist");
    only_the_mirror(&story);
    pack_program(&story, Path::new(PROGRAM), "0.1.0", &packed, &[]).success();
    mirror(&story, "0.1.0", &packed);
    wants(&story, "~> 0.1");
    story.core(&["init", "-input=false", "-no-color"]).success().says("v0.1.0");
    story.plan().success().says("1 to add");
    story.apply().success();
    let lock = || fs::read_to_string(story.directory().join(".terraform.lock.hcl")).unwrap();
    assert!(lock().contains("0.1.0") && lock().contains("\"h1:"), "{}", lock());

    pack_program(&story, Path::new(PROGRAM), "0.1.1", &packed, &[]).success();
    mirror(&story, "0.1.1", &packed);
    // The lock file holds the version that was chosen.
    fs::remove_dir_all(story.directory().join(".terraform")).unwrap();
    story.core(&["init", "-input=false", "-no-color", "-lockfile=readonly"]).success().says("v0.1.0");
    story.core(&["init", "-input=false", "-no-color", "-upgrade"]).success().says("v0.1.1");
    assert!(lock().contains("0.1.1"), "{}", lock());
    story.plan_is_empty();
    story.sent_once();
}

#[test]
fn a_release_has_what_the_registries_demand() {
    if !there_is("python3") {
        return;
    }
    let Some(story) = Story::begin("") else { return };
    let (first, second) = (story.folder().join("first"), story.folder().join("second"));
    for out in [&first, &second] {
        pack(&story, "0.1.0", out, &[]).success();
    }
    let read = |folder: &PathBuf, name: &str| fs::read(folder.join(format!("{NAME}_0.1.0_{name}"))).unwrap();
    let zip = format!("{}.zip", platform());
    for name in [zip.as_str(), "manifest.json", "sbom.cdx.json", "SHA256SUMS"] {
        assert!(read(&first, name) == read(&second, name), "{name}: another file of the same program");
    }
    let manifest: serde_json::Value = serde_json::from_slice(&read(&first, "manifest.json")).unwrap();
    assert_eq!(manifest, serde_json::json!({"version": 1, "metadata": {"protocol_versions": ["5.0"]}}));
    let sums = String::from_utf8(read(&first, "SHA256SUMS")).unwrap();
    let named: Vec<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    assert_eq!(named, [format!("{NAME}_0.1.0_{zip}"), format!("{NAME}_0.1.0_manifest.json")]);
    let bill = String::from_utf8(read(&first, "sbom.cdx.json")).unwrap();
    assert!(bill.contains("\"pkg:cargo/rustls@") && !bill.contains("proptest") && !bill.contains("recovery-engine"));
    let list = "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))";
    let listing = run(Command::new("python3").args(["-c", list]).arg(first.join(format!("{NAME}_0.1.0_{zip}"))));
    let expected = ["LICENSE", "THIRD-PARTY-LICENSES.txt", "sbom.cdx.json", "terraform-provider-recovery_v0.1.0"];
    assert_eq!(listing.stdout.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_release_is_signed_by_a_key_that_the_registry_takes() {
    if !(there_is("python3") && there_is("gpg")) {
        return;
    }
    let Some(story) = Story::begin("") else { return };
    let keys = story.folder().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let gpg = |words: &[&str]| run(Command::new("gpg").env("GNUPGHOME", &keys).arg("--batch").args(words));
    for (name, kind) in [("good@example.com", "rsa2048"), ("curve@example.com", "ed25519")] {
        gpg(&["--passphrase", "", "--quick-generate-key", name, kind, "sign"]).success();
    }
    let out = story.folder().join("dist");
    pack(&story, "0.1.0", &out, &["--key", "curve@example.com"]).failure().says("neither RSA nor DSA");
    pack(&story, "0.1.0", &out, &["--key", "good@example.com"]).success();
    let sums = out.join(format!("{NAME}_0.1.0_SHA256SUMS"));
    let signature = out.join(format!("{NAME}_0.1.0_SHA256SUMS.sig"));
    assert!(!fs::read(&signature).unwrap().starts_with(b"-----"), "armored");
    gpg(&["--verify", signature.to_str().unwrap(), sums.to_str().unwrap()]).success();
    let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", &keys).status();
}

#[test]
fn only_what_is_finished_is_built() {
    if !there_is("python3") {
        return;
    }
    let Some(story) = Story::begin("") else { return };
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/release/release.py")).args(["--version", "99.0.0"]);
    run(command.arg("--out").arg(story.folder().join("dist"))).failure().says("not 99.0.0");
}

#[test]
fn what_a_build_lacks_is_said_before_it_begins() {
    if !there_is("python3") {
        return;
    }
    // As on a Linux that has all but the assembler for Windows.
    let script = "
import release
def told(names):
    try:
        return str(release.ready_to_build(names))
    except release.Problem as problem:
        return str(problem)
release.host_triple = lambda: 'x86_64-unknown-linux-gnu'
release.shutil.which = lambda program: None if program == 'nasm' else program
for name in release.TARGETS:
    print(name, told([name]))
release.host_triple = lambda: 'aarch64-apple-darwin'
release.shutil.which = lambda program: program if program == 'cargo' else None
print('on a Mac', told(['darwin_amd64', 'darwin_arm64']))
print('beside', release.to_build(['linux_amd64'], {'darwin_arm64': 'x'}))
print('packed only', release.to_build(None, {'darwin_arm64': 'x'}))
print('all', release.to_build(None, {}) == list(release.TARGETS))
";
    let mut command = Command::new("python3");
    command.args(["-c", script]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/release"));
    // Nothing is left behind in the repository.
    let outcome = run(command.env("PYTHONDONTWRITEBYTECODE", "1")).success();
    let expected = "\
linux_amd64 None
linux_arm64 None
darwin_amd64 darwin_amd64 needs a Mac: build it there and give it as --binary darwin_amd64=PATH (RELEASING.md)
darwin_arm64 darwin_arm64 needs a Mac: build it there and give it as --binary darwin_arm64=PATH (RELEASING.md)
windows_amd64 not on PATH: nasm (RELEASING.md, What is needed once)
on a Mac None
beside ['linux_amd64']
packed only []
all True
";
    assert_eq!(outcome.stdout, expected, "{outcome}");
}
