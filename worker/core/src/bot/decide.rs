//! Deciding in time: when a rule or a model is heard, and what is written down of it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{DecisionId, DurationMs, MarketId, Price, Reason, Side, Size, TimeMs, Usd};

use super::state::{Asking, Exit, Plan, PlanSize, RECENT_MAX, Recent, StopPlan};
use super::{Bot, Held, Waiting};
use crate::ai::{
    AiAction, AiAnswer, AiCall, AiFailure, AiReply, MarketView, Proposal, RecentDecision,
    ReplyItem, ViewAccount, ViewMarket, ViewPosition,
};
use crate::config::{AiConfig, Policy};
use crate::decide::{BreakerState, Checked, Facts, Rule, Wish, check};
use crate::input::Candle;
use crate::output::Report;
use crate::record::{DecisionRecord, Leg, Record, Wanted, Why};

/// How long after the end of a candle the model is asked even if not every market has closed it.
const ASK_PATIENCE: DurationMs = DurationMs::from_secs(2);

impl Bot {
    /// A rule sees a closed candle. A wish that differs from the last one acted on is a decision.
    #[inline]
    pub(super) fn decide_by_rule(&mut self, market: MarketId, candle: &Candle) {
        let Some(desk) = self.state.desks.get_mut(market.index()) else {
            return;
        };
        let Some(rule) = &mut desk.rule else { return };
        if let Some(wish) = rule.on_candle(candle)
            && desk.acted != Some(wish)
        {
            desk.acted = Some(wish);
            let (why, notional) = (rule.why(), rule.notional());
            self.act_on_wish(market, wish, why, notional);
        }
    }

    fn act_on_wish(&mut self, market: MarketId, wish: Wish, why: Why, notional: Usd) {
        let id = self.next_decision();
        let (side, wanted) = match wish {
            Wish::Long => (Side::Buy, Wanted::Long),
            Wish::Short => (Side::Sell, Wanted::Short),
        };
        let held = Side::of_position(self.state.account.size(market));
        let plan = Plan {
            decision: id,
            side,
            size: PlanSize::Notional(notional),
            stop: self
                .config
                .risk
                .stop_loss
                .map_or(StopPlan::None, StopPlan::Distance),
            take: None,
            deadline: self.now + self.config.interval,
        };
        let rejected = if held == Some(side) {
            Some(Reason::AlreadyInPosition)
        } else {
            self.may_open(market)
                .and_then(|()| self.approve(market, &plan).map(|_| ()))
                .err()
        };
        // What is still on its way may become a position on the other side: the exit waits for it.
        let may_be_other = held == Some(side.opposite()) || self.is_busy(market);
        if let Some(desk) = self.state.desks.get_mut(market.index()) {
            if may_be_other {
                desk.want_exit(Exit {
                    decision: id,
                    leg: Leg::Close,
                    to: Size::ZERO,
                    tries: 0,
                });
            }
            desk.plan = rejected.is_none().then_some(plan);
        }
        let record = DecisionRecord {
            id,
            time: self.now,
            market: Some(market),
            wanted,
            why,
            rejected,
            detail: None,
            mark: self.mark(market),
            call: None,
            view: 0,
        };
        self.decided(record);
    }

    fn decided(&mut self, record: DecisionRecord) {
        self.out.report(Report::Decided {
            decision: record.id,
            rejected: record.rejected,
        });
        self.out.row(Record::Decision(record));
        self.dirty = true;
    }

    pub(super) const fn next_decision(&mut self) -> DecisionId {
        self.state.ids.decision += 1;
        DecisionId(self.state.ids.decision)
    }

