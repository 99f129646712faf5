//! The bot: it takes inputs, works out what follows, and puts out what is to be done.
//!
//! The methods come in four families. [`Bot::handle`] takes one thing that the world says. [`Bot::poll`] gives one thing
//! that is to be done. [`Bot::save`] gives what must survive. The rest are getters.
//!
//! **The drain law**: after each `handle`, `poll` until it gives nothing, and carry out what it gave, before the next
//! `handle`. A `Send` that comes out is meant now: what it waited for is durable, and it was checked at the gate.

mod answers;
mod ask;
mod control;
mod decide;
mod fills;
mod gate;
mod halt;
mod look_back;
mod orders;
mod overdue;
mod protect;
mod reconcile;
mod reply;
mod report;
mod state;
mod view;
mod work;

use core::hash::{Hash, Hasher};

use aicoin_domain::{Cloid, MarketId, MarketRules, TimeMs};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use serde::{Deserialize, Serialize};

pub use halt::HaltView;
pub use look_back::Trial;
pub use report::{ControlView, PositionView};
pub use state::Saved;

use crate::ai::MarketView;
use crate::config::{BotConfig, MarketConfig, Policy};
use crate::hash::StateHasher;
use crate::input::{Candle, Input, Quote, Range};
use crate::outbox::Outbox;
use crate::output::{Output, Query, Seq};
#[cfg(feature = "planted")]
use crate::planted::planted;
use state::State;

/// The trading core of one bot.
///
/// In wire form it is an exact image, taken between two inputs: what is read back handles the next input as the bot itself
/// would. For going on after a restart it is the wrong thing: that is [`Bot::save`] and [`Bot::restore`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bot {
    config: BotConfig,
    state: State,
    out: Outbox,
    /// What waits until a piece of writing is durable.
    waiting: VecDeque<Waiting>,
    durable: Seq,
    now: TimeMs,
    /// Something changed that may call for work.
    dirty: bool,
    /// Without a change, nothing is to be done before this.
    next_check: TimeMs,
    /// The wake-up that was asked for last.
    woken_at: TimeMs,
    /// A bug on purpose.
    #[cfg(feature = "planted")]
    #[serde(skip)]
    planted: Option<crate::planted::Planted>,
}

/// Something that waits for durability.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    after: Seq,
    what: Held,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Held {
    Order(Cloid),
    Ask(Box<MarketView>),
}

impl Bot {
    /// A new bot that remembers nothing.
    #[must_use]
    pub fn new(config: BotConfig) -> Self {
        let state = State::new(&config);
        Self::with_state(config, state)
    }

    /// A bot that goes on from what an earlier process saved. It opens nothing before every order that was under way is
    /// resolved and the account was read.
    ///
    /// The markets of `config` must begin with the saved ones, in their order.
    #[must_use]
    pub fn restore(config: BotConfig, saved: Saved) -> Self {
        let state = saved.state.restart(&config);
        Self::with_state(config, state)
    }

    fn with_state(config: BotConfig, state: State) -> Self {
        let durable = state.ids.seq;
        Self {
            config,
            state,
            out: Outbox::after(durable),
            waiting: VecDeque::new(),
            durable,
            now: TimeMs(i64::MIN),
            dirty: true,
            next_check: TimeMs(i64::MIN),
            woken_at: TimeMs(i64::MAX),
            #[cfg(feature = "planted")]
            planted: None,
        }
    }

    /// The same bot with a bug.
    #[cfg(feature = "planted")]
    #[must_use]
    pub fn with_planted(mut self, bug: crate::planted::Planted) -> Self {
        self.planted = Some(bug);
        if planted!(self, ForgetOrdersOnRestart) {
            self.state.book = crate::orders::Book::default();
        }
        self
    }

    /// Takes one thing that the world says, at that time. Time that goes backwards counts as standing still.
    pub fn handle(&mut self, now: TimeMs, input: Input) {
        self.now = self.now.max(now);
        match input {
            Input::Quote { market, quote } => self.on_quote(market, quote),
            Input::Range { market, range } => self.on_range(market, &range),
            Input::Listing {
                market,
                name,
                rules,
            } => self.on_listing(market, name, rules),
            Input::WarmUp { market, candle } => self.on_warm_up(market, candle),
            Input::Account(truth) => self.on_account(&truth),
            Input::Sent { cloid, result } => self.on_sent(cloid, result),
            Input::Order { cloid, update } => self.on_order_update(cloid, update),
            Input::Fill(fill) => self.on_fill(&fill),
            Input::Funding {
                market,
                amount,
                time,
            } => self.on_funding(market, amount, time),
            Input::Liquidation { market, kind } => self.on_liquidation(market, kind),
            Input::Looked {
                cloid,
                asked_at,
                answer,
            } => self.on_looked(cloid, asked_at, answer),
            Input::Ai(answer) => self.on_ai(*answer),
            Input::Control {
                generation,
                desired,
            } => self.on_control(generation, desired),
            Input::LocalHold(hold) => self.on_hold(hold),
            Input::Durable { seq } => self.on_durable(seq),
            Input::Store(health) => {
                self.state.store = health;
                self.dirty = true;
            }
            Input::Lease(lease) => {
                self.state.lease.on_change(lease);
                self.dirty = true;
            }
            Input::Obstacle { reason, present } => self.on_obstacle(reason, present),
            Input::Halt { reason, detail } => self.on_halt(reason, detail),
            Input::Resolve { risk_event } => self.on_resolve(risk_event),
            Input::Wake => {}
        }
        self.settle();
    }

