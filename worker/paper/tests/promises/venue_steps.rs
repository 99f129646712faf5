//! What can happen in a random run of the venue's whole vocabulary, and how often.

use aicoin_domain::Side;
use aicoin_paper::Grouping;
use proptest::prelude::*;

pub(crate) const ACCOUNTS: u32 = 2;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Quote {
        move_bps: i64,
        spread: i64,
        depth: i64,
        mark_bps: i64,
    },
    Bar {
        moves_bps: [i64; 3],
    },
    Place {
        account: u32,
        orders: Vec<Wish>,
        grouping: Grouping,
        is_sane: bool,
    },
    Modify {
        account: u32,
        pick: usize,
        wish: Wish,
        always: bool,
    },
    Cancel {
        account: u32,
        pick: usize,
    },
    CancelAll {
        account: u32,
    },
    Transfer {
        account: u32,
        dollars: i64,
    },
    Withdraw {
        account: u32,
        dollars: i64,
    },
    Funding {
        units: i64,
    },
}

/// An order in terms of the prices when it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) side: Side,
    pub(crate) lots: i64,
    pub(crate) offset_bps: i64,
    pub(crate) trigger_bps: i64,
    pub(crate) kind: u8,
    pub(crate) reduce_only: bool,
    pub(crate) has_cloid: bool,
}

fn wish() -> impl Strategy<Value = Wish> {
    (
        prop_oneof![Just(Side::Buy), Just(Side::Sell)],
        prop_oneof![1 => Just(0_i64), 12 => 1..400_i64, 3 => 400..4_500_i64],
        -120..120_i64,
        1..250_i64,
        0..8_u8,
        prop::bool::weighted(0.3),
        any::<bool>(),
    )
        .prop_map(
            |(side, lots, offset_bps, trigger_bps, kind, reduce_only, has_cloid)| Wish {
                side,
                lots,
                offset_bps,
                trigger_bps,
                kind,
                reduce_only,
                has_cloid,
            },
        )
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let account = 0..ACCOUNTS;
    let moves = prop_oneof![9 => -130..130_i64, 1 => -700..700_i64];
    let depth = prop_oneof![3 => 0..500_i64, 1 => 500..5_000_i64];
    let grouping = prop_oneof![
        2 => Just(Grouping::Na),
        3 => Just(Grouping::NormalTpsl),
        1 => Just(Grouping::PositionTpsl),
    ];
    prop_oneof![
        8 => (moves, 0..4_i64, depth, -10..10_i64).prop_map(
            |(move_bps, spread, depth, mark_bps)| Step::Quote { move_bps, spread, depth, mark_bps }
        ),
        3 => prop::array::uniform3(-130..130_i64).prop_map(|moves_bps| Step::Bar { moves_bps }),
        10 => (account.clone(), prop::collection::vec(wish(), 1..4), grouping, prop::bool::weighted(0.9)).prop_map(
            |(account, orders, grouping, is_sane)| Step::Place { account, orders, grouping, is_sane }
        ),
        3 => (account.clone(), 0..20_usize, wish(), any::<bool>()).prop_map(
            |(account, pick, wish, always)| Step::Modify { account, pick, wish, always }
        ),
        2 => (account.clone(), 0..20_usize).prop_map(|(account, pick)| Step::Cancel { account, pick }),
        1 => account.clone().prop_map(|account| Step::CancelAll { account }),
        1 => (account.clone(), -10..3_000_i64).prop_map(
            |(account, dollars)| Step::Transfer { account, dollars }
        ),
        1 => (account, -10..3_000_i64).prop_map(|(account, dollars)| Step::Withdraw { account, dollars }),
        1 => (-9_000_000_000..9_000_000_000_i64).prop_map(|units| Step::Funding { units }),
    ]
}

/// How many levels the book has.
pub(crate) fn levels() -> impl Strategy<Value = u8> {
    prop_oneof![Just(1_u8), Just(5), Just(20)]
}
