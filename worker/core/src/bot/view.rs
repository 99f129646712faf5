//! What the model is shown: everything that a decision may go by, as it is at that moment.

use alloc::vec::Vec;

use aicoin_domain::{MarketId, Price, TimeMs, Usd};

use super::Bot;
use super::state::Recent;
use crate::ai::{MarketView, RecentDecision, ViewAccount, ViewMarket, ViewPosition};

impl Bot {
    /// Everything that a decision may go by, as it is now.
    pub(super) fn view(&self, deadline: TimeMs) -> MarketView {
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
}
