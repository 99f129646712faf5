//! The checks of a model's wish: identity, freshness, fit, protection, conviction, and the size that code computes from
//! the risk that the model proposes. A wish that fails is rejected with a code, never repaired.

use alloc::format;
use alloc::string::String;

use aicoin_domain::{
    DurationMs, Leverage, MarketRules, Price, Rate, Reason, Side, Size, TimeMs, Usd,
};

use crate::ai::{AiAction, Proposal};
use crate::config::RiskConfig;
use crate::input::Quote;

/// A wish that passed, ready to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Nothing to do.
    Hold,
    /// Close the position.
    Close,
    /// Bring the position down to this size (without sign).
    ReduceTo(Size),
    /// Move the stop, and the take-profit where one is given.
    Adjust { stop: Price, take: Option<Price> },
    /// Open a position.
    Open {
        side: Side,
        size: Size,
        stop: Price,
        take: Option<Price>,
        /// It may not be opened after this.
        deadline: TimeMs,
        /// The size was cut by a limit: a sentence that says so.
        cut: Option<String>,
    },
}

/// Basis points that the price may have moved since the view, when the model names none.
const SLIPPAGE_BPS: u32 = 50;
/// The least reward for one unit of risk, both net of fees.
const REWARD_RISK_MIN: i128 = 1;

/// What a wish is checked against: the present, not the moment of the view.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) now: TimeMs,
    pub(crate) view_time: TimeMs,
    /// The mark price that the model saw.
    pub(crate) view_mark: Price,
    pub(crate) quote: Quote,
    pub(crate) position: Size,
    /// The position's average entry price.
    pub(crate) entry: Price,
    /// The stop that it has.
    pub(crate) stop: Option<Price>,
    pub(crate) equity: Usd,
    /// Notional value that limits still leave in this market; `None` without a limit.
    pub(crate) room: Option<Usd>,
    /// Something still works in this market.
    pub(crate) busy: bool,
    pub(crate) interval: DurationMs,
    pub(crate) taker_fee: Rate,
    pub(crate) rules: &'a MarketRules,
    pub(crate) risk: &'a RiskConfig,
}

/// Why not, and a sentence where one helps.
type Rejection = (Reason, Option<String>);

/// Checks one wish.
pub(crate) fn check(wish: &Proposal, facts: &Facts<'_>) -> Result<Checked, Rejection> {
    if wish.action == AiAction::Hold {
        return Ok(Checked::Hold);
    }
    let ttl = wish
        .ttl_s
        .map_or(facts.interval, |ttl| DurationMs::from_secs(i64::from(ttl)));
    let deadline = facts.view_time + ttl;
    if facts.now > deadline {
        return Err((
            Reason::Stale,
            Some(format!("The decision was good for {} s.", ttl.0 / 1000)),
        ));
    }
    match wish.action {
        AiAction::Hold => Ok(Checked::Hold),
        AiAction::Close => position(facts).map(|_| Checked::Close),
        AiAction::Reduce => {
            let (_, size) = position(facts)?;
            let half = facts.rules.floor_size(Size::from_units(size.units() / 2));
            if half.is_zero() {
                Ok(Checked::Close)
            } else {
                Ok(Checked::ReduceTo(size - half))
            }
        }
        AiAction::AdjustStop => {
            let (side, size) = position(facts)?;
            let stop = stop(wish, side, facts)?;
            check_wider_stop(side, size, stop, facts)?;
            Ok(Checked::Adjust {
                stop,
                take: take(wish, side, facts)?,
            })
        }
        AiAction::OpenLong => open(wish, Side::Buy, deadline, facts),
        AiAction::OpenShort => open(wish, Side::Sell, deadline, facts),
    }
}

fn position(facts: &Facts<'_>) -> Result<(Side, Size), Rejection> {
    Side::of_position(facts.position)
        .map(|side| (side, facts.position.abs()))
        .ok_or((Reason::NoPositionToClose, None))
}

