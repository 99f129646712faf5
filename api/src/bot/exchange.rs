//! Where a bot trades: an account at Hyperliquid, or the model of an exchange.

use serde::{Deserialize, Serialize};

use super::{Dollars, Percent, SecretKeyRef, defaults};

/// Where a bot trades.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exchange {
    /// Needed for Testnet and Live. In Paper only its `baseUrl` is used, for public data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hyperliquid: Option<Hyperliquid>,
    /// The paper account; left out, it is all defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Paper>,
}

impl Exchange {
    /// The paper account, defaults filled in.
    #[must_use]
    pub fn paper(&self) -> Paper {
        self.paper.clone().unwrap_or_default()
    }
}

/// An account at Hyperliquid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hyperliquid {
    /// The account that is traded: `0x` and 40 hexadecimal digits. Never the agent's address. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_address: Option<String>,
    /// The private key of the agent that signs for the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_key_secret_ref: Option<SecretKeyRef>,
    /// A private node or a simulator; left out, it follows `mode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
}

/// The account that a model of the exchange keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Paper {
    /// Where its prices come from.
    pub market: PaperMarket,
    /// What it starts with, USD. Immutable.
    pub starting_balance: Dollars,
    /// Simulated prices are a function of this number.
    pub seed: u64,
    /// What a fill costs.
    pub fees: PaperFees,
    /// How much worse than the best price an order fills that takes liquidity, in basis points.
    pub slippage_bps: u32,
}

impl Default for Paper {
    fn default() -> Self {
        Self {
            market: PaperMarket::default(),
            starting_balance: Dollars(defaults::STARTING_BALANCE),
            seed: defaults::SEED,
            fees: PaperFees::default(),
            slippage_bps: defaults::SLIPPAGE_BPS,
        }
    }
}

/// Where the prices of a paper account come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
pub enum PaperMarket {
    /// Made up from `seed`: no network.
    #[default]
    Simulated,
    /// Hyperliquid's live public data: no key.
    Hyperliquid,
}

/// What a fill costs, in percent of its notional value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PaperFees {
    /// Of an order that takes liquidity.
    pub taker_pct: Percent,
    /// Of an order that rested; a rebate is negative.
    pub maker_pct: Percent,
}

impl Default for PaperFees {
    fn default() -> Self {
        Self {
            taker_pct: Percent(defaults::TAKER_FEE),
            maker_pct: Percent(defaults::MAKER_FEE),
        }
    }
}
