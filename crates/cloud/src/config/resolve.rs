//! From sources to a [`Config`].

use std::collections::BTreeMap;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Config;
use super::arguments::{Arguments, ConfigError};
use super::entries::Files;
use super::environment::{self, Environment};
use super::identity::{self, Selection};
use super::source::{self, Field, Found, Rank, Source};
use crate::address::{self, Origin, Region, masked, shown};
use crate::credentials::{Agency, Choice};
use crate::hosts;
use crate::http::Settings;
use crate::platform::Platform;
use crate::service::Service;
use crate::services::SERVICES;

/// Default of `max_retries`.
const MAX_RETRIES: u32 = 5;

/// Default of `request_timeout`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Lifetimes that IAM gives temporary keys, in seconds.
const LIFETIME: std::ops::RangeInclusive<u64> = 900..=86_400;

impl Config {
    /// Resolves arguments and environment. Missing credentials are no error here: the first call that needs them fails
    /// and names every place that was looked at.
    ///
    /// # Errors
    /// A value that cannot be used: a bad URL, duration, number or key, two credential kinds in the block, a file that
    /// was named and cannot be read. In a rehearsal only the rehearsal's own URL can be wrong.
    pub fn resolve(arguments: &Arguments, environment: &Environment) -> Result<Config, ConfigError> {
        resolve(arguments, environment)
    }
}

fn resolve(arguments: &Arguments, environment: &Environment) -> Result<Config, ConfigError> {
    let block = source::block(arguments);
    if let Some(url) = environment.get("RECOVERY_REHEARSAL") {
        return rehearsal(url, arguments, block, environment);
    }
    identity::check_block(&block)?;
    let files = Files::read(&block, environment)?;
    let platform = told_platform(arguments, &block, &files, environment)?;
    let Files { named, variable, unreadable, overrides } = files;
    let mut sources = vec![block];
    sources.extend(named);
    sources.extend(source::variables(platform, environment));
    sources.extend(variable);
    let selection = identity::choose(&sources, platform, &unreadable);
    let settings = scoping(&sources, own_family(&selection, platform));
    let endpoints = endpoints(
        arguments,
        environment,
        overrides.map(|overrides| overrides.in_use(&selection.choice)).unwrap_or_default(),
    )?;
    let connection = connection(&sources)?;
    let agency = agency(&sources, &selection, platform)?;
    let auth_url = settings.get(Field::AuthUrl).map(auth_url).transpose()?;
    let project_name = settings.text(Field::ProjectName);
    let project_id = settings.get(Field::ProjectId).map(project_id).transpose()?;
    let region = region(&settings, auth_url.as_ref())?;
    let warnings = warnings(&connection, auth_url.as_ref(), &endpoints);
    log(&selection.choice, platform, region.as_ref(), project_name.as_deref(), &settings);
    Ok(Config {
        platform,
        rehearsal: None,
        project_id,
        project_name,
        region,
        auth_url,
        endpoints,
        identity: selection.choice,
        agency,
        max_retries: max_retries(&sources)?,
        connection,
        preflight: flag(&sources, Field::Preflight)?.unwrap_or(true),
        warnings,
    })
}

