//! Single orders in the venue's whole vocabulary: without a client id, and triggers with a limit price.

use aicoin_domain::{Cloid, OrderId, Price, Side, Size, Tif, TimeMs, TpSl};
use aicoin_paper::*;

use crate::venue::*;
use crate::world::*;

#[test]
fn an_order_without_a_client_id_is_known_by_its_number() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = limit(Side::Buy, "0.01", "49000", Tif::Gtc);
    assert_eq!(
        [world.place(&order), world.place(&order)],
        [resting(1), resting(2)]
    );
    assert_eq!(world.exchange.duplicate_cloids(), 0);
    let report = world.exchange.order_by_oid(world.account, OrderId(2));
    let report = report.unwrap();
    assert_eq!(
        (report.cloid(), report.limit_price(), report.trigger()),
        (None, price("49000"), None)
    );
    // The id of zero, which its request has for want of another, is not its.
    assert_eq!(world.exchange.order_status(world.account, Cloid(0)), None);
    assert_eq!(world.cancel(cloid(0)), Err(NOTHING_TO_CANCEL.to_string()));
    assert_eq!(world.cancel(oid(1)), Ok(OrderId(1)));
    assert_eq!(world.cancel(oid(1)), Err(NOTHING_TO_CANCEL.to_string()));
    assert_eq!(
        (world.state_of(1), world.state_of(2), world.state_of(3)),
        (Some(OrderState::Canceled), Some(OrderState::Open), None)
    );
    // Finished, it is still not found by an id that it never had.
    assert_eq!(world.exchange.order_status(world.account, Cloid(0)), None);
    world.book("48000", "48001", "1");
    assert_eq!(world.records()[0].fill.cloid, None);
}

#[test]
fn the_client_id_of_zero_is_an_id_like_any_other() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = NewOrder {
        cloid: Some(Cloid(0)),
        ..limit(Side::Buy, "0.01", "49000", Tif::Gtc)
    };
    assert_eq!(world.place(&order), resting(1));
    assert_eq!(
        world.place(&order),
        Placed::Refused(aicoin_domain::Refusal(DUPLICATE_CLOID.to_string()))
    );
    assert_eq!(world.exchange.duplicate_cloids(), 1);
    assert_eq!(world.cancel(cloid(0)), Ok(OrderId(1)));
}

#[test]
fn an_action_that_comes_too_late_places_nothing() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = limit(Side::Buy, "0.01", "49000", Tif::Gtc);
    let deadline = Some(TimeMs(world.now.0 - 1));
    let (now, account) = (world.now, world.account);
    let placed = world.exchange.place(now, account, &order, deadline);
    assert_eq!(
        placed,
        Placed::Refused(aicoin_domain::Refusal(EXPIRED.to_string()))
    );
    let all = world
        .exchange
        .place_all(now, account, &[order], Grouping::Na, deadline);
    assert_eq!(all.map_err(|words| words.0), Err(EXPIRED.to_string()));
    assert_eq!((world.standing(), world.state_of(1)), (vec![], None));
}

#[test]
fn each_order_of_a_batch_has_its_own_answer() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let orders = [
        limit(Side::Buy, "0.01", "49000", Tif::Gtc),
        limit(Side::Buy, "0.01", "49000", Tif::Ioc),
        limit(Side::Buy, "0.02", "50001", Tif::Ioc),
    ];
    let answers = world.place_all(&orders, Grouping::Na).unwrap();
    assert_eq!(
        answers,
        [
            resting(1),
            Placed::Refused(aicoin_domain::Refusal(NO_MATCH.to_string())),
            Placed::Filled {
                oid: OrderId(3),
                size: size("0.02"),
                average: price("50001")
            },
        ]
    );
}

#[test]
fn what_can_be_told_from_the_orders_alone_refuses_the_whole_batch() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let good = limit(Side::Buy, "0.01", "49000", Tif::Gtc);
    let table = [
        (limit(Side::Buy, "0.01", "49000.5", Tif::Gtc), BAD_TICK),
        (limit(Side::Buy, "0.01", "5000", Tif::Gtc), TOO_FAR),
        (
            NewOrder {
                reduce_only: false,
                ..stop("0.01", "49000")
            },
            TRIGGER_NOT_REDUCE_ONLY,
        ),
        (stop("0.01", "49000.5"), BAD_TICK),
        (
            NewOrder {
                market: aicoin_domain::MarketId(9),
                ..good
            },
            UNKNOWN_MARKET,
        ),
    ];
    for (bad, words) in table {
        assert_eq!(
            world.place_all(&[good, bad], Grouping::Na),
            Err(words.to_string())
        );
    }
    assert_eq!(
        world.place_all(&[], Grouping::Na),
        Err(EMPTY_BATCH.to_string())
    );
    assert_eq!(
        (world.standing(), world.state_of(1), world.tale()),
        (vec![], None, vec![])
    );
}

