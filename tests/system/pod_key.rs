//! The model's key is missing: nothing is opened and no rule stands in; what is open stays protected; when the key comes,
//! it goes on by itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use crate::ai::{Endpoint, OPEN};
use crate::pod::busy;
use crate::rig::pod::{Pod, UID};
use crate::rig::{self};

const SOON: Duration = Duration::from_secs(30);
const CANARY: &str = "sk-canary-5b2fd0719e";

/// A bot that asks a model, and names a rule too.
fn asking(dir: &Path, base_url: &str) -> PathBuf {
    let path = dir.join("ai.yaml");
    let text = format!(
        "apiVersion: aicoin.dev/v1alpha1\nkind: TradingBot\nmetadata: {{name: test, uid: {UID}}}\nspec:\n  markets: [BTC, \
         ETH]\n  decision:\n    interval: 1m\n    ai:\n      baseUrl: {base_url}\n      apiKeySecretRef: {{name: deepseek, \
         key: api-key}}\n      budget: {{usdPerDay: \"1000\", callsPerHour: 100000}}\n    rule: {{emaCross: {{fast: 1, \
         slow: 2, notional: \"1000\"}}}}\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_missing_key_opens_nothing_and_is_picked_up_when_it_comes() {
    let Some(binary) = rig::binary() else { return };
    let endpoint = Endpoint::start(vec![OPEN; 1000]);
    let pod = Pod::new(&binary, |dir| asking(dir, &endpoint.base_url));
    let worker = pod.start_trading();
    rig::eventually("it says so", SOON, || worker.not_ready() == ["KeyMissing"]);
    let reply = worker.control();
    assert_eq!(reply["not_ready"], json!(["KeyMissing"]), "{reply}");
    let status = pod.status();
    assert_eq!(status["decider"], "ai deepseek-flash", "{status}");
    let notice = status["notice"].as_str().unwrap();
    for word in ["deepseek", "api-key", "nothing is opened"] {
        assert!(notice.contains(word), "{notice}");
    }
    let health = worker.open("/api/v1/health").json();
    assert_eq!(health["parts"]["ai"]["status"], "down", "{health}");
    pod.pass_an_hour();
    assert_eq!(
        (endpoint.asked(), pod.status()["counts"]["orders"].clone()),
        (0, json!(0))
    );

    // A file that holds no key is as good as none.
    let secret = pod.path("secrets/deepseek");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("api-key"), "two words").unwrap();
    rig::eventually("it looked", SOON, || {
        pod.status()["notice"]
            .as_str()
            .is_some_and(|it| it.contains("or another character"))
    });
    assert_eq!(worker.not_ready(), ["KeyMissing"]);
    std::fs::write(secret.join("api-key"), CANARY).unwrap();
    rig::eventually("an order", SOON, || {
        pod.status()["counts"]["orders"] != json!(0)
    });
    assert_eq!(worker.not_ready(), [""; 0]);
    assert_eq!(pod.status()["notice"], json!(null));

    // And when it goes again.
    std::fs::remove_file(secret.join("api-key")).unwrap();
    rig::eventually("it says so", SOON, || worker.not_ready() == ["KeyMissing"]);
    assert!(!worker.log().contains(CANARY));
}

#[test]
fn what_is_open_stays_protected_without_the_key() {
    let Some(binary) = rig::binary() else { return };
    let pod = Pod::new(&binary, busy);
    let worker = pod.start_trading();
    rig::eventually("positions", SOON, || {
        pod.status()["positions"]
            .as_array()
            .is_some_and(|all| !all.is_empty() && all.iter().all(|it| it["protected"] == true))
    });
    worker.stop();
    // The same bot asks a model from now on, whose key is not there.
    pod.set_manifest(|dir| asking(dir, "http://127.0.0.1:9"));
    let opened = pod
        .db()
        .number("SELECT count(*) FROM orders WHERE leg = 'open'");
    let worker = pod.start();
    rig::eventually("it says so", SOON, || worker.not_ready() == ["KeyMissing"]);
    let status = pod.status();
    for position in status["positions"].as_array().unwrap() {
        assert_eq!(position["protected"], true, "{status}");
        assert!(position["stop_price"].is_string(), "{status}");
    }
    pod.pass_an_hour();
    assert_eq!(
        pod.db()
            .number("SELECT count(*) FROM orders WHERE leg = 'open'"),
        opened
    );
    let closed = pod.ctl(&["close-all", "--wait"]);
    assert_eq!(closed.status.code(), Some(0), "{closed:?}");
}
