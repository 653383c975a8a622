//! Who is calling: every kind of credentials from every source, and what wins when there are several. Each row runs
//! against the rehearsal cloud, whose journal tells who called.

use std::path::Path;

use cloud::{Arguments, Environment, Kind};

use crate::door::{self, Door};
use crate::rows::TABLES;
use crate::rows::Want::{self, Blamed, Missing, Used};

const CLOUDS: &str = r#"
clouds:
  password: {auth_type: password, auth: {username: yaml, password: yaml-password, user_domain_name: rehearsal, token: x}}
  domain-id: {auth: {username: yaml, password: yaml-password, user_domain_id: 3f9c1d7a5b2e4860a1c8d0e6f7b39254}}
  user-id: {auth_type: v3password, auth: {user_id: yaml-id, password: yaml-password}, ak: X, sk: x}
  mfa:
    auth_type: v3multifactor
    auth_methods: [v3password, v3totp]
    auth: {user_id: yaml-mfa-id, password: yaml-mfa-password}
  token: {auth_type: token, auth: {token: yaml-token, ak: X, sk: x}}
  v3token: {auth_type: v3token, auth: {token: yaml-token, username: yaml, password: wrong}}
  aksk: {auth_type: aksk, auth: {ak: YAMLAK, sk: yaml-sk, username: yaml, password: wrong}}
  aksk-top: {ak: YAMLAK, sk: yaml-sk, auth: {username: yaml, password: wrong, user_domain_name: rehearsal}}
  temporary: {auth: {ak: YAMLTAK, sk: yaml-tsk, security_token: yaml-st}}
  untyped: {auth: {token: yaml-token, username: yaml, password: wrong}}
  agency:
    auth_type: agency
    auth:
      user_id: yaml-id
      password: yaml-password
      target_agency_name: recovery
      target_domain_name: rehearsal-partner
      target_project_name: eu-de
  secure: {auth: {username: yaml, user_domain_name: rehearsal}}
  vendor: {profile: mine, auth: {user_domain_name: rehearsal}}
  lost: {profile: nobody, auth: {token: yaml-token}}
"#;

const SECURE: &str = "clouds: {secure: {auth: {password: yaml-password}}}";

const PUBLIC: &str = "public-clouds: {mine: {auth: {username: vendor, password: vendor-password}}}";

const KOOCLI: &str = r#"{"current": "plain", "profiles": [
    {"name": "plain", "mode": "AKSK", "accessKeyId": "PROFILEAK", "secretAccessKey": "profile-sk", "securityToken": ""},
    {"name": "temporary", "mode": "AKSK", "accessKeyId": "PROFILETAK", "secretAccessKey": "profile-tsk",
     "securityToken": "profile-st"},
    {"name": "sso", "mode": "SSO", "accessKeyId": "", "secretAccessKey": "", "ssoAuth": {"stsToken":
        {"accessKeyId": "PROFILETAK", "secretAccessKey": "profile-tsk", "securityToken": "profile-st"}}},
    {"name": "agency", "mode": "AKSK", "accessKeyId": "PROFILEAK", "secretAccessKey": "profile-sk",
     "agencyName": "recovery", "agencyDomainName": "rehearsal-partner"},
    {"name": "locked", "mode": "AKSK", "accessKeyId": "c2VjcmV0+/==", "secretAccessKey": "x"}
]}"#;

/// Writes the configuration files of a made-up user into a folder, which is that user's home.
pub(crate) fn furnish(home: &Path) {
    door::write(home, ".config/openstack/clouds.yaml", CLOUDS);
    door::write(home, ".config/openstack/secure.yaml", SECURE);
    door::write(home, ".config/openstack/clouds-public.yaml", PUBLIC);
    door::write(home, ".hcloud/config.json", KOOCLI);
    door::write(home, "other.json", KOOCLI);
}

#[tokio::test]
async fn every_kind_from_every_source() {
    let door = Door::open().await;
    let home = tempfile::tempdir().unwrap();
    furnish(home.path());
    let home = home.path().display().to_string();
    let mut failures = Vec::new();
    for (name, platform, block, variables, want) in TABLES.into_iter().flatten() {
        let arguments = door::with(door.arguments("eu-de"), &[&[("platform", *platform)], *block].concat());
        let environment = door::environment(&[&[("HOME", home.as_str())], *variables].concat());
        if let Err(problem) = check(&door, &arguments, &environment, want).await {
            failures.push(format!("{name}: {problem}"));
        }
    }
    let rows: usize = TABLES.iter().map(|table| table.len()).sum();
    assert!(failures.is_empty(), "{} of {rows} rows:\n{}", failures.len(), failures.join("\n"));
    eprintln!("{rows} rows");
}

async fn check(door: &Door, arguments: &Arguments, environment: &Environment, want: &Want) -> Result<(), String> {
    door.running.clear_journal();
    let outcome = match door::connect(arguments, environment) {
        Ok(cloud) => door::read(&cloud).await,
        Err(error) => {
            return match want {
                Blamed(argument) if error.argument.as_deref() == Some(argument) => Ok(()),
                _ => Err(format!("settings refused, {:?} to blame: {error}", error.argument)),
            };
        }
    };
    match (want, outcome) {
        (Used(want), Ok(_)) => used(door, want),
        (Missing(parts), Err(error)) if error.kind() == Kind::Config && door.journal().is_empty() => {
            match parts.iter().find(|part| !error.message().contains(**part)) {
                Some(part) => Err(format!("{part:?} is not in: {error}")),
                None => Ok(()),
            }
        }
        (Blamed(_), _) => Err(format!("the settings were taken: {}", door.used())),
        (_, Ok(_)) => Err(format!("used: {}", door.used())),
        (_, Err(error)) => Err(format!("{error}, after {} requests", door.journal().len())),
    }
}

/// The identity that was wanted did it all, and nothing was refused on the way.
pub(crate) fn used(door: &Door, want: &str) -> Result<(), String> {
    if door.used() != want {
        return Err(format!("used: {}, wanted: {want}", door.used()));
    }
    for entry in door.journal() {
        let user = entry.who.user.clone().unwrap_or_default();
        let known = want.split(' ').any(|word| word == user || format!("{word}-id") == user);
        if !known || entry.status.is_none_or(|status| status >= 400) {
            return Err(format!("{} {} by {:?}: {:?}", entry.method, entry.path, entry.who, entry.status));
        }
    }
    Ok(())
}
