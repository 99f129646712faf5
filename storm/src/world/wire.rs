//! The venue behind a network: what arrives is carried out, and what is told gets lost, late, twice and out of order.

use aicoin_core::{
    AccountTruth, Action, Input, LookupAnswer, OpenOrderTruth, OrderUpdate, PositionTruth, Query,
    SendResult,
};
use aicoin_domain::{Cloid, OrderId, OrderRequest, Refusal, TimeMs, TradeId};
use aicoin_paper::{Answer, Event as VenueEvent, OrderState, Placed, What};

use super::World;
use crate::fault::Fault;
use crate::queue::{Event, Pid};

/// A request that is never answered is given up by its sender after this, ms.
const TIMEOUT_MS: i64 = 9_000;
/// The venue may not know of an order for this long after it accepted it, ms.
const BEHIND_MS: i64 = 1_000;

impl World {
    /// An action arrives.
    pub(super) fn land(&mut self, pid: Pid, action: &Action) {
        let now = self.true_time();
        let results = match action {
            Action::Place {
                request,
                stop,
                expires_at,
                ..
            } => self.place(request, stop.as_ref(), *expires_at),
            Action::Cancel { cloid, .. } if self.is_rate_limited() => {
                vec![(*cloid, SendResult::NoAnswer)]
            }
            Action::Cancel {
                cloid, expires_at, ..
            } if now > *expires_at => {
                vec![(*cloid, SendResult::NoAnswer)]
            }
            Action::Cancel { cloid, .. } => {
                let result = match self.exchange.cancel(now, self.account, *cloid) {
                    Ok(()) => SendResult::Canceled,
                    Err(_) => SendResult::NothingToCancel,
                };
                vec![(*cloid, result)]
            }
            Action::CancelForeign { order, .. } => {
                // Nothing answers it.
                let _ = self.exchange.cancel_oid(now, self.account, *order);
                Vec::new()
            }
        };
        self.judge.lands(action, &results, now);
        self.pump();
        for (cloid, result) in results {
            self.reply(pid, cloid, result);
        }
    }

    fn is_rate_limited(&self) -> bool {
        self.episodes.rate_limited > self.now
    }

    fn place(
        &mut self,
        request: &OrderRequest,
        stop: Option<&OrderRequest>,
        expires_at: TimeMs,
    ) -> Vec<(Cloid, SendResult)> {
        let (now, account) = (self.true_time(), self.account);
        let is_guard = matches!(request.kind, aicoin_domain::OrderKind::Trigger { .. });
        let words = if self.is_rate_limited() {
            Some("429 Too Many Requests")
        } else if self.strikes(Fault::OrderRefused)
            || (is_guard && self.strikes(Fault::StopRefused))
        {
            Some("The venue does not want it.")
        } else {
            None
        };
        if let Some(words) = words {
            let refused = || SendResult::Refused(Refusal(words.to_owned()));
            let both = [Some(request), stop].into_iter().flatten();
            return both.map(|request| (request.cloid, refused())).collect();
        }
        let Some(stop) = stop else {
            let answer = self
                .exchange
                .submit(now, account, request, Some(expires_at));
            return vec![(request.cloid, answer_of(answer))];
        };
        let placed = self
            .exchange
            .place_with_stop(now, account, request, stop, Some(expires_at));
        let cloids = [request.cloid, stop.cloid];
        cloids.into_iter().zip(placed.map(placed_of)).collect()
    }

    /// The sender hears what became of an action.
    fn reply(&mut self, pid: Pid, cloid: Cloid, result: SendResult) {
        let is_away = self.episodes.venue_away > self.now;
        let (result, delay) = if is_away || self.strikes(Fault::ReplyLost) {
            if self.dice.percent(20) {
                return;
            }
            (SendResult::NoAnswer, self.dice.between(1, TIMEOUT_MS))
        } else if self.strikes(Fault::ReplyLate) {
            (result, self.dice.between(500, TIMEOUT_MS))
        } else {
            (result, self.network())
        };
        let input = Box::new(Input::Sent { cloid, result });
        self.queue.at(self.now + delay, Event::Tell { pid, input });
    }

    /// The request was lost: its sender hears nothing, or that its connection broke.
    pub(super) fn answer_nothing(&mut self, pid: Pid, action: &Action) {
        let cloids = match action {
            Action::Place { request, stop, .. } => {
                vec![Some(request.cloid), stop.map(|stop| stop.cloid)]
            }
            Action::Cancel { cloid, .. } => vec![Some(*cloid)],
            Action::CancelForeign { .. } => Vec::new(),
        };
        for cloid in cloids.into_iter().flatten() {
            if self.dice.percent(80) {
                let delay = self.dice.between(1, TIMEOUT_MS);
                let result = SendResult::NoAnswer;
                let input = Box::new(Input::Sent { cloid, result });
                self.queue.at(self.now + delay, Event::Tell { pid, input });
            }
        }
    }

    /// Everything that happened at the exchange is looked at by the judge and told to whoever listens.
    pub(super) fn pump(&mut self) {
        let now = self.true_time();
        while let Some(event) = self.exchange.poll_event() {
            self.history
                .say(self.now, || format!("venue: {:?}", event.what));
            self.judge.venue_did(&event, now);
            if matches!(event.what, What::Liquidation { .. }) {
                self.struck.count(Fault::Liquidated);
            }
            let Some(input) = input_of(event) else {
                continue;
            };
            let mut next = 0;
            while let Some(pid) = self.processes.get(next).map(|process| process.pid) {
                next += 1;
                self.push(pid, &input);
            }
        }
    }