    /// Asks the model when a candle closed, and gives up on a reply that does not come.
    pub(super) fn attend_ai(&mut self) {
        let Policy::Ai(config) = &self.config.policy else {
            return;
        };
        let config = config.clone();
        if let Some(asking) = &self.state.asking {
            let deadline = asking.deadline + self.config.timing.answer_timeout;
            if self.now < deadline {
                self.wake_by(deadline);
                return;
            }
            // The shell keeps its own deadline; this is the net below it.
            let cost = config.worst_case_cost;
            self.state.asking = None;
            let detail = String::from("No reply and no failure came before the deadline.");
            self.on_ai_failure(
                AiFailure {
                    reason: Reason::AiTimeout,
                    detail,
                },
                AiCall {
                    cost,
                    ..AiCall::default()
                },
                &config,
            );
        }
        let slot = self.now.floor(self.config.interval);
        if self.state.asked_slot == Some(slot) {
            return;
        }
        let Some(readiness) = self.slot_readiness(slot) else {
            return;
        };
        if !readiness {
            self.wake_by(slot + ASK_PATIENCE);
            return;
        }
        self.state.asked_slot = Some(slot);
        if self.gate_for_all().is_err() {
            // Paused, closing or not ready: the model is not even asked. Status says why.
            return;
        }
        if self.state.breaker.state(self.now) == BreakerState::Open {
            self.skip_asking(Reason::BreakerOpen);
        } else if !self.state.budget.reserve(self.now, &config) {
            self.skip_asking(Reason::AiBudgetSpent);
        } else {
            self.ask(&config);
        }
    }

    /// `None`: no market has closed the candle before this slot. Otherwise whether all have, or were waited for.
    fn slot_readiness(&self, slot: TimeMs) -> Option<bool> {
        let before = slot - self.config.interval;
        let closed =
            |market: &crate::market::Market| market.last_closed.is_some_and(|last| last >= before);
        let mut all = true;
        let mut fresh = false;
        for (index, market) in self.state.markets.iter().enumerate() {
            fresh |= closed(market);
            all &= closed(market) || !self.is_in_use(index);
        }
        fresh.then(|| all || self.now >= slot + ASK_PATIENCE)
    }

    /// A market that is traded, or was and still has a position.
    pub(super) fn is_in_use(&self, index: usize) -> bool {
        let is_flat = self
            .state
            .account
            .positions
            .get(index)
            .is_none_or(|position| position.size.is_zero());
        self.config
            .markets
            .get(index)
            .is_some_and(|market| !market.retired || !is_flat)
    }

    fn skip_asking(&mut self, reason: Reason) {
        let id = self.next_decision();
        self.decided(DecisionRecord {
            id,
            time: self.now,
            market: None,
            wanted: Wanted::Nothing,
            why: Why::Failure,
            rejected: Some(reason),
            detail: None,
            mark: Price::ZERO,
            call: None,
            view: 0,
        });
    }

    fn ask(&mut self, config: &AiConfig) {
        self.state.ids.view += 1;
        let view = self.view(self.now + config.timeout);
        self.state.asking = Some(Asking {
            view: view.id,
            time: view.time,
            deadline: view.deadline,
            marks: self
                .state
                .markets
                .iter()
                .map(crate::market::Market::mark)
                .collect(),
        });
        self.wake_by(view.deadline + self.config.timing.answer_timeout);
        let after = self.out.next_seq();
        self.out.force();
        self.waiting.push_back(Waiting {
            after,
            what: Held::Ask(Box::new(view)),
        });
    }

    /// A question that was written down and is not asked after all: nothing was spent.
    pub(super) fn withdraw_question(&mut self, view: u64, reason: Reason) {
        let Policy::Ai(config) = &self.config.policy else {
            return;
        };
        let config = config.clone();
        if self
            .state
            .asking
            .take_if(|asking| asking.view == view)
            .is_some()
        {
            self.state.budget.settle(self.now, Usd::ZERO, &config);
            self.skip_asking(reason);
        }
    }

