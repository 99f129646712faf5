//! Who an address is and what it may do.

use aicoin_domain::TimeMs;
use aicoin_hyperliquid::Address;
use serde::Deserialize;

use super::number::{Exact, Rough};

/// The answer to `userRole`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleWire {
    pub(crate) role: String,
    data: Option<RoleData>,
}

#[derive(Clone, Debug, Deserialize)]
struct RoleData {
    user: Option<Address>,
    master: Option<Address>,
}

impl RoleWire {
    /// Whose agent or sub-account it is.
    pub(crate) fn master(&self) -> Option<Address> {
        let data = self.data.as_ref()?;
        data.master.or(data.user)
    }
}

/// One entry of `extraAgents`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentWire {
    pub(crate) address: Address,
    valid_until: Option<Exact<i64>>,
}

impl AgentWire {
    /// When its approval ends.
    pub(crate) fn valid_until(&self) -> Option<TimeMs> {
        self.valid_until.map(|time| TimeMs(time.0))
    }
}

/// The part of `vaultDetails` that is needed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct VaultWire {
    pub(crate) leader: Address,
}

/// The answer to `exchangeStatus`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StatusWire {
    pub(crate) time: Exact<i64>,
}

/// The answer to `userRateLimit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RateLimitWire {
    n_requests_used: Exact<i64>,
    n_requests_cap: Exact<i64>,
    /// Bought beside the allowance; missing in old records.
    n_requests_surplus: Option<Exact<i64>>,
}

impl RateLimitWire {
    /// Requests that are left; below zero when more were made than allowed.
    pub(crate) fn left(&self) -> i64 {
        let surplus = self
            .n_requests_surplus
            .map_or(0, |surplus| surplus.0.max(0));
        self.n_requests_cap
            .0
            .saturating_add(surplus)
            .saturating_sub(self.n_requests_used.0)
    }
}

/// Whether a position's margin is the whole account or its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MarginMode {
    Cross,
    Isolated,
}

/// The part of `activeAssetData` that is needed: it is there without a position, too.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LeverageWire {
    leverage: LeverageData,
}

#[derive(Clone, Debug, Deserialize)]
struct LeverageData {
    #[serde(rename = "type")]
    mode: MarginMode,
    value: Exact<u32>,
}

impl LeverageWire {
    /// Whether this is what is set.
    pub(crate) fn is(&self, mode: MarginMode, times: u32) -> bool {
        self.leverage.mode == mode && self.leverage.value.0 == times
    }
}

/// A funding payment, in streams.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FundingWire {
    pub(crate) time: Exact<i64>,
    pub(crate) coin: String,
    /// Received; negative is paid.
    pub(crate) usdc: Rough<aicoin_domain::Usd>,
}
