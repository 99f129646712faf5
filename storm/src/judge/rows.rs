//! What a core writes: each row says why, no intent comes twice, no order is called dead that lives, limits come first.

use aicoin_core::{AiAction, DecisionRecord, Leg, OrderError, OrderRecord, Record, Wanted};
use aicoin_domain::{Cloid, MarketId, OrderStatus, Size, TimeMs, Usd};
use aicoin_paper::Exchange;

use super::intents::Intent;
use super::{Invariant, Judge};
use crate::process::Process;

/// What a limit may be passed by, in hundredths: prices are rounded, and the ask is a little above the middle.
const TOLERANCE_PERCENT: i128 = 2;
/// Somebody else's position is not known before the account is read, ms.
const OTHERS_MS: i64 = 120_000;

impl Judge {
    /// A core wants these rows written.
    pub(crate) fn persists(
        &mut self,
        process: &Process,
        records: &[Record],
        exchange: &Exchange,
        now: TimeMs,
    ) {
        let mut opened: Vec<Cloid> = Vec::new();
        for record in records {
            match record {
                Record::Order(order) => self.order_row(process, order, exchange, now, &mut opened),
                Record::Decision(decision) => self.decision_row(process, decision),
                Record::Risk(risk) => {
                    self.reason(risk.reason);
                    if !risk.resolved && self.unsettled.len() < 64 {
                        self.unsettled.push(risk.id);
                    }
                }
                Record::Fill(_)
                | Record::Position(_)
                | Record::Account(_)
                | Record::Settled(_)
                | Record::Control(_) => {}
            }
        }
        for cloid in opened {
            self.limits_hold(process, cloid, exchange, now);
        }
    }

    fn order_row(
        &mut self,
        process: &Process,
        order: &OrderRecord,
        exchange: &Exchange,
        now: TimeMs,
        opened: &mut Vec<Cloid>,
    ) {
        let cloid = order.request.cloid;
        // Of a process that has lost the account nothing is written any more.
        if process.epoch < self.active_epoch {
            return;
        }
        match order.status {
            OrderStatus::Prepared => self.intent_row(process, order, opened),
            OrderStatus::Failed => {
                opened.retain(|known| *known != cloid);
                match &order.error {
                    None => self.object(Invariant::I15, || {
                        format!("{cloid} failed and says not why")
                    }),
                    Some(OrderError::Reason(reason)) => self.reason(*reason),
                    Some(OrderError::Venue(_)) => {}
                }
                self.is_called_dead(cloid, exchange, now);
            }
            OrderStatus::Sent
            | OrderStatus::Open
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Canceled
            | OrderStatus::Unknown => {}
        }
    }

    fn intent_row(&mut self, process: &Process, order: &OrderRecord, opened: &mut Vec<Cloid>) {
        let cloid = order.request.cloid;
        let intent = Intent::of(order, process.pid, self.config.max_slippage);
        let is_new = self.legs.insert(intent.key());
        if self.intents.contains_key(&cloid) || !is_new {
            self.object(Invariant::I1, || {
                format!("the intent {cloid} was written a second time")
            });
        }
        if order.leg == Leg::Open {
            self.openings.push(cloid);
            opened.push(cloid);
        } else if !order.request.reduce_only {
            self.object(Invariant::I5, || {
                format!("{cloid} is to close something and may open something")
            });
        }
        self.intents.insert(cloid, intent);
    }

    /// An order that is called dead must be unknown to the exchange for good, or have ended without a fill.
    fn is_called_dead(&mut self, cloid: Cloid, exchange: &Exchange, now: TimeMs) {
        let is_excused = self.is_excused(now);
        let Some(intent) = self.intents.get_mut(&cloid) else {
            return;
        };
        if intent.sends == 0 {
            intent.dead = true;
            self.tidy_openings();
            return;
        }
        if intent.excused || is_excused {
            return;
        }
        let arrives = intent.on_wire && now <= intent.expires_at;
        let lives = exchange
            .order_status(self.account, cloid)
            .is_some_and(|report| !report.state.is_final() || report.filled.is_positive());
        if arrives || lives {
            self.object(Invariant::I2, || {
                let how = if lives {
                    "the exchange has it"
                } else {
                    "it may still arrive"
                };
                format!("{cloid} is called failed, and {how}")
            });
        }
    }

