//! The world round the core: an exchange that lives on, a store that keeps what was written, a network between them,
//! processes that may be killed at any moment, and people. Time is the world's own; everything is drawn from one seed.

mod calm;
mod lease;
mod lives;
mod model;
mod others;
mod people;
mod shell;
mod tick;
mod wire;
mod writing;

use aicoin_core::{BotConfig, Output};
use aicoin_domain::{AccountId, Desired, Hold, MarketId, Price, TimeMs, Usd};
use aicoin_paper::{Exchange, ExchangeConfig, Fees};

use crate::bug::Bug;
use crate::dice::Dice;
use crate::fault::{Fault, Mix, Struck};
use crate::history::History;
use crate::judge::{Judge, Violation};
use crate::plan::{Plan, maker_fee, taker_fee};
use crate::process::Process;
use crate::queue::{Event, Pid, Queue};
use crate::store::Store;

/// When every world begins: a few hours before a UTC day ends, so that the day changes in most of them.
const BEGIN: i64 = 1_700_000_000_000 - 1_700_000_000_000 % 86_400_000 + 20 * 3_600_000;
/// What is paid in.
pub(crate) const DEPOSIT: Usd = Usd::from_whole(10_000);
/// Orders and fills that the exchange remembers: more than a run makes, and the judge reads them.
const HISTORY_MAX: usize = 20_000;

/// The state of a market outside of the exchange.
#[derive(Debug)]
struct Tape {
    price: Price,
    /// Upwards or downwards, in millionths per tick.
    drift_ppm: i64,
    /// Its prices reach nobody until then, and it trades on all the same.
    stale_until: i64,
}

/// What people want at present.
#[derive(Debug)]
struct Wishes {
    generation: u64,
    desired: Desired,
    /// What was wanted before, with its counter: a message that may come again.
    before: Option<(u64, Desired)>,
    hold: Hold,
}

/// Troubles that last a while, each with its end.
#[derive(Debug, Default)]
struct Episodes {
    feed_silent: i64,
    venue_away: i64,
    rate_limited: i64,
    lease_away: i64,
    operator_away: i64,
}

/// What somebody else has on the account.
#[derive(Debug, Default)]
struct Others {
    /// They leave at that time.
    leaving: bool,
    number: u128,
}

/// The whole world.
#[derive(Debug)]
pub(crate) struct World {
    dice: Dice,
    mix: Mix,
    pub(crate) struck: Struck,
    bug: Bug,
    plan: Plan,
    /// The configuration that the next process is started with.
    config: BotConfig,
    pub(crate) now: i64,
    is_storming: bool,
    queue: Queue,
    next_tick: i64,
    tapes: Vec<Tape>,
    episodes: Episodes,
    pub(crate) exchange: Exchange,
    account: AccountId,
    pub(crate) store: Store,
    processes: Vec<Process>,
    next_pid: Pid,
    /// A process is about to start, or to take over.
    is_starting: bool,
    wishes: Wishes,
    others: Others,
    next_funding: i64,
    pub(crate) judge: Judge,
    pub(crate) history: History,
    /// Inputs that cores took.
    pub(crate) steps: u64,
    pub(crate) starts: u64,
    /// The state hashes on the way, folded.
    pub(crate) digest: u64,
    outputs: Vec<Output>,
    /// A process that dies once its outputs are carried out so far.
    doomed: Option<Pid>,
    /// A process that stands still once it has begun to write.
    freezing: Option<Pid>,
}

