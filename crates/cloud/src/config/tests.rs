//! Tables of sources, kinds and precedence.

mod files;

use super::*;
use crate::Secret;
use crate::credentials::Identity;

/// Folders and files of a made-up user.
struct User {
    folder: std::path::PathBuf,
}

impl User {
    fn new(name: &str) -> User {
        let folder = std::env::temp_dir().join(format!("recovery-cloud-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join(".config/openstack")).unwrap();
        std::fs::create_dir_all(folder.join(".hcloud")).unwrap();
        User { folder }
    }

    fn file(self, path: &str, text: &str) -> User {
        std::fs::write(self.folder.join(path), text).unwrap();
        self
    }

    fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        let home = ("HOME".to_owned(), self.folder.display().to_string());
        let rest = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        std::iter::once(home).chain(rest).collect()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().copied().collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text))
}

/// The identity in one line, secrets included: `token t`, `keys ak sk st`, `password user@domain pw code`.
fn shown(config: &Config) -> String {
    let optional =
        |secret: &Option<Secret>| secret.as_ref().map(|secret| format!(" {}", secret.reveal())).unwrap_or_default();
    match &config.identity {
        Choice::Missing(_) => "none".to_owned(),
        Choice::Found { identity, .. } => match &**identity {
            Identity::Token(token) => format!("token {}", token.reveal()),
            Identity::Keys { access_key, secret_key, security_token } => {
                format!("keys {access_key} {}{}", secret_key.reveal(), optional(security_token))
            }
            Identity::Password { user, password, passcode } => {
                let name =
                    user.id.as_ref().map(|id| format!("#{id}")).or_else(|| user.name.clone()).unwrap_or_default();
                let domain = user.domain_id.as_ref().map(|id| format!("#{id}")).or_else(|| user.domain_name.clone());
                let domain = domain.map(|domain| format!("@{domain}")).unwrap_or_default();
                format!("password {name}{domain} {}{}", password.reveal(), optional(passcode))
            }
        },
    }
}

fn identity(arguments: &Arguments, environment: &Environment) -> String {
    shown(&Config::resolve(arguments, environment).unwrap())
}

fn missing(config: &Config) -> String {
    match &config.identity {
        Choice::Missing(text) => text.clone(),
        Choice::Found { .. } => panic!("credentials were found"),
    }
}

const OS_PASSWORD: [(&str, &str); 3] = [("OS_USERNAME", "ou"), ("OS_PASSWORD", "op"), ("OS_DOMAIN_NAME", "od")];
const OS_KEYS: [(&str, &str); 2] = [("OS_ACCESS_KEY", "oa"), ("OS_SECRET_KEY", "os")];
const HW_KEYS: [(&str, &str); 2] = [("HW_ACCESS_KEY", "ha"), ("HW_SECRET_KEY", "hs")];
const HW_PASSWORD: [(&str, &str); 3] = [("HW_USER_NAME", "hu"), ("HW_USER_PASSWORD", "hp"), ("HW_DOMAIN_NAME", "hd")];

