//! The venue's two allowances: one for the IP address, in weights a minute, and one for the account, in requests.

mod account;
mod ip;

pub(crate) use account::AccountAllowance;
pub(crate) use ip::{IpAllowance, Use};
