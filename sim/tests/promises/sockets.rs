//! `/ws`.

use serde_json::{Value, json};

use crate::rig::{Signed, Sim, agent, master};

#[tokio::test]
async fn a_ping_has_a_pong_and_a_subscription_an_echo_with_its_defaults() {
    let sim = Sim::start();
    let mut socket = sim.socket().await;
    socket.send(json!({"method": "ping"})).await;
    assert_eq!(socket.next().await, Some(json!({"channel": "pong"})));
    socket
        .subscribe(json!({"type": "l2Book", "coin": "BTC"}))
        .await;
    let echo = socket.next_of("subscriptionResponse").await;
    assert_eq!(
        echo,
        json!({"method": "subscribe", "subscription": {
            "type": "l2Book", "coin": "BTC", "nSigFigs": null, "mantissa": null, "fast": false,
        }})
    );
    let book = socket.next_of("l2Book").await;
    assert_eq!(book["coin"], "BTC");
}

#[tokio::test]
async fn every_subscription_of_the_public_sdk_says_something() {
    let sim = Sim::start();
    let user = master().address();
    for (subscription, channel) in [
        (json!({"type": "allMids"}), "allMids"),
        (json!({"type": "l2Book", "coin": "ETH"}), "l2Book"),
        (json!({"type": "bbo", "coin": "ETH"}), "bbo"),
        (json!({"type": "trades", "coin": "ETH"}), "trades"),
        (
            json!({"type": "candle", "coin": "ETH", "interval": "1m"}),
            "candle",
        ),
        (
            json!({"type": "activeAssetCtx", "coin": "ETH"}),
            "activeAssetCtx",
        ),
        (
            json!({"type": "activeAssetCtx", "coin": "@1"}),
            "activeSpotAssetCtx",
        ),
        (
            json!({"type": "activeAssetData", "coin": "ETH", "user": user}),
            "activeAssetData",
        ),
        (json!({"type": "userFills", "user": user}), "userFills"),
        (
            json!({"type": "userFundings", "user": user}),
            "userFundings",
        ),
        (
            json!({"type": "userNonFundingLedgerUpdates", "user": user}),
            "userNonFundingLedgerUpdates",
        ),
        (json!({"type": "webData2", "user": user}), "webData2"),
        (
            json!({"type": "clearinghouseState", "user": user}),
            "clearinghouseState",
        ),
        (json!({"type": "openOrders", "user": user}), "openOrders"),
        (json!({"type": "spotState", "user": user}), "spotState"),
    ] {
        let mut socket = sim.socket().await;
        socket.subscribe(subscription).await;
        let data = socket.next_of(channel).await;
        assert!(!data.is_null(), "{channel}");
    }
}

#[tokio::test]
async fn an_account_hears_of_its_orders_and_fills() {
    let sim = Sim::start();
    let user = master().address();
    let mut socket = sim.socket().await;
    for kind in ["orderUpdates", "userFills", "userEvents"] {
        socket.subscribe(json!({"type": kind, "user": user})).await;
    }
    let snapshot = socket.next_of("userFills").await;
    assert_eq!(
        snapshot,
        json!({"isSnapshot": true, "user": user, "fills": []})
    );
    let mut order = sim.limit(true, &sim.eth_price(-10).await, "0.1", "Gtc");
    order["c"] = json!("0x00000000000000000000000000000009");
    let status = sim.order(order).await;
    let update = socket.next_of("orderUpdates").await;
    assert_eq!(update[0]["status"], "open");
    assert_eq!(update[0]["order"]["oid"], status["resting"]["oid"]);
    assert_eq!(
        update[0]["order"]["cloid"],
        "0x00000000000000000000000000000009"
    );
    let filled = sim
        .order(sim.limit(true, &sim.eth_price(5).await, "0.1", "Ioc"))
        .await;
    let fills = socket.next_of("userFills").await;
    assert_eq!(fills["fills"][0]["oid"], filled["filled"]["oid"]);
    let event = socket.next_of("user").await;
    assert_eq!(event["fills"], fills["fills"]);
    // Whoever comes later sees it at once.
    let mut late = sim.socket().await;
    late.subscribe(json!({"type": "userFills", "user": user}))
        .await;
    let snapshot = late.next_of("userFills").await;
    assert_eq!(snapshot["isSnapshot"], true);
    assert_eq!(snapshot["fills"][0]["tid"], fills["fills"][0]["tid"]);
}