#[test]
fn kinds_from_the_environment() {
    for (platform, variables, want) in [
        ("otc", &OS_PASSWORD[..], "password ou@od op"),
        ("otc", &OS_KEYS[..], "keys oa os"),
        ("otc", &[("OS_TOKEN", "t")], "token t"),
        ("otc", &[("OS_AUTH_TOKEN", "t")], "token t"),
        ("huaweicloud", &[("HW_AUTH_TOKEN", "t")], "token t"),
        ("huaweicloud", &HW_KEYS[..], "keys ha hs"),
        ("huaweicloud", &HW_PASSWORD[..], "password hu@hd hp"),
        ("huaweicloud", &[HW_KEYS[0], HW_KEYS[1], ("HW_SECURITY_TOKEN", "st")], "keys ha hs st"),
        ("otc", &[("OS_USER_ID", "i"), ("OS_PASSWORD", "p")], "password #i p"),
        ("otc", &[("OS_USER_ID", "i"), ("OS_PASSWORD", "p"), ("OS_PASSCODE", "123")], "password #i p 123"),
        ("otc", &[("OS_USERNAME", "u"), ("OS_PASSWORD", "p"), ("OS_USER_DOMAIN_ID", "x")], "password u@#x p"),
        // One shell with both a password and keys simply works: keys come first.
        ("otc", &[OS_PASSWORD[0], OS_PASSWORD[1], OS_PASSWORD[2], OS_KEYS[0], OS_KEYS[1]], "keys oa os"),
        // The family of the platform comes first, whole; the other one stands in.
        ("otc", &[HW_KEYS[0], HW_KEYS[1], OS_PASSWORD[0], OS_PASSWORD[1], OS_PASSWORD[2]], "password ou@od op"),
        ("huaweicloud", &[HW_KEYS[0], HW_KEYS[1], OS_PASSWORD[0], OS_PASSWORD[1], OS_PASSWORD[2]], "keys ha hs"),
        ("otc", &HW_KEYS[..], "keys ha hs"),
        // Halves of two families make no whole.
        ("otc", &[OS_KEYS[0], HW_KEYS[1]], "none"),
        ("otc", &[OS_KEYS[0], OS_KEYS[1], ("HW_SECURITY_TOKEN", "st")], "keys oa os"),
        ("huaweicloud", &[HW_PASSWORD[0], OS_PASSWORD[1], HW_PASSWORD[2]], "none"),
        // A leftover half does not hide a whole.
        ("otc", &[("OS_USERNAME", "u"), HW_KEYS[0], HW_KEYS[1]], "keys ha hs"),
        ("otc", &[("OS_USERNAME", "u"), ("OS_PASSWORD", "p")], "none"),
        ("otc", &[], "none"),
        ("otc", &[("OS_TOKEN", "  ")], "none"),
    ] {
        let arguments = Arguments { platform: some(platform), ..Arguments::default() };
        assert_eq!(identity(&arguments, &environment(variables)), want, "{platform} {variables:?}");
    }
}

#[test]
fn the_block_wins_and_is_completed() {
    let keys = Arguments { access_key: some("a"), secret_key: secret("s"), ..Arguments::default() };
    let user = Arguments { user_name: some("u"), domain_name: some("d"), ..Arguments::default() };
    let all =
        [&OS_PASSWORD[..], &OS_KEYS[..], &HW_KEYS[..], &[("OS_TOKEN", "t"), ("OS_SECURITY_TOKEN", "st")]].concat();
    for (arguments, variables, want) in [
        (keys.clone(), &all[..], "keys a s"),
        (Arguments { security_token: secret("x"), ..keys.clone() }, &all[..], "keys a s x"),
        (Arguments { token: secret("b"), ..Arguments::default() }, &all[..], "token b"),
        (Arguments { password: secret("p"), ..user.clone() }, &all[..], "password u@d p"),
        (user.clone(), &OS_PASSWORD[..], "password u@d op"),
        (user.clone(), &OS_KEYS[..], "keys oa os"),
        (Arguments { password: secret("p"), ..Arguments::default() }, &OS_PASSWORD[..], "password ou@od p"),
        (Arguments { access_key: some("a"), ..Arguments::default() }, &OS_KEYS[..], "keys a os"),
        // What is written and cannot be completed is not silently replaced by something else.
        (Arguments { access_key: some("a"), ..Arguments::default() }, &OS_PASSWORD[..], "none"),
        (Arguments { passcode: secret("1"), ..Arguments::default() }, &OS_PASSWORD[..], "password ou@od op 1"),
    ] {
        assert_eq!(identity(&arguments, &environment(variables)), want, "{arguments:?}");
    }
}

