//! Prices in streams: `bbo` and `activeAssetCtx`.

use aicoin_domain::{Price, Rate, Size};
use serde::Deserialize;

use super::number::Rough;

/// The best prices of a book.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BboWire {
    pub(crate) coin: String,
    bbo: (Option<LevelWire>, Option<LevelWire>),
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct LevelWire {
    px: Rough<Price>,
    sz: Rough<Size>,
}

/// The best prices of both sides, with what is there at each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Best {
    pub(crate) bid: (Price, Size),
    pub(crate) ask: (Price, Size),
}

impl BboWire {
    /// `None` when a side is empty or the prices are no market.
    pub(crate) fn best(&self) -> Option<Best> {
        let (Some(bid), Some(ask)) = self.bbo else {
            return None;
        };
        let best = Best {
            bid: (bid.px.0, bid.sz.0),
            ask: (ask.px.0, ask.sz.0),
        };
        let is_market = best.bid.0.is_positive() && best.bid.0 < best.ask.0;
        let is_there = !best.bid.1.is_negative() && !best.ask.1.is_negative();
        (is_market && is_there).then_some(best)
    }
}

/// What the venue says of a market beside its book.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ContextWire {
    pub(crate) coin: String,
    pub(crate) ctx: Context,
}

/// The part of it that is needed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context {
    mark_px: Rough<Price>,
    oracle_px: Option<Rough<Price>>,
    mid_px: Option<Rough<Price>>,
    funding: Option<Rough<Rate>>,
}

impl Context {
    pub(crate) fn mark(&self) -> Price {
        self.mark_px.0
    }

    pub(crate) fn oracle(&self) -> Price {
        self.oracle_px.map_or(self.mark_px.0, |oracle| oracle.0)
    }

    pub(crate) fn mid(&self) -> Option<Price> {
        self.mid_px.map(|mid| mid.0)
    }

    pub(crate) fn funding_rate(&self) -> Rate {
        self.funding.map_or(Rate::ZERO, |funding| funding.0)
    }
}
