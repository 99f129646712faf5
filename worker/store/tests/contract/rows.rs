//! Promises about what is written: all of it, once, as it was.

use aicoin_api::http;
use aicoin_core::{DecisionRecord, OrderRecord, PositionRecord, Record};
use aicoin_domain::{Cloid, DecisionId, MarketId, OrderStatus, TimeMs};
use aicoin_store::{Batch, Store, StoreError, StoreOptions};

use crate::rig::Rig;
use crate::sample::{self, BTC, ETH, TIME, amount, rows};

/// Everything that the readers say.
#[derive(Debug, PartialEq)]
struct Everything {
    orders: Vec<http::Order>,
    fills: Vec<http::Fill>,
    decisions: Vec<http::Decision>,
    risk_events: Vec<http::RiskEvent>,
    snapshots: Vec<http::AccountSnapshot>,
    positions: Vec<PositionRecord>,
    control_messages: Vec<aicoin_core::ControlRecord>,
    journal: Vec<aicoin_store::JournalEntry>,
    counts: http::Counts,
    last_account: Option<aicoin_core::AccountRecord>,
}

async fn everything(store: &Store) -> Everything {
    Everything {
        orders: store.orders(100, None).await.unwrap(),
        fills: store.fills(100).await.unwrap(),
        decisions: store.decisions(100).await.unwrap(),
        risk_events: store.risk_events(100, false).await.unwrap(),
        snapshots: store.account_snapshots(0, 100).await.unwrap(),
        positions: store.positions().await.unwrap(),
        control_messages: store.control_messages(100).await.unwrap(),
        journal: store.journal(0, 100).await.unwrap(),
        counts: store.counts().await.unwrap(),
        last_account: store.last_account().await.unwrap(),
    }
}

/// What the readers must say after `sample::batch()`.
fn expected() -> Everything {
    Everything {
        orders: vec![
            http::Order {
                cloid: "0x00000000000000000000000000000002".to_owned(),
                oid: None,
                decision_id: 2,
                leg: "stop".to_owned(),
                market: "ETH".to_owned(),
                side: "sell".to_owned(),
                kind: "trigger".to_owned(),
                tif: "sl".to_owned(),
                price: amount("2400.1"),
                size: amount("1.5"),
                filled: amount("0"),
                average_price: None,
                reduce_only: true,
                status: "FAILED".to_owned(),
                error: Some("Order has invalid price.".to_owned()),
                created_at_ms: TIME + 2,
                updated_at_ms: TIME + 2,
            },
            http::Order {
                cloid: "0x00000000000000000000000000000001".to_owned(),
                oid: None,
                decision_id: 1,
                leg: "open".to_owned(),
                market: "BTC".to_owned(),
                side: "buy".to_owned(),
                kind: "limit".to_owned(),
                tif: "Ioc".to_owned(),
                price: amount("46500"),
                size: amount("0.02158"),
                filled: amount("0"),
                average_price: None,
                reduce_only: false,
                status: "Prepared".to_owned(),
                error: None,
                created_at_ms: TIME + 1,
                updated_at_ms: TIME + 1,
            },
        ],
        fills: vec![
            http::Fill {
                tid: 501,
                cloid: None,
                decision_id: None,
                market: "ETH".to_owned(),
                side: "sell".to_owned(),
                price: amount("46319"),
                size: amount("0.02158"),
                fee: amount("0.449803809"),
                closed_pnl: amount("-0.000000000000000001"),
                taker: false,
                liquidation: true,
                time_ms: TIME + 60,
            },
            http::Fill {
                tid: 501,
                cloid: Some("0x00000000000000000000000000000001".to_owned()),
                decision_id: Some(1),
                market: "BTC".to_owned(),
                side: "buy".to_owned(),
                price: amount("46319"),
                size: amount("0.02158"),
                fee: amount("0.449803809"),
                closed_pnl: amount("-0.000000000000000001"),
                taker: true,
                liquidation: false,
                time_ms: TIME + 50,
            },
        ],
        decisions: vec![
            http::Decision {
                id: 3,
                time_ms: TIME + 2,
                market: None,
                source: "ai".to_owned(),
                action: "nothing".to_owned(),
                reason: "ReplyNotJson".to_owned(),
                confidence: None,
                verdict: "rejected".to_owned(),
                code: Some("ReplyNotJson".to_owned()),
                detail: None,
                mark_price: amount("0"),
                model: None,
                prompt_version: None,
                cost_usd: None,
                latency_ms: None,
                tokens: None,
                raw_reply: None,
            },
            http::Decision {
                id: 2,
                time_ms: TIME + 1,
                market: Some("ETH".to_owned()),
                source: "ai".to_owned(),
                action: "open_short".to_owned(),
                reason: "<script>it falls</script>".to_owned(),
                confidence: Some(71),
                verdict: "rejected".to_owned(),
                code: Some("Paused".to_owned()),
                detail: Some("the bot is paused".to_owned()),
                mark_price: amount("2500.123"),
                model: Some("small-0613".to_owned()),
                prompt_version: Some("v3".to_owned()),
                cost_usd: Some(amount("0.000123456789012345")),
                latency_ms: Some(2_345),
                tokens: Some((1_200, 30)),
                raw_reply: Some(sample::call().raw_reply),
            },
            http::Decision {
                id: 1,
                time_ms: TIME,
                market: Some("BTC".to_owned()),
                source: "rule".to_owned(),
                action: "long".to_owned(),
                reason: "fast EMA 46320.5 is above slow EMA 46310.25".to_owned(),
                confidence: None,
                verdict: "accepted".to_owned(),
                code: None,
                detail: None,
                mark_price: amount("46319.5"),
                model: None,
                prompt_version: None,
                cost_usd: None,
                latency_ms: None,
                tokens: None,
                raw_reply: None,
            },
        ],
        risk_events: vec![
            http::RiskEvent {
                id: 2,
                time_ms: TIME + 70,
                code: "Unprotected".to_owned(),
                market: None,
                detail: "no stop for 11 s".to_owned(),
                resolved: true,
            },
            http::RiskEvent {
                id: 1,
                time_ms: TIME + 70,
                code: "Unprotected".to_owned(),
                market: Some("ETH".to_owned()),
                detail: "no stop for 11 s".to_owned(),
                resolved: false,
            },
        ],
        snapshots: vec![http::AccountSnapshot {
            time_ms: TIME,
            equity: amount("10012.123456789012345678"),
            cash: amount("9999.5"),
            unrealized_pnl: amount("12.623456789012345678"),
            realized_pnl: amount("3"),
            fees: amount("0.449803809"),
            funding: amount("-0.01"),
            notional: amount("999.56402"),
        }],
        positions: vec![
            PositionRecord {
                stop: None,
                opened_at: None,
                ..sample::position(BTC)
            },
            sample::position(ETH),
        ],
        control_messages: vec![sample::control(4)],
        journal: sample::journal(1, 3),
        counts: http::Counts {
            decisions: 3,
            orders: 2,
            fills: 2,
            risk_events: 2,
        },
        last_account: Some(sample::account(TIME)),
    }
}

