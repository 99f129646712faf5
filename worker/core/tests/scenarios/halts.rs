//! A halt opens nothing until a person settles it; an obstacle, as long as it is there. Neither stops what reduces.

use aicoin_core::{AiAction, Input, Leg, Record, SendResult};
use aicoin_domain::{Desired, Hold, OrderId, Reason, Size};

use crate::rig::{Rig, wish};

fn halt(rig: &mut Rig) -> u64 {
    rig.tell(Input::Halt {
        reason: Reason::CrashLoop,
        detail: "It crashed three times.".to_owned(),
    });
    rig.bot.halt().unwrap().risk_event
}

fn obstacle(rig: &mut Rig, present: bool) {
    rig.tell(Input::Obstacle {
        reason: Reason::KeyMissing,
        present,
    });
}

fn asked(rig: &mut Rig) -> usize {
    rig.close_candle();
    rig.asked().len()
}

#[test]
fn a_halted_bot_opens_nothing_until_its_event_is_settled() {
    let mut rig = Rig::new();
    let event = halt(&mut rig);
    assert_eq!(rig.risk_reasons(), [Reason::CrashLoop]);
    assert_eq!(rig.bot.not_ready(), [Reason::CrashLoop]);
    assert_eq!(asked(&mut rig), 0, "the model is not even asked");
    // Nothing but the right number lifts it: no control, no hold, no other event.
    rig.control(2, Desired::Paused);
    rig.control(3, Desired::Running);
    rig.tell(Input::LocalHold(Hold::None));
    rig.tell(Input::Resolve {
        risk_event: event + 1,
    });
    assert_eq!(asked(&mut rig), 0);
    rig.tell(Input::Resolve { risk_event: event });
    assert_eq!(rig.bot.not_ready(), []);
    rig.open_long();
    let settled: Vec<u64> = rig
        .rows()
        .filter_map(|row| match row {
            Record::Settled(event) => Some(*event),
            _ => None,
        })
        .collect();
    assert_eq!(
        settled,
        [event],
        "the row says so, and an unknown number has none"
    );
}

#[test]
fn a_halt_stands_through_restarts_and_is_recorded_once() {
    let mut rig = Rig::new();
    let event = halt(&mut rig);
    for _ in 0..3 {
        rig.restart();
        assert_eq!(halt(&mut rig), event);
    }
    assert_eq!(rig.risk_reasons(), [Reason::CrashLoop]);
    assert_eq!(asked(&mut rig), 0);
    rig.tell(Input::Resolve { risk_event: event });
    rig.restart();
    assert_eq!(rig.bot.halt(), None);
    assert_eq!(rig.bot.not_ready(), []);
    assert_ne!(halt(&mut rig), event, "the next one is another event");
}

#[test]
fn a_halt_while_the_model_thinks_opens_nothing() {
    let mut rig = Rig::new();
    rig.close_candle();
    halt(&mut rig);
    rig.reply(vec![wish(AiAction::OpenLong)]);
    assert_eq!(rig.verdicts(), [Some(Reason::CrashLoop)]);
    assert_eq!(rig.placed(Leg::Open), []);
}

#[test]
fn a_halted_bot_protects_its_position_and_closes_it_on_demand() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.fill(entry, entry.size);
    let stop = *rig.placed(Leg::Stop).last().unwrap();
    rig.rest(stop);
    halt(&mut rig);
    // The stop is lost at the venue: it is put there again.
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: aicoin_core::OrderUpdate::Canceled,
    });
    let stops = rig.placed(Leg::Stop);
    assert_eq!(stops.len(), 2);
    rig.rest(stops[1]);
    rig.control(2, Desired::CloseAll);
    let close = *rig.placed(Leg::CloseAll).last().unwrap();
    rig.fill(close, close.size);
    for cloid in rig.canceled() {
        rig.cancel_at_venue(cloid);
        rig.answer(cloid, SendResult::Canceled);
    }
    rig.pass(5_000);
    assert_eq!(rig.held(), Size::ZERO);
    assert!(rig.bot.control().effective);
    assert_eq!(rig.bot.not_ready(), [Reason::CrashLoop]);
}

#[test]
fn a_missing_key_asks_nothing_and_goes_by_itself() {
    let mut rig = Rig::new();
    obstacle(&mut rig, true);
    obstacle(&mut rig, true);
    assert_eq!(rig.bot.not_ready(), [Reason::KeyMissing]);
    assert_eq!(asked(&mut rig), 0);
    assert_eq!(rig.risks(), [], "it is no event: it goes by itself");
    obstacle(&mut rig, false);
    obstacle(&mut rig, false);
    assert_eq!(rig.bot.not_ready(), []);
    rig.open_long();
}

#[test]
fn an_obstacle_is_not_remembered_over_a_restart() {
    let mut rig = Rig::new();
    obstacle(&mut rig, true);
    rig.restart();
    assert_eq!(rig.bot.not_ready(), []);
}

#[test]
fn an_order_on_its_way_is_answered_though_a_halt_came() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    halt(&mut rig);
    rig.fill(entry, entry.size);
    assert_eq!(rig.held(), entry.size);
    let stop = *rig.placed(Leg::Stop).last().unwrap();
    rig.answer(stop.cloid, SendResult::Resting { order: OrderId(9) });
    assert!(
        rig.bot.positions()[0].protected,
        "what filled late gets its stop"
    );
}