    /// Everything that a decision may go by, as it is now.
    fn view(&self, deadline: TimeMs) -> MarketView {
        let equity = self.equity();
        let risk = &self.config.risk;
        let notional = self.state.account.notional(&self.state.markets);
        let per_trade = risk.risk_per_trade.map_or(10_000, |rate| {
            u32::try_from(rate.units() / aicoin_domain::Rate::from_bps(1).units()).unwrap_or(0)
        });
        MarketView {
            id: self.state.ids.view,
            time: self.now,
            deadline,
            account: ViewAccount {
                equity,
                free_margin: self.free_margin(equity),
                day_pnl: self
                    .state
                    .risk
                    .day_start()
                    .map_or(Usd::ZERO, |start| equity - start),
                risk_bps_max: per_trade,
                leverage_max: risk
                    .max_leverage
                    .unwrap_or(aicoin_domain::Leverage::new(50)),
                notional_left: risk.max_total_notional.map(|limit| limit - notional),
                confidence_min: risk.min_confidence.unwrap_or(0),
            },
            markets: self.view_markets(),
            recent: self
                .state
                .recent
                .iter()
                .filter_map(|recent| self.view_recent(recent))
                .collect(),
        }
    }

    fn view_recent(&self, recent: &Recent) -> Option<RecentDecision> {
        let market = self.config.markets.get(recent.market.index())?.name.clone();
        Some(RecentDecision {
            time: recent.time,
            market,
            action: recent.action,
            rejected: recent.rejected,
        })
    }

    fn view_markets(&self) -> Vec<ViewMarket> {
        let mut views = Vec::new();
        for (index, market) in self.config.markets.iter().enumerate() {
            if !self.is_in_use(index) {
                continue;
            }
            let Ok(id) = u16::try_from(index).map(MarketId) else {
                continue;
            };
            let Some(prices) = self.state.markets.get(index) else {
                continue;
            };
            let Some(quote) = prices.quote else { continue };
            views.push(ViewMarket {
                market: id,
                name: market.name.clone(),
                bid: quote.bid,
                ask: quote.ask,
                mark: quote.mark,
                age_ms: (self.now - prices.quoted_at).0,
                tick: market.rules.tick(quote.mark),
                leverage_max: market.rules.max_leverage(),
                candles: prices.history.iter().copied().collect(),
                position: self.view_position(id, quote.mark),
                closed_because: self.may_open(id).err(),
            });
        }
        views
    }

    fn view_position(&self, market: MarketId, mark: Price) -> Option<ViewPosition> {
        let position = self
            .state
            .account
            .position(market)
            .filter(|position| !position.size.is_zero())?;
        let guard = self
            .state
            .desks
            .get(market.index())
            .map(|desk| desk.guard)
            .unwrap_or_default();
        Some(ViewPosition {
            size: position.size,
            entry: position.entry(),
            unrealised: position.unrealised(mark),
            stop: guard.stop,
            take: guard.take,
            age_ms: position.opened_at.map_or(0, |opened| (self.now - opened).0),
        })
    }

    /// The model answered. A reply to an older question is dropped: its budget was settled when it was given up.
    pub(super) fn on_ai(&mut self, answer: AiAnswer) {
        let AiAnswer {
            view,
            outcome,
            call,
        } = answer;
        let Policy::Ai(config) = &self.config.policy else {
            return;
        };
        let config = config.clone();
        let Some(asking) = self.state.asking.take_if(|asking| asking.view == view) else {
            return;
        };
        match outcome {
            Err(failure) => self.on_ai_failure(failure, call, &config),
            Ok(reply) if reply.view != view => {
                let detail = alloc::format!(
                    "The reply answers view {}, asked was view {view}.",
                    reply.view
                );
                self.on_ai_failure(
                    AiFailure {
                        reason: Reason::WrongView,
                        detail,
                    },
                    call,
                    &config,
                );
            }
            Ok(reply) => {
                self.state.budget.settle(self.now, call.cost, &config);
                self.state.breaker.on_success();
                self.act_on_reply(&asking, reply, call);
            }
        }
    }

