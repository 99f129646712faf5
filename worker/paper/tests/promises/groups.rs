//! Orders that belong together: a main order with its stop-loss and take-profit, and those of a position.

use aicoin_domain::{OrderId, Side, Size, Tif};
use aicoin_paper::*;

use crate::venue::*;
use crate::world::*;

fn entry(amount: &str, at: &str, tif: Tif) -> [NewOrder; 3] {
    [
        limit(Side::Buy, amount, at, tif),
        take(amount, "52000"),
        stop(amount, "47000"),
    ]
}

#[test]
fn children_of_an_order_that_fills_at_once_are_live_at_once() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let answers = world.place_all(&entry("0.1", "50001", Tif::Ioc), Grouping::NormalTpsl);
    let filled = Placed::Filled {
        oid: OrderId(1),
        size: size("0.1"),
        average: price("50001"),
    };
    assert_eq!(
        answers.unwrap(),
        [filled, waiting_for_trigger(2), waiting_for_trigger(3)]
    );
    assert_eq!(
        world.tale(),
        [
            "buy 0.1 at 50001 as taker",
            "1 filled 0.1/0",
            "2 open 0/0.1",
            "3 open 0/0.1"
        ]
    );
    assert_eq!(
        world.standing(),
        [
            (2, Standing::WaitingForTrigger),
            (3, Standing::WaitingForTrigger)
        ]
    );
}

#[test]
fn children_wait_until_their_parent_is_filled_whole() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let answers = world.place_all(&entry("0.1", "49500", Tif::Gtc), Grouping::NormalTpsl);
    assert_eq!(
        answers.unwrap(),
        [resting(1), waiting_for_fill(2), waiting_for_fill(3)]
    );
    let waiting = world.exchange.open_order(world.account, oid(3)).unwrap();
    assert_eq!(
        (waiting.standing, waiting.terms.link),
        (Standing::WaitingForFill, Link::Child { parent: OrderId(1) })
    );
    // A part is not enough; another order of a later number is live in between.
    world.book("49490", "49500", "0.04");
    world.place(&limit(Side::Buy, "0.01", "49000", Tif::Gtc));
    assert_eq!(world.state_of(3), Some(OrderState::Open));
    assert_eq!(
        world.standing(),
        [
            (1, Standing::Book),
            (4, Standing::Book),
            (2, Standing::WaitingForFill),
            (3, Standing::WaitingForFill)
        ]
    );
    world.forget();
    world.book("49490", "49500", "5");
    assert_eq!(
        world.tale(),
        [
            "buy 0.06 at 49500 as maker",
            "1 filled 0.1/0",
            "2 open 0/0.1",
            "3 open 0/0.1"
        ]
    );
    // One goes off, the other is ended by it.
    world.forget();
    world.book("46990", "46991", "5");
    assert_eq!(
        world.tale(),
        [
            "3 triggered 0/0.1",
            "sell 0.1 at 46990 as taker",
            "3 filled 0.1/0",
            "2 siblingFilledCanceled 0/0",
            "buy 0.01 at 49000 as maker",
            "4 filled 0.01/0",
        ]
    );
}

#[test]
fn a_child_that_fills_ends_its_sibling_and_not_the_stops_of_the_rest() {
    let mut world = world();
    world.book("49999", "50001", "5");
    world.place(&limit(Side::Buy, "0.2", "50001", Tif::Ioc));
    world.place(&stop("0.2", "47000"));
    world
        .place_all(&entry("0.1", "50001", Tif::Ioc), Grouping::NormalTpsl)
        .unwrap();
    world.forget();
    world.book("52000", "52001", "5");
    assert_eq!(
        world.tale(),
        [
            "4 triggered 0/0.1",
            "sell 0.1 at 52000 as taker",
            "4 filled 0.1/0",
            "5 siblingFilledCanceled 0/0",
        ]
    );
    assert_eq!(
        (world.position(), world.standing()),
        (size("0.2"), vec![(2, Standing::WaitingForTrigger)])
    );
}

#[test]
fn a_cancelled_parent_takes_its_children_with_it_even_when_a_part_has_filled() {
    for fills in [false, true] {
        let mut world = world();
        world.book("49999", "50001", "1");
        world
            .place_all(&entry("0.1", "49500", Tif::Gtc), Grouping::NormalTpsl)
            .unwrap();
        if fills {
            world.book("49490", "49500", "0.04");
        }
        world.forget();
        assert_eq!(world.cancel(oid(1)), Ok(OrderId(1)));
        let filled = if fills { "0.04" } else { "0" };
        assert_eq!(
            world.tale(),
            [
                format!("1 canceled {filled}/0"),
                "2 canceled 0/0".to_string(),
                "3 canceled 0/0".to_string()
            ]
        );
        assert_eq!((world.position(), world.standing()), (size(filled), vec![]));
    }
}