pub(crate) async fn every_record_comes_back_as_it_was_written(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let committed = store.commit(sample::batch()).await.unwrap();
    let all = everything(&store).await;
    assert_eq!(all, expected());
    assert_eq!(committed.counts, all.counts);
}

pub(crate) async fn a_batch_committed_twice_is_written_once(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let first = store.commit(sample::batch()).await.unwrap();
    let again = store.commit(sample::batch()).await.unwrap();
    assert_eq!((first, everything(&store).await), (again, expected()));
}

pub(crate) async fn an_order_changes_its_fate_and_never_its_intent(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let prepared = sample::order(1);
    store
        .commit(rows(vec![Record::Order(prepared.clone())]))
        .await
        .unwrap();
    let mut later = OrderRecord {
        status: OrderStatus::PartiallyFilled,
        filled: amount("0.02"),
        filled_notional: amount("926.38"),
        oid: Some(77),
        updated_at: TimeMs(TIME + 900),
        // None of these may reach the row.
        leg: aicoin_core::Leg::Close,
        attempt: 9,
        decision: DecisionId(99),
        nonce: 1,
        epoch: 99,
        expires_at: TimeMs(1),
        created_at: TimeMs(1),
        ..prepared
    };
    later.request.market = ETH;
    later.request.size = amount("5");
    later.request.reduce_only = true;
    let counts = store
        .commit(rows(vec![Record::Order(later)]))
        .await
        .unwrap()
        .counts;
    let [_, first] = expected().orders.try_into().unwrap();
    let order = http::Order {
        status: "PartiallyFilled".to_owned(),
        filled: amount("0.02"),
        average_price: Some(amount("46319")),
        oid: Some(77),
        updated_at_ms: TIME + 900,
        ..first
    };
    assert_eq!(store.orders(9, None).await.unwrap(), [order]);
    assert_eq!(counts.orders, 1);
}

