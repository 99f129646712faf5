//! Actions that an agent may sign, with their fields in the order that is signed.

use aicoin_domain::Cloid;
use serde::{Deserialize, Serialize};

use crate::order::{Grouping, OidOrCloid, OrderWire};

/// An action. What is left out is left out, and never null: the hash tells the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Action {
    /// Places orders.
    Order {
        /// The orders.
        orders: Vec<OrderWire>,
        /// What they have to do with each other.
        grouping: Grouping,
    },
    /// Cancels orders by the venue's numbers.
    Cancel {
        /// Which.
        cancels: Vec<Cancel>,
        /// Fast: for anything but trigger orders. Left out when false.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        f: Option<bool>,
    },
    /// Cancels orders by the client's numbers.
    CancelByCloid {
        /// Which.
        cancels: Vec<CancelByCloid>,
        /// Fast: for anything but trigger orders. Left out when false.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        f: Option<bool>,
    },
    /// Replaces one order.
    Modify {
        /// Which.
        oid: OidOrCloid,
        /// By what.
        order: OrderWire,
        /// Place the new one in any case. Left out when false.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<bool>,
    },
    /// Replaces several orders.
    BatchModify {
        /// Which by what.
        modifies: Vec<Modify>,
        /// Place the new ones in any case. Left out when false.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<bool>,
    },
    /// Sets the leverage of a market.
    UpdateLeverage {
        /// The market's place in `meta`.
        asset: u32,
        /// Cross, not isolated.
        is_cross: bool,
        /// How many times.
        leverage: u32,
    },
    /// Adds to an isolated position's margin, or takes from it.
    UpdateIsolatedMargin {
        /// The market's place in `meta`.
        asset: u32,
        /// Always true.
        is_buy: bool,
        /// Millionths of a USDC; negative takes.
        ntli: i64,
    },
    /// Cancels everything at a time, unless it is set anew before.
    ScheduleCancel {
        /// Milliseconds since the epoch; left out, the schedule is cleared.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<u64>,
    },
    /// Nothing: it uses its nonce up, and with it whatever was signed with the same one.
    Noop,
}

/// Cancels one order by the venue's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// The market's place in `meta`.
    pub a: u32,
    /// The venue's number.
    pub o: u64,
}

/// Cancels one order by the client's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelByCloid {
    /// The market's place in `meta`.
    pub asset: u32,
    /// The client's number.
    pub cloid: Cloid,
}

/// Replaces one order of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modify {
    /// Which.
    pub oid: OidOrCloid,
    /// By what.
    pub order: OrderWire,
}

impl Action {
    /// How many requests of the address's allowance it uses: one for each order or cancel in it.
    #[must_use]
    pub fn requests(&self) -> usize {
        match self {
            Self::Order { orders, .. } => orders.len(),
            Self::Cancel { cancels, .. } => cancels.len(),
            Self::CancelByCloid { cancels, .. } => cancels.len(),
            Self::BatchModify { modifies, .. } => modifies.len(),
            Self::Modify { .. }
            | Self::UpdateLeverage { .. }
            | Self::UpdateIsolatedMargin { .. }
            | Self::ScheduleCancel { .. }
            | Self::Noop => 1,
        }
    }
}
