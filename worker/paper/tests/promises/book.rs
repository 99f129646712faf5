//! The book behind the best prices.

use aicoin_domain::{OrderId, Price, Side, Size, Tif};
use aicoin_paper::*;

use crate::venue::*;
use crate::world::*;

fn deep_world() -> World {
    let mut world = world();
    world.exchange.deposit(world.account, usd("10000000"));
    world.exchange.set_book_levels(BOOK_LEVELS_MAX);
    world.book("49999", "50001", "1");
    world
}

fn sum(levels: &[Level]) -> Size {
    levels.iter().map(|level| level.size).sum()
}

#[test]
fn a_book_has_valid_levels_and_begins_with_the_quote() {
    let world = deep_world();
    let book = world.exchange.book(BTC).unwrap();
    assert_eq!((book.bids.len(), book.asks.len()), (20, 20));
    assert_eq!(
        (book.bids[0].price, book.bids[0].size),
        (price("49999"), size("1"))
    );
    assert_eq!(
        (book.asks[0].price, book.asks[0].size),
        (price("50001"), size("1"))
    );
    let rules = world.exchange.rules(BTC).unwrap();
    for level in book.bids.iter().chain(&book.asks) {
        assert!(rules.is_valid_price(level.price) && rules.is_valid_size(level.size));
        assert!((1..=9).contains(&level.count));
        assert!(level.size <= size("6"));
    }
    assert!(book.bids.windows(2).all(|two| two[0].price > two[1].price));
    assert!(book.asks.windows(2).all(|two| two[0].price < two[1].price));
    // The same quote makes the same book, every time.
    assert_eq!(deep_world().exchange.book(BTC), Some(book));
}

#[test]
fn unless_told_a_book_is_its_best_prices() {
    let mut world = world();
    assert_eq!(world.exchange.book(BTC), None);
    world.book("49999", "50001", "0.03");
    let book = world.exchange.book(BTC).unwrap();
    assert_eq!((book.bids.len(), book.asks.len()), (1, 1));
    world.market(Side::Buy, "0.03");
    let book = world.exchange.book(BTC).unwrap();
    assert_eq!((book.bids.len(), book.asks.len()), (1, 0));
    // Candles have none.
    world.open("50000");
    assert_eq!(world.exchange.book(BTC), None);
}

#[test]
fn a_taker_walks_the_book_up_to_its_limit() {
    let mut world = deep_world();
    let before = world.exchange.book(BTC).unwrap();
    let [first, second, third] = [0, 1, 2].map(|index| before.asks[index]);
    world.forget();
    let amount = first.size + second.size + size("0.001");
    let order = NewOrder {
        size: amount,
        ..limit(Side::Buy, "1", "50002", Tif::Ioc)
    };
    // The third level is beyond its limit.
    let value = first.price.notional(first.size) + second.price.notional(second.size);
    let filled = first.size + second.size;
    assert_eq!(
        world.place(&order),
        Placed::Filled {
            oid: OrderId(1),
            size: filled,
            average: value.average_price(filled)
        }
    );
    let prices: Vec<(Price, Size)> = world
        .fills()
        .iter()
        .map(|fill| (fill.price, fill.size))
        .collect();
    assert_eq!(
        prices,
        [(first.price, first.size), (second.price, second.size)]
    );
    let after = world.exchange.book(BTC).unwrap();
    assert_eq!(after.asks, before.asks[2..]);
    assert_eq!(after.bids, before.bids);
    let quote = world.exchange.quote(BTC).unwrap();
    assert_eq!((quote.ask, quote.ask_size), (third.price, third.size));
    // What is used up stays so until the next quote.
    assert_eq!(
        world.place(&order),
        Placed::Refused(aicoin_domain::Refusal(NO_MATCH.to_string()))
    );
    world.book("49999", "50001", "1");
    assert_eq!(world.exchange.book(BTC), Some(before));
}

#[test]
fn a_taker_gets_no_more_than_the_book_has() {
    let mut world = deep_world();
    let there = sum(&world.exchange.book(BTC).unwrap().bids);
    let order = NewOrder {
        size: there + size("1"),
        ..limit(Side::Sell, "1", "40000", Tif::Ioc)
    };
    let Placed::Filled { size: sold, .. } = world.place(&order) else {
        panic!("it fills");
    };
    assert_eq!(sold, there);
    let book = world.exchange.book(BTC).unwrap();
    assert_eq!((book.bids.len(), book.asks.len()), (0, 20));
}

#[test]
fn a_stop_walks_the_book() {
    let mut world = deep_world();
    world.place(&limit(Side::Buy, "1", "50001", Tif::Ioc));
    world.place(&stop("1", "49000"));
    world.forget();
    world.book("48000", "48002", "0.4");
    let sold = world.fills();
    assert!(sold.len() > 1);
    assert_eq!(sold.iter().map(|fill| fill.size).sum::<Size>(), size("1"));
    assert_eq!(sold[0].price, price("48000"));
    assert!(sold.windows(2).all(|two| two[0].price > two[1].price));
    assert_eq!(world.state_of(2), Some(OrderState::Filled));
}

#[test]
fn what_rests_fills_from_every_level_that_crosses_it() {
    let mut world = deep_world();
    world.place(&limit(Side::Buy, "3", "49002", Tif::Gtc));
    world.forget();
    world.book("48998", "49000", "0.5");
    let there: Size = {
        let mut again = deep_world();
        again.book("48998", "49000", "0.5");
        sum(&again.exchange.book(BTC).unwrap().asks[..3])
    };
    let bought = world.fills();
    assert_eq!(bought.len(), 3);
    assert!(
        bought
            .iter()
            .all(|fill| fill.price == price("49002") && !fill.is_taker)
    );
    assert_eq!(bought.iter().map(|fill| fill.size).sum::<Size>(), there);
    let best = world.exchange.book(BTC).unwrap().asks[0].price;
    assert!(best > price("49002"));
}

#[test]
fn a_side_without_anything_has_no_levels() {
    let mut world = deep_world();
    world.book("49999", "50001", "0");
    assert_eq!(world.exchange.book(BTC), Some(Book::default()));
    world.book("49999", "50001", "0.0004");
    assert_eq!(world.exchange.book(BTC), Some(Book::default()));
}

#[test]
fn a_book_ends_where_there_are_no_more_prices() {
    let mut world = deep_world();
    world.quote(
        ODD,
        Quote {
            bid: price("0.00003"),
            ask: price("0.00005"),
            mark: price("0.00004"),
            oracle: price("0.00004"),
            bid_size: size("1000000"),
            ask_size: size("1000000"),
        },
    );
    let book = world.exchange.book(ODD).unwrap();
    let bids: Vec<String> = book
        .bids
        .iter()
        .map(|level| level.price.to_string())
        .collect();
    assert_eq!(bids, ["0.00003", "0.00002", "0.00001"]);
    assert_eq!(book.asks.len(), 20);
}
