//! Prints what a bar costs in the exchange model: nanoseconds of `on_open` + `on_range`, and of a round trip of orders.
//!
//! `cargo run --release -p aicoin-paper --example ns_per_bar`
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people"
)]

use std::hint::black_box;
use std::time::Instant;

use aicoin_domain::{
    Cloid, Leverage, MarginTiers, MarketId, MarketRules, OrderKind, OrderRequest, Price, Rate,
    Side, Size, Tif, TimeMs, TpSl, Usd,
};
use aicoin_paper::{Exchange, ExchangeConfig, Fees, Range};

const MARKET: MarketId = MarketId(0);
const BARS: u32 = 5_000_000;
const ROUND_TRIPS: u32 = 200_000;

fn exchange() -> Exchange {
    Exchange::new(ExchangeConfig {
        markets: vec![MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::two(
                Leverage::new(40),
                Usd::from_whole(150_000_000),
                Leverage::new(20),
            ),
            only_isolated: false,
        }],
        fees: Fees {
            taker: Rate::from_percent("0.045").unwrap(),
            maker: Rate::from_percent("0.015").unwrap(),
        },
        slippage: Rate::ZERO,
        funding: true,
    })
}

fn order(cloid: u128, side: Side, kind: OrderKind, reduce_only: bool) -> OrderRequest {
    OrderRequest {
        cloid: Cloid(cloid),
        market: MARKET,
        side,
        size: Size::from_units(2_000_000),
        kind,
        reduce_only,
    }
}

fn ioc(price: i64) -> OrderKind {
    OrderKind::Limit {
        price: Price::from_whole(price),
        tif: Tif::Ioc,
    }
}

fn main() {
    let mut exchange = exchange();
    let account = exchange.open_account(Usd::from_whole(10_000));
    exchange.on_open(TimeMs(0), MARKET, Price::from_whole(50_000));
    exchange.submit(
        TimeMs(0),
        account,
        &order(1, Side::Buy, ioc(52_000), false),
        None,
    );
    let stop = OrderKind::Trigger {
        trigger: Price::from_whole(45_000),
        kind: TpSl::Sl,
    };
    exchange.submit(TimeMs(0), account, &order(2, Side::Sell, stop, true), None);
    while exchange.poll_event().is_some() {}

    let begun = Instant::now();
    let mut equity = Usd::ZERO;
    for bar in 0..BARS {
        let (now, moved) = (TimeMs(i64::from(bar) * 60_000), i64::from(bar % 1_000));
        let open = Price::from_whole(50_000 + moved);
        exchange.on_open(now, MARKET, black_box(open));
        let range = Range {
            open,
            high: open + Price::from_whole(40),
            low: open - Price::from_whole(40),
            close: open + Price::from_whole(1),
        };
        exchange.on_range(now, MARKET, black_box(range));
        equity = exchange.equity(account);
    }
    let ns = begun.elapsed().as_secs_f64() * 1e9 / f64::from(BARS);
    println!("{ns:.1} ns per bar (open, range, equity; one position, one stop); equity {equity}");

    let begun = Instant::now();
    for trip in 0..u128::from(ROUND_TRIPS) {
        let now = TimeMs(i64::try_from(trip).unwrap() * 60_000);
        let side = if trip % 2 == 0 { Side::Sell } else { Side::Buy };
        let price = if trip % 2 == 0 { 47_500 } else { 52_500 };
        exchange.on_open(now, MARKET, Price::from_whole(50_000));
        // Cloids are hashes: spread over the whole range.
        let cloid = (trip + 10).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mut request = order(cloid, side, ioc(price), false);
        request.size = Size::from_units(4_000_000);
        black_box(exchange.submit(now, account, &request, Some(now)));
        while let Some(event) = exchange.poll_event() {
            black_box(event);
        }
    }
    let ns = begun.elapsed().as_secs_f64() * 1e9 / f64::from(ROUND_TRIPS);
    println!("{ns:.0} ns per market order that turns the position (submit, fill, events)");
    exchange.check_conservation();
}
