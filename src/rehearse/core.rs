//! Running Terraform or OpenTofu, the *core*, in the shadow.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

use super::install::Installation;
use super::shadow::Shadow;
use super::signals::Signals;
use super::{Problem, environment};

/// Names a core outright.
const CHOICE: &str = "RECOVERY_TERRAFORM";
/// What is looked for on `PATH` otherwise.
const CORES: [&str; 2] = ["terraform", "tofu"];

/// A core, ready to run.
pub(super) struct Core {
    program: OsString,
    directory: PathBuf,
    environment: Vec<Variable>,
    /// Joins the environment while modules and providers are fetched.
    downloads: Vec<Variable>,
    signals: Signals,
}

/// Name and value of a variable of the environment.
type Variable = (OsString, OsString);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ended {
    /// Its exit code; 128 and the signal's number when a signal ended it, or when the user asked for the end and it
    /// ended well nevertheless.
    pub(super) code: u8,
}

impl Ended {
    /// Whether the next step may come.
    pub(super) fn succeeded(self) -> bool {
        self.code == 0
    }
}

/// A run whose words were kept.
pub(super) struct Output {
    /// How it ended.
    pub(super) ended: Ended,
    /// Its standard output.
    pub(super) stdout: String,
    /// Its standard error.
    pub(super) stderr: String,
}

/// The core to use: the one that the user's command names, else the one that the environment names, else the first
/// on `PATH`.
///
/// # Errors
/// There is none.
pub(super) fn choose(command: &[OsString]) -> Result<OsString, Problem> {
    if let Some(named) = command.first().filter(|program| is_core(program)) {
        return Ok(named.clone());
    }
    if let Some(chosen) = std::env::var_os(CHOICE).filter(|value| !value.is_empty()) {
        return from_here(chosen);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = CORES.iter().find_map(|name| find(name, &path));
    found.map(PathBuf::into_os_string).ok_or_else(|| {
        Problem::new(format!(
            "neither terraform nor tofu is on PATH. Install Terraform or OpenTofu, or name one: \
             {CHOICE}=/path/to/terraform"
        ))
    })
}

/// The same program from any folder: a relative path is meant from the user's.
fn from_here(program: OsString) -> Result<OsString, Problem> {
    let path = Path::new(&program);
    if path.components().count() < 2 {
        return Ok(program);
    }
    let absolute = std::path::absolute(path).map_err(|error| Problem::io("find", path, &error))?;
    Ok(absolute.into_os_string())
}

/// Whether a program is Terraform or OpenTofu, by its name.
pub(super) fn is_core(program: &OsStr) -> bool {
    Path::new(program).file_stem().and_then(OsStr::to_str).is_some_and(|stem| CORES.contains(&stem))
}

fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path).map(|folder| folder.join(&file)).find(|candidate| is_executable(candidate))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

impl Core {
    /// A core that runs in the shadow with this installation against the cloud at `url`. Needs a tokio runtime.
    pub(super) fn new(
        program: OsString,
        shadow: &Shadow,
        installation: &Installation,
        url: &str,
        with: &[String],
    ) -> Result<Core, Problem> {
        let chosen = |is_meant: &dyn Fn(&str) -> bool| -> Vec<Variable> {
            std::env::vars_os().filter(|(name, _)| is_meant(&name.to_string_lossy())).collect()
        };
        let mut environment = chosen(&|name| environment::is_inherited(name, !with.is_empty()));
        let downloads = chosen(&environment::is_for_downloads);
        environment.push(("RECOVERY_REHEARSAL".into(), url.into()));
        environment.push(("TF_CLI_CONFIG_FILE".into(), installation.cli_configuration().into_os_string()));
        environment.push(("CHECKPOINT_DISABLE".into(), "1".into()));
        let signals = Signals::listen().map_err(|error| Problem::new(format!("cannot listen for signals: {error}")))?;
        Ok(Core { program, directory: shadow.directory().to_owned(), environment, downloads, signals })
    }

