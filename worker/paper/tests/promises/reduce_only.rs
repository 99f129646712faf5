//! Reduce-only orders: they are cut to the position, shrink with it, end with it, and never open anything.

use aicoin_domain::{Side, Size, Tif, TpSl};
use aicoin_paper::{OrderState, WOULD_INCREASE};

use crate::world::*;

#[test]
fn a_larger_one_is_cut_to_the_position_and_never_turns_it() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.forget();
    world.reduce(Side::Sell, "0.5", "49000", Tif::Ioc);
    assert_eq!(
        world.story(),
        ["sell 0.1 at 50000 as taker", "order 2 filled 0.1"]
    );
    assert_eq!(world.position(), Size::ZERO);
    let asked = world
        .exchange
        .order_status(world.account, world.last_cloid())
        .unwrap()
        .request
        .size;
    assert_eq!(asked, size("0.5"));
}

#[test]
fn on_the_wrong_side_or_without_a_position_it_is_refused() {
    let mut world = world();
    world.flat(BTC, "50000");
    assert_eq!(
        world.reduce(Side::Sell, "0.1", "50000", Tif::Gtc),
        refused(WOULD_INCREASE)
    );
    world.market(Side::Buy, "0.1");
    assert_eq!(
        world.reduce(Side::Buy, "0.1", "50000", Tif::Gtc),
        refused(WOULD_INCREASE)
    );
    assert_eq!(
        world.trigger(Side::Buy, "0.1", "51000", TpSl::Sl),
        refused(WOULD_INCREASE)
    );
}

#[test]
fn a_resting_one_shrinks_with_the_position_and_ends_with_it() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.reduce(Side::Sell, "0.1", "51000", Tif::Gtc);
    world.market(Side::Sell, "0.04");
    assert_eq!(world.open_orders(), [(2, size("0.06"))]);
    world.forget();
    world.market(Side::Sell, "0.06");
    assert_eq!(
        world.story(),
        [
            "sell 0.06 at 50000 as taker",
            "order 4 filled 0.06",
            "order 2 reduceOnlyCanceled 0"
        ]
    );
}

#[test]
fn of_two_that_exceed_the_position_the_older_is_cancelled() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.reduce(Side::Sell, "0.06", "51000", Tif::Gtc);
    world.reduce(Side::Sell, "0.06", "52000", Tif::Gtc);
    assert_eq!(
        (world.open_orders(), world.state(2)),
        (
            vec![(3, size("0.06"))],
            Some(OrderState::ReduceOnlyCanceled)
        )
    );
    world.reduce(Side::Sell, "0.04", "53000", Tif::Gtc);
    assert_eq!(world.open_orders(), [(3, size("0.06")), (4, size("0.04"))]);
}

#[test]
fn a_turn_around_ends_the_ones_of_the_old_position() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.market(Side::Sell, "0.2");
    assert_eq!(
        (world.position(), world.open_orders()),
        (size("-0.1"), vec![])
    );
    assert_eq!(world.state(2), Some(OrderState::ReduceOnlyCanceled));
}

#[test]
fn a_resting_one_that_fills_ends_the_stop_beside_it() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.reduce(Side::Sell, "0.1", "51000", Tif::Gtc);
    world.forget();
    world.flat(BTC, "51000");
    assert_eq!(
        world.story(),
        [
            "sell 0.1 at 51000 as maker",
            "order 3 filled 0.1",
            "order 2 reduceOnlyCanceled 0"
        ]
    );
}

#[test]
fn it_needs_no_margin() {
    let mut world = world();
    world.flat(BTC, "50000");
    // All of the margin is in use.
    world.market(Side::Buy, "4");
    world.flat(BTC, "49000");
    assert!(matches!(
        world.reduce(Side::Sell, "4", "48000", Tif::Ioc),
        aicoin_paper::Answer::Filled { .. }
    ));
}
