//! Certificates: each fault has its own words, and the two settings do what they say.

use std::sync::Arc;

use cloud::{Arguments, Kind, Outcome, dcs};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;

/// A private authority.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "test authority");
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// A peer with a certificate of an authority for a name.
async fn peer(authority: &Authority, name: &str, expired: bool) -> Fake {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 1);
    }
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    Fake::with_tls(Some(TlsAcceptor::from(Arc::new(config))), fine).await
}

async fn start(arguments: &Arguments) -> Result<String, cloud::Error> {
    dcs::create_backup(&scope(arguments).await, dcs::Version::V2, "i", &dcs::NewBackup::default()).await
}

#[tokio::test]
async fn each_fault_has_its_own_words() {
    let authority = authority();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let trusted = Some(file.display().to_string());
    for (name, expired, ca_cert_file, words) in [
        ("127.0.0.1", false, None, "not trusted here"),
        ("other.example.com", false, trusted.clone(), "another host name"),
        ("127.0.0.1", true, trusted.clone(), "has expired"),
    ] {
        let fake = peer(&authority, name, expired).await;
        let error = start(&Arguments { ca_cert_file, ..with_token(&fake) }).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (Kind::Tls, Outcome::NotStarted), "{name}: {error}");
        assert!(error.message().contains(words) && !error.is_transient(), "{words}: {error}");
        assert!(fake.requests().is_empty());
        let insecure = Arguments { insecure: Some(true), ..with_token(&fake) };
        assert_eq!(start(&insecure).await.unwrap(), "b1", "insecure accepts anything");
    }
    let fake = peer(&authority, "127.0.0.1", false).await;
    let arguments = Arguments { ca_cert_file: trusted, ..with_token(&fake) };
    assert_eq!(start(&arguments).await.unwrap(), "b1");
}