fn open(
    wish: &Proposal,
    side: Side,
    deadline: TimeMs,
    facts: &Facts<'_>,
) -> Result<Checked, Rejection> {
    match Side::of_position(facts.position) {
        Some(held) if held == side => return Err((Reason::AlreadyInPosition, None)),
        Some(_) => {
            return Err((
                Reason::WouldFlip,
                Some(String::from("Close the position first.")),
            ));
        }
        None => {}
    }
    if facts.busy {
        return Err((Reason::OrderInFlight, None));
    }
    if !facts.view_mark.is_positive() {
        return Err((
            Reason::DataStale,
            Some(String::from("The view had no price of it.")),
        ));
    }
    let slippage = wish
        .max_slippage_bps
        .unwrap_or(SLIPPAGE_BPS)
        .min(SLIPPAGE_BPS * 4);
    if facts.view_mark.distance(facts.quote.mark) > Rate::from_bps(i64::from(slippage)) {
        let sentence = format!(
            "The mark price went from {} to {}.",
            facts.view_mark, facts.quote.mark
        );
        return Err((Reason::PriceMoved, Some(sentence)));
    }
    if facts
        .risk
        .min_confidence
        .is_some_and(|least| wish.confidence < least)
    {
        return Err((
            Reason::ConfidenceTooLow,
            Some(format!("Its confidence is {}.", wish.confidence)),
        ));
    }
    let asked = Rate::from_bps(i64::from(
        wish.risk_bps.ok_or((Reason::MissingField, None))?,
    ));
    if facts.risk.risk_per_trade.is_some_and(|most| asked > most) {
        return Err((Reason::RiskTooHigh, None));
    }
    let most = facts.risk.leverage_in(facts.rules);
    let leverage = wish.leverage.map_or(most, Leverage::new);
    if leverage > most {
        return Err((
            Reason::LeverageTooHigh,
            Some(format!("{leverage} is above {most}.")),
        ));
    }
    let stop = stop(wish, side, facts)?;
    let take = take(wish, side, facts)?;
    let entry = match side {
        Side::Buy => facts.quote.ask,
        Side::Sell => facts.quote.bid,
    };
    // What one unit loses at the stop: the distance and the fees of both fills.
    let fees = per_unit(entry).times(facts.taker_fee) + per_unit(stop).times(facts.taker_fee);
    let loss = per_unit(entry - stop).abs() + fees;
    if let Some(take) = take {
        let gain = per_unit(take - entry).abs() - fees;
        if gain.units() < loss.units() * REWARD_RISK_MIN {
            return Err((Reason::RewardRiskTooLow, None));
        }
    }
    let budget = facts.equity.times(asked);
    let mut size = size_for(budget, loss);
    let cap = Usd::from_units(facts.equity.units().max(0) * i128::from(leverage.times()));
    let cap = facts.room.map_or(cap, |room| room.min(cap));
    let affordable = cap.size_at(entry);
    let mut cut = None;
    if size > affordable {
        cut = Some(format!(
            "The size was cut to a notional value of {} by the limits.",
            cap.rounded(2)
        ));
        size = affordable;
    }
    let size = facts.rules.floor_size(size);
    Ok(Checked::Open {
        side,
        size,
        stop,
        take,
        deadline,
        cut,
    })
}

/// The stop: on the losing side of the present mark, far enough from it, and rounded so that risk is never rounded up.
fn stop(wish: &Proposal, side: Side, facts: &Facts<'_>) -> Result<Price, Rejection> {
    let asked = wish.stop.ok_or((Reason::StopMissing, None))?;
    let mark = facts.quote.mark;
    let (stop, is_behind) = match side {
        Side::Buy => (facts.rules.price_above(asked), asked < mark),
        Side::Sell => (facts.rules.price_below(asked), asked > mark),
    };
    if !is_behind || !asked.is_positive() {
        let sentence = format!("A stop at {asked} is not behind the mark price {mark}.");
        return Err((Reason::StopWrongSide, Some(sentence)));
    }
    // Two fees and the spread: a stop within its own costs is a loss for certain.
    let spread = facts.quote.bid.distance(facts.quote.ask);
    let least = Rate::from_units(
        facts
            .taker_fee
            .units()
            .saturating_mul(2)
            .saturating_add(spread.units()),
    );
    if mark.distance(stop) <= least {
        return Err((
            Reason::StopTooClose,
            Some(format!("A stop at {stop} is within the costs of a trade.")),
        ));
    }
    Ok(stop)
}

