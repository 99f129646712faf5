//! What must be known before the venue is spoken to, and the limits of speaking.

use std::time::Duration;

use aicoin_domain::{DurationMs, Leverage, Rate};
use aicoin_hyperliquid::{Address, Network};

use crate::shared::Shared;

/// The connection's configuration, without the key.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueConfig {
    /// Which network's signatures are made. It is never guessed from the address: a simulator has any.
    pub network: Network,
    /// Where the venue is; `/info` and `/exchange` are joined to it, and the WebSocket is the same with `ws` and `/ws`.
    pub base_url: String,
    /// The account that is traded: a master account, a sub-account or a vault; `None` reads public data only.
    pub account: Option<Address>,
    /// The markets' names, in the order of their ids.
    pub markets: Vec<String>,
    /// The leverage that every market is set to, where the venue allows as much; `None` leaves it as it is.
    pub max_leverage: Option<Leverage>,
    /// Which candles are wanted at the start.
    pub warm_up: Option<WarmUp>,
    /// A certificate authority beside the built-in ones, as PEM text.
    pub extra_ca_pem: Option<String>,
    /// Timeouts, deadlines and allowances.
    pub limits: Limits,
    /// What is shared with other workers.
    pub shared: Shared,
}

/// Candles of the time before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmUp {
    /// Their length. Where the venue has none of this length, there are none.
    pub interval: DurationMs,
    /// How many, at most [`CANDLES_MAX`].
    pub count: usize,
}

/// The venue keeps no more candles than this of any length.
pub const CANDLES_MAX: usize = 5000;

/// Timeouts, deadlines and allowances. Durations are by the wall clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// A connection that takes longer will not come.
    pub connect_timeout: Duration,
    /// One question, from asking to the last byte of the answer, waiting for the allowance included.
    pub info_timeout: Duration,
    /// One action. It is shorter than the core's patience (5 s), so that the answer is ours.
    pub exchange_timeout: Duration,
    /// The whole of [`crate::boot`].
    pub boot_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub body_bytes_max: usize,
    /// The venue's allowance for one IP address, in weights a minute.
    pub ip_weight_per_minute: u32,
    /// What of it questions may not use: it is kept for actions.
    pub ip_weight_reserved: u32,
    /// How long questions wait after a 429.
    pub cool_down: Duration,
    /// Requests of the account's own allowance that are kept for cancels and for orders that only reduce.
    pub requests_reserved: i64,
    /// How often the account's allowance is read.
    pub allowance_every: Duration,
    /// How often fills are asked for, beside the stream.
    pub poll_fills_every: Duration,
    /// How often the socket is pinged. The server closes one that it sent nothing on for 60 s.
    pub ping_every: Duration,
    /// A pong that takes longer will not come: the socket is dead.
    pub pong_within: Duration,
    /// Subscriptions that are not confirmed within this are not going to be.
    pub subscribed_within: Duration,
    /// Prices that did not come for this long are stale. They come every second.
    pub stale_after: Duration,
    /// The pause before the socket is connected again; it doubles with each failure.
    pub reconnect_pause: Duration,
    /// The longest such pause.
    pub reconnect_pause_max: Duration,
    /// New connections within a minute; the venue allows 30.
    pub connections_per_minute: usize,
    /// How far from its trigger a stop may fill: 0.1 is 10 %.
    pub slippage: Rate,
}

/// Nothing is done more often than this, however fast a venue's time runs.
const SHORTEST: Duration = Duration::from_millis(20);
/// A machine that is busy for less than this has lost no stream.
const STALE_SHORTEST: Duration = Duration::from_millis(250);
/// Connections within a minute, where many of the venue's minutes are in one of ours.
const CONNECTIONS_FAST: usize = 1_000;

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            info_timeout: Duration::from_secs(5),
            exchange_timeout: Duration::from_millis(4500),
            boot_timeout: Duration::from_secs(30),
            // 2000 fills are about 800 kB.
            body_bytes_max: 8 * 1024 * 1024,
            ip_weight_per_minute: 1200,
            ip_weight_reserved: 200,
            cool_down: Duration::from_secs(10),
            requests_reserved: 500,
            allowance_every: Duration::from_secs(60),
            poll_fills_every: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_secs(10),
            subscribed_within: Duration::from_secs(10),
            stale_after: Duration::from_secs(10),
            reconnect_pause: Duration::from_millis(500),
            reconnect_pause_max: Duration::from_secs(30),
            connections_per_minute: 25,
            // What the venue's own page uses for stops.
            slippage: Rate::from_bps(1000),
        }
    }
}

impl Limits {
    /// For a venue whose time runs so many times faster than the clock: what is counted in its time is as much shorter. What
    /// the network takes is not, nor are the deadlines for it.
    #[must_use]
    pub fn at_speed(self, speed: f64) -> Self {
        let scaled = |span: Duration| {
            if speed > 1.0 && speed.is_finite() {
                span.div_f64(speed).max(SHORTEST)
            } else {
                span
            }
        };
        Self {
            cool_down: scaled(self.cool_down),
            allowance_every: scaled(self.allowance_every),
            poll_fills_every: scaled(self.poll_fills_every),
            stale_after: scaled(self.stale_after).max(STALE_SHORTEST.min(self.stale_after)),
            reconnect_pause: scaled(self.reconnect_pause),
            reconnect_pause_max: scaled(self.reconnect_pause_max),
            // A simulator counts none.
            connections_per_minute: if speed > 1.0 {
                self.connections_per_minute.max(CONNECTIONS_FAST)
            } else {
                self.connections_per_minute
            },
            ..self
        }
    }
}

impl VenueConfig {
    /// The public address of a network, no candles, the documented limits.
    #[must_use]
    pub fn new(network: Network, account: Option<Address>, markets: Vec<String>) -> Self {
        Self {
            network,
            base_url: network.base_url().to_owned(),
            account,
            markets,
            max_leverage: None,
            warm_up: None,
            extra_ca_pem: None,
            limits: Limits::default(),
            shared: Shared::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_speed_of_the_clock_nothing_changes_and_faster_the_venues_spans_are_shorter() {
        let limits = Limits::default();
        assert_eq!(limits.clone().at_speed(1.0), limits);
        let fast = limits.clone().at_speed(50.0);
        let expected = Limits {
            cool_down: limits.cool_down / 50,
            allowance_every: limits.allowance_every / 50,
            poll_fills_every: limits.poll_fills_every / 50,
            stale_after: STALE_SHORTEST,
            reconnect_pause: SHORTEST,
            reconnect_pause_max: limits.reconnect_pause_max / 50,
            connections_per_minute: CONNECTIONS_FAST,
            ..limits
        };
        assert_eq!(fast, expected);
    }
}
