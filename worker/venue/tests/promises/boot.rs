//! The start: what is found out, and what each wrong thing is told as.

use std::collections::BTreeSet;

use aicoin_core::Candle;
use aicoin_domain::{DurationMs, Leverage, MarginTiers, MarketRules, Reason, Usd};
use aicoin_hyperliquid::{Address, Network};
use aicoin_venue::{BootError, LeverageLeft, VenueConfig, WarmUp, boot, set_leverage};
use serde_json::json;

use crate::stub::{ACCOUNT, NOW, Reply, Stub, World, agent, at, key};

const OTHER: Address = Address([0xbb; 20]);

#[tokio::test]
async fn a_start_finds_rules_numbers_candles_and_the_agents_end_also_with_unknown_fields() {
    for is_strange in [false, true] {
        let stub = Stub::start().await;
        stub.world().is_strange = is_strange;
        let candle = |start: i64, open: &str| {
            json!({"t": NOW + start, "T": NOW + start + 59_999, "s": "BTC", "i": "1m", "o": open, "c": "60001.0",
                   "h": 60_002.5, "l": "59999.0", "v": "12.5", "n": 7})
        };
        stub.world().info.insert(
            "candleSnapshot",
            // The last one is not finished.
            json!([
                candle(-120_000, "60000.0"),
                candle(-60_000, "60000.5"),
                candle(-10, "1.0")
            ]),
        );
        let config = VenueConfig {
            warm_up: Some(WarmUp {
                interval: DurationMs::from_mins(1),
                count: 100,
            }),
            markets: vec!["BTC".to_owned(), "SOL".to_owned()],
            ..stub.config()
        };
        let booted = boot(&config, Some(agent())).await.unwrap();
        let btc = MarketRules {
            sz_decimals: 5,
            tiers: MarginTiers::two(
                Leverage::new(40),
                Usd::from_whole(150_000_000),
                Leverage::new(20),
            ),
            only_isolated: false,
        };
        let candle = |start: i64, open: &str| Candle {
            time: at(start),
            open: open.parse().unwrap(),
            high: "60002.5".parse().unwrap(),
            low: "59999".parse().unwrap(),
            close: "60001".parse().unwrap(),
            volume: 12.5,
        };
        assert_eq!(booted.markets.first(), Some(&btc));
        assert_eq!(booted.assets, [3, 0]);
        assert_eq!(
            booted.candles.first().unwrap(),
            &[candle(-120_000, "60000"), candle(-60_000, "60000.5")]
        );
        assert_eq!(
            (booted.time, booted.vault, booted.agent_valid_until),
            (at(0), None, Some(at(86_400_000)))
        );
    }
}

#[tokio::test]
async fn candles_of_a_length_that_the_venue_has_not_are_not_asked_for() {
    let stub = Stub::start().await;
    let config = VenueConfig {
        warm_up: Some(WarmUp {
            interval: DurationMs::from_secs(10),
            count: 100,
        }),
        ..stub.config()
    };
    let booted = boot(&config, Some(agent())).await.unwrap();
    assert_eq!(booted.candles, [Vec::new()]);
    assert_eq!(stub.count_asked("candleSnapshot"), 0);
}

#[tokio::test]
async fn the_agent_without_a_name_is_known_by_its_own_role() {
    let stub = Stub::start().await;
    {
        let mut world = stub.world();
        world.info.insert("extraAgents", json!([]));
        world.roles.insert(
            agent(),
            json!({"role": "agent", "data": {"user": ACCOUNT.to_string()}}),
        );
    }
    let booted = boot(&stub.config(), Some(agent())).await.unwrap();
    assert_eq!(booted.agent_valid_until, None);
}

#[tokio::test]
async fn a_sub_account_is_traded_by_its_masters_agent_and_named_in_every_action() {
    let stub = Stub::start().await;
    stub.world().roles.insert(
        ACCOUNT,
        json!({"role": "subAccount", "data": {"master": OTHER.to_string()}}),
    );
    let booted = boot(&stub.config(), Some(agent())).await.unwrap();
    assert_eq!(booted.vault, Some(ACCOUNT));
    let world = stub.world();
    let asked = world
        .asked
        .iter()
        .find(|asked| asked["type"] == "extraAgents")
        .unwrap();
    assert_eq!(asked["user"], OTHER.to_string());
}

type Change = fn(&mut World, &mut VenueConfig);

