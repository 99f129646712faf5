//! One connection from its first word to its end.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aicoin_hyperliquid::Address;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::link::Stream;
use super::streams::Streams;
use super::{Command, obstacle};
use crate::config::Limits;
use crate::context::Context;
use crate::deliver::Closed;
use crate::health::Level;
use crate::resync::Reading;
use crate::wire::socket::{Heard, Saying, Subscription, already_subscribed, read};

/// A word that does not leave within this never will.
const SAY_WITHIN: Duration = Duration::from_secs(5);
/// The pause after a reading that failed; it doubles with each failure.
const READ_AGAIN: Duration = Duration::from_millis(500);
/// How often it doubles: up to 16 s.
const DOUBLINGS_MAX: u32 = 5;
/// Messages that cannot be read, of which each is told.
const UNREADABLE_TOLD: u32 = 10;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) why: String,
    /// It was believed before.
    pub(super) was_fresh: bool,
}

/// Why a connection is given up.
enum Stop {
    Lost(String),
    Closed,
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

/// One connection.
pub(super) struct Session<'a> {
    context: &'a Arc<Context>,
    limits: &'a Limits,
    stream: Stream,
    streams: Streams,
    /// Not confirmed yet.
    waiting: HashSet<Subscription>,
    asked_at: Instant,
    /// Since when everything is confirmed.
    subscribed_at: Option<Instant>,
    pinged_at: Option<Instant>,
    /// The reading of the account that is under way.
    reading: JoinSet<Result<Reading, Closed>>,
    /// Another one is wanted.
    read_at: Option<Instant>,
    /// Readings that failed since the last good one.
    failures: u32,
    is_fresh: bool,
    unreadable: u32,
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Arc<Context>, stream: Stream) -> Self {
        Self {
            context,
            limits: context.rest.limits(),
            stream,
            streams: Streams::default(),
            waiting: HashSet::new(),
            asked_at: Instant::now(),
            subscribed_at: None,
            pinged_at: None,
            reading: JoinSet::new(),
            read_at: None,
            failures: 0,
            is_fresh: false,
            unreadable: 0,
        }
    }

    /// Runs until the connection is lost.
    pub(super) async fn run(
        mut self,
        commands: &mut mpsc::Receiver<Command>,
    ) -> Result<End, Closed> {
        match self.talk(commands).await {
            Err(Stop::Closed) | Ok(()) => Err(Closed),
            Err(Stop::Lost(why)) => Ok(End {
                why,
                was_fresh: self.is_fresh,
            }),
        }
    }

    /// Ends well only when nobody listens any more.
    async fn talk(&mut self, commands: &mut mpsc::Receiver<Command>) -> Result<(), Stop> {
        if let Some(user) = self.context.account {
            for subscription in of_user(user) {
                self.subscribe(subscription).await?;
            }
        }
        self.subscribe_markets().await?;
        let often =
            (self.limits.stale_after / 8).clamp(Duration::from_millis(10), Duration::from_secs(1));
        let mut check = interval(often);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ping = interval(self.limits.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = self.stream.next() => self.on_message(message).await?,
                command = commands.recv() => match command {
                    None => return Ok(()),
                    Some(Command::Subscribe) => self.subscribe_markets().await?,
                    Some(Command::Reconnect(why)) => {
                        if self.is_fresh {
                            return Err(Stop::Lost(why.to_owned()));
                        }
                    }
                },
                Some(done) = self.reading.join_next() => match done {
                    Ok(done) => self.on_reading(done?).await?,
                    Err(_) => return Ok(()),
                },
                _ = check.tick() => self.check().await?,
                _ = ping.tick() => self.ping().await?,
            }
        }
    }

    /// Subscribes to what is not subscribed yet.
    async fn subscribe_markets(&mut self) -> Result<(), Stop> {
        let known = self.streams.markets();
        let new: Vec<String> = self
            .context
            .markets
            .iter()
            .skip(known)
            .map(|(_, listed)| listed.name.clone())
            .collect();
        for coin in new {
            self.streams.add_market();
            self.subscribe(Subscription::Bbo { coin: coin.clone() })
                .await?;
            self.subscribe(Subscription::ActiveAssetCtx { coin })
                .await?;
        }
        Ok(())
    }

    async fn subscribe(&mut self, subscription: Subscription) -> Result<(), Stop> {
        self.say(&Saying::Subscribe {
            subscription: &subscription,
        })
        .await?;
        self.asked_at = Instant::now();
        self.waiting.insert(subscription);
        Ok(())
    }

    async fn say(&mut self, saying: &Saying<'_>) -> Result<(), Stop> {
        let text = serde_json::to_string(saying).map_err(|error| Stop::Lost(error.to_string()))?;
        match timeout(SAY_WITHIN, self.stream.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Stop::Lost(error.to_string())),
            Err(_) => Err(Stop::Lost("it takes no more words".to_owned())),
        }
    }

    async fn ping(&mut self) -> Result<(), Stop> {
        self.say(&Saying::Ping).await?;
        // The first one that is not answered counts.
        self.pinged_at = self.pinged_at.or_else(|| Some(Instant::now()));
        Ok(())
    }

    async fn on_message(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), Stop> {
        match message {
            None => Err(Stop::Lost("the server closed it".to_owned())),
            Some(Err(error)) => Err(Stop::Lost(error.to_string())),
            Some(Ok(Message::Text(text))) => self.on_text(text.as_str()).await,
            Some(Ok(Message::Close(frame))) => Err(Stop::Lost(frame.map_or_else(
                || "the server closed it".to_owned(),
                |frame| format!("the server closed it ({}) {}", frame.code, frame.reason),
            ))),
            Some(Ok(
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_),
            )) => Ok(()),
        }
    }

    async fn on_text(&mut self, text: &str) -> Result<(), Stop> {
        let heard = match read(text) {
            Ok(heard) => heard,
            Err(error) => {
                self.on_unreadable(&error.to_string(), text);
                return Ok(());
            }
        };
        match heard {
            Heard::Subscribed(subscription) => {
                self.on_confirmed(&subscription).await?;
            }
            Heard::Pong => {
                if let Some(at) = self.pinged_at.take() {
                    self.context.board.pong(at.elapsed());
                }
            }
            Heard::Error(words) => match already_subscribed(&words) {
                Some(subscription) => self.on_confirmed(&subscription).await?,
                None => tracing::warn!(words, "the WebSocket complains"),
            },
            Heard::Bbo(bbo) => {
                self.streams.on_best(self.context, &bbo)?;
            }
            Heard::Context(context) => {
                self.streams.on_context(self.context, &context)?;
            }
            Heard::Orders(orders) => Streams::on_orders(self.context, &orders).await?,
            Heard::Fills(fills) => Streams::on_fills(self.context, &fills).await?,
            Heard::Fundings(fundings) => Streams::on_fundings(self.context, &fundings).await?,
            Heard::Liquidation(user) => {
                if self.context.account.is_some() && user.parse() == Ok(self.account()) {
                    tracing::error!("the venue liquidates a position of the account");
                    self.read_soon(Duration::ZERO);
                }
            }
            Heard::VenueCancels => self.read_soon(Duration::ZERO),
            Heard::Other => {}
        }
        Ok(())
    }

    fn account(&self) -> Address {
        self.context.account.unwrap_or(Address::ZERO)
    }

    /// What it said is lost: the account is read, for it may have been about that.
    fn on_unreadable(&mut self, why: &str, text: &str) {
        self.unreadable = self.unreadable.saturating_add(1);
        if self.unreadable <= UNREADABLE_TOLD {
            let begin: String = text.chars().take(200).collect();
            tracing::warn!(why, begin, "a message of the WebSocket cannot be read");
            if self.context.account.is_some() {
                self.read_soon(Duration::ZERO);
            }
        }
    }

    async fn on_confirmed(&mut self, subscription: &Subscription) -> Result<(), Stop> {
        self.waiting.remove(subscription);
        if !self.waiting.is_empty() || self.subscribed_at.is_some() {
            return Ok(());
        }
        self.subscribed_at = Some(Instant::now());
        if self.context.account.is_some() {
            self.read_soon(Duration::ZERO);
            self.start_reading();
            Ok(())
        } else {
            self.become_fresh().await
        }
    }

    fn read_soon(&mut self, pause: Duration) {
        let at = Instant::now() + pause;
        self.read_at = Some(self.read_at.map_or(at, |known| known.min(at)));
    }

    fn start_reading(&mut self) {
        let is_due = self.read_at.is_some_and(|at| at <= Instant::now());
        // The first reading comes after everything is subscribed: nothing falls between the two.
        if !is_due || self.subscribed_at.is_none() || !self.reading.is_empty() {
            return;
        }
        self.read_at = None;
        let context = Arc::clone(self.context);
        let last_trade = context.last_trade();
        self.reading
            .spawn(async move { context.read_account(last_trade).await });
    }

    async fn on_reading(&mut self, reading: Reading) -> Result<(), Stop> {
        match reading {
            Reading::Done => {
                self.failures = 0;
                return self.become_fresh().await;
            }
            Reading::Strange => {}
            Reading::Failed(why) => tracing::warn!(why, "the account could not be read"),
        }
        self.read_soon(READ_AGAIN.saturating_mul(1 << self.failures));
        self.failures = DOUBLINGS_MAX.min(self.failures + 1);
        Ok(())
    }

    async fn become_fresh(&mut self) -> Result<(), Stop> {
        if !self.is_fresh {
            self.is_fresh = true;
            tracing::info!("the WebSocket is connected, everything is subscribed");
            self.context.board.streams(Level::Ok, "");
            self.context.deliver.input(obstacle(false)).await?;
        }
        Ok(())
    }

    /// Deadlines that nothing else notices.
    async fn check(&mut self) -> Result<(), Stop> {
        let now = Instant::now();
        if let Some(at) = self.pinged_at
            && now.saturating_duration_since(at) >= self.limits.pong_within
        {
            return Err(Stop::Lost("a ping was not answered".to_owned()));
        }
        if !self.waiting.is_empty()
            && now.saturating_duration_since(self.asked_at) >= self.limits.subscribed_within
        {
            return Err(Stop::Lost(format!(
                "{} subscriptions were not confirmed",
                self.waiting.len()
            )));
        }
        self.subscribe_markets().await?;
        self.start_reading();
        if let Some(since) = self.subscribed_at
            && now.saturating_duration_since(since) >= self.limits.stale_after
        {
            self.check_prices(now)?;
        }
        Ok(())
    }

    fn check_prices(&self, now: Instant) -> Result<(), Stop> {
        let stale_after = self.limits.stale_after;
        if self.streams.are_silent(now, stale_after) {
            return Err(Stop::Lost(format!(
                "no prices came for {} ms",
                stale_after.as_millis()
            )));
        }
        if !self.is_fresh {
            return Ok(());
        }
        let stale = self.streams.stale(self.context, now, stale_after);
        if stale.is_empty() {
            self.context.board.streams(Level::Ok, "");
        } else {
            let words = format!("There are no fresh prices of {}.", stale.join(", "));
            self.context.board.streams(Level::Degraded, &words);
        }
        Ok(())
    }
}

/// What is subscribed to for an account.
fn of_user(user: Address) -> [Subscription; 4] {
    [
        Subscription::OrderUpdates { user },
        Subscription::UserFills { user },
        Subscription::UserEvents { user },
        Subscription::UserFundings { user },
    ]
}
