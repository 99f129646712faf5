//! What the streams bring, handed over.

use std::time::{Duration, Instant};

use aicoin_core::Input;
use aicoin_domain::{DurationMs, MarketId, TimeMs};

use crate::context::Context;
use crate::deliver::Closed;
use crate::quote::Prices;
use crate::wire::fill::FillWire;
use crate::wire::market::{BboWire, ContextWire};
use crate::wire::order::OrderAndStatus;
use crate::wire::user::FundingWire;

/// Payments from before this connection that are told: nobody listened while the process did not run. The core knows
/// which of them it has.
const MISSED_PAYMENTS: DurationMs = DurationMs::from_mins(24 * 60);

/// The prices of one connection: nothing of an older one is carried over.
#[derive(Debug, Default)]
pub(super) struct Streams {
    prices: Vec<Prices>,
}

impl Streams {
    /// How many markets are subscribed.
    pub(super) const fn markets(&self) -> usize {
        self.prices.len()
    }

    pub(super) fn add_market(&mut self) {
        self.prices.push(Prices::default());
    }

    pub(super) fn on_best(&mut self, context: &Context, bbo: &BboWire) -> Result<(), Closed> {
        let best = bbo.best();
        self.on_price(context, &bbo.coin, |prices, _| prices.on_best(best))
    }

    pub(super) fn on_context(
        &mut self,
        context: &Context,
        wire: &ContextWire,
    ) -> Result<(), Closed> {
        self.on_price(context, &wire.coin, |prices, now| {
            prices.on_context(wire.ctx, now);
        })
    }

    fn on_price(
        &mut self,
        context: &Context,
        coin: &str,
        take: impl FnOnce(&mut Prices, Instant),
    ) -> Result<(), Closed> {
        let Some(market) = context.markets.id(coin) else {
            return Ok(());
        };
        let Some(prices) = self.prices.get_mut(market.index()) else {
            return Ok(());
        };
        let now = Instant::now();
        take(prices, now);
        match prices.price(market, now, context.rest.limits().stale_after) {
            Some(price) => context.deliver.price(price),
            None => Ok(()),
        }
    }

    /// Not one market has prices.
    pub(super) fn are_silent(&self, now: Instant, stale_after: Duration) -> bool {
        !self.prices.is_empty()
            && self
                .prices
                .iter()
                .all(|prices| prices.is_silent(now, stale_after))
    }

    /// The names of markets without fresh prices.
    pub(super) fn stale(
        &self,
        context: &Context,
        now: Instant,
        stale_after: Duration,
    ) -> Vec<String> {
        self.prices
            .iter()
            .enumerate()
            .filter(|(_, prices)| !prices.is_fresh(now, stale_after))
            .filter_map(|(index, _)| {
                let market = MarketId(u16::try_from(index).ok()?);
                Some(context.markets.get(market)?.name.clone())
            })
            .collect()
    }

    /// Executions. The first message after a subscription has those of long ago as well: what was before this connection
    /// is in the readings of the account.
    pub(super) async fn on_fills(context: &Context, fills: &[FillWire]) -> Result<(), Closed> {
        let Some(account) = context.account else {
            return Ok(());
        };
        // The first message is newest first.
        let mut recent: Vec<&FillWire> = fills
            .iter()
            .filter(|fill| fill.time() >= context.began)
            .collect();
        if let (Some(first), Some(last)) = (recent.first(), recent.last())
            && first.time() > last.time()
        {
            recent.reverse();
        }
        recent.sort_by_key(|fill| fill.time());
        for fill in recent {
            let key = fill.key();
            if context.deliver.is_known(&key) {
                continue;
            }
            if let Some(market) = context.stream_market(&fill.coin).await? {
                context
                    .deliver
                    .fill(&key, fill.to_fill(market, account))
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn on_fundings(
        context: &Context,
        fundings: &[FundingWire],
    ) -> Result<(), Closed> {
        let mut recent: Vec<&FundingWire> = fundings
            .iter()
            .filter(|funding| TimeMs(funding.time.0) > context.began - MISSED_PAYMENTS)
            .collect();
        recent.sort_by_key(|funding| funding.time.0);
        for funding in recent {
            let time = TimeMs(funding.time.0);
            let Some(market) = context.markets.id(&funding.coin) else {
                continue;
            };
            if context.deliver.is_new_funding(time, &funding.coin) {
                context
                    .deliver
                    .input(Input::Funding {
                        market,
                        amount: funding.usdc.0,
                        time,
                    })
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn on_orders(
        context: &Context,
        orders: &[OrderAndStatus],
    ) -> Result<(), Closed> {
        for order in orders {
            let Some(cloid) = order.order.cloid() else {
                // Somebody else's. The readings of the account show it.
                context.stream_market(&order.order.coin).await?;
                continue;
            };
            match order.update() {
                Some(update) => context.deliver.order(cloid, update).await?,
                None => {
                    tracing::warn!(
                        status = order.status,
                        "an order has a status that is not known"
                    );
                }
            }
        }
        Ok(())
    }
}
