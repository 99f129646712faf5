//! One market: its latest prices, what is left of the quoted depth, and the orders that rest in it.

use alloc::vec::Vec;

use aicoin_domain::{AccountId, Cloid, Leverage, MarketRules, OrderId, Price, Side, Size};
use serde::{Deserialize, Serialize};

use crate::order::{Order, OrderState};
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
    /// Everybody's orders, in order of their numbers.
    pub(crate) orders: Vec<Order>,
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

    /// Takes depth away until the next quote.
    pub(crate) fn consume(&mut self, side: Side, size: Size) {
        if self.is_deep {
            return;
        }
        match side {
            Side::Buy => self.ask_left -= size,
            Side::Sell => self.bid_left -= size,
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

    pub(crate) fn insert(&mut self, order: Order) {
        self.orders.push(order);
        self.watch();
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
            .find(|order| order.account == account && order.cloid() == cloid)
    }

    /// Works out anew which prices reach an order; to be called after every change to one.
    pub(crate) fn watch(&mut self) {
        (self.floor, self.ceiling) = (Price::ZERO, NEVER_ABOVE);
        for order in &self.orders {
            if order.report.state == OrderState::Triggered {
                self.floor = NEVER_ABOVE;
            }
            match order.threshold() {
                (price, true) => self.floor = self.floor.max(price),
                (price, false) => self.ceiling = self.ceiling.min(price),
            }
        }
    }
}