/// A rehearsal takes nothing from anywhere else but what cannot lead anywhere: region, retries, timeouts, preflight.
fn rehearsal(
    url: &str,
    arguments: &Arguments,
    block: Source,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    // Files only help to tell the platform and the region; one that cannot be read does not stop a rehearsal.
    let files = Files::read(&block, environment).unwrap_or_default();
    let platform = told_platform(arguments, &block, &files, environment)?;
    let url = Origin::parse(url).map_err(|reason| ConfigError {
        argument: None,
        summary: "Bad URL of the rehearsal cloud".to_owned(),
        detail: format!("The environment variable RECOVERY_REHEARSAL is {}: {reason}.", masked(url)),
    })?;
    if !url.is_loopback() {
        return Err(ConfigError {
            argument: None,
            summary: "The rehearsal cloud is not on this machine".to_owned(),
            detail: format!(
                "The environment variable RECOVERY_REHEARSAL is \"{url}\"; only loopback addresses are used."
            ),
        });
    }
    let mut sources = vec![block];
    sources.extend(files.named);
    sources.extend(source::variables(platform, environment));
    sources.extend(files.variable);
    let settings = scoping(&sources, family_of(platform));
    let warning = format!(
        "RECOVERY_REHEARSAL is set: everything goes to the rehearsal cloud at {url}. Credentials, endpoints and addresses \
         of the configuration and the environment are not used, and no real cloud is reached."
    );
    Ok(Config {
        platform,
        rehearsal: Some(url),
        project_id: None,
        project_name: None,
        region: region(&settings, None)?,
        auth_url: None,
        endpoints: BTreeMap::new(),
        identity: Choice::Missing("A rehearsal brings its own credentials.".to_owned()),
        agency: None,
        max_retries: max_retries(&sources)?,
        connection: Settings { ca_pem: None, insecure: false, timeout: request_timeout(&sources)? },
        preflight: flag(&sources, Field::Preflight)?.unwrap_or(true),
        warnings: vec![("This is a rehearsal".to_owned(), warning)],
    })
}

