//! Close-all: from the venue's truth, never past flat, never silent.

use aicoin_core::{AiAction, Input, Leg, OpenOrderTruth, Output, Query, SendResult};
use aicoin_domain::{Desired, OrderId, Reason, Refusal, Side, Size};

use crate::rig::{BTC, Rig, half, wish};

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

/// A close-all whose closing orders are answered by nothing, one after the other as they come.
fn lost_closings(rig: &mut Rig, ms: i64) -> usize {
    let mut lost = 0;
    for _ in 0..ms / 50 {
        let placed = rig.placed(Leg::CloseAll);
        for order in placed.iter().skip(lost) {
            rig.answer(order.cloid, SendResult::NoAnswer);
        }
        lost = placed.len();
        rig.pass(50);
    }
    lost
}

#[test]
fn a_closing_order_whose_answer_is_lost_is_followed_by_another_that_only_reduces() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.control(2, Desired::CloseAll);
    assert_eq!(
        lost_closings(&mut rig, 1_900),
        4,
        "at once, after 250 ms, 250 ms, 500 ms"
    );
    let placed = rig.placed(Leg::CloseAll);
    let first = placed[0];
    for other in &placed {
        assert_eq!(
            (other.side, other.size, other.reduce_only, other.kind),
            (first.side, first.size, true, first.kind),
            "a lost answer says nothing of the price"
        );
    }
    let last = placed[3];
    rig.fill(last, last.size);
    rig.cancel_at_venue(stop.cloid);
    rig.answer(stop.cloid, SendResult::Canceled);
    rig.pass(1_000);
    assert_eq!(
        (rig.held(), rig.placed(Leg::CloseAll).len()),
        (Size::ZERO, 4)
    );
    assert!(!rig.bot.control().effective, "three may still arrive");
    rig.pass(15_000);
    assert!(rig.bot.control().effective);
}

#[test]
fn nothing_is_opened_before_lost_closings_are_settled() {
    let mut rig = Rig::new();
    rig.long();
    // A candle ends, and the model is asked, while an order may still arrive.
    rig.pass(60_000 - rig.now.0 % 60_000 - 3_000);
    rig.control(2, Desired::CloseAll);
    let lost = lost_closings(&mut rig, 200);
    assert_eq!(lost, 1);
    rig.pass(200);
    let second = rig.placed(Leg::CloseAll)[1];
    rig.fill(second, second.size);
    rig.control(3, Desired::Running);
    let (before, asked) = (rig.placed(Leg::Open).len(), rig.asked().len());
    rig.close_candle();
    assert_eq!(rig.asked().len(), asked + 1);
    rig.reply(vec![wish(AiAction::OpenLong)]);
    rig.pass(4_000);
    assert_eq!(rig.placed(Leg::Open).len(), before);
}

#[test]
fn a_venue_that_answers_nothing_is_not_flooded() {
    let mut rig = Rig::new();
    rig.venue_answers = false;
    rig.long();
    rig.control(2, Desired::CloseAll);
    let lost = lost_closings(&mut rig, 60_000);
    assert!(
        (8..=15).contains(&lost),
        "{lost} closing orders in a minute"
    );
}

#[test]
fn a_reduction_whose_answer_is_lost_is_not_followed_by_another() {
    let mut rig = Rig::new();
    rig.long();
    rig.close_candle();
    rig.reply(vec![wish(AiAction::Reduce)]);
    let placed = rig.placed(Leg::Close);
    assert_eq!(placed.len(), 1);
    rig.answer(placed[0].cloid, SendResult::NoAnswer);
    rig.pass(3_000);
    assert_eq!(rig.placed(Leg::Close), placed);
}
