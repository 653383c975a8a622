//! clouds.yaml, the configuration file of OpenStack tools, with its companions secure.yaml and clouds-public.yaml.
//!
//! It is read as openstacksdk reads it, which the tests hold against recorded answers of openstacksdk. Other than one peer,
//! this reads access keys and agencies from it, too.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::environment::{self, Environment};
use super::files::{self, File};
use super::source::{Field, Rank, Source};
use crate::address::shown;

/// An entry of clouds.yaml as a source of settings.
pub(super) struct Entry {
    pub(super) source: Source,
    /// `<service>_endpoint_override` by service key.
    pub(super) endpoints: Vec<(String, String)>,
}

/// A part of an entry, with the file that it stands in for messages.
struct Layer {
    value: Value,
    /// Empty for what is built in.
    path: String,
    /// Of the vendor's profile, below everything in the entry itself.
    vendor: bool,
}

/// Reads an entry as openstacksdk does. The error says which files were looked at.
///
/// `region` is the one that is asked for elsewhere: where an entry has several, its values are taken; otherwise those of
/// the first.
pub(super) fn entry(name: &str, region: Option<&str>, rank: Rank, environment: &Environment) -> Result<Entry, String> {
    let files = Files::find(environment)?;
    // Values by falling rank: of the region, of secure.yaml, of clouds.yaml, of the vendor's profile.
    let files_of_clouds = [files.secure.as_ref(), files.clouds.as_ref()];
    let mut layers: Vec<Layer> =
        files_of_clouds.into_iter().flatten().filter_map(|file| layer(file, "clouds", name)).collect();
    if layers.is_empty() {
        let Some(clouds) = &files.clouds else {
            return Err(format!("no clouds.yaml was found in {}", folder_names(&folders(environment))));
        };
        let known = names_under(clouds, "clouds");
        return Err(format!("{} has no cloud {name:?} (it has: {known})", clouds.path.display()));
    }
    let path = files
        .clouds
        .as_ref()
        .map_or_else(|| layers.first().map(|layer| layer.path.clone()), |file| Some(file.path.display().to_string()));
    let profile = first(&layers, &[&["profile"], &["cloud"]]).map(|(profile, _)| profile);
    if let Some(profile) = &profile {
        layers.push(vendor(profile, files.public.as_ref())?);
    }
    let chosen = chosen_region(&layers, region);
    layers.splice(0..0, chosen);
    Ok(read(name, rank, &path.unwrap_or_default(), &layers))
}

/// The region of an entry that has several, as a layer above the others: its name and its values.
///
/// The entry's own list goes first, then its `region_name`, then the list of its vendor.
fn chosen_region(layers: &[Layer], wanted: Option<&str>) -> Option<Layer> {
    let (vendors, own): (Vec<&Layer>, Vec<&Layer>) = layers.iter().partition(|layer| layer.vendor);
    let list = |layers: &[&Layer]| {
        layers.iter().find_map(|layer| {
            let regions = layer.value.get("regions")?.as_array().filter(|regions| !regions.is_empty())?;
            Some((regions.clone(), layer.path.clone()))
        })
    };
    let has_region = own.iter().any(|layer| text(&layer.value, &["region_name"]).is_some());
    let (regions, path) = list(&own).or_else(|| list(&vendors).filter(|_| !has_region))?;
    let name_of = |region: &Value| text(region, &["name"]).or_else(|| files::scalar(region));
    let found = regions.iter().find(|region| name_of(region).as_deref() == wanted && wanted.is_some());
    let region = found.or(regions.first())?;
    let mut value = region.get("values").filter(|values| values.is_object()).cloned().unwrap_or(json!({}));
    if let (Some(fields), Some(name)) = (value.as_object_mut(), name_of(region)) {
        fields.insert("region_name".to_owned(), Value::String(name));
    }
    Some(Layer { value, path, vendor: false })
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
fn vendor(profile: &str, public: Option<&File>) -> Result<Layer, String> {
    if let Some(found) = public.and_then(|file| layer(file, "public-clouds", profile)) {
        return Ok(Layer { vendor: true, ..found });
    }
    let value = match profile {
        "otc" => json!({
            "auth": { "auth_url": "https://iam.{region_name}.otc.t-systems.com/v3" },
            "regions": ["eu-de", "eu-nl"],
        }),
        "otc-swiss" => json!({
            "auth": { "auth_url": "https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3" },
            "regions": ["eu-ch2"],
        }),
        _ => {
            return Err(format!(
                "the vendor profile {} is neither in a clouds-public.yaml nor built in (otc, otc-swiss)",
                shown(profile)
            ));
        }
    };
    Ok(Layer { value, path: String::new(), vendor: true })
}

/// The fields of credentials.
const ALL: &[Field] = &[
    Field::Token,
    Field::AccessKey,
    Field::SecretKey,
    Field::SecurityToken,
    Field::UserName,
    Field::UserId,
    Field::Password,
];

/// Which credentials an entry means by its `auth_type`; without one, all that it has.
fn allowed(auth_type: Option<&str>) -> &'static [Field] {
    match auth_type {
        Some("token" | "v3token") => &[Field::Token],
        Some("aksk" | "v3aksk") => &[Field::AccessKey, Field::SecretKey, Field::SecurityToken],
        Some("password" | "v3password" | "v3multifactor") => &[Field::UserName, Field::UserId, Field::Password],
        _ => ALL,
    }
}

