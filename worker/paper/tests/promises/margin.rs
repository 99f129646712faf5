//! Margin: what may be opened, what is free, and leverage.

use aicoin_domain::{Leverage, Refusal, Side, Size, Tif, Usd};
use aicoin_paper::*;

use crate::world::*;

fn leverage(world: &mut World, times: u32, is_cross: bool) -> Result<(), Refusal> {
    let account = world.account;
    world
        .exchange
        .set_leverage(account, BTC, Leverage::new(times), is_cross)
}

fn says(words: &str) -> Result<(), Refusal> {
    Err(Refusal(words.to_string()))
}

#[test]
fn a_position_may_use_all_of_the_margin_and_not_more() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    // 20x by default: 200,000 USD of position.
    assert_eq!(
        world.market(Side::Buy, "4.001"),
        refused(INSUFFICIENT_MARGIN)
    );
    assert!(matches!(
        world.market(Side::Buy, "4"),
        Answer::Filled { .. }
    ));
    assert_eq!(world.exchange.free_margin(world.account), Usd::ZERO);
    assert_eq!(
        world.market(Side::Buy, "0.001"),
        refused(INSUFFICIENT_MARGIN)
    );
    // Closing is always allowed; turning around as far as the margin goes.
    assert_eq!(
        world.market(Side::Sell, "8.001"),
        refused(INSUFFICIENT_MARGIN)
    );
    assert!(matches!(
        world.market(Side::Sell, "8"),
        Answer::Filled { .. }
    ));
}

#[test]
fn resting_orders_count() {
    let mut world = free_world();
    world.book("49999", "50001", "10");
    world.limit(Side::Buy, "2", "40000", Tif::Gtc);
    // 2 * 40000 / 20 = 4000 of 10000.
    assert_eq!(world.exchange.free_margin(world.account), usd("6000"));
    assert_eq!(
        world.limit(Side::Buy, "3.001", "40000", Tif::Gtc),
        refused(INSUFFICIENT_MARGIN)
    );
    // The other side is the smaller worst case and costs nothing more.
    assert!(matches!(
        world.limit(Side::Sell, "1", "60000", Tif::Gtc),
        Answer::Resting { .. }
    ));
    assert_eq!(world.exchange.free_margin(world.account), usd("6000"));
    world
        .exchange
        .cancel(world.now, world.account, aicoin_domain::Cloid(1))
        .unwrap();
    assert_eq!(world.exchange.free_margin(world.account), usd("7000"));
}

#[test]
fn a_resting_order_without_margin_when_it_meets_its_match_is_cancelled() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "2");
    world.limit(Side::Buy, "2", "49000", Tif::Gtc);
    world.forget();
    // 3000 are lost: the second half is no longer carried.
    world.flat(BTC, "48500");
    assert_eq!(world.story(), ["order 2 marginCanceled 0"]);
    assert_eq!(world.position(), size("2"));
}

#[test]
fn the_view_adds_up() {
    let mut world = world();
    world.flat(BTC, "50000");
    leverage(&mut world, 10, true).unwrap();
    world.market(Side::Buy, "0.5");
    world.flat(BTC, "51000");
    let view = world.exchange.account(world.account);
    let position = &view.positions[0];
    assert_eq!(
        (
            position.size,
            position.entry,
            position.mark,
            position.notional,
            position.unrealised,
            position.margin_used
        ),
        (
            size("0.5"),
            price("50000"),
            price("51000"),
            usd("25500"),
            usd("500"),
            usd("2550")
        ),
    );
    // A fee of 11.25; maintenance at 40x is an 80th.
    assert_eq!(
        (view.cash, view.equity, view.free),
        (usd("9988.75"), usd("10488.75"), usd("7938.75"))
    );
    assert_eq!(
        (view.maintenance, view.cross_maintenance),
        (usd("318.75"), usd("318.75"))
    );
    assert_eq!((view.raw, view.notional), (usd("-15011.25"), usd("25500")));
    assert_eq!(view.withdrawable, usd("7938.75"));
    assert_eq!((position.leverage.times(), position.is_cross), (10, true));
    // 51000 - (10488.75 - 318.75) / (0.5 * (1 - 1/80)).
    assert_eq!(
        position.liquidation_price.unwrap().to_string(),
        "30402.5316455697"
    );
}

#[test]
fn a_tenth_of_the_position_cannot_be_withdrawn() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.4");
    let view = world.exchange.account(world.account);
    assert_eq!((view.free, view.withdrawable), (usd("9000"), usd("8000")));
}

