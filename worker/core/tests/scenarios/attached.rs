//! An entry and its stop in one action.

use aicoin_core::{
    Action, AiAction, Bot, BotConfig, Input, Leg, OpenOrderTruth, OrderUpdate, Output, SendResult,
};
use aicoin_domain::{
    Desired, OrderId, OrderKind, OrderRequest, OrderStatus, Reason, Refusal, Side, Size, TpSl,
};

use crate::rig::{BTC, Rig, config, half, wish};

fn rig() -> Rig {
    let mut rig = Rig::of(Bot::new(BotConfig {
        attach_stops: true,
        ..config()
    }));
    rig.start(1);
    rig
}

/// What was sent as one action.
fn pairs(rig: &Rig) -> Vec<(OrderRequest, OrderRequest)> {
    rig.log
        .iter()
        .filter_map(|output| match output {
            Output::Send {
                action: Action::Place { request, stop, .. },
                ..
            } => Some((*request, (*stop)?)),
            _ => None,
        })
        .collect()
}

fn entered(rig: &mut Rig) -> (OrderRequest, OrderRequest) {
    rig.open_long();
    let pairs = pairs(rig);
    assert_eq!(pairs.len(), 1);
    pairs[0]
}

#[test]
fn an_entry_leaves_with_its_stop_and_nothing_else_is_sent_for_it() {
    let mut rig = rig();
    let (entry, stop) = entered(&mut rig);
    assert_eq!(
        (stop.market, stop.side, stop.size, stop.reduce_only),
        (BTC, Side::Sell, entry.size, true)
    );
    assert!(matches!(
        stop.kind,
        OrderKind::Trigger { kind: TpSl::Sl, .. }
    ));
    // The stop is known to stand before the fill of its entry is told.
    rig.rest(stop);
    rig.pass(3_000);
    assert_eq!(rig.canceled(), []);
    rig.fill(entry, entry.size);
    rig.pass(30_000);
    assert_eq!(rig.placed(Leg::Stop), []);
    assert_eq!(rig.status(stop), OrderStatus::Open);
    assert_eq!(rig.risk_reasons(), []);
}

#[test]
fn an_entry_that_fills_in_part_gets_a_stop_of_its_own_once_the_venue_dropped_the_attached_one() {
    let mut rig = rig();
    let (entry, stop) = entered(&mut rig);
    rig.answer(stop.cloid, SendResult::NoAnswer);
    rig.fill(entry, half(entry.size));
    rig.tell(Input::Order {
        cloid: stop.cloid,
        update: OrderUpdate::Canceled,
    });
    rig.pass(2_000);
    let own = rig.placed(Leg::Stop);
    assert_eq!(
        own.iter().map(|order| order.size).collect::<Vec<_>>(),
        [half(entry.size)]
    );
    assert_eq!(own[0].kind, stop.kind);
}

#[test]
fn an_entry_that_is_refused_takes_its_stop_with_it_and_that_is_no_risk_event() {
    let mut rig = rig();
    let (entry, stop) = entered(&mut rig);
    let words = || SendResult::Refused(Refusal("Insufficient margin to place order.".into()));
    rig.answer(entry.cloid, words());
    rig.answer(stop.cloid, words());
    rig.pass(5_000);
    assert_eq!(
        (rig.status(entry), rig.status(stop)),
        (OrderStatus::Failed, OrderStatus::Failed)
    );
    assert_eq!(rig.risk_reasons(), []);
    assert_eq!(rig.placed(Leg::Stop), []);
}

#[test]
fn a_stop_that_is_refused_beside_its_entry_is_placed_anew() {
    let mut rig = rig();
    let (entry, stop) = entered(&mut rig);
    rig.fill(entry, entry.size);
    rig.answer(
        stop.cloid,
        SendResult::Refused(Refusal("Invalid TP/SL price.".into())),
    );
    rig.pass(2_000);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
    assert_eq!(rig.risk_reasons(), [Reason::VenueRefused]);
}

#[test]
fn a_pause_before_the_gate_holds_both_back() {
    let mut rig = rig();
    rig.close_candle();
    rig.disk_is_quick = false;
    rig.reply(vec![wish(AiAction::OpenLong)]);
    rig.tell(Input::Control {
        generation: 2,
        desired: Desired::Paused,
    });
    rig.write_all();
    rig.pass(1_000);
    rig.write_all();
    assert_eq!(pairs(&rig), []);
    let rows = rig.order_rows();
    let of = |leg| {
        let mut rows = rows.values().filter(|row| row.leg == leg);
        (rows.next().unwrap().status, rows.next().is_none())
    };
    assert_eq!(of(Leg::Open), (OrderStatus::Failed, true));
    assert_eq!(of(Leg::Stop), (OrderStatus::Failed, true));
}

#[test]
fn an_action_without_an_answer_is_looked_up_order_by_order_and_never_sent_again() {
    let mut rig = rig();
    let (entry, stop) = entered(&mut rig);
    rig.answer(entry.cloid, SendResult::NoAnswer);
    rig.answer(stop.cloid, SendResult::NoAnswer);
    rig.known
        .insert(entry.cloid, (OrderUpdate::Filled, entry.size));
    rig.known.insert(
        stop.cloid,
        (OrderUpdate::Open { order: OrderId(8) }, Size::ZERO),
    );
    let fill = rig.trade(entry, entry.size);
    rig.tell(Input::Fill(fill));
    rig.open.push(OpenOrderTruth {
        cloid: Some(stop.cloid),
        order: OrderId(8),
        market: stop.market,
        side: stop.side,
        size: stop.size,
        reduce_only: true,
    });
    rig.pass(5_000);
    assert_eq!(
        (rig.status(entry), rig.status(stop)),
        (OrderStatus::Filled, OrderStatus::Open)
    );
    assert_eq!(pairs(&rig).len(), 1);
    assert_eq!(rig.placed(Leg::Stop), []);
}
