//! Funding may be told late, twice, and after a restart: each payment counts once, and none from before the first fill.

use aicoin_core::Input;
use aicoin_domain::{DurationMs, TimeMs, Usd};

use crate::rig::{BTC, Rig};

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
