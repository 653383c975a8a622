//! What is read from files: clouds.yaml with its companions, and profiles.

use super::*;

const CLOUDS: &str = r#"
clouds:
  otc:
    profile: otc
    region_name: eu-nl
    auth: {username: cu, project_name: eu-nl_team, user_domain_name: cd}
    cbr_endpoint_override: https://cbr.example.com
  keys:
    auth_type: aksk
    ak: ca
    sk: cs
    auth: {auth_url: "https://iam.eu-de.otc.t-systems.com/v3", security_token: ct, username: ignored, password: ignored}
  agency:
    auth_type: agency
    auth:
      username: cu
      password: 1234
      user_domain_name: cd
      target_agency_name: ag
      target_domain_id: td
      target_project_name: eu-de_target
  public:
    profile: mine
    auth: {token: tk}
  both:
    auth: {token: tk, ak: ca, sk: cs}
"#;

#[test]
fn clouds_yaml_with_its_companions() {
    let user = User::new("clouds")
        .file(".config/openstack/clouds.yaml", CLOUDS)
        .file(".config/openstack/secure.yaml", "clouds: {otc: {auth: {password: sp}}}")
        .file(
            ".config/openstack/clouds-public.yaml",
            "public-clouds: {mine: {auth: {auth_url: 'https://iam.cn-north-4.myhuaweicloud.com/v3'}}}",
        );
    for (cloud, want, auth_url, region, project) in [
        ("otc", "password cu@cd sp", Some("https://iam.eu-nl.otc.t-systems.com"), Some("eu-nl"), Some("eu-nl_team")),
        ("keys", "keys ca cs ct", Some("https://iam.eu-de.otc.t-systems.com"), Some("eu-de"), None),
        ("agency", "password cu@cd 1234", None, Some("eu-de"), Some("eu-de_target")),
        ("public", "token tk", Some("https://iam.cn-north-4.myhuaweicloud.com"), Some("cn-north-4"), None),
        ("both", "token tk", None, None, None),
    ] {
        // Named by the block it beats the credentials of the environment; named by a variable it does not.
        let arguments = Arguments { cloud: some(cloud), ..Arguments::default() };
        let config = Config::resolve(&arguments, &user.environment(&OS_KEYS)).unwrap();
        assert_eq!(shown(&config), want, "{cloud}");
        assert_eq!(config.auth_url.as_ref().map(Origin::as_str), auth_url, "{cloud}");
        assert_eq!((config.region(), config.project_name.as_deref()), (region, project), "{cloud}");
        let variables = [&OS_KEYS[..], &[("OS_CLOUD", cloud)]].concat();
        assert_eq!(identity(&Arguments::default(), &user.environment(&variables)), "keys oa os", "{cloud}");
        let alone = user.environment(&[("OS_CLOUD", cloud)]);
        assert_eq!(identity(&Arguments::default(), &alone), want, "{cloud}");
    }
}

#[test]
fn an_entry_brings_its_agency_endpoints_and_platform() {
    let user = User::new("entry").file(".config/openstack/clouds.yaml", CLOUDS);
    let named = |cloud: &str| Arguments { cloud: some(cloud), ..Arguments::default() };
    let config = Config::resolve(&named("agency"), &user.environment(&[])).unwrap();
    let agency = config.agency.unwrap();
    assert_eq!((agency.name.as_str(), agency.domain_id.as_deref()), ("ag", Some("td")));
    let password = [("OS_PASSWORD", "op")];
    let config = Config::resolve(&named("otc"), &user.environment(&password)).unwrap();
    assert_eq!(shown(&config), "password cu@cd op", "completed from the environment");
    assert_eq!(
        config.endpoints.get(&crate::cbr::service::SERVICE).map(Origin::as_str),
        Some("https://cbr.example.com")
    );
    // A leftover OS_CLOUD lends neither its endpoints nor its agency to another identity.
    let leftover = [&OS_KEYS[..], &[("OS_CLOUD", "otc")]].concat();
    let config = Config::resolve(&Arguments::default(), &user.environment(&leftover)).unwrap();
    assert!(config.endpoints.is_empty());
    let leftover = [&OS_KEYS[..], &[("OS_CLOUD", "agency")]].concat();
    assert!(Config::resolve(&Arguments::default(), &user.environment(&leftover)).unwrap().agency.is_none());
}

