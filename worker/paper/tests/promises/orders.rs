//! Limit orders: what fills, what rests, what is refused, and in which words.

use aicoin_domain::{
    AccountId, Cloid, MarketId, OrderId, OrderKind, OrderRequest, Refusal, Side, Size, Tif, TimeMs,
};
use aicoin_paper::*;

use crate::world::*;

#[test]
fn a_buy_takes_the_ask_and_pays_the_taker_fee_exactly() {
    let mut world = world();
    world.book("49999", "50001", "10");
    let answer = world.market(Side::Buy, "0.1");
    assert_eq!(
        answer,
        Answer::Filled {
            oid: OrderId(1),
            size: size("0.1"),
            average: price("50001")
        }
    );
    assert_eq!(
        world.story(),
        ["buy 0.1 at 50001 as taker", "order 1 filled 0.1"]
    );
    let view = world.exchange.account(world.account);
    assert_eq!(view.fees, usd("2.250045"));
    // Bought at 50001, marked at 50000.
    assert_eq!(
        (view.unrealised, view.equity),
        (usd("-0.1"), usd("9997.649955"))
    );
}

#[test]
fn a_sell_takes_the_bid() {
    let mut world = world();
    world.book("49999", "50001", "10");
    world.market(Side::Sell, "0.1");
    assert_eq!(
        world.story(),
        ["sell 0.1 at 49999 as taker", "order 1 filled 0.1"]
    );
    assert_eq!(world.position(), size("-0.1"));
}

#[test]
fn slippage_makes_a_taker_fill_worse_but_never_worse_than_its_limit() {
    let mut world = world_with(ExchangeConfig {
        slippage: rate("0.001"),
        ..config()
    });
    world.flat(BTC, "50000");
    world.limit(Side::Buy, "0.01", "51000", Tif::Ioc);
    world.limit(Side::Sell, "0.01", "49000", Tif::Ioc);
    world.limit(Side::Buy, "0.01", "50020", Tif::Ioc);
    let prices: Vec<String> = world
        .fills()
        .iter()
        .map(|fill| fill.price.to_string())
        .collect();
    assert_eq!(prices, ["50050", "49950", "50020"]);
}

#[test]
fn an_immediate_order_takes_what_is_there_and_drops_the_rest() {
    let mut world = world();
    world.book("49999", "50001", "0.03");
    let answer = world.market(Side::Buy, "0.1");
    assert_eq!(
        answer,
        Answer::Filled {
            oid: OrderId(1),
            size: size("0.03"),
            average: price("50001")
        }
    );
    assert_eq!(
        (world.open_orders(), world.state(1)),
        (vec![], Some(OrderState::Filled))
    );
    // The depth is used up until the next quote, on that side only.
    assert_eq!(world.market(Side::Buy, "0.01"), refused(NO_MATCH));
    assert!(matches!(
        world.market(Side::Sell, "0.01"),
        Answer::Filled { .. }
    ));
    world.book("49999", "50001", "0.03");
    assert!(matches!(
        world.market(Side::Buy, "0.01"),
        Answer::Filled { .. }
    ));
}

#[test]
fn an_immediate_order_that_nothing_matches_is_refused() {
    let mut world = world();
    world.book("49999", "50001", "1");
    assert_eq!(
        world.limit(Side::Buy, "0.01", "50000", Tif::Ioc),
        refused(NO_MATCH)
    );
    assert_eq!(world.state(1), Some(OrderState::IocCancelRejected));
    // Less than a lot is nothing.
    world.book("49999", "50001", "0.0004");
    assert_eq!(world.market(Side::Buy, "0.01"), refused(NO_MATCH));
}

#[test]
fn a_gtc_order_rests_with_what_did_not_fill_and_fills_as_maker_at_its_own_price() {
    let mut world = world();
    world.book("49999", "50001", "0.02");
    assert_eq!(
        world.limit(Side::Buy, "0.05", "50001", Tif::Gtc),
        Answer::Resting { oid: OrderId(1) }
    );
    assert_eq!(
        world.story(),
        ["buy 0.02 at 50001 as taker", "order 1 open 0.02"]
    );
    assert_eq!(world.open_orders(), [(1, size("0.03"))]);
    world.book("49989", "49990", "0.01");
    assert_eq!(
        world.story(),
        ["buy 0.01 at 50001 as maker", "order 1 open 0.03"]
    );
    world.book("50000", "50002", "5");
    assert_eq!(world.story(), Vec::<String>::new());
    world.book("49989", "50001", "5");
    assert_eq!(
        world.story(),
        ["buy 0.02 at 50001 as maker", "order 1 filled 0.05"]
    );
    let report = world
        .exchange
        .order_status(world.account, Cloid(1))
        .unwrap();
    assert_eq!(
        (report.filled, report.average()),
        (size("0.05"), price("50001"))
    );
}

