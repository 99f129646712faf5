//! Everything that a bot remembers, and what of it survives a restart.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{
    DecisionId, DurationMs, MarketId, MarketRules, Price, Rate, Reason, Side, Size, TimeMs, Usd,
};
use serde::{Deserialize, Serialize};

use super::halt::Halt;
use crate::account::Account;
use crate::ai::AiAction;
use crate::config::{BotConfig, Policy};
use crate::control::Control;
use crate::decide::{AnyRule, Breaker, Budget, Wish};
use crate::input::StoreHealth;
use crate::lease::Lease;
use crate::market::{Market, VIEW_CANDLES_MAX};
use crate::orders::Book;
use crate::output::Seq;
use crate::record::Leg;
use crate::risk::Risk;

/// How many earlier decisions a view shows.
pub(super) const RECENT_MAX: usize = 10;

/// A bot's memory. All of it is in the state hash; all of it is saved.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) markets: Vec<Market>,
    pub(crate) desks: Vec<Desk>,
    pub(crate) account: Account,
    pub(crate) book: Book,
    pub(crate) risk: Risk,
    pub(crate) control: Control,
    pub(crate) lease: Lease,
    pub(crate) store: StoreHealth,
    pub(crate) budget: Budget,
    pub(crate) breaker: Breaker,
    pub(crate) recent: VecDeque<Recent>,
    pub(crate) ids: Ids,
    pub(crate) venue: VenueRead,
    pub(crate) asking: Option<Asking>,
    /// The last slot of the interval for which the model was asked, or skipped with a reason.
    pub(crate) asked_slot: Option<TimeMs>,
    /// When the account was written down last.
    pub(crate) snapshot_at: Option<TimeMs>,
    pub(crate) closing: Closing,
    /// The length of the candles that all this was made of.
    #[serde(default)]
    pub(crate) interval: Option<DurationMs>,
    /// Nothing opens until a person settles it.
    #[serde(default)]
    pub(crate) halt: Option<Halt>,
    /// What else keeps anything from being opened, each once, in the order of the codes.
    #[serde(default)]
    pub(crate) obstacles: Vec<Reason>,
}

/// The numbers that are given out next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Ids {
    pub(crate) decision: u64,
    pub(crate) nonce: u64,
    pub(crate) risk_event: u64,
    pub(crate) view: u64,
    pub(crate) seq: Seq,
}

/// What is known of the venue's own truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct VenueRead {
    /// The account was read since the start and every order is resolved.
    pub(crate) reconciled: bool,
    /// The account was asked for at that time, and no answer came yet.
    pub(crate) asked_at: Option<TimeMs>,
    /// It is to be asked for at that time.
    pub(crate) next_at: Option<TimeMs>,
    /// The venue itself said, after the last change of ours, that nothing is open.
    pub(crate) says_flat: bool,
    /// When an answer came last.
    #[serde(default)]
    pub(crate) read_at: Option<TimeMs>,
    /// How many fills were booked when it was asked: an answer knows nothing of those that came after.
    #[serde(default)]
    pub(crate) asked_booked: u64,
    /// The venue's clock and ours differ by more than is allowed.
    #[serde(default)]
    pub(crate) skewed: bool,
}

/// Where close-all stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Closing {
    /// When it began.
    pub(crate) since: Option<TimeMs>,
    /// That it is stuck was recorded.
    pub(crate) stuck_reported: bool,
}

/// A call to the model that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Asking {
    pub(crate) view: u64,
    pub(crate) time: TimeMs,
    pub(crate) deadline: TimeMs,
    /// The mark prices that it was shown, by market.
    pub(crate) marks: Vec<Price>,
}

/// An earlier decision, for views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Recent {
    pub(crate) time: TimeMs,
    pub(crate) market: MarketId,
    pub(crate) action: AiAction,
    pub(crate) rejected: Option<Reason>,
}

