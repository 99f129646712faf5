//! The hard limits. Nothing that raises exposure is ordered without an [`Approved`] of the present state.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use aicoin_domain::{
    DurationMs, Leverage, MIN_NOTIONAL, MarketId, MarketRules, Price, Rate, Reason, Side, Size,
    TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use crate::config::RiskConfig;

const HOUR: DurationMs = DurationMs::from_mins(60);

/// What the limits remember. It survives restarts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Risk {
    /// The highest equity seen.
    peak: Option<Usd>,
    /// The UTC day and the equity at its first observation.
    day: Option<(TimeMs, Usd)>,
    /// The day on which the daily loss was reached.
    lost_day: Option<TimeMs>,
    /// The risk event of a drawdown that nobody resolved yet.
    pub(crate) drawdown_event: Option<u64>,
    /// When opening orders were written, within the last hour.
    opened: VecDeque<TimeMs>,
    /// Until when a market stays closed after a stop.
    cooldown: Vec<Option<TimeMs>>,
}

/// A limit that was reached just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// The day's loss.
    DailyLoss(Rate),
    /// The drawdown.
    Drawdown(Rate),
}

/// An opening order as it would be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) market: MarketId,
    pub(crate) side: Side,
    pub(crate) size: Size,
    /// The price it would fill at.
    pub(crate) price: Price,
}

/// The state that an opening order is checked against. Unknown orders are counted at their worst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exposure {
    pub(crate) equity: Usd,
    /// Positions and opening orders in this market.
    pub(crate) in_market: Usd,
    /// Positions and opening orders in all markets.
    pub(crate) in_total: Usd,
}

/// An opening order that passed every limit. Only this module can make one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Approved {
    opening: Opening,
}

impl Approved {
    pub(crate) const fn opening(&self) -> &Opening {
        &self.opening
    }
}

impl Risk {
    pub(crate) fn new(markets: usize) -> Self {
        Self {
            cooldown: alloc::vec![None; markets],
            ..Self::default()
        }
    }

    /// Makes room for markets that were added.
    pub(crate) fn fit(&mut self, markets: usize) {
        if self.cooldown.len() < markets {
            self.cooldown.resize(markets, None);
        }
    }

    /// Takes the present equity. Returns a limit that it reaches for the first time.
    pub(crate) fn observe(
        &mut self,
        now: TimeMs,
        equity: Usd,
        config: &RiskConfig,
    ) -> Option<Breach> {
        if self.peak.is_none_or(|peak| equity > peak) {
            self.peak = Some(equity);
        }
        // A comparison, not a division, on every candle: the day changes once in a thousand.
        if !self
            .day
            .is_some_and(|(day, _)| now >= day && now - day < DurationMs(86_400_000))
        {
            self.day = Some((now.day(), equity));
        }
        if let (Some(limit), Some((day, start))) = (config.max_daily_loss, self.day)
            && self.lost_day != Some(day)
            && start.is_positive()
            && start - equity >= start.times(limit)
        {
            self.lost_day = Some(day);
            return Some(Breach::DailyLoss((start - equity).ratio(start)));
        }
        if let (Some(limit), Some(peak)) = (config.max_drawdown, self.peak)
            && self.drawdown_event.is_none()
            && peak.is_positive()
            && peak - equity >= peak.times(limit)
        {
            return Some(Breach::Drawdown((peak - equity).ratio(peak)));
        }
        None
    }

    /// Somebody resolved the drawdown: the highest equity counts anew from here.
    pub(crate) const fn resolve_drawdown(&mut self, equity: Usd) {
        self.drawdown_event = None;
        self.peak = Some(equity);
    }

    /// Limits that were reached are forgotten: other ones find out for themselves.
    pub(crate) const fn forget_breaches(&mut self) {
        self.lost_day = None;
        self.drawdown_event = None;
    }

    /// The equity at the start of the day, for people.
    pub(crate) fn day_start(&self) -> Option<Usd> {
        self.day.map(|(_, equity)| equity)
    }

    /// The drawdown from the highest equity, as a ratio.
    pub(crate) fn drawdown(&self, equity: Usd) -> Rate {
        match self.peak {
            Some(peak) if peak > equity => (peak - equity).ratio(peak),
            Some(_) | None => Rate::ZERO,
        }
    }

    /// A stop was hit in a market.
    pub(crate) fn on_stop_hit(&mut self, now: TimeMs, market: MarketId, config: &RiskConfig) {
        if let (Some(pause), Some(until)) = (
            config.cooldown_after_stop,
            self.cooldown.get_mut(market.index()),
        ) {
            *until = Some(now + pause);
        }
    }

