//! Liquidation: when, at which price, of how much, and what becomes of the orders.

use aicoin_domain::{Leverage, LiquidationKind, Price, Rate, Side, Size, Tif, TpSl, Usd};
use aicoin_paper::{OrderState, Quote};

use crate::world::*;

/// 40x cross, 10,000 USD, a long of 1.9 from 50000 (95,000 USD: not large).
fn thin_long() -> World {
    let mut world = free_world();
    world.open("50000");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(40), true)
        .unwrap();
    world.market(Side::Buy, "1.9");
    world.forget();
    world
}

#[test]
fn the_liquidation_price_is_where_value_and_maintenance_meet() {
    let world = thin_long();
    let at = world.exchange.account(world.account).positions[0]
        .liquidation_price
        .unwrap();
    // 50000 - (10000 - 1187.5) / (1.9 * 79/80).
    assert_eq!(at, price("45303.1312458362"));
}

#[test]
fn with_quotes_it_is_closed_at_the_mark_price() {
    let mut world = thin_long();
    world.limit(Side::Buy, "0.1", "44000", Tif::Gtc);
    world.trigger(Side::Sell, "1.9", "40000", TpSl::Sl);
    world.forget();
    world.flat(BTC, "45304");
    assert_eq!(world.story(), Vec::<String>::new());
    world.flat(BTC, "45303");
    assert_eq!(
        world.story(),
        [
            "order 2 liquidatedCanceled 0",
            "sell 1.9 at 45303 as taker by liquidation",
            "liquidated 1.9, left 0",
            "order 3 liquidatedCanceled 0",
        ]
    );
    assert_eq!(
        (world.position(), world.equity()),
        (Size::ZERO, usd("1075.7"))
    );
}

#[test]
fn in_a_candle_it_happens_at_the_price_that_causes_it() {
    let mut world = thin_long();
    let at = world.exchange.account(world.account).positions[0]
        .liquidation_price
        .unwrap();
    world.range(["50000", "50100", "40000", "49000"]);
    let fills = world.fills();
    assert_eq!(
        (fills.len(), fills[0].price, fills[0].liquidation),
        (1, at, Some(LiquidationKind::Market))
    );
    assert!(fills[0].cloid.is_none());
}

#[test]
fn in_a_candle_a_stop_before_the_liquidation_price_saves_the_account() {
    let mut world = thin_long();
    world.trigger(Side::Sell, "1.9", "46000", TpSl::Sl);
    world.forget();
    world.range(["50000", "50100", "40000", "41000"]);
    let fills = world.fills();
    assert_eq!(
        (fills.len(), fills[0].price, fills[0].liquidation),
        (1, price("46000"), None)
    );
}

#[test]
fn in_a_candle_a_stop_beyond_the_liquidation_price_comes_too_late() {
    let mut world = thin_long();
    world.trigger(Side::Sell, "1.9", "45000", TpSl::Sl);
    world.forget();
    world.range(["50000", "50100", "40000", "41000"]);
    let fills = world.fills();
    assert_eq!(
        (fills.len(), fills[0].liquidation),
        (1, Some(LiquidationKind::Market))
    );
    assert_eq!(world.state(2), Some(OrderState::LiquidatedCanceled));
}

#[test]
fn in_a_candle_liquidation_comes_before_a_take_profit() {
    let mut world = thin_long();
    world.trigger(Side::Sell, "1.9", "51000", TpSl::Tp);
    world.forget();
    world.range(["50000", "52000", "45000", "51500"]);
    assert_eq!(world.fills()[0].liquidation, Some(LiquidationKind::Market));
}

#[test]
fn a_gap_below_two_thirds_goes_to_the_backstop_and_leaves_nothing() {
    for is_candle in [false, true] {
        let mut world = thin_long();
        if is_candle {
            world.open("44000");
            world.range(["44000", "44000", "44000", "44000"]);
        } else {
            world.flat(BTC, "44000");
        }
        let fills = world.fills();
        assert_eq!(
            (fills.len(), fills[0].liquidation),
            (1, Some(LiquidationKind::Backstop))
        );
        assert!(
            world.equity().abs() < usd("0.0000001"),
            "{}",
            world.equity()
        );
    }
}

