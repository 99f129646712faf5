//! Questions of the core: the account in one piece, and what became of an order.

use aicoin_core::{
    AccountTruth, Input, LookupAnswer, OpenOrderTruth, OrderUpdate, PositionTruth, Query,
};
use aicoin_domain::{Cloid, Fill, MarketId, OrderId, Side, TimeMs, TradeId, Usd};
use aicoin_venue::VenueEvent;
use serde_json::{Value, json};

use crate::stub::{Connected, NOW, Stub, at, fill, state};

const CLOID: &str = "0x00000000000000000000000000000007";

fn usd(text: &str) -> Usd {
    text.parse().unwrap()
}

fn bought(time: i64, trade: u64, order: u64, cloid: Option<u128>) -> Fill {
    Fill {
        trade: TradeId(trade),
        order: OrderId(order),
        cloid: cloid.map(Cloid),
        market: MarketId(0),
        time: at(time),
        side: Side::Buy,
        price: "60000".parse().unwrap(),
        size: "0.5".parse().unwrap(),
        fee: usd("13.5"),
        closed_pnl: Usd::ZERO,
        is_taker: true,
        liquidation: None,
    }
}

async fn reading(connected: &mut Connected) -> AccountTruth {
    let input = connected
        .input(|input| matches!(input, Input::Account(_)))
        .await;
    match input {
        Input::Account(truth) => *truth,
        other => panic!("{other:?}"),
    }
}

fn open_order(oid: u64, coin: &str, cloid: Option<&str>) -> Value {
    json!({"coin": coin, "side": "A", "limitPx": "54000.0", "sz": "0.25", "oid": oid, "timestamp": NOW,
           "origSz": "0.5", "reduceOnly": true, "cloid": cloid, "isTrigger": true, "triggerPx": "58000.0",
           "triggerCondition": "Price below 58000", "orderType": "Stop Market", "tif": null, "isPositionTpsl": false,
           "children": []})
}

#[tokio::test]
async fn a_reading_fits_together_and_what_came_after_it_follows_as_fills() {
    for is_strange in [false, true] {
        let stub = Stub::start().await;
        let mut connected = stub.connected().await;
        connected.fresh().await;
        {
            let mut world = stub.world();
            world.is_strange = is_strange;
            world.info.insert(
                "clearinghouseState",
                state(NOW + 5_000, &[("BTC", "0.5", "30100.0", "100.0")]),
            );
            world.info.insert(
                "frontendOpenOrders",
                json!([
                    open_order(11, "BTC", Some(CLOID)),
                    open_order(12, "@107", None),
                    open_order(13, "BTC", None)
                ]),
            );
            world.info.insert(
                "userFillsByTime",
                json!([
                    fill(6_000 + NOW, 3, 23, None),
                    fill(4_000 + NOW, 2, 22, Some(CLOID)),
                    fill(1_000 + NOW, 1, 21, None),
                    {"coin": "@107", "time": NOW + 4_000, "what": "spot"}
                ]),
            );
        }
        connected.inputs.clear();
        connected
            .venue
            .query(Query::Account, Some((at(2_000), TradeId(1))));
        let truth = reading(&mut connected).await;
        let order = |oid, cloid| OpenOrderTruth {
            cloid,
            order: OrderId(oid),
            market: MarketId(0),
            side: Side::Sell,
            size: "0.25".parse().unwrap(),
            reduce_only: true,
        };
        let expected = AccountTruth {
            time: at(5_000),
            cash: usd("900"),
            positions: vec![PositionTruth {
                market: MarketId(0),
                size: "0.5".parse().unwrap(),
                cost: usd("30000"),
                liquidation_price: None,
            }],
            open_orders: vec![order(11, Some(Cloid(7))), order(13, None)],
            fills: vec![bought(4_000, 2, 22, Some(7))],
        };
        assert_eq!(truth, expected);
        let after = connected
            .input(|input| matches!(input, Input::Fill(fill) if fill.trade == TradeId(3)))
            .await;
        assert_eq!(after, Input::Fill(bought(6_000, 3, 23, None)));
    }
}

#[tokio::test]
async fn the_orders_are_read_before_the_positions_and_the_fills_last() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.world().asked.clear();
    connected
        .venue
        .query(Query::Account, Some((at(0), TradeId(1))));
    reading(&mut connected).await;
    let world = stub.world();
    let order_of = |kind: &str| {
        world
            .asked
            .iter()
            .position(|asked| asked["type"] == kind)
            .unwrap()
    };
    assert!(order_of("frontendOpenOrders") < order_of("clearinghouseState"));
    // The poller asks for fills as well: the last question for fills is after the positions.
    let last_fills = world
        .asked
        .iter()
        .rposition(|asked| asked["type"] == "userFillsByTime")
        .unwrap();
    assert!(order_of("clearinghouseState") < last_fills);
}

