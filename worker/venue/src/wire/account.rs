//! The account: `clearinghouseState`.

use aicoin_core::PositionTruth;
use aicoin_domain::{MarketId, Price, Size, TimeMs, Usd};
use serde::Deserialize;

use super::coin::is_perp;
use super::number::{Exact, Rough};

/// The account of the main exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountWire {
    asset_positions: Vec<PositionEntry>,
    /// Missing in old records.
    margin_summary: Option<MarginSummary>,
    cross_margin_summary: Option<MarginSummary>,
    time: Option<Exact<i64>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MarginSummary {
    account_value: Exact<Usd>,
}

#[derive(Clone, Debug, Deserialize)]
struct PositionEntry {
    position: PositionWire,
}

/// A position.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PositionWire {
    pub(crate) coin: String,
    szi: Exact<Size>,
    entry_px: Option<Rough<Price>>,
    position_value: Option<Exact<Usd>>,
    unrealized_pnl: Option<Exact<Usd>>,
    liquidation_px: Option<Rough<Price>>,
}

impl AccountWire {
    /// The venue's time of this state; `None` in old records.
    pub(crate) fn time(&self) -> Option<TimeMs> {
        self.time.map(|time| TimeMs(time.0))
    }

    /// The positions, those of the main exchange that are not flat.
    pub(crate) fn positions(&self) -> impl Iterator<Item = &PositionWire> {
        self.asset_positions
            .iter()
            .map(|entry| &entry.position)
            .filter(|position| is_perp(&position.coin) && !position.szi.0.is_zero())
    }

    /// The account's value without the unrealised profit of its positions; `None` when the value is not said.
    pub(crate) fn cash(&self) -> Option<Usd> {
        let summary = self
            .margin_summary
            .as_ref()
            .or(self.cross_margin_summary.as_ref())?;
        let unrealised: Usd = self.positions().map(PositionWire::unrealised).sum();
        Some(summary.account_value.0 - unrealised)
    }
}

impl PositionWire {
    fn unrealised(&self) -> Usd {
        self.unrealized_pnl.map_or(Usd::ZERO, |pnl| pnl.0)
    }

    /// What it cost, signed. From its value and profit, which have more digits than the average entry price.
    fn cost(&self) -> Usd {
        match (self.position_value, self.entry_px) {
            (Some(Exact(value)), _) if self.unrealized_pnl.is_some() => {
                let signed = if self.szi.0.is_negative() {
                    -value.abs()
                } else {
                    value.abs()
                };
                signed - self.unrealised()
            }
            (_, Some(Rough(entry))) => entry.notional(self.szi.0),
            (_, None) => Usd::ZERO,
        }
    }

    pub(crate) fn to_truth(&self, market: MarketId) -> PositionTruth {
        PositionTruth {
            market,
            size: self.szi.0,
            cost: self.cost(),
            liquidation_price: self.liquidation_px.map(|price| price.0),
        }
    }
}
