//! Pause and close-all: when they bind, when they are accepted, when they are effective.

use aicoin_core::{Action, AiAction, Input, Leg, Output, Report};
use aicoin_domain::{Desired, Hold, OrderStatus, Reason};

use crate::rig::{Rig, wish};

/// The steps from a closed candle to an order on the wire, each to be interrupted.
const STEPS: usize = 5;

fn interrupted_at(index: usize, desired: Desired) -> Rig {
    let mut rig = Rig::new();
    rig.disk_is_quick = false;
    for step in 0..=STEPS {
        if step == index {
            rig.control(2, desired);
        }
        match step {
            0 => rig.close_candle(),
            2 if !rig.asked().is_empty() => rig.reply(vec![wish(AiAction::OpenLong)]),
            _ => rig.write_one(),
        }
    }
    rig.write_all();
    rig
}

fn opens_nothing_after_acceptance(desired: Desired) {
    for index in 0..=STEPS {
        let rig = interrupted_at(index, desired);
        let accepted = rig.log.iter().position(|output| {
            matches!(
                output,
                Output::Report(Report::Accepted { generation: 2, .. })
            )
        });
        assert!(accepted.is_some(), "step {index}: never accepted");
        let accepted = accepted.unwrap();
        let opening = rig.log.iter().position(|output| {
            matches!(output, Output::Send { action: Action::Place { request, .. }, .. } if !request.reduce_only)
        });
        assert!(opening.is_none_or(|at| at < accepted), "step {index}");
        // Only what was on the wire before the message came counts as sent.
        assert_eq!(opening.is_some(), index > 3, "step {index}");
    }
}

#[test]
fn pause_during_decision_sends_nothing() {
    opens_nothing_after_acceptance(Desired::Paused);
}

#[test]
fn close_all_during_decision_sends_nothing() {
    opens_nothing_after_acceptance(Desired::CloseAll);
}

#[test]
fn an_opening_discarded_by_a_pause_says_paused_before_send() {
    let rig = interrupted_at(2, Desired::Paused);
    assert_eq!(rig.verdicts(), [Some(Reason::PausedBeforeSend)]);
    let rig = interrupted_at(3, Desired::Paused);
    assert_eq!(rig.verdicts(), [None]);
    let orders: Vec<_> = rig.order_rows().into_values().collect();
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].status, OrderStatus::Failed);
    assert_eq!(
        orders[0].error.as_ref().unwrap().to_string(),
        "PausedBeforeSend"
    );
}

#[test]
fn a_close_is_carried_out_though_a_pause_came_during_the_decision() {
    let mut rig = Rig::new();
    rig.long();
    rig.close_candle();
    rig.control(2, Desired::Paused);
    rig.reply(vec![wish(AiAction::Close)]);
    assert_eq!(rig.placed(Leg::Close).len(), 1);
}

#[test]
fn accepted_only_after_durable() {
    let mut rig = Rig::new();
    rig.disk_is_quick = false;
    rig.control(2, Desired::Paused);
    rig.control(2, Desired::Paused);
    assert!(!rig.bot.control().accepted, "a repeat is no acceptance");
    rig.write_all();
    let control = rig.bot.control();
    assert!(control.accepted && control.effective);
    assert_eq!(control.in_force, Desired::Paused);
}

#[test]
fn a_pause_is_effective_only_when_no_opening_order_is_left() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.control(2, Desired::Paused);
    assert!(rig.bot.control().accepted && !rig.bot.control().effective);
    rig.fill(entry, entry.size);
    assert!(rig.bot.control().effective);
}

#[test]
fn the_highest_generation_wins_in_every_order_and_from_both_roads() {
    let messages = [
        Input::Control {
            generation: 2,
            desired: Desired::CloseAll,
        },
        Input::Control {
            generation: 3,
            desired: Desired::Running,
        },
        Input::Control {
            generation: 4,
            desired: Desired::Paused,
        },
        Input::LocalHold(Hold::CloseAll),
    ];
    for first in 0..4 {
        for second in (0..4).filter(|index| *index != first) {
            for third in (0..4).filter(|index| *index != first && *index != second) {
                let fourth = 6 - first - second - third;
                let mut rig = Rig::new();
                for index in [first, second, third, fourth, third, first, second, fourth] {
                    rig.tell(messages[index].clone());
                }
                rig.pass(3_000);
                let control = rig.bot.control();
                assert_eq!(
                    (
                        control.desired,
                        control.generation,
                        control.hold,
                        control.in_force
                    ),
                    (Some(Desired::Paused), 4, Hold::CloseAll, Desired::CloseAll)
                );
                assert!(control.accepted && control.effective, "{control:?}");
                rig.tell(Input::LocalHold(Hold::None));
                assert_eq!(rig.bot.control().in_force, Desired::Paused);
            }
        }
    }
}
