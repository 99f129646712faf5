//! One market: its latest prices, what is left of the quoted depth, and the orders that rest in it.

use alloc::vec::Vec;

use aicoin_domain::{AccountId, Cloid, Leverage, MarketRules, OrderId, Price, Side, Size};
use serde::{Deserialize, Serialize};

use crate::book::{Book, Ladder, Level};
use crate::order::Order;
use crate::order_state::OrderState;
use crate::position::Position;
use crate::quote::Quote;

/// The leverage that a new account starts with, where the market allows as much.
const DEFAULT_LEVERAGE: u32 = 20;

/// One market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Market {
    /// The venue's rules.
    pub(crate) rules: MarketRules,
    /// Twice the lowest leverage of any tier: maintenance is never above the notional value divided by this.
    pub(crate) divisor_min: u32,
    /// The best bid; zero before the first price.
    pub(crate) bid: Price,
    /// The best ask.
    pub(crate) ask: Price,
    /// What is left to sell to, until the next quote.
    pub(crate) bid_left: Size,
    /// What is left to buy, until the next quote.
    pub(crate) ask_left: Size,
    /// Prices come as candles: there is always enough depth.
    pub(crate) is_deep: bool,
    /// The mark price.
    pub(crate) mark: Price,
    /// The oracle price.
    pub(crate) oracle: Price,
    /// Everybody's orders, in the order in which they went live.
    pub(crate) orders: Vec<Order>,
    /// Stop-losses and take-profits whose parents are not filled yet: nothing but the parent's end reaches them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) children: Vec<Order>,
    /// What stands behind the best prices.
    #[serde(default, skip_serializing_if = "Ladder::is_plain")]
    pub(crate) ladder: Ladder,
    /// No order is reached by prices above this; kept so that a candle that reaches none costs two comparisons.
    floor: Price,
    /// No order is reached by prices below this.
    ceiling: Price,
}

/// Above every price that can be written: a candle up there is looked at closely, and nothing is found.
const NEVER_ABOVE: Price = Price::from_units(Price::LIMIT_UNITS);

impl Market {
    pub(crate) fn new(rules: MarketRules) -> Self {
        let lowest = rules
            .tiers
            .iter()
            .map(|tier| tier.max_leverage.times())
            .min()
            .unwrap_or(1);
        Self {
            rules,
            divisor_min: 2 * lowest,
            bid: Price::ZERO,
            ask: Price::ZERO,
            bid_left: Size::ZERO,
            ask_left: Size::ZERO,
            is_deep: false,
            mark: Price::ZERO,
            oracle: Price::ZERO,
            orders: Vec::new(),
            children: Vec::new(),
            ladder: Ladder::default(),
            floor: Price::ZERO,
            ceiling: NEVER_ABOVE,
        }
    }

    pub(crate) fn new_position(&self) -> Position {
        let leverage = DEFAULT_LEVERAGE.min(self.rules.max_leverage().times());
        Position::new(Leverage::new(leverage), !self.rules.only_isolated)
    }

    /// One price for everything, without a limit on depth.
    #[inline]
    pub(crate) fn set_flat(&mut self, price: Price) {
        self.bid = price;
        self.ask = price;
        self.mark = price;
        self.oracle = price;
        self.is_deep = true;
    }

    pub(crate) fn set_quote(&mut self, quote: &Quote) {
        self.bid = quote.bid;
        self.ask = quote.ask;
        self.bid_left = quote.bid_size;
        self.ask_left = quote.ask_size;
        self.mark = quote.mark;
        self.oracle = quote.oracle;
        self.is_deep = false;
        let (bid, ask) = ((quote.bid, quote.bid_size), (quote.ask, quote.ask_size));
        self.ladder.renew(&self.rules, bid, ask);
    }

    /// How many levels the book has; what is quoted now counts as new.
    pub(crate) fn set_levels(&mut self, levels: u8) {
        self.ladder = Ladder::new(levels);
        let (bid, ask) = ((self.bid, self.bid_left), (self.ask, self.ask_left));
        self.ladder.renew(&self.rules, bid, ask);
    }

