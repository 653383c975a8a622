//! Which Terraform or OpenTofu the stories run with.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names another core.
const CHOICE: &str = "RECOVERY_TEST_CORE";

/// A core: Terraform or OpenTofu.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub(crate) program: PathBuf,
    /// Major and minor version.
    pub(crate) version: (u32, u32),
    pub(crate) is_opentofu: bool,
}

impl Core {
    /// The core to run stories with. Without one, says why the story is skipped.
    pub(crate) fn find() -> Option<&'static Core> {
        static FOUND: OnceLock<Option<Core>> = OnceLock::new();
        let found = FOUND.get_or_init(look).as_ref();
        if found.is_none() {
            tell_skipped(&format!("no terraform on PATH; {CHOICE} may name another core"));
        }
        found
    }

    /// Some, if it is a Terraform of at least this version. Else says why the story is skipped.
    pub(crate) fn has(&self, version: (u32, u32), what: &str) -> Option<()> {
        if !self.is_opentofu && self.version >= version {
            return Some(());
        }
        let (major, minor) = version;
        tell_skipped(&format!("{what} need Terraform {major}.{minor}; {CHOICE} may name one"));
        None
    }

    /// Whether it is a Terraform of at least this version, or an OpenTofu of at least that one.
    pub(crate) fn is_at_least(&self, terraform: (u32, u32), opentofu: (u32, u32)) -> bool {
        self.version >= if self.is_opentofu { opentofu } else { terraform }
    }
}

fn tell_skipped(reason: &str) {
    let story = std::thread::current().name().unwrap_or("a story").to_owned();
    // Straight to standard error: what passing tests print is not shown.
    let _ = writeln!(std::io::stderr(), "skipped {story}: {reason}");
}

fn look() -> Option<Core> {
    if let Some(named) = std::env::var_os(CHOICE).filter(|value| !value.is_empty()) {
        let program = PathBuf::from(named);
        return Some(ask(&program).unwrap_or_else(|| panic!("{CHOICE}: {} is no core", program.display())));
    }
    let path: OsString = std::env::var_os("PATH")?;
    let name = format!("terraform{}", std::env::consts::EXE_SUFFIX);
    let program = std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())?;
    ask(&program)
}

fn ask(program: &Path) -> Option<Core> {
    let mut command = Command::new(program);
    // An empty configuration: stories see nothing of the user's.
    command.args(["version", "-json"]).env("CHECKPOINT_DISABLE", "1").env_remove("TF_CLI_CONFIG_FILE");
    let output = command.output().ok()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    let text = answer["terraform_version"].as_str()?;
    let mut numbers = text.split(['.', '-']).filter_map(|part| part.parse().ok());
    let plain = Command::new(program).arg("version").env_remove("TF_CLI_CONFIG_FILE").output().ok()?;
    Some(Core {
        program: program.to_owned(),
        version: (numbers.next()?, numbers.next()?),
        is_opentofu: String::from_utf8_lossy(&plain.stdout).contains("OpenTofu"),
    })
}
