//! Every place where a value becomes part of a host, an address or a path, each with values that lead elsewhere.
//!
//! A trap on loopback counts connections; the values lead there if anything does. Each must be refused before anything is
//! sent, with an error that names where the value stands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud::{Arguments, Environment, Kind, Outcome, SERVICES, Service, cbr, dcs, ddm};
use tokio::net::TcpListener;

use super::*;

/// Listens on loopback and counts who connects.
struct Trap {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    async fn set() -> Trap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Trap { port, connections }
    }

    fn caught(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Values that are no region. Pasted into a host they lead to the trap, to another domain, or to another path.
    fn regions(&self) -> Vec<String> {
        let trap = format!("127.0.0.1:{}", self.port);
        let mut values: Vec<String> = [
            "a.b/../",
            "eu-de#",
            "eu-de?x=",
            "eu de",
            "eu-de%2f",
            "eu-de%00",
            "eu\u{3002}de",
            "eu\u{ff0e}de",
            "eu-d\u{435}",
            "EU-DE",
            "eu..de",
            ".eu-de",
            "eu-de.",
            "-eu-de",
            "eu-de.evil.example",
            "eu-de\\",
            "eu-de:443",
            "eu\tde",
            "eu\nde",
            "..",
            "eu-de/",
            "eu-de_team/x",
            "[::1]",
            "eu-de\u{202e}",
        ]
        .map(str::to_owned)
        .into();
        values.extend([format!("@{trap}/x"), format!("{trap}/"), format!("{trap}#"), format!("u:p@{trap}?")]);
        values.extend([format!("x@{trap}\\"), "a".repeat(64), "a".repeat(300)]);
        values
    }

    /// Values that are no address, or lead elsewhere than they seem to.
    fn addresses(&self) -> Vec<String> {
        let trap = format!("127.0.0.1:{}", self.port);
        let mut values: Vec<String> = [
            "https://iam.eu-de.otc.t-systems.com#",
            "https://iam.eu-de.otc.t-systems.com?x=",
            "https://iam.eu-de.otc.t-systems.com/a/../",
            "https://iam.eu-de.otc.t-systems.com/%2e%2e/",
            "https://iam.eu-de.otc.t-systems.com/%2f",
            "https://iam eu-de",
            "https://iam\u{3002}eu-de",
            "https://iam.eu\tde",
            "https://iam..eu-de",
            "ftp://iam",
            "https://",
            "https://0x7f.1",
            "https://127.1",
        ]
        .map(str::to_owned)
        .into();
        values.extend([
            format!("https://iam.eu-de.otc.t-systems.com@{trap}"),
            format!("http://user:pw@{trap}"),
            format!("http://{trap}\\@iam.eu-de.otc.t-systems.com"),
            format!("http://iam.eu-de.otc.t-systems.com:x@{trap}/"),
            format!("https://{}.example", "a".repeat(300)),
        ]);
        values
    }
}

