//! What the real venue said, as others recorded it: all of it is read, and so it is with fields that nobody knows.
//!
//! The records are optional test data beside the project; where they are absent the tests say so and pass.

use std::path::{Path, PathBuf};

use aicoin_core::{AccountTruth, OrderUpdate};
use aicoin_domain::{LiquidationKind, MarketId, Side, TimeMs};
use aicoin_hyperliquid::Address;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::meta::Universe;
use crate::wire::account::AccountWire;
use crate::wire::candle::CandleWire;
use crate::wire::coin::perps;
use crate::wire::fill::FillWire;
use crate::wire::market::{BboWire, ContextWire};
use crate::wire::meta::MetaWire;
use crate::wire::order::OrderWire;
use crate::wire::socket::{Heard, read};
use crate::wire::user::RateLimitWire;

/// The records of a folder (`http` or `ws`), or nothing where they are absent.
fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/hyperliquid")
        .join(name);
    if !path.is_dir() {
        eprintln!("skipped: the optional test data ../shared/data/hyperliquid/{name} is not there");
        return None;
    }
    Some(path)
}

/// A record as it is, and with unknown fields in every object.
fn record(folder: &Path, file: &str) -> [Value; 2] {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    if let Some(response) = value.get_mut("response") {
        value = response.take();
    }
    let mut strange = value.clone();
    add_unknown(&mut strange);
    [value, strange]
}

/// Adds a field that nobody knows to every object.
fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (_, value) in fields.iter_mut() {
                add_unknown(value);
            }
            fields.insert("aFieldOfTomorrow".to_owned(), json!({"a": [1, null, "x"]}));
        }
        Value::Array(values) => values.iter_mut().for_each(add_unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn decode<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap()
}

fn decode_list<T: DeserializeOwned>(value: &Value) -> Vec<T> {
    let raw: Vec<Box<RawValue>> = decode(value);
    perps(&raw).unwrap()
}

const ACCOUNT: Address = Address([0x22; 20]);

#[test]
fn every_recorded_answer_is_read_by_something() {
    let Some(http) = folder("http") else { return };
    let mut files: Vec<String> = std::fs::read_dir(&http)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    for file in &files {
        for value in record(&http, file) {
            match file.as_str() {
                "clearinghouse_state_negative_total_raw_usd.json" | "recorded_user_state.json" => {
                    let account: AccountWire = decode(&value);
                    assert!(account.cash().is_some(), "{file}");
                }
                "meta_perp_sample.json" | "recorded_meta.json" => {
                    let meta: MetaWire = decode(&value);
                    let universe = Universe::of(&meta);
                    assert_eq!(universe.iter().count(), meta.universe.len(), "{file}");
                }
                "recorded_candles_snapshot.json" => {
                    let candles: Vec<CandleWire> = decode(&value);
                    assert!(candles.len() > 20, "{file}");
                    let all_are = candles.iter().all(|candle| candle.to_candle().is_some());
                    assert!(all_are, "{file}");
                }
                "recorded_frontend_open_orders.json" => {
                    assert!(!decode_list::<OrderWire>(&value).is_empty(), "{file}");
                }
                "recorded_user_fills_by_time.json" => {
                    assert!(decode_list::<FillWire>(&value).len() > 100, "{file}");
                }
                "user_fills_dust_conversion.json" => {
                    let fills = decode_list::<FillWire>(&value);
                    let all = value.as_array().unwrap();
                    assert!(!fills.is_empty() && fills.len() < all.len(), "{file}");
                    assert!(fills.iter().all(|fill| !fill.coin.starts_with('@')));
                }
                "recorded_user_rate_limit.json" => {
                    let limit: RateLimitWire = decode(&value);
                    assert_eq!(limit.left(), 170_043_731_737 - 36_589_831_368);
                }
                // Nobody here asks for these: the best prices of a book come by a stream, and funding too.
                "funding_history.json"
                | "l2_book_btc.json"
                | "recent_trades_btc.json"
                | "recorded_all_mids.json"
                | "recorded_l2_snapshot.json" => {}
                other => panic!("nothing reads the record {other}"),
            }
        }
    }
}

#[test]
fn a_recorded_account_is_the_cores_account() {
    let Some(http) = folder("http") else { return };
    for value in record(&http, "recorded_user_state.json") {
        let account: AccountWire = decode(&value);
        let first = account.positions().next().unwrap();
        assert_eq!(first.coin, "BTC");
        let truth = first.to_truth(MarketId(4));
        assert_eq!(
            (
                truth.market,
                truth.size.to_string(),
                truth.cost.to_string(),
                truth.liquidation_price.map(|price| price.to_string())
            ),
            (
                MarketId(4),
                "-0.00785".to_owned(),
                // 0.00785 * 26951, sold.
                "-211.56535".to_owned(),
                Some("173198.69592357".to_owned())
            )
        );
        let second = account.positions().nth(1).unwrap().to_truth(MarketId(0));
        assert_eq!(second.liquidation_price, None);
        // 0.1334 * 1705.82 = 227.556388; the venue's own value and profit say the same.
        assert_eq!(second.cost.to_string(), "227.556388");
        // The account's value is cash and unrealised profit, by the record's own numbers.
        let unrealised: aicoin_domain::Usd = value["assetPositions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let text = entry["position"]["unrealizedPnl"].as_str().unwrap();
                text.parse::<aicoin_domain::Usd>().unwrap()
            })
            .sum();
        let total: aicoin_domain::Usd = value["marginSummary"]["accountValue"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert_eq!(account.cash(), Some(total - unrealised));
    }
}

