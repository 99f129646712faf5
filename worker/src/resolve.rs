//! From a manifest to what the core and the paper exchange are made with: names become markets, gaps become defaults.

use aicoin_api::bot::defaults::{Decider, RiskLimits, effective_risk};
use aicoin_api::bot::{Mode, PaperMarket, TradingBot};
use aicoin_core::{AiConfig, BotConfig, MarketConfig, Policy, RiskConfig, RuleConfig, Timing};
use aicoin_domain::{MarketRules, Rate, Usd};
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

/// What this version can run.
pub(crate) fn check_mode(bot: &TradingBot) -> Result<(), Fault> {
    match (bot.spec.mode, bot.spec.exchange.paper().market) {
        (Mode::Paper, PaperMarket::Simulated) => Ok(()),
        (Mode::Paper, PaperMarket::Hyperliquid) => Err(Fault::usage(
            "spec.exchange.paper.market: Hyperliquid's live prices are not there yet in this version; use Simulated.",
        )),
        (mode @ (Mode::Testnet | Mode::Live), _) => Err(Fault::usage(format!(
            "spec.mode: {mode} is not there yet in this version, nothing was sent anywhere; use Paper."
        ))),
    }
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
    let rules = market_rules(names)?;
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
