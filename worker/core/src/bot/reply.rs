//! What the model answered: each of its wishes is checked, carried out or rejected, and written down.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use aicoin_domain::{DecisionId, MarketId, Price, Reason, Size};

use super::Bot;
use super::state::{Asking, Exit, Plan, PlanSize, RECENT_MAX, Recent, StopPlan};
use crate::ai::{AiAction, AiAnswer, AiCall, AiFailure, AiReply, Proposal, ReplyItem};
use crate::config::{AiConfig, Policy};
use crate::decide::{Checked, Facts, check};
use crate::planted::planted;
use crate::record::{DecisionRecord, Leg, Wanted, Why};

impl Bot {
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
        let is_any = planted!(self, StaleReply);
        let asking = self
            .state
            .asking
            .take_if(|asking| asking.view == view || is_any);
        let Some(asking) = asking else {
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

    pub(super) fn on_ai_failure(&mut self, failure: AiFailure, call: AiCall, config: &AiConfig) {
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
