//! The spec of a bot: the sections of the manifest, and the words at its top.

use aicoin_domain::Desired;
use serde::{Deserialize, Serialize};

use super::{Cache, Decision, Exchange, Risk, Storage, Worker};

/// What a bot should be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TradingBotSpec {
    /// The state that it should be in.
    #[serde(default)]
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
pub enum DeletionPolicy {
    /// Every position is flattened and every order cancelled before the resource goes.
    #[default]
    CloseAll,
    /// Positions, stops and orders stay at the exchange as they are.
    Retain,
}