/// Settings that openstacksdk takes from beside `auth` before it looks inside, because that is where overrides stand.
const BESIDE_FIRST: [(Field, &[&str]); 3] = [
    (Field::Token, &["token", "auth_token"]),
    (Field::ProjectId, &["project_id", "tenant_id"]),
    (Field::ProjectName, &["project_name", "tenant_name"]),
];

/// Settings that stand in `auth`, or else beside it.
const INSIDE_FIRST: [(Field, &[&str]); 7] = [
    (Field::AccessKey, &["ak", "access_key"]),
    (Field::SecretKey, &["sk", "secret_key"]),
    (Field::SecurityToken, &["security_token"]),
    (Field::UserName, &["username", "user_name"]),
    (Field::UserId, &["user_id"]),
    (Field::Password, &["password"]),
    (Field::AuthUrl, &["auth_url"]),
];

/// The account: that of the user, or the only one that is named.
const DOMAINS: [(Field, &[&str]); 2] = [
    (Field::DomainName, &["user_domain_name", "domain_name", "project_domain_name", "default_domain"]),
    (Field::DomainId, &["user_domain_id", "domain_id", "project_domain_id"]),
];

fn read(name: &str, rank: Rank, path: &str, layers: &[Layer]) -> Entry {
    let mut source = Source::new(rank, format!("cloud {name:?} of {path}"));
    let place = |key: &str, layer: &Layer| {
        let path = if layer.path.is_empty() { path } else { layer.path.as_str() };
        format!("setting {key} of the cloud {name:?} in {path}")
    };
    let mut add = |field: Field, keys: &[&[&str]]| {
        if let Some((value, (key, layer))) = first(layers, keys) {
            source.add(field, Some(value), place(&key, layer));
        }
    };
    let auth_type = first(layers, &[&["auth_type"], &["auth_plugin"]]).map(|(kind, _)| kind);
    let meant = |field: Field| !ALL.contains(&field) || allowed(auth_type.as_deref()).contains(&field);
    for (field, keys) in BESIDE_FIRST.iter().filter(|(field, _)| meant(*field)) {
        // Of an agency it is the delegating party's project that counts.
        match field {
            Field::ProjectName => add(*field, &[&["auth", "target_project_name"]]),
            Field::ProjectId => add(*field, &[&["auth", "target_project_id"]]),
            _ => {}
        }
        for key in *keys {
            add(*field, &[&[key], &["auth", key]]);
        }
    }
    for (field, keys) in INSIDE_FIRST.iter().filter(|(field, _)| meant(*field)) {
        for key in *keys {
            add(*field, &[&["auth", key]]);
        }
        for key in *keys {
            add(*field, &[&[key]]);
        }
    }
    for (field, keys) in DOMAINS {
        for key in keys {
            add(field, &[&[key], &["auth", key]]);
        }
    }
    add(Field::Region, &[&["region_name"]]);
    add(Field::CaCertFile, &[&["cacert"]]);
    add(Field::AgencyName, &[&["auth", "target_agency_name"]]);
    add(Field::AgencyDomainId, &[&["auth", "target_domain_id"]]);
    add(Field::AgencyDomainName, &[&["auth", "target_domain_name"]]);
    let says = |key: &str, word: bool| {
        let found = first(layers, &[&[key]]);
        found.filter(|(text, _)| environment::flag(text) == Some(word)).map(|(_, (key, layer))| place(&key, layer))
    };
    if let Some(place) = says("verify", false).or_else(|| says("insecure", true)) {
        source.add(Field::Insecure, Some("true"), place);
    }
    source.complete_address();
    Entry { source, endpoints: endpoints(layers) }
}

