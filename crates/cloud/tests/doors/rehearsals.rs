//! A rehearsal stays on this machine, whatever a configuration, its surroundings, or the rehearsal cloud itself say.

use cloud::{Arguments, Config, Environment, Kind, SERVICES, Service};

use crate::door::{self, Door};
use crate::identities;
use crate::peer::{self, Peer, Reply};

/// Every argument with a value that would lead, or log in, elsewhere; `TRAP` is the address of a
/// peer that nobody may call.
const ARGUMENTS: [(&str, &str); 31] = [
    ("region", "cn-north-4"),
    ("region", "eu-mars"),
    ("platform", "huaweicloud"),
    ("platform", "otc"),
    ("auth_url", "TRAP/v3"),
    ("auth_url", "https://iam.eu-de.otc.t-systems.com/v3"),
    ("auth_url", "no address at all"),
    ("endpoints.iam", "TRAP"),
    ("endpoints.dcs", "TRAP"),
    ("endpoints.cbr", "TRAP"),
    ("endpoints.ddm", "TRAP"),
    ("endpoints.ecs", "TRAP"),
    ("project_id", "../../TRAP"),
    ("project_id", "another"),
    ("project_name", "cn-north-4_TRAP"),
    ("access_key", "BLOCKAK"),
    ("secret_key", "block-sk"),
    ("security_token", "block-st"),
    ("user_name", "block"),
    ("user_id", "block-id"),
    ("password", "block-password"),
    ("passcode", "block-code"),
    ("domain_name", "elsewhere"),
    ("domain_id", "elsewhere"),
    ("token", "block-token"),
    ("agency_name", "recovery"),
    ("cloud", "trap"),
    ("profile", "plain"),
    ("shared_config_file", "~/other.json"),
    ("ca_cert_file", "/nowhere.pem"),
    ("insecure", "true"),
];

/// The same for variables.
const VARIABLES: [(&str, &str); 21] = [
    ("OS_AUTH_URL", "TRAP/v3"),
    ("HW_AUTH_URL", "TRAP/v3"),
    ("RECOVERY_ENDPOINT_IAM", "TRAP"),
    ("RECOVERY_ENDPOINT_DCS", "TRAP"),
    ("RECOVERY_ENDPOINT_CBR", "TRAP"),
    ("RECOVERY_ENDPOINT_DDM", "not an address"),
    ("OS_CLOUD", "trap"),
    ("HW_PROFILE", "plain"),
    ("HW_SHARED_CONFIG_FILE", "~/nowhere.json"),
    ("OS_TOKEN", "os-token"),
    ("HW_AUTH_TOKEN", "hw-token"),
    ("OS_ACCESS_KEY", "OSAK"),
    ("OS_SECRET_KEY", "os-sk"),
    ("OS_USERNAME", "os"),
    ("OS_PASSWORD", "os-password"),
    ("OS_PROJECT_ID", "another"),
    ("OS_PROJECT_NAME", "eu-de_another"),
    ("HW_ASSUME_ROLE_AGENCY_NAME", "recovery"),
    ("OS_CACERT", "/nowhere.pem"),
    ("OS_INSECURE", "neither"),
    ("OS_CLIENT_CONFIG_FILE", "/nowhere.yaml"),
];

/// Values that become part of hosts and cannot: a rehearsal refuses them as a real run would, by the name.
const REFUSED: [(&str, &str); 8] = [
    ("region", "127.0.0.1"),
    ("region", "TRAP/"),
    ("region", "x@example.com/#"),
    ("region", "EU-DE"),
    ("project_name", "cn-north-4/TRAP"),
    ("OS_REGION_NAME", "@TRAP/x"),
    ("OS_PROJECT_NAME", "cn-@TRAP/x"),
    ("HW_CLOUD", "TRAP"),
];

const CLOUDS: &str = "
clouds:
  trap:
    region_name: eu-nl
    dcs_endpoint_override: TRAP
    identity_endpoint_override: TRAP
    auth: {auth_url: 'TRAP/v3', token: yaml-token}
";

