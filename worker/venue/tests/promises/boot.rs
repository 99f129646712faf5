//! The start: what is found out, and what each wrong thing is told as.

use std::collections::BTreeSet;

use aicoin_core::Candle;
use aicoin_domain::{DurationMs, Leverage, MarginTiers, MarketRules, Reason, Usd};
use aicoin_hyperliquid::{Address, Network};
use aicoin_venue::{BootError, VenueConfig, WarmUp, boot};
use serde_json::json;

use crate::stub::{ACCOUNT, NOW, Stub, World, agent, at};

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