    /// What users call it.
    pub(super) fn name(&self) -> String {
        Path::new(&self.program).file_stem().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    /// Runs the core for the user to see.
    pub(super) async fn stream(&self, arguments: &[OsString]) -> Result<Ended, Problem> {
        let mut command = self.command(&self.program, arguments);
        command.stdin(Stdio::null());
        self.wait(command, &self.program).await
    }

    /// Runs the core for the user to see, with what it needs to fetch modules and providers.
    pub(super) async fn stream_fetching(&self, arguments: &[OsString]) -> Result<Ended, Problem> {
        let mut command = self.command(&self.program, arguments);
        command.envs(self.downloads.iter().cloned()).stdin(Stdio::null());
        self.wait(command, &self.program).await
    }

    /// Runs any program for the user to see, with the user's own standard input.
    pub(super) async fn run(&self, program: &OsStr, arguments: &[OsString]) -> Result<Ended, Problem> {
        self.wait(self.command(program, arguments), program).await
    }

    /// Runs the core quietly.
    pub(super) async fn capture(&self, arguments: &[OsString]) -> Result<Output, Problem> {
        self.capture_with(arguments, &[]).await
    }

    /// Runs the core quietly, with what it needs to fetch modules and providers.
    pub(super) async fn capture_fetching(&self, arguments: &[OsString]) -> Result<Output, Problem> {
        self.capture_with(arguments, &self.downloads).await
    }

    /// Runs the core quietly with more variables in its environment.
    pub(super) async fn capture_with(&self, arguments: &[OsString], variables: &[Variable]) -> Result<Output, Problem> {
        let mut command = self.command(&self.program, arguments);
        command.envs(variables.iter().cloned()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.start(command, &self.program)?;
        let output = child.wait_with_output().await;
        self.signals.ended();
        let output = output.map_err(|error| cannot_run(&self.program, &error))?;
        Ok(Output {
            ended: self.how(output.status),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Whether the user has asked for the end.
    pub(super) fn interrupted(&self) -> bool {
        self.signals.interrupted()
    }

    fn command(&self, program: &OsStr, arguments: &[OsString]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.directory).env_clear().envs(self.environment.iter().cloned());
        command
    }

    /// Waits to the very end, also when the user interrupts: the core has work to tidy up, and knows it.
    async fn wait(&self, command: Command, program: &OsStr) -> Result<Ended, Problem> {
        let mut child = self.start(command, program)?;
        let status = child.wait().await;
        self.signals.ended();
        Ok(self.how(status.map_err(|error| cannot_run(program, &error))?))
    }

    fn start(&self, mut command: Command, program: &OsStr) -> Result<Child, Problem> {
        let child = command.spawn().map_err(|error| cannot_run(program, &error))?;
        self.signals.started(child.id());
        Ok(child)
    }

    fn how(&self, status: ExitStatus) -> Ended {
        match exit_code(status) {
            // Whatever the step made of it, the user wants no next one.
            0 if self.interrupted() => Ended { code: super::INTERRUPTED },
            code => Ended { code },
        }
    }
}

fn cannot_run(program: &OsStr, error: &std::io::Error) -> Problem {
    Problem::new(format!("cannot run {}: {error}", program.to_string_lossy()))
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(u8::MAX)
}

#[cfg(not(unix))]
fn exit_code(status: ExitStatus) -> u8 {
    match status.code() {
        // Codes beyond a byte must not turn into success.
        Some(code) => u8::try_from(code).unwrap_or(u8::MAX),
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_core() {
        for command in ["terraform", "/opt/bin/tofu", "./terraform"] {
            assert_eq!(choose(&[command.into(), "plan".into()]).unwrap(), command);
        }
        assert!(!is_core(OsStr::new("sh")) && !is_core(OsStr::new("terraform-docs")));
    }

    #[test]
    fn a_relative_core_is_meant_from_here() {
        assert_eq!(from_here("terraform".into()).unwrap(), "terraform");
        assert!(Path::new(&from_here("bin/terraform".into()).unwrap()).is_absolute());
    }

    #[test]
    #[cfg(unix)]
    fn only_programs_are_found() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tofu");
        std::fs::write(&file, "").unwrap();
        assert_eq!(find("tofu", folder.path().as_os_str()), None);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find("tofu", folder.path().as_os_str()), Some(file));
    }
}
