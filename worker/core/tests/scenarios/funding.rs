//! Funding may be told late, twice, and after a restart: each payment counts once, none from before the first fill,
//! and one that is told before the fill that it is for.

use aicoin_core::Input;
use aicoin_domain::{DurationMs, Fill, OrderId, Side, TimeMs, TradeId, Usd};

use crate::rig::{BTC, PRICE, Rig};

const HOUR: DurationMs = DurationMs::from_mins(60);

/// The payment of an hour is worth its number.
fn pay(rig: &mut Rig, first: TimeMs, hour: i64) {
    rig.tell(Input::Funding {
        market: BTC,
        amount: Usd::from_whole(hour.into()),
        time: first + DurationMs(HOUR.0 * hour),
    });
}

fn paid(rig: &Rig) -> Usd {
    rig.bot.account_record().funding
}

#[test]
fn a_payment_counts_once_whenever_and_however_often_it_is_told() {
    let mut rig = Rig::new();
    let first = rig.bot.now();
    pay(&mut rig, first, -1);
    assert_eq!(paid(&rig), Usd::ZERO, "nothing was ever held");
    rig.long();
    // From before the position: somebody else's, or another bot's.
    pay(&mut rig, first, -1);
    assert_eq!(paid(&rig), Usd::ZERO);
    for hour in [1, 4, 2, 1, 4] {
        pay(&mut rig, first, hour);
    }
    assert_eq!(paid(&rig), Usd::from_whole(1 + 4 + 2));
    rig.restart();
    // The venue tells the whole day again, and what was paid while nobody listened.
    for hour in -1..=5 {
        pay(&mut rig, first, hour);
    }
    assert_eq!(paid(&rig), Usd::from_whole(1 + 2 + 3 + 4 + 5));
    // However many there were, an old one is not taken for a new one.
    for hour in 6..=200 {
        pay(&mut rig, first, hour);
    }
    for hour in 1..=200 {
        pay(&mut rig, first, hour);
    }
    assert_eq!(paid(&rig), Usd::from_whole((1..=200).sum()));
}

#[test]
fn a_payment_that_is_told_before_the_fill_that_it_is_for_counts_once_the_fill_is_known() {
    let mut rig = Rig::new();
    let first = rig.bot.now();
    // While the connection was away the order filled and an hour passed; the payments are told first.
    for hour in [-2, -1, 1, 2, 1] {
        pay(&mut rig, first, hour);
    }
    assert_eq!(paid(&rig), Usd::ZERO);
    rig.restart();
    pay(&mut rig, first, 2);
    let bought = |trade, time| {
        Input::Fill(Fill {
            trade: TradeId(trade),
            order: OrderId(1),
            cloid: None,
            market: BTC,
            time,
            side: Side::Buy,
            price: PRICE,
            size: "0.01".parse().unwrap(),
            fee: Usd::ZERO,
            closed_pnl: Usd::ZERO,
            is_taker: true,
            liquidation: None,
        })
    };
    rig.tell(bought(7, first + DurationMs(HOUR.0 + 1)));
    assert_eq!(paid(&rig), Usd::from_whole(2));
    // Fills come in any order, too.
    rig.tell(bought(6, first));
    assert_eq!(paid(&rig), Usd::from_whole(1 + 2));
    for hour in -2..=3 {
        pay(&mut rig, first, hour);
    }
    assert_eq!(paid(&rig), Usd::from_whole(1 + 2 + 3));
}
