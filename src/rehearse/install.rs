//! How Terraform finds this very binary: a mirror folder in the Registry's layout and a CLI configuration that knows
//! nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Problem, providers};
use crate::stand_in::{self, Part};

/// The registries whose name may stand in front of the provider's address.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// The mirror and its CLI configuration, in a temporary folder.
pub(super) struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// Installs the running program for Terraform and OpenTofu, and nothing else.
    pub(super) fn make(folder: &Path) -> Result<Installation, Problem> {
        let installation = Installation { folder: folder.to_owned() };
        for registry in REGISTRIES {
            installation.place(&format!("{registry}/{}", providers::OWN), env!("CARGO_PKG_VERSION"))?;
        }
        installation.allow(&[], &[])?;
        Ok(installation)
    }

    /// Installs the running program as a version of another provider (by full source address), with the part that it plays
    /// beside it.
    pub(super) fn stand_in(&self, address: &str, version: &str, part: &Part) -> Result<(), Problem> {
        let path = self.place(address, version)?.join(stand_in::FILE);
        let text = serde_json::to_string(part).map_err(|error| Problem::new(format!("a stand-in: {error}")))?;
        fs::write(&path, text).map_err(|error| Problem::io("write", &path, &error))
    }

    /// Puts the running program where a provider is looked for. Answers the package's folder.
    fn place(&self, address: &str, version: &str) -> Result<PathBuf, Problem> {
        let program = std::env::current_exe()
            .and_then(fs::canonicalize)
            .map_err(|error| Problem::new(format!("cannot find this program: {error}")))?;
        let package = self.mirror().join(package_path(address, version));
        fs::create_dir_all(&package).map_err(|error| Problem::io("create", &package, &error))?;
        let (name, suffix) = (providers::type_of(address), std::env::consts::EXE_SUFFIX);
        let installed = package.join(format!("terraform-provider-{name}_v{version}{suffix}"));
        // No symbolic link: a program that is built anew meanwhile would be another one than Terraform has locked.
        fs::hard_link(&program, &installed)
            .or_else(|_| fs::copy(&program, &installed).map(|_| ()))
            .map_err(|error| Problem::io("install", &installed, &error))?;
        Ok(package)
    }

    /// The temporary folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The CLI configuration.
    pub(super) fn cli_configuration(&self) -> PathBuf {
        self.folder.join("rehearsal.tfrc")
    }

    /// Lets these providers, by full source address, be installed the usual way, too, and those that are played from here.
    pub(super) fn allow(&self, others: &[String], played: &[String]) -> Result<(), Problem> {
        let mut own = REGISTRIES.map(|registry| format!("{registry}/{}", providers::OWN)).to_vec();
        own.extend_from_slice(played);
        let mut methods = vec![mirror(&self.mirror(), &own)];
        // As Terraform does by default: what lies in the user's folder is not looked for in its registry.
        let folder = local_plugins().unwrap_or_default();
        let (local, remote): (Vec<_>, Vec<_>) =
            others.iter().cloned().partition(|address| folder.join(address).is_dir());
        if !local.is_empty() {
            methods.push(mirror(&folder, &local));
        }
        if !remote.is_empty() {
            methods.push(format!("  direct {{\n    include = {}\n  }}\n", list(&remote)));
        }
        let text = format!("disable_checkpoint = true\n\nprovider_installation {{\n{}}}\n", methods.concat());
        let path = self.cli_configuration();
        fs::write(&path, text).map_err(|error| Problem::io("write", &path, &error))
    }

    fn mirror(&self) -> PathBuf {
        self.folder.join("providers")
    }
}

/// Where users put providers by hand; searched by default, so searched here for what they allow.
fn local_plugins() -> Option<PathBuf> {
    let home = std::env::home_dir()?;
    Some(home.join(".terraform.d").join("plugins")).filter(|folder| folder.is_dir())
}

fn mirror(folder: &Path, include: &[String]) -> String {
    let path = quoted(&folder.display().to_string());
    format!("  filesystem_mirror {{\n    path    = {path}\n    include = {}\n  }}\n", list(include))
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A text of the CLI configuration language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${"))
}

/// `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH`, the layout of an unpacked mirror.
fn package_path(address: &str, version: &str) -> PathBuf {
    [address, version, &platform()].iter().collect()
}

/// The platform in the words of Go, which Terraform uses.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{processor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_program_is_installed_at_first() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::make(folder.path()).unwrap();
        let text = fs::read_to_string(installation.cli_configuration()).unwrap();
        assert!(!text.contains("direct"), "{text}");
        for registry in REGISTRIES {
            let package = folder
                .path()
                .join("providers")
                .join(package_path(&format!("{registry}/{}", providers::OWN), env!("CARGO_PKG_VERSION")));
            let files: Vec<_> = fs::read_dir(package).unwrap().flatten().collect();
            assert_eq!(files.len(), 1);
            assert!(fs::metadata(files[0].path()).unwrap().len() > 0);
        }
    }

    #[test]
    fn allowed_providers_are_named_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::make(folder.path()).unwrap();
        installation.allow(&["registry.terraform.io/hashicorp/random".into()], &[]).unwrap();
        let text = fs::read_to_string(installation.cli_configuration()).unwrap();
        assert!(text.contains("direct {\n    include = [\"registry.terraform.io/hashicorp/random\"]"), "{text}");
    }

    #[test]
    fn a_stand_in_lies_where_its_provider_is_looked_for_with_its_part() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::make(folder.path()).unwrap();
        let address = "registry.terraform.io/acme/acme";
        installation.stand_in(address, "1.2.0", &Part::default()).unwrap();
        installation.allow(&[], &[address.to_owned()]).unwrap();
        let package = folder.path().join("providers").join(package_path(address, "1.2.0"));
        let name = format!("terraform-provider-acme_v1.2.0{}", std::env::consts::EXE_SUFFIX);
        assert!(package.join(name).is_file());
        let part: Part = serde_json::from_slice(&fs::read(package.join(stand_in::FILE)).unwrap()).unwrap();
        assert_eq!(part, Part::default());
        let text = fs::read_to_string(installation.cli_configuration()).unwrap();
        assert!(text.contains(address) && !text.contains("direct"), "{text}");
    }

    #[test]
    fn texts_are_quoted_for_the_configuration_language() {
        assert_eq!(quoted(r#"C:\a "b" ${c}"#), r#""C:\\a \"b\" $${c}""#);
    }
}
