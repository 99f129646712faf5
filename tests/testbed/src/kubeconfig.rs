//! Files that tell kubectl, Helm and the operator where a cluster is and who they are.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::pki::{Identity, Pki};
use crate::{Error, Result, cache};

/// Writes one with everything in it, so that it can be copied. JSON is YAML.
pub(crate) fn write(path: &Path, url: &str, pki: &Pki, identity: &Identity) -> Result<()> {
    let encoded = |file: &Path| {
        std::fs::read(file)
            .map(|bytes| STANDARD.encode(bytes))
            .map_err(|error| Error::file(file, "read", &error))
    };
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": url,
            "certificate-authority-data": encoded(&pki.ca_cert)?,
        }}],
        "users": [{"name": "test", "user": {
            "client-certificate-data": encoded(&identity.cert)?,
            "client-key-data": encoded(&identity.key)?,
        }}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    });
    cache::write(path, format!("{config:#}\n"))
}
