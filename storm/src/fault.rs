//! The kinds of faults, and the mix of them that a seed draws.

use crate::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $most:literal;)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The highest chance that a seed draws: in 100,000 opportunities.
            const fn most(self) -> u64 {
                match self { $(Self::$name => $most,)* }
            }
        }
    };
}

faults! {
    // --- an action on its way to the venue and back
    /// The request never arrives.
    RequestLost = "request_lost", 15_000;
    /// It is carried out, and nobody hears of it.
    ReplyLost = "reply_lost", 15_000;
    /// The reply comes seconds later.
    ReplyLate = "reply_late", 15_000;
    /// It arrives seconds later, before its expiry.
    LandsLate = "lands_late", 15_000;
    /// It arrives after its expiry.
    LandsTooLate = "lands_too_late", 8_000;
    /// The venue refuses it.
    OrderRefused = "order_refused", 10_000;
    /// The venue refuses a stop or a take-profit.
    StopRefused = "stop_refused", 40_000;
    /// For a while the venue answers everything with 429.
    RateLimited = "rate_limited", 250;
    /// For a while nothing reaches the venue.
    VenueAway = "venue_away", 250;
    // --- what the venue tells by itself
    /// A fill, update or payment comes again.
    PushRepeated = "push_repeated", 40_000;
    /// It comes up to two minutes later.
    PushLate = "push_late", 20_000;
    /// It is overtaken by what came after it.
    PushReordered = "push_reordered", 40_000;
    /// It never comes.
    PushLost = "push_lost", 20_000;
    /// The account or an order is asked for, and no answer comes.
    QueryLost = "query_lost", 20_000;
    /// The answer is old when it comes.
    QueryLate = "query_late", 20_000;
    /// The venue does not know yet what it accepted a moment ago.
    QueryBehind = "query_behind", 20_000;
    // --- the process
    /// It dies before it has written what it wants to do.
    CrashBeforePersist = "crash_before_persist", 700;
    /// It dies when something is written and not acted on.
    CrashAfterPersist = "crash_after_persist", 1_500;
    /// It dies when something was sent and not answered.
    CrashAfterSend = "crash_after_send", 3_000;
    /// It dies at any other moment.
    CrashAnytime = "crash_anytime", 120;
    /// It stands still, and wakes up.
    Frozen = "frozen", 80;
    /// It stands still between writing an intent and sending it.
    FrozenAtIntent = "frozen_at_intent", 6_000;
    // --- the store
    /// It cannot be written for seconds to minutes.
    StoreDown = "store_down", 150;
    /// It fails and works in turns.
    StoreFlaps = "store_flaps", 15_000;
    /// It is full.
    StoreFull = "store_full", 80;
    /// It takes seconds.
    StoreSlow = "store_slow", 8_000;
    /// It has written, and says that it has not.
    CommitReplyLost = "commit_reply_lost", 4_000;
    // --- prices
    /// No price of any market comes.
    FeedSilent = "feed_silent", 200;
    /// The prices of one market stand still, unnoticed.
    PricesStale = "prices_stale", 200;
    /// The price jumps.
    PriceJumps = "price_jumps", 700;
    /// There is little in the book: orders fill in parts.
    ThinBook = "thin_book", 50_000;
    // --- the model
    /// It fails: no connection, 429, no balance, a broken reply.
    AiFails = "ai_fails", 60_000;
    /// Elements of its reply break the schema.
    AiGarbage = "ai_garbage", 40_000;
    /// It wants what it may not have.
    AiWild = "ai_wild", 90_000;
    /// It answers after its deadline.
    AiLate = "ai_late", 25_000;
    /// It never answers.
    AiAbsent = "ai_absent", 15_000;
    /// Its budget is soon spent.
    AiOverBudget = "ai_over_budget", 30_000;
    // --- the clock
    /// The process starts with a clock that is wrong.
    ClockSkewed = "clock_skewed", 50_000;
    /// The clock jumps.
    ClockJumps = "clock_jumps", 60;
    // --- the lease
    /// It cannot be renewed for a while.
    LeaseUnrenewed = "lease_unrenewed", 1_500;
    /// Another process wants the account, while the first may be alive.
    TakenOver = "taken_over", 1_500;
    // --- people
    /// The operator asks for something else, at any moment.
    ControlChanged = "control_changed", 800;
    /// The operator is away: no control comes for minutes, not even the first.
    OperatorAway = "operator_away", 30_000;
    /// A control message comes again.
    ControlRepeated = "control_repeated", 50_000;
    /// An older control message comes after a newer one.
    ControlReordered = "control_reordered", 50_000;
    /// Somebody at the bot itself sets or lifts a hold.
    HoldChanged = "hold_changed", 350;
    /// Something outside keeps the bot from opening.
    Obstacle = "obstacle", 250;
    /// The bot is halted until a person settles it.
    Halted = "halted", 30;
    // --- somebody else on the account
    /// Somebody else trades.
    ForeignTrade = "foreign_trade", 40;
    /// Somebody else's order rests.
    ForeignOrder = "foreign_order", 60;
    /// The account has something in a market that the manifest lacks.
    ForeignMarket = "foreign_market", 30;
    /// A market is taken out of the manifest.
    MarketRetired = "market_retired", 20_000;
    // --- the venue acts by itself
    /// It cancels a stop.
    StopCanceled = "stop_canceled", 250;
    /// It liquidates a position.
    Liquidated = "liquidated", 100_000;
}

/// How many kinds there are.
pub(crate) const KINDS: usize = Fault::ALL.len();

/// The chance of each kind, in 100,000 opportunities.
#[derive(Clone, Debug)]
pub(crate) struct Mix {
    chances: [u64; KINDS],
}

impl Mix {
    /// Each seed has its own mix: some kinds never, some often.
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut chances = [0; KINDS];
        // One in eight is nearly calm: what goes wrong there goes wrong by itself. One in ten has nearly everything at once.
        let usual = match dice.below(100) {
            0..12 => 12,
            12..22 => 95,
            _ => 55,
        };
        for (chance, fault) in chances.iter_mut().zip(Fault::ALL) {
            if dice.percent(usual) {
                let most = fault.most();
                *chance = most / 10 + dice.below(most);
            }
        }
        Self { chances }
    }

    pub(crate) fn chance(&self, fault: Fault) -> u64 {
        self.chances.get(fault as usize).copied().unwrap_or(0)
    }
}

/// How often each kind struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck([u64; KINDS]);

impl Default for Struck {
    fn default() -> Self {
        Self([0; KINDS])
    }
}

impl Struck {
    pub(crate) fn count(&mut self, fault: Fault) {
        if let Some(count) = self.0.get_mut(fault as usize) {
            *count += 1;
        }
    }

    /// Adds another run's.
    pub(crate) fn add(&mut self, other: &Self) {
        for (one, more) in self.0.iter_mut().zip(&other.0) {
            *one += more;
        }
    }

    /// Each kind with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Fault, u64)> + '_ {
        Fault::ALL.iter().copied().zip(self.0.iter().copied())
    }
}
