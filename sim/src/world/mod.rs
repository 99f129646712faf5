//! The world: everything that is simulated, as one value behind one lock. It does no I/O and has no clock: time is an
//! argument, and what clients must hear goes to the hub.

mod agent;
mod budget;
mod event;
mod nonce;
mod protection;
mod user;

use std::collections::BTreeMap;

use aicoin_domain::{AccountId, DurationMs, MarketId, Rate, TimeMs, Usd};
use aicoin_hyperliquid::{Address, Network};
use aicoin_paper::{Exchange, ExchangeConfig, Fees, OrderState};
use serde_json::{Value, json};

use crate::fault::Faults;
use crate::limits::IpLimits;
use crate::market::{Assets, CandleFile, Feed, Market};
use crate::wire::num;
use crate::ws::Hub;

pub(crate) use agent::{Agent, Agents};
pub(crate) use event::News;
pub(crate) use nonce::Nonces;
pub(crate) use protection::Gap;
pub(crate) use user::{FundingPaid, Kind, UNIFIED, Update, User};

/// Prices change every second.
const STEP: DurationMs = DurationMs::from_secs(1);
/// Funding is paid every hour.
const HOUR: DurationMs = DurationMs::from_mins(60);
/// The venue's fees of an account without volume.
const TAKER: Rate = Rate::from_units(450_000_000);
const MAKER: Rate = Rate::from_units(150_000_000);
/// Levels of a book that takers walk.
const BOOK_LEVELS: u8 = 20;
/// Accounts; more is a mistake of a client.
const USERS_MAX: usize = 10_000;
/// Finished orders and fills that are remembered of one account, at least.
const HISTORY_MAX: usize = 50_000;
/// Signers whose nonces are remembered.
const SIGNERS_MAX: usize = 100_000;
/// How often a day a scheduled cancel-all goes off.
pub(crate) const TRIGGERS_PER_DAY: u32 = 10;

/// How the world is made.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) network: Network,
    pub(crate) seed: u64,
    /// The volume that scheduling a cancel-all takes.
    pub(crate) schedule_cancel_volume: Usd,
    /// Requests of an address to begin with; zero is no limit.
    pub(crate) address_budget: u64,
    /// Clients that share an IP address; zero is no limit.
    pub(crate) ip_share: u32,
    /// The words of a refused order name its asset.
    pub(crate) asset_suffix: bool,
    /// Responses have a field that no client knows.
    pub(crate) extra_fields: bool,
}

/// The world.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) start: TimeMs,
    /// The latest time that anything happened at.
    pub(crate) time: TimeMs,
    next_step: TimeMs,
    pub(crate) exchange: Exchange,
    pub(crate) assets: Assets,
    pub(crate) markets: Vec<Market>,
    pub(crate) users: Vec<User>,
    by_address: BTreeMap<Address, AccountId>,
    pub(crate) agents: Agents,
    pub(crate) nonces: BTreeMap<Address, Nonces>,
    pub(crate) hub: Hub,
    pub(crate) faults: Faults,
    pub(crate) limits: IpLimits,
    /// How many actions were taken and refused, by their type.
    pub(crate) requests: BTreeMap<String, (u64, u64)>,
}

impl World {
    /// A world at its beginning. `files` are candles by coin.
    ///
    /// # Errors
    /// A sentence, when a coin of a file is not listed.
    pub(crate) fn new(
        settings: Settings,
        start: TimeMs,
        files: Vec<(String, CandleFile)>,
    ) -> Result<Self, String> {
        let assets = Assets::of(settings.network);
        let mut files: BTreeMap<String, CandleFile> = files.into_iter().collect();
        let mut markets: Vec<Market> = Vec::new();
        let mut rules = Vec::new();
        for (id, listed) in assets.traded() {
            let feed = match files.remove(listed.name) {
                Some(file) => Feed::of_file(listed, file),
                None => Feed::seeded(listed, settings.seed, start),
            };
            rules.push(listed.rules);
            markets.push(Market::new(id, listed, feed, settings.seed, start));
        }
        if let Some(coin) = files.keys().next() {
            return Err(format!(
                "There is no market {coin:?} that could follow candles."
            ));
        }
        let mut exchange = Exchange::new(ExchangeConfig {
            markets: rules,
            fees: Fees {
                taker: TAKER,
                maker: MAKER,
            },
            slippage: Rate::ZERO,
            funding: true,
        });
        exchange.set_book_levels(BOOK_LEVELS);
        exchange.cut_fees();
        exchange.set_history_max(HISTORY_MAX);
        for market in &markets {
            exchange.on_quote(start, market.id, market.quote);
        }
        Ok(Self {
            start,
            time: start,
            next_step: start.floor(STEP) + STEP,
            exchange,
            assets,
            markets,
            users: Vec::new(),
            by_address: BTreeMap::new(),
            agents: Agents::default(),
            nonces: BTreeMap::new(),
            hub: Hub::default(),
            faults: Faults::new(settings.seed),
            limits: IpLimits::new(settings.ip_share),
            requests: BTreeMap::new(),
            settings,
        })
    }

