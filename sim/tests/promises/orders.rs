//! Orders, from their words to their ends.

use serde_json::{Value, json};

use crate::rig::{Sim, master};

fn cloid(number: u8) -> String {
    format!("0x{number:032x}")
}

fn trigger(sim: &Sim, price: &str, size: &str, tpsl: &str) -> Value {
    json!({
        "a": sim.eth, "b": false, "p": "1", "s": size, "r": true,
        "t": {"trigger": {"isMarket": true, "triggerPx": price, "tpsl": tpsl}},
    })
}

/// Far enough from the market for a trigger's worst price.
fn with_limit(mut order: Value, price: &str) -> Value {
    order["p"] = json!(price);
    order
}

#[tokio::test]
async fn an_order_rests_is_found_by_both_names_and_is_cancelled_once() {
    let sim = Sim::start();
    let mut order = sim.limit(true, &sim.eth_price(-10).await, "0.1", "Gtc");
    order["c"] = json!(cloid(1));
    let status = sim.order(order).await;
    let oid = status["resting"]["oid"].as_u64().unwrap();
    assert_eq!(status["resting"]["cloid"], cloid(1));
    for name in [json!(oid), json!(cloid(1))] {
        let found = sim
            .info(json!({"type": "orderStatus", "user": master().address(), "oid": name}))
            .await;
        assert_eq!(found["order"]["status"], "open", "{found}");
        assert_eq!(found["order"]["order"]["oid"], oid);
        assert_eq!(found["order"]["order"]["tif"], "Gtc");
    }
    let cancel =
        json!({"type": "cancelByCloid", "cancels": [{"asset": sim.eth, "cloid": cloid(1)}]});
    let answer = sim.act(cancel).await;
    assert_eq!(answer["response"]["data"]["statuses"], json!(["success"]));
    let again = sim
        .act(json!({"type": "cancel", "cancels": [{"a": sim.eth, "o": oid}]}))
        .await;
    assert_eq!(
        again["response"]["data"]["statuses"],
        json!([{"error": "Order was never placed, already canceled, or filled."}])
    );
    let unknown = sim
        .info(json!({"type": "orderStatus", "user": master().address(), "oid": 999}))
        .await;
    assert_eq!(unknown, json!({"status": "unknownOid"}));
}

#[tokio::test]
async fn refusals_are_the_venues_words() {
    let sim = Sim::start();
    let (below, above) = (sim.eth_price(-10).await, sim.eth_price(10).await);
    for (order, words) in [
        (
            sim.limit(true, &format!("{below}.123"), "0.1", "Gtc"),
            "Price must be divisible by tick size.",
        ),
        (
            sim.limit(true, &below, "0.001", "Gtc"),
            "Order must have minimum value of $10.",
        ),
        (
            sim.limit(true, &below, "1000", "Gtc"),
            "Insufficient margin to place order.",
        ),
        (
            sim.limit(true, &below, "0.1", "Ioc"),
            "Order could not immediately match against any resting orders.",
        ),
        (
            sim.limit(true, "100", "1", "Gtc"),
            "Order price cannot be more than 80% away from the reference price",
        ),
        (sim.limit(true, &below, "0", "Gtc"), "Order has zero size."),
        (
            sim.limit(true, &below, "0.00001", "Gtc"),
            "Order has invalid size.",
        ),
        (
            {
                let mut order = sim.limit(true, &below, "0.1", "Gtc");
                order["r"] = json!(true);
                order
            },
            "Reduce only order would increase position.",
        ),
        (
            {
                let mut order = sim.limit(true, &below, "0.1", "Gtc");
                order["a"] = json!(1);
                order
            },
            "Trading is halted",
        ),
    ] {
        assert_eq!(
            sim.order(order.clone()).await,
            json!({"error": words}),
            "{order}"
        );
    }
    let post_only = sim.order(sim.limit(true, &above, "0.1", "Alo")).await;
    let words = post_only["error"].as_str().unwrap();
    assert!(
        words.starts_with("Post only order would have immediately matched, bbo was "),
        "{words}"
    );
}

#[tokio::test]
async fn words_name_their_asset_on_demand() {
    let sim = Sim::with(&["--asset-suffix"]);
    let order = sim.limit(true, &sim.eth_price(-10).await, "0.001", "Gtc");
    assert_eq!(
        sim.order(order).await,
        json!({"error": "Order must have minimum value of $10. asset=4"})
    );
}