#[test]
fn a_short_is_liquidated_above() {
    let mut world = free_world();
    world.open("50000");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(40), true)
        .unwrap();
    world.market(Side::Sell, "1.8");
    let at = world.exchange.account(world.account).positions[0]
        .liquidation_price
        .unwrap();
    world.forget();
    world.range(["50000", "60000", "49900", "50000"]);
    let fills = world.fills();
    assert_eq!(
        (fills.len(), fills[0].price, fills[0].side),
        (1, at, Side::Buy)
    );
    assert!(at > price("54000") && at < price("55000"));
}

#[test]
fn a_large_position_is_closed_by_a_fifth_first_and_whole_within_half_a_minute() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(40), true)
        .unwrap();
    world.market(Side::Buy, "4");
    world.trigger(Side::Sell, "4", "40000", TpSl::Sl);
    world.forget();
    world.flat(BTC, "48100");
    assert_eq!(
        world.story(),
        [
            "sell 0.8 at 48100 as taker by liquidation",
            "liquidated 0.8, left 3.2"
        ]
    );
    // The stop is still there, and the account is sound for now.
    assert_eq!(world.open_orders(), [(2, size("4"))]);
    world.flat(BTC, "48100");
    assert_eq!(world.story(), Vec::<String>::new());
    world.flat(BTC, "47900");
    assert_eq!(
        world.story(),
        [
            "sell 3.2 at 47900 as taker by liquidation",
            "liquidated 3.2, left 0",
            "order 2 liquidatedCanceled 0",
        ]
    );
}

#[test]
fn after_half_a_minute_a_large_position_gets_a_fifth_again() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(40), true)
        .unwrap();
    world.market(Side::Buy, "4");
    world.flat(BTC, "48100");
    world.now.0 += 30_000;
    world.forget();
    world.flat(BTC, "47900");
    assert_eq!(
        world.story(),
        [
            "sell 0.64 at 47900 as taker by liquidation",
            "liquidated 0.64, left 2.56"
        ]
    );
}

#[test]
fn an_isolated_position_takes_nothing_else_with_it() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.flat(ODD, "10");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(20), false)
        .unwrap();
    world.market(Side::Buy, "0.2");
    world.market_in(ODD, Side::Buy, "100");
    // A gap far through its margin of 500: the loss is 500 and not 2000.
    world.forget();
    world.flat(BTC, "40000");
    let fills = world.fills();
    assert_eq!(
        (fills.len(), fills[0].liquidation, fills[0].price),
        (1, Some(LiquidationKind::Backstop), price("47500"))
    );
    assert_eq!(
        (world.equity(), world.position()),
        (usd("9500"), Size::ZERO)
    );
    assert_eq!(
        world.exchange.position_size(world.account, ODD),
        size("100")
    );
}

#[test]
fn cross_positions_are_closed_largest_first_until_the_account_is_sound() {
    let mut config = config();
    config.markets[1].only_isolated = false;
    config.fees = aicoin_paper::Fees::default();
    let mut world = world_with(config);
    world.flat(BTC, "50000");
    world.flat(ODD, "10");
    world
        .exchange
        .set_leverage(world.account, BTC, Leverage::new(40), true)
        .unwrap();
    world.market(Side::Buy, "1.5");
    world.market_in(ODD, Side::Buy, "5000");
    world.forget();
    // 75,000 and 50,000; maintenance 937.50 + 2500. A loss of 6750 is too much by 187.50.
    world.flat(BTC, "45500");
    assert_eq!(
        world.story(),
        [
            "sell 1.5 at 45500 as taker by liquidation",
            "liquidated 1.5, left 0"
        ]
    );
    assert_eq!(
        world.exchange.position_size(world.account, ODD),
        size("5000")
    );
}

#[test]
fn funding_can_liquidate() {
    let mut world = thin_long();
    world.quote(BTC, Quote::flat(price("45304")));
    assert_eq!(world.position(), size("1.9"));
    world.exchange.apply_funding(world.now, BTC, rate("0.0001"));
    assert_eq!(world.position(), Size::ZERO);
    world.exchange.check_conservation();
    assert!(world.equity() > Usd::ZERO);
}

#[test]
fn a_liquidation_price_that_could_not_be_written_down_is_none() {
    // A short of almost nothing on a rich account: no price that anybody can read takes it.
    let of = |available: i128| {
        aicoin_paper::liquidation_price(
            Price::from_whole(50_000),
            -Size::from_units(1_000),
            Usd::from_whole(available),
            Rate::ZERO,
        )
    };
    assert_eq!(of(999), Some(Price::from_whole(99_950_000)));
    assert_eq!(of(1_000), None);
}
