//! The backtest's path: an open, the orders sent at it, then what the candle did.

use aicoin_domain::{MarketId, Price, Side, Size, Tif, TpSl};
use aicoin_paper::{ExchangeConfig, OrderState, Range};

use crate::world::*;

/// A long of 0.1 from 50000 with a stop at 49000 and a take-profit at 52000.
fn long() -> World {
    let mut world = world();
    world.open("50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.trigger(Side::Sell, "0.1", "52000", TpSl::Tp);
    world.forget();
    world
}

/// The mirror image: stop at 51000, take-profit at 48000.
fn short() -> World {
    let mut world = world();
    world.open("50000");
    world.market(Side::Sell, "0.1");
    world.trigger(Side::Buy, "0.1", "51000", TpSl::Sl);
    world.trigger(Side::Buy, "0.1", "48000", TpSl::Tp);
    world.forget();
    world
}

#[test]
fn an_order_at_the_open_fills_at_the_open_and_may_be_stopped_in_the_same_candle() {
    let mut world = long();
    world.range(["50000", "50500", "48900", "49500"]);
    assert_eq!(
        world.story(),
        [
            "order 2 triggered 0",
            "sell 0.1 at 49000 as taker",
            "order 2 filled 0.1",
            "order 3 siblingFilledCanceled 0",
        ]
    );
}

#[test]
fn a_candle_that_only_touches_a_stop_sets_it_off() {
    let mut world = long();
    world.range(["50000", "50500", "49000", "49500"]);
    assert_eq!(world.fills()[0].price, price("49000"));
    let mut world = long();
    world.range(["50000", "51999", "49001", "49500"]);
    assert_eq!((world.story(), world.position()), (vec![], size("0.1")));
}

#[test]
fn a_stop_that_the_open_is_beyond_fills_at_the_open() {
    let mut world = long();
    world.range(["50000", "50100", "49900", "50000"]);
    world.open("48500");
    assert_eq!(world.position(), size("0.1"));
    world.range(["48500", "49500", "48400", "49000"]);
    assert_eq!(world.fills()[0].price, price("48500"));
    let mut world = short();
    world.open("51500");
    world.range(["51500", "51600", "51000", "51100"]);
    assert_eq!(world.fills()[0].price, price("51500"));
}

#[test]
fn a_take_profit_fills_at_its_trigger_or_at_a_better_open() {
    let mut world = long();
    world.range(["50000", "52100", "49500", "52000"]);
    assert_eq!(world.fills()[0].price, price("52000"));
    assert_eq!(world.state(2), Some(OrderState::SiblingFilledCanceled));
    let mut world = long();
    world.open("52500");
    world.range(["52500", "52600", "52400", "52500"]);
    assert_eq!(world.fills()[0].price, price("52500"));
    let mut world = short();
    world.open("47500");
    world.range(["47500", "47600", "47400", "47500"]);
    assert_eq!(world.fills()[0].price, price("47500"));
}

#[test]
fn a_candle_that_touches_both_takes_the_stop() {
    let mut world = long();
    world.range(["50000", "53000", "48000", "52500"]);
    assert_eq!(world.fills()[0].price, price("49000"));
    let mut world = short();
    world.range(["50000", "53000", "47000", "47500"]);
    assert_eq!(world.fills()[0].price, price("51000"));
}

#[test]
fn slippage_comes_on_top_of_a_stop_without_rounding() {
    let mut world = world_with(ExchangeConfig {
        slippage: rate("0.00033"),
        ..config()
    });
    world.open("50000");
    world.market(Side::Sell, "0.1");
    world.trigger(Side::Buy, "0.1", "51000", TpSl::Sl);
    world.forget();
    world.range(["50000", "51500", "49900", "51200"]);
    assert_eq!(world.fills()[0].price, price("51016.83"));
}

#[test]
fn a_resting_order_fills_as_maker_at_its_own_price_when_it_is_touched() {
    let mut world = world();
    world.open("50000");
    world.limit(Side::Buy, "0.1", "49500", Tif::Gtc);
    world.limit(Side::Sell, "0.1", "51000", Tif::Alo);
    world.forget();
    world.range(["50000", "50900", "49501", "50500"]);
    assert_eq!(world.story(), Vec::<String>::new());
    // Also when the open is far beyond: it would have been passed on the way.
    world.open("49000");
    world.range(["49000", "49100", "48900", "49000"]);
    assert_eq!(
        world.story(),
        ["buy 0.1 at 49500 as maker", "order 1 filled 0.1"]
    );
    world.open("50500");
    world.range(["50500", "51000", "50000", "50900"]);
    assert_eq!(
        world.story(),
        ["sell 0.1 at 51000 as maker", "order 2 filled 0.1"]
    );
}

#[test]
fn of_two_stops_the_nearer_goes_first() {
    let mut world = world();
    world.open("50000");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.06", "48000", TpSl::Sl);
    world.trigger(Side::Sell, "0.06", "49000", TpSl::Sl);
    world.forget();
    world.range(["50000", "50000", "47000", "47500"]);
    let fills: Vec<(Price, Size)> = world
        .fills()
        .iter()
        .map(|fill| (fill.price, fill.size))
        .collect();
    assert_eq!(
        fills,
        [
            (price("49000"), size("0.06")),
            (price("48000"), size("0.04"))
        ]
    );
}

#[test]
fn after_a_candle_everything_is_at_its_close() {
    let mut world = long();
    world.range(["50000", "50500", "49500", "50300"]);
    let quote = world.exchange.quote(BTC).unwrap();
    assert_eq!(
        [quote.bid, quote.ask, quote.mark, quote.oracle],
        [price("50300"); 4]
    );
    assert_eq!(world.exchange.account(world.account).unrealised, usd("30"));
}

#[test]
fn a_candle_whose_extremes_are_wrong_is_widened_and_one_without_prices_is_ignored() {
    let mut world = long();
    // The close is below the low: the stop at 49000 is reached by it.
    world.range(["50000", "50000", "50000", "48000"]);
    assert_eq!(world.fills().len(), 1);
    let mut world = long();
    world.range(["50000", "50000", "0", "48000"]);
    world.exchange.on_open(world.now, BTC, Price::ZERO);
    world.exchange.on_open(world.now, MarketId(7), price("1"));
    let bar = Range {
        open: price("1"),
        high: price("1"),
        low: price("1"),
        close: price("1"),
    };
    world.exchange.on_range(world.now, MarketId(7), bar);
    assert_eq!(
        (world.fills(), world.exchange.ignored_prices()),
        (vec![], 4)
    );
}

#[test]
fn accounts_do_not_disturb_each_other() {
    let mut world = long();
    let other = world.exchange.open_account(usd("10000"));
    let mine = world.account;
    world.account = other;
    world.market(Side::Sell, "0.1");
    world.trigger(Side::Buy, "0.1", "50200", TpSl::Sl);
    world.account = mine;
    world.range(["50000", "50300", "49900", "50100"]);
    assert_eq!(
        (world.position(), world.exchange.position_size(other, BTC)),
        (size("0.1"), Size::ZERO)
    );
}

#[test]
fn a_trigger_behind_the_open_is_taken_and_goes_off_at_the_open() {
    for kind in [TpSl::Sl, TpSl::Tp] {
        let mut world = world();
        world.open("50000");
        world.market(Side::Buy, "0.1");
        let behind = if kind == TpSl::Sl { "50100" } else { "49900" };
        world.trigger(Side::Sell, "0.1", behind, kind);
        world.forget();
        world.range(["50000", "50050", "49950", "50010"]);
        assert_eq!(
            world.story(),
            [
                "order 2 triggered 0",
                "sell 0.1 at 50000 as taker",
                "order 2 filled 0.1"
            ]
        );
    }
}