#[test]
fn the_best_price_fills_first_then_the_eldest() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.limit(Side::Buy, "0.01", "49900", Tif::Gtc);
    world.limit(Side::Buy, "0.01", "49950", Tif::Gtc);
    world.limit(Side::Buy, "0.01", "49950", Tif::Gtc);
    world.forget();
    world.book("49800", "49850", "0.015");
    assert_eq!(
        world.story(),
        [
            "buy 0.01 at 49950 as maker",
            "order 2 filled 0.01",
            "buy 0.005 at 49950 as maker",
            "order 3 open 0.005",
        ]
    );
}

#[test]
fn a_post_only_order_rests_or_is_refused_with_the_best_prices() {
    let mut world = world();
    world.book("49999", "50001", "1");
    assert_eq!(
        world.limit(Side::Buy, "0.01", "50001", Tif::Alo),
        refused("Post only order would have immediately matched, bbo was 49999@50001.")
    );
    assert_eq!(world.state(1), Some(OrderState::BadAloPxRejected));
    assert_eq!(
        world.limit(Side::Buy, "0.01", "50000", Tif::Alo),
        Answer::Resting { oid: OrderId(2) }
    );
}

#[test]
fn malformed_orders_are_refused_in_the_venues_words() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let table = [
        ("0", "50000", ZERO_SIZE, OrderState::Rejected),
        ("-1", "50000", INVALID_SIZE, OrderState::Rejected),
        ("0.0001", "50000", INVALID_SIZE, OrderState::Rejected),
        ("0.01", "0", INVALID_PRICE, OrderState::Rejected),
        ("0.01", "-5", INVALID_PRICE, OrderState::Rejected),
        ("0.01", "50000.5", BAD_TICK, OrderState::TickRejected),
        ("0.01", "90001", TOO_FAR, OrderState::OracleRejected),
        (
            "10",
            "50000",
            INSUFFICIENT_MARGIN,
            OrderState::PerpMarginRejected,
        ),
    ];
    for (amount, at, words, state) in table {
        assert_eq!(
            world.limit(Side::Buy, amount, at, Tif::Gtc),
            refused(words),
            "{amount} at {at}"
        );
        assert_eq!(
            world.state(world.last_cloid().0),
            Some(state),
            "{amount} at {at}"
        );
    }
    assert_eq!(world.open_orders(), []);
}

#[test]
fn ten_dollars_is_enough_and_less_is_not() {
    let mut world = world();
    world.flat(BTC, "10000");
    assert!(matches!(
        world.limit(Side::Buy, "0.001", "10000", Tif::Ioc),
        Answer::Filled { .. }
    ));
    world.flat(BTC, "9999");
    assert_eq!(
        world.limit(Side::Buy, "0.001", "9999", Tif::Ioc),
        refused(BELOW_MINIMUM)
    );
    assert_eq!(world.state(2), Some(OrderState::MinTradeNtlRejected));
    // It may be closed, with and without reduce-only; not turned around.
    assert_eq!(
        world.limit(Side::Sell, "0.002", "4999", Tif::Ioc),
        refused(BELOW_MINIMUM)
    );
    assert!(matches!(
        world.limit(Side::Sell, "0.001", "9999", Tif::Ioc),
        Answer::Filled { .. }
    ));
    assert_eq!(world.position(), Size::ZERO);
}

#[test]
fn an_order_after_its_deadline_never_became_one() {
    let mut world = world();
    world.flat(BTC, "50000");
    let kind = OrderKind::Limit {
        price: price("50000"),
        tif: Tif::Gtc,
    };
    let request = world.request(BTC, Side::Buy, "0.01", kind);
    let deadline = TimeMs(world.now.0 - 1);
    let answer = world
        .exchange
        .submit(world.now, world.account, &request, Some(deadline));
    assert_eq!((answer, world.state(1)), (refused(EXPIRED), None));
    // At the deadline itself it is in time, and the same id is free.
    let answer = world
        .exchange
        .submit(world.now, world.account, &request, Some(world.now));
    assert!(matches!(answer, Answer::Filled { .. }));
}

#[test]
fn an_id_is_used_once() {
    let mut world = world();
    world.flat(BTC, "50000");
    let kind = OrderKind::Limit {
        price: price("50000"),
        tif: Tif::Ioc,
    };
    let request = world.request(BTC, Side::Buy, "0.01", kind);
    assert!(matches!(world.submit(&request), Answer::Filled { .. }));
    assert_eq!(world.submit(&request), refused(DUPLICATE_CLOID));
    assert_eq!(
        (world.exchange.duplicate_cloids(), world.position()),
        (1, size("0.01"))
    );
    // Another account has ids of its own.
    let other = world.exchange.open_account(usd("10000"));
    let answer = world.exchange.submit(world.now, other, &request, None);
    assert!(matches!(answer, Answer::Filled { .. }));
    assert_eq!(world.exchange.duplicate_cloids(), 1);
}

