//! No answer is no rejection: an unknown order counts at its worst until the venue or its expiry settles it.

use aicoin_core::{AiAction, Input, Leg, OrderError, Output, Query, SendResult};
use aicoin_domain::{OrderStatus, Reason, TimeMs};

use crate::rig::{Rig, wish};

#[test]
fn a_timeout_is_not_a_rejection() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.trade(entry, entry.size);
    rig.venue_answers = false;
    rig.answer(entry.cloid, SendResult::NoAnswer);
    assert_eq!(rig.status(entry), OrderStatus::Unknown);
    rig.venue_answers = true;
    rig.pass(3_000);
    assert_eq!(rig.status(entry), OrderStatus::Filled);
    assert_eq!(rig.held(), entry.size);
    assert_eq!(rig.placed(Leg::Open).len(), 1);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
}

#[test]
fn there_is_no_second_entry_while_the_first_is_unknown() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.venue_answers = false;
    rig.answer(entry.cloid, SendResult::NoAnswer);
    rig.close_candle();
    rig.reply(vec![wish(AiAction::OpenLong)]);
    assert_eq!(rig.verdicts(), [None, Some(Reason::OrderInFlight)]);
    assert_eq!(rig.placed(Leg::Open).len(), 1);
}

#[test]
fn an_unknown_order_counts_in_the_limits_at_its_worst() {
    let mut config = crate::rig::config();
    config.risk.max_total_notional = Some(aicoin_domain::Usd::from_whole(3_000));
    let mut rig = Rig::of(aicoin_core::Bot::new(config));
    rig.start(1);
    let entry = rig.open_long();
    rig.venue_answers = false;
    rig.answer(entry.cloid, SendResult::NoAnswer);
    rig.close_candle();
    let view = rig.asked().last().unwrap().clone();
    rig.reply(vec![aicoin_core::Proposal {
        symbol: "ETH".into(),
        ..wish(AiAction::OpenLong)
    }]);
    let second = rig.placed(Leg::Open).get(1).copied();
    let left = second.map_or(aicoin_domain::Usd::ZERO, |order| {
        crate::rig::PRICE.notional(order.size)
    });
    // 2,393 are asked for; the unknown order may have filled 5 % above the price.
    assert!(
        left < aicoin_domain::Usd::from_whole(500),
        "{left} beside an unknown order, view {}",
        view.id
    );
}

#[test]
fn never_landed_only_after_expiry_and_skew() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.answer(entry.cloid, SendResult::NoAnswer);
    // The expiry is 8 s, the skew 2 s.
    rig.pass(9_900);
    assert_eq!(rig.status(entry), OrderStatus::Unknown);
    rig.pass(2_100);
    assert_eq!(rig.status(entry), OrderStatus::Failed);
    let row = rig.order_rows().remove(&entry.cloid).unwrap();
    assert_eq!(row.error, Some(OrderError::Reason(Reason::NeverLanded)));
    assert_eq!(rig.placed(Leg::Open).len(), 1, "nothing is sent again");
}

#[test]
fn no_answer_at_all_becomes_unknown_by_itself() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.quotes = false;
    rig.pass(5_100);
    assert_eq!(rig.status(entry), OrderStatus::Unknown);
}

#[test]
fn a_refused_cancel_does_not_fail_the_order() {
    let mut rig = Rig::new();
    let (_, stop) = rig.long();
    rig.answer(
        stop.cloid,
        SendResult::Refused(aicoin_domain::Refusal("too many requests".into())),
    );
    assert_eq!(rig.status(stop), OrderStatus::Open);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
}

#[test]
fn fills_that_the_venue_announced_and_never_gives_do_not_block_for_ever() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.answer(
        entry.cloid,
        SendResult::Filled {
            order: aicoin_domain::OrderId(3),
            size: entry.size,
        },
    );
    rig.sizes.insert(crate::rig::BTC, entry.size);
    rig.pass(40_000);
    assert!(rig.status(entry).is_final());
    assert_eq!(rig.held(), entry.size, "the venue's account is the truth");
    assert!(rig.risk_reasons().contains(&Reason::Diverged));
    assert_eq!(rig.bot.not_ready(), []);
}

#[test]
fn a_lost_fill_between_two_others_is_found_again() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    let lost = rig.trade(entry, crate::rig::half(entry.size));
    let heard = rig.trade(entry, entry.size - lost.size);
    rig.tell(Input::Fill(heard));
    rig.answer(
        entry.cloid,
        SendResult::Filled {
            order: aicoin_domain::OrderId(1),
            size: entry.size,
        },
    );
    rig.pass(3_000);
    assert_eq!(
        (rig.held(), rig.status(entry)),
        (entry.size, OrderStatus::Filled)
    );
    assert_eq!(rig.risks(), []);
}

#[test]
fn an_order_that_was_written_by_a_clock_ahead_is_looked_up_with_pauses() {
    let mut rig = Rig::new();
    rig.open_long();
    // The process ends. The clock of the next one is right, five minutes behind: the order is from its future.
    rig.now = TimeMs(rig.now.0 - 300_000);
    let before = rig.log.len();
    rig.restart();
    rig.pass(10_000);
    let questions = rig.log[before..]
        .iter()
        .filter(|output| matches!(output, Output::Query(Query::Order(_))))
        .count();
    assert!((5..=11).contains(&questions), "{questions} in 10 s");
}
