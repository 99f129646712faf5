//! What the operator was started with, as far as it decides what children look like.

use std::path::PathBuf;

use serde_json::Value;

/// Settings of the children.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The image of workers that name none.
    pub default_image: String,
    /// Each bot gets a NetworkPolicy.
    pub network_policy: bool,
    /// Live bots may trade.
    pub allow_live: bool,
    /// More egress rules for workers, as NetworkPolicy writes them.
    pub extra_egress: Vec<Value>,
    /// More certificate authorities for workers: a file of PEM certificates.
    pub extra_ca_file: Option<PathBuf>,
    /// Workers are called here instead of at their pods: for benchmarks.
    pub worker_url: Option<String>,
}
