//! Where a bot writes everything down.

use serde::{Deserialize, Serialize};

use super::{Quantity, SecretKeyRef, defaults};

/// One of two databases; neither is SQLite with its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Storage {
    /// PostgreSQL: needed for Live in a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<Postgres>,
    /// A file beside the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqlite: Option<Sqlite>,
}

/// A PostgreSQL database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Postgres {
    /// The connection URL of a role that reads and writes rows.
    pub url_secret_ref: SecretKeyRef,
    /// The connection URL of a role that may alter tables; left out, the other one must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrate_url_secret_ref: Option<SecretKeyRef>,
}

/// An SQLite file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sqlite {
    /// The size of its volume; the worker keeps below 80 % of it.
    pub size: Quantity,
    /// With a class it is a claim that survives pods; without one it is lost with the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class_name: Option<String>,
}

impl Default for Sqlite {
    fn default() -> Self {
        Self {
            size: Quantity(defaults::SQLITE_SIZE.to_owned()),
            storage_class_name: None,
        }
    }
}
