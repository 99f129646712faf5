//! A venue behind a network: Hyperliquid, or a simulator that speaks its protocol. The account is there, or, on paper, here.

use std::collections::VecDeque;
use std::time::Duration;

use aicoin_core::{Action, Input, LookupAnswer, Query, Quote};
use aicoin_domain::{DurationMs, MarketId, MarketRules, Reason, TimeMs, TradeId};
use aicoin_venue::{Clock, MarketPrice, Venue, VenueEvent, connect};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::Turn;
use super::link::{Dial, Dialled, Opened, Trouble};
use super::on_live::PaperOnLive;
use crate::shell::link_health::LinkHealth;

/// What is told to the core in one turn at most: between two turns the loop looks at controls.
const BATCH_MAX: usize = 64;
/// A wish to be woken far in the future is looked at again after this long.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A venue behind a network.
#[derive(Debug)]
pub(crate) struct Live {
    dial: Dial,
    speed: f64,
    clock: Clock,
    /// The time of this turn: everything that is told in it is told at the same moment.
    now: TimeMs,
    link: Link,
    /// Turns that follow from one that was taken.
    pending: VecDeque<Turn>,
    /// What the core and people were told last that stands in the way.
    trouble: Option<Reason>,
    /// The account, when it is a paper one.
    paper: Option<PaperOnLive>,
    health: watch::Sender<LinkHealth>,
}

#[derive(Debug)]
enum Link {
    Dialling {
        said: mpsc::Receiver<Dialled>,
        task: JoinHandle<()>,
    },
    Open {
        venue: Box<Venue>,
        events: mpsc::Receiver<VenueEvent>,
    },
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Link::Dialling { task, .. } = &self.link {
            task.abort();
        }
    }
}

impl Live {
    /// Begins to dial. Until the way is open nothing can be asked and nothing is sent.
    pub(crate) fn new(
        dial: Dial,
        speed: f64,
        paper: Option<PaperOnLive>,
        health: watch::Sender<LinkHealth>,
    ) -> Self {
        let clock = Clock::system();
        Self {
            link: Link::dial(dial.clone()),
            dial,
            speed,
            clock,
            now: clock.now(),
            pending: VecDeque::new(),
            trouble: None,
            paper,
            health,
        }
    }

    pub(super) const fn now(&self) -> TimeMs {
        self.now
    }

    pub(super) const fn speed(&self) -> f64 {
        self.speed
    }

    pub(super) fn to_json(&self) -> Result<Option<String>, serde_json::Error> {
        self.paper.as_ref().map_or(Ok(None), PaperOnLive::to_json)
    }

    /// Waits for what comes next. Nothing is lost when the wait is broken off.
    pub(super) async fn turn(&mut self, wake_at: Option<TimeMs>) -> Turn {
        if self.pending.is_empty() {
            let until = wake_at.map_or(WAIT_MAX, |at| self.clock.until(at).min(WAIT_MAX));
            // Woken at least this often: a batch that comes is told, whatever the time.
            let heard = tokio::time::timeout(until, self.link.hear()).await;
            // Never backwards: the core counts on it, and a clock may be set.
            self.now = self.now.max(self.clock.now());
            match heard {
                Ok(heard) => self.take(heard),
                Err(_) => self.pending.push_back(Turn::Heard(vec![Input::Wake])),
            }
        }
        self.pending
            .pop_front()
            .unwrap_or_else(|| Turn::Heard(Vec::new()))
    }

    /// Does what the core wants done. What it is answered at once comes back: on paper everything, else nothing.
    pub(super) fn carry_out(&mut self, action: &Action) -> Vec<Input> {
        if let Some(paper) = &mut self.paper {
            return paper.carry_out(self.now, action);
        }
        match &self.link {
            Link::Open { venue, .. } => {
                venue.submit(action);
                Vec::new()
            }
            // Only an order that was never sent: the core opens and closes nothing before the account was read.
            Link::Dialling { .. } => never_sent(action),
        }
    }

    /// Asks. On paper the answer comes back at once; else it comes as an event, or not at all, and the core asks again.
    pub(super) fn query(
        &mut self,
        query: Query,
        last_trade: Option<(TimeMs, TradeId)>,
    ) -> Option<Input> {
        if let Some(paper) = &self.paper {
            return paper.answer(self.now, query, last_trade);
        }
        if let Link::Open { venue, .. } = &self.link {
            venue.query(query, last_trade);
        }
        None
    }

    fn take(&mut self, heard: Heard) {
        match heard {
            Heard::Dialled(Dialled::Failed(trouble)) => self.stand_in_the_way(trouble),
            Heard::Dialled(Dialled::Open(opened)) => self.open(*opened),
            Heard::Events(events) => {
                for event in events {
                    self.take_event(event);
                }
            }
            Heard::Lost => {
                tracing::error!("the connection's tasks ended: the venue is dialled anew");
                self.dial_again();
            }
        }
    }

    fn take_event(&mut self, event: VenueEvent) {
        match event {
            VenueEvent::Input(input) => self.tell(input),
            VenueEvent::Price(price) => self.on_price(&price),
            VenueEvent::NewMarket { name, rules } => self.on_new_market(name, rules),
            VenueEvent::Health(health) => {
                self.health.send_replace(LinkHealth::of(&health));
            }
            VenueEvent::Refused(error) => {
                // What was true at the start is so no more: the agent was revoked, for one.
                tracing::error!(%error, "the venue lets this bot trade no more");
                self.stand_in_the_way(Trouble::of(&error));
                self.dial_again();
            }
        }
    }

