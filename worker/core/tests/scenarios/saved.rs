//! What survives a restart, and what is made of it.

use aicoin_core::{Bot, Candle, Input, Leg, Saved};
use aicoin_domain::{DurationMs, OrderStatus, Size, TimeMs};

use crate::rig::{BTC, PRICE, Rig, config};

#[test]
fn an_intent_that_was_never_sent_is_given_up_after_its_expiry_and_never_sent() {
    let mut rig = Rig::new();
    rig.disk_is_quick = false;
    rig.close_candle();
    rig.write_all();
    rig.reply(vec![crate::rig::wish(aicoin_core::AiAction::OpenLong)]);
    let intents = rig.order_rows();
    rig.disk_is_quick = true;
    rig.restart();
    rig.pass(13_000);
    assert_eq!(rig.placed(Leg::Open), []);
    let row = &rig.order_rows()[intents.keys().next().unwrap()];
    assert_eq!(row.status, OrderStatus::Failed);
    assert_eq!(rig.bot.not_ready(), []);
}

#[test]
fn an_order_that_filled_unheard_is_adopted_with_its_stop() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.trade(entry, entry.size);
    rig.restart();
    rig.pass(3_000);
    assert_eq!(
        (rig.held(), rig.status(entry)),
        (entry.size, OrderStatus::Filled)
    );
    assert_eq!(rig.placed(Leg::Open).len(), 1);
    assert_eq!(rig.placed(Leg::Stop).len(), 1);
}

#[test]
fn an_order_that_was_sent_and_is_unanswered_is_never_sent_again() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.restart();
    rig.pass(13_000);
    assert_eq!(
        (rig.held(), rig.status(entry)),
        (Size::ZERO, OrderStatus::Failed)
    );
    assert_eq!(rig.placed(Leg::Open).len(), 1);
}

#[test]
fn a_stop_that_rests_all_the_while_is_no_reason_to_flatten_after_a_restart() {
    let mut rig = Rig::new();
    let entry = rig.open_long();
    rig.fill(entry, entry.size);
    let stop = rig.placed(Leg::Stop)[0];
    rig.venue_answers = false;
    rig.rest(stop);
    rig.now = TimeMs(rig.now.0 + 600_000);
    rig.venue_answers = true;
    rig.restart();
    rig.pass(15_000);
    assert_eq!((rig.held(), rig.risks()), (entry.size, vec![]));
}

#[test]
fn a_saved_state_of_the_first_version_is_readable() {
    let text = include_str!("../fixtures/saved-1.json");
    let saved: Saved = serde_json::from_str(text).unwrap();
    assert!(saved.is_readable());
    // Its one market was BTC, traded by a rule; now a model trades it, and another one beside it.
    let bot = Bot::restore(config(), saved);
    let again = serde_json::to_string(&bot.save()).unwrap();
    let restored: Saved = serde_json::from_str(&again).unwrap();
    assert_eq!(restored, bot.save());
    assert_eq!(bot.positions().len(), 1);
}

#[test]
fn a_candle_that_is_warmed_up_is_not_seen_again() {
    let mut rig = Rig::new();
    rig.close_candle();
    let begun = rig.now;
    rig.restart();
    rig.now = TimeMs(rig.now.0 + 300_000);
    for minute in 0..5 {
        let candle = Candle {
            time: begun + DurationMs::from_mins(minute),
            open: PRICE,
            high: PRICE,
            low: PRICE,
            close: PRICE,
            volume: f64::NAN,
        };
        rig.tell(Input::WarmUp {
            market: BTC,
            candle,
        });
    }
    rig.quote(PRICE);
    assert_eq!(
        rig.bot.last_candle(BTC),
        Some(begun + DurationMs::from_mins(4))
    );
    // No number that JSON cannot hold got in.
    let text = serde_json::to_string(&rig.bot.save()).unwrap();
    serde_json::from_str::<Saved>(&text).unwrap();
}

#[test]
fn a_market_that_a_configuration_forgets_keeps_its_position() {
    let mut rig = Rig::new();
    let (entry, _) = rig.long();
    let mut fewer = config();
    fewer.markets.clear();
    let bot = Bot::restore(fewer, rig.bot.save());
    assert_eq!(bot.control().positions, 1);
    assert_eq!(bot.positions()[0].size, entry.size);
}
