//! The connection as the shell holds it.

use std::sync::Arc;
use std::time::Duration;

use aicoin_core::{Action, Input, Query, SendResult};
use aicoin_domain::{Refusal, TimeMs, TradeId};
use aicoin_hyperliquid::AgentKey;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::asker::{self, Asked};
use crate::boot::Booted;
use crate::clock::Clock;
use crate::config::VenueConfig;
use crate::context::Context;
use crate::deliver::{Closed, Deliver};
use crate::event::VenueEvent;
use crate::health::{Level, VenueHealth};
use crate::markets::Markets;
use crate::poll;
use crate::send::{About, HeldBack, Outgoing, Signer};
use crate::sender;
use crate::socket::{self, Command};

/// Events that wait for the shell. When there are more, what comes waits; prices are dropped for newer ones.
const EVENTS_MAX: usize = 4096;
/// Actions and questions that wait for their tasks.
const QUEUE_MAX: usize = 1024;
/// Health is told at most this often.
const HEALTH_EVERY: Duration = Duration::from_secs(1);
/// A health whose words did not change is told this often, for its latency.
const SAME_HEALTH_EVERY: Duration = Duration::from_secs(15);

/// The connection. When it is dropped all its tasks end.
pub struct Venue {
    context: Arc<Context>,
    signer: Option<Signer>,
    outgoing: mpsc::Sender<Outgoing>,
    questions: mpsc::Sender<Asked>,
    commands: mpsc::Sender<Command>,
    /// Dropping it aborts every task.
    _tasks: JoinSet<()>,
}

impl core::fmt::Debug for Venue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Venue")
            .field("network", &self.context.network)
            .field("account", &self.context.account)
            .field("agent", &self.signer.as_ref().map(Signer::address))
            .finish_non_exhaustive()
    }
}

/// Starts the connection: the tasks, the handle to them, and the stream of what happens. `booted` is of the same
/// configuration; without a key nothing is sent. It must be called inside of a Tokio runtime.
#[must_use]
pub fn connect(
    config: VenueConfig,
    booted: &Booted,
    key: Option<AgentKey>,
    clock: Clock,
) -> (Venue, mpsc::Receiver<VenueEvent>) {
    let (events_in, events) = mpsc::channel(EVENTS_MAX);
    let (outgoing, outgoing_out) = mpsc::channel(QUEUE_MAX);
    let (questions, questions_out) = mpsc::channel(QUEUE_MAX);
    let (commands, commands_out) = mpsc::channel(QUEUE_MAX);
    let rest = Arc::clone(&booted.rest);
    rest.set_speed(clock.speed());
    let signer =
        key.map(|key| Signer::new(key, config.network, booted.vault, config.limits.slippage));
    let context = Arc::new(Context::new(
        config.network,
        config.account,
        clock,
        booted.time,
        rest,
        Markets::new(booted.universe.clone(), booted.listed.clone()),
        Deliver::new(events_in),
    ));
    let mut tasks = JoinSet::new();
    tasks.spawn(socket::run(Arc::clone(&context), commands_out));
    tasks.spawn(asker::run(Arc::clone(&context), questions_out));
    tasks.spawn(tell_health(Arc::clone(&context)));
    if let Some(signer) = &signer {
        tasks.spawn(sender::run(
            Arc::clone(&context),
            signer.address(),
            outgoing_out,
        ));
    }
    if let Some(account) = config.account {
        tasks.spawn(poll::run(Arc::clone(&context), account, commands.clone()));
    }
    let venue = Venue {
        context,
        signer,
        outgoing,
        questions,
        commands,
        _tasks: tasks,
    };
    (venue, events)
}

impl Venue {
    /// Signs an action at once and hands it to the task that sends it, once. Exactly one [`aicoin_core::Input::Sent`]
    /// answers an order or a cancel of ours; nothing answers the cancel of somebody else's order or a leverage.
    pub fn submit(&self, action: &Action) {
        let Some(signer) = &self.signer else {
            self.hold_back(&HeldBack {
                about: About::of(action),
                words: "Not sent: there is no key to sign with.".to_owned(),
            });
            return;
        };
        match signer.sign(action, &self.context.markets) {
            Err(held_back) => self.hold_back(&held_back),
            Ok(outgoing) => {
                let about = outgoing.about;
                if self.outgoing.try_send(outgoing).is_err() {
                    self.hold_back(&HeldBack {
                        about,
                        words: "Not sent: too many actions are under way.".to_owned(),
                    });
                }
            }
        }
    }

    /// Asks. Exactly one [`aicoin_core::Input::Looked`] answers a question about an order. A reading of the account comes as
    /// [`aicoin_core::Input::Account`]; one that fails is not answered, and is to be asked for again. `last_trade` is the
    /// fill up to which all are known.
    pub fn query(&self, query: Query, last_trade: Option<(TimeMs, TradeId)>) {
        self.context.heard_last_trade(last_trade);
        if self
            .questions
            .try_send(Asked { query, last_trade })
            .is_err()
        {
            tracing::warn!(
                ?query,
                "too many questions are under way: this one is not asked"
            );
        }
    }

    /// Takes up a market that [`VenueEvent::NewMarket`] named: it has the next id, and its prices come from now on.
    pub fn add_market(&self, name: &str) {
        if self.context.markets.add(name).is_some() {
            // When there is no room the socket finds out by itself.
            let _ = self.commands.try_send(Command::Subscribe);
        }
    }

    /// How the connection is now.
    #[must_use]
    pub fn health(&self) -> VenueHealth {
        self.context.board.now()
    }

    fn hold_back(&self, held_back: &HeldBack) {
        let HeldBack { about, words } = held_back;
        tracing::warn!(?about, words, "an action was held back");
        let is_told = about.waiting().all(|cloid| {
            let result = SendResult::Refused(Refusal(words.clone()));
            self.context
                .deliver
                .try_input(Input::Sent { cloid, result })
        });
        if !is_told {
            // The core asks after an order that has no answer.
            tracing::error!(
                ?about,
                "an action that was held back could not be answered: too much waits for the bot"
            );
        }
    }
}

/// Tells health when it changes.
async fn tell_health(context: Arc<Context>) {
    let mut watcher = context.board.watch();
    let mut told: Option<(VenueHealth, Instant)> = None;
    while let Some(health) = watcher.changed().await {
        let is_news = told.as_ref().is_none_or(|(known, at)| {
            words_of(known) != words_of(&health) || at.elapsed() >= SAME_HEALTH_EVERY
        });
        if is_news {
            let event = VenueEvent::Health(health.clone());
            if context.deliver.event(event).await == Err(Closed) {
                return;
            }
            told = Some((health, Instant::now()));
        }
        sleep(HEALTH_EVERY).await;
    }
}

type Words<'a> = [(Level, &'a str); 2];

fn words_of(health: &VenueHealth) -> Words<'_> {
    [
        (health.exchange.level, health.exchange.reason.as_str()),
        (health.market_data.level, health.market_data.reason.as_str()),
    ]
}
