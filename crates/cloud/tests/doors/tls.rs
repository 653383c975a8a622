//! Certificates that are not to be trusted, and the two settings that change what is trusted, from every source.

use std::sync::Arc;

use cloud::{Arguments, Config, Environment, Error, Kind, Outcome, dcs};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::door;
use crate::peer::{self, Peer, Reply};

/// A private authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// A service with a certificate for a name, valid in these years.
async fn service(authority: &Authority, name: &str, years: (i32, i32)) -> Peer {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let script = |_: &peer::Request| peer::json(200, r#"{"backup_id":"b1"}"#);
    Peer::with_tls(Some(TlsAcceptor::from(Arc::new(config))), script).await
}

fn arguments(service: &Peer) -> Arguments {
    let settings = [
        ("region", "eu-de"),
        ("project_id", "p1"),
        ("token", "secret-token"),
        ("auth_url", service.url.as_str()),
        ("endpoints.dcs", service.url.as_str()),
    ];
    door::with(Arguments::default(), &settings)
}

/// A call that starts work: whatever is wrong with a connection must not leave its outcome open.
async fn start(arguments: &Arguments, environment: &Environment) -> Result<String, Error> {
    let scope = door::connect(arguments, environment).unwrap().scope(None, None).await.unwrap();
    dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_words() {
    let authority = authority();
    let folder = tempfile::tempdir().unwrap();
    door::write(folder.path(), "ca.pem", &authority.pem);
    let file = folder.path().join("ca.pem").display().to_string();
    let trusted: &[(&str, &str)] = &[("ca_cert_file", &file)];
    let good = (2020, 2090);
    let mut texts = Vec::new();
    for (fault, name, years, settings, words) in [
        ("unknown authority", "127.0.0.1", good, &[][..], "signed by an authority that is not trusted here"),
        ("other name", "dcs.example.com", good, trusted, "the certificate is for another host name"),
        ("expired", "127.0.0.1", (2020, 2021), trusted, "the certificate has expired"),
        ("of the future", "127.0.0.1", (2080, 2090), trusted, "the certificate is not valid yet"),
    ] {
        let service = service(&authority, name, years).await;
        let settings = door::with(arguments(&service), settings);
        let error = start(&settings, &Environment::default()).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (Kind::Tls, Outcome::NotStarted), "{fault}: {error}");
        assert!(error.message().contains(words) && !error.is_transient(), "{fault}: {error}");
        assert!(service.requests().is_empty(), "{fault}: nothing was sent");
        texts.push(words);
        // The setting of last resort takes them all.
        let insecure = door::with(arguments(&service), &[("insecure", "true")]);
        assert_eq!(start(&insecure, &Environment::default()).await.unwrap(), "b1", "{fault}");
    }
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 4, "each fault has words of its own");
}

#[tokio::test]
async fn an_authority_is_trusted_from_every_source() {
    let authority = authority();
    let service = service(&authority, "127.0.0.1", (2020, 2090)).await;
    let home = tempfile::tempdir().unwrap();
    door::write(home.path(), "ca.pem", &authority.pem);
    let (home, file) = (home.path().display().to_string(), home.path().join("ca.pem").display().to_string());
    let entry = format!("clouds: {{c: {{cacert: '{file}', verify: true, auth: {{token: t}}}}, i: {{verify: false}}}}");
    door::write(home.as_ref(), ".config/openstack/clouds.yaml", &entry);
    for (source, block, variables) in [
        ("argument", vec![("ca_cert_file", file.as_str())], vec![]),
        ("text in place of a file", vec![("ca_cert_file", authority.pem.as_str())], vec![]),
        ("OS_CACERT", vec![], vec![("OS_CACERT", file.as_str())]),
        ("clouds.yaml", vec![("cloud", "c")], vec![]),
        ("OS_CLOUD", vec![], vec![("OS_CLOUD", "c")]),
        ("insecure", vec![("insecure", "true")], vec![]),
        ("OS_INSECURE", vec![], vec![("OS_INSECURE", "true")]),
        ("HW_INSECURE", vec![], vec![("HW_INSECURE", "1")]),
        ("verify of clouds.yaml", vec![("cloud", "i")], vec![]),
        ("the authority beside a false insecure", vec![("insecure", "false")], vec![("OS_CACERT", file.as_str())]),
    ] {
        let settings = door::with(arguments(&service), &block);
        let environment = door::environment(&[vec![("HOME", home.as_str())], variables].concat());
        let result = start(&settings, &environment).await;
        assert_eq!(result.map_err(|error| error.to_string()).as_deref(), Ok("b1"), "{source}");
        // Whoever goes without certificates is told so on every run; nobody else is.
        let warnings = Config::resolve(&settings, &environment).unwrap().warnings().to_vec();
        let insecure =
            source.to_lowercase().ends_with("_insecure") || source.starts_with("verify") || source == "insecure";
        let warned = warnings.iter().any(|(title, _)| title == "Certificates are not checked");
        assert_eq!(warned, insecure, "{source}: {warnings:?}");
    }
    let untold = start(&arguments(&service), &door::environment(&[("HOME", home.as_str())])).await.unwrap_err();
    assert_eq!(untold.kind(), Kind::Tls, "{untold}");
}

