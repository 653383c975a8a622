//! Where settings come from: arguments, two families of environment variables, files.

use std::collections::BTreeMap;

use super::arguments::Arguments;
use super::environment::Environment;
use crate::address::Region;
use crate::platform::Platform;
use crate::secret::Secret;

/// A setting that can come from several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Region,
    AuthUrl,
    ProjectId,
    ProjectName,
    AccessKey,
    SecretKey,
    SecurityToken,
    Token,
    UserName,
    UserId,
    Password,
    Passcode,
    DomainName,
    DomainId,
    AgencyName,
    AgencyDomainName,
    AgencyDomainId,
    AgencyDuration,
    Cloud,
    Profile,
    SharedConfigFile,
    CaCertFile,
    Insecure,
    MaxRetries,
    RequestTimeout,
}

/// A value and where it was found, in words for messages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) value: Secret,
    /// `argument region`, `environment variable OS_REGION_NAME`, `region_name of …/clouds.yaml`.
    pub(crate) place: String,
}

/// Which kind of source. Files come in two ranks, by who named them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rank {
    Block,
    /// A file entry that the block names.
    NamedFile,
    Openstack,
    Huawei,
    /// Variables of this provider's own.
    Own,
    /// A file entry that the environment names.
    EnvironmentFile,
}

impl Rank {
    /// True for the two families of variables of other tools.
    pub(crate) fn is_family(self) -> bool {
        matches!(self, Rank::Openstack | Rank::Huawei)
    }
}

/// One source with all it offers.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) rank: Rank,
    /// Name in messages.
    pub(crate) name: String,
    /// The address of IAM was made of the region: for another region it is another one.
    pub(crate) address_follows_region: bool,
    values: BTreeMap<Field, Found>,
}

impl Source {
    pub(crate) fn new(rank: Rank, name: impl Into<String>) -> Source {
        Source { rank, name: name.into(), address_follows_region: false, values: BTreeMap::new() }
    }

    /// Adds a value, unless it is absent or empty.
    pub(crate) fn add(&mut self, field: Field, value: Option<impl Into<Secret>>, place: impl Into<String>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.reveal().trim().is_empty()) {
            self.values.entry(field).or_insert(Found { value, place: place.into() });
        }
    }

    /// Puts the region into an address of IAM that has a place for it. A text that is no region is not put anywhere: the
    /// address goes, and the region is refused by its name wherever it is used.
    pub(crate) fn complete_address(&mut self) {
        const PLACE: &str = "{region_name}";
        let Some(url) = self.text(Field::AuthUrl).filter(|url| url.contains(PLACE)) else { return };
        self.address_follows_region = true;
        let region = self.text(Field::Region).and_then(|region| Region::parse(&region).ok());
        match (self.values.get_mut(&Field::AuthUrl), region) {
            (Some(found), Some(region)) => found.value = Secret::new(url.replace(PLACE, region.as_str())),
            _ => drop(self.values.remove(&Field::AuthUrl)),
        }
    }

    pub(crate) fn get(&self, field: Field) -> Option<&Found> {
        self.values.get(&field)
    }

    pub(crate) fn has(&self, field: Field) -> bool {
        self.values.contains_key(&field)
    }

    pub(crate) fn text(&self, field: Field) -> Option<String> {
        self.get(field).map(|found| found.value.reveal().trim().to_owned())
    }
}

/// The arguments as a source.
pub(crate) fn block(arguments: &Arguments) -> Source {
    let mut source = Source::new(Rank::Block, "the configuration");
    let mut text = |field, name: &str, value: &Option<String>| {
        source.add(field, value.clone(), format!("argument {name}"));
    };
    text(Field::Region, "region", &arguments.region);
    text(Field::AuthUrl, "auth_url", &arguments.auth_url);
    text(Field::ProjectId, "project_id", &arguments.project_id);
    text(Field::ProjectName, "project_name", &arguments.project_name);
    text(Field::AccessKey, "access_key", &arguments.access_key);
    text(Field::UserName, "user_name", &arguments.user_name);
    text(Field::UserId, "user_id", &arguments.user_id);
    text(Field::DomainName, "domain_name", &arguments.domain_name);
    text(Field::DomainId, "domain_id", &arguments.domain_id);
    text(Field::Cloud, "cloud", &arguments.cloud);
    text(Field::Profile, "profile", &arguments.profile);
    text(Field::SharedConfigFile, "shared_config_file", &arguments.shared_config_file);
    text(Field::CaCertFile, "ca_cert_file", &arguments.ca_cert_file);
    text(Field::RequestTimeout, "request_timeout", &arguments.request_timeout);
    text(Field::MaxRetries, "max_retries", &arguments.max_retries.map(|number| number.to_string()));
    text(Field::Insecure, "insecure", &arguments.insecure.map(|flag| flag.to_string()));
    if let Some(role) = &arguments.assume_role {
        text(Field::AgencyName, "assume_role.agency_name", &role.agency_name);
        text(Field::AgencyDomainName, "assume_role.domain_name", &role.domain_name);
        text(Field::AgencyDomainId, "assume_role.domain_id", &role.domain_id);
        text(Field::AgencyDuration, "assume_role.duration", &role.duration);
    }
    let mut secret = |field, name: &str, value: &Option<Secret>| {
        source.add(field, value.clone(), format!("argument {name}"));
    };
    secret(Field::SecretKey, "secret_key", &arguments.secret_key);
    secret(Field::SecurityToken, "security_token", &arguments.security_token);
    secret(Field::Password, "password", &arguments.password);
    secret(Field::Passcode, "passcode", &arguments.passcode);
    secret(Field::Token, "token", &arguments.token);
    source
}

