//! A rehearsal cloud with users that tell their source by their names, and the settings that lead there.

use std::path::Path;

use cloud::{Arguments, AssumeRole, Cloud, Config, ConfigError, Environment, Scope, Secret, dcs};
use rehearsal::iam::{AccessKey, Identity, Scope as TokenScope, TemporaryKey, Token, User};
use rehearsal::{Entry, Options, Running, Service};

/// The instance that every rehearsal cloud has.
pub(crate) const INSTANCE: &str = rehearsal::dcs::BUILT_IN_INSTANCE;

/// The sources of credentials. Each has users, keys and tokens of its own, so that the journal tells which one was used.
pub(crate) const SOURCES: [&str; 6] = ["block", "os", "hw", "yaml", "vendor", "profile"];

/// A running rehearsal cloud.
pub(crate) struct Door {
    pub(crate) running: Running,
}

impl Door {
    /// A cloud in which each source has: a user `os` (password `os-password`, key `OSAK`), a user `os-mfa` with the
    /// passcode `os-code`, a ready token `os-token`, and a temporary key `OSTAK`.
    pub(crate) async fn open() -> Door {
        let running = rehearsal::start(Options { speed: 1000.0, ..Options::default() }).await.unwrap();
        running.change_world(|world| {
            let (domain, project) = (world.iam.domains[0].id.clone(), world.iam.projects[0].id.clone());
            for source in SOURCES {
                let user = user(source, &domain);
                let identity = Identity { user_id: user.id.clone(), agency: None };
                world.iam.tokens.push(ready_token(source, &identity, &project));
                world.iam.temporary_keys.push(temporary_key(source, &identity));
                let mut with_mfa = self::user(&format!("{source}-mfa"), &domain);
                with_mfa.passcode = Some(rehearsal_secret(&format!("{source}-code")));
                world.iam.users.extend([user, with_mfa]);
            }
        });
        Door { running }
    }

    /// Settings that lead everything to this cloud by explicit addresses, without credentials.
    pub(crate) fn arguments(&self, region: &str) -> Arguments {
        let own = &self.running.connection.endpoints;
        let endpoints =
            rehearsal::Service::ALL.iter().map(|service| (service.key().to_owned(), own.of(*service).to_owned()));
        Arguments {
            region: Some(region.to_owned()),
            auth_url: Some(self.running.connection.auth_url.clone()),
            endpoints: Some(endpoints.collect()),
            ..Arguments::default()
        }
    }

    /// Every request so far.
    pub(crate) fn journal(&self) -> Vec<Entry> {
        self.running.journal()
    }

    /// How many requests had this method and a path that ends so.
    pub(crate) fn count(&self, method: &str, path_end: &str) -> usize {
        self.journal().iter().filter(|entry| entry.method == method && entry.path.ends_with(path_end)).count()
    }

    /// The identity that the services saw, in words: `password os`, `aksk OSAK os`, `temporary_aksk … by os`.
    pub(crate) fn used(&self) -> String {
        let journal = self.journal();
        let Some(call) = journal.iter().rev().find(|entry| entry.service == Service::Dcs) else {
            return "nothing was sent to DCS".to_owned();
        };
        let user = call.who.user.clone().unwrap_or_else(|| "nobody".to_owned());
        let how = match call.who.kind.as_str() {
            "token" => call.who.token_methods.clone().unwrap_or_else(|| "unknown token".to_owned()),
            kind => kind.to_owned(),
        };
        match user.contains('/') {
            false => format!("{how} {user}"),
            // Of an agency the journal tells who asked for its credentials, too.
            true => {
                let asked = journal.iter().find(|entry| entry.who.kind == "assume_role");
                let by = asked.and_then(|entry| entry.who.user.clone()).unwrap_or_default();
                let with = match asked.and_then(|entry| entry.who.token_methods.clone()) {
                    Some(methods) => methods,
                    None => "signature".to_owned(),
                };
                format!("{how} {user} by {with} {by}")
            }
        }
    }
}

fn user(name: &str, domain: &str) -> User {
    let upper = name.to_uppercase().replace('-', "");
    User {
        id: format!("{name}-id"),
        name: name.to_owned(),
        domain_id: domain.to_owned(),
        password: rehearsal_secret(&format!("{name}-password")),
        passcode: None,
        access_keys: vec![AccessKey { access: format!("{upper}AK"), secret: rehearsal_secret(&format!("{name}-sk")) }],
        enabled: true,
        agent_operator: true,
    }
}

