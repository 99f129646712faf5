//! The streams: believed only when everything is there, given up when they are silent, and nothing handed over twice.

use std::time::Duration;

use aicoin_core::{Input, OrderUpdate, Query};
use aicoin_domain::{Cloid, MarketId, OrderId, Reason, TradeId, Usd};
use aicoin_venue::{Clock, Level, Limits, MarketPrice, VenueConfig, VenueEvent, boot, connect};
use serde_json::{Value, json};

use crate::stub::{ACCOUNT, Connected, NOW, Stub, at, fill, quick};

const CLOID: &str = "0x00000000000000000000000000000007";

fn obstacle(present: bool) -> Input {
    Input::Obstacle {
        reason: Reason::DataStale,
        present,
    }
}

/// What a connection says of itself: obstacles and readings, in order.
fn standing(connected: &Connected) -> Vec<&'static str> {
    connected
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::Obstacle { present: true, .. } => Some("stale"),
            Input::Obstacle { present: false, .. } => Some("fresh"),
            Input::Account(_) => Some("account"),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn streams_count_as_fresh_only_after_the_account_was_read_also_with_unknown_fields() {
    for (is_strange, says_already) in [(false, false), (true, false), (false, true)] {
        let stub = Stub::start().await;
        stub.world().is_strange = is_strange;
        stub.world().says_already = says_already;
        let mut connected = stub.connected().await;
        connected.fresh().await;
        assert_eq!(standing(&connected), ["stale", "account", "fresh"]);
        assert_eq!(connected.inputs.first(), Some(&obstacle(true)));
        let price = connected
            .until(|event| match event {
                VenueEvent::Price(price) => Some(*price),
                _ => None,
            })
            .await;
        let expected = MarketPrice {
            market: MarketId(0),
            bid: "60000".parse().unwrap(),
            ask: "60001".parse().unwrap(),
            bid_size: "1.5".parse().unwrap(),
            ask_size: "0.25".parse().unwrap(),
            mark: "60000.4".parse().unwrap(),
            oracle: "59990".parse().unwrap(),
            funding_rate: "0.0000125".parse().unwrap(),
        };
        assert_eq!(price, expected);
    }
}

async fn lost(connected: &mut Connected) -> String {
    let sockets = |event: &VenueEvent| match event {
        VenueEvent::Health(health) if health.market_data.level == Level::Down => {
            let reason = &health.market_data.reason;
            reason.contains("is lost").then(|| reason.clone())
        }
        _ => None,
    };
    connected.until(sockets).await
}

#[tokio::test]
async fn a_silent_socket_is_given_up_and_read_anew_before_it_is_believed() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.world().speaks = false;
    let why = lost(&mut connected).await;
    assert!(why.contains("no prices came for 600 ms"), "{why}");
    stub.world().speaks = true;
    connected.fresh().await;
    let standing = standing(&connected);
    // However often it was lost meanwhile: nothing is fresh without a reading since the loss.
    for pair in standing.windows(2) {
        assert!(pair != ["stale", "fresh"], "{standing:?}");
    }
    assert!(standing.ends_with(&["account", "fresh"]), "{standing:?}");
    assert!(stub.sockets() >= 2);
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_dead_whatever_else_it_says() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.world().pongs = false;
    let why = lost(&mut connected).await;
    assert!(why.contains("a ping was not answered"), "{why}");
}

#[tokio::test]
async fn fills_that_come_twice_late_or_in_disorder_are_handed_over_once() {
    let stub = Stub::start().await;
    // What was before this connection is history.
    let history = fill(NOW - 1, 1, 21, Some(CLOID));
    let mut connected = stub.connected().await;
    connected.fresh().await;
    connected.inputs.clear();
    let (second, third) = (
        fill(NOW + 2_000, 2, 22, Some(CLOID)),
        fill(NOW + 3_000, 3, 22, Some(CLOID)),
    );
    let streamed = |fills: &[&Value], is_snapshot: bool| json!({"channel": "userFills", "data": {"isSnapshot": is_snapshot, "user": ACCOUNT.to_string(), "fills": fills}});
    stub.say(&streamed(&[&third, &history], true));
    stub.say(&json!({"channel": "user", "data": {"fills": [second, third]}}));
    stub.say(&streamed(&[&second, &third], false));
    stub.world().info.insert(
        "userFillsByTime",
        json!([
            fill(NOW + 4_000, 4, 22, Some(CLOID)),
            third,
            second,
            history
        ]),
    );
    // The last one comes over REST only; by then everything came at least twice.
    connected
        .input(|input| matches!(input, Input::Fill(fill) if fill.trade == TradeId(4)))
        .await;
    let polled = stub.count_asked("userFillsByTime");
    while stub.count_asked("userFillsByTime") < polled + 2 {
        tokio::task::yield_now().await;
    }
    stub.say(&json!({"channel": "orderUpdates", "data": [order("open", 99)]}));
    connected
        .input(|input| matches!(input, Input::Order { .. }))
        .await;
    let mut trades: Vec<u64> = connected
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::Fill(fill) => Some(fill.trade.0),
            _ => None,
        })
        .collect();
    trades.sort_unstable();
    assert_eq!(trades, [2, 3, 4]);
}

fn order(status: &str, cloid: u64) -> Value {
    json!({"order": {"coin": "BTC", "side": "B", "limitPx": "60000.0", "sz": "0.5", "oid": 22, "timestamp": NOW,
                     "origSz": "0.5", "cloid": format!("0x{cloid:032x}")},
           "status": status, "statusTimestamp": NOW})
}

