//! Margin: what an account needs to open, what it needs to keep, and the prices at which it is liquidated.
//!
//! Initial margin is notional / leverage and is checked when an order is placed, together with everything that rests.
//! Maintenance is notional / (2 * the tier's highest leverage) less the tier's deduction. Cross positions share what is not
//! bound in isolated positions; each isolated position stands alone.

use aicoin_domain::{AccountId, MarketId, Price, Rate, Side, Size, Usd};

use crate::account::{Account, mark_of};
use crate::market::Market;

/// The mark price at which a position of `size` (signed) is liquidated; `None` when no price above zero does it, and none
/// that could be written down.
///
/// `mark - side * available / (|size| * (1 - rate * side))`, where `available` is what stands between the account and its
/// maintenance margin at `mark`, and `rate` is the maintenance rate of the position's tier.
#[must_use]
pub fn liquidation_price(mark: Price, size: Size, available: Usd, rate: Rate) -> Option<Price> {
    let side = i128::from(size.units().signum());
    if side == 0 {
        return None;
    }
    let one = i128::from(Rate::ONE_UNITS);
    let denominator = one - i128::from(rate.units()) * side;
    // Per unit of the position: dollars of 10^-18 by sizes of 10^-8 are prices of 10^-10.
    let per_unit = available.units() / i128::from(size.units().abs());
    let distance = per_unit.checked_mul(one)? / denominator;
    let units = i128::from(mark.units()) - side * distance;
    i64::try_from(units)
        .ok()
        .filter(|units| (1..=Price::LIMIT_UNITS).contains(units))
        .map(Price::from_units)
}

/// The same for an isolated position in its closed form, `-raw / (size * (1 - rate * side))`, where `raw` is its margin
/// less its cost (the venue's `rawUsd`). It holds within the first margin tier.
#[must_use]
pub fn isolated_liquidation_price(raw: Usd, size: Size, rate: Rate) -> Option<Price> {
    // The general form at a mark price of zero: all of the value is raw.
    liquidation_price(Price::ZERO, size, raw, rate)
}

/// What an account, or one of its isolated positions, is worth, and what it must be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) value: Usd,
    pub(crate) maintenance: Usd,
}

impl Health {
    pub(crate) fn is_liquidatable(self) -> bool {
        self.value < self.maintenance
    }

    /// Too little is left for the book: the backstop takes over.
    pub(crate) fn is_backstop(self) -> bool {
        self.value.units() * 3 < self.maintenance.units() * 2
    }

    pub(crate) fn available(self) -> Usd {
        self.value - self.maintenance
    }
}

/// The value of everything that is not isolated.
#[inline]
pub(crate) fn cross_value(account: &Account, markets: &[Market]) -> Usd {
    let mut value = account.cash() - account.margin;
    for (market, position) in account.open_positions() {
        if position.is_cross {
            value += position.unrealised(mark_of(markets, market));
        }
    }
    value
}

pub(crate) fn cross_health(account: &Account, markets: &[Market]) -> Health {
    let maintenance = account
        .open_positions()
        .filter(|(_, position)| position.is_cross)
        .map(|(market, position)| maintenance_of(markets, market, position.size))
        .sum();
    Health {
        value: cross_value(account, markets),
        maintenance,
    }
}

pub(crate) fn isolated_health(account: &Account, markets: &[Market], market: MarketId) -> Health {
    let mark = mark_of(markets, market);
    account.position(market).map_or(
        Health {
            value: Usd::ZERO,
            maintenance: Usd::ZERO,
        },
        |position| Health {
            value: position.isolated_value(mark),
            maintenance: maintenance_of(markets, market, position.size),
        },
    )
}

/// The health that decides over the position in `market`.
pub(crate) fn health_of(account: &Account, markets: &[Market], market: MarketId) -> Health {
    match account.position(market) {
        Some(position) if !position.is_cross => isolated_health(account, markets, market),
        Some(_) | None => cross_health(account, markets),
    }
}

fn maintenance_of(markets: &[Market], market: MarketId, size: Size) -> Usd {
    markets.get(market.index()).map_or(Usd::ZERO, |market| {
        market
            .rules
            .tiers
            .maintenance(market.mark.notional(size).abs())
    })
}

/// Whether the position in `market` is certainly safe at that mark price of its market: a sufficient test without a
/// division. It takes the lowest leverage of any tier and of any position, so that "no" means only "look closer".
#[inline]
pub(crate) fn is_surely_safe(
    account: &Account,
    markets: &[Market],
    market: MarketId,
    mark: Price,
) -> bool {
    let (Some(position), Some(state)) = (account.position(market), markets.get(market.index()))
    else {
        return true;
    };
    if !position.is_cross {
        let notional = mark.notional(position.size).abs();
        return covers(position.isolated_value(mark), state.divisor_min, notional);
    }
    let mut value = account.raw;
    let mut notional = Usd::ZERO;
    let mut divisor = u32::MAX;
    for held in &account.held {
        let (Some(position), Some(state)) = (account.position(*held), markets.get(held.index()))
        else {
            continue;
        };
        let mark = if *held == market { mark } else { state.mark };
        let worth = mark.notional(position.size);
        if position.is_cross {
            value += worth;
            notional += worth.abs();
            divisor = divisor.min(state.divisor_min);
        } else {
            // Its own margin and cost are not the others' to use.
            value += position.cost - position.margin;
        }
    }
    covers(value, divisor, notional)
}

