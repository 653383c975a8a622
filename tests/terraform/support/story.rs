//! The stage of a story: a configuration in a folder of its own, a rehearsal cloud, and a core that finds the program
//! under test by itself.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use rehearsal::{Entry, Fault, Needs, Options, Running, Scenario, Service};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Core, Outcome, Part, Play};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-recovery");

/// How much faster than in reality the cloud of a story runs: a backup takes half a second.
const SPEED: f64 = 120.0;

/// What each configuration begins with, in a file of its own, so that lines of the story's text count from 1.
const PREAMBLE: &str = r#"
terraform {
  required_providers {
    recovery = { source = "cloud-recovery/recovery" }
  }
}
"#;

/// A configuration, a cloud and a core.
pub(crate) struct Story {
    pub(crate) core: &'static Core,
    pub(crate) cloud: Running,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Story {
    /// A story in the built-in world; none, with a word about it, when there is no core.
    pub(crate) fn begin(configuration: &str) -> Option<Story> {
        Story::in_scenario(configuration, "")
    }

    /// Some, if the core has a part of the language. Else says why the story is skipped.
    pub(crate) fn needs(part: &Part) -> Option<()> {
        Core::find()?.can(part).then_some(())
    }

    /// A story in the world of a scenario (YAML).
    pub(crate) fn in_scenario(configuration: &str, scenario: &str) -> Option<Story> {
        let scenario = Scenario::parse(scenario, "the story's scenario").unwrap();
        Story::at_speed(configuration, scenario, SPEED)
    }

    /// A story in which operations take their time: `speed` is much lower than usual.
    pub(crate) fn at_speed(configuration: &str, scenario: Scenario, speed: f64) -> Option<Story> {
        let core = Core::find()?;
        let options = Options { scenario: Some(scenario), speed, ..Options::default() };
        let cloud = runtime().block_on(rehearsal::start(options)).unwrap();
        let folder = tempfile::Builder::new().prefix("story-").tempdir().unwrap();
        let story = Story { core, cloud, folder, environment: Vec::new() };
        story.install();
        story.write("preamble.tf", PREAMBLE);
        if !configuration.contains("provider \"recovery\"") {
            story.write("provider.tf", "provider \"recovery\" {}\n");
        }
        story.configure(configuration);
        let url = story.cloud.connection.url.clone();
        Some(story.with("RECOVERY_REHEARSAL", &url))
    }

    /// Sets a variable for all commands to come.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Story {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes a variable that the stage set.
    pub(crate) fn without(mut self, name: &str) -> Story {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// Creates in the world what the story names.
    pub(crate) fn needing(self, needs: &Needs) -> Story {
        self.cloud.ensure(needs);
        self
    }

    /// Arms faults.
    pub(crate) fn struck_by(self, faults: Vec<Fault>) -> Story {
        self.cloud.set_faults(faults).unwrap();
        self
    }

    /// Replaces `main.tf`.
    pub(crate) fn configure(&self, configuration: &str) {
        self.write("main.tf", configuration.trim_start());
    }

    /// Writes a file beside `main.tf`.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.directory().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The folder with the configuration.
    pub(crate) fn directory(&self) -> PathBuf {
        self.folder.path().join("configuration")
    }

    /// The folder of everything else.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn plan(&self) -> Outcome {
        self.core(&["plan", "-input=false", "-no-color"])
    }

    pub(crate) fn apply(&self) -> Outcome {
        self.core(&["apply", "-input=false", "-no-color", "-auto-approve"])
    }

    pub(crate) fn destroy(&self) -> Outcome {
        self.core(&["destroy", "-input=false", "-no-color", "-auto-approve"])
    }

    pub(crate) fn import(&self, address: &str, id: &str) -> Outcome {
        self.core(&["import", "-input=false", "-no-color", address, id])
    }

    pub(crate) fn validate(&self) -> Outcome {
        self.core(&["validate", "-no-color"])
    }

    /// Insists that a plan has nothing to do.
    #[track_caller]
    pub(crate) fn plan_is_empty(&self) {
        let outcome = self.core(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]);
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }

