//! Faults on demand: what the client sees, and what is true.

use serde_json::{Value, json};

use crate::rig::{Signed, Sim, agent, master};

async fn resting(sim: &Sim) -> usize {
    sim.about_master("openOrders")
        .await
        .as_array()
        .unwrap()
        .len()
}

async fn order(sim: &Sim) -> Value {
    let price = sim.eth_price(-10).await;
    let order = sim.limit(true, &price, "0.1", "Gtc");
    json!({"type": "order", "orders": [order], "grouping": "na"})
}

/// Posts an order by hand: the answer may not come.
async fn post(sim: &Sim) -> Result<(u16, String), reqwest::Error> {
    let body = sim.signed(&order(sim).await).to_string();
    let request = sim
        .http
        .post(format!("{}/exchange", sim.url))
        .header("content-type", "application/json")
        .body(body);
    let response = request.send().await?;
    let status = response.status().as_u16();
    Ok((status, response.text().await?))
}

#[tokio::test]
async fn an_order_is_taken_and_its_answer_is_lost() {
    let sim = Sim::start();
    for (effect, is_taken) in [
        ("drop_reply", true),
        ("drop_request", false),
        ("cut_body", true),
    ] {
        let before = resting(&sim).await;
        sim.sim(
            "faults",
            json!([{"on": "order", "effect": effect, "times": 1}]),
        )
        .await;
        assert!(post(&sim).await.is_err(), "{effect}");
        assert_eq!(
            resting(&sim).await - before,
            usize::from(is_taken),
            "{effect}"
        );
        assert_eq!(post(&sim).await.unwrap().0, 200, "{effect}");
    }
    let ledger = sim.ledger().await;
    assert_eq!(
        ledger["faults"],
        json!({"drop_reply": 1, "drop_request": 1, "cut_body": 1})
    );
}

#[tokio::test]
async fn a_status_says_nothing_of_what_was_done() {
    let sim = Sim::start();
    for status in [429, 500, 502, 503] {
        for executed in [false, true] {
            let before = resting(&sim).await;
            let rule = json!({
                "on": "order", "effect": "status", "status": status, "executed": executed, "times": 1,
            });
            sim.sim("faults", json!([rule])).await;
            assert_eq!(post(&sim).await.unwrap().0, status);
            assert_eq!(resting(&sim).await - before, usize::from(executed));
        }
    }
}

#[tokio::test]
async fn what_waits_past_its_deadline_is_not_done() {
    let sim = Sim::with(&["--speed", "100"]);
    sim.sim(
        "faults",
        json!([{"on": "order", "delay_ms": 60_000, "times": 1}]),
    )
    .await;
    let action = order(&sim).await;
    let time = sim.info(json!({"type": "exchangeStatus"})).await["time"]
        .as_u64()
        .unwrap();
    let mut signed = Signed::by(agent());
    signed.expires_after = Some(time + 30_000);
    let answer = sim.send(&signed.json(&action)).await;
    assert_eq!(answer["response"], "Action already expired");
    assert_eq!(resting(&sim).await, 0);
}

#[tokio::test]
async fn a_late_reply_was_done_at_once() {
    let sim = Sim::with(&["--speed", "10"]);
    let rule = json!({"on": "order", "effect": "late_reply", "reply_ms": 20_000, "times": 1});
    sim.sim("faults", json!([rule])).await;
    let action = order(&sim).await;
    let body = sim.signed(&action);
    let sent = sim.send(&body);
    tokio::pin!(sent);
    let mut seen = 0;
    while seen == 0 {
        tokio::select! {
            answer = &mut sent => panic!("{answer}"),
            count = resting(&sim) => seen = count,
        }
    }
    assert_eq!(sent.await["status"], "ok");
}

#[tokio::test]
async fn an_action_is_refused_in_words_that_are_given() {
    let sim = Sim::start();
    let words = "Only post-only orders allowed immediately after network upgrade";
    let rule = json!({"on": "order", "effect": "refuse", "words": words, "times": 1});
    sim.sim("faults", json!([rule])).await;
    let answer = sim.act(order(&sim).await).await;
    assert_eq!(answer, json!({"status": "err", "response": words}));
    assert_eq!(resting(&sim).await, 0);
}