    fn on_price(&mut self, price: &MarketPrice) {
        if let Some(paper) = &mut self.paper {
            for input in paper.on_price(self.now, price) {
                self.tell(input);
            }
        }
        self.tell(Input::Quote {
            market: price.market,
            quote: Quote {
                bid: price.bid,
                ask: price.ask,
                mark: price.mark,
            },
        });
    }

    /// The account has something in a market that the manifest does not name: it belongs to the bot all the same.
    fn on_new_market(&mut self, name: String, rules: MarketRules) {
        let names = &mut self.dial.config.markets;
        if names.contains(&name) {
            return;
        }
        tracing::warn!(
            market = name,
            "the account has something in a market that the manifest does not name"
        );
        names.push(name.clone());
        if let Link::Open { venue, .. } = &self.link {
            venue.add_market(&name);
        }
        self.pending.push_back(Turn::NewMarket { name, rules });
    }

    fn open(&mut self, opened: Opened) {
        let Opened {
            booted,
            key,
            leverage,
        } = opened;
        self.clock = if self.speed > 1.0 {
            Clock::anchored(booted.time, booted.time_at, self.speed)
        } else {
            Clock::system()
        };
        self.now = self.now.max(self.clock.now());
        let listings = self.dial.config.markets.iter().zip(&booted.markets);
        for (index, (name, rules)) in listings.enumerate() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            self.pending.push_back(Turn::Heard(vec![Input::Listing {
                market,
                name: name.clone(),
                rules: *rules,
            }]));
        }
        if let Some(paper) = &mut self.paper {
            paper.open(&booted.markets);
        }
        for (index, candles) in booted.candles.iter().enumerate() {
            let Ok(market) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            let warm = candles.iter().map(|candle| Input::WarmUp {
                market,
                candle: *candle,
            });
            self.pending.push_back(Turn::Heard(warm.collect()));
        }
        if let Some(until) = booted.agent_valid_until {
            let left = until - self.now;
            if left < DurationMs::from_mins(7 * 24 * 60) {
                tracing::warn!(
                    valid_until_ms = until.0,
                    "the agent's approval ends within a week: approve it anew"
                );
            }
        }
        let (venue, events) = connect(self.dial.config.clone(), &booted, key, self.clock);
        self.link = Link::Open {
            venue: Box::new(venue),
            events,
        };
        self.clear_the_way();
        for left in &leverage {
            if left.is_cross {
                let (market, wanted, why) = (&left.market, left.wanted, &left.why);
                tracing::warn!(market, %wanted, why, "the leverage could not be set at the venue: its own stays");
            } else {
                self.trouble = Some(Reason::LeverageTooHigh);
                self.pending
                    .push_back(Turn::Trouble(Trouble::of_leverage(left)));
            }
        }
        tracing::info!(url = %self.dial.config.base_url, network = %self.dial.config.network, "connected to the venue");
    }

    fn dial_again(&mut self) {
        self.link = Link::dial(self.dial.clone());
    }

    fn stand_in_the_way(&mut self, trouble: Trouble) {
        if self.trouble != Some(trouble.reason) {
            self.clear_the_way();
        }
        self.trouble = Some(trouble.reason);
        self.health.send_replace(LinkHealth::broken(
            trouble.sentence.clone().unwrap_or_default(),
        ));
        self.pending.push_back(Turn::Trouble(trouble));
    }

    fn clear_the_way(&mut self) {
        if let Some(reason) = self.trouble.take() {
            self.pending.push_back(Turn::Trouble(Trouble {
                reason,
                sentence: None,
                is_definite: false,
            }));
        }
    }

    /// Adds to the turn that is being put together.
    fn tell(&mut self, input: Input) {
        match self.pending.back_mut() {
            Some(Turn::Heard(inputs)) if inputs.len() < BATCH_MAX => inputs.push(input),
            _ => self.pending.push_back(Turn::Heard(vec![input])),
        }
    }
}

/// What was heard over the link.
enum Heard {
    Dialled(Dialled),
    Events(Vec<VenueEvent>),
    Lost,
}

impl Link {
    fn dial(dial: Dial) -> Self {
        let (said_in, said) = mpsc::channel(1);
        let task = tokio::spawn(dial.until_open(said_in));
        Self::Dialling { said, task }
    }

    async fn hear(&mut self) -> Heard {
        match self {
            Self::Dialling { said, .. } => said.recv().await.map_or(Heard::Lost, Heard::Dialled),
            Self::Open { events, .. } => {
                let mut batch = Vec::new();
                match events.recv_many(&mut batch, BATCH_MAX).await {
                    0 => Heard::Lost,
                    _ => Heard::Events(batch),
                }
            }
        }
    }
}

/// An action that never left, as the core hears it: of each order that waits for an answer.
fn never_sent(action: &Action) -> Vec<Input> {
    let (first, second) = match action {
        Action::Place { request, stop, .. } => (Some(request.cloid), stop.map(|stop| stop.cloid)),
        Action::Cancel { cloid, .. } => (Some(*cloid), None),
        Action::CancelForeign { .. } => (None, None),
    };
    first
        .into_iter()
        .chain(second)
        .map(|cloid| Input::Sent {
            cloid,
            result: aicoin_core::SendResult::NoAnswer,
        })
        .collect()
}

/// The answer of a venue in this process, for a paper account.
pub(super) fn looked(
    cloid: aicoin_domain::Cloid,
    asked_at: TimeMs,
    answer: Option<LookupAnswer>,
) -> Input {
    Input::Looked {
        cloid,
        asked_at,
        answer: answer.unwrap_or(LookupAnswer::UnknownOrder),
    }
}
