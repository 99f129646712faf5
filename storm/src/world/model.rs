//! The model that is asked: it wants things, wants what it may not have, breaks the schema, fails, is late, is silent.

use aicoin_core::{
    AiAction, AiAnswer, AiCall, AiFailure, AiReply, Input, MarketView, Proposal, ReplyItem,
    ViewMarket,
};
use aicoin_domain::{Price, Rate, Reason, Side, Usd};

use super::World;
use crate::fault::Fault;
use crate::queue::{Event, Pid};

/// How a call may fail.
const FAILURES: [Reason; 14] = [
    Reason::AiTimeout,
    Reason::AiRateLimited,
    Reason::AiUnavailable,
    Reason::AiBadRequest,
    Reason::AiUnauthorized,
    Reason::AiNoBalance,
    Reason::ReplyEmpty,
    Reason::ReplyTruncated,
    Reason::ReplyFiltered,
    Reason::ReplyNotJson,
    Reason::ReplyTooLarge,
    Reason::DuplicateKey,
    Reason::TrailingText,
    Reason::WrongSchemaVersion,
];

/// How an element of a reply may break the schema.
const BROKEN: [Reason; 6] = [
    Reason::UnknownField,
    Reason::MissingField,
    Reason::BadNumber,
    Reason::OutOfRange,
    Reason::BadValue,
    Reason::UnknownMarket,
];

impl World {
    pub(super) fn ask_model(&mut self, pid: Pid, view: MarketView) {
        let now = self.now;
        if let Some(process) = self.processes.iter().find(|process| process.pid == pid) {
            self.judge.asks_model(process, &view, now);
        }
        if self.strikes(Fault::AiAbsent) {
            return;
        }
        let id = view.id;
        let outcome = if self.strikes(Fault::AiFails) {
            Err(AiFailure {
                reason: self.dice.pick(&FAILURES),
                detail: "It failed.".to_owned(),
            })
        } else {
            Ok(self.think(&view))
        };
        let delay = if self.strikes(Fault::AiLate) {
            self.dice.between(15_000, 150_000)
        } else {
            self.dice.between(500, 8_000)
        };
        let answer = AiAnswer {
            view: id,
            outcome,
            call: AiCall {
                cost: Usd::from_units(Usd::ONE_UNITS / 500),
                ..AiCall::default()
            },
        };
        let input = Box::new(Input::Ai(Box::new(answer)));
        self.queue.at(now + delay, Event::Tell { pid, input });
    }

    fn think(&mut self, view: &MarketView) -> AiReply {
        let mut items = Vec::new();
        for market in &view.markets {
            if self.dice.percent(75) {
                let wish = self.propose(market);
                if self.dice.below(6) == 0 && self.strikes(Fault::AiWild) {
                    // Twice the same, or the other way round too.
                    let mut other = wish.clone();
                    if self.dice.percent(50) {
                        other.action = AiAction::OpenShort;
                    }
                    items.push(ReplyItem::Proposal(other));
                }
                items.push(ReplyItem::Proposal(wish));
            }
            if self.strikes(Fault::AiGarbage) {
                items.push(ReplyItem::Rejected {
                    symbol: market.name.clone(),
                    reason: self.dice.pick(&BROKEN),
                    detail: "It breaks the schema.".to_owned(),
                });
            }
        }
        // The right number of the view is asked for, and is not always what comes.
        let is_wrong = self.dice.below(40) == 0 && self.strikes(Fault::AiGarbage);
        AiReply {
            view: if is_wrong { view.id + 1 } else { view.id },
            items,
        }
    }

    fn propose(&mut self, market: &ViewMarket) -> Proposal {
        let action = match &market.position {
            None if self.dice.percent(85) => {
                self.dice.pick(&[AiAction::OpenLong, AiAction::OpenShort])
            }
            None => self.dice.pick(&[
                AiAction::Hold,
                AiAction::Close,
                AiAction::Reduce,
                AiAction::AdjustStop,
            ]),
            Some(_) => self.dice.pick(&[
                AiAction::Hold,
                AiAction::Hold,
                AiAction::Close,
                AiAction::Reduce,
                AiAction::AdjustStop,
                AiAction::OpenLong,
                AiAction::OpenShort,
            ]),
        };
        let side = match (action, &market.position) {
            (AiAction::OpenShort, _) => Side::Sell,
            (AiAction::AdjustStop, Some(position)) if position.size.is_negative() => Side::Sell,
            _ => Side::Buy,
        };
        let stop_bps = self.dice.between(25, 250);
        let take_bps = stop_bps * self.dice.between(2, 4);
        let (stop, take) = match side {
            Side::Buy => (away(market.mark, -stop_bps), away(market.mark, take_bps)),
            Side::Sell => (away(market.mark, stop_bps), away(market.mark, -take_bps)),
        };
        let mut wish = Proposal {
            symbol: market.name.clone(),
            action,
            confidence: u8::try_from(self.dice.between(55, 100)).unwrap_or(100),
            risk_bps: Some(self.dice.pick(&[5, 15, 30])),
            leverage: Some(1),
            stop: Some(stop),
            take: self.dice.percent(50).then_some(take),
            max_slippage_bps: Some(self.dice.pick(&[50, 150])),
            ttl_s: Some(self.dice.pick(&[20, 60, 120])),
            reason: "It looks like it.".to_owned(),
        };
        if self.strikes(Fault::AiWild) {
            self.make_wild(&mut wish, market.mark, stop, take);
        }
        wish
    }

    /// The form is right, and the wish is not.
    fn make_wild(&mut self, wish: &mut Proposal, mark: Price, stop: Price, take: Price) {
        match self.dice.below(15) {
            0 => wish.stop = None,
            1 => wish.stop = Some(take),
            2 => wish.stop = Some(away(mark, if stop < mark { -2 } else { 2 })),
            3 => wish.take = Some(stop),
            4 => wish.take = Some(away(mark, if stop < mark { 5 } else { -5 })),
            5 => wish.confidence = 3,
            6 => wish.risk_bps = Some(9_000),
            7 => wish.leverage = Some(200),
            8 => wish.ttl_s = Some(1),
            9 => wish.max_slippage_bps = Some(0),
            10 => wish.symbol = "NONE".to_owned(),
            11 => wish.risk_bps = None,
            12 => wish.leverage = Some(3),
            13 => wish.ttl_s = Some(3_600),
            _ => {
                wish.action =
                    self.dice
                        .pick(&[AiAction::OpenLong, AiAction::OpenShort, AiAction::Reduce])
            }
        }
    }
}

fn away(price: Price, bps: i64) -> Price {
    price.scaled(Rate::from_bps(bps))
}
