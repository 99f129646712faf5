//! Orders as the venue lists them, and what became of one.

use aicoin_core::{OpenOrderTruth, OrderUpdate};
use aicoin_domain::{Cloid, MarketId, OrderId, Size, TimeMs};
use serde::Deserialize;

use super::fill::{CloidWire, SideWire};
use super::number::{Exact, Unsigned};

/// An order: in lists, in updates and in the answer about one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderWire {
    pub(crate) coin: String,
    side: SideWire,
    sz: Unsigned<Size>,
    oid: Exact<u64>,
    timestamp: Exact<i64>,
    orig_sz: Option<Unsigned<Size>>,
    cloid: Option<CloidWire>,
    reduce_only: Option<bool>,
}

impl OrderWire {
    pub(crate) fn cloid(&self) -> Option<Cloid> {
        self.cloid.and_then(|cloid| cloid.0)
    }

    pub(crate) fn oid(&self) -> OrderId {
        OrderId(self.oid.0)
    }

    pub(crate) fn placed(&self) -> TimeMs {
        TimeMs(self.timestamp.0)
    }

    /// What is gone of the size that was asked for: filled, or cut off because it would not have reduced.
    pub(crate) fn gone(&self) -> Size {
        self.orig_sz
            .map_or(Size::ZERO, |asked| asked.0 - self.sz.0.min(asked.0))
    }

    pub(crate) fn to_truth(&self, market: MarketId) -> OpenOrderTruth {
        OpenOrderTruth {
            cloid: self.cloid(),
            order: self.oid(),
            market,
            side: self.side.into(),
            size: self.sz.0,
            // Where it is not said the order may raise exposure.
            reduce_only: self.reduce_only.unwrap_or(false),
        }
    }
}

/// An order and what became of it: `orderUpdates`, and inside of `orderStatus`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderAndStatus {
    pub(crate) order: OrderWire,
    pub(crate) status: String,
    status_timestamp: Option<Exact<i64>>,
}

impl OrderAndStatus {
    /// When it became that.
    pub(crate) fn since(&self) -> TimeMs {
        self.status_timestamp
            .map_or_else(|| self.order.placed(), |time| TimeMs(time.0))
    }

    /// What became of it; `None` for a word that is not known.
    pub(crate) fn update(&self) -> Option<OrderUpdate> {
        update_of(&self.status, self.order.oid())
    }
}

/// The answer to `orderStatus`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrderStatusAnswer {
    status: String,
    order: Option<OrderAndStatus>,
}

impl OrderStatusAnswer {
    /// The order, `None` when the venue never saw it.
    ///
    /// # Errors
    /// When the answer says neither: it proves nothing.
    pub(crate) fn into_order(self) -> Result<Option<OrderAndStatus>, String> {
        match (self.status.as_str(), self.order) {
            ("order", Some(order)) => Ok(Some(order)),
            ("unknownOid", None) => Ok(None),
            (status, _) => Err(status.to_owned()),
        }
    }
}

/// The venue's word for an order's state. Words of these families are added at times, so the family decides.
pub(crate) fn update_of(word: &str, order: OrderId) -> Option<OrderUpdate> {
    match word {
        "open" => Some(OrderUpdate::Open { order }),
        "filled" => Some(OrderUpdate::Filled),
        "triggered" => Some(OrderUpdate::Triggered),
        "canceled" | "scheduledCancel" | "internalCancel" => Some(OrderUpdate::Canceled),
        "rejected" => Some(OrderUpdate::Rejected),
        _ if word.ends_with("Canceled") || word.ends_with("Cancel") => Some(OrderUpdate::Canceled),
        _ if word.ends_with("Rejected") => Some(OrderUpdate::Rejected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word of the venue's documentation, page "info endpoint", "query order status".
    const DOCUMENTED: &str = "open filled canceled triggered rejected marginCanceled vaultWithdrawalCanceled \
        openInterestCapCanceled selfTradeCanceled reduceOnlyCanceled siblingFilledCanceled delistedCanceled \
        liquidatedCanceled outcomeSettledCanceled scheduledCancel internalCancel tickRejected minTradeNtlRejected \
        perpMarginRejected reduceOnlyRejected badAloPxRejected iocCancelRejected badTriggerPxRejected \
        marketOrderNoLiquidityRejected positionIncreaseAtOpenInterestCapRejected \
        positionFlipAtOpenInterestCapRejected tooAggressiveAtOpenInterestCapRejected openInterestIncreaseRejected \
        insufficientSpotBalanceRejected oracleRejected perpMaxPositionRejected tooManyOpenOrdersRejected";

    #[test]
    fn every_documented_word_is_understood_and_no_other_is_guessed() {
        let order = OrderId(7);
        for word in DOCUMENTED.split_whitespace() {
            let expected = match word {
                "open" => OrderUpdate::Open { order },
                "filled" => OrderUpdate::Filled,
                "triggered" => OrderUpdate::Triggered,
                _ if word.to_lowercase().contains("reject") => OrderUpdate::Rejected,
                _ => OrderUpdate::Canceled,
            };
            assert_eq!(update_of(word, order), Some(expected), "{word}");
        }
        assert_eq!(update_of("somethingNew", order), None);
        assert_eq!(update_of("", order), None);
    }

    #[test]
    fn an_answer_that_says_neither_proves_nothing() {
        let read = |json: &str| {
            let answer: OrderStatusAnswer = serde_json::from_str(json).unwrap();
            answer.into_order().map(|order| order.is_some())
        };
        assert_eq!(read(r#"{"status":"unknownOid"}"#), Ok(false));
        assert_eq!(read(r#"{"status":"order"}"#), Err("order".to_owned()));
        assert_eq!(read(r#"{"status":"busy"}"#), Err("busy".to_owned()));
    }
}