    /// Lets time pass: every second of it happens.
    pub(crate) fn advance(&mut self, now: TimeMs) {
        while self.next_step <= now {
            let time = self.next_step;
            self.step(time);
            self.next_step = time + STEP;
        }
        self.time = self.time.max(now);
        self.run_schedules(self.time);
        self.collect();
    }

    fn step(&mut self, now: TimeMs) {
        self.time = now;
        for market in &mut self.markets {
            let quote = market.step(now);
            self.exchange.on_quote(now, market.id, quote);
        }
        if now.floor(HOUR) == now {
            for market in &mut self.markets {
                let rate = market.settle_funding(now);
                self.exchange.apply_funding(now, market.id, rate);
            }
        }
        self.run_schedules(now);
        self.collect();
    }

    fn run_schedules(&mut self, now: TimeMs) {
        for user in &mut self.users {
            if user.schedule.at.is_none_or(|at| at > now) {
                continue;
            }
            user.schedule.at = None;
            user.schedule.triggers += 1;
            self.exchange
                .cancel_all(now, user.id, OrderState::ScheduledCancel);
        }
    }

    /// Moves the price of a coin at once.
    pub(crate) fn shock(&mut self, market: MarketId, by: Rate) {
        let now = self.time;
        if let Some(market) = self.markets.get_mut(market.index()) {
            market.feed.shock(by);
            market.quote = market.feed.step(now);
            self.exchange.on_quote(now, market.id, market.quote);
        }
        self.collect();
    }

    pub(crate) fn user(&self, id: AccountId) -> Option<&User> {
        self.users.get(usize::try_from(id.0).ok()?)
    }

    pub(crate) fn user_mut(&mut self, id: AccountId) -> Option<&mut User> {
        self.users.get_mut(usize::try_from(id.0).ok()?)
    }

    /// The account of an address.
    pub(crate) fn find(&self, address: Address) -> Option<&User> {
        self.user(*self.by_address.get(&address)?)
    }

    pub(crate) fn find_id(&self, address: Address) -> Option<AccountId> {
        self.by_address.get(&address).copied()
    }

    /// Opens an account, or finds the one that is there.
    ///
    /// # Errors
    /// When there are too many.
    pub(crate) fn open(&mut self, address: Address, kind: Kind) -> Result<AccountId, String> {
        if let Some(id) = self.by_address.get(&address) {
            return Ok(*id);
        }
        if self.users.len() >= USERS_MAX {
            return Err(format!("There are no more than {USERS_MAX} accounts."));
        }
        let id = self.exchange.open_account(Usd::ZERO);
        self.by_address.insert(address, id);
        self.users.push(User::new(id, address, kind, self.time));
        Ok(id)
    }

    /// Pays into an account from outside; negative takes out.
    ///
    /// # Errors
    /// When there are too many accounts, or so much is not there.
    pub(crate) fn fund(&mut self, address: Address, amount: Usd) -> Result<(), String> {
        let id = self.open(address, Kind::Master)?;
        let kind = if amount.is_negative() {
            self.exchange
                .withdraw(id, -amount)
                .map_err(|refusal| refusal.0)?;
            "withdraw"
        } else {
            self.exchange.deposit(id, amount);
            "deposit"
        };
        self.note(id, json!({"type": kind, "usdc": num(amount.abs())}));
        Ok(())
    }

    /// Writes down, and tells, that money came or went.
    pub(crate) fn note(&mut self, id: AccountId, delta: Value) {
        let time = self.time;
        let Some(user) = self.user_mut(id) else {
            return;
        };
        let update = Update { time, delta };
        user::remember(&mut user.updates, update.clone());
        let address = user.address;
        crate::ws::publish_update(self, address, &update);
    }

    /// Sub-accounts of a master.
    pub(crate) fn subs(&self, master: AccountId) -> impl Iterator<Item = (&User, &str)> {
        self.users.iter().filter_map(move |user| match &user.kind {
            Kind::Sub { master: of, name } if *of == master => Some((user, name.as_str())),
            Kind::Sub { .. } | Kind::Master => None,
        })
    }

    /// Uses a nonce up.
    ///
    /// # Errors
    /// In the venue's words.
    pub(crate) fn take_nonce(&mut self, signer: Address, nonce: u64) -> Result<(), String> {
        let clocks = [self.time, crate::clock::wall()];
        if self.nonces.len() >= SIGNERS_MAX && !self.nonces.contains_key(&signer) {
            self.nonces.pop_first();
        }
        self.nonces.entry(signer).or_default().take(nonce, clocks)
    }
}
