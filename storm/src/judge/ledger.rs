//! The exchange's own ledger: what its fills made of positions, and whose they were.

use aicoin_core::{Input, Leg};
use aicoin_domain::{Side, TimeMs};
use aicoin_paper::{Event, What};

use super::{Answering, Invariant, Judge};
use crate::process::Process;

/// The venue's clock and a core's may differ by so much, ms.
const SKEW_MS: i64 = 2_000;

impl Judge {
    /// Something happened at the exchange.
    pub(crate) fn venue_did(&mut self, event: &Event, now: TimeMs) {
        let What::Fill(fill) = &event.what else {
            return;
        };
        let before = self
            .positions
            .get(&fill.market)
            .copied()
            .unwrap_or_default();
        let after = before + fill.side.signed(fill.size);
        self.positions.insert(fill.market, after);
        if fill.liquidation.is_some() {
            return;
        }
        let known = fill.cloid.and_then(|cloid| self.intents.get(&cloid));
        let Some(intent) = known else {
            self.others.insert(fill.market);
            self.others_at = now;
            return;
        };
        let is_excused = intent.excused || self.is_excused(now);
        let (leg, cloid) = (intent.leg, intent.request.cloid);
        if leg == Leg::Open {
            if let Some(level) = self.control.effective_level()
                && !is_excused
            {
                self.object(Invariant::I4, || {
                    format!("{cloid} opened something although {level} was effective")
                });
            }
            return;
        }
        let flips = !after.is_zero() && Side::of_position(before) != Side::of_position(after);
        if flips || after.abs() >= before.abs() {
            self.object(Invariant::I5, || {
                format!("a closing order, {cloid}, made {after} of {before}")
            });
        }
    }

    /// A process is about to hear something.
    pub(crate) fn before(&mut self, process: &mut Process, input: &Input, clock: TimeMs) {
        let now = process.bot.now().max(clock);
        self.answering = None;
        match input {
            Input::Quote { market, quote } => {
                if let Some(known) = process.told.quotes.get_mut(market.index()) {
                    *known = Some((now, *quote));
                }
            }
            Input::Store(health) => process.told.store = *health,
            Input::Lease(lease) => {
                process.told.lease = match lease {
                    aicoin_core::LeaseState::Held { epoch } => Some(*epoch),
                    aicoin_core::LeaseState::NotHeld => None,
                };
            }
            Input::Obstacle { reason, present } => {
                process.told.obstacles.retain(|known| known != reason);
                if *present {
                    process.told.obstacles.push(*reason);
                }
            }
            Input::Account(truth) => {
                process.told.has_read = true;
                let asked_at = process.told.account_asked_at.take().unwrap_or(truth.time);
                process.told.is_skewed =
                    truth.time.0 > now.0 + SKEW_MS || truth.time.0 + SKEW_MS < asked_at.0;
            }
            Input::Control {
                generation,
                desired,
            } => self.is_told_control(process, *generation, *desired),
            Input::LocalHold(hold) => self.is_told_hold(process, *hold),
            Input::Ai(answer) => {
                let ttls = answer.outcome.iter().flat_map(|reply| &reply.items);
                let ttls = ttls.filter_map(|item| match item {
                    aicoin_core::ReplyItem::Proposal(wish) => {
                        Some((wish.symbol.clone(), wish.ttl_s))
                    }
                    aicoin_core::ReplyItem::Rejected { .. } => None,
                });
                self.answering = Some(Answering {
                    view: answer.view,
                    ttls: ttls.collect(),
                    now,
                });
            }
            Input::Range { .. }
            | Input::Listing { .. }
            | Input::WarmUp { .. }
            | Input::Sent { .. }
            | Input::Order { .. }
            | Input::Fill(_)
            | Input::Funding { .. }
            | Input::Liquidation { .. }
            | Input::Looked { .. }
            | Input::Durable { .. }
            | Input::Halt { .. }
            | Input::Resolve { .. }
            | Input::Wake => {}
        }
    }
}