fn ready_token(source: &str, identity: &Identity, project: &str) -> Token {
    let now = cloud::time::now();
    Token {
        value: rehearsal_secret(&format!("{source}-token")),
        methods: vec!["ready".to_owned()],
        identity: identity.clone(),
        scope: TokenScope::Project(project.to_owned()),
        issued_at: now,
        expires_at: hours_from_now(24),
    }
}

fn temporary_key(source: &str, identity: &Identity) -> TemporaryKey {
    TemporaryKey {
        access: format!("{}TAK", source.to_uppercase()),
        secret: rehearsal_secret(&format!("{source}-tsk")),
        security_token: rehearsal_secret(&format!("{source}-st")),
        identity: identity.clone(),
        expires_at: hours_from_now(24),
    }
}

fn hours_from_now(hours: i64) -> cloud::Timestamp {
    cloud::time::from_millis(cloud::time::millis(cloud::time::now()) + hours * 3_600_000).unwrap()
}

fn rehearsal_secret(text: &str) -> rehearsal::Secret {
    rehearsal::Secret::new(text)
}

/// An environment of these variables and nothing else.
pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

/// Writes an argument by its name, so that tables can hold arguments as text.
pub(crate) fn set(arguments: &mut Arguments, name: &str, value: &str) {
    let text = || Some(value.to_owned());
    let secret = || Some(Secret::new(value));
    let role = || arguments.assume_role.clone().unwrap_or_default();
    match name {
        "region" => arguments.region = text(),
        "platform" => arguments.platform = text(),
        "auth_url" => arguments.auth_url = text(),
        "project_id" => arguments.project_id = text(),
        "project_name" => arguments.project_name = text(),
        "access_key" => arguments.access_key = text(),
        "secret_key" => arguments.secret_key = secret(),
        "security_token" => arguments.security_token = secret(),
        "user_name" => arguments.user_name = text(),
        "user_id" => arguments.user_id = text(),
        "password" => arguments.password = secret(),
        "passcode" => arguments.passcode = secret(),
        "domain_name" => arguments.domain_name = text(),
        "domain_id" => arguments.domain_id = text(),
        "token" => arguments.token = secret(),
        "cloud" => arguments.cloud = text(),
        "profile" => arguments.profile = text(),
        "shared_config_file" => arguments.shared_config_file = text(),
        "ca_cert_file" => arguments.ca_cert_file = text(),
        "insecure" => arguments.insecure = Some(value == "true"),
        "request_timeout" => arguments.request_timeout = text(),
        "max_retries" => arguments.max_retries = Some(value.parse().unwrap()),
        "agency_name" => arguments.assume_role = Some(AssumeRole { agency_name: text(), ..role() }),
        "agency_domain_name" => arguments.assume_role = Some(AssumeRole { domain_name: text(), ..role() }),
        "agency_domain_id" => arguments.assume_role = Some(AssumeRole { domain_id: text(), ..role() }),
        "agency_duration" => arguments.assume_role = Some(AssumeRole { duration: text(), ..role() }),
        _ => match name.strip_prefix("endpoints.") {
            Some(key) => {
                arguments.endpoints.get_or_insert_default().insert(key.to_owned(), value.to_owned());
            }
            None => panic!("no argument is named {name}"),
        },
    }
}

/// These arguments changed by others.
pub(crate) fn with(mut arguments: Arguments, changes: &[(&str, &str)]) -> Arguments {
    for (name, value) in changes {
        set(&mut arguments, name, value);
    }
    arguments
}

/// The handle for these settings.
pub(crate) fn connect(arguments: &Arguments, environment: &Environment) -> Result<Cloud, ConfigError> {
    Cloud::new(Config::resolve(arguments, environment)?)
}

/// The scope of the provider's own region, for settings that are known to be good.
pub(crate) async fn scope(arguments: &Arguments) -> Scope {
    connect(arguments, &Environment::default()).unwrap().scope(None, None).await.unwrap()
}

/// A cheap read that every identity may do: the scope's lookups, and one call of DCS.
pub(crate) async fn read(cloud: &Cloud) -> Result<dcs::Instance, cloud::Error> {
    dcs::instance(&cloud.scope(None, None).await?, dcs::Version::V2, INSTANCE).await
}

/// The id of the project of the first region, which is the same in every rehearsal cloud.
pub(crate) fn first_project() -> String {
    rehearsal::iam::World::default().projects[0].id.clone()
}

/// Writes a file and the folders that it needs.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
