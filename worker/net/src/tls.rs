//! Whom the clients trust: the public authorities compiled in, and perhaps one more that a person names.
//!
//! Not the system's store: the image is empty but for the binary, and what is trusted must not depend on where it runs.
//! The provider is named here, so that no process-wide default is needed. Never: a switch that trusts everybody.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Why there is no TLS configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// What should be a certificate authority is none: what is wrong with it.
    #[error("{0}")]
    ExtraCa(String),
    /// The library cannot be set up.
    #[error("{0}")]
    Library(String),
}

/// The TLS configuration of a client: the authorities that are compiled in, and those in `extra_ca_pem`.
///
/// # Errors
/// When the PEM text has no certificate, or one that is none.
pub fn client_config(extra_ca_pem: Option<&str>) -> Result<ClientConfig, TrustError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(pem) = extra_ca_pem {
        add(&mut roots, pem)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TrustError::Library(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn add(roots: &mut RootCertStore, pem: &str) -> Result<(), TrustError> {
    let mut found = false;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| TrustError::ExtraCa(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| TrustError::ExtraCa(error.to_string()))?;
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(TrustError::ExtraCa(
            "there is no certificate in it".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_authority_must_be_one() {
        assert!(client_config(None).is_ok());
        for pem in [
            "",
            "no pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(
                matches!(client_config(Some(pem)), Err(TrustError::ExtraCa(_))),
                "{pem:?}"
            );
        }
    }
}
