//! Every kind of credentials from every source, with leftovers of other worlds beside it.

use cloud::{AssumeRole, Secret};
use rehearsal::iam::{Identity, TemporaryKey};

use super::*;

/// A row: who is expected in the journal for which settings.
struct Row {
    name: &'static str,
    arguments: Arguments,
    variables: Vec<(&'static str, String)>,
    /// Kind, user and the methods of the token.
    want: (&'static str, &'static str, Option<&'static str>),
}

const PASSWORD: (&str, &str, Option<&str>) = ("token", "rehearsal", Some("password"));
const MFA: (&str, &str, Option<&str>) = ("token", "rehearsal-mfa", Some("password+totp"));
const KEYS: (&str, &str, Option<&str>) = ("aksk", "rehearsal", None);
const TEMPORARY: (&str, &str, Option<&str>) = ("temporary_aksk", "rehearsal", None);
const AGENCY: (&str, &str, Option<&str>) = ("temporary_aksk", "rehearsal-partner/recovery", None);
const AGENCY_TOKEN: (&str, &str, Option<&str>) = ("token", "rehearsal-partner/recovery", Some("assume_role"));

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text))
}

/// A cloud that also knows a temporary key.
async fn cloud_with_temporary_key() -> Running {
    let running = start().await;
    let user_id = running.connection.credentials.user_id.clone();
    running.change_world(|world| {
        let expires_at = cloud::time::from_millis(cloud::time::millis(cloud::time::now()) + 3_600_000).unwrap();
        let identity = Identity { user_id, agency: None };
        world.iam.temporary_keys.push(TemporaryKey {
            access: "TEMPORARYKEY".into(),
            secret: rehearsal::Secret::new("temporary-secret"),
            security_token: rehearsal::Secret::new("temporary-token"),
            identity,
            expires_at,
        });
    });
    running
}

/// Files of a made-up user that name the rehearsal cloud.
fn files(running: &Running) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let own = &running.connection.credentials;
    let (access, secret, password) = (&own.access_key, own.secret_key.reveal(), own.password.reveal());
    let url = &running.connection.auth_url;
    std::fs::create_dir_all(home.path().join(".config/openstack")).unwrap();
    std::fs::create_dir_all(home.path().join(".hcloud")).unwrap();
    let clouds = format!(
        "clouds:
  password: {{region_name: eu-de, auth: {{auth_url: '{url}', username: rehearsal, user_domain_name: rehearsal}}}}
  keys: {{auth_type: aksk, region_name: eu-de, ak: {access}, sk: {secret}, auth: {{auth_url: '{url}'}}}}
  temporary: {{region_name: eu-de, auth: {{auth_url: '{url}', ak: TEMPORARYKEY, sk: temporary-secret, security_token: temporary-token}}}}
  token: {{auth_type: token, region_name: eu-de, auth: {{auth_url: '{url}', token: '{token}'}}}}
  agency: {{auth_type: agency, region_name: eu-de, auth: {{auth_url: '{url}', username: rehearsal, password: {password},
    user_domain_name: rehearsal, target_agency_name: recovery, target_domain_name: rehearsal-partner}}}}
",
        token = own.token.reveal(),
    );
    std::fs::write(home.path().join(".config/openstack/clouds.yaml"), clouds).unwrap();
    let secure = format!("clouds: {{password: {{auth: {{password: {password}}}}}}}");
    std::fs::write(home.path().join(".config/openstack/secure.yaml"), secure).unwrap();
    let profiles = format!(
        r#"{{"current":"keys","profiles":[
            {{"name":"keys","mode":"AKSK","accessKeyId":"{access}","secretAccessKey":"{secret}","region":"eu-de"}},
            {{"name":"sso","mode":"SSO","region":"eu-de","ssoAuth":{{"stsToken":{{"accessKeyId":"TEMPORARYKEY",
              "secretAccessKey":"temporary-secret","securityToken":"temporary-token"}}}}}}]}}"#
    );
    std::fs::write(home.path().join(".hcloud/config.json"), profiles).unwrap();
    home
}