#[test]
fn an_immediate_parent_that_fills_in_part_leaves_the_position_without_a_stop() {
    let mut world = world();
    world.book("49999", "50001", "0.04");
    let answers = world.place_all(&entry("0.1", "50001", Tif::Ioc), Grouping::NormalTpsl);
    let filled = Placed::Filled {
        oid: OrderId(1),
        size: size("0.04"),
        average: price("50001"),
    };
    assert_eq!(
        answers.unwrap(),
        [filled, waiting_for_fill(2), waiting_for_fill(3)]
    );
    assert_eq!(
        (world.position(), world.standing(), world.state_of(3)),
        (size("0.04"), vec![], Some(OrderState::Canceled))
    );
}

#[test]
fn a_part_that_filled_before_the_margin_ran_out_gets_its_children() {
    let mut world = free_world();
    world.book("49999", "50001", "10");
    world.place(&limit(Side::Buy, "2", "50001", Tif::Ioc));
    let orders = [
        limit(Side::Buy, "1.8", "49500", Tif::Gtc),
        stop("1.8", "47500"),
    ];
    let answers = world.place_all(&orders, Grouping::NormalTpsl).unwrap();
    assert_eq!(answers, [resting(2), waiting_for_fill(3)]);
    world.book("49490", "49500", "0.5");
    world.forget();
    // 3,750 are lost: the rest is not carried.
    world.book("48499", "48501", "5");
    assert_eq!(world.tale(), ["2 marginCanceled 0.5/0", "3 open 0/1.8"]);
    assert_eq!(world.standing(), [(3, Standing::WaitingForTrigger)]);
    // When it goes off it closes no more than there is.
    world.book("47490", "47491", "5");
    assert_eq!(world.position(), size("0.7"));
}

#[test]
fn a_refused_parent_refuses_its_children() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let answers = world.place_all(&entry("10", "50001", Tif::Ioc), Grouping::NormalTpsl);
    let words = Placed::Refused(aicoin_domain::Refusal(INSUFFICIENT_MARGIN.to_string()));
    assert_eq!(answers.unwrap(), vec![words; 3]);
    assert_eq!((world.standing(), world.state_of(2)), (vec![], None));
}

#[test]
fn a_group_of_the_wrong_shape_is_refused_in_the_venues_words() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let main = limit(Side::Buy, "0.1", "49500", Tif::Gtc);
    let (sl, tp) = (stop("0.1", "47000"), take("0.1", "52000"));
    let normal: [(&[NewOrder], &str); 7] = [
        (&[main], UNEXPECTED_TRIGGERS),
        (&[main, main], UNEXPECTED_TRIGGERS),
        (&[main, sl, tp, tp], UNEXPECTED_TRIGGERS),
        (&[sl, main], MAIN_IS_TRIGGER),
        (
            &[
                main,
                NewOrder {
                    side: Side::Buy,
                    ..sl
                },
            ],
            CHILD_MISMATCH,
        ),
        (&[main, stop("0.1", "49500")], BAD_TRIGGER),
        (&[main, stop("0", "47000")], ZERO_SIZE),
    ];
    for (orders, words) in normal {
        assert_eq!(
            world.place_all(orders, Grouping::NormalTpsl),
            Err(words.to_string())
        );
    }
    assert_eq!(
        world.place_all(&[main, sl], Grouping::PositionTpsl),
        Err(UNEXPECTED_TRIGGERS.to_string())
    );
    assert_eq!((world.standing(), world.state_of(1)), (vec![], None));
}

#[test]
fn the_ids_of_a_group_are_new_and_differ() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let with = |order: NewOrder, cloid: u128| NewOrder {
        cloid: Some(aicoin_domain::Cloid(cloid)),
        ..order
    };
    let [main, tp, sl] = entry("0.1", "49500", Tif::Gtc);
    let twice = [with(main, 1), with(tp, 2), with(sl, 2)];
    assert_eq!(
        world.place_all(&twice, Grouping::NormalTpsl),
        Err(DUPLICATE_CLOID.to_string())
    );
    let good = [with(main, 1), with(tp, 2), with(sl, 3)];
    world.place_all(&good, Grouping::NormalTpsl).unwrap();
    // Found and cancelled by its id while it waits.
    assert_eq!(world.state(3), Some(OrderState::Open));
    assert_eq!(world.cancel(cloid(3)), Ok(OrderId(3)));
    assert_eq!(
        world.standing(),
        [(1, Standing::Book), (2, Standing::WaitingForFill)]
    );
    assert_eq!(
        world.place(&with(main, 3)),
        Placed::Refused(aicoin_domain::Refusal(DUPLICATE_CLOID.to_string()))
    );
}

