//! After the faults: it is back, and all books agree.

use aicoin_domain::{Cloid, DurationMs, MarketId, OrderKind, Reason, Size, TimeMs, TpSl, TradeId};
use aicoin_paper::Exchange;

use super::{Invariant, Judge};
use crate::process::Process;
use crate::store::Store;

/// A new position has its stop, or is flattened, within this.
const FIRST_STOP: DurationMs = DurationMs::from_secs(12);
/// Orders of one market that may be alive at rest: a stop, a take-profit, and one of them that is being replaced.
const LIVE_MAX: usize = 4;

impl Judge {
    /// A minute after the faults ended: one process, ready, with the control that was asked for; or it says why not.
    pub(crate) fn is_back(&mut self, live: &[&Process], now: TimeMs) {
        let [process] = live else {
            self.object(Invariant::I14, || {
                format!("{} processes at {now}", live.len())
            });
            return;
        };
        let halted = process.bot.halt().map(|halt| halt.reason);
        let reasons: Vec<Reason> = process
            .bot
            .not_ready()
            .into_iter()
            .filter(|reason| Some(*reason) != halted)
            .filter(|reason| *reason != Reason::Unprotected || !awaits_first_stop(process))
            .collect();
        if !reasons.is_empty() {
            self.object(Invariant::I14, || {
                format!("a minute after the faults it is not ready: {reasons:?}")
            });
        }
        if !process.bot.control().accepted {
            self.object(Invariant::I14, || {
                "a minute after the faults the control is not accepted".to_owned()
            });
        }
    }

    /// Everything has come to rest: paused, or closed.
    pub(crate) fn is_at_rest(
        &mut self,
        process: &Process,
        store: &Store,
        exchange: &Exchange,
        now: TimeMs,
    ) {
        exchange.check_conservation();
        let control = process.bot.control();
        if !control.effective {
            self.object(Invariant::I14, || {
                format!("{} is not effective at {now}", control.in_force)
            });
        }
        if !process.bot.all_orders_resolved() {
            self.object(Invariant::I2, || "an order is still unresolved".to_owned());
        }
        if control.orders > LIVE_MAX * self.config.markets.len().max(1) {
            self.object(Invariant::I13, || {
                format!("{} orders are alive", control.orders)
            });
        }
        self.rows_tell_all(store, exchange);
        self.books_agree(process, store, exchange);
        self.stops_rest(process, exchange);
    }

    fn rows_tell_all(&mut self, store: &Store, exchange: &Exchange) {
        let unresolved: Option<(Cloid, _)> = store
            .orders
            .iter()
            .find(|(_, row)| row.status.is_unresolved())
            .map(|(cloid, row)| (*cloid, *row));
        if let Some((cloid, row)) = unresolved {
            self.object(Invariant::I2, || {
                format!("the row of {cloid} ({:?}) is still {}", row.leg, row.status)
            });
        }
        if store.fills_doubled > 0 {
            self.object(Invariant::I3, || {
                format!("{} fills were written twice", store.fills_doubled)
            });
        }
        let account = self.account;
        let lost = exchange
            .fills_since(account, TradeId(0))
            .find(|fill| store.fills.get(&(fill.market, fill.trade)) != Some(*fill));
        if let Some(fill) = lost {
            self.object(Invariant::I2, || {
                format!("a fill of the exchange is not on the disk: {fill:?}")
            });
        }
        let duplicates = exchange.duplicate_cloids();
        if duplicates > 0 {
            self.object(Invariant::I1, || {
                format!("{duplicates} orders came with an id that was used")
            });
        }
    }

    fn books_agree(&mut self, process: &Process, store: &Store, exchange: &Exchange) {
        let books = process.bot.positions();
        for index in 0..process.bot.config().markets.len() {
            let market = MarketId(u16::try_from(index).unwrap_or(u16::MAX));
            let truth = exchange.position_size(self.account, market);
            let ours = books
                .iter()
                .find(|position| position.market == market)
                .map_or(Size::ZERO, |position| position.size);
            let written: Size = store
                .fills
                .values()
                .filter(|fill| fill.market == market)
                .map(|fill| fill.side.signed(fill.size))
                .sum();
            let by_fills = self.positions.get(&market).copied().unwrap_or_default();
            if ours != truth || written != truth || by_fills != truth {
                self.object(Invariant::I3, || {
                    format!(
                        "market {index}: the exchange says {truth} (its fills {by_fills}), the core {ours}, the rows {written}"
                    )
                });
            }
        }
        let (ours, truth) = (process.bot.equity(), exchange.equity(self.account));
        if ours != truth {
            self.object(Invariant::I8, || {
                format!("the equity is {truth}, and the core says {ours}")
            });
        }
    }

    /// Each position that asks for a stop is covered by resting stops, exactly.
    fn stops_rest(&mut self, process: &Process, exchange: &Exchange) {
        for position in process.bot.positions() {
            if position.stop.is_none() {
                continue;
            }
            let covered: Size = exchange
                .open_orders(self.account)
                .filter(|order| order.request.market == position.market)
                .filter(|order| {
                    matches!(
                        order.request.kind,
                        OrderKind::Trigger { kind: TpSl::Sl, .. }
                    )
                })
                .map(|order| order.remaining)
                .sum();
            if covered != position.size.abs() {
                self.object(Invariant::Protected, || {
                    format!(
                        "{} of market {} is covered by stops for {covered}",
                        position.size, position.market.0
                    )
                });
            }
        }
    }
}

/// Whether every position without a stop was opened a moment ago: its stop is on its way.
fn awaits_first_stop(process: &Process) -> bool {
    let now = process.bot.now();
    let mut naked = process.bot.positions().into_iter();
    naked.all(|position| {
        position.protected
            || position
                .opened_at
                .is_some_and(|opened_at| now - opened_at < FIRST_STOP)
    })
}
