//! Stops and take-profits with quotes: set off by the mark price, filled by the book.

use aicoin_domain::{OrderId, OrderKind, Side, Size, TpSl};
use aicoin_paper::{Answer, BAD_TRIGGER, OrderState, Quote, TRIGGER_NOT_REDUCE_ONLY};

use crate::world::*;

#[test]
fn a_stop_goes_off_by_the_mark_price_and_fills_at_the_bid() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    let answer = world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    assert_eq!(answer, Answer::WaitingForTrigger { oid: OrderId(2) });
    world.forget();
    // The book alone does not set it off.
    let quote = Quote {
        bid: price("48000"),
        mark: price("49001"),
        ..Quote::flat(price("49100"))
    };
    world.quote(BTC, quote);
    assert_eq!(world.story(), Vec::<String>::new());
    world.quote(
        BTC,
        Quote {
            mark: price("49000"),
            ..quote
        },
    );
    assert_eq!(
        world.story(),
        [
            "order 2 triggered 0",
            "sell 0.1 at 48000 as taker",
            "order 2 filled 0.1"
        ]
    );
    assert_eq!(world.position(), Size::ZERO);
}

#[test]
fn a_shorts_stop_is_the_mirror_image() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Sell, "0.1");
    world.trigger(Side::Buy, "0.1", "51000", TpSl::Sl);
    world.trigger(Side::Buy, "0.1", "48000", TpSl::Tp);
    world.flat(BTC, "50999");
    assert_eq!(world.position(), size("-0.1"));
    world.flat(BTC, "51000");
    assert_eq!(world.position(), Size::ZERO);
    assert_eq!(world.state(3), Some(OrderState::SiblingFilledCanceled));
}

#[test]
fn a_take_profit_that_fills_cancels_the_stop_beside_it() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.trigger(Side::Sell, "0.1", "52000", TpSl::Tp);
    world.forget();
    world.flat(BTC, "52010");
    assert_eq!(
        world.story(),
        [
            "order 3 triggered 0",
            "sell 0.1 at 52010 as taker",
            "order 3 filled 0.1",
            "order 2 siblingFilledCanceled 0",
        ]
    );
}

#[test]
fn a_stop_that_finds_too_little_takes_from_the_next_quotes() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.forget();
    world.book("48000", "48002", "0.04");
    assert_eq!(
        world.story(),
        [
            "order 2 triggered 0",
            "sell 0.04 at 48000 as taker",
            "order 2 triggered 0.04"
        ]
    );
    // Also when the mark price is back.
    world.book("50000", "50002", "0.04");
    assert_eq!(
        world.story(),
        ["sell 0.04 at 50000 as taker", "order 2 triggered 0.08"]
    );
    world.book("47000", "47002", "0.04");
    assert_eq!(
        world.story(),
        ["sell 0.02 at 47000 as taker", "order 2 filled 0.1"]
    );
}

#[test]
fn a_trigger_on_the_wrong_side_of_the_mark_price_is_refused() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    assert_eq!(
        world.trigger(Side::Sell, "0.1", "50000", TpSl::Sl),
        refused(BAD_TRIGGER)
    );
    assert_eq!(
        world.trigger(Side::Sell, "0.1", "50000", TpSl::Tp),
        refused(BAD_TRIGGER)
    );
    assert_eq!(world.state(2), Some(OrderState::BadTriggerPxRejected));
    assert!(matches!(
        world.trigger(Side::Sell, "0.1", "49999", TpSl::Sl),
        Answer::WaitingForTrigger { .. }
    ));
    assert!(matches!(
        world.trigger(Side::Sell, "0.1", "50001", TpSl::Tp),
        Answer::WaitingForTrigger { .. }
    ));
}

#[test]
fn a_trigger_must_be_reduce_only() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    let kind = OrderKind::Trigger {
        trigger: price("49000"),
        kind: TpSl::Sl,
    };
    let request = world.request(BTC, Side::Sell, "0.1", kind);
    assert_eq!(world.submit(&request), refused(TRIGGER_NOT_REDUCE_ONLY));
}

#[test]
fn a_stop_for_more_than_is_left_is_cut() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.market(Side::Sell, "0.07");
    world.forget();
    world.flat(BTC, "49000");
    assert_eq!(
        world.story(),
        [
            "order 2 triggered 0",
            "sell 0.03 at 49000 as taker",
            "order 2 filled 0.03"
        ]
    );
    assert_eq!(world.position(), Size::ZERO);
}

#[test]
fn a_stop_waits_through_a_book_without_bids() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.forget();
    world.book("48000", "48002", "0");
    assert_eq!(world.story(), ["order 2 triggered 0"]);
    // With candles it is a market order at the open.
    world.open("47000");
    world.range(["47000", "47500", "46500", "47100"]);
    assert_eq!(
        world.story(),
        ["sell 0.1 at 47000 as taker", "order 2 filled 0.1"]
    );
}