/// Each wrong thing, and what it is told as.
fn wrong_things() -> Vec<(Change, BootError)> {
    let network = Network::Testnet;
    vec![
        (
            |_, config| config.account = Some(agent()),
            BootError::MasterKey { account: agent() },
        ),
        (
            // A key of some account of its own.
            |world, _| {
                world.info.insert("extraAgents", json!([]));
                world.roles.insert(agent(), json!({"role": "user"}));
            },
            BootError::MasterKey { account: agent() },
        ),
        (
            |world, _| {
                world.info.insert("extraAgents", json!([]));
            },
            BootError::AgentUnknown {
                agent: agent(),
                account: ACCOUNT,
                network,
            },
        ),
        (
            |world, _| {
                world.info.insert("extraAgents", json!([]));
                world.roles.insert(
                    agent(),
                    json!({"role": "agent", "data": {"user": OTHER.to_string()}}),
                );
            },
            BootError::AgentOfAnother {
                agent: agent(),
                master: OTHER,
                account: ACCOUNT,
            },
        ),
        (
            |world, _| {
                world.info.insert(
                    "extraAgents",
                    json!([{"name": "bot", "address": agent().to_string(), "validUntil": NOW - 1}]),
                );
            },
            BootError::AgentExpired {
                agent: agent(),
                since: at(-1),
            },
        ),
        (
            |world, _| {
                world
                    .info
                    .insert("userAbstraction", json!("unifiedAccount"));
            },
            BootError::AccountMode {
                account: ACCOUNT,
                mode: "unifiedAccount".to_owned(),
            },
        ),
        (
            |world, _| {
                world.roles.insert(ACCOUNT, json!({"role": "missing"}));
            },
            BootError::AccountUnknown {
                account: ACCOUNT,
                network,
            },
        ),
        (
            |world, _| {
                world.roles.insert(
                    ACCOUNT,
                    json!({"role": "agent", "data": {"user": OTHER.to_string()}}),
                );
            },
            BootError::AccountIsAgent {
                account: ACCOUNT,
                master: Some(OTHER),
            },
        ),
        (
            |_, config| config.markets = vec!["BTC".to_owned(), "SLO".to_owned()],
            BootError::UnknownMarket {
                name: "SLO".to_owned(),
                network,
                nearest: Some("SOL".to_owned()),
            },
        ),
        (
            |_, config| config.markets = vec!["APT".to_owned()],
            BootError::Delisted {
                name: "APT".to_owned(),
                network,
            },
        ),
    ]
}

#[tokio::test]
async fn each_wrong_thing_has_its_own_sentence_and_asks_for_a_person() {
    let mut sentences = BTreeSet::new();
    for (change, expected) in wrong_things() {
        let stub = Stub::start().await;
        let mut config = stub.config();
        change(&mut stub.world(), &mut config);
        let error = boot(&config, Some(agent())).await.unwrap_err();
        assert_eq!(error, expected);
        assert!(error.is_definite(), "{error}");
        assert!(error.to_string().ends_with('.'), "{error}");
        sentences.insert((error.reason(), error.to_string()));
    }
    let reasons: BTreeSet<Reason> = sentences.iter().map(|(reason, _)| *reason).collect();
    // Both kinds of an account's own key are told alike.
    assert_eq!(reasons.len(), wrong_things().len() - 1);
}

