//! The operator: TradingBots on a cluster.
//!
//! ```text
//! watches ─▶ world (pruned caches) ─▶ queue ─▶ reconcile: observe → validate → build → apply → status
//!                                                   │  ▲
//!                                                   ▼  │ report
//!                                              contact (HTTP to the worker)
//! ```
//!
//! For: making the cluster what the objects say, and saying in their status what is true. Never: a Secret read, a trade
//! decided, a write without the lease, an answer of a worker believed that was not asked for at the present counter.

pub mod build;
pub mod check;
pub mod cli;
pub mod contact;
pub mod control;
pub mod deletion;
pub mod events;
pub mod http;
pub mod image;
pub mod keys;
pub mod lead;
pub mod memo;
pub mod metrics;
pub mod namespaces;
pub mod operator;
pub mod orphans;
pub mod patience;
pub mod queue;
pub mod reconcile;
pub mod run;
pub mod schema;
pub mod settings;
pub mod status;
pub mod validate;
pub mod watches;
pub mod world;
pub mod writer;
