//! The tables of a store and their columns, the same for every kind of database: what a backup holds, in this order.
//!
//! Left out are the readable twins of times, which are computed, and numbers that a database gives by itself: the order of
//! the rows stands for them.

use std::fmt;

/// Which tables and columns there are. It rises when something is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TablesVersion(pub(crate) u32);

impl TablesVersion {
    pub(crate) const NEWEST: Self = Self(1);
}

impl fmt::Display for TablesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A decimal number as its text: no digit is lost.
    Decimal,
    /// A whole number of 64 bits.
    Integer,
    /// Yes or no.
    Boolean,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// It may hold nothing.
    pub(crate) optional: bool,
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    /// The rows' order is by these columns; empty is the order in which they were written.
    pub(crate) key: &'static [&'static str],
}

impl Table {
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }
}

macro_rules! kind {
    (text) => {
        Kind::Text
    };
    (decimal) => {
        Kind::Decimal
    };
    (integer) => {
        Kind::Integer
    };
    (boolean) => {
        Kind::Boolean
    };
}

macro_rules! optional {
    () => {
        false
    };
    (null) => {
        true
    };
}

/// `name: kind`, and `| null` where nothing may stand.
macro_rules! columns {
    ($($name:ident: $kind:ident $(| $null:ident)?),* $(,)?) => {
        &[$(Column { name: stringify!($name), kind: kind!($kind), optional: optional!($($null)?) }),*]
    };
}

/// Every table; what refers to another comes after it.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "bots",
        key: &["bot"],
        columns: columns![
            bot: text, uid: text, mode: text, spec_generation: integer, lease_epoch: integer, markets: text,
            started_at_ms: integer, updated_at_ms: integer, saved_state: text | null, venue_state: text | null,
        ],
    },
    Table {
        name: "leases",
        key: &["account"],
        columns: columns![
            account: text, bot: text, holder: text, epoch: integer, released: boolean, acquired_at_ms: integer,
            renewed_at_ms: integer,
        ],
    },
    Table {
        name: "decisions",
        key: &["bot", "id"],
        columns: columns![
            bot: text, id: integer, market: text | null, source: text, action: text, reason: text,
            confidence: integer | null, verdict: text, code: text | null, detail: text | null, mark_price: decimal,
            view: integer, model_asked: text | null, model: text | null, request_id: text | null,
            prompt_version: text | null, prompt_hash: text | null, input_tokens: integer | null,
            cached_tokens: integer | null, output_tokens: integer | null, cost_usd: decimal | null,
            latency_ms: integer | null, tries: integer | null, spec_generation: integer, lease_epoch: integer,
            time_ms: integer, raw_reply: text | null, reasoning: text | null,
        ],
    },
    Table {
        name: "orders",
        key: &[],
        columns: columns![
            bot: text, cloid: text, decision: integer, leg: text, attempt: integer, market: text, side: text,
            kind: text, tif: text, price: decimal, size: decimal, reduce_only: boolean, status: text,
            error: text | null, error_code: text | null, oid: integer | null, filled: decimal,
            filled_notional: decimal, average_price: decimal | null, nonce: integer, payload: text,
            payload_hash: text, spec_generation: integer, lease_epoch: integer, created_at_ms: integer,
            updated_at_ms: integer, expires_at_ms: integer,
        ],
    },
    Table {
        name: "fills",
        key: &[],
        columns: columns![
            bot: text, market: text, trade_id: integer, cloid: text | null, oid: integer, decision: integer | null,
            leg: text | null, side: text, price: decimal, size: decimal, fee: decimal, closed_pnl: decimal,
            taker: boolean, liquidation: text | null, spec_generation: integer, lease_epoch: integer,
            time_ms: integer,
        ],
    },
    Table {
        name: "positions",
        key: &["bot", "market"],
        columns: columns![
            bot: text, market: text, size: decimal, cost: decimal, realized_pnl: decimal, fees: decimal,
            funding: decimal, stop_price: decimal | null, take_price: decimal | null, lease_epoch: integer,
            opened_at_ms: integer | null, updated_at_ms: integer,
        ],
    },
    Table {
        name: "account_snapshots",
        key: &["bot", "time_ms"],
        columns: columns![
            bot: text, equity: decimal, cash: decimal, unrealized_pnl: decimal, realized_pnl: decimal, fees: decimal,
            funding: decimal, notional: decimal, drawdown_bps: integer, spec_generation: integer,
            lease_epoch: integer, time_ms: integer,
        ],
    },
    Table {
        name: "risk_events",
        key: &["bot", "id"],
        columns: columns![
            bot: text, id: integer, code: text, market: text | null, detail: text, resolved: boolean,
            spec_generation: integer, lease_epoch: integer, time_ms: integer,
        ],
    },
    Table {
        name: "control_messages",
        key: &[],
        columns: columns![
            bot: text, desired: text, generation: integer, local_hold: text, in_force: text, spec_generation: integer,
            lease_epoch: integer, time_ms: integer,
        ],
    },
    Table {
        name: "journal",
        key: &["bot", "seq"],
        columns: columns![
            bot: text, seq: integer, input: text, outputs: text | null, checksum: integer | null,
            lease_epoch: integer, time_ms: integer,
        ],
    },
    Table {
        name: "checkpoints",
        key: &["bot", "seq", "lease_epoch"],
        columns: columns![
            bot: text, seq: integer, kind: text, version: text, spec_generation: integer, lease_epoch: integer,
            time_ms: integer, state: text,
        ],
    },
];