#[tokio::test]
async fn nothing_is_asked_with_the_accounts_own_key() {
    let stub = Stub::start().await;
    let error = boot(&stub.config(), Some(ACCOUNT)).await.unwrap_err();
    assert_eq!(error, BootError::MasterKey { account: ACCOUNT });
    assert_eq!(stub.world().asked, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_venue_that_is_away_is_waited_for_and_something_else_is_named() {
    let stub = Stub::start().await;
    for (broken, reason, is_definite) in [
        ((502, "bad gateway"), Reason::VenueUnreachable, false),
        ((429, "slow down"), Reason::VenueUnreachable, false),
        ((404, "no such page"), Reason::VenueUnreadable, true),
        ((200, "<html>hello</html>"), Reason::VenueUnreadable, true),
    ] {
        stub.world().broken_info = Some(broken);
        let error = boot(&stub.config(), Some(agent())).await.unwrap_err();
        assert_eq!(
            (error.reason(), error.is_definite()),
            (reason, is_definite),
            "{error}"
        );
        assert!(error.to_string().contains(&stub.base_url), "{error}");
    }
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let config = VenueConfig {
        base_url: format!("http://{closed}"),
        ..stub.config()
    };
    let error = boot(&config, Some(agent())).await.unwrap_err();
    assert_eq!(
        (error.reason(), error.is_definite()),
        (Reason::VenueUnreachable, false)
    );
}

#[tokio::test]
async fn public_data_needs_no_account() {
    let stub = Stub::start().await;
    let config = VenueConfig {
        account: None,
        ..stub.config()
    };
    let booted = boot(&config, None).await.unwrap();
    assert_eq!(booted.assets, [3]);
    let world = stub.world();
    let kinds: Vec<&str> = world
        .asked
        .iter()
        .filter_map(|asked| asked["type"].as_str())
        .collect();
    assert_eq!(kinds, ["exchangeStatus", "meta", "exchangeStatus"]);
}

/// Markets with other and with the same leverage, one of them with isolated margin only.
async fn with_leverages(stub: &Stub) -> VenueConfig {
    stub.world().info.extend([
        (
            "meta",
            json!({
                "universe": [
                    {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 40},
                    {"name": "ODD", "szDecimals": 2, "maxLeverage": 3, "marginTableId": 3, "onlyIsolated": true},
                    {"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 25},
                    {"name": "SOL", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 10},
                ],
                "marginTables": [], "collateralToken": 0
            }),
        ),
        ("activeAssetData BTC", json!({"leverage": {"type": "cross", "value": 20}})),
        ("activeAssetData ODD", json!({"leverage": {"type": "isolated", "value": 2, "rawUsd": "0.0"}})),
        ("activeAssetData ETH", json!({"leverage": {"type": "cross", "value": 5}})),
        ("activeAssetData SOL", json!({"leverage": {"type": "isolated", "value": 5, "rawUsd": "0.0"}})),
    ]);
    VenueConfig {
        markets: ["BTC", "ODD", "ETH", "SOL"].map(str::to_owned).to_vec(),
        max_leverage: Some(Leverage::new(5)),
        ..stub.config()
    }
}

#[tokio::test]
async fn each_market_is_set_to_the_bots_leverage_and_only_where_it_has_another() {
    let stub = Stub::start().await;
    let config = with_leverages(&stub).await;
    let booted = boot(&config, Some(agent())).await.unwrap();
    assert_eq!(set_leverage(&config, &booted, &key()).await, []);
    let sent: Vec<_> = stub
        .world()
        .sent
        .iter()
        .map(|sent| (sent["action"].clone(), sent["nonce"].as_i64().unwrap()))
        .collect();
    let leverage = |asset: u32, is_cross: bool, times: u32| json!({"type": "updateLeverage", "asset": asset, "isCross": is_cross, "leverage": times});
    // Each with a nonce of its own, none of which an order will have.
    assert_eq!(
        sent,
        [
            (leverage(0, true, 5), NOW - 1),
            (leverage(1, false, 3), NOW - 2),
            (leverage(3, true, 5), NOW - 4),
        ]
    );
}

#[tokio::test]
async fn leverage_that_cannot_be_set_is_told_and_holds_nothing_up() {
    let left = |market: &str, wanted, is_cross, why: &str| LeverageLeft {
        market: market.to_owned(),
        wanted: Leverage::new(wanted),
        is_cross,
        why: why.to_owned(),
    };
    let stub = Stub::start().await;
    let config = with_leverages(&stub).await;
    let booted = boot(&config, Some(agent())).await.unwrap();
    let words = "Cannot switch leverage type with open position.";
    stub.world().replies.extend([
        Reply::Json(json!({"status": "ok", "response": {"type": "default"}})),
        Reply::Json(json!({"status": "err", "response": words})),
    ]);
    assert_eq!(
        set_leverage(&config, &booted, &key()).await,
        [left("ODD", 3, false, words)]
    );
    // A venue that falls silent is asked once.
    stub.world().replies.push_back(Reply::Hang);
    stub.world().sent.clear();
    let silent = set_leverage(&config, &booted, &key()).await;
    let why = &silent.first().unwrap().why;
    assert!(why.contains("did not answer in time"), "{why}");
    assert_eq!(
        silent,
        [
            left("BTC", 5, true, why),
            left("ODD", 3, false, why),
            left("ETH", 5, true, why),
            left("SOL", 5, true, why),
        ]
    );
    assert_eq!(stub.world().sent.len(), 1);
    // One that has no such question is told all the same.
    stub.world()
        .info
        .retain(|question, _| !question.starts_with("activeAssetData"));
    stub.world().sent.clear();
    assert_eq!(set_leverage(&config, &booted, &key()).await, []);
    assert_eq!(stub.world().sent.len(), 4);
}
