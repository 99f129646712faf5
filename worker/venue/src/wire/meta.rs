//! The venue's list of perpetuals: `meta`.

use aicoin_domain::{Leverage, Usd};
use serde::Deserialize;

use super::number::Exact;

/// The answer to `meta`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetaWire {
    pub(crate) universe: Vec<AssetWire>,
    /// Missing in old records.
    #[serde(default)]
    pub(crate) margin_tables: Vec<(Exact<u32>, MarginTableWire)>,
}

/// One perpetual. Its place in the list is its number.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssetWire {
    pub(crate) name: String,
    pub(crate) sz_decimals: Exact<u8>,
    pub(crate) max_leverage: Exact<u32>,
    pub(crate) margin_table_id: Option<Exact<u32>>,
    pub(crate) only_isolated: Option<bool>,
    pub(crate) is_delisted: Option<bool>,
    pub(crate) margin_mode: Option<String>,
}

/// Leverage by the size of a position.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarginTableWire {
    pub(crate) margin_tiers: Vec<MarginTierWire>,
}

/// One step of it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MarginTierWire {
    lower_bound: Exact<Usd>,
    max_leverage: Exact<u32>,
}

impl MarginTierWire {
    pub(crate) fn lower_bound(&self) -> Usd {
        self.lower_bound.0
    }

    pub(crate) fn max_leverage(&self) -> Leverage {
        Leverage::new(self.max_leverage.0)
    }
}
