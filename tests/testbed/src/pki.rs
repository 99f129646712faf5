//! Certificates of a test cluster. Good for as long as the test.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::{Error, Result, cache};

/// The files of a cluster's own authority, in PEM.
#[derive(Clone, Debug)]
pub struct Pki {
    folder: PathBuf,
    /// The authority that the API server's certificate is checked against.
    pub ca_cert: PathBuf,
    /// A client certificate of `system:masters`.
    pub admin_cert: PathBuf,
    /// Its key (PKCS#8).
    pub admin_key: PathBuf,
    pub(crate) account_key: PathBuf,
    pub(crate) account_public_key: PathBuf,
}

/// A certificate and its key, in files.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pki {
    /// Where the files are, or will be.
    pub(crate) fn at(folder: PathBuf) -> Self {
        let file = |name| folder.join(name);
        Self {
            ca_cert: file("ca.crt"),
            admin_cert: file("admin.crt"),
            admin_key: file("admin.key"),
            account_key: file("service-account.key"),
            account_public_key: file("service-account.pub"),
            folder,
        }
    }

    /// A new authority, with the administrator and the key of the service accounts.
    pub(crate) fn make(folder: PathBuf) -> Result<Self> {
        cache::make(&folder)?;
        let pki = Self::at(folder);
        let key = new_key()?;
        let cert = authority()?.self_signed(&key).map_err(failed)?;
        cache::write(&pki.ca_cert, cert.pem())?;
        cache::write(&pki.authority_key(), key.serialize_pem())?;
        let accounts = new_key()?;
        cache::write(&pki.account_key, accounts.serialize_pem())?;
        cache::write(&pki.account_public_key, accounts.public_key_pem())?;
        pki.client("admin", "admin", Some("system:masters"))?;
        Ok(pki)
    }

    pub(crate) fn admin(&self) -> Identity {
        self.identity("admin")
    }

    /// A certificate for a server at these names and addresses.
    pub(crate) fn server(&self, file: &str, names: &[String]) -> Result<Identity> {
        let params = CertificateParams::new(names.to_vec()).map_err(failed)?;
        self.issue(file, params, file, None)
    }

    /// A certificate for a user of the API, who may be in a group.
    pub(crate) fn client(&self, file: &str, user: &str, group: Option<&str>) -> Result<Identity> {
        self.issue(file, CertificateParams::default(), user, group)
    }

    fn issue(
        &self,
        file: &str,
        mut params: CertificateParams,
        name: &str,
        group: Option<&str>,
    ) -> Result<Identity> {
        params.distinguished_name.push(DnType::CommonName, name);
        // Kubernetes takes the organization for a group.
        if let Some(group) = group {
            params
                .distinguished_name
                .push(DnType::OrganizationName, group);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let path = self.authority_key();
        let pem =
            std::fs::read_to_string(&path).map_err(|error| Error::file(&path, "read", &error))?;
        let issuer = Issuer::new(authority()?, KeyPair::from_pem(&pem).map_err(failed)?);
        let key = new_key()?;
        let cert = params.signed_by(&key, &issuer).map_err(failed)?;
        let identity = self.identity(file);
        cache::write(&identity.cert, cert.pem())?;
        cache::write(&identity.key, key.serialize_pem())?;
        Ok(identity)
    }

    fn identity(&self, file: &str) -> Identity {
        let path = |ending| self.folder.join(Path::new(file).with_extension(ending));
        Identity {
            cert: path("crt"),
            key: path("key"),
        }
    }

    fn authority_key(&self) -> PathBuf {
        self.folder.join("ca.key")
    }
}

fn authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "aicoin-test");
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
    ];
    Ok(params)
}

fn new_key() -> Result<KeyPair> {
    KeyPair::generate().map_err(failed)
}

fn failed(error: rcgen::Error) -> Error {
    Error::new(format!(
        "A certificate for the test cluster cannot be made: {error}."
    ))
}
