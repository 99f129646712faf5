//! What is public, and the shapes that clients rely on.

use serde_json::{Value, json};

use crate::rig::{Sim, master, without_unknown};

#[tokio::test]
async fn meta_has_everything_that_clients_round_by() {
    let sim = Sim::start();
    let meta = sim.info(json!({"type": "meta"})).await;
    let universe = meta["universe"].as_array().unwrap();
    let btc = without_unknown(universe[3].clone());
    assert_eq!(btc["name"], "BTC");
    assert_eq!(btc["szDecimals"], 5);
    assert_eq!(btc["maxLeverage"], 40);
    let table = meta["marginTables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table[0] == btc["marginTableId"])
        .unwrap();
    assert_eq!(table[1]["marginTiers"][0]["maxLeverage"], 40);
    let delisted: Vec<&str> = universe
        .iter()
        .filter(|asset| asset["isDelisted"] == true)
        .map(|asset| asset["name"].as_str().unwrap())
        .collect();
    assert_eq!(delisted, ["APT", "MATIC", "FTM"]);
    let contexts = sim.info(json!({"type": "metaAndAssetCtxs"})).await;
    assert_eq!(contexts[1].as_array().unwrap().len(), universe.len());
    // A market that is gone has no book.
    assert_eq!(contexts[1][1]["midPx"], Value::Null);
}

#[tokio::test]
async fn responses_have_fields_that_no_client_knows_unless_told() {
    let sim = Sim::start();
    let state = sim.about_master("clearinghouseState").await;
    assert_eq!(state["simReserved"], "0");
    let plain = Sim::with(&["--no-extra-fields"]);
    let state = plain.about_master("clearinghouseState").await;
    assert_eq!(state["simReserved"], Value::Null);
}

#[tokio::test]
async fn a_book_has_twenty_levels_in_order_and_is_summed_up() {
    let sim = Sim::start();
    let book = sim.info(json!({"type": "l2Book", "coin": "BTC"})).await;
    let prices = |side: usize| -> Vec<f64> {
        let levels = book["levels"][side].as_array().unwrap();
        levels
            .iter()
            .map(|level| level["px"].as_str().unwrap().parse().unwrap())
            .collect()
    };
    let (bids, asks) = (prices(0), prices(1));
    assert_eq!((bids.len(), asks.len()), (20, 20));
    assert!(bids.windows(2).all(|pair| pair[0] > pair[1]));
    assert!(asks.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(bids[0] < asks[0]);
    let coarse = sim
        .info(json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 3}))
        .await;
    let count = coarse["levels"][0].as_array().unwrap().len();
    assert!((1..=2).contains(&count), "{count}");
    let none = sim.info(json!({"type": "l2Book", "coin": "NONE"})).await;
    assert_eq!(none, Value::Null);
    let gone = sim.info(json!({"type": "l2Book", "coin": "MATIC"})).await;
    assert_eq!(gone["levels"], json!([[], []]));
}

#[tokio::test]
async fn candles_have_no_gaps_and_end_with_the_one_that_grows() {
    let sim = Sim::start();
    let time = sim.info(json!({"type": "exchangeStatus"})).await["time"]
        .as_i64()
        .unwrap();
    for (interval, span) in [("1m", 60_000), ("15m", 900_000), ("1d", 86_400_000)] {
        let req = json!({
            "coin": "ETH", "interval": interval, "startTime": time - 50 * span, "endTime": time,
        });
        let candles = sim
            .info(json!({"type": "candleSnapshot", "req": req}))
            .await;
        let candles = candles.as_array().unwrap();
        assert!(
            (50..=51).contains(&candles.len()),
            "{interval}: {}",
            candles.len()
        );
        for pair in candles.windows(2) {
            let starts = [&pair[0]["t"], &pair[1]["t"]].map(|start| start.as_i64().unwrap());
            assert_eq!(starts[1] - starts[0], span, "{interval}");
        }
        let last = &candles[candles.len() - 1];
        assert_eq!(
            last["T"].as_i64().unwrap(),
            last["t"].as_i64().unwrap() + span - 1
        );
        assert_eq!(last["i"], interval);
    }
}

#[tokio::test]
async fn every_question_of_the_public_sdk_has_an_answer() {
    let sim = Sim::start();
    for kind in [
        "spotMeta",
        "spotMetaAndAssetCtxs",
        "perpDexs",
        "perpDeployAuctionStatus",
        "predictedFundings",
        "maxMarketOrderNtls",
        "exchangeStatus",
        "allMids",
    ] {
        sim.info(json!({"type": kind})).await;
    }
    for kind in [
        "clearinghouseState",
        "spotClearinghouseState",
        "openOrders",
        "frontendOpenOrders",
        "userFills",
        "userFees",
        "delegatorSummary",
        "delegations",
        "delegatorRewards",
        "delegatorHistory",
        "referral",
        "subAccounts",
        "userToMultiSigSigners",
        "userDexAbstraction",
        "userAbstraction",
        "historicalOrders",
        "portfolio",
        "userTwapSliceFills",
        "userVaultEquities",
        "userRole",
        "userRateLimit",
        "spotDeployState",
        "extraAgents",
    ] {
        sim.about_master(kind).await;
    }
    let user = master().address();
    for kind in [
        "userFunding",
        "userFillsByTime",
        "userNonFundingLedgerUpdates",
    ] {
        let query = json!({"type": kind, "user": user, "startTime": 0, "endTime": null});
        sim.info(query).await;
    }
    let funding = json!({"type": "fundingHistory", "coin": "BTC", "startTime": 0});
    assert_eq!(sim.info(funding).await.as_array().unwrap().len(), 500);
    let trades = json!({"type": "recentTrades", "coin": "BTC"});
    sim.info(trades).await;
}

#[tokio::test]
async fn an_address_that_nobody_knows_is_empty_and_no_error() {
    let sim = Sim::start();
    let nobody = "0x00000000000000000000000000000000000000ee";
    let state = sim
        .info(json!({"type": "clearinghouseState", "user": nobody}))
        .await;
    assert_eq!(state["marginSummary"]["accountValue"], "0.0");
    let role = sim.info(json!({"type": "userRole", "user": nobody})).await;
    assert_eq!(role, json!({"role": "missing"}));
    let (status, _) = sim
        .post("/info", r#"{"type":"openOrders","user":"0x12"}"#)
        .await;
    assert_eq!(status, 422);
}