#[test]
fn two_kinds_in_the_block_are_an_error_on_the_second() {
    let token = Arguments { token: secret("t"), ..Arguments::default() };
    for (arguments, blamed) in [
        (Arguments { access_key: some("a"), ..token.clone() }, "access_key"),
        (Arguments { password: secret("p"), ..token.clone() }, "password"),
        (Arguments { secret_key: secret("s"), password: secret("p"), ..Arguments::default() }, "password"),
    ] {
        let error = Config::resolve(&arguments, &environment(&[])).unwrap_err();
        assert_eq!(error.argument.as_deref(), Some(blamed));
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}

#[test]
fn what_is_missing_is_named_with_every_place() {
    let config =
        Config::resolve(&Arguments::default(), &environment(&[("OS_USERNAME", "u"), ("OS_PASSWORD", "p")])).unwrap();
    let text = missing(&config);
    for part in
        ["the configuration", "OS_TOKEN", "HW_ACCESS_KEY", "OS_DOMAIN_NAME", "OS_CLOUD", "HW_PROFILE", "lacks a domain"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn platforms_are_told() {
    let block = |change: fn(&mut Arguments)| {
        let mut arguments = Arguments::default();
        change(&mut arguments);
        arguments
    };
    use Platform::*;
    for (arguments, variables, want) in [
        (Arguments::default(), &[][..], Otc),
        (
            block(|b| b.platform = some("huaweicloud")),
            &[("OS_AUTH_URL", "https://iam.eu-de.otc.t-systems.com/v3")],
            Huawei,
        ),
        (Arguments::default(), &[("RECOVERY_PLATFORM", "huaweicloud")], Huawei),
        (block(|b| b.auth_url = some("https://iam.myhuaweicloud.com/v3")), &[], Huawei),
        (block(|b| b.region = some("cn-north-4")), &[], Huawei),
        (block(|b| b.region = some("eu-nl")), &HW_KEYS[..], Otc),
        (Arguments::default(), &HW_KEYS[..], Huawei),
        (Arguments::default(), &[HW_KEYS[0], ("OS_AUTH_URL", "https://iam.eu-de.otc.t-systems.com/v3")], Otc),
        (Arguments::default(), &[("HW_CLOUD", "myhuaweicloud.eu"), ("OS_PASSWORD", "x")], Huawei),
        (Arguments::default(), &[("OS_REGION_NAME", "ap-southeast-1")], Huawei),
        (Arguments::default(), &[("OS_PROJECT_NAME", "eu-de_team"), ("HW_ACCESS_KEY", "x")], Otc),
    ] {
        let config = Config::resolve(&arguments, &environment(variables)).unwrap();
        assert_eq!(config.platform(), want, "{arguments:?} {variables:?}");
    }
    let error = Config::resolve(&block(|b| b.platform = some("aws")), &environment(&[])).unwrap_err();
    assert_eq!(error.argument.as_deref(), Some("platform"));
}

#[test]
fn regions_and_projects() {
    for (variables, region, project_id, project_name) in [
        (&[("OS_REGION_NAME", "eu-nl")][..], Some("eu-nl"), None, None),
        (&[("OS_PROJECT_NAME", "eu-de_team")], Some("eu-de"), None, Some("eu-de_team")),
        (&[("OS_TENANT_NAME", "eu-nl")], Some("eu-nl"), None, Some("eu-nl")),
        // Regions are written in small letters, whatever the project's name has.
        (&[("OS_PROJECT_NAME", "EU-DE")], Some("eu-de"), None, Some("EU-DE")),
        (&[("OS_PROJECT_NAME", "EU-DE_Team")], Some("eu-de"), None, Some("EU-DE_Team")),
        (&[("OS_PROJECT_NAME", "team")], None, None, Some("team")),
        (&[("OS_AUTH_URL", "https://iam.eu-de.otc.t-systems.com/v3")], Some("eu-de"), None, None),
        (&[("OS_PROJECT_ID", "p"), ("OS_REGION", "eu-de")], Some("eu-de"), Some("p"), None),
        // Leftovers of another world with an identity of its own do not mix in.
        (
            &[OS_KEYS[0], OS_KEYS[1], ("OS_REGION_NAME", "eu-de"), HW_KEYS[0], HW_KEYS[1], ("HW_PROJECT_ID", "h")],
            Some("eu-de"),
            None,
            None,
        ),
        (
            &[
                HW_KEYS[0],
                HW_KEYS[1],
                ("HW_REGION_NAME", "cn-north-4"),
                ("OS_PROJECT_NAME", "eu-de"),
                ("OS_PASSWORD", "x"),
            ],
            Some("cn-north-4"),
            None,
            None,
        ),
        // Without one they help out.
        (&[HW_KEYS[0], HW_KEYS[1], ("OS_REGION_NAME", "cn-north-4")], Some("cn-north-4"), None, None),
    ] {
        let config = Config::resolve(&Arguments::default(), &environment(variables)).unwrap();
        assert_eq!(config.region(), region, "{variables:?}");
        assert_eq!(
            (config.project_id.as_deref(), config.project_name.as_deref()),
            (project_id, project_name),
            "{variables:?}"
        );
    }
}

#[test]
fn bad_values_are_blamed_on_their_argument() {
    let endpoints = |key: &str, url: &str| Some(BTreeMap::from([(key.to_owned(), url.to_owned())]));
    let base = Arguments::default;
    let role = |agency_name: Option<&str>, domain_name: Option<&str>, duration: Option<&str>| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Some(AssumeRole {
            agency_name: own(agency_name),
            domain_name: own(domain_name),
            domain_id: None,
            duration: own(duration),
        })
    };
    for (arguments, blamed) in [
        (Arguments { auth_url: some("ftp://x"), ..base() }, "auth_url"),
        (Arguments { auth_url: some("https://"), ..base() }, "auth_url"),
        (Arguments { auth_url: some("https://user:pw@iam.example.com"), ..base() }, "auth_url"),
        (Arguments { endpoints: endpoints("ecs", "https://x"), ..base() }, "endpoints"),
        (Arguments { endpoints: endpoints("dcs", "https://x y"), ..base() }, "endpoints"),
        (Arguments { endpoints: endpoints("dcs", "https://x?y=z"), ..base() }, "endpoints"),
        (Arguments { request_timeout: some("soon"), ..base() }, "request_timeout"),
        (Arguments { request_timeout: some("0s"), ..base() }, "request_timeout"),
        (Arguments { max_retries: Some(-1), ..base() }, "max_retries"),
        (Arguments { ca_cert_file: some("/nowhere/ca.pem"), ..base() }, "ca_cert_file"),
        (Arguments { cloud: some("nobody"), ..base() }, "cloud"),
        (Arguments { profile: some("nobody"), ..base() }, "profile"),
        (Arguments { assume_role: role(None, Some("d"), None), ..base() }, "assume_role.agency_name"),
        (Arguments { assume_role: role(Some("a"), None, None), ..base() }, "assume_role.agency_name"),
        (Arguments { assume_role: role(Some("a"), Some("d"), Some("1m")), ..base() }, "assume_role.duration"),
    ] {
        let error = Config::resolve(&arguments, &environment(&[("HOME", "/nowhere")])).unwrap_err();
        assert_eq!(error.argument.as_deref(), Some(blamed), "{arguments:?}: {error}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
    let nonsense = Arguments {
        ca_cert_file: some("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"),
        ..base()
    };
    let error = Config::resolve(&nonsense, &environment(&[])).unwrap_err();
    assert_eq!(error.argument.as_deref(), Some("ca_cert_file"), "{error}");
    let error = Config::resolve(&base(), &environment(&[("RECOVERY_MAX_RETRIES", "many")])).unwrap_err();
    assert_eq!(error.argument, None);
    assert!(error.detail.contains("RECOVERY_MAX_RETRIES"), "{error}");
}

#[test]
fn addresses_are_normalised() {
    for (url, want) in [
        ("https://iam.eu-de.otc.t-systems.com/v3", "https://iam.eu-de.otc.t-systems.com"),
        ("https://iam.eu-de.otc.t-systems.com/v3/", "https://iam.eu-de.otc.t-systems.com"),
        ("iam.example.com", "https://iam.example.com"),
        ("http://127.0.0.1:5000/identity/v3", "http://127.0.0.1:5000/identity"),
        ("https://iam.example.com/v3/auth/tokens", "https://iam.example.com"),
        ("https://gateway.example.com/iam/v3/auth/tokens/", "https://gateway.example.com/iam"),
    ] {
        let arguments = Arguments { auth_url: some(url), ..Arguments::default() };
        assert_eq!(
            Config::resolve(&arguments, &environment(&[])).unwrap().auth_url.as_ref().map(Origin::as_str),
            Some(want),
            "{url}"
        );
    }
    let variables =
        [("RECOVERY_ENDPOINT_DCS", "http://127.0.0.1:1/"), ("RECOVERY_ENDPOINT_CBR", "https://b.example.com")];
    let endpoints = Some(BTreeMap::from([("cbr".to_owned(), "https://a.example.com/".to_owned())]));
    let config = Config::resolve(&Arguments { endpoints, ..Arguments::default() }, &environment(&variables)).unwrap();
    assert_eq!(config.endpoints.get(&crate::cbr::service::SERVICE).map(Origin::as_str), Some("https://a.example.com"));
    assert_eq!(config.endpoints.get(&crate::dcs::service::SERVICE).map(Origin::as_str), Some("http://127.0.0.1:1"));
}

#[test]
fn other_settings() {
    let variables = [("RECOVERY_REQUEST_TIMEOUT", "1m30s"), ("RECOVERY_MAX_RETRIES", "2")];
    let config = Config::resolve(&Arguments::default(), &environment(&variables)).unwrap();
    assert_eq!((config.connection.timeout.as_secs(), config.max_retries), (90, 2));
    let arguments = Arguments { insecure: Some(true), ..Arguments::default() };
    let config = Config::resolve(&arguments, &environment(&variables)).unwrap();
    assert!(config.connection.insecure);
    assert_eq!(config.warnings().len(), 1);
}

#[test]
fn agencies_come_from_the_block_or_from_the_identitys_own_world() {
    let role =
        AssumeRole { agency_name: some("a"), domain_id: some("d"), duration: some("1h"), ..AssumeRole::default() };
    let arguments = Arguments { assume_role: Some(role), ..Arguments::default() };
    let agency = Config::resolve(&arguments, &environment(&OS_KEYS)).unwrap().agency.unwrap();
    assert_eq!((agency.name.as_str(), agency.seconds), ("a", Some(3600)));
    let variables =
        [("HW_ASSUME_ROLE_AGENCY_NAME", "h"), ("HW_ASSUME_ROLE_DOMAIN_NAME", "d"), ("HW_ASSUME_ROLE_DURATION", "900")];
    let own = [&HW_KEYS[..], &variables[..]].concat();
    let agency = Config::resolve(&Arguments::default(), &environment(&own)).unwrap().agency.unwrap();
    assert_eq!((agency.name.as_str(), agency.seconds), ("h", Some(900)));
    let foreign = [&OS_KEYS[..], &variables[..]].concat();
    assert!(Config::resolve(&Arguments::default(), &environment(&foreign)).unwrap().agency.is_none());
    // An identity of the block belongs to the platform's world.
    for (platform, assumed) in [("otc", false), ("huaweicloud", true)] {
        let block = Arguments { token: secret("t"), platform: some(platform), ..Arguments::default() };
        let config = Config::resolve(&block, &environment(&own)).unwrap();
        assert_eq!(config.agency.is_some(), assumed, "{platform}");
    }
}

#[test]
fn an_identity_of_the_block_keeps_away_from_the_other_world() {
    let leftover = [HW_KEYS[0], HW_KEYS[1], ("HW_PROJECT_ID", "h"), ("HW_REGION_NAME", "cn-north-4")];
    let block = Arguments { token: secret("t"), platform: some("otc"), ..Arguments::default() };
    let config = Config::resolve(&block, &environment(&leftover)).unwrap();
    assert_eq!((config.region(), config.project_id.as_deref()), (None, None));
    let block = Arguments { platform: some("huaweicloud"), ..block };
    let config = Config::resolve(&block, &environment(&leftover)).unwrap();
    assert_eq!((config.region(), config.project_id.as_deref()), (Some("cn-north-4"), Some("h")));
}

#[test]
fn a_rehearsal_takes_nothing_that_leads_elsewhere() {
    let arguments = Arguments {
        region: some("cn-north-4"),
        auth_url: some("not a url at all"),
        token: secret("real"),
        access_key: some("real"),
        endpoints: Some(BTreeMap::from([("dcs".to_owned(), "https://real.example.com".to_owned())])),
        cloud: some("real"),
        profile: some("real"),
        project_id: some("real"),
        ca_cert_file: some("/nowhere"),
        insecure: Some(true),
        ..Arguments::default()
    };
    let variables = [("RECOVERY_REHEARSAL", "http://127.0.0.1:1234"), ("OS_PASSWORD", "real"), ("HOME", "/nowhere")];
    let config = Config::resolve(&arguments, &environment(&variables)).unwrap();
    assert_eq!(config.rehearsal(), Some("http://127.0.0.1:1234"));
    assert!(config.endpoints.is_empty() && config.auth_url.is_none() && config.project_id.is_none());
    assert_eq!(shown(&config), "none");
    assert_eq!((config.region(), config.platform()), (Some("cn-north-4"), Platform::Huawei));
    assert_eq!(config.warnings().len(), 1);
    for url in ["https://iam.eu-de.otc.t-systems.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "nonsense://"]
    {
        let variables = [("RECOVERY_REHEARSAL", url)];
        assert!(Config::resolve(&Arguments::default(), &environment(&variables)).is_err(), "{url}");
    }
    // Set and empty is no wish for the real cloud, even with all that it needs.
    for blank in ["", " ", "\n"] {
        let variables = [("RECOVERY_REHEARSAL", blank), ("OS_TOKEN", "t"), ("OS_REGION_NAME", "eu-de")];
        let error = Config::resolve(&Arguments::default(), &environment(&variables)).unwrap_err();
        assert!(error.detail.contains("RECOVERY_REHEARSAL is set and empty"), "{error:?}");
    }
}

#[test]
fn nothing_of_a_configuration_prints_a_secret() {
    let arguments = Arguments {
        access_key: some("AK"),
        secret_key: secret("very-secret"),
        security_token: secret("very-secret"),
        ..Arguments::default()
    };
    let config = Config::resolve(&arguments, &environment(&[("OS_PASSWORD", "very-secret")])).unwrap();
    let texts = format!("{arguments:?} {config:?} {:?}", environment(&[("OS_PASSWORD", "very-secret")]));
    assert!(!texts.contains("very-secret"), "{texts}");
}

/// A certificate in PEM form.
fn certificate() -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
}

#[test]
fn another_domain_of_huawei_cloud_is_taken_from_its_variable() {
    for (platform, variable, want) in [
        ("huaweicloud", "partner.example", Some("partner.example")),
        ("huaweicloud", "Partner.Example", Some("partner.example")),
        ("huaweicloud", "myhuaweicloud.com", None),
        ("huaweicloud", "myhuaweicloud.eu", None),
        ("otc", "partner.example", None),
    ] {
        let arguments = Arguments { platform: some(platform), ..Arguments::default() };
        let config = Config::resolve(&arguments, &environment(&[("HW_CLOUD", variable)])).unwrap();
        assert_eq!(config.domain.as_deref(), want, "{platform} {variable}");
    }
}
