//! What a field that is left out means, with the reason.

use aicoin_domain::{DurationMs, Leverage, Rate, Usd};

use super::{AiPrices, Dollars, Mode, Risk, TradingBotSpec};

/// The namespace that Kubernetes takes when none is written.
pub const NAMESPACE: &str = "default";
/// The cadence: slow enough for a model to answer and for fees not to eat the result, fast enough to watch.
pub const INTERVAL: DurationMs = DurationMs::from_mins(3);

/// What a paper account starts with.
pub const STARTING_BALANCE: Usd = Usd::from_whole(10_000);
/// The seed of simulated prices: fixed, so that two people see the same run.
pub const SEED: u64 = 1;
/// 0.045 %: what Hyperliquid takes of a taker without a discount.
pub const TAKER_FEE: Rate = Rate::from_units(450_000_000);
/// 0.015 %: what Hyperliquid takes of a maker without a discount.
pub const MAKER_FEE: Rate = Rate::from_units(150_000_000);
/// The spread of the model's book is cost enough; more is asked for by whoever trades large sizes.
pub const SLIPPAGE_BPS: u32 = 0;

/// The cheap model of DeepSeek: a moving alias, so the model that answered is written down with every decision.
pub const AI_MODEL: &str = "deepseek-flash";
/// DeepSeek's endpoint.
pub const AI_BASE_URL: &str = "https://api.deepseek.com";
/// The longest that a decision is waited for: what comes later is about another market.
pub const AI_TIMEOUT: DurationMs = DurationMs::from_secs(60);
/// What a day may cost: seven times an uncached day of the default model at the default cadence.
pub const AI_USD_PER_DAY: Usd = Usd::from_whole(5);
/// Twice the calls of the default cadence: room for retries, none for a loop.
pub const AI_CALLS_PER_HOUR: u32 = 40;
/// Twenty decisions of about 150 tokens, and as much again; it bounds what one call can cost.
pub const AI_MAX_OUTPUT_TOKENS: u32 = 6000;

/// The size of an SQLite volume: months of one bot's rows.
pub const SQLITE_SIZE: &str = "1Gi";

/// The deadline of a decision at this cadence: [`AI_TIMEOUT`], or nine tenths of a shorter interval, so that a reply is
/// always in before the next question.
#[must_use]
pub fn ai_timeout(interval: DurationMs) -> DurationMs {
    if interval > AI_TIMEOUT {
        AI_TIMEOUT
    } else {
        DurationMs(interval.0 - interval.0 / 10)
    }
}

/// What a model's tokens cost: DeepSeek's prices at peak hours, the worst case. A model that is not known is taken for
/// the dearest one that is, so that a budget holds rather early than late.
#[must_use]
pub fn ai_prices(model: &str) -> AiPrices {
    // Millionths of a dollar for a million tokens.
    let (input, cached_input, output) = match model {
        "deepseek-flash" | "deepseek-v4-flash" => (300_000, 6_000, 1_200_000),
        _ => (1_320_000, 44_000, 3_960_000),
    };
    let dollars =
        |millionths: i128| Dollars(Usd::from_units(millionths * (Usd::ONE_UNITS / 1_000_000)));
    AiPrices {
        input: dollars(input),
        cached_input: dollars(cached_input),
        output: dollars(output),
    }
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decider {
    /// The deterministic rule.
    Rule,
    /// The model.
    Ai,
}

/// The limits in force. `None` sets no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RiskLimits {
    /// `riskPerTradeBps` as a ratio.
    pub risk_per_trade: Option<Rate>,
    /// `maxLeverage`.
    pub max_leverage: Option<Leverage>,
    /// `maxPositionNotional`.
    pub max_position_notional: Option<Usd>,
    /// `maxTotalNotional`.
    pub max_total_notional: Option<Usd>,
    /// `maxDailyLossPct` as a ratio.
    pub max_daily_loss: Option<Rate>,
    /// `maxDrawdownPct` as a ratio.
    pub max_drawdown: Option<Rate>,
    /// `minConfidence`, 0 to 100.
    pub min_confidence: Option<u8>,
    /// `stopLossPct` as a ratio.
    pub stop_loss: Option<Rate>,
    /// `liquidationBufferPct` as a ratio.
    pub liquidation_buffer: Option<Rate>,
    /// `maxOrdersPerHour`.
    pub max_orders_per_hour: Option<u32>,
    /// `cooldownAfterStop`.
    pub cooldown_after_stop: Option<DurationMs>,
}

