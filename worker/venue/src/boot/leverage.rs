//! The leverage of each market at the venue, made what the bot may use at most.
//!
//! A new account trades at up to twenty times, cross. Nothing is opened beyond the bot's own limits whatever the venue
//! would allow; but an isolated position is liquidated at a distance that the venue's setting alone decides.

use std::time::Instant;

use aicoin_domain::{Leverage, TimeMs};
use aicoin_hyperliquid::{Action, Address, AgentKey};

use super::Booted;
use super::prove::signed;
use crate::config::VenueConfig;
use crate::health::Board;
use crate::meta::Listed;
use crate::outcome::failure;
use crate::rest::{AskError, Outcome};
use crate::wire::request::Question;
use crate::wire::user::{LeverageWire, MarginMode};

/// A market whose leverage could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeverageLeft {
    /// The market.
    pub market: String,
    /// What it should be.
    pub wanted: Leverage,
    /// Cross, not isolated.
    pub is_cross: bool,
    /// Why it is not.
    pub why: String,
}

/// Sets the leverage of every market that has another one than it should: the lower of the bot's limit and the venue's,
/// cross where the venue has that. Gives the markets that it could not be set in; the first question or action without an
/// answer ends it, and the markets after that are among them.
pub async fn set_leverage(
    config: &VenueConfig,
    booted: &Booted,
    key: &AgentKey,
) -> Vec<LeverageLeft> {
    let (Some(account), Some(most)) = (config.account, config.max_leverage) else {
        return Vec::new();
    };
    let setting = Setting {
        config,
        booted,
        key,
        account,
    };
    let mut left = Vec::new();
    let mut silent = None;
    for (index, market) in booted.listed.iter().enumerate() {
        let wanted = most.min(market.rules.max_leverage());
        let is_cross = !market.rules.only_isolated;
        let done = match &silent {
            Some(why) => Err(Left::Silent(String::clone(why))),
            None => setting.settle(index, market, wanted, is_cross).await,
        };
        let why = match done {
            Ok(()) => continue,
            Err(Left::Refused(why)) => why,
            Err(Left::Silent(why)) => {
                silent = Some(why.clone());
                why
            }
        };
        left.push(LeverageLeft {
            market: market.name.clone(),
            wanted,
            is_cross,
            why,
        });
    }
    left
}

/// Why a market's leverage is not what it should be.
enum Left {
    /// The venue says so.
    Refused(String),
    /// It says nothing.
    Silent(String),
}

struct Setting<'a> {
    config: &'a VenueConfig,
    booted: &'a Booted,
    key: &'a AgentKey,
    account: Address,
}

impl Setting<'_> {
    async fn settle(
        &self,
        index: usize,
        market: &Listed,
        wanted: Leverage,
        is_cross: bool,
    ) -> Result<(), Left> {
        let question = Question::ActiveAssetData {
            user: self.account,
            coin: &market.name,
        };
        let known: Result<LeverageWire, AskError> =
            self.booted.rest.ask_twice(question, &Board::new()).await;
        let mode = if is_cross {
            MarginMode::Cross
        } else {
            MarginMode::Isolated
        };
        match known {
            Ok(known) if known.is(mode, wanted.times()) => return Ok(()),
            // Another one, or a venue that does not answer this question: setting it tells.
            Ok(_) => {}
            Err(error) if error.is_unreadable() => {}
            Err(error) => return Err(Left::Silent(error.to_string())),
        }
        let action = Action::UpdateLeverage {
            asset: market.asset,
            is_cross,
            leverage: wanted.times(),
        };
        // Before the time that the start was proved with: the orders' own begin after it.
        let back = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
        let nonce = TimeMs(self.booted.time.0.saturating_sub(back));
        let body =
            signed(self.config, self.booted, self.key, action, nonce).map_err(Left::Refused)?;
        let until = Instant::now() + self.config.limits.exchange_timeout;
        let outcome = self.booted.rest.act(body, 0, until, &Board::new()).await;
        match (failure(&outcome), outcome) {
            (None, _) => Ok(()),
            (Some(why), Outcome::Unknown(_)) => Err(Left::Silent(why)),
            (Some(why), Outcome::Answered(_) | Outcome::NotDone(_)) => Err(Left::Refused(why)),
        }
    }
}