fn rows(running: &Running) -> Vec<Row> {
    let own = &running.connection.credentials;
    let url = running.connection.auth_url.clone();
    let (access, secret_key) = (own.access_key.clone(), own.secret_key.reveal().to_owned());
    let (password, token) = (own.password.reveal().to_owned(), own.token.reveal().to_owned());
    let base = || Arguments { auth_url: Some(url.clone()), region: some("eu-de"), ..Arguments::default() };
    let by_password = || Arguments {
        user_name: some("rehearsal"),
        password: secret(&password),
        domain_name: some("rehearsal"),
        ..base()
    };
    let by_keys = || Arguments { access_key: Some(access.clone()), secret_key: secret(&secret_key), ..base() };
    let os = |user: &str, password: &str| {
        vec![
            ("OS_AUTH_URL", url.clone()),
            ("OS_REGION_NAME", "eu-de".to_owned()),
            ("OS_USERNAME", user.to_owned()),
            ("OS_PASSWORD", password.to_owned()),
            ("OS_USER_DOMAIN_NAME", "rehearsal".to_owned()),
        ]
    };
    let hw = || vec![("HW_ACCESS_KEY", access.clone()), ("HW_SECRET_KEY", secret_key.clone())];
    let hw_place = || vec![("HW_AUTH_URL", url.clone()), ("HW_REGION_NAME", "eu-de".to_owned())];
    let wrong = || os("nobody", "wrong");
    let wrong_keys = || vec![("HW_ACCESS_KEY", "NOBODY".to_owned()), ("HW_SECRET_KEY", "wrong".to_owned())];
    let role = |domain_id: Option<&str>| {
        Some(AssumeRole {
            agency_name: some("recovery"),
            domain_name: domain_id.is_none().then(|| "rehearsal-partner".to_owned()),
            domain_id: domain_id.map(str::to_owned),
            duration: some("30m"),
        })
    };
    let huawei = |arguments: Arguments| Arguments { platform: some("huaweicloud"), ..arguments };
    let named = |cloud: &str| Arguments { cloud: some(cloud), ..Arguments::default() };
    let profile = |name: &str| Arguments { profile: some(name), ..base() };
    let variable = |name: &'static str, value: &str| vec![(name, value.to_owned())];
    let row = |name, arguments, variables, want| Row { name, arguments, variables, want };
    vec![
        row("block: password", by_password(), vec![], PASSWORD),
        row("block: password, leftovers of keys", by_password(), wrong_keys(), PASSWORD),
        row(
            "block: password by ids",
            Arguments { user_name: None, domain_name: None, user_id: Some(own.user_id.clone()), ..by_password() },
            vec![],
            PASSWORD,
        ),
        row(
            "block: password with domain id",
            Arguments { domain_name: None, domain_id: Some(own.domain_id.clone()), ..by_password() },
            vec![],
            PASSWORD,
        ),
        row(
            "block: password and passcode",
            Arguments {
                user_name: some("rehearsal-mfa"),
                password: secret("Rehearsal-Mfa-1"),
                passcode: secret("123456"),
                ..by_password()
            },
            vec![],
            MFA,
        ),
        row("block: keys", by_keys(), vec![], KEYS),
        row("block: keys, leftovers of a password", by_keys(), wrong(), KEYS),
        row(
            "block: temporary keys",
            Arguments {
                access_key: some("TEMPORARYKEY"),
                secret_key: secret("temporary-secret"),
                security_token: secret("temporary-token"),
                ..base()
            },
            wrong(),
            TEMPORARY,
        ),
        row("block: token", Arguments { token: secret(&token), ..base() }, wrong(), PASSWORD),
        row(
            "block: user, password from the environment",
            Arguments { password: None, ..by_password() },
            os("nobody", &password),
            PASSWORD,
        ),
        row("OS_: password", Arguments::default(), os("rehearsal", &password), PASSWORD),
        row(
            "OS_: password, leftovers of HW_ keys",
            Arguments::default(),
            [os("rehearsal", &password), wrong_keys()].concat(),
            PASSWORD,
        ),
        row(
            "OS_: keys before a password",
            Arguments::default(),
            [wrong(), vec![("OS_ACCESS_KEY", access.clone()), ("OS_SECRET_KEY", secret_key.clone())]].concat(),
            KEYS,
        ),
        row("OS_: token", Arguments::default(), [wrong(), vec![("OS_TOKEN", token.clone())]].concat(), PASSWORD),
        row("HW_: keys", Arguments::default(), [hw(), hw_place()].concat(), KEYS),
        row("HW_: keys, leftovers of OS_", huawei(Arguments::default()), [hw(), hw_place(), wrong()].concat(), KEYS),
        row(
            "HW_: password",
            Arguments::default(),
            [
                hw_place(),
                vec![
                    ("HW_USER_NAME", "rehearsal".to_owned()),
                    ("HW_USER_PASSWORD", password.clone()),
                    ("HW_DOMAIN_NAME", "rehearsal".to_owned()),
                ],
            ]
            .concat(),
            PASSWORD,
        ),
        row(
            "HW_: token",
            Arguments::default(),
            [hw_place(), vec![("HW_AUTH_TOKEN", token.clone())]].concat(),
            PASSWORD,
        ),
        row(
            "HW_: temporary keys",
            Arguments::default(),
            [
                hw_place(),
                vec![
                    ("HW_ACCESS_KEY", "TEMPORARYKEY".to_owned()),
                    ("HW_SECRET_KEY", "temporary-secret".to_owned()),
                    ("HW_SECURITY_TOKEN", "temporary-token".to_owned()),
                ],
            ]
            .concat(),
            TEMPORARY,
        ),
        row("clouds.yaml: password of secure.yaml", named("password"), wrong_keys(), PASSWORD),
        row("clouds.yaml: keys", named("keys"), wrong(), KEYS),
        row("clouds.yaml: temporary keys", named("temporary"), wrong(), TEMPORARY),
        row("clouds.yaml: token", named("token"), wrong(), PASSWORD),
        row("clouds.yaml: agency", named("agency"), wrong(), AGENCY),
        row("OS_CLOUD: keys", Arguments::default(), variable("OS_CLOUD", "keys"), KEYS),
        row("OS_CLOUD after variables", base(), [hw(), variable("OS_CLOUD", "password")].concat(), KEYS),
        row("profile: keys", profile("keys"), wrong(), KEYS),
        row("profile: single sign-on", profile("sso"), wrong(), TEMPORARY),
        row("HW_PROFILE", base(), variable("HW_PROFILE", "sso"), TEMPORARY),
        row("agency of a password", Arguments { assume_role: role(None), ..by_password() }, vec![], AGENCY),
        row(
            "agency of a token",
            Arguments { assume_role: role(None), token: secret(&token), ..base() },
            vec![],
            AGENCY,
        ),
        row("agency of keys, OTC", Arguments { assume_role: role(None), ..by_keys() }, vec![], AGENCY_TOKEN),
        row("agency of keys, Huawei", huawei(Arguments { assume_role: role(None), ..by_keys() }), vec![], AGENCY),
        row(
            "agency by domain id",
            Arguments { assume_role: role(Some("8d2b6f40c7e1493ab5960f3e1a7cd284")), ..by_password() },
            vec![],
            AGENCY,
        ),
        row(
            "HW_: agency",
            huawei(Arguments::default()),
            [
                hw(),
                hw_place(),
                vec![
                    ("HW_ASSUME_ROLE_AGENCY_NAME", "recovery".to_owned()),
                    ("HW_ASSUME_ROLE_DOMAIN_NAME", "rehearsal-partner".to_owned()),
                ],
            ]
            .concat(),
            AGENCY,
        ),
    ]
}

