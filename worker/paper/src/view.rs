//! An account as its owner sees it, computed when somebody looks.

use alloc::vec::Vec;

use aicoin_domain::{AccountId, Leverage, MarketId, Price, Rate, Size, Usd};
use serde::{Deserialize, Serialize};

use crate::account::{Account, mark_of};
use crate::margin::{cross_health, health_of, initial, isolated_health, liquidation_price};
use crate::market::Market;
use crate::position::Position;
use crate::tally::FundingTotals;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// What everything is worth: cash + unrealised.
    pub equity: Usd,
    /// Deposits + realised - fees + funding.
    pub cash: Usd,
    /// What was paid in, less what was taken out.
    pub deposits: Usd,
    /// Profit realised, before fees.
    pub realised: Usd,
    /// Profit of the open positions at the mark prices.
    pub unrealised: Usd,
    /// Fees paid; negative when rebates were more.
    pub fees: Usd,
    /// Funding received; negative is paid.
    pub funding: Usd,
    /// The venue's `totalRawUsd`: equity less the signed value of all positions.
    pub raw: Usd,
    /// The value of all positions, without signs.
    pub notional: Usd,
    /// Margin in use by positions: cross ones at their leverage, isolated ones with all they have.
    pub margin_used: Usd,
    /// Maintenance margin of all positions.
    pub maintenance: Usd,
    /// What is not in isolated positions.
    pub cross_value: Usd,
    /// Maintenance margin of the cross positions.
    pub cross_maintenance: Usd,
    /// The value of the cross positions, without signs.
    pub cross_notional: Usd,
    /// The cross value less the signed value of the cross positions.
    pub cross_raw: Usd,
    /// Margin in use by cross positions.
    pub cross_margin_used: Usd,
    /// What new orders may use: cross value less the initial margin of positions and resting orders; never negative.
    pub free: Usd,
    /// What could be taken out: as `free`, and a tenth of all positions' value stays.
    pub withdrawable: Usd,
    /// The positions, the one that is open longest first.
    pub positions: Vec<PositionView>,
}

/// An open position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionView {
    /// Its market.
    pub market: MarketId,
    /// Signed: negative is short.
    pub size: Size,
    /// What the entry cost, signed like the size.
    pub cost: Usd,
    /// The average entry price, rounded: `cost` is the exact one.
    pub entry: Price,
    /// The mark price.
    pub mark: Price,
    /// Its value at the mark price, without a sign.
    pub notional: Usd,
    /// Profit at the mark price.
    pub unrealised: Usd,
    /// The leverage that is set.
    pub leverage: Leverage,
    /// The highest leverage that the market allows.
    pub max_leverage: Leverage,
    /// Cross, not isolated.
    pub is_cross: bool,
    /// Margin in use.
    pub margin_used: Usd,
    /// Isolated: margin less cost (the venue's `rawUsd`); zero for cross.
    pub raw: Usd,
    /// Maintenance margin.
    pub maintenance: Usd,
    /// The mark price at which it is liquidated, all other prices staying; `None` when there is none.
    pub liquidation_price: Option<Price>,
    /// The profit as a ratio of the initial margin of its entry.
    pub return_on_equity: Rate,
    /// Funding of this market. (The venue's `cumFunding` counts what was paid: the other sign.)
    pub funding: FundingTotals,
}

/// How much an account can still trade in a market on one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The largest order that the margin carries at the best price, in whole lots.
    pub size: Size,
    /// Its initial margin.
    pub margin: Usd,
}

pub(crate) fn view(id: AccountId, account: &Account, markets: &[Market]) -> AccountView {
    let positions: Vec<PositionView> = account
        .open_positions()
        .map(|(market, position)| view_position(account, markets, market, position))
        .collect();
    let cross = cross_health(account, markets);
    let notional: Usd = positions.iter().map(|position| position.notional).sum();
    let of_cross = |part: fn(&PositionView) -> Usd| -> Usd {
        let cross = positions.iter().filter(|position| position.is_cross);
        cross.map(part).sum()
    };
    let cross_notional = of_cross(|position| position.notional);
    let free = cross.value - initial(id, account, markets);
    // What cross positions and orders need at least: isolated ones have theirs already.
    let tenth = cross_notional.divided(10);
    AccountView {
        equity: account.equity(markets),
        cash: account.cash(),
        deposits: account.deposits,
        realised: account.realised,
        unrealised: positions.iter().map(|position| position.unrealised).sum(),
        fees: account.fees,
        funding: account.funding,
        raw: account.raw,
        notional,
        margin_used: positions.iter().map(|position| position.margin_used).sum(),
        maintenance: positions.iter().map(|position| position.maintenance).sum(),
        cross_value: cross.value,
        cross_maintenance: cross.maintenance,
        cross_notional,
        cross_raw: cross.value - of_cross(|position| position.mark.notional(position.size)),
        cross_margin_used: of_cross(|position| position.margin_used),
        free: free.max(Usd::ZERO),
        withdrawable: free.min(cross.value - tenth).max(Usd::ZERO),
        positions,
    }
}

fn view_position(
    account: &Account,
    markets: &[Market],
    market: MarketId,
    position: &Position,
) -> PositionView {
    let mark = mark_of(markets, market);
    let notional = mark.notional(position.size).abs();
    let health = isolated_health(account, markets, market);
    let margin_used = if position.is_cross {
        notional.divided(position.leverage.times())
    } else {
        health.value
    };
    let entry_margin = position.cost.abs().divided(position.leverage.times());
    PositionView {
        market,
        size: position.size,
        cost: position.cost,
        entry: position.cost.average_price(position.size),
        mark,
        notional,
        unrealised: position.unrealised(mark),
        leverage: position.leverage,
        max_leverage: markets
            .get(market.index())
            .map_or(position.leverage, |market| market.rules.max_leverage()),
        is_cross: position.is_cross,
        margin_used,
        raw: if position.is_cross {
            Usd::ZERO
        } else {
            position.margin - position.cost
        },
        maintenance: health.maintenance,
        liquidation_price: liquidation_price_of(account, markets, market),
        return_on_equity: position.unrealised(mark).ratio(entry_margin),
        funding: account
            .tallies
            .get(market.index())
            .copied()
            .unwrap_or_default()
            .totals(),
    }
}

/// The mark price of `market` at which the position there is liquidated, all other prices staying.
pub(crate) fn liquidation_price_of(
    account: &Account,
    markets: &[Market],
    market: MarketId,
) -> Option<Price> {
    let state = markets.get(market.index())?;
    let size = account.size(market);
    let rate = state
        .rules
        .tiers
        .maintenance_rate(state.mark.notional(size).abs());
    let available = health_of(account, markets, market).available();
    liquidation_price(state.mark, size, available, rate)
}
