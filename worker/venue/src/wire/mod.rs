//! The venue's messages, as they are on the wire.
//!
//! Tolerant: fields that are not known here are skipped, a number may be a text or a number, and what the venue leaves
//! out at times may be missing. Entries of the spot market and of other exchanges on the same venue are skipped unread.
//! Never: a float on the way to a price, size or amount; a value put in the place of one that is missing and matters.

pub(crate) mod account;
pub(crate) mod candle;
pub(crate) mod coin;
pub(crate) mod exchange;
pub(crate) mod fill;
pub(crate) mod market;
pub(crate) mod meta;
pub(crate) mod number;
pub(crate) mod order;
pub(crate) mod request;
pub(crate) mod socket;
pub(crate) mod user;
