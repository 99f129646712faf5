//! What the exchange model promises, one file per subject.

mod accounts;
mod candles;
mod conservation;
mod funding;
mod history;
mod liquidation;
mod margin;
mod orders;
mod reduce_only;
mod simulated;
mod triggers;
mod world;
