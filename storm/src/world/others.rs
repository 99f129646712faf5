//! Somebody else on the account, and the venue acting by itself.

use aicoin_core::{Input, MarketConfig};
use aicoin_domain::{MarketId, OrderId, OrderKind, Price, Rate, Side, Size, Tif};
use aicoin_paper::{NewKind, NewOrder, OrderRef};

use super::World;
use crate::fault::Fault;
use crate::plan::FOREIGN_MARKET;
use crate::queue::Event;

impl World {
    pub(super) fn strike_account(&mut self) {
        let count = self.plan.config.markets.len() as u64;
        if self.strikes(Fault::ForeignTrade) {
            let index = usize::try_from(self.dice.below(count)).unwrap_or(0);
            self.trade_as_other(index, Tif::Ioc, 300);
        }
        if self.strikes(Fault::ForeignOrder) {
            let index = usize::try_from(self.dice.below(count)).unwrap_or(0);
            self.trade_as_other(index, Tif::Gtc, -900);
        }
        if self.strikes(Fault::ForeignMarket) {
            self.list_foreign_market();
            let index = self.plan.config.markets.len();
            self.trade_as_other(index, Tif::Ioc, 300);
        }
        if self.strikes(Fault::StopCanceled) {
            self.cancel_a_stop();
        }
    }

    /// Somebody else's order, at a price so far beyond the other side of the book.
    fn trade_as_other(&mut self, index: usize, tif: Tif, beyond_bps: i64) {
        let (now, market) = (self.true_time(), Self::market_of(index));
        let Some(rules) = self.plan.rules.get(index).copied() else {
            return;
        };
        let mark = self.exchange.mark(market);
        let side = self.dice.pick(&[Side::Buy, Side::Sell]);
        let price = match side {
            Side::Buy => rules.nearest_price(mark.scaled(Rate::from_bps(beyond_bps))),
            Side::Sell => rules.nearest_price(mark.scaled(Rate::from_bps(-beyond_bps))),
        };
        let worth = aicoin_domain::Usd::from_whole(i128::from(self.dice.between(20, 400)));
        let size = rules.floor_size(worth.size_at(price));
        self.history.say(self.now, || {
            format!("somebody else: {side:?} {size} of market {index} at {price}")
        });
        let order = foreign_order(market, side, size, price, tif, false);
        let _ = self.exchange.place(now, self.account, &order, None);
        self.judge.somebody_else_acts(now);
        self.pump();
        if !self.others.leaving {
            self.others.leaving = true;
            let stays = self.dice.between(60_000, 1_800_000);
            self.queue.at(self.now + stays, Event::ForeignLeaves);
        }
        self.others.number += 1;
    }

    /// Whoever else was there takes back the orders, and closes what is open where they traded.
    pub(super) fn others_leave(&mut self) {
        self.others.leaving = false;
        let now = self.true_time();
        let foreign: Vec<OrderId> = self
            .exchange
            .open_orders(self.account)
            .filter(|order| order.cloid().is_none())
            .map(|order| order.oid)
            .collect();
        for oid in foreign {
            let _ = self
                .exchange
                .cancel_order(now, self.account, OrderRef::Oid(oid));
        }
        for market in self.judge.markets_of_others() {
            let held = self.exchange.position_size(self.account, market);
            let Some(side) = Side::of_position(held) else {
                continue;
            };
            let Some(rules) = self.plan.rules.get(market.index()).copied() else {
                continue;
            };
            let mark = self.exchange.mark(market);
            let price = match side.opposite() {
                Side::Buy => rules.nearest_price(mark.scaled(Rate::from_bps(1_000))),
                Side::Sell => rules.nearest_price(mark.scaled(Rate::from_bps(-1_000))),
            };
            let order = foreign_order(market, side.opposite(), held.abs(), price, Tif::Ioc, true);
            let _ = self.exchange.place(now, self.account, &order, None);
        }
        self.judge.somebody_else_acts(now);
        self.pump();
    }

    /// The account has something in a market that the manifest lacks: the shell tells the core of that market.
    fn list_foreign_market(&mut self) {
        let index = self.plan.config.markets.len();
        let Some(rules) = self.plan.rules.get(index).copied() else {
            return;
        };
        if self.config.markets.len() == index {
            self.config.markets.push(MarketConfig {
                name: FOREIGN_MARKET.to_owned(),
                rules,
                retired: true,
            });
        }
        self.tell_everybody(|| Input::Listing {
            market: Self::market_of(index),
            name: FOREIGN_MARKET.to_owned(),
            rules,
        });
    }

    /// The venue cancels a stop that rests.
    fn cancel_a_stop(&mut self) {
        let now = self.true_time();
        let stop = self
            .exchange
            .open_orders(self.account)
            .find(|order| matches!(order.request.kind, OrderKind::Trigger { .. }))
            .map(|order| order.oid);
        if let Some(oid) = stop {
            let _ = self
                .exchange
                .cancel_order(now, self.account, OrderRef::Oid(oid));
            self.pump();
        }
    }
}

fn foreign_order(
    market: MarketId,
    side: Side,
    size: Size,
    price: Price,
    tif: Tif,
    reduce_only: bool,
) -> NewOrder {
    NewOrder {
        cloid: None,
        market,
        side,
        size,
        price,
        reduce_only,
        kind: NewKind::Limit(tif),
    }
}