    fn on_ai_failure(&mut self, failure: AiFailure, call: AiCall, config: &AiConfig) {
        self.state.budget.settle(self.now, call.cost, config);
        self.state.breaker.on_failure(self.now);
        let id = self.next_decision();
        self.decided(DecisionRecord {
            id,
            time: self.now,
            market: None,
            wanted: Wanted::Nothing,
            why: Why::Failure,
            rejected: Some(failure.reason),
            detail: Some(failure.detail),
            mark: Price::ZERO,
            call: Some(Box::new(call)),
            view: self.state.ids.view,
        });
    }

    /// Each wish of a reply stands or falls alone; those that close come first.
    fn act_on_reply(&mut self, asking: &Asking, reply: AiReply, call: AiCall) {
        let mut call = Some(Box::new(call));
        let (closing, other): (Vec<ReplyItem>, Vec<ReplyItem>) =
            reply.items.iter().cloned().partition(|item| match item {
                ReplyItem::Proposal(wish) => {
                    matches!(wish.action, AiAction::Close | AiAction::Reduce)
                }
                ReplyItem::Rejected { .. } => false,
            });
        for item in closing.into_iter().chain(other) {
            match item {
                ReplyItem::Rejected {
                    symbol,
                    reason,
                    detail,
                } => {
                    let market = self.market_named(&symbol);
                    let words = Why::Model {
                        reason: String::new(),
                        confidence: 0,
                    };
                    self.record_wish(
                        market,
                        Wanted::Nothing,
                        words,
                        (Some(reason), Some(detail)),
                        call.take(),
                    );
                }
                ReplyItem::Proposal(wish) => {
                    let conflicts = reply.items.iter().any(|other| match other {
                        ReplyItem::Proposal(other) => contradicts(&wish, other),
                        ReplyItem::Rejected { .. } => false,
                    });
                    self.act_on_proposal(asking, &wish, conflicts, call.take());
                }
            }
        }
        if call.is_some() {
            // A reply without any wish is still a decision: to do nothing.
            let words = Why::Model {
                reason: String::new(),
                confidence: 0,
            };
            self.record_wish(
                None,
                Wanted::Ai(AiAction::Hold),
                words,
                (None, None),
                call.take(),
            );
        }
    }

    fn act_on_proposal(
        &mut self,
        asking: &Asking,
        wish: &Proposal,
        conflicts: bool,
        call: Option<Box<AiCall>>,
    ) {
        let market = self.market_named(&wish.symbol);
        let words = Why::Model {
            reason: wish.reason.clone(),
            confidence: wish.confidence,
        };
        let verdict = match market {
            None => Err((
                Reason::UnknownMarket,
                Some(alloc::format!(
                    "{:?} is none of the bot's markets.",
                    wish.symbol
                )),
            )),
            Some(_) if conflicts => Err((Reason::ConflictingActions, None)),
            Some(market) => self.check_proposal(asking, market, wish),
        };
        let id = DecisionId(self.state.ids.decision + 1);
        let (rejected, detail) =
            match verdict.and_then(|checked| self.carry_out(market, id, checked)) {
                Ok(note) => (None, note),
                Err((reason, detail)) => (Some(reason), detail),
            };
        self.record_wish(
            market,
            Wanted::Ai(wish.action),
            words,
            (rejected, detail),
            call,
        );
    }

    fn check_proposal(
        &self,
        asking: &Asking,
        market: MarketId,
        wish: &Proposal,
    ) -> Result<Checked, (Reason, Option<String>)> {
        let index = market.index();
        let (Some(config), Some(prices), Some(desk)) = (
            self.config.markets.get(index),
            self.state.markets.get(index),
            self.state.desks.get(index),
        ) else {
            return Err((Reason::UnknownMarket, None));
        };
        let is_stale = prices.is_stale(self.now, self.config.timing.stale_after);
        let reduces = matches!(wish.action, AiAction::Close | AiAction::Reduce);
        // Old prices open nothing; they keep nobody from closing.
        let Some(quote) = prices.quote.filter(|_| reduces || !is_stale) else {
            return Err((Reason::DataStale, None));
        };
        let facts = Facts {
            now: self.now,
            view_time: asking.time,
            view_mark: asking.marks.get(index).copied().unwrap_or_default(),
            quote,
            position: self.state.account.size(market),
            entry: self
                .state
                .account
                .position(market)
                .map(crate::account::Position::entry)
                .unwrap_or_default(),
            stop: desk.guard.stop,
            equity: self.equity(),
            room: self.room(market),
            busy: self.is_busy(market) || desk.plan.is_some(),
            interval: self.config.interval,
            taker_fee: self.config.taker_fee,
            rules: &config.rules,
            risk: &self.config.risk,
        };
        let checked = check(wish, &facts)?;
        if matches!(checked, Checked::Open { .. }) {
            // The model was asked while it was allowed: a pause since then is one before the send.
            self.may_open(market)
                .map_err(|reason| (super::gate::before_send(reason), None))?;
        }
        Ok(checked)
    }

