//! What goes out: rows first, then what had to wait for them to be durable.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::output::{Output, Report, Seq};
use crate::record::Record;

/// Outputs in the order in which they must be carried out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    ready: VecDeque<Output>,
    rows: Vec<Record>,
    /// There are no rows, but the saved state itself must become durable.
    forced: bool,
    last: Seq,
}

impl Outbox {
    /// Continues after that piece of writing.
    pub(crate) fn after(last: Seq) -> Self {
        Self {
            last,
            ..Self::default()
        }
    }

    /// The piece of writing that rows of this input will be part of.
    pub(crate) const fn next_seq(&self) -> Seq {
        Seq(self.last.0 + 1)
    }

    pub(crate) const fn last_seq(&self) -> Seq {
        self.last
    }

    #[inline]
    pub(crate) fn row(&mut self, record: Record) {
        self.rows.push(record);
    }

    /// The saved state must become durable, with or without rows.
    pub(crate) const fn force(&mut self) {
        self.forced = true;
    }

    #[inline]
    pub(crate) fn push(&mut self, output: Output) {
        self.ready.push_back(output);
    }

    #[inline]
    pub(crate) fn report(&mut self, report: Report) {
        self.ready.push_back(Output::Report(report));
    }

    /// Puts the rows of this input in front of nothing: what waits for them is not in here yet.
    #[inline]
    pub(crate) fn flush(&mut self) {
        if self.rows.is_empty() && !self.forced {
            return;
        }
        self.forced = false;
        self.last = self.next_seq();
        let records = core::mem::take(&mut self.rows);
        self.ready.push_back(Output::Persist {
            seq: self.last,
            records,
        });
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.ready.pop_front()
    }
}
