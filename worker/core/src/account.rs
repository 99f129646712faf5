//! The books: positions, cash, fees, funding. Fills are told apart by their trade id, so that one that comes twice counts once.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use aicoin_domain::{DecisionId, Fill, MarketId, Price, Side, Size, TimeMs, TradeId, Usd};
use serde::{Deserialize, Serialize};

use crate::market::Market;

/// How many fills are remembered to recognise one that comes again.
const TRADES_MAX: usize = 1024;
/// How many of them survive a restart: what the venue repeats after a reconnect is far less.
const TRADES_SAVED: usize = 256;

/// How many funding payments of a market are remembered: two days of hours. The venue repeats one day.
const PAYMENTS_MAX: usize = 48;

/// A position and what it earned so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Signed: negative is short.
    pub(crate) size: Size,
    /// What it cost to enter, signed like the size.
    pub(crate) cost: Usd,
    /// Profit realised, before fees.
    pub(crate) realised: Usd,
    /// Fees paid.
    pub(crate) fees: Usd,
    /// Funding received; negative is paid.
    pub(crate) funding: Usd,
    /// When it was opened.
    pub(crate) opened_at: Option<TimeMs>,
    /// Since when it is flat; `None` while it is open and before the first one.
    pub(crate) flat_since: Option<TimeMs>,
    /// The decision that opened it; 0 when nobody here did.
    pub(crate) decision: DecisionId,
    /// The venue's liquidation price, where it says so.
    pub(crate) liquidation: Option<Price>,
    /// The count of all fills when the newest one of this position was booked.
    #[serde(default)]
    pub(crate) booked: u64,
    /// Funding payments up to this one were booked, or are too old to tell.
    #[serde(default)]
    funded_at: Option<TimeMs>,
    /// Those after it that were booked, the oldest first: one that comes again counts once, one that comes late counts.
    #[serde(default)]
    funded: Vec<TimeMs>,
    /// The first fill: a payment before it was not for anything of this bot's.
    #[serde(default)]
    traded_from: Option<TimeMs>,
    /// Payments from before it, the oldest first: a fill that was not heard of yet may turn out to be older still.
    #[serde(default)]
    early: Vec<(TimeMs, Usd)>,
}

impl Position {
    /// The average entry price; zero when flat.
    pub(crate) fn entry(&self) -> Price {
        self.cost.average_price(self.size)
    }

    /// Whether a funding payment is of this position and was not booked yet; from now on it was. One from before anything
    /// was traded is kept: the fill may be told later than the payment.
    fn takes_payment(&mut self, amount: Usd, time: TimeMs) -> bool {
        if self.traded_from.is_none_or(|from| time < from) {
            let place = self.early.partition_point(|(known, _)| *known < time);
            if self
                .early
                .get(place)
                .is_none_or(|(known, _)| *known != time)
            {
                self.early.insert(place, (time, amount));
            }
            if self.early.len() > PAYMENTS_MAX {
                self.early.remove(0);
            }
            return false;
        }
        let is_old = self.funded_at.is_some_and(|known| time <= known);
        if is_old || self.funded.contains(&time) {
            return false;
        }
        let place = self.funded.partition_point(|known| *known < time);
        self.funded.insert(place, time);
        if self.funded.len() > PAYMENTS_MAX {
            self.funded_at = Some(self.funded.remove(0));
        }
        true
    }

    /// Something was traded then: gives the kept payments that are of this position after all.
    fn traded(&mut self, time: TimeMs) -> Vec<(TimeMs, Usd)> {
        if self.traded_from.is_some_and(|from| from <= time) {
            return Vec::new();
        }
        self.traded_from = Some(time);
        let kept = self.early.partition_point(|(paid_at, _)| *paid_at < time);
        self.early.split_off(kept)
    }

    /// Profit or loss at that mark price.
    #[inline]
    pub(crate) fn unrealised(&self, mark: Price) -> Usd {
        mark.notional(self.size) - self.cost
    }
}

/// The account as our own books have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Deposits + realised - fees + funding.
    pub(crate) cash: Usd,
    /// By market.
    pub(crate) positions: Vec<Position>,
    seen: BTreeSet<(MarketId, TradeId)>,
    order: VecDeque<(TimeMs, MarketId, TradeId)>,
    /// Fills up to this were seen and forgotten.
    horizon: Option<TimeMs>,
    /// How many fills were booked.
    #[serde(default)]
    pub(crate) booked: u64,
    /// Every fill up to this one is known, because the venue gave them in one reading. A fill that was pushed proves
    /// nothing of the one before it.
    #[serde(default)]
    complete_to: Option<(TimeMs, TradeId)>,
    /// The venue's time of the reading that `cash` was taken from.
    #[serde(default)]
    read_at: Option<TimeMs>,
}

/// What a fill did to a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The size before.
    pub(crate) before: Size,
    /// The size after.
    pub(crate) after: Size,
}

impl Change {
    /// The position is flat now, or was turned around.
    pub(crate) fn ended(self) -> bool {
        !self.before.is_zero() && Side::of_position(self.before) != Side::of_position(self.after)
    }

    /// A new position began.
    pub(crate) fn began(self) -> bool {
        !self.after.is_zero() && Side::of_position(self.before) != Side::of_position(self.after)
    }
}

impl Account {
    pub(crate) fn new(markets: usize) -> Self {
        Self {
            positions: alloc::vec![Position::default(); markets],
            ..Self::default()
        }
    }

