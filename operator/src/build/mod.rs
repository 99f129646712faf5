//! What is asked for: the children of a bot, as values. Pure; one file per child.
//!
//! Never: something in a ConfigMap or a pod template that is not the trading part of the spec or the pinned image. Any
//! such thing would restart bots that nobody touched; `golden` holds a rendered bot against a file.

mod claim;
mod config_map;
mod deployment;
mod keys;
mod labels;
mod matches;
mod network_policy;
mod service;

use std::fmt::Write as _;
use std::sync::Arc;

use aicoin_api::bot::{DeletionPolicy, TradingBotSpec};
use aicoin_api::names::annotation;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::settings::Settings;
use crate::world::{Bot, BotKey, ChildKind, Uid, canonical};

pub use keys::{CA_KEY, key_map, key_map_data};
pub use labels::managed;
pub use matches::holds;

/// Everything that decides what a bot's children look like.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Whose.
    pub key: BotKey,
    /// Which one.
    pub uid: Uid,
    /// The spec, checked.
    pub spec: TradingBotSpec,
    /// The spec as it was written.
    pub written: Value,
    /// Read also from a spec that cannot be read as a whole.
    pub deletion_policy: DeletionPolicy,
    /// The image, pinned.
    pub image: String,
    /// The restart that was asked for last.
    pub restarted_at: Option<String>,
    /// It runs; otherwise there are no replicas.
    pub runs: bool,
}

impl Worker {
    /// Of a bot whose spec was checked.
    #[must_use]
    pub fn new(
        bot: &Bot,
        spec: TradingBotSpec,
        image: String,
        restarted_at: Option<String>,
        runs: bool,
    ) -> Self {
        Self {
            key: bot.key.clone(),
            uid: Arc::clone(&bot.uid),
            spec,
            written: bot.spec_value(),
            deletion_policy: bot.deletion_policy,
            image,
            restarted_at,
            runs,
        }
    }

    fn child_name(&self) -> String {
        format!("{}-worker", self.key.name)
    }
}

/// One child as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// What it is.
    pub kind: ChildKind,
    /// Its name.
    pub name: String,
    /// The object, with the hash of it in an annotation.
    pub body: Value,
    /// That hash.
    pub hash: String,
}

impl Intent {
    fn new(kind: ChildKind, name: String, mut body: Value) -> Self {
        let hash = digest(&canonical(&body), 16);
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
            if let Some(annotations) = annotations.as_object_mut() {
                annotations.insert(annotation::APPLIED.to_owned(), json!(hash));
            }
        }
        Self {
            kind,
            name,
            body,
            hash,
        }
    }
}

/// All children of a bot, in the order in which they are made. Whoever adds one adds it to [`Children::into_order`].
#[derive(Clone, Debug, PartialEq)]
pub struct Children {
    config_map: Intent,
    service: Intent,
    network_policy: Option<Intent>,
    claim: Option<Intent>,
    deployment: Intent,
}

impl Children {
    /// In the order in which they are made: the worker last, so that it never starts before its configuration.
    #[must_use]
    pub fn into_order(self) -> Vec<Intent> {
        // Destructured whole: a child that nobody makes does not compile.
        let Self {
            config_map,
            service,
            network_policy,
            claim,
            deployment,
        } = self;
        let mut order = vec![config_map, service];
        order.extend(network_policy);
        order.extend(claim);
        order.push(deployment);
        order
    }
}

/// The children of a worker.
#[must_use]
pub fn children(worker: &Worker, settings: &Settings) -> Children {
    let config_map = config_map::config_map(worker);
    Children {
        service: service::service(worker),
        network_policy: settings
            .network_policy
            .then(|| network_policy::network_policy(worker, settings)),
        claim: claim::claim(worker),
        deployment: deployment::deployment(worker, settings, &config_map.name),
        config_map,
    }
}

/// One child of a worker; `None` for a kind that is not asked for.
#[must_use]
pub fn child(worker: &Worker, settings: &Settings, kind: ChildKind) -> Option<Intent> {
    match kind {
        ChildKind::ConfigMap => Some(config_map::config_map(worker)),
        ChildKind::Service => Some(service::service(worker)),
        ChildKind::NetworkPolicy => settings
            .network_policy
            .then(|| network_policy::network_policy(worker, settings)),
        ChildKind::Claim => claim::claim(worker),
        ChildKind::Deployment => {
            let config_map = config_map::name(worker);
            Some(deployment::deployment(worker, settings, &config_map))
        }
    }
}

/// The first hexadecimal digits of a text's SHA-256.
fn digest(text: &str, digits: usize) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests;
