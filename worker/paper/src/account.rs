//! The books of one account: the same money kept twice, as cash and as profit, and compared after every booking.

use alloc::vec::Vec;

use aicoin_domain::{Leverage, MarketId, Price, Size, TimeMs, Usd};
use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::market::Market;
use crate::position::{Booked, Position};
use crate::tally::Tally;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// First book: what went in and out in cash, buying a position being an outflow (the venue's `totalRawUsd`).
    pub(crate) raw: Usd,
    /// Second book: what was paid in, less what was taken out.
    pub(crate) deposits: Usd,
    /// Second book: profit realised, before fees.
    pub(crate) realised: Usd,
    /// Second book: fees paid.
    pub(crate) fees: Usd,
    /// Second book: funding received; negative is paid.
    pub(crate) funding: Usd,
    /// The sum of the positions' costs.
    pub(crate) cost: Usd,
    /// The sum of the positions' isolated margins.
    pub(crate) margin: Usd,
    /// By market.
    pub(crate) positions: Vec<Position>,
    /// The markets with a position: so that equity does not walk over all markets.
    pub(crate) held: Vec<MarketId>,
    /// How many orders rest.
    pub(crate) open_orders: u32,
    /// Until then a liquidation takes whole positions: a part was tried before.
    pub(crate) liquidated_until: TimeMs,
    /// What is remembered.
    pub(crate) history: History,
    /// Funding by market, as far as any was paid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tallies: Vec<Tally>,
}

impl Account {
    pub(crate) fn new(markets: &[Market]) -> Self {
        Self {
            raw: Usd::ZERO,
            deposits: Usd::ZERO,
            realised: Usd::ZERO,
            fees: Usd::ZERO,
            funding: Usd::ZERO,
            cost: Usd::ZERO,
            margin: Usd::ZERO,
            positions: markets.iter().map(Market::new_position).collect(),
            held: Vec::new(),
            open_orders: 0,
            liquidated_until: TimeMs(i64::MIN),
            history: History::new(),
            tallies: Vec::new(),
        }
    }

    /// Deposits + realised - fees + funding: the account value without unrealised profit.
    #[inline]
    pub(crate) fn cash(&self) -> Usd {
        self.deposits + self.realised - self.fees + self.funding
    }

    /// Cash and unrealised profit, from the first book: no division, no list of all markets.
    #[inline]
    pub(crate) fn equity(&self, markets: &[Market]) -> Usd {
        let mut equity = self.raw;
        for market in &self.held {
            equity += mark_of(markets, *market).notional(self.size(*market));
        }
        equity
    }

    #[inline]
    pub(crate) fn position(&self, market: MarketId) -> Option<&Position> {
        self.positions.get(market.index())
    }

    /// The signed size in a market.
    #[inline]
    pub(crate) fn size(&self, market: MarketId) -> Size {
        self.position(market)
            .map_or(Size::ZERO, |position| position.size)
    }

    /// The positions that are not flat.
    #[inline]
    pub(crate) fn open_positions(&self) -> impl Iterator<Item = (MarketId, &Position)> {
        self.held
            .iter()
            .filter_map(|market| Some((*market, self.position(*market)?)))
    }

    pub(crate) fn deposit(&mut self, amount: Usd) {
        self.raw += amount;
        self.deposits += amount;
        self.assert_conserved();
    }

    /// Pays out; whether it may is the caller's to say.
    pub(crate) fn withdraw(&mut self, amount: Usd) {
        self.raw -= amount;
        self.deposits -= amount;
        self.assert_conserved();
    }