#[test]
fn there_are_never_more_children_than_orders_may_be_open() {
    let mut world = world();
    world.exchange.deposit(world.account, usd("10000000"));
    world.flat(BTC, "50000");
    let group = entry("0.001", "50000", Tif::Ioc);
    for _ in 0..OPEN_ORDERS_MAX / 2 {
        let answers =
            world
                .exchange
                .place_all(world.now, world.account, &group, Grouping::NormalTpsl, None);
        assert_eq!(answers.map(|answers| answers.len()), Ok(3));
    }
    let before = world.position();
    assert_eq!(
        world.place_all(&group, Grouping::NormalTpsl),
        Err(TOO_MANY_ORDERS.to_string())
    );
    assert_eq!(world.position(), before);
}

#[test]
fn orders_of_a_position_follow_its_size_and_end_with_it() {
    let mut world = world();
    world.book("49999", "50001", "5");
    let orders = [take("0", "52000"), stop("0", "47000")];
    let nothing = Placed::Refused(aicoin_domain::Refusal(WOULD_INCREASE.to_string()));
    assert_eq!(
        world.place_all(&orders, Grouping::PositionTpsl).unwrap(),
        [nothing.clone(), nothing]
    );
    world.place(&limit(Side::Buy, "0.1", "50001", Tif::Ioc));
    assert_eq!(
        world.place_all(&orders, Grouping::PositionTpsl).unwrap(),
        [waiting_for_trigger(4), waiting_for_trigger(5)]
    );
    // One for a part keeps its size.
    assert_eq!(
        world
            .place_all(&[stop("0.03", "46000")], Grouping::PositionTpsl)
            .unwrap(),
        [waiting_for_trigger(6)]
    );
    world.place(&limit(Side::Buy, "0.2", "50001", Tif::Ioc));
    let remaining: Vec<Size> = world
        .exchange
        .open_orders(world.account)
        .map(|order| order.remaining)
        .collect();
    assert_eq!(remaining, [size("0.3"), size("0.3"), size("0.03")]);
    world.forget();
    world.book("46990", "46991", "0.2");
    assert_eq!(
        world.tale(),
        [
            "5 triggered 0/0.3",
            "sell 0.2 at 46990 as taker",
            "5 triggered 0.2/0.1"
        ]
    );
    world.book("46980", "46981", "5");
    assert_eq!(
        world.tale(),
        [
            "sell 0.1 at 46980 as taker",
            "5 filled 0.3/0",
            "6 siblingFilledCanceled 0/0",
            "4 siblingFilledCanceled 0/0",
        ]
    );
    let report = world.exchange.order_by_oid(world.account, OrderId(5));
    assert_eq!(report.unwrap().request.size, size("0.3"));
}

#[test]
fn within_a_candle_children_go_live_for_the_next_one() {
    let mut world = world();
    world.open("50000");
    world
        .place_all(&entry("0.1", "49500", Tif::Gtc), Grouping::NormalTpsl)
        .unwrap();
    world.forget();
    // It reaches the entry, the stop and the take-profit, and nobody knows in which order.
    world.range(["50000", "52100", "46000", "48000"]);
    assert_eq!(
        world.tale(),
        [
            "buy 0.1 at 49500 as maker",
            "1 filled 0.1/0",
            "2 open 0/0.1",
            "3 open 0/0.1"
        ]
    );
    world.open("48000");
    world.range(["48000", "48100", "46900", "47000"]);
    assert_eq!(
        world.tale(),
        [
            "3 triggered 0/0.1",
            "sell 0.1 at 47000 as taker",
            "3 filled 0.1/0",
            "2 siblingFilledCanceled 0/0"
        ]
    );
}

#[test]
fn a_liquidation_ends_a_parent_and_its_children() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.place(&limit(Side::Buy, "3", "50000", Tif::Ioc));
    world
        .place_all(
            &[
                limit(Side::Buy, "0.1", "41000", Tif::Gtc),
                stop("0.1", "40000"),
            ],
            Grouping::NormalTpsl,
        )
        .unwrap();
    world.flat(BTC, "47000");
    assert_eq!(
        (world.state_of(2), world.state_of(3), world.standing()),
        (
            Some(OrderState::LiquidatedCanceled),
            Some(OrderState::Canceled),
            vec![]
        )
    );
}

#[test]
fn a_restart_keeps_families() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world
        .place_all(&entry("0.1", "49500", Tif::Gtc), Grouping::NormalTpsl)
        .unwrap();
    let json = serde_json::to_string(&world.exchange).unwrap();
    let restored: Exchange = serde_json::from_str(&json).unwrap();
    assert_eq!(restored, world.exchange);
    world.exchange = restored;
    world.book("49490", "49500", "5");
    assert_eq!(
        world.standing(),
        [
            (2, Standing::WaitingForTrigger),
            (3, Standing::WaitingForTrigger)
        ]
    );
}