    /// The next thing to be done; `None` when there is nothing more.
    #[must_use = "an output that is dropped is never carried out"]
    #[inline]
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop()
    }

    /// What must become durable together with the rows that were put out: take it after the outputs were drained.
    #[must_use]
    pub fn save(&self) -> Saved {
        Saved::of(&self.config, &self.state)
    }

    /// A hash of everything that the bot remembers. Same inputs, same hash.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let mut hasher = StateHasher::new();
        self.state.hash(&mut hasher);
        (self.now, self.durable, self.waiting.len()).hash(&mut hasher);
        hasher.finish()
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &BotConfig {
        &self.config
    }

    #[inline]
    fn on_quote(&mut self, market: MarketId, quote: Quote) {
        let interval = self.config.interval;
        let Some(prices) = self.state.markets.get_mut(market.index()) else {
            return;
        };
        if let Some(candle) = prices.on_quote(self.now, quote, interval) {
            self.on_candle(market, candle);
        }
    }

    #[inline]
    fn on_range(&mut self, market: MarketId, range: &Range) {
        if let Some(prices) = self.state.markets.get_mut(market.index()) {
            prices.on_range(self.now, range);
        }
    }

    fn on_listing(&mut self, market: MarketId, name: String, rules: MarketRules) {
        let index = market.index();
        let is_next = index == self.config.markets.len();
        match self.config.markets.get_mut(index) {
            Some(known) if known.name == name => known.rules = rules,
            None if is_next => {
                self.config.markets.push(MarketConfig {
                    name,
                    rules,
                    retired: true,
                });
                self.state.fit(&self.config);
            }
            // Another name for a number, or a gap: the shell is wrong, and what is known stands.
            Some(_) | None => {}
        }
        self.dirty = true;
    }

    fn on_warm_up(&mut self, market: MarketId, candle: Candle) {
        let index = market.index();
        let (Some(prices), Some(desk)) = (
            self.state.markets.get_mut(index),
            self.state.desks.get_mut(index),
        ) else {
            return;
        };
        if prices.on_warm_up(candle)
            && let Some(rule) = &mut desk.rule
        {
            let _wish = crate::decide::Rule::on_candle(rule, &candle);
        }
    }

    /// A candle closed: the limits see the equity, and the decider sees the candle.
    #[inline]
    fn on_candle(&mut self, market: MarketId, candle: Candle) {
        self.observe_equity();
        match self.config.policy {
            Policy::Rule(_) => self.decide_by_rule(market, &candle),
            Policy::Ai(_) => self.dirty = true,
        }
    }

    /// Works out everything that follows from what changed. Cheap when nothing did.
    #[inline]
    fn settle(&mut self) {
        if self.dirty || self.now >= self.next_check {
            self.settle_all();
        }
    }

    fn settle_all(&mut self) {
        self.dirty = false;
        self.next_check = TimeMs(i64::MAX);
        if self.now >= self.woken_at {
            // That wish has come true: the same moment may be asked for again.
            self.woken_at = TimeMs(i64::MAX);
        }
        self.attend_orders();
        for index in 0..self.config.markets.len() {
            if let Ok(id) = u16::try_from(index) {
                self.work(MarketId(id));
            }
        }
        self.attend_close_all();
        self.attend_control();
        self.attend_reconcile();
        self.attend_snapshot();
        self.attend_ai();
        self.state.book.tidy();
        self.out.flush();
        self.state.ids.seq = self.out.last_seq();
        if self.next_check != self.woken_at && self.next_check != TimeMs(i64::MAX) {
            self.woken_at = self.next_check;
            self.out.push(Output::WakeAt(self.next_check));
        }
    }

    /// Something is to be done at that time at the latest.
    fn wake_by(&mut self, time: TimeMs) {
        self.next_check = self.next_check.min(time);
    }

    fn ask_venue(&mut self, query: Query) {
        self.out.push(Output::Query(query));
    }
}