#[test]
fn files_named_by_variables_are_found_and_their_faults_told() {
    let user =
        User::new("override").file("mine.yaml", "clouds: {c: {auth: {token: t}}}").file("broken.yaml", "clouds: [");
    let path = user.folder.join("mine.yaml").display().to_string();
    let variables = [("OS_CLIENT_CONFIG_FILE", path.as_str()), ("OS_CLOUD", "c")];
    assert_eq!(identity(&Arguments::default(), &user.environment(&variables)), "token t");
    let variables = [("OS_CLIENT_CONFIG_FILE", path.as_str()), ("OS_CLOUD", "d")];
    let config = Config::resolve(&Arguments::default(), &user.environment(&variables)).unwrap();
    assert!(missing(&config).contains(r#"no cloud "d" (it has: c)"#), "{}", missing(&config));
    let broken = user.folder.join("broken.yaml").display().to_string();
    let variables = [("OS_CLIENT_CONFIG_FILE", broken.as_str())];
    let error = Config::resolve(&Arguments { cloud: some("c"), ..Arguments::default() }, &user.environment(&variables));
    assert!(error.unwrap_err().detail.contains("broken.yaml"));
}

const KOOCLI: &str = r#"{"current": "a", "profiles": [
    {"name": "a", "mode": "AKSK", "accessKeyId": "KA", "secretAccessKey": "ks", "region": "cn-north-4", "projectId": "kp",
     "agencyName": "ka", "agencyDomainName": "kd"},
    {"name": "sso", "mode": "SSO", "accessKeyId": "", "ssoAuth": {"stsToken":
        {"accessKeyId": "SA", "secretAccessKey": "ss", "securityToken": "st"}}},
    {"name": "locked", "mode": "AKSK", "accessKeyId": "c2VjcmV0+/==", "secretAccessKey": "x"}
]}"#;

#[test]
fn koocli_profiles() {
    let user = User::new("koocli").file(".hcloud/config.json", KOOCLI).file("other.json", KOOCLI);
    let named = |profile: &str| Arguments { profile: some(profile), ..Arguments::default() };
    let config = Config::resolve(&named("a"), &user.environment(&HW_KEYS)).unwrap();
    assert_eq!((shown(&config).as_str(), config.platform()), ("keys KA ks", Platform::Huawei));
    assert_eq!((config.region(), config.project_id.as_deref()), (Some("cn-north-4"), Some("kp")));
    assert_eq!(config.agency.unwrap().name, "ka");
    assert_eq!(identity(&named("sso"), &user.environment(&[])), "keys SA ss st");
    let file = Arguments { shared_config_file: some("~/other.json"), ..Arguments::default() };
    assert_eq!(identity(&file, &user.environment(&[])), "keys KA ks");
    assert_eq!(identity(&Arguments::default(), &user.environment(&[("HW_PROFILE", "sso")])), "keys SA ss st");
    let variables = [&HW_KEYS[..], &[("HW_PROFILE", "sso")]].concat();
    assert_eq!(identity(&Arguments::default(), &user.environment(&variables)), "keys ha hs");
    let error = Config::resolve(&named("locked"), &user.environment(&[])).unwrap_err();
    assert!(error.detail.contains("--cli-auth-encrypt=false"), "{error}");
}

#[test]
fn an_address_of_a_file_is_for_whoever_names_the_file() {
    let user = User::new("lent").file(
        ".config/openstack/clouds.yaml",
        "clouds: {own: {auth: {auth_url: 'https://own.example/v3', token: t}},
                  bare: {auth: {auth_url: 'http://evil.example/v3'}, region_name: eu-de}}",
    );
    let block = || Arguments { token: secret("b"), ..Arguments::default() };
    for (arguments, variables, want) in [
        // The file's own credentials, or those of the block that names it.
        (Arguments::default(), vec![("OS_CLOUD", "own")], Some("https://own.example")),
        (Arguments { cloud: some("bare"), ..block() }, vec![], Some("http://evil.example")),
        // Credentials of the block or of variables, and a file that only a variable names.
        (block(), vec![("OS_CLOUD", "bare")], None),
        (block(), vec![("OS_CLOUD", "own")], None),
        (Arguments::default(), vec![("OS_CLOUD", "bare"), OS_KEYS[0], OS_KEYS[1]], None),
        (block(), vec![("OS_CLOUD", "bare"), ("OS_AUTH_URL", "https://good.example")], Some("https://good.example")),
    ] {
        let config = Config::resolve(&arguments, &user.environment(&variables)).unwrap();
        assert_eq!(config.auth_url.as_ref().map(Origin::as_str), want, "{arguments:?} {variables:?}");
    }
}

#[test]
fn the_folder_of_the_user_is_known_in_every_path() {
    let pem = certificate();
    let user = User::new("tilde")
        .file("ca.pem", &pem)
        .file("mine.yaml", "clouds: {c: {cacert: ~/ca.pem, auth: {token: t}}}")
        .file("k.json", r#"{"current":"p","profiles":[{"name":"p","accessKeyId":"A","secretAccessKey":"s"}]}"#);
    for (arguments, variables) in [
        (Arguments { ca_cert_file: some("~/ca.pem"), ..Arguments::default() }, vec![]),
        (Arguments::default(), vec![("OS_CACERT", "~/ca.pem")]),
        (Arguments { cloud: some("c"), ..Arguments::default() }, vec![("OS_CLIENT_CONFIG_FILE", "~/mine.yaml")]),
    ] {
        let config = Config::resolve(&arguments, &user.environment(&variables)).unwrap();
        assert!(config.connection.ca_pem.is_some(), "{arguments:?} {variables:?}");
    }
    for (arguments, variables) in [
        (Arguments { shared_config_file: some("~/k.json"), ..Arguments::default() }, vec![]),
        (Arguments::default(), vec![("HW_SHARED_CONFIG_FILE", "~/k.json")]),
    ] {
        assert_eq!(identity(&arguments, &user.environment(&variables)), "keys A s");
    }
}
