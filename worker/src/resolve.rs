//! From a manifest to what the core and the paper exchange are made with: names become markets, gaps become defaults.

use aicoin_api::bot::defaults::{Decider, RiskLimits, effective_risk};
use aicoin_api::bot::{Mode, PaperMarket, TradingBot};
use aicoin_core::{AiConfig, BotConfig, MarketConfig, Policy, RiskConfig, RuleConfig, Timing};
use aicoin_domain::{Leverage, MarginTiers, MarketRules, Rate, Usd};
use aicoin_paper::{ExchangeConfig, Fees};
use sha2::{Digest, Sha256};

use crate::fault::Fault;

/// How far from the middle a market-like order of a live bot may fill: what the venue's own clients use.
const MAX_SLIPPAGE_LIVE: Rate = Rate::from_bps(500);
/// In a backtest a fill is at the price as written, whatever `slippageBps` makes of it: the limit must never bite. The
/// venue refuses limits 80 % away.
const MAX_SLIPPAGE_BACKTEST: Rate = Rate::from_bps(2_000);

/// Which shell the core is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// Simulated market, running time.
    Local,
    /// Candles of a file.
    Backtest,
}

/// The rules of the named markets; a market that the built-in listing lacks is refused.
pub(crate) fn market_rules(names: &[String]) -> Result<Vec<MarketRules>, Fault> {
    names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            aicoin_paper::find(name).map(|listed| listed.rules).ok_or_else(|| {
                let known: Vec<&str> = aicoin_paper::names().collect();
                Fault::usage(format!(
                    "spec.markets[{index}]: there is no market {name:?} in the simulated listing; choose from {}.",
                    known.join(", ")
                ))
            })
        })
        .collect()
}

/// Whether the market is made up in this process.
pub(crate) fn is_simulated(bot: &TradingBot) -> bool {
    bot.spec.mode == Mode::Paper && bot.spec.exchange.paper().market == PaperMarket::Simulated
}

/// Rules that hold until the venue has told its own: nothing is opened before.
const ASSUMED_RULES: MarketRules = MarketRules {
    sz_decimals: 0,
    tiers: MarginTiers::flat(Leverage::new(1)),
    only_isolated: false,
};

/// The rules that a bot begins with.
fn first_rules(bot: &TradingBot, names: &[String]) -> Result<Vec<MarketRules>, Fault> {
    if is_simulated(bot) {
        return market_rules(names);
    }
    let listed = |name: &String| aicoin_paper::find(name).map(|listed| listed.rules);
    Ok(names
        .iter()
        .map(|name| listed(name).unwrap_or(ASSUMED_RULES))
        .collect())
}

/// What may be run here: a market that there is, at a speed that it can have, and Live with its third yes only.
pub(crate) fn check_venue(bot: &TradingBot, speed: f64, allow_live: bool) -> Result<(), Fault> {
    if is_simulated(bot) {
        return market_rules(&bot.spec.markets).map(|_| ());
    }
    if bot.spec.mode == Mode::Live && !allow_live {
        return Err(Fault::usage(
            "spec.mode: Live trades real money and asks for a third yes beside mode and acknowledgeRisk: --allow-live here, \
             allowLive in the chart's values in a cluster. Nothing was sent anywhere.",
        ));
    }
    #[expect(clippy::float_cmp, reason = "1 means real time and is written as 1")]
    let is_real_time = speed == 1.0;
    let has_own_address = bot
        .spec
        .exchange
        .hyperliquid
        .as_ref()
        .is_some_and(|hyperliquid| hyperliquid.base_url.is_some());
    let may_be_simulator = bot.spec.mode == Mode::Testnet && has_own_address;
    if is_real_time || may_be_simulator {
        return Ok(());
    }
    Err(Fault::usage(
        "--speed (AICOIN_SPEED) is for a simulated market, or for mode Testnet with the baseUrl of a simulator that runs as \
         fast: real markets take their time.",
    ))
}