#[tokio::test]
async fn the_journal_shows_the_identity_of_every_row() {
    let running = cloud_with_temporary_key().await;
    let home = files(&running);
    for row in rows(&running) {
        running.clear_journal();
        let mut variables = addresses(&running);
        variables.push(("HOME".to_owned(), home.path().display().to_string()));
        variables.extend(row.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let cloud = resolve(&row.arguments, variables);
        let scope = cloud.scope(None, None).await.unwrap_or_else(|error| panic!("{}: {error}", row.name));
        read(&scope).await.unwrap_or_else(|error| panic!("{}: {error}", row.name));
        let journal = running.journal();
        let last = journal.last().unwrap();
        assert_eq!(last.service, rehearsal::Service::Dcs, "{}", row.name);
        let who = &last.who;
        let found = (who.kind.as_str(), who.user.as_deref().unwrap_or_default(), who.token_methods.as_deref());
        assert_eq!(found, row.want, "{}", row.name);
        assert!(
            journal.iter().all(|entry| entry.status.is_some_and(|status| status < 300)),
            "{}: {journal:#?}",
            row.name
        );
    }
}

#[tokio::test]
async fn an_agency_works_in_the_delegating_accounts_project() {
    let running = start().await;
    let own = running.connection.credentials.project_id.clone();
    let role =
        AssumeRole { agency_name: some("recovery"), domain_name: some("rehearsal-partner"), ..AssumeRole::default() };
    let credentials = &running.connection.credentials;
    for platform in ["otc", "huaweicloud"] {
        let arguments = Arguments {
            platform: some(platform),
            auth_url: Some(running.connection.auth_url.clone()),
            region: some("eu-de"),
            access_key: Some(credentials.access_key.clone()),
            secret_key: secret(credentials.secret_key.reveal()),
            assume_role: Some(role.clone()),
            ..Arguments::default()
        };
        let scope = resolve(&arguments, addresses(&running)).scope(None, None).await.unwrap();
        let partner = running.world().iam.projects.into_iter().find(|project| project.id == scope.project_id).unwrap();
        assert_ne!(scope.project_id, own, "{platform}");
        assert_eq!((partner.name.as_str(), partner.domain_id.as_str()), ("eu-de", "8d2b6f40c7e1493ab5960f3e1a7cd284"));
    }
}

#[tokio::test]
async fn wrong_credentials_are_not_repeated() {
    let running = start().await;
    let base = Arguments {
        auth_url: Some(running.connection.auth_url.clone()),
        region: some("eu-de"),
        project_id: Some(running.connection.credentials.project_id.clone()),
        ..Arguments::default()
    };
    for arguments in [
        Arguments {
            access_key: Some(running.connection.credentials.access_key.clone()),
            secret_key: secret("wrong"),
            ..base.clone()
        },
        Arguments {
            user_name: some("rehearsal"),
            domain_name: some("rehearsal"),
            password: secret("wrong"),
            ..base.clone()
        },
    ] {
        running.clear_journal();
        let scope = resolve(&arguments, addresses(&running)).scope(None, None).await.unwrap();
        let results = futures::future::join_all((0..12).map(|_| read(&scope))).await;
        assert!(
            results.iter().all(|result| result.as_ref().is_err_and(|error| error.kind() == cloud::Kind::Unauthorized))
        );
        assert_eq!(running.journal().len(), 1, "{:#?}", running.journal());
    }
}