    /// An opening order was written.
    pub(crate) fn on_opening(&mut self, now: TimeMs, config: &RiskConfig) {
        if config.max_orders_per_hour.is_some() {
            while self
                .opened
                .front()
                .is_some_and(|opened| now - *opened >= HOUR)
            {
                self.opened.pop_front();
            }
            self.opened.push_back(now);
        }
    }

    /// Whether anything may be opened in a market at all, whatever its size.
    pub(crate) fn may_open(
        &self,
        now: TimeMs,
        market: MarketId,
        config: &RiskConfig,
    ) -> Result<(), Reason> {
        if config.max_daily_loss.is_some() && self.lost_day == Some(now.day()) {
            return Err(Reason::DailyLoss);
        }
        if self.drawdown_event.is_some() {
            return Err(Reason::Drawdown);
        }
        if config.cooldown_after_stop.is_some()
            && self
                .cooldown
                .get(market.index())
                .copied()
                .flatten()
                .is_some_and(|until| now < until)
        {
            return Err(Reason::Cooldown);
        }
        if let Some(limit) = config.max_orders_per_hour {
            let within = self
                .opened
                .iter()
                .filter(|opened| now - **opened < HOUR)
                .count();
            if within >= limit as usize {
                return Err(Reason::OrdersPerHour);
            }
        }
        Ok(())
    }

    /// Checks an opening order against every limit.
    pub(crate) fn approve(
        &self,
        now: TimeMs,
        opening: Opening,
        exposure: &Exposure,
        rules: &MarketRules,
        config: &RiskConfig,
    ) -> Result<Approved, Reason> {
        self.may_open(now, opening.market, config)?;
        if !rules.is_valid_size(opening.size) {
            return Err(Reason::InvalidSize);
        }
        let notional = opening.price.notional(opening.size);
        if notional < MIN_NOTIONAL {
            return Err(Reason::BelowMinNotional);
        }
        if config
            .max_position_notional
            .is_some_and(|limit| exposure.in_market + notional > limit)
        {
            return Err(Reason::PositionNotional);
        }
        if config
            .max_total_notional
            .is_some_and(|limit| exposure.in_total + notional > limit)
        {
            return Err(Reason::TotalNotional);
        }
        if let Some(limit) = config.max_leverage {
            let allowed = Usd::from_units(exposure.equity.units() * i128::from(limit.times()));
            if exposure.in_total + notional > allowed {
                return Err(Reason::LeverageTooHigh);
            }
        }
        if let Some(buffer) = config.liquidation_buffer
            && liquidation_distance(&opening, exposure, rules, config.leverage_in(rules)) < buffer
        {
            return Err(Reason::LiquidationTooClose);
        }
        Ok(Approved { opening })
    }
}