/// What is going on in one market: what is wanted, what protects it, what blocks it.
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) struct Desk {
    /// The rule's memory, where a rule decides.
    pub(crate) rule: Option<AnyRule>,
    /// The rule's wish that was acted on last.
    pub(crate) acted: Option<Wish>,
    /// A position to be opened once the market is flat.
    pub(crate) plan: Option<Plan>,
    /// The plan whose opening order was written last: the position that comes of it, perhaps late, gets its stop.
    pub(crate) entry: Option<Plan>,
    /// A position to be closed or reduced.
    pub(crate) exit: Option<Exit>,
    /// What protects the position.
    pub(crate) guard: Guard,
    /// Nothing may be opened here, until the account was read again and agrees.
    pub(crate) blocked: Option<Reason>,
    /// By leg: the decision that it was last ordered for, and how many tries there were.
    pub(crate) attempts: [(DecisionId, u32); 6],
    /// The next try of a closing order may not start before this.
    pub(crate) close_after: Option<TimeMs>,
    /// The risk event that says why nothing may be opened here: a person who settles it lifts the block.
    #[serde(default)]
    pub(crate) blocked_event: Option<u64>,
    /// What the venue's last reading said of the position, where it differs from our books: one reading proves nothing.
    #[serde(default)]
    pub(crate) suspect: Option<Size>,
    /// The highest count of tries that any earlier decision had: a decision that comes back counts on from here.
    #[serde(default)]
    pub(crate) tries_max: u32,
}

impl Desk {
    /// Takes an exit, unless one that goes further is under way.
    pub(crate) fn want_exit(&mut self, exit: Exit) {
        if self.exit.is_none_or(|known| exit.to < known.to) {
            self.exit = Some(exit);
            self.close_after = None;
        }
    }
}

/// A position to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) decision: DecisionId,
    pub(crate) side: Side,
    pub(crate) size: PlanSize,
    pub(crate) stop: StopPlan,
    pub(crate) take: Option<Price>,
    /// It may not be opened after this.
    pub(crate) deadline: TimeMs,
}

/// How large a planned position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum PlanSize {
    /// Worth this much at the price of the moment.
    Notional(Usd),
    /// Exactly this much.
    Exact(Size),
}

/// Where the stop of a planned position rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum StopPlan {
    /// Nowhere: backtests and paper trading of a rule without `risk.stopLossPct`.
    None,
    /// This far from the entry price.
    Distance(aicoin_domain::Rate),
    /// At this price.
    At(Price),
}

/// A position to be closed or reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Exit {
    pub(crate) decision: DecisionId,
    pub(crate) leg: Leg,
    /// Down to this size, without sign.
    pub(crate) to: Size,
    /// How many orders were written for it.
    #[serde(default)]
    pub(crate) tries: u32,
}

/// What protects a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Guard {
    /// The stop that must rest; `None` where none is asked for.
    pub(crate) stop: Option<Price>,
    /// The take-profit that should rest.
    pub(crate) take: Option<Price>,
    /// Since when a stop is asked for and none rests that covers the position.
    pub(crate) naked_since: Option<TimeMs>,
    /// Flattening was ordered because of that.
    pub(crate) gave_up: bool,
    /// A refused stop is tried again at that time.
    pub(crate) retry_at: Option<TimeMs>,
    /// A refused take-profit is tried again at that time: it must not hold up the stop.
    #[serde(default)]
    pub(crate) take_retry_at: Option<TimeMs>,
}

/// The stop of a position on that side, this far behind its entry; `None` where there is no such price.
pub(super) fn stop_behind(
    rules: &MarketRules,
    side: Side,
    entry: Price,
    distance: Rate,
) -> Option<Price> {
    let away = match side {
        Side::Buy => -distance,
        Side::Sell => distance,
    };
    Some(rules.nearest_price(entry.scaled(away))).filter(|stop| stop.is_positive())
}