#[test]
fn recorded_orders_are_the_cores_orders() {
    let Some(http) = folder("http") else { return };
    for value in record(&http, "recorded_frontend_open_orders.json") {
        let orders: Vec<OrderWire> = decode_list(&value);
        let first = orders.first().unwrap().to_truth(MarketId(1));
        let expected = aicoin_core::OpenOrderTruth {
            cloid: None,
            order: aicoin_domain::OrderId(3_184_595_907),
            market: MarketId(1),
            side: Side::Sell,
            size: "12.5".parse().unwrap(),
            reduce_only: true,
        };
        assert_eq!(first, expected);
        let truth = AccountTruth {
            time: TimeMs(0),
            cash: aicoin_domain::Usd::ZERO,
            positions: Vec::new(),
            open_orders: orders
                .iter()
                .map(|order| order.to_truth(MarketId(1)))
                .collect(),
            fills: Vec::new(),
        };
        assert_eq!(truth.open_orders.len(), value.as_array().unwrap().len());
    }
}

#[test]
fn recorded_candles_are_read_and_the_unfinished_one_is_dropped() {
    let Some(http) = folder("http") else { return };
    for value in record(&http, "recorded_candles_snapshot.json") {
        let candles: Vec<CandleWire> = decode(&value);
        let first = candles.first().unwrap().to_candle().unwrap();
        assert_eq!(
            (first.time, first.open.to_string(), first.low.to_string()),
            (
                TimeMs(1_684_699_200_000),
                "0.001601".to_owned(),
                "0.001601".to_owned()
            )
        );
        // The first one ends a millisecond before the next begins.
        let end = TimeMs(1_684_702_799_999);
        let wire = candles.first().unwrap();
        assert!(!wire.is_closed(end));
        assert!(wire.is_closed(TimeMs(end.0 + 1)));
    }
}

#[test]
fn every_recorded_message_is_read() {
    let Some(ws) = folder("ws") else { return };
    // The other side of somebody's liquidation: an ordinary fill.
    for value in record(&ws, "user_fill_liquidation.json") {
        let Ok(Heard::Fills(fills)) = read(&value.to_string()) else {
            panic!("{value}");
        };
        let fill = fills.first().unwrap();
        let ours = fill.to_fill(MarketId(0), ACCOUNT);
        assert_eq!(
            (
                ours.trade.0,
                ours.cloid.map(|cloid| cloid.to_string()),
                ours.side,
                ours.fee.to_string(),
                ours.is_taker,
                ours.liquidation
            ),
            (
                745_210_434_703_679,
                Some("0xe8d5fd7ebbb4c3cff4d1803472a11463".to_owned()),
                Side::Sell,
                "0.009997".to_owned(),
                false,
                None
            )
        );
        // The same fill is a liquidation for the one who was liquidated.
        let liquidated: Address = "0x360878d351f05975e25f1807a27895e1e5e004fb"
            .parse()
            .unwrap();
        let theirs = fill.to_fill(MarketId(0), liquidated);
        assert_eq!(theirs.liquidation, Some(LiquidationKind::Market));
    }
    for file in ["allmids.json", "all_dexs_asset_ctxs.json"] {
        for value in record(&ws, file) {
            assert!(
                matches!(read(&value.to_string()), Ok(Heard::Other)),
                "{file}"
            );
        }
    }
    // Every context of the recorded list, as the stream of one market has it.
    for value in record(&ws, "all_dexs_asset_ctxs.json") {
        let lists = value["data"]["ctxs"].as_array().unwrap();
        let contexts = lists.iter().flat_map(|list| list[1].as_array().unwrap());
        let mut count = 0;
        for context in contexts {
            let message =
                json!({"channel": "activeAssetCtx", "data": {"coin": "X", "ctx": context}});
            let Ok(Heard::Context(ContextWire { ctx, .. })) = read(&message.to_string()) else {
                panic!("{message}");
            };
            assert_eq!(
                ctx.mark(),
                context["markPx"].as_str().unwrap().parse().unwrap()
            );
            count += 1;
        }
        assert!(count > 200, "{count}");
    }
    // The best level of the recorded book, as the stream of best prices has it.
    for value in record(&ws, "book_data.json") {
        let (bid, ask) = (&value["levels"][0][0], &value["levels"][1][0]);
        let data = json!({"coin": "BTC", "time": value["time"], "bbo": [bid, ask]});
        let bbo: BboWire = decode(&data);
        let best = bbo.best().unwrap();
        assert_eq!(
            (best.bid.0.to_string(), best.ask.1.to_string()),
            ("98450.5".to_owned(), "1.5".to_owned())
        );
    }
}

#[test]
fn a_recorded_order_that_fills_says_so() {
    // The form of the documentation, page "subscriptions".
    let message = r#"{"channel":"orderUpdates","data":[{"order":{"coin":"BTC","side":"B","limitPx":"29792.0","sz":"0.0","oid":91490942,"timestamp":1681247412573,"origSz":"5.0","cloid":"0x00000000000000000000000000000007"},"status":"filled","statusTimestamp":1681247412580}]}"#;
    let Ok(Heard::Orders(orders)) = read(message) else {
        panic!("{message}");
    };
    let order = orders.first().unwrap();
    assert_eq!(order.update(), Some(OrderUpdate::Filled));
    assert_eq!(order.order.gone().to_string(), "5");
    assert_eq!(order.since(), TimeMs(1_681_247_412_580));
}
