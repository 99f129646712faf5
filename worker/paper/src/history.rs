//! What is remembered of finished orders and of fills: bounded, and found by id.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use aicoin_domain::{Cloid, Fill, OrderId, TradeId};
use serde::{Deserialize, Serialize};

use crate::fill::{FillDetail, FillRecord};
use crate::order::OrderReport;

/// How many finished orders and how many fills an account remembers, at least: what the venue itself serves.
pub const HISTORY_MAX: usize = 10_000;

/// The finished orders of an account, in two generations: when the younger one is full, the older one is dropped. So the
/// last `max` are always there, at most twice as many, and nothing is ever removed one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "SavedHistory", into = "SavedHistory")]
pub(crate) struct History {
    max: usize,
    older: Generation,
    younger: Generation,
    fills: VecDeque<FillRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Generation {
    reports: Vec<OrderReport>,
    by_cloid: BTreeMap<Cloid, u32>,
}

impl Generation {
    fn find(&self, cloid: Cloid) -> Option<&OrderReport> {
        let place = *self.by_cloid.get(&cloid)?;
        self.reports.get(usize::try_from(place).ok()?)
    }

    fn push(&mut self, report: OrderReport) {
        // A generation is far below 2^32: its limit is a count of rows in memory.
        let place = u32::try_from(self.reports.len()).unwrap_or(u32::MAX);
        if let Some(cloid) = report.cloid() {
            self.by_cloid.insert(cloid, place);
        }
        self.reports.push(report);
    }
}

impl History {
    pub(crate) fn new() -> Self {
        Self {
            max: HISTORY_MAX,
            older: Generation::default(),
            younger: Generation::default(),
            fills: VecDeque::new(),
        }
    }

    pub(crate) fn set_max(&mut self, max: usize) {
        self.max = max.max(1);
    }

    pub(crate) fn find(&self, cloid: Cloid) -> Option<&OrderReport> {
        self.younger.find(cloid).or_else(|| self.older.find(cloid))
    }

    /// By the exchange's number: a walk from the youngest, because only a simulator's clients ask for it.
    pub(crate) fn find_oid(&self, oid: OrderId) -> Option<&OrderReport> {
        self.orders().rev().find(|report| report.oid == oid)
    }

    /// Remembers a finished order.
    pub(crate) fn push(&mut self, report: OrderReport) {
        if self.younger.reports.len() >= self.max {
            core::mem::swap(&mut self.older, &mut self.younger);
            self.younger.reports.clear();
            self.younger.by_cloid.clear();
        }
        self.younger.push(report);
    }

    /// Finished orders, the oldest first.
    pub(crate) fn orders(&self) -> impl DoubleEndedIterator<Item = &OrderReport> {
        self.older.reports.iter().chain(&self.younger.reports)
    }

    pub(crate) fn push_fill(&mut self, record: FillRecord) {
        while self.fills.len() >= self.max {
            self.fills.pop_front();
        }
        self.fills.push_back(record);
    }

    /// Fills with a higher trade id, the oldest first.
    pub(crate) fn fills_since(
        &self,
        trade: TradeId,
    ) -> impl DoubleEndedIterator<Item = &FillRecord> {
        let start = self
            .fills
            .partition_point(|record| record.fill.trade <= trade);
        self.fills.range(start..)
    }
}

/// The same without the index, which is rebuilt.
#[derive(Serialize, Deserialize)]
struct SavedHistory {
    max: usize,
    older: Vec<OrderReport>,
    younger: Vec<OrderReport>,
    fills: Vec<Fill>,
    /// Beside the fills, the last one beside the last one. States of older versions have none.
    #[serde(default)]
    details: Vec<FillDetail>,
}

impl From<SavedHistory> for History {
    fn from(saved: SavedHistory) -> Self {
        let indexed = |reports: Vec<OrderReport>| {
            let mut generation = Generation::default();
            for report in reports {
                generation.push(report);
            }
            generation
        };
        let unknown = saved.fills.len().saturating_sub(saved.details.len());
        let details = core::iter::repeat_n(FillDetail::default(), unknown).chain(saved.details);
        let fills = saved.fills.into_iter().zip(details);
        Self {
            max: saved.max.max(1),
            older: indexed(saved.older),
            younger: indexed(saved.younger),
            fills: fills
                .map(|(fill, detail)| FillRecord { fill, detail })
                .collect(),
        }
    }
}

impl From<History> for SavedHistory {
    fn from(history: History) -> Self {
        Self {
            max: history.max,
            older: history.older.reports,
            younger: history.younger.reports,
            fills: history.fills.iter().map(|record| record.fill).collect(),
            details: history.fills.iter().map(|record| record.detail).collect(),
        }
    }
}