#[test]
fn without_a_price_or_a_market_there_is_no_order() {
    let mut world = world();
    assert_eq!(
        world.limit(Side::Buy, "0.01", "50000", Tif::Gtc),
        refused(NO_PRICE)
    );
    let kind = OrderKind::Limit {
        price: price("50000"),
        tif: Tif::Gtc,
    };
    let request = world.request(MarketId(9), Side::Buy, "1", kind);
    assert_eq!(world.submit(&request), refused(UNKNOWN_MARKET));
    assert_eq!(world.state(2), None);
}

#[test]
fn a_cancelled_order_is_gone_and_cannot_be_cancelled_again() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.limit(Side::Buy, "0.01", "49000", Tif::Gtc);
    world.forget();
    let (account, now) = (world.account, world.now);
    assert_eq!(world.exchange.cancel(now, account, Cloid(1)), Ok(()));
    assert_eq!(world.story(), ["order 1 canceled 0"]);
    let nothing = Err(Refusal(NOTHING_TO_CANCEL.to_string()));
    assert_eq!(world.exchange.cancel(now, account, Cloid(1)), nothing);
    assert_eq!(world.exchange.cancel(now, account, Cloid(77)), nothing);
    world.book("48000", "48001", "1");
    assert_eq!(
        (world.fills(), world.state(1)),
        (vec![], Some(OrderState::Canceled))
    );
}

#[test]
fn an_order_is_cancelled_by_its_number_too_but_only_its_owners() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.limit(Side::Buy, "0.01", "49000", Tif::Gtc);
    let other = world.exchange.open_account(usd("1"));
    let nothing = Err(Refusal(NOTHING_TO_CANCEL.to_string()));
    assert_eq!(
        world.exchange.cancel_oid(world.now, other, OrderId(1)),
        nothing
    );
    assert_eq!(
        world
            .exchange
            .cancel_oid(world.now, world.account, OrderId(1)),
        Ok(())
    );
}

#[test]
fn more_orders_than_the_venue_allows_do_not_rest() {
    let mut world = world();
    world.exchange.deposit(AccountId(0), usd("10000000"));
    world.book("49999", "50001", "1");
    for _ in 0..OPEN_ORDERS_MAX {
        assert!(matches!(
            world.limit(Side::Buy, "0.001", "40000", Tif::Gtc),
            Answer::Resting { .. }
        ));
    }
    assert_eq!(
        world.limit(Side::Buy, "0.001", "40000", Tif::Gtc),
        refused(TOO_MANY_ORDERS)
    );
    // What does not rest is not hindered.
    assert!(matches!(
        world.market(Side::Buy, "0.001"),
        Answer::Filled { .. }
    ));
}

#[test]
fn prices_that_make_no_sense_change_nothing() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let before = world.exchange.quote(BTC);
    let good = Quote::flat(price("50000"));
    let bad = [
        Quote {
            bid: price("0"),
            ..good
        },
        Quote {
            bid: price("50001"),
            ..good
        },
        Quote {
            mark: price("-1"),
            ..good
        },
        Quote {
            oracle: price("0"),
            ..good
        },
        Quote {
            ask_size: size("-1"),
            ..good
        },
    ];
    for quote in bad {
        world.quote(BTC, quote);
    }
    world.quote(MarketId(9), good);
    assert_eq!(
        (world.exchange.quote(BTC), world.exchange.ignored_prices()),
        (before, 6)
    );
}

#[test]
fn a_turn_around_is_one_fill_that_closes_and_opens() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    world.flat(BTC, "50100");
    world.forget();
    world.market(Side::Sell, "0.3");
    let fills = world.fills();
    assert_eq!(fills.len(), 1);
    assert_eq!(
        (fills[0].size, fills[0].closed_pnl),
        (size("0.3"), usd("10"))
    );
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.positions[0].size, view.positions[0].cost),
        (size("-0.2"), usd("-10020"))
    );
}

#[test]
fn a_reduce_only_request_says_so_itself() {
    let mut world = world();
    world.flat(BTC, "50000");
    let kind = OrderKind::Limit {
        price: price("50000"),
        tif: Tif::Ioc,
    };
    let request = OrderRequest {
        reduce_only: true,
        ..world.request(BTC, Side::Sell, "0.1", kind)
    };
    assert_eq!(world.submit(&request), refused(WOULD_INCREASE));
    assert_eq!(world.state(1), Some(OrderState::ReduceOnlyRejected));
}