    /// What must survive a restart.
    pub(crate) fn to_saved(&self) -> Self {
        let mut saved = self.clone();
        let excess = saved.order.len().saturating_sub(TRADES_SAVED);
        for _ in 0..excess {
            saved.forget_oldest();
        }
        saved
    }

    fn forget_oldest(&mut self) {
        if let Some((time, market, trade)) = self.order.pop_front() {
            self.seen.remove(&(market, trade));
            self.horizon = Some(self.horizon.map_or(time, |known| known.max(time)));
            // What is forgotten is not asked for again, so that a reading stays small.
            if self.complete_to.is_none_or(|(known, _)| known < time) {
                self.complete_to = Some((time, trade));
            }
        }
    }

    /// Forgets that a fill was booked.
    #[cfg(feature = "planted")]
    pub(crate) fn forget(&mut self, fill: &Fill) {
        self.seen.remove(&(fill.market, fill.trade));
    }

    /// Books a fill. `None` when it was booked already.
    pub(crate) fn book(&mut self, fill: &Fill) -> Option<Change> {
        if self.horizon.is_some_and(|horizon| fill.time <= horizon)
            || !self.seen.insert((fill.market, fill.trade))
        {
            return None;
        }
        if self.order.len() == TRADES_MAX {
            self.forget_oldest();
        }
        self.order.push_back((fill.time, fill.market, fill.trade));
        let position = self.positions.get_mut(fill.market.index())?;
        let before = position.size;
        let delta = fill.side.signed(fill.size);
        let value = fill.price.notional(delta);
        let mut realised = Usd::ZERO;
        if before.is_zero() || before.is_negative() == delta.is_negative() {
            position.size += delta;
            position.cost += value;
        } else if delta.abs() <= before.abs() {
            // Closes a part: that part's cost is released, the rest keeps its own.
            let released = position.cost.share(delta.abs(), before.abs());
            realised = -value - released;
            position.size += delta;
            position.cost -= released;
        } else {
            // Turns the position around: the old one is closed whole, the excess begins a new one.
            let closing = -before;
            realised = -fill.price.notional(closing) - position.cost;
            position.size = before + delta;
            position.cost = fill.price.notional(position.size);
        }
        self.booked += 1;
        position.booked = self.booked;
        let payments = position.traded(fill.time);
        position.realised += realised;
        position.fees += fill.fee;
        self.cash += realised - fill.fee;
        let change = Change {
            before,
            after: position.size,
        };
        if change.began() {
            position.opened_at = Some(fill.time);
            position.flat_since = None;
        } else if change.after.is_zero() {
            position.opened_at = None;
            position.flat_since = Some(fill.time);
            position.liquidation = None;
        }
        for (time, amount) in payments {
            self.fund(fill.market, amount, time);
        }
        Some(change)
    }

    /// Books a funding payment. One that comes again counts once, also hours later and after a restart; in the cash one
    /// that the venue's own holds already does not count.
    pub(crate) fn fund(&mut self, market: MarketId, amount: Usd, time: TimeMs) {
        let Some(position) = self.positions.get_mut(market.index()) else {
            return;
        };
        if !position.takes_payment(amount, time) {
            return;
        }
        position.funding += amount;
        if self.read_at.is_none_or(|read_at| time > read_at) {
            self.cash += amount;
        }
    }

    /// The venue gave every fill after [`Account::last_trade`].
    pub(crate) fn complete(&mut self, fills: &[Fill]) {
        let newest = fills.iter().map(|fill| (fill.time, fill.trade)).max();
        self.complete_to = self.complete_to.max(newest);
    }

    /// Deposits and withdrawals are not ours to know of: the venue's cash is the cash.
    pub(crate) fn take_cash(&mut self, cash: Usd, read_at: TimeMs) {
        self.cash = cash;
        self.read_at = Some(read_at);
    }

    /// Cash plus unrealised profit at the markets' mark prices.
    #[inline]
    pub(crate) fn equity(&self, markets: &[Market]) -> Usd {
        let mut equity = self.cash;
        for (position, market) in self.positions.iter().zip(markets) {
            if !position.size.is_zero() && market.quote.is_some() {
                equity += position.unrealised(market.mark());
            }
        }
        equity
    }

    /// Every open position has a price: the equity is more than a guess.
    #[inline]
    pub(crate) fn is_priced(&self, markets: &[Market]) -> bool {
        self.positions
            .iter()
            .zip(markets)
            .all(|(position, market)| position.size.is_zero() || market.quote.is_some())
    }

    /// The notional value of all positions.
    pub(crate) fn notional(&self, markets: &[Market]) -> Usd {
        self.positions
            .iter()
            .zip(markets)
            .map(|(position, market)| notional_of(position, market))
            .sum()
    }

    pub(crate) fn position(&self, market: MarketId) -> Option<&Position> {
        self.positions.get(market.index())
    }

    /// The signed size in a market.
    #[inline]
    pub(crate) fn size(&self, market: MarketId) -> Size {
        self.positions
            .get(market.index())
            .map_or(Size::ZERO, |position| position.size)
    }

    /// The fill up to which all are known.
    pub(crate) const fn last_trade(&self) -> Option<(TimeMs, TradeId)> {
        self.complete_to
    }

    /// Every position is flat.
    pub(crate) fn is_flat(&self) -> bool {
        self.positions
            .iter()
            .all(|position| position.size.is_zero())
    }
}

/// What a position is worth; without a price what it cost, never nothing.
pub(crate) fn notional_of(position: &Position, market: &Market) -> Usd {
    match market.quote {
        Some(quote) => quote.mark.notional(position.size).abs(),
        None => position.cost.abs(),
    }
}
