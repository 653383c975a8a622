//! The profiles of KooCLI, Huawei Cloud's command line.

use serde_json::Value;

use super::environment::Environment;
use super::files;
use super::source::{Field, Rank, Source};

/// Where KooCLI keeps its profiles.
const DEFAULT_FILE: &str = "~/.hcloud/config.json";

/// Reads a profile, the current one if none is named. The error says what is wrong with which file.
pub(super) fn profile(
    name: Option<&str>,
    file: Option<&str>,
    rank: Rank,
    environment: &Environment,
) -> Result<Source, String> {
    let path = files::expand(file.unwrap_or(DEFAULT_FILE), environment);
    let Some(file) = files::read(&path)? else {
        return Err(format!("{} does not exist", path.display()));
    };
    let path = path.display();
    let current = text(&file.content, &["current"]);
    let Some(name) = name.map(str::to_owned).or(current) else {
        return Err(format!("{path} names no current profile"));
    };
    let profiles = file.content.get("profiles").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let Some(profile) = profiles.iter().find(|profile| text(profile, &["name"]).as_deref() == Some(&name)) else {
        let known: Vec<String> = profiles.iter().filter_map(|profile| text(profile, &["name"])).collect();
        return Err(format!("{path} has no profile {name:?} (it has: {})", known.join(", ")));
    };
    let source = read(&name, profile, rank, &path.to_string());
    check_plain(&source, &path.to_string(), &name)?;
    Ok(source)
}

fn read(name: &str, profile: &Value, rank: Rank, path: &str) -> Source {
    let mut source = Source::new(rank, format!("profile {name:?} of {path}"));
    let single_sign_on = text(profile, &["mode"]).is_some_and(|mode| mode.eq_ignore_ascii_case("SSO"));
    let mut add = |field: Field, keys: &[&str]| {
        source.add(field, text(profile, keys), format!("setting {} of the profile {name:?} in {path}", keys.join(".")));
    };
    if single_sign_on {
        add(Field::AccessKey, &["ssoAuth", "stsToken", "accessKeyId"]);
        add(Field::SecretKey, &["ssoAuth", "stsToken", "secretAccessKey"]);
        add(Field::SecurityToken, &["ssoAuth", "stsToken", "securityToken"]);
    } else {
        add(Field::AccessKey, &["accessKeyId"]);
        add(Field::SecretKey, &["secretAccessKey"]);
        add(Field::SecurityToken, &["securityToken"]);
    }
    add(Field::Region, &["region"]);
    add(Field::ProjectId, &["projectId"]);
    add(Field::DomainId, &["domainId"]);
    add(Field::AgencyName, &["agencyName"]);
    add(Field::AgencyDomainId, &["agencyDomainId"]);
    add(Field::AgencyDomainName, &["agencyDomainName"]);
    source
}

/// KooCLI encrypts its profiles unless told otherwise; an encrypted key does not look like one.
fn check_plain(source: &Source, path: &str, name: &str) -> Result<(), String> {
    let looks_plain = |key: &str| {
        key.len() <= 40 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    match source.text(Field::AccessKey) {
        Some(key) if !looks_plain(&key) => Err(format!(
            "the profile {name:?} in {path} seems to be encrypted; `hcloud configure set --cli-auth-encrypt=false` \
             writes it so that other tools can read it"
        )),
        _ => Ok(()),
    }
}

fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, key| value.get(key))?;
    files::scalar(found).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