/// A user's folder with configuration files.
fn home() -> PathBuf {
    use std::sync::atomic::AtomicU32;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("recovery-walls-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(folder.join(".config/openstack")).unwrap();
    std::fs::create_dir_all(folder.join(".hcloud")).unwrap();
    folder
}

/// One way in: the block, the variables, the files of the user's folder, and what the error must name.
struct Way {
    name: &'static str,
    arguments: Arguments,
    variables: Vec<(&'static str, String)>,
    files: Vec<(&'static str, String)>,
    named: &'static [&'static str],
}

fn password() -> Arguments {
    let text = |text: &str| Some(text.to_owned());
    Arguments {
        user_name: text("u"),
        password: Some(Secret::new("never-to-be-sent")),
        domain_name: text("d"),
        request_timeout: text("2s"),
        max_retries: Some(0),
        ..Arguments::default()
    }
}

/// Settings as far as a value goes into them: resolving, scope, one call of each service.
async fn everything(arguments: &Arguments, environment: &Environment) -> Result<(), String> {
    let config = Config::resolve(arguments, environment).map_err(|error| match &error.argument {
        Some(argument) => format!("[{argument}] {error}"),
        None => error.to_string(),
    })?;
    let cloud = Cloud::new(config).map_err(|error| error.to_string())?;
    let scope = cloud.scope(None, None).await.map_err(|error| error.to_string())?;
    let calls = [
        dcs::instance(&scope, dcs::Version::V2, "i").await.map(|_| ()),
        cbr::backup(&scope, "b").await.map(|_| ()),
        ddm::instance(&scope, "i").await.map(|_| ()),
    ];
    calls.into_iter().collect::<Result<(), _>>().map_err(|error| error.to_string())
}

async fn nothing_is_sent(trap: &Trap, value: &str, way: Way) {
    let home = home();
    for (path, text) in &way.files {
        std::fs::write(home.join(path), text).unwrap();
    }
    let own = [("HOME", home.display().to_string())];
    let environment: Environment = own.into_iter().chain(way.variables).collect();
    let result = everything(&way.arguments, &environment).await;
    let _ = std::fs::remove_dir_all(&home);
    let error = result.expect_err(&format!("{}: {value:?} was taken", way.name));
    for named in way.named {
        assert!(error.contains(named), "{}: {value:?}: {named} is not named in: {error}", way.name);
    }
    // An error that stands for a connection that was tried would mean that something left.
    assert!(!error.contains("gave no answer"), "{}: {value:?}: {error}", way.name);
    assert!(error.len() < 1500, "{}: {value:?}: an error of {} bytes", way.name, error.len());
    assert!(!error.contains("never-to-be-sent"), "{}: {error}", way.name);
    assert_eq!(trap.caught(), 0, "{}: {value:?} led to the trap: {error}", way.name);
}

fn quoted(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

fn block(name: &'static str, change: impl FnOnce(&mut Arguments), named: &'static [&'static str]) -> Way {
    let mut arguments = password();
    change(&mut arguments);
    Way { name, arguments, variables: Vec::new(), files: Vec::new(), named }
}

fn variables(variables: Vec<(&'static str, String)>, named: &'static [&'static str]) -> Way {
    let name = named.first().copied().unwrap_or_default();
    Way { name, arguments: password(), variables, files: Vec::new(), named }
}

/// An entry of clouds.yaml with a user; `auth` goes in between as it is.
fn clouds_yaml(name: &'static str, entry: &str, named: &'static [&'static str]) -> Way {
    let (auth, entry) = entry.split_once(" | ").unwrap_or(("", entry));
    let text = format!(
        "clouds: {{c: {{auth: {{username: u, password: never-to-be-sent, user_domain_name: d{auth}}}, {entry}}}}}"
    );
    let arguments = Arguments { cloud: Some("c".to_owned()), ..Arguments::default() };
    let files = vec![(".config/openstack/clouds.yaml", text)];
    Way { name, arguments, variables: Vec::new(), files, named }
}

#[tokio::test]
async fn a_region_is_a_region_wherever_it_comes_from() {
    let trap = Trap::set().await;
    for value in trap.regions() {
        let own = || value.clone();
        let profile = format!(
            r#"{{"current":"p","profiles":[{{"name":"p","mode":"AKSK","accessKeyId":"AK","secretAccessKey":"SK","region":{}}}]}}"#,
            quoted(&value)
        );
        let mut by_variable = clouds_yaml(
            "OS_CLOUD",
            &format!("profile: otc, region_name: {}", quoted(&value)),
            &["region_name", "clouds.yaml"],
        );
        by_variable.arguments = Arguments::default();
        by_variable.variables = vec![("OS_CLOUD", "c".to_owned())];
        for way in [
            block("argument", |block| block.region = Some(own()), &["[region]"]),
            variables(vec![("OS_REGION_NAME", own())], &["OS_REGION_NAME"]),
            variables(vec![("OS_REGION", own())], &["OS_REGION"]),
            variables(vec![("HW_REGION_NAME", own())], &["HW_REGION_NAME"]),
            clouds_yaml("region_name", &format!("region_name: {}", quoted(&value)), &["region_name", "clouds.yaml"]),
            clouds_yaml("regions", &format!("regions: [{}]", quoted(&value)), &["region_name", "clouds.yaml"]),
            clouds_yaml(
                "regions with values",
                &format!("profile: otc, regions: [{{name: {}, values: {{}}}}]", quoted(&value)),
                &["region_name", "clouds.yaml"],
            ),
            clouds_yaml(
                "a region in an address",
                &format!(", auth_url: 'https://iam.{{region_name}}.example/v3' | region_name: {}", quoted(&value)),
                &["region_name", "clouds.yaml"],
            ),
            clouds_yaml(
                "region_name of a vendor",
                &format!("profile: otc, region_name: {}", quoted(&value)),
                &["region_name", "clouds.yaml"],
            ),
            by_variable,
            Way {
                name: "profile",
                arguments: Arguments { profile: Some("p".to_owned()), ..Arguments::default() },
                variables: Vec::new(),
                files: vec![(".hcloud/config.json", profile)],
                named: &["region", "config.json"],
            },
        ] {
            nothing_is_sent(&trap, &value, way).await;
        }
    }
}

/// What is a region's name once `cn-` stands before it.
const ARE_REGIONS: [&str; 2] = ["cn--eu-de", "cn-eu-de"];

#[tokio::test]
async fn the_region_in_a_projects_name_is_a_region() {
    let trap = Trap::set().await;
    for value in trap.regions() {
        // With a beginning that a region of one of the clouds has; what stands before the first `_` counts.
        let name = format!("cn-{}", value.split('_').next().unwrap());
        // A project in capitals lies in the region of its small letters.
        if ARE_REGIONS.contains(&name.to_lowercase().as_str()) {
            continue;
        }
        for way in [
            block("argument", |block| block.project_name = Some(name.clone()), &["[project_name]"]),
            variables(vec![("OS_PROJECT_NAME", name.clone())], &["OS_PROJECT_NAME"]),
            variables(vec![("HW_PROJECT_NAME", name.clone())], &["HW_PROJECT_NAME"]),
            clouds_yaml(
                "clouds.yaml",
                &format!(", project_name: {} | auth_type: password", quoted(&name)),
                &["project_name", "clouds.yaml"],
            ),
        ] {
            nothing_is_sent(&trap, &name, way).await;
        }
    }
}

#[tokio::test]
async fn the_region_of_a_resource_is_a_region() {
    let trap = Trap::set().await;
    let peer = Peer::start(fine).await;
    let cloud = cloud(&Arguments { endpoints: None, ..with_password(&peer) });
    for value in trap.regions() {
        let error = cloud.scope(Some(&value), None).await.err().unwrap_or_else(|| panic!("{value:?} was taken"));
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.message().starts_with("region is "), "{value:?}: {error}");
    }
    assert_eq!((trap.caught(), peer.requests().len()), (0, 0));
}

#[tokio::test]
async fn the_region_of_a_tokens_project_is_a_region() {
    let trap = Trap::set().await;
    for value in trap.regions() {
        let name = format!("cn-{}", value.split('_').next().unwrap());
        if ARE_REGIONS.contains(&name.as_str()) {
            continue;
        }
        let body = format!(r#"{{"token":{{"project":{{"id":"p","name":{}}}}}}}"#, quoted(&name));
        let peer = Peer::start(move |request| match request.line().as_str() {
            "GET /v3/auth/tokens" => json(200, &body),
            _ => json(500, ""),
        })
        .await;
        let arguments = Arguments { region: None, project_id: None, endpoints: None, ..with_token(&peer) };
        let error = cloud(&arguments).scope(None, None).await.err().unwrap();
        assert!(error.message().contains("the token's project is named"), "{value:?}: {error}");
        assert_eq!((trap.caught(), peer.requests().len()), (0, 1), "{value:?}");
    }
}

#[tokio::test]
async fn an_address_is_an_address_wherever_it_comes_from() {
    let trap = Trap::set().await;
    for value in trap.addresses() {
        let own = || value.clone();
        let in_region = || Arguments { region: Some("eu-de".to_owned()), ..password() };
        let mut ways = vec![
            block("auth_url", |block| block.auth_url = Some(own()), &["[auth_url]"]),
            variables(vec![("OS_AUTH_URL", own())], &["OS_AUTH_URL"]),
            variables(vec![("HW_AUTH_URL", own())], &["HW_AUTH_URL"]),
            variables(vec![("RECOVERY_REHEARSAL", own())], &["RECOVERY_REHEARSAL"]),
            clouds_yaml(
                "auth_url of clouds.yaml",
                &format!("region_name: eu-de, auth_type: password, auth_url: {}", quoted(&value)),
                &["auth_url", "clouds.yaml"],
            ),
            clouds_yaml(
                "endpoint of clouds.yaml",
                &format!("region_name: eu-de, dcs_endpoint_override: {}", quoted(&value)),
                &["dcs_endpoint_override", "clouds.yaml"],
            ),
        ];
        for key in SERVICES.map(Service::key) {
            let endpoints = Some(BTreeMap::from([(key.to_owned(), own())]));
            ways.push(block(
                "endpoints",
                |block| *block = Arguments { endpoints, ..in_region() },
                &["[endpoints]", "The endpoint "],
            ));
        }
        for name in ["RECOVERY_ENDPOINT_IAM", "RECOVERY_ENDPOINT_DCS", "RECOVERY_ENDPOINT_CBR", "RECOVERY_ENDPOINT_DDM"]
        {
            let named: &'static [&'static str] = &["The environment variable RECOVERY_ENDPOINT_"];
            ways.push(Way { name, arguments: in_region(), variables: vec![(name, own())], files: Vec::new(), named });
        }
        for way in ways {
            nothing_is_sent(&trap, &value, way).await;
        }
    }
}

#[tokio::test]
async fn the_domain_of_a_cloud_is_a_domain() {
    let trap = Trap::set().await;
    for value in trap.regions() {
        // A domain may have dots, and names are no region yet.
        if cloud_domain_is_fine(&value) {
            continue;
        }
        let way =
            variables(vec![("HW_CLOUD", value.clone()), ("HW_REGION_NAME", "cn-north-4".to_owned())], &["HW_CLOUD"]);
        nothing_is_sent(&trap, &value, way).await;
    }
}

fn cloud_domain_is_fine(value: &str) -> bool {
    ["EU-DE", "eu-de.evil.example"].contains(&value)
}

#[tokio::test]
async fn an_address_in_the_catalogue_is_an_address() {
    let trap = Trap::set().await;
    // What stands in the path is not used, so it leads nowhere.
    let leads_somewhere = |value: &String| !value.contains("t-systems.com/") || value.contains('@');
    for value in trap.addresses().into_iter().filter(leads_somewhere) {
        let entry =
            format!(r#"{{"catalog":[{{"type":"dcs","endpoints":[{{"region":"eu-ch2","url":{}}}]}}]}}"#, quoted(&value));
        let iam = Peer::start(move |request| match request.line().as_str() {
            "GET /v3/auth/catalog" => json(200, &entry),
            _ => fine(request),
        })
        .await;
        let arguments = Arguments { endpoints: None, region: Some("eu-ch2".to_owned()), ..with_keys(&iam) };
        let error = dcs::instance(&scope(&arguments).await, dcs::Version::V2, "i").await.unwrap_err();
        for part in ["the service catalogue's address of DCS in eu-ch2", "endpoints.dcs"] {
            assert!(error.message().contains(part), "{value:?}: {error}");
        }
        assert!(!error.message().contains("user:pw"), "{error}");
        assert_eq!(trap.caught(), 0, "{value:?} led to the trap");
    }
}

#[tokio::test]
async fn an_address_of_a_rehearsal_is_on_this_machine() {
    let trap = Trap::set().await;
    for value in trap.addresses() {
        for key in SERVICES.map(Service::key).into_iter().chain(["auth_url"]) {
            let address = value.clone();
            let peer = Peer::start(move |request| {
                let url = format!("http://{}", request.header("host"));
                let place = |name: &str| quoted(if name == key { &address } else { &url });
                let endpoints = SERVICES.map(|service| format!("{:?}:{}", service.key(), place(service.key())));
                let body = format!(
                    r#"{{"auth_url":{},"endpoints":{{{}}},"region":"eu-de",
                    "credentials":{{"project_id":"p1","token":"RT"}}}}"#,
                    place("auth_url"),
                    endpoints.join(","),
                );
                json(200, &body)
            })
            .await;
            let environment = [("RECOVERY_REHEARSAL", peer.url.as_str())].into_iter().collect();
            let error = everything(&Arguments::default(), &environment).await.unwrap_err();
            assert!(error.contains("the rehearsal cloud names the address"), "{key} {value:?}: {error}");
            assert_eq!((trap.caught(), peer.requests().len()), (0, 1), "{key} {value:?}");
        }
    }
    for value in trap.regions() {
        let region = quoted(&value);
        let peer = Peer::start(move |request| {
            let url = quoted(&format!("http://{}", request.header("host")));
            let endpoints = SERVICES.map(|service| format!("{:?}:{url}", service.key())).join(",");
            let body = format!(r#"{{"endpoints":{{{endpoints}}},"region":{region},"credentials":{{"token":"RT"}}}}"#);
            json(200, &body)
        })
        .await;
        let environment = [("RECOVERY_REHEARSAL", peer.url.as_str())].into_iter().collect();
        let error = everything(&Arguments::default(), &environment).await.unwrap_err();
        assert!(error.contains("the rehearsal cloud names the region"), "{value:?}: {error}");
        assert_eq!((trap.caught(), peer.requests().len()), (0, 1), "{value:?}");
    }
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let trap = Trap::set().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://127.0.0.1:{}/v2/p1/instances/i", trap.port);
        let peer =
            Peer::start(move |_| Reply::Answer(status, vec![("location", location.clone())], String::new())).await;
        for arguments in [with_keys(&peer), with_token(&peer), with_password(&peer)] {
            let scope = scope(&arguments).await;
            let read = dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap_err();
            let start =
                dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await.unwrap_err();
            for error in [read, start] {
                assert!(error.message().contains("redirect to 127.0.0.1"), "{status}: {error}");
            }
        }
        assert_eq!(trap.caught(), 0, "{status}");
    }
}

#[tokio::test]
async fn an_identifier_cannot_leave_its_place_in_a_path() {
    let peer = Peer::start(|_| json(200, "{}")).await;
    let (handle, scope) = (cloud(&with_token(&peer)), scope(&with_token(&peer)).await);
    let long = "a".repeat(300);
    for bad in ["", " ", ".", "..", " .. ", "a/b", "../x", "a\\b", "..\\x", "a\r\nb", "a\0", long.as_str()] {
        let new = dcs::NewBackup::default();
        let calls = [
            ("dcs::instance", dcs::instance(&scope, dcs::Version::V2, bad).await.err()),
            ("dcs::create_backup", dcs::create_backup(&scope, dcs::Version::V2, bad, &new).await.err()),
            ("cbr::backup", cbr::backup(&scope, bad).await.err()),
            ("ddm::instance", ddm::instance(&scope, bad).await.err()),
        ];
        for (name, error) in calls {
            let error = error.unwrap_or_else(|| panic!("{name}: {bad:?} was sent"));
            assert_eq!((error.kind(), error.outcome()), (Kind::Invalid, Outcome::NotStarted), "{name} {bad:?}");
        }
        if !bad.trim().is_empty() {
            let error = handle.scope(None, Some(bad)).await.err().unwrap();
            assert!(error.message().contains("project_id"), "{bad:?}: {error}");
            let error = Config::resolve(
                &Arguments { project_id: Some(bad.to_owned()), ..with_token(&peer) },
                &Environment::default(),
            );
            assert_eq!(error.unwrap_err().argument.as_deref(), Some("project_id"), "{bad:?}");
        }
    }
    assert!(peer.requests().is_empty());
    // Everything else stands in the path as one part, whatever it looks like.
    for (odd, path) in [
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
        ("%2f", "%252f"),
        ("a b", "a%20b"),
        ("a;b", "a%3Bb"),
        ("\u{2024}\u{2024}", "%E2%80%A4%E2%80%A4"),
        ("\u{ff0f}", "%EF%BC%8F"),
        ("@127.0.0.1:1", "%40127.0.0.1%3A1"),
    ] {
        let _ = dcs::instance(&scope, dcs::Version::V2, odd).await;
        let last = peer.requests().pop().unwrap();
        assert_eq!(last.path, format!("/v2/p1/instances/{path}"), "{odd:?}");
        assert!(last.query.is_empty(), "{odd:?}: {}", last.query);
    }
}