/// How far the price may move against the position, as a ratio of the price, before the money behind it is down to the
/// maintenance margin, with everything else standing still: the account's equity, or where only isolated margin is there
/// what the position was opened with.
fn liquidation_distance(
    opening: &Opening,
    exposure: &Exposure,
    rules: &MarketRules,
    leverage: Leverage,
) -> Rate {
    let notional = exposure.in_market + opening.price.notional(opening.size);
    let spare = if rules.only_isolated {
        notional.divided(leverage.times()) - rules.tiers.maintenance(notional)
    } else {
        let other = exposure.in_total - exposure.in_market;
        // Other markets at the maintenance rate of this one: a bound that needs no other market's tiers.
        exposure.equity - rules.tiers.maintenance(notional) - rules.tiers.maintenance(other)
    };
    if spare.is_negative() {
        return Rate::ZERO;
    }
    // A long's maintenance falls with the price, a short's rises with it.
    let rate = rules.tiers.maintenance_rate(notional);
    let one = Rate::from_units(Rate::ONE_UNITS);
    let slope = match opening.side {
        Side::Buy => one - rate,
        Side::Sell => one + rate,
    };
    spare.ratio(notional.times(slope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::MarginTiers;

    fn rules() -> MarketRules {
        MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::flat(Leverage::new(40)),
            only_isolated: false,
        }
    }

    #[test]
    fn where_margin_is_isolated_only_the_liquidation_is_as_near_as_the_leverage_makes_it() {
        let isolated = MarketRules {
            tiers: MarginTiers::flat(Leverage::new(10)),
            only_isolated: true,
            ..rules()
        };
        let rich = Exposure {
            equity: Usd::from_whole(1_000_000),
            in_market: Usd::ZERO,
            in_total: Usd::ZERO,
        };
        let distance = |rules: &MarketRules, times| {
            liquidation_distance(&opening("1"), &rich, rules, Leverage::new(times))
        };
        // 50,000 at 5 times: 10,000 of its own, 2,500 must be left, and 5 % of what the price gives up is not needed.
        assert_eq!(
            distance(&isolated, 5),
            Usd::from_whole(7_500).ratio(Usd::from_whole(47_500))
        );
        assert_eq!(
            distance(&isolated, 10),
            Usd::from_whole(2_500).ratio(Usd::from_whole(47_500))
        );
        // With the whole account behind it the setting says nothing.
        let cross = MarketRules {
            only_isolated: false,
            ..isolated
        };
        assert_eq!(distance(&cross, 5), distance(&cross, 10));
        assert!(distance(&cross, 5) > Rate::from_percent("100").unwrap());
    }

    fn opening(size: &str) -> Opening {
        Opening {
            market: MarketId(0),
            side: Side::Buy,
            size: size.parse().unwrap(),
            price: Price::from_whole(50_000),
        }
    }

    fn verdict(config: &RiskConfig, size: &str) -> Option<Reason> {
        let exposure = Exposure {
            equity: Usd::from_whole(10_000),
            in_market: Usd::from_whole(500),
            in_total: Usd::from_whole(1_500),
        };
        Risk::new(1)
            .approve(TimeMs(0), opening(size), &exposure, &rules(), config)
            .err()
    }

    #[test]
    fn each_limit_says_its_own_reason() {
        let none = RiskConfig::UNLIMITED;
        let usd = |whole| Some(Usd::from_whole(whole));
        let table = [
            (none.clone(), "0.02", None),
            (none.clone(), "0.00019", Some(Reason::BelowMinNotional)),
            (none.clone(), "0.000001", Some(Reason::InvalidSize)),
            (none.clone(), "0", Some(Reason::InvalidSize)),
            (
                RiskConfig {
                    max_position_notional: usd(1_500),
                    ..none.clone()
                },
                "0.02",
                None,
            ),
            (
                RiskConfig {
                    max_position_notional: usd(1_499),
                    ..none.clone()
                },
                "0.02",
                Some(Reason::PositionNotional),
            ),
            (
                RiskConfig {
                    max_total_notional: usd(2_499),
                    ..none.clone()
                },
                "0.02",
                Some(Reason::TotalNotional),
            ),
            (
                RiskConfig {
                    max_leverage: Some(Leverage::new(1)),
                    ..none.clone()
                },
                "0.17",
                None,
            ),
            (
                RiskConfig {
                    max_leverage: Some(Leverage::new(1)),
                    ..none.clone()
                },
                "0.171",
                Some(Reason::LeverageTooHigh),
            ),
            (
                RiskConfig {
                    liquidation_buffer: Some(Rate::from_percent("15").unwrap()),
                    ..none
                },
                "1.3",
                Some(Reason::LiquidationTooClose),
            ),
        ];
        for (config, size, expected) in table {
            assert_eq!(verdict(&config, size), expected, "{size} under {config:?}");
        }
    }

    #[test]
    fn a_day_lost_stays_lost_until_the_next_day() {
        let config = RiskConfig {
            max_daily_loss: Some(Rate::from_percent("3").unwrap()),
            ..RiskConfig::UNLIMITED
        };
        let mut risk = Risk::new(1);
        let noon = TimeMs(12 * 3_600_000);
        assert_eq!(risk.observe(noon, Usd::from_whole(1000), &config), None);
        assert_eq!(risk.observe(noon, Usd::from_whole(971), &config), None);
        let breach = risk.observe(noon, Usd::from_whole(970), &config);
        assert_eq!(
            breach,
            Some(Breach::DailyLoss(Rate::from_percent("3").unwrap()))
        );
        assert_eq!(risk.observe(noon, Usd::from_whole(1000), &config), None);
        assert_eq!(
            risk.may_open(noon, MarketId(0), &config),
            Err(Reason::DailyLoss)
        );
        assert_eq!(
            risk.may_open(TimeMs(86_400_000), MarketId(0), &config),
            Ok(())
        );
    }

    #[test]
    fn a_stop_closes_its_market_for_the_cooldown() {
        let config = RiskConfig {
            cooldown_after_stop: Some(DurationMs::from_mins(15)),
            ..RiskConfig::UNLIMITED
        };
        let mut risk = Risk::new(2);
        risk.on_stop_hit(TimeMs(0), MarketId(0), &config);
        let at = |minutes: i64| TimeMs(minutes * 60_000);
        assert_eq!(
            risk.may_open(at(14), MarketId(0), &config),
            Err(Reason::Cooldown)
        );
        assert_eq!(risk.may_open(at(14), MarketId(1), &config), Ok(()));
        assert_eq!(risk.may_open(at(15), MarketId(0), &config), Ok(()));
    }
}
