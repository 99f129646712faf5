//! Money that moves without trading, and what an account shows of its margin.

use aicoin_domain::{Leverage, Rate, Side, Size, Tif, Usd};
use aicoin_paper::*;

use crate::venue::*;
use crate::world::*;

#[test]
fn only_what_is_withdrawable_is_paid_out() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.4");
    let account = world.account;
    let refused = |words: &str| Err(aicoin_domain::Refusal(words.to_string()));
    assert_eq!(
        world.exchange.withdraw(account, usd("8000.000001")),
        refused(INSUFFICIENT_BALANCE)
    );
    for nothing in ["0", "-5"] {
        assert_eq!(
            world.exchange.withdraw(account, usd(nothing)),
            refused(INVALID_AMOUNT)
        );
    }
    assert_eq!(world.exchange.withdraw(account, usd("8000")), Ok(()));
    world.exchange.check_conservation();
    let view = world.exchange.account(account);
    assert_eq!(
        (view.deposits, view.equity, view.withdrawable, view.free),
        (usd("2000"), usd("2000"), Usd::ZERO, usd("1000"))
    );
}

#[test]
fn a_transfer_makes_and_loses_nothing() {
    let mut world = free_world();
    let (from, to) = (world.account, world.exchange.open_account(Usd::ZERO));
    assert_eq!(world.exchange.transfer(from, to, usd("1234.5")), Ok(()));
    world.exchange.check_conservation();
    assert_eq!(
        (world.exchange.equity(from), world.exchange.equity(to)),
        (usd("8765.5"), usd("1234.5"))
    );
    assert_eq!(
        world.exchange.transfer(to, from, usd("1234.500001")),
        Err(aicoin_domain::Refusal(INSUFFICIENT_BALANCE.to_string()))
    );
    assert_eq!(world.exchange.transfer(from, from, usd("5")), Ok(()));
    assert_eq!(world.exchange.equity(from), usd("8765.5"));
}

#[test]
fn the_cross_summary_leaves_isolated_positions_out() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.flat(ODD, "10");
    world.market(Side::Buy, "0.4");
    world.market_in(ODD, Side::Sell, "100");
    world.flat(BTC, "51000");
    world.flat(ODD, "9");
    let view = world.exchange.account(world.account);
    assert_eq!(
        (view.equity, view.notional, view.raw, view.margin_used),
        (usd("10500"), usd("21300"), usd("-9000"), usd("1220"))
    );
    // 100 of margin and 100 of profit are the isolated position's.
    assert_eq!(
        (
            view.cross_value,
            view.cross_notional,
            view.cross_raw,
            view.cross_margin_used
        ),
        (usd("10300"), usd("20400"), usd("-10100"), usd("1020"))
    );
    let [btc, odd] = [&view.positions[0], &view.positions[1]];
    // 400 of 1000, and 100 of 100.
    assert_eq!(
        (btc.return_on_equity, odd.return_on_equity),
        (rate("0.4"), rate("1"))
    );
    assert_eq!(
        (btc.max_leverage, odd.max_leverage),
        (Leverage::new(40), Leverage::new(10))
    );
}

#[test]
fn funding_is_told_for_ever_since_opening_and_since_the_last_change() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    world.market(Side::Buy, "0.1");
    let totals = |world: &World| world.exchange.account(world.account).positions[0].funding;
    let pay = |world: &mut World, at: &str| {
        let now = world.now;
        world.exchange.apply_funding(now, BTC, rate(at));
    };
    let are = |all_time: &str, since_open: &str, since_change: &str| FundingTotals {
        all_time: usd(all_time),
        since_open: usd(since_open),
        since_change: usd(since_change),
    };
    assert_eq!(totals(&world), FundingTotals::default());
    pay(&mut world, "0.0001");
    assert_eq!(totals(&world), are("-0.5", "-0.5", "-0.5"));
    world.market(Side::Buy, "0.1");
    pay(&mut world, "0.0001");
    assert_eq!(totals(&world), are("-1.5", "-1.5", "-1"));
    // Turned around: a position of its own.
    world.market(Side::Sell, "0.3");
    pay(&mut world, "0.0002");
    assert_eq!(totals(&world), are("-0.5", "1", "1"));
    world.market(Side::Buy, "0.1");
    world.market(Side::Buy, "0.1");
    assert_eq!(totals(&world), are("-0.5", "0", "0"));
    assert_eq!(world.exchange.account(world.account).funding, usd("-0.5"));
}

#[test]
fn there_is_room_for_exactly_the_largest_order_that_is_taken() {
    let mut world = free_world();
    world.book("49999", "50001", "1000");
    world.place(&limit(Side::Buy, "0.5", "50001", Tif::Ioc));
    world.place(&limit(Side::Buy, "0.5", "48000", Tif::Gtc));
    for side in [Side::Buy, Side::Sell] {
        let room = world.exchange.room(world.account, BTC, side).unwrap();
        let at = if side == Side::Buy { "50001" } else { "49999" };
        assert_eq!(room.margin, price(at).notional(room.size).divided(20));
        let with = |amount: Size| NewOrder {
            size: amount,
            ..limit(side, "1", at, Tif::Ioc)
        };
        let lot = world.exchange.rules(BTC).unwrap().lot();
        let mut try_it = world.exchange.clone();
        assert!(matches!(
            try_it.place(world.now, world.account, &with(room.size + lot), None),
            Placed::Refused(_)
        ));
        assert!(matches!(
            try_it.place(world.now, world.account, &with(room.size), None),
            Placed::Filled { .. }
        ));
    }
    assert_eq!(world.exchange.room(world.account, ODD, Side::Buy), None);
}

#[test]
fn an_isolated_position_is_topped_up_to_a_leverage() {
    let mut world = free_world();
    world.flat(BTC, "50000");
    let account = world.account;
    let top_up = |world: &mut World, leverage: &str| {
        let leverage: Rate = leverage.parse().unwrap();
        let answer = world
            .exchange
            .top_up_isolated_margin(account, BTC, leverage);
        world.exchange.check_conservation();
        answer.map_err(|words| words.0)
    };
    assert_eq!(top_up(&mut world, "5"), Err(NOT_ISOLATED.to_string()));
    world
        .exchange
        .set_leverage(account, BTC, Leverage::new(10), false)
        .unwrap();
    world.market(Side::Buy, "0.4");
    // 20,000 at 2.5x are 8,000; 2,000 are there.
    assert_eq!(top_up(&mut world, "2.5"), Ok(usd("6000")));
    assert_eq!(top_up(&mut world, "4"), Ok(Usd::ZERO));
    assert_eq!(world.exchange.account(account).margin_used, usd("8000"));
    assert_eq!(top_up(&mut world, "1"), Err(MARGIN_UNAVAILABLE.to_string()));
    for wrong in ["0", "-3"] {
        assert_eq!(top_up(&mut world, wrong), Err(INVALID_LEVERAGE.to_string()));
    }
}

#[test]
fn fees_are_cut_where_the_venue_cuts_them_and_exact_elsewhere() {
    let of_a_fill = |are_cut: bool| {
        let mut world = world();
        if are_cut {
            world.exchange.cut_fees();
        }
        world.flat(BTC, "50001");
        world.market(Side::Buy, "0.001");
        world.exchange.check_conservation();
        let fees: Vec<Usd> = world.fills().iter().map(|fill| fill.fee).collect();
        (fees, world.equity())
    };
    assert_eq!(
        of_a_fill(false),
        (vec![usd("0.02250045")], usd("9999.97749955"))
    );
    assert_eq!(of_a_fill(true), (vec![usd("0.0225")], usd("9999.9775")));
}
