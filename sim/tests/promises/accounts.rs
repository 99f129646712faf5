//! Leverage, margin, funding, liquidation, and money between accounts.

use aicoin_domain::Usd;
use serde_json::{Value, json};

use crate::rig::{Signed, Sim, master, stranger};

fn usd(value: &Value) -> Usd {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn leverage_and_isolated_margin_follow_the_venues_rules() {
    let sim = Sim::start();
    let leverage = |is_cross: bool, times: u32| json!({"type": "updateLeverage", "asset": sim.eth, "isCross": is_cross, "leverage": times});
    assert_eq!(sim.act(leverage(false, 10)).await["status"], "ok");
    assert_eq!(
        sim.act(leverage(true, 26)).await["response"],
        "Invalid leverage value"
    );
    let data = json!({"type": "activeAssetData", "user": master().address(), "coin": "ETH"});
    let flat = sim.info(data).await;
    assert_eq!(flat["leverage"]["type"], "isolated");
    assert_eq!(flat["leverage"]["value"], 10);
    sim.order(sim.limit(true, &sim.eth_price(5).await, "1", "Ioc"))
        .await;
    assert_eq!(
        sim.act(leverage(true, 10)).await["response"],
        "Cannot switch leverage type with open position."
    );
    let margin = || async {
        let state = sim.about_master("clearinghouseState").await;
        let position = state["assetPositions"][0]["position"].clone();
        usd(&position["leverage"]["rawUsd"])
    };
    let before = margin().await;
    let add = json!({"type": "updateIsolatedMargin", "asset": sim.eth, "isBuy": true, "ntli": 25_500_000});
    assert_eq!(sim.act(add).await["status"], "ok");
    assert_eq!(margin().await, before + "25.5".parse().unwrap());
    let purr = sim.info(json!({"type": "meta"})).await["universe"]
        .as_array()
        .unwrap()
        .iter()
        .position(|asset| asset["name"] == "PURR")
        .unwrap();
    let cross = json!({"type": "updateLeverage", "asset": purr, "isCross": true, "leverage": 2});
    assert_eq!(
        sim.act(cross).await["response"],
        "Cross margin is not allowed for this asset."
    );
}

#[tokio::test]
async fn the_summary_adds_up() {
    let sim = Sim::start();
    sim.order(sim.limit(false, &sim.eth_price(-5).await, "2", "Ioc"))
        .await;
    let state = sim.about_master("clearinghouseState").await;
    let summary = &state["marginSummary"];
    let position = &state["assetPositions"][0]["position"];
    // accountValue = totalRawUsd + Σ szi·mark, and the position is short.
    assert_eq!(
        usd(&summary["accountValue"]),
        usd(&summary["totalRawUsd"]) - usd(&position["positionValue"])
    );
    assert_eq!(summary["totalNtlPos"], position["positionValue"]);
    assert_eq!(
        usd(&position["marginUsed"]),
        usd(&position["positionValue"]).divided(20)
    );
}

#[tokio::test]
async fn funding_is_paid_every_hour_and_told() {
    let sim = Sim::start();
    sim.order(sim.limit(true, &sim.eth_price(5).await, "1", "Ioc"))
        .await;
    let mut socket = sim.socket().await;
    let user = master().address();
    socket
        .subscribe(json!({"type": "userFundings", "user": user}))
        .await;
    let first = socket.next_of("userFundings").await;
    assert_eq!(
        first,
        json!({"isSnapshot": true, "user": user, "fundings": []})
    );
    sim.sim("advance", json!({"ms": 3_600_000})).await;
    let told = socket.next_of("userFundings").await;
    let row = &told["fundings"][0];
    assert_eq!(row["coin"], "ETH");
    assert_eq!(row["time"].as_i64().unwrap() % 3_600_000, 0);
    let asked = sim
        .info(json!({"type": "userFunding", "user": user, "startTime": 0}))
        .await;
    assert_eq!(asked[0]["delta"]["usdc"], row["usdc"]);
    // Negative is paid: at a positive rate a long position pays.
    let rate: aicoin_domain::Rate = row["fundingRate"].as_str().unwrap().parse().unwrap();
    assert_eq!(usd(&row["usdc"]).is_negative(), rate.is_positive(), "{row}");
}

#[tokio::test]
async fn who_falls_below_maintenance_is_liquidated_and_told() {
    let sim = Sim::start();
    let leverage =
        json!({"type": "updateLeverage", "asset": sim.eth, "isCross": true, "leverage": 25});
    sim.act(leverage).await;
    let mut socket = sim.socket().await;
    let user = master().address();
    socket
        .subscribe(json!({"type": "userEvents", "user": user}))
        .await;
    sim.order(sim.limit(true, &sim.eth_price(2).await, "60", "Ioc"))
        .await;
    socket.next_of("user").await;
    sim.sim("shock", json!({"coin": "ETH", "pct": "-8"})).await;
    let fill = loop {
        let data = socket.next_of("user").await;
        if let Some(fill) = data["fills"].get(0) {
            break fill.clone();
        }
    };
    assert_eq!(fill["liquidation"]["liquidatedUser"], json!(user), "{fill}");
    let ledger = sim.ledger().await;
    assert!(
        !ledger["accounts"][0]["liquidations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn money_moves_and_nothing_is_lost() {
    let sim = Sim::start();
    let user = |action: Value, field: &str| Signed::by(master()).json_of_user(action, field);
    let to = stranger().address();
    let send = json!({"type": "usdSend", "destination": to.to_string(), "amount": "100.5"});
    assert_eq!(sim.send(&user(send, "time")).await["status"], "ok");
    let too_much = json!({"type": "usdSend", "destination": to.to_string(), "amount": "10000"});
    assert_eq!(
        sim.send(&user(too_much, "time")).await["response"],
        "Insufficient balance for withdrawal."
    );
    let to_spot = json!({"type": "usdClassTransfer", "amount": "50", "toPerp": false});
    assert_eq!(sim.send(&user(to_spot, "nonce")).await["status"], "ok");
    let spot = sim.about_master("spotClearinghouseState").await;
    assert_eq!(spot["balances"][0]["total"], "50.0");

    let created = sim
        .act_as_master(json!({"type": "createSubAccount", "name": "one"}))
        .await;
    let sub = created["response"]["data"].as_str().unwrap().to_owned();
    let fund = json!({
        "type": "subAccountTransfer", "subAccountUser": sub, "isDeposit": true, "usd": 200_000_000,
    });
    assert_eq!(sim.act_as_master(fund).await["status"], "ok");
    let subs = sim.about_master("subAccounts").await;
    assert_eq!(subs[0]["clearinghouseState"]["withdrawable"], "200.0");
    let role = sim.info(json!({"type": "userRole", "user": sub})).await;
    assert_eq!(role["data"]["master"], json!(master().address()));

    // The master trades for it, and its own account stays as it is.
    let mut signed = Signed::by(master());
    signed.vault = Some(sub.parse().unwrap());
    let order = sim.limit(true, &sim.eth_price(5).await, "0.1", "Ioc");
    let order = json!({"type": "order", "orders": [order], "grouping": "na"});
    let answer = sim.send(&signed.json(&order)).await;
    assert_eq!(
        answer["response"]["data"]["statuses"][0]["filled"]["totalSz"],
        "0.1"
    );
    let state = sim.about_master("clearinghouseState").await;
    assert_eq!(state["assetPositions"], json!([]));
    let mut signed = Signed::by(master());
    signed.vault = Some(to);
    assert_eq!(
        sim.send(&signed.json(&order)).await["response"],
        format!("Vault not registered: {to}")
    );

    let ledger = sim.ledger().await;
    let accounts = ledger["accounts"].as_array().unwrap();
    let deposits: Usd = accounts
        .iter()
        .map(|account| usd(&account["deposits"]))
        .sum();
    let spot: Usd = accounts.iter().map(|account| usd(&account["spot"])).sum();
    assert_eq!(deposits + spot, Usd::from_whole(10_000));
}

#[tokio::test]
async fn in_unified_mode_the_figures_are_elsewhere() {
    let user = master().address();
    let sim = Sim::with(&["--unified", &user.to_string()]);
    assert_eq!(sim.about_master("userAbstraction").await, "unifiedAccount");
    let state = sim.about_master("clearinghouseState").await;
    assert_eq!(state["marginSummary"]["accountValue"], "0.0");
    assert_eq!(state["withdrawable"], "0.0");
    let spot = sim.about_master("spotClearinghouseState").await;
    assert_eq!(spot["balances"][0]["total"], "10000.0");
    let move_it = json!({"type": "usdClassTransfer", "amount": "50", "toPerp": false});
    let body = Signed::by(master()).json_of_user(move_it, "nonce");
    assert_eq!(
        sim.send(&body).await["response"],
        "Action disabled when unified account is active"
    );
}

impl Sim {
    async fn act_as_master(&self, action: Value) -> Value {
        self.send(&Signed::by(master()).json_as_it_comes(&action))
            .await
    }
}
