//! What the operator says about a bot. Nothing here changes by itself: an idle bot's status is never written.
//!
//! Every field may be missing, so that a status of an older operator is read, and a part of one can be written.
// kube's derive makes a copy of the struct inside a function, as public as the struct.
#![allow(unreachable_pub)]

use aicoin_domain::{Desired, Hold};
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema;

/// What the operator says about a bot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, kube::KubeSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::finish_status)]
pub struct TradingBotStatus {
    /// The generation of the spec that all of this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The state that the bot is in, in one word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// What is true of it: `Ready`, `Progressing`, `Degraded`, `TradingPaused`, `PositionsClosed`, `SpecValid`,
    /// `ReconciliationPaused`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// What the worker was asked for, and how far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlStatus>,
    /// What is left to close; only while something is being closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Remaining>,
    /// How often the worker was restarted, by itself or on request.
    #[serde(default)]
    pub restarts: u32,
    /// The value of `aicoin.dev/restarted-at` that was carried out last, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_restart_at: Option<String>,
    /// The worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerStatus>,
}

/// The state that a bot is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum State {
    /// Nothing was done for it yet.
    Pending,
    /// Its worker is starting.
    Starting,
    /// It trades.
    Running,
    /// It opens nothing.
    Paused,
    /// It is closing everything.
    Closing,
    /// Everything is closed, and stays closed.
    Closed,
    /// It has no worker.
    Stopped,
    /// Its worker halted after crashes, with its stops in place: a person has to look.
    Halted,
    /// It is being deleted.
    Deleting,
    /// Its spec breaks a rule; its worker is left as it is.
    Invalid,
}

impl State {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Starting => "Starting",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Closing => "Closing",
            Self::Closed => "Closed",
            Self::Stopped => "Stopped",
            Self::Halted => "Halted",
            Self::Deleting => "Deleting",
            Self::Invalid => "Invalid",
        }
    }
}

impl core::fmt::Display for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the worker was asked for, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ControlStatus {
    /// The stronger of the spec and the hold annotation.
    #[serde(default)]
    #[schemars(schema_with = "schema::desired")]
    pub desired: Desired,
    /// The operator's counter of it; written here before the worker hears of it.
    #[serde(default)]
    pub generation: u64,
    /// The highest one that the worker wrote down: from then on it starts nothing against it.
    #[serde(default)]
    pub accepted_generation: u64,
    /// The highest one that became true.
    #[serde(default)]
    pub effective_generation: u64,
    /// The level that is held at the worker itself, by `aicoin-worker ctl`.
    #[serde(default)]
    #[schemars(schema_with = "schema::hold")]
    pub local_hold: Hold,
}

/// What is left to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remaining {
    /// Open positions.
    #[serde(default)]
    pub positions: u32,
    /// Open or unresolved orders.
    #[serde(default)]
    pub orders: u32,
}

impl From<crate::http::Remaining> for Remaining {
    fn from(remaining: crate::http::Remaining) -> Self {
        let crate::http::Remaining { positions, orders } = remaining;
        Self { positions, orders }
    }
}

/// The worker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerStatus {
    /// Its pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_name: Option<String>,
    /// Its image: with `updatePolicy: Pinned` it stays until somebody restarts the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}