#[tokio::test]
async fn an_unknown_coin_drops_the_socket_without_a_word() {
    let sim = Sim::start();
    for wrong in [
        json!({"type": "bbo", "coin": "btc"}),
        json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 9}),
    ] {
        let mut socket = sim.socket().await;
        socket.subscribe(wrong).await;
        assert!(!socket.ends_with_a_close_frame().await);
    }
}

#[tokio::test]
async fn what_is_wrong_otherwise_is_an_error_message() {
    let sim = Sim::start();
    let mut socket = sim.socket().await;
    socket.subscribe(json!({"type": "allMids"})).await;
    socket.subscribe(json!({"type": "allMids"})).await;
    let twice = socket.next_of("error").await;
    assert!(
        twice.as_str().unwrap().starts_with("Already subscribed: "),
        "{twice}"
    );
    let bbo = json!({"method": "unsubscribe", "subscription": {"type": "bbo", "coin": "BTC"}});
    socket.send(bbo).await;
    let never = socket.next_of("error").await;
    assert!(
        never
            .as_str()
            .unwrap()
            .starts_with("Already unsubscribed: "),
        "{never}"
    );
    socket.send(json!({"method": "dance"})).await;
    let unknown = socket.next_of("error").await;
    assert!(
        unknown
            .as_str()
            .unwrap()
            .starts_with("Error parsing JSON into valid websocket request: "),
        "{unknown}"
    );
    socket
        .send(json!({"method": "unsubscribe", "subscription": {"type": "allMids"}}))
        .await;
    let gone = socket.next_of("subscriptionResponse").await;
    assert_eq!(gone["method"], "unsubscribe");
}

#[tokio::test]
async fn a_socket_that_hears_nothing_is_closed() {
    let sim = Sim::with(&["--ws-idle-ms", "300"]);
    let mut socket = sim.socket().await;
    assert!(socket.ends_with_a_close_frame().await);
}

#[tokio::test]
async fn a_socket_may_begin_with_a_plain_text() {
    let sim = Sim::with(&["--ws-greeting"]);
    let mut socket = sim.socket().await;
    let text = socket.next_text().await;
    assert_eq!(text.as_deref(), Some("Websocket connection established."));
}

#[tokio::test]
async fn questions_and_actions_go_by_post() {
    let sim = Sim::start();
    let mut socket = sim.socket().await;
    let ask = |id: u64, request: Value| json!({"method": "post", "id": id, "request": request});
    let book = json!({"type": "info", "payload": {"type": "l2Book", "coin": "BTC"}});
    socket.send(ask(1, book)).await;
    let answer = socket.next_of("post").await;
    assert_eq!(answer["id"], 1);
    assert_eq!(answer["response"]["payload"]["type"], "l2Book");
    assert_eq!(answer["response"]["payload"]["data"]["coin"], "BTC");
    let none = json!({"type": "info", "payload": {"type": "l2Book", "coin": "NONE"}});
    socket.send(ask(2, none)).await;
    let answer = socket.next_of("post").await;
    assert_eq!(answer["response"]["payload"]["data"], Value::Null);
    let price = sim.eth_price(-10).await;
    let order = json!({
        "type": "order", "orders": [sim.limit(true, &price, "0.1", "Gtc")], "grouping": "na",
    });
    for (id, envelope) in [
        (3, Signed::by(agent()).json(&order)),
        (4, Signed::by(agent()).json_as_it_comes(&order)),
    ] {
        socket
            .send(ask(id, json!({"type": "action", "payload": envelope})))
            .await;
        let answer = socket.next_of("post").await;
        assert_eq!(answer["id"], id);
        let response = &answer["response"];
        assert_eq!(response["type"], "action");
        assert_eq!(response["payload"]["status"], "ok", "{answer}");
    }
    let undecodable = json!({"type": "action", "payload": {}});
    socket.send(ask(5, undecodable)).await;
    let answer = socket.next_of("post").await;
    assert_eq!(answer["response"]["type"], "error");
    assert!(
        answer["response"]["payload"]
            .as_str()
            .unwrap()
            .starts_with("422")
    );
}