/// A stop may always come closer. Further away it may go as far as an opening could have put it: size was computed from
/// the distance, and a wider stop would undo that.
fn check_wider_stop(
    side: Side,
    size: Size,
    stop: Price,
    facts: &Facts<'_>,
) -> Result<(), Rejection> {
    let is_wider = match (side, facts.stop) {
        (_, None) => false,
        (Side::Buy, Some(known)) => stop < known,
        (Side::Sell, Some(known)) => stop > known,
    };
    let Some(most) = facts.risk.risk_per_trade.filter(|_| is_wider) else {
        return Ok(());
    };
    let moved = match side {
        Side::Buy => facts.entry - stop,
        Side::Sell => stop - facts.entry,
    };
    let fees = (facts.entry.notional(size) + stop.notional(size)).times(facts.taker_fee);
    if moved.notional(size) + fees > facts.equity.times(most) {
        let sentence =
            format!("At a stop of {stop} the position would lose more than one decision may.");
        return Err((Reason::RiskTooHigh, Some(sentence)));
    }
    Ok(())
}

fn take(wish: &Proposal, side: Side, facts: &Facts<'_>) -> Result<Option<Price>, Rejection> {
    let Some(asked) = wish.take else {
        return Ok(None);
    };
    let mark = facts.quote.mark;
    let (take, is_ahead) = match side {
        Side::Buy => (facts.rules.price_below(asked), asked > mark),
        Side::Sell => (facts.rules.price_above(asked), asked < mark),
    };
    if !is_ahead || !take.is_positive() {
        let sentence = format!("A take-profit at {asked} is not ahead of the mark price {mark}.");
        return Err((Reason::TakeWrongSide, Some(sentence)));
    }
    Ok(Some(take))
}

/// The value of one whole unit at that price.
fn per_unit(price: Price) -> Usd {
    price.notional(Size::from_whole(1))
}