    /// Makes a checked wish the desk's business. Returns a note for the record.
    fn carry_out(
        &mut self,
        market: Option<MarketId>,
        id: DecisionId,
        checked: Checked,
    ) -> Result<Option<String>, (Reason, Option<String>)> {
        let unknown = (Reason::UnknownMarket, None);
        let market = market.ok_or_else(|| unknown.clone())?;
        let desk = self.state.desks.get_mut(market.index()).ok_or(unknown)?;
        let exit = |to| Exit {
            decision: id,
            leg: Leg::Close,
            to,
            tries: 0,
        };
        let mut note = None;
        match checked {
            Checked::Hold => {}
            Checked::Close => desk.want_exit(exit(Size::ZERO)),
            Checked::ReduceTo(size) => desk.want_exit(exit(size)),
            Checked::Adjust { stop, take } => {
                desk.guard.stop = Some(stop);
                desk.guard.take = take.or(desk.guard.take);
            }
            Checked::Open {
                side,
                size,
                stop,
                take,
                deadline,
                cut,
            } => {
                let plan = Plan {
                    decision: id,
                    side,
                    size: PlanSize::Exact(size),
                    stop: StopPlan::At(stop),
                    take,
                    deadline,
                };
                note = cut;
                self.approve(market, &plan)
                    .map_err(|reason| (reason, None))?;
                if let Some(desk) = self.state.desks.get_mut(market.index()) {
                    desk.plan = Some(plan);
                }
            }
        }
        self.dirty = true;
        Ok(note)
    }

    fn record_wish(
        &mut self,
        market: Option<MarketId>,
        wanted: Wanted,
        why: Why,
        (rejected, detail): (Option<Reason>, Option<String>),
        call: Option<Box<AiCall>>,
    ) {
        let id = self.next_decision();
        if let (Some(market), Wanted::Ai(action)) = (market, wanted) {
            if self.state.recent.len() == RECENT_MAX {
                self.state.recent.pop_front();
            }
            self.state.recent.push_back(Recent {
                time: self.now,
                market,
                action,
                rejected,
            });
        }
        let mark = market.map_or(Price::ZERO, |market| self.mark(market));
        let view = self.state.ids.view;
        self.decided(DecisionRecord {
            id,
            time: self.now,
            market,
            wanted,
            why,
            rejected,
            detail,
            mark,
            call,
            view,
        });
    }

    fn market_named(&self, name: &str) -> Option<MarketId> {
        let index = self
            .config
            .markets
            .iter()
            .position(|market| market.name == name)
            .filter(|index| self.is_in_use(*index))?;
        u16::try_from(index).ok().map(MarketId)
    }
}

/// Whether two wishes of one reply cannot both be meant. Closing twice can; two different openings cannot.
fn contradicts(wish: &Proposal, other: &Proposal) -> bool {
    let is_same = match wish.action {
        AiAction::OpenLong | AiAction::OpenShort | AiAction::AdjustStop => other == wish,
        // A close makes sense whatever stands beside it: a bad open never blocks it.
        AiAction::Close => true,
        AiAction::Reduce | AiAction::Hold => other.action == wish.action,
    };
    other.symbol == wish.symbol && !is_same
}