pub(crate) async fn two_orders_for_one_attempt_are_refused(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store
        .commit(rows(vec![Record::Order(sample::order(1))]))
        .await
        .unwrap();
    let mut twin = sample::order(1);
    twin.request.cloid = Cloid(2);
    let error = store
        .commit(rows(vec![Record::Order(twin)]))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    assert_eq!(store.counts().await.unwrap().orders, 1);
}

pub(crate) async fn a_fill_that_comes_twice_changes_nothing(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store
        .commit(rows(vec![Record::Fill(sample::fill(501))]))
        .await
        .unwrap();
    let before = store.fills(9).await.unwrap();
    let mut again = sample::fill(501);
    again.fill.price = amount("1");
    again.leg = None;
    let committed = store
        .commit(rows(vec![
            Record::Fill(again),
            Record::Fill(sample::fill(502)),
        ]))
        .await
        .unwrap();
    let after = store.fills(9).await.unwrap();
    assert_eq!((committed.counts.fills, after.len()), (2, 2));
    assert_eq!(after[1..], before[..]);
}

pub(crate) async fn a_batch_with_one_bad_row_leaves_nothing_behind(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let mut bad = sample::batch();
    bad.records
        .push(Record::Position(sample::position(MarketId(7))));
    let error = store.commit(bad).await.unwrap_err();
    assert!(
        error.to_string().contains("there is no market number 7"),
        "{error}"
    );
    let nothing = http::Counts::default();
    assert_eq!(
        (
            store.counts().await.unwrap(),
            store.positions().await.unwrap(),
            store.journal(0, 9).await.unwrap()
        ),
        (nothing, vec![], vec![])
    );
    let committed = store.commit(sample::batch()).await.unwrap();
    assert_eq!(everything(&store).await, expected());
    assert_eq!(committed.counts, expected().counts);
}