/// Variables of OpenStack tools and OTC, in the order in which they are tried.
const OPENSTACK: [(Field, &[&str]); 19] = [
    (Field::Region, &["OS_REGION_NAME", "OS_REGION"]),
    (Field::AuthUrl, &["OS_AUTH_URL"]),
    (Field::ProjectId, &["OS_TENANT_ID", "OS_PROJECT_ID"]),
    (Field::ProjectName, &["OS_TENANT_NAME", "OS_PROJECT_NAME"]),
    (Field::AccessKey, &["OS_ACCESS_KEY"]),
    (Field::SecretKey, &["OS_SECRET_KEY"]),
    (Field::SecurityToken, &["OS_SECURITY_TOKEN"]),
    (Field::Token, &["OS_TOKEN", "OS_AUTH_TOKEN"]),
    (Field::UserName, &["OS_USERNAME"]),
    (Field::UserId, &["OS_USER_ID"]),
    (Field::Password, &["OS_PASSWORD"]),
    (Field::Passcode, &["OS_PASSCODE"]),
    (Field::DomainName, &["OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_DEFAULT_DOMAIN"]),
    (Field::DomainId, &["OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID", "OS_DOMAIN_ID"]),
    (Field::AgencyName, &["OS_AGENCY_NAME"]),
    (Field::AgencyDomainName, &["OS_AGENCY_DOMAIN_NAME"]),
    (Field::Cloud, &["OS_CLOUD"]),
    (Field::CaCertFile, &["OS_CACERT"]),
    (Field::Insecure, &["OS_INSECURE"]),
];

/// Variables of Huawei Cloud tools.
const HUAWEI: [(Field, &[&str]); 21] = [
    (Field::Region, &["HW_REGION_NAME"]),
    (Field::AuthUrl, &["HW_AUTH_URL"]),
    (Field::ProjectId, &["HW_PROJECT_ID"]),
    (Field::ProjectName, &["HW_PROJECT_NAME"]),
    (Field::AccessKey, &["HW_ACCESS_KEY"]),
    (Field::SecretKey, &["HW_SECRET_KEY"]),
    (Field::SecurityToken, &["HW_SECURITY_TOKEN"]),
    (Field::Token, &["HW_AUTH_TOKEN"]),
    (Field::UserName, &["HW_USER_NAME"]),
    (Field::UserId, &["HW_USER_ID"]),
    (Field::Password, &["HW_USER_PASSWORD"]),
    (Field::DomainName, &["HW_DOMAIN_NAME"]),
    (Field::DomainId, &["HW_DOMAIN_ID"]),
    (Field::AgencyName, &["HW_ASSUME_ROLE_AGENCY_NAME"]),
    (Field::AgencyDomainName, &["HW_ASSUME_ROLE_DOMAIN_NAME"]),
    (Field::AgencyDomainId, &["HW_ASSUME_ROLE_DOMAIN_ID"]),
    (Field::AgencyDuration, &["HW_ASSUME_ROLE_DURATION"]),
    (Field::Profile, &["HW_PROFILE"]),
    (Field::SharedConfigFile, &["HW_SHARED_CONFIG_FILE"]),
    (Field::Insecure, &["HW_INSECURE"]),
    (Field::MaxRetries, &["HW_MAX_RETRIES"]),
];

/// Variables of this provider.
const OWN: [(Field, &[&str]); 2] =
    [(Field::MaxRetries, &["RECOVERY_MAX_RETRIES"]), (Field::RequestTimeout, &["RECOVERY_REQUEST_TIMEOUT"])];

/// The variables as sources: this provider's own, then the family of the platform, then the other one.
pub(crate) fn variables(platform: Platform, environment: &Environment) -> [Source; 3] {
    let own = family(Rank::Own, "environment (RECOVERY_…)", &OWN, environment);
    let openstack = family(Rank::Openstack, "environment (OS_…)", &OPENSTACK, environment);
    let huawei = family(Rank::Huawei, "environment (HW_…)", &HUAWEI, environment);
    match platform {
        Platform::Otc => [own, openstack, huawei],
        Platform::Huawei => [own, huawei, openstack],
    }
}

fn family(rank: Rank, name: &str, table: &[(Field, &[&str])], environment: &Environment) -> Source {
    let mut source = Source::new(rank, name);
    for (field, names) in table {
        if let Some((name, value)) = environment.first(names) {
            source.add(*field, Some(value), format!("environment variable {name}"));
        }
    }
    source
}

/// Names of the variables in which a field is looked for, for messages about what is missing.
pub(crate) fn variable_names(platform: Platform, field: Field) -> Vec<&'static str> {
    let names = |table: &'static [(Field, &'static [&'static str])]| {
        table.iter().filter(move |(found, _)| *found == field).flat_map(|(_, names)| names.iter().copied())
    };
    match platform {
        Platform::Otc => names(&OPENSTACK).chain(names(&HUAWEI)).collect(),
        Platform::Huawei => names(&HUAWEI).chain(names(&OPENSTACK)).collect(),
    }
}
