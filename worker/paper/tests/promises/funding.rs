//! Funding: position times oracle price times rate, from longs to shorts when the rate is positive.

use aicoin_domain::{Leverage, Side};
use aicoin_paper::{ExchangeConfig, Quote};

use crate::world::*;

#[test]
fn longs_pay_and_shorts_receive_by_the_oracle_price() {
    let mut world = free_world();
    let other = world.exchange.open_account(usd("10000"));
    world.quote(
        BTC,
        Quote {
            oracle: price("50010"),
            ..Quote::flat(price("50000"))
        },
    );
    world.market(Side::Buy, "0.1");
    let mine = world.account;
    world.account = other;
    world.market(Side::Sell, "0.2");
    world.account = mine;
    world.forget();
    world
        .exchange
        .apply_funding(world.now, BTC, rate("0.0000125"));
    world.exchange.check_conservation();
    assert_eq!(world.story(), ["funding -0.0625125", "funding 0.125025"]);
    assert_eq!(world.exchange.account(mine).funding, usd("-0.0625125"));
    assert_eq!(world.exchange.equity(other), usd("10000.125025"));
}

#[test]
fn an_isolated_position_pays_from_its_own_margin() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(10), false)
        .unwrap();
    world.market(Side::Buy, "0.1");
    world.exchange.apply_funding(world.now, BTC, rate("0.001"));
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.margin_used, view.cross_value, view.equity),
        (usd("495"), usd("9500"), usd("9995"))
    );
}

#[test]
fn nobody_pays_without_a_position_or_when_it_is_switched_off() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.exchange.apply_funding(world.now, BTC, rate("0.001"));
    assert_eq!(world.story(), Vec::<String>::new());
    let mut world = world_with(ExchangeConfig {
        funding: false,
        ..config()
    });
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.forget();
    world.exchange.apply_funding(world.now, BTC, rate("0.001"));
    assert_eq!(world.story(), Vec::<String>::new());
}