impl World {
    pub(crate) fn new(seed: u64, bug: Bug, is_told: bool) -> Self {
        let mut dice = Dice::new(seed);
        let mix = Mix::draw(&mut dice);
        let mut struck = Struck::default();
        let is_over_budget = dice.below(100_000) < mix.chance(Fault::AiOverBudget);
        if is_over_budget {
            struck.count(Fault::AiOverBudget);
        }
        let may_be_reckless = dice.below(100_000) < mix.chance(Fault::Liquidated);
        let plan = Plan::draw(&mut dice, is_over_budget, may_be_reckless);
        let mut exchange = Exchange::new(ExchangeConfig {
            markets: plan.rules.clone(),
            fees: Fees {
                taker: taker_fee(),
                maker: maker_fee(),
            },
            slippage: aicoin_domain::Rate::ZERO,
            funding: true,
        });
        exchange.set_history_max(HISTORY_MAX);
        let account = exchange.open_account(DEPOSIT);
        let tapes = plan.prices.iter().map(|price| Tape {
            price: *price,
            drift_ppm: plan.step_ppm / 4,
            stale_until: 0,
        });
        let judge = Judge::new(account, &plan.config);
        let mut queue = Queue::default();
        queue.at(BEGIN, Event::Starts);
        let store = Store {
            merges_twice: bug == Bug::MergeTwice,
            ..Store::default()
        };
        Self {
            tapes: tapes.collect(),
            config: plan.config.clone(),
            history: History::new(is_told, BEGIN),
            dice,
            mix,
            struck,
            bug,
            plan,
            now: BEGIN,
            is_storming: true,
            queue,
            next_tick: BEGIN + 1,
            episodes: Episodes::default(),
            exchange,
            account,
            store,
            processes: Vec::new(),
            next_pid: 0,
            is_starting: true,
            wishes: Wishes {
                generation: 1,
                desired: Desired::Running,
                before: None,
                hold: Hold::None,
            },
            others: Others::default(),
            next_funding: BEGIN + 1_200_000,
            judge,
            steps: 0,
            starts: 0,
            digest: 0xcbf2_9ce4_8422_2325,
            outputs: Vec::new(),
            doomed: None,
            freezing: None,
        }
    }

    /// The whole run: faults on, then faults off, then a look at what is left. `None` when everything held.
    pub(crate) fn run(&mut self) -> Option<Violation> {
        let storm_ends = BEGIN + self.plan.storm_ms;
        self.go_on_until(storm_ends);
        self.calm_down();
        self.judge.take_violation()
    }

    /// Simulated time so far, ms.
    pub(crate) const fn elapsed_ms(&self) -> i64 {
        self.now - BEGIN
    }

    /// Whether a fault strikes now.
    fn strikes(&mut self, fault: Fault) -> bool {
        let chance = self.mix.chance(fault);
        let strikes = self.is_storming && chance > 0 && self.dice.below(100_000) < chance;
        if strikes {
            self.struck.count(fault);
        }
        strikes
    }

    fn go_on_until(&mut self, end: i64) {
        while !self.judge.has_violation() {
            let event_at = self.queue.next_at();
            let next = event_at.min(self.next_tick);
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            if event_at <= self.next_tick {
                if let Some(event) = self.queue.pop() {
                    self.happen(event);
                }
            } else {
                self.tick();
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Lands { pid, action } => self.land(pid, &action),
            Event::Tell { pid, input } => self.tell(pid, *input),
            Event::Asked {
                pid,
                query,
                asked_at,
                since,
            } => self.be_asked(pid, query, asked_at, since),
            Event::WriteLands { pid } => self.write_lands(pid),
            Event::WriteAnswered { pid, outcome } => self.write_answered(pid, outcome),
            Event::WriteAgain { pid } => self.write_again(pid),
            Event::Wake { pid, at } => self.wake(pid, at),
            Event::Renew { pid } => self.renew(pid),
            Event::Thaw { pid } => self.thaw(pid),
            Event::Dies { pid } => self.kill(pid, "was to end"),
            Event::Starts => self.start(),
            Event::Claims => self.claim(),
            Event::TakesOver { epoch } => self.take_over(epoch),
            Event::Clears { pid, reason } => self.clear_obstacle(pid, reason),
            Event::ForeignLeaves => self.others_leave(),
        }
    }

    fn place_of(&self, pid: Pid) -> Option<usize> {
        self.processes.iter().position(|process| process.pid == pid)
    }

    fn process(&mut self, pid: Pid) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.pid == pid)
    }

    /// A span of up to `most_ms`, most of the time much less.
    fn soon(&mut self, most_ms: i64) -> i64 {
        let longest = if self.dice.percent(80) {
            most_ms / 4
        } else {
            most_ms
        };
        self.dice.between(0, longest)
    }

    fn network(&mut self) -> i64 {
        1 + self.soon(self.plan.network_ms)
    }

    /// The markets that the newest configuration knows.
    fn market_count(&self) -> usize {
        self.plan.rules.len()
    }

    const fn true_time(&self) -> TimeMs {
        TimeMs(self.now)
    }

    fn market_of(index: usize) -> MarketId {
        MarketId(u16::try_from(index).unwrap_or(u16::MAX))
    }
}
