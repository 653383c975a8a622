//! Running Terraform or OpenTofu, the *core*, in the shadow.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, Command};

use super::install::Installation;
use super::shadow::Shadow;
use super::signals::Signals;
use super::{Problem, environment, guard};

/// Names a core outright.
pub(super) const CHOICE: &str = "RECOVERY_TERRAFORM";
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
    /// Whether something acts for real, and must be able to save what it knows.
    acts: bool,
    /// For its temporary files.
    scratch: PathBuf,
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
    let path = path_variable();
    let found = CORES.iter().find_map(|name| find(Path::new(name), &path));
    found.map(PathBuf::into_os_string).ok_or_else(|| {
        Problem::new(format!(
            "neither terraform nor tofu is on PATH. Install Terraform or OpenTofu, or name one: \
             {CHOICE}=/path/to/terraform"
        ))
    })
}

/// The same program from any folder: a relative path is meant from the user's, and so is a bare name that is not on
/// `PATH`.
fn from_here(program: OsString) -> Result<OsString, Problem> {
    let path = Path::new(&program);
    let is_bare = path.components().count() < 2;
    if is_bare && (find(path, &path_variable()).is_some() || !path.is_file()) {
        return Ok(program);
    }
    let absolute = std::path::absolute(path).map_err(|error| Problem::io("find", path, &error))?;
    Ok(absolute.into_os_string())
}

fn path_variable() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Whether a program is Terraform or OpenTofu, by its name, with or without a version in it (`terraform-1.5.7`), or by being
/// the one that the environment chooses.
pub(super) fn is_core(program: &OsStr) -> bool {
    let name = Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    CORES.iter().any(|core| name.strip_prefix(core).is_some_and(is_version))
        || std::env::var_os(CHOICE).is_some_and(|chosen| chosen == program)
}

/// Whether what follows the name of a core is nothing, or a version.
fn is_version(rest: &str) -> bool {
    let rest = rest.strip_prefix(['-', '_']).unwrap_or(rest);
    let rest = rest.strip_prefix('v').unwrap_or(rest);
    rest.is_empty() || rest.starts_with(|first: char| first.is_ascii_digit())
}

/// The program of this name in one of the folders.
fn find(name: &Path, path: &OsStr) -> Option<PathBuf> {
    let mut file = name.as_os_str().to_owned();
    if name.extension().is_none() {
        file.push(std::env::consts::EXE_SUFFIX);
    }
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
        // Terraform 1.0 runs itself in a second process, which nobody would end with the first one.
        environment.push(("TF_FORK".into(), "0".into()));
        let scratch = installation.folder().join("t");
        std::fs::create_dir_all(&scratch).map_err(|error| Problem::io("create", &scratch, &error))?;
        let signals = Signals::listen().map_err(|error| Problem::new(format!("cannot listen for signals: {error}")))?;
        Ok(Core {
            program,
            directory: shadow.directory().to_owned(),
            environment,
            downloads,
            signals,
            acts: !with.is_empty(),
            scratch,
        })
    }

    /// What users call it.
    pub(super) fn name(&self) -> String {
        Path::new(&self.program).file_stem().unwrap_or(&self.program).to_string_lossy().into_owned()
    }

    /// Runs the core for the user to see.
    pub(super) async fn stream(&self, arguments: &[OsString]) -> Result<Ended, Problem> {
        let mut command = self.command(&self.program, arguments);
        command.stdin(Stdio::null());
        self.wait(command, &self.program, true).await
    }

    /// Runs the core for the user to see, with what it needs to fetch modules and providers.
    pub(super) async fn stream_fetching(&self, arguments: &[OsString]) -> Result<Ended, Problem> {
        let mut command = self.command(&self.program, arguments);
        command.envs(self.downloads.iter().cloned()).stdin(Stdio::null());
        self.wait(command, &self.program, true).await
    }

    /// Runs any program for the user to see, with the user's own standard input.
    pub(super) async fn run(&self, program: &OsStr, arguments: &[OsString]) -> Result<Ended, Problem> {
        // Who reads from a terminal must be of the group that the terminal is for; Ctrl-C reaches it there.
        let own_group = !std::io::stdin().is_terminal();
        self.wait(self.command(program, arguments), program, own_group).await
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
        let child = self.start(command, &self.program, true)?;
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
        let mut command = guard::command(program, self.acts);
        command.args(arguments).current_dir(&self.directory).env_clear().envs(self.environment.iter().cloned());
        // Sockets and the like go away with the rehearsal, whatever ends it. Who acts for real has them where it expects
        // them, and a socket's path must not be long.
        if !self.acts && program == self.program {
            command.envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &self.scratch)));
        }
        command
    }

    /// Waits to the very end, also when the user interrupts: the core has work to tidy up, and knows it.
    async fn wait(&self, command: Command, program: &OsStr, own_group: bool) -> Result<Ended, Problem> {
        let mut child = self.start(command, program, own_group)?;
        let status = child.wait().await;
        self.signals.ended();
        Ok(self.how(status.map_err(|error| cannot_run(program, &error))?))
    }

    /// Starts it, in a process group of its own where interrupts are passed on to it.
    fn start(&self, mut command: Command, program: &OsStr, own_group: bool) -> Result<Child, Problem> {
        if !self.is_there(program) {
            return Err(cannot_run(program, &std::io::ErrorKind::NotFound.into()));
        }
        #[cfg(unix)]
        if own_group {
            command.process_group(0);
        }
        let child = command.spawn().map_err(|error| cannot_run(program, &error))?;
        self.signals.started(child.id(), own_group);
        Ok(child)
    }

    /// Whether there is such a program: who starts it for us could not say so in our words.
    fn is_there(&self, program: &OsStr) -> bool {
        let path = Path::new(program);
        match path.components().count() {
            0 | 1 => find(path, &path_variable()).is_some(),
            _ => is_executable(&self.directory.join(path)),
        }
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
        for (program, is) in [
            ("terraform", true),
            ("/opt/tofu", true),
            ("terraform.exe", true),
            ("terraform-1.5.7", true),
            ("./terraform_v1.16.0-rc2", true),
            ("tofu1.12", true),
            ("sh", false),
            ("terraform-docs", false),
            ("tofuenv", false),
            ("", false),
        ] {
            assert_eq!(is_core(OsStr::new(program)), is, "{program:?}");
        }
    }

    #[test]
    fn a_relative_core_is_meant_from_here() {
        assert!(Path::new(&from_here("bin/terraform".into()).unwrap()).is_absolute());
        // In the folder of the tests there is a file of this name, and on no PATH.
        let bare = from_here("Cargo.toml".into()).unwrap();
        assert!(Path::new(&bare).is_absolute() && Path::new(&bare).ends_with("Cargo.toml"), "{bare:?}");
        for elsewhere in ["sh", "no-such-program"] {
            assert_eq!(from_here(elsewhere.into()).unwrap(), elsewhere);
        }
    }

    #[test]
    #[cfg(unix)]
    fn only_programs_are_found() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tofu");
        std::fs::write(&file, "").unwrap();
        assert_eq!(find(Path::new("tofu"), folder.path().as_os_str()), None);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find(Path::new("tofu"), folder.path().as_os_str()), Some(file));
    }
}
