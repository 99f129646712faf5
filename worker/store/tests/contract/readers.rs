//! Promises about what is read.

use aicoin_api::http::Counts;
use aicoin_core::{OrderRecord, Record, RiskRecord};
use aicoin_domain::OrderStatus;
use aicoin_store::Batch;

use crate::rig::Rig;
use crate::sample::{self, TIME, rows};

pub(crate) async fn rows_come_newest_first_and_no_more_than_asked(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let mut records = Vec::new();
    for number in 1..=20 {
        let status = if number % 2 == 0 {
            OrderStatus::Filled
        } else {
            OrderStatus::Open
        };
        records.push(Record::Order(OrderRecord {
            status,
            ..sample::order(number)
        }));
        let number = u64::from(number);
        records.push(Record::Decision(sample::rule_decision(number)));
        records.push(Record::Fill(sample::fill(number)));
        records.push(Record::Risk(RiskRecord {
            resolved: number % 5 != 0,
            ..sample::risk(number)
        }));
        records.push(Record::Control(sample::control(number)));
    }
    store.commit(rows(records)).await.unwrap();
    let orders = |status| {
        let store = store.clone();
        async move {
            let orders = store.orders(3, status).await.unwrap();
            orders
                .iter()
                .map(|order| order.decision_id)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(orders(None).await, [20, 19, 18]);
    assert_eq!(orders(Some(OrderStatus::Filled)).await, [20, 18, 16]);
    assert_eq!(orders(Some(OrderStatus::Unknown)).await, [0; 0]);
    let fills: Vec<_> = store
        .fills(2)
        .await
        .unwrap()
        .iter()
        .map(|fill| fill.tid)
        .collect();
    let decisions: Vec<_> = store
        .decisions(2)
        .await
        .unwrap()
        .iter()
        .map(|decision| decision.id)
        .collect();
    let unresolved: Vec<_> = store
        .risk_events(3, true)
        .await
        .unwrap()
        .iter()
        .map(|event| event.id)
        .collect();
    let controls: Vec<_> = store
        .control_messages(2)
        .await
        .unwrap()
        .iter()
        .map(|sent| sent.generation)
        .collect();
    assert_eq!(
        (fills, decisions, unresolved, controls),
        (vec![20, 19], vec![20, 19], vec![20, 15, 10], vec![20, 19])
    );
}

pub(crate) async fn counts_are_the_rows_that_are_there(rig: impl Rig) {
    let (store, loaded) = rig.open().await;
    assert_eq!(loaded.counts, Counts::default());
    for number in 1..=30 {
        // Every second commit changes rows that are there.
        let id = u64::from(number / 2);
        let committed = store
            .commit(rows(vec![
                Record::Order(sample::order(number / 2)),
                Record::Decision(sample::rule_decision(id)),
                Record::Fill(sample::fill(id)),
                Record::Risk(sample::risk(id)),
            ]))
            .await
            .unwrap();
        assert_eq!(committed.counts, store.counts().await.unwrap());
    }
    drop(store);
    let (_store, loaded) = rig.open().await;
    assert_eq!(
        loaded.counts,
        Counts {
            decisions: 16,
            orders: 16,
            fills: 16,
            risk_events: 16
        }
    );
}

pub(crate) async fn a_long_curve_is_thinned_evenly(rig: impl Rig) {
    let (store, _) = rig.open().await;
    let records = (0..1_000)
        .map(|minute| Record::Account(sample::account(TIME + minute * 60_000)))
        .collect();
    store.commit(rows(records)).await.unwrap();
    let minutes = |since_ms, max_points| {
        let store = store.clone();
        async move {
            let points = store.account_snapshots(since_ms, max_points).await.unwrap();
            points
                .iter()
                .map(|point| (point.time_ms - TIME) / 60_000)
                .collect::<Vec<_>>()
        }
    };
    let all: Vec<_> = (0..1_000).collect();
    assert_eq!(minutes(0, 1_000).await, all);
    assert_eq!(minutes(0, 5_000).await, all);
    let thinned = minutes(0, 100).await;
    assert_eq!((thinned.len(), thinned[0], thinned[99]), (100, 0, 999));
    assert!(
        thinned
            .windows(2)
            .all(|pair| (9..=11).contains(&(pair[1] - pair[0]))),
        "{thinned:?}"
    );
    assert_eq!(minutes(TIME + 995 * 60_000, 3).await, [995, 997, 999]);
    assert_eq!(minutes(0, 2).await, [0, 999]);
    assert_eq!(minutes(0, 1).await, [999]);
    assert_eq!(minutes(0, 0).await, [0; 0]);
    assert_eq!(minutes(TIME + 60_000 * 1_000, 100).await, [0; 0]);
}

pub(crate) async fn a_probe_says_how_it_is(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.commit(sample::batch()).await.unwrap();
    let probe = store.probe().await.unwrap();
    assert!(
        probe.latency_ms > 0.0 && probe.latency_ms < 5_000.0,
        "{probe:?}"
    );
    assert!(probe.used_bytes > 0, "{probe:?}");
    assert!(
        probe.free_bytes.unwrap_or(0) <= probe.total_bytes.unwrap_or(u64::MAX),
        "{probe:?}"
    );
}

pub(crate) async fn an_empty_store_answers_with_nothing(rig: impl Rig) {
    let (store, _) = rig.open().await;
    store.commit(Batch::default()).await.unwrap();
    assert_eq!(store.last_account().await.unwrap(), None);
    assert_eq!(store.account_snapshots(0, 10).await.unwrap(), []);
    assert_eq!(store.positions().await.unwrap(), []);
    assert_eq!(store.orders(10, None).await.unwrap(), []);
}
