//! The `TradingBot` as Kubernetes keeps it: metadata, the spec of [`crate::bot`], a status, and the definition
//! (`crds/tradingbots.aicoin.dev.yaml`) that the API server checks it with.
//!
//! There is one spec: the types of [`crate::bot`] are the ones that `aicoin-worker local` reads. The definition accepts
//! nothing that they would not read, and its rules say what [`crate::bot::validate()`] says.
//!
//! Never: a default that could change with a version of ours. The API server writes defaults into objects, and into old
//! ones when they are read.

mod rules;
pub(crate) mod schema;
mod status;

use kube::CustomResourceExt;

use crate::bot;
pub use crate::bot::spec::TradingBot;
pub(crate) use rules::name as name_rules;
pub use rules::{CelRule, all as rules};
pub use status::{Condition, ControlStatus, Remaining, State, TradingBotStatus, WorkerStatus};

/// The definition as it stands in `crds/tradingbots.aicoin.dev.yaml`.
///
/// # Errors
/// When it cannot be written as YAML, which would be a bug.
pub fn yaml() -> Result<String, serde_yaml::Error> {
    let definition = serde_yaml::to_string(&TradingBot::crd())?;
    Ok(format!(
        "# Made by `cargo xtask generate` from the types in api/src/bot: do not edit.\n{definition}"
    ))
}

/// The bot as [`bot::validate()`] and the worker know it.
impl From<&TradingBot> for bot::TradingBot {
    fn from(object: &TradingBot) -> Self {
        let metadata = &object.metadata;
        Self {
            api_version: bot::API_VERSION.to_owned(),
            kind: bot::KIND.to_owned(),
            metadata: bot::Metadata {
                name: metadata.name.clone().unwrap_or_default(),
                namespace: metadata.namespace.clone(),
                uid: metadata.uid.clone(),
                generation: metadata.generation,
                labels: metadata.labels.clone().unwrap_or_default(),
                annotations: metadata.annotations.clone().unwrap_or_default(),
            },
            spec: object.spec.clone(),
        }
    }
}
