//! Executions.

use aicoin_domain::{
    Cloid, Fill, LiquidationKind, MarketId, OrderId, Price, Side, Size, TimeMs, TradeId, Usd,
};
use aicoin_hyperliquid::Address;
use serde::{Deserialize, Deserializer};

use super::number::{Exact, Unsigned};

/// Bought or sold: `B` or `A`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum SideWire {
    #[serde(rename = "B")]
    Bid,
    #[serde(rename = "A")]
    Ask,
}

impl From<SideWire> for Side {
    fn from(side: SideWire) -> Self {
        match side {
            SideWire::Bid => Self::Buy,
            SideWire::Ask => Self::Sell,
        }
    }
}

/// A client's number. Somebody else's that is none of the usual form is none of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloidWire(pub(crate) Option<Cloid>);

impl<'de> Deserialize<'de> for CloidWire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(text.and_then(|text| text.parse().ok())))
    }
}

/// One execution.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FillWire {
    pub(crate) coin: String,
    px: Unsigned<Price>,
    sz: Unsigned<Size>,
    side: SideWire,
    time: Exact<i64>,
    start_position: Option<Exact<Size>>,
    dir: Option<String>,
    closed_pnl: Option<Exact<Usd>>,
    oid: Exact<u64>,
    crossed: Option<bool>,
    /// What went to a builder is part of it.
    fee: Option<Exact<Usd>>,
    tid: Option<Exact<u64>>,
    cloid: Option<CloidWire>,
    liquidation: Option<LiquidationWire>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LiquidationWire {
    liquidated_user: Option<String>,
    method: Option<String>,
}

/// What tells executions apart. The venue's number alone does not: both sides of a trade have the same one.
pub(crate) type FillKey = (TimeMs, String, TradeId);

impl FillWire {
    pub(crate) fn time(&self) -> TimeMs {
        TimeMs(self.time.0)
    }

    pub(crate) fn order(&self) -> OrderId {
        OrderId(self.oid.0)
    }

    pub(crate) fn size(&self) -> Size {
        self.sz.0
    }

    pub(crate) fn cloid(&self) -> Option<Cloid> {
        self.cloid.and_then(|cloid| cloid.0)
    }

    pub(crate) fn key(&self) -> FillKey {
        (self.time(), self.coin.clone(), self.trade())
    }

    /// Whether it is the same execution: their [`FillWire::key`]s, compared without being made.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.time() == other.time() && self.trade() == other.trade() && self.coin == other.coin
    }

    /// The venue's number; records that are older than it get one made of what they say, the same every time.
    pub(crate) fn trade(&self) -> TradeId {
        TradeId(self.tid.map_or_else(|| self.made_up_number(), |tid| tid.0))
    }

    fn made_up_number(&self) -> u64 {
        let start = self.start_position.map_or(Size::ZERO, |start| start.0);
        let words = [
            self.time.0.to_be_bytes(),
            self.oid.0.to_be_bytes(),
            self.px.0.units().to_be_bytes(),
            self.sz.0.units().to_be_bytes(),
            start.units().to_be_bytes(),
        ];
        // FNV-1a: numbers that are told apart, not secrets.
        let bytes = words.iter().flatten().chain(self.coin.as_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The execution as the core knows it. `account` is whose it is.
    pub(crate) fn to_fill(&self, market: MarketId, account: Address) -> Fill {
        Fill {
            trade: self.trade(),
            order: self.order(),
            cloid: self.cloid(),
            market,
            time: self.time(),
            side: self.side.into(),
            price: self.px.0,
            size: self.sz.0,
            fee: self.fee.map_or(Usd::ZERO, |fee| fee.0),
            closed_pnl: self.closed_pnl.map_or(Usd::ZERO, |pnl| pnl.0),
            is_taker: self.crossed.unwrap_or(false),
            liquidation: self.liquidation(account),
        }
    }

    /// How the venue closed *our* position; the other side of somebody's liquidation has the same mark on its fill.
    fn liquidation(&self, account: Address) -> Option<LiquidationKind> {
        let dir = self.dir.as_deref().unwrap_or_default();
        if dir.starts_with("Auto-Deleveraging") {
            return Some(LiquidationKind::Backstop);
        }
        let liquidation = self.liquidation.as_ref()?;
        let is_ours = match &liquidation.liquidated_user {
            Some(user) => user.parse() == Ok(account),
            // Not said: an order of ours has our number, a liquidation has none.
            None => self.cloid().is_none(),
        };
        is_ours.then_some(match liquidation.method.as_deref() {
            Some("backstop") => LiquidationKind::Backstop,
            _ => LiquidationKind::Market,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The liquidation of a fill with these fields beside the usual ones, as the account sees it.
    fn liquidation(fields: &str) -> Option<LiquidationKind> {
        let json = format!(
            r#"{{"coin":"BTC","px":"60000","sz":"1","side":"A","time":1,"oid":2,"tid":3,{fields}}}"#
        );
        let fill: FillWire = serde_json::from_str(&json).unwrap();
        fill.to_fill(MarketId(0), Address([0x22; 20])).liquidation
    }

    #[test]
    fn an_execution_of_less_than_nothing_is_refused() {
        let read = |px: &str, sz: &str| {
            let json = format!(
                r#"{{"coin":"BTC","px":"{px}","sz":"{sz}","side":"A","time":1,"oid":2,"tid":3}}"#
            );
            serde_json::from_str::<FillWire>(&json).is_ok()
        };
        assert!(read("60000", "1"));
        assert!(!read("60000", "-1"));
        assert!(!read("-60000", "1"));
    }

    #[test]
    fn only_ones_own_liquidation_is_one_and_an_auto_deleveraging_is_the_backstops() {
        let ours = "0x2222222222222222222222222222222222222222";
        let theirs = "0x3333333333333333333333333333333333333333";
        let of = |user: &str, method: &str| {
            liquidation(&format!(
                r#""dir":"Close Long","liquidation":{{"liquidatedUser":"{user}","markPx":"1","method":"{method}"}}"#
            ))
        };
        assert_eq!(of(ours, "market"), Some(LiquidationKind::Market));
        assert_eq!(of(ours, "backstop"), Some(LiquidationKind::Backstop));
        assert_eq!(of(theirs, "market"), None);
        assert_eq!(
            liquidation(r#""dir":"Auto-Deleveraging""#),
            Some(LiquidationKind::Backstop)
        );
        assert_eq!(liquidation(r#""dir":"Close Long""#), None);
        // Whose is not said: an order of ours has our number.
        let unsaid = r#""liquidation":{"markPx":"1","method":"market"}"#;
        assert_eq!(liquidation(unsaid), Some(LiquidationKind::Market));
        let with_cloid = format!(r#""cloid":"0x00000000000000000000000000000007",{unsaid}"#);
        assert_eq!(liquidation(&with_cloid), None);
    }
}
