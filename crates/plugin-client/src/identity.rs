//! Who the client is: a certificate like the one that Terraform makes, and the trust in exactly one server.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P521_SHA512,
};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// A client certificate with its key.
pub struct Identity {
    pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// Who dials.
#[derive(Clone, Copy)]
pub enum Peer<'a> {
    /// The holder of this identity.
    Holder(&'a Identity),
    /// Somebody without any certificate.
    Nobody,
}

impl Identity {
    /// A fresh one: self-signed, P-521, a CA, for `localhost`, as go-plugin's clients make it.
    ///
    /// # Errors
    /// The crypto library's.
    pub fn generate() -> Result<Identity, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512)?;
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        let certificate = params.self_signed(&key)?;
        Ok(Identity { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.serialize_der() })
    }

    /// The certificate as `PLUGIN_CLIENT_CERT` carries it.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

/// TLS towards the server whose certificate stands in field 6 of the handshake line.
pub(crate) fn tls(peer: Peer<'_>, server_certificate: &str) -> Result<Arc<ClientConfig>, Error> {
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(server_certificate)?))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), crypto.clone()).build()?;
    let config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()?
        .with_webpki_verifier(verifier);
    let mut config = match peer {
        Peer::Nobody => config.with_no_client_auth(),
        Peer::Holder(identity) => {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.clone()));
            config.with_client_auth_cert(vec![identity.certificate.clone()], key)?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}
