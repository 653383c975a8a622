//! From sources to a [`Config`].

use std::collections::BTreeMap;

use super::Config;
use super::arguments::{Arguments, ConfigError};
use super::entries::Files;
use super::environment::Environment;
use super::identity::{self, Selection};
use super::places::{
    auth_url, endpoints, family_of, own_domain, own_family, project_id, region, scoping, told_platform,
};
use super::proxies;
use super::source::{self, Field, Rank, Source};
use super::values::{blame, connection, lifetime, max_retries, request_timeout};
use crate::address::{Origin, Region, masked};
use crate::credentials::{Agency, Choice};
use crate::http::Settings;
use crate::platform::Platform;
use crate::service::Service;

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
    // Whoever sets it does not mean the real cloud; what was to give the address has given none.
    if environment.is_blank("RECOVERY_REHEARSAL") {
        return Err(ConfigError {
            argument: None,
            summary: "A rehearsal without an address".to_owned(),
            detail: "The environment variable RECOVERY_REHEARSAL is set and empty. Set it to the `url` that `simulate` prints, or \
                     unset it: then everything goes to the real cloud."
                .to_owned(),
        });
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
    let settings = scoping(&sources, own_family(&selection, platform), &selection.choice);
    let endpoints = endpoints(
        arguments,
        environment,
        overrides.map(|overrides| overrides.in_use(&selection.choice)).unwrap_or_default(),
    )?;
    let connection = connection(&sources, environment)?;
    let agency = agency(&sources, &selection, platform)?;
    let auth_url = settings.get(Field::AuthUrl).map(auth_url).transpose()?;
    let in_clear = |url: &Origin| url.in_clear() && !url.is_loopback();
    proxies::check(environment, auth_url.iter().chain(endpoints.values()).any(in_clear))?;
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
        address_follows_region: settings.address_follows_region,
        domain: own_domain(platform, environment)?,
        endpoints,
        identity: selection.choice,
        agency,
        max_retries: max_retries(&sources)?,
        connection,
        warnings,
    })
}

/// A rehearsal takes nothing from anywhere else but what cannot lead anywhere: region, retries, timeouts.
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
    let identity = Choice::Missing("A rehearsal brings its own credentials.".to_owned());
    let settings = scoping(&sources, family_of(platform), &identity);
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
        address_follows_region: false,
        domain: None,
        endpoints: BTreeMap::new(),
        identity,
        agency: None,
        max_retries: max_retries(&sources)?,
        connection: Settings { ca_pem: None, insecure: false, timeout: request_timeout(&sources)? },
        warnings: vec![("This is a rehearsal".to_owned(), warning)],
    })
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