#[tokio::test]
async fn a_core_that_knows_of_no_fill_is_told_of_its_own_of_the_last_day_and_of_nobody_elses() {
    let stub = Stub::start().await;
    let hour = 3_600_000;
    stub.world().info.insert(
        "userFillsByTime",
        json!([
            fill(NOW - 25 * hour, 1, 1, Some(CLOID)),
            fill(NOW - 2 * hour, 2, 2, None),
            fill(NOW - hour, 3, 3, Some(CLOID)),
        ]),
    );
    let mut connected = stub.connected().await;
    let truth = reading(&mut connected).await;
    assert_eq!(truth.fills, [bought(-hour, 3, 3, Some(7))]);
}

#[tokio::test]
async fn a_market_that_only_the_account_knows_is_named_and_read_once_it_is_added() {
    let stub = Stub::start().await;
    stub.world().info.insert(
        "clearinghouseState",
        state(NOW + 1, &[("ETH", "-2.0", "4000.0", "0.0")]),
    );
    let mut connected = stub.connected().await;
    let name = connected
        .until(|event| match event {
            VenueEvent::NewMarket { name, rules } => Some((name.clone(), rules.sz_decimals)),
            _ => None,
        })
        .await;
    assert_eq!(name, ("ETH".to_owned(), 4));
    assert!(
        !connected
            .inputs
            .iter()
            .any(|input| matches!(input, Input::Account(_))),
        "{:?}",
        connected.inputs
    );
    connected.venue.add_market("ETH");
    let truth = reading(&mut connected).await;
    let position = PositionTruth {
        market: MarketId(1),
        size: "-2".parse().unwrap(),
        cost: usd("-4000"),
        liquidation_price: None,
    };
    assert_eq!(truth.positions, [position]);
    connected.fresh().await;
    // And its prices come.
    connected
        .until(|event| match event {
            VenueEvent::Price(price) if price.market == MarketId(1) => Some(()),
            _ => None,
        })
        .await;
}

async fn look_up(stub: &Stub, connected: &mut Connected, answer: Value) -> LookupAnswer {
    stub.world().info.insert("orderStatus", answer);
    connected.venue.query(Query::Order(Cloid(7)), None);
    let before = at(0);
    let input = connected
        .input(|input| matches!(input, Input::Looked { .. }))
        .await;
    match input {
        Input::Looked {
            cloid: Cloid(7),
            asked_at,
            answer,
        } if asked_at >= before => answer,
        other => panic!("{other:?}"),
    }
}

fn known(status: &str, asked: &str, left: &str, since: TimeMs) -> Value {
    json!({"status": "order", "order": {
        "order": {"coin": "BTC", "side": "B", "limitPx": "60000.0", "sz": left, "oid": 22, "timestamp": NOW,
                  "origSz": asked, "cloid": CLOID, "reduceOnly": true, "orderType": "Limit", "tif": "Ioc"},
        "status": status, "statusTimestamp": since.0
    }})
}

#[tokio::test]
async fn what_became_of_an_order_is_told_by_its_status_and_its_fills() {
    let stub = Stub::start().await;
    let mut connected = stub.connected().await;
    connected.fresh().await;
    stub.world().info.insert(
        "userFillsByTime",
        json!([fill(NOW + 10, 2, 22, Some(CLOID))]),
    );
    let long_ago = at(-10_000);
    let half = "0.5".parse().unwrap();
    let order = OrderId(22);
    let table = [
        (json!({"status": "unknownOid"}), LookupAnswer::UnknownOrder),
        (json!({"status": "somethingNew"}), LookupAnswer::NoAnswer),
        (
            known("open", "0.5", "0.5", long_ago),
            LookupAnswer::Known {
                update: OrderUpdate::Open { order },
                filled: "0".parse().unwrap(),
            },
        ),
        (
            known("filled", "0.5", "0.0", at(0)),
            LookupAnswer::Known {
                update: OrderUpdate::Filled,
                filled: half,
            },
        ),
        (
            known("canceled", "2.0", "2.0", long_ago),
            LookupAnswer::Known {
                update: OrderUpdate::Canceled,
                filled: "0".parse().unwrap(),
            },
        ),
        // Two were asked for, the position was a half: the rest was cut off, and did not fill.
        (
            known("filled", "2.0", "0.0", long_ago),
            LookupAnswer::Known {
                update: OrderUpdate::Filled,
                filled: half,
            },
        ),
        // The same a moment ago: more fills may be on their way.
        (
            known("filled", "2.0", "0.0", at(600_000)),
            LookupAnswer::NoAnswer,
        ),
        (
            known("aNewWord", "2.0", "0.0", long_ago),
            LookupAnswer::NoAnswer,
        ),
    ];
    for (answer, expected) in table {
        let found = look_up(&stub, &mut connected, answer.clone()).await;
        assert_eq!(found, expected, "{answer}");
    }
    stub.world().broken_info = Some((500, "oops"));
    let found = look_up(&stub, &mut connected, Value::Null).await;
    assert_eq!(found, LookupAnswer::NoAnswer);
}
