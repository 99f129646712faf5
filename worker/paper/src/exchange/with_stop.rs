//! An entry with its stop, in one action.

use alloc::string::String;

use aicoin_domain::{
    AccountId, MarketRules, OrderKind, OrderRequest, Price, Rate, Refusal, Side, TimeMs,
};

use super::Exchange;
use crate::placing::{Grouping, NewKind, NewOrder, Placed};

/// How far from its trigger such a stop may fill: what the venue's own page uses.
const STOP_SLIPPAGE: Rate = Rate::from_bps(1_000);

impl Exchange {
    /// Places an entry and its stop as the venue groups them (`normalTpsl`): the stop stands once the entry has filled
    /// whole, and goes with it otherwise. Each has its own answer; one refusal of the whole action counts for both.
    ///
    /// # Panics
    /// When no such account was opened here.
    pub fn place_with_stop(
        &mut self,
        now: TimeMs,
        account: AccountId,
        entry: &OrderRequest,
        stop: &OrderRequest,
        expires_after: Option<TimeMs>,
    ) -> [Placed; 2] {
        let rules = self.rules(entry.market).copied();
        let orders = [entry, stop].map(|request| new_order(request, rules.as_ref()));
        let placed = self.place_all(now, account, &orders, Grouping::NormalTpsl, expires_after);
        match placed.map(<[Placed; 2]>::try_from) {
            Ok(Ok(placed)) => placed,
            // The venue's one answer for a whole action.
            Ok(Err(other)) => {
                let words = other.into_iter().find_map(|placed| match placed {
                    Placed::Refused(words) => Some(words),
                    Placed::Resting { .. }
                    | Placed::Filled { .. }
                    | Placed::WaitingForFill { .. }
                    | Placed::WaitingForTrigger { .. } => None,
                });
                let words = words.unwrap_or_else(|| Refusal(String::new()));
                [(); 2].map(|()| Placed::Refused(words.clone()))
            }
            Err(words) => [(); 2].map(|()| Placed::Refused(words.clone())),
        }
    }
}

fn new_order(request: &OrderRequest, rules: Option<&MarketRules>) -> NewOrder {
    let (price, kind) = match request.kind {
        OrderKind::Limit { price, tif } => (price, NewKind::Limit(tif)),
        OrderKind::Trigger { trigger, kind } => {
            let worst = worst_of(request.side, trigger, rules);
            let is_market = true;
            (
                worst,
                NewKind::Trigger {
                    trigger,
                    kind,
                    is_market,
                },
            )
        }
    };
    NewOrder {
        cloid: Some(request.cloid),
        market: request.market,
        side: request.side,
        size: request.size,
        price,
        reduce_only: request.reduce_only,
        kind,
    }
}

fn worst_of(side: Side, trigger: Price, rules: Option<&MarketRules>) -> Price {
    let worst = trigger.scaled(match side {
        Side::Buy => STOP_SLIPPAGE,
        Side::Sell => -STOP_SLIPPAGE,
    });
    rules.map_or(worst, |rules| rules.nearest_price(worst))
}
