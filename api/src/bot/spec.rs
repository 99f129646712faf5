//! The spec of a bot: the sections of the manifest, and the words at its top.
// kube's derive makes a copy of the struct inside a function, as public as the struct.
#![cfg_attr(feature = "crd", allow(unreachable_pub))]
// Every print column has a `name` and a `type_`.
#![allow(clippy::duplicated_attributes)]

use aicoin_domain::Desired;
use serde::{Deserialize, Serialize};

use super::{Cache, Decision, Exchange, Risk, Storage, Worker};

/// What a bot should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "crd",
    derive(kube::CustomResource, kube::KubeSchema),
    kube(
        group = "aicoin.dev",
        version = "v1alpha1",
        kind = "TradingBot",
        namespaced,
        shortname = "tb",
        doc = "One trading bot: the markets it may trade, who decides, and the limits it cannot pass.",
        status = "crate::crd::TradingBotStatus",
        derive = "PartialEq",
        cel,
        validation = crate::crd::name_rules()[0].clone(),
        validation = crate::crd::name_rules()[1].clone(),
        printcolumn(name = "Desired", type_ = "string", json_path = ".spec.desiredState", description = "The state asked for."),
        printcolumn(name = "State", type_ = "string", json_path = ".status.state", description = "The state it is in."),
        printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "The pod is ready, and the state asked for is in force."),
        printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason", description = "Why it is ready, or not."),
        printcolumn(name = "Restarts", type_ = "integer", json_path = ".status.restarts", description = "How often the worker was restarted."),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
        printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode", priority = 1, description = "Whose money it trades."),
        printcolumn(name = "Hold", type_ = "string", json_path = ".metadata.annotations.aicoin\\.dev/hold", priority = 1, description = "The hold annotation."),
        printcolumn(name = "Accepted", type_ = "integer", json_path = ".status.control.acceptedGeneration", priority = 1, description = "The last control that the worker accepted."),
        printcolumn(name = "Effective", type_ = "integer", json_path = ".status.control.effectiveGeneration", priority = 1, description = "The last control that became true."),
        printcolumn(name = "Worker", type_ = "string", json_path = ".status.worker.image", priority = 1, description = "The image of the worker."),
    ),
    schemars(transform = crate::crd::schema::finish_spec)
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TradingBotSpec {
    /// The state that it should be in.
    #[serde(default)]
    #[cfg_attr(feature = "crd", schemars(schema_with = "crate::crd::schema::desired"))]
    pub desired_state: Desired,
    /// Whose money it trades. Immutable.
    #[serde(default)]
    pub mode: Mode,
    /// "I know that this can lose my money": `Live` asks for it.
    #[serde(default)]
    pub acknowledge_risk: bool,
    /// The coins of the perpetuals that it may trade.
    pub markets: Vec<String>,
    /// Where it trades.
    #[serde(default)]
    pub exchange: Exchange,
    /// Who decides, and how often.
    pub decision: Decision,
    /// The hard limits.
    #[serde(default)]
    pub risk: Risk,
    /// Where it writes everything down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage>,
    /// A cache that others may read; nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<Cache>,
    /// What becomes of its positions when the resource is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
    /// The pod that runs it.
    #[serde(default)]
    pub worker: Worker,
}

/// Whose money a bot trades.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum Mode {
    /// Nobody's: a model of the exchange fills the orders.
    #[default]
    Paper,
    /// Hyperliquid's test network: real orders, worthless money.
    Testnet,
    /// Hyperliquid's main network: real orders, real money.
    Live,
}

impl Mode {
    /// The word in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "Paper",
            Self::Testnet => "Testnet",
            Self::Live => "Live",
        }
    }
}

impl core::fmt::Display for Mode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What becomes of the positions when the resource is deleted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum DeletionPolicy {
    /// Every position is flattened and every order cancelled before the resource goes.
    #[default]
    CloseAll,
    /// Positions, stops and orders stay at the exchange as they are.
    Retain,
}
