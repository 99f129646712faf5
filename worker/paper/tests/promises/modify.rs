//! Modifying: the old order goes, a new one comes under its own number.

use aicoin_domain::{Cloid, OrderId, Side, Tif, TimeMs};
use aicoin_paper::*;

use crate::venue::*;
use crate::world::*;

#[test]
fn a_modified_order_is_a_new_one_under_a_new_number() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = NewOrder {
        cloid: Some(Cloid(7)),
        ..limit(Side::Buy, "0.2", "49000", Tif::Gtc)
    };
    world.place(&order);
    world.forget();
    let moved = NewOrder {
        size: size("0.1"),
        price: price("49050"),
        ..order
    };
    assert_eq!(world.modify(oid(1), &moved), Ok(resting(2)));
    assert_eq!(world.tale(), ["1 canceled 0/0", "2 open 0/0.1"]);
    // By the id that it kept, the new one is meant.
    assert_eq!(world.modify(cloid(7), &order), Ok(resting(3)));
    let report = world.exchange.order_status(world.account, Cloid(7));
    assert_eq!(report.map(|report| report.oid), Some(OrderId(3)));
    assert_eq!(world.exchange.duplicate_cloids(), 0);
    world.cancel(cloid(7)).unwrap();
    let report = world.exchange.order_status(world.account, Cloid(7));
    assert_eq!(
        report.map(|report| (report.oid, report.state)),
        Some((OrderId(3), OrderState::Canceled))
    );
}

#[test]
fn what_has_ended_cannot_be_modified() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = limit(Side::Buy, "0.1", "50001", Tif::Ioc);
    world.place(&order);
    let resting_order = limit(Side::Buy, "0.1", "49000", Tif::Gtc);
    for old in [oid(1), oid(9), cloid(9)] {
        assert_eq!(
            world.modify(old, &resting_order),
            Err(CANNOT_MODIFY.to_string())
        );
    }
    assert_eq!(world.standing(), []);
    // Unless the new order is wanted whatever became of the old one.
    let (now, account) = (world.now, world.account);
    let placed = world
        .exchange
        .modify(now, account, oid(1), &resting_order, true, None);
    assert_eq!(placed, Ok(resting(2)));
}

#[test]
fn a_new_order_that_is_malformed_leaves_the_old_one() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = NewOrder {
        cloid: Some(Cloid(1)),
        ..limit(Side::Buy, "0.1", "49000", Tif::Gtc)
    };
    let other = NewOrder {
        cloid: Some(Cloid(2)),
        ..order
    };
    world.place(&order);
    world.place(&other);
    let table = [
        (limit(Side::Buy, "0.1", "49000.5", Tif::Gtc), BAD_TICK),
        (limit(Side::Buy, "0.1", "5000", Tif::Gtc), TOO_FAR),
        (
            limit(Side::Buy, "0.1", "49000", Tif::Ioc),
            MODIFY_WOULD_EXECUTE,
        ),
        (stop("0.1", "48000"), MODIFY_WOULD_EXECUTE),
        (other, DUPLICATE_CLOID),
    ];
    for (new, words) in table {
        assert_eq!(world.modify(oid(1), &new), Err(words.to_string()));
    }
    let (now, account) = (world.now, world.account);
    let late = Some(TimeMs(now.0 - 1));
    let answer = world
        .exchange
        .modify(now, account, oid(1), &order, false, late);
    assert_eq!(answer.map_err(|words| words.0), Err(EXPIRED.to_string()));
    assert_eq!(world.standing(), [(1, Standing::Book), (2, Standing::Book)]);
}

#[test]
fn a_new_order_that_is_refused_when_it_is_placed_leaves_neither() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let order = limit(Side::Buy, "0.1", "49000", Tif::Gtc);
    world.place(&order);
    // It would execute, and counts as post-only.
    assert_eq!(
        world.modify(oid(1), &limit(Side::Buy, "0.1", "50001", Tif::Gtc)),
        Err(
            "Error placing new order during modify: Post only order would have immediately \
             matched, bbo was 49999@50001."
                .to_string()
        )
    );
    world.place(&order);
    assert_eq!(
        world.modify(oid(3), &limit(Side::Buy, "10", "49000", Tif::Gtc)),
        Err(format!("{MODIFY_FAILED}{INSUFFICIENT_MARGIN}"))
    );
    assert_eq!(world.standing(), []);
}

#[test]
fn the_margin_of_the_old_order_is_free_for_the_new_one() {
    let mut world = free_world();
    world.book("49999", "50001", "1");
    // 4 * 50000 / 20 is all there is.
    world.place(&limit(Side::Buy, "4", "49999", Tif::Gtc));
    assert_eq!(
        world.modify(oid(1), &limit(Side::Buy, "4", "49998", Tif::Gtc)),
        Ok(resting(2))
    );
}

#[test]
fn a_stop_of_a_position_stays_one_when_it_is_moved() {
    let mut world = world();
    world.book("49999", "50001", "1");
    world.place(&limit(Side::Buy, "0.1", "50001", Tif::Ioc));
    world
        .place_all(&[stop("0", "47000")], Grouping::PositionTpsl)
        .unwrap();
    let (now, account) = (world.now, world.account);
    let moved = stop("0", "48000");
    let placed = world
        .exchange
        .modify(now, account, oid(2), &moved, true, None);
    assert_eq!(placed, Ok(resting(3)));
    let open = world.exchange.open_order(account, oid(3)).unwrap();
    assert_eq!(
        (open.terms.link, open.remaining),
        (Link::Position { follows: true }, size("0.1"))
    );
}

#[test]
fn the_children_of_a_modified_parent_go_with_it() {
    let mut world = world();
    world.book("49999", "50001", "1");
    let main = limit(Side::Buy, "0.1", "49000", Tif::Gtc);
    world
        .place_all(&[main, stop("0.1", "47000")], Grouping::NormalTpsl)
        .unwrap();
    assert_eq!(world.modify(oid(1), &main), Ok(resting(3)));
    assert_eq!(
        (world.state_of(2), world.standing()),
        (Some(OrderState::Canceled), vec![(3, Standing::Book)])
    );
}