#[tokio::test]
async fn questions_fail_too_and_only_those_that_are_meant() {
    let sim = Sim::start();
    let rule = json!({"on": "info:orderStatus", "effect": "status", "status": 503});
    sim.sim("faults", json!([rule])).await;
    let query = json!({"type": "orderStatus", "user": master().address(), "oid": 1});
    let (status, _) = sim.post("/info", &query.to_string()).await;
    assert_eq!(status, 503);
    sim.about_master("openOrders").await;
    let faults = sim
        .http
        .get(format!("{}/sim/faults", sim.url))
        .send()
        .await
        .unwrap();
    let faults: Value = serde_json::from_str(&faults.text().await.unwrap()).unwrap();
    assert_eq!(faults["rules"][0]["injected"], 1);
    let gone = sim
        .http
        .delete(format!("{}/sim/faults", sim.url))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status().as_u16(), 200);
    let (status, _) = sim.post("/info", &query.to_string()).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn fills_come_twice_late_or_not_at_all() {
    let sim = Sim::start();
    let user = master().address();
    let mut socket = sim.socket().await;
    socket
        .subscribe(json!({"type": "userFills", "user": user}))
        .await;
    socket.next_of("userFills").await;
    let buy = || async {
        let above = sim.eth_price(5).await;
        let status = sim.order(sim.limit(true, &above, "0.01", "Ioc")).await;
        status["filled"]["oid"].as_u64().unwrap()
    };
    let rule =
        |effect: &str| json!([{"on": "ws:userFills", "user": user, "effect": effect, "times": 1}]);
    sim.sim("faults", rule("duplicate")).await;
    let oid = buy().await;
    for _ in 0..2 {
        assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], oid);
    }
    sim.sim("faults", rule("reorder")).await;
    let (first, second) = (buy().await, buy().await);
    assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], second);
    assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], first);
    sim.sim("faults", rule("lose")).await;
    buy().await;
    let next = buy().await;
    assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], next);
    sim.sim(
        "faults",
        json!([{"on": "ws:userFills", "effect": "late", "delay_ms": 600_000, "times": 1}]),
    )
    .await;
    let (late, next) = (buy().await, buy().await);
    assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], next);
    sim.sim("advance", json!({"ms": 600_000})).await;
    assert_eq!(socket.next_of("userFills").await["fills"][0]["oid"], late);
}

#[tokio::test]
async fn sockets_go_silent_and_are_cut() {
    let sim = Sim::start();
    let mut socket = sim.socket().await;
    sim.sim("sockets", json!({"do": "silence", "ms": 60_000}))
        .await;
    socket.send(json!({"method": "ping"})).await;
    // The answer to something else shows that the ping was heard before time jumped.
    sim.about_master("openOrders").await;
    sim.sim("advance", json!({"ms": 60_000})).await;
    socket.send(json!({"method": "ping"})).await;
    assert_eq!(socket.next().await, Some(json!({"channel": "pong"})));
    sim.sim("sockets", json!({"do": "disconnect"})).await;
    assert!(!socket.ends_with_a_close_frame().await);
    let mut socket = sim.socket().await;
    sim.sim("sockets", json!({"do": "close"})).await;
    assert!(socket.ends_with_a_close_frame().await);
    sim.sim(
        "faults",
        json!([{"on": "ws_connect", "effect": "status", "status": 503, "times": 1}]),
    )
    .await;
    let url = format!("{}/ws", sim.url.replacen("http", "ws", 1));
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    assert!(tokio_tungstenite::connect_async(&url).await.is_ok());
}

#[tokio::test]
async fn what_is_no_rule_is_a_sentence() {
    let sim = Sim::start();
    for wrong in [
        r#"[{"on":"order","effect":"explode"}]"#,
        r#"{"rule":[]}"#,
        "x",
    ] {
        let (status, text) = sim.post("/sim/faults", wrong).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(text.starts_with(r#"{"error":""#), "{text}");
    }
    let both = json!({
        "rules": [{"on": "order", "effect": "drop_reply"}],
        "ai": {"kind": "balance", "usd": "0"},
    });
    assert_eq!(sim.sim("faults", both).await, json!({"rules": 1}));
}
