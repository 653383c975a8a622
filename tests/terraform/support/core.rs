//! Which Terraform or OpenTofu the stories run with.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names another core.
const CHOICE: &str = "RECOVERY_TEST_CORE";

/// A part of the language that not every core has: the reason why a story, or a part of one, is left out.
pub(crate) struct Part {
    name: &'static str,
    /// The first Terraform with it.
    terraform: (u32, u32),
    /// The first OpenTofu with it, if there is one.
    opentofu: Option<(u32, u32)>,
}

const fn part(name: &'static str, terraform: (u32, u32), opentofu: Option<(u32, u32)>) -> Part {
    Part { name, terraform, opentofu }
}

// Everything that is left out for want of it, with any core, stands here. OpenTofu begins at 1.6.
pub(crate) const TERRAFORM_DATA: Part = part("terraform_data", (1, 4), Some((1, 6)));
pub(crate) const DESTROY_PLANS: Part = part("questions to the provider about a destroy", (1, 3), Some((1, 6)));
pub(crate) const IGNORED_NULLS: Part = part("nulls of maps beside ignored changes", (1, 1), Some((1, 6)));
pub(crate) const MOVED_BLOCKS: Part = part("moved blocks", (1, 1), Some((1, 6)));
pub(crate) const CHECKS: Part = part("check blocks", (1, 5), Some((1, 6)));
pub(crate) const IMPORT_BLOCKS: Part = part("import blocks", (1, 5), Some((1, 6)));
pub(crate) const TESTS: Part = part("terraform test", (1, 6), Some((1, 6)));
pub(crate) const REMOVED_BLOCKS: Part = part("removed blocks", (1, 7), Some((1, 9)));
pub(crate) const FUNCTIONS: Part = part("functions of providers", (1, 8), Some((1, 7)));
pub(crate) const EPHEMERAL: Part = part("ephemeral resources", (1, 10), Some((1, 11)));
pub(crate) const WRITE_ONLY: Part = part("write-only arguments", (1, 11), Some((1, 11)));
pub(crate) const IDENTITY_IMPORTS: Part = part("import blocks with an identity", (1, 12), None);
pub(crate) const ACTIONS: Part = part("actions", (1, 14), None);
pub(crate) const ERROR_PLACES: Part = part("places of errors in actions and lists", (1, 15), None);
pub(crate) const LISTS: Part = part("queries", (1, 14), None);

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

    /// Whether the core has a part of the language. Where it has not, says which part of the story is left out, and why.
    pub(crate) fn can(&self, part: &Part) -> bool {
        let least = if self.is_opentofu { part.opentofu } else { Some(part.terraform) };
        let can = least.is_some_and(|least| self.version >= least);
        if !can {
            let name = if self.is_opentofu { "OpenTofu" } else { "Terraform" };
            let (major, minor) = self.version;
            tell_skipped(&format!("{name} {major}.{minor} has no {} ({CHOICE} may name another core)", part.name));
        }
        can
    }

    /// Whether creates that end badly at the same moment make it lose its state.
    pub(crate) fn loses_objects(&self) -> bool {
        !self.is_opentofu && matches!(self.version, (1, 16 | 17))
    }
}

/// Says that a story, or a part of one, is left out, and why.
pub(crate) fn tell_skipped(reason: &str) {
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
