//! Where to call: platform, region, project, addresses.

use std::collections::BTreeMap;

use super::arguments::{Arguments, ConfigError};
use super::entries::Files;
use super::environment::Environment;
use super::identity::Selection;
use super::source::{Field, Found, Rank, Source};
use super::values::blame;
use crate::address::{self, Origin, Region, masked, shown};
use crate::credentials::Choice;
use crate::hosts;
use crate::platform::Platform;
use crate::service::Service;
use crate::services::SERVICES;

/// Which cloud: as written, or told from addresses, entries and regions, or from which tools left their variables.
pub(super) fn told_platform(
    arguments: &Arguments,
    block: &Source,
    files: &Files,
    environment: &Environment,
) -> Result<Platform, ConfigError> {
    let written = arguments.platform.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let variable = environment.get("RECOVERY_PLATFORM");
    if let Some(name) = written.or(variable) {
        return Platform::from_name(name.trim()).ok_or_else(|| ConfigError {
            argument: written.map(|_| "platform".to_owned()),
            summary: "Unknown platform".to_owned(),
            detail: format!(
                "{} is {}; it must be \"otc\" or \"huaweicloud\".",
                if written.is_some() { "platform" } else { "The environment variable RECOVERY_PLATFORM" },
                shown(name),
            ),
        });
    }
    let by_content = |source: &Source| {
        let host = source.text(Field::AuthUrl).and_then(|url| Platform::of_address(&url));
        let regions = [Field::Region, Field::ProjectName];
        let region =
            || regions.iter().find_map(|field| source.text(*field).and_then(|name| Platform::of_region(&name)));
        host.or_else(region)
    };
    let profile = |source: &Source| [Field::Profile, Field::SharedConfigFile].iter().any(|field| source.has(*field));
    let in_block = [
        block.text(Field::AuthUrl).and_then(|url| Platform::of_address(&url)),
        files.named.iter().find_map(by_content),
        profile(block).then_some(Platform::Huawei),
        by_content(block),
    ];
    let first = |names: &[&str]| environment.first(names).map(|(_, value)| value);
    let in_environment = [
        first(&["OS_AUTH_URL", "HW_AUTH_URL"]).and_then(Platform::of_address),
        cloud_domain(environment)?.and_then(|domain| Platform::of_host(&domain)),
        files.variable.iter().find_map(by_content),
        first(&["HW_PROFILE", "HW_SHARED_CONFIG_FILE"]).map(|_| Platform::Huawei),
        first(&["OS_REGION_NAME", "OS_REGION", "HW_REGION_NAME"]).and_then(Platform::of_region),
        first(&["OS_TENANT_NAME", "OS_PROJECT_NAME", "HW_PROJECT_NAME"]).and_then(Platform::of_region),
    ];
    let only_huawei = environment.has_prefix("HW_") && !environment.has_prefix("OS_");
    let told = in_block.into_iter().chain(in_environment).flatten().next();
    Ok(told.unwrap_or(if only_huawei { Platform::Huawei } else { Platform::Otc }))
}

/// Where to call: taken from all sources, but not from the variables of another world that has an identity of its own.
///
/// An address from a file that only a variable names is for that file's own credentials: a password of the configuration
/// does not go where some clouds.yaml in the working directory says.
pub(super) fn scoping(sources: &[Source], family: Rank, choice: &Choice) -> Source {
    let foreign = |source: &&Source| {
        source.rank.is_family()
            && source.rank != family
            && [Field::Token, Field::AccessKey, Field::Password].iter().any(|field| source.has(*field))
    };
    let usable: Vec<&Source> = sources.iter().filter(|source| !foreign(source)).collect();
    let mut merged = Source::new(Rank::Block, "all sources");
    let take = |merged: &mut Source, field: Field| {
        if let Some(found) = usable.iter().find_map(|source| source.get(field)) {
            merged.add(field, Some(found.value.clone()), found.place.clone());
        }
    };
    take(&mut merged, Field::Region);
    let lent = |source: &&&Source| source.rank != Rank::EnvironmentFile || source.name == choice.source();
    let addressed = usable.iter().filter(lent).find(|source| source.has(Field::AuthUrl));
    if let Some((source, found)) = addressed.and_then(|source| Some((source, source.get(Field::AuthUrl)?))) {
        merged.add(Field::AuthUrl, Some(found.value.clone()), found.place.clone());
        merged.address_follows_region = source.address_follows_region;
    } else if let Some(source) = usable.iter().find(|source| source.has(Field::AuthUrl)) {
        tracing::warn!("the auth_url of {} is not used: the credentials are not from there", source.name);
    }
    // A project's id and name come from one source: whichever names a project first.
    let project = [Field::ProjectId, Field::ProjectName];
    if let Some(source) = usable.iter().find(|source| project.iter().any(|field| source.has(*field))) {
        for field in project {
            if let Some(found) = source.get(field) {
                merged.add(field, Some(found.value.clone()), found.place.clone());
            }
        }
    }
    merged
}

/// The family of variables that an identity belongs to: the one it was taken or completed from, else the platform's own.
pub(super) fn own_family(selection: &Selection, platform: Platform) -> Rank {
    selection.family.unwrap_or(family_of(platform))
}