#[tokio::test]
async fn a_file_without_certificates_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    door::write(folder.path(), "empty.pem", "");
    door::write(folder.path(), "nonsense.pem", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    for file in ["empty.pem", "nonsense.pem", "nowhere.pem"] {
        let file = folder.path().join(file).display().to_string();
        let settings = door::with(Arguments::default(), &[("ca_cert_file", &file)]);
        let error = Config::resolve(&settings, &Environment::default()).unwrap_err();
        assert_eq!(error.argument.as_deref(), Some("ca_cert_file"), "{file}: {error}");
        let environment = door::environment(&[("OS_CACERT", &file)]);
        let error = Config::resolve(&Arguments::default(), &environment).unwrap_err();
        assert!(error.argument.is_none() && error.detail.contains("OS_CACERT"), "{file}: {error}");
    }
}

#[tokio::test]
async fn clear_text_to_another_machine_is_worth_a_warning() {
    for (url, warned) in [
        ("http://iam.example.com", true),
        ("https://iam.example.com", false),
        ("http://127.0.0.1:5000", false),
        ("http://[::1]:5000", false),
    ] {
        for name in ["auth_url", "endpoints.cbr"] {
            let settings = door::with(Arguments::default(), &[(name, url)]);
            let config = Config::resolve(&settings, &Environment::default()).unwrap();
            let found = config.warnings().iter().any(|(title, _)| title == "Credentials travel in clear text");
            assert_eq!(found, warned, "{name} = {url}");
        }
    }
}

/// What must never reach anybody but the service itself.
const SECRETS: [&str; 5] = ["x-auth-token", "authorization", "x-security-token", "x-subject-token", "x-sdk-date"];

#[tokio::test]
async fn redirects_carry_nothing_to_another_host() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Peer::start(|_| peer::json(200, r#"{"status":"RUNNING","backup_id":"b"}"#)).await;
        let target = format!("{}/v2/p1/instances/i", elsewhere.url);
        let service =
            Peer::start(move |_| Reply::Answer(status, vec![("Location", target.clone())], String::new())).await;
        for credentials in [
            &[("token", "secret-token")][..],
            &[("access_key", "AK"), ("secret_key", "SK"), ("security_token", "ST")],
            &[("user_id", "u"), ("password", "secret-password")],
        ] {
            let settings = [
                ("region", "eu-de"),
                ("project_id", "p1"),
                ("auth_url", service.url.as_str()),
                ("endpoints.dcs", service.url.as_str()),
            ];
            let settings = door::with(Arguments::default(), &[&settings, credentials].concat());
            let scope = door::scope(&settings).await;
            let read = dcs::instance(&scope, dcs::Version::V2, "i").await.unwrap_err();
            let start =
                dcs::create_backup(&scope, dcs::Version::V2, "i", &dcs::NewBackup::default()).await.unwrap_err();
            for error in [read, start] {
                assert_eq!(
                    (error.kind(), error.outcome()),
                    (Kind::Misdirected, Outcome::NotStarted),
                    "{status}: {error}"
                );
                assert!(error.message().contains("127.0.0.1"), "{status}: {error}");
            }
        }
        assert!(service.requests().iter().any(|request| SECRETS.iter().any(|name| !request.header(name).is_empty())));
        assert!(elsewhere.requests().is_empty(), "{status}: {:?}", elsewhere.requests());
    }
}
