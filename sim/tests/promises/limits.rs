//! Limits by IP address and by account.

use serde_json::json;

use crate::rig::{Sim, master};

#[tokio::test]
async fn a_minute_of_one_address_is_bounded() {
    let sim = Sim::with(&["--ip-share", "1"]);
    let mut served = 0;
    let status = loop {
        let (status, text) = sim.post("/info", r#"{"type":"meta"}"#).await;
        if status != 200 {
            assert_eq!(text, "null");
            break status;
        }
        served += 1;
        assert!(served < 100, "there is no limit");
    };
    assert_eq!(status, 429);
    // 1200 a minute, 20 each, and what came back meanwhile.
    assert!((60..=70).contains(&served), "{served}");
}

#[tokio::test]
async fn users_and_sockets_of_one_address_are_bounded() {
    let sim = Sim::with(&["--ip-share", "1"]);
    let mut socket = sim.socket().await;
    for number in 1..=11 {
        let user = format!("0x{number:040x}");
        socket
            .subscribe(json!({"type": "orderUpdates", "user": user}))
            .await;
    }
    let error = socket.next_of("error").await;
    assert_eq!(error, "Cannot track more than 10 total users.");
    let mut open = Vec::new();
    for _ in 0..9 {
        open.push(sim.socket().await);
    }
    let url = format!("{}/ws", sim.url.replacen("http", "ws", 1));
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
}

#[tokio::test]
async fn an_account_has_a_budget_and_cancels_have_more() {
    let sim = Sim::with(&["--address-budget", "3"]);
    let price = sim.eth_price(-10).await;
    let order = sim.limit(true, &price, "0.1", "Gtc");
    let batch = json!({"type": "order", "orders": [order, order, order, order], "grouping": "na"});
    let answer = sim.act(batch).await;
    assert_eq!(
        answer["response"],
        "Too many cumulative requests sent (4 > 3) for cumulative volume traded $0. Place taker orders to free up 1 request per USDC traded."
    );
    let batch = json!({"type": "order", "orders": [order, order, order], "grouping": "na"});
    let answer = sim.act(batch).await;
    let oid = answer["response"]["data"]["statuses"][0]["resting"]["oid"].clone();
    let cancel = json!({"type": "cancel", "cancels": [{"a": sim.eth, "o": oid}]});
    assert_eq!(sim.act(cancel).await["status"], "ok");
    let user = master().address();
    sim.sim("volume", json!({"user": user, "usd": "100"})).await;
    let limit = sim.about_master("userRateLimit").await;
    assert_eq!(limit["nRequestsCap"], 103);
    assert_eq!(limit["nRequestsUsed"], 4);
}
