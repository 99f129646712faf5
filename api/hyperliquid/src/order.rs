//! Orders as they are sent and signed.

use aicoin_domain::{Cloid, OrderKind, OrderRequest, Price, Side, Size, Tif, TpSl};
use serde::{Deserialize, Serialize};

/// How many decimals a number on the wire may have.
pub const WIRE_DECIMALS_MAX: u32 = 8;

/// An order cannot be written for the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A price has too many decimals.
    #[error("the price {0} has more than 8 decimals, which no price at the venue has")]
    Price(Price),
    /// Zero or below.
    #[error("an order's price and size are above zero")]
    NotPositive,
}

/// An order, in the order of its fields that is signed. Numbers are decimal texts without zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderWire {
    /// The asset: the market's place in `meta`.
    pub a: u32,
    /// A buy.
    pub b: bool,
    /// The limit price.
    pub p: String,
    /// The size.
    pub s: String,
    /// It only reduces.
    pub r: bool,
    /// The kind.
    pub t: OrderType,
    /// The client order id, `0x` and 32 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<Cloid>,
}

/// The kind of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderType {
    /// A limit order.
    #[serde(rename_all = "camelCase")]
    Limit {
        /// How long it lives.
        tif: Tif,
    },
    /// An order that waits for the mark price.
    Trigger(Trigger),
}

/// What an order waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// A market order once it goes off; else a limit order at `p`.
    pub is_market: bool,
    /// The mark price that sets it off.
    pub trigger_px: String,
    /// Stop-loss or take-profit.
    pub tpsl: TpSl,
}

/// What the orders of one action have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    /// Nothing.
    #[serde(rename = "na")]
    Na,
    /// The first opens, the others are its stop-loss and take-profit.
    #[serde(rename = "normalTpsl")]
    NormalTpsl,
    /// Stop-loss and take-profit of a position, of whatever size it has.
    #[serde(rename = "positionTpsl")]
    PositionTpsl,
}

/// The venue's number of an order, or the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OidOrCloid {
    /// The venue's.
    Oid(u64),
    /// The client's.
    Cloid(Cloid),
}

/// An order for the venue. `asset` is the market's place in `meta` on this network. A market trigger has a limit price
/// all the same: `worst` is the price beyond which it does not fill once it went off.
///
/// # Errors
/// When a price has more decimals than the wire, or something is not above zero. Whether the venue's tick and lot sizes
/// are kept is asked elsewhere ([`aicoin_domain::MarketRules`]).
pub fn order_wire(
    asset: u32,
    request: &OrderRequest,
    worst: Option<Price>,
) -> Result<OrderWire, WireError> {
    let (limit, kind) = match request.kind {
        OrderKind::Limit { price, tif } => (price, OrderType::Limit { tif }),
        OrderKind::Trigger { trigger, kind } => (
            worst.unwrap_or(trigger),
            OrderType::Trigger(Trigger {
                is_market: true,
                trigger_px: price_text(trigger)?,
                tpsl: kind,
            }),
        ),
    };
    Ok(OrderWire {
        a: asset,
        b: request.side == Side::Buy,
        p: price_text(limit)?,
        s: size_text(request.size)?,
        r: request.reduce_only,
        t: kind,
        c: Some(request.cloid),
    })
}

fn price_text(price: Price) -> Result<String, WireError> {
    if !price.is_positive() {
        return Err(WireError::NotPositive);
    }
    let step = 10_i64.pow(Price::DECIMALS - WIRE_DECIMALS_MAX);
    if price.units() % step != 0 {
        return Err(WireError::Price(price));
    }
    Ok(price.to_string())
}

/// A size has as many decimals as the wire: it is always exact.
fn size_text(size: Size) -> Result<String, WireError> {
    const { assert!(Size::DECIMALS <= WIRE_DECIMALS_MAX) };
    if !size.is_positive() {
        return Err(WireError::NotPositive);
    }
    Ok(size.to_string())
}