    /// Begins an apply, and returns while it runs.
    pub(crate) fn begin_apply(&self) -> Play {
        self.begin_core(&["apply", "-input=false", "-no-color", "-auto-approve"])
    }

    /// Begins any command of the core.
    pub(crate) fn begin_core(&self, arguments: &[&str]) -> Play {
        let mut command = self.command(&self.core.program);
        command.args(arguments);
        Play::start(&mut command, self.folder())
    }

    /// Runs any command of the core.
    pub(crate) fn core(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(&self.core.program);
        run(command.args(arguments))
    }

    /// Runs any command of the core as if no rehearsal were on.
    pub(crate) fn without_rehearsal(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.command(&self.core.program);
        run(command.args(arguments).env_remove("RECOVERY_REHEARSAL"))
    }

    /// A command in the folder of the configuration that sees nothing of the environment of whoever runs the tests.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.directory());
        for name in ["PATH", "SystemRoot", "LANG"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("HOME", self.folder()).env("TMPDIR", self.temporary());
        command.env("TF_CLI_CONFIG_FILE", self.folder().join("cli.tfrc")).env("CHECKPOINT_DISABLE", "1");
        // Terraform 1.0 runs itself in a second process, which would outlive the one that a story kills.
        command.env("TF_FORK", "0");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Where commands put their temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder().join("t")
    }

    /// The state as the core shows it.
    pub(crate) fn state(&self) -> Value {
        let shown = self.core(&["show", "-json"]).success();
        serde_json::from_str(&shown.stdout).unwrap()
    }

    /// The state file itself.
    pub(crate) fn state_file(&self) -> String {
        fs::read_to_string(self.directory().join("terraform.tfstate")).unwrap()
    }

    /// A resource of the root module, as it stands in the state; null when it does not.
    pub(crate) fn resource(&self, address: &str) -> Value {
        let state = self.state();
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources.into_iter().find(|resource| resource["address"] == address).unwrap_or_default()
    }

    /// The values of a resource in the state.
    #[track_caller]
    pub(crate) fn values(&self, address: &str) -> Value {
        let resource = self.resource(address);
        assert!(!resource.is_null(), "{address} is not in the state");
        resource["values"].clone()
    }

    /// Every request to DCS, CBR or DDM so far that was meant to change something.
    pub(crate) fn sent(&self) -> Vec<Entry> {
        let is_change = |entry: &Entry| entry.service != Service::Iam && entry.method != "GET";
        self.cloud.journal().into_iter().filter(is_change).collect()
    }

    /// The one such request.
    #[track_caller]
    pub(crate) fn sent_once(&self) -> Entry {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:#?}");
        sent.remove(0)
    }

    /// Processes of the program under test that this story started and that still run.
    #[cfg(target_os = "linux")]
    pub(crate) fn providers(&self) -> Vec<u32> {
        let installed = self.plugins().display().to_string();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_ours = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).starts_with(&installed)
        };
        numbers.filter(is_ours).collect()
    }

    fn plugins(&self) -> PathBuf {
        self.folder().join("plugins")
    }

    fn install(&self) {
        for folder in [self.directory(), self.plugins(), self.temporary()] {
            fs::create_dir(folder).unwrap();
        }
        // The program as it is now, where a link across file systems is not needed for that.
        let installed = self.plugins().join("terraform-provider-recovery");
        fs::hard_link(PROGRAM, &installed).or_else(|_| std::os::unix::fs::symlink(PROGRAM, &installed)).unwrap();
        let text = format!(
            "provider_installation {{\n  dev_overrides {{ \"cloud-recovery/recovery\" = {:?} }}\n}}\n",
            self.plugins()
        );
        fs::write(self.folder().join("cli.tfrc"), text).unwrap();
    }
}

/// Runs a command to its end, for which it has a minute.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    Play::start(command, folder.path()).end()
}

/// One runtime for the clouds of all stories.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}