/// The family of variables of a platform's own tools.
pub(super) fn family_of(platform: Platform) -> Rank {
    match platform {
        Platform::Otc => Rank::Openstack,
        Platform::Huawei => Rank::Huawei,
    }
}

/// The region as it is set, or as a project's name or the host of IAM tells it.
pub(super) fn region(settings: &Source, auth_url: Option<&Origin>) -> Result<Option<Region>, ConfigError> {
    if let Some(found) = settings.get(Field::Region) {
        let text = found.value.reveal();
        let parsed =
            Region::parse(text).map_err(|reason| not_a_region(found, &format!("is {}; {reason}", shown(text))));
        return parsed.map(Some);
    }
    let Some(found) = settings.get(Field::ProjectName) else { return Ok(auth_url.and_then(hosts::region_of)) };
    // Regions are written in small letters, whatever the project's name has.
    let name = found.value.reveal().trim().to_ascii_lowercase();
    let told = name.split('_').next().filter(|region| Platform::of_region(region).is_some());
    let Some(told) = told else { return Ok(auth_url.and_then(hosts::region_of)) };
    let parsed = Region::parse(told).map_err(|reason| {
        let detail =
            format!("is {}, of which {} stands for the region; {reason}", shown(found.value.reveal()), shown(told));
        not_a_region(found, &detail)
    });
    parsed.map(Some)
}

pub(super) fn not_a_region(found: &Found, detail: &str) -> ConfigError {
    blame(found, "Not the name of a region", detail)
}

/// The domain of a cloud of another name on the platform of Huawei Cloud: there it takes the place of the usual one.
pub(super) fn own_domain(platform: Platform, environment: &Environment) -> Result<Option<String>, ConfigError> {
    match platform {
        Platform::Otc => Ok(None),
        Platform::Huawei => Ok(cloud_domain(environment)?.filter(|domain| Platform::of_host(domain).is_none())),
    }
}

/// The domain of Huawei Cloud that its own tools are told with `HW_CLOUD`.
pub(super) fn cloud_domain(environment: &Environment) -> Result<Option<String>, ConfigError> {
    let Some(text) = environment.get("HW_CLOUD") else { return Ok(None) };
    address::domain(text).map(Some).map_err(|reason| ConfigError {
        argument: None,
        summary: "Not the domain of a cloud".to_owned(),
        detail: format!(
            "The environment variable HW_CLOUD is {}: {reason}. It must be a domain such as myhuaweicloud.com.",
            shown(text)
        ),
    })
}

/// A project's id becomes part of paths.
pub(super) fn project_id(found: &Found) -> Result<String, ConfigError> {
    let id = found.value.reveal().trim();
    match address::identifier_problem(id) {
        None => Ok(id.to_owned()),
        Some(problem) => Err(blame(found, "Not the id of a project", &format!("is no id: {problem}"))),
    }
}

pub(super) fn endpoints(
    arguments: &Arguments,
    environment: &Environment,
    overrides: Vec<(String, String)>,
) -> Result<BTreeMap<Service, Origin>, ConfigError> {
    let mut endpoints = BTreeMap::new();
    for (key, url) in arguments.endpoints.iter().flatten() {
        let Some(service) = SERVICES.into_iter().find(|service| service.key() == key) else {
            let [first @ .., last] = SERVICES.map(Service::key);
            return Err(ConfigError {
                argument: Some("endpoints".to_owned()),
                summary: "Unknown endpoint".to_owned(),
                detail: format!("endpoints has the key {key:?}; known keys are {} and {last}.", first.join(", ")),
            });
        };
        if url.trim().is_empty() {
            continue;
        }
        let origin = Origin::parse(url).map_err(|reason| ConfigError {
            argument: Some("endpoints".to_owned()),
            summary: "Bad endpoint".to_owned(),
            detail: format!("The endpoint {key} is {}: {reason}.", masked(url)),
        })?;
        endpoints.insert(service, origin);
    }
    for service in SERVICES {
        let name = service.endpoint_variable();
        let Some(url) = environment.get(name).filter(|_| !endpoints.contains_key(&service)) else { continue };
        let origin = Origin::parse(url).map_err(|reason| ConfigError {
            argument: None,
            summary: "Bad endpoint".to_owned(),
            detail: format!("The environment variable {name} is {}: {reason}.", masked(url)),
        })?;
        endpoints.insert(service, origin);
    }
    for (key, url) in overrides {
        let Some(service) = SERVICES.into_iter().find(|service| service.key() == key) else { continue };
        let origin = Origin::parse(&url).map_err(|reason| ConfigError {
            argument: None,
            summary: "Bad endpoint".to_owned(),
            detail: format!("The setting {key}_endpoint_override of clouds.yaml is {}: {reason}.", masked(&url)),
        })?;
        endpoints.entry(service).or_insert(origin);
    }
    Ok(endpoints)
}

/// IAM's address without the version (or the whole path of the call for tokens, which some write), which calls bring with
/// them. Any other path stays: it belongs to a gateway in front of IAM.
pub(super) fn auth_url(found: &Found) -> Result<Origin, ConfigError> {
    let url = found.value.reveal();
    let origin = Origin::parse(url)
        .map_err(|reason| blame(found, "Bad URL of IAM", &format!("is {}: {reason}", masked(url))))?;
    Ok(origin.without(&["/v3/auth/tokens", "/v3.0", "/v3", "/v2.0"]))
}