impl State {
    pub(crate) fn new(config: &BotConfig) -> Self {
        let count = config.markets.len();
        let mut state = Self {
            markets: Vec::new(),
            desks: Vec::new(),
            account: Account::new(count),
            book: Book::default(),
            risk: Risk::new(count),
            control: Control::default(),
            lease: Lease::default(),
            store: StoreHealth::default(),
            budget: Budget::default(),
            breaker: Breaker::default(),
            recent: VecDeque::new(),
            ids: Ids::default(),
            venue: VenueRead::default(),
            asking: None,
            asked_slot: None,
            snapshot_at: None,
            closing: Closing::default(),
            interval: None,
            halt: None,
            obstacles: Vec::new(),
        };
        state.fit(config);
        state
    }

    /// Brings a memory into line with a configuration that may have changed: new markets are added, a rule that changed
    /// starts anew.
    pub(super) fn fit(&mut self, config: &BotConfig) {
        let count = config.markets.len();
        let (keep, rule) = match &config.policy {
            Policy::Rule(rule) => (0, Some(rule)),
            Policy::Ai(_) => (VIEW_CANDLES_MAX, None),
        };
        while self.markets.len() < count {
            self.markets.push(Market::new(keep));
        }
        // Never shorter: a market that a configuration forgets may still have a position.
        if self.desks.len() < count {
            self.desks.resize_with(count, Desk::default);
        }
        if self.account.positions.len() < count {
            self.account.positions.resize_with(count, Default::default);
        }
        self.risk.fit(count);
        let other_candles = self
            .interval
            .replace(config.interval)
            .is_some_and(|known| known != config.interval);
        for (desk, market) in self.desks.iter_mut().zip(&mut self.markets) {
            market.keep_history(keep);
            if other_candles {
                desk.rule = None;
                market.forget_candles();
            }
            match (&mut desk.rule, rule) {
                (Some(memory), Some(rule)) if memory.fits(rule) => memory.reconfigure(rule),
                (None, None) => {}
                (memory, rule) => {
                    *memory = rule.map(AnyRule::new);
                    desk.acted = None;
                    market.last_closed = None;
                    market.history.clear();
                }
            }
        }
    }

    /// Positions that were opened without a stop get one where the configuration asks for stops now.
    fn ask_for_stops(&mut self, config: &BotConfig) {
        let Some(distance) = config.risk.stop_loss else {
            return;
        };
        let desks = self.desks.iter_mut().zip(&self.account.positions);
        for ((desk, position), market) in desks.zip(&config.markets) {
            if desk.guard.stop.is_none()
                && desk.blocked.is_none()
                && let Some(side) = Side::of_position(position.size)
            {
                desk.guard.stop = stop_behind(&market.rules, side, position.entry(), distance);
            }
        }
    }

    /// The memory after a restart: what was under way in the old process is under way nowhere now.
    pub(super) fn restart(mut self, config: &BotConfig) -> Self {
        self.fit(config);
        self.lease = Lease::default();
        self.store = StoreHealth::default();
        self.venue = VenueRead::default();
        self.asking = None;
        self.obstacles.clear();
        self.budget.forfeit_reservations();
        self.control.on_restart();
        self.ask_for_stops(config);
        self.book.on_restart();
        for desk in &mut self.desks {
            // A plan whose order was not written was a wish of another moment.
            desk.plan = None;
            desk.close_after = None;
            desk.guard.retry_at = None;
            desk.guard.take_retry_at = None;
            // The stop may rest all the while: the time without one counts from here.
            desk.guard.naked_since = None;
            desk.suspect = None;
        }
        self
    }
}

/// A bot's memory in wire form: what a shell stores with every piece of writing, and gives back after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The form of what follows.
    version: u32,
    /// The markets by name, in the order of their ids: a later configuration must keep it.
    pub markets: Vec<String>,
    pub(super) state: State,
}

/// The form that this code writes and reads.
const SAVED_VERSION: u32 = 1;

impl Saved {
    pub(super) fn of(config: &BotConfig, state: &State) -> Self {
        let mut state = state.clone();
        state.account = state.account.to_saved();
        Self {
            version: SAVED_VERSION,
            markets: config
                .markets
                .iter()
                .map(|market| market.name.clone())
                .collect(),
            state,
        }
    }

    /// Whether this code can read it.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        self.version == SAVED_VERSION
    }
}
