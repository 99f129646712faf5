//! What a seed draws before it begins: a bot, its markets and limits, and how fast time goes.

use aicoin_core::{AiConfig, BotConfig, MarketConfig, Policy, RiskConfig, RuleConfig, Timing};
use aicoin_domain::{DurationMs, Leverage, MarginTiers, MarketRules, Price, Rate, Usd};

use crate::dice::Dice;

/// The taker fee of every account.
pub(crate) fn taker_fee() -> Rate {
    Rate::from_units(Rate::from_bps(1).units() / 100 * 450)
}

/// The maker fee of every account.
pub(crate) fn maker_fee() -> Rate {
    Rate::from_units(Rate::from_bps(1).units() / 100 * 150)
}

/// A market that a bot may have: name, decimals of a size, first price, highest leverage, isolated margin only.
const MARKETS: [(&str, u8, i64, u32, bool); 3] = [
    ("BTC", 5, 50_000, 40, false),
    ("ETH", 4, 3_000, 25, false),
    ("SOL", 2, 150, 10, true),
];

/// The market that only somebody else trades.
pub(crate) const FOREIGN_MARKET: &str = "DOGE";

/// What a seed draws before it begins.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) config: BotConfig,
    /// The first price of each market; one more than the bot has.
    pub(crate) prices: Vec<Price>,
    /// The exchange's markets, in the same order.
    pub(crate) rules: Vec<MarketRules>,
    /// The pause between two prices, ms.
    pub(crate) tick_ms: i64,
    /// How far a price goes in one tick at most, in millionths.
    pub(crate) step_ppm: i64,
    /// How long the faults go on, ms.
    pub(crate) storm_ms: i64,
    /// A commit takes up to this, ms.
    pub(crate) commit_ms: i64,
    /// A message takes up to this, ms.
    pub(crate) network_ms: i64,
}

fn rules(sz_decimals: u8, leverage: u32, only_isolated: bool) -> MarketRules {
    MarketRules {
        sz_decimals,
        tiers: MarginTiers::flat(Leverage::new(leverage)),
        only_isolated,
    }
}

impl Plan {
    pub(crate) fn draw(dice: &mut Dice, is_over_budget: bool, may_be_reckless: bool) -> Self {
        let count = match dice.below(10) {
            0..4 => 1,
            4..9 => 2,
            _ => 3,
        };
        let from = dice.below(MARKETS.len() as u64);
        let from = usize::try_from(from).unwrap_or(0);
        let drawn = MARKETS.iter().cycle().skip(from).take(count);
        let mut markets = Vec::new();
        let (mut all, mut prices) = (Vec::new(), Vec::new());
        for (name, decimals, price, leverage, only_isolated) in drawn {
            let rules = rules(*decimals, *leverage, *only_isolated);
            markets.push(MarketConfig {
                name: (*name).to_owned(),
                rules,
                retired: false,
            });
            all.push(rules);
            prices.push(Price::from_whole(*price));
        }
        all.push(rules(0, 10, false));
        prices.push(Price::from_whole(2));
        let is_reckless = may_be_reckless && dice.percent(10);
        let config = BotConfig {
            uid: u128::from(dice.roll()),
            spec_generation: 1,
            markets,
            interval: DurationMs::from_secs(dice.pick(&[60, 90, 180])),
            policy: draw_policy(dice, is_over_budget, is_reckless),
            risk: draw_risk(dice, is_reckless),
            timing: Timing {
                snapshot_every: dice.percent(50).then_some(DurationMs::from_secs(300)),
                ..Timing::LIVE
            },
            max_slippage: Rate::from_bps(500),
            taker_fee: taker_fee(),
            attach_stops: dice.percent(50),
        };
        Self {
            config,
            prices,
            rules: all,
            tick_ms: dice.between(4_500, 8_500),
            step_ppm: dice.pick(&[150, 400, 900]),
            storm_ms: dice.between(4 * 3_600_000, 8 * 3_600_000),
            commit_ms: dice.pick(&[0, 15, 60, 400]),
            network_ms: dice.pick(&[20, 80, 300]),
        }
    }
}

fn draw_policy(dice: &mut Dice, is_over_budget: bool, is_reckless: bool) -> Policy {
    if is_over_budget || (dice.percent(50) && !is_reckless) {
        return Policy::Ai(AiConfig {
            timeout: DurationMs::from_secs(dice.pick(&[20, 40])),
            usd_per_day: if is_over_budget {
                "0.3".parse().unwrap_or(Usd::ZERO)
            } else {
                Usd::from_whole(50)
            },
            calls_per_hour: if is_over_budget { 12 } else { 60 },
            worst_case_cost: Usd::from_units(Usd::ONE_UNITS / 50),
        });
    }
    let fast = u32::try_from(dice.between(2, 3)).unwrap_or(2);
    let notional = if is_reckless {
        dice.pick(&[150_000, 250_000])
    } else {
        dice.pick(&[5, 400, 1_500, 3_000])
    };
    Policy::Rule(RuleConfig::EmaCross {
        fast,
        slow: fast + u32::try_from(dice.between(1, 3)).unwrap_or(1),
        notional: Usd::from_whole(notional),
    })
}

fn draw_risk(dice: &mut Dice, is_reckless: bool) -> RiskConfig {
    if is_reckless {
        return RiskConfig::UNLIMITED;
    }
    let mut maybe = |chance: u64, all: &[i64]| dice.percent(chance).then(|| dice.pick(all));
    let usd = |whole: Option<i64>| whole.map(|whole| Usd::from_whole(i128::from(whole)));
    let bps = |bps: Option<i64>| bps.map(Rate::from_bps);
    RiskConfig {
        risk_per_trade: bps(maybe(80, &[30, 60])),
        max_leverage: maybe(60, &[1, 3])
            .and_then(|times| u32::try_from(times).ok())
            .map(Leverage::new),
        max_position_notional: usd(maybe(50, &[12, 1_000, 2_000, 4_000])),
        max_total_notional: usd(maybe(60, &[600, 2_000, 3_500, 5_000])),
        max_daily_loss: bps(maybe(30, &[20, 100, 300])),
        max_drawdown: bps(maybe(20, &[30, 200, 500])),
        min_confidence: maybe(70, &[50, 65]).and_then(|least| u8::try_from(least).ok()),
        stop_loss: bps(maybe(85, &[30, 80, 200])),
        liquidation_buffer: bps(maybe(40, &[1_500, 4_000, 9_000])),
        max_orders_per_hour: maybe(50, &[3, 12, 40]).and_then(|most| u32::try_from(most).ok()),
        cooldown_after_stop: maybe(40, &[5, 15]).map(DurationMs::from_mins),
    }
}
