//! What is remembered, and that a restart changes nothing.

use aicoin_domain::{Cloid, Side, Tif, TpSl, TradeId};
use aicoin_paper::{Exchange, HISTORY_MAX, OrderState};

use crate::world::*;

#[test]
fn the_last_ten_thousand_orders_are_known_and_very_old_ones_are_not() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let count = 2 * HISTORY_MAX + 1;
    for _ in 0..count {
        world.limit(Side::Buy, "0.001", "1", Tif::Gtc);
    }
    let known = |world: &World, cloid: usize| {
        world
            .exchange
            .order_status(world.account, Cloid(cloid as u128))
            .is_some()
    };
    assert!((count - HISTORY_MAX + 1..=count).all(|cloid| known(&world, cloid)));
    assert!(!known(&world, 1) && !known(&world, count + 1));
    assert!(world.exchange.finished_orders(world.account).count() <= 2 * HISTORY_MAX);
}

#[test]
fn fills_are_read_from_the_last_one_that_is_known() {
    let mut world = world();
    world.flat(BTC, "50000");
    for _ in 0..3 {
        world.market(Side::Buy, "0.001");
    }
    let since = |trade: u64| -> Vec<u64> {
        world
            .exchange
            .fills_since(world.account, TradeId(trade))
            .map(|fill| fill.trade.0)
            .collect()
    };
    assert_eq!(
        (since(0), since(2), since(3)),
        (vec![1, 2, 3], vec![3], vec![])
    );
}

#[test]
fn a_shorter_history_keeps_what_it_is_told() {
    let mut world = world();
    world.exchange.set_history_max(2);
    world.flat(BTC, "50000");
    for _ in 0..6 {
        world.market(Side::Buy, "0.001");
    }
    let fills: Vec<u64> = world
        .exchange
        .fills_since(world.account, TradeId(0))
        .map(|fill| fill.trade.0)
        .collect();
    assert_eq!(fills, [5, 6]);
    assert_eq!(
        (world.state(6), world.state(5), world.state(1)),
        (Some(OrderState::Filled), Some(OrderState::Filled), None)
    );
}

#[test]
fn a_restart_changes_nothing() {
    let mut world = world();
    world.book("49999", "50001", "0.5");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.limit(Side::Buy, "0.05", "49500", Tif::Gtc);
    let json = serde_json::to_string(&world.exchange).unwrap();
    let restored: Exchange = serde_json::from_str(&json).unwrap();
    assert_eq!(restored, world.exchange);
    // Events that were not polled yet are not lost either.
    let mut again = World {
        exchange: restored,
        ..crate::world::world()
    };
    again.now = world.now;
    for world in [&mut world, &mut again] {
        world.book("48000", "48001", "5");
    }
    assert_eq!(again.events(), world.events());
    assert_eq!(again.exchange, world.exchange);
}

#[test]
fn the_events_of_a_shell_that_never_polls_are_bounded() {
    let mut world = world();
    world.book("49999", "50001", "1");
    for _ in 0..70_000 {
        world.limit(Side::Buy, "0", "1", Tif::Gtc);
        assert_eq!(world.exchange.open_orders(world.account).count(), 0);
    }
    assert_eq!(
        (world.events().len(), world.exchange.events_lost()),
        (65_536, 70_000 - 65_536)
    );
}
