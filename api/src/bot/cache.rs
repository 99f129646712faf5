//! A cache that other programs may read. Nothing depends on it.

use serde::{Deserialize, Serialize};

use super::SecretKeyRef;

/// A cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cache {
    /// A Redis server.
    pub redis: Redis,
}

/// A Redis server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redis {
    /// Its connection URL.
    pub url_secret_ref: SecretKeyRef,
}
