//! For how long positions stood without a stop: what a bot's safety is judged by.

use std::collections::BTreeMap;

use aicoin_domain::{AccountId, MarketId, OrderKind, Side, Size, TimeMs, TpSl};
use aicoin_paper::{Exchange, Standing};

/// Spans that are remembered of one account.
const SPANS_MAX: usize = 10_000;

/// How far a position was without protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// No stop at all.
    None,
    /// Stops smaller than the position.
    Partial,
}

/// A span in which a position was not protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) market: MarketId,
    pub(crate) gap: Gap,
    pub(crate) from: TimeMs,
    /// Without one it still lasts.
    pub(crate) to: Option<TimeMs>,
}

/// What is known of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Protection {
    open: BTreeMap<MarketId, (Gap, TimeMs)>,
    ended: Vec<Span>,
    /// Spans that had no place any more.
    pub(crate) dropped: u64,
}

impl Protection {
    /// Looks at the account once more: something of it has changed.
    pub(crate) fn look(&mut self, exchange: &Exchange, account: AccountId, now: TimeMs) {
        let mut sizes: BTreeMap<MarketId, Size> = BTreeMap::new();
        for position in exchange.account(account).positions {
            sizes.insert(position.market, position.size);
        }
        let mut stops: BTreeMap<MarketId, Size> = BTreeMap::new();
        for order in exchange.open_orders(account) {
            let request = order.request;
            let size = sizes.get(&request.market).copied().unwrap_or(Size::ZERO);
            let is_stop = matches!(request.kind, OrderKind::Trigger { kind: TpSl::Sl, .. })
                && order.standing == Standing::WaitingForTrigger
                && Side::of_position(size) == Some(request.side.opposite());
            if is_stop {
                *stops.entry(request.market).or_default() += order.remaining;
            }
        }
        let gaps: BTreeMap<MarketId, Gap> = sizes
            .into_iter()
            .filter_map(|(market, size)| {
                let stopped = stops.get(&market).copied().unwrap_or(Size::ZERO);
                if stopped >= size.abs() {
                    None
                } else if stopped.is_zero() {
                    Some((market, Gap::None))
                } else {
                    Some((market, Gap::Partial))
                }
            })
            .collect();
        self.change(&gaps, now);
    }

    fn change(&mut self, gaps: &BTreeMap<MarketId, Gap>, now: TimeMs) {
        let ended: Vec<MarketId> = self
            .open
            .iter()
            .filter(|(market, (gap, _))| gaps.get(*market) != Some(gap))
            .map(|(market, _)| *market)
            .collect();
        for market in ended {
            let Some((gap, from)) = self.open.remove(&market) else {
                continue;
            };
            // Within one moment nothing was unprotected: an entry and its stop in one action.
            if from == now {
                continue;
            }
            if self.ended.len() >= SPANS_MAX {
                self.dropped += 1;
                continue;
            }
            self.ended.push(Span {
                market,
                gap,
                from,
                to: Some(now),
            });
        }
        for (market, gap) in gaps {
            self.open.entry(*market).or_insert((*gap, now));
        }
    }

    /// All spans, those that still last at the end.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> {
        let open = self.open.iter().map(|(market, (gap, from))| Span {
            market: *market,
            gap: *gap,
            from: *from,
            to: None,
        });
        self.ended.iter().copied().chain(open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_begin_and_end_with_what_is_missing() {
        let market = MarketId(0);
        let mut protection = Protection::default();
        let gap = |gap| BTreeMap::from([(market, gap)]);
        protection.change(&gap(Gap::None), TimeMs(1));
        protection.change(&gap(Gap::Partial), TimeMs(5));
        protection.change(&BTreeMap::new(), TimeMs(9));
        protection.change(&gap(Gap::None), TimeMs(20));
        protection.change(&BTreeMap::new(), TimeMs(20));
        protection.change(&gap(Gap::None), TimeMs(30));
        let span = |gap, from, to: Option<i64>| Span {
            market,
            gap,
            from: TimeMs(from),
            to: to.map(TimeMs),
        };
        let spans: Vec<Span> = protection.spans().collect();
        assert_eq!(
            spans,
            [
                span(Gap::None, 1, Some(5)),
                span(Gap::Partial, 5, Some(9)),
                span(Gap::None, 30, None),
            ]
        );
    }
}
