//! The store: it has what was durable, all of a write or nothing of it, and the lease of the account.

use std::collections::BTreeMap;

use aicoin_core::{Leg, OrderRecord, Record, Saved};
use aicoin_domain::{Cloid, Fill, MarketId, OrderStatus, TradeId};

/// The row of an order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderRow {
    pub(crate) status: OrderStatus,
    pub(crate) leg: Leg,
}

/// What is durable.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) saved: Option<Saved>,
    pub(crate) orders: BTreeMap<Cloid, OrderRow>,
    pub(crate) fills: BTreeMap<(MarketId, TradeId), Fill>,
    /// Rows that say what another row says: there must be none.
    pub(crate) fills_doubled: u64,
    /// The lease: its epoch, and when it was renewed last.
    pub(crate) epoch: u64,
    pub(crate) renewed_at: i64,
    /// Whether and how it fails at present.
    pub(crate) trouble: Trouble,
    /// Until when.
    pub(crate) trouble_until: i64,
    /// A commit is merged by its rows' keys: what comes a second time changes nothing.
    pub(crate) merges_twice: bool,
}

/// How the store fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It works.
    #[default]
    None,
    /// It cannot be reached.
    Down,
    /// It cannot take anything more.
    Full,
    /// It still takes rows, and says that there is little room.
    NearlyFull,
}

impl Store {
    /// The last saved memory.
    pub(crate) const fn saved(&self) -> Option<&Saved> {
        self.saved.as_ref()
    }

    /// Writes a batch. False when the writer has no lease any more: nothing is written then.
    pub(crate) fn commit(&mut self, epoch: u64, records: &[Record], saved: &Saved) -> bool {
        if epoch != self.epoch {
            return false;
        }
        for record in records {
            self.write(record);
        }
        self.saved = Some(saved.clone());
        true
    }

    fn write(&mut self, record: &Record) {
        match record {
            Record::Order(order) => self.write_order(order),
            Record::Fill(row) => {
                let key = (row.fill.market, row.fill.trade);
                let known = self.fills.insert(key, row.fill);
                // The same row once more is the same row, unless the store counts it again.
                if known.is_some_and(|known| known != row.fill || self.merges_twice) {
                    self.fills_doubled += 1;
                }
            }
            Record::Decision(_)
            | Record::Position(_)
            | Record::Account(_)
            | Record::Risk(_)
            | Record::Settled(_)
            | Record::Control(_) => {}
        }
    }

    fn write_order(&mut self, order: &OrderRecord) {
        let row = OrderRow {
            status: order.status,
            leg: order.leg,
        };
        self.orders.insert(order.request.cloid, row);
    }
}
