//! A bot in mode Testnet, on a venue behind the cluster's network: the venue's own ledger says what is true.

use serde_json::json;

use crate::rig::bot::{SOON, a_while};
use crate::rig::exchange::{ACCOUNT, Exchange};
use crate::rig::manifest::{busy, changed};
use crate::rig::space::Space;
use crate::rig::{always, eventually, seconds};

#[test]
fn a_testnet_bot_is_paused_closed_and_deleted_and_the_exchange_agrees() {
    let Some(space) = Space::new("testnet") else {
        return;
    };
    let exchange = Exchange::start(&space);
    let manifest = changed(
        busy("x"),
        &json!({"spec": {
            "mode": "Testnet",
            "exchange": {"hyperliquid": {
                "accountAddress": ACCOUNT,
                "agentKeySecretRef": {"name": "agent", "key": "private-key"},
                "baseUrl": exchange.url,
            }},
            "risk": {"maxPositionNotional": "1000", "maxTotalNotional": "2000", "maxOrdersPerHour": 100_000},
        }}),
    );
    let bot = space.trading(&manifest);
    exchange.has_a_position();

    bot.desire("Paused");
    bot.wait_for("TradingPaused", SOON);
    let opened = exchange.openings();
    assert!(opened > 0);
    always("it opens nothing", a_while(), || {
        exchange.openings() == opened
    });

    bot.desire("Running");
    eventually("it opens again", SOON, || exchange.openings() > opened);
    bot.desire("CloseAll");
    bot.wait_for("PositionsClosed", SOON);
    assert!(exchange.is_flat(), "{}", exchange.account());
    always("it stays flat", seconds(3), || exchange.is_flat());

    bot.desire("Running");
    exchange.has_a_position();
    bot.delete(&[]);
    bot.is_gone(SOON);
    assert!(exchange.is_flat(), "{}", exchange.account());
    let no_stop = exchange.account()["unprotected"].clone();
    let longest = no_stop
        .as_array()
        .unwrap()
        .iter()
        .map(|span| span["ms"].as_u64().unwrap())
        .max();
    assert!(longest.is_none_or(|ms| ms < 10_000), "{no_stop}");
}

#[test]
fn a_bot_whose_agent_is_not_approved_says_so_and_sends_nothing() {
    let Some(space) = Space::new("testnet-agent") else {
        return;
    };
    let exchange = Exchange::start(&space);
    let other = "0x00000000000000000000000000000000000a1c02";
    let bot = space.applied(&changed(
        busy("x"),
        &json!({"spec": {
            "mode": "Testnet",
            "exchange": {"hyperliquid": {
                "accountAddress": other,
                "agentKeySecretRef": {"name": "agent", "key": "private-key"},
                "baseUrl": exchange.url,
            }},
        }}),
    ));
    eventually("the status says why", SOON, || {
        bot.condition("Degraded") == "True AccountUnknown"
    });
    assert!(!bot.is("Ready"));
    assert_eq!(exchange.openings(), 0);
    // Alive and under control all the same.
    bot.desire("Paused");
    bot.wait_for("TradingPaused", SOON);
    // Nobody can say that the account is flat: only a person lets it go.
    bot.delete(&[]);
    always("it waits for a person", a_while(), || !bot.get().is_null());
    bot.annotate("aicoin.dev/force-delete=true");
    bot.is_gone(SOON);
}