/// The core's configuration. `names` are all markets that the process knows, in the order of their ids; those that the
/// manifest lacks are retired.
pub(crate) fn bot_config(
    bot: &TradingBot,
    names: &[String],
    decider: Decider,
    ai_worst_case: Usd,
    shell: Shell,
) -> Result<BotConfig, Fault> {
    let spec = &bot.spec;
    let rules = first_rules(bot, names)?;
    let markets = names.iter().zip(&rules).map(|(name, rules)| MarketConfig {
        name: name.clone(),
        rules: *rules,
        retired: !spec.markets.contains(name),
    });
    let interval = spec.decision.interval.0;
    let policy = match decider {
        Decider::Rule => {
            let cross = spec.decision.ema_cross().ok_or_else(|| {
                Fault::usage(
                    "spec.decision.rule: there is no rule; add emaCross {fast, slow, notional}.",
                )
            })?;
            Policy::Rule(RuleConfig::EmaCross {
                fast: cross.fast,
                slow: cross.slow,
                notional: cross.notional.0,
            })
        }
        Decider::Ai => {
            let ai = spec.decision.ai.as_ref().ok_or_else(|| {
                Fault::usage("spec.decision.ai: there is no AI; add one, or a rule.")
            })?;
            Policy::Ai(AiConfig {
                timeout: ai.timeout(interval),
                usd_per_day: ai.budget.usd_per_day.0,
                calls_per_hour: ai.budget.calls_per_hour,
                worst_case_cost: ai_worst_case,
            })
        }
    };
    let (limits, timing, max_slippage) = match shell {
        Shell::Local => (
            effective_risk(spec, decider),
            Timing::LIVE,
            MAX_SLIPPAGE_LIVE,
        ),
        Shell::Backtest => (
            RiskLimits::as_written(&spec.risk),
            Timing::BACKTEST,
            MAX_SLIPPAGE_BACKTEST,
        ),
    };
    Ok(BotConfig {
        uid: uid(bot),
        spec_generation: bot.metadata.generation.unwrap_or(1),
        markets: markets.collect(),
        interval,
        policy,
        risk: risk_config(limits),
        timing,
        max_slippage,
        taker_fee: spec.exchange.paper().fees.taker_pct.0,
        // The venue groups an entry with its stop; the paper account here takes them one by one.
        attach_stops: spec.mode != Mode::Paper && shell == Shell::Local,
    })
}

/// The limits in the core's own form.
pub(crate) fn risk_config(limits: RiskLimits) -> RiskConfig {
    // Named one by one, so that a limit that is added cannot be forgotten here.
    let RiskLimits {
        risk_per_trade,
        max_leverage,
        max_position_notional,
        max_total_notional,
        max_daily_loss,
        max_drawdown,
        min_confidence,
        stop_loss,
        liquidation_buffer,
        max_orders_per_hour,
        cooldown_after_stop,
    } = limits;
    RiskConfig {
        risk_per_trade,
        max_leverage,
        max_position_notional,
        max_total_notional,
        max_daily_loss,
        max_drawdown,
        min_confidence,
        stop_loss,
        liquidation_buffer,
        max_orders_per_hour,
        cooldown_after_stop,
    }
}

/// The paper exchange's configuration.
pub(crate) fn exchange_config(
    bot: &TradingBot,
    names: &[String],
    shell: Shell,
) -> Result<ExchangeConfig, Fault> {
    let paper = bot.spec.exchange.paper();
    Ok(ExchangeConfig {
        markets: market_rules(names)?,
        fees: Fees {
            taker: paper.fees.taker_pct.0,
            maker: paper.fees.maker_pct.0,
        },
        slippage: Rate::from_bps(i64::from(paper.slippage_bps)),
        funding: shell == Shell::Local,
    })
}

/// The bot's own id. In a cluster it is the object's uid; a manifest without one gets a name-based id, which is the same
/// at every start.
pub(crate) fn uid(bot: &TradingBot) -> u128 {
    let name = bot
        .metadata
        .uid
        .clone()
        .unwrap_or_else(|| format!("local:{}", bot.id()));
    let digest = Sha256::digest(name.as_bytes());
    digest
        .iter()
        .take(16)
        .fold(0, |id, byte| (id << 8) | u128::from(*byte))
}