/// Which cloud: as written, or told from addresses, entries and regions, or from which tools left their variables.
fn told_platform(
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
fn scoping(sources: &[Source], family: Rank) -> Source {
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
    take(&mut merged, Field::AuthUrl);
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
fn own_family(selection: &Selection, platform: Platform) -> Rank {
    selection.family.unwrap_or(family_of(platform))
}

/// The family of variables of a platform's own tools.
fn family_of(platform: Platform) -> Rank {
    match platform {
        Platform::Otc => Rank::Openstack,
        Platform::Huawei => Rank::Huawei,
    }
}

/// The region as it is set, or as a project's name or the host of IAM tells it.
fn region(settings: &Source, auth_url: Option<&Origin>) -> Result<Option<Region>, ConfigError> {
    if let Some(found) = settings.get(Field::Region) {
        let text = found.value.reveal();
        let parsed =
            Region::parse(text).map_err(|reason| not_a_region(found, &format!("is {}; {reason}", shown(text))));
        return parsed.map(Some);
    }
    let Some(found) = settings.get(Field::ProjectName) else { return Ok(auth_url.and_then(hosts::region_of)) };
    let name = found.value.reveal().trim();
    let told = name.split('_').next().filter(|region| Platform::of_region(region).is_some());
    let Some(told) = told else { return Ok(auth_url.and_then(hosts::region_of)) };
    let parsed = Region::parse(told).map_err(|reason| {
        let detail = format!("is {}, of which {} stands for the region; {reason}", shown(name), shown(told));
        not_a_region(found, &detail)
    });
    parsed.map(Some)
}

fn not_a_region(found: &Found, detail: &str) -> ConfigError {
    blame(found, "Not the name of a region", detail)
}

/// The domain of Huawei Cloud that its own tools are told with `HW_CLOUD`.
fn cloud_domain(environment: &Environment) -> Result<Option<String>, ConfigError> {
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
fn project_id(found: &Found) -> Result<String, ConfigError> {
    let id = found.value.reveal().trim();
    match address::identifier_problem(id) {
        None => Ok(id.to_owned()),
        Some(problem) => Err(blame(found, "Not the id of a project", &format!("is no id: {problem}"))),
    }
}

fn endpoints(
    arguments: &Arguments,
    environment: &Environment,
    overrides: Vec<(String, String)>,
) -> Result<BTreeMap<Service, Origin>, ConfigError> {
    let mut endpoints = BTreeMap::new();
    for (key, url) in arguments.endpoints.iter().flatten() {
        let Some(service) = SERVICES.into_iter().find(|service| service.key() == key) else {
            let known = SERVICES.map(Service::key);
            return Err(ConfigError {
                argument: Some("endpoints".to_owned()),
                summary: "Unknown endpoint".to_owned(),
                detail: format!("endpoints has the key {key:?}; known keys are {}.", known.join(", ")),
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

/// IAM's address without the version, which calls bring with them.
fn auth_url(found: &Found) -> Result<Origin, ConfigError> {
    let url = found.value.reveal();
    let origin = Origin::parse(url)
        .map_err(|reason| blame(found, "Bad URL of IAM", &format!("is {}: {reason}", masked(url))))?;
    Ok(origin.without(&["/v3.0", "/v3", "/v2.0"]))
}

fn connection(sources: &[Source]) -> Result<Settings, ConfigError> {
    let ca_pem = first(sources, Field::CaCertFile).map(certificates).transpose()?;
    let insecure = flag(sources, Field::Insecure)?.unwrap_or(false);
    Ok(Settings { ca_pem, insecure, timeout: request_timeout(sources)? })
}

/// A PEM file, or PEM text itself, which other tools take in the same place.
fn certificates(found: &Found) -> Result<Vec<u8>, ConfigError> {
    let value = found.value.reveal();
    let pem = if value.contains("-----BEGIN") {
        value.as_bytes().to_vec()
    } else {
        std::fs::read(value)
            .map_err(|error| blame(found, "The CA file cannot be read", &format!("is {value:?}: {error}")))?
    };
    if are_certificates(&pem) {
        return Ok(pem);
    }
    Err(blame(found, "The CA file holds no certificates", "must name a file with certificates in PEM form"))
}

/// True for at least one certificate, all of them readable: otherwise the first call would be the one to complain.
fn are_certificates(pem: &[u8]) -> bool {
    let mut store = rustls::RootCertStore::empty();
    let readable = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| store.add(certificate).is_ok()));
    readable && !store.is_empty()
}

fn request_timeout(sources: &[Source]) -> Result<Duration, ConfigError> {
    let Some(found) = first(sources, Field::RequestTimeout) else { return Ok(REQUEST_TIMEOUT) };
    let text = found.value.reveal();
    duration(text)
        .filter(|duration| (Duration::from_secs(1)..=Duration::from_secs(3600)).contains(duration))
        .ok_or_else(|| {
            blame(
                found,
                "Bad request timeout",
                &format!("is {text:?}; it must be a duration from 1s to 1h, such as \"30s\""),
            )
        })
}

fn max_retries(sources: &[Source]) -> Result<u32, ConfigError> {
    let Some(found) = first(sources, Field::MaxRetries) else { return Ok(MAX_RETRIES) };
    let text = found.value.reveal();
    text.trim().parse().ok().filter(|retries| *retries <= 100).ok_or_else(|| {
        blame(found, "Bad number of retries", &format!("is {text:?}; it must be a whole number from 0 to 100"))
    })
}

fn flag(sources: &[Source], field: Field) -> Result<Option<bool>, ConfigError> {
    let Some(found) = first(sources, field) else { return Ok(None) };
    let text = found.value.reveal();
    let neither = || blame(found, "Neither true nor false", &format!("is {text:?}; it must be true or false"));
    environment::flag(text).map(Some).ok_or_else(neither)
}

/// The agency: from the source of the identity or a higher one, so that a leftover variable assumes no role.
fn agency(sources: &[Source], selection: &Selection, platform: Platform) -> Result<Option<Agency>, ConfigError> {
    let family = own_family(selection, platform);
    let name = selection.choice.source();
    let usable = |source: &&Source| {
        let leftover = match source.rank {
            Rank::Openstack | Rank::Huawei => source.rank != family,
            Rank::EnvironmentFile => source.name != name,
            Rank::Block | Rank::NamedFile | Rank::Own => false,
        };
        source.has(Field::AgencyName) && !leftover
    };
    let fields = [Field::AgencyDomainName, Field::AgencyDomainId, Field::AgencyDuration];
    let Some(source) = sources.iter().find(usable) else {
        // A block without a name is a mistake, not a leftover.
        let lost = sources
            .iter()
            .filter(|source| source.rank == Rank::Block)
            .flat_map(|block| fields.iter().filter_map(|field| block.get(*field)));
        return match lost.into_iter().next() {
            Some(_) => Err(ConfigError {
                argument: Some("assume_role.agency_name".to_owned()),
                summary: "No agency to assume".to_owned(),
                detail: "The block assume_role lacks agency_name.".to_owned(),
            }),
            None => Ok(None),
        };
    };
    let (domain_id, domain_name) = (source.text(Field::AgencyDomainId), source.text(Field::AgencyDomainName));
    let Some(name) = source.get(Field::AgencyName) else { return Ok(None) };
    if domain_id.is_none() && domain_name.is_none() {
        return Err(blame(
            name,
            "No account of the agency",
            "needs the delegating account beside it: domain_name or domain_id",
        ));
    }
    let seconds = source.get(Field::AgencyDuration).map(lifetime).transpose()?;
    Ok(Some(Agency { name: name.value.reveal().trim().to_owned(), domain_id, domain_name, seconds }))
}

fn lifetime(found: &Found) -> Result<u64, ConfigError> {
    let text = found.value.reveal();
    let seconds = text.trim().parse().ok().or_else(|| duration(text).map(|duration| duration.as_secs()));
    seconds.filter(|seconds| LIFETIME.contains(seconds)).ok_or_else(|| {
        blame(
            found,
            "Bad lifetime of an agency's keys",
            &format!("is {text:?}; it must be from 15m to 24h, such as \"1h\""),
        )
    })
}

/// Durations as Go writes them: `30s`, `1m30s`, `1.5h`, `500ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() || rest.len() > 32 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(end);
        let unit_end = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = tail;
    }
    Duration::try_from_secs_f64(total).ok()
}

fn first(sources: &[Source], field: Field) -> Option<&Found> {
    sources.iter().find_map(|source| source.get(field))
}

/// An error on the argument, or about the variable, that a value was found in.
fn blame(found: &Found, summary: &str, detail: &str) -> ConfigError {
    let argument = found.place.strip_prefix("argument ");
    let subject = argument.map_or_else(|| format!("The {}", found.place), str::to_owned);
    ConfigError {
        argument: argument.map(str::to_owned),
        summary: summary.to_owned(),
        detail: format!("{subject} {detail}."),
    }
}

fn warnings(
    connection: &Settings,
    auth_url: Option<&Origin>,
    endpoints: &BTreeMap<Service, Origin>,
) -> Vec<(String, String)> {
    let mut warnings = Vec::new();
    if connection.insecure {
        let text = "insecure is set: the certificates of the services are not checked, so that anybody on the way can read \
                    and change what is sent, credentials included. ca_cert_file is the safe way to trust a private authority.";
        warnings.push(("Certificates are not checked".to_owned(), text.to_owned()));
    }
    let in_clear = |url: &&Origin| url.in_clear() && !url.is_loopback();
    for url in auth_url.into_iter().chain(endpoints.values()).filter(in_clear) {
        let text = format!(
            "{url} is not encrypted: anybody on the way can read and change what is sent, credentials included."
        );
        warnings.push(("Credentials travel in clear text".to_owned(), text));
    }
    warnings
}

/// Which source, kind, project and region are used; never a secret.
fn log(identity: &Choice, platform: Platform, region: Option<&Region>, project_name: Option<&str>, settings: &Source) {
    let (kind, source) = match identity {
        Choice::Found { identity, source } => (identity.kind(), source.as_str()),
        Choice::Missing(_) => ("none", "none"),
    };
    let project = settings.text(Field::ProjectId).or_else(|| project_name.map(str::to_owned));
    tracing::info!(
        %platform,
        credentials = kind,
        source,
        region = region.map_or("(unknown)", Region::as_str),
        project = project.as_deref().unwrap_or("(the region's)"),
        "settings resolved"
    );
}