#[test]
fn leverage_is_refused_in_the_venues_words() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.flat(ODD, "10");
    assert_eq!(leverage(&mut world, 41, true), says(INVALID_LEVERAGE));
    let account = world.account;
    assert_eq!(
        world
            .exchange
            .set_leverage(account, ODD, Leverage::new(5), true),
        says(NO_CROSS)
    );
    assert_eq!(leverage(&mut world, 40, true), Ok(()));
    world.market(Side::Buy, "4");
    assert_eq!(leverage(&mut world, 40, false), says(POSITION_OPEN));
    // 200,000 at 10x would need twice of what is there.
    assert_eq!(leverage(&mut world, 10, true), says(CROSS_TOO_THIN));
    assert_eq!(leverage(&mut world, 20, true), Ok(()));
    assert_eq!(
        world.exchange.leverage(account, BTC),
        Some((Leverage::new(20), true))
    );
}

#[test]
fn a_position_beyond_its_tier_is_refused() {
    let mut world = free_world();
    world.exchange.deposit(world.account, usd("100000000"));
    world.flat(BTC, "50000");
    leverage(&mut world, 40, true).unwrap();
    assert_eq!(world.market(Side::Buy, "3000"), refused(BEYOND_TIER));
    assert!(matches!(
        world.market(Side::Buy, "2999"),
        Answer::Filled { .. }
    ));
    assert_eq!(world.market(Side::Buy, "1"), refused(BEYOND_TIER));
    leverage(&mut world, 20, true).unwrap();
    assert!(matches!(
        world.market(Side::Buy, "1"),
        Answer::Filled { .. }
    ));
    assert_eq!(leverage(&mut world, 40, true), says(INVALID_LEVERAGE));
}

#[test]
fn an_isolated_position_binds_its_margin_and_gives_it_back() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    leverage(&mut world, 10, false).unwrap();
    world.market(Side::Buy, "0.4");
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.cross_value, view.free, view.margin_used),
        (usd("8000"), usd("8000"), usd("2000"))
    );
    assert_eq!(view.positions[0].raw, usd("-18000"));
    // Closed in halves with a profit: margin and profit come back.
    world.flat(BTC, "51000");
    assert_eq!(
        world.exchange.account(world.account).margin_used,
        usd("2400")
    );
    world.market(Side::Sell, "0.2");
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.cross_value, view.margin_used, view.realised),
        (usd("9200"), usd("1200"), usd("200"))
    );
    world.market(Side::Sell, "0.2");
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.cross_value, view.free, view.equity),
        (usd("10400"), usd("10400"), usd("10400"))
    );
}

#[test]
fn isolated_margin_is_added_and_taken_within_limits() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    let account = world.account;
    assert_eq!(
        world
            .exchange
            .update_isolated_margin(account, BTC, usd("1")),
        says(NOT_ISOLATED)
    );
    leverage(&mut world, 20, false).unwrap();
    world.market(Side::Buy, "0.4");
    let before = world.exchange.account(account).positions[0]
        .liquidation_price
        .unwrap();
    assert_eq!(
        world
            .exchange
            .update_isolated_margin(account, BTC, usd("9000.01")),
        says(MARGIN_UNAVAILABLE)
    );
    assert_eq!(
        world
            .exchange
            .update_isolated_margin(account, BTC, usd("2000")),
        Ok(())
    );
    let view = world.exchange.account(account);
    assert_eq!(
        (view.cross_value, view.margin_used),
        (usd("7000"), usd("3000"))
    );
    assert!(view.positions[0].liquidation_price.unwrap() < before);
    // A tenth of 20,000 stays.
    assert_eq!(
        world
            .exchange
            .update_isolated_margin(account, BTC, usd("-1000.01")),
        says(MARGIN_UNAVAILABLE)
    );
    assert_eq!(
        world
            .exchange
            .update_isolated_margin(account, BTC, usd("-1000")),
        Ok(())
    );
    world.exchange.check_conservation();
    world.market(Side::Sell, "0.4");
    assert_eq!(world.exchange.free_margin(account), usd("10000"));
}

#[test]
fn less_leverage_of_an_isolated_position_takes_margin_from_the_free_money() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    leverage(&mut world, 20, false).unwrap();
    world.market(Side::Buy, "1");
    assert_eq!(leverage(&mut world, 4, false), says(ISOLATED_TOO_THIN));
    assert_eq!(
        world.exchange.account(world.account).margin_used,
        usd("2500")
    );
    assert_eq!(leverage(&mut world, 5, false), Ok(()));
    let view = world.exchange.account(world.account);
    assert_eq!((view.margin_used, view.free), (usd("10000"), Usd::ZERO));
    assert_eq!(leverage(&mut world, 20, false), Ok(()));
    assert_eq!(
        world.exchange.account(world.account).margin_used,
        usd("10000")
    );
}

#[test]
fn a_market_that_only_allows_isolated_starts_with_it() {
    let mut world = free_world();
    world.flat(ODD, "10");
    assert_eq!(
        world.exchange.leverage(world.account, ODD),
        Some((Leverage::new(10), false))
    );
    world.market_in(ODD, Side::Sell, "100");
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.positions[0].size, view.margin_used),
        (Size::from_whole(-100), usd("100"))
    );
}