pub(crate) async fn all_decisions_of_a_reply_name_the_model_and_one_the_costs(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let second = DecisionRecord {
        id: DecisionId(3),
        call: None,
        ..sample::ai_decision(2)
    };
    let other_view = DecisionRecord {
        id: DecisionId(4),
        view: 11,
        ..second.clone()
    };
    store
        .commit(rows(vec![Record::Decision(sample::ai_decision(2))]))
        .await
        .unwrap();
    store
        .commit(rows(vec![
            Record::Decision(second),
            Record::Decision(other_view),
        ]))
        .await
        .unwrap();
    let decisions = store.decisions(9).await.unwrap();
    let seen: Vec<_> = decisions
        .iter()
        .map(|decision| {
            (
                decision.id,
                decision.model.as_deref(),
                decision.prompt_version.as_deref(),
                decision.tokens,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (4, None, None, None),
            (3, Some("small-0613"), Some("v3"), None),
            (2, Some("small-0613"), Some("v3"), Some((1_200, 30)))
        ]
    );
}

pub(crate) async fn what_was_committed_survives_a_process_that_just_stops(rig: impl Rig) {
    let (store, first) = rig.open().await;
    store.commit(sample::batch()).await.unwrap();
    // No close: the process is gone.
    drop(store);
    let (store, loaded) = rig.open().await;
    assert_eq!(
        loaded,
        aicoin_store::Loaded {
            saved: Some("{\"core\": 1}".to_owned()),
            venue: Some("{\"venue\": 1}".to_owned()),
            epoch: first.epoch + 1,
            counts: expected().counts,
            markets: vec!["BTC".to_owned(), "ETH".to_owned()],
            journal_seq: 3,
        }
    );
    assert_eq!(everything(&store).await, expected());
}

pub(crate) async fn a_state_that_a_batch_does_not_bring_stays(rig: impl Rig) {
    let (store, loaded) = rig.open().await;
    assert_eq!((loaded.saved, loaded.venue), (None, None));
    store.commit(sample::batch()).await.unwrap();
    store
        .commit(Batch {
            saved: Some("{\"core\": 2}".to_owned()),
            ..Batch::default()
        })
        .await
        .unwrap();
    store.commit(Batch::default()).await.unwrap();
    store.close().await.unwrap();
    let (_store, loaded) = rig.open().await;
    assert_eq!(
        (loaded.saved.as_deref(), loaded.venue.as_deref()),
        (Some("{\"core\": 2}"), Some("{\"venue\": 1}"))
    );
}

pub(crate) async fn markets_keep_their_numbers(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store
        .commit(rows(vec![Record::Position(sample::position(ETH))]))
        .await
        .unwrap();
    store.close().await.unwrap();
    let options = StoreOptions {
        markets: vec!["SOL".to_owned(), "ETH".to_owned()],
        ..rig.options()
    };
    let (store, loaded) = rig.try_open(options).await.unwrap();
    assert_eq!(loaded.markets, ["BTC", "ETH", "SOL"]);
    store
        .commit(rows(vec![Record::Position(sample::position(MarketId(2)))]))
        .await
        .unwrap();
    assert_eq!(
        store.positions().await.unwrap(),
        [sample::position(ETH), sample::position(MarketId(2))]
    );
}

pub(crate) async fn a_market_that_is_new_is_named_with_the_first_rows_that_need_it(rig: impl Rig) {
    let (store, loaded) = rig.open().await;
    assert_eq!(loaded.markets, ["BTC", "ETH"]);
    let sol = sample::position(MarketId(2));
    // Without its name a row of it is refused, and nothing of the batch is kept.
    let nameless = store
        .commit(rows(vec![Record::Position(sol.clone())]))
        .await;
    assert!(nameless.is_err());
    let named = Batch {
        new_markets: vec!["SOL".to_owned()],
        ..rows(vec![Record::Position(sol.clone())])
    };
    store.commit(named.clone()).await.unwrap();
    // Tried again, as after a commit whose end nobody knew: it counts once.
    store.commit(named).await.unwrap();
    assert_eq!(store.positions().await.unwrap(), std::slice::from_ref(&sol));
    store.close().await.unwrap();
    let (store, loaded) = rig.open().await;
    assert_eq!(loaded.markets, ["BTC", "ETH", "SOL"]);
    assert_eq!(store.positions().await.unwrap(), [sol]);
}

pub(crate) async fn the_journal_keeps_the_newest_rows(rig: impl Rig) {
    let options = StoreOptions {
        journal_rows_max: 500,
        ..rig.options()
    };
    let (store, _) = rig.try_open(options).await.unwrap();
    for step in 0..10 {
        let journal = sample::journal(step * 400 + 1, (step + 1) * 400);
        store
            .commit(Batch {
                journal,
                ..Batch::default()
            })
            .await
            .unwrap();
    }
    let left = store.journal(0, 10_000).await.unwrap();
    let (first, last) = (left.first().unwrap().seq, left.last().unwrap().seq);
    assert_eq!(
        (last, u64::try_from(left.len()).unwrap()),
        (4_000, last - first + 1)
    );
    // The limit, and what is let pass so that few commits have to prune.
    assert!(
        (500..1_500 + 400).contains(&left.len()),
        "{} rows",
        left.len()
    );
    assert_eq!(left, sample::journal(first, last));
}

pub(crate) async fn inputs_of_an_earlier_process_are_not_taken_for_repetitions(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.commit(sample::batch()).await.unwrap();
    drop(store);
    let (store, loaded) = rig.open().await;
    assert_eq!(loaded.journal_seq, 3);
    let wrong = Batch {
        journal: sample::journal(1, 1),
        ..Batch::default()
    };
    let error = store.commit(wrong).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error}");
    let right = Batch {
        journal: sample::journal(4, 5),
        ..Batch::default()
    };
    store.commit(right).await.unwrap();
    assert_eq!(store.journal(0, 9).await.unwrap(), sample::journal(1, 5));
}

pub(crate) async fn a_settled_risk_event_stays_settled(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let events = [sample::risk(1), sample::risk(2)];
    store
        .commit(rows(events.map(Record::Risk).into()))
        .await
        .unwrap();
    // Twice, and one that was never there: neither is an error, and no row is made.
    let settled = vec![
        Record::Settled(2),
        Record::Settled(2),
        Record::Settled(7),
        Record::Settled(u64::MAX >> 1),
    ];
    let committed = store.commit(rows(settled)).await.unwrap();
    assert_eq!(committed.counts.risk_events, 2);
    drop(store);
    let (store, _) = rig.open().await;
    let resolved = |event: Option<http::RiskEvent>| event.map(|event| event.resolved);
    assert_eq!(resolved(store.risk_event(1).await.unwrap()), Some(false));
    assert_eq!(resolved(store.risk_event(2).await.unwrap()), Some(true));
    for unknown in [0, 3, 7, u64::MAX] {
        assert_eq!(store.risk_event(unknown).await.unwrap(), None);
    }
    let unresolved = store.risk_events(10, true).await.unwrap();
    assert_eq!(unresolved, [store.risk_event(1).await.unwrap().unwrap()]);
}
