//! Accounts and configuration.

use aicoin_domain::{Leverage, MarginTiers, MarketId, MarketRules, Side, Usd};
use aicoin_paper::{Answer, ExchangeConfig};

use crate::world::*;

#[test]
fn only_money_above_zero_is_paid_in() {
    let mut world = world();
    world.exchange.deposit(world.account, usd("0.5"));
    world.exchange.deposit(world.account, usd("-7"));
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.deposits, view.equity, view.cash),
        (usd("10000.5"), usd("10000.5"), usd("10000.5"))
    );
    let poor = world.exchange.open_account(usd("-1"));
    assert_eq!(world.exchange.equity(poor), Usd::ZERO);
}

#[test]
fn an_account_without_money_can_open_nothing() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.account = world.exchange.open_account(Usd::ZERO);
    assert_eq!(
        world.market(Side::Buy, "0.001"),
        refused(aicoin_paper::INSUFFICIENT_MARGIN)
    );
}

#[test]
fn markets_can_be_added_and_fees_changed_while_positions_stay() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    let mut changed = ExchangeConfig {
        fees: aicoin_paper::Fees::default(),
        ..config()
    };
    changed.markets.push(MarketRules {
        sz_decimals: 0,
        tiers: MarginTiers::flat(Leverage::new(5)),
        only_isolated: false,
    });
    world.exchange.reconfigure(changed);
    let added = MarketId(2);
    world.flat(added, "2");
    assert!(matches!(
        world.market_in(added, Side::Buy, "100"),
        Answer::Filled { .. }
    ));
    assert_eq!(
        world.exchange.leverage(world.account, added),
        Some((Leverage::new(5), true))
    );
    let view = world.exchange.account(world.account);
    assert_eq!((view.positions.len(), view.fees), (2, usd("2.25")));
}
