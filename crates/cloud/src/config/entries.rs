//! Entries of configuration files of other tools, as far as somebody names them.

use super::arguments::ConfigError;
use super::environment::Environment;
use super::source::{Field, Rank, Source};
use super::{clouds_yaml, koocli};
use crate::credentials::Choice;

/// Entries of configuration files, as far as somebody names them.
#[derive(Default)]
pub(super) struct Files {
    /// Named by the block.
    pub(super) named: Vec<Source>,
    /// Named by variables.
    pub(super) variable: Vec<Source>,
    /// What was wrong with files that only variables name: worth a word when credentials are missing, no error before.
    pub(super) unreadable: Vec<String>,
    /// Endpoints that an entry brings with it.
    pub(super) overrides: Option<Overrides>,
}

impl Files {
    /// Reads what the block or a variable names.
    pub(super) fn read(block: &Source, environment: &Environment) -> Result<Files, ConfigError> {
        let mut files = Files::default();
        let region = block.text(Field::Region);
        let cannot = |argument: &str, reason: String| ConfigError {
            argument: Some(argument.to_owned()),
            summary: "The configuration file cannot be used".to_owned(),
            detail: format!("{argument} names an entry of a configuration file, but {reason}."),
        };
        if let Some(cloud) = block.text(Field::Cloud) {
            let entry = clouds_yaml::entry(&cloud, region.as_deref(), Rank::NamedFile, environment)
                .map_err(|reason| cannot("cloud", reason))?;
            files.named.push(entry.source);
            files.overrides = Some(Overrides { only_for: None, urls: entry.endpoints });
        } else if let Some(cloud) = environment.get("OS_CLOUD") {
            match clouds_yaml::entry(cloud, region.as_deref(), Rank::EnvironmentFile, environment) {
                Ok(entry) => {
                    files.overrides =
                        Some(Overrides { only_for: Some(entry.source.name.clone()), urls: entry.endpoints });
                    files.variable.push(entry.source);
                }
                Err(reason) => files.unreadable.push(format!("OS_CLOUD is {cloud:?}, but {reason}")),
            }
        }
        let in_block = (block.text(Field::Profile), block.text(Field::SharedConfigFile));
        let variable = |name: &str| environment.get(name).map(str::to_owned);
        let in_environment = (variable("HW_PROFILE"), variable("HW_SHARED_CONFIG_FILE"));
        if let (Some(_), _) | (_, Some(_)) = &in_block {
            let argument = if in_block.0.is_some() { "profile" } else { "shared_config_file" };
            let name = in_block.0.as_deref().or(in_environment.0.as_deref());
            let path = in_block.1.as_deref().or(in_environment.1.as_deref());
            let profile = koocli::profile(name, path, Rank::NamedFile, environment);
            files.named.push(profile.map_err(|reason| cannot(argument, reason))?);
        } else if let (Some(_), _) | (_, Some(_)) = &in_environment {
            let (name, path) = (in_environment.0.as_deref(), in_environment.1.as_deref());
            match koocli::profile(name, path, Rank::EnvironmentFile, environment) {
                Ok(source) => files.variable.push(source),
                Err(reason) => {
                    files.unreadable.push(format!("HW_PROFILE or HW_SHARED_CONFIG_FILE is set, but {reason}"))
                }
            }
        }
        Ok(files)
    }
}

/// Endpoints of an entry, by service key.
pub(super) struct Overrides {
    /// Name of the source whose credentials they go with; `None`: they hold for all.
    only_for: Option<String>,
    urls: Vec<(String, String)>,
}

impl Overrides {
    /// The endpoints, unless they belong to an entry that only a variable names and that lends nobody its credentials.
    pub(super) fn in_use(self, identity: &Choice) -> Vec<(String, String)> {
        match &self.only_for {
            None => self.urls,
            Some(name) if identity.source() == name => self.urls,
            Some(_) => Vec::new(),
        }
    }
}
