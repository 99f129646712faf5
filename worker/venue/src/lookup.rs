//! What became of one order.

use std::time::Duration;

use aicoin_core::{LookupAnswer, OrderUpdate};
use aicoin_domain::{Cloid, OrderId, Size, TimeMs};
use aicoin_hyperliquid::Address;

use crate::context::Context;
use crate::rest::AskError;
use crate::wire::fill::FillWire;
use crate::wire::order::{OrderAndStatus, OrderStatusAnswer};
use crate::wire::request::Question;

/// Fills are there this long after their order is over, wherever they are asked for.
const FILLS_SETTLE: Duration = Duration::from_secs(3);

impl Context {
    /// Asks after an order. Returns when the question left, and its answer.
    pub(crate) async fn look_up(&self, cloid: Cloid) -> (TimeMs, LookupAnswer) {
        let Some(account) = self.account else {
            return (self.clock.now(), LookupAnswer::NoAnswer);
        };
        let question = Question::OrderStatus {
            user: account,
            oid: cloid,
        };
        // The time counts when the question leaves: an answer to an older one would prove too much.
        if self.rest.room_for(question).await.is_err() {
            return (self.clock.now(), LookupAnswer::NoAnswer);
        }
        let asked_at = self.clock.now();
        let answer = self.rest.ask_now(question, &self.board).await;
        let answer = match answer.map(OrderStatusAnswer::into_order) {
            Ok(Ok(None)) => LookupAnswer::UnknownOrder,
            Ok(Ok(Some(order))) => self.known(account, &order).await,
            Ok(Err(status)) => {
                tracing::warn!(%cloid, status, "the answer to a look-up says nothing");
                LookupAnswer::NoAnswer
            }
            Err(error) => {
                tracing::debug!(%cloid, %error, "a look-up was not answered");
                LookupAnswer::NoAnswer
            }
        };
        (asked_at, answer)
    }

    async fn known(&self, account: Address, order: &OrderAndStatus) -> LookupAnswer {
        let Some(update) = order.update() else {
            tracing::warn!(
                status = order.status,
                "an order has a status that is not known"
            );
            return LookupAnswer::NoAnswer;
        };
        let is_over = match update {
            OrderUpdate::Open { .. } | OrderUpdate::Triggered => false,
            OrderUpdate::Filled | OrderUpdate::Canceled | OrderUpdate::Rejected => true,
        };
        if !is_over {
            // The venue's own count does not move before the order is over; the fills come by themselves.
            return LookupAnswer::Known {
                update,
                filled: Size::ZERO,
            };
        }
        match self.filled(account, order).await {
            Ok(Some(filled)) => LookupAnswer::Known { update, filled },
            Ok(None) => LookupAnswer::NoAnswer,
            Err(error) => {
                tracing::debug!(%error, "the fills of an order could not be read");
                LookupAnswer::NoAnswer
            }
        }
    }

    /// How much of an order that is over filled, by its fills. `None` while they may not all be there.
    ///
    /// What is gone of its size is not enough to know: of an order that only reduces a part may have been cut off.
    async fn filled(
        &self,
        account: Address,
        order: &OrderAndStatus,
    ) -> Result<Option<Size>, AskError> {
        let gone = order.order.gone();
        if gone.is_zero() {
            return Ok(Some(Size::ZERO));
        }
        let heard = self.deliver.filled(order.order.oid());
        if heard >= gone {
            return Ok(Some(heard));
        }
        let fills = self.fills_from(account, order.order.placed()).await?;
        let filled = filled_by(&fills, order.order.oid());
        let is_settled = self.clock.now() - order.since() > self.clock.span(FILLS_SETTLE);
        Ok((filled >= gone || is_settled).then_some(filled))
    }
}

/// How much of an order filled by these fills.
pub(crate) fn filled_by(fills: &[FillWire], order: OrderId) -> Size {
    fills
        .iter()
        .filter(|fill| fill.order() == order)
        .map(FillWire::size)
        .fold(Size::ZERO, Size::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_of_more_coins_than_can_be_counted_are_no_panic() {
        let json = r#"{"coin":"BTC","px":"1","sz":"10000000000","side":"B","time":1,"oid":1}"#;
        let fill: FillWire = serde_json::from_str(json).unwrap();
        let fills = vec![fill; 20];
        assert_eq!(filled_by(&fills, OrderId(1)), Size::from_units(i64::MAX));
        assert_eq!(filled_by(&fills, OrderId(2)), Size::ZERO);
    }
}
