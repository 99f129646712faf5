//! No position without a resting stop for longer than the limit.

use aicoin_core::{AiAction, Input, Leg, OrderUpdate, SendResult};
use aicoin_domain::{Desired, OrderKind, OrderStatus, Price, Reason, Refusal, Size};

use crate::rig::{BTC, Rig, half, wish};

fn refuse_stops(rig: &mut Rig, seconds: i64) {
    let mut answered = rig.placed(Leg::Stop).len().saturating_sub(1);
    for _ in 0..seconds * 2 {
        let stops = rig.placed(Leg::Stop);
        for stop in &stops[answered..] {
            rig.answer(stop.cloid, SendResult::Refused(Refusal("no".into())));
        }
        answered = stops.len();
        rig.pass(500);
    }
}

#[test]
fn a_partial_entry_gets_its_stop_for_what_filled() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.fill(entry, half(entry.size));
    let stops = rig.placed(Leg::Stop);
    assert_eq!(stops.len(), 1);
    assert_eq!(
        (stops[0].size, stops[0].reduce_only),
        (half(entry.size), true)
    );
    assert_eq!(rig.status(entry), OrderStatus::Canceled);
}

#[test]
fn a_stop_that_is_refused_is_tried_again_and_then_the_position_is_flattened() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.fill(entry, entry.size);
    refuse_stops(&mut rig, 9);
    assert!(rig.placed(Leg::Stop).len() >= 5);
    assert_eq!(rig.placed(Leg::Flatten), []);
    refuse_stops(&mut rig, 2);
    let unprotected = rig
        .risk_reasons()
        .iter()
        .filter(|reason| **reason == Reason::Unprotected)
        .count();
    assert_eq!(unprotected, 1);
    let flatten = rig.placed(Leg::Flatten)[0];
    assert_eq!((flatten.size, flatten.reduce_only), (entry.size, true));
    rig.fill(flatten, flatten.size);
    assert_eq!(rig.held(), Size::ZERO);
}

#[test]
fn a_stop_that_goes_with_the_position_before_its_fill_is_told_is_not_placed_again() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.control(2, Desired::CloseAll);
    let close = rig.placed(Leg::CloseAll)[0];
    // Two streams: the venue's own cancel of the stop overtakes the fill that caused it.
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: OrderUpdate::Canceled,
    });
    rig.pass(500);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
    rig.fill(close, close.size);
    rig.pass(2_000);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
    assert_eq!(rig.risk_reasons(), []);
}

#[test]
fn an_exit_that_fills_nothing_holds_a_stop_up_for_a_second_only() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.control(2, Desired::CloseAll);
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: OrderUpdate::Canceled,
    });
    rig.pass(1_500);
    assert_eq!(rig.placed(Leg::Stop).len(), 2);
}

#[test]
fn a_reduce_does_not_weaken_a_flattening() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.fill(entry, entry.size);
    refuse_stops(&mut rig, 12);
    let flatten = rig.placed(Leg::Flatten)[0];
    rig.answer(
        flatten.cloid,
        SendResult::Filled {
            order: aicoin_domain::OrderId(4),
            size: Size::ZERO,
        },
    );
    rig.close_candle();
    rig.reply(vec![wish(AiAction::Reduce)]);
    refuse_stops(&mut rig, 3);
    assert_eq!(rig.placed(Leg::Close), []);
    assert_eq!(rig.placed(Leg::Flatten).last().unwrap().size, entry.size);
}

#[test]
fn a_stop_cancelled_by_the_venue_is_replaced() {
    let mut rig = Rig::new();
    let (entry, stop) = rig.long();
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: OrderUpdate::Canceled,
    });
    let stops = rig.placed(Leg::Stop);
    assert_eq!(stops.len(), 2);
    assert_eq!((stops[1].size, stops[1].kind), (entry.size, stop.kind));
    assert_ne!(stops[1].cloid, stop.cloid);
}

#[test]
fn a_resting_stop_that_vanished_silently_is_replaced() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.open.clear();
    rig.known.remove(&stop.cloid);
    rig.quotes = false;
    rig.pass(25_000);
    assert_eq!(rig.status(stop), OrderStatus::Canceled);
    assert_eq!(rig.placed(Leg::Stop)[1].size, stop.size);
}

