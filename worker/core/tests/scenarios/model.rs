//! What a model may and may not bring about.

use aicoin_core::{AiAction, AiAnswer, AiCall, AiFailure, Input, Leg, Proposal};
use aicoin_domain::{Price, Reason, Size, Usd};

use crate::rig::{Rig, wish};

#[test]
fn a_good_close_in_a_reply_with_a_bad_open_is_executed() {
    let mut rig = Rig::new();
    rig.long();
    rig.close_candle();
    let bad = Proposal {
        symbol: "ETH".into(),
        stop: Some(Price::from_whole(60_000)),
        ..wish(AiAction::OpenLong)
    };
    rig.reply(vec![bad, wish(AiAction::Close)]);
    assert_eq!(rig.verdicts(), [None, None, Some(Reason::StopWrongSide)]);
    assert_eq!(rig.placed(Leg::Close).len(), 1);
    assert_eq!(rig.placed(Leg::Open).len(), 1);
}

#[test]
fn conflicting_actions_are_both_rejected() {
    let mut rig = Rig::new();
    rig.close_candle();
    rig.reply(vec![wish(AiAction::OpenLong), wish(AiAction::OpenShort)]);
    let other_stop = Proposal {
        stop: Some(Price::from_whole(48_000)),
        ..wish(AiAction::OpenLong)
    };
    rig.close_candle();
    rig.reply(vec![wish(AiAction::OpenLong), other_stop]);
    assert_eq!(rig.verdicts(), [Some(Reason::ConflictingActions); 4]);
    assert_eq!(rig.placed(Leg::Open), []);
}

#[test]
fn the_same_opening_said_twice_opens_once() {
    let mut rig = Rig::new();
    rig.close_candle();
    rig.reply(vec![wish(AiAction::OpenLong), wish(AiAction::OpenLong)]);
    assert_eq!(rig.verdicts(), [None, Some(Reason::OrderInFlight)]);
    assert_eq!(rig.placed(Leg::Open).len(), 1);
}

#[test]
fn a_late_reply_is_dropped() {
    let mut rig = Rig::new();
    rig.close_candle();
    let late = rig.asked()[0].id;
    rig.pass(26_000);
    assert_eq!(rig.verdicts(), [Some(Reason::AiTimeout)]);
    rig.close_candle();
    rig.reply_to(late, vec![wish(AiAction::OpenLong)]);
    assert_eq!(rig.placed(Leg::Open), []);
    rig.reply(vec![wish(AiAction::OpenLong)]);
    rig.reply(vec![wish(AiAction::OpenLong)]);
    assert_eq!(rig.placed(Leg::Open).len(), 1, "the second copy is dropped");
}

#[test]
fn failures_are_recorded_by_code_and_open_the_breaker() {
    let mut rig = Rig::new();
    let codes = [
        Reason::AiUnauthorized,
        Reason::AiNoBalance,
        Reason::ReplyNotJson,
    ];
    for reason in codes {
        rig.close_candle();
        let view = rig.asked().last().unwrap().id;
        rig.tell(Input::Ai(Box::new(AiAnswer {
            view,
            outcome: Err(AiFailure {
                reason,
                detail: "words".into(),
            }),
            call: AiCall::default(),
        })));
    }
    rig.close_candle();
    let mut expected: Vec<_> = codes.map(Some).to_vec();
    expected.push(Some(Reason::BreakerOpen));
    assert_eq!(rig.verdicts(), expected);
    assert_eq!(rig.asked().len(), 3);
}

#[test]
fn a_spent_budget_asks_nobody() {
    let mut config = crate::rig::config();
    if let aicoin_core::Policy::Ai(ai) = &mut config.policy {
        ai.worst_case_cost = Usd::from_whole(2);
    }
    let mut rig = Rig::of(aicoin_core::Bot::new(config));
    rig.start(1);
    rig.close_candle();
    assert_eq!(rig.verdicts(), [Some(Reason::AiBudgetSpent)]);
    assert_eq!(rig.asked().len(), 0);
}

#[test]
fn a_question_given_up_while_the_disk_was_slow_is_not_asked() {
    let mut rig = Rig::new();
    rig.disk_is_quick = false;
    rig.close_candle();
    rig.pass(30_000);
    rig.write_all();
    assert_eq!(rig.asked().len(), 0);
}

#[test]
fn hostile_numbers_are_rejected_and_never_panic() {
    let extremes = [i64::MIN / 8, -1, 0, 1, 10_i64.pow(18), i64::MAX / 8];
    let actions = [
        AiAction::OpenLong,
        AiAction::OpenShort,
        AiAction::AdjustStop,
    ];
    for held in [false, true] {
        for action in actions {
            for stop in extremes {
                for take in extremes {
                    let mut rig = Rig::new();
                    if held {
                        rig.long();
                    }
                    rig.close_candle();
                    rig.reply(vec![Proposal {
                        stop: Some(Price::from_units(stop)),
                        take: Some(Price::from_units(take)),
                        risk_bps: Some(u32::MAX),
                        leverage: Some(u32::MAX),
                        ttl_s: Some(u32::MAX),
                        max_slippage_bps: Some(u32::MAX),
                        ..wish(action)
                    }]);
                    let stops = rig.placed(Leg::Stop);
                    assert!(stops.iter().all(|order| order.size > Size::ZERO));
                    assert!(
                        rig.bot
                            .positions()
                            .iter()
                            .all(|view| view.stop.is_none_or(Price::is_positive))
                    );
                    assert_eq!(rig.placed(Leg::Open).len(), usize::from(held));
                }
            }
        }
    }
}

#[test]
fn a_stop_below_zero_is_rejected() {
    let mut rig = Rig::new();
    rig.close_candle();
    rig.reply(vec![Proposal {
        stop: Some(Price::from_whole(-5)),
        ..wish(AiAction::OpenLong)
    }]);
    assert_eq!(rig.verdicts(), [Some(Reason::StopWrongSide)]);
}