    /// Books a fill of `delta` (signed).
    pub(crate) fn book(&mut self, market: MarketId, delta: Size, price: Price, fee: Usd) -> Booked {
        let position = self.positions.get_mut(market.index());
        assert!(
            position.is_some(),
            "Invariant: a fill is in a market that exists"
        );
        let booked = position.map_or(
            Booked {
                realised: Usd::ZERO,
                cost_change: Usd::ZERO,
                before: Size::ZERO,
                after: Size::ZERO,
                margin_freed: Usd::ZERO,
            },
            |position| position.book(delta, price),
        );
        self.raw -= price.notional(delta) + fee;
        self.realised += booked.realised;
        self.fees += fee;
        self.cost += booked.cost_change;
        self.margin -= booked.margin_freed;
        if booked.before.is_zero() && !booked.after.is_zero() {
            self.held.push(market);
        } else if booked.after.is_zero() && !booked.before.is_zero() {
            self.held.retain(|held| *held != market);
        }
        if let Some(tally) = self.tallies.get_mut(market.index()) {
            tally.see_fill(booked.before, booked.after);
        }
        self.assert_conserved();
        booked
    }

    /// Books a funding payment: received, negative is paid. Isolated positions pay it from their own margin.
    pub(crate) fn fund(&mut self, market: MarketId, amount: Usd) {
        self.raw += amount;
        self.funding += amount;
        if self.tallies.len() <= market.index() {
            self.tallies.resize(market.index() + 1, Tally::default());
        }
        if let Some(tally) = self.tallies.get_mut(market.index()) {
            tally.add(amount);
        }
        if let Some(position) = self.positions.get_mut(market.index())
            && !position.is_cross
        {
            position.margin += amount;
            self.margin += amount;
        }
        self.assert_conserved();
    }

    pub(crate) fn set_leverage(&mut self, market: MarketId, leverage: Leverage, is_cross: bool) {
        if let Some(position) = self.positions.get_mut(market.index()) {
            position.leverage = leverage;
            position.is_cross = is_cross;
        }
    }

    /// Moves free money into an isolated position; negative takes it out.
    pub(crate) fn move_margin(&mut self, market: MarketId, amount: Usd) {
        if let Some(position) = self.positions.get_mut(market.index()) {
            position.margin += amount;
            self.margin += amount;
        }
    }

    /// Both books tell the same: cash that left for positions is exactly what the positions cost.
    #[inline]
    fn assert_conserved(&self) {
        assert!(
            self.raw + self.cost == self.cash(),
            "Invariant: money is conserved: raw {} + cost {} is not cash {}",
            self.raw,
            self.cost,
            self.cash(),
        );
    }

    /// Everything again from the positions.
    pub(crate) fn assert_recomputed(&self, markets: &[Market]) {
        self.assert_conserved();
        let cost: Usd = self.positions.iter().map(|position| position.cost).sum();
        let margin: Usd = self.positions.iter().map(|position| position.margin).sum();
        assert!(
            cost == self.cost,
            "Invariant: the costs add up: {cost} is not {}",
            self.cost
        );
        assert!(
            margin == self.margin,
            "Invariant: the margins add up: {margin} is not {}",
            self.margin
        );
        let mut unrealised = Usd::ZERO;
        for (index, position) in self.positions.iter().enumerate() {
            let is_held = self.held.iter().any(|market| market.index() == index);
            assert!(
                is_held != position.size.is_zero(),
                "Invariant: held markets are those with a position"
            );
            assert!(
                !position.size.is_zero() || position.cost.is_zero(),
                "Invariant: no position costs nothing"
            );
            assert!(
                !position.size.is_zero() || position.margin.is_zero(),
                "Invariant: no position binds nothing"
            );
            let mark = markets.get(index).map_or(Price::ZERO, |market| market.mark);
            unrealised += position.unrealised(mark);
        }
        let equity = self.deposits + self.realised + unrealised - self.fees + self.funding;
        assert!(
            equity == self.equity(markets),
            "Invariant: equity {} is deposits + realised + unrealised - fees + funding {equity}",
            self.equity(markets),
        );
    }
}

#[inline]
pub(crate) fn mark_of(markets: &[Market], market: MarketId) -> Price {
    markets
        .get(market.index())
        .map_or(Price::ZERO, |market| market.mark)
}
