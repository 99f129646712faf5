//! A bot as the operator keeps it: read leniently, so that a pause of a broken object is still seen.

use std::fmt;
use std::sync::Arc;

use aicoin_api::bot::{DeletionPolicy, TradingBotSpec};
use aicoin_api::crd::TradingBotStatus;
use aicoin_api::names::{FINALIZER, annotation};
use aicoin_domain::Desired;
use kube::core::DynamicObject;
use serde::Deserialize;
use serde_json::Value;

use super::Uid;

/// A bot's namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BotKey {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The name.
    pub name: Arc<str>,
}

impl fmt::Display for BotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What is asked by annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `aicoin.dev/hold`, as written.
    pub hold: Option<String>,
    /// `aicoin.dev/restarted-at`, as written.
    pub restarted_at: Option<String>,
    /// `aicoin.dev/reconcile: paused`.
    pub reconcile_paused: bool,
    /// `aicoin.dev/force-delete: "true"`.
    pub force_delete: bool,
}

/// A bot.
#[derive(Clone, Debug)]
pub struct Bot {
    /// Where it is.
    pub key: BotKey,
    /// Which one it is.
    pub uid: Uid,
    /// The generation of its spec.
    pub generation: i64,
    /// The version of this copy.
    pub resource_version: String,
    /// It is being deleted.
    pub deleting: bool,
    /// All finalizers.
    pub finalizers: Vec<String>,
    /// What annotations ask.
    pub asked: Asked,
    /// `spec.desiredState`, also of a spec that cannot be read as a whole; `None` when the word is no level.
    pub desired: Option<Desired>,
    /// `spec.deletionPolicy`, read the same way.
    pub deletion_policy: DeletionPolicy,
    /// The spec as JSON with sorted keys: as it was written, so that a default of a later version is not in it.
    spec: Box<str>,
    /// The status as it was last written.
    pub status: TradingBotStatus,
}

impl Bot {
    /// Reads a bot. `None` for an object without a name, a namespace or a uid, which no API server serves.
    #[must_use]
    pub fn read(object: DynamicObject) -> Option<Self> {
        let DynamicObject {
            metadata,
            mut data,
            types: _,
        } = object;
        let key = BotKey {
            namespace: metadata.namespace?.into(),
            name: metadata.name?.into(),
        };
        let mut annotations = metadata.annotations.unwrap_or_default();
        let asked = Asked {
            hold: annotations.remove(annotation::HOLD),
            restarted_at: annotations.remove(annotation::RESTARTED_AT),
            reconcile_paused: annotations
                .get(annotation::RECONCILE)
                .is_some_and(|word| word == "paused"),
            force_delete: annotations
                .get(annotation::FORCE_DELETE)
                .is_some_and(|word| word == "true"),
        };
        let spec = data.get_mut("spec").map(Value::take).unwrap_or_default();
        let status = data.get_mut("status").map(Value::take);
        let desired = match spec.get("desiredState") {
            None => Some(Desired::Running),
            Some(word) => serde_json::from_value(word.clone()).ok(),
        };
        let deletion_policy = spec
            .get("deletionPolicy")
            .and_then(|word| serde_json::from_value(word.clone()).ok())
            .unwrap_or_default();
        Some(Self {
            key,
            uid: metadata.uid?.into(),
            generation: metadata.generation.unwrap_or_default(),
            resource_version: metadata.resource_version.unwrap_or_default(),
            deleting: metadata.deletion_timestamp.is_some(),
            finalizers: metadata.finalizers.unwrap_or_default(),
            asked,
            desired,
            deletion_policy,
            spec: canonical(&spec).into(),
            // A status that cannot be read is somebody else's: everything in it is found out anew.
            status: status
                .and_then(|status| serde_json::from_value(status).ok())
                .unwrap_or_default(),
        })
    }

    /// The spec as it was written.
    #[must_use]
    pub fn spec_value(&self) -> Value {
        serde_json::from_str(&self.spec).unwrap_or_default()
    }

    /// The spec as a type.
    ///
    /// # Errors
    /// A sentence, when it cannot be read.
    pub fn spec(&self) -> Result<TradingBotSpec, String> {
        let mut reader = serde_json::Deserializer::from_str(&self.spec);
        TradingBotSpec::deserialize(&mut reader)
            .map_err(|error| format!("The spec cannot be read: {error}."))
    }

    /// Whether our finalizer is on it.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.finalizers.iter().any(|it| it == FINALIZER)
    }
}

/// JSON with sorted keys, whatever map the library uses.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::with_capacity(1024);
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_scalar(key, text);
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::String(string) => write_scalar(string, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

fn write_scalar(string: &str, text: &mut String) {
    // A text can always be written as JSON.
    text.push_str(&serde_json::to_string(string).unwrap_or_default());
}
