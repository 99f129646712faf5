//! Deciding by a rule, and writing down whatever was decided.

use aicoin_domain::{DecisionId, MarketId, Reason, Side, Size, Usd};

use super::Bot;
use super::state::{Exit, Plan, PlanSize, StopPlan};
use crate::decide::{Rule, Wish};
use crate::input::Candle;
use crate::output::Report;
use crate::record::{DecisionRecord, Leg, Record, Wanted, Why};

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

    pub(super) fn decided(&mut self, record: DecisionRecord) {
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
}