#[test]
fn a_reduce_resizes_the_stop_and_the_old_one_goes_last() {
    let mut rig = Rig::new();
    let (entry, old) = rig.long();
    rig.close_candle();
    rig.reply(vec![wish(AiAction::Reduce)]);
    let close = rig.placed(Leg::Close)[0];
    rig.fill(close, close.size);
    let new = *rig.placed(Leg::Stop).last().unwrap();
    assert_eq!(new.size, entry.size - close.size);
    assert_eq!(rig.canceled(), [], "the new one is not confirmed");
    rig.rest(new);
    assert_eq!(rig.canceled(), [old.cloid]);
}

#[test]
fn a_stop_that_is_being_cancelled_protects_no_more() {
    let mut rig = Rig::new();
    let (_, first) = rig.long();
    let adjust = |rig: &mut Rig, stop: i64| {
        rig.close_candle();
        rig.reply(vec![aicoin_core::Proposal {
            stop: Some(Price::from_whole(stop)),
            ..wish(AiAction::AdjustStop)
        }]);
    };
    adjust(&mut rig, 49_500);
    let second = *rig.placed(Leg::Stop).last().unwrap();
    rig.rest(second);
    assert_eq!(rig.canceled(), [first.cloid]);
    // Back to the first price before its cancel is answered.
    adjust(&mut rig, 49_000);
    let third = *rig.placed(Leg::Stop).last().unwrap();
    assert_eq!(third.kind, first.kind);
    assert!(third.cloid != first.cloid && !rig.canceled().contains(&second.cloid));
}

#[test]
fn a_stop_may_come_closer_and_not_go_beyond_the_risk_of_one_decision() {
    let mut rig = Rig::new();
    rig.long();
    for (stop, verdict) in [
        (49_500, None),
        (49_010, None),
        (30_000, Some(Reason::RiskTooHigh)),
    ] {
        rig.close_candle();
        rig.reply(vec![aicoin_core::Proposal {
            stop: Some(Price::from_whole(stop)),
            ..wish(AiAction::AdjustStop)
        }]);
        assert_eq!(*rig.verdicts().last().unwrap(), verdict, "{stop}");
    }
}

#[test]
fn no_stop_is_taken_away_without_the_lease() {
    let mut rig = Rig::new();
    rig.long();
    rig.close_candle();
    rig.reply(vec![wish(AiAction::Reduce)]);
    let close = rig.placed(Leg::Close)[0];
    rig.tell(Input::Lease(aicoin_core::LeaseState::NotHeld));
    rig.fill(close, close.size);
    let new = *rig.placed(Leg::Stop).last().unwrap();
    rig.rest(new);
    assert_eq!(rig.canceled(), []);
    rig.tell(Input::Lease(aicoin_core::LeaseState::Held { epoch: 3 }));
    assert_eq!(rig.canceled().len(), 1);
}

#[test]
fn a_given_up_entry_that_fills_after_all_gets_its_stop() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.answer(entry.cloid, SendResult::NoAnswer);
    rig.pass(13_000);
    assert_eq!(rig.status(entry), OrderStatus::Failed);
    let fill = rig.trade(entry, entry.size);
    rig.tell(Input::Fill(fill));
    let stop = rig.placed(Leg::Stop)[0];
    assert_eq!(stop.size, entry.size);
    assert!(matches!(stop.kind, OrderKind::Trigger { .. }));
    assert_eq!(rig.risk_reasons(), [Reason::Diverged]);
    assert_eq!(stop.market, BTC);
}

#[test]
fn no_id_comes_twice_though_an_old_decision_comes_back() {
    let mut rig = Rig::new();
    let first = rig.open_long();
    rig.answer(first.cloid, SendResult::NoAnswer);
    rig.pass(13_000);
    let fill = rig.trade(first, half(first.size));
    rig.tell(Input::Fill(fill));
    let stop = rig.placed(Leg::Stop)[0];
    rig.rest(stop);
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: OrderUpdate::Canceled,
    });
    let stop = rig.placed(Leg::Stop)[1];
    rig.fill(stop, stop.size);
    let (_, stop) = rig.long();
    rig.open.clear();
    rig.fill(stop, stop.size);
    assert_eq!(rig.held(), Size::ZERO);
    // The first order's last part comes to light only now.
    let rest = rig.trade(first, first.size - fill.size);
    rig.tell(Input::Fill(rest));
    assert_eq!(rig.held(), rest.size);
    let stops = rig.placed(Leg::Stop);
    let ids: std::collections::BTreeSet<_> = stops.iter().map(|stop| stop.cloid).collect();
    assert_eq!((stops.len(), ids.len()), (4, 4));
}
