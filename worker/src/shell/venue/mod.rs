//! Where a bot trades, as the trading loop sees it: a venue that lives in this process, or one behind a network.
//!
//! Two things differ. In the process time is made here and stands still while something is written; behind a network time
//! is the venue's and goes on. In the process everything is answered at once; behind a network the answers come later,
//! as events. Where they come from is all that the loop does not know.

mod account;
mod link;
mod live;
mod on_live;
mod pace;
mod paper;

use aicoin_core::{Action, Input, Query};
use aicoin_domain::{TimeMs, TradeId};

pub(crate) use link::{Dial, KeyPlace, Trouble};
pub(crate) use live::Live;
pub(crate) use on_live::{PaperOnLive, Terms};
pub(crate) use paper::{Paper, PaperVenue, Step, history_candles};

/// Where a bot trades.
#[derive(Debug)]
pub(crate) enum Venue {
    /// Simulated markets and a paper account, in this process.
    Paper(Box<Paper>),
    /// Hyperliquid, or something that speaks its protocol.
    Live(Box<Live>),
}

/// What the loop is told next.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Simulated time may go on by so many steps.
    Steps(u32),
    /// The core hears this, in this order.
    Heard(Vec<Input>),
    /// A market that nobody here knew: the account has something in it.
    NewMarket {
        /// The venue's name of the coin.
        name: String,
        /// The venue's rules.
        rules: aicoin_domain::MarketRules,
    },
    /// The way to the venue is blocked for this reason, or open again.
    Trouble(Trouble),
}

impl Venue {
    /// The time that the core is told: the venue's.
    pub(crate) fn now(&self) -> TimeMs {
        match self {
            Self::Paper(paper) => paper.venue.now(),
            Self::Live(live) => live.now(),
        }
    }

    /// Waits for what comes next. Nothing is lost when the wait is broken off.
    pub(crate) async fn turn(&mut self, may_step: bool, wake_at: Option<TimeMs>) -> Turn {
        match self {
            Self::Paper(paper) => Turn::Steps(paper.due(may_step).await),
            Self::Live(live) => live.turn(wake_at).await,
        }
    }

    /// Does what the core wants done. What it is answered at once comes back.
    pub(crate) fn carry_out(&mut self, action: &Action) -> Vec<Input> {
        match self {
            Self::Paper(paper) => {
                let answer = paper.venue.carry_out(action);
                answer
                    .into_iter()
                    .chain(paper.venue.take_events())
                    .collect()
            }
            Self::Live(live) => live.carry_out(action),
        }
    }

    /// Asks what the core wants to know. What is answered at once comes back.
    pub(crate) fn query(
        &mut self,
        query: Query,
        last_trade: Option<(TimeMs, TradeId)>,
    ) -> Option<Input> {
        match self {
            Self::Paper(paper) => Some(answer(&paper.venue, query, last_trade)),
            Self::Live(live) => live.query(query, last_trade),
        }
    }

    /// What has to be stored with the bot's rows: the state of a venue that lives in this process.
    pub(crate) fn to_json(&self) -> Result<Option<String>, serde_json::Error> {
        match self {
            Self::Paper(paper) => paper.venue.to_json().map(Some),
            Self::Live(live) => live.to_json(),
        }
    }

    /// How many times faster than the clock its time runs.
    pub(crate) fn speed(&self) -> f64 {
        match self {
            Self::Paper(paper) => paper.speed(),
            Self::Live(live) => live.speed(),
        }
    }
}

fn answer(venue: &PaperVenue, query: Query, last_trade: Option<(TimeMs, TradeId)>) -> Input {
    match query {
        Query::Account => Input::Account(Box::new(venue.truth(last_trade))),
        Query::Order(cloid) => live::looked(cloid, venue.now(), venue.look_up(cloid)),
    }
}
