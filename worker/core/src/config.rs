//! Everything that a bot is told once, when it is made: the validated, resolved form of a manifest.
//!
//! Deliberately not the manifest itself: defaults are filled in, names are resolved to markets, percentages are ratios.

use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{DurationMs, Leverage, MarketRules, Rate, Usd};
use serde::{Deserialize, Serialize};

/// A bot's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BotConfig {
    /// The bot's own id: it makes client order ids differ between bots.
    pub uid: u128,
    /// The generation of the manifest that this was made of.
    pub spec_generation: i64,
    /// The markets, in the order of their [`aicoin_domain::MarketId`].
    pub markets: Vec<MarketConfig>,
    /// The cadence of decisions and the candle that a rule sees.
    pub interval: DurationMs,
    /// Who decides.
    pub policy: Policy,
    /// The hard limits.
    pub risk: RiskConfig,
    /// Deadlines and periods.
    pub timing: Timing,
    /// How far from the mark price a market-like order may fill.
    pub max_slippage: Rate,
    /// The taker fee, for checks that are net of fees.
    pub taker_fee: Rate,
    /// The venue takes an entry and its stop in one action: no position is without a stop even for a moment, unless the
    /// entry fills in part only.
    #[serde(default)]
    pub attach_stops: bool,
}

/// One market of a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketConfig {
    /// The venue's name of the coin.
    pub name: String,
    /// The venue's rules.
    pub rules: MarketRules,
    /// Taken out of the manifest: opens nothing more, keeps its stop and exits until it is flat.
    pub retired: bool,
}

/// Who decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Policy {
    /// A deterministic rule on closed candles.
    Rule(RuleConfig),
    /// A model that is asked at every closed candle.
    Ai(AiConfig),
}

/// The deterministic rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RuleConfig {
    /// Long while the fast average is above the slow one, short while it is below.
    EmaCross {
        /// The fast average's length in candles, at least 1.
        fast: u32,
        /// The slow average's length in candles, above `fast`.
        slow: u32,
        /// The notional value of a position when it is opened.
        notional: Usd,
    },
}

/// Limits of the conversation with a model. Where it is and what it costs is the shell's business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AiConfig {
    /// The deadline of one decision, all tries together.
    pub timeout: DurationMs,
    /// What may be spent per UTC day.
    pub usd_per_day: Usd,
    /// How many calls may start within an hour.
    pub calls_per_hour: u32,
    /// What one call costs at its worst: reserved before it, settled after it.
    pub worst_case_cost: Usd,
}

/// The hard limits. `None` sets no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskConfig {
    /// The most of the equity that one AI decision may lose at its stop.
    pub risk_per_trade: Option<Rate>,
    /// The most notional value against equity, all positions together.
    pub max_leverage: Option<Leverage>,
    /// The most notional value in one market.
    pub max_position_notional: Option<Usd>,
    /// The most notional value in all markets.
    pub max_total_notional: Option<Usd>,
    /// The loss since the start of the UTC day at which nothing more opens until the next day.
    pub max_daily_loss: Option<Rate>,
    /// The loss since the highest equity at which nothing more opens until somebody resolves it.
    pub max_drawdown: Option<Rate>,
    /// The least confidence (0 to 100) of an AI decision that opens.
    pub min_confidence: Option<u8>,
    /// The stop of a rule's position, as a distance from its entry.
    pub stop_loss: Option<Rate>,
    /// The least distance between the price and the liquidation price.
    pub liquidation_buffer: Option<Rate>,
    /// How many opening orders may be sent within an hour.
    pub max_orders_per_hour: Option<u32>,
    /// How long a market stays closed for openings after a stop was hit.
    pub cooldown_after_stop: Option<DurationMs>,
}

impl RiskConfig {
    /// No limit at all: the backtest of a rule without a `risk` section.
    pub const UNLIMITED: Self = Self {
        risk_per_trade: None,
        max_leverage: None,
        max_position_notional: None,
        max_total_notional: None,
        max_daily_loss: None,
        max_drawdown: None,
        min_confidence: None,
        stop_loss: None,
        liquidation_buffer: None,
        max_orders_per_hour: None,
        cooldown_after_stop: None,
    };

    /// The leverage that a market is set to at the venue: the lower of this bot's limit and the venue's.
    #[must_use]
    pub fn leverage_in(&self, rules: &MarketRules) -> Leverage {
        let most = rules.max_leverage();
        self.max_leverage.map_or(most, |own| own.min(most))
    }
}

/// Deadlines and periods, all in one place. Reasons stand beside the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// After this an order that has not arrived is refused by the venue (`expiresAfter`).
    pub order_expiry: DurationMs,
    /// How far our clock and the venue's may differ.
    pub clock_skew: DurationMs,
    /// How long an order may wait for its answer before it counts as unknown.
    pub answer_timeout: DurationMs,
    /// How often an unknown order is asked after.
    pub lookup_every: DurationMs,
    /// How long a position may be without its resting stop before it is flattened.
    pub protect_within: DurationMs,
    /// Market data older than this opens nothing.
    pub stale_after: DurationMs,
    /// How often the account is read from the venue and compared; `None` never (a file has nothing to read).
    pub reconcile_every: Option<DurationMs>,
    /// How often the account's equity is written down; `None` never.
    pub snapshot_every: Option<DurationMs>,
}

impl Timing {
    /// A live or simulated venue.
    pub const LIVE: Self = Self {
        // Expiry plus skew bounds recovery after a crash: it must stay well under 15 s.
        order_expiry: DurationMs::from_secs(8),
        clock_skew: DurationMs::from_secs(2),
        answer_timeout: DurationMs::from_secs(5),
        lookup_every: DurationMs::from_secs(1),
        protect_within: DurationMs::from_secs(10),
        stale_after: DurationMs::from_secs(10),
        reconcile_every: Some(DurationMs::from_secs(15)),
        snapshot_every: Some(DurationMs::from_secs(60)),
    };

    /// A candle file: every answer comes at once, nothing is ever stale, nothing is written down.
    pub const BACKTEST: Self = Self {
        stale_after: DurationMs(i64::MAX),
        reconcile_every: None,
        snapshot_every: None,
        ..Self::LIVE
    };
}