    fn decision_row(&mut self, process: &Process, decision: &DecisionRecord) {
        if let Some(reason) = decision.rejected {
            self.reason(reason);
            return;
        }
        let opens = matches!(
            decision.wanted,
            Wanted::Ai(AiAction::OpenLong | AiAction::OpenShort)
        );
        if !opens {
            return;
        }
        let Some(answering) = self.answering.clone() else {
            self.object(Invariant::I12, || {
                "a model's decision without an answer of it".to_owned()
            });
            return;
        };
        let question = self.question.filter(|question| question.pid == process.pid);
        let Some(question) = question.filter(|question| question.view == answering.view) else {
            self.object(Invariant::I12, || {
                format!(
                    "the answer to view {} opens something, and that is not what was asked last",
                    answering.view
                )
            });
            return;
        };
        let name = decision
            .market
            .and_then(|market| process.bot.config().markets.get(market.index()))
            .map(|market| market.name.as_str());
        let interval = self.config.interval.0;
        let longest = answering
            .ttls
            .iter()
            .filter(|(symbol, _)| Some(symbol.as_str()) == name)
            .map(|(_, ttl)| ttl.map_or(interval, |ttl| i64::from(ttl) * 1000))
            .max()
            .unwrap_or(0);
        if answering.now.0 > question.time.0 + longest {
            self.object(Invariant::I12, || {
                format!(
                    "an answer to view {} opens something, {} ms after it was good",
                    answering.view,
                    answering.now.0 - question.time.0 - longest
                )
            });
        }
    }

    /// An opening order is within the limits, with everything counted that is open and that may still open.
    fn limits_hold(&mut self, process: &Process, cloid: Cloid, exchange: &Exchange, now: TimeMs) {
        let Some(intent) = self.intents.get(&cloid) else {
            return;
        };
        let is_excused = self.is_excused(now) || intent.excused;
        let (market, value) = (intent.request.market, intent.value);
        let may_be_others = now.0 - self.others_at.0 < OTHERS_MS || !self.others.is_empty();
        if is_excused || may_be_others {
            return;
        }
        let rival = self.openings.iter().find(|other| {
            **other != cloid
                && self.intents.get(other).is_some_and(|other| {
                    other.request.market == market && other.may_open(now) && !other.excused
                })
        });
        if let Some(rival) = rival.copied() {
            self.object(Invariant::I1, || {
                format!(
                    "{cloid} is to open something in market {} while {rival} may still do so",
                    market.0
                )
            });
        }
        let held = exchange.position_size(self.account, market);
        if held != Size::ZERO {
            self.object(Invariant::I6, || {
                format!(
                    "{cloid} is to open something in market {} while {held} is open",
                    market.0
                )
            });
        }
        let in_market = value;
        let mut total = value;
        for index in 0..self.config.markets.len() {
            let other = MarketId(u16::try_from(index).unwrap_or(u16::MAX));
            if other != market {
                total += self.exposure_in(process, other, exchange, now);
            }
        }
        let over = |limit: Option<Usd>, value: Usd| {
            limit.is_some_and(|limit| {
                value.units() * 100 > limit.units() * (100 + TOLERANCE_PERCENT)
            })
        };
        if over(self.config.risk.max_position_notional, in_market) {
            self.object(Invariant::I6, || {
                format!(
                    "{cloid} makes {in_market} in market {}, above its limit",
                    market.0
                )
            });
        }
        if over(self.config.risk.max_total_notional, total) {
            self.object(Invariant::I6, || {
                format!("{cloid} makes {total} in all, above the limit")
            });
        }
    }

    /// What is open in a market and what may still open there, at the prices that the process knows.
    fn exposure_in(
        &self,
        process: &Process,
        market: MarketId,
        exchange: &Exchange,
        now: TimeMs,
    ) -> Usd {
        let mark = process
            .told
            .quotes
            .get(market.index())
            .copied()
            .flatten()
            .map_or(exchange.mark(market), |(_, quote)| quote.mark);
        let held = mark
            .notional(exchange.position_size(self.account, market))
            .abs();
        let coming = self
            .openings
            .iter()
            .filter_map(|cloid| self.intents.get(cloid));
        let coming = coming.filter(|intent| {
            intent.request.market == market && intent.may_open(now) && !intent.excused
        });
        held + coming.map(|intent| intent.value).sum::<Usd>()
    }
}
