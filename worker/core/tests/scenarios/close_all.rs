//! Close-all: from the venue's truth, never past flat, never silent.

use aicoin_core::{Input, Leg, OpenOrderTruth, Output, Query, SendResult};
use aicoin_domain::{Desired, OrderId, Reason, Refusal, Side, Size};

use crate::rig::{BTC, Rig, half};

#[test]
fn close_all_needs_the_venues_word() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.control(2, Desired::CloseAll);
    let close = rig.placed(Leg::CloseAll)[0];
    rig.venue_answers = false;
    rig.fill(close, close.size);
    rig.cancel_at_venue(stop.cloid);
    rig.pass(3_000);
    rig.answer(stop.cloid, SendResult::Canceled);
    rig.pass(3_000);
    assert_eq!(rig.bot.control().positions, 0);
    assert!(!rig.bot.control().effective, "our own books prove nothing");
    rig.venue_answers = true;
    rig.pass(6_000);
    assert!(rig.bot.control().effective);
}

#[test]
fn close_all_that_is_stuck_says_so_once_and_goes_on() {
    let mut rig = Rig::new();
    rig.long();
    rig.control(2, Desired::CloseAll);
    let mut answered = 0;
    for _ in 0..120 {
        let placed = rig.placed(Leg::CloseAll);
        for order in &placed[answered..] {
            rig.answer(
                order.cloid,
                SendResult::Filled {
                    order: OrderId(9),
                    size: Size::ZERO,
                },
            );
        }
        answered = placed.len();
        rig.pass(500);
    }
    let stuck = rig
        .risk_reasons()
        .iter()
        .filter(|reason| **reason == Reason::CloseStuck)
        .count();
    assert_eq!(stuck, 1);
    assert!((6..=12).contains(&answered), "{answered} tries in a minute");
    rig.pass(10_000);
    let last = *rig.placed(Leg::CloseAll).last().unwrap();
    rig.fill(last, last.size);
    assert_eq!(rig.held(), Size::ZERO);
}

#[test]
fn close_all_during_partial_fills_never_flips() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    let first = rig.trade(entry, half(entry.size));
    rig.tell(Input::Fill(first));
    rig.control(2, Desired::CloseAll);
    assert_eq!(rig.placed(Leg::CloseAll), [], "the entry is still filling");
    let rest = entry.size - first.size;
    let second = rig.trade(entry, rest);
    rig.tell(Input::Fill(second));
    let closes = rig.placed(Leg::CloseAll);
    assert_eq!(closes.len(), 1);
    assert_eq!(
        (closes[0].side, closes[0].size, closes[0].reduce_only),
        (Side::Sell, entry.size, true)
    );
}

#[test]
fn an_account_that_is_not_flat_is_read_at_most_once_a_second() {
    let mut rig = Rig::new();
    rig.open.push(OpenOrderTruth {
        cloid: None,
        order: OrderId(5),
        market: BTC,
        side: Side::Buy,
        size: Size::from_whole(1),
        reduce_only: false,
    });
    rig.control(2, Desired::CloseAll);
    rig.log.clear();
    rig.pass(20_000);
    let is_reading = |output: &&Output| matches!(output, Output::Query(Query::Account));
    let readings = rig.log.iter().filter(is_reading).count();
    assert!((15..=21).contains(&readings), "{readings} readings in 20 s");
    assert!(!rig.bot.control().effective, "an order rests");
    let foreign = rig
        .risk_reasons()
        .iter()
        .filter(|reason| **reason == Reason::ForeignPosition)
        .count();
    assert_eq!(foreign, 1, "said once");
}

#[test]
fn an_order_that_is_over_in_our_books_and_rests_is_cancelled() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    // The venue says that it cancelled the stop, and did not.
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: aicoin_core::OrderUpdate::Canceled,
    });
    rig.control(2, Desired::CloseAll);
    let close = *rig.placed(Leg::CloseAll).last().unwrap();
    rig.fill(close, close.size);
    for other in rig.placed(Leg::Stop).into_iter().skip(1) {
        rig.answer(
            other.cloid,
            SendResult::Refused(Refusal("no position".into())),
        );
    }
    rig.pass(10_000);
    assert!(rig.canceled().contains(&stop.cloid));
    rig.cancel_at_venue(stop.cloid);
    rig.pass(3_000);
    assert!(rig.bot.control().effective);
}

#[test]
fn effective_is_taken_back_when_a_position_comes_back() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.answer(entry.cloid, SendResult::NoAnswer);
    rig.pass(15_000);
    rig.control(2, Desired::CloseAll);
    rig.pass(2_000);
    assert!(rig.bot.control().effective);
    let late = rig.trade(entry, entry.size);
    rig.tell(Input::Fill(late));
    let control = rig.bot.control();
    assert!(!control.effective && control.positions == 1);
    let close = *rig.placed(Leg::CloseAll).last().unwrap();
    rig.fill(close, close.size);
    for stop in rig.placed(Leg::Stop) {
        rig.answer(
            stop.cloid,
            SendResult::Refused(Refusal("no position".into())),
        );
    }
    rig.pass(5_000);
    assert!(rig.bot.control().effective);
}