/// The first of several settings in the order of the keys, each in the order of the layers; with its name and layer.
fn first<'a>(layers: &'a [Layer], keys: &[&[&str]]) -> Option<(String, (String, &'a Layer))> {
    keys.iter().find_map(|key| layers.iter().find_map(|layer| Some((text(&layer.value, key)?, (key.join("."), layer)))))
}

fn endpoints(layers: &[Layer]) -> Vec<(String, String)> {
    let overrides = layers.iter().filter_map(|layer| layer.value.as_object()).flatten();
    let named = overrides.filter_map(|(key, url)| Some((key.strip_suffix("_endpoint_override")?, files::scalar(url)?)));
    named
        .map(|(service, url)| (if service == "identity" { "iam" } else { service }.to_owned(), url))
        .filter(|(_, url)| !url.trim().is_empty())
        .collect()
}

/// An entry of a file, with its merge keys resolved and its names written with underscores.
fn layer(file: &File, key: &str, name: &str) -> Option<Layer> {
    let value = tidy(file.content.get(key)?.get(name)?);
    value.is_object().then(|| Layer { value, path: file.path.display().to_string(), vendor: false })
}

/// Resolves the merge keys of YAML (`<<: *anchor`), in which what is written beside them wins and then the first of
/// several; and writes names with underscores, as openstacksdk does.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut tidied = Map::new();
            for (name, value) in fields.iter().filter(|(name, _)| *name != "<<") {
                tidied.insert(name.replace('-', "_"), tidy(value));
            }
            let merged = match fields.get("<<") {
                Some(Value::Array(several)) => several.iter().collect(),
                Some(one) => vec![one],
                None => Vec::new(),
            };
            for value in merged {
                if let Value::Object(fields) = tidy(value) {
                    for (name, value) in fields {
                        tidied.entry(name).or_insert(value);
                    }
                }
            }
            Value::Object(tidied)
        }
        Value::Array(items) => Value::Array(items.iter().map(tidy).collect()),
        other => other.clone(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What openstacksdk made of a file, by its own names of the settings.
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        cloud: String,
        region: Option<String>,
        clouds: String,
        secure: Option<String>,
        public: Option<String>,
        want: Map<String, Value>,
    }

    #[derive(serde::Deserialize)]
    struct Recording {
        cases: Vec<Case>,
    }

    const SETTINGS: [(&str, Field); 11] = [
        ("auth_url", Field::AuthUrl),
        ("username", Field::UserName),
        ("user_id", Field::UserId),
        ("password", Field::Password),
        ("token", Field::Token),
        ("project_name", Field::ProjectName),
        ("project_id", Field::ProjectId),
        ("user_domain_name", Field::DomainName),
        ("user_domain_id", Field::DomainId),
        ("region_name", Field::Region),
        ("cacert", Field::CaCertFile),
    ];

    #[test]
    fn files_are_read_as_openstacksdk_reads_them() {
        let recording = include_str!("../../tests/clouds_yaml/cases.json");
        let recording: Recording = serde_json::from_str(recording).unwrap();
        let mut differences = Vec::new();
        for case in &recording.cases {
            let folder = tempfile::tempdir().unwrap();
            let mut variables = Vec::new();
            for (variable, text) in [
                ("OS_CLIENT_CONFIG_FILE", Some(&case.clouds)),
                ("OS_CLIENT_SECURE_FILE", case.secure.as_ref()),
                ("OS_CLIENT_VENDOR_FILE", case.public.as_ref()),
            ] {
                let Some(text) = text else { continue };
                let path = folder.path().join(variable);
                std::fs::write(&path, text).unwrap();
                variables.push((variable, path.display().to_string()));
            }
            let environment: Environment = variables.into_iter().collect();
            let entry = entry(&case.cloud, case.region.as_deref(), Rank::NamedFile, &environment).unwrap();
            let unchecked = entry.source.has(Field::Insecure);
            if Some(!unchecked) != case.want.get("verify").and_then(Value::as_bool) {
                differences.push(format!("{}: verify", case.name));
            }
            for (key, field) in SETTINGS {
                let (found, want) = (entry.source.text(field), case.want.get(key).and_then(Value::as_str));
                if found.as_deref() != want {
                    differences.push(format!("{}: {key} is {found:?}, not {want:?}", case.name));
                }
            }
        }
        assert!(recording.cases.len() > 30 && differences.is_empty(), "{}", differences.join("\n"));
    }

    #[test]
    fn the_first_of_several_merge_keys_wins_and_what_is_written_wins_over_all() {
        let value = json!({"<<": [{"a": 1, "b": 1}, {"a": 2, "c": {"<<": {"e": 3}, "d-d": 2}}], "b": 0});
        assert_eq!(tidy(&value), json!({"a": 1, "b": 0, "c": {"d_d": 2, "e": 3}}));
        for odd in [json!({"<<": null}), json!({"<<": "text"}), json!({"<<": [1, [2]]})] {
            assert_eq!(tidy(&odd), json!({}), "{odd}");
        }
    }
}
