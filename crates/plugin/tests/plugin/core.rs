//! The real `terraform` with the toy. Without one on PATH these tests say that they were skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::TOY;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    toy = { source = "example/toy" }
  }
}

resource "toy_thing" "a" {
  name   = "one"
  labels = { a = "b" }

  part {
    kind = "k"
  }

  timeouts {
    create = "3m"
  }
}

resource "toy_plain" "p" {
  title = toy_thing.a.id
}

data "toy_echo" "e" {
  text = "hi"
}
"#;

/// A folder with a configuration, and a terraform that uses the toy of this build.
struct Folder {
    folder: TempDir,
    terraform: PathBuf,
}

impl Folder {
    /// None, and a word about it, when there is no terraform.
    fn new(configuration: &str) -> Option<Folder> {
        let Some(terraform) = find_on_path("terraform") else {
            println!("skipped: there is no terraform on PATH");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let plugins = folder.path().join("plugins");
        std::fs::create_dir(&plugins).unwrap();
        std::os::unix::fs::symlink(TOY, plugins.join("terraform-provider-toy")).unwrap();
        let settings = format!(
            "provider_installation {{\n dev_overrides {{\n \"example/toy\" = {plugins:?}\n }}\n direct {{}}\n}}"
        );
        std::fs::write(folder.path().join("settings.tfrc"), settings).unwrap();
        std::fs::write(folder.path().join("main.tf"), configuration).unwrap();
        Some(Folder { folder, terraform })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.terraform);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.path("settings.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .env_remove("TF_LOG");
        command
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        text(&output)
    }
}

fn find_on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn wait_for(path: &Path) -> bool {
    (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        path.exists()
    })
}

#[test]
fn a_configuration_is_validated_applied_empty_and_destroyed() {
    let Some(folder) = Folder::new(CONFIGURATION) else { return };
    folder.run(&["validate"]);
    folder.run(&["apply", "-auto-approve"]);
    folder.run(&["plan", "-detailed-exitcode"]);
    let changed = CONFIGURATION.replace(r#"name   = "one""#, r#"name = "two""#);
    std::fs::write(folder.path("main.tf"), changed).unwrap();
    assert!(folder.run(&["plan"]).contains("# forces replacement"));
    folder.run(&["apply", "-auto-approve"]);
    assert!(folder.run(&["destroy", "-auto-approve"]).contains("Farewell"));
}

#[test]
fn the_schema_loads() {
    let Some(folder) = Folder::new(CONFIGURATION) else { return };
    let schema: serde_json::Value = serde_json::from_str(&folder.run(&["providers", "schema", "-json"])).unwrap();
    let provider = &schema["provider_schemas"]["registry.terraform.io/example/toy"];
    assert_eq!(provider["resource_schemas"].as_object().unwrap().len(), 2);
    assert_eq!(provider["functions"]["shout"]["return_type"], "string");
}

#[test]
fn an_error_is_shown_with_its_line() {
    let Some(folder) = Folder::new(&CONFIGURATION.replace("labels = { a = \"b\" }", "size   = \"huge\"")) else {
        return;
    };
    let output = folder.command(&["validate"]).output().unwrap();
    assert!(!output.status.success());
    assert!(text(&output).contains("on main.tf line 10"), "{}", text(&output));
}

#[test]
fn an_import_plans_empty() {
    let Some(folder) = Folder::new(&format!(
        "{}\nresource \"toy_thing\" \"i\" {{\n name = \"imported\"\n}}\n",
        &CONFIGURATION[..CONFIGURATION.find("resource").unwrap()]
    )) else {
        return;
    };
    folder.run(&["import", "toy_thing.i", "thing-5"]);
    assert!(folder.run(&["state", "show", "toy_thing.i"]).contains("thing-5"));
}

#[test]
fn a_panic_is_shown_and_keeps_the_id() {
    let panicking = CONFIGURATION.replace("labels = { a = \"b\" }", "behaviour = \"panic\"");
    let Some(folder) = Folder::new(&panicking) else { return };
    let output = folder.command(&["apply", "-auto-approve"]).output().unwrap();
    assert!(!output.status.success());
    assert!(text(&output).contains("panic: toy provider at"), "{}", text(&output));
    let state = std::fs::read_to_string(folder.path("terraform.tfstate")).unwrap();
    assert!(state.contains("thing-1") && state.contains("tainted"), "{state}");
}

#[test]
fn an_interrupt_during_a_create_keeps_the_id() {
    let waiting = CONFIGURATION.replace("labels = { a = \"b\" }", "behaviour = \"wait\"");
    let Some(folder) = Folder::new(&waiting) else { return };
    let log = folder.path("log");
    // A group of its own, so that the signal reaches terraform and the plugin as a terminal's Ctrl-C does.
    use std::os::unix::process::CommandExt;
    let mut terraform = folder.command(&["apply", "-auto-approve"]);
    terraform.env("TF_LOG", "DEBUG").env("TF_LOG_PATH", &log).process_group(0);
    let child = terraform.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    assert!(wait_for(&log));
    let creating = || std::fs::read_to_string(&log).unwrap_or_default().contains("toy_thing.a: applying");
    let began = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        creating()
    });
    assert!(began);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let start = std::time::Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed().as_secs() < 10 && !output.status.success());
    let state = std::fs::read_to_string(folder.path("terraform.tfstate")).unwrap();
    assert!(state.contains("thing-1"), "{}{state}", text(&output));
}

#[test]
fn a_debug_server_lives_through_all_phases() {
    let Some(folder) = Folder::new(CONFIGURATION) else { return };
    use std::io::{BufRead, BufReader};
    let mut server = Command::new(TOY).arg("--debug").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap().to_owned();
    for arguments in [&["apply", "-auto-approve"][..], &["plan", "-detailed-exitcode"], &["destroy", "-auto-approve"]] {
        let output = folder.command(arguments).env("TF_REATTACH_PROVIDERS", &value).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(server.try_wait().unwrap().is_none(), "ended by a client");
    Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap();
    assert!(server.wait().unwrap().success());
}
