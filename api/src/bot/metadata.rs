//! Name, namespace and marks of a resource: the part of Kubernetes' `ObjectMeta` that is used here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::defaults;

/// The metadata of a [`super::TradingBot`]. Other fields of Kubernetes' metadata are accepted and left alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The name of the bot.
    pub name: String,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Given by the API server, never used twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Counts changes of the spec; given by the API server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations, `aicoin.dev/hold` among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// Every name that Kubernetes knows here: anything else in a manifest is a slip of the pen.
    pub(crate) const FIELDS: &'static [&'static str] = &[
        "name",
        "namespace",
        "labels",
        "annotations",
        "uid",
        "generation",
        "generateName",
        "finalizers",
        "ownerReferences",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
    ];

    /// The namespace, or the one that Kubernetes takes when none is written.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or(defaults::NAMESPACE)
    }
}