#[tokio::test]
async fn updates_of_orders_are_told_but_a_refusal_at_once_is_left_to_the_orders_answer() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    connected.inputs.clear();
    let mut foreign = order("open", 5);
    foreign["order"]["cloid"] = Value::Null;
    let mut spot = order("open", 5);
    spot["order"]["coin"] = json!("@107");
    stub.say(&json!({"channel": "orderUpdates", "data": [
        foreign, spot, order("iocCancelRejected", 1), order("open", 2), order("triggered", 2),
        order("marketOrderNoLiquidityRejected", 2), order("reduceOnlyCanceled", 3), order("filled", 4)
    ]}));
    connected
        .input(|input| {
            matches!(
                input,
                Input::Order {
                    cloid: Cloid(4),
                    ..
                }
            )
        })
        .await;
    let updates: Vec<(u128, OrderUpdate)> = connected
        .inputs
        .iter()
        .filter_map(|input| match input {
            Input::Order { cloid, update } => Some((cloid.0, *update)),
            _ => None,
        })
        .collect();
    let expected = [
        (2, OrderUpdate::Open { order: OrderId(22) }),
        (2, OrderUpdate::Triggered),
        (2, OrderUpdate::Rejected),
        (3, OrderUpdate::Canceled),
        (4, OrderUpdate::Filled),
    ];
    assert_eq!(updates, expected);
}

#[tokio::test]
async fn funding_is_told_once_by_whichever_stream_brings_it() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    connected.inputs.clear();
    let funding = |time: i64| json!({"time": NOW + time, "coin": "BTC", "usdc": "-3.625312", "szi": "0.5", "fundingRate": "0.0000125", "nSamples": null});
    stub.say(
        &json!({"channel": "userFundings", "data": {"isSnapshot": true, "user": ACCOUNT.to_string(),
        "fundings": [funding(-25 * 3_600_000), funding(-3_600_000), funding(1_000)]}}),
    );
    stub.say(&json!({"channel": "user", "data": {"funding": funding(1_000)}}));
    stub.say(&json!({"channel": "user", "data": {"funding": funding(3_601_000)}}));
    connected
        .input(|input| matches!(input, Input::Funding { time, .. } if *time == at(3_601_000)))
        .await;
    let paid: Vec<Input> = connected
        .inputs
        .iter()
        .filter(|input| matches!(input, Input::Funding { .. }))
        .cloned()
        .collect();
    let expected = |time| Input::Funding {
        market: MarketId(0),
        amount: "-3.625312".parse::<Usd>().unwrap(),
        time: at(time),
    };
    // Also those of the day before: the process may not have run.
    let all = [-3_600_000, 1_000, 3_601_000].map(expected);
    assert_eq!(paid, all);
}

#[tokio::test]
async fn what_the_venue_does_by_itself_is_followed_by_a_reading() {
    for event in [
        json!({"nonUserCancel": [{"coin": "BTC", "oid": 7}]}),
        json!({"liquidation": {"lid": 1, "liquidator": "0x00", "liquidated_user": ACCOUNT.to_string(),
               "liquidated_ntl_pos": "1.0", "liquidated_account_value": "1.0"}}),
    ] {
        let stub = Stub::start().await;
        let mut connected = stub.connected().await;
        connected.fresh().await;
        stub.say(&json!({"channel": "user", "data": event}));
        connected
            .input(|input| matches!(input, Input::Account(_)))
            .await;
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_ends_nothing_and_the_account_is_read() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.say(
        &json!({"channel": "userFills", "data": {"fills": [{"coin": "BTC", "px": "no price"}]}}),
    );
    connected
        .input(|input| matches!(input, Input::Account(_)))
        .await;
    assert_eq!(stub.sockets(), 1);
}

#[tokio::test]
async fn public_data_comes_without_an_account_and_no_question_about_one_leaves() {
    let stub = Stub::start().await;
    let config = VenueConfig {
        account: None,
        ..stub.config()
    };
    let booted = boot(&config, None).await.unwrap();
    let mut connected = Connected::new(config, &booted);
    connected.fresh().await;
    connected
        .until(|event| matches!(event, VenueEvent::Price(_)).then_some(()))
        .await;
    assert_eq!(standing(&connected), ["stale", "fresh"]);
    let world = stub.world();
    assert!(world.asked.iter().all(|asked| asked.get("user").is_none()));
}

#[tokio::test]
async fn a_dropped_connection_ends_and_another_one_begins_anew() {
    let stub = Stub::start().await;
    let config = stub.config();
    let booted = boot(&config, None).await.unwrap();
    let (venue, mut events) = connect(config.clone(), &booted, None, Clock::system());
    assert_eq!(events.recv().await, Some(VenueEvent::Input(obstacle(true))));
    drop(venue);
    let rest = async { while events.recv().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), rest)
        .await
        .expect("its tasks go on");
    let mut again = stub.connected_with(config).await;
    again.fresh().await;
}

#[tokio::test]
async fn a_used_up_allowance_leaves_a_reading_unanswered_and_the_bot_alive() {
    let stub = Stub::start().await;
    let config = VenueConfig {
        limits: Limits {
            // The start weighs 184 and a reading 42.
            ip_weight_per_minute: 400,
            ip_weight_reserved: 100,
            info_timeout: Duration::from_millis(200),
            poll_fills_every: Duration::from_secs(60),
            ..quick()
        },
        ..stub.config()
    };
    let mut connected = stub.connected_with(config).await;
    connected.fresh().await;
    for _ in 0..10 {
        connected.venue.query(Query::Account, None);
        connected.venue.query(Query::Order(Cloid(1)), None);
    }
    // Each look-up is answered, also those that were not asked.
    for _ in 0..10 {
        connected
            .input(|input| matches!(input, Input::Looked { .. }))
            .await;
    }
    assert!(stub.count_asked("clearinghouseState") < 10);
}
