//! clouds.yaml, the configuration file of OpenStack tools, with its companions secure.yaml and clouds-public.yaml.
//!
//! Other than one peer, this reads access keys and agencies from it, too.

use std::path::PathBuf;

use serde_json::Value;

use super::environment::Environment;
use super::files::{self, File};
use super::source::{Field, Rank, Source};
use crate::address::Region;
use crate::hosts::host;
use crate::iam::service::SERVICE as IAM;
use crate::platform::Platform;

/// An entry of clouds.yaml as a source of settings.
pub(super) struct Entry {
    pub(super) source: Source,
    /// `<service>_endpoint_override` by service key.
    pub(super) endpoints: Vec<(String, String)>,
}

/// Reads an entry. The error says which files were looked at.
pub(super) fn entry(name: &str, rank: Rank, environment: &Environment) -> Result<Entry, String> {
    let files = Files::find(environment)?;
    let Some(clouds) = &files.clouds else {
        return Err(format!("no clouds.yaml was found in {}", folder_names(&folders(environment))));
    };
    let own = under(clouds, "clouds", name).ok_or_else(|| {
        let known = names_under(clouds, "clouds");
        format!("{} has no cloud {name:?} (it has: {known})", clouds.path.display())
    })?;
    // Values by falling rank: the entry, its secrets, the vendor's profile.
    let mut layers = vec![own];
    layers.extend(files.secure.as_ref().and_then(|secure| under(secure, "clouds", name)));
    let profile = ["profile", "cloud"].iter().find_map(|key| layers.iter().find_map(|layer| text(layer, &[*key])));
    let region = layers.iter().find_map(|layer| text(layer, &["region_name"]));
    let vendor =
        profile.as_deref().map(|profile| vendor(profile, region.as_deref(), files.public.as_ref())).transpose()?;
    layers.extend(vendor.as_ref());
    Ok(read(name, rank, clouds, &layers))
}

struct Files {
    clouds: Option<File>,
    secure: Option<File>,
    public: Option<File>,
}

impl Files {
    fn find(environment: &Environment) -> Result<Files, String> {
        let folders = folders(environment);
        let file = |variable: &str, stem: &str| match environment.get(variable) {
            Some(path) => match files::read(&files::expand(path, environment))? {
                Some(file) => Ok(Some(file)),
                None => Err(format!("{path}, named by {variable}, does not exist")),
            },
            None => {
                let names: Vec<String> =
                    ["yaml", "yml", "json"].iter().map(|suffix| format!("{stem}.{suffix}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                files::first_existing(&folders, &names).map_or(Ok(None), |path| files::read(&path))
            }
        };
        Ok(Files {
            clouds: file("OS_CLIENT_CONFIG_FILE", "clouds")?,
            secure: file("OS_CLIENT_SECURE_FILE", "secure")?,
            public: file("OS_CLIENT_VENDOR_FILE", "clouds-public")?,
        })
    }
}

/// Where such files are looked for: the working directory, the user's folder, the system's.
fn folders(environment: &Environment) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(".")];
    let user = environment.get("XDG_CONFIG_HOME").map(PathBuf::from);
    folders.extend(
        user.or_else(|| Some(files::home(environment)?.join(".config"))).map(|folder| folder.join("openstack")),
    );
    folders.push(PathBuf::from("/etc/openstack"));
    folders
}

fn folder_names(folders: &[PathBuf]) -> String {
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    names.join(", ")
}

/// A vendor's profile: from clouds-public.yaml, else one of the two that are built in.
fn vendor(profile: &str, region: Option<&str>, public: Option<&File>) -> Result<Value, String> {
    if let Some(found) = public.and_then(|file| under(file, "public-clouds", profile)) {
        return Ok(found.clone());
    }
    let region = match profile {
        "otc" => region.unwrap_or("eu-de"),
        "otc-swiss" => "eu-ch2",
        _ => {
            return Err(format!(
                "the vendor profile {profile:?} is neither in a clouds-public.yaml nor built in (otc, otc-swiss)"
            ));
        }
    };
    // A text that is no region stays what it is, to be refused by its name wherever it is used, but gets no address.
    let iam = Region::parse(region).ok().and_then(|region| host(Platform::Otc, &region, IAM).ok());
    let auth_url = iam.map(|iam| iam.origin().to_string());
    Ok(serde_json::json!({ "auth": { "auth_url": auth_url }, "region_name": region }))
}