    /// What is left of the book; `None` before the first price, and with candles, which have none.
    pub(crate) fn book(&self) -> Option<Book> {
        if !self.has_price() || self.is_deep {
            return None;
        }
        let side = |side: Side| {
            let best = Level {
                price: self.touch(side),
                size: self.depth(side),
                count: self.ladder.count(side),
            };
            let best = best.size.is_positive().then_some(best);
            best.into_iter()
                .chain(self.ladder.behind(&self.rules, side))
                .collect()
        };
        Some(Book {
            bids: side(Side::Sell),
            asks: side(Side::Buy),
        })
    }

    /// Whether a price has come.
    #[inline]
    pub(crate) const fn has_price(&self) -> bool {
        self.mark.is_positive()
    }

    /// The best price that an order of this side meets.
    #[inline]
    pub(crate) const fn touch(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }

    /// How much an order of this side can take, in whole lots.
    #[inline]
    pub(crate) fn depth(&self, side: Side) -> Size {
        if self.is_deep {
            return Size::from_units(Size::LIMIT_UNITS);
        }
        self.rules.floor_size(match side {
            Side::Buy => self.ask_left,
            Side::Sell => self.bid_left,
        })
    }

    /// Takes depth away until the next quote. When that was all at the best price, the next level is the best.
    pub(crate) fn consume(&mut self, side: Side, size: Size) {
        if self.is_deep {
            return;
        }
        match side {
            Side::Buy => self.ask_left -= size,
            Side::Sell => self.bid_left -= size,
        }
        if self.ladder.is_plain() || self.depth(side).is_positive() {
            return;
        }
        if let Some((price, left)) = self.ladder.advance(&self.rules, side) {
            match side {
                Side::Buy => (self.ask, self.ask_left) = (price, left),
                Side::Sell => (self.bid, self.bid_left) = (price, left),
            }
        }
    }

    /// Whether a limit order of this side and price matches the best price, and anything is there.
    pub(crate) fn crosses(&self, side: Side, limit: Price) -> bool {
        let is_good = match side {
            Side::Buy => limit >= self.ask,
            Side::Sell => limit <= self.bid,
        };
        is_good && self.depth(side).is_positive()
    }

    /// Whether prices that went down to `low` and up to `high` may reach an order.
    #[inline]
    pub(crate) fn may_reach(&self, low: Price, high: Price) -> bool {
        low <= self.floor || high >= self.ceiling
    }

    /// Keeps the orders in order of their numbers: a child that goes live late has a lower one than others.
    pub(crate) fn insert(&mut self, order: Order) {
        let place = self
            .orders
            .partition_point(|other| other.oid() < order.oid());
        self.orders.insert(place, order);
        self.watch();
    }

    /// Takes out a child that waits for its parent.
    pub(crate) fn remove_child(&mut self, oid: OrderId) -> Option<Order> {
        let index = self.children.iter().position(|order| order.oid() == oid)?;
        Some(self.children.remove(index))
    }

    /// Takes out the eldest child of that parent.
    pub(crate) fn remove_child_of(&mut self, parent: OrderId) -> Option<Order> {
        let mut children = self.children.iter();
        let index = children.position(|order| order.parent() == Some(parent))?;
        Some(self.children.remove(index))
    }

    pub(crate) fn remove(&mut self, oid: OrderId) -> Option<Order> {
        let index = self.orders.iter().position(|order| order.oid() == oid)?;
        let order = self.orders.remove(index);
        self.watch();
        Some(order)
    }

    pub(crate) fn get(&self, oid: OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.oid() == oid)
    }

    pub(crate) fn get_mut(&mut self, oid: OrderId) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.oid() == oid)
    }

    pub(crate) fn find(&self, account: AccountId, cloid: Cloid) -> Option<&Order> {
        self.orders
            .iter()
            .chain(&self.children)
            .find(|order| order.account == account && order.cloid() == Some(cloid))
    }

    /// Works out anew which prices reach an order; to be called after every change to one.
    pub(crate) fn watch(&mut self) {
        (self.floor, self.ceiling) = (Price::ZERO, NEVER_ABOVE);
        for order in &self.orders {
            if order.report.state == OrderState::Triggered && order.trigger().is_some() {
                self.floor = NEVER_ABOVE;
            }
            match order.threshold() {
                (price, true) => self.floor = self.floor.max(price),
                (price, false) => self.ceiling = self.ceiling.min(price),
            }
        }
    }
}