#[tokio::test]
async fn what_the_payload_shows_is_one_error_for_the_whole_batch() {
    let sim = Sim::start();
    let price = sim.eth_price(-10).await;
    let good = sim.limit(true, &price, "0.1", "Gtc");
    let bad = sim.limit(true, &format!("{price}.123"), "0.1", "Gtc");
    let answer = sim
        .act(json!({"type": "order", "orders": [good, bad], "grouping": "na"}))
        .await;
    assert_eq!(
        answer["response"]["data"]["statuses"],
        json!([{"error": "Price must be divisible by tick size."}])
    );
    assert_eq!(sim.about_master("openOrders").await, json!([]));
}

#[tokio::test]
async fn a_market_order_fills_and_becomes_a_position() {
    let sim = Sim::start();
    let above = sim.eth_price(5).await;
    let status = sim.order(sim.limit(true, &above, "0.5", "Ioc")).await;
    assert_eq!(status["filled"]["totalSz"], "0.5", "{status}");
    let state = sim.about_master("clearinghouseState").await;
    let position = &state["assetPositions"][0]["position"];
    assert_eq!(position["coin"], "ETH");
    assert_eq!(position["szi"], "0.5");
    assert_eq!(position["entryPx"], status["filled"]["avgPx"]);
    let fills = sim.about_master("userFills").await;
    let fill = &fills[0];
    assert_eq!(fill["dir"], "Open Long");
    assert_eq!(fill["startPosition"], "0.0");
    assert_eq!(fill["closedPnl"], "0.0");
    assert_eq!(fill["feeToken"], "USDC");
    assert_eq!(fill["crossed"], true);
    // Taker, 0.045 %, cut to millionths.
    let number =
        |name: &str| -> aicoin_domain::Price { fill[name].as_str().unwrap().parse().unwrap() };
    let size: aicoin_domain::Size = fill["sz"].as_str().unwrap().parse().unwrap();
    let fee: aicoin_domain::Usd = fill["fee"].as_str().unwrap().parse().unwrap();
    let rate = aicoin_domain::Rate::from_percent("0.045").unwrap();
    let exact = number("px").notional(size).times(rate);
    let millionth = aicoin_domain::Usd::ONE_UNITS / 1_000_000;
    assert_eq!(fee.units(), exact.units() - exact.units() % millionth);
}

#[tokio::test]
async fn a_stop_rests_beside_its_position_and_goes_off_by_the_mark_price() {
    let sim = Sim::start();
    let (above, stop) = (sim.eth_price(5).await, sim.eth_price(-3).await);
    let worst = sim.eth_price(-20).await;
    sim.order(sim.limit(true, &above, "0.5", "Ioc")).await;
    let status = sim
        .order(with_limit(trigger(&sim, &stop, "0.5", "sl"), &worst))
        .await;
    assert!(status["resting"]["oid"].is_u64(), "{status}");
    let open = sim.about_master("frontendOpenOrders").await;
    assert_eq!(open[0]["orderType"], "Stop Market");
    assert_eq!(open[0]["isTrigger"], true);
    assert_eq!(open[0]["triggerCondition"], format!("Price below {stop}"));
    assert_eq!(open[0]["tif"], Value::Null);
    sim.sim("shock", json!({"coin": "ETH", "pct": "-5"})).await;
    assert_eq!(sim.about_master("openOrders").await, json!([]));
    let state = sim.about_master("clearinghouseState").await;
    assert_eq!(state["assetPositions"], json!([]));
    let history = sim.about_master("historicalOrders").await;
    assert_eq!(history[0]["status"], "filled");
}