#[test]
fn a_trigger_that_is_sent_alone_rests_and_keeps_its_size() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.place(&limit(Side::Buy, "0.1", "50001", Tif::Ioc));
    assert_eq!(world.place(&stop("0.04", "49000")), resting(2));
    let open = world.exchange.open_order(world.account, oid(2)).unwrap();
    assert_eq!(
        (
            open.standing,
            open.remaining,
            open.trigger(),
            open.limit_price(),
            open.terms.link
        ),
        (
            Standing::WaitingForTrigger,
            size("0.04"),
            Some((price("49000"), TpSl::Sl)),
            price("30000"),
            Link::None
        )
    );
}

#[test]
fn a_market_trigger_fills_within_its_bound() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.place(&limit(Side::Buy, "0.1", "50000", Tif::Ioc));
    let order = market_trigger(Side::Sell, "0.1", ["49000", "48500"], TpSl::Sl);
    world.place(&order);
    world.forget();
    world.flat(BTC, "48500");
    assert_eq!(
        world.tale(),
        [
            "2 triggered 0/0.1",
            "sell 0.1 at 48500 as taker",
            "2 filled 0.1/0"
        ]
    );
}

#[test]
fn a_market_trigger_ends_when_nothing_is_within_its_bound() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.place(&limit(Side::Buy, "0.1", "50000", Tif::Ioc));
    let order = market_trigger(Side::Sell, "0.1", ["49000", "48500"], TpSl::Sl);
    world.place(&order);
    world.forget();
    // Past the bound at once: the position stays, without a stop.
    world.flat(BTC, "48499");
    assert_eq!(
        world.tale(),
        ["2 triggered 0/0.1", "2 marketOrderNoLiquidityRejected 0/0"]
    );
    assert_eq!((world.position(), world.standing()), (size("0.1"), vec![]));
}

#[test]
fn a_limit_trigger_rests_at_its_price_when_the_market_is_past_it() {
    let mut world = world();
    world.flat(BTC, "50000");
    world.place(&limit(Side::Buy, "0.1", "50000", Tif::Ioc));
    world.place(&limit_trigger(
        Side::Sell,
        "0.1",
        ["49000", "49000"],
        TpSl::Sl,
    ));
    assert_eq!(world.standing(), [(2, Standing::WaitingForTrigger)]);
    world.forget();
    world.flat(BTC, "48000");
    assert_eq!(world.tale(), ["2 triggered 0/0.1"]);
    assert_eq!(world.standing(), [(2, Standing::Book)]);
    // Its trigger is behind it: a lower mark price sets nothing off any more.
    world.flat(BTC, "47000");
    assert_eq!(world.tale(), Vec::<String>::new());
    world.book("49005", "49007", "0.04");
    assert_eq!(
        world.tale(),
        ["sell 0.04 at 49000 as maker", "2 triggered 0.04/0.06"]
    );
    assert_eq!(world.cancel(oid(2)), Ok(OrderId(2)));
    assert_eq!(world.position(), size("0.06"));
}

#[test]
fn a_limit_trigger_takes_what_crosses_when_it_goes_off() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.place(&limit(Side::Buy, "0.1", "50001", Tif::Ioc));
    world.place(&limit_trigger(
        Side::Sell,
        "0.1",
        ["51000", "50900"],
        TpSl::Tp,
    ));
    world.forget();
    world.book("51000", "51002", "0.07");
    assert_eq!(
        world.tale(),
        [
            "2 triggered 0/0.1",
            "sell 0.07 at 51000 as taker",
            "2 triggered 0.07/0.03",
        ]
    );
    assert_eq!(world.standing(), [(2, Standing::Book)]);
}

#[test]
fn with_candles_a_bound_and_a_limit_hold_too() {
    let mut world = world();
    world.open("50000");
    world.place(&limit(Side::Buy, "0.3", "50000", Tif::Ioc));
    // Reached within the candle: at the trigger. Past its bound at the open: no fill. Past its limit: it rests.
    world.place(&market_trigger(
        Side::Sell,
        "0.1",
        ["49000", "48900"],
        TpSl::Sl,
    ));
    world.range(["50000", "50000", "48950", "49000"]);
    assert_eq!(
        (world.position(), world.state_of(2)),
        (size("0.2"), Some(OrderState::Filled))
    );
    world.place(&market_trigger(
        Side::Sell,
        "0.1",
        ["48000", "47900"],
        TpSl::Sl,
    ));
    world.place(&limit_trigger(
        Side::Sell,
        "0.1",
        ["47000", "46900"],
        TpSl::Sl,
    ));
    world.forget();
    world.open("46000");
    world.range(["46000", "47500", "45900", "46500"]);
    assert_eq!(
        world.tale(),
        [
            "3 triggered 0/0.1",
            "3 marketOrderNoLiquidityRejected 0/0",
            "4 triggered 0/0.1",
        ]
    );
    // What came first in that candle is not known: the limit order fills in the next one.
    world.open("46500");
    world.range(["46500", "46950", "46400", "46500"]);
    assert_eq!(
        world.tale(),
        ["sell 0.1 at 46900 as maker", "4 filled 0.1/0"]
    );
}