/// A peer that stands for everything that is not the rehearsal cloud.
async fn trap() -> Peer {
    Peer::start(|_| peer::json(200, r#"{"status":"RUNNING"}"#)).await
}

#[tokio::test]
async fn no_setting_leads_out() {
    let (door, trap) = (Door::open().await, trap().await);
    let home = tempfile::tempdir().unwrap();
    identities::furnish(home.path());
    door::write(home.path(), ".config/openstack/clouds.yaml", &CLOUDS.replace("TRAP", &trap.url));
    let home = home.path().display().to_string();
    let usual = [("RECOVERY_REHEARSAL", door.running.connection.url.as_str()), ("HOME", &home)];
    let nothing: &[(&str, &str)] = &[];
    let in_block = ARGUMENTS.iter().map(|pair| (std::slice::from_ref(pair), nothing));
    let in_environment = VARIABLES.iter().map(|pair| (nothing, std::slice::from_ref(pair)));
    let all_at_once = [(&ARGUMENTS[2..], &VARIABLES[..])];
    for (block, variables) in in_block.chain(in_environment).chain(all_at_once) {
        let row = format!("{block:?} {variables:?}");
        let (block, variables) = (filled(block, &trap.url), filled(variables, &trap.url));
        door.running.clear_journal();
        let arguments = door::with(Arguments::default(), &borrowed(&block));
        let environment = door::environment(&[&usual[..], &borrowed(&variables)].concat());
        let cloud = door::connect(&arguments, &environment).unwrap_or_else(|error| panic!("{row}: {error}"));
        // The provider's own scope, and the ones that a resource asks for.
        for (region, project) in
            [(None, None), (Some("eu-mars"), None), (None, Some("another")), (Some("eu-nl"), Some("p"))]
        {
            let scope = cloud.scope(region, project).await.unwrap_or_else(|error| panic!("{row}: {error}"));
            let read = cloud::dcs::instance(&scope, cloud::dcs::Version::V2, door::INSTANCE).await;
            assert!(read.is_ok(), "{row}: {read:?}");
        }
        let journal = door.journal();
        let strangers = journal.iter().filter(|entry| {
            entry.who.user.as_deref().is_some_and(|user| user != "rehearsal") || entry.who.access_key.is_some()
        });
        assert_eq!(strangers.count(), 0, "{row}: {journal:#?}");
        assert!(trap.requests().is_empty(), "{row}: {:?}", trap.requests());
        let warnings = cloud.config().warnings();
        assert!(warnings.iter().any(|(title, _)| title == "This is a rehearsal"), "{row}: {warnings:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_part_of_a_host_is_refused_in_a_rehearsal_too() {
    let (door, trap) = (Door::open().await, trap().await);
    for (name, value) in REFUSED {
        let value = value.replace("TRAP", trap.url.trim_start_matches("http://"));
        let mut variables = vec![("RECOVERY_REHEARSAL", door.running.connection.url.as_str())];
        let mut arguments = Arguments::default();
        match name.to_lowercase() == name {
            true => door::set(&mut arguments, name, &value),
            false => variables.push((name, value.as_str())),
        }
        let error = door::connect(&arguments, &door::environment(&variables)).err();
        let error = error.unwrap_or_else(|| panic!("{name} = {value:?} was taken"));
        assert!(error.to_string().contains(name), "{name} = {value:?}: {error}");
        assert!(trap.requests().is_empty() && door.journal().is_empty(), "{name} = {value:?}");
    }
}

fn filled(pairs: &[(&'static str, &'static str)], trap: &str) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(name, value)| (*name, value.replace("TRAP", trap))).collect()
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn a_url_that_is_not_of_this_machine_is_refused_before_anything_is_sent() {
    for url in [
        "https://iam.eu-de.otc.t-systems.com",
        "http://10.0.0.1:8080",
        "http://0.0.0.0:8080",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "http://127.0.0.1:80@example.com",
        "http://example.com#127.0.0.1",
        "http://example.com/?127.0.0.1",
        "http://134744072",
        "http://[::ffff:10.0.0.1]",
        "http://[::]",
        "file:///etc/passwd",
        "unix:///run/x",
        "nonsense",
        "http://",
    ] {
        let error = Config::resolve(&Arguments::default(), &door::environment(&[("RECOVERY_REHEARSAL", url)]));
        let error = error.err().unwrap_or_else(|| panic!("{url} was taken"));
        assert!(error.detail.contains("RECOVERY_REHEARSAL"), "{url}: {error}");
    }
    for url in ["http://127.0.0.1:1", "http://127.8.8.8", "http://[::1]:1", "http://localhost:1/", " 127.0.0.1:1 "] {
        let config = Config::resolve(&Arguments::default(), &door::environment(&[("RECOVERY_REHEARSAL", url)]));
        assert!(config.is_ok_and(|config| config.rehearsal().is_some()), "{url}");
    }
}

/// What a rehearsal cloud says about itself, with one address led elsewhere.
fn connection(own: &str, key: &str, elsewhere: &str) -> String {
    let place = |name: &str| if name == key { elsewhere } else { own }.to_owned();
    let endpoints = SERVICES.map(|service| format!("{:?}:{:?}", service.key(), place(service.key())));
    format!(
        r#"{{"url":{:?},"auth_url":{:?},"endpoints":{{{}}},"region":"eu-de",
        "credentials":{{"project_id":"p1","user_name":"u","password":"p","domain_name":"d"}}}}"#,
        place("url"),
        place("auth_url"),
        endpoints.join(",")
    )
}

#[tokio::test]
async fn an_address_that_the_rehearsal_cloud_names_elsewhere_is_refused() {
    for elsewhere in [
        "https://iam.eu-de.otc.t-systems.com",
        "http://192.168.1.1",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "//x",
        "",
    ] {
        for key in SERVICES.map(Service::key).into_iter().chain(["auth_url"]) {
            let cloud = Peer::start(move |request| {
                let own = format!("http://{}", request.header("host"));
                peer::json(200, &connection(&own, key, elsewhere))
            })
            .await;
            let environment = door::environment(&[("RECOVERY_REHEARSAL", &cloud.url)]);
            let handle = door::connect(&Arguments::default(), &environment).unwrap();
            let result = handle.connect_rehearsal().await;
            // Without an address for tokens the one of IAM stands in.
            if (key, elsewhere) == ("auth_url", "") {
                assert!(result.is_ok(), "{result:?}");
                continue;
            }
            let error = result.err().unwrap_or_else(|| panic!("{key} = {elsewhere:?} was taken"));
            assert_eq!(error.kind(), Kind::Config, "{key}: {error}");
            // What may be a user or password is not repeated.
            assert!(error.message().contains(elsewhere.rsplit('@').next().unwrap()), "{key}: {error}");
            assert_eq!(cloud.requests().len(), 1, "nothing but the question itself was sent");
        }
    }
}

#[tokio::test]
async fn a_redirect_of_the_rehearsal_cloud_is_not_followed() {
    let trap = trap().await;
    let target = trap.url.clone();
    let cloud = Peer::start(move |_| Reply::Answer(307, vec![("Location", target.clone())], String::new())).await;
    let environment: Environment = door::environment(&[("RECOVERY_REHEARSAL", &cloud.url)]);
    let handle = door::connect(&Arguments::default(), &environment).unwrap();
    let error = handle.connect_rehearsal().await.unwrap_err();
    assert!(error.message().contains("redirect") && trap.requests().is_empty(), "{error}");
}