#[tokio::test]
async fn an_entry_and_its_stop_come_in_one_action() {
    let sim = Sim::start();
    let (below, above) = (sim.eth_price(-20).await, sim.eth_price(5).await);
    let (stop, profit) = (sim.eth_price(-5).await, sim.eth_price(20).await);
    let children = [
        with_limit(trigger(&sim, &stop, "0.5", "sl"), &below),
        with_limit(trigger(&sim, &profit, "0.5", "tp"), &above),
    ];
    let group = |entry: Value| {
        let [stop, profit] = children.clone();
        json!({"type": "order", "orders": [entry, stop, profit], "grouping": "normalTpsl"})
    };
    let near = sim.eth_price(-2).await;
    let waits = sim.act(group(sim.limit(true, &near, "0.5", "Gtc"))).await;
    let statuses = &waits["response"]["data"]["statuses"];
    let parent = statuses[0]["resting"]["oid"].as_u64().unwrap();
    assert_eq!(statuses[1], "waitingForFill");
    let open = sim.about_master("frontendOpenOrders").await;
    assert_eq!(open[0]["children"].as_array().unwrap().len(), 2);
    // Children go with their parent.
    sim.act(json!({"type": "cancel", "cancels": [{"a": sim.eth, "o": parent}]}))
        .await;
    assert_eq!(sim.about_master("frontendOpenOrders").await, json!([]));

    let fills = sim.act(group(sim.limit(true, &above, "0.5", "Ioc"))).await;
    let statuses = &fills["response"]["data"]["statuses"];
    assert_eq!(statuses[0]["filled"]["totalSz"], "0.5", "{fills}");
    assert_eq!(statuses[1], "waitingForTrigger");
    assert_eq!(
        sim.about_master("openOrders")
            .await
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // One closes the position, the other one is cancelled.
    sim.sim("shock", json!({"coin": "ETH", "pct": "-7"})).await;
    let history = sim.about_master("historicalOrders").await;
    let of = |kind: &str| {
        let rows = history.as_array().unwrap();
        rows.iter()
            .find(|row| row["order"]["orderType"] == kind)
            .unwrap()["status"]
            .clone()
    };
    assert_eq!(of("Stop Market"), "filled");
    assert_eq!(of("Take Profit Market"), "siblingFilledCanceled");

    let alone = sim
        .act(json!({"type": "order", "orders": [sim.limit(true, &below, "0.5", "Gtc")], "grouping": "normalTpsl"}))
        .await;
    assert_eq!(
        alone["response"]["data"]["statuses"],
        json!([{"error": "Unexpected number of trigger orders"}])
    );
}

#[tokio::test]
async fn modifying_replaces_an_order_that_is_open() {
    let sim = Sim::start();
    let (first, second) = (sim.eth_price(-10).await, sim.eth_price(-12).await);
    let status = sim.order(sim.limit(true, &first, "0.1", "Gtc")).await;
    let oid = status["resting"]["oid"].as_u64().unwrap();
    let modify = json!({"type": "batchModify", "modifies": [
        {"oid": oid, "order": sim.limit(true, &second, "0.2", "Gtc")},
        {"oid": 777, "order": sim.limit(true, &second, "0.2", "Gtc")},
    ]});
    let answer = sim.act(modify).await;
    let statuses = &answer["response"]["data"]["statuses"];
    let new = statuses[0]["resting"]["oid"].as_u64().unwrap();
    assert_ne!(new, oid);
    assert_eq!(
        statuses[1],
        json!({"error": "Cannot modify canceled or filled order"})
    );
    let open = sim.about_master("openOrders").await;
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert_eq!(open[0]["sz"], "0.2");
    let gone =
        json!({"type": "modify", "oid": oid, "order": sim.limit(true, &second, "0.2", "Gtc")});
    assert_eq!(
        sim.act(gone).await,
        json!({"status": "err", "response": "Cannot modify canceled or filled order"})
    );
}

#[tokio::test]
async fn a_scheduled_cancel_goes_off_unless_it_is_cleared() {
    let sim = Sim::with(&["--speed", "10"]);
    let price = sim.eth_price(-10).await;
    let time = sim.info(json!({"type": "exchangeStatus"})).await["time"]
        .as_i64()
        .unwrap();
    let early = sim
        .act(json!({"type": "scheduleCancel", "time": time + 1_000}))
        .await;
    assert_eq!(early["status"], "err");
    sim.order(sim.limit(true, &price, "0.1", "Gtc")).await;
    sim.act(json!({"type": "scheduleCancel", "time": time + 60_000}))
        .await;
    sim.act(json!({"type": "scheduleCancel"})).await;
    sim.sim("advance", json!({"ms": 61_000})).await;
    assert_eq!(
        sim.about_master("openOrders")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let set = sim
        .act(json!({"type": "scheduleCancel", "time": time + 180_000}))
        .await;
    assert_eq!(set["status"], "ok", "{set}");
    sim.sim("advance", json!({"ms": 120_000})).await;
    assert_eq!(sim.about_master("openOrders").await, json!([]));
    let history = sim.about_master("historicalOrders").await;
    assert_eq!(history[0]["status"], "scheduledCancel");
}

#[tokio::test]
async fn scheduling_takes_volume_on_demand() {
    let sim = Sim::with(&["--schedule-cancel-volume", "1000000"]);
    let clear = json!({"type": "scheduleCancel"});
    let answer = sim.act(clear.clone()).await;
    assert_eq!(
        answer,
        json!({"status": "err", "response":
            "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $0."})
    );
    let user = master().address();
    sim.sim("volume", json!({"user": user, "usd": "1000000"}))
        .await;
    assert_eq!(sim.act(clear).await["status"], "ok");
}
