//! A position in one market, with the exact amount that it cost.

use aicoin_domain::{Leverage, Price, Size, Usd};
use serde::{Deserialize, Serialize};

/// An account's position in one market, and the leverage that is set there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Signed: negative is short.
    pub(crate) size: Size,
    /// What the entry cost, signed like the size: an amount, because an average price would have to be rounded.
    pub(crate) cost: Usd,
    /// Isolated margin put beside it, without its unrealised profit; zero for cross.
    pub(crate) margin: Usd,
    /// The leverage that is set.
    pub(crate) leverage: Leverage,
    /// Cross, not isolated.
    pub(crate) is_cross: bool,
}

/// What a fill did to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    /// Profit or loss that was realised, before the fee.
    pub(crate) realised: Usd,
    /// By how much the sum of costs changed.
    pub(crate) cost_change: Usd,
    /// The size before.
    pub(crate) before: Size,
    /// The size after.
    pub(crate) after: Size,
    /// How much isolated margin was freed; negative was bound.
    pub(crate) margin_freed: Usd,
}

impl Position {
    pub(crate) const fn new(leverage: Leverage, is_cross: bool) -> Self {
        Self {
            size: Size::ZERO,
            cost: Usd::ZERO,
            margin: Usd::ZERO,
            leverage,
            is_cross,
        }
    }

    /// Profit or loss at that mark price.
    #[inline]
    pub(crate) fn unrealised(&self, mark: Price) -> Usd {
        mark.notional(self.size) - self.cost
    }

    /// The account value of an isolated position: its margin and its unrealised profit.
    #[inline]
    pub(crate) fn isolated_value(&self, mark: Price) -> Usd {
        self.margin + self.unrealised(mark)
    }

    /// Books a fill of `delta` (signed) at `price`.
    pub(crate) fn book(&mut self, delta: Size, price: Price) -> Booked {
        let before = self.size;
        let cost_before = self.cost;
        let margin_before = self.margin;
        let mut realised = Usd::ZERO;
        let mut opened = delta;
        if !before.is_zero() && before.is_negative() != delta.is_negative() {
            let closed = before.abs().min(delta.abs());
            // The closed part takes its share of the cost with it, the rest keeps its own: together they stay exact.
            let released = self.cost.share(closed, before.abs());
            let sign = Size::from_units(before.units().signum() * closed.units());
            realised = price.notional(sign) - released;
            self.cost -= released;
            self.margin -= self.margin.share(closed, before.abs());
            self.size = before - sign;
            opened = delta + sign;
        }
        if !opened.is_zero() {
            let value = price.notional(opened);
            self.cost += value;
            self.size += opened;
            if !self.is_cross {
                self.margin += value.abs().divided(self.leverage.times());
            }
        }
        Booked {
            realised,
            cost_change: self.cost - cost_before,
            before,
            after: self.size,
            margin_freed: margin_before - self.margin,
        }
    }
}