/// Which credentials an entry means by its `auth_type`; without one, all that it has.
fn allowed(auth_type: Option<&str>) -> &'static [Field] {
    const ALL: &[Field] = &[
        Field::Token,
        Field::AccessKey,
        Field::SecretKey,
        Field::SecurityToken,
        Field::UserName,
        Field::UserId,
        Field::Password,
    ];
    match auth_type {
        Some("token" | "v3token") => &[Field::Token],
        Some("aksk" | "v3aksk") => &[Field::AccessKey, Field::SecretKey, Field::SecurityToken],
        Some("password" | "v3password" | "v3multifactor") => &[Field::UserName, Field::UserId, Field::Password],
        _ => ALL,
    }
}

fn read(name: &str, rank: Rank, clouds: &File, layers: &[&Value]) -> Entry {
    let path = clouds.path.display();
    let mut source = Source::new(rank, format!("cloud {name:?} of {path}"));
    let mut add = |field: Field, keys: &[&[&str]]| {
        let found =
            layers.iter().find_map(|layer| keys.iter().find_map(|key| Some((text(layer, key)?, key.join(".")))));
        if let Some((value, key)) = found {
            source.add(field, Some(value), format!("setting {key} of the cloud {name:?} in {path}"));
        }
    };
    let auth_type = layers.iter().find_map(|layer| text(layer, &["auth_type"]));
    let credentials: [(Field, &[&[&str]]); 7] = [
        (Field::Token, &[&["auth", "token"]]),
        (Field::AccessKey, &[&["auth", "ak"], &["ak"], &["auth", "access_key"]]),
        (Field::SecretKey, &[&["auth", "sk"], &["sk"], &["auth", "secret_key"]]),
        (Field::SecurityToken, &[&["auth", "security_token"], &["security_token"]]),
        (Field::UserName, &[&["auth", "username"], &["auth", "user_name"]]),
        (Field::UserId, &[&["auth", "user_id"]]),
        (Field::Password, &[&["auth", "password"]]),
    ];
    for (field, keys) in credentials.iter().filter(|(field, _)| allowed(auth_type.as_deref()).contains(field)) {
        add(*field, keys);
    }
    add(
        Field::DomainName,
        &[
            &["auth", "user_domain_name"],
            &["auth", "domain_name"],
            &["auth", "project_domain_name"],
            &["auth", "default_domain"],
        ],
    );
    add(Field::DomainId, &[&["auth", "user_domain_id"], &["auth", "domain_id"], &["auth", "project_domain_id"]]);
    add(Field::AuthUrl, &[&["auth", "auth_url"], &["auth_url"]]);
    add(Field::Region, &[&["region_name"]]);
    add(Field::CaCertFile, &[&["cacert"]]);
    add(Field::AgencyName, &[&["auth", "target_agency_name"]]);
    add(Field::AgencyDomainId, &[&["auth", "target_domain_id"]]);
    add(Field::AgencyDomainName, &[&["auth", "target_domain_name"]]);
    // Of an agency it is the delegating party's project that counts.
    add(Field::ProjectName, &[&["auth", "target_project_name"], &["auth", "project_name"], &["auth", "tenant_name"]]);
    add(Field::ProjectId, &[&["auth", "target_project_id"], &["auth", "project_id"], &["auth", "tenant_id"]]);
    let verify = layers.iter().find_map(|layer| text(layer, &["verify"]));
    if verify
        .as_deref()
        .is_some_and(|verify| ["false", "no", "off", "0"].contains(&verify.to_ascii_lowercase().as_str()))
    {
        source.add(Field::Insecure, Some("true"), format!("setting verify of the cloud {name:?} in {path}"));
    }
    Entry { source, endpoints: endpoints(layers) }
}

fn endpoints(layers: &[&Value]) -> Vec<(String, String)> {
    let overrides = layers.iter().filter_map(|layer| layer.as_object()).flatten();
    let named = overrides.filter_map(|(key, url)| Some((key.strip_suffix("_endpoint_override")?, files::scalar(url)?)));
    named
        .map(|(service, url)| (if service == "identity" { "iam" } else { service }.replace('-', "_"), url))
        .filter(|(_, url)| !url.trim().is_empty())
        .collect()
}

fn under<'a>(file: &'a File, key: &str, name: &str) -> Option<&'a Value> {
    file.content.get(key)?.get(name)
}

fn names_under(file: &File, key: &str) -> String {
    let names =
        file.content.get(key).and_then(Value::as_object).map(|clouds| clouds.keys().cloned().collect::<Vec<_>>());
    names.unwrap_or_default().join(", ")
}

fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, key| value.get(key))?;
    files::scalar(found).filter(|text| !text.trim().is_empty())
}
