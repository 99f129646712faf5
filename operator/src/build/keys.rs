//! The ConfigMap that workers read live, one in each namespace: public keys of control tokens, and more certificate
//! authorities. It has no hash in its name, so that a rotation restarts nobody.

use std::collections::BTreeMap;

use aicoin_api::names::{CONTROL_KEYS_CONFIG_MAP, MANAGER, label, pod};
use serde_json::{Value, json};

/// The key of the certificate authorities in it.
pub const CA_KEY: &str = pod::CA_FILE;

/// What it holds.
#[must_use]
pub fn key_map_data(jwks: &str, extra_ca: Option<&str>) -> BTreeMap<String, String> {
    let mut data = BTreeMap::from([(pod::CONTROL_KEYS_FILE.to_owned(), jwks.to_owned())]);
    if let Some(pem) = extra_ca {
        data.insert(CA_KEY.to_owned(), pem.to_owned());
    }
    data
}

/// The object.
#[must_use]
pub fn key_map(namespace: &str, data: &BTreeMap<String, String>) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": CONTROL_KEYS_CONFIG_MAP,
            "namespace": namespace,
            "labels": {
                label::NAME: label::WORKER_NAME,
                label::MANAGED_BY: MANAGER,
            },
        },
        "data": data,
    })
}