#[inline]
fn covers(value: Usd, divisor: u32, notional: Usd) -> bool {
    // At most 10^36 times a leverage of a few hundred would overflow: a value that large is beyond every limit anyway.
    value.units().saturating_mul(i128::from(divisor)) >= notional.units()
}

/// An order that is not placed yet, as margin sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposed {
    pub(crate) side: Side,
    pub(crate) size: Size,
    /// The price that it would be executed at, for all that is known.
    pub(crate) price: Price,
}

/// What a position may become when every resting order of one side fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// The notional value of the position now.
    pub(crate) now: Usd,
    /// The largest notional value that it may come to, at least the one now.
    pub(crate) worst: Usd,
}

/// The exposure in one market with its resting orders (reduce-only ones never add) and a proposed one.
pub(crate) fn exposure(
    id: AccountId,
    account: &Account,
    markets: &[Market],
    market: MarketId,
    proposed: Option<Proposed>,
) -> Exposure {
    let Some(state) = markets.get(market.index()) else {
        return Exposure {
            now: Usd::ZERO,
            worst: Usd::ZERO,
        };
    };
    let size = account.size(market);
    let now = state.mark.notional(size).abs();
    let (mut bought, mut bought_value) = (Size::ZERO, Usd::ZERO);
    let (mut sold, mut sold_value) = (Size::ZERO, Usd::ZERO);
    let mut add = |side: Side, size: Size, price: Price| match side {
        Side::Buy => {
            bought += size;
            bought_value += price.notional(size);
        }
        Side::Sell => {
            sold += size;
            sold_value += price.notional(size);
        }
    };
    for order in &state.orders {
        if order.account == id
            && !order.is_reduce_only()
            && let Some(price) = order.limit()
        {
            add(order.side(), order.left, price);
        }
    }
    if let Some(proposed) = proposed {
        add(proposed.side, proposed.size, proposed.price);
    }
    let (same_value, other, other_value) = if size.is_negative() {
        (sold_value, bought, bought_value)
    } else {
        (bought_value, sold, sold_value)
    };
    let grown = now + same_value;
    // Orders of the other side close first; only what is beyond the position counts.
    let beyond = other - size.abs();
    let turned = if beyond.is_positive() {
        other_value.share(beyond, other)
    } else {
        Usd::ZERO
    };
    Exposure {
        now,
        worst: grown.max(turned).max(now),
    }
}

/// The initial margin that one market asks of the free money: for cross all of it, for isolated what is not bound yet.
pub(crate) fn initial_of(account: &Account, market: MarketId, exposure: Exposure) -> Usd {
    account.position(market).map_or(Usd::ZERO, |position| {
        let asked = if position.is_cross {
            exposure.worst
        } else {
            exposure.worst - exposure.now
        };
        asked.divided(position.leverage.times())
    })
}

/// The initial margin of all markets, resting orders counted.
pub(crate) fn initial(id: AccountId, account: &Account, markets: &[Market]) -> Usd {
    initial_without(id, account, markets, None)
}

/// The initial margin of all markets but one.
pub(crate) fn initial_without(
    id: AccountId,
    account: &Account,
    markets: &[Market],
    without: Option<MarketId>,
) -> Usd {
    let mut sum = Usd::ZERO;
    for (index, state) in markets.iter().enumerate() {
        let Ok(market) = u16::try_from(index).map(MarketId) else {
            continue;
        };
        if Some(market) == without || (state.orders.is_empty() && account.size(market).is_zero()) {
            continue;
        }
        sum += initial_of(
            account,
            market,
            exposure(id, account, markets, market, None),
        );
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_liquidation_price_is_the_venues() {
        // The venue's own figures: rawUsd, szi, l of a 50x market.
        let raw: Usd = "-95.059824".parse().unwrap();
        let size: Size = "0.0335".parse().unwrap();
        let rate: Rate = "0.01".parse().unwrap();
        let price = isolated_liquidation_price(raw, size, rate).unwrap();
        let expected: Price = "2866.26936529".parse().unwrap();
        // The venue shows rawUsd with 6 decimals and computes with more: half of the last one is 0.0000151 of this price.
        assert!(
            (price - expected).abs() <= "0.0000151".parse().unwrap(),
            "{price}"
        );
        // The general form says the same at any mark price.
        let mark: Price = "2986.3".parse().unwrap();
        let value = raw + mark.notional(size);
        let maintenance = mark.notional(size).times(rate);
        let general = liquidation_price(mark, size, value - maintenance, rate).unwrap();
        assert!(
            (general - price).abs() <= Price::from_units(100),
            "{general}"
        );
    }

    #[test]
    fn a_short_is_liquidated_above() {
        let price = liquidation_price(
            Price::from_whole(100),
            Size::from_whole(-1),
            Usd::from_whole(10) - Usd::from_whole(2),
            "0.02".parse().unwrap(),
        );
        // 110 = p + 0.02 p.
        assert_eq!(price.unwrap().to_string(), "107.8431372549");
    }

    #[test]
    fn what_no_price_can_liquidate_has_none() {
        let rate: Rate = "0.0125".parse().unwrap();
        let long = Size::from_whole(1);
        assert_eq!(
            liquidation_price(Price::from_whole(100), long, Usd::from_whole(200), rate),
            None
        );
        assert_eq!(
            liquidation_price(Price::from_whole(100), Size::ZERO, Usd::ZERO, rate),
            None
        );
    }

    use alloc::string::ToString;
}