/// The size that loses `budget` when each unit loses `loss`.
fn size_for(budget: Usd, loss: Usd) -> Size {
    if !loss.is_positive() || !budget.is_positive() {
        return Size::ZERO;
    }
    let units = budget.units().saturating_mul(i128::from(Size::ONE_UNITS)) / loss.units();
    Size::from_units(
        i64::try_from(units)
            .unwrap_or(Size::LIMIT_UNITS)
            .min(Size::LIMIT_UNITS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aicoin_domain::MarginTiers;

    fn wish(action: AiAction) -> Proposal {
        Proposal {
            symbol: String::from("BTC"),
            action,
            confidence: 80,
            risk_bps: Some(50),
            leverage: Some(2),
            stop: Some(Price::from_whole(49_000)),
            take: Some(Price::from_whole(52_000)),
            max_slippage_bps: None,
            ttl_s: None,
            reason: String::new(),
        }
    }

    fn verdict(wish: &Proposal, change: impl FnOnce(&mut Facts<'_>)) -> Result<Checked, Reason> {
        let rules = MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::flat(Leverage::new(40)),
            only_isolated: false,
        };
        let risk = RiskConfig {
            risk_per_trade: Some(Rate::from_bps(50)),
            max_leverage: Some(Leverage::new(3)),
            min_confidence: Some(60),
            ..RiskConfig::UNLIMITED
        };
        let mut facts = Facts {
            now: TimeMs(60_000),
            view_time: TimeMs(50_000),
            view_mark: Price::from_whole(50_000),
            quote: Quote {
                bid: Price::from_whole(49_999),
                ask: Price::from_whole(50_000),
                mark: Price::from_whole(50_000),
            },
            position: Size::ZERO,
            entry: Price::ZERO,
            stop: None,
            equity: Usd::from_whole(10_000),
            room: None,
            busy: false,
            interval: DurationMs::from_mins(3),
            taker_fee: Rate::from_percent("0.045").unwrap(),
            rules: &rules,
            risk: &risk,
        };
        change(&mut facts);
        check(wish, &facts).map_err(|(reason, _)| reason)
    }

    #[test]
    fn code_computes_the_size_from_the_risk() {
        // 50 bps of 10,000 is 50; one BTC loses 1,000 to the stop and 22.5 + 22.05 in fees.
        let expected = Checked::Open {
            side: Side::Buy,
            size: "0.04786".parse().unwrap(),
            stop: Price::from_whole(49_000),
            take: Some(Price::from_whole(52_000)),
            deadline: TimeMs(230_000),
            cut: None,
        };
        assert_eq!(verdict(&wish(AiAction::OpenLong), |_| {}), Ok(expected));
    }

    #[test]
    fn a_limit_cuts_the_size_and_says_so() {
        let checked = verdict(&wish(AiAction::OpenLong), |facts| {
            facts.room = Some(Usd::from_whole(1000))
        });
        let Ok(Checked::Open { size, cut, .. }) = checked else {
            panic!("{checked:?}")
        };
        assert_eq!(size, "0.02".parse().unwrap());
        assert_eq!(
            cut.as_deref(),
            Some("The size was cut to a notional value of 1000 by the limits.")
        );
    }

    #[test]
    fn each_bad_wish_has_its_own_reason() {
        use AiAction::{AdjustStop, Close, OpenLong, OpenShort, Reduce};
        let long = || wish(OpenLong);
        let at = |whole| Some(Price::from_whole(whole));
        let table = [
            (
                Proposal {
                    stop: None,
                    ..long()
                },
                Reason::StopMissing,
            ),
            (
                Proposal {
                    stop: at(50_001),
                    ..long()
                },
                Reason::StopWrongSide,
            ),
            (
                Proposal {
                    stop: at(50_000),
                    ..long()
                },
                Reason::StopWrongSide,
            ),
            (wish(OpenShort), Reason::StopWrongSide),
            (
                Proposal {
                    stop: at(49_990),
                    ..long()
                },
                Reason::StopTooClose,
            ),
            (
                Proposal {
                    take: at(49_500),
                    ..long()
                },
                Reason::TakeWrongSide,
            ),
            (
                Proposal {
                    take: at(50_500),
                    ..long()
                },
                Reason::RewardRiskTooLow,
            ),
            (
                Proposal {
                    confidence: 59,
                    ..long()
                },
                Reason::ConfidenceTooLow,
            ),
            (
                Proposal {
                    risk_bps: Some(51),
                    ..long()
                },
                Reason::RiskTooHigh,
            ),
            (
                Proposal {
                    risk_bps: None,
                    ..long()
                },
                Reason::MissingField,
            ),
            (
                Proposal {
                    leverage: Some(4),
                    ..long()
                },
                Reason::LeverageTooHigh,
            ),
            (
                Proposal {
                    ttl_s: Some(9),
                    ..long()
                },
                Reason::Stale,
            ),
            (wish(Close), Reason::NoPositionToClose),
            (wish(Reduce), Reason::NoPositionToClose),
            (wish(AdjustStop), Reason::NoPositionToClose),
        ];
        for (wish, reason) in table {
            assert_eq!(verdict(&wish, |_| {}), Err(reason), "{wish:?}");
        }
        let held = |size: &str| {
            let size: Size = size.parse().unwrap();
            move |facts: &mut Facts<'_>| facts.position = size
        };
        assert_eq!(
            verdict(&long(), held("0.1")),
            Err(Reason::AlreadyInPosition)
        );
        assert_eq!(verdict(&long(), held("-0.1")), Err(Reason::WouldFlip));
        assert_eq!(
            verdict(&long(), |facts| facts.busy = true),
            Err(Reason::OrderInFlight)
        );
        assert_eq!(
            verdict(&long(), |facts| facts.view_mark = Price::from_whole(49_700)),
            Err(Reason::PriceMoved)
        );
        assert_eq!(
            verdict(&wish(Reduce), held("0.1")),
            Ok(Checked::ReduceTo("0.05".parse().unwrap()))
        );
        assert_eq!(verdict(&wish(Reduce), held("0.00001")), Ok(Checked::Close));
    }
}
