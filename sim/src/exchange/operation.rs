//! The actions that are known, with what they need. What an action has beyond that is signed and otherwise left alone.

use aicoin_hyperliquid::{Address, Cancel, CancelByCloid, Grouping, Modify, OidOrCloid, OrderWire};
use serde::Deserialize;
use serde_json::Value;

/// Taken, and without any meaning here.
const TAKEN: [&str; 7] = [
    "noop",
    "setReferrer",
    "registerReferrer",
    "approveBuilderFee",
    "evmUserModify",
    "setDisplayName",
    "claimRewards",
];
/// Known, and refused: there is nothing of that kind here.
const NOT_SIMULATED: [&str; 13] = [
    "twapOrder",
    "twapCancel",
    "createVault",
    "tokenDelegate",
    "cDeposit",
    "cWithdraw",
    "convertToMultiSigUser",
    "multiSig",
    "spotDeploy",
    "perpDeploy",
    "gossipPriorityBid",
    "CSignerAction",
    "CValidatorAction",
];

/// What is done.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Trade(Trade),
    Money(Money),
    /// Nothing, and that is well.
    Taken,
    /// Nothing, and the client is told.
    NotSimulated,
}

/// What is done with orders and margin.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Trade {
    Order {
        orders: Vec<OrderWire>,
        grouping: GroupingWire,
    },
    Cancel {
        cancels: Vec<Cancel>,
        f: Option<bool>,
    },
    CancelByCloid {
        cancels: Vec<CancelByCloid>,
        f: Option<bool>,
    },
    Modify {
        oid: OidOrCloid,
        order: OrderWire,
        a: Option<bool>,
    },
    BatchModify {
        modifies: Vec<Modify>,
        a: Option<bool>,
    },
    UpdateLeverage {
        asset: u32,
        is_cross: bool,
        leverage: u32,
    },
    UpdateIsolatedMargin {
        asset: u32,
        ntli: i64,
    },
    TopUpIsolatedOnlyMargin {
        asset: u32,
        leverage: String,
    },
    ScheduleCancel {
        time: Option<i64>,
    },
    ReserveRequestWeight {
        weight: u32,
    },
    ApproveAgent {
        agent_address: Address,
        agent_name: Option<String>,
    },
}

/// What is done with money and accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Money {
    CreateSubAccount {
        name: String,
    },
    SubAccountModify {
        sub_account_user: Address,
        name: String,
    },
    SubAccountTransfer {
        sub_account_user: Address,
        is_deposit: bool,
        usd: u64,
    },
    SubAccountSpotTransfer {
        sub_account_user: Address,
        is_deposit: bool,
        token: String,
        amount: String,
    },
    VaultTransfer {
        vault_address: Address,
    },
    UsdSend {
        destination: Address,
        amount: String,
    },
    SpotSend {
        destination: Address,
        token: String,
        amount: String,
    },
    Withdraw3 {
        amount: String,
    },
    UsdClassTransfer {
        amount: String,
        to_perp: bool,
    },
    SendAsset {
        destination: Address,
        source_dex: String,
        destination_dex: String,
        token: String,
        amount: String,
        from_sub_account: String,
    },
    AgentSendAsset {
        destination: Address,
        source_dex: String,
        destination_dex: String,
        token: String,
        amount: String,
    },
    UserSetAbstraction {
        user: Address,
        abstraction: String,
    },
    AgentSetAbstraction {
        abstraction: String,
    },
    UserDexAbstraction {
        user: Address,
        enabled: bool,
    },
    AgentEnableDexAbstraction {},
}

/// How orders belong together; a priority fee is paid and has no other meaning.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum GroupingWire {
    Word(Grouping),
    Priority { p: u64 },
}

impl Operation {
    /// Reads an action of that kind; `None` when it is none.
    pub(super) fn read(kind: &str, action: &Value) -> Option<Self> {
        if TAKEN.contains(&kind) {
            return Some(Self::Taken);
        }
        if NOT_SIMULATED.contains(&kind) {
            return Some(Self::NotSimulated);
        }
        let trade = Trade::deserialize(action).map(Self::Trade);
        trade
            .or_else(|_| Money::deserialize(action).map(Self::Money))
            .ok()
    }

    /// How many requests it counts as, of the address's allowance.
    pub(super) fn requests(&self) -> usize {
        let count = match self {
            Self::Trade(Trade::Order { orders, .. }) => orders.len(),
            Self::Trade(Trade::Cancel { cancels, .. }) => cancels.len(),
            Self::Trade(Trade::CancelByCloid { cancels, .. }) => cancels.len(),
            Self::Trade(Trade::BatchModify { modifies, .. }) => modifies.len(),
            Self::Trade(_) | Self::Money(_) | Self::Taken | Self::NotSimulated => 1,
        };
        count.max(1)
    }

    /// Cancels have a higher limit.
    pub(super) const fn is_cancel(&self) -> bool {
        matches!(
            self,
            Self::Trade(Trade::Cancel { .. } | Trade::CancelByCloid { .. })
        )
    }
}
