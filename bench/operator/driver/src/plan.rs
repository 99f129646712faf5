//! What to measure: written by `../run`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::Result;

/// One contender and the load.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What the contender is called.
    pub contender: String,
    /// Its command. `{kubeconfig}`, `{metrics}` (host:port), `{worker}` (URL) and `{key}` (file) are filled in.
    pub command: Vec<String>,
    /// Its environment, filled in as well.
    pub environment: BTreeMap<String, String>,
    /// The gauge in its `/metrics` that counts the bots it has handled since it started.
    pub gauge: String,
    /// It sends controls to workers.
    pub controls_workers: bool,
    /// How many bots.
    pub bots: usize,
    /// The file of the custom resource definition.
    pub crd: PathBuf,
    /// The spec of every bot.
    pub spec: serde_json::Value,
    /// How long nothing is done, s.
    pub idle_s: u64,
    /// How many patches.
    pub patches: usize,
    /// One patch each so many milliseconds.
    pub patch_every_ms: u64,
    /// A folder for the run's own files, which exists.
    pub folder: PathBuf,
    /// Where the contender's output goes.
    pub log: PathBuf,
}

impl Plan {
    /// Reads it.
    pub fn read(path: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("The plan {path} cannot be read: {error}."))?;
        serde_json::from_str(&text)
            .map_err(|error| format!("The plan {path} is not valid: {error}."))
    }

    /// How long the contender may take for all bots before it is given up.
    pub fn patience(&self) -> std::time::Duration {
        std::time::Duration::from_secs(120 + self.bots as u64 / 10)
    }
}
