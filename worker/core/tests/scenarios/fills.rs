//! Fills may come twice, late and in any order: the books are the same.

use aicoin_core::{AccountRecord, Input, PositionView, SendResult};
use aicoin_domain::{OrderId, Size, TimeMs};
use proptest::prelude::*;

use crate::rig::Rig;

fn books(order: &[usize]) -> (Vec<PositionView>, AccountRecord) {
    let mut rig = Rig::new();
    rig.venue_answers = false;
    let entry = rig.open_long();
    let part = Size::from_units(entry.size.units() / 5_000 * 1_000);
    let mut fills = Vec::new();
    for _ in 0..4 {
        fills.push(rig.trade(entry, part));
    }
    fills.push(rig.trade(
        entry,
        Size::from_units(entry.size.units() - part.units() * 4),
    ));
    for index in order.iter().chain(&[0, 1, 2, 3, 4, 5]) {
        match fills.get(*index) {
            Some(fill) => rig.tell(Input::Fill(*fill)),
            None => rig.answer(
                entry.cloid,
                SendResult::Filled {
                    order: OrderId(1),
                    size: entry.size,
                },
            ),
        }
    }
    let record = AccountRecord {
        time: TimeMs(0),
        ..rig.bot.account_record()
    };
    (rig.bot.positions(), record)
}

proptest! {
    #[test]
    fn fills_in_any_order_and_number_give_the_same_books(order in prop::collection::vec(0_usize..6, 0..20)) {
        prop_assert_eq!(books(&order), books(&[]));
    }
}
