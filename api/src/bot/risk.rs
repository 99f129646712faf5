//! The hard limits as they are written. What a limit that is left out means stands in `defaults`.

use serde::{Deserialize, Serialize};

use super::{Dollars, Percent, Span};

/// The hard limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "crd", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Risk {
    /// The most of the equity that one AI decision may lose at its stop, in basis points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_per_trade_bps: Option<u32>,
    /// The most notional value against equity, all positions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_leverage: Option<u32>,
    /// The most notional value in one market, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_position_notional: Option<Dollars>,
    /// The most notional value in all markets, USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_total_notional: Option<Dollars>,
    /// The loss since 00:00 UTC at which nothing more opens until the next day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_daily_loss_pct: Option<Percent>,
    /// The loss since the highest equity at which nothing more opens until somebody resolves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_drawdown_pct: Option<Percent>,
    /// The least confidence, 0 to 100, of an AI decision that opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_confidence: Option<u32>,
    /// The stop of a rule's position, as a distance from its entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_loss_pct: Option<Percent>,
    /// The least distance between the price and the liquidation price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liquidation_buffer_pct: Option<Percent>,
    /// How many opening orders may be sent within an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_orders_per_hour: Option<u32>,
    /// How long a market stays closed for openings after a stop was hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_after_stop: Option<Span>,
}
