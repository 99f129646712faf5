//! How it starts and ends.

use std::process::Command;

use serde_json::json;

use crate::rig::{Sim, agent, master};

#[tokio::test]
async fn each_network_has_its_own_places() {
    for (network, btc, eth) in [("testnet", 3, 4), ("mainnet", 0, 1)] {
        let sim = Sim::with(&["--network", network]);
        let meta = sim.info(json!({"type": "meta"})).await;
        let universe = meta["universe"].as_array().unwrap();
        let place = |name: &str| universe.iter().position(|asset| asset["name"] == name);
        assert_eq!((place("BTC"), place("ETH")), (Some(btc), Some(eth)));
    }
}

#[tokio::test]
async fn the_same_seed_has_the_same_prices() {
    let mut prices = Vec::new();
    for seed in ["7", "7", "8"] {
        let sim = Sim::with(&["--seed", seed]);
        let mids = sim.info(json!({"type": "allMids"})).await;
        // Both may have taken their first step, or not: the first book is the same as long as no second has passed.
        let candles = sim
            .info(json!({"type": "candleSnapshot", "req": {
                "coin": "BTC", "interval": "1m", "startTime": 0, "endTime": 4_000_000_000_000_i64,
            }}))
            .await;
        assert!(mids["BTC"].is_string());
        prices.push(candles[0]["o"].clone());
    }
    assert_eq!(prices[0], prices[1]);
    assert_ne!(prices[0], prices[2]);
}

#[tokio::test]
async fn a_market_follows_a_file() {
    let file = std::env::temp_dir().join(format!("aicoin-sim-{}.csv", std::process::id()));
    std::fs::write(
        &file,
        "time,open,high,low,close,volume\n0,50000,50000,50000,50000,1\n60000,50000,50000,50000,50000,1\n",
    )
    .unwrap();
    let sim = Sim::with(&["--candles", file.to_str().unwrap()]);
    let mids = sim.info(json!({"type": "allMids"})).await;
    let mid: f64 = mids["BTC"].as_str().unwrap().parse().unwrap();
    assert!((mid - 50_000.0).abs() < 5.0, "{mid}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_bad_candle_file_is_a_sentence() {
    let output = Command::new(env!("CARGO_BIN_EXE_aicoin-sim"))
        .args(["--listen", "127.0.0.1:0", "--candles", "/nowhere.csv"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("/nowhere.csv"), "{words}");
}

#[tokio::test]
async fn accounts_and_agents_of_the_command_line_are_there() {
    let sim = Sim::start();
    let state = sim.about_master("clearinghouseState").await;
    assert_eq!(state["marginSummary"]["accountValue"], "10000.0");
    let role = sim
        .info(json!({"type": "userRole", "user": agent().address()}))
        .await;
    assert_eq!(
        role,
        json!({"role": "agent", "data": {"user": master().address()}})
    );
    let agents = sim.about_master("extraAgents").await;
    assert_eq!(agents[0]["address"], json!(agent().address()));
}

#[tokio::test]
async fn its_time_runs_faster_and_jumps() {
    let sim = Sim::with(&["--speed", "100"]);
    let time = || async {
        let status = sim.info(json!({"type": "exchangeStatus"})).await;
        status["time"].as_i64().unwrap()
    };
    let first = time().await;
    let later = sim.sim("advance", json!({"ms": 3_600_000})).await;
    let later = later["time"].as_i64().unwrap();
    assert!(later - first >= 3_600_000);
    let wall = crate::rig::wall_ms();
    while crate::rig::wall_ms() - wall < 50 {
        tokio::task::yield_now().await;
    }
    assert!(time().await - later >= 3_000);
}