#[test]
fn the_report_of_a_fill_says_what_it_did_to_the_position() {
    let mut world = world();
    world.flat(BTC, "50000");
    for (side, amount) in [
        (Side::Buy, "0.1"),
        (Side::Buy, "0.1"),
        (Side::Sell, "0.05"),
        (Side::Sell, "0.3"),
        (Side::Sell, "0.05"),
        (Side::Buy, "0.1"),
        (Side::Buy, "0.2"),
        (Side::Sell, "0.1"),
    ] {
        let order = limit(side, amount, "50000", Tif::Ioc);
        assert!(matches!(world.place(&order), Placed::Filled { .. }));
    }
    let said: Vec<(Size, &str)> = world
        .records()
        .iter()
        .map(|record| (record.detail.start_position, record.direction()))
        .collect();
    let expected = [
        ("0", "Open Long"),
        ("0.1", "Open Long"),
        ("0.2", "Close Long"),
        ("0.15", "Long > Short"),
        ("-0.15", "Open Short"),
        ("-0.2", "Close Short"),
        ("-0.1", "Short > Long"),
        ("0.1", "Close Long"),
    ]
    .map(|(start, words)| (size(start), words));
    assert_eq!(said, expected);
    // The event of a fill says the same, and no other event says anything.
    let events = world.events();
    let told: Vec<FillDetail> = events.iter().filter_map(|event| event.detail).collect();
    let records: Vec<FillDetail> = world.records().iter().map(|record| record.detail).collect();
    assert_eq!(told, records);
    assert!(
        events
            .iter()
            .all(|event| event.detail.is_some() == matches!(event.what, What::Fill(_)))
    );
    assert!(told.iter().all(|detail| detail.mark == price("50000")));
}

#[test]
fn all_orders_of_an_account_are_cancelled_at_once_and_nobody_elses() {
    let mut world = world();
    world.flat(ODD, "10");
    world.book("49999", "50001", "1");
    let mine = world.account;
    let other = world.exchange.open_account(usd("10000"));
    world.account = other;
    world.place(&limit(Side::Buy, "0.01", "49000", Tif::Gtc));
    world.account = mine;
    world.place(&limit(Side::Buy, "0.01", "50001", Tif::Ioc));
    world.place(&stop("0.01", "49000"));
    world.place(&NewOrder {
        market: ODD,
        price: price("9"),
        ..limit(Side::Buy, "10", "9", Tif::Gtc)
    });
    let group = [
        limit(Side::Buy, "0.01", "49000", Tif::Gtc),
        stop("0.01", "48000"),
    ];
    world.place_all(&group, Grouping::NormalTpsl).unwrap();
    let now = world.now;
    let ended = world
        .exchange
        .cancel_all(now, mine, OrderState::ScheduledCancel);
    world.exchange.check_conservation();
    let mut numbers: Vec<u64> = ended.iter().map(|oid| oid.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4, 5, 6]);
    assert!(
        numbers
            .iter()
            .all(|number| world.state_of(*number) == Some(OrderState::ScheduledCancel))
    );
    assert_eq!(world.standing(), []);
    world.account = other;
    assert_eq!(world.standing(), [(1, Standing::Book)]);
}

#[test]
fn states_of_the_version_before_are_read() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.market(Side::Buy, "0.1");
    world.trigger(Side::Sell, "0.1", "49000", TpSl::Sl);
    world.limit(Side::Buy, "0.1", "49500", Tif::Gtc);
    world.forget();
    // Nothing of the new vocabulary is written for the core's orders, but what fills have beside them.
    let mut before = serde_json::to_value(&world.exchange).unwrap();
    let history = &mut before["accounts"][0]["history"];
    assert_eq!(
        history.as_object_mut().unwrap().remove("details"),
        Some(serde_json::json!([["0", "50000"]]))
    );
    let text = before.to_string();
    for word in ["terms", "children", "ladder", "tallies", "book_levels"] {
        assert!(!text.contains(word), "{word}");
    }
    let restored: Exchange = serde_json::from_value(before).unwrap();
    assert_eq!(
        (
            restored
                .fill_records(world.account, aicoin_domain::TradeId(0))
                .count(),
            restored.account(world.account),
            restored.open_orders(world.account).collect::<Vec<_>>(),
        ),
        (
            1,
            world.exchange.account(world.account),
            world.exchange.open_orders(world.account).collect(),
        )
    );
    assert_eq!(restored.mark(BTC), Price::from_whole(50_000));
}
