//! What the core wants done. The shell does it and nothing else.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aicoin_domain::{
    Cloid, DecisionId, Desired, MarketId, OrderId, OrderRequest, OrderStatus, Reason, TimeMs,
};
use serde::{Deserialize, Serialize};

use crate::ai::MarketView;
use crate::record::Record;

/// A place in the order of things to be written down, from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

/// One thing that the core wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Write these down, then say [`crate::Input::Durable`].
    Persist {
        /// The place in the order of writing.
        seq: Seq,
        /// The rows.
        records: Vec<Record>,
    },
    /// Do this at the venue, once, now: everything up to `after` is durable.
    Send {
        /// What had to be durable first.
        after: Seq,
        /// What to do.
        action: Action,
    },
    /// Ask the model, once, now: the budget for it is reserved durably.
    Ask {
        /// What had to be durable first.
        after: Seq,
        /// What to ask about.
        view: Box<MarketView>,
    },
    /// Ask the venue.
    Query(Query),
    /// Tell people.
    Report(Report),
    /// Say [`crate::Input::Wake`] at this time, unless an earlier or later wish replaces it.
    WakeAt(TimeMs),
}

/// Something to be done at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Place an order.
    Place {
        /// The order.
        request: OrderRequest,
        /// Its stop, in the same action: it stands once the order has filled whole, and goes with it otherwise. Each is
        /// answered on its own.
        #[serde(default)]
        stop: Option<OrderRequest>,
        /// The nonce to sign with.
        nonce: u64,
        /// The venue must refuse it after this.
        expires_at: TimeMs,
    },
    /// Cancel an order.
    Cancel {
        /// Which.
        cloid: Cloid,
        /// In which market.
        market: MarketId,
        /// The nonce to sign with.
        nonce: u64,
        /// The venue must refuse the request after this.
        expires_at: TimeMs,
    },
    /// Cancel an order that somebody else made and that has no client's number. Nothing answers it: the next reading of
    /// the account tells.
    CancelForeign {
        /// The venue's number.
        order: OrderId,
        /// In which market.
        market: MarketId,
        /// The nonce to sign with.
        nonce: u64,
        /// The venue must refuse the request after this.
        expires_at: TimeMs,
    },
}

/// Something to be asked of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// The whole account: answer with [`crate::Input::Account`].
    Account,
    /// One order: answer with [`crate::Input::Looked`].
    Order(Cloid),
}

/// Something that people should see at once. The rows tell the same for later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// A control message or a local hold is durable: from now on no send that could raise exposure starts against it.
    Accepted {
        /// The operator's counter.
        generation: u64,
        /// The level in force.
        in_force: Desired,
    },
    /// The level in force is true in the world.
    Effective {
        /// The operator's counter.
        generation: u64,
        /// The level in force.
        in_force: Desired,
    },
    /// A decision was taken.
    Decided {
        /// Its number.
        decision: DecisionId,
        /// Why it was rejected; `None` is accepted.
        rejected: Option<Reason>,
    },
    /// An order changed its state.
    Order {
        /// Which.
        cloid: Cloid,
        /// The new state.
        status: OrderStatus,
    },
    /// A risk event was recorded.
    Risk {
        /// Its number.
        id: u64,
        /// What.
        reason: Reason,
    },
}