impl RiskLimits {
    /// The limits that hold where a model decides or an exchange is real, and the manifest says nothing.
    pub const SAFE: Self = Self {
        // 0.25 %: eight lost trades in a row make the daily loss, forty the drawdown.
        risk_per_trade: Some(Rate::from_bps(25)),
        // The liquidation price stays about half the price away.
        max_leverage: Some(Leverage::new(2)),
        // Small for a first mistake, large against the venue's least order of 10 USD.
        max_position_notional: Some(Usd::from_whole(1_000)),
        // Two full positions: coins fall together, so more markets are not less risk.
        max_total_notional: Some(Usd::from_whole(2_000)),
        // 2 %: one bad day is a pause, not an event.
        max_daily_loss: Some(Rate::from_bps(200)),
        // 10 %: five full bad days, then a person has to look.
        max_drawdown: Some(Rate::from_bps(1_000)),
        // Clearly above a coin flip by the model's own word.
        min_confidence: Some(60),
        // 2 %: outside the noise of minutes; a full position loses 20 USD.
        stop_loss: Some(Rate::from_bps(200)),
        // 15 %: more than the worst minutes of the large coins, so the stop comes before the venue.
        liquidation_buffer: Some(Rate::from_bps(1_500)),
        // One in five minutes on average: a bot gone wild pays fees for twelve orders, then stands still.
        max_orders_per_hour: Some(12),
        // Five candles of the default cadence: what stopped us out is over by then.
        cooldown_after_stop: Some(DurationMs::from_mins(15)),
    };

    /// The limits that are written, and no others: what a backtest takes.
    #[must_use]
    pub fn as_written(risk: &Risk) -> Self {
        Self {
            risk_per_trade: risk
                .risk_per_trade_bps
                .map(|bps| Rate::from_bps(i64::from(bps))),
            max_leverage: risk.max_leverage.map(Leverage::new),
            max_position_notional: risk.max_position_notional.map(|notional| notional.0),
            max_total_notional: risk.max_total_notional.map(|notional| notional.0),
            max_daily_loss: risk.max_daily_loss_pct.map(|percent| percent.0),
            max_drawdown: risk.max_drawdown_pct.map(|percent| percent.0),
            min_confidence: risk
                .min_confidence
                .map(|least| u8::try_from(least).unwrap_or(u8::MAX)),
            stop_loss: risk.stop_loss_pct.map(|percent| percent.0),
            liquidation_buffer: risk.liquidation_buffer_pct.map(|percent| percent.0),
            max_orders_per_hour: risk.max_orders_per_hour,
            cooldown_after_stop: risk.cooldown_after_stop.map(|span| span.0),
        }
    }

    /// These limits, and `other`'s where there is none.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            risk_per_trade: self.risk_per_trade.or(other.risk_per_trade),
            max_leverage: self.max_leverage.or(other.max_leverage),
            max_position_notional: self.max_position_notional.or(other.max_position_notional),
            max_total_notional: self.max_total_notional.or(other.max_total_notional),
            max_daily_loss: self.max_daily_loss.or(other.max_daily_loss),
            max_drawdown: self.max_drawdown.or(other.max_drawdown),
            min_confidence: self.min_confidence.or(other.min_confidence),
            stop_loss: self.stop_loss.or(other.stop_loss),
            liquidation_buffer: self.liquidation_buffer.or(other.liquidation_buffer),
            max_orders_per_hour: self.max_orders_per_hour.or(other.max_orders_per_hour),
            cooldown_after_stop: self.cooldown_after_stop.or(other.cooldown_after_stop),
        }
    }
}

/// The limits of a bot that runs: as written in Paper with a rule, and with [`RiskLimits::SAFE`] in the gaps everywhere
/// else. A backtest takes [`RiskLimits::as_written`] instead.
#[must_use]
pub fn effective_risk(spec: &TradingBotSpec, decider: Decider) -> RiskLimits {
    let written = RiskLimits::as_written(&spec.risk);
    match (spec.mode, decider) {
        (Mode::Paper, Decider::Rule) => written,
        (Mode::Paper, Decider::Ai) | (Mode::Testnet | Mode::Live, _) => {
            written.or(RiskLimits::SAFE)
        }
    }
}
