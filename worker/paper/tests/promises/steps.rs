//! What can happen in a random run, and how often.

use aicoin_domain::{Rate, Side};
use aicoin_paper::{ExchangeConfig, Fees};
use proptest::prelude::*;

use crate::world::{config, rate};

pub(crate) const MARKETS: u16 = 2;
pub(crate) const ACCOUNTS: u32 = 3;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Quote {
        market: u16,
        move_bps: i64,
        spread_ticks: i64,
        depth_lots: [i64; 2],
        mark_bps: i64,
    },
    Bar {
        market: u16,
        moves_bps: [i64; 4],
        order: Option<(u32, Ask)>,
    },
    Submit {
        account: u32,
        ask: Ask,
    },
    Cancel {
        account: u32,
        back: u128,
    },
    Funding {
        market: u16,
        rate_units: i64,
    },
    Leverage {
        account: u32,
        market: u16,
        times: u32,
        is_cross: bool,
    },
    Margin {
        account: u32,
        market: u16,
        dollars: i64,
    },
    Deposit {
        account: u32,
        dollars: i64,
    },
}

/// An order that is about to be sent, in terms of the prices then.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) market: u16,
    pub(crate) side: Side,
    pub(crate) lots: i64,
    pub(crate) offset_bps: i64,
    pub(crate) kind: u8,
    pub(crate) reduce_only: bool,
    pub(crate) is_repeated: bool,
}

fn ask() -> impl Strategy<Value = Ask> {
    let amount = prop_oneof![8 => 1..3_000_i64, 1 => 3_000..100_000_i64, 1 => Just(0)];
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    (
        0..MARKETS,
        side,
        amount,
        -400..400_i64,
        0..7_u8,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.02),
    )
        .prop_map(
            |(market, side, lots, offset_bps, kind, reduce_only, is_repeated)| Ask {
                market,
                side,
                lots,
                offset_bps,
                kind,
                reduce_only,
                is_repeated,
            },
        )
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let small = -150..150_i64;
    let large = prop_oneof![9 => -150..150_i64, 1 => -1_500..1_500_i64];
    prop_oneof![
        6 => (0..MARKETS, large, 0..4_i64, prop::array::uniform2(0..2_000_i64), -20..20_i64).prop_map(
            |(market, move_bps, spread_ticks, depth_lots, mark_bps)| Step::Quote {
                market, move_bps, spread_ticks, depth_lots, mark_bps,
            }
        ),
        4 => (0..MARKETS, prop::array::uniform4(small), prop::option::of((0..ACCOUNTS, ask()))).prop_map(
            |(market, moves_bps, order)| Step::Bar { market, moves_bps, order }
        ),
        10 => (0..ACCOUNTS, ask()).prop_map(|(account, ask)| Step::Submit { account, ask }),
        2 => (0..ACCOUNTS, 0..12_u128).prop_map(|(account, back)| Step::Cancel { account, back }),
        1 => (0..MARKETS, -10_000_000_000..10_000_000_000_i64).prop_map(
            |(market, rate_units)| Step::Funding { market, rate_units }
        ),
        1 => (0..ACCOUNTS, 0..MARKETS, 1..45_u32, any::<bool>()).prop_map(
            |(account, market, times, is_cross)| Step::Leverage { account, market, times, is_cross }
        ),
        1 => (0..ACCOUNTS, 0..MARKETS, -500..500_i64).prop_map(
            |(account, market, dollars)| Step::Margin { account, market, dollars }
        ),
        1 => (0..ACCOUNTS, 1..1_000_i64).prop_map(|(account, dollars)| Step::Deposit { account, dollars }),
    ]
}

pub(crate) fn settings() -> impl Strategy<Value = ExchangeConfig> {
    let slippage = prop_oneof![Just(Rate::ZERO), Just(rate("0.0007"))];
    let maker = prop_oneof![Just(rate("0.00015")), Just(rate("-0.00003"))];
    (slippage, maker, any::<bool>()).prop_map(|(slippage, maker, only_isolated)| {
        let mut config = ExchangeConfig {
            slippage,
            fees: Fees {
                maker,
                ..config().fees
            },
            ..config()
        };
        config.markets[1].only_isolated = only_isolated;
        config
    })
}
