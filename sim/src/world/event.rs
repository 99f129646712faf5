//! What happened in the exchange, written down and told to whom it concerns.

use std::collections::BTreeMap;

use aicoin_domain::{AccountId, Fill, OrderId};
use aicoin_hyperliquid::Address;
use aicoin_paper::{Event, FillRecord, OrderState, What};
use serde_json::{Value, json};

use super::World;
use super::user::{FundingPaid, Liquidated, remember};
use crate::info::{fill_json, funding_json, order_update_json};
use crate::market::{Party, Trade};
use crate::ws;

/// What one account is told of one block.
#[derive(Default)]
pub(crate) struct News {
    pub(crate) orders: Vec<Value>,
    pub(crate) fills: Vec<Value>,
    pub(crate) fundings: Vec<Value>,
    pub(crate) liquidations: Vec<Value>,
    pub(crate) canceled: Vec<Value>,
}

impl World {
    /// Takes every event, and tells each account what concerns it, in one block.
    pub(crate) fn collect(&mut self) {
        let mut news: BTreeMap<AccountId, News> = BTreeMap::new();
        while let Some(event) = self.exchange.poll_event() {
            let told = news.entry(event.account).or_default();
            self.take(&event, told);
        }
        let now = self.time;
        for (account, told) in news {
            let Some(user) = self
                .users
                .get_mut(usize::try_from(account.0).unwrap_or(usize::MAX))
            else {
                continue;
            };
            user.protection.look(&self.exchange, account, now);
            let address = user.address;
            ws::publish_news(self, address, told);
        }
    }

    fn take(&mut self, event: &Event, told: &mut News) {
        let Some(user) = self
            .users
            .get_mut(usize::try_from(event.account.0).unwrap_or(usize::MAX))
        else {
            return;
        };
        match &event.what {
            What::Fill(fill) => {
                user.volume += fill.price.notional(fill.size).abs();
                let address = user.address;
                self.print(fill, address);
                if let Some(detail) = event.detail {
                    let record = FillRecord {
                        fill: *fill,
                        detail,
                    };
                    told.fills.push(fill_json(&self.assets, address, &record));
                }
            }
            What::Order {
                oid,
                market,
                state,
                remaining,
                ..
            } => {
                let coin = self.assets.name(*market);
                if is_cancelled_by_others(*state) {
                    told.canceled.push(json!({"coin": coin, "oid": oid.0}));
                }
                if let Some(report) = self.exchange.order_by_oid(event.account, *oid) {
                    told.orders.push(order_update_json(
                        coin, report, *state, *remaining, event.time,
                    ));
                }
            }
            What::Funding {
                market,
                amount,
                rate,
                size,
            } => {
                let paid = FundingPaid {
                    time: event.time,
                    market: *market,
                    amount: *amount,
                    size: *size,
                    rate: *rate,
                };
                remember(&mut user.fundings, paid);
                told.fundings.push(funding_json(&self.assets, &paid));
            }
            What::Liquidation {
                market,
                kind,
                size,
                left,
            } => {
                let liquidated = Liquidated {
                    time: event.time,
                    market: *market,
                    kind: *kind,
                    size: *size,
                    left: *left,
                };
                remember(&mut user.liquidations, liquidated);
                let address = user.address;
                let mark = self.exchange.mark(*market);
                let value = self.exchange.equity(event.account);
                told.liquidations.push(json!({
                    "lid": event.time.0,
                    "liquidator": "0x0000000000000000000000000000000000000001",
                    "liquidated_user": address,
                    "liquidated_ntl_pos": crate::wire::num(mark.notional(*size).abs()),
                    "liquidated_account_value": crate::wire::num(value),
                }));
            }
        }
    }

    /// A fill is on the tape like everybody's.
    fn print(&mut self, fill: &Fill, user: Address) {
        if let Some(market) = self.markets.get_mut(fill.market.index()) {
            let side = if fill.is_taker {
                fill.side
            } else {
                fill.side.opposite()
            };
            market.tape.record(Trade {
                number: 0,
                trade: fill.trade.0,
                time: fill.time,
                side,
                price: fill.price,
                size: fill.size,
                party: Some(Party {
                    user,
                    order: fill.order,
                    side: fill.side,
                }),
            });
        }
    }

    /// The orders of an account that wait for a parent, by that parent.
    pub(crate) fn children(
        &self,
        account: AccountId,
        parent: OrderId,
    ) -> Vec<aicoin_paper::OpenOrder> {
        let is_child = |order: &aicoin_paper::OpenOrder| {
            order.terms.link == aicoin_paper::Link::Child { parent }
        };
        self.exchange
            .waiting_children(account)
            .filter(is_child)
            .collect()
    }
}

/// The venue tells these to the account as cancels that it did not ask for.
const fn is_cancelled_by_others(state: OrderState) -> bool {
    matches!(
        state,
        OrderState::MarginCanceled | OrderState::LiquidatedCanceled | OrderState::ScheduledCancel
    )
}