    fn push(&mut self, pid: Pid, input: &Input) {
        let is_away = self.episodes.venue_away > self.now || self.episodes.feed_silent > self.now;
        if is_away || self.strikes(Fault::PushLost) {
            return;
        }
        let times = if self.strikes(Fault::PushRepeated) {
            self.dice.between(2, 5)
        } else {
            1
        };
        for _ in 0..times {
            let delay = if self.strikes(Fault::PushLate) {
                self.dice.between(1_000, 120_000)
            } else if self.strikes(Fault::PushReordered) {
                self.dice.between(1, 1_500)
            } else {
                self.network()
            };
            let input = Box::new(input.clone());
            self.queue.at(self.now + delay, Event::Tell { pid, input });
        }
    }

    /// A question arrives.
    pub(super) fn be_asked(&mut self, pid: Pid, query: Query, asked_at: TimeMs, since: TradeId) {
        let is_away = self.episodes.venue_away > self.now || self.is_rate_limited();
        let is_lost = is_away || self.strikes(Fault::QueryLost);
        let input = match query {
            Query::Account if is_lost => return,
            Query::Account => Input::Account(Box::new(self.truth(since))),
            Query::Order(_) if is_lost && self.dice.percent(30) => return,
            Query::Order(cloid) => Input::Looked {
                cloid,
                asked_at,
                answer: if is_lost {
                    LookupAnswer::NoAnswer
                } else {
                    self.look_up(cloid, asked_at)
                },
            },
        };
        let delay = if self.strikes(Fault::QueryLate) {
            self.dice.between(500, 15_000)
        } else {
            self.network()
        };
        let input = Box::new(input);
        self.queue.at(self.now + delay, Event::Tell { pid, input });
    }

    fn look_up(&mut self, cloid: Cloid, asked_at: TimeMs) -> LookupAnswer {
        let Some(report) = self.exchange.order_status(self.account, cloid).copied() else {
            return LookupAnswer::UnknownOrder;
        };
        // What it accepted a moment ago it may not know yet; that passes long before the order could be given up.
        let is_new =
            self.now - report.placed.0 < BEHIND_MS && self.judge.may_still_land(cloid, asked_at);
        if is_new && self.strikes(Fault::QueryBehind) {
            return LookupAnswer::UnknownOrder;
        }
        LookupAnswer::Known {
            update: update_of(report.state, report.oid),
            filled: report.filled,
        }
    }

    fn truth(&self, since: TradeId) -> AccountTruth {
        let view = self.exchange.account(self.account);
        let positions = view.positions.iter().map(|position| PositionTruth {
            market: position.market,
            size: position.size,
            cost: position.cost,
            liquidation_price: position.liquidation_price,
        });
        let orders = self.exchange.open_orders(self.account);
        let open_orders = orders.map(|order| OpenOrderTruth {
            cloid: order.cloid(),
            order: order.oid,
            market: order.request.market,
            side: order.request.side,
            size: order.remaining,
            reduce_only: order.request.reduce_only,
        });
        AccountTruth {
            time: self.true_time(),
            cash: view.cash,
            positions: positions.collect(),
            open_orders: open_orders.collect(),
            fills: self
                .exchange
                .fills_since(self.account, since)
                .copied()
                .collect(),
        }
    }
}

fn answer_of(answer: Answer) -> SendResult {
    match answer {
        Answer::Resting { oid } | Answer::WaitingForTrigger { oid } => {
            SendResult::Resting { order: oid }
        }
        Answer::Filled { oid, size, .. } => SendResult::Filled { order: oid, size },
        Answer::Refused(words) => SendResult::Refused(words),
    }
}

fn placed_of(placed: Placed) -> SendResult {
    match placed {
        Placed::Resting { oid } => SendResult::Resting { order: oid },
        Placed::Filled { oid, size, .. } => SendResult::Filled { order: oid, size },
        // Accepted without a number: it is looked up.
        Placed::WaitingForFill { .. } | Placed::WaitingForTrigger { .. } => SendResult::NoAnswer,
        Placed::Refused(words) => SendResult::Refused(words),
    }
}

/// What the venue pushes, as a core hears it.
fn input_of(event: VenueEvent) -> Option<Input> {
    match event.what {
        What::Fill(fill) => Some(Input::Fill(fill)),
        What::Order {
            cloid, oid, state, ..
        } => {
            // A refusal is the answer to the order itself; an order without an id of ours has none.
            let is_told = !state.is_rejected() && cloid != Cloid::default();
            is_told.then(|| Input::Order {
                cloid,
                update: update_of(state, oid),
            })
        }
        What::Funding { market, amount, .. } => Some(Input::Funding {
            market,
            amount,
            time: event.time,
        }),
        What::Liquidation { market, kind, .. } => Some(Input::Liquidation { market, kind }),
    }
}

fn update_of(state: OrderState, oid: OrderId) -> OrderUpdate {
    if state.is_rejected() {
        return OrderUpdate::Rejected;
    }
    if state == OrderState::Open {
        return OrderUpdate::Open { order: oid };
    }
    if state == OrderState::Triggered {
        return OrderUpdate::Triggered;
    }
    if state == OrderState::Filled {
        return OrderUpdate::Filled;
    }
    OrderUpdate::Canceled
}
