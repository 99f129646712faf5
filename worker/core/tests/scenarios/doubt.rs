//! Any doubt stops opening; nothing stops reducing.

use aicoin_core::{AiAction, Input, LeaseState, Leg, OpenOrderTruth, StoreHealth};
use aicoin_domain::{Desired, LiquidationKind, OrderId, Reason, Side, Size, TimeMs};

use crate::rig::{BTC, Rig, wish};

/// What becomes of an opening when this happens while the model thinks, and that a close goes through.
fn opens_nothing_but_closes(happens: impl Fn(&mut Rig), reason: Reason) {
    let mut rig = Rig::new();
    rig.close_candle();
    happens(&mut rig);
    rig.reply(vec![wish(AiAction::OpenLong)]);
    assert_eq!(rig.verdicts(), [Some(reason)]);
    assert_eq!(rig.placed(Leg::Open), []);
    let mut rig = Rig::new();
    rig.long();
    rig.close_candle();
    happens(&mut rig);
    rig.reply(vec![wish(AiAction::Close)]);
    assert_eq!(rig.placed(Leg::Close).len(), 1, "{reason}");
}

#[test]
fn a_store_that_is_down_opens_nothing_and_reduces() {
    opens_nothing_but_closes(
        |rig| rig.tell(Input::Store(StoreHealth::Down)),
        Reason::StoreDown,
    );
}

#[test]
fn a_store_that_is_full_opens_nothing_and_reduces() {
    opens_nothing_but_closes(
        |rig| rig.tell(Input::Store(StoreHealth::Full)),
        Reason::StorageFull,
    );
}

#[test]
fn a_lost_lease_opens_nothing_and_reduces() {
    opens_nothing_but_closes(
        |rig| rig.tell(Input::Lease(LeaseState::NotHeld)),
        Reason::LeaseNotHeld,
    );
}

#[test]
fn stale_prices_open_nothing_and_reduce() {
    opens_nothing_but_closes(
        |rig| {
            rig.quotes = false;
            rig.pass(11_000);
        },
        Reason::DataStale,
    );
}

#[test]
fn clocks_that_differ_open_nothing_and_reduce() {
    opens_nothing_but_closes(
        |rig| {
            let mut truth = rig.truth();
            truth.time = TimeMs(rig.now.0 + 2_500);
            rig.tell(Input::Account(Box::new(truth)));
        },
        Reason::ClockSkew,
    );
}

#[test]
fn a_foreign_position_is_a_risk_event_and_opens_nothing_there() {
    let mut rig = Rig::new();
    let foreign: Size = "0.1".parse().unwrap();
    rig.sizes.insert(BTC, foreign);
    rig.close_candle();
    assert_eq!(rig.risk_reasons(), [Reason::ForeignPosition]);
    rig.reply(vec![
        wish(AiAction::OpenLong),
        aicoin_core::Proposal {
            symbol: "ETH".into(),
            ..wish(AiAction::OpenLong)
        },
    ]);
    assert_eq!(rig.verdicts(), [Some(Reason::AlreadyInPosition), None]);
    assert_eq!(rig.placed(Leg::Open).len(), 1);
    rig.control(2, Desired::CloseAll);
    let closes = rig.placed(Leg::CloseAll);
    assert_eq!((closes[0].side, closes[0].size), (Side::Sell, foreign));
}

#[test]
fn a_foreign_order_is_said_once_and_blocks_until_it_is_gone() {
    let mut rig = Rig::new();
    rig.open.push(OpenOrderTruth {
        cloid: None,
        order: OrderId(5),
        market: BTC,
        side: Side::Buy,
        size: Size::from_whole(1),
        reduce_only: false,
    });
    rig.pass(61_000);
    assert_eq!(rig.risk_reasons(), [Reason::ForeignPosition]);
    rig.open.clear();
    rig.pass(16_000);
    rig.open_long();
}

#[test]
fn a_reading_that_is_older_than_a_fill_changes_nothing() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    let old = rig.truth();
    rig.venue_answers = false;
    rig.pass(16_000);
    rig.fill(entry, entry.size);
    let stop = rig.placed(Leg::Stop)[0];
    rig.rest(stop);
    rig.tell(Input::Account(Box::new(old.clone())));
    rig.tell(Input::Account(Box::new(old)));
    assert_eq!(rig.held(), entry.size);
    assert_eq!(rig.risks(), []);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
}

#[test]
fn one_reading_that_differs_is_not_believed_two_are() {
    let mut rig = Rig::new();
    rig.long();
    rig.venue_answers = false;
    rig.pass(16_000);
    let mut odd = rig.truth();
    odd.positions.clear();
    rig.tell(Input::Account(Box::new(odd.clone())));
    assert!(rig.held().is_positive());
    rig.pass(1_000);
    odd.time = rig.now;
    rig.tell(Input::Account(Box::new(odd)));
    assert_eq!(
        (rig.held(), rig.risk_reasons()),
        (Size::ZERO, vec![Reason::Diverged])
    );
}

#[test]
fn a_liquidation_is_first_class_and_a_person_lifts_its_block() {
    let mut rig = Rig::new();
    let (entry, stop) = rig.long();
    let order = aicoin_domain::OrderRequest {
        side: Side::Sell,
        cloid: aicoin_domain::Cloid(99),
        ..entry
    };
    let mut fill = rig.trade(order, entry.size);
    (fill.cloid, fill.liquidation) = (None, Some(LiquidationKind::Market));
    *rig.fills.last_mut().unwrap() = fill;
    rig.cancel_at_venue(stop.cloid);
    rig.tell(Input::Fill(fill));
    rig.tell(Input::Liquidation {
        market: BTC,
        kind: LiquidationKind::Market,
    });
    assert_eq!(
        (rig.held(), rig.risk_reasons()),
        (Size::ZERO, vec![Reason::Liquidated])
    );
    rig.close_candle();
    rig.reply(vec![wish(AiAction::OpenLong)]);
    assert_eq!(*rig.verdicts().last().unwrap(), Some(Reason::Liquidated));
    let id = rig.risks()[0].id;
    rig.tell(Input::Resolve { risk_event: id });
    rig.open_long();
}

#[test]
fn an_account_without_money_is_no_drawdown() {
    let mut config = crate::rig::config();
    config.risk.max_drawdown = aicoin_domain::Rate::from_percent("10").ok();
    let mut rig = Rig::of(aicoin_core::Bot::new(config));
    rig.venue_answers = false;
    rig.start(1);
    let mut truth = rig.truth();
    truth.cash = aicoin_domain::Usd::ZERO;
    rig.tell(Input::Account(Box::new(truth)));
    rig.close_candle();
    assert_eq!(rig.risks(), []);
}
