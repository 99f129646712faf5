//! A child as the operator keeps it: who it belongs to, what was asked for, and whether it still is that.

use std::sync::Arc;

use aicoin_api::bot::DeletionPolicy;
use aicoin_api::names::{annotation, label};
use kube::core::DynamicObject;
use serde_json::Value;

use super::Uid;

/// The kinds of children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChildKind {
    /// The manifest as the worker reads it.
    ConfigMap,
    /// The name of the worker, for people and Prometheus.
    Service,
    /// What the worker may reach.
    NetworkPolicy,
    /// The worker's disk, when a storage class is named.
    Claim,
    /// The worker.
    Deployment,
}

impl ChildKind {
    /// All, in the order in which they are made: the worker last, so that it never starts before its configuration.
    pub const ALL: [Self; 5] = [
        Self::ConfigMap,
        Self::Service,
        Self::NetworkPolicy,
        Self::Claim,
        Self::Deployment,
    ];

    /// The `kind` of the object.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Service => "Service",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::Claim => "PersistentVolumeClaim",
            Self::Deployment => "Deployment",
        }
    }
}

/// What the operator looks at in a Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentView {
    /// Asked replicas.
    pub replicas: i64,
    /// The worker's image.
    pub image: String,
    /// The restart that its pods carry.
    pub restarted_at: Option<String>,
    /// What becomes of the positions without the bot.
    pub deletion_policy: DeletionPolicy,
}

/// A child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// What it is.
    pub kind: ChildKind,
    /// Where it is.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Which one it is.
    pub uid: Uid,
    /// Whose it is.
    pub bot_uid: Uid,
    /// The bot's name, for messages when the bot is gone.
    pub bot_name: Arc<str>,
    /// The version of this copy.
    pub resource_version: String,
    /// The generation of its spec, where its kind has one: it stands still while only the status changes.
    pub generation: Option<i64>,
    /// The hash of what was asked for when it was last written.
    pub applied: Option<Box<str>>,
    /// It holds all that was asked for. Known only when the hash was the present one; else it is written again.
    pub intact: bool,
    /// It is being deleted.
    pub deleting: bool,
    /// Of a Deployment.
    pub deployment: Option<DeploymentView>,
}

impl Child {
    /// The version of what was asked for in it, as far as its kind tells that from its status.
    #[must_use]
    pub fn version(&self) -> String {
        match self.generation {
            Some(generation) => generation.to_string(),
            None => self.resource_version.clone(),
        }
    }

    /// Whether two copies say the same of everything that is looked at: the version alone does not count.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let versionless = |child: &Self| Self {
            resource_version: String::new(),
            ..child.clone()
        };
        versionless(self) == versionless(other)
    }

    /// Reads a child; `intact` is found out by whoever knows what is asked for. `None` when it carries no bot's uid.
    #[must_use]
    pub fn read(kind: ChildKind, object: &DynamicObject) -> Option<Self> {
        let metadata = &object.metadata;
        let labels = metadata.labels.as_ref()?;
        let bot_uid = labels.get(label::BOT_UID)?;
        let deployment = (kind == ChildKind::Deployment).then(|| read_deployment(object));
        Some(Self {
            kind,
            namespace: metadata.namespace.as_deref()?.into(),
            name: metadata.name.as_deref()?.into(),
            uid: metadata.uid.as_deref()?.into(),
            bot_uid: bot_uid.as_str().into(),
            bot_name: labels.get(label::BOT).map_or("", String::as_str).into(),
            resource_version: metadata.resource_version.clone().unwrap_or_default(),
            generation: metadata.generation,
            applied: metadata
                .annotations
                .as_ref()
                .and_then(|annotations| annotations.get(annotation::APPLIED))
                .map(|hash| hash.as_str().into()),
            intact: false,
            deleting: metadata.deletion_timestamp.is_some(),
            deployment,
        })
    }
}

fn read_deployment(object: &DynamicObject) -> DeploymentView {
    let spec = object.data.get("spec");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let labels = object.metadata.labels.as_ref();
    DeploymentView {
        replicas: spec
            .and_then(|spec| spec.get("replicas"))
            .and_then(Value::as_i64)
            .unwrap_or(1),
        image: text(spec.and_then(|it| it.pointer("/template/spec/containers/0/image")))
            .unwrap_or_default(),
        restarted_at: text(spec.and_then(|it| {
            it.pointer("/template/metadata/annotations")
                .and_then(|annotations| annotations.get(annotation::RESTARTED_AT))
        })),
        deletion_policy: match labels.and_then(|it| it.get(label::DELETION_POLICY)) {
            Some(word) if word == "Retain" => DeletionPolicy::Retain,
            // Closing is what happens unless somebody clearly said otherwise.
            _ => DeletionPolicy::CloseAll,
        },
    }
}
