//! AutoMTLS: both sides make a fresh certificate, and each trusts exactly the other's.
//!
//! Terraform's certificate is a self-signed P-521 **CA** certificate. The WebPKI verifier refuses a CA as an end
//! entity, and the `ring` provider has no P-521; so the provider is aws-lc-rs and the verifier compares bytes.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use tokio_rustls::TlsAcceptor;

/// The name in the server's certificate that clients check.
const SERVER_NAME: &str = "localhost";

/// This process's side of AutoMTLS. The key never leaves memory and ends with the process.
pub(crate) struct ServerTls {
    /// Turns accepted connections into encrypted ones, for the invited client only.
    pub(crate) acceptor: TlsAcceptor,
    /// What the client must pin: field 6 of the handshake line.
    pub(crate) certificate: CertificateDer<'static>,
}

impl ServerTls {
    /// Makes a certificate and trusts the client's alone.
    pub(crate) fn for_client(client_certificate: &str) -> Result<ServerTls, TlsError> {
        let invited = CertificateDer::from_pem_slice(client_certificate.as_bytes())
            .map_err(|error| TlsError::ClientCertificate(error.to_string()))?;
        let (certificate, key) = fresh_certificate()?;
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let config = server_config(crypto, invited, certificate.clone(), key)?;
        Ok(ServerTls { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }
}

/// Why no TLS could be set up.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// `PLUGIN_CLIENT_CERT` holds no certificate.
    ClientCertificate(String),
    /// The own certificate could not be made.
    OwnCertificate(rcgen::Error),
    /// The TLS library refused the settings.
    Settings(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::ClientCertificate(error) => write!(formatter, "PLUGIN_CLIENT_CERT holds no certificate: {error}"),
            TlsError::OwnCertificate(error) => write!(formatter, "cannot make a certificate: {error}"),
            TlsError::Settings(error) => write!(formatter, "cannot set up TLS: {error}"),
        }
    }
}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> TlsError {
        TlsError::OwnCertificate(error)
    }
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> TlsError {
        TlsError::Settings(error)
    }
}

fn fresh_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let certificate = rcgen::CertificateParams::new([SERVER_NAME.to_owned()])?.self_signed(&key)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((certificate.der().clone(), key.into()))
}

fn server_config(
    crypto: Arc<CryptoProvider>,
    invited: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let verifier = InvitedClient { certificate: invited, algorithms: crypto.signature_verification_algorithms };
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![certificate], key)?;
    // Newer clients refuse a peer that does not agree on a protocol.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A client connects once: nothing is gained by resuming, and every connection shows its certificate.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Accepts one certificate, byte for byte, and leaves the proof that the peer owns its key to the provider.
#[derive(Debug)]
struct InvitedClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for InvitedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if end_entity.as_ref() == self.certificate.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem() -> String {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        rcgen::CertificateParams::new([SERVER_NAME.to_owned()]).unwrap().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn rubbish_for_a_certificate_is_an_error() {
        for text in ["", "rubbish", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(ServerTls::for_client(text), Err(TlsError::ClientCertificate(_))), "{text:?}");
        }
    }

    #[test]
    fn accepts_the_invited_certificate_and_no_other() {
        let invited = pem();
        let certificate = CertificateDer::from_pem_slice(invited.as_bytes()).unwrap();
        let other = CertificateDer::from_pem_slice(pem().as_bytes()).unwrap();
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms;
        let verifier = InvitedClient { certificate: certificate.clone(), algorithms };
        assert!(verifier.verify_client_cert(&certificate, &[], UnixTime::now()).is_ok());
        assert!(verifier.verify_client_cert(&other, &[], UnixTime::now()).is_err());
        assert!(verifier.supported_verify_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
    }

    #[test]
    fn each_process_has_its_own_certificate() {
        let client = pem();
        let (first, second) = (ServerTls::for_client(&client).unwrap(), ServerTls::for_client(&client).unwrap());
        assert_ne!(first.certificate, second.certificate);
    }
}
