//! What the report of a fill has beside the fill itself.

use aicoin_domain::{Fill, Price, Side, Size};
use serde::{Deserialize, Serialize};

/// What the report of a fill has beside the fill itself. Written as a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Size, Price)", into = "(Size, Price)")]
pub struct FillDetail {
    /// The position before it, signed: negative is short.
    pub start_position: Size,
    /// The mark price then.
    pub mark: Price,
}

impl From<(Size, Price)> for FillDetail {
    fn from((start_position, mark): (Size, Price)) -> Self {
        Self {
            start_position,
            mark,
        }
    }
}

impl From<FillDetail> for (Size, Price) {
    fn from(detail: FillDetail) -> Self {
        (detail.start_position, detail.mark)
    }
}

/// A fill and what its report has beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillRecord {
    /// The fill.
    pub fill: Fill,
    /// The rest.
    pub detail: FillDetail,
}

impl FillRecord {
    /// What it did to the position, in the venue's words.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        let before = self.detail.start_position;
        let after = before + self.fill.side.signed(self.fill.size);
        match (Side::of_position(before), Side::of_position(after)) {
            (Some(Side::Buy), Some(Side::Sell)) => "Long > Short",
            (Some(Side::Sell), Some(Side::Buy)) => "Short > Long",
            (was, is) => match (was.or(is), after.abs() > before.abs()) {
                (Some(Side::Sell), true) => "Open Short",
                (Some(Side::Sell), false) => "Close Short",
                (_, true) => "Open Long",
                (_, false) => "Close Long",
            },
        }
    }
}
